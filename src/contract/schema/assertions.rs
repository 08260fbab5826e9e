//! What one schema says about a value without other schemas: its type, its bounds, its format.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::engine::Judge;
use super::words::{Words, any_type};

/// Keywords that need no other schema to be judged.
const ASSERTIONS: &[&str] = &[
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "contentEncoding",
    "contentMediaType",
];

/// The types, each the place of its bit.
const TYPES: [&str; 7] = ["boolean", "integer", "number", "string", "array", "object", "null"];

/// The assertions of one schema.
#[derive(Debug, Default)]
pub(super) enum Assertions {
    /// It asserts nothing.
    #[default]
    None,
    /// It names types and nothing else, as most schemas do.
    Types(Types),
    /// Anything else.
    Judged(Arc<Judge>),
}

/// A set of [`TYPES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    /// Reads the value of `type`.
    fn read(value: &Value) -> Option<Self> {
        let bit = |name: &Value| {
            let name = name.as_str()?;
            TYPES.iter().position(|known| *known == name).map(|place| 1 << place)
        };
        match value {
            Value::Array(names) => names.iter().try_fold(0, |all, name| Some(all | bit(name)?)).map(Self),
            one => bit(one).map(Self),
        }
    }

    /// Whether a value is of one of them. `1.0` is an integer (JSON Schema 2020-12 §6.1.1), and every integer
    /// is a number.
    fn has(self, value: &Value) -> bool {
        let is_whole = |number: &serde_json::Number| {
            !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
        };
        let bits = match value {
            Value::Bool(_) => 0b1,
            Value::Number(number) if is_whole(number) => 0b110,
            Value::Number(_) => 0b100,
            Value::String(_) => 0b1000,
            Value::Array(_) => 0b1_0000,
            Value::Object(_) => 0b10_0000,
            Value::Null => 0b100_0000,
        };
        self.0 & bits != 0
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        TYPES
            .into_iter()
            .enumerate()
            .filter(move |(place, _)| self.0 & (1 << place) != 0)
            .map(|(_, name)| name)
    }
}

impl Assertions {
    /// Reads those of a normal form; `judge` compiles what is more than types.
    ///
    /// # Errors
    /// Why they cannot be compiled.
    pub(super) fn read(
        schema: &Map<String, Value>,
        judge: impl FnOnce(Map<String, Value>) -> Result<Arc<Judge>, String>,
    ) -> Result<Self, String> {
        let own: Map<String, Value> = schema
            .iter()
            .filter(|(keyword, _)| ASSERTIONS.contains(&keyword.as_str()))
            .map(|(keyword, value)| (keyword.clone(), value.clone()))
            .collect();
        Ok(match own.get("type").and_then(Types::read) {
            _ if own.is_empty() => Self::None,
            Some(types) if own.len() == 1 => Self::Types(types),
            _ => Self::Judged(judge(own)?),
        })
    }

    /// Whether a value keeps all of them.
    pub(super) fn hold(&self, value: &Value) -> bool {
        match self {
            Self::None => true,
            Self::Types(types) => types.has(value),
            Self::Judged(judge) => judge.accepts(value),
        }
    }

    /// How many steps it takes to judge a value, roughly.
    pub(super) fn steps(&self, value: &Value) -> usize {
        match self {
            Self::Judged(judge) => judge.steps(value),
            Self::None | Self::Types(_) => 0,
        }
    }

    /// Which of them a value breaks, in words.
    pub(super) fn broken(&self, value: &Value) -> Vec<Words> {
        match self {
            Self::None => Vec::new(),
            Self::Types(types) if types.has(value) => Vec::new(),
            Self::Types(types) => vec![any_type(types.names())],
            Self::Judged(judge) => judge.broken(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!("integer"), json!(1), true)]
    #[case(json!("integer"), json!(1.0), true)]
    #[case(json!("integer"), json!(1e300), true)]
    #[case(json!("integer"), json!(1.5), false)]
    #[case(json!("number"), json!(1), true)]
    #[case(json!("number"), json!("1"), false)]
    #[case(json!(["string", "null"]), json!(null), true)]
    #[case(json!(["string", "null"]), json!([]), false)]
    #[case(json!("object"), json!({}), true)]
    #[case(json!("array"), json!({}), false)]
    #[case(json!("boolean"), json!(0), false)]
    fn types_are_told_apart(#[case] types: Value, #[case] value: Value, #[case] holds: bool) {
        assert_eq!(Types::read(&types).unwrap().has(&value), holds);
    }
}
