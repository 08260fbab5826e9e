//! The query of a list: filters, search and sort order.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::config::state::member;
use crate::contract::{Location, Operation, parameter};
use crate::resources::{Listing, Meaning, Order};

type Pairs<'q> = Vec<(Cow<'q, str>, Cow<'q, str>)>;

/// The parameters of a query.
pub(super) struct Query<'q> {
    pub pairs: Pairs<'q>,
}

impl<'q> Query<'q> {
    pub fn of(query: Option<&'q str>) -> Self {
        Self { pairs: parameter::pairs(query.unwrap_or_default()) }
    }

    /// With what is written in a media type (`content`) as what it means: the text `"x"` of JSON is `x`.
    pub fn read_for(mut self, operation: &Operation) -> Self {
        let described = operation.parameters_in(Location::Query).filter(|known| known.content.is_some());
        for parameter in described {
            for (_, value) in self.pairs.iter_mut().filter(|(name, _)| *name == parameter.name) {
                *value = parameter::text(&parameter::read_plain(parameter, value)).into();
            }
        }
        self
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    /// All values of a parameter, also where it is called as lists of some frameworks are.
    fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n str> {
        let is_it = move |known: &str| known.strip_suffix("[]").unwrap_or(known) == name;
        self.pairs.iter().filter(move |(known, _)| is_it(known)).map(|(_, value)| value.as_ref())
    }

    pub fn number(&self, name: Option<&String>) -> Option<usize> {
        self.get(name?)?.parse().ok()
    }
}

/// Whether a request asks for some of the entries alone, or for another order than the list's own.
pub(super) fn asks(listing: &Listing, query: &Query<'_>) -> bool {
    let filters = || listing.filters.iter().any(|filter| query.all(&filter.parameter).next().is_some());
    let searches = || listing.search.as_ref().is_some_and(|(name, _)| query.get(name).is_some());
    let narrows = || listing.narrowings.iter().any(|known| query.get(&known.name()).is_some());
    let sorts = || listing.sort.as_ref().is_some_and(|sort| query.get(&sort.parameter).is_some());
    !query.pairs.is_empty() && (filters() || narrows() || searches() || sorts())
}

/// Leaves out what filters and the search exclude.
pub(super) fn filter(listing: &Listing, query: &Query<'_>, entries: &mut Vec<&Value>) {
    let other = |name: &str| query.get(name).map(str::to_owned);
    for filter in &listing.filters {
        let values: Vec<&str> = query.all(&filter.parameter).flat_map(|value| filter.split(value)).collect();
        if !values.is_empty() {
            entries
                .retain(|entry| values.iter().any(|value| filter.keeps(entry, value, &other) != Some(false)));
        }
    }
    for narrowing in &listing.narrowings {
        let is_bound = matches!(narrowing.meaning, Meaning::AtLeast(..) | Meaning::AtMost(..));
        if let Some(text) = query.get(&narrowing.name()).filter(|_| is_bound) {
            let number = text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number);
            entries.retain(|entry| {
                let is_number = member(entry, narrowing.meaning.member()).is_some_and(Value::is_number);
                let bound = number.clone().filter(|_| is_number).unwrap_or_else(|| Value::from(text));
                narrowing.meaning.keeps(entry, &bound) != Some(false)
            });
        }
    }
    if let Some((parameter, members)) = &listing.search
        && let Some(wanted) = query.get(parameter).map(str::to_lowercase).filter(|text| !text.is_empty())
    {
        entries.retain(|entry| holds(entry, members, &wanted));
    }
}

fn holds(entry: &Value, members: &[String], wanted: &str) -> bool {
    let has = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase().contains(wanted));
    if members.is_empty() && !entry.is_object() {
        return has(entry);
    }
    if members.is_empty() {
        return entry.as_object().is_some_and(|members| members.values().any(has));
    }
    members.iter().any(|name| member(entry, name).is_some_and(has))
}

/// Puts entries in the order that is asked for, else in the collection's own.
pub(super) fn order(listing: &Listing, query: &Query<'_>, sorts: bool, entries: &mut [&Value]) {
    let asked = listing.sort.as_ref().filter(|_| sorts).and_then(|sort| {
        let direction = sort.direction.as_ref().and_then(|(name, _)| query.get(name));
        let knows = |name: &str| {
            listing.fields.contains_key(name) || entries.iter().any(|entry| member(entry, name).is_some())
        };
        sort.orders(query.get(&sort.parameter)?, direction, &knows)
    });
    let own = || listing.order.as_deref().map(|order| vec![Order::of(order)]);
    let orders = asked.or_else(own).unwrap_or_default();
    if orders.iter().any(|order| order.descends) && orders.len() == 1 {
        // Among equals, what came last goes first.
        entries.reverse();
    }
    entries.sort_by(|one, other| {
        let mut differences = orders.iter().map(|order| compare_by(order, one, other));
        differences.find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
}

/// Which of two entries goes first by an order.
pub(super) fn compare_by(order: &Order<'_>, one: &Value, other: &Value) -> Ordering {
    let ordering = compare(member(one, order.member), member(other, order.member));
    if order.descends { ordering.reverse() } else { ordering }
}

/// Nothing before something; numbers by size, and before everything else, which goes by its text. So it is the
/// same order whichever two are compared, also where a member is a number in one entry and a text in the next.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let (Some(one), Some(other)) = (one.filter(|v| !v.is_null()), other.filter(|v| !v.is_null())) else {
        let is_there = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
        return is_there(one).cmp(&is_there(other));
    };
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().unwrap_or_default().total_cmp(&other.as_f64().unwrap_or_default())
        }
        (Value::Number(_), _) => Ordering::Less,
        (_, Value::Number(_)) => Ordering::Greater,
        (Value::String(one), Value::String(other)) => one.cmp(other),
        _ => parameter::text(one).cmp(&parameter::text(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(None, None, Ordering::Equal)]
    #[case(Some(json!(null)), None, Ordering::Equal)]
    #[case(None, Some(json!(1)), Ordering::Less)]
    #[case(Some(json!(10)), Some(json!(9)), Ordering::Greater)]
    #[case(Some(json!("10")), Some(json!("9")), Ordering::Less)]
    #[case(Some(json!("a")), Some(json!("B")), Ordering::Greater)]
    #[case(Some(json!(10)), Some(json!("1a")), Ordering::Less)]
    #[case(Some(json!("1a")), Some(json!(9)), Ordering::Greater)]
    #[case(Some(json!(true)), Some(json!("a")), Ordering::Greater)]
    fn values_in_order(#[case] one: Option<Value>, #[case] other: Option<Value>, #[case] expected: Ordering) {
        assert_eq!(compare(one.as_ref(), other.as_ref()), expected);
    }

    #[rstest]
    #[case(&[], "rex", true)]
    #[case(&["name"], "rex", true)]
    #[case(&["kind"], "rex", false)]
    fn a_search_looks_into_members(#[case] members: &[&str], #[case] wanted: &str, #[case] expected: bool) {
        let members: Vec<String> = members.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(holds(&json!({"name": "T-Rex", "kind": "dino"}), &members, wanted), expected);
    }
}
