use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Reply, Scripted, answer, key};

/// Six guarded lists and an open one.
fn lists() -> Bench {
    let mut paths = serde_json::Map::new();
    for number in 0..6 {
        let list = json!({"operationId": format!("list{number}"), "security": [{"key": []}],
            "responses": {"200": {"description": "all"}}});
        paths.insert(format!("/list{number}"), json!({"get": list}));
    }
    let open = json!({"operationId": "open", "responses": {"200": {"description": "all"}}});
    paths.insert("/open".to_owned(), json!({"get": open}));
    let schemes = json!({"key": {"type": "http", "scheme": "bearer"}});
    let mut bench =
        Bench::of(json!({"openapi": "3.1.0", "paths": paths, "components": {"securitySchemes": schemes}}));
    bench.sources.named = vec![key("k", &[])];
    bench
}

async fn looked(bench: &Bench, target: &Scripted) -> Option<Cause> {
    let plan = bench.plan();
    let mut cause = None;
    bench
        .phase(target, async |session| cause = run(session, &plan, &mut Progress::new(plan.len())).await)
        .await;
    cause
}

fn page(status: u16) -> Reply {
    let mut page = answer(status, &json!({}))?;
    page.headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/html"));
    Ok(page)
}

fn redirect(to: &'static str) -> Reply {
    let mut reply = answer(302, &json!({}))?;
    reply.headers.insert(http::header::LOCATION, http::HeaderValue::from_static(to));
    Ok(reply)
}

fn all(status: u16) -> Scripted {
    Scripted::default().reply("*", status, json!({}))
}

#[tokio::test(start_paused = true)]
async fn a_few_safe_requests_are_enough() {
    let target = all(200);
    assert_eq!(looked(&lists(), &target).await, None);
    assert_eq!(target.sent(), ["GET /list0", "GET /list1", "GET /list2", "GET /list3", "GET /list4"]);
}

#[rstest]
#[case::unauthorized(all(401), "every request is refused with 401")]
#[case::nowhere(all(404), "every path is answered with 404")]
#[case::pages(
    Scripted::default().twist("*", |_, _| page(503)),
    "the target answers with HTML pages; it may be a login page",
)]
#[case::redirected(
    Scripted::default().twist("*", |_, _| redirect("/login")),
    "every request is redirected, to http://",
)]
#[case::odd(all(418), "no operation answered as documented: list0 got 418")]
#[case::silent(Scripted::default().cut_off("*"), "the target does not answer")]
#[tokio::test(start_paused = true)]
async fn the_cause_is_named(#[case] target: Scripted, #[case] begins: &str) {
    let cause = looked(&lists(), &target).await.map(|cause| cause.to_string()).unwrap_or_default();
    assert!(cause.starts_with(begins), "{cause}");
}

#[rstest]
#[case::forbidden(all(403))]
#[case::one_is_well(all(200).refuse("GET /list0", 500))]
#[tokio::test(start_paused = true)]
async fn the_run_goes_on(#[case] target: Scripted) {
    assert_eq!(looked(&lists(), &target).await, None);
}

/// The open operation answers, and every one that needs a key refuses it.
#[tokio::test(start_paused = true)]
async fn a_key_that_is_taken_nowhere_is_the_cause() {
    let mut bench = lists();
    // The open one is among the first that are looked at.
    for number in 0..2 {
        bench.settings.skipped.insert(bench.index(&format!("list{number}")), "not now".to_owned());
    }
    let target = Scripted::default().reply("GET /open", 200, json!({})).refuse("*", 401);
    let cause = looked(&bench, &target).await;
    assert!(matches!(cause, Some(Cause::KeyRefused { asked: 4, .. })), "{cause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_was_broken_off_tells_nothing() {
    let bench = lists();
    bench.stop.send_replace(true);
    assert_eq!(looked(&bench, &all(404)).await, None);
}
