//! Keys that the target has accepted, and the requests that prove it.

use super::{Beside, Credential, Credentials};
use crate::contract::{Operation, OperationId};
use crate::exchange::{Exchange, Request};

/// That a key was accepted, and with what.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Acceptance {
    /// A request that shows it, before the key was put on it. It is safe, so that it can be sent again.
    pub proof: Option<Proof>,
}

/// A request that a key was accepted with.
#[derive(Debug, Clone)]
pub(in crate::check) struct Proof {
    /// Which operation.
    pub operation: OperationId,
    pub request: Request,
    /// The keys that went along.
    pub beside: Vec<Beside>,
    /// The schemes of the alternative by which it was sent.
    pub by: Option<Vec<String>>,
}

impl Credentials<'_> {
    /// Remembers that a key was accepted, and with what. A refusal for its scopes (RFC 9110 §15.5.4)
    /// is an acceptance of the key too; other answers may come before anybody looks at the key.
    pub(in crate::check) fn note_answer(
        &mut self,
        operation: &Operation,
        request: &Request,
        key: &Credential,
        exchange: &Exchange,
    ) {
        if !exchange.status().is_some_and(|status| (200..300).contains(&status) || status == 403) {
            return;
        }
        let acceptance = self.accepted.entry(key.info.name.clone()).or_default();
        if operation.is_safe() && request.method.is_safe() && acceptance.proof.is_none() {
            acceptance.proof = Some(Proof {
                operation: operation.index,
                request: request.clone(),
                beside: key.beside.clone(),
                by: key.by.clone(),
            });
        }
    }

    /// What is known of a key's acceptance; `None` where it was never accepted.
    pub(in crate::check) fn acceptance(&self, key: &Credential) -> Option<Acceptance> {
        self.accepted.get(&key.info.name).cloned()
    }
}
