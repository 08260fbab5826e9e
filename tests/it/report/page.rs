//! The page of a report in a real browser: filters, links, both colour schemes, a phone, print, and how long it takes.

use std::path::Path;

use counterpart::report::Format;
use counterpart::rules::Rule;
use counterpart::run::{AccessCase, Finding, OperationResult, Run, Waived};
use serde_json::{Value, json};

use super::{EVIL, browsed, hostile, lied, text};
use crate::review::browser;
use crate::support::root;

/// What the script of the product filters, and what hostile text does.
#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium; --features heavy")]
async fn the_page_works_in_a_browser_and_hostile_text_is_inert() {
    let script = r"
        const count = (selector) => [...document.querySelectorAll(selector)].filter((e) => !e.hidden).length;
        const pending = () => [...document.querySelectorAll('.pending .changes .chip')].map((chip) => chip.textContent);
        const told = [];
        const tell = () => told.push(['.finding', '.pending', '[aria-labelledby=operations] tbody tr', '.matrix tbody tr'].map(count).join(' '));
        const pick = (id, value) => {
          const choice = document.getElementById(id);
          choice.value = value;
          choice.dispatchEvent(new Event('input', { bubbles: true }));
          tell();
        };
        tell();
        pick('by-rule', 'scope-lacking-accepted');
        pick('by-operation', 'annotations_list');
        pick('by-rule', '');
        pick('by-operation', '');
        pick('by-verdict', 'fails');
        pick('by-verdict', '');
        pick('by-level', 'error');
        pick('by-level', '');
        pick('by-tag', 'cohorts');
        pick('by-tag', '');
        pick('by-text', '  COHORTS_list   accepted ');
        told.push(document.getElementById('shown').textContent);
        location.hash = document.querySelector('.finding[hidden] .inside').id;
        told.push(new Set(pending()).size, document.querySelectorAll('.wide .diff ins').length);
        told.push(document.querySelectorAll('.matrix thead th').length - 1);
        told.push(document.title.includes('owned'), wrong.length, document.querySelectorAll('img').length);
        setTimeout(() => {
          // What the address leads to is shown, whatever was filtered.
          told.push(document.querySelectorAll('.finding[open]').length, count('.finding'));
          document.getElementById('told').textContent = told.join(',');
        }, 500);
    ";
    let run = lied().await;
    let shown = browsed(&text(Format::Html, &run), script);
    assert_eq!(
        shown,
        "3 1 18 18,1 0 18 18,0 0 1 1,1 0 1 1,3 1 18 18,3 1 2 2,3 1 18 18,3 1 18 18,3 1 18 18,2 1 11 11,3 1 18 18,1 0 1 0,\
         1 of 3 findings,3,2,9,false,0,0,1,3"
    );
    let hostile = hostile(run, &EVIL.join(" "));
    let title = hostile.document.title.contains("owned");
    let inert = r"
        const opened = [...document.querySelectorAll('details')].map((one) => { one.open = true; }).length;
        const told = [opened > 3, document.title === 'owned', wrong.length, document.querySelectorAll('img').length];
        document.getElementById('told').textContent = told.join(',');
    ";
    let shown = browsed(&text(Format::Html, &hostile), inert);
    assert!(title && shown == "true,false,0,0", "{shown}");
}

/// A run in which there is something of everything: a group, one that is waived and one that is known.
async fn full() -> Run {
    let mut run = lied().await;
    run.started = Some("2026-05-01T10:00:00.000Z".to_owned());
    run.commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
    (run.seed, run.run, run.summary.duration_ms) = (1, "abcdef".to_owned(), 1_234);
    let plain =
        run.findings.iter().find(|finding| finding.rule == Rule::BodySchema).expect("a finding").clone();
    let member = |operation: &str, at: usize| Finding {
        id: format!("0000000000a{at}"),
        rule: Rule::ServerError,
        operation: operation.to_owned(),
        message: "the server failed with 500".to_owned(),
        members: Vec::new(),
        ..plain.clone()
    };
    let members = vec![member("cohorts_retrieve", 1), member("roles_list", 2)];
    let group = Finding { id: "00000000000a".to_owned(), members: members.clone(), ..members[0].clone() };
    run.findings.push(group);
    run.findings.push(Finding { known: true, id: "00000000000b".to_owned(), ..member("roles_list", 3) });
    let finding = Finding { id: "00000000000c".to_owned(), ..member("roles_list", 4) };
    run.leftovers = vec!["DELETE /api/projects/1/cohorts/<9>".to_owned()];
    run.waived.push(Waived { finding, reason: "it is mended in June".to_owned() });
    run
}

fn written(folder: &Path, run: &Run) -> String {
    let page = folder.join("report.html");
    std::fs::write(&page, text(Format::Html, run)).expect("a file");
    format!("file://{}", page.display())
}

#[tokio::test]
async fn it_says_which_run_it_was_and_how_to_accept_a_finding() {
    let page = text(Format::Html, &full().await);
    for wanted in [
        "<time datetime=\"2026-05-01T10:00:00.000Z\">2026-05-01 10:00:00 UTC</time>",
        "<dt>commit</dt><dd><code>0123456789abcdef0123456789abcdef01234567</code>",
        "<dt>duration</dt><dd>1.2 s</dd>",
        "<dt>seed</dt><dd><code>1</code></dd>",
        "<pre class=\"paste\">[[waive]]\nrule = &quot;body-schema&quot;\noperation = &quot;annotations_list&quot;\npointer = ",
        "0000000000a1 server-error cohorts_retrieve the server failed with 500\n0000000000a2 server-error roles_list",
        "their answers are alike, so one fault may be behind them, or several",
        "Created by this run and not deleted</h2>\n<ul>\n<li><code>DELETE /api/projects/1/cohorts/&lt;9&gt;</code></li>",
        "No input may cause one, malformed input included.",
    ] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    // Each operation of a group keeps its own command and its own place.
    for id in ["0000000000a1", "0000000000a2"] {
        assert!(page.contains(&format!("<div class=\"member\" id=\"{id}\"><pre>curl ")), "{id}");
    }
}

#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium, Node and npm; --features heavy")]
async fn it_is_a_page_for_everybody() {
    let folder = crate::command::empty();
    let address = written(folder.path(), &full().await);
    let told = browser::browsed(&[Path::new("--page"), Path::new(&address), &browser::axe()]);
    assert_eq!(told, json!({"violations": [], "wide": [], "wrong": []}));
}

#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium and Node; --features heavy")]
async fn it_is_whole_without_a_script_opens_by_links_and_prints() {
    let folder = crate::command::empty();
    let run = full().await;
    let address = written(folder.path(), &run);
    let pictures = root().join("target/pictures");
    std::fs::create_dir_all(&pictures).expect("a folder");
    let told = browser::browsed(&[Path::new("--report"), Path::new(&address), &pictures]);
    // Each finding, where that of a snapshot leads to its difference, and each operation of the group.
    let ids = json!(run.findings.len() + run.waived.len() + 2);
    assert_eq!((&told["ids"], &told["unique"]), (&ids, &json!(true)), "{told:#}");
    assert_eq!((&told["opened"], &told["openedWithoutScript"]), (&ids, &ids), "{told:#}");
    assert_eq!((&told["form"], &told["formWithoutScript"]), (&json!("flex"), &json!("none")));
    // Files have no origin.
    assert_eq!((&told["asked"], &told["wrong"]), (&json!(["null"]), &json!([])));
}

/// 1,200 operations with all that a run says of them, and 1,000 findings with what was sent and came back.
async fn large() -> Run {
    let mut run = lied().await;
    let (plain, cases) = (run.operations.clone(), run.access.clone());
    let operation = |at: usize| {
        let like = &plain[at % plain.len()];
        OperationResult { operation: format!("op{at}_{}", like.operation), ..like.clone() }
    };
    run.operations = (0..1_200).map(operation).collect();
    let of = |(at, operation): (usize, &OperationResult)| {
        let like = &plain[at % plain.len()].operation;
        let cases = cases.iter().filter(|case| case.operation == *like);
        let own = |case: &AccessCase| AccessCase { operation: operation.operation.clone(), ..case.clone() };
        cases.map(own).collect::<Vec<_>>()
    };
    run.access = run.operations.iter().enumerate().flat_map(of).collect();
    let sent = |finding: &&Finding| finding.request.method.is_some();
    let seen: Vec<Finding> = run.findings.iter().filter(sent).cloned().collect();
    let finding = |at: usize| {
        let (id, operation) = (format!("{at:012x}"), run.operations[at].operation.clone());
        Finding { id, operation, members: Vec::new(), ..seen[at % seen.len()].clone() }
    };
    run.findings = (0..1_000).map(finding).collect();
    run.pending.clear();
    run
}

#[tokio::test]
#[cfg_attr(not(feature = "heavy"), ignore = "needs Chromium and Node; --features heavy")]
async fn a_large_report_is_there_at_once_and_prints_without_a_page_for_each_finding() {
    let folder = crate::command::empty();
    let address = written(folder.path(), &large().await);
    let told: Value = browser::browsed(&[Path::new("--time"), Path::new(&address)]);
    println!("large report: {told}");
    let milliseconds = |name: &str| told[name].as_f64().expect("a time");
    assert!(milliseconds("busy") < 1_000.0, "{told:#}");
    let pages = told["pages"].as_u64().expect("pages");
    assert!(pages < 500, "{pages} pages for 1,000 findings and 1,200 operations");
}

/// Whatever a run is, its page stays one that a browser opens.
#[tokio::test]
async fn a_page_is_bounded() {
    let mut run = lied().await;
    let plain = run.findings[0].clone();
    let long = "<é>\n".repeat(10_000);
    let finding = |at: usize| {
        let mut finding = Finding { id: format!("{at:012x}"), members: Vec::new(), ..plain.clone() };
        (finding.message, finding.expected, finding.reproduce) = (long.clone(), long.clone(), long.clone());
        finding.response.as_mut().expect("a response").body = Some(long.clone());
        finding
    };
    run.findings = (0..800).map(finding).collect();
    let page = text(Format::Html, &run);
    assert!(page.len() < 48 << 20, "{}", page.len());
    assert!(page.contains("more findings, which this page has no room for"));
    assert!(page.contains("has no room for what was sent"));
}
