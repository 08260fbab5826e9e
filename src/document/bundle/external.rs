//! Examples in texts of their own: `externalValue` is read like a reference, and becomes the `value`.

use std::collections::HashMap;

use serde_json::Value;

use super::index::External;
use super::{Bring, MAX_FILES, Refusal, Text, absolute};
use crate::document::{Place, Problem, pointer, read};

/// Puts the content of each text into the Example Object that names it.
pub(super) fn fill(
    texts: &mut [Text],
    externals: &[External],
    bring: &mut Bring<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut known: HashMap<String, Result<Vec<u8>, Refusal>> = HashMap::new();
    for external in externals {
        let Some(text) = texts.get_mut(external.text) else { continue };
        let name = absolute(&text.name, &external.target);
        if !known.contains_key(&name) && known.len() >= MAX_FILES {
            break;
        }
        let content = known.entry(name.clone()).or_insert_with(|| bring(&name));
        let value = content.as_ref().map_err(Clone::clone).and_then(|octets| value(&name, external, octets));
        match value {
            Ok(value) => {
                if let Some(Value::Object(example)) = text.tree.pointer_mut(&external.pointer) {
                    example.insert("value".to_owned(), value);
                }
            }
            Err(refusal) => {
                let place = Place::new(&text.name, pointer::join(&external.pointer, "externalValue"));
                let message = format!("the example {:?} is not read: {}", external.target, refusal.message);
                problems.push(Problem::warning(place, message).help("the mock does not use it"));
            }
        }
    }
}

/// The example that a text holds: a value where both the text and what it is an example of have one, else
/// the text itself.
fn value(name: &str, external: &External, octets: &[u8]) -> Result<Value, Refusal> {
    let path = name.split(['?', '#']).next().unwrap_or(name).to_ascii_lowercase();
    let has = |extension: &str| path.ends_with(extension);
    let is_data = has(".json") || has(".yaml") || has(".yml");
    if is_data && external.media_type.as_deref().is_none_or(|media_type| media_type.contains("json")) {
        return read::read(&name.into(), octets).map_err(|problem| Refusal::left_out(problem.message));
    }
    let text = String::from_utf8(octets.to_vec());
    text.map(Value::String).map_err(|_| Refusal::left_out(format!("{name} is not UTF-8")))
}
