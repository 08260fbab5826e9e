//! `[mint]`: how to get keys with exactly the scopes of a case.

use serde::Deserialize;

use crate::exchange::Secret;

/// `[mint]`: one of a template, a command and an issuer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mint {
    /// `mock:{scopes}`, the scopes joined by `+`.
    pub template: Option<String>,
    /// A program and its arguments; the scopes are appended, the token is read from its output.
    pub command: Option<Vec<String>>,
    /// An issuer that is asked by the client credentials grant (RFC 6749 §4.4).
    pub oauth2: Option<Oauth2>,
}

impl Mint {
    /// Whether it says how keys are made, and says it once.
    pub(super) fn is_clear(&self) -> bool {
        let ways = [self.template.is_some(), self.command.is_some(), self.oauth2.is_some()];
        ways.into_iter().filter(|is_said| *is_said).count() == 1
    }
}

/// `introspect`: who tells the scopes of keys that do not name theirs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Introspect {
    /// A path of the target, or an address elsewhere.
    pub url: String,
    /// Where the scopes are in what a key is told about itself; without it the address is asked by RFC 7662.
    pub scopes: Option<String>,
    /// The client's identifier, by RFC 7662.
    pub client_id: Option<String>,
    /// The client's password, or `${NAME}` of the environment.
    #[serde(default, deserialize_with = "super::secret::optional")]
    pub client_secret: Option<Secret>,
}

/// `oauth2` of `[mint]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Oauth2 {
    /// The token endpoint.
    pub token_url: String,
    /// The client's identifier.
    pub client_id: String,
    /// The client's password, or `${NAME}` of the environment.
    #[serde(deserialize_with = "super::secret::secret")]
    pub client_secret: Secret,
    /// Which API the tokens are for, where the issuer serves several.
    pub audience: Option<String>,
}
