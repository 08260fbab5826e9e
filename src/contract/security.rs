//! Security schemes, and the requirements of operations.

use super::message::Location;

/// One way to be let in: all of its schemes and all of its scopes. Mutual TLS is none of them, since messages say nothing
/// of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Names of security schemes; empty for `{}`, which asks for nothing, and where all is up to the connection.
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
    /// How tokens are had (OAuth2).
    pub flows: Vec<Flow>,
    /// Scopes that its flows offer (OAuth2), in the document's order; operations may require others.
    pub offered: Vec<String>,
    /// Who issues its tokens, where users or clients log in for them (OAuth2, OpenID Connect).
    pub provider: Option<Provider>,
}

/// An authorization server, as far as a document tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provider {
    /// Its addresses as the document writes them: absolute, or relative to the servers.
    pub addresses: Vec<(Purpose, String)>,
}

/// What an address of an authorization server is for (OpenAPI 3.2 §4.27 to §4.29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// `authorizationUrl`: a user logs in there.
    Authorization,
    /// `tokenUrl` and `refreshUrl`: clients get tokens there.
    Token,
    /// `deviceAuthorizationUrl`: a device begins there (RFC 8628 §3.1).
    DeviceAuthorization,
    /// `openIdConnectUrl`: metadata by OpenID Connect Discovery.
    Discovery,
    /// `oauth2MetadataUrl`: metadata by RFC 8414.
    Metadata,
}

impl Purpose {
    /// The members that have such addresses.
    pub(super) const MEMBERS: [(&'static str, Self); 6] = [
        ("authorizationUrl", Self::Authorization),
        ("tokenUrl", Self::Token),
        ("refreshUrl", Self::Token),
        ("deviceAuthorizationUrl", Self::DeviceAuthorization),
        ("openIdConnectUrl", Self::Discovery),
        ("oauth2MetadataUrl", Self::Metadata),
    ];
}

/// A way to get tokens (OpenAPI 3.1 §4.8.29).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Who gets one.
    pub grant: Grant,
    /// The token endpoint as the document writes it: an address, or relative to the servers.
    pub token_url: String,
}

/// Who gets a token by a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// A client, by its own password.
    ClientCredentials,
    /// A user, by name and password.
    Password,
    /// A user, in a browser.
    Browser,
}

impl Flow {
    /// The path of the token endpoint, without the slash at its beginning.
    pub fn token_path(&self) -> &str {
        path_of(&self.token_url).trim_start_matches('/')
    }
}

/// The path of an address, absolute or relative, as it is written.
pub fn path_of(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]))
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
    #[case("https://id.example.org/oauth/token?x=1", "oauth/token")]
    #[case("https://id.example.org", "")]
    #[case("/token", "token")]
    #[case("token", "token")]
    fn token_endpoints_have_paths(#[case] url: &str, #[case] expected: &str) {
        let flow = Flow { grant: Grant::Password, token_url: url.to_owned() };
        assert_eq!(flow.token_path(), expected);
    }

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
        let scheme = |kind| Scheme {
            name: String::new(),
            kind,
            flows: Vec::new(),
            offered: Vec::new(),
            provider: None,
        };
        let schemes = kinds.map(scheme);
        assert_eq!(key_names(schemes.iter(), wanted).collect::<Vec<_>>(), expected);
    }
}
