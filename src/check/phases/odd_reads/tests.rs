use rstest::rstest;

use super::*;
use crate::check::scripted::{Bench, Scripted};
use crate::exchange::Failure;
use crate::resources::CollectionId;

/// What reading one pet, or the list, shows of a target.
#[rstest]
#[case::healthy("read", Scripted::with(&["rex"]), &[])]
#[case::letters("read", Scripted::with(&["rex"]).refuse("GET /pets/no-such-form", 500), &["server-error read"])]
#[case::only_once("read", Scripted::with(&["rex"]).refuse_times("GET /pets/no-such-form", 500, 1), &[])]
#[case::together(
    "list",
    Scripted::with(&["rex"]).twist("GET /pets?limit=*", |_, _| Err(Failure::Closed("x".to_owned()))),
    &["connection-failed list"]
)]
#[tokio::test(start_paused = true)]
async fn an_odd_read(#[case] id: &str, #[case] target: Scripted, #[case] expected: &[&str]) {
    let bench = Bench::pets();
    let operation = bench.contract.operation(id).unwrap().index;
    let told = bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(1)]);
            session.recorder.state_mut(operation).unwrap().statuses.insert("200".to_owned(), 1);
            run(session, operation).await;
        })
        .await;
    assert_eq!(told.seen, expected);
    assert!(target.sent().len() < 30, "{:?}", target.sent());
}
