//! The master test: a mock that lies in one way, and a run that finds just that. A test for each rule; what
//! they measure is the table of `docs/rules.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use counterpart::mock::faults;
use counterpart::resources::Resources;
use counterpart::rules::{Family, Rule};
use counterpart::run::Severity;
use rstest::rstest;

use crate::support::{Api, CORE7, SHOP, root, self_describing};

/// Rules that are not about what a target answers, and have no lie.
pub const NOT_ABOUT_ANSWERS: &[Family] = &[Family::Snapshot, Family::Waiver];

/// Operations that a rule is tried on: all of both documents where the heavy tests are on, otherwise the
/// first that gives occasion for its lie.
const SAMPLE: usize = if cfg!(feature = "heavy") { usize::MAX } else { 1 };

/// What came of the lies of one rule.
#[derive(Default)]
struct Told {
    /// Lies told, by document.
    lies: BTreeMap<&'static str, usize>,
    /// Those that were found, and nothing else with them.
    found: usize,
    /// What else, or what instead, was found.
    wrong: Vec<String>,
}

/// Each lie on each operation that gives occasion for it is found: that rule on that operation, and nothing
/// else on it or on what it could have affected.
#[rstest]
#[case::status_undocumented(Rule::StatusUndocumented)]
#[case::status_unexpected(Rule::StatusUnexpected)]
#[case::server_error(Rule::ServerError)]
#[case::body_schema(Rule::BodySchema)]
#[case::body_missing(Rule::BodyMissing)]
#[case::body_unexpected(Rule::BodyUnexpected)]
#[case::body_malformed(Rule::BodyMalformed)]
#[case::media_type(Rule::MediaType)]
#[case::header_missing(Rule::HeaderMissing)]
#[case::header_schema(Rule::HeaderSchema)]
#[case::allow_missing(Rule::AllowMissing)]
#[case::challenge_missing(Rule::ChallengeMissing)]
#[case::auth_missing_accepted(Rule::AuthMissingAccepted)]
#[case::auth_unknown_accepted(Rule::AuthUnknownAccepted)]
#[case::auth_status(Rule::AuthStatus)]
#[case::scope_lacking_accepted(Rule::ScopeLackingAccepted)]
#[case::scope_minimal_refused(Rule::ScopeMinimalRefused)]
#[case::scope_status(Rule::ScopeStatus)]
#[case::denied_request_had_effect(Rule::DeniedRequestHadEffect)]
#[case::key_limit_ignored(Rule::KeyLimitIgnored)]
#[case::method_undocumented_accepted(Rule::MethodUndocumentedAccepted)]
#[case::method_status(Rule::MethodStatus)]
#[case::invalid_accepted(Rule::InvalidAccepted)]
#[case::valid_rejected(Rule::ValidRejected)]
#[case::create_not_found(Rule::CreateNotFound)]
#[case::create_not_listed(Rule::CreateNotListed)]
#[case::create_altered(Rule::CreateAltered)]
#[case::update_not_kept(Rule::UpdateNotKept)]
#[case::update_clobbered(Rule::UpdateClobbered)]
#[case::replace_merged(Rule::ReplaceMerged)]
#[case::delete_not_gone(Rule::DeleteNotGone)]
#[case::delete_missing_status(Rule::DeleteMissingStatus)]
#[case::refused_method_had_effect(Rule::RefusedMethodHadEffect)]
#[case::read_had_effect(Rule::ReadHadEffect)]
#[case::identity_changed(Rule::IdentityChanged)]
#[case::location_broken(Rule::LocationBroken)]
#[case::action_not_kept(Rule::ActionNotKept)]
#[case::unknown_found(Rule::UnknownFound)]
#[case::target_harmed(Rule::TargetHarmed)]
#[case::page_limit(Rule::PageLimit)]
#[case::page_offset(Rule::PageOffset)]
#[case::page_overlap(Rule::PageOverlap)]
#[case::page_link(Rule::PageLink)]
#[case::page_loop(Rule::PageLoop)]
#[case::page_count(Rule::PageCount)]
#[case::filter_ignored(Rule::FilterIgnored)]
#[case::sort_ignored(Rule::SortIgnored)]
#[case::format_ignored(Rule::FormatIgnored)]
#[case::head_differs(Rule::HeadDiffers)]
#[case::response_truncated(Rule::ResponseTruncated)]
#[case::response_slow(Rule::ResponseSlow)]
#[case::connection_failed(Rule::ConnectionFailed)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lie_gives_exactly_its_finding(#[case] rule: Rule) {
    let mut told = Told::default();
    // The smaller one first.
    for document in [SHOP, CORE7] {
        let api = Api::of(document);
        let operations = &api.contract.operations;
        let occasions = operations.iter().filter(|o| faults::has_occasion(rule, o, &api.resources));
        let left = SAMPLE - told.lies.values().sum::<usize>();
        for operation in occasions.take(left) {
            *told.lies.entry(document).or_default() += 1;
            match tell(&api, rule, &operation.id).await {
                Some(wrong) => told.wrong.push(wrong),
                None => told.found += 1,
            }
        }
    }
    assert!(told.wrong.is_empty(), "{}", told.wrong.join("\n"));
    assert!(told.found > 0, "no operation gives occasion for {rule}");
    if cfg!(feature = "heavy") {
        hold_the_row(rule, &told, is_silent(rule).await);
    }
}

/// Every rule about the target has a lie, and every lie a test.
#[test]
fn every_rule_has_its_lie() {
    let source = std::fs::read_to_string(root().join("tests/it/lies.rs")).expect("this file");
    for rule in Rule::ALL {
        let has_lie = faults::rules().any(|known| known == *rule);
        assert_eq!(has_lie, !NOT_ABOUT_ANSWERS.contains(&rule.family()), "{rule}");
        assert!(!has_lie || source.contains(&format!("(Rule::{rule:?})]")), "{rule} has no test");
    }
}

async fn tell(api: &Api, rule: Rule, operation: &str) -> Option<String> {
    let lie = faults::parse(&format!("{rule}@{operation}"), &api.contract, &api.resources).expect("a fault");
    let affected = affected(api, lie.operation);
    let mock = api.mock(&[lie]).await;
    let slow = (rule == Rule::ResponseSlow).then_some(Duration::from_secs(1));
    let (run, code) = api.check_about(&mock.url, slow, &affected).await;
    let found: Vec<(Rule, &str)> =
        run.findings.iter().map(|finding| (finding.rule, finding.operation.as_str())).collect();
    let exact = !found.is_empty() && found.iter().all(|found| *found == (rule, operation));
    let is_error = run.findings.iter().any(|finding| finding.severity == Severity::Error);
    let fails = code == u8::from(is_error) || !is_error;
    (!exact || !fails).then(|| format!("{rule}@{operation}: {found:?}, exit {code}"))
}

/// An operation with all that work on the same objects, and one or two that do not, so that the first look
/// meets more than a lie.
fn affected(api: &Api, operation: usize) -> BTreeSet<usize> {
    let own = collections(&api.resources, api, operation);
    let shares = |other: usize| !own.is_disjoint(&collections(&api.resources, api, other));
    let operations = &api.contract.operations;
    let mut found: BTreeSet<usize> = operations
        .iter()
        .map(|operation| operation.index)
        .filter(|other| *other == operation || shares(*other))
        .collect();
    let strangers = operations.iter().filter(|other| other.is_safe() && !found.contains(&other.index));
    let strangers: Vec<usize> = strangers.map(|other| other.index).take(2).collect();
    found.extend(strangers);
    found
}

/// The collections whose objects an operation lists, makes, reads or changes.
fn collections(resources: &Resources, api: &Api, operation: usize) -> BTreeSet<usize> {
    let found = &api.contract.operations[operation];
    let named = found.template.names().iter().filter_map(|name| resources.of_parameter(operation, name));
    let told = resources.actions(&found.id).map(|(index, _)| index);
    let all = named.chain(told).chain(resources.role(operation).map(|(index, _)| index));
    all.filter(|index| resources.collections[*index].is_known()).collect()
}

/// Whether a rule finds nothing on mocks without lies.
async fn is_silent(rule: Rule) -> bool {
    for document in [CORE7, SHOP] {
        let api = Api::of(document);
        let mock = api.mock(&[]).await;
        let (run, _) = api.check(&mock.url, &self_describing()).await;
        if run.findings.iter().any(|finding| finding.rule == rule) {
            return false;
        }
    }
    true
}

/// One test at a time writes the table.
static TABLE: Mutex<()> = Mutex::new(());

/// Writes, or holds against the file, the row of one rule.
fn hold_the_row(rule: Rule, told: &Told, is_silent: bool) {
    let _turn = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    let severity = if rule.severity() == Severity::Error { "error" } else { "warning" };
    let count = |document| told.lies.get(document).copied().unwrap_or(0);
    let silent = if is_silent { "yes" } else { "no" };
    let (core7, shop, found) = (count(CORE7), count(SHOP), told.found);
    let row = format!("| `{rule}` | {severity} | {core7} | {shop} | {found} | {silent} |");
    let path = root().join("docs/rules.md");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    if text.lines().any(|line| line == row) {
        return;
    }
    let updates = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    assert!(updates, "docs/rules.md is out of date: run with INSTA_UPDATE=always\n{row}");
    std::fs::write(&path, with_row(&text, rule, &row)).expect("a writable file");
}

/// The table with the row of one rule, in the catalogue's order.
fn with_row(text: &str, added: Rule, row: &str) -> String {
    let mut rows: BTreeMap<usize, String> = BTreeMap::new();
    for (place, rule) in Rule::ALL.iter().enumerate() {
        let known = text.lines().find(|line| line.starts_with(&format!("| `{rule}` |")));
        let shown = if *rule == added { Some(row) } else { known };
        rows.extend(shown.map(|shown| (place, shown.to_owned())));
    }
    let mut made = String::from(
        "# Rules\n\n`counterpart explain RULE` says what a rule means and how to fix or waive a finding.\n\
         `counterpart mock --fault RULE@OPERATION` starts a mock that breaks one rule at one operation.\n\n\
         `tests/it/lies.rs` writes this table. It starts a mock for every fault on every operation that the fault \
         can be applied\nto, and requires exactly that finding. The mock without faults must give no finding.\n\n\
         | rule | severity | faults on Core-7 | faults on the shop | found | silent when healthy |\n\
         |---|---|---|---|---|---|\n",
    );
    for row in rows.values() {
        let _ = writeln!(made, "{row}");
    }
    made.push_str("\nRules without a fault:\n\n");
    for rule in Rule::ALL.iter().filter(|rule| NOT_ABOUT_ANSWERS.contains(&rule.family())) {
        let _ = writeln!(made, "- `{rule}`: {}", rule.summary());
    }
    made
}
