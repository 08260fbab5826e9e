//! Turns observations into findings: equal ones are merged, evidence is attached, secrets are removed.

mod cause;

use std::collections::HashMap;

use crate::rules::Rule;
use indexmap::IndexMap;

use super::evidence::Recorded;
use crate::contract::Contract;
use crate::judge::exchange::Observation;
use crate::redact::{self, Redactor};
use crate::run::{Bodies, DocumentPlace, Excerpt, Finding, KeyInfo, MessageShown, policy};

/// One finding per operation and place, in the order in which they were first seen. Those with one `cause` become one
/// when it is known which of them are accepted (`run::group`).
pub(super) fn findings(contract: &Contract, seen: &[Recorded], redactor: &Redactor) -> Vec<Finding> {
    let mut findings = Findings::default();
    for seen in seen {
        findings.add(contract, seen, redactor);
    }
    findings.into_list()
}

/// Findings while they are collected, by their ids.
#[derive(Debug, Default)]
pub(super) struct Findings(IndexMap<String, Finding>);

impl Findings {
    /// Adds what was seen; the id of its finding.
    pub fn add(&mut self, contract: &Contract, seen: &Recorded, redactor: &Redactor) -> String {
        let operation = contract.at(seen.operation).map_or("", |o| o.id.as_str());
        let id = id_of(operation, seen);
        if let Some(known) = self.0.get_mut(&id) {
            merge(known, seen);
        } else {
            self.0.insert(id.clone(), finding(redactor, &id, operation, contract, seen));
        }
        id
    }

    /// Counts another place of a finding that is known.
    pub fn count(&mut self, id: &str) {
        if let Some(known) = self.0.get_mut(id) {
            known.places += 1;
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, in the order in which they were first seen.
    pub fn into_list(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.0.into_values().collect();
        one_failure_for_an_operation(&mut findings);
        findings
    }
}

/// Counts another place of what is known already.
fn merge(known: &mut Finding, seen: &Recorded) {
    known.places += 1;
    known.severity = known.severity.max(seen.observation.severity);
    known.saw(seen.evidence.exchange.status());
}

/// Who fails at a plain request fails at odd ones too: that is looked at once the first is mended.
fn one_failure_for_an_operation(findings: &mut [Finding]) {
    let mut first: HashMap<(String, Vec<u16>), String> = HashMap::new();
    for finding in findings.iter_mut().filter(|finding| finding.rule == Rule::ServerError) {
        let key = (finding.operation.clone(), finding.statuses.clone());
        finding.cause = first.entry(key).or_insert_with(|| finding.cause.clone()).clone();
    }
}

fn id_of(operation: &str, seen: &Recorded) -> String {
    let Observation { rule, document, at, instance, .. } = &seen.observation;
    let status = seen.evidence.exchange.status();
    if *rule == Rule::ValidRejected && at.starts_with("request.") {
        return policy::finding_id(*rule, operation, status, &varied(document, at, instance));
    }
    policy::finding_id(*rule, operation, status, document)
}

/// A varied request is distinguished by what was varied; the value is left out.
pub(super) fn varied(document: &str, at: &str, instance: &str) -> String {
    format!("{document}\n{at}{instance}")
}

fn finding(redactor: &Redactor, id: &str, operation: &str, contract: &Contract, seen: &Recorded) -> Finding {
    let observation = &seen.observation;
    let place = contract.place(&observation.document);
    let response: Option<MessageShown> =
        seen.evidence.exchange.response().map(|response| redactor.response(response));
    Finding {
        id: id.to_owned(),
        cause: cause::of(id, seen),
        rule: observation.rule,
        wfc: observation.rule.fault_category(
            Some(seen.evidence.exchange.request.method.as_str()),
            seen.evidence.exchange.status(),
        ),
        severity: observation.severity,
        operation: operation.to_owned(),
        document_name: None,
        message: redactor.text(&observation.message),
        expected: redactor.text(&observation.expected),
        actual: redactor.text(&observation.actual),
        at: redactor.text(&observation.at),
        instance: redactor.text(&observation.instance),
        key: seen
            .evidence
            .key
            .as_ref()
            .map(|key| KeyInfo { name: redactor.text(&key.name), scopes: key.scopes.clone() }),
        causes: Vec::new(),
        places: 1,
        statuses: seen.evidence.exchange.status().into_iter().collect(),
        members: Vec::new(),
        flaky: false,
        known: false,
        document: Some(DocumentPlace {
            pointer: place.pointer,
            file: place.file.to_string(),
            line: 0,
            text: String::new(),
        }),
        request: redactor.request(&seen.evidence.exchange),
        response,
        reproduce: redact::curl(redactor, &seen.evidence.exchange, &seen.evidence.placed),
        excerpt: excerpt(redactor, seen),
        bodies: Bodies {
            request: seen.evidence.exchange.request.body.clone(),
            response: seen
                .evidence
                .exchange
                .response()
                .map(|response| response.body.clone())
                .unwrap_or_default(),
        },
    }
}

/// What is around the fault, where the body that has it is longer than what is shown of it.
fn excerpt(redactor: &Redactor, seen: &Recorded) -> Option<Excerpt> {
    let exchange = &seen.evidence.exchange;
    let body = match seen.observation.at.as_str() {
        "response.body" => &exchange.response()?.body,
        "request.body" => &exchange.request.body,
        _ => return None,
    };
    let is_long = body.len() > redact::MAX_BODY;
    is_long.then(|| Excerpt::of(body, &seen.observation.instance, |text| redactor.text(text)))?
}

#[cfg(test)]
mod tests;
