//! How a collection is listed: where the entries are, how pages are split, which parameters filter and which
//! sort.

mod meaning;
mod page;
mod prose;
mod sort;
mod told;

use indexmap::IndexMap;
use serde_json::Value;

use super::names;
use crate::config::state::{self, Conditions, State, member};
use crate::contract::{
    Direction, Location, Operation, OperationId, Parameter, Schema, parameter,
    schema::{Field, Kinds, View},
    structured,
};
use crate::document::pointer;

pub use meaning::{Meaning, Narrowing, instant, narrowings, ordering};
pub use page::{one_page, put, remove};
pub use sort::{Order, Sort};
pub use told::{Neighbour, PageMember, Tells};

/// How a collection is listed.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Which operation.
    pub operation: OperationId,
    /// JSON pointer of the list inside the answer; empty where the answer is the list.
    pub entries: String,
    /// Members of an entry.
    pub fields: IndexMap<String, Field>,
    /// How pages are cut.
    pub pages: Pages,
    /// The query parameter that searches, and the members that it looks into where they are known.
    pub search: Option<(String, Vec<String>)>,
    /// What leaves entries out.
    pub filters: Vec<Filter>,
    /// How a request orders.
    pub sort: Option<Sort>,
    /// The order where the request asks for none, as in `-created`.
    pub order: Option<String>,
    /// The order that the document says entries have where the request asks for none.
    pub said_order: Option<String>,
    /// What other query parameters ask of entries.
    pub narrowings: Vec<Narrowing>,
}

/// How pages are cut; the names of query parameters, and JSON pointers into the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// Entries on a page.
    pub limit: Option<String>,
    /// Entries to pass over.
    pub offset: Option<String>,
    /// Number of the page, from 1.
    pub page: Option<String>,
    /// The mark of a page.
    pub cursor: Option<String>,
    /// Whether marks are whole numbers.
    pub is_mark_number: bool,
    /// The link to the next page.
    pub next: Option<String>,
    /// The link to the previous page.
    pub previous: Option<String>,
    /// How many entries there are over all pages.
    pub count: Option<String>,
    /// Entries on a page where the request names no limit.
    pub size: Option<usize>,
    /// The number of the first page: 0 or 1.
    pub first: usize,
    /// The members of an answer that say something about its page.
    pub members: Vec<PageMember>,
    /// The header fields that do.
    pub headers: Vec<PageMember>,
    /// Whether links are bare queries.
    pub bare: bool,
}

impl Pages {
    /// Whether a parameter moves the page: an offset, or a number where the length of pages is a parameter too.
    pub fn move_by_parameter(&self) -> bool {
        self.offset.is_some() || (self.page.is_some() && self.limit.is_some())
    }

    /// Whether a query parameter has to do with pages.
    pub fn names(&self, parameter: &str) -> bool {
        [&self.limit, &self.offset, &self.page, &self.cursor]
            .iter()
            .any(|known| known.as_deref() == Some(parameter))
    }
}

/// What a query parameter leaves out.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The query parameter.
    pub parameter: String,
    /// What it keeps.
    pub keeps: Keeps,
    /// Whether one text may hold several values, with commas between them.
    pub is_list: bool,
}

/// What a filter keeps.
#[derive(Debug, Clone)]
pub enum Keeps {
    /// Entries whose member equals the value.
    Member(String),
    /// Entries that meet the conditions of the value.
    Choices {
        /// Query parameters that must be sent with it.
        only_with: IndexMap<String, String>,
        /// Conditions, by value.
        values: IndexMap<String, Conditions>,
    },
}

impl Filter {
    /// The values of a text that was sent.
    pub fn split<'v>(&self, text: &'v str) -> impl Iterator<Item = &'v str> + use<'v> {
        let ends: &[char] = if self.is_list { &[','] } else { &[] };
        text.split(ends)
    }

    /// Whether an entry stays when the parameter has a value; `None` where that value means
    /// nothing to this filter.
    pub fn keeps(&self, entry: &Value, value: &str, other: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
        match &self.keeps {
            Keeps::Member(name) => {
                let is_it = |found: &Value| parameter::text(found) == value;
                let found = member(entry, name)?;
                Some(is_it(found) || found.as_array().is_some_and(|held| held.iter().any(is_it)))
            }
            Keeps::Choices { only_with, values } => {
                let counts = only_with.iter().all(|(name, wanted)| other(name).as_ref() == Some(wanted));
                let conditions = values.get(value).filter(|_| counts)?;
                Some(conditions.hold(entry))
            }
        }
    }
}

// Only names that can hardly mean anything else: a parameter taken for another would be a false
// alarm. `start` may count from 1, `size` may be that of a shirt.
const LIMITS: &[&str] = &[
    "limit",
    "page_size",
    "pagesize",
    "per_page",
    "perpage",
    "max_results",
    "maxresults",
    "page_limit",
    "$top",
];
const OFFSETS: &[&str] = &["offset", "skip", "$skip"];
const PAGES: &[&str] = &["page", "page_number", "pagenumber", "page_no"];
const CURSORS: &[&str] = &[
    "cursor",
    "page_token",
    "pagetoken",
    "next_token",
    "nexttoken",
    "starting_after",
    "after",
    "continuation",
];
/// Names of members that hold what is listed.
const LISTS: &[&str] = &[
    "data", "results", "result", "items", "entries", "records", "rows", "values", "content", "list",
    "objects", "elements", "hits", "nodes", "value", "features",
];
const SEARCHES: &[&str] = &["search", "q", "query"];
const NEXTS: &[&str] = &["next", "next_url", "nexturl", "next_page_url", "next_link", "nextlink"];
const PREVIOUS: &[&str] = &["previous", "prev", "previous_url", "prev_url", "prev_page_url"];
const COUNTS: &[&str] = &["count", "total", "total_count", "totalcount", "total_results", "totalresults"];

/// Whether a parameter is called as those are that say where in a list to begin.
pub(super) fn moves_page(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    OFFSETS.contains(&name.as_str()) || PAGES.contains(&name.as_str())
}

/// Whether a member is called as lists are.
pub(super) fn is_list(name: &str) -> bool {
    LISTS.contains(&name.to_ascii_lowercase().as_str())
}

/// Where the list of objects is in an operation's success.
pub(super) fn entries_of(operation: &Operation) -> Option<String> {
    listing(operation, None).map(|listing| listing.entries)
}

/// Whether an operation answers a list of objects.
pub(super) fn lists(operation: &Operation) -> bool {
    listing(operation, None).is_some()
}

/// How an operation lists, where its success holds a list of objects.
pub(super) fn listing(operation: &Operation, told: Option<&State>) -> Option<Listing> {
    let schema = answered(operation)?;
    Some(listing_of(operation, schema, entries(schema, operation.path())?, told))
}

/// As [`listing`], where its success is XML and not JSON.
pub(super) fn listing_in_xml(operation: &Operation, told: Option<&State>) -> Option<Listing> {
    let described = operation.successes().into_iter().find_map(|response| structured(&response.content))?;
    let schema = described.schema.as_deref().filter(|_| !described.is_json())?;
    Some(listing_of(operation, schema, entries(schema, operation.path())?, told))
}

/// How an operation lists plain values in pages, as `["red", "blue"]`.
pub(super) fn plain_listing(operation: &Operation) -> Option<Listing> {
    let schema = answered(operation)?;
    let listing = listing_of(operation, schema, plain_entries(schema, operation.path())?, None);
    let Pages { limit, offset, page, cursor, .. } = &listing.pages;
    let has_pages = [limit, offset, page, cursor].into_iter().any(Option::is_some);
    has_pages.then_some(listing)
}

/// The schema of an operation's success in JSON.
fn answered(operation: &Operation) -> Option<&Schema> {
    let contents = operation.successes().into_iter().flat_map(|response| &response.content);
    contents.into_iter().find(|content| content.is_json())?.schema.as_deref()
}

/// How an operation lists what is at a place of its success.
fn listing_of(operation: &Operation, schema: &Schema, entries: String, told: Option<&State>) -> Listing {
    let mut place: Vec<&str> = entries.split('/').filter(|step| !step.is_empty()).collect();
    place.push("*");
    let fields = schema.fields(Direction::Response, &place);
    let pages = pages(operation, schema, &entries, told);
    let told_filters = told.map(|told| &told.filters);
    // `q` may be an object in JSON.
    let takes_text = |p: &Parameter| p.value_schema().is_none_or(|schema| schema.shape().kinds.string);
    let search =
        query(operation, |p| SEARCHES.contains(&p.name.to_ascii_lowercase().as_str()) && takes_text(p))
            .map(|p| (p.name.clone(), told.map(|told| told.search.clone()).unwrap_or_default()));
    let sort = Sort::of(operation, &fields);
    let mut filters = Vec::new();
    for parameter in operation.parameters_in(Location::Query).filter(|p| !shows_parts(p)) {
        let name = &parameter.name;
        let keeps = match told_filters.and_then(|told| told.get(name)) {
            Some(state::Filter::Member(member)) => Keeps::Member(member.clone()),
            Some(state::Filter::Choices(choices)) => {
                Keeps::Choices { only_with: choices.only_with.clone(), values: choices.values.clone() }
            }
            None if pages.names(name) || search.as_ref().is_some_and(|(known, _)| known == name) => continue,
            None if fields.get(name).is_some_and(|f| !f.kinds.array && !f.kinds.object) => {
                Keeps::Member(name.clone())
            }
            None => match plural(parameter, operation.path(), &fields) {
                Some(member) => Keeps::Member(member),
                None => continue,
            },
        };
        let is_list = parameter.value_schema().is_some_and(|schema| schema.shape().kinds.array);
        filters.push(Filter { parameter: name.clone(), keeps, is_list });
    }
    let order = told.and_then(|told| told.order.clone());
    let said_order = prose::order(operation, &fields, sort.as_ref());
    let (operation, narrowings) = (operation.index, Vec::new());
    Listing { operation, entries, fields, pages, search, filters, sort, order, said_order, narrowings }
}

/// Whether a switch says how much of each entry is shown, and not which entries are: "whether to include these fields".
fn shows_parts(parameter: &Parameter) -> bool {
    let kinds = parameter.value_schema().map(|schema| schema.shape().kinds).unwrap_or_default();
    if !kinds.boolean || kinds.string {
        return false;
    }
    let said = parameter.prose();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    says(&["includ", "show", "return", "embed", "expand", "add"])
        && says(&["field", "member", "propert", "attribute", "column", "detail", "key"])
}

/// The member that a list of values is about: `statuses` is about `status`, and `ids` of `/orders` about `order_id`.
fn plural(parameter: &Parameter, path: &str, fields: &IndexMap<String, Field>) -> Option<String> {
    if !parameter.value_schema()?.shape().kinds.array {
        return None;
    }
    let stem = names::singular(&names::letters(&parameter.name));
    let word = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let own = format!("{}id", names::singular(&names::letters(word)));
    let is_it = |name: &str| {
        let letters = names::letters(name);
        letters == stem || (stem == "id" && letters == own)
    };
    let mut scalars = fields.iter().filter(|(_, field)| !field.kinds.array && !field.kinds.object);
    scalars.find(|(name, _)| is_it(name)).map(|(name, _)| name.clone())
}

fn query(operation: &Operation, keep: impl Fn(&Parameter) -> bool) -> Option<&Parameter> {
    operation.parameters_in(Location::Query).find(|parameter| keep(parameter))
}

fn pages(operation: &Operation, schema: &Schema, entries: &str, told: Option<&State>) -> Pages {
    let named = |names: &[&str], counts: bool| {
        query(operation, |p| {
            let kinds = p.value_schema().map(|schema| schema.shape().kinds).unwrap_or_default();
            names.contains(&p.name.to_ascii_lowercase().as_str())
                && (!counts || kinds.integer || kinds.number)
        })
        .map(|parameter| parameter.name.clone())
    };
    let members = schema.fields(Direction::Response, &[]);
    let inside = |names: &[&str], keep: &dyn Fn(&Field) -> bool| {
        members
            .iter()
            .find(|(name, field)| names.contains(&name.to_ascii_lowercase().as_str()) && keep(field))
            .map(|(name, _)| pointer::join("", name))
    };
    let (limit, page) = (named(LIMITS, true), named(PAGES, true));
    // Where only a number of a page splits the list, a length of pages alone means nothing.
    let is_whole = page.as_ref().is_some_and(|page| is_whole_without(operation, page));
    let (limit, page) = if is_whole { (None, None) } else { (limit, page) };
    // `after` may be a time, and narrows the list.
    let is_mark = |p: &Parameter| {
        let is_time = |schema: &Schema| {
            let view = View::of(schema, Direction::Request);
            let mut formats =
                view.nodes().filter_map(|node| node.get("format")?.as_str()).map(str::to_ascii_lowercase);
            formats.any(|format| ["date", "date-time", "datetime"].contains(&format.as_str()))
        };
        !p.value_schema().is_some_and(|schema| is_time(schema))
    };
    let cursor = query(operation, |p| CURSORS.contains(&p.name.to_ascii_lowercase().as_str()) && is_mark(p));
    let cursor = cursor.map(|parameter| parameter.name.clone());
    let mut pages = Pages {
        size: told.and_then(|told| told.page_size).or_else(|| usual(operation, limit.as_ref(), "default")),
        first: first_number(operation, page.as_ref()),
        limit,
        offset: named(OFFSETS, true),
        page,
        is_mark_number: query(operation, |p| Some(&p.name) == cursor.as_ref())
            .and_then(|parameter| parameter.value_schema())
            .is_some_and(|schema| {
                let kinds = schema.shape().kinds;
                kinds.integer && !kinds.string
            }),
        cursor,
        next: inside(NEXTS, &|field| field.kinds.string),
        previous: inside(PREVIOUS, &|field| field.kinds.string),
        // Beside a total, `count` is about the page.
        count: inside(&COUNTS[1..], &|field| field.kinds.integer)
            .or_else(|| inside(&COUNTS[..1], &|field| field.kinds.integer)),
        bare: told.is_some_and(|told| told.links == state::Links::Query),
        members: Vec::new(),
        headers: Vec::new(),
    };
    pages.members = told::in_body(schema, entries, &pages);
    pages.headers = told::in_headers(operation, &pages);
    pages
}

/// A number that the schema of a query parameter names.
fn usual(operation: &Operation, parameter: Option<&String>, keyword: &str) -> Option<usize> {
    let schema = operation.parameter(Location::Query, parameter?)?.value_schema()?;
    let number = schema.normal(Direction::Request).get(keyword)?.as_u64()?;
    usize::try_from(number).ok()
}

/// Whether a list comes as a whole where a request names no page: the document says so in words, or by a default that is
/// no number of a page.
fn is_whole_without(operation: &Operation, page: &str) -> bool {
    let Some(parameter) = operation.parameter(Location::Query, page) else { return false };
    let bound = |keyword| usual(operation, Some(&parameter.name), keyword);
    let is_none = bound("default").zip(bound("minimum")).is_some_and(|(default, least)| default < least);
    let said = parameter.prose().to_lowercase();
    let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
    is_none
        || (has(&["omitted", "not given", "not specified", "not set", "not provided"])
            && has(&[
                "all results",
                "all entries",
                "all items",
                "all objects",
                "all records",
                "whole list",
                "everything",
            ]))
}

/// The number of the first page, which the parameter's default or its minimum says.
fn first_number(operation: &Operation, parameter: Option<&String>) -> usize {
    let said = ["default", "minimum"].iter().find_map(|keyword| usual(operation, parameter, keyword));
    usize::from(said != Some(0))
}

/// Where the list of objects is in the success of an operation.
pub fn listing_at(operation: &Operation) -> Option<String> {
    entries(answered(operation)?, operation.path())
}

/// Where the list of objects is in a success: the value itself, or the member that is one. Of several
/// it is the one that is called like the path, else like lists are called; if none is, it is unknown.
fn entries(schema: &Schema, path: &str) -> Option<String> {
    let shape = schema.shape();
    if shape.kinds.array {
        return (shape.items.object || !shape.items.string).then(String::new);
    }
    let lists = shape.members.iter().filter(|(_, (kinds, items))| kinds.array && items.object);
    called(lists.map(|(name, _)| name).collect(), path)
}

/// Where the list of plain values is, as [`entries`] finds objects.
fn plain_entries(schema: &Schema, path: &str) -> Option<String> {
    let shape = schema.shape();
    if shape.kinds.array {
        return (!shape.items.object && !shape.items.array).then(String::new);
    }
    let is_plain = |kinds: &Kinds, items: &Kinds| kinds.array && !items.object && !items.array;
    let lists = shape.members.iter().filter(|(_, (kinds, items))| is_plain(kinds, items));
    called(lists.map(|(name, _)| name).collect(), path)
}

/// The member that is a list, among several.
fn called(mut names: Vec<&String>, path: &str) -> Option<String> {
    names.sort();
    let word = path.trim_end_matches('/').rsplit('/').find(|segment| !segment.starts_with('{'));
    let words: Vec<String> = word.into_iter().flat_map(words).collect();
    let is_called = |name: &&&String| {
        let name = plain(name);
        words.contains(&name) || words.concat() == name
    };
    let is_usual = |name: &&&String| is_list(name);
    let found = match names.as_slice() {
        [sole] => Some(sole),
        several => several.iter().find(is_called).or_else(|| several.iter().find(is_usual)),
    };
    found.map(|name| pointer::join("", name))
}

/// The words of a segment, in the singular.
fn words(segment: &str) -> Vec<String> {
    segment.split(['-', '_', '.']).filter(|word| !word.is_empty()).map(plain).collect()
}

fn plain(word: &str) -> String {
    names::singular(&names::plain(word))
}

#[cfg(test)]
mod tests;
