use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::check::attempt::Attempt;
use crate::check::scripted::{BASE, Bench, Scripted, pets};
use crate::check::target::{Exchanging, Target, Way};
use crate::check::{clock, dispatch, steps};
use crate::exchange::Request;
use crate::generate::request::build;

const LATENCY: Duration = Duration::from_millis(20);

/// A target that takes its time, and counts the requests that are under way.
struct Slow {
    inner: Scripted,
    now: AtomicUsize,
    most: AtomicUsize,
    writes: AtomicUsize,
    most_writes: AtomicUsize,
}

impl Slow {
    fn new(inner: Scripted) -> Self {
        let nought = || AtomicUsize::new(0);
        Self { inner, now: nought(), most: nought(), writes: nought(), most_writes: nought() }
    }
}

impl Target for Slow {
    fn base(&self) -> &str {
        self.inner.base()
    }

    fn send<'t>(&'t self, request: &'t Request, case: &'t str, way: Way) -> Exchanging<'t> {
        Box::pin(async move {
            let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(now, Ordering::Relaxed);
            let is_write = !request.method.is_safe() && request.method.as_str() != "PROPFIND";
            let writes = self.writes.fetch_add(usize::from(is_write), Ordering::Relaxed);
            self.most_writes.fetch_max(writes + usize::from(is_write), Ordering::Relaxed);
            let exchange = self.inner.send(request, case, way).await;
            clock::sleep(LATENCY).await;
            self.now.fetch_sub(1, Ordering::Relaxed);
            self.writes.fetch_sub(usize::from(is_write), Ordering::Relaxed);
            exchange
        })
    }
}

/// Pets, and as many lists of them under other names.
fn many() -> Value {
    let mut tree = pets();
    let list = tree["paths"]["/pets"]["get"].clone();
    for at in 0..20 {
        let mut other = list.clone();
        other["operationId"] = json!(format!("other{at}"));
        tree["paths"][format!("/others{at}")] = json!({"get": other});
    }
    tree
}

fn target() -> Slow {
    let page = json!({"count": 1, "next": null, "results": [{"id": 1, "name": "rex"}]});
    Slow::new(Scripted::with(&["rex", "tom", "kim"]).reply("GET /others*", 200, page))
}

#[tokio::test(start_paused = true)]
async fn what_is_found_does_not_depend_on_how_many_are_under_way() {
    let mut seen = Vec::new();
    for jobs in [1, 4, 16] {
        let mut bench = Bench::of(many());
        bench.options.jobs = jobs;
        let (target, begun) = (target(), clock::now());
        let mut outcome = bench.run(&target).await;
        outcome.run.summary.duration_ms = 0;
        assert_eq!(outcome.unused, 0);
        assert_eq!(target.most.load(Ordering::Relaxed), usize::from(jobs), "all that may be are under way");
        let sent = target.inner.sent();
        let alone = LATENCY * u32::try_from(sent.len()).unwrap();
        let took = begun.elapsed();
        assert!(if jobs == 1 { took == alone } else { took * 2 < alone }, "{took:?} of {alone:?}");
        assert_eq!(target.most_writes.load(Ordering::Relaxed), 1, "writes go one at a time");
        seen.push(format!("{:?} {:?}", outcome.run, outcome.answers));
    }
    assert!(seen[0] == seen[1] && seen[0] == seen[2], "too long to be shown");
}

/// A target that fails somewhere: the run goes on by itself there, and nothing is asked for in vain.
#[rstest]
#[case::an_operation(Scripted::with(&["rex"]).refuse("GET /others3*", 500))]
#[case::impatient(Scripted::with(&["rex"]).refuse_after("GET /others4*", 2, 429, 1))]
#[case::silent(Scripted::with(&["rex"]).cut_off("GET /others5*"))]
#[case::refuses_all(Scripted::with(&["rex"]).refuse("GET /others*", 404))]
#[tokio::test(start_paused = true)]
async fn a_failure_is_met_by_the_run_itself(#[case] inner: Scripted) {
    let page = json!({"count": 1, "next": null, "results": [{"id": 1, "name": "rex"}]});
    let target = Slow::new(inner.reply("GET /others*", 200, page));
    let outcome = Bench::of(many()).run(&target).await;
    assert_eq!((outcome.stopped, outcome.unused), (None, 0));
}

#[rstest]
#[case(10)]
#[case(70)]
#[case(100)]
#[case(150)]
#[tokio::test(start_paused = true)]
async fn a_bound_is_never_passed(#[case] most: usize) {
    let mut bench = Bench::of(many());
    (bench.options.max_requests, bench.settings.read_only) = (Some(most), true);
    let target = target();
    let outcome = bench.run(&target).await;
    assert_eq!((target.inner.sent().len(), outcome.unused), (most, 0));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_ends_with_the_reads_under_way() {
    let bench = Bench::of(many());
    let target = target();
    let stopping = async {
        clock::sleep(LATENCY * 12).await;
        bench.stop.send_replace(true);
        target.inner.sent().len()
    };
    let (outcome, sent) = tokio::join!(bench.run(&target), stopping);
    assert!(outcome.is_cut_short);
    assert!(target.inner.sent().len() <= sent + 4, "{sent}, then {}", target.inner.sent().len());
}

/// What was written ahead, and not by the run itself afterwards, is known and owed all the same.
#[tokio::test]
async fn a_write_that_the_run_does_not_come_to_is_owed() {
    let (bench, target) = (Bench::pets(), Scripted::with(&["rex"]));
    let create = bench.index("create");
    let told = bench
        .phase(&target, async |session| {
            let create = session.contract.at(create).unwrap();
            let mut parts = steps::plain_parts(session, create).await.unwrap();
            session.marks.stamp(&mut parts);
            let request = build(create, &parts).unwrap();
            let exchange = session.sender.send(&request, None).await;
            dispatch::tell_ahead(session, &exchange);
            session.sender.not_reached(exchange);
            dispatch::book_left_over(session).await;
        })
        .await;
    assert_eq!(told.left, [format!("{BASE}/pets/2")]);
    assert_eq!(told.events[0], format!("+POST {BASE}/pets"));
}

/// Whoever is blamed for harm, what was sent beside it is named.
#[tokio::test(start_paused = true)]
async fn harm_names_what_was_sent_beside() {
    let target = Scripted::with(&["rex"]).spoiled_later("GET /pets", 500);
    let bench = Bench::pets();
    let (list, create) = (bench.index("list"), bench.index("drop"));
    bench
        .phase(&target, async |session| {
            let list = session.contract.at(list).unwrap();
            let parts = session.addressed(list, &[]).unwrap();
            dispatch::turn(session, list, &parts, Attempt::made_up(list)).await;
            session.health.beside = vec!["DELETE http://pets.test/toys/7".to_owned()];
            let drop = session.contract.at(create).unwrap();
            let parts = session.addressed(drop, &[json!(1)]).unwrap();
            dispatch::turn(session, drop, &parts, Attempt::made_up(drop)).await;
            let why = session.must_end().unwrap_or_default();
            assert!(
                why.contains("one of: DELETE http://pets.test/pets/1, DELETE http://pets.test/toys/7"),
                "{why}"
            );
        })
        .await;
}
