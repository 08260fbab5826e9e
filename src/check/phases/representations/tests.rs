use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Reply, Scripted};

async fn seen(target: &Scripted) -> Vec<String> {
    let bench = Bench::pets();
    let list = bench.index("list");
    bench.phase(target, async |session| run(session, list).await).await.seen
}

fn typed(media_type: &'static str) -> impl Fn(&crate::exchange::Request, Reply) -> Reply {
    move |_, reply| {
        let mut response = reply?;
        response.headers.insert(http::header::CONTENT_TYPE, media_type.parse().unwrap());
        Ok(response)
    }
}

fn tagged(tag: &'static str) -> impl Fn(&crate::exchange::Request, Reply) -> Reply {
    move |_, reply| {
        let mut response = reply?;
        response.headers.insert(http::header::ETAG, tag.parse().unwrap());
        Ok(response)
    }
}

#[rstest]
#[case::honest(Scripted::with(&["a"]), &[])]
#[case::other_tag(
    Scripted::with(&["a"]).twist("GET /pets", tagged("\"1\"")).twist("HEAD /pets", tagged("\"2\"")),
    &["head-differs list"]
)]
#[case::same_tag(
    Scripted::with(&["a"]).twist("GET /pets", tagged("\"1\"")).twist("HEAD /pets", tagged("\"1\"")),
    &[]
)]
#[case::other_status(Scripted::with(&["a"]).refuse("HEAD /pets", 403), &["head-differs list"])]
#[case::other_type(Scripted::with(&["a"]).twist("HEAD /pets", typed("text/html")), &["head-differs list"])]
#[case::broken(Scripted::with(&["a"]).refuse("HEAD /pets", 500), &[])]
#[case::none(Scripted::with(&["a"]).refuse("HEAD /pets", 405), &[])]
#[tokio::test(start_paused = true)]
async fn head_is_held_against_get(#[case] target: Scripted, #[case] expected: &[&str]) {
    assert_eq!(seen(&target).await, expected);
    assert_eq!(target.sent()[..2], ["GET /pets", "HEAD /pets"]);
}

#[tokio::test(start_paused = true)]
async fn no_form_is_asked_for_where_the_plain_request_failed() {
    let bench = Bench::pets();
    let target = Scripted::default().reply("*", 200, json!({}));
    let list = bench.index("list");
    bench
        .phase(&target, async |session| {
            session.recorder.state_mut(list).unwrap().success = None;
            run(session, list).await;
        })
        .await;
    assert_eq!(target.sent(), [""; 0]);
}

/// A request that names two members gets no others.
#[rstest]
#[case::honest(json!([{"c": 1, "a": 2}]), &[])]
#[case::all_of_them(json!([{"a": 1, "b": 2, "c": 3}]), &["filter-ignored table"])]
#[tokio::test(start_paused = true)]
async fn members_that_are_asked_for(#[case] rows: Value, #[case] expected: &[&str]) {
    let row = json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}});
    let answer = json!({"200": {"description": "", "content": {"application/json": {
        "schema": {"type": "array", "items": row}}}}});
    let names = json!({"name": "fields", "in": "query", "explode": false,
        "schema": {"type": "array", "items": {"enum": ["a", "b", "c"]}}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/table": {"get": {
        "operationId": "table", "parameters": [names], "responses": answer}}}});
    let (bench, target) = (Bench::of(tree), Scripted::default().reply("*", 200, rows));
    let table = bench.index("table");
    let told = bench.phase(&target, async |session| run(session, table).await).await;
    assert_eq!(told.seen, expected, "{:?}", target.sent());
    assert!(target.sent().contains(&"GET /table?fields=c,a".to_owned()), "{:?}", target.sent());
}
