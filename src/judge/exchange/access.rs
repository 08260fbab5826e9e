//! The families `auth` and `scope`: who is let in, and how others are refused.

use crate::rules::Rule;
use std::collections::BTreeSet;

use super::{Evaluation, Intent, Observation, Trial, Valid};
use crate::exchange::Response;
use crate::rules::Severity::{Error, Warning};
use http::header::WWW_AUTHENTICATE;
use serde_json::Value;

pub(super) fn keys(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let status = response.status.as_u16();
    let tells_nothing = trial.success.is_some_and(|success| success >= 400 && success != 405);
    // Load and failures say nothing of who is let in.
    if status == 429 || status >= 500 || tells_nothing {
        return;
    }
    let accepted = trial.was_accepted(status);
    for rule in occasion(trial, status) {
        evaluation.looks(*rule);
    }
    let security = format!("{}/security", trial.operation.pointer);
    let mut saw = |rule, severity, message: String, expected: &str| {
        evaluation.saw(
            Observation::status(rule, severity, trial, status)
                .message(message)
                .expected(expected)
                .document(security.clone()),
        );
    };
    match trial.intent {
        Intent::NoKey if accepted => {
            let rule = Rule::AuthMissingAccepted;
            saw(rule, Error, rule.summary().to_owned(), "401");
        }
        Intent::UnknownKey if accepted => {
            let rule = Rule::AuthUnknownAccepted;
            saw(rule, Error, rule.summary().to_owned(), "401");
        }
        // What the sufficient key gets too says nothing of keys.
        Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. }
            if !accepted && trial.plain == Some(status) => {}
        // Whoever looks at the body first has not said yet what it says to such a key.
        Intent::NoKey | Intent::UnknownKey if is_about_the_rest(trial, response) => {}
        Intent::NoKey | Intent::UnknownKey if status != 401 => {
            let documented = trial.operation.documents(401);
            let severity = if status == 403 && documented { Error } else { Warning };
            let who = if *trial.intent == Intent::NoKey { "no credential" } else { "an unknown credential" };
            saw(Rule::AuthStatus, severity, format!("{who} was answered with {status}"), "401");
        }
        Intent::Lacking { scope, maybe_implied } if accepted => {
            // A server that shows less to this key knows what it may see.
            let shows_less = trial.baseline.is_some_and(|full| shows_less(response, full));
            let severity = if *maybe_implied || shows_less { Warning } else { Error };
            let how = if shows_less { " with less in the response" } else { "" };
            saw(
                Rule::ScopeLackingAccepted,
                severity,
                format!("a key without {scope:?} succeeded{how}"),
                "403",
            );
        }
        Intent::Lacking { scope, .. } if status != 403 => {
            let severity = if status == 401 { Error } else { Warning };
            saw(
                Rule::ScopeStatus,
                severity,
                format!("a key without {scope:?} was answered with {status}"),
                "403",
            );
        }
        Intent::Valid(_) | Intent::WiderKey
            if matches!(status, 401 | 403)
                && !trial.operation.is_success(status)
                && tells_of_scopes(trial) =>
        {
            let wider = *trial.intent == Intent::WiderKey;
            let who = if wider {
                "a key with more than the required scopes"
            } else {
                "the key with exactly the required scopes"
            };
            saw(Rule::ScopeMinimalRefused, Error, format!("{who} was refused with {status}"), "success");
        }
        _ => {}
    }
}

/// Whether a 400 or 422 to a request with a body says nothing of keys: it may be about what was sent.
fn is_about_the_rest(trial: &Trial<'_>, response: &Response) -> bool {
    const OF_KEYS: [&str; 9] =
        ["auth", "credential", "token", "login", "log in", "sign in", "api key", "apikey", "api-key"];
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    matches!(response.status.as_u16(), 400 | 422)
        && !trial.exchange.request.body.is_empty()
        && !OF_KEYS.iter().any(|word| text.contains(word))
}

/// `scope-challenge`: a 403 that says which scopes are wanted names just those of the operation (RFC 6750 §3.1).
pub(super) fn challenge(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let is_lacking = matches!(trial.intent, Intent::Lacking { .. });
    if !is_lacking || response.status.as_u16() != 403 {
        return;
    }
    let mut lines = response.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|line| line.to_str().ok());
    let Some(named) = lines.find_map(scopes_of) else { return };
    evaluation.looks(Rule::ScopeChallenge);
    let wanted = |scopes: &[String]| -> BTreeSet<String> { scopes.iter().cloned().collect() };
    if trial.operation.security.iter().any(|requirement| wanted(&requirement.scopes) == named) {
        return;
    }
    let is_header = |name: &str| name.eq_ignore_ascii_case(WWW_AUTHENTICATE.as_str());
    let documented = trial.operation.response(403);
    let is_documented = documented.is_some_and(|doc| doc.headers.iter().any(|h| is_header(&h.name)));
    let severity = if is_documented { Error } else { Warning };
    let list = |scopes: &mut dyn Iterator<Item = &String>| scopes.cloned().collect::<Vec<_>>().join(" ");
    let actual = list(&mut named.iter());
    let mut seen = Observation::status(Rule::ScopeChallenge, severity, trial, 403)
        .expected(list(&mut trial.operation.scopes().iter()))
        .document(format!("{}/security", trial.operation.pointer));
    "response.headers.www-authenticate".clone_into(&mut seen.at);
    seen.actual = actual;
    evaluation.saw(seen);
}

/// The scopes that a challenge names: `Bearer error="insufficient_scope", scope="a b"`.
fn scopes_of(challenge: &str) -> Option<BTreeSet<String>> {
    let lower = challenge.to_ascii_lowercase();
    let at = lower.find("scope=").filter(|at| lower[..*at].ends_with([' ', ',', '\t']))?;
    let value = challenge.get(at + "scope=".len()..)?;
    let scopes = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split([',', ' ']).next()?,
    };
    Some(scopes.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Whether an answer leaves members out of the object, or of the entries of the list, that another
/// answer shows.
fn shows_less(answer: &Response, full: &Response) -> bool {
    let (answer, full) = (members(answer), members(full));
    !answer.is_empty() && full.iter().any(|name| !answer.contains(name))
}

/// Names of the members of an object, or of all entries of a list.
fn members(response: &Response) -> BTreeSet<String> {
    let of = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
    match response.json() {
        Some(Value::Array(entries)) => entries.iter().filter_map(of).flatten().collect(),
        Some(value) => of(&value).into_iter().flatten().collect(),
        None => BTreeSet::new(),
    }
}

/// Whether a refusal of a sufficient key can be about its scopes: the document names some, the
/// credential is not in the body, and no value was varied in a request that had been let in.
fn tells_of_scopes(trial: &Trial<'_>) -> bool {
    let is_varied = match trial.intent {
        Intent::Valid(Valid::Named(_) | Valid::Open(_) | Valid::Packed) => true,
        Intent::Valid(Valid::MadeUp) => trial.success.is_some(),
        _ => false,
    };
    !is_varied && !trial.operation.scopes().is_empty() && !trial.operation.is_login()
}

/// The rules that an answer gives occasion for. How someone is refused is checked where they
/// were, and whether a sufficient key is let in where the answer does not leave that open.
fn occasion(trial: &Trial<'_>, status: u16) -> &'static [Rule] {
    let accepted = trial.was_accepted(status);
    match trial.intent {
        Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. }
            if !accepted && trial.plain == Some(status) =>
        {
            &[]
        }
        Intent::NoKey if accepted => &[Rule::AuthMissingAccepted],
        Intent::NoKey => &[Rule::AuthMissingAccepted, Rule::AuthStatus],
        Intent::UnknownKey if accepted => &[Rule::AuthUnknownAccepted],
        Intent::UnknownKey => &[Rule::AuthUnknownAccepted, Rule::AuthStatus],
        Intent::Lacking { .. } if accepted => &[Rule::ScopeLackingAccepted],
        Intent::Lacking { .. } => &[Rule::ScopeLackingAccepted, Rule::ScopeStatus],
        Intent::Valid(_) | Intent::WiderKey if trial.operation.is_open() || !tells_of_scopes(trial) => &[],
        Intent::Valid(_) | Intent::WiderKey if accepted || trial.operation.is_success(status) => {
            &[Rule::ScopeMinimalRefused]
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(body: &str) -> Response {
        Response {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
            is_cut: false,
        }
    }

    #[rstest]
    #[case(r#"{"name": "a"}"#, r#"{"name": "a", "mail": "b"}"#, true)]
    #[case(r#"{"name": "a", "keys": []}"#, r#"{"name": "a", "mail": "b"}"#, true)]
    #[case(r#"{"name": "a", "mail": "b"}"#, r#"{"name": "a", "mail": "b"}"#, false)]
    #[case(r#"[{"a": 1}, {"b": 1}]"#, r#"[{"a": 1, "b": 1}]"#, false)]
    #[case(r#"[{"a": 1}]"#, r#"[{"a": 1, "b": 1}]"#, true)]
    #[case("[]", r#"[{"a": 1}]"#, false)]
    fn an_answer_cut_down_to_what_a_key_may_see(
        #[case] answer: &str,
        #[case] full: &str,
        #[case] less: bool,
    ) {
        assert_eq!(shows_less(&json(answer), &json(full)), less);
    }
    use crate::contract::{Contract, build};
    use crate::document::Document;
    use crate::exchange::{Exchange, Request};
    use crate::judge::exchange::Place;
    use http::{HeaderMap, Method, StatusCode};
    use rstest::rstest;
    use serde_json::json;
    use std::time::Duration;

    fn contract() -> Contract {
        let one = |scopes: &[&str], status: &str| json!({"post": {"security": [{"key": scopes}], "responses": {status: {}}}});
        let tree = json!({
            "openapi": "3.1.0",
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            "paths": {
                "/scoped": one(&["read"], "200"),
                "/bare": one(&[], "200"),
                "/oauth/token": one(&["read"], "200"),
                "/moved": one(&["read"], "302"),
            }
        });
        build("t", &Document::of("t", tree)).unwrap().0
    }

    fn lacking() -> Intent {
        Intent::Lacking { scope: "read".to_owned(), maybe_implied: false }
    }

    fn varied() -> Intent {
        Intent::Valid(Valid::Named(Place::parameter(crate::contract::Location::Query, "sort")))
    }

    /// What a status means for a key, when the sufficient key got another or the same before.
    #[rstest]
    #[case::removed(Intent::NoKey, "/scoped", 404, Some(404), None)]
    #[case::hidden(Intent::NoKey, "/scoped", 404, Some(200), Some(Rule::AuthStatus))]
    #[case::to_login(Intent::UnknownKey, "/scoped", 302, Some(302), None)]
    #[case::forbidden_to_all(Intent::NoKey, "/scoped", 403, Some(403), None)]
    #[case::hidden_from_lesser(lacking(), "/scoped", 404, Some(200), Some(Rule::ScopeStatus))]
    #[case::not_there(lacking(), "/scoped", 404, Some(404), None)]
    #[case::redirects_all(Intent::NoKey, "/moved", 302, Some(302), None)]
    #[case::let_in(Intent::NoKey, "/scoped", 200, Some(200), Some(Rule::AuthMissingAccepted))]
    #[case::lesser_let_in(lacking(), "/scoped", 200, Some(200), Some(Rule::ScopeLackingAccepted))]
    #[case::minimal(Intent::Valid(Valid::Plain), "/scoped", 403, Some(403), Some(Rule::ScopeMinimalRefused))]
    #[case::no_scopes(Intent::Valid(Valid::Plain), "/bare", 403, Some(403), None)]
    #[case::no_scopes_at_all(Intent::Valid(Valid::MadeUp), "/bare", 401, Some(401), None)]
    #[case::login(Intent::Valid(Valid::Plain), "/oauth/token", 401, Some(401), None)]
    #[case::of_a_value(varied(), "/scoped", 403, Some(200), None)]
    fn refusals(
        #[case] intent: Intent,
        #[case] path: &str,
        #[case] status: u16,
        #[case] plain: Option<u16>,
        #[case] expected: Option<Rule>,
    ) {
        let contract = contract();
        let operation = contract.operations.iter().find(|operation| operation.path() == path).unwrap();
        let response = Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
            is_cut: false,
        };
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request: Request::new(Method::POST, path),
            outcome: Ok(response.clone()),
            elapsed: Duration::ZERO,
        };
        let success = plain.filter(|status| operation.is_success(*status));
        let (asked, baseline, found) = (None, None, false);
        let intent = &intent;
        let trial = Trial { operation, intent, exchange: &exchange, success, plain, asked, baseline, found };
        let mut evaluation = Evaluation::default();
        keys(&trial, &response, &mut evaluation);
        assert_eq!(evaluation.seen.first().map(|seen| seen.rule), expected);
    }

    /// A body that is refused before anybody asks for a key says nothing of keys; a text about keys does.
    #[rstest]
    #[case::of_the_body("{\"name\": \"a\"}", "name is taken", true)]
    #[case::of_keys("{\"name\": \"a\"}", "Authorization is missing", false)]
    #[case::no_body("", "name is taken", false)]
    fn a_bad_body_says_nothing_of_keys(#[case] body: &str, #[case] answer: &str, #[case] expected: bool) {
        let contract = contract();
        let mut request = Request::new(Method::POST, "/scoped");
        request.body = body.to_owned().into();
        let body = answer.to_owned().into();
        let status = StatusCode::BAD_REQUEST;
        let response = Response { status, headers: HeaderMap::new(), body, is_cut: false };
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request,
            outcome: Ok(response.clone()),
            elapsed: Duration::ZERO,
        };
        let trial = Trial::after_success(&contract.operations[0], &Intent::NoKey, &exchange);
        assert_eq!(is_about_the_rest(&trial, &response), expected);
    }
}
