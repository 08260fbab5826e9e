//! The answer of a page: its entries, and what the document has there to say about it.

use http::HeaderMap;
use http::header::LINK;
use serde_json::{Map, Value};

use super::call::Call;
use super::entity;
use super::page::{Page, Pager};
use crate::contract::{Direction, Schema, parameter};
use crate::mock::response::{Response, set};
use crate::resources::{Listing, Neighbour, PageMember, Tells, put, remove};

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
        // Some lists are left out rather than empty: `minItems: 1` on a member that need not be there.
        if self.page.start == self.page.end && !at.is_empty() {
            let mut without = body.clone();
            remove(&mut without, at);
            if schema.is_some_and(|schema| is_allowed(schema, &without)) {
                return self.call.success_of(&without);
            }
        }
        // A list that may not be empty shows what it would show anybody, which hangs together.
        let plain = || engine.plain(context.operation.index, context.path_values);
        if let Some(plain) = Some(()).filter(|()| self.page.start == self.page.end).and_then(|()| plain()) {
            // It may be what stands around it that is refused.
            let mut empty = plain.clone();
            put(&mut empty, at, Value::Array(Vec::new()));
            let is_it = |body: &Value| schema.is_some_and(|schema| is_allowed(schema, body));
            let mut forms = [self.counting(empty.clone()), empty].into_iter();
            let shown = forms.find(is_it);
            return self.call.success_of(&shown.unwrap_or_else(|| self.counting(plain)));
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

    /// A plain answer that says how many entries it has.
    fn counting(&self, mut plain: Value) -> Value {
        let shown = plain.pointer(&self.listing.entries).and_then(Value::as_array).map_or(0, Vec::len);
        let totals = self.listing.pages.members.iter().filter(|member| member.tells == Tells::Total);
        totals.for_each(|member| member.say(&mut plain, Some(Value::from(shown))));
        plain
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
            member.say(&mut answer, self.value(member.tells));
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
