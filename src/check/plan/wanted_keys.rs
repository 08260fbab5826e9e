//! The fewest keys with which every case of a plan about scopes can be tried.

use super::Plan;
use crate::check::credentials::{self, KeyChoice, is_broad};
use crate::contract::Contract;
use crate::contract::scopes::ScopeRules;

/// A key that a user should make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedKey {
    /// What it should hold.
    pub scopes: Vec<String>,
    /// The scheme that it is for, where operations ask by several.
    pub scheme: Option<String>,
}

/// The keys for a plan: for each scheme, the fewest whose scopes serve all cases. A greedy cover, of which no key
/// can be left out.
pub fn fewest(contract: &Contract, plan: &Plan, rules: &ScopeRules) -> Vec<WantedKey> {
    let mut groups: Vec<(Vec<String>, Vec<&KeyChoice>)> = Vec::new();
    for step in plan.steps.iter().chain(&plan.last_steps) {
        let Some(operation) = contract.at(step.operation).filter(|operation| !operation.is_open()) else {
            continue;
        };
        let Some(requirement) = credentials::requirement(operation).filter(|_| !operation.is_login()) else {
            continue;
        };
        if scopes_of(&step.key).is_none() {
            continue;
        }
        match groups.iter_mut().find(|(schemes, _)| *schemes == requirement.schemes) {
            Some((_, choices)) if choices.contains(&&step.key) => {}
            Some((_, choices)) => choices.push(&step.key),
            None => groups.push((requirement.schemes.clone(), vec![&step.key])),
        }
    }
    let is_one = groups.len() == 1 && groups.iter().all(|(schemes, _)| schemes.len() == 1);
    let mut wanted: Vec<WantedKey> = Vec::new();
    for (schemes, choices) in &groups {
        let Some((first, others)) = schemes.split_first() else { continue };
        let of = |scheme: &String| (!is_one).then(|| scheme.clone());
        let keys = cover(choices, rules).into_iter().map(|scopes| WantedKey { scopes, scheme: of(first) });
        let beside = others.iter().map(|scheme| WantedKey { scopes: Vec::new(), scheme: of(scheme) });
        for key in keys.chain(beside) {
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
    }
    wanted
}

/// The scopes that a case is about; `None` for a case that needs no key of the user's.
fn scopes_of(choice: &KeyChoice) -> Option<&Vec<String>> {
    match choice {
        KeyChoice::Minimal(scopes) | KeyChoice::Wider { scopes } | KeyChoice::Lacking { scopes, .. } => {
            Some(scopes)
        }
        KeyChoice::Nothing
        | KeyChoice::Unknown
        | KeyChoice::Limited(_)
        | KeyChoice::Stranger(_)
        | KeyChoice::Denied(_) => None,
    }
}

/// Whether a key with these scopes can be used for a case. Broad scopes would hide which of the required ones is
/// needed.
fn serves(scopes: &[String], choice: &KeyChoice, rules: &ScopeRules) -> bool {
    match choice {
        KeyChoice::Minimal(required) => {
            let is_blurred = scopes.iter().any(|scope| !required.contains(scope) && is_broad(scope));
            !is_blurred && rules.missing(required, scopes).is_none()
        }
        KeyChoice::Wider { scopes: wanted } => wanted == scopes,
        KeyChoice::Lacking { scopes: wanted, required } => {
            let missing = rules.missing(required, scopes);
            missing.is_some()
                && missing == rules.missing(required, wanted)
                && scopes.is_empty() == wanted.is_empty()
        }
        KeyChoice::Nothing
        | KeyChoice::Unknown
        | KeyChoice::Limited(_)
        | KeyChoice::Stranger(_)
        | KeyChoice::Denied(_) => true,
    }
}

/// Sets of scopes that serve all these cases together.
fn cover(choices: &[&KeyChoice], rules: &ScopeRules) -> Vec<Vec<String>> {
    let mut candidates: Vec<&Vec<String>> = choices.iter().filter_map(|choice| scopes_of(choice)).collect();
    candidates.sort_by_key(|scopes| scopes.len());
    candidates.dedup();
    let mut chosen: Vec<&Vec<String>> = Vec::new();
    let mut open: Vec<&KeyChoice> = choices.to_vec();
    while !open.is_empty() {
        let gain = |scopes: &&&Vec<String>| {
            let served = open.iter().filter(|choice| serves(scopes, choice, rules)).count();
            let exact = open.iter().filter(|choice| scopes_of(choice) == Some(**scopes)).count();
            (served, exact)
        };
        // The first of the best, which is the smallest.
        let Some(best) = candidates.iter().rev().max_by_key(gain).copied() else { break };
        let before = open.len();
        open.retain(|choice| !serves(best, choice, rules));
        if open.len() == before {
            break;
        }
        chosen.push(best);
    }
    // What later ones serve too is not needed.
    let mut at = 0;
    while at < chosen.len() {
        let others =
            || chosen.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, scopes)| *scopes);
        let is_needed = choices.iter().any(|choice| {
            serves(chosen[at], choice, rules) && !others().any(|scopes| serves(scopes, choice, rules))
        });
        if is_needed {
            at += 1;
        } else {
            chosen.remove(at);
        }
    }
    chosen.sort();
    chosen.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::scripted::{Bench, pets};
    use rstest::rstest;
    use serde_json::{Value, json};

    /// The keys for pets, of which reading and writing ask for this.
    fn keys(read: &Value, write: &Value, rules: ScopeRules) -> Vec<String> {
        let mut tree = pets();
        tree["components"]["securitySchemes"] = json!({"a": {"type": "http", "scheme": "bearer"}, "b": {"type": "apiKey", "in": "query", "name": "k"}});
        for (_, path) in tree["paths"].as_object_mut().unwrap() {
            for (method, operation) in path.as_object_mut().unwrap() {
                if operation.get("responses").is_some() {
                    operation["security"] = if method == "get" { read.clone() } else { write.clone() };
                }
            }
        }
        let mut bench = Bench::of(tree);
        bench.settings.scopes = rules;
        let mut found: Vec<String> = fewest(&bench.contract, &bench.plan(), &bench.settings.scopes)
            .into_iter()
            .map(|key| {
                format!("{}{}", key.scopes.join("+"), key.scheme.map(|s| format!("@{s}")).unwrap_or_default())
            })
            .collect();
        found.sort();
        found
    }

    #[rstest]
    #[case::no_scopes(json!([{"a": []}]), json!([{"a": []}]), &[""])]
    #[case::one_scope(json!([{"a": ["p"]}]), json!([{"a": ["p"]}]), &["", "p"])]
    #[case::open_reads(json!([]), json!([{"a": ["p"]}]), &["", "p"])]
    #[case::nothing_is_guarded(json!([]), json!([]), &[])]
    #[case::read_and_write(json!([{"a": ["p:read"]}]), json!([{"a": ["p:write"]}]), &["", "p:read", "p:write"])]
    #[case::two_at_once(json!([{"a": ["p", "q"]}]), json!([{"a": ["p", "q"]}]), &["", "p", "p+q", "q"])]
    #[case::schemes(json!([{"a": ["p"]}]), json!([{"b": []}]), &["@a", "@b", "p@a"])]
    fn no_key_too_many(#[case] read: Value, #[case] write: Value, #[case] expected: &[&str]) {
        assert_eq!(keys(&read, &write, ScopeRules::default()), expected);
    }

    #[test]
    fn the_wildcard_has_a_case_of_its_own() {
        let rules =
            ScopeRules { wildcard: "*".to_owned(), write_implies_read: true, ..ScopeRules::default() };
        let found = keys(&json!([{"a": ["p:read"]}]), &json!([{"a": ["p:write"]}]), rules);
        assert_eq!(found, ["", "*", "p:read", "p:write"]);
    }
}
