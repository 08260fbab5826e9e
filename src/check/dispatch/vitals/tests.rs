use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::scripted::{Bench, Scripted, altered, answer, pets};

/// Lists, then deletes an object of the run's own; what the run says of harm, and how long it took.
async fn after_a_delete(target: &Scripted) -> (Option<String>, Vec<String>, Duration) {
    after_a_delete_at(target, Bench::pets()).await
}

async fn after_a_delete_at(target: &Scripted, bench: Bench) -> (Option<String>, Vec<String>, Duration) {
    let begun = clock::now();
    let mut harm = None;
    let told = bench
        .phase(target, async |session| {
            let find =
                |id: &str| session.contract.operations.iter().find(|operation| operation.id == id).unwrap();
            let (list, drop) = (find("list"), find("drop"));
            let parts = session.addressed(list, &[]).unwrap();
            dispatch::turn(session, list, &parts, Attempt::plain(list)).await;
            let parts = session.addressed(drop, &[json!(1)]).unwrap();
            dispatch::turn(session, drop, &parts, Attempt::plain(drop)).await;
            harm = session.must_end();
        })
        .await;
    (harm, told.seen, begun.elapsed())
}

/// Other shards make and remove entries of a list that they share; a target that is down is down for all, and who harmed it
/// says so, also of an operation that another shard checks.
#[rstest]
#[case::own_list_without_its_entries(false, None, true)]
#[case::shared_list_without_its_entries(true, None, false)]
#[case::shared_list_that_fails(true, Some(500), true)]
#[tokio::test(start_paused = true)]
async fn entries_of_a_shared_list_may_go(
    #[case] is_shared: bool,
    #[case] status: Option<u16>,
    #[case] is_harm: bool,
) {
    let mut bench = Bench::pets();
    let (list, drop) = (bench.index("list"), bench.index("drop"));
    if is_shared {
        bench.settings.shared.insert(list);
        bench.settings.elsewhere.insert(drop, crate::run::Shard { index: 2, count: 2 });
    }
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let target = match status {
        Some(status) => later(status),
        None => Scripted::with(&["rex", "mia"]).twist("GET /pets", move |_, reply| {
            match looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => reply,
                _ => crate::check::scripted::answer(200, &json!([])),
            }
        }),
    };
    let (harm, seen, _) = after_a_delete_at(&target, bench).await;
    assert_eq!(harm.is_some(), is_harm, "{harm:?}");
    assert_eq!(seen.contains(&"target-harmed drop".to_owned()), is_harm, "{seen:?}");
}

/// Each thing that a pet of the run's own is changed to is looked behind, so that what harms is the last that is sent.
#[rstest]
#[case::each_by_itself(&["a", "b", "c", "d", "e"], 5)]
#[case::the_same_once(&["a", "a", "b", "a"], 2)]
#[tokio::test(start_paused = true)]
async fn a_change_is_looked_behind(#[case] names: &[&str], #[case] looks: usize) {
    let target = Scripted::with(&["rex"]);
    let told = Bench::pets()
        .phase(&target, async |session| {
            let find = |id: &str| session.contract.operation(id).unwrap();
            let (list, change) = (find("list"), find("change"));
            let parts = session.addressed(list, &[]).unwrap();
            dispatch::turn(session, list, &parts, Attempt::plain(list)).await;
            for name in names {
                let parts = session.with_body(change, &[json!(1)], &json!({"name": name})).unwrap();
                dispatch::turn(session, change, &parts, Attempt::made_up(change)).await;
            }
        })
        .await;
    assert_eq!(target.count("GET /pets"), 1 + looks, "{told:?} {:?}", target.sent());
}

/// A target that answers the list so from the second time on.
fn later(status: u16) -> Scripted {
    Scripted::with(&["rex", "mia"]).spoiled_later("GET /pets", status)
}

#[tokio::test(start_paused = true)]
async fn a_target_that_stays_well_is_looked_at_once() {
    let target = Scripted::with(&["rex", "mia"]);
    let (harm, seen, took) = after_a_delete(&target).await;
    assert_eq!((harm, seen, took), (None, Vec::new(), Duration::ZERO));
    assert_eq!(target.sent(), ["GET /pets", "DELETE /pets/1", "GET /pets"]);
}

#[rstest]
#[case::broken(500, "500")]
#[case::gone(404, "404")]
#[case::locked(401, "401")]
#[tokio::test(start_paused = true)]
async fn a_target_that_stays_unwell_was_harmed(#[case] status: u16, #[case] found: &str) {
    let target = later(status);
    let (harm, seen, took) = after_a_delete(&target).await;
    let expected = format!(
        "the target no longer answers as before after DELETE http://pets.test/pets/1; GET /pets is answered with: {found}"
    );
    assert_eq!(harm, Some(expected));
    assert!(seen.contains(&"target-harmed drop".to_owned()), "{seen:?}");
    assert!(took > PATIENCE / 2 && took <= PATIENCE, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_may_need_a_moment() {
    let target = Scripted::with(&["rex", "mia"]).refuse_after("GET /pets", 1, 503, 3);
    let (harm, seen, took) = after_a_delete(&target).await;
    assert_eq!((harm, seen), (None, Vec::new()));
    assert!(took > Duration::from_millis(300), "100, 200 and 400 ms: {took:?}");
    assert_eq!(target.count("GET /pets"), 5);
}

#[tokio::test(start_paused = true)]
async fn who_limits_the_rate_is_well() {
    assert_eq!(after_a_delete(&later(429)).await.0, None);
}

/// An answer like before that shows nothing of what was there.
#[tokio::test(start_paused = true)]
async fn other_entries_than_before_are_harm() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let looks = AtomicUsize::new(0);
    let target = Scripted::with(&["rex", "mia"]).twist("GET /pets", move |_, reply| {
        if looks.fetch_add(1, Ordering::Relaxed) == 0 {
            return reply;
        }
        altered(reply, |page| page["results"] = json!([]))
    });
    let harm = after_a_delete(&target).await.0.unwrap_or_default();
    assert!(harm.ends_with("is answered with: other entries than before"), "{harm}");
}

/// What an object of the run's own holds goes with it; of another's that is harm.
#[rstest]
#[case::own(true)]
#[case::of_another(false)]
#[tokio::test(start_paused = true)]
async fn what_an_own_object_holds_may_go(#[case] is_own: bool) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let mut document = pets();
    let toys =
        json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}});
    let pet = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    document["paths"]["/pets/{id}/toys"] = json!({"parameters": [pet], "get": {"operationId": "toys",
        "responses": {"200": {"description": "all", "content": {"application/json": {"schema": toys}}}}}});
    let looks = AtomicUsize::new(0);
    let target = Scripted::with(&["rex", "mia"]).twist("GET /pets/1/toys", move |_, _| {
        let is_first = looks.fetch_add(1, Ordering::Relaxed) == 0;
        answer(200, &if is_first { json!([{"id": 7}]) } else { json!([]) })
    });
    let mut harm = None;
    Bench::of(document)
        .phase(&target, async |session| {
            let find = |id: &str| session.contract.operation(id).unwrap();
            let (toys, drop) = (find("toys"), find("drop"));
            let pets = session.resources.created_by(find("create").index).unwrap();
            if is_own {
                session.pool.add_own(pets, vec![json!(1)]);
            }
            let parts = session.addressed(toys, &[json!(1)]).unwrap();
            dispatch::turn(session, toys, &parts, Attempt::plain(toys)).await;
            let parts = session.addressed(drop, &[json!(2)]).unwrap();
            dispatch::turn(session, drop, &parts, Attempt::plain(drop)).await;
            harm = session.must_end();
        })
        .await;
    assert_eq!(harm.is_some(), !is_own, "{harm:?} {:?}", target.sent());
}

#[rstest]
#[case("GET", true)]
#[case("PROPFIND", true)]
#[case("QUERY", true)]
#[case("POST", false)]
#[case("DELETE", false)]
fn methods_that_only_read(#[case] method: &str, #[case] expected: bool) {
    assert_eq!(reads(&method.parse().unwrap()), expected);
}

/// Who allows that anything is removed, allows that a list shows it no more, wherever the addresses of its entries are.
#[rstest]
#[case::the_entry(1, true, false)]
#[case::another(2, true, true)]
#[case::not_allowed(1, false, true)]
#[tokio::test(start_paused = true)]
async fn what_may_be_removed_may_be_gone(#[case] id: u64, #[case] is_allowed: bool, #[case] is_harm: bool) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let mut document = pets();
    let paths = document["paths"].as_object_mut().unwrap();
    let item = paths.remove("/pets/{petId}").unwrap();
    paths.insert("/pet/{petId}".to_owned(), item);
    let looks = AtomicUsize::new(0);
    let target = Scripted::with(&["rex"])
        .twist("GET /pets", move |_, reply| match looks.fetch_add(1, Ordering::Relaxed) {
            0 => reply,
            _ => altered(reply, |page| page["results"] = json!([])),
        })
        .twist(&format!("DELETE /pet/{id}"), |_, _| answer(204, &json!(null)));
    let mut bench = Bench::of(document);
    let drop = bench.index("drop");
    if is_allowed {
        bench.settings.actions.insert(drop);
    }
    let mut harm = None;
    bench
        .phase(&target, async |session| {
            let list = session.contract.operation("list").unwrap();
            let drop = session.contract.operation("drop").unwrap();
            let parts = session.addressed(list, &[]).unwrap();
            dispatch::turn(session, list, &parts, Attempt::plain(list)).await;
            let parts = session.addressed(drop, &[json!(id)]).unwrap();
            dispatch::turn(session, drop, &parts, Attempt::plain(drop)).await;
            harm = session.must_end();
        })
        .await;
    assert_eq!(harm.is_some(), is_harm, "{harm:?} {:?}", target.sent());
}
