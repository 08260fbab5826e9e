//! `status-unexpected` and `valid-rejected`: how a request that matches the contract may be answered.

mod state;

use self::state::is_about_state;
use super::beside::{asks_for_another_kind, is_about_another_member};
use super::{Evaluation, Intent, Observation, Told, Trial, Valid};
use crate::contract::path::Piece;
use crate::contract::{Direction, Location, StatusKey, parameter};
use crate::exchange::Response;
use crate::judge::At;
use crate::resources::members::refers;
use crate::resources::{is_refusal, listing_at};
use crate::rules::Rule;
use crate::rules::Severity::{Error, Warning};

pub(super) fn valid(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let status = response.status.as_u16();
    let valid = match trial.intent {
        Intent::Valid(valid) => valid,
        Intent::WiderKey => &Valid::Plain,
        _ => return,
    };
    if trial.operation.is_success(status) {
        evaluation.looks(Rule::ValidRejected);
        evaluation.looks(Rule::StatusUnexpected);
        return;
    }
    if *valid == Valid::Packed {
        return;
    }
    match status {
        // The one answer that is documented is another refusal.
        400..=499 if is_refusal(trial.operation) && !matches!(status, 400 | 401 | 403 | 405 | 422 | 429) => {
            evaluation.saw(
                Observation::status(Rule::StatusUnexpected, Error, trial, status)
                    .message(format!(
                        "a method that is documented to be refused with 405 was answered with {status}"
                    ))
                    .expected("405"),
            );
        }
        // An undocumented 2xx or 3xx, and a 5xx, have rules of their own.
        ..=399 | 500.. => {}
        // Nobody has to ask for a key; an operation that hands them out asks for another secret.
        401 if trial.operation.is_open() && trial.operation.is_safe() && !trial.operation.documents(401) => {
            let mut seen = Observation::status(Rule::ValidRejected, Warning, trial, status)
                .message("a credential was asked for, and the document asks for none")
                .expected("success");
            seen.told = Told::OncePerRun;
            evaluation.saw(seen);
        }
        // The key, the object's state and the server's load: other rules, or no fault at all.
        401 | 402 | 403 | 406 | 409 | 410 | 412 | 423 | 424 | 425 | 428 | 429 | 451 => {}
        404 if trial.found && !may_be_about_another(trial, valid) && !may_have_none(trial) => {
            evaluation.saw(unfound(trial));
        }
        404 => {}
        405 => evaluation.saw(
            Observation::status(Rule::StatusUnexpected, Error, trial, status)
                .message(format!("a documented method was refused with {status}"))
                .expected("success"),
        ),
        _ if is_about_state(trial, valid, response, status) => {}
        // The target's own ids are not of the form that the document wants: that request is not allowed.
        400 | 422 if breaks_path(trial) => {}
        // What the path names was made up, and may be no such thing.
        400 | 422 if *valid == Valid::MadeUp && reads_made_up_place(trial) => {}
        // Not the value that the request is about was refused, but one beside it.
        400 | 422 if is_about_another_member(trial, valid, response) => {}
        // The object is of one kind, and another one was asked for.
        400 | 422 if asks_for_another_kind(trial, valid) => {}
        _ => evaluation.saw(rejected(trial, valid, status)),
    }
}

/// A 404 where something has to be. A path that names no object is there or not; a parameter that was left out may be
/// what says of which part.
fn unfound(trial: &Trial<'_>) -> Observation {
    let names_none = trial.operation.template.names().is_empty();
    let severity = if names_none && leaves_out(trial) { Warning } else { Error };
    let what =
        if names_none { "a path without an object" } else { "an object that the target itself listed" };
    Observation::status(Rule::StatusUnexpected, severity, trial, 404)
        .message(format!("{what} was answered with 404"))
        .expected("success")
}

/// Whether the path of a request has a value that its parameter does not allow.
fn breaks_path(trial: &Trial<'_>) -> bool {
    let template = &trial.operation.template;
    let values = template.values(&trial.exchange.request.path);
    // Of a segment with more in it than a parameter nothing is known here.
    let mut pairs = template.names().iter().zip(&values).filter(|_| template.names().len() == values.len());
    pairs.any(|(name, text)| {
        let Some(parameter) = trial.operation.parameter(Location::Path, name) else { return false };
        let read = parameter::read_text(parameter, text);
        parameter
            .schema
            .as_ref()
            .is_some_and(|schema| schema.is_valid(Direction::Request, &read) == Ok(false))
    })
}

fn rejected(trial: &Trial<'_>, valid: &Valid, status: u16) -> Observation {
    let severity = match valid {
        // What is left out may be wanted after all, and not every object is in the state that is asked for.
        Valid::Plain if leaves_out(trial) || asks_an_object_alone(trial) => Warning,
        Valid::Plain | Valid::Named(_) => Error,
        // The value is merely not excluded; the server may know better.
        Valid::MadeUp | Valid::Open(_) | Valid::Packed => Warning,
    };
    let severity = if status == 415 { Error } else { severity };
    let mut observation =
        Observation::status(Rule::ValidRejected, severity, trial, status).expected("success");
    let (Valid::Named(place) | Valid::Open(place)) = valid else {
        return observation.message(format!("a request that the document allows was refused with {status}"));
    };
    observation.at = place.at.to_string();
    observation.instance.clone_from(&place.instance);
    let what = match &place.at {
        At::Parameter(location, name) => format!("a value of the {location} parameter {name:?}"),
        _ if place.instance.is_empty() => "a body".to_owned(),
        _ => format!("a value of {}", place.instance),
    };
    let how = if matches!(valid, Valid::Named(_)) { "lists" } else { "allows" };
    observation.message(format!("{what} that the document {how} was refused with {status}"))
}

/// Whether the path asks for one thing that an object may have or not, and 404 is documented for that.
fn may_have_none(trial: &Trial<'_>) -> bool {
    let operation = trial.operation;
    let is_of_an_object = operation.template.segments().last().is_some_and(|segment| {
        segment.iter().all(|piece| matches!(piece, Piece::Literal(_)))
            && !operation.template.names().is_empty()
    });
    is_of_an_object
        && operation.is_safe()
        && operation.responses.iter().any(|response| response.status == StatusKey::Code(404))
        && listing_at(operation).is_none()
}

/// Whether a request holds nothing but the object that its path names before a last word: `/pets/7/collar`.
fn asks_an_object_alone(trial: &Trial<'_>) -> bool {
    let template = &trial.operation.template;
    let ends_in_word = template
        .segments()
        .last()
        .is_some_and(|segment| segment.iter().all(|piece| matches!(piece, Piece::Literal(_))));
    ends_in_word && !template.names().is_empty() && trial.exchange.request.body.is_empty()
}

/// Whether a read goes to a place that nobody has shown to exist.
fn reads_made_up_place(trial: &Trial<'_>) -> bool {
    trial.operation.is_safe() && !trial.found && !trial.operation.template.names().is_empty()
}

/// Whether the document names parameters that the request could have had and has not.
fn leaves_out(trial: &Trial<'_>) -> bool {
    let query = trial.exchange.request.query.as_deref().unwrap_or_default();
    let is_sent = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes()).any(|(sent, _)| {
            sent == name || sent.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
        })
    };
    trial.operation.parameters_in(Location::Query).any(|parameter| !is_sent(&parameter.name))
}

/// Whether a 404 may be about something that the body or a parameter outside of the path names.
fn may_be_about_another(trial: &Trial<'_>, valid: &Valid) -> bool {
    match valid {
        Valid::MadeUp | Valid::Packed | Valid::Open(_) => true,
        Valid::Plain => !trial.exchange.request.body.is_empty(),
        Valid::Named(place) => !trial.exchange.request.body.is_empty() || refers(&place.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Contract, Location, build};
    use crate::document::Document;
    use crate::exchange::{Exchange, Request};
    use crate::judge::exchange::{Place, judge};
    use http::{HeaderMap, Method, StatusCode};
    use rstest::rstest;
    use serde_json::json;
    use std::time::Duration;

    fn contract() -> Contract {
        let tree = json!({"openapi": "3.1.0", "paths": {"/x/{id}": {"put": {"responses": {"200": {}}}}}});
        build("t", &Document::of("t", tree)).unwrap().0
    }

    /// What is seen of a refusal: rule, place.
    fn seen(valid: Valid, status: u16, sent: &'static str, answer: &'static str) -> Vec<String> {
        seen_at(valid, status, sent, answer, true)
    }

    fn seen_at(
        valid: Valid,
        status: u16,
        sent: &'static str,
        answer: &'static str,
        found: bool,
    ) -> Vec<String> {
        let contract = contract();
        let mut request = Request::new(Method::PUT, "/x/1");
        request.body = sent.into();
        let status = StatusCode::from_u16(status).unwrap();
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request,
            outcome: Ok(Response { status, headers: HeaderMap::new(), body: answer.into(), is_cut: false }),
            elapsed: Duration::ZERO,
        };
        let intent = Intent::Valid(valid);
        let trial = Trial {
            operation: &contract.operations[0],
            intent: &intent,
            exchange: &exchange,
            success: Some(200),
            plain: Some(200),
            asked: None,
            baseline: None,
            found,
        };
        let of = |rule: Rule| matches!(rule, Rule::ValidRejected | Rule::StatusUnexpected);
        let seen = judge(&trial).seen.into_iter().filter(|seen| of(seen.rule));
        seen.map(|seen| format!("{} {}{}", seen.rule, seen.at, seen.instance)).collect()
    }

    fn member(name: &str) -> Valid {
        Valid::Named(Place { at: At::RequestBody, instance: format!("/{name}") })
    }

    const REFUSED: &str = "valid-rejected response.status";

    #[rstest]
    #[case::member(member("scope"), 422, "{}", "", Some("valid-rejected request.body/scope"))]
    #[case::parameter(
        Valid::Named(Place::parameter(Location::Query, "sort")),
        400,
        "",
        "",
        Some("valid-rejected request.query.sort")
    )]
    #[case::of_another_member(
        member("kind"),
        422,
        r#"{"kind": "x", "bits": 0}"#,
        r#"{"error": "this needs the size in bits"}"#,
        None
    )]
    #[case::of_both(
        member("kind"),
        422,
        r#"{"kind": "x", "bits": 0}"#,
        r#"{"error": "this kind needs bits"}"#,
        Some("valid-rejected request.body/kind")
    )]
    #[case::of_its_value(
        member("kind"),
        422,
        r#"{"kind": "huge", "bits": 0}"#,
        r#"{"error": "huge has no bits"}"#,
        Some("valid-rejected request.body/kind")
    )]
    #[case::of_a_member_of_the_whole(
        Valid::Named(Place { at: At::RequestBody, instance: String::new() }),
        400,
        r#"{"lower_bound": 0, "upper_bound": 0}"#,
        "Lower bound must be less than upper bound",
        None
    )]
    #[case::a_foreign_key(
        Valid::MadeUp,
        400,
        r#"{"parent": 1}"#,
        r#"{"error": "invalid foreign key"}"#,
        None
    )]
    #[case::plain(Valid::Plain, 400, "{}", "", Some(REFUSED))]
    #[case::conflict(member("scope"), 409, "{}", "", None)]
    #[case::taken(Valid::Plain, 400, r#"{"name": "x"}"#, r#"{"name": "already taken"}"#, None)]
    #[case::unknown_reference(
        Valid::MadeUp,
        400,
        r#"{"owner": "x"}"#,
        r#"{"owner": "does not exist"}"#,
        None
    )]
    #[case::documented(Valid::Plain, 400, r#"{"kind": "x"}"#, r#"{"kind": "unknown"}"#, Some(REFUSED))]
    #[case::documented_id(Valid::Plain, 400, r#"{"kindId": 1}"#, r#"{"kindId": "unknown"}"#, None)]
    #[case::not_there(Valid::Plain, 404, "", "", Some("status-unexpected response.status"))]
    #[case::another(Valid::Plain, 404, r#"{"owner": 1}"#, "", None)]
    #[case::made_up(Valid::MadeUp, 404, "", "", None)]
    fn refusals(
        #[case] valid: Valid,
        #[case] status: u16,
        #[case] sent: &'static str,
        #[case] answer: &'static str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(
            seen(valid, status, sent, answer),
            expected.map(str::to_owned).into_iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_a_path_names_may_be_unknown_there() {
        let is_seen = |answer| !seen_at(Valid::Plain, 400, "", answer, false).is_empty();
        assert!(!is_seen(r#"{"error": "shelf [1] does not exist"}"#));
        assert!(is_seen(r#"{"error": "shelf [2] does not exist"}"#));
        assert!(is_seen(r#"{"error": "that cannot be"}"#));
    }

    #[rstest]
    #[case("/y/{id}", Some(Rule::StatusUnexpected))]
    #[case("/y/{id}/icon", None)]
    #[case("/y/{id}/note", Some(Rule::StatusUnexpected))]
    fn a_thing_of_an_object_may_be_missing(#[case] path: &str, #[case] expected: Option<Rule>) {
        let (with, without) = (json!({"200": {}, "404": {}}), json!({"200": {}}));
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/y/{id}": {"get": {"responses": with}}, "/y/{id}/icon": {"get": {"responses": with}},
            "/y/{id}/note": {"get": {"responses": without}},
        }});
        let seen = refused(&tree, path, Valid::Plain, "", StatusCode::NOT_FOUND);
        assert_eq!(seen.iter().map(|(rule, _)| *rule).find(|rule| *rule == Rule::StatusUnexpected), expected);
    }

    /// What a plain request leaves out may be wanted; a place that was made up may be no such thing.
    #[rstest]
    #[case::nothing_left_out("/y", Valid::Plain, "", Some(Error))]
    #[case::left_out("/z", Valid::Plain, "", Some(Warning))]
    #[case::sent("/z", Valid::Plain, "at=1", Some(Error))]
    #[case::made_up_place("/y/{id}", Valid::MadeUp, "", None)]
    #[case::plain_place("/y/{id}", Valid::Plain, "", Some(Error))]
    #[case::of_an_object("/y/{id}/code", Valid::Plain, "", Some(Warning))]
    fn a_refused_read(
        #[case] path: &str,
        #[case] valid: Valid,
        #[case] query: &str,
        #[case] expected: Option<crate::rules::Severity>,
    ) {
        let ok = json!({"200": {}});
        let at = json!([{"name": "at", "in": "query", "schema": {"type": "integer"}}]);
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/y": {"get": {"responses": ok}}, "/z": {"get": {"responses": ok, "parameters": at}},
            "/y/{id}": {"get": {"responses": ok}}, "/y/{id}/code": {"get": {"responses": ok}},
        }});
        let seen = refused(&tree, path, valid, query, StatusCode::BAD_REQUEST);
        let rejected = seen.into_iter().find(|(rule, _)| *rule == Rule::ValidRejected);
        assert_eq!(rejected.map(|(_, severity)| severity), expected);
    }

    /// A read that holds nothing which could be wrong is refused for what the server is.
    #[rstest]
    #[case::its_state("The bridge must be running to list its parts.", None)]
    #[case::off("this part is disabled", None)]
    #[case::of_the_request("the header X-Shop is required", Some(Error))]
    fn a_bare_read(#[case] answer: &'static str, #[case] expected: Option<crate::rules::Severity>) {
        let tree = json!({"openapi": "3.1.0", "paths": {"/y": {"get": {"responses": {"200": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let status = StatusCode::BAD_REQUEST;
        let outcome = Ok(Response { status, headers: HeaderMap::new(), body: answer.into(), is_cut: false });
        let (request, elapsed) = (Request::new(Method::GET, "/y"), Duration::ZERO);
        let exchange = Exchange { case: String::new(), url: String::new(), request, outcome, elapsed };
        let trial = Trial {
            operation: &contract.operations[0],
            found: true,
            intent: &Intent::Valid(Valid::Plain),
            exchange: &exchange,
            success: None,
            plain: None,
            asked: None,
            baseline: None,
        };
        let seen = judge(&trial).seen.into_iter().find(|seen| seen.rule == Rule::ValidRejected);
        assert_eq!(seen.map(|seen| seen.severity), expected);
    }

    /// What is seen of a GET that is refused; whatever its path names is known to be there, but where it was
    /// made up.
    fn refused(
        tree: &serde_json::Value,
        path: &str,
        valid: Valid,
        query: &str,
        status: StatusCode,
    ) -> Vec<(Rule, crate::rules::Severity)> {
        let (contract, _) = build("t", &Document::of("t", tree.clone())).unwrap();
        let operation = contract.operations.iter().find(|operation| operation.path() == path).unwrap();
        let mut request = Request::new(Method::GET, path);
        request.query = Some(query.to_owned()).filter(|query| !query.is_empty());
        let outcome = Ok(Response { status, headers: HeaderMap::new(), body: "".into(), is_cut: false });
        let elapsed = Duration::ZERO;
        let exchange = Exchange { case: String::new(), url: String::new(), request, outcome, elapsed };
        let trial = Trial {
            operation,
            found: valid == Valid::Plain,
            intent: &Intent::Valid(valid),
            exchange: &exchange,
            success: None,
            plain: None,
            asked: None,
            baseline: None,
        };
        judge(&trial).seen.into_iter().map(|seen| (seen.rule, seen.severity)).collect()
    }

    #[rstest]
    #[case::of_another_kind(r#"{"type": "file"}"#, false)]
    #[case::of_that_kind(r#"{"type": "folder"}"#, true)]
    #[case::of_no_kind(r#"{"name": "a"}"#, true)]
    fn an_object_is_of_one_kind(#[case] shown: &'static str, #[case] expected: bool) {
        let contract = contract();
        let mut request = Request::new(Method::GET, "/x/1");
        request.query = Some("type=folder".to_owned());
        let reply = |status: StatusCode, body: &'static str| Response {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            is_cut: false,
        };
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request,
            outcome: Ok(reply(StatusCode::BAD_REQUEST, "not a folder")),
            elapsed: Duration::ZERO,
        };
        let intent = Intent::Valid(Valid::Named(Place::parameter(Location::Query, "type")));
        let plain = reply(StatusCode::OK, shown);
        let trial = Trial {
            operation: &contract.operations[0],
            intent: &intent,
            exchange: &exchange,
            success: Some(200),
            plain: Some(200),
            asked: None,
            baseline: Some(&plain),
            found: true,
        };
        assert_eq!(judge(&trial).seen.iter().any(|seen| seen.rule == Rule::ValidRejected), expected);
    }
}
