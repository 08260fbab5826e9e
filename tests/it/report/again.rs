//! The files of `--report hurl=DIR`, sent again by hurl itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use counterpart::report::hurl;

use super::{EVIL, hostile, lied};
use crate::command::{Mock, counterpart, empty, put, text};
use crate::support::root;

/// hurl says so where a file is none of its own, and where what a file expects does not hold.
const NO_FILE: i32 = 2;
const NOT_AS_EXPECTED: i32 = 4;

/// hurl, built from crates.io.
fn program() -> PathBuf {
    let installed = Command::new("bash").arg(root().join("tests/hurl/install")).status().expect("bash");
    assert!(
        installed.success(),
        "tests/hurl/install failed: crates.io and the headers that it names are needed"
    );
    root().join("target/hurl/bin/hurl")
}

/// How hurl ends with a file, and what it says.
fn sent(program: &Path, file: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(program);
    command.args(["--test", "--no-color", "--max-time", "10", "--variable", "token=mock:*"]).arg(file);
    let output = command.output().expect("hurl runs");
    (output.status.code(), text(&output.stderr))
}

/// Each file fails while the fault is there, and passes once it is mended.
#[test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs hurl from crates.io; --features heavy")]
fn hurl_sends_findings_again() {
    let program = program();
    let folder = empty();
    let path = folder.path();
    std::fs::copy(root().join("specs/tiny/shop.yaml"), path.join("shop.yaml")).expect("a copy");
    let faults = [
        "body-schema@pets_list",
        "auth-status@pets_read",
        "server-error@pets_create",
        "media-type@status",
        "allow-missing@status",
        "header-missing@pets_list",
    ];
    let mut words = vec!["shop.yaml", "--stateful", "--auth", "scopes"];
    words.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
    let mock = Mock::start(path, &words);
    let words =
        ["check", "shop.yaml", "--url", &mock.url, "--mint", "mock:{scopes}", "--report", "hurl=again"];
    let output = counterpart(path, &words);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let healthy = Mock::start(path, &["shop.yaml", "--stateful", "--auth", "scopes"]);
    let mut failing = Vec::new();
    for entry in std::fs::read_dir(path.join("again")).expect("a folder") {
        let file = entry.expect("an entry").path();
        let written = std::fs::read_to_string(&file).expect("a file");
        let rule = written.split(' ').nth(1).expect("a rule").to_owned();
        let (code, said) = sent(&program, &file);
        // Where hurl has no words for what is wrong, it sends the request all the same.
        let expected = if written.contains("[Asserts]") { NOT_AS_EXPECTED } else { 0 };
        assert_eq!(code, Some(expected), "{written}\n{said}");
        if expected != 0 {
            failing.push(rule);
        }
        put(path, "mended.hurl", &written.replace(&mock.url, &healthy.url));
        let (code, said) = sent(&program, &path.join("mended.hurl"));
        assert_eq!(code, Some(0), "{written}\n{said}");
    }
    failing.sort_unstable();
    failing.dedup();
    for fault in faults {
        let rule = fault.split('@').next().expect("a rule");
        assert!(failing.iter().any(|known| known == rule), "{rule}: {failing:?}");
    }
}

/// Whatever a target or a document says, the file is one of hurl's.
#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs hurl from crates.io; --features heavy")]
async fn hostile_text_leaves_a_file_that_hurl_reads() {
    let program = program();
    let folder = empty();
    let run = lied().await;
    for evil in
        EVIL.iter().copied().chain(["{{token}}", "```\n", "a\\", "\u{feff}", "#", "HTTP 200\n[Asserts]"])
    {
        let mut run = hostile(run.clone(), evil);
        for finding in run.findings.iter_mut().filter(|finding| finding.request.method.is_some()) {
            // Nobody answers there, and nobody else is asked.
            finding.members.clear();
            finding.request.url = Some(format!("http://127.0.0.1:9/{evil}"));
            finding.request.headers.insert("x-evil".to_owned(), evil.to_owned());
            finding.request.body = Some(evil.to_owned());
        }
        for (name, written) in hurl::files(&run) {
            put(folder.path(), &name, &written);
            let (code, said) = sent(&program, &folder.path().join(&name));
            assert_ne!(code, Some(NO_FILE), "{evil:?}\n{written}\n{said}");
        }
    }
}
