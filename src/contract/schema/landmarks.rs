//! What has to be known of the whole document before one of its schemas is rewritten, found in one walk.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::direction::Direction;
use crate::document::pointer;

/// What a document has anywhere.
#[derive(Debug, Default)]
pub(super) struct Landmarks {
    has_read_only: bool,
    has_write_only: bool,
    /// Dynamic anchors by their names, the first of each with its pointer.
    anchors: HashMap<String, String>,
}

impl Landmarks {
    pub(super) fn of(tree: &Value) -> Self {
        let mut found = Self::default();
        found.walk(tree, &mut String::new());
        found
    }

    fn walk(&mut self, node: &Value, at: &mut String) {
        let before = at.len();
        match node {
            Value::Object(members) => {
                self.has_read_only |= members.get("readOnly") == Some(&Value::Bool(true));
                self.has_write_only |= members.get("writeOnly") == Some(&Value::Bool(true));
                if let Some(name) = members.get("$dynamicAnchor").and_then(Value::as_str) {
                    self.anchors.entry(name.to_owned()).or_insert_with(|| at.clone());
                }
                for (key, value) in members.iter().filter(|(_, value)| value.is_object() || value.is_array())
                {
                    at.push_str(&pointer::join("", key));
                    self.walk(value, at);
                    at.truncate(before);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    if value.is_object() || value.is_array() {
                        let _ = write!(at, "/{index}");
                        self.walk(value, at);
                        at.truncate(before);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether any member is marked as no part of a message in a direction.
    pub(super) fn has_foreign(&self, direction: Direction) -> bool {
        match direction {
            Direction::Request => self.has_read_only,
            Direction::Response => self.has_write_only,
        }
    }

    /// The pointer of the first node with that dynamic anchor.
    pub(super) fn anchor(&self, name: &str) -> Option<&String> {
        self.anchors.get(name)
    }

    pub(super) fn has_anchors(&self) -> bool {
        !self.anchors.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_walked_once_for_all() {
        let found = Landmarks::of(&json!({
            "a": [{"b/c": {"$dynamicAnchor": "x", "readOnly": true}}],
            "d": {"$dynamicAnchor": "x", "writeOnly": "no"},
        }));
        assert_eq!(found.anchor("x").map(String::as_str), Some("/a/0/b~1c"));
        assert!(found.has_anchors() && found.anchor("y").is_none());
        assert_eq!([Direction::Request, Direction::Response].map(|d| found.has_foreign(d)), [true, false]);
    }
}
