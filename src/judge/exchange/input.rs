//! `invalid-accepted` and `unknown-found`: how a request that breaks the contract may be answered.

use http::Method;
use serde_json::Value;

use super::{Evaluation, Intent, Invalid, Observation, Told, Trial};
use crate::contract::path::Piece;
use crate::contract::{Location, StatusKey, is_json};
use crate::document::pointer;
use crate::exchange::Response;
use crate::judge::At;
use crate::resources::{id_name, listing_at};
use crate::rules::Severity::{Error, Warning};
use crate::rules::{Rule, Severity};

pub(super) fn invalid(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let Intent::Invalid(invalid) = trial.intent else { return };
    let status = response.status.as_u16();
    match status {
        200..=299 if was_put_right(trial, invalid, response) => evaluation.looks(Rule::InvalidAccepted),
        200..=299 => evaluation.saw(accepted(trial, invalid, response, status)),
        // Whoever sends on to another address has not said what is thought of the input.
        300..=399 => {}
        // Where no request was let in, a refusal for the key is about the key.
        401 | 403 if trial.success.is_none() => {}
        401 | 403 => evaluation.saw(
            Observation::status(Rule::StatusUnexpected, Warning, trial, status)
                .message(format!("invalid input was answered with {status}: {}", invalid.label))
                .expected("400 or 422"),
        ),
        // Whoever does not find the object need not have looked at the input.
        404 | 410 if trial.plain == Some(status) => {}
        // The state of an object came first; what is thought of the input is not said.
        409 | 412 => {}
        _ if is_told(status) => {
            evaluation.looks(Rule::InvalidAccepted);
            evaluation.looks(Rule::StatusUnexpected);
            if let Some(expected) = named_otherwise(trial, invalid, status) {
                evaluation.saw(
                    Observation::status(Rule::StatusUnexpected, Warning, trial, status)
                        .message(format!("{} was refused with {status}", invalid.label))
                        .expected(expected.to_string()),
                );
            }
        }
        _ => {}
    }
}

/// Whether lenient frameworks may have put right what was wrong, so that nothing shows that it was kept: null is taken for
/// nothing, a fraction is cut off, an item that comes twice is dropped, a structure is not read at all.
fn was_put_right(trial: &Trial<'_>, invalid: &Invalid, response: &Response) -> bool {
    if invalid.at != At::RequestBody || invalid.instance.is_empty() {
        return false;
    }
    let sent: Value = serde_json::from_slice(&trial.exchange.request.body).unwrap_or_default();
    let got = response.json().unwrap_or_default();
    let at = invalid.instance.as_str();
    let inside = || got.as_object().and_then(|members| members.values().find_map(|inner| inner.pointer(at)));
    let (sent, kept) = (sent.pointer(at), got.pointer(at).or_else(inside));
    // What is around it came back without it: nobody has read it.
    let around = pointer::tokens(at).next().filter(|first| pointer::join("", first) != at);
    let has = |value: &Value| around.as_ref().is_some_and(|first| value.get(first).is_some());
    if kept.is_none() && (has(&got) || got.as_object().is_some_and(|members| members.values().any(has))) {
        return true;
    }
    match (invalid.keyword, sent) {
        ("type", Some(Value::Null)) => kept != Some(&Value::Null),
        ("type", Some(Value::Number(_))) => kept.is_some_and(|kept| kept.is_i64() || kept.is_u64()),
        ("uniqueItems", sent) => kept != sent,
        _ => false,
    }
}

/// The status that the document names for just this fault of a body, where another one came: 415 is for a media
/// type (RFC 9110 §15.5.16), and 422 is for content that can be read (§15.5.21), so that 400 is for other content.
fn named_otherwise(trial: &Trial<'_>, invalid: &Invalid, status: u16) -> Option<u16> {
    let documents = |status: u16| trial.operation.documents(status);
    match (invalid.keyword, status) {
        ("media type", 406 | 422) if documents(415) => Some(415),
        // Octets that cannot be read may be told of (400) before their media type is.
        ("media type", 400) if documents(415) && trial.success.is_some() && is_readable(trial) => Some(415),
        ("syntax", 422) if documents(400) && documents(422) => Some(400),
        _ => None,
    }
}

/// Whether the octets that were sent under another media type are JSON, as the operation takes it.
fn is_readable(trial: &Trial<'_>) -> bool {
    let sent: Result<Value, _> = serde_json::from_slice(&trial.exchange.request.body);
    let takes = trial.operation.body.iter().flat_map(|body| &body.content);
    sent.is_ok() && takes.into_iter().any(|content| is_json(&content.media_type))
}

/// Whether a status is an answer to what was asked; load and failures are none.
fn is_told(status: u16) -> bool {
    status != 429 && status < 500
}

fn accepted(trial: &Trial<'_>, invalid: &Invalid, response: &Response, status: u16) -> Observation {
    let operation = trial.operation;
    let documents = |status: u16| operation.documents(status);
    let in_body = invalid.at == At::RequestBody;
    let default = operation.responses.iter().any(|r| r.status == StatusKey::Default);
    let severity = if in_body {
        let media = invalid.keyword == "media type" && documents(415);
        if media || documents(400) || documents(422) || default { Error } else { Warning }
    } else {
        let is_harm = invalid.is_stated(operation) && !ignored_harmlessly(trial, response);
        if is_harm { Error } else { Warning }
    };
    let document = match &invalid.at {
        At::Parameter(location, name) => operation.parameter(*location, name).map(|p| p.pointer.clone()),
        _ => operation.body.as_ref().map(|body| body.pointer.clone()),
    };
    let mut observation = Observation::status(Rule::InvalidAccepted, severity, trial, status)
        .message(format!("{} was accepted: {}", place(invalid), invalid.label))
        .expected("400 or 422")
        .document(document.unwrap_or_else(|| operation.pointer.clone()));
    if severity == Warning && !in_body {
        // A server that passes over bad values of a shared parameter does so everywhere.
        observation.told = Told::OncePerPlace;
    }
    observation.at = invalid.at.to_string();
    observation.instance.clone_from(&invalid.instance);
    observation
}

fn place(invalid: &Invalid) -> String {
    match &invalid.at {
        At::Parameter(Location::Query, name) => format!("an invalid query parameter {name:?}"),
        At::Parameter(location, name) => format!("an invalid {location} parameter {name:?}"),
        _ if invalid.instance.is_empty() => "an invalid body".to_owned(),
        _ => format!("an invalid {}", invalid.instance),
    }
}

/// The answer to the bad value equals the answer without it: how lenient frameworks work.
fn ignored_harmlessly(trial: &Trial<'_>, response: &Response) -> bool {
    trial.baseline.is_some_and(|without| without.status == response.status && without.body == response.body)
}

pub(super) fn unknown_id(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let status = response.status.as_u16();
    if *trial.intent != Intent::UnknownId || trial.operation.is_success(405) {
        return;
    }
    // These ask what the server can do with an address (RFC 9110 §9.3.7, §9.3.8), and not for what is there.
    if matches!(trial.operation.method, Method::OPTIONS | Method::TRACE) {
        return;
    }
    match (status, listed(trial, response)) {
        // Nothing belongs to what nobody knows, and a search finds what is like it; the document may say more.
        (200..=299, Some(0)) if belongs_to_a_thing(trial) && names_missing(trial) => evaluation.saw(
            Observation::status(Rule::UnknownFound, Warning, trial, status)
                .message("the list of an object that cannot exist was answered, and 404 is documented")
                .expected("404"),
        ),
        (200..=299, Some(0)) => evaluation.looks(Rule::UnknownFound),
        (200..=299, Some(_)) if ends_in_parameter(trial) => {}
        // What belongs to nobody may be nothing, unless the document says that nobody is found.
        (200..=299, None) if belongs_to_a_thing(trial) && !documents_missing(trial) => {}
        // Where no known id was let in, this says nothing of unknown ones.
        (300..=399 | 401 | 405, _) if trial.success.is_none() => {}
        (200..=399, _) => evaluation.saw(
            Observation::status(Rule::UnknownFound, weight(trial), trial, status)
                .message("an id that cannot exist was found")
                .expected("404"),
        ),
        (401 | 405, _) => evaluation.saw(
            Observation::status(Rule::StatusUnexpected, Warning, trial, status)
                .message(format!("an unknown id was answered with {status}"))
                .expected("404"),
        ),
        // The rest of the request is refused whatever the path names.
        (400 | 409 | 422, _) if trial.success.is_none() && trial.plain == Some(status) => {}
        (400 | 409 | 422, _) if names_missing(trial) && !trial.operation.documents(status) => evaluation.saw(
            Observation::status(Rule::StatusUnexpected, Warning, trial, status)
                .message(format!("an unknown id was answered with {status}, which is not documented"))
                .expected("404"),
        ),
        (_, _) if is_told(status) => {
            evaluation.looks(Rule::UnknownFound);
            evaluation.looks(Rule::StatusUnexpected);
        }
        _ => {}
    }
}

/// Whether 404 itself is documented.
fn names_missing(trial: &Trial<'_>) -> bool {
    trial.operation.responses.iter().any(|response| response.status == StatusKey::Code(404))
}

/// How many entries an answer lists, where it is a list or wraps one; an object is none for the lists
/// that it holds.
fn listed(trial: &Trial<'_>, response: &Response) -> Option<usize> {
    let body = response.json()?;
    if let Some(entries) = body.as_array() {
        return Some(entries.len());
    }
    let names = trial.operation.template.names();
    let is_object = names.iter().chain([&"id".to_owned()]).any(|name| id_name(&body, name).is_some());
    let at = listing_at(trial.operation).filter(|_| !is_object);
    if let Some(entries) = at.and_then(|at| body.pointer(&at)?.as_array()) {
        return Some(entries.len());
    }
    // A list that the document does not show as one, and that is empty.
    let mut lists = body.as_object()?.values().filter(|member| member.is_array() || member.is_object());
    let sole = lists.next()?.as_array().filter(|list| list.is_empty() && !is_object)?;
    lists.next().is_none().then_some(sole.len())
}

/// Whether the path asks for what belongs to a thing that it names.
fn belongs_to_a_thing(trial: &Trial<'_>) -> bool {
    !ends_in_parameter(trial) && !trial.operation.template.names().is_empty()
}

/// What belongs to nobody may still be listed, as defaults are, unless the document says otherwise.
fn weight(trial: &Trial<'_>) -> Severity {
    if belongs_to_a_thing(trial) && !documents_missing(trial) { Warning } else { Error }
}

/// Whether a status for what is not there is documented.
fn documents_missing(trial: &Trial<'_>) -> bool {
    [404, 410].iter().any(|status| {
        let documented = trial.operation.response(*status).map(|response| response.status);
        documented.is_some_and(|documented| documented != StatusKey::Default)
    })
}

/// Whether the path asks for a thing itself, and not for what belongs to one.
fn ends_in_parameter(trial: &Trial<'_>) -> bool {
    let last = trial.operation.template.segments().last();
    last.is_some_and(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Parameter(_))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use crate::exchange::{Exchange, Request};
    use bytes::Bytes;
    use http::{HeaderMap, Method, StatusCode};
    use rstest::rstest;
    use serde_json::json;
    use std::time::Duration;

    fn invalid(at: At, keyword: &'static str) -> Invalid {
        Invalid { at, instance: String::new(), label: String::new(), keyword }
    }

    #[rstest]
    #[case(At::Parameter(Location::Query, "q".to_owned()), "an invalid query parameter \"q\"")]
    #[case(At::Parameter(Location::Header, "X-A".to_owned()), "an invalid header parameter \"X-A\"")]
    #[case(At::RequestBody, "an invalid body")]
    fn places_are_named(#[case] at: At, #[case] expected: &str) {
        assert_eq!(place(&invalid(at, "type")), expected);
    }

    /// How much it matters that an invalid body was accepted: more where the document has a refusal for it.
    #[rstest]
    #[case("type", &["200"], Warning)]
    #[case("type", &["200", "400"], Error)]
    #[case("type", &["200", "422"], Error)]
    #[case("type", &["200", "415"], Warning)]
    #[case("media type", &["200", "415"], Error)]
    #[case("media type", &["200", "default"], Error)]
    fn a_documented_refusal_is_expected(
        #[case] keyword: &'static str,
        #[case] statuses: &[&str],
        #[case] severity: crate::rules::Severity,
    ) {
        let responses: serde_json::Map<String, Value> =
            statuses.iter().map(|status| ((*status).to_owned(), json!({}))).collect();
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {"responses": responses}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let (exchange, response) = exchanged("/a", 200, &json!({}));
        let trial = trial(&contract.operations[0], &Intent::UnknownId, &exchange);
        let seen = accepted(&trial, &invalid(At::RequestBody, keyword), &response, 200);
        assert_eq!(seen.severity, severity);
    }

    /// What lenient frameworks put right says nothing; what is kept as it was sent does.
    #[rstest]
    #[case::null_left_out("type", "/a", json!({"a": null, "b": 1}), json!({"id": 7, "b": 1}), "invalid-accepted")]
    #[case::null_replaced("type", "/a", json!({"a": null}), json!({"data": {"a": []}}), "invalid-accepted")]
    #[case::null_kept("type", "/a", json!({"a": null}), json!({"a": null}), "invalid-accepted!")]
    #[case::cut_off("type", "/a", json!({"a": 0.5}), json!({"a": 0}), "invalid-accepted")]
    #[case::fraction_kept("type", "/a", json!({"a": 0.5}), json!({"a": 0.5}), "invalid-accepted!")]
    #[case::once("uniqueItems", "/a", json!({"a": [1, 1]}), json!({"a": [1]}), "invalid-accepted")]
    #[case::twice("uniqueItems", "/a", json!({"a": [1, 1]}), json!({"a": [1, 1]}), "invalid-accepted!")]
    #[case::not_read("enum", "/a/b", json!({"a": {"b": "x"}}), json!({"a": {}}), "invalid-accepted")]
    #[case::read("enum", "/a/b", json!({"a": {"b": "x"}}), json!({"a": {"b": "x"}}), "invalid-accepted!")]
    #[case::a_text("type", "/a", json!({"a": "x"}), json!({"a": 0}), "invalid-accepted!")]
    fn what_is_put_right(
        #[case] keyword: &'static str,
        #[case] at: &str,
        #[case] sent: Value,
        #[case] got: Value,
        #[case] expected: &str,
    ) {
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {"responses": {"200": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let (mut exchange, response) = exchanged("/a", 200, &got);
        exchange.request.body = Bytes::from(sent.to_string());
        let wrong = Invalid { instance: at.to_owned(), ..invalid(At::RequestBody, keyword) };
        let intent = Intent::Invalid(wrong);
        let mut evaluation = Evaluation::default();
        super::invalid(&trial(&contract.operations[0], &intent, &exchange), &response, &mut evaluation);
        assert_eq!(evaluation.told(), expected);
    }

    #[rstest]
    #[case(404, "status-unexpected unknown-found")]
    #[case(401, "status-unexpected!")]
    #[case(405, "status-unexpected!")]
    #[case(200, "unknown-found!")]
    fn an_unknown_id_is_not_found(#[case] status: u16, #[case] expected: &str) {
        let tree = json!({"openapi": "3.1.0", "paths": {"/pets/{id}": {"get": {"responses": {"200": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let (exchange, response) = exchanged("/pets/{id}", status, &json!({"id": 1}));
        let mut evaluation = Evaluation::default();
        unknown_id(
            &trial(&contract.operations[0], &Intent::UnknownId, &exchange),
            &response,
            &mut evaluation,
        );
        assert_eq!(evaluation.told(), expected);
    }

    fn exchanged(path: &str, status: u16, body: &Value) -> (Exchange, Response) {
        let response = Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
            is_cut: false,
        };
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request: Request::new(Method::GET, path),
            outcome: Ok(response.clone()),
            elapsed: Duration::ZERO,
        };
        (exchange, response)
    }

    fn trial<'t>(
        operation: &'t crate::contract::Operation,
        intent: &'t Intent,
        exchange: &'t Exchange,
    ) -> Trial<'t> {
        let (success, plain) = (Some(200), Some(200));
        Trial { operation, intent, exchange, success, plain, asked: None, baseline: None, found: false }
    }

    #[rstest]
    #[case::an_object("/pets/{id}", json!({"id": 7, "toys": []}), "unknown-found!")]
    #[case::nothing_alike("/pets/{id}", json!([]), "unknown-found")]
    #[case::alike("/pets/{id}", json!([{"id": 7}]), "")]
    #[case::nothing_below("/pets/{id}/toys", json!({"count": 0, "toys": []}), "unknown-found")]
    #[case::nothing_in_a_list_unheard_of("/pets/{id}/toys", json!({"total": 0, "balls": []}), "unknown-found")]
    #[case::something_unheard_of("/pets/{id}/toys", json!({"total": 1, "balls": [1]}), "")]
    #[case::something_below("/pets/{id}/toys", json!({"count": 1, "toys": [{}]}), "unknown-found!")]
    #[case::no("/pets/{id}/busy", json!(false), "")]
    #[case::no_and_404_is_documented("/shops/{id}/busy", json!(false), "unknown-found!")]
    fn a_search_finds_nothing(#[case] path: &str, #[case] body: Value, #[case] expected: &str) {
        let toys = json!({"type": "object", "properties": {
            "toys": {"type": "array", "items": {"type": "object"}},
        }});
        let content = json!({"application/json": {"schema": toys}});
        let mut responses = json!({"200": {"content": content}});
        if path.starts_with("/shops") {
            responses["404"] = json!({});
        }
        let tree = json!({"openapi": "3.1.0", "paths": {path: {"get": {"responses": responses}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let (exchange, response) = exchanged(path, 200, &body);
        let trial = trial(&contract.operations[0], &Intent::UnknownId, &exchange);
        let mut evaluation = Evaluation::default();
        unknown_id(&trial, &response, &mut evaluation);
        assert_eq!(evaluation.told(), expected);
    }

    /// What asks what can be done with an address finds it, and a body that is refused is so whatever the path names.
    #[rstest]
    #[case::read("get", 200, Some(200), true)]
    #[case::options("options", 200, Some(200), false)]
    #[case::refused("post", 422, Some(200), true)]
    #[case::always_refused("post", 422, None, false)]
    fn an_unknown_id_may_say_nothing(
        #[case] method: &str,
        #[case] status: u16,
        #[case] success: Option<u16>,
        #[case] expected: bool,
    ) {
        let responses = json!({"200": {}, "404": {}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/pets/{id}": {method: {"responses": responses}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let (exchange, response) = exchanged("/pets/0", status, &json!({"id": 1}));
        let plain = Some(success.unwrap_or(status));
        let trial = Trial { success, plain, ..trial(&contract.operations[0], &Intent::UnknownId, &exchange) };
        let mut evaluation = Evaluation::default();
        unknown_id(&trial, &response, &mut evaluation);
        assert_eq!(!evaluation.seen.is_empty(), expected, "{}", evaluation.told());
    }
}
