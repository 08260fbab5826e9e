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

/// Parameters that are drawn by chance, as many as were asked for.
#[rstest]
#[case::none(0, false)]
#[case::some(24, true)]
#[tokio::test(start_paused = true)]
async fn what_is_drawn_by_chance(#[case] count: usize, #[case] expected: bool) {
    let limit =
        json!({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 9}});
    let kind = json!({"name": "kind", "in": "query", "schema": {"enum": ["cat", "dog"]}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/table": {"get": {
        "operationId": "table", "parameters": [limit, kind], "responses": {"200": {"description": ""}}}}}});
    let mut bench = Bench::of(tree);
    bench.settings.draws = Draws { count, seed: 1 };
    let target = Scripted::default().twist("*", |request, _| match request.query.as_deref() {
        Some("kind=dog") => Err(Failure::Closed("x".to_owned())),
        _ => crate::check::scripted::answer(200, &json!({})),
    });
    let table = bench.index("table");
    let told = bench
        .phase(&target, async |session| {
            session.recorder.state_mut(table).unwrap().statuses.insert("200".to_owned(), 1);
            run(session, table).await;
        })
        .await;
    assert_eq!(told.seen.contains(&"connection-failed table".to_owned()), expected, "{:?}", target.sent());
}
