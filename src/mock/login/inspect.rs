//! What becomes of tokens: introspection (RFC 7662) and revocation (RFC 7009).

use http::StatusCode;
use serde_json::{Value, json};

use super::client::Client;
use super::error::{Code, OAuthError};
use super::{Login, Visit, uncached};
use crate::mock::response::{Response, Source};

/// Whether a token counts, and for what.
///
/// # Errors
/// Nobody asks, or for no token.
pub(super) fn introspect(login: &Login, visit: &Visit<'_>) -> Result<Response, OAuthError> {
    let fields = visit.fields();
    Client::needed(visit, &fields)?;
    Ok(uncached(StatusCode::OK, &described(login, fields.needed("token")?, visit.now)))
}

fn described(login: &Login, token: &str, now: i64) -> Value {
    let inactive = json!({ "active": false });
    // They say themselves what they are for.
    if let Some(scopes) = token.strip_prefix("mock:") {
        return json!({ "active": true, "scope": scopes.replace('+', " "), "token_type": "Bearer", "sub": "mock" });
    }
    if let Some(read) = login.issuer.read(token, now) {
        let Ok(access) = read else { return inactive };
        return json!({
            "active": true, "scope": access.scopes.join(" "), "client_id": access.client, "token_type": "Bearer",
            "username": access.user, "sub": access.user, "iss": access.issuer, "aud": access.issuer,
            "iat": access.issued, "exp": access.expires, "jti": access.id,
        });
    }
    let refresh = login.issuer.refresh_tokens().get(token, now).cloned();
    match refresh
        .filter(|refresh| !refresh.is_used && !login.issuer.is_revoked(&refresh.authorization.id, now))
    {
        Some(refresh) => json!({
            "active": true, "scope": refresh.authorization.scopes.join(" "),
            "client_id": refresh.authorization.client, "username": refresh.authorization.user,
            "sub": refresh.authorization.user,
        }),
        None => inactive,
    }
}

/// Ends a token. A refresh token takes all with it that came of the same login (RFC 7009 §2.1).
///
/// # Errors
/// Nobody asks, or it is another client's.
pub(super) fn revoke(login: &Login, visit: &Visit<'_>) -> Result<Response, OAuthError> {
    let fields = visit.fields();
    let client = Client::needed(visit, &fields)?;
    let token = fields.needed("token")?;
    let is_own = |owner: &str| {
        let foreign = || OAuthError::new(Code::UnauthorizedClient, "the token is another client's");
        if owner == client.id { Ok(()) } else { Err(foreign()) }
    };
    // A token that does not count, or that nobody knows, is ended already (§2.2).
    if let Some(Ok(access)) = login.issuer.read(token, visit.now) {
        is_own(&access.client)?;
        login.issuer.revoke(&access.id, access.expires, visit.now);
    }
    let refresh = login.issuer.refresh_tokens().get(token, visit.now).cloned();
    if let Some(refresh) = refresh {
        is_own(&refresh.authorization.client)?;
        login.end(&refresh.authorization, visit.now);
    }
    Ok(Response::empty(StatusCode::OK, Source::Login))
}
