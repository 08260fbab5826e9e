//! `[mint]`: how to get keys with exactly the scopes of a case.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Place;
use crate::exchange::Secret;

/// `[mint]`: one of a template, a command and an issuer.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mint {
    /// `mock:{scopes}`, the scopes joined by `+`.
    pub template: Option<String>,
    /// A program and its arguments; the scopes are appended, the token is read from its output.
    pub command: Option<Vec<String>>,
    /// An issuer that is asked by the client credentials grant (RFC 6749 §4.4), or by the password grant.
    pub oauth2: Option<Oauth2>,
    /// Where it is written.
    #[serde(skip)]
    pub place: Option<Place>,
}

impl Mint {
    /// Whether it says how keys are made, and says it once.
    pub(super) fn is_clear(&self) -> bool {
        let ways = [self.template.is_some(), self.command.is_some(), self.oauth2.is_some()];
        ways.into_iter().filter(|is_said| *is_said).count() == 1
    }
}

/// `introspect`: who tells the scopes of keys that do not name theirs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
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
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<Secret>,
}

/// `oauth2` of `[mint]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Oauth2 {
    /// The token endpoint.
    pub token_url: String,
    /// The client's identifier, or `${NAME}` of the environment.
    pub client_id: Option<String>,
    /// The client's password, or `${NAME}` of the environment.
    #[serde(default, deserialize_with = "super::secret::optional")]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<Secret>,
    /// The name of a user, or `${NAME}` of the environment: tokens are then asked for by the password grant
    /// (RFC 6749 §4.3), which OpenAPI calls the flow `password`.
    pub username: Option<String>,
    /// The user's password, or `${NAME}` of the environment.
    #[serde(default, deserialize_with = "super::secret::optional")]
    #[schemars(with = "Option<String>")]
    pub password: Option<Secret>,
    /// Which API the tokens are for, where the issuer serves several.
    pub audience: Option<String>,
}

impl Oauth2 {
    /// Whether it says who asks: a client, a user, or both.
    pub(super) fn is_clear(&self) -> bool {
        let has_client = self.client_id.is_some();
        let has_user = self.username.is_some();
        has_client == self.client_secret.is_some()
            && has_user == self.password.is_some()
            && (has_client || has_user)
    }
}
