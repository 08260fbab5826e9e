//! Packages agree with the crate: versions, platforms and names.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::Value;

use crate::support::root;

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn wrapper() -> Value {
    serde_json::from_str(&read("packaging/npm/counterpart-openapi/package.json")).expect("JSON")
}

#[test]
fn npm_packages_have_the_version_of_the_crate() {
    let wrapper = wrapper();
    assert_eq!(wrapper["version"], env!("CARGO_PKG_VERSION"));
    let platforms = wrapper["optionalDependencies"].as_object().expect("packages");
    assert!(platforms.values().all(|version| version == env!("CARGO_PKG_VERSION")), "{platforms:?}");
}

#[test]
fn every_platform_of_the_launcher_has_a_package() {
    let code = read("packaging/npm/counterpart-openapi/lib/binary.js");
    let list = code.split_once("PLATFORMS = [").and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
    let known: BTreeSet<String> = list
        .split(',')
        .map(|name| format!("@counterpart-openapi/{}", name.trim().trim_matches('"')))
        .collect();
    let wrapper = wrapper();
    let packages = wrapper["optionalDependencies"].as_object().expect("packages");
    assert_eq!(known, packages.keys().cloned().collect());
    let scripts = wrapper.get("scripts").and_then(Value::as_object);
    assert!(scripts.is_none(), "nothing is run or downloaded when it is installed: {scripts:?}");
}

#[rstest]
#[case("action.yml", "default: ", 1)]
#[case("packaging/container/compose.yaml", "counterpart:", 2)]
#[case("packaging/container/Containerfile", "VERSION=", 1)]
#[case("packaging/gitlab/counterpart.gitlab-ci.yml", "COUNTERPART_VERSION: ", 1)]
#[case("packaging/examples/testcontainers/pets.test.ts", "counterpart:", 1)]
fn others_name_the_version_of_the_crate(#[case] file: &str, #[case] before: &str, #[case] times: usize) {
    let pattern = format!("{}\"?([0-9]+\\.[0-9]+\\.[0-9]+[^\\s\"]*)", regex::escape(before));
    let content = read(file);
    let pattern = regex::Regex::new(&pattern).expect("a pattern");
    let found: Vec<&str> = pattern
        .captures_iter(&content)
        .filter_map(|found| found.get(1))
        .map(|version| version.as_str())
        .collect();
    assert_eq!(found, vec![env!("CARGO_PKG_VERSION"); times], "{file}");
}

#[test]
fn the_container_has_what_a_scheduler_asks_for() {
    let file = read("packaging/container/Containerfile");
    let has = |start: &str| file.lines().any(|line| line.starts_with(start));
    for line in ["FROM scratch", "USER 65532:65532", "STOPSIGNAL SIGTERM", "HEALTHCHECK "] {
        assert!(has(line), "{line}");
    }
    // A shell is not there: commands are lists.
    for instruction in ["CMD", "ENTRYPOINT"] {
        let mut lines = file.lines().filter(|line| line.contains(&format!("{instruction} ")));
        assert!(lines.all(|line| line.contains(&format!("{instruction} [\""))), "{instruction}");
    }
    assert!(!has("RUN"));
}
