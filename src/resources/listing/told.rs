//! What an answer says about its own page: totals, links, marks, numbers of pages.
//!
//! Only the mock fills them all in. The runner holds a target to the few whose names can hardly mean anything
//! else.

use super::Pages;
use crate::contract::schema::Kinds;
use crate::contract::{Direction, Operation, Schema};
use crate::document::pointer;
use crate::resources::names;

/// A member, or a header field, that says something about the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMember {
    /// JSON pointer into the answer, or the name of the header field.
    pub at: String,
    /// What it says.
    pub tells: Tells,
    /// The kinds of value that it may have.
    pub kinds: Kinds,
    /// What goes with it where there is nothing to say: itself, or the object that is about a neighbour.
    pub whole: String,
    /// Whether that must be there.
    pub is_required: bool,
}

/// What a member says about a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// Entries over all pages.
    Total,
    /// Entries on this page.
    Shown,
    /// How many pages there are.
    PageCount,
    /// The number of a page.
    Number(Neighbour),
    /// Entries on a full page.
    Limit,
    /// Where a page begins.
    Offset(Neighbour),
    /// The place of its first entry, counted from 1.
    From,
    /// The place of its last entry, counted from 1.
    To,
    /// Whether there is such a page.
    Has(Neighbour),
    /// Whether this is that page.
    Is(Neighbour),
    /// The mark of a page.
    Mark(Neighbour),
    /// The address of a page.
    Link(Neighbour),
    /// Addresses of pages, as RFC 8288 writes them.
    Links,
}

/// A page, seen from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbour {
    /// The very first.
    First,
    /// The one before.
    Previous,
    /// The page itself.
    Own,
    /// The one after.
    Next,
    /// The very last.
    Last,
}

/// Objects in an answer that are about its page, by their letters.
const WRAPPERS: &[&str] = &[
    "meta",
    "metadata",
    "pagination",
    "paging",
    "pageinfo",
    "page",
    "pages",
    "paginator",
    "links",
    "cursor",
    "cursors",
    "responsemetadata",
    "pagemetadata",
    "searchmetadata",
    "listinfo",
];
/// So deep are they looked for: `/meta/pagination/links/next`.
const MAX_DEPTH: usize = 4;

const TOTALS: &[&str] = &[
    "total",
    "totalcount",
    "totalresults",
    "totalitems",
    "totalelements",
    "totalentries",
    "totalrecords",
    "totalobjects",
    "totalrows",
    "totalsize",
    "odatacount",
    "recordcount",
    "itemcount",
    "resultcount",
];
const PAGE_COUNTS: &[&str] =
    &["totalpages", "pages", "pagecount", "pagestotal", "lastpage", "numpages", "numberofpages"];
const LIMITS: &[&str] = &["limit", "perpage", "pagesize", "size", "pagelimit", "itemsperpage"];
/// Members that only mean a page where something else does: `size` may be that of a shirt.
const PLAIN_WORDS: &[&str] =
    &["page", "pages", "size", "limit", "offset", "skip", "number", "from", "to", "more", "first", "last"];
const NEXT_MARKS: &[&str] = &[
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "nextpagecursor",
    "nextmarker",
    "endcursor",
    "aftercursor",
    "continuationtoken",
    "continuation",
    "cursor",
    "after",
];
const PREVIOUS_MARKS: &[&str] = &[
    "previouscursor",
    "prevcursor",
    "startcursor",
    "beforecursor",
    "previouspagetoken",
    "prevpagetoken",
    "before",
];

/// The members of an answer that say something about its page.
pub(super) fn in_body(schema: &Schema, entries: &str, pages: &Pages) -> Vec<PageMember> {
    let mut found = Vec::new();
    let known = [
        (&pages.count, Tells::Total),
        (&pages.next, Tells::Link(Neighbour::Next)),
        (&pages.previous, Tells::Link(Neighbour::Previous)),
    ];
    let search = Search { schema, entries, pages, known: &known };
    search.collect(&Place::default(), &mut found);
    found
}

/// The header fields of a success that say something about its page.
pub(super) fn in_headers(operation: &Operation, pages: &Pages) -> Vec<PageMember> {
    let any = Kinds { integer: true, boolean: true, ..Kinds::TEXT };
    let documented = operation.successes().into_iter().take(1).flat_map(|response| &response.headers);
    let members = documented.filter_map(|header| {
        let letters = names::letters(&header.name);
        let bare = letters.strip_prefix('x').unwrap_or(&letters);
        let bare = ["pagination", "paging"].iter().find_map(|word| bare.strip_prefix(word)).unwrap_or(bare);
        let tells = match bare {
            "link" | "links" => Tells::Links,
            // The same words are used for how often a client may ask.
            "limit" => return None,
            bare => tells(bare, any, "", pages, false)?,
        };
        let at = header.name.clone();
        Some(PageMember { whole: at.clone(), at, tells, kinds: any, is_required: header.required })
    });
    members.collect()
}

/// Where in an answer the search is.
#[derive(Debug, Clone, Default)]
struct Place {
    at: String,
    /// The letters of the object's name.
    name: String,
    /// The page that the object is about, the pointer of the object, and whether it must be there.
    about: Option<(Neighbour, String, bool)>,
}

struct Search<'s> {
    schema: &'s Schema,
    entries: &'s str,
    pages: &'s Pages,
    /// What is known of the outermost members.
    known: &'s [(&'s Option<String>, Tells)],
}

impl Search<'_> {
    fn collect(&self, place: &Place, found: &mut Vec<PageMember>) {
        let steps: Vec<String> = pointer::tokens(&place.at).collect();
        if steps.len() >= MAX_DEPTH {
            return;
        }
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let fields = self.schema.fields(Direction::Response, &steps);
        let has_total = fields.keys().any(|name| TOTALS.contains(&names::letters(name).as_str()));
        for (name, field) in &fields {
            let at = pointer::join(&place.at, name);
            let letters = names::letters(name);
            if self.entries == at || self.entries.starts_with(&format!("{at}/")) {
                continue;
            }
            if field.kinds.object && !field.kinds.string {
                let about = neighbour(&letters).filter(|_| !place.at.is_empty());
                let about = about.map(|about| (about, at.clone(), field.is_required));
                if about.is_some() || WRAPPERS.contains(&letters.as_str()) {
                    self.collect(&Place { at, name: letters, about }, found);
                }
                continue;
            }
            let known = self.known.iter().find(|(known, _)| known.as_ref() == Some(&at)).map(|(_, t)| *t);
            let said = match &place.about {
                Some((about, _, _)) => tells_about(&letters, *about, field.kinds),
                None => known.or_else(|| tells(&letters, field.kinds, &place.name, self.pages, has_total)),
            };
            let Some(tells) = said else { continue };
            let (whole, is_required) = match &place.about {
                Some((_, whole, is_required)) => (whole.clone(), *is_required),
                None => (at.clone(), field.is_required),
            };
            found.push(PageMember { at, tells, kinds: field.kinds, whole, is_required });
        }
    }
}

/// The page that a name means, as links have them.
fn neighbour(letters: &str) -> Option<Neighbour> {
    Some(match letters {
        "next" => Neighbour::Next,
        "previous" | "prev" => Neighbour::Previous,
        "first" => Neighbour::First,
        "last" => Neighbour::Last,
        "self" | "current" => Neighbour::Own,
        _ => return None,
    })
}

/// What a member says of an object that is about a neighbour, as in `{"next": {"href": "…"}}`.
fn tells_about(letters: &str, about: Neighbour, kinds: Kinds) -> Option<Tells> {
    match letters {
        "href" | "url" | "link" | "uri" if kinds.string => Some(Tells::Link(about)),
        "after" | "before" | "cursor" | "token" if kinds.string => Some(Tells::Mark(about)),
        "page" | "number" if kinds.integer => Some(Tells::Number(about)),
        "offset" if kinds.integer => Some(Tells::Offset(about)),
        _ => None,
    }
}

/// What a member says by its letters and kinds. `inside` is the object around it, nothing for the outermost,
/// and `has_total` says that another member there holds the total.
fn tells(letters: &str, kinds: Kinds, inside: &str, pages: &Pages, has_total: bool) -> Option<Tells> {
    let has_pages =
        pages.limit.is_some() || pages.page.is_some() || pages.offset.is_some() || pages.cursor.is_some();
    if inside.is_empty() && !has_pages && PLAIN_WORDS.contains(&letters) {
        return None;
    }
    let number = || of_number(letters, pages, has_total);
    let flag = || of_flag(letters);
    let text = || of_text(letters, inside, pages);
    (kinds.integer || kinds.number)
        .then(number)
        .flatten()
        .or_else(|| kinds.boolean.then(flag).flatten())
        .or_else(|| kinds.string.then(text).flatten())
}

fn of_number(letters: &str, pages: &Pages, has_total: bool) -> Option<Tells> {
    Some(match letters {
        letters if TOTALS.contains(&letters) => Tells::Total,
        "count" if !has_total => Tells::Total,
        "count" | "numberofelements" => Tells::Shown,
        letters if PAGE_COUNTS.contains(&letters) => Tells::PageCount,
        letters if LIMITS.contains(&letters) => Tells::Limit,
        "page" | "currentpage" | "pagenumber" | "pageno" => Tells::Number(Neighbour::Own),
        "number" if pages.first == 0 => Tells::Number(Neighbour::Own),
        "offset" | "skip" => Tells::Offset(Neighbour::Own),
        "from" => Tells::From,
        "to" => Tells::To,
        "nextpage" | "next" => Tells::Number(Neighbour::Next),
        "previouspage" | "prevpage" | "previous" | "prev" => Tells::Number(Neighbour::Previous),
        "nextoffset" => Tells::Offset(Neighbour::Next),
        "previousoffset" | "prevoffset" => Tells::Offset(Neighbour::Previous),
        _ => return None,
    })
}

fn of_flag(letters: &str) -> Option<Tells> {
    Some(match letters {
        "hasmore" | "hasnext" | "hasnextpage" | "hasmorepages" | "hasmoreitems" | "hasmoreresults"
        | "more" => Tells::Has(Neighbour::Next),
        "hasprevious" | "hasprev" | "haspreviouspage" | "hasprevpage" => Tells::Has(Neighbour::Previous),
        "first" | "isfirst" | "isfirstpage" => Tells::Is(Neighbour::First),
        "last" | "islast" | "islastpage" => Tells::Is(Neighbour::Last),
        _ => return None,
    })
}

fn of_text(letters: &str, inside: &str, pages: &Pages) -> Option<Tells> {
    if pages.cursor.is_some() {
        let is_cursors = inside.starts_with("cursor");
        if NEXT_MARKS.contains(&letters) || (is_cursors && letters == "next") {
            return Some(Tells::Mark(Neighbour::Next));
        }
        if PREVIOUS_MARKS.contains(&letters) || (is_cursors && ["previous", "prev"].contains(&letters)) {
            return Some(Tells::Mark(Neighbour::Previous));
        }
    }
    if inside == "links"
        && let Some(page) = neighbour(letters)
    {
        return Some(Tells::Link(page));
    }
    Some(Tells::Link(match letters {
        "next" | "nexturl" | "nextpageurl" | "nextlink" | "nextpagelink" | "odatanextlink" | "nexthref" => {
            Neighbour::Next
        }
        "previous" | "prev" | "previousurl" | "prevurl" | "prevpageurl" | "previouspageurl" | "prevlink"
        | "previouslink" => Neighbour::Previous,
        "firstpageurl" | "firsturl" | "firstlink" => Neighbour::First,
        "lastpageurl" | "lasturl" | "lastlink" => Neighbour::Last,
        _ => return None,
    }))
}
