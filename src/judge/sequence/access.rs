//! Keys whose limits the document does not tell: what they may not do is refused with 403, and has no effect.

use serde_json::{Map, Value};

use super::compare::same;
use super::observe;
use crate::contract::Operation;
use crate::judge::Evaluation;
use crate::judge::exchange::Observation;
use crate::rules::{Rule, Severity};

/// The answer to a key that may not call the operation: `key-limit-ignored`, `scope-status`.
pub fn denied(operation: &Operation, key: &str, status: u16) -> Evaluation {
    let mut evaluation = Evaluation::default();
    // Load and failures say nothing of keys.
    if status == 0 || status == 429 || status >= 500 {
        return evaluation;
    }
    evaluation.looks(Rule::KeyLimitIgnored);
    if (200..300).contains(&status) {
        let what = format!("the key {key:?} succeeded, which is denied this operation in the configuration");
        evaluation.saw(
            observe(Rule::KeyLimitIgnored, operation, what).because("403", status.to_string()).of_status(),
        );
        return evaluation;
    }
    evaluation.looks(Rule::ScopeStatus);
    if status != 403 {
        let what = format!("the key {key:?}, which is denied this operation, was answered with {status}");
        let mut seen = observe(Rule::ScopeStatus, operation, what).because("403", status.to_string());
        // A 404 may hide that the object exists.
        seen.severity = if status == 401 { Severity::Error } else { Severity::Warning };
        evaluation.saw(seen.of_status());
    }
    evaluation
}

/// What should become of an odd credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// Nobody issued it: 401.
    Refused,
    /// It is good, but not where it stands.
    Elsewhere,
    /// It is enough by itself.
    Taken,
}

/// The answer to an odd credential: `auth-unknown-accepted`, `scope-minimal-refused`.
pub fn odd(operation: &Operation, label: &str, expects: Expects, status: u16) -> Evaluation {
    let seen = |rule: Rule, what: String, expected: &str| {
        observe(rule, operation, what).because(expected, status.to_string()).of_status()
    };
    match (expects, status) {
        // No answer, load and failures say nothing of keys.
        (_, 0 | 429 | 500..) => Evaluation::default(),
        (Expects::Refused, 200..=299) => {
            seen(Rule::AuthUnknownAccepted, format!("{label} was accepted"), "401").into()
        }
        (Expects::Elsewhere, 200..=299) => {
            seen(Rule::AuthUnknownAccepted, format!("{label} was accepted"), "401").warning().into()
        }
        (Expects::Refused | Expects::Elsewhere, _) => Evaluation::of(Rule::AuthUnknownAccepted, None),
        (Expects::Taken, 401 | 403) => {
            let what = format!("{label} was refused with {status}");
            seen(Rule::ScopeMinimalRefused, what, "success").into()
        }
        (Expects::Taken, _) => Evaluation::of(Rule::ScopeMinimalRefused, None),
    }
}

/// `denied-request-had-effect`: whether a refused request changed the members that it sent. `after` is `None`
/// where the object is gone.
pub fn effect(
    operation: &Operation,
    sent: &Map<String, Value>,
    before: &Value,
    after: Option<&Value>,
) -> Option<Observation> {
    let Some(after) = after else {
        let what = format!("a {} was refused but the object is gone", operation.method);
        return Some(
            observe(Rule::DeniedRequestHadEffect, operation, what).because("the object", "404").of_status(),
        );
    };
    let is_changed = |(name, value): &(&String, &Value)| {
        let was = before.get(*name).is_some_and(|was| same(value, was));
        !was && after.get(*name).is_some_and(|is| same(value, is))
    };
    let (name, value) = sent.iter().find(is_changed)?;
    let what = format!("a {} was refused but changed {name:?}", operation.method);
    let was = before.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string);
    Some(observe(Rule::DeniedRequestHadEffect, operation, what).because(was, value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::any_operation;
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(403, "key-limit-ignored scope-status")]
    #[case(404, "key-limit-ignored scope-status!")]
    #[case(401, "key-limit-ignored scope-status!")]
    #[case(204, "key-limit-ignored!")]
    #[case(429, "")]
    #[case(500, "")]
    #[case(0, "")]
    fn a_denied_key(#[case] status: u16, #[case] expected: &str) {
        assert_eq!(denied(&any_operation(), "k", status).told(), expected);
    }

    #[rstest]
    #[case(Expects::Refused, 401, "auth-unknown-accepted")]
    #[case(Expects::Refused, 200, "auth-unknown-accepted!")]
    #[case(Expects::Elsewhere, 200, "auth-unknown-accepted!")]
    #[case(Expects::Taken, 200, "scope-minimal-refused")]
    #[case(Expects::Taken, 401, "scope-minimal-refused!")]
    #[case(Expects::Refused, 500, "")]
    fn an_odd_key(#[case] expects: Expects, #[case] status: u16, #[case] expected: &str) {
        assert_eq!(odd(&any_operation(), "k", expects, status).told(), expected);
    }

    #[rstest]
    #[case::gone(None, true)]
    #[case::changed(Some(json!({"a": 2})), true)]
    #[case::kept(Some(json!({"a": 1})), false)]
    #[case::changed_by_others(Some(json!({"a": 3})), false)]
    #[case::it_was_so(Some(json!({"a": 1, "b": 1})), false)]
    fn an_effect(#[case] after: Option<Value>, #[case] expected: bool) {
        let sent = Map::from_iter([("a".to_owned(), json!(2)), ("c".to_owned(), json!(7))]);
        let before = json!({"a": 1, "c": 7});
        assert_eq!(effect(&any_operation(), &sent, &before, after.as_ref()).is_some(), expected);
    }
}
