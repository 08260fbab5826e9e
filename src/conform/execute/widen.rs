//! What follows where the key with just the required scopes is refused: a wider one is looked for,
//! so that the operation can be judged all the same.

use super::{Keyed, Runner};
use crate::conform::keys::{Wider, Wish, list};
use crate::conform::plan::Step;
use crate::contract::Operation;
use crate::exchange::Request;
use crate::judge::trial::{Intent, Valid};

impl Runner<'_> {
    /// Tries wider keys with a plain request that was refused, and judges the first answer of one
    /// that is let in. A refusal did nothing, so that the request may go out again; one that is not
    /// safe goes out until it is let in, and no further.
    pub(super) async fn widen(
        &mut self,
        operation: &Operation,
        step: &Step,
        request: &Request,
        refused: &Keyed,
        found: bool,
    ) -> Option<Keyed> {
        let is_plain = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp));
        let is_minimal = matches!(step.key, Wish::Minimal(_)) && step.access.is_some();
        if !is_plain || !is_minimal || operation.scopes().is_empty() || is_let_in(operation, refused) {
            return None;
        }
        let Wider { all, narrow } = self.keys.wider(operation, refused.key.as_ref()?)?;
        let mut best = None;
        let order: Vec<Vec<String>> = if operation.is_safe() {
            best = Some(self.try_with(operation, request, all).await?);
            narrow
        } else {
            narrow.into_iter().chain([all]).collect()
        };
        for scopes in order {
            let tried = self.try_with(operation, request, scopes).await;
            if tried.is_some() {
                best = tried;
                break;
            }
        }
        let (scopes, keyed) = best?;
        let status = keyed.exchange.status().unwrap_or_default();
        let refusals = self.seen.iter_mut().rev();
        let mut refusals = refusals.filter(|seen| seen.operation == operation.index);
        if let Some(seen) = refusals.find(|seen| seen.observation.rule == "scope-minimal-refused") {
            let with = format!("; a key with {} was answered with {status}", list(&scopes));
            seen.observation.message.push_str(&with);
        }
        self.keys.suffices(operation, scopes.clone());
        if let Some(state) = self.states.get_mut(operation.index) {
            state.tried = false;
            state.why = None;
        }
        let wider = Step { key: Wish::Wider { scopes }, access: None, ..step.clone() };
        self.bind(operation, &step.intent, &keyed.exchange);
        self.judged(operation, &wider, &keyed, found, step.accept.as_deref());
        Some(keyed)
    }

    /// What a request comes to with a key of these scopes, where it is let in.
    async fn try_with(
        &mut self,
        operation: &Operation,
        request: &Request,
        scopes: Vec<String>,
    ) -> Option<(Vec<String>, Keyed)> {
        let wish = Wish::Wider { scopes };
        let key = self.keys.get(operation, &wish).await.ok()?;
        if !self.may_send().await {
            return None;
        }
        let keyed = self.send_with(operation, request, &wish, key).await.ok()?;
        let Wish::Wider { scopes } = wish else { return None };
        is_let_in(operation, &keyed).then_some((scopes, keyed))
    }
}

fn is_let_in(operation: &Operation, keyed: &Keyed) -> bool {
    let status = keyed.exchange.status();
    status.is_some_and(|status| !matches!(status, 401 | 403) || operation.is_success(status))
}
