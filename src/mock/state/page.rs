//! The pages of a list: their entries, and the queries of their neighbours.

use serde_json::Value;

use super::hooks::ListHooks;
use super::query::Query;
use crate::contract::parameter;
use crate::resources::{Collection, Pages, id_within};

/// Entries on a page where nobody says otherwise.
const PAGE: usize = 100;

/// One page: which entries, and the queries of its neighbours.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub start: usize,
    pub end: usize,
    pub next: Option<String>,
    pub previous: Option<String>,
}

/// A list that is cut into pages.
#[derive(Clone, Copy)]
pub(super) struct Pager<'p> {
    pub collection: &'p Collection,
    pub pages: &'p Pages,
    pub query: &'p Query<'p>,
    /// All entries, in order.
    pub entries: &'p [&'p Value],
}

impl Pager<'_> {
    /// The page that is asked for; `None` where the cursor is none of this list.
    pub fn page(&self, hooks: &dyn ListHooks) -> Option<Page> {
        let Self { pages, query, entries, .. } = *self;
        let total = entries.len();
        let given = query.number(pages.limit.as_ref()).filter(|limit| *limit > 0);
        let limit = given.unwrap_or_else(|| hooks.usual_size(pages.size.unwrap_or(PAGE)));
        let limit = hooks.limit(limit, total);
        let cursor = pages.cursor.as_ref().and_then(|name| query.get(name)).filter(|mark| !mark.is_empty());
        let asked = match cursor {
            Some(mark) => self.after(mark)?,
            None => {
                let numbers = (query.number(pages.offset.as_ref()), query.number(pages.page.as_ref()));
                hooks.start(match numbers {
                    (Some(offset), _) => offset,
                    (None, Some(page)) => page.saturating_sub(1).saturating_mul(limit),
                    (None, None) => 0,
                })
            }
        };
        let start = hooks.first_shown(asked).min(total);
        let end = start.saturating_add(limit).min(total);
        let after = asked.saturating_add(limit);
        let next =
            hooks.next((after < total).then_some(after)).map(|from| self.neighbour(from, limit, false));
        let previous = (asked > 0).then(|| self.neighbour(asked.saturating_sub(limit), limit, true));
        Some(Page { start, end, next, previous })
    }

    /// The query of the page that begins at an entry.
    fn neighbour(&self, from: usize, limit: usize, is_back: bool) -> String {
        let Self { collection, pages, query, entries } = *self;
        let mut pairs: Vec<(String, String)> = query
            .pairs
            .iter()
            .filter(|(name, _)| {
                ![&pages.offset, &pages.page, &pages.cursor]
                    .iter()
                    .any(|known| known.as_deref() == Some(name))
                    && pages.limit.as_deref() != Some(name)
            })
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        if let Some(name) = &pages.limit {
            pairs.push((name.clone(), limit.to_string()));
        }
        match (&pages.cursor, &pages.offset, &pages.page) {
            (Some(name), _, _) if from > 0 => {
                let last = entries.get(from - 1).and_then(|entry| id_within(entry, &collection.parameter));
                pairs.push((name.clone(), mark(from, &last.map(parameter::text).unwrap_or_default())));
            }
            (Some(_), _, _) => {}
            (None, Some(_), _) if is_back && from == 0 => {}
            (None, Some(name), _) => pairs.push((name.clone(), from.to_string())),
            (None, None, Some(name)) => pairs.push((name.clone(), (from / limit.max(1) + 1).to_string())),
            (None, None, None) => {}
        }
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", parameter::escape(name), parameter::escape(value)))
            .collect();
        pairs.join("&")
    }

    /// Where the page of a mark begins: after the entry that it names, else at the place that it names.
    fn after(&self, mark: &str) -> Option<usize> {
        let Self { collection, entries, .. } = *self;
        let octets: Option<Vec<u8>> = mark
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let text = String::from_utf8(octets?).ok()?;
        let (from, id) = text.split_once(':')?;
        let from: usize = from.parse().ok()?;
        let at = entries.iter().position(|entry| {
            id_within(entry, &collection.parameter).map(parameter::text).as_deref() == Some(id)
        });
        Some(at.map_or(from, |at| at + 1))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::state::hooks::NoHooks;
    use rstest::rstest;
    use serde_json::json;

    fn collection() -> Collection {
        let contract = crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {"/things/{id}": {
            "get": {"responses": {"204": {"description": "one"}}},
        }, "/things": {"get": {"responses": {"200": {"description": "all", "content": {"application/json": {
            "schema": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}},
        }}}}}}}}));
        crate::resources::Resources::of(&contract, &[]).collections.remove(0)
    }

    fn page(pages: &Pages, query: &str) -> Option<Page> {
        let values: Vec<Value> = (1..=5).map(|id| json!({"id": id})).collect();
        let entries: Vec<&Value> = values.iter().collect();
        let (collection, query) = (collection(), Query::of(Some(query)));
        Pager { collection: &collection, pages, query: &query, entries: &entries }.page(&NoHooks)
    }

    fn numbered() -> Pages {
        Pages { limit: Some("limit".into()), offset: Some("offset".into()), ..Pages::default() }
    }

    #[rstest]
    #[case("", (0, 5), None, None)]
    #[case("limit=2", (0, 2), Some("limit=2&offset=2"), None)]
    #[case("limit=2&offset=2&q=a%20b", (2, 4), Some("q=a%20b&limit=2&offset=4"), Some("q=a%20b&limit=2"))]
    #[case("limit=2&offset=4", (4, 5), None, Some("limit=2&offset=2"))]
    #[case("limit=0&offset=9", (5, 5), None, Some("limit=100"))]
    #[case("limit=18446744073709551615&offset=1", (1, 5), None, Some("limit=18446744073709551615"))]
    fn pages_by_offset(
        #[case] query: &str,
        #[case] shown: (usize, usize),
        #[case] next: Option<&str>,
        #[case] previous: Option<&str>,
    ) {
        let page = page(&numbered(), query).unwrap();
        assert_eq!((page.start, page.end), shown);
        assert_eq!((page.next.as_deref(), page.previous.as_deref()), (next, previous));
    }

    #[test]
    fn pages_by_number() {
        let pages = Pages { limit: Some("limit".into()), page: Some("page".into()), ..Pages::default() };
        let page = page(&pages, "limit=2&page=2").unwrap();
        assert_eq!((page.start, page.end), (2, 4));
        assert_eq!(page.next.as_deref(), Some("limit=2&page=3"));
    }

    #[test]
    fn a_cursor_walks_all_pages() {
        let pages = Pages { limit: Some("limit".into()), cursor: Some("after".into()), ..Pages::default() };
        let mut query = "limit=2".to_owned();
        let mut shown = Vec::new();
        while let Some(next) = page(&pages, &query) {
            shown.extend(next.start..next.end);
            let Some(next) = next.next else { break };
            query = next;
        }
        assert_eq!(shown, [0, 1, 2, 3, 4]);
        assert_eq!(page(&pages, "after=zz"), None);
        assert_eq!(page(&pages, "after=7"), None);
    }

    proptest::proptest! {
        /// Whatever is requested, a page is inside the list, and its neighbours can be asked for.
        #[test]
        fn any_query_gives_a_page(limit: usize, start: usize, by_page: bool) {
            let name = if by_page { "page" } else { "offset" };
            let mut pages = Pages { limit: Some("limit".into()), ..Pages::default() };
            if by_page { pages.page = Some(name.into()) } else { pages.offset = Some(name.into()) }
            let page = page(&pages, &format!("limit={limit}&{name}={start}")).unwrap();
            proptest::prop_assert!(page.start <= page.end && page.end <= 5);
        }

        /// No cursor of a client is trusted.
        #[test]
        fn any_cursor_is_read(mark: String) {
            let pages = Pages { cursor: Some("after".into()), ..Pages::default() };
            if let Some(page) = page(&pages, &format!("after={}", parameter::escape(&mark))) {
                proptest::prop_assert!(page.end <= 5);
            }
        }
    }
}
