use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE,
};
use rstest::rstest;
use serde_json::{Value, json};
use url::Url;

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

/// A code serves once, for a while, and whoever asked for it.
#[rstest]
#[case::healthy("client_id=app&code_verifier=V", 100, "")]
#[case::by_basic("client_id=app&client_secret=s&code_verifier=V", 100, "")]
#[case::wrong_verifier(
    "client_id=app&code_verifier=another-verifier-that-is-long-enough-0123456789",
    100,
    "invalid_grant"
)]
#[case::short_verifier("client_id=app&code_verifier=short", 100, "invalid_grant")]
#[case::no_verifier("client_id=app", 100, "invalid_grant")]
#[case::no_verifier_but_a_secret("client_id=app&client_secret=s", 100, "invalid_grant")]
#[case::foreign("client_id=other&code_verifier=V", 100, "invalid_grant")]
#[case::nobody("code_verifier=V", 100, "invalid_client")]
#[case::in_time("client_id=app&code_verifier=V", 159, "")]
#[case::late("client_id=app&code_verifier=V", 160, "invalid_grant")]
#[case::twice("client_id=app&client_id=app&code_verifier=V", 100, "invalid_request")]
fn redeemed_codes(#[case] more: &str, #[case] now: i64, #[case] expected: &str) {
    let login = login(|_| {});
    let form = redeeming(&code(&login, &[], 100), &more.replace('V', VERIFIER));
    assert_eq!(token(&login, &form, now).0, expected);
}

#[rstest]
#[case("redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fother", "invalid_grant")]
#[case("redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb", "")]
#[case("", "invalid_request")]
fn a_code_is_redeemed_with_the_address_that_it_was_sent_to(#[case] address: &str, #[case] expected: &str) {
    let login = login(|_| {});
    let code = code(&login, &[], 100);
    let form =
        format!("grant_type=authorization_code&code={code}&client_id=app&code_verifier={VERIFIER}&{address}");
    assert_eq!(token(&login, &form, 100).0, expected);
}

/// Without PKCE a client needs a secret (RFC 9700 §2.1.1).
#[rstest]
#[case("client_id=app", "invalid_grant")]
#[case("client_id=app&client_secret=s", "")]
#[case("client_id=app&client_secret=s&code_verifier=V", "invalid_grant")]
fn codes_without_a_challenge(#[case] more: &str, #[case] expected: &str) {
    let login = login(|_| {});
    let code = code(&login, &[("code_challenge", ""), ("code_challenge_method", "")], 100);
    assert_eq!(token(&login, &redeeming(&code, &more.replace('V', VERIFIER)), 100).0, expected);
}

#[test]
fn what_a_code_brings() {
    let login = login(|options| options.login.lifetime = Duration::from_mins(5));
    let code = code(&login, &[("nonce", "n"), ("scope", "openid email a:read")], 100);
    let form = redeeming(&code, &format!("client_id=app&code_verifier={VERIFIER}"));
    let (_, first) = token(&login, &form, 101);
    assert_eq!((&first["expires_in"], &first["scope"]), (&json!(300), &json!("openid email a:read")));
    let access_token = first["access_token"].as_str().unwrap();
    let claims = |token: &Value| -> Value {
        let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
        serde_json::from_slice(&base64::decode(payload).unwrap()).unwrap()
    };
    let id = claims(&first["id_token"]);
    let expected = json!({
        "iss": "http://mock", "sub": "ada", "aud": "app", "iat": 101, "exp": 401, "auth_time": 100,
        "at_hash": crate::mock::issuer::half_digest(access_token), "nonce": "n", "email": "ada@example.com",
        "email_verified": true,
    });
    assert_eq!(id, expected);
    let access = claims(&first["access_token"]);
    assert_eq!(
        (&access["iat"], &access["exp"], &access["client_id"]),
        (&json!(101), &json!(401), &json!("app"))
    );
    let userinfo = |now| {
        let bearer = format!("Bearer {access_token}");
        asked(&login, Endpoint::UserInfo, ("", None), &[("authorization", &bearer)], now).0
    };
    assert_eq!(
        body(&userinfo(400)),
        json!({ "sub": "ada", "email": "ada@example.com", "email_verified": true })
    );
    assert_eq!(userinfo(401).status.as_u16(), 401);
    // Used again, it ends what it brought.
    assert_eq!(token(&login, &form, 102).0, "invalid_grant");
    assert_eq!(userinfo(102).status.as_u16(), 401);
}

/// A refresh token serves once, for a while, for its client, and for what the user allowed.
#[rstest]
#[case::healthy("client_id=app", 200, "")]
#[case::fewer("client_id=app&scope=a:read", 200, "")]
#[case::more("client_id=app&scope=a:write", 200, "invalid_scope")]
#[case::foreign("client_id=other", 200, "invalid_grant")]
#[case::nobody("", 200, "invalid_client")]
#[case::late("client_id=app", 100 + 24 * 60 * 60, "invalid_grant")]
fn refresh_tokens(#[case] more: &str, #[case] now: i64, #[case] expected: &str) {
    let login = login(|_| {});
    let form = redeeming(&code(&login, &[], 100), &format!("client_id=app&code_verifier={VERIFIER}"));
    let (_, first) = token(&login, &form, 100);
    let form =
        format!("grant_type=refresh_token&refresh_token={}&{more}", first["refresh_token"].as_str().unwrap());
    let (error, second) = token(&login, &form, now);
    assert_eq!(error, expected);
    if expected.is_empty() {
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        assert_eq!(token(&login, &form, now).0, "invalid_grant");
        let next = second["refresh_token"].as_str().unwrap();
        let form = format!("grant_type=refresh_token&refresh_token={next}&client_id=app");
        assert_eq!(token(&login, &form, now).0, "invalid_grant", "it ended with the one that was used twice");
    }
}

#[rstest]
#[case("grant_type=client_credentials&client_id=app&client_secret=s&scope=a:read", "")]
#[case("grant_type=client_credentials&client_id=app&scope=a:read", "invalid_client")]
#[case("grant_type=client_credentials&client_id=app&client_secret=s&scope=b:read", "invalid_scope")]
#[case("grant_type=password&client_id=app&username=u&password=p", "")]
#[case("grant_type=password&client_id=app&username=u", "invalid_request")]
#[case("grant_type=implicit&client_id=app", "unsupported_grant_type")]
#[case("client_id=app", "invalid_request")]
fn other_grants(#[case] form: &str, #[case] expected: &str) {
    let (error, body) = token(&login(|_| {}), form, 100);
    assert_eq!(error, expected);
    if expected.is_empty() {
        assert_eq!(body["refresh_token"].is_string(), form.contains("password"));
    }
}

/// Whoever does not say who it is gets a key that says what it may do.
#[test]
fn nobody_gets_a_self_describing_key() {
    let login = login(|_| {});
    let (response, _) =
        asked(&login, Endpoint::Token, ("", Some("grant_type=client_credentials&scope=a:read")), &[], 100);
    assert_eq!(body(&response)["access_token"], "mock:a:read");
}

#[rstest]
#[case("Basic YXBwOnM=", "grant_type=client_credentials", 200)]
#[case("Basic YXBwOnM=", "grant_type=client_credentials&client_id=app", 200)]
#[case("Basic YXBwOnM=", "grant_type=client_credentials&client_id=other", 401)]
#[case("Basic YXBwOg==", "grant_type=client_credentials", 401)]
#[case("Basic !", "grant_type=client_credentials", 401)]
#[case("Basic YXBw", "grant_type=client_credentials", 401)]
#[case("Bearer x", "grant_type=client_credentials", 401)]
fn clients_name_themselves(#[case] authorization: &str, #[case] form: &str, #[case] status: u16) {
    let headers = [(AUTHORIZATION.as_str(), authorization)];
    let (response, _) = asked(&login(|_| {}), Endpoint::Token, ("", Some(form)), &headers, 100);
    assert_eq!(response.status.as_u16(), status);
    assert_eq!(response.headers.contains_key("www-authenticate"), status == 401);
}

#[test]
fn a_device_waits_for_its_user() {
    let login = login(|_| {});
    let begin = |scope: &str| {
        let form = format!("client_id=tv&scope={scope}");
        body(&asked(&login, Endpoint::DeviceAuthorization, ("", Some(&form)), &[], 100).0)
    };
    let poll = |begun: &Value, client: &str, now| {
        let code = begun["device_code"].as_str().unwrap();
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        token(&login, &format!("grant_type={grant}&device_code={code}&client_id={client}"), now)
    };
    let decide = |begun: &Value, more: &str| {
        let code = begun["user_code"].as_str().unwrap().to_lowercase().replace('-', "");
        asked(&login, Endpoint::Device, ("", Some(&format!("user_code={code}&{more}"))), &[], 101)
            .0
            .status
            .as_u16()
    };
    let (first, second) = (begin("openid%20a:read"), begin("a:read"));
    assert_eq!(poll(&first, "tv", 100).0, "authorization_pending");
    assert_eq!(poll(&first, "tv", 100).0, "slow_down");
    assert_eq!(poll(&first, "tv", 105).0, "slow_down", "it has to wait six seconds now");
    assert_eq!(poll(&first, "tv", 116).0, "authorization_pending");
    assert_eq!(poll(&first, "other", 117).0, "invalid_grant");
    assert_eq!(decide(&first, "decision=allow"), 400, "a name is needed");
    assert_eq!(decide(&first, "decision=allow&user=grace"), 200);
    assert_eq!(decide(&first, "decision=allow&user=grace"), 404, "nobody waits any more");
    assert_eq!(poll(&first, "tv", 118).1["scope"], "openid a:read");
    assert_eq!(poll(&first, "tv", 119).0, "invalid_grant");
    assert_eq!(decide(&second, "decision=deny"), 200);
    assert_eq!(poll(&second, "tv", 102).0, "access_denied");
    assert_eq!(poll(&second, "tv", 700).0, "expired_token");
    assert_eq!(
        body(&asked(&login, Endpoint::DeviceAuthorization, ("", Some("client_id=tv&scope=b")), &[], 100).0)["error"],
        "invalid_scope"
    );
}

#[test]
fn tokens_are_told_of_and_ended() {
    let login = login(|_| {});
    let form = redeeming(&code(&login, &[], 100), &format!("client_id=app&code_verifier={VERIFIER}"));
    let (_, first) = token(&login, &form, 100);
    let (access, refresh) =
        (first["access_token"].as_str().unwrap(), first["refresh_token"].as_str().unwrap());
    let is_active = |token: &str, now| {
        let form = format!("client_id=api&token={token}");
        body(&asked(&login, Endpoint::Introspection, ("", Some(&form)), &[], now).0)["active"].clone()
    };
    let revoke = |token: &str, client: &str| {
        let form = format!("client_id={client}&token={token}");
        asked(&login, Endpoint::Revocation, ("", Some(&form)), &[], 100).0.status.as_u16()
    };
    assert_eq!((is_active(access, 100), is_active(access, 3700)), (json!(true), json!(false)));
    assert_eq!(
        (is_active(refresh, 100), is_active("mock:a", 100), is_active("x", 100)),
        (json!(true), json!(true), json!(false))
    );
    assert_eq!(
        asked(&login, Endpoint::Introspection, ("", Some("token=x")), &[], 100).0.status.as_u16(),
        401
    );
    assert_eq!((revoke(access, "other"), revoke(refresh, "other"), revoke("x", "app")), (400, 400, 200));
    assert_eq!((is_active(access, 100), is_active(refresh, 100)), (json!(true), json!(true)));
    assert_eq!(revoke(access, "app"), 200);
    assert_eq!((is_active(access, 100), is_active(refresh, 100)), (json!(false), json!(true)));
    assert_eq!((revoke(refresh, "app"), is_active(refresh, 100)), (200, json!(false)));
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

/// A name that a client may not have is not repeated.
#[rstest]
#[case("localhost:4010", "http://localhost:4010")]
#[case("evil.example", "http://mock")]
#[case("", "http://mock")]
fn the_issuer_is_called_as_the_client_calls_it(#[case] host: &str, #[case] expected: &str) {
    let (response, _) = asked(&login(|_| {}), Endpoint::Discovery, ("", None), &[("host", host)], 100);
    let told = body(&response);
    assert_eq!(told["issuer"], expected);
    assert_eq!(told["authorization_endpoint"], format!("{expected}/authorize"));
    assert_eq!(told["token_endpoint"], format!("{expected}/token"));
}

#[rstest]
#[case(Endpoint::Token, "POST")]
#[case(Endpoint::UserInfo, "GET, POST")]
#[case(Endpoint::Jwks, "GET, HEAD")]
fn other_methods(#[case] endpoint: Endpoint, #[case] allow: &str) {
    let request = Request::new(Method::PUT, "");
    let (response, _) = login(|_| {}).answer(endpoint, &request, "", (&[], jiff::Timestamp::UNIX_EPOCH));
    assert_eq!((response.status.as_u16(), response.headers[ALLOW].to_str().unwrap()), (405, allow));
}

/// Paths follow the document where it speaks of itself, and never take one of its own.
#[rstest]
#[case::own("/login", "[]", &["/a"], &["/login", "/oauth2/authorize"], "/login")]
#[case::relative("login", "[{\"url\": \"https://api.example/v1\"}]", &["/a"], &["/login", "/v1/login"], "/v1/login")]
#[case::on_a_server("https://api.example/login", "[{\"url\": \"https://api.example/v1\"}]", &["/a"], &["/login"], "/login")]
#[case::elsewhere("https://id.example/login", "[{\"url\": \"https://api.example/v1\"}]", &["/a"], &["/login", "/oauth2/authorize"], "/oauth2/authorize")]
#[case::documented("/login", "[]", &["/a", "/login"], &["/oauth2/authorize"], "/oauth2/authorize")]
#[case::templated("/login", "[]", &["/{a}", "/{a}/{b}"], &["/__login/oauth2/v1/authorize"], "/__login/oauth2/v1/authorize")]
fn where_users_log_in(
    #[case] url: &str,
    #[case] servers: &str,
    #[case] paths: &[&str],
    #[case] served: &[&str],
    #[case] told: &str,
) {
    let flows = json!({ "authorizationCode": { "authorizationUrl": url, "tokenUrl": "/t", "scopes": {} } });
    let found = Paths::of(&contract(&flows, &serde_json::from_str(servers).unwrap(), paths), None).unwrap();
    for path in served {
        assert_eq!(found.at(path), Some(Endpoint::Authorization), "{path}");
    }
    for path in paths {
        assert_eq!(found.at(path), None, "{path}");
    }
    assert_eq!(found.of_endpoint(Endpoint::Authorization), Some(told));
}

#[rstest]
#[case(
    "/realms/x/.well-known/openid-configuration",
    "/realms/x",
    "/.well-known/oauth-authorization-server/realms/x"
)]
#[case(
    "https://id.example/realms/x/.well-known/openid-configuration",
    "",
    "/.well-known/oauth-authorization-server"
)]
fn an_issuer_has_the_path_of_its_discovery(#[case] url: &str, #[case] issuer: &str, #[case] metadata: &str) {
    let contract = testing::contract(json!({
        "openapi": "3.1.0", "paths": { "/a": { "get": { "responses": { "204": { "description": "done" } } } } },
        "components": { "securitySchemes": { "s": { "type": "openIdConnect", "openIdConnectUrl": url } } },
    }));
    let found = Paths::of(&contract, None).unwrap();
    assert_eq!(found.issuer(), issuer);
    assert_eq!(found.at(&format!("{issuer}/.well-known/openid-configuration")), Some(Endpoint::Discovery));
    assert_eq!(found.of_endpoint(Endpoint::ServerMetadata), Some(metadata));
}

#[test]
fn other_documents_have_none_of_it() {
    let issuer = Arc::new(Issuer::new().unwrap());
    assert!(Login::of(&testing::things(), &testing::options(), Some(&issuer)).is_none());
    assert_eq!(login_lines(&testing::things(), None, "http://mock"), Vec::<String>::new());
}
