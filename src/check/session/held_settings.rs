//! Settings as they were before this run changed them.

use std::collections::HashMap;

use serde_json::Value;

use crate::contract::OperationId;
use crate::generate::request::Parts;
use crate::resources::members::{is_mask, is_never_shown};

/// A setting as it was before this run changed it.
#[derive(Debug, Clone)]
pub(in crate::check) struct Setting {
    /// The operation that writes it.
    pub write: OperationId,
    /// The operation that reads it.
    pub read: OperationId,
    /// The request without its body.
    pub parts: Parts,
    /// What it read.
    pub before: Value,
    /// What is sent to put it back.
    pub sent: Value,
}

/// Settings as they were.
#[derive(Debug, Default)]
pub(in crate::check) struct HeldSettings {
    settings: Vec<Setting>,
    /// Settings that are left alone, by the operation that writes them, each with the reason.
    left_alone: HashMap<OperationId, &'static str>,
}

impl HeldSettings {
    /// Whether the setting that an operation writes can be put back.
    pub fn holds(&self, write: OperationId) -> bool {
        self.settings.iter().any(|held| held.write == write)
    }

    /// Why the setting that an operation writes is left alone.
    pub fn left_alone(&self, write: OperationId) -> Option<&'static str> {
        self.left_alone.get(&write).copied()
    }

    pub fn leave_alone(&mut self, write: OperationId, why: &'static str) {
        self.left_alone.insert(write, why);
    }

    pub fn hold(&mut self, setting: Setting) {
        self.settings.push(setting);
    }

    /// Everything that is held.
    pub fn all(&self) -> Vec<Setting> {
        self.settings.clone()
    }
}

/// Whether an answer masks a value, or holds a member whose value no target shows in clear.
pub(in crate::check) fn hides(value: &Value) -> bool {
    match value {
        Value::String(text) => is_mask(text),
        Value::Array(items) => items.iter().any(hides),
        Value::Object(members) => members.iter().any(|(name, member)| is_never_shown(name) || hides(member)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"mode": "a", "list": [1]}), false)]
    #[case(json!({"smtp": {"password": null}}), true)]
    #[case(json!({"key": "****abcd"}), true)]
    #[case(json!({"key": "<hidden>"}), true)]
    #[case(json!({"glob": "a/**"}), false)]
    #[case(json!({"smtp_api_key": "x"}), true)]
    fn what_hides_is_left_alone(#[case] value: Value, #[case] expected: bool) {
        assert_eq!(hides(&value), expected);
    }
}
