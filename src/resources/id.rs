//! Ids of objects: where an object has its own, and what can be an id in a path.

use serde_json::Value;

use crate::contract::{Direction, Location, Operation};

/// The id of an object: the member named like the parameter, else `id`, else the parameter's name
/// without the resource (`petId` → `id`, `pet_uuid` → `uuid`).
pub fn id_of<'v>(object: &'v Value, parameter: &str) -> Option<&'v Value> {
    object.get(id_name(object, parameter)?)
}

/// The member that holds the id of an object, as in [`id_of`].
pub fn id_name<'v>(object: &'v Value, parameter: &str) -> Option<&'v str> {
    let tail = parameter.rsplit('_').next().unwrap_or(parameter);
    let lower = parameter.to_ascii_lowercase();
    let candidates = [
        parameter,
        "id",
        tail,
        if lower.ends_with("uuid") { "uuid" } else { "id" },
        if lower.ends_with("name") { "name" } else { "id" },
        "uuid",
    ];
    let members = object.as_object()?;
    candidates.iter().find_map(|name| {
        let (name, value) = members.get_key_value(*name)?;
        (value.is_string() || value.is_number()).then_some(name.as_str())
    })
}

/// The member that holds the id of objects like a sample; `id` where the sample shows none.
pub fn id_member<'v>(sample: &'v Value, parameter: &str) -> &'v str {
    id_name(sample, parameter).unwrap_or("id")
}

/// Whether a text can be an id in a path: what a target names its objects by, but for what cuts a
/// path, and for names of dots alone, which URL libraries resolve, even escaped.
pub fn is_safe_id(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_=:@~+,.".contains(c);
    text.chars().all(is_safe) && text.chars().any(|c| c != '.')
}

/// An id that cannot exist, of the kind that the parameter's schema wants: letters, digits, `-` and `_`
/// alone.
pub fn unknown_id(operation: &Operation, parameter: &str) -> Option<Value> {
    let parameter = operation.parameter(Location::Path, parameter)?;
    let Some(schema) = parameter.value_schema() else { return Some(Value::from("no-such-object")) };
    let candidates = [
        Value::from(2_147_483_646_u32),
        Value::from("00000000-0000-4000-8000-00000000dead"),
        Value::from("no-such-object"),
        Value::from("no_such_object"),
        Value::from("nosuchobject"),
        Value::from("ffffffffffffffffffffffff"),
        Value::from("NOSUCHOBJECT"),
    ];
    candidates.into_iter().find(|value| schema.is_valid(Direction::Request, value) == Ok(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids() {
        assert_eq!(id_of(&json!({"id": 3}), "petId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"name": "x"}), "pet_name"), Some(&json!("x")));
        assert_eq!(id_of(&json!({"id": null}), "id"), None);
        assert_eq!(id_member(&json!({"uuid": "x"}), "pet_id"), "uuid");
        assert_eq!(id_member(&json!({"size": 3}), "pet_id"), "id");
        for text in ["a-1_B", "UGV0OjE=", "a.b", "urn:x:1", "user@example.com"] {
            assert!(is_safe_id(text), "{text}");
        }
        for text in ["..", ".", "", "a/b", "a b", "a?b", "a%2fb", "a\\b", "a;b", "a#b"] {
            assert!(!is_safe_id(text), "{text}");
        }
    }
}
