//! Lists from state: filtered, searched, ordered, cut into pages, as JSON or CSV.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::contract::style;
use crate::resource::{Collection, Listing, Pages, id_of};
use crate::settings::state::member;

/// Entries on a page where nobody says otherwise.
const PAGE: usize = 100;

type Pairs<'q> = Vec<(Cow<'q, str>, Cow<'q, str>)>;

/// What is asked of a list.
pub(super) struct Asked<'q> {
    pub pairs: Pairs<'q>,
}

impl<'q> Asked<'q> {
    pub fn of(query: Option<&'q str>) -> Self {
        Self { pairs: style::pairs(query.unwrap_or_default()) }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    fn number(&self, name: Option<&String>) -> Option<usize> {
        self.get(name?)?.parse().ok()
    }
}

/// Leaves out what filters and the search exclude.
pub(super) fn filter(listing: &Listing, asked: &Asked<'_>, entries: &mut Vec<&Value>) {
    let other = |name: &str| asked.get(name).map(str::to_owned);
    for filter in &listing.filters {
        if let Some(value) = asked.get(&filter.parameter) {
            entries.retain(|entry| filter.keeps(entry, value, &other) != Some(false));
        }
    }
    if let Some((parameter, members)) = &listing.search
        && let Some(wanted) = asked.get(parameter).map(str::to_lowercase).filter(|text| !text.is_empty())
    {
        entries.retain(|entry| holds(entry, members, &wanted));
    }
}

fn holds(entry: &Value, members: &[String], wanted: &str) -> bool {
    let has = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase().contains(wanted));
    if members.is_empty() {
        return entry.as_object().is_some_and(|members| members.values().any(has));
    }
    members.iter().any(|name| member(entry, name).is_some_and(has))
}

/// Puts entries in the order that is asked for, else in the collection's own.
pub(super) fn order(listing: &Listing, asked: &Asked<'_>, sorts: bool, entries: &mut [&Value]) {
    let named = listing.sort.as_ref().filter(|_| sorts).and_then(|(parameter, values)| {
        let value = asked.get(parameter)?;
        values.iter().find(|known| *known == value)
    });
    let Some(order) = named.or(listing.order.as_ref()) else { return };
    let (name, descends) = match order.strip_prefix('-') {
        Some(name) => (name, true),
        None => (order.as_str(), false),
    };
    if descends {
        // Among equals, what came last goes first.
        entries.reverse();
    }
    entries.sort_by(|one, other| {
        let ordering = compare(member(one, name), member(other, name));
        if descends { ordering.reverse() } else { ordering }
    });
}

/// Nothing before something; numbers by size; everything else by its text.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let there = |value: Option<&'_ Value>| value.filter(|value| !value.is_null()).cloned();
    match (there(one), there(other)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(one), Some(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => style::text(&one).cmp(&style::text(&other)),
        },
    }
}

/// One page: which entries, and the queries of its neighbours.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub start: usize,
    pub end: usize,
    pub next: Option<String>,
    pub previous: Option<String>,
}

/// How a page is cut wrongly, for faults.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a lie of its own")]
pub(super) struct Lies {
    pub limit: bool,
    pub offset: bool,
    pub overlap: bool,
    pub endless: bool,
    /// Pages are small, so that there are several.
    pub small: bool,
}

/// Cuts a page.
///
/// # Errors
/// The cursor is none of ours.
pub(super) fn cut(
    collection: &Collection,
    pages: &Pages,
    asked: &Asked<'_>,
    entries: &[&Value],
    lies: Lies,
) -> Result<Page, ()> {
    let total = entries.len();
    let given = asked.number(pages.limit.as_ref()).filter(|limit| *limit > 0);
    let usual = if lies.small { 2 } else { pages.size.unwrap_or(PAGE) };
    let limit = if lies.limit { total.max(1) } else { given.unwrap_or(usual) };
    let cursor = pages.cursor.as_ref().and_then(|name| asked.get(name)).filter(|mark| !mark.is_empty());
    let mut start = match cursor {
        Some(mark) => after(collection, entries, mark).ok_or(())?,
        None => match (asked.number(pages.offset.as_ref()), asked.number(pages.page.as_ref())) {
            (Some(offset), _) => offset,
            (None, Some(page)) => page.saturating_sub(1).saturating_mul(limit),
            (None, None) => 0,
        },
    };
    if lies.offset && cursor.is_none() {
        start = 0;
    }
    let start_asked = start;
    if lies.overlap && start > 1 {
        start -= 1;
    }
    let start = start.min(total);
    let end = start.saturating_add(limit).min(total);
    let query =
        |from: usize, is_back: bool| neighbour(collection, pages, asked, entries, from, limit, is_back);
    let mut next = (start_asked.saturating_add(limit) < total).then(|| query(start_asked + limit, false));
    if lies.endless && next.is_none() {
        next = Some(query(0, false));
    }
    let previous = (start_asked > 0).then(|| query(start_asked.saturating_sub(limit), true));
    Ok(Page { start, end, next, previous })
}

/// The query of the page that begins at an entry.
fn neighbour(
    collection: &Collection,
    pages: &Pages,
    asked: &Asked<'_>,
    entries: &[&Value],
    from: usize,
    limit: usize,
    is_back: bool,
) -> String {
    let mut pairs: Vec<(String, String)> = asked
        .pairs
        .iter()
        .filter(|(name, _)| {
            ![&pages.offset, &pages.page, &pages.cursor].iter().any(|known| known.as_deref() == Some(name))
                && pages.limit.as_deref() != Some(name)
        })
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    if let Some(name) = &pages.limit {
        pairs.push((name.clone(), limit.to_string()));
    }
    match (&pages.cursor, &pages.offset, &pages.page) {
        (Some(name), _, _) if from > 0 => {
            let last = entries.get(from - 1).and_then(|entry| id_of(entry, &collection.parameter));
            pairs.push((name.clone(), mark(from, &last.map(style::text).unwrap_or_default())));
        }
        (Some(_), _, _) => {}
        (None, Some(_), _) if is_back && from == 0 => {}
        (None, Some(name), _) => pairs.push((name.clone(), from.to_string())),
        (None, None, Some(name)) => pairs.push((name.clone(), (from / limit.max(1) + 1).to_string())),
        (None, None, None) => {}
    }
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", style::escape(name), style::escape(value)))
        .collect();
    pairs.join("&")
}

/// The mark of the page after an entry: its place and its id, as hexadecimal text, so that nobody
/// takes it for a number.
fn mark(from: usize, id: &str) -> String {
    use std::fmt::Write as _;
    format!("{from}:{id}").bytes().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Where the page of a mark begins: after the entry that it names, else at the place that it names.
fn after(collection: &Collection, entries: &[&Value], mark: &str) -> Option<usize> {
    let octets: Option<Vec<u8>> = mark
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let text = String::from_utf8(octets?).ok()?;
    let (from, id) = text.split_once(':')?;
    let from: usize = from.parse().ok()?;
    let at = entries
        .iter()
        .position(|entry| id_of(entry, &collection.parameter).map(style::text).as_deref() == Some(id));
    Some(at.map_or(from, |at| at + 1))
}

/// The answer of a page as JSON: the outer members of a plain answer, with these entries.
pub(super) fn envelope(
    listing: &Listing,
    outer: Value,
    page: Vec<Value>,
    total: usize,
    links: [Option<String>; 2],
) -> Value {
    if listing.entries.is_empty() {
        return Value::Array(page);
    }
    let mut answer = if outer.is_object() { outer } else { Value::Object(Map::new()) };
    let [next, previous] = links;
    let pages = &listing.pages;
    put(&mut answer, &listing.entries, Value::Array(page));
    if let Some(at) = &pages.count {
        put(&mut answer, at, Value::from(total));
    }
    for (at, link) in [(&pages.next, next), (&pages.previous, previous)] {
        if let Some(at) = at {
            put(&mut answer, at, link.map_or(Value::Null, Value::String));
        }
    }
    answer
}

fn put(answer: &mut Value, at: &str, value: Value) {
    if let (Some(object), Some(name)) = (answer.as_object_mut(), at.strip_prefix('/')) {
        object.insert(name.replace("~1", "/").replace("~0", "~"), value);
    }
}

/// The entries as CSV (RFC 4180), under the columns of a sample.
pub(super) fn csv(collection: &Collection, listing: &Listing, sample: &[u8], page: &[Value]) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(sample);
    let mut columns: Vec<String> =
        reader.headers().map(|line| line.iter().map(str::to_owned).collect()).unwrap_or_default();
    if columns.is_empty() {
        columns = listing.fields.keys().cloned().collect();
    }
    let told = collection.told.as_ref().map(|told| &told.columns);
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let _ = writer.write_record(&columns);
    for entry in page {
        let cells = columns.iter().map(|column| {
            let at = told.and_then(|told| told.get(column)).map_or(column.as_str(), String::as_str);
            match member(entry, at) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            }
        });
        let _ = writer.write_record(cells);
    }
    writer.into_inner().unwrap_or_default()
}
