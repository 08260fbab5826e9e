//! Objects that are named by a link: `{"href": "/pets/7", "rel": "pet"}`, as in HAL and in answers that show no more of
//! what was made than where it is.

use serde_json::Value;

use super::id::is_safe_id;
use super::names::{plain, singular};

/// Members that hold the address of an object.
const ADDRESSES: [&str; 6] = ["href", "self", "url", "uri", "link", "location"];
/// Members that hold such links, and nothing of another object.
const HOLDERS: [&str; 4] = ["links", "link", "self", "meta"];
/// Links are not looked for deeper than this.
const MAX_DEPTH: usize = 3;

/// The id of an object of the collection at a path, as a link in the object itself leads to it.
pub fn linked_id<'v>(object: &'v Value, path: &str) -> Option<&'v str> {
    within(object, path, 0)
}

/// The name of a member without the marks that stand before such names.
fn called(name: &str) -> String {
    name.trim_start_matches(['_', '@', '$']).to_ascii_lowercase()
}

fn within<'v>(value: &'v Value, path: &str, depth: usize) -> Option<&'v str> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Value::Array(links) = value {
        let is_own = |link: &&Value| link.get("rel").and_then(Value::as_str) == Some("self");
        return within(links.iter().find(is_own)?, path, depth + 1);
    }
    let members = value.as_object()?;
    let own = members.iter().filter(|(name, _)| ADDRESSES.contains(&called(name).as_str()));
    let mut addresses = own.filter_map(|(_, address)| last_of(address.as_str()?, path));
    addresses.next().or_else(|| {
        let is_sole = members.len() == 1;
        let mut holders =
            members.iter().filter(|(name, _)| is_sole || HOLDERS.contains(&called(name).as_str()));
        holders.find_map(|(_, inner)| within(inner, path, depth + 1))
    })
}

/// Lets the first link of an answer about nothing but where an object is lead to `path`: a whole address keeps its
/// kind, with `origin` before the path.
pub fn point_to(answer: &mut Value, origin: &str, path: &str) -> bool {
    fn at(value: &mut Value, address: &dyn Fn(&str) -> String, depth: usize) -> bool {
        let Some(members) = value.as_object_mut().filter(|_| depth <= MAX_DEPTH) else { return false };
        let is_own = |name: &str| ADDRESSES.contains(&called(name).as_str());
        for (_, known) in members.iter_mut().filter(|(name, _)| is_own(name)) {
            if let Value::String(text) = known {
                *text = address(text);
                return true;
            }
        }
        let is_sole = members.len() == 1;
        let mut holders =
            members.iter_mut().filter(|(name, _)| is_sole || HOLDERS.contains(&called(name).as_str()));
        holders.any(|(_, inner)| at(inner, address, depth + 1))
    }
    let address =
        |known: &str| if known.starts_with("http") { format!("{origin}{path}") } else { path.to_owned() };
    at(answer, &address, 0)
}

/// The last segment of an address, where the one above is called like a collection: `/employer/7` is of `/employers`.
pub fn last_of<'a>(address: &'a str, path: &str) -> Option<&'a str> {
    let address = address.split(['?', '#']).next()?.trim_end_matches('/');
    let (above, id) = address.rsplit_once('/')?;
    let word =
        |path: &str| singular(&plain(path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()));
    (word(above) == word(path) && is_safe_id(id)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::path(json!({"href": "string", "method": "GET"}), json!({"href": "/pets/7", "method": "GET"}))]
    #[case::whole(json!({"Link": {"@href": "https://example.com"}}), json!({"Link": {"@href": "http://here/pets/7"}}))]
    #[case::none(json!({"ok": true}), json!({"ok": true}))]
    fn a_link_is_made_to_lead_to_an_object(#[case] mut answer: Value, #[case] expected: Value) {
        assert_eq!(point_to(&mut answer, "http://here", "/pets/7"), answer != json!({"ok": true}));
        assert_eq!(answer, expected);
    }

    #[rstest]
    #[case::plain(json!({"href": "/pets/7", "method": "GET"}), Some("7"))]
    #[case::whole(json!({"url": "https://api.example.com/v2/pets/rex/?a=b"}), Some("rex"))]
    #[case::wrapped(json!({"Link": {"@href": "/Pet/P1", "@rel": "pet"}}), Some("P1"))]
    #[case::hal(json!({"name": "Rex", "_links": {"self": {"href": "/pets/9"}, "owner": {"href": "/people/1"}}}), Some("9"))]
    #[case::list(json!({"links": [{"rel": "next", "href": "/pets/1"}, {"rel": "self", "href": "/pets/2"}]}), Some("2"))]
    #[case::of_another(json!({"name": "Rex", "mother": {"href": "/pets/3"}}), None)]
    #[case::elsewhere(json!({"href": "/people/7"}), None)]
    #[case::not_a_link(json!({"url": "https://example.com"}), None)]
    #[case::unsafe_id(json!({"href": "/pets/.."}), None)]
    #[case::text(json!("/pets/7"), None)]
    fn a_link_names_an_object(#[case] object: Value, #[case] id: Option<&str>) {
        assert_eq!(linked_id(&object, "/v2/pets"), id);
    }
}
