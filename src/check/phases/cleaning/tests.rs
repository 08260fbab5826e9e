use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::check::clock;
use crate::check::dispatch::stock;
use crate::check::scripted::{BASE, Bench, Scripted, Told, altered, answer, pets};
use crate::check::session::ledger::Ledger;
use crate::check::steps;

/// Makes one pet, and cleans up.
async fn made_and_cleaned(target: &Scripted) -> Told {
    let bench = Bench::pets();
    let create = bench.index("create");
    bench
        .phase(target, async |session| {
            let create = session.contract.at(create).unwrap();
            let parts = steps::plain_parts(session, create).await.unwrap();
            stock::take_stock(session, create, &parts).await;
            let mut parts = parts;
            session.marks.stamp(&mut parts);
            dispatch::turn(session, create, &parts, Attempt::plain(create)).await.unwrap();
            run(session).await;
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn what_was_made_is_removed() {
    let target = Scripted::with(&["rex"]);
    let told = made_and_cleaned(&target).await;
    assert_eq!(target.names(), ["rex"]);
    assert_eq!(told.left, [""; 0]);
    let pet = format!("{BASE}/pets/2");
    let (made, removed) = (format!("+{pet}"), format!("-{pet}"));
    assert!(told.events.contains(&made) && told.events.last() == Some(&removed), "{:?}", told.events);
}

/// Some servers refuse what they have already done, and a list shows it.
#[tokio::test(start_paused = true)]
async fn what_a_refused_request_made_is_removed_too() {
    let refuses = AtomicBool::new(false);
    let target = Scripted::with(&["rex"]).twist("POST *", move |_, reply| {
        if refuses.swap(true, Ordering::Relaxed) { answer(422, &json!({})) } else { reply }
    });
    let bench = Bench::pets();
    let (create, list) = (bench.index("create"), bench.index("list"));
    let told = bench
        .phase(&target, async |session| {
            let (create, list) = (session.contract.at(create).unwrap(), session.contract.at(list).unwrap());
            let planned = steps::plain_parts(session, create).await.unwrap();
            stock::take_stock(session, create, &planned).await;
            for _ in 0..2 {
                let mut parts = planned.clone();
                session.marks.stamp(&mut parts);
                dispatch::turn(session, create, &parts, Attempt::made_up(create)).await.unwrap();
            }
            let parts = steps::plain_parts(session, list).await.unwrap();
            dispatch::turn(session, list, &parts, Attempt::plain(list)).await.unwrap();
            run(session).await;
        })
        .await;
    assert_eq!((target.names(), told.left), (vec!["rex".to_owned()], Vec::new()), "{:?}", target.sent());
}

#[rstest]
#[case::forbidden(Scripted::with(&["rex"]).refuse("DELETE *", 403), 1)]
#[case::broken(Scripted::with(&["rex"]).refuse("DELETE *", 500), MAX_WAITS)]
#[case::silent(Scripted::with(&["rex"]).cut_off("DELETE *"), MAX_WAITS)]
#[case::limited(Scripted::with(&["rex"]).refuse("DELETE *", 429), MAX_WAITS)]
#[tokio::test(start_paused = true)]
async fn what_cannot_be_removed_is_a_leftover(#[case] target: Scripted, #[case] tries: usize) {
    let told = made_and_cleaned(&target).await;
    assert_eq!(told.left, [format!("{BASE}/pets/2")]);
    // Twice: once more after every list was read again.
    assert_eq!(target.count("DELETE /pets/2"), 2 * tries, "{:?}", target.sent());
    assert_eq!(target.count("DELETE /pets/1"), 0);
}

/// What a create made that failed may be what breaks the list, so that nobody can look.
#[rstest]
#[case::both_fail(500, 500, 1)]
#[case::only_the_list(422, 500, 0)]
#[case::only_the_create(500, 200, 0)]
#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_for_is_told(#[case] create: u16, #[case] list: u16, #[case] told: usize) {
    let is_broken = Arc::new(AtomicBool::new(false));
    let breaks = Arc::clone(&is_broken);
    let target = Scripted::with(&["rex"]).twist("*", move |request, reply| match request.method.as_str() {
        "POST" => answer(create, &json!({"error": "no"})),
        "GET" if breaks.load(Ordering::Relaxed) && list != 200 => answer(list, &json!({"error": "no"})),
        _ => reply,
    });
    let bench = Bench::pets();
    let make = bench.index("create");
    let came = bench
        .phase(&target, async |session| {
            let make = session.contract.at(make).unwrap();
            let mut parts = steps::plain_parts(session, make).await.unwrap();
            stock::take_stock(session, make, &parts).await;
            session.marks.stamp(&mut parts);
            dispatch::turn(session, make, &parts, Attempt::made_up(make)).await.unwrap();
            session.ledger.has_written = true;
            is_broken.store(true, Ordering::Relaxed);
            run(session).await;
        })
        .await;
    let lines = came.left.iter().filter(|line| **line == format!("POST {BASE}/pets"));
    assert_eq!(lines.count(), told, "{:?} {:?}", came.left, target.sent());
}

/// A 404 for what was never shown does not say that it is gone, even where no list has it.
#[rstest]
#[case::hidden(false, 1)]
#[case::gone_with_another(true, 0)]
#[tokio::test(start_paused = true)]
async fn what_a_target_hides_is_left(#[case] shows: bool, #[case] left: usize) {
    let made = AtomicBool::new(false);
    let target = Scripted::with(&["rex"]).twist("*", move |request, reply| {
        if request.method == http::Method::POST {
            made.store(true, Ordering::Relaxed);
        } else if made.load(Ordering::Relaxed) {
            let reads = request.method == http::Method::GET;
            if reads && request.path == "/pets" {
                return answer(200, &json!({"count": 0, "results": []}));
            }
            if !(reads && shows) {
                return answer(404, &json!({"error": "no"}));
            }
        }
        reply
    });
    let told = made_and_cleaned(&target).await;
    assert_eq!(told.left.len(), left, "{:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_only_says_so_is_found_out() {
    let target = Scripted::with(&["rex"]).reply("DELETE *", 204, Value::Null);
    let told = made_and_cleaned(&target).await;
    assert_eq!(told.left, [format!("{BASE}/pets/2")]);
}

/// A target that answers the same for any id, be it there or not, does not show that something is left.
#[tokio::test(start_paused = true)]
async fn what_is_answered_for_anything_is_not_left() {
    let gone = AtomicBool::new(false);
    let target = Scripted::with(&["rex"]).twist("*", move |request, reply| {
        let deletes = request.method == http::Method::DELETE;
        if deletes {
            gone.store(true, Ordering::Relaxed);
        }
        let reads = request.method == http::Method::GET && request.path != "/pets";
        if reads && gone.load(Ordering::Relaxed) { answer(200, &json!({})) } else { reply }
    });
    let told = made_and_cleaned(&target).await;
    assert_eq!(told.left, [""; 0], "{:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn who_asks_to_wait_is_given_time() {
    let begun = clock::now();
    let target = Scripted::with(&["rex"]).refuse_times("DELETE *", 429, 2);
    let told = made_and_cleaned(&target).await;
    assert_eq!((told.left.len(), target.count("DELETE /pets/2")), (0, 3));
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[rstest]
#[case::soon("7", 0)]
#[case::never("3600", 1)]
#[tokio::test(start_paused = true)]
async fn a_retry_after_is_kept_within_reason(#[case] seconds: &'static str, #[case] left: usize) {
    let begun = clock::now();
    let target = Scripted::with(&["rex"]).twist("DELETE *", move |_, reply| {
        if begun.elapsed() >= Duration::from_secs(7) {
            return reply;
        }
        let mut limited = answer(429, &json!({})).unwrap();
        limited.headers.insert(http::header::RETRY_AFTER, seconds.parse().unwrap());
        Ok(limited)
    });
    // The honest server has removed it by then, and says so from then on.
    let told = made_and_cleaned(&target).await;
    assert_eq!(told.left.len(), left, "{:?}", target.sent());
}

/// A create that answers no id: what it made is found in the list that was read before.
#[tokio::test(start_paused = true)]
async fn what_was_made_without_a_trace_is_looked_for() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", |_, _| answer(201, &json!({"name": "?"})));
    let told = made_and_cleaned(&target).await;
    assert_eq!(target.names(), ["rex"]);
    assert_eq!(told.left, [""; 0]);
}

/// A create that fails and makes something all the same: the list shows it, which may fail, too.
#[rstest]
#[case::list_is_there(0, &["rex"])]
#[case::list_fails_once(1, &["rex"])]
#[case::list_fails_always(9, &["rex", "counterpart"])]
#[tokio::test(start_paused = true)]
async fn what_a_failure_made_is_looked_for(#[case] failures: usize, #[case] expected: &[&str]) {
    let target = Scripted::with(&["rex"])
        .twist("POST /pets", |_, _| answer(500, &json!({"error": "late"})))
        .refuse_after("GET /pets", 1, 500, failures);
    made_and_cleaned(&target).await;
    let names = target.names();
    let is_expected = |(name, expected): (&String, &&str)| name.starts_with(expected);
    assert!(names.len() == expected.len(), "{names:?} {:?}", target.sent());
    assert!(names.iter().zip(expected).all(is_expected), "{names:?}");
}

/// What was made on the way is found behind pages that no link leads to, though the list is not as its
/// schema says.
#[tokio::test(start_paused = true)]
async fn what_was_made_on_the_way_is_found_on_any_page() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    let target = Scripted::with(&names).twist("GET /pets", |request, reply| {
        altered(reply, |body| {
            let query = request.query.as_deref().unwrap_or_default();
            let past = query.split('&').find_map(|part| part.strip_prefix("offset=")).unwrap_or("0");
            let entries = body["results"].as_array().cloned().unwrap_or_default();
            body["results"] = entries.into_iter().skip(past.parse().unwrap()).take(10).collect();
            body["count"] = json!("many");
        })
    });
    let mut document = pets();
    let page = &mut document["paths"]["/pets"]["get"]["responses"]["200"]["content"]["application/json"];
    page["schema"]["properties"].as_object_mut().unwrap().shift_remove("next");
    let bench = Bench::of(document);
    let (list, create) = (bench.index("list"), bench.index("create"));
    let told = bench
        .phase(&target, async |session| {
            for operation in [list, create] {
                let operation = session.contract.at(operation).unwrap();
                let mut parts = steps::plain_parts(session, operation).await.unwrap();
                session.marks.stamp(&mut parts);
                let request = build(operation, &parts).unwrap();
                dispatch::send_as(session, operation, request, Attempt::plain(operation), false).await;
                session.ledger = Ledger::default();
            }
            session.ledger.has_written = true;
            run(session).await;
        })
        .await;
    assert_eq!(target.names(), names);
    assert_eq!(told.left, [""; 0]);
}

/// A DELETE that only puts away is followed by one that removes, or what it put away is told.
#[rstest]
#[case::with_an_archive(true, 1, 0)]
#[case::for_good(false, 0, 1)]
#[tokio::test(start_paused = true)]
async fn what_is_put_away_is_removed_or_told(
    #[case] has_archive: bool,
    #[case] purged: usize,
    #[case] left: usize,
) {
    let mut tree = pets();
    tree["paths"]["/pets/{petId}"]["delete"]["summary"] = json!("Archives a pet");
    if has_archive {
        let item = tree["paths"]["/pets/{petId}"]["parameters"].clone();
        tree["paths"]["/archive/{petId}"] = json!({"parameters": item, "delete": {"responses": {"204": {}}}});
    }
    let bench = Bench::of(tree);
    let create = bench.index("create");
    let target = Scripted::with(&["rex"]).reply("DELETE /archive/*", 204, json!(null));
    let told = bench
        .phase(&target, async |session| {
            let create = session.contract.at(create).unwrap();
            let mut parts = steps::plain_parts(session, create).await.unwrap();
            stock::take_stock(session, create, &parts).await;
            session.marks.stamp(&mut parts);
            dispatch::turn(session, create, &parts, Attempt::plain(create)).await.unwrap();
            run(session).await;
        })
        .await;
    assert_eq!((target.count("DELETE /archive/2"), told.left.len()), (purged, left), "{:?}", target.sent());
    assert_eq!(target.count("DELETE /archive/"), purged, "nobody else's is touched");
}
