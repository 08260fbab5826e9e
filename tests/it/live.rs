//! Servers that share no code with Counterpart: nothing false may be said of them, and nothing that
//! they hold may come to harm.

mod django;
mod expected;
mod proof;
mod server;
mod stock;
mod traffic;

use serde_json::Value;

/// Runs against each server: `.ci/heavy` asks for more than the two that every change gets.
fn runs() -> usize {
    std::env::var("LIVE_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(2)
}

/// Shows what a run came to, as a row that `.ci/heavy` puts into `docs/reliability.md`. A run that says
/// something false, or does harm, fails before.
fn show(server: &str, run: usize, report: &Value) {
    let summary = &report["summary"];
    let seconds = summary["duration_ms"].as_f64().unwrap_or_default() / 1000.0;
    let count = |name: &str| summary[name].as_u64().unwrap_or_default();
    let findings = count("findings") + count("warnings");
    let (operations, requests) = (count("operations"), count("requests"));
    println!("row: | {server} | {run} | {operations} | {requests} | {findings} | 0 | 0 | {seconds:.1} s |");
}
