//! Login: the authorization server of a document whose security schemes say `oauth2` or `openIdConnect`.
//!
//! OAuth 2 (RFC 6749) with PKCE (RFC 7636), device flow (RFC 8628), introspection (RFC 7662), revocation (RFC 7009)
//! and metadata (RFC 8414, RFC 9728), and OpenID Connect Core. Any user name and any client are taken, and no
//! password is asked; everything else is as strict as a real server, since that is what clients are tried against.

mod account;
mod browser;
mod client;
mod endpoint;
mod error;
mod grant;
mod inspect;
mod metadata;

use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, HOST};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use indexmap::IndexSet;

use super::Options;
use super::issuer::Issuer;
use super::origin;
use super::response::{Response, Source};
use crate::contract::Contract;
use crate::exchange::Request;
use client::Fields;
pub(super) use endpoint::Endpoint;
use endpoint::Paths;
use error::{Code, OAuthError};

/// Whether a user is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Consent {
    /// On a page, for a name and for leave.
    Page,
    /// Never: whoever comes is logged in, and allows everything.
    Immediate,
}

/// How users log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginOptions {
    /// Whether they are asked.
    pub consent: Consent,
    /// Addresses that codes may be sent to, beside those of this machine. They are compared as they stand.
    pub redirects: Vec<String>,
    /// How long an access token counts.
    pub lifetime: Duration,
}

impl Default for LoginOptions {
    fn default() -> Self {
        Self { consent: Consent::Page, redirects: Vec::new(), lifetime: Duration::from_hours(1) }
    }
}

/// Checks an address that codes may be sent to.
///
/// # Errors
/// What is wrong with it.
pub fn check_redirect(uri: &str) -> Result<(), String> {
    browser::check_redirect(uri)
}

/// Where a login to a mock at `address` begins, a line for each thing to know; none for a document without.
pub fn login_lines(contract: &Contract, base_path: Option<&str>, address: &str) -> Vec<String> {
    Paths::of(contract, base_path).map(|paths| paths.lines(address)).unwrap_or_default()
}

/// Scopes of OpenID Connect (Core §5.4 and §11), which no document needs to name.
const STANDARD: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// Longest text of a client that is kept, in octets.
const MAX_TEXT: usize = 4 << 10;

/// Most scopes of one login; each that waits for its client keeps a copy.
const MAX_SCOPES: usize = 200;

/// The authorization server of one document.
pub(super) struct Login {
    paths: Paths,
    /// What the API is called, for pages.
    title: String,
    /// The scopes that the document names.
    scopes: Vec<String>,
    options: LoginOptions,
    issuer: Arc<Issuer>,
    origin: String,
    allow_hosts: Vec<String>,
}

/// A request to an authorization server.
struct Visit<'r> {
    method: &'r Method,
    headers: &'r HeaderMap,
    query: Option<&'r str>,
    body: &'r [u8],
    /// Where the document is served, without a slash at the end.
    base: String,
    /// In seconds since 1970.
    now: i64,
}

impl Visit<'_> {
    /// The parameters: of the query, or of the form of a POST.
    fn fields(&self) -> Fields {
        if *self.method == Method::POST {
            Fields::of_body(self.body)
        } else {
            Fields::of_query(self.query.unwrap_or_default())
        }
    }
}

impl Login {
    /// `None` for a document without logins, and without an issuer.
    pub fn of(contract: &Contract, options: &Options, issuer: Option<&Arc<Issuer>>) -> Option<Self> {
        let offered = contract.schemes.values().flat_map(|scheme| &scheme.offered);
        let scopes: IndexSet<&String> = contract.scopes.names().iter().chain(offered).collect();
        Some(Self {
            paths: Paths::of(contract, options.base_path.as_deref())?,
            title: if contract.title.is_empty() { contract.name.clone() } else { contract.title.clone() },
            scopes: scopes.into_iter().cloned().collect(),
            options: options.login.clone(),
            issuer: Arc::clone(issuer?),
            origin: options.origin.clone(),
            allow_hosts: options.allow_hosts.clone(),
        })
    }

    /// What is at a path of the document, which has nothing there itself.
    pub fn endpoint(&self, path: &str) -> Option<Endpoint> {
        self.paths.at(path)
    }

    /// The answer of an endpoint, and why it refuses. `above` is what the path had before the document's own part of
    /// it.
    pub fn answer(
        &self,
        endpoint: Endpoint,
        request: &Request,
        above: &str,
        (body, now): (&[u8], jiff::Timestamp),
    ) -> (Response, Option<String>) {
        if !endpoint.methods().contains(&request.method.as_str()) {
            let mut response =
                Response::problem(405, "this address of the login does not take this method", None);
            response.headers.insert(ALLOW, HeaderValue::from_static(endpoint.allow()));
            return (response, None);
        }
        let visit = Visit {
            method: &request.method,
            headers: &request.headers,
            query: request.query.as_deref(),
            body,
            base: format!("{}{above}", self.address(&request.headers)),
            now: now.as_second(),
        };
        let answered = match endpoint {
            Endpoint::Authorization => return browser::authorize(self, &visit),
            Endpoint::Device => Ok(browser::device(self, &visit)),
            Endpoint::EndSession => Ok(browser::end_session(self, &visit)),
            Endpoint::Token => grant::token(self, &visit),
            Endpoint::DeviceAuthorization => grant::device_authorization(self, &visit),
            Endpoint::Introspection => inspect::introspect(self, &visit),
            Endpoint::Revocation => inspect::revoke(self, &visit),
            Endpoint::UserInfo => account::userinfo(self, &visit),
            Endpoint::Jwks => Ok(metadata::jwks(self)),
            Endpoint::Discovery | Endpoint::ServerMetadata => Ok(metadata::server(self, &visit)),
            Endpoint::ResourceMetadata => Ok(metadata::resource(self, &visit)),
        };
        let (mut response, note) = match answered {
            Ok(response) => (response, None),
            Err(error) => (error.response(), Some(error.note())),
        };
        response.source = Source::Login;
        (response, note)
    }

    /// Where the document's API tells how tokens are had, as a path below the origin (RFC 9728 §3.1).
    pub fn resource_metadata(&self, prefix: &str) -> Option<String> {
        Some(format!("{}{prefix}", self.paths.of_endpoint(Endpoint::ResourceMetadata)?))
    }

    /// The address by which a client knows this machine. Clients compare it with the one that they were given, so it
    /// is theirs; that of a stranger is not repeated.
    fn address(&self, headers: &HeaderMap) -> String {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let scheme = self.origin.split_once("://").map_or("http", |(scheme, _)| scheme);
        match host.filter(|host| origin::is_own(&self.allow_hosts, host)) {
            Some(host) => format!("{scheme}://{host}"),
            None => self.origin.clone(),
        }
    }

    /// Whom tokens name as their issuer.
    fn issuer_address(&self, visit: &Visit<'_>) -> String {
        format!("{}{}", visit.base, self.paths.issuer())
    }

    /// How long an access token counts, in seconds.
    fn lifetime(&self) -> i64 {
        i64::try_from(self.options.lifetime.as_secs()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
    }

    /// The scopes that a client asks for; without any, those of the document (RFC 6749 §3.3).
    ///
    /// # Errors
    /// The document does not have one of them, or they are too many.
    fn asked_scopes(&self, asked: Option<&str>) -> Result<Vec<String>, OAuthError> {
        let few = |scopes: Vec<String>| {
            let why = || format!("there are {} scopes; ask for {MAX_SCOPES} at most", scopes.len());
            if scopes.len() > MAX_SCOPES {
                Err(OAuthError::new(Code::InvalidScope, why()))
            } else {
                Ok(scopes)
            }
        };
        let Some(asked) = asked else { return few(self.scopes.clone()) };
        let is_known = |scope: &str| {
            self.scopes.is_empty()
                || scope == "*"
                || STANDARD.contains(&scope)
                || self.scopes.iter().any(|known| known == scope)
        };
        let scopes: IndexSet<&str> = asked.split_whitespace().collect();
        match scopes.iter().find(|scope| !is_known(scope)) {
            Some(unknown) => {
                Err(OAuthError::new(Code::InvalidScope, format!("the document has no scope {unknown:?}")))
            }
            None => few(scopes.into_iter().map(str::to_owned).collect()),
        }
    }
}

/// A JSON answer that nobody may keep (RFC 6749 §5.1).
fn uncached(status: StatusCode, body: &serde_json::Value) -> Response {
    super::token::uncached(Response::json(status, body))
}

#[cfg(test)]
mod tests;
