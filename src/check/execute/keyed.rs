//! Requests with a key, and what it means when a key that was accepted is refused.

use super::Runner;
use crate::check::credentials::{self, Beside, Credential, KeyChoice};
use crate::contract::Operation;
use crate::exchange::{Exchange, Request};
use crate::redact::Placed;

/// A request that a key was accepted with, before the key was put on it. It is safe, so that it can
/// be sent again.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    operation: usize,
    request: Request,
    /// The keys that went along.
    beside: Vec<Beside>,
}

/// An exchange, the key that it was made with, and where the key stood.
#[derive(Debug, Clone)]
pub(in crate::check) struct Keyed {
    pub exchange: Exchange,
    pub key: Option<Credential>,
    pub placed: Vec<Placed>,
}

impl Keyed {
    /// Whether the key was not taken (RFC 9110 §15.5.2).
    fn is_refused(&self) -> bool {
        self.exchange.status() == Some(401)
    }
}

impl Runner<'_> {
    /// Sends a request with the key of a case. Where a key is refused that was accepted before, the
    /// request that it was accepted with tells whether the key or this request is the reason. A key
    /// that is refused there too is made anew, once; where that does not help, it is dead.
    ///
    /// # Errors
    /// Why the key is dead; the answer then says nothing of the target.
    pub async fn send_with(
        &mut self,
        operation: &Operation,
        request: &Request,
        choice: &KeyChoice,
        key: Option<Credential>,
    ) -> Result<Keyed, String> {
        let first = self.with_key(operation, request, key).await;
        let Some(key) = first.key.clone().filter(|_| *choice != KeyChoice::Unknown) else { return Ok(first) };
        if !first.is_refused() {
            self.accepted(operation, request, &key, &first.exchange);
            return Ok(first);
        }
        let Some(proof) = self.accepted.get(&key.info.name).cloned() else { return Ok(first) };
        match self.prove(proof.as_ref(), &key).await {
            Some(true) => return Ok(first),
            // It could not be found out, so that the answer is what it seems to be.
            None if proof.is_some() => return Ok(first),
            Some(false) | None => {}
        }
        let renewed = match self.credentials.renewed(operation, choice, &key).await {
            Ok(renewed) => renewed,
            Err(why) => return Err(self.dies(&key, &format!("cannot be had anew: {why}"))),
        };
        let Some(new) = renewed else {
            return if proof.is_some() { Err(self.dies(&key, "is refused now")) } else { Ok(first) };
        };
        if !self.may_send().await {
            return Ok(first);
        }
        let second = self.with_key(operation, request, Some(new.clone())).await;
        if !second.is_refused() {
            self.accepted(operation, request, &new, &second.exchange);
            return Ok(second);
        }
        match self.prove(proof.as_ref(), &new).await {
            Some(false) => Err(self.dies(&new, "is refused now, made anew too")),
            Some(true) | None => Ok(second),
        }
    }

    pub(super) async fn with_key(
        &mut self,
        operation: &Operation,
        request: &Request,
        key: Option<Credential>,
    ) -> Keyed {
        let mut request = request.clone();
        let placed = key.as_ref().map_or_else(Vec::new, |key| {
            credentials::place(self.contract, operation, self.sources, key, &mut request)
        });
        let exchange = self.send(operation.index, &request).await;
        Keyed { exchange, key, placed }
    }

    /// Remembers that a key was accepted, and with what. A refusal for its scopes (RFC 9110 §15.5.4)
    /// is an acceptance of the key too; other answers may come before anybody looks at the key.
    fn accepted(&mut self, operation: &Operation, request: &Request, key: &Credential, exchange: &Exchange) {
        if !exchange.status().is_some_and(|status| (200..300).contains(&status) || status == 403) {
            return;
        }
        let proof = self.accepted.entry(key.info.name.clone()).or_default();
        if operation.is_safe() && request.method.is_safe() && proof.is_none() {
            *proof = Some(Proof {
                operation: operation.index,
                request: request.clone(),
                beside: key.beside.clone(),
            });
        }
    }

    /// Whether a key is still accepted where it was; `None` where that cannot be found out.
    async fn prove(&mut self, proof: Option<&Proof>, key: &Credential) -> Option<bool> {
        let proof = proof?;
        let operation = self.contract.operations.get(proof.operation)?;
        if !self.may_send().await {
            return None;
        }
        let key = Credential { beside: proof.beside.clone(), ..key.clone() };
        let keyed = self.with_key(operation, &proof.request, Some(key)).await;
        keyed.exchange.status().map(|_| !keyed.is_refused())
    }

    /// Notes that a key is dead, and gives the line that says so.
    fn dies(&mut self, key: &Credential, how: &str) -> String {
        let why = format!("the key {:?} was accepted before and {how}", key.info.name);
        self.credentials.bury(key, why.clone());
        why
    }
}
