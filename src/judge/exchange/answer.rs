//! Rules about every response, whatever the request was for: `server-error`, `status-undocumented`, the
//! families `body` and `header`.

use http::Method;
use http::header::{ALLOW, WWW_AUTHENTICATE};

use serde_json::json;

use super::{Evaluation, Intent, Observation, Told, Trial};
use crate::contract::schema::Mismatch;
use crate::contract::{Direction, MediaBody, Operation, StatusKey};
use crate::document::pointer;
use crate::exchange::{Response, UNDOCUMENTED};
use crate::judge::{self, At, Kind, Violation};
use crate::rules::{Rule, Severity};

/// A 5xx that is not documented by its own code or `5XX`. `default` documents no failure of the
/// server.
pub(super) fn server_error(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let status = response.status.as_u16();
    let documented = trial.operation.response(status).is_some_and(|r| r.status != StatusKey::Default);
    evaluation.looks(Rule::ServerError);
    // A mock that cannot make a body says so; that is no failure of a server.
    let is_unmade = status == 501 && is_stand_in(response);
    if status >= 500 && !documented && !is_unmade {
        evaluation.saw(
            Observation::status(Rule::ServerError, Severity::Error, trial, status)
                .message(format!("the server failed with {status}"))
                .expected("a status below 500"),
        );
    }
}

/// The answer against what the document says of its status.
pub(super) fn documented(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let reading = judge::response(trial.operation, &trial.exchange.request.method, response);
    for rule in reading.looked.iter().filter_map(|(kind, at)| rule_of(trial, response, *kind, at)) {
        evaluation.looks(rule);
    }
    for violation in reading.violations {
        let observed = match violation.kind {
            Kind::Status => undocumented_status(trial, response),
            Kind::Unjudged => None,
            Kind::Schema if gives_back(trial, response, &violation) => None,
            Kind::Schema | Kind::Missing | Kind::Malformed | Kind::MediaType | Kind::Unexpected => {
                of_violation(trial, response, violation)
            }
        };
        if let Some(observation) = observed {
            evaluation.saw(observation);
        }
    }
}

/// Whether an answer only has what a request that should have been refused put there: the member that was wrong, or left
/// out. That it was accepted is told, and it is mended with that.
fn gives_back(trial: &Trial<'_>, response: &Response, violation: &Violation) -> bool {
    let Intent::Invalid(invalid) = trial.intent else { return false };
    let last = |at: &str| pointer::tokens(at).last();
    let subject = violation.mismatch.as_ref().map(Mismatch::subject);
    trial.operation.is_success(response.status.as_u16())
        && invalid.at == At::RequestBody
        && !invalid.instance.is_empty()
        && subject.is_some_and(|subject| last(&subject) == last(&invalid.instance))
}

fn undocumented_status(trial: &Trial<'_>, response: &Response) -> Option<Observation> {
    let status = response.status.as_u16();
    let undocumented = |severity| Observation::status(Rule::StatusUndocumented, severity, trial, status);
    let listed: Vec<String> = trial.operation.responses.iter().map(|r| r.status.to_string()).collect();
    match status {
        500.. => None,
        // A mock of a document that leaves out how the operation succeeds says so.
        200..300 if trial.operation.leaves_out_success() && response.headers.contains_key(UNDOCUMENTED) => {
            None
        }
        100..400 => Some(
            undocumented(Severity::Error)
                .message(format!("the status {status} is not documented"))
                .expected(listed.join(" or ")),
        ),
        // What a server may always say of a request's form or rate.
        406 | 413 | 414 | 429 | 431 => None,
        // What such a request earned is not known, and that a refusal has another status than any that is documented
        // is worth knowing.
        _ if *trial.intent == Intent::Observed => Some(
            undocumented(Severity::Warning)
                .message(format!("the status {status} is not documented"))
                .expected(listed.join(" or ")),
        ),
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
                // A mock that has no status to choose from says so; that is no fault of a server.
                if response.headers.contains_key(UNDOCUMENTED) {
                    return None;
                }
                let mut observation = undocumented(Severity::Warning)
                    .message("refusals have statuses that the document does not list")
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
        Intent::Invalid(invalid) if invalid.keyword == "media type" => &[400, 415, 422],
        Intent::Invalid(_) => &[400, 422],
        Intent::Valid(_) | Intent::WiderKey | Intent::NotAcceptable | Intent::Observed => &[],
    }
}

/// Whether a mock says that it stands in with a body of its own for one that the document describes.
fn is_stand_in(response: &Response) -> bool {
    response.headers.get(UNDOCUMENTED).is_some_and(|what| what == "body")
}

/// The rule that a part of an answer is for; `None` if nothing would be reported, whatever is
/// there, so that nothing is looked at either.
fn rule_of(trial: &Trial<'_>, response: &Response, kind: Kind, at: &At) -> Option<Rule> {
    let status = response.status.as_u16();
    match (kind, at) {
        // HTTP's own rules for these two say more.
        (_, At::ResponseHeader(name)) if name.eq_ignore_ascii_case("allow") && status == 405 => None,
        (Kind::Missing, At::ResponseHeader(name))
            if name.eq_ignore_ascii_case("www-authenticate") && status == 401 =>
        {
            None
        }
        (Kind::Missing, At::ResponseHeader(_)) => Some(Rule::HeaderMissing),
        (_, At::ResponseHeader(_)) => Some(Rule::HeaderSchema),
        (Kind::Missing | Kind::Malformed | Kind::MediaType | Kind::Schema, _) if is_stand_in(response) => {
            None
        }
        // An error in the media type that was asked for, or without a body there, is as good.
        (Kind::Missing | Kind::MediaType, _) if status >= 400 && answers_as_asked(trial, response) => None,
        (Kind::Missing, _) => Some(Rule::BodyMissing),
        (Kind::Malformed, _) => Some(Rule::BodyMalformed),
        (Kind::MediaType, _) => Some(Rule::MediaType),
        (Kind::Schema, _) => Some(Rule::BodySchema),
        (Kind::Unexpected, _) => Some(Rule::BodyUnexpected),
        // Of the statuses that are not documented, some are passed over.
        (Kind::Status, _) => trial.operation.response(status).map(|_| Rule::StatusUndocumented),
        (Kind::Unjudged, _) => None,
    }
}

fn of_violation(trial: &Trial<'_>, response: &Response, violation: Violation) -> Option<Observation> {
    let status = response.status.as_u16();
    let rule = rule_of(trial, response, violation.kind, &violation.at)?;
    let announced = status == 204
        && (response.headers.contains_key("transfer-encoding")
            || response.headers.get("content-length").is_some_and(|length| length != "0"));
    let is_forgotten = violation.kind == Kind::Unexpected && status != 205 && !announced;
    let is_default = violation.kind == Kind::MediaType && is_json_of_anything(trial, status);
    Some(Observation {
        rule,
        // Documents often leave a body out.
        severity: if is_forgotten || is_default { Severity::Warning } else { Severity::Error },
        instance: violation.instance().to_owned(),
        message: violation.message,
        expected: violation.expected,
        actual: violation.actual,
        at: violation.at.to_string(),
        document: violation.document,
        told: Told::EachOperation,
    })
}

/// Whether an answer is documented as JSON of which nothing is said: that is what frameworks write where
/// nobody told them what a handler answers.
fn is_json_of_anything(trial: &Trial<'_>, status: u16) -> bool {
    let anything = || [json!(null), json!(1), json!("x"), json!([]), json!({})];
    let allows_all = |content: &MediaBody| {
        content.is_json()
            && content.schema.as_deref().is_none_or(|schema| {
                anything().iter().all(|value| schema.is_valid(Direction::Response, value) == Ok(true))
            })
    };
    trial
        .operation
        .response(status)
        .is_some_and(|response| !response.content.is_empty() && response.content.iter().all(allows_all))
}

fn answers_as_asked(trial: &Trial<'_>, response: &Response) -> bool {
    trial
        .asked
        .is_some_and(|asked| response.body.is_empty() || response.media_type().as_deref() == Some(asked))
}

/// A 405 names the methods that are allowed (RFC 9110 §15.5.6). It may list the refused one.
pub(super) fn allow(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    if response.status.as_u16() != 405 {
        return;
    }
    evaluation.looks(Rule::AllowMissing);
    if !response.headers.contains_key(ALLOW) {
        evaluation.saw(
            Observation {
                at: "response.headers.allow".to_owned(),
                ..Observation::status(Rule::AllowMissing, Severity::Error, trial, 405)
            }
            .expected("header \"Allow\""),
        );
    }
}

/// `allow-missing`: whether the `Allow` of a 405 leaves out a method that the document `offers` at the path. That it
/// names others may be right: a document need not have all. One that names a single method says nothing.
pub fn allow_names(operation: &Operation, response: &Response, offers: &[Method]) -> Option<Observation> {
    let lines = response.headers.get_all(ALLOW).iter().filter_map(|line| line.to_str().ok());
    let named: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_uppercase()).collect();
    if response.status.as_u16() != 405 || named.iter().all(String::is_empty) {
        return None;
    }
    let is_named = |method: &Method| named.iter().any(|name| name == method.as_str());
    // What every server may answer without a word of the document.
    let is_usual = |method: &Method| [Method::HEAD, Method::OPTIONS, Method::TRACE].contains(method);
    // Routers that keep each method apart name the one that they came across, and mean no more by it.
    if named.iter().filter(|name| !["HEAD", "OPTIONS"].contains(&name.as_str())).count() < 2 {
        return None;
    }
    let left_out = offers.iter().find(|method| !is_named(method) && !is_usual(method))?;
    let list: Vec<&str> = offers.iter().map(Method::as_str).collect();
    Some(Observation {
        rule: Rule::AllowMissing,
        severity: Severity::Warning,
        message: format!("the Allow of a 405 leaves out {left_out}, which the document has"),
        expected: list.join(", "),
        actual: named.join(", "),
        at: "response.headers.allow".to_owned(),
        instance: String::new(),
        document: format!("{}/responses", operation.pointer),
        told: Told::EachOperation,
    })
}

/// A 401 says how to authenticate (RFC 9110 §11.6.1).
pub(super) fn challenge(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    if response.status.as_u16() != 401 {
        return;
    }
    evaluation.looks(Rule::ChallengeMissing);
    if response.headers.contains_key(WWW_AUTHENTICATE) {
        return;
    }
    let required = trial.operation.response(401).is_some_and(|documented| {
        documented.headers.iter().any(|h| h.required && h.name.eq_ignore_ascii_case("www-authenticate"))
    });
    let severity = if required { Severity::Error } else { Severity::Warning };
    let mut observation = Observation {
        at: "response.headers.www-authenticate".to_owned(),
        ..Observation::status(Rule::ChallengeMissing, severity, trial, 401)
    }
    .expected("header \"WWW-Authenticate\"");
    if !required {
        observation.told = Told::OncePerRun;
    }
    evaluation.saw(observation);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest]
    #[case::as_documented("GET, PATCH", false)]
    #[case::with_what_all_have("get, HEAD, OPTIONS, PATCH", false)]
    #[case::left_out("GET, PUT", true)]
    #[case::one_route("GET, HEAD", false)]
    #[case::another("GET, PATCH, DELETE", false)]
    #[case::nothing("", false)]
    fn what_allow_names(#[case] allow: &'static str, #[case] expected: bool) {
        let operation = crate::judge::sequence::any_operation();
        let mut headers = HeaderMap::new();
        headers.insert(ALLOW, HeaderValue::from_static(allow));
        let response =
            Response { status: StatusCode::METHOD_NOT_ALLOWED, headers, body: "".into(), is_cut: false };
        let offers = [Method::GET, Method::PATCH];
        let seen = allow_names(&operation, &response, &offers);
        assert_eq!(seen.is_some(), expected);
    }
    use crate::exchange::{Exchange, Request};
    use http::{HeaderMap, HeaderValue, StatusCode};
    use rstest::rstest;
    use serde_json::json;

    /// A mock that chose the status of a refusal itself says so; any other answer is the target's own.
    #[rstest]
    #[case::of_a_target(false, json!({"200": {}}), Some(Severity::Warning))]
    #[case::of_a_mock(true, json!({"200": {}}), None)]
    #[case::of_a_mock_that_had_a_choice(true, json!({"200": {}, "400": {}}), Some(Severity::Error))]
    fn undocumented_refusals(
        #[case] is_of_a_mock: bool,
        #[case] responses: serde_json::Value,
        #[case] expected: Option<Severity>,
    ) {
        let invalid = Intent::Invalid(crate::judge::exchange::Invalid {
            at: At::RequestBody,
            instance: String::new(),
            label: String::new(),
            keyword: "type",
        });
        assert_eq!(seen("get", &responses, &invalid, (422, is_of_a_mock)), expected);
    }

    /// A mock says so where the document leaves out how an operation succeeds.
    #[rstest]
    #[case::of_a_target(false, json!({"404": {}}), Some(Severity::Error))]
    #[case::of_a_mock(true, json!({"404": {}}), None)]
    #[case::of_a_mock_that_had_a_choice(true, json!({"404": {}, "204": {}}), Some(Severity::Error))]
    #[case::of_a_refused_method(true, json!({"404": {}, "405": {}}), Some(Severity::Error))]
    fn undocumented_successes(
        #[case] is_of_a_mock: bool,
        #[case] responses: serde_json::Value,
        #[case] expected: Option<Severity>,
    ) {
        let plain = Intent::Valid(crate::judge::exchange::Valid::Plain);
        assert_eq!(seen("delete", &responses, &plain, (200, is_of_a_mock)), expected);
    }

    /// How much an answer's status matters that the document does not have.
    fn seen(
        method: &str,
        responses: &serde_json::Value,
        intent: &Intent,
        (status, is_of_a_mock): (u16, bool),
    ) -> Option<Severity> {
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {method: {"responses": responses}}}});
        let document = crate::document::Document::of("t", tree);
        let (contract, _) = crate::contract::build("t", &document).unwrap();
        let mut headers = HeaderMap::new();
        if is_of_a_mock {
            headers.insert(UNDOCUMENTED, HeaderValue::from_static("status"));
        }
        let status = StatusCode::from_u16(status).unwrap();
        let response = Response { status, headers, body: bytes::Bytes::new(), is_cut: false };
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request: Request::new(Method::GET, "/a"),
            outcome: Ok(response.clone()),
            elapsed: std::time::Duration::ZERO,
        };
        let trial = Trial {
            operation: &contract.operations[0],
            intent,
            exchange: &exchange,
            success: None,
            plain: None,
            asked: None,
            baseline: None,
            found: false,
        };
        undocumented_status(&trial, &response).map(|observation| observation.severity)
    }
}
