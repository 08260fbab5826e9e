//! Replicas of a mock that share a store: what a client sees that goes round them, and what becomes of it when processes are
//! stopped and killed. `tests/store/run` runs this with larger numbers.

mod cluster;
mod fleet;
mod history;
mod leak;

use std::collections::HashSet;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

use fleet::{Redis, Replica, command, replicas, until};
use history::{Act, Event, is_linearisable};

/// A number of the environment, for larger tries than those of every change.
fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The ids of all things.
async fn listed(replica: &Replica, session: &str) -> Vec<u64> {
    let all = replica.get(session, "/things?limit=100000").await;
    let ids: Vec<u64> = all["results"]
        .as_array()
        .unwrap_or_else(|| panic!("{all}"))
        .iter()
        .map(|thing| thing["id"].as_u64().expect("a number"))
        .collect();
    assert_eq!(all["count"], ids.len());
    ids
}

/// Creates an object; its id, where that was acknowledged.
async fn create(replica: &Replica, session: &str, name: &str) -> Option<u64> {
    let body = json!({ "name": name }).to_string();
    let response = replica.send(session, "POST", "/things", &body).await?;
    if response.status.as_u16() != 201 {
        // Nothing but that it cannot be done, which is no wrong answer.
        assert_eq!(response.status.as_u16(), 503, "{response:?}");
        return None;
    }
    serde_json::from_slice::<Value>(&response.body).expect("an object")["id"].as_u64()
}

/// What was acknowledged is there, once; what was not may be there.
fn all_are_there(made: &[Option<u64>], listed: &[u64], seeds: usize) {
    let known: Vec<u64> = made.iter().flatten().copied().collect();
    let distinct: HashSet<u64> = known.iter().copied().collect();
    assert_eq!(distinct.len(), known.len(), "ids that were given twice");
    let there: HashSet<u64> = listed.iter().copied().collect();
    assert_eq!(there.len(), listed.len(), "things that are listed twice");
    let lost: Vec<&u64> = distinct.difference(&there).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    let unknown = made.len() - known.len();
    assert!(there.len() <= distinct.len() + unknown + seeds, "more than was asked for");
    eprintln!("{} created, {} listed, {unknown} of unknown outcome", known.len(), listed.len());
}

/// Creates side by side, each at the next replica.
async fn create_round(replicas: &[Replica], session: &str, count: usize) -> Vec<Option<u64>> {
    let next = AtomicUsize::new(0);
    let worker = || async {
        let mut made = Vec::new();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= count {
                return made;
            }
            made.push(create(&replicas[nth % replicas.len()], session, &format!("thing {nth}")).await);
        }
    };
    join_all((0..16).map(|_| worker())).await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_created_at_any_replica_is_there_at_all() {
    let redis = Redis::start(None);
    let replicas = replicas(4, &redis);
    let seeds = listed(&replicas[0], "").await.len();
    let begun = Instant::now();
    let count = 4 * number("STORE_CREATES", 100);
    let made = create_round(&replicas, "", count).await;
    eprintln!("{count} creates at 4 replicas in {:?}", begun.elapsed());
    for replica in &replicas {
        all_are_there(&made, &listed(replica, "").await, seeds);
    }
}

/// One request of a random history, and what it came to; `None` where it was known not to be carried out.
async fn act(replica: &Replica, session: &str, thing: u64, kind: usize, value: u64) -> Option<Event> {
    let path = format!("/things/{thing}");
    let begun = Instant::now();
    let body = json!({ "name": value.to_string() }).to_string();
    let (method, body) = match kind {
        0..=4 => ("GET", ""),
        5..=8 => ("PUT", body.as_str()),
        _ => ("DELETE", ""),
    };
    let response = replica.send(session, method, &path, body).await;
    let ended = Some(Instant::now());
    let status = response.as_ref().map_or(0, |response| response.status.as_u16());
    let seen = || {
        let shown: Value = serde_json::from_slice(&response.as_ref()?.body).ok()?;
        shown["name"].as_str()?.parse().ok()
    };
    let (act, ended) = match (method, status) {
        ("GET", 200) => (Act::Read(seen().expect("a value")), ended),
        ("PUT", 200) => (Act::Write(value), ended),
        ("DELETE", 204) => (Act::Remove, ended),
        (_, 404) => (Act::Missed, ended),
        ("PUT", 0 | 503) => (Act::Write(value), None),
        ("DELETE", 0 | 503) => (Act::Remove, None),
        ("GET", 0 | 503) => return None,
        other => panic!("{other:?} {response:?}"),
    };
    Some(Event { act, begun, ended })
}

/// A history of one seed in a session of its own: some clients, two things.
async fn history(replicas: &[Replica], seed: u64) {
    let session = format!("seed-{seed}");
    let things = [create(&replicas[0], &session, "0").await, create(&replicas[1], &session, "0").await];
    let [Some(one), Some(other)] = things else { return };
    let client = |client: u64| {
        let session = &session;
        async move {
            let mut state = (seed * 31 + client).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut events = Vec::new();
            for step in 0..6_u64 {
                // xorshift (Marsaglia, 2003).
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = usize::try_from(state >> 33).expect("a number");
                let (thing, kind) = (usize::from(at & 1 == 1), (at >> 1) % 10);
                let replica = &replicas[(at >> 8) % replicas.len()];
                let value = client * 100 + step + 1;
                let event = act(replica, session, [one, other][thing], kind, value).await;
                events.extend(event.map(|event| (thing, event)));
            }
            events
        }
    };
    let events: Vec<(usize, Event)> = join_all((1..=4).map(client)).await.into_iter().flatten().collect();
    for thing in 0..2 {
        let own: Vec<Event> = events.iter().filter(|(of, _)| *of == thing).map(|(_, event)| *event).collect();
        assert!(is_linearisable(0, &own), "seed {seed}: {own:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_object_is_as_if_there_were_one_mock() {
    let redis = Redis::start(None);
    let replicas = replicas(4, &redis);
    let seeds = number("STORE_SEEDS", 60) as u64;
    for first in (0..seeds).step_by(4) {
        join_all((first..seeds.min(first + 4)).map(|seed| history(&replicas, seed))).await;
    }
}

/// The same while the store stands still, is killed and started again, and a replica stands still.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_object_stays_so_when_processes_stop_and_die() {
    let mut redis = Redis::start(None);
    let replicas = Arc::new(replicas(3, &redis));
    let (running, seeds) = (Arc::clone(&replicas), number("STORE_SEEDS", 60) as u64);
    let histories = tokio::spawn(async move {
        for seed in 10_000..10_000 + seeds {
            history(&running, seed).await;
        }
    });
    let mut rounds = 0;
    while !histories.is_finished() {
        match rounds % 3 {
            0 => {
                redis.process.pause();
                tokio::time::sleep(Duration::from_millis(60)).await;
                redis.process.resume();
            }
            1 => {
                replicas[1].process.pause();
                tokio::time::sleep(Duration::from_millis(60)).await;
                replicas[1].process.resume();
            }
            _ => {
                redis.process.kill();
                redis.start_again();
            }
        }
        rounds += 1;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    histories.await.expect("linearisable histories");
    eprintln!("{rounds} times something was stopped or killed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_a_replica() {
    let redis = Redis::start(None);
    let mut replicas = replicas(3, &redis);
    let seeds = listed(&replicas[0], "").await.len();
    let mut victim = replicas.pop().expect("a replica");
    let made = {
        let (next, replicas) = (AtomicUsize::new(0), &replicas);
        let victim = &tokio::sync::RwLock::new(&mut victim);
        let worker = |own: usize| {
            let next = &next;
            async move {
                let mut made = Vec::new();
                while next.fetch_add(1, Ordering::Relaxed) < 150 {
                    let nth = made.len();
                    let name = format!("{own}-{nth}");
                    made.push(if nth.is_multiple_of(2) {
                        create(&**victim.read().await, "", &name).await
                    } else {
                        create(&replicas[own % 2], "", &name).await
                    });
                }
                made
            }
        };
        let killer = async {
            while next.load(Ordering::Relaxed) < 60 {
                tokio::task::yield_now().await;
            }
            victim.write().await.process.kill();
        };
        let workers = join_all((0..6).map(worker));
        let (made, ()) = tokio::join!(workers, killer);
        made.into_iter().flatten().collect::<Vec<_>>()
    };
    assert!(made.iter().any(Option::is_none), "the killed one answered nothing any more");
    all_are_there(&made, &listed(&replicas[0], "").await, seeds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_away_is_told_soon_and_found_again() {
    let mut redis = Redis::start(None);
    let replica = Replica::start(&redis.url(""), &["--quiet"]);
    let seeds = listed(&replica, "").await.len();
    let mut made = vec![create(&replica, "", "before").await];
    assert_eq!(replica.status("", "GET", "/__counterpart/ready", "").await, 200);
    for how in ["paused", "killed"] {
        if how == "paused" {
            redis.process.pause();
        } else {
            redis.process.kill();
        }
        let mut waits = Vec::new();
        for nth in 0..6 {
            let begun = Instant::now();
            let status = match nth % 3 {
                0 => replica.status("", "POST", "/things", "{\"name\": \"x\"}").await,
                1 => replica.status("", "GET", "/things/1", "").await,
                _ => replica.status("other", "GET", "/things", "").await,
            };
            assert_eq!(status, 503, "{how}");
            waits.push(begun.elapsed());
        }
        waits.sort();
        eprintln!("{how}: 503 after {:?} to {:?}", waits[0], waits[5]);
        // What the machine has to do beside it may come on top.
        assert!(waits[4] < Duration::from_millis(300) && waits[5] < Duration::from_secs(1), "{waits:?}");
        assert_eq!(replica.status("", "GET", "/__counterpart/ready", "").await, 503);
        assert_eq!(replica.status("", "GET", "/__counterpart/health", "").await, 200);
        assert_eq!(replica.get("", "/__counterpart/health").await["store"]["ready"], false);
        if how == "paused" {
            redis.process.resume();
        } else {
            redis.start_again();
        }
        let back = Instant::now();
        until("the store is found again", async || {
            replica.status("", "GET", "/__counterpart/ready", "").await == 200
        })
        .await;
        eprintln!("{how}: ready again after {:?}", back.elapsed());
        assert!(back.elapsed() < Duration::from_secs(1));
        made.push(create(&replica, "", "after").await);
        // The POSTs before that are of unknown outcome.
        made.extend([None, None]);
        all_are_there(&made, &listed(&replica, "").await, seeds);
    }
    assert_eq!(made.iter().flatten().count(), 3);
}

/// The answer of the store is lost after it has made the change, in a session that begins and in one that has begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_is_made_once() {
    let redis = Redis::start(None);
    let leak = leak::Leak::to(redis.port, "twice");
    let replica = Replica::start(&format!("redis://127.0.0.1:{}", leak.port), &["--quiet", "--journal", "0"]);
    // The store knows the scripts from then on.
    assert!(create(&replica, "other", "warm").await.is_some());
    for nth in 0..2 {
        leak.left.store(1, Ordering::SeqCst);
        let made = create(&replica, "a", &format!("twice {nth}")).await;
        assert_eq!(leak.left.load(Ordering::SeqCst), 0, "an answer was lost");
        until("the store is found again", async || {
            replica.status("", "GET", "/__counterpart/ready", "").await == 200
        })
        .await;
        let all = replica.get("a", "/things?limit=1000").await;
        let name = format!("twice {nth}");
        let own: Vec<u64> = all["results"]
            .as_array()
            .expect("results")
            .iter()
            .filter(|thing| thing["name"] == name.as_str())
            .filter_map(|thing| thing["id"].as_u64())
            .collect();
        eprintln!("answered {made:?}, there {own:?}");
        assert_eq!(own.len(), 1, "{all}");
        assert!(made.is_none_or(|id| own == [id]));
    }
}

/// A store that was restored has forgotten something, and makes the same versions again of something else: no replica may
/// take these for what it knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_goes_back_takes_all_replicas_along() {
    let redis = Redis::start(None);
    let replicas = replicas(3, &redis);
    let [one, other, third] = &replicas[..] else { panic!("three") };
    assert!(create(one, "", "kept").await.is_some());
    let parts = ["state", "log"];
    for part in parts {
        redis.ask(&format!("COPY counterpart:{{*}}:{part} {part}")).expect("a copy");
    }
    let lost = create(one, "", "lost").await.expect("an id");
    let also = create(third, "", "lost too").await.expect("an id");
    for part in parts {
        redis.ask(&format!("COPY {part} counterpart:{{*}}:{part} REPLACE")).expect("a copy");
    }
    // The first knows the first of two that are lost, the third both, and the second neither.
    let name =
        async |replica: &Replica, id: u64| replica.get("", &format!("/things/{id}")).await["name"].clone();
    assert_eq!(create(other, "", "new").await, Some(lost));
    assert_eq!(name(one, lost).await, "new");
    assert_eq!(create(other, "", "newer").await, Some(also));
    for replica in &replicas {
        assert_eq!((name(replica, lost).await, name(replica, also).await), (json!("new"), json!("newer")));
    }
}

/// Set answers, scenario, counted calls, limits, state and the journal are those of all replicas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_of_one_replica_is_control_of_all() {
    const CONFIG: &str = "[scenario.outage]\nlistThings = \"code=503\"\n[limit]\nrate = \"3/hour\"\n";
    let redis = Redis::start(Some("c4nary-of-a-store"));
    let store = redis.url(":c4nary-of-a-store@");
    let flags = ["--keys", "keys.toml", "--auth", "present"];
    let replicas: Vec<Replica> = (0..2).map(|_| Replica::with(&store, &flags, CONFIG)).collect();
    let [one, other] = &replicas[..] else { panic!("two") };
    let control = |path: &str| format!("/__counterpart/{path}");
    let answer =
        json!({"operation": "getThing", "code": 500, "times": 2, "headers": {"x-a": "1"}}).to_string();
    assert_eq!(one.status("a", "POST", &control("answers"), &answer).await, 201);
    assert_eq!(other.get("a", &control("answers")).await["count"], 1);
    assert_eq!(other.send("a", "GET", "/things/0", "").await.expect("an answer").headers["x-a"], "1");
    assert_eq!(one.status("a", "GET", "/things/0", "").await, 500);
    assert_eq!(one.status("a", "GET", "/things/77", "").await, 404);
    assert_eq!(other.get("a", &control("answers")).await["count"], 0);
    assert_eq!(one.status("b", "PUT", &control("scenario"), "{\"name\": \"outage\"}").await, 204);
    assert_eq!(other.get("b", &control("scenario")).await["name"], "outage");
    assert_eq!(other.status("b", "PUT", &control("scenario"), "{\"name\": null}").await, 204);
    assert_eq!(one.get("b", &control("scenario")).await["name"], Value::Null);
    let statuses = [one, other, one, other].map(|replica| replica.status("c", "GET", "/things", ""));
    let mut statuses = join_all(statuses).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 429], "three an hour, at whatever replica");
    let state = json!({"things": [{"id": 5, "name": "five"}]}).to_string();
    assert_eq!(one.status("d", "PUT", &control("state"), &state).await, 204);
    assert_eq!(other.get("d", &control("state")).await["things"][0]["name"], "five");
    assert_eq!(create(other, "d", "six").await, Some(6));
    assert_eq!(one.status("d", "DELETE", &control("state"), "").await, 204);
    assert_ne!(other.get("d", &control("state")).await["things"][0]["id"], 5);
    assert_eq!(one.status("e", "POST", "/things?token=c4nary-of-a-query", "{\"name\": \"x\"}").await, 201);
    let secret = json!({"name": 1, "key": "c4nary-of-a-body"}).to_string();
    assert_eq!(one.status("e", "POST", "/things", &secret).await, 422);
    let journal = other.get("e", &control("requests")).await;
    let entry = &journal["requests"][0];
    assert_eq!((&entry["operation"], &entry["status"]), (&json!("createThing"), &json!(201)));
    let shown = other.get("e", &control(&format!("requests/{}", entry["id"]))).await;
    assert_eq!(
        (&shown["answer"]["body"]["name"], &shown["why"]),
        (&json!("x"), &json!("the state of the session"))
    );
    assert_eq!(other.status("e", "DELETE", &control("requests"), "").await, 204);
    assert_eq!(one.get("e", &control("requests")).await["count"], 0);
    until("sessions are known to all", async || {
        let sessions = other.get("", &control("sessions")).await;
        sessions["sessions"]
            .as_array()
            .is_some_and(|names| ["a", "b", "c", "d", "e"].iter().all(|name| names.contains(&json!(name))))
    })
    .await;
    let disk = String::from_utf8_lossy(&redis.disk()).into_owned();
    assert!(disk.contains("createThing"), "the journal was there");
    assert!(disk.contains("[secret]"), "the refused one too");
    for canary in ["c4nary-of-a-key", "c4nary-of-a-query", "c4nary-of-a-body"] {
        assert!(!disk.contains(canary), "{canary} is in the store");
    }
    for replica in &replicas {
        let shown = format!("{}{}", replica.said(), replica.get("", &control("health")).await);
        assert!(!shown.contains("c4nary-of-a-store"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_is_told_and_versions_are_compared() {
    let redis = Redis::start(None);
    let replicas: Vec<Replica> = (0..2).map(|_| Replica::start(&redis.url(""), &["--watch"])).collect();
    let [one, other] = &replicas[..] else { panic!("two") };
    let store = async |replica: &Replica| replica.get("", "/__counterpart/health").await["store"].clone();
    until("each knows of the other", async || {
        store(one).await["replicas"].as_array().is_some_and(|all| all.len() == 2)
    })
    .await;
    until("all have told what they serve", async || {
        store(one).await["replicas"].as_array().is_some_and(|all| all.iter().all(|one| one["document"] != ""))
    })
    .await;
    assert_eq!(store(one).await["mixed"], json!({"document": false, "version": false}));
    assert_eq!(listed(one, "").await, listed(other, "").await);
    let changed = fleet::THINGS.replace("title: Things", "title: Other things");
    std::fs::write(one.folder.path().join("things.yaml"), changed).expect("a file");
    until("the other one is told", async || other.said().contains("reloaded")).await;
    until("the versions differ", async || store(other).await["mixed"]["document"] == true).await;
}

#[rstest]
#[case::nobody(&["--store", "redis://:c4nary@127.0.0.1:1"], "cannot use the store at redis://127.0.0.1:1/0")]
#[case::no_address(&["--store", "http://:c4nary@h"], "not at http://")]
#[case::login(&["--store", "redis://h", "--login", "immediate"], "--login immediate cannot be used with --store")]
fn what_cannot_be_used_is_said(#[case] arguments: &[&str], #[case] part: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("things.yaml"), fleet::THINGS).expect("a file");
    let all = [&["mock", "things.yaml", "--port", "0"][..], arguments].concat();
    let output = command(folder.path(), &all).stdout(Stdio::null()).output().expect("the built program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(part) && !said.contains("c4nary"), "{said}");
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let redis = Redis::start(Some("right"));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("things.yaml"), fleet::THINGS).expect("a file");
    for login in [":c4nary@", "u:c4nary@", ""] {
        let store = redis.url(login);
        let output = command(folder.path(), &["mock", "things.yaml", "--port", "0", "--store", &store]);
        let output = { output }.output().expect("the built program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("cannot use the store at redis://127.0.0.1:") && !said.contains("c4nary"),
            "{said}"
        );
    }
}

/// What the runner finds at a mock that keeps its state in a store is what it finds at any: nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_finds_nothing() {
    let redis = Redis::start(None);
    let replica = Replica::start(&redis.url(""), &["--quiet", "--auth", "scopes"]);
    let arguments = ["check", "things.yaml", "--url", &replica.url, "--mint", "mock:{scopes}", "--quiet"];
    let output = command(replica.folder.path(), &arguments).output().expect("the built program");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
}

/// Two checks at the same time send no more together than one may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_checks_keep_one_rate() {
    const RATE: u32 = 80;
    let redis = Redis::start(None);
    let replica = Replica::start(&redis.url(""), &["--quiet", "--auth", "off"]);
    let folder = tempfile::tempdir().expect("a folder");
    // All requests have the same key, which is none.
    std::fs::write(folder.path().join("open.yaml"), fleet::THINGS.replace("security: [{key: []}]\n", ""))
        .expect("a file");
    let (rate, store) = (format!("{RATE}/s"), redis.url(""));
    let arguments = ["check", "open.yaml", "--url", &replica.url, "--rate", &rate, "--rate-store", &store];
    let checks = [1, 2].map(|_| {
        let mut check = command(folder.path(), &arguments);
        check.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the built program")
    });
    for mut check in checks {
        assert_eq!(check.wait().expect("its end").code(), Some(0));
    }
    let journal = replica.get("", "/__counterpart/requests").await;
    let at = |entry: &Value| entry["at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let times: Vec<jiff::Timestamp> =
        journal["requests"].as_array().expect("requests").iter().filter_map(at).collect();
    let took = times[times.len() - 1].duration_since(times[0]).unsigned_abs();
    let least = Duration::from_secs(1) * u32::try_from(times.len() - 1).expect("a number") / RATE;
    eprintln!("{} requests in {took:?}, at {RATE}/s not below {least:?}", times.len());
    assert!(times.len() > 60 && took >= least.mul_f64(0.9));
}
