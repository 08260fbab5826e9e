//! Security schemes, and the requirements of operations.

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

/// Names under which schemes put keys in that place of a message.
pub(super) fn key_names<'s>(
    schemes: impl Iterator<Item = &'s Scheme>,
    wanted: Location,
) -> impl Iterator<Item = &'s str> {
    schemes.filter_map(move |scheme| match &scheme.kind {
        SchemeKind::ApiKey(location, name) if *location == wanted => Some(name.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Location::Header, &["X-Key"])]
    #[case(Location::Query, &["key"])]
    #[case(Location::Path, &[])]
    fn keys_by_their_place(#[case] wanted: Location, #[case] expected: &[&str]) {
        let kinds = [
            SchemeKind::ApiKey(Location::Header, "X-Key".to_owned()),
            SchemeKind::Bearer,
            SchemeKind::ApiKey(Location::Query, "key".to_owned()),
        ];
        let scheme =
            |kind| Scheme { name: String::new(), kind, token_paths: Vec::new(), offered: Vec::new() };
        let schemes = kinds.map(scheme);
        assert_eq!(key_names(schemes.iter(), wanted).collect::<Vec<_>>(), expected);
    }
}
