//! Samples for path parameters that are plain values, such as a number or a text, and not the id of an
//! object.

use serde_json::{Value, json};

use super::value::{Taste, plain, value};
use crate::contract::path::Piece;
use crate::contract::{Direction, Location, Operation};
use crate::resources::is_plain_id;

/// Seeds that are tried for a text that can be in a path as it is.
const SEEDS: u64 = 8;

/// A small, harmless value of a path parameter: such a value is often how much is sent, or how long
/// the server waits. `None` where nothing small is valid, or where the schema says nothing better.
pub fn sample(operation: &Operation, name: &str) -> Option<Value> {
    let parameter = operation.parameter(Location::Path, name)?;
    let schema = parameter.value_schema();
    let is_valid =
        |value: &Value| schema.is_none_or(|schema| schema.is_valid(Direction::Request, value) == Ok(true));
    let topic = topic(operation, name);
    let is_about = |words: &[&str]| words.iter().any(|word| topic.contains(word));
    let kinds = schema.map(|schema| schema.shape().kinds);
    let is_number = kinds.is_some_and(|kinds| kinds.integer || kinds.number);
    let mut candidates = Vec::new();
    if is_about(&["base64", "b64"]) {
        candidates.push(json!("Y2hlY2sx"));
    }
    if topic.split(' ').any(|word| ["status", "statuscode", "status_code", "status-code"].contains(&word)) {
        candidates.extend([json!(200), json!("200")]);
    }
    if is_number {
        candidates.extend([json!(1), json!(2), json!(1.5), json!(10)]);
    }
    if kinds.is_none_or(|kinds| kinds.string) {
        // Of a schema without a kind every text is valid; a number is its own text.
        candidates.retain(|candidate| !candidate.is_number() || is_number);
    }
    candidates.into_iter().find(is_valid).or_else(|| {
        let schema = schema?;
        let made = plain(schema, Direction::Request).ok()?;
        let is_safe = |value: &Value| value.as_str().is_none_or(is_plain_id);
        if is_safe(&made) {
            return Some(made);
        }
        let seeded =
            |seed| value(schema, Direction::Request, Taste { seed: Some(seed), ..Taste::default() }).ok();
        (1..=SEEDS).filter_map(seeded).find(is_safe).or(Some(made))
    })
}

/// What a parameter is about: its name, and the word of the path before it.
fn topic(operation: &Operation, name: &str) -> String {
    let mut topic = name.to_ascii_lowercase();
    let mut before = "";
    for segment in operation.template.segments() {
        match segment.as_slice() {
            [Piece::Literal(text)] => before = text,
            pieces => {
                let is_here = pieces.iter().any(|piece| match piece {
                    Piece::Parameter(index) => {
                        operation.template.names().get(*index).is_some_and(|n| n == name)
                    }
                    Piece::Literal(_) => false,
                });
                if is_here {
                    topic.push(' ');
                    topic.push_str(&before.to_ascii_lowercase());
                }
            }
        }
    }
    topic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;

    #[rstest]
    #[case("/bytes/{n}", json!({"type": "integer"}), json!(1))]
    #[case("/bytes/{n}", json!({"type": "integer", "minimum": 5, "maximum": 9}), json!(5))]
    #[case("/bytes/{n}", json!({"type": "integer", "minimum": 2}), json!(2))]
    #[case("/share/{part}", json!({"type": "number", "maximum": 0.5}), json!(0))]
    #[case("/decode64/{base64}", json!({"type": "string"}), json!("Y2hlY2sx"))]
    #[case("/base64/{value}", json!({"type": "string"}), json!("Y2hlY2sx"))]
    #[case("/status/{codes}", json!({}), json!("200"))]
    #[case("/status/{code}", json!({"type": "integer"}), json!(200))]
    #[case("/echo/{text}", json!({"type": "string"}), json!("string"))]
    #[case("/echo/{text}", json!({"enum": ["a", "b"]}), json!("a"))]
    fn plain_values_are_small(#[case] path: &str, #[case] schema: Value, #[case] expected: Value) {
        let name = path.split(['{', '}']).nth(1).unwrap();
        let tree = json!({"openapi": "3.1.0", "paths": {path: {"get": {
            "parameters": [{"name": name, "in": "path", "required": true, "schema": schema}],
            "responses": {"200": {}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        assert_eq!(sample(&contract.operations[0], name), Some(expected));
    }

    #[test]
    fn a_text_that_a_path_would_resolve_is_passed_over() {
        let schema = json!({"type": "string", "pattern": "^[a-z.]{3}$"});
        let tree = json!({"openapi": "3.1.0", "paths": {"/x/{y}": {"get": {
            "parameters": [{"name": "y", "in": "path", "required": true, "schema": schema}],
            "responses": {"200": {}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let found = sample(&contract.operations[0], "y").unwrap();
        assert!(is_plain_id(found.as_str().unwrap()), "{found}");
    }
}
