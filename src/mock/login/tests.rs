use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use rstest::rstest;
use serde_json::{Value, json};
use url::Url;

mod places;
mod tokens;

use super::*;
use crate::exchange::base64;
use crate::mock::issuer::sha256;
use crate::mock::testing;

const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";

/// A document with one flow, and whatever else.
fn contract(flows: &Value, servers: &Value, paths: &[&str]) -> Arc<Contract> {
    let operation = json!({ "get": {
        "security": [{ "login": ["a:read"] }], "responses": { "204": { "description": "done" } },
    } });
    let paths: serde_json::Map<String, Value> =
        paths.iter().map(|path| ((*path).to_owned(), operation.clone())).collect();
    testing::contract(json!({
        "openapi": "3.2.0", "info": { "title": "An <API>", "version": "1" }, "servers": servers, "paths": paths,
        "components": { "securitySchemes": { "login": { "type": "oauth2", "flows": flows } } },
    }))
}

fn flows() -> Value {
    json!({ "authorizationCode": {
        "authorizationUrl": "/authorize", "tokenUrl": "/token", "scopes": { "a:read": "", "a:write": "" },
    } })
}

fn login(change: impl FnOnce(&mut Options)) -> Login {
    let mut options = testing::options();
    options.login.redirects = vec!["https://app.example/callback".to_owned()];
    change(&mut options);
    let issuer = Arc::new(Issuer::new().unwrap());
    Login::of(&contract(&flows(), &json!([]), &["/a"]), &options, Some(&issuer)).unwrap()
}

/// Asks an endpoint at a second, with a form where there is one, and header fields.
fn asked(
    login: &Login,
    endpoint: Endpoint,
    (query, form): (&str, Option<&str>),
    headers: &[(&str, &str)],
    now: i64,
) -> (Response, Option<String>) {
    let mut request = Request::new(if form.is_some() { Method::POST } else { Method::GET }, "");
    request.query = Some(query.to_owned());
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers.append(name, value.parse().unwrap());
    }
    let now = jiff::Timestamp::from_second(now).unwrap();
    login.answer(endpoint, &request, "", (form.unwrap_or_default().as_bytes(), now))
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// The answer of the token endpoint: its body, and `error` apart.
fn token(login: &Login, form: &str, now: i64) -> (String, Value) {
    let (response, note) = asked(login, Endpoint::Token, ("", Some(form)), &[], now);
    let body = body(&response);
    let error = body["error"].as_str().unwrap_or_default().to_owned();
    assert_eq!(response.status.is_success(), error.is_empty());
    assert_eq!(note.is_some(), !error.is_empty(), "{note:?}");
    (error, body)
}

fn challenge() -> String {
    base64::encode_url(sha256(VERIFIER).as_ref())
}

/// A request for a code; `more` replaces parameters, and takes those out whose value is empty.
fn request(more: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut all = vec![
        ("client_id", "app"),
        ("redirect_uri", "http://localhost:3000/cb"),
        ("response_type", "code"),
        ("scope", "openid a:read"),
        ("state", "s"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    all.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    all.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
}

/// Where a browser is sent.
fn sent(response: &Response) -> Option<Url> {
    response.headers.get(LOCATION).map(|location| Url::parse(location.to_str().unwrap()).unwrap())
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// A code that a user gave leave for.
fn code(login: &Login, more: &[(&str, &str)], now: i64) -> String {
    let mut more = more.to_vec();
    more.extend([("decision", "allow"), ("user", "ada")]);
    let (response, _) = asked(login, Endpoint::Authorization, ("", Some(&request(&more))), &[], now);
    assert_eq!(response.status.as_u16(), 303);
    parameter(&sent(&response).unwrap(), "code")
}

fn redeeming(code: &str, more: &str) -> String {
    format!(
        "grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb&{more}"
    )
}

/// What is wrong with a request is told to the client, and without a place to tell it, on a page.
#[rstest]
#[case::missing(&[("redirect_uri", "")], "page: redirect_uri is missing")]
#[case::nobody(&[("client_id", "")], "page: client_id is missing")]
#[case::two_clients(&[("client_id", "a"), ("client_id", "b")], "page: client_id is there more than once")]
#[case::two_addresses(
    &[("redirect_uri", "http://localhost/"), ("redirect_uri", "https://evil.example/")],
    "page: redirect_uri is there more than once"
)]
#[case::elsewhere(&[("redirect_uri", "https://evil.example/")], "page: redirect_uri is neither on this machine nor allowed")]
#[case::program(&[("redirect_uri", "javascript:alert(1)")], "page: redirect_uri has the scheme javascript, which leads to no client")]
#[case::nearly(&[("redirect_uri", "https://app.example/callback/x")], "page: redirect_uri is neither on this machine nor allowed")]
#[case::no_type(&[("response_type", "")], "invalid_request")]
#[case::implicit(&[("response_type", "token")], "unsupported_response_type")]
#[case::mode(&[("response_mode", "form_post")], "invalid_request")]
#[case::scope(&[("scope", "a:read b:read")], "invalid_scope")]
#[case::plain(&[("code_challenge_method", "plain")], "invalid_request")]
#[case::plain_by_default(&[("code_challenge_method", "")], "invalid_request")]
#[case::no_challenge(&[("code_challenge", "")], "invalid_request")]
#[case::short_challenge(&[("code_challenge", "abc")], "invalid_request")]
#[case::object(&[("request", "e30.e30.")], "request_not_supported")]
#[case::object_elsewhere(&[("request_uri", "https://evil.example/")], "request_uri_not_supported")]
#[case::two_prompts(&[("prompt", "none login")], "invalid_request")]
#[case::two_states(&[("state", "s"), ("state", "t")], "invalid_request")]
#[case::healthy(&[], "asks")]
#[case::configured(&[("redirect_uri", "https://app.example/callback")], "asks")]
#[case::no_scope(&[("scope", "")], "asks")]
fn requests_for_a_code(#[case] more: &[(&str, &str)], #[case] expected: &str) {
    let login = login(|_| {});
    let (response, note) = asked(&login, Endpoint::Authorization, (&request(more), None), &[], 100);
    let found = match sent(&response) {
        Some(url) => {
            assert_eq!((response.status.as_u16(), url.path()), (302, "/cb"));
            assert_eq!(
                (parameter(&url, "state"), parameter(&url, "iss")),
                ("s".to_owned(), "http://mock".to_owned())
            );
            parameter(&url, "error")
        }
        None if response.status.as_u16() == 200 => "asks".to_owned(),
        None => {
            assert_eq!(response.status.as_u16(), 400);
            format!("page: {}", note.as_deref().unwrap())
        }
    };
    assert_eq!((found.as_str(), note.is_some()), (expected, expected != "asks"));
}

#[test]
fn a_long_request_is_refused() {
    let long = "x".repeat(MAX_TEXT + 1);
    let login = login(|_| {});
    let (response, _) =
        asked(&login, Endpoint::Authorization, (&request(&[("nonce", &long)]), None), &[], 100);
    assert_eq!(parameter(&sent(&response).unwrap(), "error"), "invalid_request");
}

#[rstest]
#[case::page(false, "", "", None)]
#[case::silent(false, "none", "", Some("user"))]
#[case::hinted(false, "none", "grace", Some("grace"))]
#[case::immediate(true, "", "", Some("user"))]
#[case::immediate_in_any_case(true, "login", "", Some("user"))]
fn who_is_asked(
    #[case] is_immediate: bool,
    #[case] prompt: &str,
    #[case] hint: &str,
    #[case] user: Option<&str>,
) {
    let consent = if is_immediate { Consent::Immediate } else { Consent::Page };
    let login = login(|options| options.login.consent = consent);
    let query = request(&[("prompt", prompt), ("login_hint", hint)]);
    let (response, _) = asked(&login, Endpoint::Authorization, (&query, None), &[], 100);
    let code = sent(&response).map(|url| parameter(&url, "code"));
    let form = code.map(|code| redeeming(&code, &format!("client_id=app&code_verifier={VERIFIER}")));
    let sub = form.map(|form| {
        let (_, body) = token(&login, &form, 100);
        super::account::hinted(&login, body["id_token"].as_str().unwrap()).unwrap()
    });
    assert_eq!(sub.as_deref(), user);
}

/// A browser remembers its user, until the user logs out.
#[test]
fn a_user_is_remembered() {
    let login = login(|_| {});
    let allow = request(&[("decision", "allow"), ("user", "Ada Lovelace")]);
    let (response, _) = asked(&login, Endpoint::Authorization, ("", Some(&allow)), &[], 100);
    let cookie = response.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let (page, _) = asked(&login, Endpoint::Authorization, (&request(&[]), None), &[("cookie", cookie)], 100);
    assert!(String::from_utf8_lossy(&page.body).contains("value=\"Ada Lovelace\""));
    let (end, _) = asked(&login, Endpoint::EndSession, ("", None), &[("cookie", cookie)], 100);
    assert!(end.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
}

#[rstest]
#[case("post_logout_redirect_uri=http://localhost/bye&state=s", 302, Some("http://localhost/bye?state=s"))]
#[case("post_logout_redirect_uri=http://localhost/bye", 302, Some("http://localhost/bye"))]
#[case("post_logout_redirect_uri=https://evil.example/", 400, None)]
#[case("", 200, None)]
fn the_end_of_a_session(#[case] query: &str, #[case] status: u16, #[case] to: Option<&str>) {
    let (response, _) = asked(&login(|_| {}), Endpoint::EndSession, (query, None), &[], 100);
    assert_eq!((response.status.as_u16(), sent(&response).as_ref().map(Url::as_str)), (status, to));
}

/// Nothing of a request is markup, and nobody can put the page into a frame.
#[test]
fn the_page_is_safe() {
    let hostile = "\"><script>alert(1)</script>'\u{202e}\0&";
    let login = login(|_| {});
    let query =
        request(&[("client_id", hostile), ("state", hostile), ("login_hint", "<b>"), (hostile, hostile)]);
    let (page, _) = asked(&login, Endpoint::Authorization, (&query, None), &[], 100);
    let html = String::from_utf8_lossy(&page.body);
    assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<API>"), "{html}");
    assert!(html.contains("An &lt;API&gt;") && html.contains("value=\"&lt;b&gt;\""), "{html}");
    assert_eq!(page.headers["x-frame-options"], "DENY");
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("form-action 'self' http://localhost:3000; frame-ancestors 'none'"), "{policy}");
    assert!(!page.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
}

/// A page of another origin cannot press the button.
#[rstest]
#[case(&[], 303)]
#[case(&[("host", "mock"), ("origin", "http://mock")], 303)]
#[case(&[("host", "mock"), ("origin", "http://evil.example")], 403)]
#[case(&[("host", "mock"), ("origin", "null")], 403)]
fn only_the_page_itself_decides(#[case] headers: &[(&str, &str)], #[case] status: u16) {
    let form = request(&[("decision", "allow"), ("user", "ada")]);
    let (response, _) = asked(&login(|_| {}), Endpoint::Authorization, ("", Some(&form)), headers, 100);
    assert_eq!(response.status.as_u16(), status);
}
