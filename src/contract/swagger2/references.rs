//! References to parts that stand elsewhere after the upgrade.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::schema::{DATA, NAMED_SCHEMAS};
use crate::document::pointer;

/// Lets references of an upgraded tree lead to where their targets are now. `moved` has the old pointer of each new one.
pub(super) fn lead_on(tree: &mut Value, moved: &HashMap<String, String>) {
    let mut broken = Vec::new();
    collect_broken(tree, tree, &mut Vec::new(), &mut broken);
    if broken.is_empty() {
        return;
    }
    let mut now: BTreeMap<&str, &str> = BTreeMap::new();
    for (new, old) in moved {
        // One part may have come to several places: any does, and always the same one.
        now.entry(old).and_modify(|known| *known = new.as_str().min(known)).or_insert(new);
    }
    for (at, target) in broken {
        let Some(new) = moved_to(&target, &now).filter(|new| tree.pointer(new).is_some()) else { continue };
        if let Some(reference) = tree.pointer_mut(&at) {
            *reference = Value::from(format!("#{}", new.replace('%', "%25")));
        }
    }
}

/// The places of references within the document whose targets are not there, and these targets.
fn collect_broken<'v>(
    tree: &Value,
    value: &'v Value,
    at: &mut Vec<Cow<'v, str>>,
    found: &mut Vec<(String, String)>,
) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(Cow::Owned(index.to_string()));
                collect_broken(tree, item, at, found);
                at.pop();
            }
        }
        Value::Object(members) => {
            let are_named = at.last().is_some_and(|last| NAMED_SCHEMAS.contains(&&**last));
            for (name, member) in
                members.iter().filter(|(name, _)| are_named || !DATA.contains(&name.as_str()))
            {
                at.push(Cow::Borrowed(name));
                match member.as_str().filter(|_| name == "$ref").and_then(target) {
                    Some(target) if tree.pointer(&target).is_none() => {
                        found.push((
                            at.iter().fold(String::new(), |at, token| pointer::join(&at, token)),
                            target,
                        ));
                    }
                    _ => collect_broken(tree, member, at, found),
                }
                at.pop();
            }
        }
        _ => {}
    }
}

/// The pointer of a reference within the document.
fn target(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#').filter(|fragment| fragment.starts_with('/'))?;
    Some(percent_decode_str(fragment).decode_utf8().ok()?.into_owned())
}

/// Where a part is now; the longest old pointer fits best.
fn moved_to(old: &str, now: &BTreeMap<&str, &str>) -> Option<String> {
    let mut above = old;
    loop {
        if let Some(new) = now.get(above) {
            return Some(format!("{new}{}", &old[above.len()..]));
        }
        above = above.rsplit_once('/')?.0;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use crate::contract::{Direction, build};
    use crate::document::Document;

    #[rstest]
    #[case::a_response("#/paths/~1a/get/responses/200/schema")]
    #[case::a_part_of_it("#/paths/~1a/get/responses/200/schema/items/allOf/0")]
    #[case::a_body("#/paths/~1a/post/parameters/0/schema/properties/of%20it")]
    #[case::a_response_for_many("#/responses/Unused/schema")]
    #[case::a_body_for_many("#/parameters/Unused/schema")]
    fn references_lead_to_what_was_moved(#[case] reference: &str) {
        let text = json!({"type": "string"});
        let list = json!({"type": "array", "items": {"allOf": [text]}});
        let document = json!({
            "swagger": "2.0", "info": {"title": "t", "version": "1"},
            "parameters": {"Unused": {"name": "b", "in": "body", "schema": text}},
            "responses": {"Unused": {"description": "d", "schema": text}},
            "paths": {
                "/a": {
                    "get": {"responses": {"200": {"description": "d", "schema": list}}},
                    "post": {
                        "parameters": [{"name": "b", "in": "body", "schema": {"properties": {"of it": text}}}],
                        "responses": {"204": {"description": "d"}},
                    },
                },
                "/b": {"get": {"operationId": "b", "responses": {"200": {"description": "d", "schema": {"$ref": reference}}}}},
            },
        });
        let (contract, problems) = build("old", &Document::of("old.json", document)).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let schema = contract.operation("b").unwrap().responses[0].content[0].schema.as_ref().unwrap();
        let is_list = reference == "#/paths/~1a/get/responses/200/schema";
        assert_eq!(schema.is_valid(Direction::Response, &json!("x")), Ok(!is_list));
        assert_eq!(schema.is_valid(Direction::Response, &json!(["x"])), Ok(is_list));
    }
}
