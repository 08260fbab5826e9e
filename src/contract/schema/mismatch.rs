//! Why a value does not match its schema, with the place in the document.

use serde_json::Value;

use super::words::{Words, shown};
use crate::document::{Document, pointer};

/// One reason why a value does not match its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON pointer of the value at fault, inside the instance.
    pub instance: String,
    /// JSON pointer of the keyword, inside the document.
    pub schema: String,
    /// The keyword that failed (`required`, `enum`, …); a missing or unexpected member's error
    /// is at the object that should, or should not, have it.
    pub keyword: &'static str,
    /// The member that `required`, `additionalProperties` and their like name.
    pub member: Option<String>,
    /// What the schema asks for.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// The bound of a length, size or range, as it is written.
    pub limit: Option<String>,
}

impl Mismatch {
    /// A value that is wrong, where the reasons could not be worked out within bounds.
    pub(super) fn whole(schema: &str, value: &Value) -> Self {
        let words =
            Words::plain("schema", "a value that matches the schema (not all reasons were worked out)");
        Self::at(String::new(), schema.to_owned(), words, value)
    }

    /// What is wrong with a value at a place, by the keyword at a place of the document.
    pub(super) fn at(instance: String, schema: String, words: Words, value: &Value) -> Self {
        let Words { keyword, expected, member, limit } = words;
        let actual = match &member {
            Some(_) if keyword == "required" => "nothing".to_owned(),
            Some(name) => format!("member {name:?}"),
            None => shown(value),
        };
        Self { instance, schema, keyword, member, expected, actual, limit }
    }

    /// With the pattern as it is written, not as the validator reads it.
    pub(super) fn with_written_pattern(mut self, document: &Document) -> Self {
        if self.keyword == "pattern"
            && self.limit.is_some()
            && let Some(written) = document.at(&self.schema).and_then(Value::as_str)
        {
            self.expected = format!("text that matches {written}");
            self.limit = Some(written.to_owned());
        }
        self
    }

    /// What is wrong, in words.
    pub fn message(&self) -> String {
        match &self.member {
            Some(name) if self.keyword == "required" => format!("required member {name:?} is missing"),
            _ => format!("expected {}, found {}", self.expected, self.actual),
        }
    }

    /// JSON pointer of the member at fault; for a missing or unexpected member, the member itself.
    pub fn subject(&self) -> String {
        match &self.member {
            Some(name) => pointer::join(&self.instance, name),
            None => self.instance.clone(),
        }
    }
}
