//! What clients send, and who they are (RFC 6749 §2.3).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::{Code, OAuthError};
use super::{MAX_TEXT, Visit};
use crate::contract::parameter;
use crate::exchange::{base64, cut};
use crate::mock::token;

/// The parameters of a request. One without a value counts as left out (RFC 6749 §3.1).
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn of_query(query: &str) -> Self {
        let pairs = parameter::pairs(query).into_iter();
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub fn of_body(body: &[u8]) -> Self {
        Self(token::fields(body))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// A parameter of a request to the token endpoint and its like.
    ///
    /// # Errors
    /// It is missing, or too long to be kept.
    pub fn needed(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::new(Code::InvalidRequest, format!("{name} is missing")))
    }

    /// Refuses what is too long to be kept, or is there twice (RFC 6749 §3.2).
    ///
    /// # Errors
    /// The name of it.
    pub fn check(&self) -> Result<(), OAuthError> {
        for (at, (name, value)) in self.0.iter().enumerate() {
            if value.len() > MAX_TEXT {
                return Err(OAuthError::new(
                    Code::InvalidRequest,
                    format!("{name} is longer than {MAX_TEXT} octets"),
                ));
            }
            // RFC 8707 §2 has several resources.
            if name != "resource" && self.0.iter().take(at).any(|(before, _)| before == name) {
                return Err(OAuthError::new(Code::InvalidRequest, format!("{name} is there more than once")));
            }
        }
        Ok(())
    }

    /// Every parameter, in its order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whoever asks for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub id: String,
    /// It shows a secret. Any is taken; one that shows none is public (RFC 6749 §2.1).
    pub has_secret: bool,
}

/// Who a client says it is; `None` where it does not say.
///
/// # Errors
/// What it says cannot be read, or is two things at once.
fn named(headers: &HeaderMap, fields: &Fields) -> Result<Option<Client>, OAuthError> {
    let in_body = fields.get("client_id");
    let Some(value) = headers.get(AUTHORIZATION) else {
        let of = |id: &str| Client { id: id.to_owned(), has_secret: fields.get("client_secret").is_some() };
        return Ok(in_body.map(of));
    };
    let unreadable =
        || OAuthError::new(Code::InvalidClient, "the client cannot be read from Authorization: Basic");
    let (scheme, encoded) = value.to_str().ok().and_then(|text| cut(text, b' ')).ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(OAuthError::new(Code::InvalidClient, "clients name themselves by Basic, or in the form"));
    }
    let decoded = base64::decode(encoded.trim_ascii()).and_then(|octets| String::from_utf8(octets).ok());
    let decoded = decoded.ok_or_else(unreadable)?;
    let (id, secret) = decoded.split_once(':').ok_or_else(unreadable)?;
    // Each part is encoded as in a form (RFC 6749 §2.3.1).
    let id = plain(id);
    if id.is_empty() || id.len() > MAX_TEXT {
        return Err(unreadable());
    }
    if in_body.is_some_and(|other| other != id) {
        return Err(OAuthError::new(
            Code::InvalidClient,
            "client_id and Authorization name different clients",
        ));
    }
    Ok(Some(Client { id, has_secret: !secret.is_empty() }))
}

fn plain(text: &str) -> String {
    let pair = format!("x={text}");
    parameter::first_of(&pair, "x").map(std::borrow::Cow::into_owned).unwrap_or_default()
}

impl Client {
    /// The client of a request, where it names itself.
    ///
    /// # Errors
    /// As for the parameters, and `invalid_client`.
    pub fn of(visit: &Visit<'_>, fields: &Fields) -> Result<Option<Self>, OAuthError> {
        fields.check()?;
        named(visit.headers, fields)
    }

    /// The client of a request that cannot do without.
    ///
    /// # Errors
    /// As for [`Client::of`], and that there is none.
    pub fn needed(visit: &Visit<'_>, fields: &Fields) -> Result<Self, OAuthError> {
        let none = || OAuthError::new(Code::InvalidClient, "client_id is missing");
        Self::of(visit, fields)?.ok_or_else(none)
    }
}
