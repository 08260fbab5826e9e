//! Where the parts of a login are, and what they are called.

use rstest::rstest;
use serde_json::json;

use super::*;

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
