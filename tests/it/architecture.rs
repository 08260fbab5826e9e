//! The direction of imports, and what must be absent from `src/`.

mod files;

use std::path::PathBuf;

use counterpart::mock::faults;

use crate::support::{Api, CORE7, root};

/// Modules from the ground up: each may use those before it, and none after it.
const ORDER: &[&[&str]] = &[
    &["exchange", "document", "rules"],
    &["contract"],
    &["config"],
    &["run"],
    &["redact"],
    &["judge", "resources", "generate"],
    &["mock", "client", "report", "snapshot"],
    &["check"],
    &["project"],
    &["cli"],
];

/// Modules that stand at the same level and may not use each other.
const APART: &[(&str, &str)] =
    &[("mock", "check"), ("mock", "client"), ("report", "mock"), ("report", "client"), ("judge", "generate")];

/// A crate and the one module that may use it.
const HOMES: &[(&str, &str)] =
    &[("axum", "mock"), ("reqwest", "client"), ("jsonschema", "contract"), ("clap", "cli")];

fn sources() -> Vec<(String, PathBuf, String)> {
    let source = root().join("src");
    files::below(&source)
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&source).expect("below src");
            let first =
                inside.components().next().expect("a part").as_os_str().to_string_lossy().into_owned();
            let module = first.trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).expect("text");
            // Tests may introduce anybody to anybody.
            let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            (module, path, text)
        })
        .collect()
}

fn level(module: &str) -> usize {
    ORDER.iter().position(|level| level.contains(&module)).unwrap_or_else(|| panic!("{module} has no level"))
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        for used in text.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let known = ORDER.iter().flat_map(|level| level.iter()).any(|name| *name == used);
            if !known || used == module {
                continue;
            }
            let apart = APART.contains(&(module.as_str(), used.as_str()))
                || APART.contains(&(used.as_str(), module.as_str()));
            if level(&used) > level(&module) || apart {
                wrong.push(format!("{}: {module} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_big_crate_has_one_home() {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        for (used, home) in HOMES {
            let uses = text.lines().any(|line| line.trim_start().starts_with(&format!("use {used}::")));
            if uses && module != *home {
                wrong.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nothing in `src/` knows the bundled API: no operation, no path, no field that is its own.
#[test]
fn the_bundled_api_is_not_known_in_the_source() {
    let core7 = Api::of(CORE7);
    let mut names: Vec<String> =
        core7.contract.operations.iter().map(|operation| operation.id.clone()).collect();
    for operation in &core7.contract.operations {
        names.push(operation.path().to_owned());
    }
    for field in
        ["hedgehog", "date_marker", "insight_short_id", "is_static", "person_ids", "annotation:", "cohort:"]
    {
        names.push(field.to_owned());
    }
    let mut wrong = Vec::new();
    for (_, path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            if !code.starts_with("//") && names.iter().any(|name| code.contains(name.as_str())) {
                wrong.push(format!("{}:{}: {code}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let found = files::circles(&files::sources());
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
const LONG: &[(&str, usize)] = &[
    ("client.rs", 473),
    ("judge/validate.rs fn judge_response_body", 90),
    ("generate/fixture.rs", 634),
    ("generate/fixture.rs fn load", 84),
    ("generate/fixture.rs parameters of apply", 7),
    ("generate/value.rs", 633),
    ("generate/value/merge.rs fn merge", 96),
    ("resources.rs", 583),
    ("run.rs", 460),
    ("config.rs", 590),
];

#[test]
fn nothing_is_longer_than_one_can_read() {
    let mut found: Vec<(String, usize)> = Vec::new();
    for source in files::sources() {
        let file = source.path.display().to_string();
        if source.lines > MAX_FILE {
            found.push((file.clone(), source.lines));
        }
        for (name, lines, parameters) in source.functions {
            if lines > MAX_FUNCTION {
                found.push((format!("{file} fn {name}"), lines));
            }
            if parameters > MAX_PARAMETERS {
                found.push((format!("{file} parameters of {name}"), parameters));
            }
        }
    }
    found.sort();
    let known: Vec<(String, usize)> =
        LONG.iter().map(|(what, length)| ((*what).to_owned(), *length)).collect();
    let longer: Vec<_> = found
        .iter()
        .filter(|(what, length)| !known.iter().any(|(name, most)| name == what && length <= most))
        .collect();
    let gone: Vec<_> = known.iter().filter(|(what, _)| !found.iter().any(|(name, _)| name == what)).collect();
    assert!(longer.is_empty(), "too long: {longer:#?}");
    assert!(gone.is_empty(), "short enough now, so take it out of the list: {gone:#?}");
}

/// Faults are laid over the mock: of its files only `service` calls them.
#[test]
fn faults_are_named_in_the_service_alone() {
    let rules = faults::rules();
    let names: Vec<String> = rules.map(|rule| format!("Rule::{rule:?}")).collect();
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        let inside = path.to_string_lossy().replace('\\', "/");
        let is_tests = inside.ends_with("/tests.rs");
        if module != "mock" || is_tests || inside.contains("/mock/faults") {
            continue;
        }
        let calls = text.contains("super::faults") || text.contains("mock::faults");
        if calls && !inside.ends_with("/mock/service.rs") {
            wrong.push(format!("{inside} uses the faults"));
        }
        let named = names.iter().filter(|name| text.contains(name.as_str()));
        wrong.extend(named.map(|name| format!("{inside} names {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
