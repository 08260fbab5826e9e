//! What the token endpoint and its like give, and what they refuse.

use http::header::AUTHORIZATION;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

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

/// A document without scopes takes any, but not any number.
#[rstest]
#[case(MAX_SCOPES, "")]
#[case(MAX_SCOPES + 1, "invalid_scope")]
fn scopes_are_bounded(#[case] count: usize, #[case] expected: &str) {
    let flows = json!({ "clientCredentials": { "tokenUrl": "/token", "scopes": {} } });
    let operation = json!({ "get": { "responses": { "204": { "description": "done" } } } });
    let contract = testing::contract(json!({
        "openapi": "3.1.0", "paths": { "/a": operation },
        "components": { "securitySchemes": { "login": { "type": "oauth2", "flows": flows } } },
    }));
    let login = Login::of(&contract, &testing::options(), Some(&Arc::new(Issuer::new().unwrap()))).unwrap();
    let scopes: Vec<String> = (0..count).map(|number| number.to_string()).collect();
    let form =
        format!("grant_type=client_credentials&client_id=a&client_secret=b&scope={}", scopes.join("+"));
    assert_eq!(token(&login, &form, 100).0, expected);
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
