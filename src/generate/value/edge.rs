//! Values at the edges of what a schema allows: smallest, largest, empty, null.

use serde_json::{Map, Number, Value, json};

use super::MAX_LENGTH;
use crate::generate::text;

/// Which edge is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The least that is allowed: short texts, small numbers, few entries, required members alone.
    Smallest,
    /// The most that is allowed: long texts, large numbers, many entries, every member.
    Largest,
    /// Empty texts, lists and objects, where that is allowed; else as the smallest.
    Empty,
    /// Null wherever that is allowed.
    Null,
}

impl Edge {
    /// Every edge in turn.
    pub fn nth(turn: u32) -> Self {
        match turn % 4 {
            0 => Self::Smallest,
            1 => Self::Largest,
            2 => Self::Empty,
            _ => Self::Null,
        }
    }

    /// Whether members that may be left out are made.
    pub(super) fn wants_optional(self) -> bool {
        matches!(self, Self::Largest | Self::Null)
    }
}

/// The largest text and list that is made where the schema names no bound.
const OPEN_LENGTH: u64 = 255;
const OPEN_ITEMS: u64 = 10;

/// How many entries a list gets, within its bounds.
pub(super) fn items(edge: Edge, most: Option<u64>) -> u64 {
    match edge {
        Edge::Smallest | Edge::Empty => 0,
        Edge::Largest => most.unwrap_or(OPEN_ITEMS).min(OPEN_ITEMS * 5),
        Edge::Null => 1,
    }
}

/// The text at an edge; `None` where a format or a pattern says what it must look like.
pub(super) fn string(edge: Edge, schema: &Map<String, Value>) -> Option<String> {
    let has = |keyword: &str| schema.contains_key(keyword);
    if has("format") || has("pattern") || has(super::merge::MORE_PATTERNS) || has("contentEncoding") {
        return None;
    }
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
    let length = match edge {
        Edge::Smallest | Edge::Empty => bound("minLength").unwrap_or(0),
        Edge::Largest => {
            bound("maxLength").unwrap_or_else(|| OPEN_LENGTH.max(bound("minLength").unwrap_or(0)))
        }
        Edge::Null => return None,
    };
    let length = usize::try_from(length.min(MAX_LENGTH)).unwrap_or(0);
    if length == 0 {
        return Some(String::new());
    }
    Some(text::fitted(&text::word(0), None, length, length))
}

/// The number at an edge; `None` where it is as good as any.
pub(super) fn number(edge: Edge, whole: bool, schema: &Map<String, Value>) -> Option<Value> {
    if schema.contains_key("multipleOf") {
        return None;
    }
    let bound = |inside: &str, outside: &str, step: i64| {
        let inside = schema.get(inside).and_then(Value::as_number).cloned();
        let outside = || Some(Number::from(schema.get(outside)?.as_i64()? + step)).filter(|_| whole);
        inside.or_else(outside)
    };
    let format = schema.get("format").and_then(Value::as_str);
    let open = |least: bool| match (whole, format, least) {
        (true, Some("int64"), true) => json!(i64::MIN),
        (true, Some("int64"), false) => json!(i64::MAX),
        (true, _, true) => json!(i32::MIN),
        (true, _, false) => json!(i32::MAX),
        (false, _, true) => json!(-1.5e9),
        (false, _, false) => json!(1.5e9),
    };
    let (least, most) = (bound("minimum", "exclusiveMinimum", 1), bound("maximum", "exclusiveMaximum", -1));
    match edge {
        Edge::Smallest => least.map(Value::Number).or_else(|| {
            let is_bounded = schema.contains_key("exclusiveMinimum");
            (!is_bounded).then(|| open(true))
        }),
        Edge::Largest => most.map(Value::Number).or_else(|| {
            let is_bounded = schema.contains_key("exclusiveMaximum");
            (!is_bounded).then(|| open(false))
        }),
        Edge::Empty | Edge::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Direction, build};
    use crate::document::Document;
    use crate::generate::{Taste, value};
    use rstest::rstest;

    #[rstest]
    #[case(0, json!({"text": "aa", "count": 3, "list": [], "must": null}))]
    #[case(2, json!({"text": "aa", "count": 3, "list": [], "must": null}))]
    fn small_values(#[case] turn: u32, #[case] expected: Value) {
        let mut made = edge(turn);
        let text = made["text"].as_str().unwrap().chars().count();
        assert_eq!((text, made.get("note")), (2, None), "{made}");
        made["text"] = expected["text"].clone();
        made["must"] = Value::Null;
        if turn == 0 {
            assert_eq!(made, expected);
        } else {
            assert_eq!(made["list"], json!([]));
        }
    }

    #[test]
    fn large_values_and_nulls() {
        let large = edge(1);
        assert_eq!(large["text"].as_str().unwrap().chars().count(), 8);
        assert_eq!((&large["count"], large["list"].as_array().unwrap().len()), (&json!(9), 4));
        assert!(large["note"].is_string(), "{large}");
        let nulls = edge(3);
        assert_eq!((&nulls["must"], &nulls["note"]), (&Value::Null, &Value::Null));
    }

    fn edge(turn: u32) -> Value {
        let schema = json!({
            "type": "object",
            "required": ["text", "count", "list", "must"],
            "properties": {
                "text": {"type": "string", "minLength": 2, "maxLength": 8},
                "count": {"type": "integer", "minimum": 3, "exclusiveMaximum": 10},
                "list": {"type": "array", "maxItems": 4, "items": {"type": "boolean"}},
                "must": {"type": ["string", "null"]},
                "note": {"type": ["string", "null"]},
            },
        });
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {
            "content": {"application/json": {"schema": schema}},
        }}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let schema = contract.operations[0].responses[0].content[0].schema.as_ref().unwrap();
        let taste = Taste { seed: Some(1), edge: Some(Edge::nth(turn)), ..Taste::default() };
        value(schema, Direction::Response, taste).unwrap()
    }
}
