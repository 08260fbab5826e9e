use crate::resources::CollectionId;
use rstest::rstest;

use super::*;
use crate::check::credentials::Limited;
use crate::check::scripted::{Bench, Scripted, key};

#[rstest]
#[case::let_in(Scripted::with(&["rex"]), "2", &["key-limit-ignored read"])]
#[case::refused(Scripted::with(&["rex"]).refuse("GET /pets/1", 403), "2", &[])]
#[case::within(Scripted::with(&["rex"]), "1", &[])]
#[tokio::test(start_paused = true)]
async fn a_limited_key_beyond_its_limit(
    #[case] target: Scripted,
    #[case] holds_for: &str,
    #[case] expected: &[&str],
) {
    let mut bench = Bench::guarded();
    let only = vec![("petId".to_owned(), vec![holds_for.to_owned()])];
    bench.sources.limited = vec![Limited { key: key("limited", &["pets"]), only }];
    let told = bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![serde_json::json!(1)]);
            run(session).await;
        })
        .await;
    assert_eq!(told.seen, expected);
    let was_refused = expected.is_empty() && holds_for == "2";
    assert_eq!(
        told.looked.contains(&"key-limit-ignored read".to_owned()),
        was_refused || !expected.is_empty()
    );
}

/// A list shows a limited key nothing but what it is limited to.
#[rstest]
#[case::all("A key sees only its own.", serde_json::json!([{"id": 1, "name": "a"}]), &["key-limit-ignored list"])]
#[case::nothing_said("Pets.", serde_json::json!([{"id": 1, "name": "a"}]), &[])]
#[case::its_own("A key sees only its own.", serde_json::json!([{"id": 2, "name": "b"}]), &[])]
#[case::nothing("A key sees only its own.", serde_json::json!([]), &[])]
#[tokio::test(start_paused = true)]
async fn a_list_for_a_limited_key(
    #[case] said: &str,
    #[case] shown: serde_json::Value,
    #[case] expected: &[&str],
) {
    let mut tree = crate::check::scripted::pets();
    tree["info"]["description"] = serde_json::json!(said);
    tree["components"]["securitySchemes"] = serde_json::json!({"key": {"type": "http", "scheme": "bearer"}});
    tree["security"] = serde_json::json!([{"key": ["pets"]}]);
    let mut bench = Bench::of(tree);
    bench.sources.named = vec![key("k", &["pets"])];
    let only = vec![("petId".to_owned(), vec!["2".to_owned()])];
    bench.sources.limited = vec![Limited { key: key("limited", &["pets"]), only }];
    let page = serde_json::json!({"count": 1, "results": shown});
    let target = Scripted::with(&["rex"]).reply("GET /pets", 200, page);
    let told = bench.phase(&target, async |session| run(session).await).await;
    let of_list: Vec<&String> = told.seen.iter().filter(|seen| seen.ends_with(" list")).collect();
    assert_eq!(of_list, expected, "{:?}", target.sent());
}
