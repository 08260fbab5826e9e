//! Configures the validator: the draft, and the engine that matches patterns.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Value, json};

use super::words::{self, MAX_REASONS, Words};

/// Judges values by keywords that refer to no other schema.
#[derive(Debug)]
pub(super) struct Judge {
    validator: Validator,
    /// Whether its patterns are matched by the engine that gives up after a number of steps.
    gives_up: bool,
    /// How many steps it takes to judge the smallest value.
    steps: usize,
    /// Whether it compares the items of lists with each other.
    compares: bool,
}

impl Judge {
    /// Linear-time matching first. Look-around needs the backtracking engine, which gets a step limit, so
    /// that no pattern of a document can hold a request up.
    ///
    /// # Errors
    /// Why the keywords cannot be compiled.
    pub(super) fn new(keywords: &Value) -> Result<Self, String> {
        let options = || {
            jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true)
                .should_ignore_unknown_formats(true)
        };
        let (validator, gives_up) =
            match options().with_pattern_options(PatternOptions::regex()).build(keywords) {
                Ok(validator) => (validator, false),
                Err(_) => {
                    let stepwise = PatternOptions::fancy_regex().backtrack_limit(20_000);
                    let options = options().with_pattern_options(stepwise);
                    (options.build(keywords).map_err(|error| error.to_string())?, true)
                }
            };
        let listed = ["enum", "required"].iter().filter_map(|list| keywords.get(list)?.as_array());
        Ok(Self {
            validator,
            gives_up,
            steps: listed.map(|list| list.len() / 16).sum(),
            compares: keywords.get("uniqueItems") == Some(&Value::Bool(true)),
        })
    }

    /// Whether a value is valid. Where a pattern was given up, the rest decides.
    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
            || (self.gives_up && self.validator.iter_errors(value).all(|error| is_given_up(&error)))
    }

    /// How many steps it takes to judge a value, roughly.
    pub(super) fn steps(&self, value: &Value) -> usize {
        let size = match value {
            Value::String(text) => text.len() / 256,
            Value::Array(items) if self.compares => items.len(),
            _ => 0,
        };
        self.steps + size
    }

    /// What is wrong with a value, in words.
    pub(super) fn broken(&self, value: &Value) -> Vec<Words> {
        let errors = self.validator.iter_errors(value).filter(|error| !is_given_up(error));
        errors.take(MAX_REASONS).map(|error| words::of(error.kind())).collect()
    }
}

/// Whether a pattern compiles in one of the validator's engines.
pub(super) fn compiles(pattern: &str) -> bool {
    Judge::new(&json!({ "pattern": pattern })).is_ok()
}

/// Whether an engine gave up: then nothing is known of the text.
fn is_given_up(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        ValidationErrorKind::BacktrackLimitExceeded { .. } | ValidationErrorKind::RegexEngineFailure { .. }
    )
}

#[cfg(test)]
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    Judge::new(&json!({ "pattern": pattern })).is_ok_and(|judge| judge.validator.is_valid(&json!(text)))
}
