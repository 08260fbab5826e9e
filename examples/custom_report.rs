//! A run is plain data, from which a report of any form can be made.
//!
//! `cargo run --example custom_report`

use counterpart::{AccessVerdict, Project, Verdict};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Project::core7()?;
    // A mock without state keeps nothing, so that there is something to report.
    let mock = api.mock().start().await?;
    let run = api.check(mock.url()).mint("mock:{scopes}").run().await?;

    println!("{:<55} {:<12} {:>8}", "operation", "verdict", "requests");
    for result in &run.operations {
        let verdict = match result.verdict {
            Verdict::Conforms => "ok",
            Verdict::Fails => "FAILS",
            _ => "not sure",
        };
        println!("{:<55} {verdict:<12} {:>8}", result.operation, result.requests);
    }
    println!();
    for finding in &run.findings {
        println!("{} at {}: {}", finding.rule, finding.operation, finding.message);
    }
    let refused = run.access.iter().filter(|case| case.verdict == AccessVerdict::Ok).count();
    println!("\n{refused} of {} keys were let in and kept out as documented", run.access.len());
    Ok(())
}
