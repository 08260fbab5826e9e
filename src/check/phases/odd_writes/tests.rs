use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rstest::rstest;

use super::*;
use crate::check::scripted::{Bench, Scripted, answer};
use crate::exchange::Request;
use crate::resources::CollectionId;

/// A target that fails on bodies with this text.
fn failing(what: &str, text: &'static str) -> Scripted {
    let is_it = move |request: &Request| String::from_utf8_lossy(&request.body).contains(text);
    Scripted::with(&["rex"])
        .twist(what, move |request, reply| if is_it(request) { answer(500, &json!({})) } else { reply })
}

/// What odd writes show of a target on which pet 1 was made by this run.
#[rstest]
#[case::healthy("create", true, Scripted::with(&["rex"]), &[])]
#[case::emoji("create", true, failing("POST /pets", "\u{1F98A}"), &["server-error create"])]
#[case::tame("create", false, failing("POST /pets", "\u{1F98A}"), &[])]
#[case::own("change", true, failing("PATCH /pets/1", "\u{1F98A}"), &["server-error change"])]
#[case::null("replace", true, failing("PUT /pets/1", "null"), &["server-error replace"])]
#[case::unknown("drop", false, Scripted::with(&["rex"]).refuse("DELETE /pets/2147480000", 500), &["server-error drop"])]
#[case::unknown_deleted(
    "drop",
    false,
    Scripted::with(&["rex"]).reply("DELETE /pets/2147480000", 204, Value::Null),
    &[]
)]
#[tokio::test(start_paused = true)]
async fn an_odd_write(
    #[case] id: &str,
    #[case] is_hostile: bool,
    #[case] target: Scripted,
    #[case] expected: &[&str],
) {
    let mut bench = Bench::pets();
    bench.settings.odd_bodies = if is_hostile { OddBodies::Careful } else { OddBodies::None };
    let operation = bench.contract.operation(id).unwrap().index;
    let told = bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(1)]);
            session.pool.add_own(CollectionId::nth(0), vec![json!(1)]);
            session.recorder.state_mut(operation).unwrap().statuses.insert("200".to_owned(), 1);
            run(session, operation).await;
        })
        .await;
    assert_eq!(told.seen, expected);
}

/// No odd id ever goes to what writes, and no odd body to what others made.
#[tokio::test(start_paused = true)]
async fn what_others_made_is_left_alone() {
    let mut bench = Bench::pets();
    bench.settings.odd_bodies = OddBodies::Careful;
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    let target = Scripted::with(&["rex", "tom"]).twist("PATCH /pets/2", move |_, reply| {
        counted.fetch_add(1, Ordering::Relaxed);
        reply
    });
    let operation = bench.contract.operation("change").unwrap().index;
    bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(2)]);
            session.recorder.state_mut(operation).unwrap().statuses.insert("200".to_owned(), 1);
            run(session, operation).await;
        })
        .await;
    assert_eq!(seen.load(Ordering::Relaxed), 0, "{:?}", target.sent());
}

/// What a target may be unable to show again goes into objects that this run can take away, and into new ones only where
/// the user asks for it.
#[rstest]
#[case::create("create", OddBodies::Careful, false)]
#[case::create_where_asked_for("create", OddBodies::All, true)]
#[case::own_object("change", OddBodies::Careful, true)]
#[tokio::test(start_paused = true)]
async fn what_no_answer_can_hold(#[case] id: &str, #[case] odd_bodies: OddBodies, #[case] expected: bool) {
    let mut bench = Bench::pets();
    bench.settings.odd_bodies = odd_bodies;
    let is_sent = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&is_sent);
    let target = Scripted::with(&["rex"]).twist(
        if id == "create" { "POST /pets" } else { "PATCH /pets/1" },
        move |request, reply| {
            seen.fetch_add(
                request.body.windows(6).filter(|part| part == b"\\ud83e").count(),
                Ordering::Relaxed,
            );
            reply
        },
    );
    let operation = bench.contract.operation(id).unwrap().index;
    bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(1)]);
            session.pool.add_own(CollectionId::nth(0), vec![json!(1)]);
            session.recorder.state_mut(operation).unwrap().statuses.insert("200".to_owned(), 1);
            run(session, operation).await;
        })
        .await;
    assert_eq!(is_sent.load(Ordering::Relaxed) > 0, expected, "{:?}", target.sent());
}
