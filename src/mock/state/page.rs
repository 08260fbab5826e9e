//! The pages of a list: their entries, and the queries of their neighbours.

use serde_json::Value;

use super::hooks::ListHooks;
use super::objects::Listed;
use super::query::Query;
use crate::contract::parameter;
use crate::resources::{Pages, id_within};

/// Entries on a page where nobody says otherwise.
const PAGE: usize = 100;
/// The parameter of links by which a page begins elsewhere, where the document has none for that.
const OFFSET: &str = "offset";

/// One page: which entries, and the queries of its neighbours.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub start: usize,
    pub end: usize,
    /// Entries on a full page.
    pub limit: usize,
    /// Where the next page begins.
    pub next: Option<usize>,
    /// Where the one before begins.
    pub previous: Option<usize>,
}

/// The entries of a list, in order.
#[derive(Clone, Copy)]
pub(super) enum Entries<'e> {
    /// All that the list shows where nothing is asked of it.
    All(Listed<'e>),
    /// What a request asks for.
    Picked(&'e [&'e Value]),
}

impl<'e> Entries<'e> {
    pub fn len(self) -> usize {
        match self {
            Self::All(listed) => listed.len(),
            Self::Picked(entries) => entries.len(),
        }
    }

    fn get(self, at: usize) -> Option<&'e Value> {
        match self {
            Self::All(listed) => listed.get(at),
            Self::Picked(entries) => entries.get(at).copied(),
        }
    }

    /// The entries of a page.
    pub fn of_page(self, page: &Page) -> impl Iterator<Item = &'e Value> {
        (page.start..page.end).map_while(move |at| self.get(at))
    }
}

/// A list that is cut into pages.
#[derive(Clone, Copy)]
pub(super) struct Pager<'p> {
    /// What paths call the entries.
    pub parameter: &'p str,
    pub pages: &'p Pages,
    pub query: &'p Query<'p>,
    pub entries: Entries<'p>,
}

impl Pager<'_> {
    /// The page that is asked for; `None` where the cursor is none of this list.
    pub fn page(&self, hooks: &dyn ListHooks) -> Option<Page> {
        let Self { pages, query, entries, .. } = *self;
        let total = entries.len();
        let given = query.number(pages.limit.as_ref()).filter(|limit| *limit > 0);
        let limit = given.unwrap_or_else(|| hooks.usual_size(pages.size.unwrap_or(PAGE)));
        let limit = hooks.limit(limit, total).max(1);
        let cursor = pages.cursor.as_ref().and_then(|name| query.get(name)).filter(|mark| !mark.is_empty());
        let asked = match cursor {
            Some(mark) => self.after(mark)?,
            None => {
                let own = self.is_opaque().then(|| OFFSET.to_owned());
                let offset = pages.offset.as_ref().or(own.as_ref());
                let numbers = (query.number(offset), query.number(pages.page.as_ref()));
                hooks.start(match numbers {
                    (Some(offset), _) => offset,
                    (None, Some(page)) => page.saturating_sub(pages.first).saturating_mul(limit),
                    (None, None) => 0,
                })
            }
        };
        let start = hooks.first_shown(asked).min(total);
        let end = start.saturating_add(limit).min(total);
        let after = asked.saturating_add(limit);
        let next = hooks.next((after < total).then_some(after));
        let previous = (asked > 0).then(|| asked.saturating_sub(limit));
        Some(Page { start, end, limit, next, previous })
    }

    /// Whether the document has no parameter for where a page begins, so that only links lead to the others.
    fn is_opaque(&self) -> bool {
        self.pages.offset.is_none() && self.pages.page.is_none() && self.pages.cursor.is_none()
    }

    /// The query of the page that begins at an entry.
    pub fn address(&self, from: usize, limit: usize, is_back: bool) -> String {
        let Self { pages, query, .. } = *self;
        let is_own = |name: &str| {
            let documented = [&pages.offset, &pages.page, &pages.cursor, &pages.limit];
            documented.iter().any(|known| known.as_deref() == Some(name))
                || (self.is_opaque() && name == OFFSET)
        };
        let others = query.pairs.iter().filter(|(name, _)| !is_own(name));
        let mut pairs: Vec<(String, String)> =
            others.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        if let Some(name) = &pages.limit {
            pairs.push((name.clone(), limit.to_string()));
        }
        match (&pages.cursor, &pages.offset, &pages.page) {
            (Some(name), _, _) if from > 0 => pairs.push((name.clone(), self.mark(from))),
            (Some(_), _, _) => {}
            (None, Some(_), _) if is_back && from == 0 => {}
            (None, Some(name), _) => pairs.push((name.clone(), from.to_string())),
            (None, None, Some(name)) => pairs.push((name.clone(), self.number(from, limit).to_string())),
            (None, None, None) if from > 0 => pairs.push((OFFSET.to_owned(), from.to_string())),
            (None, None, None) => {}
        }
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", parameter::escape(name), parameter::escape(value)))
            .collect();
        pairs.join("&")
    }

    /// The number of the page that begins at an entry.
    pub fn number(&self, from: usize, limit: usize) -> usize {
        from / limit.max(1) + self.pages.first
    }

    /// The mark of the page that begins at an entry.
    pub fn mark(&self, from: usize) -> String {
        let before = from.checked_sub(1).and_then(|at| self.entries.get(at));
        let id = before.and_then(|entry| id_within(entry, self.parameter));
        let id = id.map(parameter::text).unwrap_or_default();
        if !self.pages.is_mark_number {
            return mark(from, &id);
        }
        // The id, where it is a number and leads there, else the place.
        let leads = id.parse::<u64>().is_ok() && self.place(&id).is_some_and(|at| at + 1 == from);
        if leads { id } else { from.to_string() }
    }

    /// Where the entry with an id is.
    fn place(&self, id: &str) -> Option<usize> {
        match self.entries {
            Entries::All(listed) => listed.position(id),
            Entries::Picked(entries) => entries.iter().position(|entry| self.is_called(entry, id)),
        }
    }

    fn is_called(&self, entry: &Value, id: &str) -> bool {
        id_within(entry, self.parameter).is_some_and(|own| parameter::text(own) == id)
    }

    /// Where the page of a mark begins: after the entry that it names, by its id alone as well, else at the
    /// place that it names.
    fn after(&self, mark: &str) -> Option<usize> {
        if let Some(at) = self.place(mark) {
            return Some(at + 1);
        }
        if self.pages.is_mark_number {
            return mark.parse().ok();
        }
        let octets: Option<Vec<u8>> = mark
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let text = String::from_utf8(octets?).ok()?;
        let (from, id) = text.split_once(':')?;
        let from: usize = from.parse().ok()?;
        // Two entries may have one id; the mark knows which of them it was.
        let before = from.checked_sub(1).and_then(|at| self.entries.get(at));
        if before.is_some_and(|entry| self.is_called(entry, id)) {
            return Some(from);
        }
        Some(self.place(id).map_or(from, |at| at + 1))
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

    /// The page of a query among five entries, with the queries of its neighbours.
    fn page(pages: &Pages, query: &str) -> Option<(Page, [Option<String>; 2])> {
        let values: Vec<Value> = (1..=5).map(|id| json!({"id": id})).collect();
        let picked: Vec<&Value> = values.iter().collect();
        let query = Query::of(Some(query));
        let entries = Entries::Picked(&picked);
        let pager = Pager { parameter: "id", pages, query: &query, entries };
        let page = pager.page(&NoHooks)?;
        let next = page.next.map(|from| pager.address(from, page.limit, false));
        let previous = page.previous.map(|from| pager.address(from, page.limit, true));
        Some((page, [next, previous]))
    }

    #[rstest]
    #[case::by_id("id", "limit=2", Some("limit=2&after=2"))]
    #[case::after_an_id("id", "limit=2&after=2", Some("limit=2&after=4"))]
    #[case::by_place("other", "limit=2", Some("limit=2&after=2"))]
    #[case::after_a_place("other", "limit=2&after=2", Some("limit=2&after=4"))]
    #[case::the_last("id", "limit=2&after=4", None)]
    fn a_mark_may_be_a_number(#[case] parameter: &str, #[case] query: &str, #[case] next: Option<&str>) {
        let pages = Pages {
            limit: Some("limit".into()),
            cursor: Some("after".into()),
            is_mark_number: true,
            ..Pages::default()
        };
        let values: Vec<Value> = (1..=5).map(|id| json!({"id": id, "size": 1})).collect();
        let picked: Vec<&Value> = values.iter().collect();
        let query = Query::of(Some(query));
        let entries = Entries::Picked(&picked);
        let pager = Pager { parameter, pages: &pages, query: &query, entries };
        let page = pager.page(&NoHooks).unwrap();
        let address = page.next.map(|from| pager.address(from, page.limit, false));
        assert_eq!(address.as_deref(), next);
    }

    fn pages() -> Pages {
        Pages { first: 1, ..Pages::default() }
    }

    fn numbered() -> Pages {
        Pages { limit: Some("limit".into()), offset: Some("offset".into()), ..pages() }
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
        let (page, neighbours) = page(&numbered(), query).unwrap();
        assert_eq!((page.start, page.end), shown);
        assert_eq!(neighbours.each_ref().map(Option::as_deref), [next, previous]);
    }

    #[rstest]
    #[case::from_one(1, "limit=2&page=2", "limit=2&page=3")]
    #[case::from_nought(0, "limit=2&page=1", "limit=2&page=2")]
    fn pages_by_number(#[case] first: usize, #[case] query: &str, #[case] next: &str) {
        let pages =
            Pages { limit: Some("limit".into()), page: Some("page".into()), first, ..Pages::default() };
        let (page, neighbours) = page(&pages, query).unwrap();
        assert_eq!((page.start, page.end), (2, 4));
        assert_eq!(neighbours[0].as_deref(), Some(next));
    }

    #[test]
    fn links_lead_on_where_nothing_else_does() {
        let pages = Pages { limit: Some("limit".into()), ..Pages::default() };
        let (first, neighbours) = page(&pages, "limit=2").unwrap();
        assert_eq!((first.start, first.end, neighbours[0].as_deref()), (0, 2, Some("limit=2&offset=2")));
        let (second, neighbours) = page(&pages, "limit=2&offset=2").unwrap();
        assert_eq!((second.start, second.end), (2, 4));
        assert_eq!(neighbours.each_ref().map(Option::as_deref), [Some("limit=2&offset=4"), Some("limit=2")]);
    }

    #[test]
    fn a_cursor_walks_all_pages() {
        let pages = Pages { limit: Some("limit".into()), cursor: Some("after".into()), ..Pages::default() };
        let mut query = "limit=2".to_owned();
        let mut shown = Vec::new();
        while let Some((next, [address, _])) = page(&pages, &query) {
            shown.extend(next.start..next.end);
            let Some(next) = address else { break };
            query = next;
        }
        assert_eq!(shown, [0, 1, 2, 3, 4]);
        assert_eq!(page(&pages, "after=zz"), None);
        assert_eq!(page(&pages, "after=7"), None);
        let (after, _) = page(&pages, "after=4").unwrap();
        assert_eq!((after.start, after.end), (4, 5), "the id of an entry is a mark, too");
    }

    proptest::proptest! {
        /// Whatever is requested, a page is inside the list, and its neighbours can be asked for.
        #[test]
        fn any_query_gives_a_page(limit: usize, start: usize, by_page: bool) {
            let name = if by_page { "page" } else { "offset" };
            let mut pages = Pages { limit: Some("limit".into()), ..Pages::default() };
            if by_page { pages.page = Some(name.into()) } else { pages.offset = Some(name.into()) }
            let (page, _) = page(&pages, &format!("limit={limit}&{name}={start}")).unwrap();
            proptest::prop_assert!(page.start <= page.end && page.end <= 5);
        }

        /// No cursor of a client is trusted.
        #[test]
        fn any_cursor_is_read(mark: String) {
            let pages = Pages { cursor: Some("after".into()), ..Pages::default() };
            if let Some((page, _)) = page(&pages, &format!("after={}", parameter::escape(&mark))) {
                proptest::prop_assert!(page.end <= 5);
            }
        }
    }
}
