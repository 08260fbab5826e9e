//! Puts keys on requests, each where its security scheme says and nowhere else.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue};

use super::{Credential, Credentials, Sources};
use crate::contract::{Contract, Location, Operation, SchemeKind, parameter};
use crate::exchange::{Request, Secret, base64};
use crate::redact::Placed;

impl Credentials<'_> {
    /// Puts a key on a request, and returns where.
    pub(in crate::check) fn put_on(
        &self,
        operation: &Operation,
        key: &Credential,
        request: &mut Request,
    ) -> Vec<Placed> {
        place(self.contract, operation, self.sources, key, request)
    }
}

/// Puts a key on a request the way the operation's first requirement says; where the document
/// declares no security at all, the way that the user says, else as a bearer token.
pub fn place(
    contract: &Contract,
    operation: &Operation,
    sources: &Sources,
    key: &Credential,
    request: &mut Request,
) -> Vec<Placed> {
    if let (Some((name, template)), None) = (&sources.placement, &key.scheme) {
        put_header(request, name, &template.replace("{key}", key.token.reveal()));
        return vec![Placed::Header(name.clone(), template.clone())];
    }
    let by = key.by.as_ref().and_then(|by| operation.security.iter().find(|other| other.schemes == *by));
    let Some(requirement) = by.or_else(|| super::schemes::requirement(operation)) else {
        return if contract.declares_no_security() || operation.is_silent_on_keys {
            // Nothing is said here, so that the way goes first by which the target took the key elsewhere.
            let known = key.by.as_deref().and_then(|by| contract.schemes.get(by.first()?));
            let kind = known.map_or_else(
                || undeclared(contract, key.scheme.as_deref(), key.token.reveal()),
                |scheme| &scheme.kind,
            );
            put(kind, key.token.reveal(), request).into_iter().collect()
        } else {
            Vec::new()
        };
    };
    let mut placed = Vec::new();
    for scheme in requirement.schemes.iter().filter_map(|name| contract.schemes.get(name)) {
        if let Some(other) = key.beside.iter().find(|other| other.scheme == scheme.name) {
            let how = put(&scheme.kind, other.token.reveal(), request);
            placed.extend(how.map(|how| Placed::Beside(scheme.name.clone(), Box::new(how))));
        } else if key.scheme.as_ref().is_none_or(|own| *own == scheme.name) {
            placed.extend(put(&scheme.kind, key.token.reveal(), request));
        }
    }
    placed
}

/// Puts a key on a request that is for no operation: the way that the user says, else as its scheme does, else as
/// a scheme of the document that it fits, else as a bearer token.
pub fn put_plainly(
    contract: &Contract,
    sources: &Sources,
    scheme: Option<&str>,
    token: &Secret,
    request: &mut Request,
) {
    if let (Some((name, template)), None) = (&sources.placement, scheme) {
        return put_header(request, name, &template.replace("{key}", token.reveal()));
    }
    put(undeclared(contract, scheme, token.reveal()), token.reveal(), request);
}

/// How a key is sent where no operation says it: as its scheme does, else as the first scheme of the document
/// that such a key fits, else as a bearer token.
pub fn undeclared<'c>(contract: &'c Contract, scheme: Option<&str>, token: &str) -> &'c SchemeKind {
    let own = scheme.and_then(|name| contract.schemes.get(name)).map(|scheme| &scheme.kind);
    let is_pair = token.contains(':');
    let fits = |kind: &&SchemeKind| match kind {
        SchemeKind::Basic => is_pair,
        SchemeKind::MutualTls | SchemeKind::Unknown(_) => false,
        _ => true,
    };
    let kinds = || contract.schemes.values().map(|scheme| &scheme.kind).filter(fits);
    let basic = kinds().find(|kind| is_pair && **kind == SchemeKind::Basic);
    own.or(basic).or_else(|| kinds().next()).unwrap_or(&SchemeKind::Bearer)
}

/// Puts a token where a kind of scheme wants it.
fn put(kind: &SchemeKind, token: &str, request: &mut Request) -> Option<Placed> {
    match kind {
        SchemeKind::Bearer => {
            put_header(request, AUTHORIZATION.as_str(), &format!("Bearer {token}"));
            Some(Placed::Header("Authorization".to_owned(), "Bearer {key}".to_owned()))
        }
        SchemeKind::Http(word) => {
            put_header(request, AUTHORIZATION.as_str(), &format!("{word} {token}"));
            Some(Placed::Header("Authorization".to_owned(), format!("{word} {{key}}")))
        }
        SchemeKind::Basic => {
            let pair = if token.contains(':') { token.to_owned() } else { format!("{token}:") };
            put_header(
                request,
                AUTHORIZATION.as_str(),
                &format!("Basic {}", base64::encode(pair.as_bytes())),
            );
            Some(Placed::Basic)
        }
        SchemeKind::ApiKey(Location::Query, name) => {
            let pair = format!("{}={}", parameter::escape(name), parameter::escape(token));
            take_out(request, name);
            request.query = Some(match request.query.take() {
                Some(query) => format!("{query}&{pair}"),
                None => pair,
            });
            Some(Placed::Query(name.clone()))
        }
        SchemeKind::ApiKey(Location::Cookie, name) => {
            let own = format!("{name}={token}");
            let others = request.headers.get(COOKIE).and_then(|value| value.to_str().ok());
            let line = others.map_or_else(|| own.clone(), |others| format!("{others}; {own}"));
            put_header(request, COOKIE.as_str(), &line);
            Some(Placed::Cookie(name.clone()))
        }
        SchemeKind::ApiKey(_, name) => {
            put_header(request, name, token);
            Some(Placed::Header(name.clone(), "{key}".to_owned()))
        }
        SchemeKind::MutualTls | SchemeKind::Unknown(_) => None,
    }
}

/// Takes a key out of the query. Many documents have it among the parameters too, so that a value was made
/// up for it.
pub fn take_out(request: &mut Request, name: &str) {
    let Some(query) = request.query.take() else { return };
    let is_other = |sent: &&str| {
        let mut decoded = url::form_urlencoded::parse(sent.as_bytes());
        decoded.next().is_some_and(|(known, _)| known != name)
    };
    let others: Vec<&str> = query.split('&').filter(is_other).collect();
    request.query = (!others.is_empty()).then(|| others.join("&"));
}

fn put_header(request: &mut Request, name: &str, value: &str) {
    if let (Ok(name), Ok(mut value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
    {
        value.set_sensitive(true);
        request.headers.insert(name, value);
    }
}
