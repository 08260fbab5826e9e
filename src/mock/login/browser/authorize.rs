//! The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2).

use http::{Method, StatusCode};

use super::page::Page;
use super::redirect::Target;
use super::{foreign, is_foreign, name_of, remember, remembered, unsendable, user_without_asking};
use crate::exchange::base64;
use crate::mock::issuer::{Authorization, Code};
use crate::mock::login::client::Fields;
use crate::mock::login::error::{Code as Error, OAuthError};
use crate::mock::login::grant::SOMEBODY;
use crate::mock::login::{Consent, Login, Visit};
use crate::mock::response::Response;

/// Parameters of the page itself, which are no part of the request.
const OWN: [&str; 2] = ["decision", "user"];

/// What a client asks for.
struct Asked<'f> {
    client: &'f str,
    scopes: Vec<String>,
    challenge: Option<&'f str>,
    nonce: Option<&'f str>,
    /// No page may be shown (`prompt=none`).
    is_silent: bool,
}

/// Answers a request for a code, and the page that this endpoint shows; also why it is refused.
pub(in crate::mock::login) fn authorize(login: &Login, visit: &Visit<'_>) -> (Response, Option<String>) {
    let fields = visit.fields();
    // Whom an error is sent to must be known before anything is sent there.
    let target = match target(login, &fields) {
        Ok(target) => target,
        Err((name, why)) => return (unsendable(name, &why), Some(format!("{name} {why}"))),
    };
    match read(login, &fields).and_then(|asked| decide(login, visit, (&fields, &asked), &target)) {
        Ok(response) => (response, None),
        Err(error) => {
            let (issuer, description) = (login.issuer_address(visit), error.description());
            let told = [("error", error.code.name()), ("error_description", &description), ("iss", &issuer)];
            (target.send(visit.method, &told), Some(error.note()))
        }
    }
}

/// Where the answer goes.
///
/// # Errors
/// The parameter that is told on a page instead, and what is wrong with it.
fn target(login: &Login, fields: &Fields) -> Result<Target, (&'static str, String)> {
    for name in ["client_id", "redirect_uri"] {
        let why = match fields.all().filter(|(known, value)| *known == name && !value.is_empty()).count() {
            0 => "is missing",
            1 => continue,
            _ => "is there more than once",
        };
        return Err((name, why.to_owned()));
    }
    let uri = fields.get("redirect_uri").unwrap_or_default();
    let is_in_fragment = fields.get("response_mode") == Some("fragment");
    Target::of(uri, &login.options.redirects, fields.get("state"), is_in_fragment)
        .map_err(|why| ("redirect_uri", why))
}

/// What a client asks for.
///
/// # Errors
/// What is wrong with it, which the client is told.
fn read<'f>(login: &Login, fields: &'f Fields) -> Result<Asked<'f>, OAuthError> {
    let wrong = |why: &str| OAuthError::new(Error::InvalidRequest, why);
    fields.check()?;
    if fields.get("request").is_some() {
        return Err(OAuthError::new(Error::RequestNotSupported, "request objects are not read"));
    }
    if fields.get("request_uri").is_some() {
        return Err(OAuthError::new(Error::RequestUriNotSupported, "request objects are not read"));
    }
    match fields.get("response_type") {
        Some("code") => {}
        None => return Err(wrong("response_type is missing; use code")),
        Some(other) => {
            let why = format!("response_type {other:?} is not supported; use code, with PKCE");
            return Err(OAuthError::new(Error::UnsupportedResponseType, why));
        }
    }
    if fields.get("response_mode").is_some_and(|mode| !["query", "fragment"].contains(&mode)) {
        return Err(wrong("response_mode is neither query nor fragment"));
    }
    let challenge = fields.get("code_challenge");
    // Left out, it means plain (RFC 7636 §4.3), which proves nothing to whoever reads the request.
    if (challenge.is_some() || fields.get("code_challenge_method").is_some())
        && fields.get("code_challenge_method") != Some("S256")
    {
        return Err(wrong("code_challenge_method is not S256"));
    }
    let is_digest =
        |text: &str| text.len() == 43 && base64::decode(text).is_some_and(|octets| octets.len() == 32);
    match challenge {
        Some(challenge) if !is_digest(challenge) => {
            return Err(wrong("code_challenge is not the base64url text of a SHA-256 digest"));
        }
        None if fields.get("code_challenge_method").is_some() => {
            return Err(wrong("code_challenge is missing"));
        }
        _ => {}
    }
    let prompts: Vec<&str> = fields.get("prompt").unwrap_or_default().split_whitespace().collect();
    let is_silent = prompts.contains(&"none");
    if is_silent && prompts.len() > 1 {
        return Err(wrong("prompt has none beside others"));
    }
    Ok(Asked {
        client: fields.needed("client_id")?,
        scopes: login.asked_scopes(fields.get("scope"))?,
        challenge,
        nonce: fields.get("nonce"),
        is_silent,
    })
}

/// Asks the user, or takes up what the user decided.
///
/// # Errors
/// What the client is told instead of a code.
fn decide(
    login: &Login,
    visit: &Visit<'_>,
    (fields, asked): (&Fields, &Asked<'_>),
    target: &Target,
) -> Result<Response, OAuthError> {
    let decision = fields.get("decision").filter(|_| *visit.method == Method::POST);
    if decision.is_some() && is_foreign(visit) {
        return Ok(foreign());
    }
    let is_asked = login.options.consent == Consent::Page && !asked.is_silent;
    let mut wrong = None;
    let user = match decision {
        Some("deny") => return Err(OAuthError::new(Error::AccessDenied, "the user refused")),
        Some(_) => {
            wrong = Some("Type a user name of up to 100 characters.");
            name_of(fields.get("user")).map(str::to_owned)
        }
        None if is_asked => None,
        None => user_without_asking(login, visit, fields).or_else(|| Some(SOMEBODY.to_owned())),
    };
    let Some(user) = user else {
        let known = name_of(fields.get("login_hint")).map(str::to_owned).or_else(|| remembered(visit));
        let kept = fields.all().filter(|(name, _)| !OWN.contains(name));
        let page = Page::new("Log in")
            .asking_for_leave((&login.title, asked.client), &asked.scopes, known.as_deref(), wrong)
            .with(kept)
            .leading_to(&target.source());
        return Ok(page.response(if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }));
    };
    let authorization =
        Authorization::new((&user, asked.client), asked.scopes.clone(), asked.nonce, visit.now)?;
    let code = Code {
        authorization,
        redirect_uri: target.uri.clone(),
        challenge: asked.challenge.map(str::to_owned),
        is_used: false,
    };
    let code = login.code(code, visit.now)?;
    let mut response = target.send(visit.method, &[("code", &code), ("iss", &login.issuer_address(visit))]);
    remember(Some(&user), &mut response);
    Ok(response)
}
