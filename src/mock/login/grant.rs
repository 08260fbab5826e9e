//! The token endpoint (RFC 6749 §3.2), and where a device begins (RFC 8628 §3.1).

use http::StatusCode;
use serde_json::{Value, json};

use super::client::{Client, Fields};
use super::error::{Code as Error, OAuthError};
use super::{Consent, Endpoint, Login, Visit, account, metadata, uncached};
use crate::exchange::base64;
use crate::mock::issuer::{
    Access, Authorization, Code, Decision, Device, Refresh, Unsigned, random, sha256, user_code,
};
use crate::mock::response::Response;
use crate::mock::token;

/// How long a code waits to be redeemed, in seconds (RFC 6749 §4.1.2 has ten minutes at most).
const CODE_LIFETIME: i64 = 60;
/// How long a refresh token counts, in seconds.
const REFRESH_LIFETIME: i64 = 24 * 60 * 60;
/// How long a device waits for its user, in seconds.
const DEVICE_LIFETIME: i64 = 10 * 60;
/// How often a device may ask, in seconds, and what is added where it asks more often (RFC 8628 §3.5 adds 5).
const INTERVAL: i64 = 1;
const SLOWER: i64 = 5;
/// Who logs in where nobody is asked and nobody is named.
pub(super) const SOMEBODY: &str = "user";

impl Login {
    /// Makes a code that the client redeems.
    pub(super) fn code(&self, code: Code, now: i64) -> Result<String, Unsigned> {
        let key = random()?;
        self.issuer.codes().put(key.clone(), code, now + CODE_LIFETIME, now);
        Ok(key)
    }

    /// Ends everything that came of a login.
    pub(super) fn end(&self, authorization: &Authorization, now: i64) {
        self.issuer.revoke(&authorization.id, now + REFRESH_LIFETIME.max(self.lifetime()), now);
    }
}

/// The answer of the token endpoint.
///
/// # Errors
/// As RFC 6749 §5.2 has them.
pub(super) fn token(login: &Login, visit: &Visit<'_>) -> Result<Response, OAuthError> {
    let fields = visit.fields();
    let grant = fields.get("grant_type");
    let Some(client) = Client::of(visit, &fields)? else {
        // Whoever tries the API by hand gets a key that tells what it may do.
        return match grant {
            Some("authorization_code" | "refresh_token" | "urn:ietf:params:oauth:grant-type:device_code") => {
                Err(OAuthError::new(Error::InvalidClient, "client_id is missing"))
            }
            _ => Ok(token::issue(visit.body, &login.scopes)),
        };
    };
    let granted = match grant {
        None => Err(OAuthError::new(Error::InvalidRequest, "grant_type is missing")),
        Some("authorization_code") => of_code(login, visit, &client, &fields),
        Some("refresh_token") => of_refresh(login, visit, &client, &fields),
        Some("client_credentials") => of_client(login, visit, &client, &fields),
        Some("password") => of_password(login, visit, &client, &fields),
        Some("urn:ietf:params:oauth:grant-type:device_code") => of_device(login, visit, &client, &fields),
        Some(other) => {
            let why = format!("the grant {other:?} is not supported; use {}", metadata::GRANTS.join(", "));
            Err(OAuthError::new(Error::UnsupportedGrantType, why))
        }
    };
    granted.map(|body| uncached(StatusCode::OK, &body))
}

fn invalid(why: &str) -> OAuthError {
    OAuthError::new(Error::InvalidGrant, why)
}

/// Tokens for what a user allowed: an access token of these scopes, a refresh token, and an ID token where it was
/// asked for.
fn tokens(
    login: &Login,
    visit: &Visit<'_>,
    authorization: &Authorization,
    scopes: &[String],
) -> Result<Value, OAuthError> {
    let id = format!("{}.{}", authorization.id, random()?);
    let (mut body, access_token) =
        access(login, visit, id, (&authorization.user, &authorization.client), scopes)?;
    let refresh = random()?;
    let kept = Refresh { authorization: authorization.clone(), is_used: false };
    login.issuer.refresh_tokens().put(refresh.clone(), kept, visit.now + REFRESH_LIFETIME, visit.now);
    body["refresh_token"] = refresh.into();
    if scopes.iter().any(|scope| scope == "openid") {
        body["id_token"] = account::id_token(login, visit, authorization, (scopes, &access_token))?.into();
    }
    Ok(body)
}

/// An access token, in the answer that brings it (RFC 6749 §5.1) and by itself.
fn access(
    login: &Login,
    visit: &Visit<'_>,
    id: String,
    (user, client): (&str, &str),
    scopes: &[String],
) -> Result<(Value, String), OAuthError> {
    let access = Access {
        id,
        issuer: login.issuer_address(visit),
        user: user.to_owned(),
        client: client.to_owned(),
        scopes: scopes.to_vec(),
        issued: visit.now,
        expires: visit.now + login.lifetime(),
    };
    let token = login.issuer.write(&access)?;
    let body = json!({
        "access_token": token, "token_type": "Bearer", "expires_in": login.lifetime(), "scope": scopes.join(" "),
    });
    Ok((body, token))
}

/// RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.6).
fn of_code(login: &Login, visit: &Visit<'_>, client: &Client, fields: &Fields) -> Result<Value, OAuthError> {
    let (key, redirect_uri) = (fields.needed("code")?, fields.needed("redirect_uri")?);
    let redeemed = {
        let mut codes = login.issuer.codes();
        let code = codes.get(key, visit.now).ok_or_else(|| invalid("the code is unknown or has expired"))?;
        if code.authorization.client != client.id {
            return Err(invalid("the code was given to another client"));
        }
        let was_used = code.is_used;
        if !was_used {
            if code.redirect_uri != redirect_uri {
                return Err(invalid("redirect_uri is not the one that the code was sent to"));
            }
            proven(code.challenge.as_deref(), fields.get("code_verifier"), client)?;
            code.is_used = true;
        }
        (was_used, code.authorization.clone())
    };
    let (was_used, authorization) = redeemed;
    if was_used {
        // Somebody has stolen it, and nobody knows who of both (RFC 6749 §4.1.2).
        login.end(&authorization, visit.now);
        return Err(invalid("the code was used before; what it brought is revoked"));
    }
    tokens(login, visit, &authorization, &authorization.scopes)
}

/// Whether a client is the one that asked for a code.
fn proven(challenge: Option<&str>, verifier: Option<&str>, client: &Client) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (Some(challenge), Some(verifier)) => {
            let is_verifier = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
            if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(is_verifier) {
                return Err(invalid("code_verifier is not 43 to 128 letters, digits, '-', '.', '_' or '~'"));
            }
            let is_same = base64::encode_url(sha256(verifier).as_ref()) == challenge;
            if is_same { Ok(()) } else { Err(invalid("code_verifier does not belong to code_challenge")) }
        }
        (Some(_), None) => Err(invalid("code_verifier is missing")),
        // RFC 9700 §2.1.1.
        (None, Some(_)) => {
            Err(invalid("code_verifier was sent, but no code_challenge when the code was asked for"))
        }
        (None, None) if client.has_secret => Ok(()),
        (None, None) => {
            Err(invalid("a client without a secret needs PKCE: code_challenge and code_verifier"))
        }
    }
}

/// RFC 6749 §6. Each refresh token serves once; one that is used again ends all that came of its login (RFC 9700
/// §4.14.2).
fn of_refresh(
    login: &Login,
    visit: &Visit<'_>,
    client: &Client,
    fields: &Fields,
) -> Result<Value, OAuthError> {
    let key = fields.needed("refresh_token")?;
    let wanted: Option<Vec<String>> =
        fields.get("scope").map(|scope| scope.split_whitespace().map(str::to_owned).collect());
    let (was_used, authorization) = {
        let mut known = login.issuer.refresh_tokens();
        let refresh = known
            .get(key, visit.now)
            .ok_or_else(|| invalid("the refresh token is unknown or has expired"))?;
        if refresh.authorization.client != client.id {
            return Err(invalid("the refresh token was given to another client"));
        }
        let beyond = wanted.iter().flatten().find(|scope| !refresh.authorization.scopes.contains(scope));
        if let Some(scope) = beyond.filter(|_| !refresh.is_used) {
            return Err(OAuthError::new(
                Error::InvalidScope,
                format!("the user did not allow the scope {scope:?}"),
            ));
        }
        (std::mem::replace(&mut refresh.is_used, true), refresh.authorization.clone())
    };
    if was_used {
        login.end(&authorization, visit.now);
        return Err(invalid("the refresh token was used before; what came of its login is revoked"));
    }
    if login.issuer.is_revoked(&authorization.id, visit.now) {
        return Err(invalid("the refresh token was revoked"));
    }
    tokens(login, visit, &authorization, wanted.as_ref().unwrap_or(&authorization.scopes))
}

/// RFC 6749 §4.4. There is no user, and no refresh token.
fn of_client(
    login: &Login,
    visit: &Visit<'_>,
    client: &Client,
    fields: &Fields,
) -> Result<Value, OAuthError> {
    if !client.has_secret {
        let why = "client credentials are for clients with a secret; any secret is taken";
        return Err(OAuthError::new(Error::InvalidClient, why));
    }
    let scopes = login.asked_scopes(fields.get("scope"))?;
    access(login, visit, random()?, (&client.id, &client.id), &scopes).map(|(body, _)| body)
}

/// RFC 6749 §4.3. Any password is taken.
fn of_password(
    login: &Login,
    visit: &Visit<'_>,
    client: &Client,
    fields: &Fields,
) -> Result<Value, OAuthError> {
    let user = fields.needed("username")?;
    fields.needed("password")?;
    let scopes = login.asked_scopes(fields.get("scope"))?;
    let authorization = Authorization::new((user, &client.id), scopes, None, visit.now)?;
    tokens(login, visit, &authorization, &authorization.scopes)
}

/// RFC 8628 §3.4 and §3.5.
fn of_device(
    login: &Login,
    visit: &Visit<'_>,
    client: &Client,
    fields: &Fields,
) -> Result<Value, OAuthError> {
    let key = fields.needed("device_code")?;
    let authorization = {
        let mut devices = login.issuer.devices();
        let unknown = || OAuthError::new(Error::ExpiredToken, "the device code is unknown or has expired");
        let device = devices.get(key, visit.now).ok_or_else(unknown)?;
        if device.client != client.id {
            return Err(invalid("the device code was given to another client"));
        }
        if device.decision == Decision::Pending {
            if visit.now < device.next {
                device.interval += SLOWER;
                device.next = visit.now + device.interval;
                let why = format!("ask every {} seconds", device.interval);
                return Err(OAuthError::new(Error::SlowDown, why));
            }
            device.next = visit.now + device.interval;
            return Err(OAuthError::new(Error::AuthorizationPending, "the user has not decided yet"));
        }
        match &device.decision {
            Decision::Allowed(authorization) => {
                let authorization = authorization.clone();
                device.decision = Decision::Served;
                authorization
            }
            Decision::Served => return Err(invalid("the device code was used before")),
            _ => return Err(OAuthError::new(Error::AccessDenied, "the user refused")),
        }
    };
    tokens(login, visit, &authorization, &authorization.scopes)
}

/// Where a device gets its codes.
///
/// # Errors
/// Nobody asks, or for a scope that the document does not have.
pub(super) fn device_authorization(login: &Login, visit: &Visit<'_>) -> Result<Response, OAuthError> {
    let fields = visit.fields();
    let client = Client::needed(visit, &fields)?.id;
    let scopes = login.asked_scopes(fields.get("scope"))?;
    let decision = match login.options.consent {
        Consent::Page => Decision::Pending,
        Consent::Immediate => {
            Decision::Allowed(Authorization::new((SOMEBODY, &client), scopes.clone(), None, visit.now)?)
        }
    };
    let (key, user_code) = (random()?, user_code()?);
    let page = login.paths.of_endpoint(Endpoint::Device).unwrap_or_default();
    let page = format!("{}{page}", visit.base);
    let body = json!({
        "device_code": key, "user_code": user_code, "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": DEVICE_LIFETIME, "interval": INTERVAL,
    });
    let device = Device { client, scopes, user_code, decision, next: visit.now, interval: INTERVAL };
    login.issuer.devices().put(key, device, visit.now + DEVICE_LIFETIME, visit.now);
    Ok(uncached(StatusCode::OK, &body))
}
