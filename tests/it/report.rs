//! Every form of report, parsed back by something else than what wrote it, also where the target
//! sends what would break out of a report.

mod again;
mod page;

use counterpart::mock::Fault;
use std::collections::BTreeSet;
use std::time::Duration;

use counterpart::report::{Detail, Format, Style, render};
use counterpart::rules::{Family, Rule};
use counterpart::run::pending::{Change, Label, Line, Pending, Sign};
use counterpart::run::policy::{self, Policy};
use counterpart::run::{Finding, Run, Severity, Untested, Verdict, Waived};
use proptest::prelude::*;
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use rstest::rstest;
use serde_json::Value;

use crate::support::{Api, CORE7, SHOP, keeps_schema, root, self_describing, snapshot};

const PLAIN: Style = Style { color: false, width: 110, detail: Detail::Full };

/// What attackers try.
const EVIL: &[&str] = &[
    "<script>document.title = 'owned'</script>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "\" onmouseover=\"document.title='owned'\" x=\"",
    "]]><!-- -->&bomb;",
    "::error file=/etc/passwd::owned",
    "\r\n::set-output name=x::owned",
    "\u{1b}[2J\u{1b}]8;;http://evil\u{7}",
    "\u{202e}gnp.exe\u{0}\u{b}\u{fffe}\u{ffff}",
    "=HYPERLINK(\"http://evil\")",
    "| a | b |\n```\n<b>",
    "@SUM(1+1)*cmd|' /C calc'!A0",
];

/// A run against a mock that lies, the same for every test.
async fn lied() -> Run {
    static RUN: tokio::sync::OnceCell<Run> = tokio::sync::OnceCell::const_new();
    RUN.get_or_init(lie).await.clone()
}

async fn lie() -> Run {
    let api = Api::of(CORE7).with_state();
    let operation = |id: &str| api.contract.operation(id).expect("an operation").index;
    let faults = [
        Fault { rule: Rule::BodySchema, operation: operation("annotations_list") },
        Fault { rule: Rule::ScopeLackingAccepted, operation: operation("cohorts_list") },
    ];
    let mock = api.mock(&faults).await;
    let mut run = api.check(&mock.url, &self_describing()).await.0;
    // What `check --snapshots` adds: an answer that has changed, in the three ways there are.
    let line = |sign, text: &str, label| Line { sign, text: text.to_owned(), label };
    let change = |change: &str, label| Change { change: change.to_owned(), label };
    let mut finding = run.findings[0].clone();
    (finding.id, finding.rule) = ("5a45".to_owned(), Rule::SnapshotChanged);
    finding.cause.clone_from(&finding.id);
    finding.members.clear();
    "cohorts_list".clone_into(&mut finding.operation);
    "the answer has changed".clone_into(&mut finding.message);
    run.pending.push(Pending {
        finding: finding.id.clone(),
        name: "cohorts_list.200.snap".to_owned(),
        operation: "cohorts_list".to_owned(),
        document_name: None,
        is_new: false,
        changes: vec![
            change("~ /results/*/count", Label::Breaks),
            change("+ /results/*/tags", Label::Unknown),
            change("- /results/*/query", Label::Allowed),
        ],
        diff: vec![
            line(Sign::Same, "      \"id\": \"[number]\",", None),
            line(Sign::Removed, "      \"count\": 3,", None),
            line(Sign::Added, "      \"count\": \"3\",", Some(Label::Breaks)),
            line(Sign::Added, "      \"tags\": [],", Some(Label::Unknown)),
            line(Sign::Removed, "      \"query\": null", Some(Label::Allowed)),
            line(Sign::Gap, "", None),
        ],
    });
    run.findings.push(finding);
    run
}

/// The same with hostile text wherever a target or a document has a say.
fn hostile(mut run: Run, evil: &str) -> Run {
    let put = |text: &mut String| evil.clone_into(text);
    put(&mut run.document.title);
    for operation in &mut run.operations {
        operation.why = Some(evil.to_owned());
        operation.untested = vec![Untested {
            rule: Rule::BodySchema.into(),
            why: evil.to_owned(),
            cases: vec![evil.to_owned()],
        }];
    }
    for finding in &mut run.findings {
        for text in [&mut finding.message, &mut finding.expected, &mut finding.actual, &mut finding.reproduce]
        {
            put(text);
        }
        finding.request.url = Some(evil.to_owned());
        if let Some(response) = &mut finding.response {
            response.headers.insert("x-evil".to_owned(), evil.to_owned());
            response.body = Some(evil.to_owned());
        }
    }
    for pending in &mut run.pending {
        put(&mut pending.name);
        pending.changes.iter_mut().for_each(|change| put(&mut change.change));
        pending.diff.iter_mut().for_each(|line| put(&mut line.text));
    }
    for case in &mut run.access {
        case.why = Some(evil.to_owned());
        put(&mut case.key);
    }
    run.waived = run
        .findings
        .first()
        .map(|finding| Waived { finding: finding.clone(), reason: evil.to_owned() })
        .into_iter()
        .collect();
    run
}

fn text(format: Format, run: &Run) -> String {
    String::from_utf8(render(format, run, PLAIN)).expect("UTF-8")
}

/// Reads XML to its end; gives the names of its elements.
fn elements(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let mut names = Vec::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) | Event::Empty(start) => {
                start.attributes().for_each(|attribute| {
                    attribute.expect("an attribute");
                });
                names.push(start.name().as_ref().to_owned());
            }
            Event::GeneralRef(reference) => {
                let known = ["amp", "lt", "gt", "quot"].contains(&&*reference.xml10_content());
                assert!(known || reference.is_char_ref());
            }
            Event::Eof => return names,
            _ => {}
        }
    }
}

/// Has xmllint read XML, which shares no code with who wrote it.
fn linted(xml: &str) {
    let mut xmllint = std::process::Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(root().join("tests/schemas/junit.xsd"))
        .arg("-")
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("xmllint is installed (Debian: libxml2-utils)");
    std::io::Write::write_all(&mut xmllint.stdin.take().expect("stdin"), xml.as_bytes()).expect("a pipe");
    let output = xmllint.wait_with_output().expect("its end");
    assert!(output.status.success(), "{}\n{xml}", String::from_utf8_lossy(&output.stderr));
}

/// A format that `holds` leaves out would not be tried with hostile text.
#[test]
fn every_format_is_read_back() {
    let source = include_str!("report.rs");
    let of = |name: &str| {
        source.split(&format!("\nfn {name}(")).nth(1).and_then(|rest| rest.split("\n}\n").next())
    };
    let holds = [of("holds"), of("exchanges")].map(|text| text.expect("the function")).concat();
    for (name, format) in Format::ALL {
        assert!(holds.contains(&format!("Format::{format:?}")), "{name} is not read back");
    }
}

/// Everything that must hold of the reports of a run.
fn holds(run: &Run) {
    let json: Value = serde_json::from_str(&text(Format::Json, run)).expect("JSON");
    keeps_schema("docs/report.schema.json", &json);
    let sarif: Value = serde_json::from_str(&text(Format::Sarif, run)).expect("JSON");
    keeps_schema("tests/schemas/sarif-2.1.0.json", &sarif);
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), run.findings.len() + run.waived.len());
    let gitlab: Value = serde_json::from_str(&text(Format::Gitlab, run)).expect("JSON");
    assert_eq!(gitlab.as_array().map(Vec::len), Some(run.findings.len()));

    let junit = text(Format::Junit, run);
    // Another reader than ours, where it is there.
    if cfg!(feature = "heavy") {
        linted(&junit);
    }
    let names = elements(&junit);
    let count = |name: &str| names.iter().filter(|known| *known == name).count();
    assert_eq!(count("testsuite"), run.operations.len());
    assert!(junit.contains(&format!("tests=\"{}\"", count("testcase"))));
    assert!(junit.contains(&format!("failures=\"{}\"", count("failure"))));

    let github = text(Format::Github, run);
    for line in github.lines() {
        assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
    }
    assert!(github.lines().filter(|line| line.starts_with("::error")).count() <= 10);

    let access = text(Format::Access, run);
    let mut reader = csv::Reader::from_reader(access.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    assert_eq!(records.len(), run.access.len());
    assert!(records.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));

    exchanges(run);
    let html = text(Format::Html, run);
    assert_eq!(html.matches("<script>").count(), 1);
    assert_eq!(html.matches("<img").count(), 0);
    assert_eq!(html.matches("<details class=\"finding").count(), run.findings.len() + run.waived.len());
    assert_eq!(html.matches("<details class=\"pending").count(), run.pending.len());
    for written in [&html, &junit, &github, &text(Format::Markdown, run), &text(Format::Console, run)] {
        let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(!written.chars().any(|c| odd(c) || c == '\u{202e}'), "{written}");
    }
    let mut fence = None;
    for line in text(Format::Markdown, run).lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            // Inside a block of code everything is text.
            Some(open) if ticks == open && line.len() == ticks => fence = None,
            None if ticks >= 3 => fence = Some(ticks),
            None => assert!(!line.contains("<script") && !line.contains("<img"), "{line}"),
            Some(_) => {}
        }
    }
    assert_eq!(fence, None);
}

/// What must hold of the reports that have exchanges: Format::Har and Format::Hurl.
fn exchanges(run: &Run) {
    let har: Value = serde_json::from_str(&text(Format::Har, run)).expect("JSON");
    keeps_schema("tests/schemas/har-1.2.json", &har);
    let sent = |finding: &&Finding| finding.request.method.is_some();
    let waived = run.waived.iter().flat_map(|waived| waived.finding.each());
    let each = run.findings.iter().flat_map(Finding::each).chain(waived).filter(sent);
    let ids: BTreeSet<&str> = each.map(|finding| finding.id.as_str()).collect();
    let entries = har["log"]["entries"].as_array().expect("entries");
    let said: String = entries.iter().filter_map(|entry| entry["comment"].as_str()).collect();
    assert!(ids.iter().all(|id| said.contains(&format!("[{id}]"))), "each finding is told of");
    let all = run.traffic.exchanges.len();
    assert!(all <= entries.len() && (all > 0 || !entries.is_empty()), "{all} of {}", entries.len());

    let files = counterpart::report::hurl::files(run);
    assert_eq!(files.len(), run.findings.iter().filter(sent).count());
    let all = text(Format::Hurl, run);
    assert!(files.iter().all(|(_, file)| all.contains(file.as_str())), "{all}");
    for (name, file) in &files {
        let mut asserts = false;
        for line in file.lines() {
            let is_request =
                ["GET ", "POST ", "PUT ", "PATCH ", "DELETE "].iter().any(|method| line.starts_with(method));
            let is_header =
                line.split_once(": ").is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_graphic()));
            let is_body = line.starts_with("base64,") && line.ends_with(';');
            let is_known =
                line.is_empty() || line.starts_with("# ") || line == "HTTP *" || line == "[Asserts]";
            assert!(asserts || is_known || is_request || is_header || is_body, "{name}: {line}\n{file}");
            asserts = line == "[Asserts]";
        }
    }
}

#[tokio::test]
async fn every_report_is_read_back_and_nothing_breaks_out() {
    let run = lied().await;
    assert!(run.summary.findings >= 2);
    holds(&run);
    for evil in EVIL {
        holds(&hostile(run.clone(), evil));
    }
    // Each case is read back in every format, which takes longer than what others do.
    let cases = (ProptestConfig::default().cases / 16).max(1);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    runner
        .run(&any::<String>(), |evil| {
            holds(&hostile(run.clone(), &evil));
            Ok(())
        })
        .expect("any text is inert");
}

#[rstest]
#[case(Format::Junit)]
#[case(Format::Markdown)]
#[case(Format::Github)]
#[case(Format::Gitlab)]
#[tokio::test]
async fn reports_of_a_lie(#[case] format: Format) {
    let mut run = lied().await;
    (run.summary.duration_ms, run.summary.requests) = (0, 0);
    run.operations.iter_mut().for_each(|operation| operation.waited = Duration::ZERO);
    let name = Format::ALL.iter().find(|(_, known)| *known == format).expect("a format").0;
    let target = run.target.clone();
    let shown = text(format, &run).replace(&target, "http://target");
    // A case that passed says no more than its name.
    let told = shown.lines().filter(|line| !line.ends_with(r#" time="0.000"></testcase>"#));
    let shown: String = told.flat_map(|line| [line, "\n"]).collect();
    snapshot(&format!("report_{name}"), &shown);
}

/// The cases of a `junit` report: suite, name, and what came of it.
fn cases(run: &Run) -> Vec<(String, String, String)> {
    let xml = text(Format::Junit, run);
    let mut reader = Reader::from_str(&xml);
    let mut cases: Vec<(String, String, String)> = Vec::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                let attribute = |wanted: &str| {
                    let found = start.try_get_attribute(wanted).expect("attributes").expect("an attribute");
                    found.normalized_value(XmlVersion::Explicit1_0).expect("text").into_owned()
                };
                if name == "testcase" {
                    cases.push((attribute("classname"), attribute("name"), "passed".to_owned()));
                } else if let Some(case) = cases.last_mut().filter(|_| !name.starts_with("testsuite")) {
                    case.2 = name;
                }
            }
            Event::Eof => return cases,
            _ => {}
        }
    }
}

fn outcome<'c>(cases: &'c [(String, String, String)], suite: &str, case: &str) -> Option<&'c str> {
    cases.iter().find(|(s, c, _)| s == suite && c == case).map(|(_, _, outcome)| outcome.as_str())
}

#[tokio::test]
async fn a_case_for_every_rule_that_had_an_occasion() {
    let api = Api::of(CORE7);
    let mock = api.mock(&[]).await;
    let (healthy, _) = api.check(&mock.url, &self_describing()).await;
    let told = cases(&healthy);
    for operation in &healthy.operations {
        for rule in ["server-error", "status-undocumented", "connection-failed"] {
            assert_eq!(outcome(&told, &operation.operation, rule), Some("passed"), "{rule}");
        }
    }
    let of_list = |run: &Run| -> Vec<Rule> {
        run.operations.iter().find(|o| o.operation == "annotations_list").expect("it").looked.clone()
    };
    let mut sorted = of_list(&healthy);
    sorted.sort_unstable();
    assert_eq!(of_list(&healthy), sorted, "in the catalogue's order");

    let lied = lied().await;
    let told = cases(&lied);
    for finding in &lied.findings {
        assert_eq!(
            outcome(&told, &finding.operation, finding.rule.name()),
            Some("failure"),
            "{}",
            finding.rule
        );
    }
    // What breaks its schema is no ground for others, which therefore had no occasion.
    assert_eq!(outcome(&told, "annotations_list", "page-link"), None);
    assert_eq!(outcome(&cases(&healthy), "annotations_list", "page-link"), Some("passed"));

    // A muted rule says nothing, nor does one that is switched off.
    let (mut muted, _) = api.check_without(&mock.url, &self_describing(), &["page", "server-error"]).await;
    let policy =
        Policy { rules: [(Rule::StatusUndocumented, None)].into_iter().collect(), ..Policy::default() };
    policy::apply(&mut muted, &policy);
    let gone = |rule: &Rule| {
        [Rule::PageLink, Rule::PageLimit, Rule::ServerError, Rule::StatusUndocumented].contains(rule)
    };
    assert!(of_list(&healthy).iter().any(gone) && !of_list(&muted).iter().any(gone));

    let left_out = api.contract.operation("annotations_list").expect("an operation").index;
    let (partly, _) = api
        .check_with(&mock.url, |settings| {
            settings.read_only = true;
            settings.skipped.insert(left_out, "not asked for".to_owned());
        })
        .await;
    let skipped: Vec<_> = partly.operations.iter().filter(|o| o.verdict == Verdict::Skipped).collect();
    assert!(skipped.len() > 1 && skipped.len() < partly.operations.len());
    let told = cases(&partly);
    for operation in skipped {
        assert!(operation.rules.is_empty(), "{operation:?}");
        let own: Vec<_> = told.iter().filter(|(suite, _, _)| *suite == operation.operation).collect();
        assert!(matches!(own.as_slice(), [(_, _, outcome)] if outcome == "skipped"), "{own:?}");
    }
}

/// One finding for a habit of two operations, and a case of each that tells of it.
#[tokio::test]
async fn what_is_told_once_has_a_case_at_each_operation() {
    let api = Api::of(CORE7);
    let operations = ["annotations_list", "cohorts_list"];
    let faults = operations.map(|id| Fault {
        rule: Rule::ChallengeMissing,
        operation: api.contract.operation(id).expect("an operation").index,
    });
    let mock = api.mock(&faults).await;
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    let affected: Vec<&str> =
        run.findings.iter().flat_map(Finding::operations).map(|of| of.operation).collect();
    assert_eq!((run.findings.len(), affected.as_slice()), (1, &operations[..]));
    let cases = cases(&run);
    let outcomes = ["annotations_list", "cohorts_list", "comments_list"]
        .map(|operation| outcome(&cases, operation, "challenge-missing"));
    assert_eq!(outcomes, [Some("system-out"), Some("system-out"), Some("passed")]);
}

/// Findings about no operation of the run stand in a suite of their own; what is waived is no pass.
#[tokio::test]
async fn nothing_is_lost_and_nothing_waived_passes() {
    let mut run = lied().await;
    let bare = |rule, severity, operation: &str| {
        Finding::bare("0".to_owned(), rule, severity, operation, "told".to_owned())
    };
    let lie = run.findings.remove(0);
    let (operation, rule) = (lie.operation.clone(), lie.rule);
    run.findings.retain(|other| (&other.operation, other.rule) != (&operation, rule));
    run.waived.push(Waived { finding: lie, reason: "known".to_owned() });
    assert_eq!(outcome(&cases(&run), "document", "waiver-unused"), None);
    run.findings.push(bare(Rule::WaiverUnused, Severity::Warning, ""));
    run.findings.push(bare(Rule::WaiverExpired, Severity::Error, "cohorts_*"));
    let cases = cases(&run);
    assert_eq!(outcome(&cases, &operation, rule.name()), Some("skipped"));
    let of_document: Vec<_> = cases.iter().filter(|(suite, _, _)| suite == "document").collect();
    assert_eq!(cases.last(), of_document.last().copied());
    let outcomes: Vec<_> =
        of_document.iter().map(|(_, name, outcome)| (name.as_str(), outcome.as_str())).collect();
    assert_eq!(outcomes, [("waiver-expired", "failure"), ("waiver-unused", "system-out")]);
}

/// GitHub shows ten annotations of a level; the last place says how many more there are. Snapshots
/// that are not there yet have one cause, and one annotation.
#[tokio::test]
async fn annotations_are_bounded_by_level() {
    let mut run = lied().await;
    let (error, pending) = (run.findings[0].clone(), run.findings[2].clone());
    run.findings = vec![error.clone(); 25];
    run.findings.extend(vec![Finding { severity: Severity::Warning, ..error.clone() }; 10]);
    let levels = |run: &Run| -> Vec<String> {
        let shown = text(Format::Github, run);
        shown.lines().map(|line| line[2..].split(' ').next().expect("a level").to_owned()).collect()
    };
    assert_eq!(levels(&run), [vec!["error"; 10], vec!["warning"; 10]].concat());
    let shown = text(Format::Github, &run);
    assert_eq!(shown.lines().nth(9), Some("::error title=counterpart::and 16 more; see the full report"));
    run.findings = vec![Finding { rule: Rule::SnapshotNew, ..pending }; 30];
    assert_eq!(levels(&run), ["error"]);
    assert!(text(Format::Github, &run).contains("and 29 more are new"));
    run.findings = vec![Finding { known: true, ..error }];
    assert_eq!(levels(&run), ["notice"]);
}

/// What a page becomes in a real browser, with a script of the test behind its own.
pub fn browsed(html: &str, script: &str) -> String {
    let folder = crate::command::empty();
    let page = folder.path().join("report.html");
    // Errors are caught from the first script on.
    let first = "<head>\n<script>window.wrong = []; addEventListener('error', (e) => wrong.push(e.message)); addEventListener('securitypolicyviolation', (e) => wrong.push(e.violatedDirective));</script>";
    let html = html.replacen("<head>", first, 1);
    let html = html.replace("</body>", &format!("<pre id=\"told\"></pre><script>{script}</script></body>"));
    std::fs::write(&page, html).expect("a file");
    told_by_page(folder.path(), &format!("file://{}", page.display()))
}

/// What a page tells, in its element `told`, in a real browser.
pub fn told_by_page(profile: &std::path::Path, address: &str) -> String {
    let browser = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| std::process::Command::new(name).arg("--version").output().is_ok())
        .expect("Chromium is installed");
    let output = std::process::Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.join("profile").display()))
        .arg(address)
        .output()
        .expect("the browser runs");
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = dom.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    told.unwrap_or_else(|| panic!("the page tells nothing: {dom}")).to_owned()
}

/// What the document gives occasion for and the run could not look at is told, with the reason; what
/// the user left out is not.
#[tokio::test]
async fn what_was_not_looked_at_is_told() {
    let api = Api::of(SHOP);
    let operation = |id: &str| api.contract.operation(id).expect("an operation").index;
    let mock = api.mock(&[Fault { rule: Rule::ServerError, operation: operation("pets_create") }]).await;
    let (run, _) = api.check(&mock.url, &self_describing()).await;
    let why = |run: &Run, id: &str, rule: &str| {
        let result = run.operations.iter().find(|o| o.operation == id).expect("it");
        result
            .untested
            .iter()
            .find(|untested| untested.rule.name() == rule)
            .map(|untested| untested.why.clone())
    };
    let failed = "the plain request did not succeed";
    assert_eq!(why(&run, "pets_create", "create-not-found").as_deref(), Some(failed));
    assert_eq!(why(&run, "pets_create", "invalid-accepted").as_deref(), Some(failed));
    let unmade = "this run created no object";
    assert_eq!(why(&run, "pets_list", "create-not-listed").as_deref(), Some(unmade));
    assert_eq!(why(&run, "pets_read", "read-had-effect").as_deref(), Some(unmade));
    assert_eq!(why(&run, "pets_change", "update-not-kept").as_deref(), Some("no request could be sent"));
    assert_eq!(why(&run, "pets_list", "page-limit"), None, "it looked");

    let told = cases(&run);
    assert_eq!(outcome(&told, "pets_list", "create-not-listed"), Some("skipped"));
    assert_eq!(outcome(&told, "pets_list", "page-limit"), Some("passed"));
    let json: Value = serde_json::from_str(&text(Format::Json, &run)).expect("JSON");
    assert!(
        json["operations"]
            .to_string()
            .contains(r#"{"rule":"create-not-listed","why":"this run created no object"}"#)
    );
    let brief = Style { detail: Detail::Brief, ..PLAIN };
    let console = String::from_utf8(render(Format::Console, &run, brief)).expect("UTF-8");
    assert!(console.contains("checks were not made"), "{console}");
    let line = "  this run created no object: create-not-listed, other-owner-accepted, read-had-effect and 1 more of pets_list, pets_read\n";
    assert!(console.contains(line), "{console}");

    let (quiet, _) = api
        .check_with(&mock.url, |settings| {
            settings.read_only = true;
            settings.muted.insert(Family::Input);
            settings.muted.insert(Family::Scope);
        })
        .await;
    let untested: Vec<_> = quiet.operations.iter().flat_map(|operation| &operation.untested).collect();
    assert!(untested.is_empty(), "{untested:#?}");
}
