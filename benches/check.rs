//! A check of 300 operations, against a server that takes its time: how much longer it takes than its requests
//! would, if as many as `--jobs` allows were always under way. One document only reads, the other one writes.
//!
//! `cargo bench --bench check`; `cargo bench --bench check -- --quick` for a tenth of the operations.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark reads the clock and its arguments"
)]

#[path = "../tests/it/pace/slow.rs"]
mod slow;

use std::time::{Duration, Instant};

use counterpart::check::credentials::Sources;
use counterpart::check::{self, Options, Settings};
use counterpart::client::{self, Client};
use counterpart::project::{Config, Memory, Project, Wanted};
use slow::Slow;

const LATENCY: Duration = Duration::from_millis(20);
/// How much longer it may take.
const AIM: f64 = 1.25;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let quick = std::env::args().any(|argument| argument == "--quick");
    let tenth = if quick { 10 } else { 1 };
    runtime.block_on(compare("reads", &slow::document(100 / tenth)));
    runtime.block_on(compare("reads and writes", &slow::writing(60 / tenth)));
}

async fn compare(what: &str, document: &serde_json::Value) {
    let reader = Memory::default().with("t.json", document.to_string());
    let wanted = Wanted { document: Some("t.json".to_owned()), ..Wanted::default() };
    let project = Project::load(&wanted, Config::default(), &reader).expect("a project");
    let server = Slow::start(LATENCY, 0).await;
    println!("{what}: {} operations, {LATENCY:?} each answer", project.contract.operations.len());
    for jobs in [1, 4, 16] {
        let took = measure(&project, &server, jobs).await;
        assert!(server.left().0 == 0, "what was made is removed");
        let requests = u32::try_from(server.got()).expect("a small number");
        let least = LATENCY * requests / u32::from(jobs);
        let ratio = took.as_secs_f64() / least.as_secs_f64();
        println!(
            "{jobs} at a time\n  {requests} requests in {took:.2?}, at least {least:.2?}; ratio {ratio:.2}, aim {AIM}"
        );
    }
}

/// How long a check takes.
async fn measure(project: &Project, server: &Slow, jobs: u8) -> Duration {
    let options = Options {
        name: "qtestq".to_owned(),
        begun: None,
        keeps_traffic: false,
        seed: 1,
        jobs,
        write_jobs: jobs,
        pause: None,
        deadline: None,
        max_requests: None,
        slow: None,
        fail_fast: false,
    };
    let (settings, sources, resources) = (Settings::default(), Sources::default(), project.resources());
    let plan = check::plan(&project.contract, &resources, &settings);
    let client = Client::new(&client::Options::new(format!("http://{}", server.address))).expect("a client");
    let job = check::Job {
        contract: &project.contract,
        resources: &resources,
        plan: &plan,
        settings: &settings,
        sources: &sources,
        target: &client,
        options: &options,
        stop: tokio::sync::watch::channel(false).1,
    };
    let begun = Instant::now();
    let outcome = Box::pin(check::run(&job, &mut |_| ())).await;
    let took = begun.elapsed();
    assert_eq!((outcome.stopped, outcome.unused), (None, 0));
    took
}
