//! The families `auth` and `scope`: who is let in, and how the others are turned away.

use super::{Intent, Observation, Sheet, Trial};
use crate::exchange::Response;
use crate::rules::Severity::{Error, Warning};

pub(super) fn keys(trial: &Trial<'_>, response: &Response, sheet: &mut Sheet) {
    let status = response.status.as_u16();
    let tells_nothing = trial.success.is_some_and(|success| success >= 400 && success != 405);
    // Load and failures say nothing of who is let in.
    if status == 429 || status >= 500 || tells_nothing {
        return;
    }
    let accepted = trial.was_accepted(status);
    for rule in occasion(trial, status) {
        sheet.looks(rule);
    }
    let security = format!("{}/security", trial.operation.pointer);
    let mut saw = |rule, severity, message: String, expected: &str| {
        sheet.saw(
            Observation::status(rule, severity, trial, status)
                .message(message)
                .expected(expected)
                .document(security.clone()),
        );
    };
    match trial.intent {
        Intent::NoKey if accepted => {
            saw("auth-missing-accepted", Error, "a request without a credential succeeded".to_owned(), "401");
        }
        Intent::UnknownKey if accepted => {
            saw(
                "auth-unknown-accepted",
                Error,
                "a request with an unknown credential succeeded".to_owned(),
                "401",
            );
        }
        Intent::NoKey | Intent::UnknownKey if status != 401 => {
            let documented = trial.operation.documents(401);
            let severity = if status == 403 && documented { Error } else { Warning };
            let who = if *trial.intent == Intent::NoKey { "no credential" } else { "an unknown credential" };
            saw("auth-status", severity, format!("{who} was answered with {status}"), "401");
        }
        Intent::Lacking { scope, maybe_implied } if accepted => {
            let severity = if *maybe_implied { Warning } else { Error };
            saw("scope-lacking-accepted", severity, format!("a key without {scope:?} succeeded"), "403");
        }
        Intent::Lacking { scope, .. } if status != 403 => {
            let severity = if status == 401 { Error } else { Warning };
            saw(
                "scope-status",
                severity,
                format!("a key without {scope:?} was answered with {status}"),
                "403",
            );
        }
        Intent::Valid(_) | Intent::WiderKey
            if matches!(status, 401 | 403) && !trial.operation.is_success(status) =>
        {
            let wider = *trial.intent == Intent::WiderKey;
            let who = if wider {
                "a key that holds more than the required scopes"
            } else {
                "the key with just the required scopes"
            };
            saw("scope-minimal-refused", Error, format!("{who} was refused with {status}"), "success");
        }
        _ => {}
    }
}

/// The rules that an answer gives occasion for. How someone is turned away is looked at where they
/// were, and whether a sufficient key is let in where the answer does not leave that open.
fn occasion(trial: &Trial<'_>, status: u16) -> &'static [&'static str] {
    let accepted = trial.was_accepted(status);
    match trial.intent {
        Intent::NoKey if accepted => &["auth-missing-accepted"],
        Intent::NoKey => &["auth-missing-accepted", "auth-status"],
        Intent::UnknownKey if accepted => &["auth-unknown-accepted"],
        Intent::UnknownKey => &["auth-unknown-accepted", "auth-status"],
        Intent::Lacking { .. } if accepted => &["scope-lacking-accepted"],
        Intent::Lacking { .. } => &["scope-lacking-accepted", "scope-status"],
        Intent::Valid(_) | Intent::WiderKey if trial.operation.is_open() => &[],
        Intent::Valid(_) | Intent::WiderKey if accepted || trial.operation.is_success(status) => {
            &["scope-minimal-refused"]
        }
        _ => &[],
    }
}
