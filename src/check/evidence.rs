//! The evidence of an observation: what was sent and what came back.

use serde_json::Value;

use super::credentials::Credential;
use crate::contract::{Direction, Operation, OperationId, is_json};
use crate::exchange::Exchange;
use crate::judge::exchange::Observation;
use crate::redact::Placed;
use crate::run::KeyInfo;

/// An exchange, the key that it was made with, and where the key stood.
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    pub exchange: Exchange,
    pub key: Option<Credential>,
    pub placed: Vec<Placed>,
}

impl Keyed {
    /// Whether the key was not taken (RFC 9110 §15.5.2).
    pub fn is_refused(&self) -> bool {
        self.exchange.status() == Some(401)
    }
}

/// An exchange with what reports say of its key.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    pub exchange: Exchange,
    pub key: Option<KeyInfo>,
    pub placed: Vec<Placed>,
}

impl From<Keyed> for Evidence {
    fn from(keyed: Keyed) -> Self {
        Self { exchange: keyed.exchange, key: keyed.key.map(|key| key.info), placed: keyed.placed }
    }
}

impl Evidence {
    /// The status; 0 if there is no answer.
    pub fn status(&self) -> u16 {
        self.exchange.status().unwrap_or(0)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Whether the object was said not to be there.
    pub fn is_gone(&self) -> bool {
        matches!(self.status(), 404 | 410)
    }

    /// Whether the request was refused for its key; 404 hides that the object exists.
    pub fn is_denied(&self) -> bool {
        matches!(self.status(), 401 | 403 | 404)
    }

    /// The JSON of a success, also where it breaks its schema.
    pub fn shown(&self) -> Option<Value> {
        let response = self.exchange.response().filter(|response| response.status.is_success())?;
        response.media_type().filter(|media_type| is_json(media_type))?;
        response.json()
    }

    /// The JSON of a success that matches its schema. What breaks it is reported by other rules, and is
    /// no ground for further ones.
    pub fn sound(&self, operation: &Operation) -> Option<Value> {
        let value = self.shown()?;
        self.allows(operation, &value)?.then_some(value)
    }

    /// Whether the schema of the answer allows another body; `None` where there is no answer.
    pub fn allows(&self, operation: &Operation, body: &Value) -> Option<bool> {
        let response = self.exchange.response()?;
        let media_type = response.media_type()?;
        let schema = operation
            .response(response.status.as_u16())
            .and_then(|documented| documented.content_for(&media_type))
            .and_then(|content| content.schema.as_ref());
        let breaks = schema.is_some_and(|schema| schema.is_valid(Direction::Response, body) == Ok(false));
        Some(!breaks)
    }
}

/// An observation with its evidence.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub observation: Observation,
    /// Which operation.
    pub operation: OperationId,
    pub evidence: Evidence,
}
