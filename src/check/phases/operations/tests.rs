use crate::contract::PerOperation;
use rstest::rstest;

use super::*;
use crate::check::recorder::OperationState;
use crate::check::scripted::{Bench, Scripted};

/// Sends all planned steps; the reason that each operation is left with.
async fn all(bench: &Bench, target: &Scripted) -> PerOperation<Option<String>> {
    let plan = bench.plan();
    let mut why = PerOperation::default();
    bench
        .phase(target, async |session| {
            for operation in &session.contract.operations {
                *session.recorder.state_mut(operation.index).unwrap() = OperationState::default();
            }
            run(session, plan.steps.iter().collect(), &mut Progress::new(plan.len())).await;
            let of = |state: &OperationState| state.why.clone().filter(|_| state.success.is_none());
            why = session.recorder.states().iter().map(|state| of(state)).collect();
        })
        .await;
    why
}

#[tokio::test(start_paused = true)]
async fn every_operation_gets_its_success() {
    let target = Scripted::with(&["rex"]);
    let why: Vec<Option<String>> = all(&Bench::pets(), &target).await.into_iter().collect();
    assert_eq!(why, vec![None; 6]);
    assert_eq!(target.names().first().map(String::as_str), Some("rex"));
}

#[rstest]
#[case::refused(Scripted::with(&["rex"]).refuse("POST /pets", 400), "create", "the plain request was answered with 400")]
#[case::no_object(
    Scripted::with(&["rex"]).refuse("POST /pets", 400),
    "drop",
    "no object was created under /pets that this run may change",
)]
#[case::nothing_listed(
    Scripted::default().refuse("POST /pets", 400),
    "read",
    "the target listed no object under /pets, and none was created",
)]
#[case::unauthorized(Scripted::with(&["rex"]).refuse("*", 401), "list", "the plain request was answered with 401")]
#[case::silent(Scripted::with(&["rex"]).cut_off("GET /pets*"), "list", "connection failed: refused")]
#[tokio::test(start_paused = true)]
async fn it_says_why_an_operation_was_not_tried(
    #[case] target: Scripted,
    #[case] operation: &str,
    #[case] expected: &str,
) {
    let bench = Bench::pets();
    let why = all(&bench, &target).await;
    assert_eq!(why.get(bench.index(operation)).unwrap().as_deref(), Some(expected));
    let touched = target.sent().iter().any(|line| !line.starts_with("GET") && line.ends_with("/pets/1"));
    assert!(!touched, "an object of others is only read: {:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn what_the_end_leaves_says_so() {
    let mut bench = Bench::pets();
    bench.options.max_requests = Some(1);
    let target = Scripted::with(&["rex"]);
    let why = all(&bench, &target).await;
    assert_eq!(target.sent(), ["GET /pets"]);
    assert_eq!(why.iter().flatten().filter(|why| *why == "the run's --max-requests were used up").count(), 5);
}

/// What a body holds beyond what is required may be what is refused.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_turned_down_is_made_smaller() {
    let picky = |request: &crate::exchange::Request, reply| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if body.contains("size") {
            crate::check::scripted::answer(422, &serde_json::json!({"error": "size is not yours"}))
        } else {
            reply
        }
    };
    let target = Scripted::with(&["rex"]).twist("POST /pets", picky);
    let bench = Bench::pets();
    let why = all(&bench, &target).await;
    assert_eq!(why.get(bench.index("create")), Some(&None), "{:?}", target.sent());
}

/// The first object that is named is not there; the next one is.
#[tokio::test(start_paused = true)]
async fn what_is_named_may_be_gone() {
    let mut bench = Bench::pets();
    let named = |id: &str| [("petId".to_owned(), id.to_owned())].into_iter().collect();
    let given = crate::check::plan::Given {
        params: named("8"),
        others: vec![named("9"), named("1")],
        ..crate::check::plan::Given::default()
    };
    bench.settings.given.insert("read".to_owned(), given);
    let target = Scripted::with(&["rex"]);
    assert_eq!(all(&bench, &target).await.get(bench.index("read")), Some(&None));
    let reads: Vec<String> =
        target.sent().into_iter().filter(|line| line.starts_with("GET /pets/")).collect();
    assert_eq!(reads[..3], ["GET /pets/8", "GET /pets/9", "GET /pets/1"]);
}
