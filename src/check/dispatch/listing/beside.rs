//! What the answer to a list says of the pages beside it: where they are, and how many entries all have.

use serde_json::Value;

use crate::document::pointer;
use crate::exchange::Response;
use crate::resources::names::letters;
use crate::resources::{Listing, Neighbour, Tells};

/// How an answer leads to another page.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::check) enum Lead {
    /// The document has nothing that would.
    Untold,
    /// There is no such page, as what the document has at this place says by being empty or absent.
    Nothing(String),
    /// An address, and where it stands: a JSON pointer, or the name of a header field.
    Link(String, String),
    /// The mark of the page, and where it stands.
    Mark(String, Value),
}

/// How an answer leads to the page before or after.
pub(in crate::check) fn lead(listing: &Listing, which: Neighbour, answer: &Response, body: &Value) -> Lead {
    let mut found = Lead::Untold;
    let pages = &listing.pages;
    let old = match which {
        Neighbour::Next => pages.next.as_ref(),
        Neighbour::Previous => pages.previous.as_ref(),
        _ => None,
    };
    let links = pages.members.iter().filter(|member| member.tells == Tells::Link(which)).map(|m| &m.at);
    for at in old.into_iter().chain(links) {
        let value = body.pointer(at);
        let text = value.and_then(|value| value.as_str().or_else(|| value.get("href")?.as_str()));
        match text.filter(|text| !text.is_empty()) {
            Some(link) => return Lead::Link(at.clone(), link.to_owned()),
            None => found = Lead::Nothing(at.clone()),
        }
    }
    let marks = pages.members.iter().filter(|_| pages.cursor.is_some());
    for member in
        marks.filter(|member| member.tells == Tells::Mark(which) && names_neighbour(&member.at, which))
    {
        match body.pointer(&member.at).filter(|value| is_mark(value)) {
            Some(mark) => return Lead::Mark(member.at.clone(), mark.clone()),
            None => found = Lead::Nothing(member.at.clone()),
        }
    }
    for header in pages.headers.iter().filter(|header| header.tells == Tells::Links) {
        let fields =
            answer.headers.get_all(header.at.as_str()).iter().filter_map(|value| value.to_str().ok());
        let link = fields.flat_map(links_of).find(|(relation, _)| is_relation(relation, which));
        match link {
            Some((_, link)) => return Lead::Link(header.at.clone(), link.to_owned()),
            None if found == Lead::Untold => found = Lead::Nothing(header.at.clone()),
            None => {}
        }
    }
    found
}

/// Whether the name of a mark says to which page it leads: `next_cursor`, but not `cursor`.
fn names_neighbour(at: &str, which: Neighbour) -> bool {
    let name = letters(&pointer::tokens(at).last().unwrap_or_default());
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    match which {
        Neighbour::Next => begins(&["next", "continuation", "endcursor"]),
        Neighbour::Previous => begins(&["prev", "startcursor"]),
        _ => false,
    }
}

fn is_mark(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty()) || value.is_number()
}

fn is_relation(relation: &str, which: Neighbour) -> bool {
    match which {
        Neighbour::Next => relation.eq_ignore_ascii_case("next"),
        Neighbour::Previous => ["prev", "previous"].iter().any(|name| relation.eq_ignore_ascii_case(name)),
        Neighbour::First => relation.eq_ignore_ascii_case("first"),
        Neighbour::Last => relation.eq_ignore_ascii_case("last"),
        Neighbour::Own => relation.eq_ignore_ascii_case("self"),
    }
}

/// The relations of a `Link` field with their addresses (RFC 8288 §3).
fn links_of(field: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = field;
    while let Some((link, tail)) = rest.split_once('<').and_then(|(_, tail)| tail.split_once('>')) {
        let (parameters, next) = match tail.find(",<").or_else(|| tail.find(", <")) {
            Some(end) => tail.split_at(end),
            None => (tail, ""),
        };
        rest = next;
        for parameter in parameters.split(';') {
            if let Some((name, value)) = parameter.split_once('=')
                && name.trim().eq_ignore_ascii_case("rel")
            {
                let value = value.trim().trim_end_matches(',').trim_matches('"');
                found.extend(value.split_ascii_whitespace().map(|relation| (relation, link)));
            }
        }
    }
    found
}

/// How many entries all pages have together, as an answer says, where it says so: a number, and where it stands.
pub(in crate::check) fn total(listing: &Listing, answer: &Response, body: &Value) -> Option<(u64, String)> {
    let pages = &listing.pages;
    let members = pages.members.iter().filter(|member| member.tells == Tells::Total).map(|member| &member.at);
    let mut told = pages.count.as_ref().into_iter().chain(members);
    let in_body = told.find_map(|at| Some((body.pointer(at)?.as_u64()?, at.clone())));
    in_body.or_else(|| {
        let mut headers = pages.headers.iter().filter(|header| header.tells == Tells::Total);
        let read = |at: &String| answer.headers.get(at.as_str())?.to_str().ok()?.trim().parse().ok();
        headers.find_map(|header| Some((read(&header.at)?, header.at.clone())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use crate::resources::Resources;
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(r#"</a?p=2>; rel="next", </a?p=9>; rel=last"#, &[("next", "/a?p=2"), ("last", "/a?p=9")])]
    #[case(r#"<a,b>; title="x"; rel="prev previous""#, &[("prev", "a,b"), ("previous", "a,b")])]
    #[case("<a", &[])]
    #[case("rel=next", &[])]
    #[case(r#"<a>; rel=next,<b>; rel="first""#, &[("next", "a"), ("first", "b")])]
    fn link_fields_are_read(#[case] field: &str, #[case] expected: &[(&str, &str)]) {
        assert_eq!(links_of(field), expected);
    }

    fn listing(properties: &Value, header: &str) -> Listing {
        let items =
            json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}});
        let mut schema = json!({"type": "object", "properties": properties});
        schema["properties"]["data"] = items;
        let mut success = json!({"content": {"application/json": {"schema": schema}}});
        success["headers"] = json!({header: {"schema": {"type": "string"}}});
        let parameters = json!([{"name": "cursor", "in": "query"}, {"name": "limit", "in": "query", "schema": {"type": "integer"}}]);
        let list = json!({"parameters": parameters, "responses": {"200": success}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"get": list}}});
        let contract = build("t", &Document::of("t", tree)).unwrap().0;
        let resources = Resources::of(&contract, &[]);
        resources.collections[0].list.clone().unwrap()
    }

    #[rstest]
    #[case::header(json!({}), "Link", json!({}), Lead::Link("Link".to_owned(), "/x?p=2".to_owned()))]
    #[case::mark(
        json!({"meta": {"type": "object", "properties": {"next_cursor": {"type": "string"}}}}), "X-Odd",
        json!({"meta": {"next_cursor": "m"}}), Lead::Mark("/meta/next_cursor".to_owned(), json!("m")),
    )]
    #[case::last(
        json!({"links": {"type": "object", "properties": {"next": {"type": "string"}}}}), "X-Odd",
        json!({"links": {"next": null}}), Lead::Nothing("/links/next".to_owned()),
    )]
    #[case::untold(json!({}), "X-Odd", json!({"next": "/x"}), Lead::Untold)]
    fn an_answer_leads_to_the_next_page(
        #[case] properties: Value,
        #[case] header: &str,
        #[case] body: Value,
        #[case] expected: Lead,
    ) {
        let value = HeaderValue::from_static("</x?p=2>; rel=\"next\"");
        let headers = HeaderMap::from_iter([(HeaderName::from_static("link"), value)]);
        let answer = Response { status: StatusCode::OK, headers, body: Vec::new().into(), is_cut: false };
        assert_eq!(lead(&listing(&properties, header), Neighbour::Next, &answer, &body), expected);
    }
}
