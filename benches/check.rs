//! A check of 300 operations, against a server that takes its time: how much longer it takes than its requests
//! would, if as many as `--jobs` allows were always under way. One document only reads, the other one writes.
//! Then the binary itself against a server that answers at once: requests per CPU-second of its own, and memory beyond
//! that of `lint` on the same document of 1,200 operations.
//!
//! `cargo bench --bench check`; `cargo bench --bench check -- --quick` for a tenth of the operations.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark reads the clock and its arguments"
)]

#[path = "../tests/it/pace/slow.rs"]
mod slow;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use counterpart::check::credentials::Sources;
use counterpart::check::{self, Options, Settings};
use counterpart::client::{self, Client};
use counterpart::project::{Config, Memory, Project, Wanted};
use slow::Slow;

const LATENCY: Duration = Duration::from_millis(20);
/// How much longer it may take.
const AIM: f64 = 1.25;
/// Requests for each CPU-second.
const RATE_AIM: f64 = 2000.0;
/// Megabytes beyond the document.
const MEMORY_AIM: f64 = 60.0;
/// Clock ticks a second, as `/proc` counts them on Linux.
const TICKS: f64 = 100.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let quick = std::env::args().any(|argument| argument == "--quick");
    let tenth = if quick { 10 } else { 1 };
    runtime.block_on(compare("reads", &slow::document(100 / tenth)));
    runtime.block_on(compare("reads and writes", &slow::writing(60 / tenth)));
    runtime.block_on(spend(&slow::writing(240 / tenth)));
}

/// What the binary spends on a check of a server that answers at once.
async fn spend(document: &serde_json::Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.json");
    std::fs::write(&path, document.to_string()).expect("a file");
    let server = Slow::start(Duration::ZERO, 0).await;
    let address = format!("http://{}", server.address);
    let path = path.to_str().expect("text");
    let run = |words: Vec<String>| {
        let folder = folder.path().to_owned();
        tokio::task::spawn_blocking(move || Spent::of(&words, &folder))
    };
    let lint = run(["lint", path].map(str::to_owned).to_vec()).await.expect("lint");
    let words = ["check", path, "--url", &address, "--quiet"].map(str::to_owned).to_vec();
    let check = run(words).await.expect("check");
    assert!(server.left().0 == 0, "what was made is removed");
    let requests = f64::from(u32::try_from(server.got()).expect("a small number"));
    println!(
        "the binary on this document\n  {requests} requests in {:.2} CPU-seconds, {:.0} each second, aim {RATE_AIM}\n  \
         {:.0} MB, {:.0} more than lint, aim {MEMORY_AIM}",
        check.seconds,
        requests / check.seconds,
        check.megabytes,
        check.megabytes - lint.megabytes,
    );
}

/// What a process took.
struct Spent {
    /// User and system time.
    seconds: f64,
    /// At its peak.
    megabytes: f64,
}

impl Spent {
    /// Runs the binary to its end.
    fn of(words: &[String], folder: &Path) -> Self {
        let before = ticks_of_children();
        let mut child = Command::new(env!("CARGO_BIN_EXE_counterpart"))
            .args(words)
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        let status = format!("/proc/{}/status", child.id());
        let mut megabytes = 0.0;
        while child.try_wait().expect("a child").is_none() {
            let status = std::fs::read_to_string(&status).unwrap_or_default();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            if let Some(peak) = peak {
                megabytes = peak.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { seconds: (ticks_of_children() - before) / TICKS, megabytes }
    }
}

/// User and system time of children that have ended, in clock ticks.
fn ticks_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("/proc");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split_whitespace().collect();
    fields[13].parse::<f64>().expect("cutime") + fields[14].parse::<f64>().expect("cstime")
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
