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

#[rstest]
#[case::honest(Scripted::with(&["a"]), &[])]
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
