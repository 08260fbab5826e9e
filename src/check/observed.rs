//! Judges exchanges that others made, and sums them up as a run.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use indexmap::IndexMap;
use jiff::Timestamp;

use super::evidence::{Evidence, Recorded};
use super::findings::Findings;
use super::sender::kept::Kept;
use super::summary::{sorted, unseen};
use crate::contract::{Contract, Location, Operation, OperationId, PerOperation, SchemeKind};
use crate::coverage::Meter;
use crate::exchange::{Exchange, Request};
use crate::judge::exchange::{Intent, Invalid, Trial, judge};
use crate::judge::{Evaluation, Violation};
use crate::redact::Redactor;
use crate::rules::Rule;
use crate::run::{DocumentInfo, OperationResult, Run, Summary, Verdict, coverage_of};

/// Exchanges that were judged and come again are counted, and not judged again: so many are known.
const MAX_KNOWN: usize = 4_096;

/// What was seen of one operation.
#[derive(Debug, Default)]
struct Seen {
    requests: usize,
    statuses: IndexMap<String, usize>,
    waited: Duration,
    looked: BTreeSet<Rule>,
}

/// Judges exchanges that others made. It keeps a finding for each fault, whatever the number of exchanges.
pub struct Observer {
    contract: Arc<Contract>,
    begun: Timestamp,
    /// All of them, where a report shows all of them.
    kept: Kept,
    redactor: Redactor,
    seen: PerOperation<Seen>,
    findings: Findings,
    meter: Meter,
    /// What was said of an exchange, by what distinguishes it from others.
    known: HashMap<u64, Vec<Said>>,
}

/// A fault: its finding, and a line about it.
#[derive(Debug, Clone)]
struct Said {
    finding: String,
    line: String,
}

impl Observer {
    /// An observer that has seen nothing, at a time; whether it keeps all exchanges for reports that show them.
    pub fn new(contract: Arc<Contract>, begun: Timestamp, keeps_traffic: bool) -> Self {
        let names = |wanted| contract.key_names(wanted);
        let redactor =
            Redactor::new([]).with_names(names(Location::Header), names(Location::Query)).by_name();
        Self {
            begun,
            kept: Kept::new(keeps_traffic),
            redactor,
            seen: contract.operations.iter().map(|_| Seen::default()).collect(),
            findings: Findings::default(),
            meter: Meter::new(&contract),
            known: HashMap::new(),
            contract,
        }
    }

    /// Judges an exchange that went out `after` so long; what is wrong with its answer, a line for each fault.
    pub fn see(
        &mut self,
        operation: OperationId,
        violations: &[Violation],
        exchange: &Exchange,
        after: Duration,
    ) -> Vec<String> {
        self.kept.keep(after, exchange);
        let contract = Arc::clone(&self.contract);
        let Some(operation) = contract.at(operation) else { return Vec::new() };
        self.count(operation, exchange);
        let id = fingerprint(operation, exchange);
        if let Some(said) = self.known.get(&id) {
            for said in said {
                self.findings.count(&said.finding);
            }
            return said.iter().map(|said| said.line.clone()).collect();
        }
        self.meter.note(&contract, operation, exchange);
        let intent = intent_of(operation, &contract, violations, exchange);
        let Evaluation { looked, seen } = judge(&Trial {
            operation,
            intent: &intent,
            exchange,
            success: None,
            plain: None,
            asked: None,
            baseline: None,
            found: false,
        });
        if let Some(known) = self.seen.get_mut(operation.index) {
            known.looked.extend(looked);
        }
        let answer = exchange.response().map(|response| (&response.headers, &*response.body));
        let redactor = self.redactor.knowing(&exchange.request, answer);
        let said: Vec<Said> = seen
            .into_iter()
            .map(|observation| {
                let line = format!("{}: {}", observation.rule, redactor.text(&observation.message));
                let evidence = Evidence { exchange: exchange.clone(), key: None, placed: Vec::new() };
                let recorded = Recorded { observation, operation: operation.index, evidence };
                Said { finding: self.findings.add(&contract, &recorded, &redactor), line }
            })
            .collect();
        let lines = said.iter().map(|said| said.line.clone()).collect();
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(id, said);
        lines
    }

    /// Whether the target has answered an operation so that it must have it.
    pub fn has_answered(&self, operation: OperationId) -> bool {
        let is_absence = |status: &String| ["404", "405", "501"].contains(&status.as_str());
        self.seen.get(operation).is_some_and(|seen| !seen.statuses.keys().all(is_absence))
    }

    /// How many findings there are.
    pub fn found(&self) -> usize {
        self.findings.len()
    }

    /// What all of it comes to.
    pub fn run(&mut self, target: &str, duration_ms: u64) -> Run {
        let contract = Arc::clone(&self.contract);
        let operations: Vec<OperationResult> =
            contract.operations.iter().map(|operation| self.result(operation)).collect();
        Run {
            counterpart: env!("CARGO_PKG_VERSION").to_owned(),
            document: DocumentInfo { title: contract.title.clone(), version: contract.version.clone() },
            documents: Vec::new(),
            shards: Vec::new(),
            target: target.to_owned(),
            started: Some(format!("{:.3}", self.begun)),
            commit: None,
            traffic: self.kept.traffic(&self.redactor, Some(self.begun)),
            seed: 0,
            run: String::new(),
            summary: Summary { duration_ms, ..Summary::default() },
            coverage: coverage_of(&operations),
            operations,
            retried: Vec::new(),
            findings: std::mem::take(&mut self.findings).into_list(),
            waived: Vec::new(),
            problems: Vec::new(),
            leftovers: Vec::new(),
            access: Vec::new(),
            pending: Vec::new(),
        }
    }

    fn count(&mut self, operation: &Operation, exchange: &Exchange) {
        let Some(seen) = self.seen.get_mut(operation.index) else { return };
        seen.requests += 1;
        seen.waited += exchange.elapsed;
        if let Some(status) = exchange.status() {
            *seen.statuses.entry(status.to_string()).or_default() += 1;
        }
    }

    fn result(&mut self, operation: &Operation) -> OperationResult {
        let seen = self.seen.get_mut(operation.index).map(std::mem::take).unwrap_or_default();
        let answered: Vec<u16> = seen.statuses.keys().filter_map(|status| status.parse().ok()).collect();
        let succeeded = answered.iter().any(|status| operation.is_success(*status));
        let why = match (succeeded, seen.requests) {
            (true, _) => None,
            (false, 0) => Some("no request was for it"),
            (false, _) => Some("no request had a documented success"),
        };
        OperationResult {
            succeeded,
            verdict: if succeeded { Verdict::Conforms } else { Verdict::Inconclusive },
            why: why.map(str::to_owned),
            requests: seen.requests,
            statuses: sorted(seen.statuses),
            coverage: self.meter.of(operation, &answered),
            waited: seen.waited,
            looked: seen.looked.into_iter().collect(),
            ..unseen(operation)
        }
    }
}

/// What a request of somebody else was for, as far as it shows.
fn intent_of(
    operation: &Operation,
    contract: &Contract,
    violations: &[Violation],
    exchange: &Exchange,
) -> Intent {
    let was_let_in = exchange.status().is_some_and(|status| (200..300).contains(&status));
    match violations.first() {
        _ if !was_let_in => Intent::Observed,
        Some(violation) => Intent::Invalid(Invalid::of(violation)),
        None if !operation.is_open() && has_no_key(contract, &exchange.request) => Intent::NoKey,
        None => Intent::Observed,
    }
}

/// Whether a request has nothing that may be a credential, wherever the document puts them.
fn has_no_key(contract: &Contract, request: &Request) -> bool {
    let query = request.query.as_deref().unwrap_or_default();
    let is_there = |kind: &SchemeKind| match kind {
        SchemeKind::ApiKey(Location::Header, name) => request.headers.contains_key(name.as_str()),
        SchemeKind::ApiKey(Location::Query, name) => {
            crate::contract::parameter::first_of(query, name).is_some()
        }
        // The connection may hold it, or nobody knows where it is.
        SchemeKind::MutualTls | SchemeKind::Unknown(_) => true,
        _ => false,
    };
    let has_usual = [AUTHORIZATION, COOKIE].iter().any(|name| request.headers.contains_key(name));
    !has_usual && !contract.schemes.values().any(|scheme| is_there(&scheme.kind))
}

/// What distinguishes an exchange: the operation, what was sent, and what came back.
fn fingerprint(operation: &Operation, exchange: &Exchange) -> u64 {
    let request = &exchange.request;
    let lines = |headers: &http::HeaderMap| -> Vec<(String, Vec<u8>)> {
        let told = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            // Another date is no other answer.
            (*name != http::header::DATE).then(|| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        };
        headers.iter().filter_map(told).collect()
    };
    let response = exchange.response();
    foldhash::quality::FixedState::default().hash_one((
        (operation.id.as_str(), request.method.as_str(), request.path.as_str(), request.query.as_deref()),
        (request.headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes), request.body.as_ref()),
        has_key(request),
        exchange.outcome.as_ref().err().map(ToString::to_string),
        response.map(|response| (response.status.as_u16(), lines(&response.headers), response.body.as_ref())),
    ))
}

fn has_key(request: &Request) -> bool {
    [AUTHORIZATION, COOKIE].iter().any(|name| request.headers.contains_key(name))
}
