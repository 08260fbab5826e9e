use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Scripted};

#[rstest]
#[case::honest(Scripted::default(), &[], 1)]
#[case::taken(Scripted::default().reply("PROPFIND /pets", 200, json!({"all": []})), &["method-undocumented-accepted list"], 2)]
#[case::no_allow(Scripted::default().refuse("PROPFIND /pets", 405), &["allow-missing list"], 1)]
#[case::odd_refusal(Scripted::default().refuse("PROPFIND /pets", 418), &["method-status list"], 2)]
#[case::missing(Scripted::default().refuse("PROPFIND /pets", 404), &[], 1)]
#[case::taken_anywhere(Scripted::default().reply("PROPFIND *", 200, json!({"all": []})), &[], 2)]
#[tokio::test(start_paused = true)]
async fn an_undocumented_method(#[case] target: Scripted, #[case] expected: &[&str], #[case] sent: usize) {
    let bench = Bench::pets();
    let list = bench.index("list");
    let told = bench.phase(&target, async |session| run(session, list).await).await;
    assert_eq!(told.seen, expected, "{:?}", target.sent());
    assert_eq!(target.count("PROPFIND"), sent, "{:?}", target.sent());
}
