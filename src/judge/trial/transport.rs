//! `connection-failed`, `response-truncated`.

use super::{Observation, Told, Trial};
use crate::exchange::Failure;
use crate::rules::Severity;

pub(super) fn failed(trial: &Trial<'_>, failure: &Failure, seen: &mut Vec<Observation>) {
    let rule = match failure {
        Failure::Truncated(_) | Failure::TooLarge(_) => "response-truncated",
        Failure::Connect(_) | Failure::Timeout(_) | Failure::Protocol(_) => "connection-failed",
    };
    seen.push(Observation {
        rule,
        severity: Severity::Error,
        message: failure.to_string(),
        expected: "a complete answer".to_owned(),
        actual: failure.to_string(),
        at: "response".to_owned(),
        instance: String::new(),
        document: trial.operation.pointer.clone(),
        told: Told::EachOperation,
    });
}
