//! Whether the target is still well: a read that was answered before is sent again after whatever could
//! have done harm. Where it fails and goes on failing, the run ends.

use crate::rules::Rule;
use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;

use super::ledger::retry_after;
use super::{Keyed, Runner};
use crate::check::clock::{self, Instant};
use crate::check::credentials::KeyChoice;
use crate::check::tell::Seen;
use crate::contract::Operation;
use crate::document::pointer;
use crate::exchange::{Exchange, Failure, Request};
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::kind::Kind;

/// How long a target may take to be well again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest pause between two looks, where the target asks for none.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// A read that was answered with success, and what its answer was like.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    operation: usize,
    request: Request,
    choice: KeyChoice,
    media_type: Option<String>,
    /// Entries that this run did not make, by all that they hold of an id.
    entries: HashSet<String>,
}

/// An unsafe request that was sent since the target was last seen well.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    operation: usize,
    line: String,
    keyed: Keyed,
}

/// What is known of the target's health.
#[derive(Default)]
pub(in crate::check) struct Health {
    probe: Option<Probe>,
    suspects: Vec<Suspect>,
    /// What the run says once the target was harmed.
    harm: Option<String>,
    /// Whether the last answer was a 5xx or none, after which connections are not trusted.
    pub is_shaken: bool,
}

impl Runner<'_> {
    /// Why the run ended early, where the target was harmed.
    pub(super) fn harm(&self) -> Option<String> {
        self.health.harm.clone()
    }

    pub(super) fn is_harmed(&self) -> bool {
        self.health.harm.is_some()
    }

    /// Looks after the target once a request was answered, or was not.
    pub(in crate::check) async fn watch(&mut self, operation: &Operation, choice: &KeyChoice, keyed: &Keyed) {
        let exchange = &keyed.exchange;
        let status = exchange.status();
        // A method that nobody implements (501) is a refusal, and no sign that the target is unwell.
        let failed = matches!(status, Some(500 | 502..) | None) && !was_too_large(exchange);
        self.health.is_shaken = failed;
        if self.is_harmed() || !self.is_trying() {
            return;
        }
        let is_safe = reads(&exchange.request.method);
        if is_safe {
            self.remember(operation, choice, keyed);
        } else if !matches!(status, Some(400..=499)) {
            self.has_written |= status.is_some_and(|status| status < 300);
            let line = format!("{} {}", exchange.request.method, exchange.url);
            self.health.suspects.push(Suspect { operation: operation.index, line, keyed: keyed.clone() });
        }
        if failed || self.may_do_harm(operation, exchange) {
            self.probe(exchange).await;
        }
    }

    /// Whether a request could have done more than make one object more: it was not refused, or nothing
    /// tells what it does.
    fn may_do_harm(&self, operation: &Operation, exchange: &Exchange) -> bool {
        let refused = matches!(exchange.status(), Some(400..=499));
        !reads(&exchange.request.method)
            && match self.resources.kind(operation.index).map(|judged| judged.kind) {
                Some(Kind::Create) => false,
                Some(Kind::Own) => !refused,
                // Asking once shows whether it does more than ask.
                Some(Kind::Query) => {
                    !refused && self.states.get(operation.index).is_none_or(|state| state.requests <= 1)
                }
                Some(Kind::Action | Kind::Setting) => true,
                None => false,
            }
    }

    /// Keeps a read as the probe, a list that holds what others made before any other.
    fn remember(&mut self, operation: &Operation, choice: &KeyChoice, keyed: &Keyed) {
        let exchange = &keyed.exchange;
        let Some(response) = exchange.response().filter(|r| r.status.is_success()) else { return };
        let is_plain =
            exchange.request.method == http::Method::GET && exchange.request.method == operation.method;
        let is_key = matches!(choice, KeyChoice::Nothing | KeyChoice::Minimal(_))
            && (*choice != KeyChoice::Nothing || operation.is_open());
        let known = self.health.probe.as_ref();
        if !is_plain || !is_key || known.is_some_and(|known| !known.entries.is_empty()) {
            return;
        }
        let entries = self.foreign(operation, exchange);
        if known.is_none() || !entries.is_empty() {
            self.health.probe = Some(Probe {
                operation: operation.index,
                request: exchange.request.clone(),
                choice: choice.clone(),
                media_type: response.media_type(),
                entries,
            });
        }
    }

    /// The entries of a list that this run did not make.
    fn foreign(&self, operation: &Operation, exchange: &Exchange) -> HashSet<String> {
        let listing = self
            .resources
            .listed_by(operation.index)
            .and_then(|index| Some((index, self.resources.collections.get(index)?)));
        let Some((index, collection)) = listing else { return HashSet::new() };
        let Some(at) = collection.list.as_ref().map(|list| list.entries.as_str()) else {
            return HashSet::new();
        };
        let body: Value = exchange
            .response()
            .and_then(|response| serde_json::from_slice(&response.body).ok())
            .unwrap_or_default();
        let parents = super::objects::path_values(operation, &exchange.request.path);
        let entries = body.pointer(at).and_then(Value::as_array).into_iter().flatten();
        entries
            .filter_map(|entry| {
                let id = self.pool.id(index, entry, &collection.parameter)?;
                let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
                (!self.pool.is_own(index, &values)).then(|| id.to_string())
            })
            .collect()
    }

    /// Reads again what was readable before; a target that stays unwell was harmed.
    async fn probe(&mut self, last: &Exchange) {
        let Some(probe) = self.health.probe.clone() else { return };
        let Some(operation) = self.contract.operations.get(probe.operation) else { return };
        let end = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(100);
        loop {
            let Ok(key) = self.credentials.get(operation, &probe.choice).await else { return };
            let sent = self.send_with(operation, &probe.request, &probe.choice, key).await;
            // A key that died meanwhile tells nothing of the target.
            let Ok(keyed) = sent else { return };
            let exchange = keyed.exchange;
            // Whoever limits the rate is there and answers.
            let is_well = exchange.status() == Some(429) || self.is_well(&probe, operation, &exchange);
            if is_well {
                for suspect in std::mem::take(&mut self.health.suspects) {
                    if let Some(operation) = self.contract.operations.get(suspect.operation) {
                        self.noted(operation, Evaluation::of(Rule::TargetHarmed, None));
                    }
                }
                return;
            }
            let asked = retry_after(&exchange).unwrap_or(pause);
            if Instant::now() + asked > end || self.is_stopped() {
                return self.harmed(&probe, &exchange, last);
            }
            clock::sleep(asked).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    fn is_well(&self, probe: &Probe, operation: &Operation, exchange: &Exchange) -> bool {
        let Some(response) = exchange.response() else { return false };
        let is_alike = response.status.is_success() && response.media_type() == probe.media_type;
        if !is_alike || probe.entries.is_empty() {
            return is_alike;
        }
        // New objects may push the others off the page; only a shorter one shows that they are gone.
        let is_shorter = self.count(operation, exchange) < probe.entries.len();
        !is_shorter || !self.foreign(operation, exchange).is_disjoint(&probe.entries)
    }

    /// How many entries a list holds.
    fn count(&self, operation: &Operation, exchange: &Exchange) -> usize {
        let index = self.resources.listed_by(operation.index);
        let list = index.and_then(|index| self.resources.collections.get(index)?.list.as_ref());
        let body: Option<Value> =
            exchange.response().and_then(|response| serde_json::from_slice(&response.body).ok());
        let entries =
            list.zip(body).and_then(|(list, body)| Some(body.pointer(&list.entries)?.as_array()?.len()));
        entries.unwrap_or(0)
    }

    /// Ends the run: what could have done the harm is named, and nothing else is held against the target.
    fn harmed(&mut self, probe: &Probe, seen: &Exchange, last: &Exchange) {
        // That a read fails at a target that is down is no fault of its own.
        if reads(&last.request.method) {
            self.seen.retain(|seen| seen.exchange.case != last.case);
        }
        let suspects = std::mem::take(&mut self.health.suspects);
        let found = match &seen.outcome {
            Ok(response) if response.status.is_success() => "other entries than before".to_owned(),
            Ok(response) => response.status.as_u16().to_string(),
            Err(failure) => failure.to_string(),
        };
        let lines: Vec<&str> = suspects.iter().map(|suspect| suspect.line.as_str()).collect();
        let message = match lines.as_slice() {
            [] => "the target stopped answering as before".to_owned(),
            [one] => format!("the target stopped answering as before after {one}"),
            many => format!("the target stopped answering as before after one of: {}", many.join(", ")),
        };
        let read = format!("{} {}", probe.request.method, probe.request.target());
        self.health.harm = Some(format!("{message}; {read} is answered with: {found}"));
        let blamed = suspects.last().map_or(probe.operation, |suspect| suspect.operation);
        let Some(operation) = self.contract.operations.get(blamed) else { return };
        let mut observation = observe(Rule::TargetHarmed, operation, message)
            .because(format!("{read} answered as before"), found)
            .of_status();
        observation.document = pointer::join(&operation.pointer, "responses");
        let evidence = suspects.last().map(|suspect| suspect.keyed.clone());
        let exchange = evidence.as_ref().map_or_else(|| seen.clone(), |keyed| keyed.exchange.clone());
        for observation in self.noted(operation, Evaluation::from(observation)) {
            self.seen.push(Seen {
                observation,
                operation: operation.index,
                exchange: exchange.clone(),
                key: evidence.as_ref().and_then(|keyed| keyed.key.as_ref().map(|key| key.info.clone())),
                placed: evidence.as_ref().map(|keyed| keyed.placed.clone()).unwrap_or_default(),
            });
        }
    }
}

/// Whether a method only reads: the safe ones (RFC 9110 §9.2.1), PROPFIND (RFC 4918 §9.1) and QUERY.
fn reads(method: &http::Method) -> bool {
    method.is_safe() || ["PROPFIND", "QUERY"].contains(&method.as_str())
}

/// A body past the cap is no sign that the target is unwell.
fn was_too_large(exchange: &Exchange) -> bool {
    matches!(exchange.outcome, Err(Failure::TooLarge(_)))
}
