//! The master test: a mock that lies in one way, and a run that finds just that. A test for each rule; what
//! they measure is the table of `docs/rules.md`.

mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use counterpart::check::again;
use counterpart::contract::OperationId;
use counterpart::mock::faults;
use counterpart::resources::{Collection, CollectionId, Resources};
use counterpart::rules::{Family, Rule};
use counterpart::run::{Finding, Severity};
use rstest::rstest;

use crate::support::{Api, CORE7, SHOP, root};

/// Rules that are not about what a target answers, and have no lie.
pub const NOT_ABOUT_ANSWERS: &[Family] = &[Family::Snapshot, Family::Waiver];

/// Rules about what a target sends by itself: they need somebody who listens, and `callbacks` has their lies.
pub const ABOUT_CALLBACKS: Family = Family::Callback;

/// Operations that a rule is tried on: all of both documents where the heavy tests are on, otherwise the
/// first that gives occasion for its lie.
const SAMPLE: usize = if cfg!(feature = "heavy") { usize::MAX } else { 1 };

/// What came of the lies of one rule.
#[derive(Default)]
struct Told {
    /// Lies told.
    lies: usize,
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
#[case::other_owner_accepted(Rule::OtherOwnerAccepted)]
#[case::scope_lacking_accepted(Rule::ScopeLackingAccepted)]
#[case::scope_minimal_refused(Rule::ScopeMinimalRefused)]
#[case::scope_status(Rule::ScopeStatus)]
#[case::scope_challenge(Rule::ScopeChallenge)]
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
        for operation in occasions.take(SAMPLE - told.lies) {
            told.lies += 1;
            match tell(&api, rule, &operation.id).await {
                Some(wrong) => told.wrong.push(wrong),
                None => told.found += 1,
            }
        }
    }
    if cfg!(feature = "heavy") {
        table::hold_found(rule, told.found, told.lies).await;
    }
    assert!(told.wrong.is_empty(), "{}", told.wrong.join("\n"));
    assert!(told.found > 0, "no operation gives occasion for {rule}");
}

/// Every rule about the target has a lie, and every lie a test.
#[test]
fn every_rule_has_its_lie() {
    let source = std::fs::read_to_string(root().join("tests/it/lies.rs")).expect("this file");
    let callbacks = std::fs::read_to_string(root().join("tests/it/callbacks.rs")).expect("a file");
    for rule in Rule::ALL {
        let has_lie = faults::rules().any(|known| known == *rule);
        assert_eq!(has_lie, !NOT_ABOUT_ANSWERS.contains(&rule.family()), "{rule}");
        if rule.family() == ABOUT_CALLBACKS {
            assert!(callbacks.contains(&format!("{rule}@")), "{rule} has no test");
            continue;
        }
        assert!(!has_lie || source.contains(&format!("(Rule::{rule:?})]")), "{rule} has no test");
    }
}

async fn tell(api: &Api, rule: Rule, operation: &str) -> Option<String> {
    let lie = faults::parse(&format!("{rule}@{operation}"), &api.contract, &api.resources).expect("a fault");
    let affected = affected(api, lie.operation);
    let mock = api.mock(&[lie]).await;
    let slow = (rule == Rule::ResponseSlow).then_some(Duration::from_secs(1));
    let (run, code) = api.check_about(&mock.url, slow, &affected).await;
    let each = || run.findings.iter().flat_map(Finding::each);
    let found: Vec<(Rule, &str)> = each().map(|finding| (finding.rule, finding.operation.as_str())).collect();
    for finding in each() {
        is_known_by_its_id(api, finding);
    }
    let exact = !found.is_empty() && found.iter().all(|found| *found == (rule, operation));
    let is_error = run.findings.iter().any(|finding| finding.severity == Severity::Error);
    let fails = code == u8::from(is_error) || !is_error;
    (!exact || !fails).then(|| format!("{rule}@{operation}: {found:?}, exit {code}"))
}

/// `--only finding:ID` finds out what the id stands for.
fn is_known_by_its_id(api: &Api, finding: &Finding) {
    let settings = api.plan_settings(true).expect("operations of the document");
    let id = finding.id.parse().expect("an id");
    let known = again::find(&api.contract, &api.resources, &settings, "api", id).found;
    let known = known.unwrap_or_else(|| panic!("{} of {}", finding.rule, finding.operation));
    let operation = api.contract.operation(&finding.operation).expect("an operation").index;
    assert!(known.rule == finding.rule && known.operations.contains(&operation), "{known:?}");
}

/// An operation with all that work on the same objects, and one or two that do not, so that the first look
/// meets more than a lie.
fn affected(api: &Api, operation: OperationId) -> BTreeSet<OperationId> {
    let own = collections(&api.resources, api, operation);
    let shares = |other: OperationId| !own.is_disjoint(&collections(&api.resources, api, other));
    let operations = &api.contract.operations;
    let mut found: BTreeSet<OperationId> = operations
        .iter()
        .map(|operation| operation.index)
        .filter(|other| *other == operation || shares(*other))
        .collect();
    let strangers = operations.iter().filter(|other| other.is_safe() && !found.contains(&other.index));
    let strangers: Vec<OperationId> = strangers.map(|other| other.index).take(2).collect();
    found.extend(strangers);
    found
}

/// The collections whose objects an operation lists, makes, reads or changes.
fn collections(resources: &Resources, api: &Api, operation: OperationId) -> BTreeSet<CollectionId> {
    let found = api.contract.at(operation).expect("an operation");
    let named = found.template.names().iter().filter_map(|name| resources.of_parameter(operation, name));
    let told = resources.actions(&found.id).map(|(index, _)| index);
    let all = named.chain(told).chain(resources.role(operation).map(|(index, _)| index));
    all.filter(|index| resources.collection(*index).is_some_and(Collection::is_known)).collect()
}
