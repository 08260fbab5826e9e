//! `WWW-Authenticate` (RFC 9110 §11.6.1): how a refused request could be let in.

use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;

use super::response::Response;
use crate::contract::{Contract, Operation, SchemeKind};

/// What a refusal tells about the credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// None was presented.
    Missing,
    /// It is not valid (RFC 6750 §3.1: `invalid_token`).
    Invalid(String),
    /// It lacks a scope (RFC 6750 §3.1: `insufficient_scope`).
    LacksScope(String),
}

/// The parameters of a bearer challenge.
fn of_bearer(operation: Option<&Operation>, about: &Challenge, metadata: Option<&str>) -> String {
    let mut parameters = Vec::new();
    match about {
        Challenge::Missing => {}
        Challenge::Invalid(why) => {
            parameters.push(("error", "invalid_token".to_owned()));
            parameters.push(("error_description", why.clone()));
        }
        Challenge::LacksScope(scope) => {
            let requirements = || operation.into_iter().flat_map(|operation| &operation.security);
            let lacking = requirements().find(|requirement| requirement.scopes.contains(scope));
            let scopes = lacking.or_else(|| requirements().next()).map(|found| found.scopes.join(" "));
            parameters.push(("error", "insufficient_scope".to_owned()));
            parameters.extend(scopes.map(|scopes| ("scope", scopes)));
        }
    }
    // RFC 9728 §5.1.
    parameters.extend(metadata.map(|address| ("resource_metadata", address.to_owned())));
    let text: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", value.replace(['"', '\\'], "'")))
        .collect();
    if text.is_empty() { "Bearer".to_owned() } else { format!("Bearer {}", text.join(", ")) }
}

/// Adds a challenge for each scheme that an operation can be called with, unless the response has its own.
/// Only a bearer token can lack a scope; for other schemes a 403 says nothing.
pub(super) fn challenge(
    contract: &Contract,
    operation: Option<&Operation>,
    about: &Challenge,
    metadata: Option<&str>,
    response: &mut Response,
) {
    if response.headers.contains_key(WWW_AUTHENTICATE) {
        return;
    }
    let schemes = operation.into_iter().flat_map(|operation| &operation.security).flat_map(|r| &r.schemes);
    let kinds: Vec<&SchemeKind> =
        schemes.filter_map(|name| contract.schemes.get(name)).map(|scheme| &scheme.kind).collect();
    let bearer = || of_bearer(operation, about, metadata);
    let mut challenges: Vec<String> = Vec::new();
    for kind in kinds
        .iter()
        .filter(|kind| !matches!(about, Challenge::LacksScope(_)) || **kind == &SchemeKind::Bearer)
    {
        let one = match kind {
            SchemeKind::Bearer => bearer(),
            SchemeKind::Basic => "Basic realm=\"mock\", charset=\"UTF-8\"".to_owned(),
            SchemeKind::Http(word) if word == "digest" => {
                "Digest realm=\"mock\", qop=\"auth\", algorithm=SHA-256, nonce=\"bW9jaw\"".to_owned()
            }
            SchemeKind::Http(word) => format!("{} realm=\"mock\"", capitalized(word)),
            SchemeKind::ApiKey(..) => "ApiKey".to_owned(),
            SchemeKind::MutualTls | SchemeKind::Unknown(_) => continue,
        };
        if !challenges.contains(&one) {
            challenges.push(one);
        }
    }
    if challenges.is_empty() && response.status.as_u16() == 401 {
        challenges.push(bearer());
    }
    for value in challenges.iter().filter_map(|text| HeaderValue::from_str(text).ok()) {
        response.headers.append(WWW_AUTHENTICATE, value);
    }
}

/// As schemes are usually written: `Hoba`, `Negotiate`.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("[{\"b\": [\"a\", \"c\"]}]", Challenge::Missing, 401, None, &["Bearer"])]
    #[case("[{\"b\": []}]", Challenge::Missing, 401, Some("http://m"), &["Bearer resource_metadata=\"http://m\""])]
    #[case("[{\"b\": []}]", Challenge::Invalid("too \"old\"".to_owned()), 401, None, &["Bearer error=\"invalid_token\", error_description=\"too 'old'\""])]
    #[case("[{\"b\": [\"x\"]}, {\"b\": [\"a\", \"c\"]}]", Challenge::LacksScope("c".to_owned()), 403, None, &["Bearer error=\"insufficient_scope\", scope=\"a c\""])]
    #[case("[{\"k\": [\"c\"]}]", Challenge::LacksScope("c".to_owned()), 403, None, &[])]
    #[case("[{\"p\": []}, {\"d\": []}, {\"h\": [], \"k\": []}, {\"b\": []}]", Challenge::Missing, 401, None, &["Basic realm=\"mock\", charset=\"UTF-8\"", "Digest realm=\"mock\", qop=\"auth\", algorithm=SHA-256, nonce=\"bW9jaw\"", "Hoba realm=\"mock\"", "ApiKey", "Bearer"])]
    fn every_alternative_is_named(
        #[case] security: &str,
        #[case] about: Challenge,
        #[case] status: u16,
        #[case] metadata: Option<&str>,
        #[case] expected: &[&str],
    ) {
        let security: serde_json::Value = serde_json::from_str(security).unwrap();
        let http = |scheme: &str| json!({"type": "http", "scheme": scheme});
        let contract = testing::contract(json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"get": {"security": security, "responses": {"204": {"description": "done"}}}}},
            "components": {"securitySchemes": {
                "b": http("bearer"), "p": http("basic"), "d": http("digest"), "h": http("hoba"),
                "k": {"type": "apiKey", "in": "header", "name": "x-key"},
            }},
        }));
        let mut response = Response::problem(status, "why", None);
        challenge(&contract, contract.operations.first(), &about, metadata, &mut response);
        let found: Vec<_> = response.headers.get_all(WWW_AUTHENTICATE).iter().collect();
        assert_eq!(found, expected);
    }
}
