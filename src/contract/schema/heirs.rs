//! Schemas that take another one with a discriminator into their `allOf` (OpenAPI 3.1 §4.8.25): a value of that one
//! may be a value of any of them.

use std::collections::HashMap;

use serde_json::Value;

use super::normalize;
use crate::document::{Document, pointer};

/// Where a document keeps its schemas.
const FOLDER: &str = "/components/schemas";

/// By the pointer of a base: the pointers of its heirs, in the document's order.
pub(super) type Heirs = HashMap<String, Vec<String>>;

/// The heirs of all bases of a document that leave open which of them is meant.
pub(super) fn heirs(document: &Document) -> Heirs {
    let mut found = Heirs::new();
    let schemas = document.at(FOLDER).and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for base in parts.filter_map(|part| part.get("$ref")?.as_str()?.strip_prefix('#')) {
            let base = normalize::decode_fragment(base);
            if document.at(&base).is_some_and(leaves_open) {
                found.entry(base).or_default().push(pointer::join(FOLDER, name));
            }
        }
    }
    found
}

/// Whether a schema has a discriminator, and no alternatives of its own.
fn leaves_open(schema: &Value) -> bool {
    let property = schema.get("discriminator").and_then(|discriminator| discriminator.get("propertyName"));
    property.is_some_and(Value::is_string) && schema.get("oneOf").or_else(|| schema.get("anyOf")).is_none()
}
