//! Rules that hold for every answer, whatever it was asked for: `server-error`,
//! `status-undocumented`, the families `body` and `header`.

use http::header::{ALLOW, WWW_AUTHENTICATE};

use super::{Intent, Observation, Told, Trial};
use crate::contract::StatusKey;
use crate::exchange::Response;
use crate::judge::{self, At, Kind, Violation};
use crate::rules::Severity;

/// A 5xx that is not documented by its own code or `5XX`. `default` documents no failure of the
/// server.
pub(super) fn server_error(trial: &Trial<'_>, response: &Response, seen: &mut Vec<Observation>) {
    let status = response.status.as_u16();
    let documented = trial.operation.response(status).is_some_and(|r| r.status != StatusKey::Default);
    if status >= 500 && !documented {
        seen.push(
            Observation::status("server-error", Severity::Error, trial, status)
                .message(format!("the server failed with {status}"))
                .expected("no 5xx"),
        );
    }
}

/// The answer against what the document says of its status.
pub(super) fn documented(trial: &Trial<'_>, response: &Response, seen: &mut Vec<Observation>) {
    let status = response.status.as_u16();
    for violation in judge::response(trial.operation, &trial.exchange.request.method, response) {
        let observed = match violation.kind {
            Kind::Status => undocumented_status(trial, status),
            Kind::Unjudged => None,
            Kind::Schema | Kind::Missing | Kind::Malformed | Kind::MediaType | Kind::Unexpected => {
                of_violation(trial, response, violation)
            }
        };
        seen.extend(observed);
    }
}

fn undocumented_status(trial: &Trial<'_>, status: u16) -> Option<Observation> {
    let undocumented = |severity| Observation::status("status-undocumented", severity, trial, status);
    let listed: Vec<String> = trial.operation.responses.iter().map(|r| r.status.to_string()).collect();
    match status {
        500.. => None,
        100..400 => Some(
            undocumented(Severity::Error)
                .message(format!("the status {status} is not documented"))
                .expected(listed.join(" or ")),
        ),
        // What a server may always say of a request's form or rate.
        406 | 413 | 414 | 429 | 431 => None,
        _ => {
            let earned = earned(trial.intent);
            if !earned.contains(&status) {
                // A refusal that this request did not earn is for the rules of its intent.
                return None;
            }
            let alike: Vec<String> = earned
                .iter()
                .filter(|other| trial.operation.documents(**other))
                .map(ToString::to_string)
                .collect();
            if alike.is_empty() {
                let mut observation = undocumented(Severity::Warning)
                    .message("refusals are answered with statuses that the document does not name")
                    .expected(listed.join(" or "));
                observation.told = Told::OncePerRun;
                return Some(observation);
            }
            Some(
                undocumented(Severity::Error)
                    .message(format!("the status {status} is not documented"))
                    .expected(alike.join(" or ")),
            )
        }
    }
}

/// The statuses of the kind of refusal that a request asks for.
fn earned(intent: &Intent) -> &'static [u16] {
    match intent {
        Intent::NoKey | Intent::UnknownKey => &[401],
        Intent::Lacking { .. } => &[403],
        Intent::UnknownId => &[404, 410],
        Intent::Invalid(_) => &[400, 415, 422],
        Intent::Valid(_) | Intent::WiderKey | Intent::NotAcceptable => &[],
    }
}

fn of_violation(trial: &Trial<'_>, response: &Response, violation: Violation) -> Option<Observation> {
    let status = response.status.as_u16();
    let (rule, severity) = match (violation.kind, &violation.at) {
        // HTTP's own rules for these two say more.
        (_, At::ResponseHeader(name)) if name.eq_ignore_ascii_case("allow") && status == 405 => return None,
        (Kind::Missing, At::ResponseHeader(name))
            if name.eq_ignore_ascii_case("www-authenticate") && status == 401 =>
        {
            return None;
        }
        (Kind::Missing, At::ResponseHeader(_)) => ("header-missing", Severity::Error),
        (_, At::ResponseHeader(_)) => ("header-schema", Severity::Error),
        // An error in the media type that was asked for, or without a body there, is as good.
        (Kind::Missing | Kind::MediaType, _) if status >= 400 && answers_as_asked(trial, response) => {
            return None;
        }
        (Kind::Missing, _) => ("body-missing", Severity::Error),
        (Kind::Malformed, _) => ("body-malformed", Severity::Error),
        (Kind::MediaType, _) => ("media-type", Severity::Error),
        (Kind::Schema, _) => ("body-schema", Severity::Error),
        (Kind::Unexpected, _) => {
            let announced = status == 204
                && (response.headers.contains_key("transfer-encoding")
                    || response.headers.get("content-length").is_some_and(|length| length != "0"));
            ("body-unexpected", if status == 205 || announced { Severity::Error } else { Severity::Warning })
        }
        (Kind::Status | Kind::Unjudged, _) => return None,
    };
    Some(Observation {
        rule,
        severity,
        instance: violation.instance().to_owned(),
        message: violation.message,
        expected: violation.expected,
        actual: violation.actual,
        at: violation.at.to_string(),
        document: violation.document,
        told: Told::EachOperation,
    })
}

fn answers_as_asked(trial: &Trial<'_>, response: &Response) -> bool {
    trial
        .asked
        .is_some_and(|asked| response.body.is_empty() || response.media_type().as_deref() == Some(asked))
}

/// A 405 names the methods that are allowed (RFC 9110 §15.5.6). It may list the refused one.
pub(super) fn allow(trial: &Trial<'_>, response: &Response, seen: &mut Vec<Observation>) {
    if response.status.as_u16() == 405 && !response.headers.contains_key(ALLOW) {
        seen.push(
            Observation {
                at: "response.headers.allow".to_owned(),
                ..Observation::status("allow-missing", Severity::Error, trial, 405)
            }
            .expected("header \"Allow\""),
        );
    }
}

/// A 401 says how to authenticate (RFC 9110 §11.6.1).
pub(super) fn challenge(trial: &Trial<'_>, response: &Response, seen: &mut Vec<Observation>) {
    if response.status.as_u16() != 401 || response.headers.contains_key(WWW_AUTHENTICATE) {
        return;
    }
    let required = trial.operation.response(401).is_some_and(|documented| {
        documented.headers.iter().any(|h| h.required && h.name.eq_ignore_ascii_case("www-authenticate"))
    });
    let severity = if required { Severity::Error } else { Severity::Warning };
    let mut observation = Observation {
        at: "response.headers.www-authenticate".to_owned(),
        ..Observation::status("challenge-missing", severity, trial, 401)
    }
    .expected("header \"WWW-Authenticate\"");
    if !required {
        observation.told = Told::OncePerRun;
    }
    seen.push(observation);
}
