//! Configures the validator: the draft, and the engine that matches patterns.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, ValidationOptions, Validator};
use serde_json::{Value, json};

/// A validator, and whether its patterns are matched by the engine that gives up after a number of
/// steps.
#[derive(Debug)]
pub(super) struct Judge {
    pub validator: Validator,
    pub gives_up: bool,
}

pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
}

/// Linear-time matching first. Look-around needs the backtracking engine, which gets a step limit, so
/// that no pattern of a document can hold a request up.
pub(super) fn built(
    options: &ValidationOptions<'static>,
    root: &Value,
) -> Result<Judge, ValidationError<'static>> {
    let linear = options.clone().with_pattern_options(PatternOptions::regex()).build(root);
    match linear {
        Ok(validator) => Ok(Judge { validator, gives_up: false }),
        Err(_) => {
            let stepwise = PatternOptions::fancy_regex().backtrack_limit(20_000);
            let validator = options.clone().with_pattern_options(stepwise).build(root)?;
            Ok(Judge { validator, gives_up: true })
        }
    }
}

/// Whether a pattern compiles in one of the validator's engines.
pub(super) fn compiles(pattern: &str) -> bool {
    built(&options(), &json!({ "pattern": pattern })).is_ok()
}

/// Whether an engine gave up: then nothing is known of the text.
pub(super) fn is_given_up(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        ValidationErrorKind::BacktrackLimitExceeded { .. } | ValidationErrorKind::RegexEngineFailure { .. }
    )
}

#[cfg(test)]
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    built(&options(), &json!({ "pattern": pattern }))
        .is_ok_and(|judge| judge.validator.is_valid(&json!(text)))
}
