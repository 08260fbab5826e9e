use std::collections::BTreeSet;

use rstest::rstest;

use super::*;
use crate::check::scripted::{Bench, Scripted, key};
use crate::resources::CollectionId;

/// What is told of a key that may not call an operation, on a target where pet 1 was made by this run.
#[rstest]
#[case::refused("change", Scripted::with(&["rex"]).refuse("PATCH /pets/*", 403), &[])]
#[case::let_in("change", Scripted::with(&["rex"]), &["key-limit-ignored change"])]
#[case::hidden("change", Scripted::with(&["rex"]).refuse("PATCH /pets/*", 404), &["scope-status change"])]
#[case::effect(
    "change",
    Scripted::with(&["rex"]).twist("PATCH /pets/*", |_, _| crate::check::scripted::answer(403, &serde_json::json!({"error": "no"}))),
    &["denied-request-had-effect change"]
)]
#[case::whose_habit_nobody_knows(
    "change",
    Scripted::with(&["rex"]).refuse("PATCH /pets/1", 403).refuse("PATCH /pets/*", 404),
    &[]
)]
#[case::read("read", Scripted::with(&["rex"]).refuse("GET /pets/*", 403), &[])]
#[case::read_let_in("read", Scripted::with(&["rex"]), &["key-limit-ignored read"])]
#[tokio::test(start_paused = true)]
async fn a_key_that_is_denied(#[case] denied: &str, #[case] target: Scripted, #[case] expected: &[&str]) {
    let mut bench = Bench::guarded();
    let operation = bench.contract.operation(denied).unwrap().index;
    let operations = BTreeSet::from([operation]);
    bench.sources.denied = vec![Denied { key: key("weak", &["pets"]), operations }];
    let told = bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![serde_json::json!(1)]);
            session.pool.add_own(CollectionId::nth(0), vec![serde_json::json!(1)]);
            session.recorder.state_mut(operation).unwrap().success = Some(200);
            run(session).await;
        })
        .await;
    assert_eq!(told.seen, expected);
}
