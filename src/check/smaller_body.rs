//! Bodies with fewer members.

use serde_json::Value;

use crate::contract::{Direction, Operation, Schema};
use crate::document::pointer;
use crate::generate::request::write_body;

/// Members deeper than this are left alone.
const MAX_DEPTH: usize = 3;
/// Optional members of one body that are looked at.
const MAX_MEMBERS: usize = 64;

/// The plain body of an operation with what is required alone.
pub(super) fn smallest(operation: &Operation, planned: &(String, Vec<u8>)) -> Option<(String, Vec<u8>)> {
    let (media_type, octets) = planned;
    let described = operation.body.as_ref()?.content_for(media_type)?;
    let mut value = serde_json::from_slice::<Value>(octets).ok()?;
    for at in optional(described.schema.as_deref()?, &value) {
        remove(&mut value, &at);
    }
    write_body(described, Direction::Request, &value)
}

/// Pointers of members that may be left out together, the outer ones first.
pub(super) fn optional(schema: &Schema, body: &Value) -> Vec<String> {
    fn members(value: &Value, at: &str, depth: usize, found: &mut Vec<String>) {
        let Some(object) = value.as_object().filter(|_| depth < MAX_DEPTH) else { return };
        for (name, member) in object {
            let at = pointer::join(at, name);
            found.push(at.clone());
            members(member, &at, depth + 1, found);
        }
    }
    let mut all = Vec::new();
    members(body, "", 0, &mut all);
    all.sort_by_key(|at| at.matches('/').count());
    let mut smaller = body.clone();
    let mut optional: Vec<String> = Vec::new();
    for at in all.into_iter().take(MAX_MEMBERS) {
        if optional.iter().any(|above| at.starts_with(&format!("{above}/"))) {
            continue;
        }
        let mut without = smaller.clone();
        remove(&mut without, &at);
        if schema.is_valid(Direction::Request, &without) == Ok(true) {
            smaller = without;
            optional.push(at);
        }
    }
    optional
}

/// Takes a member out of an object.
pub(super) fn remove(value: &mut Value, at: &str) {
    let Some((above, name)) = at.rsplit_once('/') else { return };
    if let Some(object) = value.pointer_mut(above).and_then(Value::as_object_mut) {
        object.shift_remove(&pointer::unescape(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build as contract_of;
    use crate::document::Document;
    use serde_json::json;

    #[test]
    fn what_is_required_stays() {
        let schema = json!({"type": "object", "required": ["a", "b"], "properties": {
            "a": {"type": "string"},
            "b": {"type": "object", "required": ["c"], "properties": {"c": {}, "d": {}}},
            "e": {"type": "object", "properties": {"f": {}}},
        }});
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"post": {
            "requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": {}},
        }}}});
        let (contract, _) = contract_of("t", &Document::of("t", tree)).unwrap();
        let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_ref().unwrap();
        let body = json!({"a": "", "b": {"c": 1, "d": 2}, "e": {"f": 1}});
        assert_eq!(optional(schema, &body), ["/e", "/b/d"]);
    }
}
