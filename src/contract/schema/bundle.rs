//! One resource of a schema and of all that it refers to.
//!
//! The validator's compiler needs exponential time where many resources refer to one another, and linear time
//! where they are parts of one.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::document::pointer;

/// The address of the resource.
pub(super) const ROOT: &str = "cp:/root";
const DEFINITIONS: &str = "#/$defs/";

/// The resource for a normal form, by its address. Where dynamic references must find their way through
/// resources, it refers to them instead.
pub(super) fn bundled(start: &str, follow: impl Fn(&str) -> Option<Arc<Value>>) -> Value {
    let mut definitions = Map::new();
    let mut known = HashSet::from([start.to_owned()]);
    let mut waiting = vec![start.to_owned()];
    while let Some(address) = waiting.pop() {
        // What is not there stays a reference, which the compiler refuses with a reason.
        let Some(normal) = follow(&address) else { return json!({ "$ref": start }) };
        let mut normal = Value::clone(&normal);
        let mut found = Vec::new();
        if !refer_inside(&mut normal, &mut found) {
            return json!({ "$ref": start });
        }
        waiting.extend(found.into_iter().filter(|found| known.insert(found.clone())));
        definitions.insert(address, normal);
    }
    json!({ "$ref": inside(start), "$defs": definitions })
}

/// The address of a definition.
fn inside(address: &str) -> String {
    format!("{ROOT}{DEFINITIONS}{}", pointer::escape(address).replace('%', "%25"))
}

/// Undoes [`inside`], for a place in a definition: its own address, and the rest of the pointer.
pub(super) fn outside(location: &str) -> Option<(String, &str)> {
    let rest = location.strip_prefix(ROOT)?.strip_prefix(DEFINITIONS)?;
    let (key, rest) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
    let key = percent_encoding::percent_decode_str(key).decode_utf8().ok()?;
    Some((pointer::unescape(&key), rest))
}

/// Turns references into ones inside the resource, and notes where they lead. False where the schema is one
/// that must stay a resource of its own.
fn refer_inside(schema: &mut Value, found: &mut Vec<String>) -> bool {
    match schema {
        Value::Object(members) => members.iter_mut().all(|(name, value)| match (name.as_str(), value) {
            ("$dynamicRef" | "$dynamicAnchor", _) => false,
            ("$ref", Value::String(reference)) => {
                let address = std::mem::take(reference);
                *reference = inside(&address);
                found.push(address);
                true
            }
            ("const" | "enum" | "default" | "example" | "examples", _) => true,
            (_, value) => refer_inside(value, found),
        }),
        Value::Array(items) => items.iter_mut().all(|item| refer_inside(item, found)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_led_back() {
        let address = "cp:/request/components/schemas/A%20b/properties/~1c";
        let place = format!("{}/type", inside(address));
        assert_eq!(outside(&place), Some((address.to_owned(), "/type")));
        assert_eq!(outside(&inside(address)), Some((address.to_owned(), "")));
        assert_eq!(outside("cp:/request/a#/b"), None);
    }
}
