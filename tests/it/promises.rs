//! `docs/reliability.md` names a test for each promise: that test is there.

use std::path::{Path, PathBuf};

use crate::support::root;

/// The files that the tests of a module may be in.
fn files(module: &str) -> [PathBuf; 3] {
    let path = module.replace("::", "/");
    let (inside, outside) = (root().join("src").join(&path), root().join("tests/it").join(&path));
    [inside.join("tests.rs"), inside.with_extension("rs"), outside.with_extension("rs")]
}

fn has(file: &Path, test: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.contains(&format!("fn {test}("))
}

#[test]
fn every_promise_has_its_test() {
    let page = std::fs::read_to_string(root().join("docs/reliability.md")).expect("the page");
    let table =
        page.split("## Promises").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a table");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 25, "{} promises", rows.len());
    let mut missing = Vec::new();
    for row in rows {
        let tests = row.rsplit('|').nth(1).expect("a column");
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            missing.push(row.to_owned());
        }
        for name in named {
            let (module, test) = name.rsplit_once("::").expect("a module and a test");
            if !files(module).iter().any(|file| has(file, test)) {
                missing.push(name.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "promises without their test: {missing:#?}");
}
