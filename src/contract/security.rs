//! Security schemes, and what operations require of them.

use super::message::Location;

/// One way to be let in: all of its schemes and all of its scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Names of security schemes; empty for `{}`, which asks for nothing.
    pub schemes: Vec<String>,
    /// Scopes in the order written.
    pub scopes: Vec<String>,
}

/// How a credential is presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Its name under `securitySchemes`.
    pub name: String,
    /// What it is.
    pub kind: SchemeKind,
    /// Paths of its token addresses (OAuth2), for a mock that hands out tokens.
    pub token_paths: Vec<String>,
    /// Scopes that its flows offer (OAuth2), in the document's order; operations may require others.
    pub offered: Vec<String>,
}

/// Kinds of security scheme (OpenAPI 3.1 §4.8.27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemeKind {
    /// `Authorization: Bearer …`; OAuth2 and OpenID Connect come as this too (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617).
    Basic,
    /// `Authorization: NAME …`.
    Http(String),
    /// A key in a header, a query parameter or a cookie.
    ApiKey(Location, String),
    /// Mutual TLS: nothing in the message.
    MutualTls,
    /// A type that is not known; kept, and said in a Problem.
    Unknown(String),
}
