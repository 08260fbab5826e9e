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
