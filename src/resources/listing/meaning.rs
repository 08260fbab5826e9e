//! What query parameters ask of the entries of a list, by their names: equal to, one of, at least, at most.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use serde_json::Value;

use super::{Keeps, Listing, shows_parts};
use crate::config::state::member;
use crate::contract::schema::Field;
use crate::contract::{Direction, Location, Operation, Parameter, parameter};
use crate::resources::names;

/// Words behind or before the name of a member in the name of a bound, and whether the bound itself is asked for.
const LEAST: [(&str, bool); 8] = [
    ("from", true),
    ("since", true),
    ("min", true),
    ("minimum", true),
    ("gte", true),
    ("start", false),
    ("after", false),
    ("gt", false),
];
const MOST: [(&str, bool); 8] = [
    ("to", true),
    ("until", true),
    ("max", true),
    ("maximum", true),
    ("lte", true),
    ("end", false),
    ("before", false),
    ("lt", false),
];

/// A parameter, and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Narrowing {
    /// Its name.
    pub parameter: String,
    /// The part of its value that does it, where that is an object.
    pub part: Option<String>,
    /// What it asks for.
    pub meaning: Meaning,
}

impl Narrowing {
    /// The name as a query has it: `price[gte]`.
    pub fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{}[{part}]", self.parameter),
            None => self.parameter.clone(),
        }
    }
}

/// What a query parameter asks of the entries of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A member has this value.
    Equal(String),
    /// A member has one of these values.
    Among(String),
    /// A member is a list that has all of these values.
    Every(String),
    /// A member is at least so great; `true` where that value itself is asked for, too.
    AtLeast(String, bool),
    /// A member is at most so great; `true` where that value itself is asked for, too.
    AtMost(String, bool),
}

impl Meaning {
    /// The member that it is about.
    pub fn member(&self) -> &str {
        match self {
            Self::Equal(name)
            | Self::Among(name)
            | Self::Every(name)
            | Self::AtLeast(name, _)
            | Self::AtMost(name, _) => name,
        }
    }

    /// Whether an entry is asked for with a value; `None` where that is not known.
    pub fn keeps(&self, entry: &Value, value: &Value) -> Option<bool> {
        let found = member(entry, self.member())?;
        match self {
            Self::Equal(_) if found.is_array() || found.is_object() => None,
            Self::Equal(_) => Some(is_one(found, value)),
            Self::Among(_) => Some(value.as_array()?.iter().any(|value| is_one(found, value))),
            Self::Every(_) => {
                let held = found.as_array()?;
                let has = |value: &Value| held.iter().any(|found| is_one(found, value));
                Some(value.as_array()?.iter().all(has))
            }
            Self::AtLeast(_, includes) => bounded(found, value, *includes, |found, bound| found > bound),
            Self::AtMost(_, includes) => bounded(found, value, *includes, |found, bound| found < bound),
        }
    }
}

fn is_one(found: &Value, value: &Value) -> bool {
    parameter::text(found) == parameter::text(value)
}

/// Whether a value is on the right side of a bound. Of the bound itself that is only known where it counts.
fn bounded(found: &Value, bound: &Value, includes: bool, is_beyond: fn(f64, f64) -> bool) -> Option<bool> {
    let (found, bound) = (place(found, bound)?, place(bound, found)?);
    if (found - bound).abs() < 1e-9 {
        return includes.then_some(true);
    }
    Some(is_beyond(found, bound))
}

/// Where a number or a time is in its order, beside another one of the same kind.
fn place(value: &Value, other: &Value) -> Option<f64> {
    match (value, other) {
        (Value::Number(number), Value::Number(_)) => number.as_f64(),
        (Value::String(text), Value::String(other)) if (text.len() == 10) == (other.len() == 10) => {
            instant(text).map(|time| time.as_duration().as_secs_f64())
        }
        _ => None,
    }
}

/// The order of two values that have one: numbers and times.
pub fn ordering(one: &Value, other: &Value) -> Option<std::cmp::Ordering> {
    place(one, other)?.partial_cmp(&place(other, one)?)
}

/// What the parameters of a list ask for, as far as their names say so for certain.
pub fn narrowings(list: &Operation, item: &str, listing: &Listing) -> Vec<Narrowing> {
    let Listing { fields, filters, pages, search, sort, .. } = listing;
    let is_other = |name: &str| {
        let paged = [&pages.limit, &pages.offset, &pages.page, &pages.cursor];
        let sorted = sort.as_ref().is_some_and(|sort| {
            sort.parameter == name || sort.direction.as_ref().is_some_and(|(turn, _)| turn == name)
        });
        let told = filters.iter().any(|f| {
            f.parameter == name && !matches!(&f.keeps, Keeps::Member(member) if member == name || f.is_list)
        });
        paged.iter().any(|known| known.as_deref() == Some(name))
            || search.as_ref().is_some_and(|(known, _)| known == name)
            || sorted
            || told
    };
    let mut found = Vec::new();
    for parameter in list.parameters_in(Location::Query).filter(|p| !is_other(&p.name) && !shows_parts(p)) {
        let Some(schema) = parameter.value_schema() else { continue };
        let kinds = schema.shape().kinds;
        let is_scalar =
            |name: &str| fields.get(name).is_some_and(|field| !field.kinds.array && !field.kinds.object);
        let plain = |meaning: Meaning| Narrowing { parameter: parameter.name.clone(), part: None, meaning };
        if kinds.array {
            let letters = names::singular(&names::letters(&parameter.name));
            let is_meant = |name: &&String| {
                let own = names::letters(item);
                let known = names::letters(name);
                is_scalar(name) && (known == letters || (letters == "id" && known == own))
            };
            let member = fields.keys().find(is_meant);
            found.extend(member.map(|name| plain(Meaning::Among(name.clone()))));
            // Only the document says whether one of them is enough.
            let says_all = parameter.prose().to_lowercase().contains("all of ");
            let is_list = fields.get(&parameter.name).is_some_and(|field| field.kinds.array && says_all);
            found.extend(is_list.then(|| plain(Meaning::Every(parameter.name.clone()))));
        } else if kinds.object {
            let parts = schema.fields(Direction::Request, &[]);
            let bounds = parts.keys().filter(|_| is_scalar(&parameter.name)).filter_map(|part| {
                let meaning = bound(&[part.to_ascii_lowercase()], &parameter.name)?;
                Some(Narrowing { parameter: parameter.name.clone(), part: Some(part.clone()), meaning })
            });
            found.extend(bounds);
        } else if is_scalar(&parameter.name) {
            found.push(plain(Meaning::Equal(parameter.name.clone())));
        } else if let Some(meaning) =
            ranged(&parameter.name, fields).filter(|meaning| !is_denied(meaning, parameter))
        {
            found.push(plain(meaning));
        }
    }
    found
}

/// The bound that one word means, for a member.
fn bound(words: &[String], name: &str) -> Option<Meaning> {
    let [word] = words else { return None };
    let of =
        |list: &[(&str, bool)]| list.iter().find(|(known, _)| known == word).map(|(_, includes)| *includes);
    let least = of(&LEAST).map(|includes| Meaning::AtLeast(name.to_owned(), includes));
    least.or_else(|| of(&MOST).map(|includes| Meaning::AtMost(name.to_owned(), includes)))
}

/// What a name like `created_from` or `min_price` asks for: a word for a bound, and the name of a member, or its first
/// words where the last one only says that it is a time.
fn ranged<'f>(name: &str, fields: impl IntoIterator<Item = (&'f String, &'f Field)>) -> Option<Meaning> {
    let words = names::words(name);
    let (first, last) = (words.first()?, words.last()?);
    let cut = [(last, words.get(..words.len() - 1)?), (first, words.get(1..)?)];
    let (word, stem) = cut.into_iter().find(|(word, _)| bound(&[(*word).clone()], "").is_some())?;
    let is_ordered = |field: &Field| {
        let is_time = matches!(field.format.as_deref(), Some("date" | "date-time"));
        field.kinds.integer || field.kinds.number || is_time
    };
    let is_meant = |name: &str| {
        let words = names::words(name);
        let bare = match words.split_last() {
            Some((last, rest)) if ["at", "on", "date", "time"].contains(&last.as_str()) => rest,
            _ => &words[..],
        };
        !stem.is_empty() && (words == stem || bare == stem)
    };
    let mut ordered = fields.into_iter().filter(|(_, field)| is_ordered(field)).collect::<Vec<_>>();
    let is_of_time = ["since", "until", "from", "to", "before", "after"].contains(&word.as_str());
    if stem.is_empty() && is_of_time {
        // Without a member's name the only time is meant.
        ordered.retain(|(_, field)| field.format.is_some());
        let [(sole, _)] = ordered.as_slice() else { return None };
        return bound(std::slice::from_ref(word), sole);
    }
    let (member, _) = ordered.into_iter().find(|(name, _)| is_meant(name))?;
    bound(std::slice::from_ref(word), member)
}

/// Whether the document says the opposite of a bound than its name does.
fn is_denied(meaning: &Meaning, parameter: &Parameter) -> bool {
    let words = names::words(&parameter.prose());
    let says = |list: &[(&str, bool)]| words.iter().any(|word| list.iter().any(|(known, _)| known == word));
    match meaning {
        Meaning::AtLeast(..) => says(&MOST) && !says(&LEAST),
        Meaning::AtMost(..) => says(&LEAST) && !says(&MOST),
        Meaning::Equal(_) | Meaning::Among(_) | Meaning::Every(_) => false,
    }
}

/// A date-time (RFC 3339), a local one taken as UTC, a date, or a time of day.
pub fn instant(text: &str) -> Option<Timestamp> {
    if text.len() < 5 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().or_else(|| {
        let local: Option<DateTime> = if text.len() < 10 {
            text.parse().ok().map(|time: Time| Date::constant(1970, 1, 1).to_datetime(time))
        } else {
            text.parse().ok()
        };
        jiff::tz::TimeZone::UTC.to_timestamp(local?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn n() -> String {
        "n".to_owned()
    }

    #[rstest]
    #[case::equal(Meaning::Equal(n()), json!(true), json!(true), Some(true))]
    #[case::unequal(Meaning::Equal(n()), json!("a"), json!("b"), Some(false))]
    #[case::list(Meaning::Equal(n()), json!(["a"]), json!("a"), None)]
    #[case::among(Meaning::Among(n()), json!(2), json!([1, 2]), Some(true))]
    #[case::not_among(Meaning::Among(n()), json!(3), json!([1, 2]), Some(false))]
    #[case::bound(Meaning::AtLeast(n(), true), json!(3), json!(3), Some(true))]
    #[case::bound_may_count(Meaning::AtLeast(n(), false), json!(3), json!(3), None)]
    #[case::below(Meaning::AtLeast(n(), true), json!(2), json!(3), Some(false))]
    #[case::above(Meaning::AtMost(n(), true), json!("2026-03-02"), json!("2026-03-01"), Some(false))]
    #[case::day_and_time(Meaning::AtMost(n(), true), json!("2026-03-02T00:00:00Z"), json!("2026-03-01"), None)]
    #[case::text(Meaning::AtLeast(n(), true), json!("a"), json!("b"), None)]
    fn entries_are_asked_for(
        #[case] meaning: Meaning,
        #[case] held: Value,
        #[case] value: Value,
        #[case] kept: Option<bool>,
    ) {
        assert_eq!(meaning.keeps(&json!({"n": held}), &value), kept);
        assert_eq!(meaning.keeps(&json!({}), &value), None);
    }

    #[rstest]
    #[case("arrives_from", Some(Meaning::AtLeast("arrives_on".to_owned(), true)))]
    #[case("arrivesTo", Some(Meaning::AtMost("arrives_on".to_owned(), true)))]
    #[case("min_weight", Some(Meaning::AtLeast("weight".to_owned(), true)))]
    #[case("weight_before", Some(Meaning::AtMost("weight".to_owned(), false)))]
    #[case("since", Some(Meaning::AtLeast("arrives_on".to_owned(), true)))]
    #[case("min", None)]
    #[case("min_name", None)]
    #[case("weight", None)]
    fn names_of_bounds(#[case] name: &str, #[case] expected: Option<Meaning>) {
        let number = Field {
            kinds: crate::contract::schema::Kinds { integer: true, ..Default::default() },
            ..Field::default()
        };
        let day = Field { format: Some("date".to_owned()), ..Field::default() };
        let fields = [
            ("arrives_on".to_owned(), day),
            ("weight".to_owned(), number),
            ("name".to_owned(), Field::default()),
        ];
        assert_eq!(ranged(name, fields.iter().map(|(name, field)| (name, field))), expected);
    }
}
