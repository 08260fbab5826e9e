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

/// An unknown id and a key that lacks a scope: one operation that answers 404 is odd where the others answer 403.
#[rstest]
#[case::honest(403, &[])]
#[case::telling(404, &["scope-status one"])]
#[tokio::test(start_paused = true)]
async fn what_a_status_tells_of_unknown_ids(#[case] status: u16, #[case] expected: &[&str]) {
    use serde_json::json;
    let mut tree = crate::check::scripted::pets();
    tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
    tree["security"] = json!([{"key": ["pets"]}]);
    let read = tree["paths"]["/pets/{petId}"]["get"].clone();
    let item = tree["paths"]["/pets/{petId}"]["parameters"].clone();
    for name in ["one", "two", "three", "four"] {
        let mut read = read.clone();
        read["operationId"] = json!(name);
        read["responses"]["403"] = json!({"description": "no"});
        tree["paths"][format!("/pets/{{petId}}/{name}")] = json!({"parameters": item, "get": read});
    }
    let mut bench = Bench::of(tree);
    bench.sources.named = vec![key("k", &["pets"]), key("weak", &[])];
    let target = Scripted::default().twist("GET *", move |request, _| {
        let status = if request.path.ends_with("/one") { status } else { 403 };
        crate::check::scripted::answer(status, &json!({"error": "no"}))
    });
    let told = bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(1)]);
            for name in ["one", "two", "three", "four"] {
                let index = session.contract.operation(name).unwrap().index;
                session.recorder.state_mut(index).unwrap().statuses.insert("403".to_owned(), 1);
            }
            scopes(session).await;
        })
        .await;
    assert_eq!(told.seen, expected, "{:?}", target.sent());
}
