//! Login: libraries that front ends, services and devices log in with, and what becomes of the tokens.

use std::path::{Path, PathBuf};
use std::process::Command;

use counterpart::exchange::Response;
use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{Mock, command, empty, put, text};
use crate::review::browser;
use crate::support::{root, send};

/// A verifier and its challenge (RFC 7636 appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The document of the clients.
fn pets() -> String {
    std::fs::read_to_string(root().join("tests/login/pets.yaml")).expect("a document")
}

fn folder() -> tempfile::TempDir {
    let folder = empty();
    put(folder.path(), "pets.yaml", &pets());
    folder
}

fn body(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", text(&answer.body)))
}

/// Where the clients are installed.
fn modules() -> PathBuf {
    let modules = root().join("target/login");
    assert!(modules.join("installed.txt").exists(), "run tests/login/install first");
    modules
}

/// What a script of `tests/login` tells.
fn told(script: &str, address: &str) -> Value {
    let mut node = Command::new("node");
    node.arg(root().join("tests/login").join(script)).arg(address).arg(modules());
    let output = node.output().expect("Node is installed");
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// `openid-client`: discovery, code with PKCE, refresh, client credentials, device, introspection, revocation, and what
/// must be refused of each.
#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Node and npm; --features heavy")]
fn a_service_logs_in() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml", "--auth", "scopes"]);
    let told = told("client.mjs", &mock.url);
    let scope = "openid profile email pets:read";
    let metadata = format!("{}/.well-known/oauth-protected-resource", mock.url);
    let beyond = format!(
        "403 Bearer error=\"insufficient_scope\", scope=\"pets:write\", resource_metadata=\"{metadata}\""
    );
    let expected = json!({
        "issuer": mock.url,
        "code": {
            "status": 200, "beyond": beyond, "scope": scope, "sub": "Ada", "aud": "web", "email": "Ada@example.com",
            "lifetime": 3600,
        },
        "token": { "alg": "ES256", "scope": scope, "client": "web", "isNow": true, "lifetime": 3600 },
        "userinfo": "Ada Ada@example.com",
        "refresh": {
            "differs": true, "scope": "openid", "status": 403, "more": "invalid_scope", "foreign": "invalid_grant",
            "again": "invalid_grant", "after": "invalid_grant", "token": 401,
        },
        "guards": {
            "verifier": "invalid_grant", "foreign": "invalid_grant", "redirect": "invalid_grant", "once": 200,
            "again": "invalid_grant", "afterwards": 401, "refused": "access_denied", "open": "400 null",
        },
        "client": {
            "status": 200, "beyond": "201", "refresh": null, "without": 401, "scope": "invalid_scope",
        },
        "device": {
            "pending": "authorization_pending", "hasty": "slow_down", "page": 200, "status": 200, "sub": "Grace",
            "again": "invalid_grant",
        },
        "introspection": {
            "access": "web Grace openid pets:read", "refresh": "web Grace openid pets:read", "key": "pets:read",
            "other": "inactive",
        },
        "revocation": {
            "foreign": "unauthorized_client", "others": "unauthorized_client", "own": ["inactive", 401],
            "all": ["inactive", 401, "invalid_grant"],
        },
        "end": "302 http://localhost:3000/callback?state=s",
    });
    assert_eq!(told, expected, "{told:#}");
}

/// `oidc-client-ts` in a page of another origin: code with PKCE, refresh, silent login in a frame, refusal, logout.
#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium, Node and npm; --features heavy")]
fn a_front_end_logs_in() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml", "--auth", "scopes"]);
    let told = told("browse.mjs", &mock.url.replace("127.0.0.1", "localhost"));
    let user = json!(["Ada", "Ada", "openid profile pets:read"]);
    let expected = json!({
        "page": {
            "title": "Log in", "focus": "user", "label": "User name", "scopes": ["openid", "profile", "pets:read"],
            "buttons": ["Allow", "Refuse"], "styled": true,
        },
        "callback": { "user": user, "read": 200, "write": 403, "lacks": true, "framed": false },
        "refreshed": { "user": user, "isOther": true, "read": 200 },
        "silent": { "user": user, "read": 200 },
        "remembered": "Ada",
        "refused": { "failed": "ErrorResponse: the user refused", "error": "access_denied" },
        "end": { "left": "" },
        "framed": "refused",
        // The 403 that was asked for.
        "wrong": ["Failed to load resource: the server responded with a status of 403 (Forbidden)"],
    });
    assert_eq!(told, expected, "{told:#}");
}

/// What axe finds wrong with the pages, in both colour schemes, on a desk and on a phone.
#[rstest]
#[case::login("/oauth2/authorize?client_id=front&redirect_uri=http%3A%2F%2Flocalhost%2F&response_type=code")]
#[case::device("/oauth2/device?user_code=BBBB-BBBB")]
#[case::refusal("/oauth2/authorize?client_id=front&redirect_uri=https%3A%2F%2Fevil.example%2F")]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium, Node and npm; --features heavy")]
fn everybody_can_read_the_pages(#[case] target: &str) {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let address = format!("{}{target}", mock.url);
    let told = browser::browsed(&[Path::new("--page"), Path::new(&address), &browser::axe()]);
    assert_eq!((&told["violations"], &told["wide"]), (&json!([]), &json!([])), "{told:#}");
}

/// A token that a user gave leave for without being asked: the answer that brings it.
async fn logged_in(mock: &Mock, prefix: &str, scope: &str) -> Value {
    let metadata = format!("{prefix}/.well-known/openid-configuration");
    let metadata = body(&send(&mock.url, "GET", &metadata, &[], "").await);
    let path = |name: &str| -> String {
        metadata[name]
            .as_str()
            .expect("an address")
            .strip_prefix(&mock.url)
            .expect("one of the mock")
            .to_owned()
    };
    let asked = format!(
        "{}?client_id=app&redirect_uri=http://localhost/cb&response_type=code&scope={scope}&code_challenge={CHALLENGE}&code_challenge_method=S256",
        path("authorization_endpoint")
    );
    let sent = send(&mock.url, "GET", &asked, &[], "").await;
    let location = sent.headers["location"].to_str().expect("text");
    let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code");
    let form = format!(
        "grant_type=authorization_code&client_id=app&code={code}&redirect_uri=http://localhost/cb&code_verifier={VERIFIER}"
    );
    body(&send(&mock.url, "POST", &path("token_endpoint"), &[FORM], &form).await)
}

async fn called(mock: &Mock, method: &str, target: &str, token: &Value) -> (u16, String) {
    let key = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
    let answer = send(&mock.url, method, target, &[("authorization", &key)], "").await;
    let challenge = answer.headers.get("www-authenticate").map(|value| value.to_str().expect("text"));
    (answer.status.as_u16(), challenge.unwrap_or_default().to_owned())
}

/// Tokens of the mock are held to their scopes and to their time however keys are checked.
#[rstest]
#[tokio::test]
async fn tokens_are_held_to_what_they_say(#[values("scopes", "present")] auth: &str) {
    let folder = folder();
    let start = |more: &[&str]| {
        let mut all = vec!["pets.yaml", "--login", "immediate", "--auth", auth];
        all.extend(more);
        Mock::start(folder.path(), &all)
    };
    let mock = start(&[]);
    let token = logged_in(&mock, "", "pets:read").await;
    assert_eq!(called(&mock, "GET", "/pets", &token).await.0, 200);
    let (status, challenge) = called(&mock, "POST", "/pets", &token).await;
    assert_eq!(status, 403);
    assert!(
        challenge.starts_with("Bearer error=\"insufficient_scope\", scope=\"pets:write\""),
        "{challenge}"
    );
    let changed = json!({ "access_token": format!("{}A", token["access_token"].as_str().expect("text")) });
    assert_eq!(called(&mock, "GET", "/pets", &changed).await.0, 401);
    let brief = start(&["--login-lifetime", "0"]);
    let token = logged_in(&brief, "", "pets:read").await;
    let (status, challenge) = called(&brief, "GET", "/pets", &token).await;
    assert_eq!(status, 401);
    assert!(challenge.contains("error_description=\"the credential has expired\""), "{challenge}");
    let key = json!({ "access_token": "mock:pets:read" });
    assert_eq!(called(&brief, "GET", "/pets", &key).await.0, 200);
}

/// Each document has a login of its own, below its prefix and with its scopes; one without has none.
#[tokio::test]
async fn each_document_has_its_own_login() {
    let folder = folder();
    put(folder.path(), "shop.yaml", &pets().replace("'pets:", "'shop:"));
    let plain = pets().replace("oauth2\n", "http\n      scheme: bearer\n");
    put(folder.path(), "plain.yaml", &plain);
    let mock = Mock::start(
        folder.path(),
        &[
            "/pets=pets.yaml",
            "/shop=shop.yaml",
            "/plain=plain.yaml",
            "--login",
            "immediate",
            "--auth",
            "scopes",
        ],
    );
    let token = logged_in(&mock, "/shop", "shop:read").await;
    assert_eq!(called(&mock, "GET", "/shop/pets", &token).await.0, 200);
    assert_eq!(called(&mock, "GET", "/pets/pets", &token).await.0, 403);
    for (target, issuer) in [
        ("/.well-known/oauth-authorization-server/shop", "/shop"),
        ("/.well-known/openid-configuration/pets", "/pets"),
        ("/__session/mine/pets/.well-known/openid-configuration", "/__session/mine/pets"),
    ] {
        let told = body(&send(&mock.url, "GET", target, &[], "").await);
        assert_eq!(told["issuer"], format!("{}{issuer}", mock.url), "{target}");
    }
    let resource = send(&mock.url, "GET", "/.well-known/oauth-protected-resource/shop", &[], "").await;
    assert_eq!(body(&resource)["scopes_supported"], json!(["shop:read", "shop:write"]));
    for target in
        ["/plain/.well-known/openid-configuration", "/.well-known/openid-configuration", "/plain/oauth2/jwks"]
    {
        assert_eq!(send(&mock.url, "GET", target, &[], "").await.status.as_u16(), 404, "{target}");
    }
}

/// What a login hands out is kept nowhere.
#[tokio::test]
async fn the_journal_keeps_no_token() {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml", "--login", "immediate"]);
    let token = logged_in(&mock, "", "openid").await;
    let mut kept = String::new();
    for id in 1..=3 {
        kept += &text(&send(&mock.url, "GET", &format!("/__counterpart/requests/{id}"), &[], "").await.body);
    }
    assert!(kept.contains("/oauth2/token") && kept.contains("/oauth2/authorize"), "{kept}");
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(!kept.contains(token[name].as_str().expect("a token")), "{name}");
    }
    assert!(!kept.contains("code=") && !kept.contains(VERIFIER), "{kept}");
}

/// A page of another origin may ask for tokens and read what it gets.
#[rstest]
#[case("POST", "/oauth2/token")]
#[case("GET", "/oauth2/userinfo")]
#[case("GET", "/oauth2/jwks")]
#[case("GET", "/.well-known/openid-configuration")]
#[tokio::test]
async fn pages_of_other_origins_ask(#[case] method: &str, #[case] target: &str) {
    let folder = folder();
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    let origin = ("origin", "http://front.example");
    let asks = [
        origin,
        ("access-control-request-method", method),
        ("access-control-request-headers", "authorization"),
    ];
    let allowed = send(&mock.url, "OPTIONS", target, &asks, "").await;
    assert_eq!(
        (allowed.status.as_u16(), &allowed.headers["access-control-allow-headers"]),
        (204, &"authorization".parse().expect("a value"))
    );
    let answer = send(&mock.url, method, target, &[origin], "").await;
    assert_eq!(answer.headers["access-control-allow-origin"], "http://front.example");
}

/// An address that no browser can be sent to is refused before the mock starts.
#[rstest]
#[case("javascript:alert(1)", "has the scheme javascript")]
#[case("/callback", "is no absolute address")]
#[case("https://app.example/#a", "has a fragment")]
fn an_address_that_cannot_be_allowed(#[case] uri: &str, #[case] why: &str) {
    let folder = folder();
    let output = command(folder.path(), &["mock", "pets.yaml", "-p", "0", "--login-redirect", uri])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
}

/// A configuration says how users log in, too.
#[tokio::test]
async fn a_configuration_lets_users_in() {
    let folder = folder();
    let settings = "[mock]\nlogin = \"immediate\"\nlogin-lifetime = \"5m\"\nlogin-redirect = [\"https://app.example/cb\"]\n";
    put(folder.path(), "counterpart.toml", settings);
    let mock = Mock::start(folder.path(), &["pets.yaml"]);
    assert_eq!(logged_in(&mock, "", "pets:read").await["expires_in"], 300);
    let asked = |uri: &str| format!("/oauth2/authorize?client_id=app&response_type=code&redirect_uri={uri}");
    for (uri, status) in [("https://app.example/cb", 302), ("https://app.example/other", 400)] {
        assert_eq!(send(&mock.url, "GET", &asked(uri), &[], "").await.status.as_u16(), status, "{uri}");
    }
}
