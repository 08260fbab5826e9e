use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::check::evidence::Evidence;
use crate::check::plan::Sequence;
use crate::check::scripted::{Bench, Scripted, answer, pets};
use crate::config::state::{Action, State};
use crate::exchange::{Exchange, Request};
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::CollectionId;

/// What is untested of one operation after a session in which every plain request has succeeded, but for
/// what is changed.
async fn settled(
    bench: &Bench,
    plan: &Plan,
    operation: &str,
    change: impl FnOnce(&mut Session<'_>),
) -> Vec<String> {
    let told = bench
        .phase(&Scripted::default(), async |session| {
            change(session);
            settle(session, plan);
        })
        .await;
    let of = format!(" {operation}: ");
    // Those about single answers have tests of their own.
    let known = bench.contract.operation(operation).unwrap();
    let mut others = occasions::of_answers(known);
    others.extend(occasions::of_keys(known));
    others.extend(occasions::of_sequences(&bench.contract, plan, known));
    let is_other = |entry: &&String| {
        let why = entry.rsplit(": ").next();
        why != Some("said before") && others.iter().any(|rule| entry.starts_with(&format!("{rule} ")))
    };
    told.untested
        .iter()
        .filter(|entry| entry.contains(&of) && !is_other(entry))
        .map(|entry| entry.replacen(&of, ": ", 1))
        .collect()
}

async fn untested(bench: &Bench, operation: &str, change: impl FnOnce(&mut Session<'_>)) -> Vec<String> {
    settled(bench, &bench.plan(), operation, change).await
}

/// The rules of which [`untested`] tells something.
fn rules(untested: &[String]) -> Vec<&str> {
    untested.iter().filter_map(|entry| entry.split(':').next()).collect()
}

/// The document of pets, changed.
fn altered(change: impl FnOnce(&mut Value)) -> Bench {
    let mut tree = pets();
    change(&mut tree["paths"]);
    Bench::of(tree)
}

fn without_read() -> Bench {
    altered(|paths| {
        paths["/pets/{petId}"].as_object_mut().unwrap().remove("get");
    })
}

fn without_create() -> Bench {
    let mut bench = Bench::pets();
    bench.settings.skipped.insert(bench.index("create"), "not now".to_owned());
    bench
}

fn refusing_delete() -> Bench {
    altered(|paths| {
        paths["/pets/{petId}"]["delete"]["responses"] = json!({"405": {"description": "never"}});
    })
}

fn with_filters() -> Bench {
    altered(|paths| {
        let parameters = paths["/pets"]["get"]["parameters"].as_array_mut().unwrap();
        parameters.push(json!({"name": "name", "in": "query", "schema": {"type": "string"}}));
        parameters.push(
            json!({"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["name", "-name"]}}),
        );
    })
}

#[rstest]
#[case(Bench::pets(), "list", &["create-not-listed", "page-limit", "page-offset", "page-overlap", "page-count", "invalid-accepted"])]
#[case(Bench::pets(), "create", &["create-not-found", "invalid-accepted"])]
#[case(Bench::pets(), "read", &["read-had-effect", "identity-changed", "unknown-found"])]
#[case(Bench::pets(), "change", &["update-not-kept", "update-clobbered", "invalid-accepted"])]
#[case(Bench::pets(), "replace", &["replace-merged", "update-not-kept", "invalid-accepted"])]
#[case(Bench::pets(), "drop", &["delete-not-gone", "delete-missing-status"])]
#[case::filters(with_filters(), "list", &["create-not-listed", "page-limit", "page-offset", "page-overlap", "page-count", "filter-ignored", "sort-ignored", "invalid-accepted"])]
#[case::not_created(without_create(), "change", &["invalid-accepted"])]
#[case::not_created(without_create(), "create", &[])]
#[case::not_read(without_read(), "create", &["invalid-accepted"])]
#[case::not_read(without_read(), "drop", &["delete-not-gone", "delete-missing-status"])]
#[case::refused(refusing_delete(), "drop", &["refused-method-had-effect"])]
#[tokio::test(start_paused = true)]
async fn an_operation_gives_occasion_for_rules(
    #[case] bench: Bench,
    #[case] operation: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(rules(&untested(&bench, operation, |_| ()).await), expected);
}

/// Without a step, the document says whether input can be wrong.
#[rstest]
#[case("create", &["create-not-found", "invalid-accepted"])]
#[case("drop", &["delete-not-gone", "delete-missing-status"])]
#[tokio::test(start_paused = true)]
async fn what_is_not_planned_may_take_input(#[case] operation: &str, #[case] expected: &[&str]) {
    let bench = Bench::pets();
    assert_eq!(rules(&settled(&bench, &Plan::default(), operation, |_| ()).await), expected);
}

#[tokio::test(start_paused = true)]
async fn an_action_gives_occasion_for_its_rule() {
    let mut bench = altered(|paths| {
        paths["/adopt"] = json!({"post": {"operationId": "adopt", "responses": {"200": {}}}});
    });
    let action = Action { operation: "adopt".to_owned(), ..Action::default() };
    let state = State { collection: "/pets".to_owned(), action: vec![action], ..State::default() };
    assert_eq!(untested(&bench, "adopt", |_| ()).await, [""; 0]);
    bench.resources = Resources::of(&bench.contract, &[state]);
    let expected = "action-not-kept: the run gave no occasion for it";
    assert_eq!(untested(&bench, "adopt", |_| ()).await, [expected]);
}

/// Changes what is known of an operation.
fn state(session: &mut Session<'_>, id: &str, change: impl FnOnce(&mut OperationState)) {
    let index = session.contract.operation(id).unwrap().index;
    change(session.recorder.state_mut(index).unwrap());
}

fn not_sent(session: &mut Session<'_>) {
    state(session, "change", |state| state.success = None);
}

fn refused(session: &mut Session<'_>) {
    not_sent(session);
    state(session, "change", |state| _ = state.statuses.insert("400".to_owned(), 1));
}

fn nothing(_: &mut Session<'_>) {}

fn made(session: &mut Session<'_>) {
    session.pool.add_own(CollectionId::nth(0), vec![json!(1)]);
}

fn not_created(session: &mut Session<'_>) {
    made(session);
    state(session, "create", |state| state.success = None);
}

fn not_read(session: &mut Session<'_>) {
    made(session);
    state(session, "read", |state| state.success = None);
}

/// A finding of a rule at an operation.
fn found(session: &mut Session<'_>, id: &str, rule: Rule) {
    made(session);
    let operation = session.contract.operation(id).unwrap();
    let exchange = Exchange {
        case: "qtestq/1".to_owned(),
        url: "http://pets.test/pets".to_owned(),
        request: Request::new(Method::GET, "/pets"),
        outcome: answer(200, &json!({})),
        elapsed: std::time::Duration::ZERO,
    };
    let evidence = Evidence { exchange, key: None, placed: Vec::new() };
    session.recorder.say(
        operation,
        &evidence,
        Evaluation::of(rule, Some(observe(rule, operation, "it is odd"))),
    );
}

fn lost_change(session: &mut Session<'_>) {
    found(session, "change", Rule::UpdateNotKept);
}

fn lost_object(session: &mut Session<'_>) {
    found(session, "create", Rule::CreateNotFound);
}

fn slow_read(session: &mut Session<'_>) {
    found(session, "read", Rule::ResponseSlow);
}

#[rstest]
#[case("change", Rule::UpdateClobbered, not_sent, "no request could be sent")]
#[case("change", Rule::UpdateClobbered, refused, "the plain request did not succeed")]
#[case("change", Rule::UpdateClobbered, nothing, "this run created no object")]
#[case("change", Rule::UpdateClobbered, not_created, "this run created no object")]
#[case("change", Rule::UpdateClobbered, not_read, "the object could not be read")]
#[case("change", Rule::UpdateClobbered, lost_change, "an earlier finding makes it meaningless")]
#[case("change", Rule::UpdateClobbered, lost_object, "an earlier finding makes it meaningless")]
#[case("change", Rule::UpdateClobbered, slow_read, "no object of this run got that far")]
#[case("change", Rule::UpdateClobbered, made, "no object of this run got that far")]
#[case("change", Rule::InvalidAccepted, nothing, "no response showed whether invalid input is accepted")]
#[case("read", Rule::UnknownFound, nothing, "no response showed whether an unknown id is accepted")]
#[case("list", Rule::CreateNotListed, nothing, "this run created no object")]
#[case("list", Rule::PageLimit, nothing, "no response showed it")]
#[case("list", Rule::PageOverlap, nothing, "no page had a following page")]
#[case("list", Rule::PageCount, nothing, "the list has no total, or its end was not reached")]
#[case("list", Rule::FilterIgnored, nothing, "no value is known that excludes some entries")]
#[case("list", Rule::SortIgnored, nothing, "no two entries differ in the sort key")]
#[tokio::test(start_paused = true)]
async fn it_says_why_nothing_looked(
    #[case] operation: &str,
    #[case] rule: Rule,
    #[case] change: fn(&mut Session<'_>),
    #[case] why: &str,
) {
    let entries = untested(&with_filters(), operation, change).await;
    assert!(entries.contains(&format!("{rule}: {why}")), "{entries:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ended_says_so() {
    let mut bench = Bench::pets();
    bench.options.max_requests = Some(0);
    let why = "the run's --max-requests were used up";
    let expected = ["create-not-found", "invalid-accepted"].map(|rule| format!("{rule}: {why}"));
    assert_eq!(untested(&bench, "create", |_| ()).await, expected);
}

#[tokio::test(start_paused = true)]
async fn what_was_looked_at_after_all_is_dropped() {
    let entries = untested(&Bench::pets(), "change", |session| {
        let change = session.contract.operation("change").unwrap().index;
        for rule in
            [Rule::UpdateNotKept, Rule::UpdateClobbered, Rule::ReplaceMerged, Rule::AuthMissingAccepted]
        {
            session.recorder.not_tested(change, rule, "said before");
        }
        session.recorder.not_tested(change, Family::Page, "said before");
        session.recorder.state_mut(change).unwrap().looked.insert(Rule::UpdateNotKept);
    })
    .await;
    let kept =
        ["update-clobbered", "auth-missing-accepted", "page"].map(|rule| format!("{rule}: said before"));
    assert_eq!(entries[..3], kept, "a rule without occasion goes, and keys are for others to judge");
    assert_eq!(rules(&entries[3..]), ["invalid-accepted"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_user_leaves_out_stays_as_it_was() {
    let bench = without_create();
    let entries = untested(&bench, "create", |session| {
        let create = session.contract.operation("create").unwrap().index;
        session.recorder.not_tested(create, Rule::UpdateNotKept, "said before");
    })
    .await;
    assert_eq!(entries, ["update-not-kept: said before"]);
}

/// What an operation documents decides which rules its answers give occasion for.
#[rstest]
#[case::nothing(json!({"204": {}}), &["body-unexpected"])]
#[case::json(
    json!({"200": {"content": {"application/json": {"schema": {}}}}, "404": {}}),
    &["body-schema", "body-missing", "body-malformed", "media-type"]
)]
#[case::image(json!({"200": {"content": {"image/png": {}}}}), &["body-missing", "media-type"])]
#[case::headers(
    json!({"204": {"headers": {"A": {"required": true, "schema": {}}, "B": {"schema": {}}}}}),
    &["body-unexpected", "header-missing", "header-schema"]
)]
#[case::of_a_refusal(
    json!({"405": {"headers": {"Allow": {"required": true, "schema": {}}}}}),
    &["body-unexpected"]
)]
#[case::optional_header(json!({"204": {"headers": {"B": {"schema": {}}}}}), &["body-unexpected"])]
fn answers_give_occasion_for_rules(#[case] responses: Value, #[case] expected: &[&str]) {
    let always = [
        "status-undocumented",
        "status-unexpected",
        "server-error",
        "valid-rejected",
        "response-truncated",
        "connection-failed",
    ];
    let bench = Bench::of(json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
        "/a": {"get": {"operationId": "get", "responses": responses}},
    }}));
    let rules = occasions::of_answers(bench.contract.operation("get").unwrap());
    let mut rules: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
    rules.retain(|rule| !always.contains(rule));
    assert_eq!(rules, expected);
}

#[rstest]
#[case::open(json!([]), &[])]
#[case::scheme(json!([{"key": []}]), &["auth-missing-accepted", "auth-unknown-accepted"])]
#[case::scope(json!([{"key": ["a"]}]), &[
    "auth-missing-accepted", "auth-unknown-accepted", "scope-minimal-refused", "scope-lacking-accepted",
])]
fn keys_give_occasion_for_rules(#[case] security: Value, #[case] expected: &[&str]) {
    let bench = Bench::of(json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {"/a": {"get": {"operationId": "get", "security": security, "responses": {"204": {}}}}},
    }));
    let rules = occasions::of_keys(bench.contract.operation("get").unwrap());
    assert_eq!(rules.iter().map(|rule| rule.name()).collect::<Vec<_>>(), expected);
}

/// A sequence that is planned gives occasion for its rules at its own operation.
#[test]
fn sequences_give_occasion_for_rules() {
    let bench = altered(|paths| {
        paths["/pets"]["post"]["responses"]["201"]["headers"] = json!({"location": {}});
    });
    let rules = |id: &str, sequence: fn(crate::contract::OperationId) -> Sequence| {
        let plan = Plan { sequences: vec![sequence(bench.index(id))], ..Plan::default() };
        let of =
            |id: &str| occasions::of_sequences(&bench.contract, &plan, bench.contract.operation(id).unwrap());
        assert_eq!(of("change"), []);
        of(id)
    };
    assert_eq!(rules("read", Sequence::Methods), [Rule::MethodUndocumentedAccepted]);
    assert_eq!(rules("read", Sequence::Representations), [Rule::HeadDiffers]);
    assert_eq!(rules("create", Sequence::Located), [Rule::LocationBroken]);
    assert_eq!(rules("replace", Sequence::Located), []);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_was_not_sent_was_not_judged() {
    let bench = Bench::pets();
    let told = bench
        .phase(&Scripted::default(), async |session| {
            state(session, "change", |state| state.success = None);
            settle(session, &bench.plan());
        })
        .await;
    for rule in ["server-error", "body-schema", "valid-rejected"] {
        let entry = format!("{rule} change: no request could be sent");
        assert!(told.untested.contains(&entry), "{entry}\n{:#?}", told.untested);
    }
}
