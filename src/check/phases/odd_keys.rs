//! Phase: credentials that are like a known one, ill-formed, or where they do not belong.

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method};

use super::{bare, crash};
use crate::check::credentials::{Credential, KeyChoice, take_out};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Location, Operation, OperationId, SchemeKind, parameter};
use crate::exchange::{Request, base64};
use crate::generate::request::build;
use crate::judge::sequence::{access, failure::failure};
use crate::rules::{Family, Rule};

/// What is sent instead of the password of a known user.
const WRONG: &str = "counterpart-wrong-password";
/// Shorter keys are hardly told from parts of others.
const SHORTEST: usize = 8;

/// A request with a credential that must be refused, or taken, and what it is.
struct Case {
    label: &'static str,
    request: Request,
    expects: access::Expects,
}

/// Reads with odd credentials what a good one reads.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = crash::sound(session, index).filter(|o| !o.is_open()) else { return };
    let is_off = session.settings.no_auth || session.recorder.is_muted(Family::Auth);
    if is_off || !session.recorder.has_succeeded(operation) {
        return;
    }
    // Who lets in whoever comes does so whatever the credential looks like.
    if [Rule::AuthMissingAccepted, Rule::AuthUnknownAccepted]
        .into_iter()
        .any(|rule| session.recorder.has_seen(rule, operation))
    {
        return;
    }
    // Where the user's own headers carry a credential, none can be left out.
    if session.credentials.get(operation, &KeyChoice::Unknown).await.is_err() {
        return;
    }
    let Ok(Some(key)) = session.credentials.get(operation, &KeyChoice::sufficient(operation)).await else {
        return;
    };
    let Some(parts) = steps::plain_parts(session, operation).await else { return };
    let Ok(plain) = build(operation, &parts) else { return };
    for case in cases(session, operation, &key, &plain) {
        let Some(evidence) = bare::send(session, operation, case.request).await else { return };
        let mut seen = failure(operation, case.label, &evidence.exchange);
        if seen.seen.is_empty() {
            seen = access::odd(operation, case.label, case.expects, evidence.status());
        }
        session.recorder.say(operation, &evidence, seen);
    }
}

/// Whether a password says what the key may do, as those of mocks do: another one is another key.
fn is_description(password: &str, key: &Credential) -> bool {
    let mut words = password.split([',', ' ']);
    words.all(|word| word == "*" || key.info.scopes.iter().any(|scope| scope == word))
}

fn cases(session: &Session<'_>, operation: &Operation, key: &Credential, plain: &Request) -> Vec<Case> {
    let mut found = Vec::new();
    let schemes = operation.security.iter().flat_map(|requirement| &requirement.schemes);
    let kinds: Vec<&SchemeKind> =
        schemes.filter_map(|name| session.contract.schemes.get(name)).map(|scheme| &scheme.kind).collect();
    let refused = |label, request| Case { label, request, expects: access::Expects::Refused };
    let token = key.token.reveal();
    let mut altered = |label, text: String| {
        let key = Credential { token: crate::exchange::Secret::new(text), ..key.clone() };
        let mut request = plain.clone();
        session.credentials.put_on(operation, &key, &mut request);
        found.push(refused(label, request));
    };
    match token.split_once(':') {
        // Without a password the user name is the key, and what is behind it is often not looked at.
        Some((user, password))
            if kinds.contains(&&SchemeKind::Basic)
                && !password.is_empty()
                && !is_description(password, key) =>
        {
            altered("a known user with a wrong password", format!("{user}:{WRONG}"));
        }
        // What describes itself, as the keys of mocks do, may be known however it ends.
        None if token.len() >= SHORTEST => {
            let begin: String = token.chars().take((token.chars().count() / 3).max(4)).collect();
            altered("an unknown key that begins like a known one", format!("{begin}-counterpart-unknown"));
            altered("a known key with more behind it", format!("{token}-counterpart"));
        }
        _ => {}
    }
    let mut raw = |label, value: &str| {
        let mut request = plain.clone();
        if let Ok(value) = HeaderValue::from_str(value) {
            request.headers.insert(AUTHORIZATION, value);
            found.push(refused(label, request));
        }
    };
    for kind in &kinds {
        match kind {
            SchemeKind::Bearer => raw("a bare \"Bearer\"", "Bearer"),
            SchemeKind::Http(word) => raw("a bare scheme", word),
            SchemeKind::Basic => {
                raw(
                    "Basic credentials without a colon",
                    &format!("Basic {}", base64::encode(b"counterpart")),
                );
                raw("Basic credentials that are no base64", "Basic %");
            }
            _ => {}
        }
    }
    let is_alike = |other: &&Operation| other.template.is_like(&operation.template);
    let documents_head =
        session.contract.operations.iter().filter(is_alike).any(|o| o.method == Method::HEAD);
    if operation.method == Method::GET && !documents_head {
        let mut head = Request { method: Method::HEAD, ..plain.clone() };
        for name in session.contract.key_names(Location::Query) {
            take_out(&mut head, name);
        }
        found.push(refused("HEAD without a credential", head));
    }
    found.extend(elsewhere(session, operation, token, plain));
    found.extend(alternatives(session, operation, key, plain));
    found
}

/// A good key in a place that the document has for others, and not for this operation.
fn elsewhere(session: &Session<'_>, operation: &Operation, token: &str, plain: &Request) -> Option<Case> {
    // Two schemes of one document may have one place.
    let named = operation.security.iter().flat_map(|asked| &asked.schemes);
    let named: Vec<_> =
        named.filter_map(|name| Some(&session.contract.schemes.get(name)?.kind)).map(place_of).collect();
    let other = session.contract.schemes.values().find(|scheme| {
        matches!(scheme.kind, SchemeKind::ApiKey(Location::Query | Location::Header, _))
            && !named.contains(&place_of(&scheme.kind))
    })?;
    let has_key = operation.security.iter().flat_map(|asked| &asked.schemes).any(|name| {
        session.contract.schemes.get(name).is_some_and(|own| matches!(own.kind, SchemeKind::ApiKey(..)))
    });
    let request = with(plain, &other.kind, token).filter(|_| has_key)?;
    let label = "a key in a place that the document does not name for this operation";
    Some(Case { label, request, expects: access::Expects::Elsewhere })
}

/// Where a kind of scheme wants its key: names of header fields have no case.
fn place_of(kind: &SchemeKind) -> Option<(Location, String)> {
    match kind {
        SchemeKind::ApiKey(Location::Header, name) => Some((Location::Header, name.to_ascii_lowercase())),
        SchemeKind::ApiKey(location, name) => Some((*location, name.clone())),
        SchemeKind::Bearer | SchemeKind::Basic | SchemeKind::Http(_) => {
            Some((Location::Header, "authorization".to_owned()))
        }
        _ => None,
    }
}

/// Each other way to be let in that the document names and that there is a key for, by itself.
fn alternatives(
    session: &Session<'_>,
    operation: &Operation,
    used: &Credential,
    plain: &Request,
) -> Vec<Case> {
    if operation.security.len() < 2 {
        return Vec::new();
    }
    let one = |requirement: &crate::contract::Requirement| {
        let [name] = requirement.schemes.as_slice() else { return None };
        let scheme = session.contract.schemes.get(name).filter(|_| used.scheme.as_ref() != Some(name))?;
        let key = session.credentials.of_scheme(name, &requirement.scopes)?;
        let request = with(plain, &scheme.kind, key.token.reveal())?;
        let label = "the key for one of the schemes that the document names";
        Some(Case { label, request, expects: access::Expects::Taken })
    };
    operation.security.iter().filter_map(one).collect()
}

/// A request with a token where a kind of scheme wants it.
fn with(plain: &Request, kind: &SchemeKind, token: &str) -> Option<Request> {
    let mut request = plain.clone();
    match kind {
        SchemeKind::ApiKey(Location::Query, name) => {
            let pair = format!("{}={}", parameter::escape(name), parameter::escape(token));
            request.query =
                Some(request.query.map_or_else(|| pair.clone(), |query| format!("{query}&{pair}")));
        }
        SchemeKind::ApiKey(Location::Header, name) => {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            request.headers.insert(name, HeaderValue::from_str(token).ok()?);
        }
        SchemeKind::Bearer => {
            request.headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
        }
        SchemeKind::Basic => {
            let pair = format!("Basic {}", base64::encode(token.as_bytes()));
            request.headers.insert(AUTHORIZATION, HeaderValue::from_str(&pair).ok()?);
        }
        _ => return None,
    }
    Some(request)
}

#[cfg(test)]
mod tests;
