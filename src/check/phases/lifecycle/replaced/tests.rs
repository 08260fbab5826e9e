use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rstest::rstest;
use serde_json::{Value, json};

use crate::check::phases::lifecycle;
use crate::check::scripted::{Bench, Reply, Scripted, altered, answer, pets};
use crate::resources::CollectionId;

/// Pets whose size is 5 where nobody says another one, on a target that makes of it what the test says: from how many
/// replacements it has had. What is found of replacements.
async fn replaced(size: fn(u64) -> u64) -> Vec<String> {
    let mut tree = pets();
    tree["components"]["schemas"]["Pet"]["properties"]["size"]["default"] = json!(5);
    tree["components"]["schemas"]["Pet"]["required"] = json!(["name"]);
    let puts = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&puts);
    let filled = |reply: Reply, size: u64| {
        altered(reply, |pet| {
            if pet.get("id").is_some() && pet.get("size").is_none() {
                pet["size"] = json!(size);
            }
        })
    };
    let target = Scripted::with(&["rex"])
        .twist("PUT /pets/2", move |request, reply| {
            let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let puts = puts.fetch_add(u64::from(sent.get("size").is_none()), Ordering::Relaxed);
            filled(reply, size(puts))
        })
        .twist("GET /pets/2", move |_, reply| {
            let puts = seen.load(Ordering::Relaxed);
            filled(reply, if puts == 0 { 5 } else { size(puts - 1) })
        })
        .twist("P*", move |_, reply| filled(reply, 5));
    let bench = Bench::of(tree);
    let told =
        bench.phase(&target, async |session| lifecycle::run(session, CollectionId::nth(0)).await).await;
    let sent = target.sent();
    assert!(sent.iter().filter(|line| *line == "PUT /pets/2").count() > 2, "{sent:#?}");
    told.seen
}

#[rstest]
#[case::its_default(|_| 5, &[])]
#[case::another_each_time(|puts| if puts % 2 == 0 { 5 } else { 6 }, &["update-not-kept replace"])]
#[tokio::test(start_paused = true)]
async fn what_a_replacement_leaves_out_has_its_default(
    #[case] size: fn(u64) -> u64,
    #[case] expected: &[&str],
) {
    assert_eq!(replaced(size).await, expected);
}

/// An object that a change has moved is not there for a DELETE that is refused, and that is not the DELETE's doing.
#[rstest]
#[case::moved(true)]
#[case::as_it_was(false)]
#[tokio::test(start_paused = true)]
async fn what_was_moved_before_is_not_gone_by_a_refused_delete(#[case] moves: bool) {
    let is_moved = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_moved);
    let target = Scripted::with(&["rex"])
        .guarded()
        .twist("PUT /pets/2", move |_, reply| {
            is_moved.store(moves, Ordering::Relaxed);
            reply
        })
        .twist("GET /pets/2", move |_, reply| {
            let is_gone = seen.load(Ordering::Relaxed);
            if is_gone { answer(404, &json!({"error": "moved"})) } else { reply }
        });
    let bench = Bench::guarded();
    let told =
        bench.phase(&target, async |session| lifecycle::run(session, CollectionId::nth(0)).await).await;
    let rule = "denied-request-had-effect drop".to_owned();
    assert!(!told.seen.contains(&rule), "{:?} {:#?}", told.seen, target.sent());
    assert_eq!(told.looked.contains(&rule), !moves, "{:?}", told.looked);
}
