//! The direction of imports, circles, lengths, and what must be absent from `src/`.

mod absent;
pub mod files;
mod public_api;
mod tests;

use std::collections::BTreeMap;

use crate::support::root;
use files::{Source, files};

/// Modules from the ground up: each may use those before it, and none after it.
const ORDER: &[&[&str]] = &[
    &["exchange", "document", "rules"],
    &["contract"],
    &["config"],
    &["run"],
    &["redact"],
    &["judge", "resources", "generate"],
    &["coverage"],
    &["fixtures"],
    &["client", "fleet", "report", "snapshot"],
    &["recording"],
    &["mock"],
    &["check"],
    &["project"],
    &["machine"],
    &["library"],
    &["cli"],
];

/// Modules that stand at the same level and may not use each other.
const APART: &[(&str, &str)] =
    &[("mock", "check"), ("mock", "client"), ("report", "mock"), ("report", "client"), ("judge", "generate")];

/// A crate and the one module that may use it.
const HOMES: &[(&str, &str)] = &[
    ("axum", "mock"),
    ("reqwest", "client"),
    ("redis", "fleet"),
    ("jsonschema", "contract::schema"),
    ("clap", "cli"),
];

fn level(module: &str) -> usize {
    ORDER.iter().position(|level| level.contains(&module)).unwrap_or_else(|| panic!("{module} has no level"))
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn against_the_direction(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, targets) in files::uses(sources) {
        let module = sources[from].room();
        for used in targets.iter().map(|to| sources[*to].room()).filter(|used| *used != module) {
            let apart = APART.contains(&(module, used)) || APART.contains(&(used, module));
            if level(used) > level(module) || apart {
                wrong.push(format!("{}: {module} uses {used}", sources[from].path));
            }
        }
    }
    wrong
}

#[test]
fn imports_point_one_way() {
    none(&against_the_direction(&files().product));
}

fn away_from_home(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (used, home) in HOMES {
        let strangers = sources.iter().filter(|source| !source.is_in(home));
        let strangers = strangers.filter(|source| source.names(used).next().is_some());
        wrong.extend(strangers.map(|source| format!("{} uses {used}", source.path)));
    }
    wrong
}

#[test]
fn each_big_crate_has_one_home() {
    none(&away_from_home(&files().product));
}

/// jsonschema must not be able to fetch files or addresses, whatever another crate switches on.
#[test]
fn no_dependency_can_resolve_references_by_itself() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let line = manifest.lines().find(|line| line.starts_with("jsonschema")).expect("the dependency");
    assert!(line.contains("default-features = false") && !line.contains("resolve"), "{line}");
}

#[test]
fn no_files_use_each_other() {
    let found = files::circles(&files().product);
    assert!(found.is_empty(), "files that use each other: {found:#?}");
}

/// Lines of a file.
const MAX_FILE: usize = 450;
/// Lines of a function.
const MAX_FUNCTION: usize = 80;
/// Parameters of a function.
const MAX_PARAMETERS: usize = 6;

/// Files, functions and parameter lists that are longer than they should be, with their length. An entry
/// may only become smaller; one that is short enough goes.
const LONG: &[(&str, usize)] = &[];

#[test]
fn nothing_is_longer_than_one_can_read() {
    let mut found: Vec<(String, usize)> = Vec::new();
    for source in files().product.iter().chain(&files().tests) {
        let file = &source.path;
        if source.lines > MAX_FILE {
            found.push((file.clone(), source.lines));
        }
        for &(ref name, lines, parameters) in &source.functions {
            if lines > MAX_FUNCTION {
                found.push((format!("{file} fn {name}"), lines));
            }
            if parameters > MAX_PARAMETERS {
                found.push((format!("{file} parameters of {name}"), parameters));
            }
        }
    }
    found.sort();
    holds("lines", &found, LONG);
}

/// The files that may know more of the modules beside them than others: they put all parts together.
const TOPS: &[&str] = &["mock/service", "check/run"];
/// Modules beside it that a file may use.
const MAX_SIBLINGS: usize = 8;
/// Files that use more, with how many. An entry may only become smaller; one that is small enough goes.
const MANY_SIBLINGS: &[(&str, usize)] = &[];

fn meddling(sources: &[Source]) -> Vec<(String, usize)> {
    let counted = files::siblings(sources).into_iter().map(|(file, beside)| (file, beside.len()));
    counted.filter(|(file, count)| *count > MAX_SIBLINGS && !TOPS.contains(&file.as_str())).collect()
}

#[test]
fn only_the_tops_know_all_parts() {
    let found = meddling(&files().product);
    holds("siblings", &found, MANY_SIBLINGS);
}

/// Modules that take an operation of a contract by its place instead of its id, with how often.
fn indexing(sources: &[Source]) -> Vec<(String, usize)> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.room() != "contract" && source.indexed_operations > 0)
    {
        *found.entry(source.room().to_owned()).or_default() += source.indexed_operations;
    }
    found.into_iter().collect()
}

#[test]
fn operations_are_indexed_in_the_contract_alone() {
    assert_eq!(indexing(&files().product), []);
}

/// Holds what is too much against a list that may only shrink.
fn holds(what: &str, found: &[(String, usize)], known: &[(&str, usize)]) {
    let is_known =
        |(name, count): &&(String, usize)| known.iter().any(|(k, most)| k == name && count <= most);
    let more: Vec<_> = found.iter().filter(|entry| !is_known(entry)).collect();
    let gone: Vec<_> =
        known.iter().filter(|(name, _)| !found.iter().any(|(found, _)| found == name)).collect();
    assert!(more.is_empty(), "too many {what}: {more:#?}");
    assert!(gone.is_empty(), "none too many now, so take it out of the list: {gone:#?}");
}
