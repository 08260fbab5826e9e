//! The table of `docs/rules.md`: each figure in it is measured. Healthy mocks and occasions are looked at by
//! every run of the tests; lies are told on all operations by the heavy ones alone, which write `found`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use counterpart::mock::faults;
use counterpart::rules::Rule;
use counterpart::run::{Finding, Severity};
use tokio::sync::OnceCell;

use super::{ABOUT_CALLBACKS, NOT_ABOUT_ANSWERS};
use crate::support::{Api, CORE7, SHOP, root};

/// No answer of a mock takes that long.
const SLOW: Duration = Duration::from_mins(1);

/// What documents and healthy mocks show of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Measured {
    /// Operations on which it can be broken, of Core-7 and of the shop.
    occasions: [usize; 2],
    /// Operations of healthy mocks at which it had something to check.
    looked: usize,
    /// Those of them at which it found nothing.
    silent: usize,
}

/// What is measured of each rule, once for all tests.
async fn measured() -> &'static BTreeMap<Rule, Measured> {
    static MEASURED: OnceCell<BTreeMap<Rule, Measured>> = OnceCell::const_new();
    MEASURED.get_or_init(measure).await
}

async fn measure() -> BTreeMap<Rule, Measured> {
    let mut all: BTreeMap<Rule, Measured> = BTreeMap::new();
    for (index, document) in [CORE7, SHOP].into_iter().enumerate() {
        let api = Api::of(document);
        let mock = api.mock(&[]).await;
        let (run, _) = api.check_slow(&mock.url, Some(SLOW)).await;
        for rule in faults::rules().filter(|rule| rule.family() != ABOUT_CALLBACKS) {
            let measured = all.entry(rule).or_default();
            let operations = api.contract.operations.iter();
            let occasions = operations.filter(|o| faults::has_occasion(rule, o, &api.resources));
            measured.occasions[index] = occasions.count();
            for operation in run.operations.iter().filter(|operation| operation.looked.contains(&rule)) {
                let mut findings = run
                    .findings
                    .iter()
                    .flat_map(Finding::each)
                    .filter(|f| f.operation == operation.operation);
                measured.looked += 1;
                measured.silent += usize::from(findings.all(|finding| finding.rule != rule));
            }
        }
    }
    all
}

/// What the table says of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    measured: Measured,
    /// Lies that were found, of those that were told: `23 of 23`.
    found: String,
}

impl Row {
    fn written(&self, rule: Rule) -> String {
        let severity = if rule.severity() == Severity::Error { "error" } else { "warning" };
        let Self { measured: Measured { occasions: [core7, shop], looked, silent }, found } = self;
        format!("| `{rule}` | {severity} | {core7} | {shop} | {found} | {silent} of {looked} |")
    }

    /// The cell `found` of a table that was written before.
    fn found_in(text: &str, rule: Rule) -> Option<&str> {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{rule}` |")))?;
        row.split('|').nth(5).map(str::trim)
    }
}

fn path() -> PathBuf {
    root().join("docs/rules.md")
}

fn text() -> String {
    std::fs::read_to_string(path()).unwrap_or_default()
}

/// Holds the whole page against what was measured, or writes it.
fn hold(measured: &BTreeMap<Rule, Measured>, found: impl Fn(Rule, &str) -> String) {
    /// One test at a time.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let old = text();
    let page = page(measured, |rule| found(rule, &old));
    if old == page {
        return;
    }
    let updates = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    let line = page.lines().find(|line| !old.lines().any(|known| known == *line)).unwrap_or_default();
    assert!(updates, "docs/rules.md is out of date: run with INSTA_UPDATE=always\n{line}");
    std::fs::write(path(), page).expect("a writable file");
}

/// Holds what the heavy tests found of the lies of one rule.
pub async fn hold_found(rule: Rule, found: usize, told: usize) {
    let cell = |other: Rule, old: &str| {
        let known = Row::found_in(old, other).unwrap_or("?").to_owned();
        if other == rule { format!("{found} of {told}") } else { known }
    };
    hold(measured().await, cell);
}

fn page(measured: &BTreeMap<Rule, Measured>, found: impl Fn(Rule) -> String) -> String {
    let mut made = String::from(
        "# Rules\n\n`counterpart explain RULE` says what a rule means and how to fix or waive a finding, as does the end of this page.\n\
         `counterpart mock --fault RULE@OPERATION` starts a mock that breaks one rule at one operation.\n\n\
         `tests/it/lies` measures this table. It starts a mock for every fault on every operation that the fault \
         can be applied\nto, and requires exactly that finding: `found` counts the mocks of which that was true. \
         It also checks mocks without\nfaults: `silent when healthy` counts the operations at which the rule found \
         nothing, of those at which it had something\nto check.\n\n\
         | rule | severity | faults on Core-7 | faults on the shop | found | silent when healthy |\n\
         |---|---|---|---|---|---|\n",
    );
    for rule in Rule::ALL {
        if let Some(&measured) = measured.get(rule) {
            let _ = writeln!(made, "{}", Row { measured, found: found(*rule) }.written(*rule));
        }
    }
    made.push_str(
        "\nRules about callbacks need `check --callback-url`; `tests/it/callbacks.rs` has their faults:\n\n",
    );
    for rule in ABOUT_CALLBACKS.rules() {
        let _ = writeln!(made, "- `{rule}`: {}", rule.summary());
    }
    made.push_str("\nRules without a fault:\n\n");
    for rule in Rule::ALL.iter().filter(|rule| NOT_ABOUT_ANSWERS.contains(&rule.family())) {
        let _ = writeln!(made, "- `{rule}`: {}", rule.summary());
    }
    made.push_str("\n## What each rule means\n");
    for rule in Rule::ALL {
        let standard =
            rule.standard().map_or_else(String::new, |address| format!(" [The standard]({address})"));
        let _ = writeln!(
            made,
            "\n### {rule}\n\n{}{standard}\n\n**To settle it:** {}",
            rule.meaning(),
            rule.remedy()
        );
    }
    made
}

/// Every run measures all but `found`, which has to tell of as many lies as there are occasions.
#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_rules_is_what_was_measured() {
    let measured = measured().await;
    hold(measured, |rule, old| Row::found_in(old, rule).unwrap_or("?").to_owned());
    let text = text();
    for (rule, Measured { occasions, looked, silent }) in measured {
        assert!(silent == looked && *looked > 0, "{rule}: silent at {silent} of {looked} operations");
        let lies: usize = occasions.iter().sum();
        assert_eq!(Row::found_in(&text, *rule), Some(format!("{lies} of {lies}").as_str()), "{rule}");
    }
}

#[test]
fn a_figure_that_moves_is_seen() {
    let measured = Measured { occasions: [2, 1], looked: 5, silent: 4 };
    let row = Row { measured, found: "3 of 3".to_owned() }.written(Rule::BodySchema);
    assert_eq!(row, "| `body-schema` | error | 2 | 1 | 3 of 3 | 4 of 5 |");
    assert_eq!(Row::found_in(&row, Rule::BodySchema), Some("3 of 3"));
    assert_eq!(Row::found_in(&row, Rule::MediaType), None);
    let page = page(&BTreeMap::from([(Rule::BodySchema, measured)]), |_| "3 of 3".to_owned());
    assert!(page.contains(&row) && page.contains("- `waiver-unused`: "), "{page}");
}
