use std::time::Duration;

use rstest::rstest;

use super::*;
use crate::check::scripted::{Bench, Scripted};
use crate::rules::RuleSet;
use crate::run::Verdict;

fn rules(outcome: &Outcome) -> Vec<String> {
    outcome.run.findings.iter().map(|f| format!("{} {}", f.rule, f.operation)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_honest_target_keeps_its_word_and_its_pets() {
    let target = Scripted::with(&["rex", "mia"]);
    let outcome = Bench::pets().run(&target).await;
    assert_eq!(rules(&outcome), [""; 0]);
    assert_eq!(outcome.stopped, None);
    assert!(outcome.run.operations.iter().all(|operation| operation.verdict == Verdict::Conforms));
    assert_eq!(target.names(), ["rex", "mia"], "what was there stays, what was made goes");
    assert_eq!(outcome.run.leftovers, [""; 0]);
    let writes = |line: &String| line.starts_with("DELETE /pets/") || line.starts_with("PATCH /pets/");
    let sent = target.sent();
    let touched =
        sent.iter().filter(|line| writes(line)).any(|line| line.ends_with("/1") || line.ends_with("/2"));
    assert!(!touched, "objects of others are not changed: {sent:#?}");
}

#[tokio::test(start_paused = true)]
async fn the_phases_follow_one_another() {
    let target = Scripted::with(&["rex"]);
    Bench::pets().run(&target).await;
    let sent = target.sent();
    let first = |what: &str| sent.iter().position(|line| line.starts_with(what)).unwrap_or(usize::MAX);
    assert_eq!(first("GET /pets"), 0, "the first look comes first");
    let order = ["GET /pets", "POST /pets", "GET /pets/", "PATCH /pets/", "DELETE /pets/"].map(first);
    assert!(order.is_sorted(), "{order:?} {sent:#?}");
}

#[rstest]
#[case::refused(Scripted::default().refuse("*", 401), "Unauthorized")]
#[case::elsewhere(Scripted::default().refuse("*", 404), "NotFound")]
#[case::broken(Scripted::default().refuse("*", 500), "Odd")]
#[case::silent(Scripted::default().cut_off("*"), "NoAnswer")]
#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_the_api_is_asked_no_further(#[case] target: Scripted, #[case] cause: &str) {
    let outcome = Bench::pets().run(&target).await;
    let told = format!("{:?}", outcome.stopped);
    assert!(told.starts_with(&format!("Some({cause}")), "{told}");
    assert!(target.sent().iter().all(|line| line.starts_with("GET /pets")), "{:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_sends_nothing_more() {
    let bench = Bench::pets();
    bench.stop.send_replace(true);
    let target = Scripted::with(&["rex"]);
    let outcome = bench.run(&target).await;
    assert_eq!(target.sent(), [""; 0]);
    assert!(outcome.is_cut_short);
    let why = outcome.run.operations.iter().filter_map(|operation| operation.why.as_deref());
    assert!(why.into_iter().all(|why| why == "the run was interrupted"));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_used_up_its_requests_still_removes_what_it_made() {
    for most in 1..40 {
        let mut bench = Bench::pets();
        bench.options.max_requests = Some(most);
        let target = Scripted::with(&["rex"]);
        let outcome = bench.run(&target).await;
        assert_eq!(target.names(), ["rex"], "after {most} requests");
        assert_eq!(outcome.run.leftovers, [""; 0]);
        assert!(outcome.is_cut_short);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_run() {
    let mut bench = Bench::pets();
    bench.options.deadline = Some(Duration::from_secs(4));
    bench.options.pause = Some(Duration::from_secs(1));
    let target = Scripted::with(&["rex"]);
    let outcome = bench.run(&target).await;
    assert!(outcome.is_cut_short);
    assert_eq!(target.names(), ["rex"], "the reserve is for cleaning");
    let planned = target.sent().iter().take_while(|line| !line.starts_with("DELETE")).count();
    assert!((4..12).contains(&planned), "a request a second: {planned}");
    let late: Vec<_> = outcome.run.operations.iter().filter_map(|operation| operation.why.clone()).collect();
    assert!(late.iter().any(|why| why == "the run's deadline had passed"), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_may_end_at_its_first_error() {
    let mut bench = Bench::pets();
    let target = || Scripted::with(&["rex"]).refuse("GET /pets/*", 500);
    let all = target();
    bench.run(&all).await;
    bench.options.fail_fast = true;
    let first = target();
    let outcome = bench.run(&first).await;
    assert!(first.sent().len() < all.sent().len());
    assert!(outcome.is_cut_short);
    assert!(!outcome.run.findings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_everywhere_ends_the_run() {
    let bench = Bench::guarded();
    let target = Scripted::default().refuse("*", 401);
    let outcome = bench.run(&target).await;
    assert!(matches!(outcome.stopped, Some(Cause::Unauthorized { .. })), "{:?}", outcome.stopped);
    assert_eq!(target.count("POST"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_guarded_target_is_tried_with_wrong_keys_too() {
    let bench = Bench::guarded();
    let target = Scripted::with(&["rex"]).guarded();
    let outcome = bench.run(&target).await;
    // It takes any key at all.
    let found = rules(&outcome);
    assert!(found.contains(&"auth-unknown-accepted list".to_owned()), "{found:?}");
    assert!(!found.iter().any(|rule| rule.starts_with("auth-missing")), "{found:?}");
    assert_eq!(target.names(), ["rex"]);
}

#[tokio::test(start_paused = true)]
async fn muted_rules_tell_nothing() {
    let mut bench = Bench::pets();
    let target = || {
        Scripted::with(&["rex"]).twist("DELETE /pets/*", |_, reply| match reply {
            Ok(response) if response.status == 404 => {
                crate::check::scripted::answer(204, &serde_json::Value::Null)
            }
            reply => reply,
        })
    };
    let lying = target();
    assert_eq!(rules(&bench.run(&lying).await), ["delete-missing-status drop"]);
    bench.settings.muted = RuleSet::default();
    bench.settings.muted.insert(crate::rules::Rule::DeleteMissingStatus);
    assert_eq!(rules(&bench.run(&target()).await), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_limited_rate_passes_nothing_and_is_no_finding() {
    let bench = Bench::guarded();
    let honest = Scripted::with(&["rex"]).guarded();
    let target = honest.twist("GET /pets", |request, reply| {
        let is_keyed = request.headers.get("authorization").is_some_and(|key| key == "Bearer token-k");
        if is_keyed {
            reply
        } else {
            crate::check::scripted::answer(429, &serde_json::json!({"error": "slow"}))
        }
    });
    let run = bench.run(&target).await.run;
    let list = run.operations.iter().find(|operation| operation.operation == "list").unwrap();
    let told: Vec<String> =
        list.untested.iter().map(|entry| format!("{}: {}", entry.rule, entry.why)).collect();
    let expected =
        "auth-missing-accepted: without a key: the target limits the rate (429); a lower --rate may help";
    assert!(told.iter().any(|entry| entry == expected), "{told:?}");
    let of_list = run.access.iter().filter(|case| case.operation == "list" && case.status == Some(429));
    let verdicts: Vec<_> = of_list.map(|case| case.verdict).collect();
    assert!(
        !verdicts.is_empty() && verdicts.iter().all(|v| *v == crate::run::AccessVerdict::NotTried),
        "{verdicts:?}"
    );
    assert!(!run.findings.iter().any(|finding| finding.operation == "list"), "{:?}", run.findings);
}

/// Pets, with an action that the user allows.
fn with_action() -> Bench {
    let mut tree = crate::check::scripted::pets();
    let responses = serde_json::json!({"200": {"description": "done"}});
    tree["paths"]["/reindex"] =
        serde_json::json!({"post": {"operationId": "reindex", "responses": responses}});
    let mut bench = Bench::of(tree);
    bench.settings.actions.insert(bench.index("reindex"));
    bench
}

/// What is odd is cut before the plain request of an action, which comes last; each case that is cut is told.
#[tokio::test(start_paused = true)]
async fn a_bound_cuts_what_is_odd_and_tells_each_case() {
    let target = || Scripted::with(&["rex"]).reply("POST /reindex", 200, serde_json::json!({}));
    let (mut bench, all) = (with_action(), target());
    let whole = bench.run(&all).await;
    assert!(!whole.is_cut_short);
    let told = |outcome: &Outcome| -> Vec<String> {
        let untested = outcome.run.operations.iter().flat_map(|operation| &operation.untested);
        untested.flat_map(|entry| entry.cases.iter().map(|case| format!("{}: {case}", entry.rule))).collect()
    };
    assert_eq!(told(&whole), [""; 0]);
    let is_plain = |step: &&Step| step.tier == Tier::Plain;
    bench.options.max_requests = Some(bench.plan().steps.iter().filter(is_plain).count() + 12);
    let few = target();
    let outcome = bench.run(&few).await;
    assert!(outcome.is_cut_short);
    assert_eq!(few.count("POST /reindex"), 1, "{:#?}", few.sent());
    assert!(outcome.run.operations.iter().all(|operation| operation.verdict == Verdict::Conforms));
    let cut = told(&outcome);
    for case in ["invalid-accepted: request.body/name: ", "server-error: odd ids and parameters"] {
        assert!(cut.iter().any(|known| known.starts_with(case)), "{case}: {cut:#?}");
    }
    let why = outcome
        .run
        .operations
        .iter()
        .flat_map(|operation| &operation.untested)
        .filter(|o| !o.cases.is_empty());
    let why: std::collections::BTreeSet<&str> = why.map(|entry| entry.why.as_str()).collect();
    assert_eq!(
        why.into_iter().collect::<Vec<_>>(),
        ["the rest of the run's --max-requests was kept for plain requests"]
    );
}

/// Nobody has to say how many requests are enough.
#[tokio::test(start_paused = true)]
async fn a_run_is_bounded_by_its_operations() {
    let bench = Bench::pets();
    let target = Scripted::with(&["rex"]);
    bench
        .phase(&target, async |session| {
            session.sender.begin_next_part();
            let list = session.contract.operation("list").unwrap();
            let request = crate::exchange::Request::new(list.method.clone(), list.path());
            for _ in 0..600 {
                assert_eq!(session.must_end(), None);
                session.sender.send(&request, None).await;
            }
            assert_eq!(session.must_end().as_deref(), Some("the run's --max-requests were used up"));
        })
        .await;
}
