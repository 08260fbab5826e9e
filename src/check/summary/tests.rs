use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::plan::Unplanned;
use crate::check::scripted::{Bench, Scripted};
use crate::rules::Rule;

/// The run of a session in which every plain request has succeeded, but for what is changed.
async fn summed(bench: &Bench, plan: &Plan, change: impl FnOnce(&mut Session<'_>)) -> Run {
    let mut run = None;
    bench
        .phase(&Scripted::default(), async |session| {
            change(session);
            run = Some(summarize(session, plan, 7));
        })
        .await;
    run.unwrap()
}

fn of<'r>(run: &'r Run, id: &str) -> &'r OperationResult {
    run.operations.iter().find(|result| result.operation == id).unwrap()
}

fn change(of: impl Fn(&mut OperationState)) -> impl Fn(&mut OperationState) {
    of
}

#[rstest]
#[case::success(change(|_| ()), Verdict::Conforms, None)]
#[case::by_another_request(
    change(|state| {
        state.success = None;
        state.statuses.insert("201".to_owned(), 1);
    }),
    Verdict::Conforms,
    None
)]
#[case::not_judged(
    change(|state| state.unjudged = Some("not readable".to_owned())),
    Verdict::Inconclusive,
    Some("not readable")
)]
#[case::refused(
    change(|state| (state.success, state.why) = (None, Some("it said 400".to_owned()))),
    Verdict::Inconclusive,
    Some("it said 400")
)]
#[case::not_reached(change(|state| state.success = None), Verdict::Inconclusive, Some("it was not reached"))]
#[tokio::test(start_paused = true)]
async fn the_verdict_follows_from_what_was_seen(
    #[case] change: impl Fn(&mut OperationState),
    #[case] verdict: Verdict,
    #[case] why: Option<&str>,
) {
    let bench = Bench::pets();
    let create = bench.index("create");
    let run = summed(&bench, &Plan::default(), |session| {
        change(session.recorder.state_mut(create).unwrap());
    })
    .await;
    let result = of(&run, "create");
    assert_eq!((result.verdict, result.why.as_deref()), (verdict, why));
    assert_eq!(result.succeeded, result.verdict == Verdict::Conforms || why == Some("not readable"));
}

#[tokio::test(start_paused = true)]
async fn what_the_user_leaves_out_is_skipped() {
    let mut bench = Bench::pets();
    bench.settings.read_only = true;
    bench.settings.skipped.insert(bench.index("read"), "not now".to_owned());
    let run = summed(&bench, &Plan::default(), |_| ()).await;
    let told = |id: &str| (of(&run, id).verdict, of(&run, id).why.clone());
    assert_eq!(told("read"), (Verdict::Skipped, Some("not now".to_owned())));
    assert_eq!(told("create"), (Verdict::Skipped, Some("--read-only".to_owned())));
    assert_eq!(told("list"), (Verdict::Conforms, None));
}

#[rstest]
#[case::inconclusive(None, Some("[params]"))]
#[case::settled_after_all(Some(204), None)]
#[tokio::test(start_paused = true)]
async fn what_was_not_planned_says_what_would_settle_it(
    #[case] success: Option<u16>,
    #[case] settle: Option<&str>,
) {
    let bench = Bench::pets();
    let drop = bench.index("drop");
    let unplanned = Unplanned {
        operation: drop,
        why: "nobody asked".to_owned(),
        settle: Some("[params]".to_owned()),
        is_action: true,
    };
    let plan = Plan { unplanned: vec![unplanned], ..Plan::default() };
    let run = summed(&bench, &plan, |session| {
        session.recorder.state_mut(drop).unwrap().success = success;
    })
    .await;
    let result = of(&run, "drop");
    let why = settle.map(|_| "nobody asked");
    assert_eq!((result.settle.as_deref(), result.why.as_deref(), result.is_action), (settle, why, true));
    assert!(!of(&run, "list").is_action);
}

/// Each operation goes with its own state, and statuses are shown in order.
#[tokio::test(start_paused = true)]
async fn a_result_tells_of_its_own_operation() {
    let bench = Bench::pets();
    let read = bench.index("read");
    let run = summed(&bench, &Plan::default(), |session| {
        let state = session.recorder.state_mut(read).unwrap();
        state.requests = 3;
        state.statuses.extend([("404".to_owned(), 1), ("200".to_owned(), 2)]);
        state.looked.insert(Rule::PageLoop);
    })
    .await;
    let ids: Vec<&str> = run.operations.iter().map(|result| result.operation.as_str()).collect();
    assert_eq!(ids, ["list", "create", "read", "replace", "drop", "change"]);
    let result = of(&run, "read");
    assert_eq!((result.method.as_str(), result.path.as_str()), ("GET", "/pets/{petId}"));
    let statuses: Vec<(&str, usize)> =
        result.statuses.iter().map(|(status, n)| (status.as_str(), *n)).collect();
    assert_eq!((result.requests, statuses), (3, vec![("200", 2), ("404", 1)]));
    assert_eq!((result.looked.as_slice(), of(&run, "list").looked.len()), (&[Rule::PageLoop][..], 0));
    assert_eq!((run.seed, run.run.as_str(), run.target.as_str()), (7, "qtestq", "http://pets.test"));
    assert_eq!((run.document.title.as_str(), run.document.version.as_str()), ("Pets", "1"));
}

/// `default` counts for the statuses that have no response of their own, and is not missed.
#[rstest]
#[case::nothing(&[], 0, &["read 200", "read 4XX", "other 204"])]
#[case::own(&["200"], 1, &["read 4XX", "other 204"])]
#[case::by_class(&["404", "418"], 1, &["read 200", "other 204"])]
#[case::by_default(&["500"], 1, &["read 200", "read 4XX", "other 204"])]
#[tokio::test(start_paused = true)]
async fn documented_statuses_are_covered_by_what_was_seen(
    #[case] statuses: &[&str],
    #[case] seen: usize,
    #[case] unseen: &[&str],
) {
    let no = json!({"description": "no"});
    let tree = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
        "/a": {"get": {"operationId": "read", "responses": {"200": no, "4XX": no, "default": no}}},
        "/b": {"get": {"operationId": "other", "responses": {"204": no}}},
    }});
    let mut bench = Bench::of(tree);
    bench.settings.no_auth = true;
    let read = bench.index("read");
    let run = summed(&bench, &Plan::default(), |session| {
        for operation in &session.contract.operations {
            let state = session.recorder.state_mut(operation.index).unwrap();
            state.success = None;
            state.statuses.clear();
        }
        let state = session.recorder.state_mut(read).unwrap();
        state.statuses = statuses.iter().map(|status| ((*status).to_owned(), 1)).collect();
    })
    .await;
    let coverage = run.coverage;
    assert_eq!((coverage.statuses.seen, coverage.statuses.documented), (seen, 4));
    assert_eq!(coverage.unseen, unseen);
    let share = if statuses.contains(&"200") { 0.5 } else { 0.0 };
    assert!((coverage.operations - share).abs() < f64::EPSILON, "{}", coverage.operations);
}
