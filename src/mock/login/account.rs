//! What clients learn of a user: ID tokens (OpenID Connect Core §2) and userinfo (§5.3).

use http::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::error::{Code, OAuthError};
use super::{Login, Visit, uncached};
use crate::exchange::cut;
use crate::mock::issuer::{Authorization, Kind, Unsigned, half_digest};
use crate::mock::response::Response;

/// The claims about a user that scopes stand for (§5.4), beside `sub`.
fn claims(user: &str, scopes: &[String]) -> Map<String, Value> {
    let has = |scope: &str| scopes.iter().any(|granted| granted == scope || granted == "*");
    let mut claims = Map::new();
    if has("profile") {
        claims.insert("name".to_owned(), user.into());
        claims.insert("preferred_username".to_owned(), user.into());
    }
    if has("email") {
        let letters = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '.' };
        let made = || format!("{}@example.com", user.chars().map(letters).collect::<String>());
        let email = if user.contains('@') { user.to_owned() } else { made() };
        claims.insert("email".to_owned(), email.into());
        claims.insert("email_verified".to_owned(), true.into());
    }
    claims
}

/// The ID token that goes with an access token.
///
/// # Errors
/// It cannot be signed.
pub(super) fn id_token(
    login: &Login,
    visit: &Visit<'_>,
    authorization: &Authorization,
    (scopes, access_token): (&[String], &str),
) -> Result<String, Unsigned> {
    let mut all = json!({
        "iss": login.issuer_address(visit),
        "sub": authorization.user,
        "aud": authorization.client,
        "iat": visit.now,
        "exp": visit.now + login.lifetime(),
        "auth_time": authorization.at,
        "at_hash": half_digest(access_token),
    });
    if let Value::Object(members) = &mut all {
        members.extend(authorization.nonce.iter().map(|nonce| ("nonce".to_owned(), nonce.as_str().into())));
        members.extend(claims(&authorization.user, scopes));
    }
    login.issuer.signer.sign(Kind::IdToken, &all)
}

/// The user of an ID token of this mock, however old it is (`id_token_hint`).
pub(super) fn hinted(login: &Login, token: &str) -> Option<String> {
    let claims = login.issuer.signer.verify(Kind::IdToken, token)?;
    Some(claims.get("sub")?.as_str()?.to_owned())
}

/// What the holder of a token may know of its user.
///
/// # Errors
/// The token does not count, or is for something else.
pub(super) fn userinfo(login: &Login, visit: &Visit<'_>) -> Result<Response, OAuthError> {
    let value = visit.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer =
        value.and_then(|value| cut(value, b' ')).filter(|(word, _)| word.eq_ignore_ascii_case("bearer"));
    let invalid = |why: &str| OAuthError::new(Code::InvalidToken, why);
    let (_, token) = bearer.ok_or_else(|| invalid("userinfo wants a bearer token"))?;
    let read = login.issuer.read(token.trim_ascii(), visit.now);
    let access = read.ok_or_else(|| invalid("the mock did not issue this token"))?;
    let access = access.map_err(|_| invalid("the token has expired, or was revoked or changed"))?;
    if !access.scopes.iter().any(|scope| scope == "openid" || scope == "*") {
        return Err(OAuthError::new(Code::InsufficientScope, "the token lacks the scope openid"));
    }
    let mut body = Map::new();
    body.insert("sub".to_owned(), access.user.as_str().into());
    body.extend(claims(&access.user, &access.scopes));
    Ok(uncached(http::StatusCode::OK, &Value::Object(body)))
}
