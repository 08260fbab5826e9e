//! A run is plain data, from which a report of any form can be made.
//!
//! `cargo run --example custom_report`

use counterpart::{AccessVerdict, Project};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Project::core7()?;
    // A mock without state keeps nothing, so that there is something to report.
    let mock = api.mock().start().await?;
    let run = api.check(mock.url()).mint("mock:{scopes}").run().await?;

    println!("{:<55} {:<12} {:>8}", "operation", "verdict", "requests");
    for result in &run.operations {
        let verdict = format!("{:?}", result.verdict).to_lowercase();
        println!("{:<55} {verdict:<12} {:>8}", result.operation, result.requests);
    }
    println!();
    for finding in &run.findings {
        println!("{:?} {} at {}: {}", finding.severity, finding.rule, finding.operation, finding.message);
    }
    let as_expected = run.access.iter().filter(|case| case.verdict == AccessVerdict::Ok).count();
    println!("\n{as_expected} of {} cases of keys were as documented", run.access.len());
    Ok(())
}
