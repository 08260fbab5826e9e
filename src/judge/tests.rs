//! A unit case for every rule that is judged here: one in which it holds and one that breaks it.
//!
//! The compiler asks for the cases of a new rule.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::exchange::{Intent, Invalid, Trial, Valid, judge};
use super::sequence::{any_operation, form, life, page};
use super::*;
use crate::contract::{Operation, build};
use crate::document::Document;
use crate::exchange::{Exchange, Failure, Request, Response};
use crate::resources::{Filter, Identity, Keeps};
use crate::rules::{Rule, Severity};

/// Where the unit cases of a rule are.
pub(crate) enum Cases {
    /// Here: what comes of it where the rule holds, and where it is broken.
    Here(Evaluation, Evaluation),
    /// In `check::tests`, since the phases of the runner look for it themselves.
    Runner,
    /// With what a person decided: waivers in `run::policy`, snapshots in `tests/it/review.rs`.
    Review,
}

pub(crate) fn cases(rule: Rule) -> Cases {
    let here = Cases::Here;
    match rule {
        Rule::StatusUndocumented | Rule::StatusUnexpected | Rule::ServerError => of_status(rule),
        Rule::BodySchema => here(plain(200, JSON, "{}"), plain(200, JSON, "[]")),
        Rule::BodyMissing => here(plain(200, JSON, "{}"), plain(200, "x-always: 1", "")),
        Rule::BodyUnexpected => here(plain(204, "", ""), plain(204, JSON, "{}")),
        Rule::BodyMalformed => here(plain(200, JSON, "{}"), plain(200, JSON, "{")),
        Rule::MediaType => here(plain(200, JSON, "{}"), plain(200, "content-type: text/html", "x")),
        Rule::HeaderMissing => {
            here(plain(200, JSON, "{}"), plain(200, "content-type: application/json", "{}"))
        }
        Rule::HeaderSchema => here(plain(200, JSON, "{}"), plain(200, "x-always: many", "{}")),
        Rule::AllowMissing => here(plain(405, "allow: GET", ""), plain(405, "", "")),
        Rule::ChallengeMissing => {
            here(told(&Intent::NoKey, 401, "www-authenticate: Bearer", ""), told(&Intent::NoKey, 401, "", ""))
        }
        Rule::AuthMissingAccepted => of_intent(&Intent::NoKey, 401, 204),
        Rule::AuthUnknownAccepted => of_intent(&Intent::UnknownKey, 401, 204),
        Rule::AuthStatus => of_intent(&Intent::NoKey, 401, 404),
        Rule::ScopeLackingAccepted => of_intent(&lacking(), 403, 204),
        Rule::ScopeStatus => of_intent(&lacking(), 403, 404),
        Rule::ScopeChallenge => {
            let named = |scope: &str| format!("www-authenticate: Bearer scope=\"{scope}\"");
            here(told(&lacking(), 403, &named("read"), ""), told(&lacking(), 403, &named("write"), ""))
        }
        Rule::ScopeMinimalRefused => of_intent(&PLAIN, 204, 403),
        Rule::InvalidAccepted => of_intent(&invalid(), 400, 204),
        Rule::ValidRejected => of_intent(&PLAIN, 204, 400),
        Rule::UnknownFound => of_intent(&Intent::UnknownId, 404, 204),
        Rule::ResponseTruncated => {
            here(plain(204, "", ""), judged(&PLAIN, Err(Failure::Truncated("at 3".to_owned()))))
        }
        Rule::ConnectionFailed => {
            here(plain(204, "", ""), judged(&PLAIN, Err(Failure::Connect("refused".to_owned()))))
        }
        Rule::MethodUndocumentedAccepted => here(method(405), method(200)),
        Rule::MethodStatus => here(method(405), method(409)),
        Rule::HeadDiffers | Rule::FormatIgnored => of_form(rule),
        Rule::CreateAltered
        | Rule::UpdateNotKept
        | Rule::UpdateClobbered
        | Rule::ReplaceMerged
        | Rule::IdentityChanged => of_life(rule),
        Rule::PageLimit
        | Rule::PageOffset
        | Rule::PageOverlap
        | Rule::PageLoop
        | Rule::PageCount
        | Rule::FilterIgnored
        | Rule::SortIgnored => of_page(rule),
        Rule::CallbackInvalid => of_callback(),
        Rule::DeniedRequestHadEffect
        | Rule::KeyLimitIgnored
        | Rule::OtherOwnerAccepted
        | Rule::CreateNotFound
        | Rule::CreateNotListed
        | Rule::DeleteNotGone
        | Rule::DeleteMissingStatus
        | Rule::RefusedMethodHadEffect
        | Rule::ReadHadEffect
        | Rule::LocationBroken
        | Rule::ActionNotKept
        | Rule::TargetHarmed
        | Rule::PageLink
        | Rule::ResponseSlow => Cases::Runner,
        Rule::SnapshotChanged | Rule::SnapshotNew | Rule::WaiverExpired | Rule::WaiverUnused => Cases::Review,
    }
}

fn of_callback() -> Cases {
    let callbacks = serde_json::json!({"done": {"{$request.body#/url}": {"post": {}}}});
    let tree = serde_json::json!({"openapi": "3.1.0", "paths": {"/x": {"post": {
        "responses": {"200": {"description": "it"}}, "callbacks": callbacks,
    }}}});
    let (contract, _) = crate::contract::build("t", &crate::document::Document::of("t", tree)).unwrap();
    let came = |method: Method| {
        let operation = &contract.operations[0];
        let request = Request::new(method, "/");
        super::callback::judge(operation, contract.callbacks(operation.index), &request)
    };
    Cases::Here(came(Method::POST), came(Method::PUT))
}

const JSON: &str = "content-type: application/json; x-always: 1";
const PLAIN: Intent = Intent::Valid(Valid::Plain);

fn lacking() -> Intent {
    Intent::Lacking { scope: "read".to_owned(), maybe_implied: false }
}

fn invalid() -> Intent {
    let (instance, label) = (String::new(), String::new());
    Intent::Invalid(Invalid { at: At::RequestBody, instance, label, keyword: "type" })
}

#[rstest]
#[case::an_object(json!({"type": "object"}), Severity::Error)]
#[case::a_number_or_a_list(json!({"type": ["number", "array"]}), Severity::Error)]
#[case::anything(json!({}), Severity::Warning)]
#[case::described_only(json!({"title": "Answer"}), Severity::Warning)]
fn json_of_anything_is_hardly_a_promise(#[case] schema: Value, #[case] expected: Severity) {
    let operation = documented(&json!({"application/json": {"schema": schema}}));
    let evaluation =
        judged_of(&operation, &PLAIN, Ok(answer(200, "content-type: text/plain; x-always: 1", "x")));
    let found: Vec<_> = evaluation.seen.iter().map(|seen| (seen.rule, seen.severity)).collect();
    assert_eq!(found, [(Rule::MediaType, expected)]);
}

/// A guarded operation that documents an object, no content, and refusals.
fn guarded() -> Operation {
    documented(&json!({"application/json": {"schema": {"type": "object"}}}))
}

fn documented(content: &Value) -> Operation {
    let count = json!({"required": true, "schema": {"type": "integer"}});
    let tree = json!({
        "openapi": "3.1.0",
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {"/guarded": {"get": {"security": [{"key": ["read"]}], "responses": {
            "200": {"headers": {"X-Always": count}, "content": content},
            "204": {}, "400": {}, "401": {}, "403": {}, "404": {}, "405": {},
        }}}},
    });
    let (mut contract, _) = build("t", &Document::of("t", tree)).unwrap();
    contract.operations.remove(0)
}

fn judged(intent: &Intent, outcome: Result<Response, Failure>) -> Evaluation {
    judged_of(&guarded(), intent, outcome)
}

fn judged_of(operation: &Operation, intent: &Intent, outcome: Result<Response, Failure>) -> Evaluation {
    let exchange = Exchange {
        case: String::new(),
        url: String::new(),
        request: Request::new(Method::GET, "/guarded"),
        outcome,
        elapsed: Duration::ZERO,
    };
    judge(&Trial::after_success(operation, intent, &exchange))
}

fn answer(status: u16, headers: &str, body: &str) -> Response {
    let field = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    let headers: HeaderMap = headers.split("; ").filter(|line| !line.is_empty()).map(field).collect();
    let (status, body) = (StatusCode::from_u16(status).unwrap(), Bytes::copy_from_slice(body.as_bytes()));
    Response { status, headers, body, is_cut: false }
}

fn told(intent: &Intent, status: u16, headers: &str, body: &str) -> Evaluation {
    judged(intent, Ok(answer(status, headers, body)))
}

fn plain(status: u16, headers: &str, body: &str) -> Evaluation {
    told(&PLAIN, status, headers, body)
}

/// An answer without content as it should be to what was intended, and one as it should not.
fn of_intent(intent: &Intent, good: u16, bad: u16) -> Cases {
    Cases::Here(told(intent, good, "", ""), told(intent, bad, "", ""))
}

fn of_status(rule: Rule) -> Cases {
    let bad = match rule {
        Rule::StatusUndocumented => 202,
        Rule::StatusUnexpected => 405,
        _ => 503,
    };
    of_intent(&PLAIN, 204, bad)
}

fn method(status: u16) -> Evaluation {
    form::method(&any_operation(), "PROPFIND", &answer(status, "allow: GET", ""))
}

fn of_form(rule: Rule) -> Cases {
    let (csv, json) = (answer(200, "content-type: text/csv", ""), answer(200, JSON, ""));
    let compared = |got: &Response| match rule {
        Rule::HeadDiffers => form::head(&any_operation(), &csv, got),
        _ => form::format(&any_operation(), "format=csv", "text/csv", &["text/csv", "application/json"], got),
    };
    Cases::Here(compared(&csv), compared(&json))
}

fn of_life(rule: Rule) -> Cases {
    let map = |value: Value| -> Map<String, Value> { value.as_object().cloned().unwrap() };
    let (operation, none) = (any_operation(), BTreeSet::new());
    let of = |got: Value| match rule {
        Rule::CreateAltered => life::create_altered(&operation, &map(json!({"name": "a"})), &got, &none),
        Rule::UpdateNotKept => life::update_not_kept(&operation, &map(json!({"name": "a"})), &got),
        Rule::UpdateClobbered => {
            let (sent, before) = (map(json!({"size": 1})), map(json!({"name": "a"})));
            life::update_clobbered(&operation, &sent, &before, &got, &none)
        }
        // Left out, a name goes back to its default.
        Rule::ReplaceMerged => life::replace_merged(&operation, "name", Some(&json!("a")), &json!("b"), &got),
        _ => life::identity_changed(&operation, "name", &json!("a"), &got),
    };
    Cases::Here(of(json!({"name": "a"})), of(json!({"name": "b"})))
}

fn walk(pages: &[&[i64]]) -> page::Walk {
    let pages = pages.iter().map(|page| page.iter().map(|id| json!({"id": id})).collect());
    page::Walk { pages: pages.collect(), is_complete: true, count: Some(4), ..page::Walk::default() }
}

fn of_page(rule: Rule) -> Cases {
    let list = any_operation();
    let identity = Identity::Id("id".to_owned());
    let name = |entry: &Value| entry["id"].to_string();
    let by_name =
        Filter { parameter: "name".to_owned(), keeps: Keeps::Member("name".to_owned()), is_list: false };
    let entries =
        |ids: &[i64]| -> Vec<Value> { ids.iter().map(|id| json!({"id": id, "name": id})).collect() };
    let pair = |of: &dyn Fn(bool) -> Evaluation| Cases::Here(of(true), of(false));
    match rule {
        Rule::PageLimit => pair(&|is_good| page::limit(&list, "limit", 2, if is_good { 2 } else { 3 })),
        Rule::PageOffset => pair(&|is_good| {
            let got = entries(if is_good { &[2, 3] } else { &[1, 2] });
            page::offset(&list, "offset", &entries(&[1, 2, 3]), &got, name)
        }),
        Rule::PageOverlap => pair(&|is_good| {
            let pages: [&[i64]; 2] = if is_good { [&[1, 2], &[3, 4]] } else { [&[1, 2], &[2, 3]] };
            page::walk(&list, &walk(&pages), None, Some(&identity))
        }),
        Rule::PageLoop => pair(&|is_good| {
            let walk = page::Walk { loops: !is_good, ..walk(&[&[1, 2], &[3, 4]]) };
            page::walk(&list, &walk, None, Some(&identity))
        }),
        Rule::PageCount => pair(&|is_good| {
            page::count(&list, "/count", &walk(if is_good { &[&[1, 2, 3, 4]] } else { &[&[1, 2, 3]] }))
        }),
        Rule::FilterIgnored => pair(&|is_good| {
            let got = entries(if is_good { &[1] } else { &[1, 2] });
            page::filter(&list, &by_name, "1", &got, &|_| None)
        }),
        _ => pair(&|is_good| {
            let got = entries(if is_good { &[1, 2, 3] } else { &[3, 1, 2] });
            page::sort(&list, "sort", "id", &got)
        }),
    }
}

#[test]
fn every_rule_holds_in_one_case_and_is_broken_in_another() {
    for rule in Rule::ALL {
        let Cases::Here(good, bad) = cases(*rule) else { continue };
        let saw = |evaluation: &Evaluation| evaluation.seen.iter().any(|seen| seen.rule == *rule);
        assert!(good.looked.contains(rule) && !saw(&good), "{rule} does not hold: {}", good.told());
        assert!(bad.looked.contains(rule) && saw(&bad), "{rule} is not broken: {}", bad.told());
    }
}
