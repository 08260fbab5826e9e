//! Licences, bans and sources of the dependencies, checked against `deny.toml` where cargo-deny is not
//! installed.

use std::collections::BTreeSet;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use crate::support::root;

fn read(name: &str) -> toml::Table {
    std::fs::read_to_string(root().join(name)).expect("a file").parse().expect("TOML")
}

fn texts(value: &toml::Value) -> BTreeSet<String> {
    value.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
}

/// Name and licence of every crate that is built on this machine, tests included.
fn licences() -> Vec<(String, String)> {
    let host = Command::new("rustc").arg("-vV").output().expect("rustc runs").stdout;
    let host = String::from_utf8(host).expect("text");
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("the host");
    let metadata = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host])
        .output()
        .expect("cargo runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().map(|package| (text(package, "name"), text(package, "license"))).collect()
}

/// Whether an SPDX expression can be met with these licences. `/` is the old spelling of OR; AND binds
/// tighter than OR.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest, allowed);
    assert!(rest.is_empty(), "not an SPDX expression: {expression}");
    met
}

fn any(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut met = all(words, allowed);
    while take(words, "OR") {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while take(words, "AND") {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    if take(words, "(") {
        let met = any(words, allowed);
        assert!(take(words, ")"), "a bracket is not closed");
        return met;
    }
    let (name, rest) = words.split_first().expect("a licence");
    *words = rest;
    let mut licence = (*name).to_owned();
    if take(words, "WITH") {
        let (exception, rest) = words.split_first().expect("an exception");
        *words = rest;
        licence = format!("{licence} WITH {exception}");
    }
    allowed.contains(&licence)
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if found {
        *words = &words[1..];
    }
    found
}

#[rstest]
#[case("MIT", true)]
#[case("GPL-3.0-only", false)]
#[case("MIT/GPL-3.0-only", true)]
#[case("GPL-3.0-only OR MIT", true)]
#[case("MIT AND GPL-3.0-only", false)]
#[case("(GPL-3.0-only OR MIT) AND ISC", true)]
#[case("ISC AND MIT OR GPL-3.0-only", true)]
#[case("Apache-2.0 WITH LLVM-exception", true)]
#[case("Apache-2.0", false)]
fn an_expression_is_met_or_not(#[case] expression: &str, #[case] expected: bool) {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
    assert_eq!(is_met(expression, &allowed), expected);
}

#[test]
fn every_licence_is_allowed_and_every_allowed_one_needed() {
    let allowed = texts(&read("deny.toml")["licenses"]["allow"]);
    let licences = licences();
    let fits = |allowed: &BTreeSet<String>| licences.iter().filter(|(_, l)| is_met(l, allowed)).count();
    let refused: Vec<_> = licences.iter().filter(|(_, licence)| !is_met(licence, &allowed)).collect();
    assert!(refused.is_empty(), "not allowed by deny.toml: {refused:?}");
    for licence in &allowed {
        let mut fewer = allowed.clone();
        fewer.remove(licence);
        assert!(fits(&fewer) < licences.len(), "no crate needs {licence}; take it out of deny.toml");
    }
}

#[test]
fn no_banned_crate_and_no_other_source_is_locked() {
    let deny = read("deny.toml");
    let banned: Vec<&str> = deny["bans"]["deny"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|ban| ban["crate"].as_str().expect("a name"))
        .collect();
    let sources = texts(&deny["sources"]["allow-registry"]);
    let lock = read("Cargo.lock");
    for package in lock["package"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        assert!(!banned.contains(&name), "{name} is banned by deny.toml");
        // Only this package itself has none.
        let source = package.get("source").and_then(toml::Value::as_str).unwrap_or_default();
        let is_known = sources.iter().any(|known| source == format!("registry+{known}"));
        assert!(is_known || name == "counterpart", "{name} comes from {source:?}");
    }
}
