//! What an authorization server tells of itself: OpenID Connect Discovery §3, RFC 8414, RFC 9728, and its key.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Endpoint, Login, STANDARD, Visit};
use crate::mock::response::Response;

/// The grants of the token endpoint.
pub(super) const GRANTS: [&str; 5] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
];

/// The metadata of the server.
pub(super) fn server(login: &Login, visit: &Visit<'_>) -> Response {
    let at = |endpoint| login.paths.of_endpoint(endpoint).map(|path| format!("{}{path}", visit.base));
    let authentication = json!(["client_secret_basic", "client_secret_post", "none"]);
    let body = json!({
        "issuer": login.issuer_address(visit),
        "authorization_endpoint": at(Endpoint::Authorization),
        "token_endpoint": at(Endpoint::Token),
        "userinfo_endpoint": at(Endpoint::UserInfo),
        "jwks_uri": at(Endpoint::Jwks),
        "end_session_endpoint": at(Endpoint::EndSession),
        "device_authorization_endpoint": at(Endpoint::DeviceAuthorization),
        "introspection_endpoint": at(Endpoint::Introspection),
        "revocation_endpoint": at(Endpoint::Revocation),
        "scopes_supported": scopes(login),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": GRANTS,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": authentication,
        "introspection_endpoint_auth_methods_supported": authentication,
        "revocation_endpoint_auth_methods_supported": authentication,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "preferred_username", "email",
            "email_verified",
        ],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    Response::json(StatusCode::OK, &body)
}

/// The metadata of the API.
pub(super) fn resource(login: &Login, visit: &Visit<'_>) -> Response {
    let body = json!({
        "resource": visit.base,
        "resource_name": login.title,
        "authorization_servers": [login.issuer_address(visit)],
        "scopes_supported": login.scopes,
        "bearer_methods_supported": ["header"],
    });
    Response::json(StatusCode::OK, &body)
}

/// The key that tokens are signed with.
pub(super) fn jwks(login: &Login) -> Response {
    Response::json(StatusCode::OK, &json!({ "keys": [login.issuer.signer.jwk()] }))
}

fn scopes(login: &Login) -> Vec<Value> {
    let known = login.scopes.iter().map(String::as_str);
    let further = STANDARD.into_iter().filter(|scope| !login.scopes.iter().any(|known| known == scope));
    known.chain(further).map(Value::from).collect()
}
