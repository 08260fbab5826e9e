//! The answer of a page: its entries, and what the document has there to say about it.

use http::HeaderMap;
use http::header::LINK;
use serde_json::{Map, Value};

use super::call::Call;
use super::entity;
use super::page::{Page, Pager};
use crate::contract::{Direction, Schema, parameter};
use crate::document::pointer;
use crate::mock::response::{Response, set};
use crate::resources::{Listing, Neighbour, PageMember, Tells};

/// A page, and what it is a page of.
pub(super) struct Paged<'p> {
    pub call: &'p Call<'p>,
    pub listing: &'p Listing,
    pub pager: Pager<'p>,
    pub page: Page,
    /// How many entries there are said to be.
    pub total: usize,
}

impl Paged<'_> {
    /// The entries of the page.
    pub fn shown(&self) -> Vec<Value> {
        self.pager.entries.of_page(&self.page).cloned().collect()
    }

    /// The answer with its entries.
    pub fn answer(&self) -> Response {
        let Call { engine, context, .. } = *self.call;
        let at = &self.listing.entries;
        let outer = || engine.around(context.operation.index, context.path_values, at).unwrap_or_default();
        let body = self.body(outer, self.shown());
        let schema = entity::answered(context.operation);
        let is_allowed =
            |schema: &Schema, body: &Value| schema.is_valid(Direction::Response, body) != Ok(false);
        if schema.is_none_or(|schema| is_allowed(schema, &body)) {
            return self.call.success_of(&body);
        }
        // Lists often show less of an object than reading it does.
        let fields = &self.listing.fields;
        let known = |entry: Value| match entry {
            Value::Object(members) => {
                members.into_iter().filter(|(name, _)| fields.contains_key(name)).collect()
            }
            other => other,
        };
        self.call.success(&self.body(outer, self.shown().into_iter().map(known).collect()))
    }

    /// The outer members of a plain answer, with these entries.
    fn body(&self, outer: impl Fn() -> Value, shown: Vec<Value>) -> Value {
        if self.listing.entries.is_empty() {
            return Value::Array(shown);
        }
        let outer = outer();
        let mut answer = if outer.is_object() { outer } else { Value::Object(Map::new()) };
        put(&mut answer, &self.listing.entries, Value::Array(shown));
        for member in &self.listing.pages.members {
            match self.value(member.tells) {
                Some(value) => put(&mut answer, &member.at, value),
                None => leave_out(&mut answer, member),
            }
        }
        answer
    }

    /// Sets the documented header fields that say something about the page.
    pub fn set_headers(&self, response: &mut Response) {
        for member in &self.listing.pages.headers {
            let value = match member.tells {
                Tells::Links => Some(self.links()).filter(|links| !links.is_empty()),
                tells => self.value(tells).map(|value| parameter::text(&value)),
            };
            set_or_leave_out(&mut response.headers, member, value.as_deref());
        }
    }

    /// What a member says; `None` where there is nothing to say.
    fn value(&self, tells: Tells) -> Option<Value> {
        let Page { start, end, limit, next, .. } = self.page;
        let from = |neighbour| self.begins(neighbour);
        Some(match tells {
            Tells::Total => Value::from(self.total),
            Tells::Shown => Value::from(end - start),
            Tells::PageCount => Value::from(self.total.div_ceil(limit)),
            Tells::Number(page) => Value::from(self.pager.number(from(page)?, limit)),
            Tells::Limit => Value::from(limit),
            Tells::Offset(page) => Value::from(from(page)?),
            Tells::From => Value::from((end > start).then_some(start + 1)?),
            Tells::To => Value::from((end > start).then_some(end)?),
            Tells::Has(page) => Value::from(from(page).is_some()),
            Tells::Is(Neighbour::Last) => Value::from(next.is_none()),
            Tells::Is(_) => Value::from(start == 0),
            Tells::Mark(page) => Value::from(self.pager.mark(from(page)?)),
            Tells::Link(page) => Value::from(self.link(page)?),
            Tells::Links => Value::from(self.links()),
        })
    }

    /// Where a page begins.
    fn begins(&self, page: Neighbour) -> Option<usize> {
        let Page { start, limit, next, previous, .. } = self.page;
        match page {
            Neighbour::First => Some(0),
            Neighbour::Previous => previous,
            Neighbour::Own => Some(start),
            Neighbour::Next => next,
            Neighbour::Last => Some(self.total.saturating_sub(1) / limit * limit),
        }
    }

    /// The address of a page.
    fn link(&self, page: Neighbour) -> Option<String> {
        let Call { engine, context, hooks } = *self.call;
        let is_back = matches!(page, Neighbour::First | Neighbour::Previous);
        let query = self.pager.address(self.begins(page)?, self.page.limit, is_back);
        Some(match hooks.link_path() {
            None if self.listing.pages.bare => format!("?{query}"),
            other => format!("{}{}?{query}", engine.origin(), other.unwrap_or(context.path)),
        })
    }

    /// The addresses of all neighbours (RFC 8288).
    fn links(&self) -> String {
        let pages = [
            (Neighbour::Next, "next"),
            (Neighbour::Previous, "prev"),
            (Neighbour::First, "first"),
            (Neighbour::Last, "last"),
        ];
        let links = pages
            .into_iter()
            .filter_map(|(page, name)| self.link(page).map(|link| format!("<{link}>; rel=\"{name}\"")));
        links.collect::<Vec<_>>().join(", ")
    }
}

/// Shows that there is nothing to say: by null, else without the member, else as an empty text.
fn leave_out(answer: &mut Value, member: &PageMember) {
    if member.kinds.null {
        put(answer, &member.at, Value::Null);
    } else if !member.is_required {
        let (inside, name) = member.whole.rsplit_once('/').unwrap_or_default();
        if let Some(members) = answer.pointer_mut(inside).and_then(Value::as_object_mut) {
            members.shift_remove(&pointer::unescape(name));
        }
    } else if member.kinds.string {
        put(answer, &member.at, Value::from(""));
    }
}

fn set_or_leave_out(headers: &mut HeaderMap, member: &PageMember, value: Option<&str>) {
    match value {
        Some(_) => {
            headers.remove(member.at.as_str());
            set(headers, &member.at, value);
        }
        None if !member.is_required || member.at.eq_ignore_ascii_case(LINK.as_str()) => {
            headers.remove(member.at.as_str());
        }
        None => {}
    }
}

/// Sets a member, which may be inside other objects.
fn put(answer: &mut Value, at: &str, value: Value) {
    let mut names: Vec<String> = pointer::tokens(at).collect();
    let Some(last) = names.pop() else { return };
    let mut place = answer;
    for name in names {
        let Some(object) = place.as_object_mut() else { return };
        place = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Some(object) = place.as_object_mut() {
        object.insert(last, value);
    }
}
