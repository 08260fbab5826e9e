//! Turns observations into findings: equal ones are merged, evidence is attached, secrets are removed.

use crate::rules::Rule;
use indexmap::IndexMap;

use super::evidence::Recorded;
use crate::contract::Contract;
use crate::judge::exchange::{Observation, Told};
use crate::redact::{self, Redactor};
use crate::run::{Bodies, DocumentPlace, Finding, KeyInfo, MessageShown, policy};

/// One finding per cause, in the order in which they were first seen.
pub(super) fn findings(contract: &Contract, seen: Vec<Recorded>, redactor: &Redactor) -> Vec<Finding> {
    let mut findings: IndexMap<String, Finding> = IndexMap::new();
    let mut warned: Vec<Rule> = Vec::new();
    for seen in seen {
        let id = |operation: &str| id_of(operation, &seen);
        let operation = contract.at(seen.operation).map_or("", |o| o.id.as_str());
        // What is said once for several operations belongs to no single operation.
        let key = match seen.observation.told {
            Told::EachOperation => id(operation),
            Told::OncePerPlace | Told::OncePerRun => id(""),
        };
        if let Some(known) = findings.get_mut(&key) {
            merge(known, &seen.observation);
            continue;
        }
        if seen.observation.told == Told::OncePerRun {
            if warned.contains(&seen.observation.rule) {
                let mut told = findings.values_mut();
                if let Some(known) = told.find(|f| f.rule == seen.observation.rule) {
                    merge(known, &seen.observation);
                }
                continue;
            }
            warned.push(seen.observation.rule);
        }
        let finding = finding(redactor, &key, operation, contract, &seen);
        findings.insert(key, finding);
    }
    findings.into_values().collect()
}

/// Counts another place of what is known already. Where the finding is about a status, each of them stays
/// visible.
fn merge(known: &mut Finding, seen: &Observation) {
    known.places += 1;
    known.severity = known.severity.max(seen.severity);
    let is_new = !known.actual.split(", ").any(|status| status == seen.actual);
    if seen.rule == Rule::StatusUndocumented && is_new {
        known.actual = format!("{}, {}", known.actual, seen.actual);
        if seen.message.contains(&seen.actual) {
            known.message = format!("the statuses {} are not documented", known.actual);
        }
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

#[cfg(test)]
mod tests;
