//! What the contributors' pages say is true: the files and the tests that they name exist.

use std::path::Path;

use crate::architecture::files;
use crate::support::root;

/// The texts between backticks on a page, code blocks apart.
fn quoted(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(page)).expect("a page");
    let is_prose = |(index, _): &(usize, &str)| index % 2 == 0;
    let prose: String = text.split("```").enumerate().filter(is_prose).map(|(_, part)| part).collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every function of the tests and of the sources, by its text.
fn sources() -> String {
    let all = ["src", "tests/it"].into_iter().flat_map(|folder| files::below(&root().join(folder)));
    all.map(|path| std::fs::read_to_string(path).expect("text")).collect()
}

#[test]
fn files_that_are_named_exist() {
    for page in ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"] {
        let quoted = quoted(page);
        let folders = ["src/", "tests/", "docs/", "specs/", ".ci/", ".github/"];
        let named = quoted.iter().filter(|text| folders.iter().any(|folder| text.starts_with(folder)));
        let named: Vec<&String> = named.collect();
        assert!(!named.is_empty(), "{page} names no file");
        for path in named {
            assert!(root().join(Path::new(path)).exists(), "{page} names {path}, which does not exist");
        }
    }
}

#[test]
fn tests_that_are_named_exist() {
    let sources = sources();
    let quoted = quoted("CONTRIBUTING.md");
    // Long names with underscores and nothing else are those of tests.
    let is_test = |text: &&String| {
        text.matches('_').count() > 2 && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let named: Vec<&String> = quoted.iter().filter(is_test).collect();
    assert!(named.len() > 5, "{named:?}");
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "CONTRIBUTING.md names the test {name}");
    }
}
