use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::AUTHORIZATION;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::scripted::{Bench, Reply, Scripted, answer};
use crate::client::token::Granted;
use crate::exchange::Secret;
use crate::generate::request::Parts;

/// A bench whose keys are made one after another: `key-1`, `key-2`.
fn minting() -> Bench {
    let mut bench = Bench::guarded();
    let made = Arc::new(AtomicUsize::new(0));
    bench.sources.named.clear();
    bench.sources.minter = Some(Box::new(move |_| {
        let number = made.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(std::future::ready(Ok(Granted {
            token: Secret::new(format!("key-{number}")),
            expires_in: None,
            scopes: None,
        })))
    }));
    bench
}

/// A target that takes a key for so many requests and refuses it from then on.
fn tires_of(token: &'static str, after: usize) -> impl Fn(&Request, Reply) -> Reply {
    let seen = AtomicUsize::new(0);
    move |request, reply| {
        let is_it =
            request.headers.get(AUTHORIZATION).is_some_and(|value| value == &format!("Bearer {token}"));
        if is_it && seen.fetch_add(1, Ordering::Relaxed) >= after {
            return answer(401, &json!({"error": "expired"}));
        }
        reply
    }
}

/// Lists pets so many times; the statuses, 0 where nothing could be sent.
async fn listed(bench: &Bench, target: &Scripted, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    bench
        .phase(target, async |session| {
            let list = session.contract.operations.iter().find(|operation| operation.id == "list").unwrap();
            for _ in 0..times {
                let turn = dispatch::turn(session, list, &Parts::default(), Attempt::plain(list)).await;
                statuses.push(turn.map_or(0, |turn| turn.status()));
            }
        })
        .await;
    statuses
}

#[rstest]
#[case::never_accepted(0, &[401, 401], 2)]
#[case::renewed(1, &[200, 200], 4)]
#[case::good(9, &[200, 200], 2)]
#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_is_made_anew(
    #[case] after: usize,
    #[case] statuses: &[u16],
    #[case] sent: usize,
) {
    let target = Scripted::with(&["rex"]).twist("*", tires_of("key-1", after));
    assert_eq!(listed(&minting(), &target, 2).await, statuses);
    assert_eq!(target.sent().len(), sent, "with the request that shows it: {:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_made_anew_is_dead() {
    let target = Scripted::with(&["rex"]).twist("*", tires_of("token-k", 1));
    assert_eq!(listed(&Bench::guarded(), &target, 3).await, [200, 0, 0]);
    assert_eq!(target.sent().len(), 3, "a dead key is sent no more: {:?}", target.sent());
}

/// A refusal of one request, where the key is still taken elsewhere, is the target's.
#[tokio::test(start_paused = true)]
async fn a_refusal_may_be_about_the_request() {
    let target = Scripted::with(&["rex"]).refuse("GET /pets/1", 401);
    let bench = Bench::guarded();
    let mut statuses = Vec::new();
    bench
        .phase(&target, async |session| {
            for (id, value) in [("list", None), ("read", Some(json!(1))), ("list", None)] {
                let operation =
                    session.contract.operations.iter().find(|operation| operation.id == id).unwrap();
                let parts = session.addressed(operation, value.as_slice()).unwrap();
                let turn = dispatch::turn(session, operation, &parts, Attempt::plain(operation)).await;
                statuses.push(turn.map_or(0, |turn| turn.status()));
            }
        })
        .await;
    assert_eq!(statuses, [200, 401, 200]);
    assert_eq!(target.sent(), ["GET /pets", "GET /pets/1", "GET /pets", "GET /pets"]);
}

/// Answers the first requests with 429 and this header field.
fn limited(target: Scripted, times: usize, field: &'static str) -> Scripted {
    let (name, value) = field.split_once(": ").unwrap();
    let seen = AtomicUsize::new(0);
    target.twist("GET /pets*", move |_, reply| {
        if seen.fetch_add(1, Ordering::Relaxed) >= times {
            return reply;
        }
        let mut limited = answer(429, &json!({"error": "slow down"}))?;
        limited.headers.insert(name, value.parse().unwrap());
        Ok(limited)
    })
}

#[rstest]
#[case::waited_for(1, "retry-after: 7", None, &[200], 2, 7)]
#[case::waited_for_again(3, "retry-after: 7", None, &[200], 4, 21)]
#[case::by_the_rate(1, "ratelimit: \"d\";r=0;t=9", None, &[200], 2, 9)]
#[case::at_once(1, "retry-after: 0", None, &[200], 2, 0)]
#[case::too_long(1, "retry-after: 61", None, &[429], 1, 0)]
#[case::asks_for_nothing(1, "x-other: 1", None, &[429], 1, 0)]
#[case::tries_are_bounded(99, "retry-after: 0", None, &[429], MAX_TRIES, 0)]
#[case::beyond_the_deadline(1, "retry-after: 20", Some(10), &[429], 1, 0)]
#[case::five_minutes_together(99, "retry-after: 60", None, &[429, 429], MAX_TRIES + 1, 300)]
#[tokio::test(start_paused = true)]
async fn a_request_that_is_put_off_is_sent_again(
    #[case] times: usize,
    #[case] field: &'static str,
    #[case] deadline: Option<u64>,
    #[case] statuses: &[u16],
    #[case] sent: usize,
    #[case] seconds: u64,
) {
    let target = limited(Scripted::with(&["rex"]), times, field);
    let mut bench = Bench::pets();
    bench.options.deadline = deadline.map(std::time::Duration::from_secs);
    let begun = crate::check::clock::now();
    assert_eq!(listed(&bench, &target, statuses.len()).await, statuses);
    assert_eq!(target.count("GET /pets"), sent);
    assert_eq!(begun.elapsed().as_secs(), seconds);
}

#[tokio::test(start_paused = true)]
async fn the_next_request_waits_until_there_is_a_rate_again() {
    let target = Scripted::with(&["rex"]).twist("GET /pets", |_, reply| {
        let mut reply = reply?;
        reply.headers.insert("x-ratelimit-remaining", 0.into());
        reply.headers.insert("x-ratelimit-reset", 4.into());
        Ok(reply)
    });
    let begun = crate::check::clock::now();
    assert_eq!(listed(&Bench::pets(), &target, 3).await, [200, 200, 200]);
    assert_eq!(begun.elapsed().as_secs(), 8, "the last answer makes nobody wait");
}

/// A busy target gets a change once more; what it might have made is not made twice.
#[rstest]
#[case::change("change", "PATCH /pets/1", 2)]
#[case::create("create", "POST /pets", 1)]
#[tokio::test(start_paused = true)]
async fn a_busy_target_is_asked_once_more(#[case] id: &str, #[case] what: &str, #[case] sent: usize) {
    let bench = Bench::pets();
    let target = Scripted::with(&["rex"]).refuse_times(what, 503, 1);
    let operation = bench.index(id);
    bench
        .phase(&target, async |session| {
            let operation = session.contract.at(operation).unwrap();
            let mut parts = Parts { body: session.base(operation).unwrap().body, ..Parts::default() };
            for name in operation.template.names() {
                parts.set(crate::contract::Location::Path, name, json!(1));
            }
            dispatch::turn(session, operation, &parts, Attempt::made_up(operation)).await.unwrap();
        })
        .await;
    assert_eq!(target.count(what), sent, "{:?}", target.sent());
}
