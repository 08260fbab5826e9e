//! Errors as OAuth 2 tells them (RFC 6749 §5.2, and what other standards add).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::uncached;
use crate::mock::issuer::Unsigned;
use crate::mock::response::Response;

/// What clients decide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidToken,
    InsufficientScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    RequestNotSupported,
    RequestUriNotSupported,
    AccessDenied,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    ServerError,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::ServerError => "server_error",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// An error, with a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub code: Code,
    pub why: String,
}

impl OAuthError {
    pub fn new(code: Code, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }

    /// The same for the log.
    pub fn note(&self) -> String {
        format!("{}: {}", self.code.name(), self.why)
    }

    /// The sentence in the characters that are allowed in it (RFC 6749 §5.2).
    pub fn description(&self) -> String {
        let plain = |c: char| if (c == ' ' || c.is_ascii_graphic()) && c != '\\' { c } else { '?' };
        self.why.replace('"', "'").chars().map(plain).collect()
    }

    /// The answer to a client.
    pub fn response(&self) -> Response {
        let body = json!({ "error": self.code.name(), "error_description": self.description() });
        let mut response = uncached(self.code.status(), &body);
        let challenge = match self.code {
            Code::InvalidClient => Some("Basic realm=\"login\", charset=\"UTF-8\"".to_owned()),
            Code::InvalidToken | Code::InsufficientScope => Some(format!(
                "Bearer error=\"{}\", error_description=\"{}\"",
                self.code.name(),
                self.description()
            )),
            _ => None,
        };
        if let Some(challenge) = challenge.and_then(|challenge| HeaderValue::try_from(challenge).ok()) {
            response.headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Unsigned> for OAuthError {
    fn from(why: Unsigned) -> Self {
        Self::new(Code::ServerError, why.to_string())
    }
}
