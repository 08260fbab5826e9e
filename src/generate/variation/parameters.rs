//! Values of parameters that the document allows.

use super::{Allowed, allowed};
use crate::contract::{Direction, Parameter};
use crate::generate::places::places;
use crate::generate::wire::{base, on_the_wire};
use serde_json::Value;

/// Values that are tried of one parameter.
const MAX_NAMED: usize = 24;

/// Values that the document names for a parameter itself: each enum member, the stated bounds and formats; of lists,
/// such items. What it merely leaves open is the server's to read.
pub fn named_values(parameter: &Parameter) -> Vec<Allowed> {
    let Some(schema) = parameter.schema.as_deref() else { return Vec::new() };
    let Some(base) = base(parameter, schema) else { return Vec::new() };
    let fits = |value: &Value| schema.is_valid(Direction::Request, value) == Ok(true);
    let mut written: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for place in places(schema, &base, &parameter.name) {
        for mut variant in allowed(schema, &place).into_iter().filter(Allowed::is_stated) {
            variant.value = place.with(variant.value);
            let Some((text, read)) = on_the_wire(parameter, &variant.value) else { continue };
            // An empty list is how nothing is said.
            let is_said = variant.value.as_array().is_none_or(|items| !items.is_empty());
            if is_said && fits(&variant.value) && fits(&read) && !written.contains(&text) {
                written.push(text);
                found.push(variant);
            }
        }
    }
    found.truncate(MAX_NAMED);
    found
}
