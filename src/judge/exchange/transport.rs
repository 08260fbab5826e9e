//! `connection-failed`, `response-truncated`.

use super::{Evaluation, Observation, Told, Trial};
use crate::exchange::Failure;
use crate::rules::{Rule, Severity};

/// Whether there was an answer; and where one began, whether it came to its end.
pub(super) fn arrival(trial: &Trial<'_>, evaluation: &mut Evaluation) {
    evaluation.looks(Rule::ConnectionFailed);
    let Err(failure) = &trial.exchange.outcome else {
        evaluation.looks(Rule::ResponseTruncated);
        return;
    };
    let rule = match failure {
        Failure::Truncated(_) | Failure::TooLarge(_) => Rule::ResponseTruncated,
        // The user's own program failed, or the store of the rate; the run ends.
        Failure::Unsigned(_) | Failure::Unpaced(_) => return,
        Failure::Connect(_) | Failure::Closed(_) | Failure::Timeout(_) | Failure::Protocol(_) => {
            Rule::ConnectionFailed
        }
    };
    evaluation.saw(Observation {
        rule,
        severity: Severity::Error,
        message: failure.to_string(),
        expected: "a complete response".to_owned(),
        actual: failure.to_string(),
        at: "response".to_owned(),
        instance: String::new(),
        document: trial.operation.pointer.clone(),
        told: Told::EachOperation,
    });
}
