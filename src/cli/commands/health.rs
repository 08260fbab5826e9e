//! `counterpart health`: asks a running mock or proxy whether it is well. A container that holds nothing but the
//! binary has no other program that could ask, and a script need not guess how long a start takes.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::cli::args::Health;
use crate::cli::output::{OK, Stop, print};
use crate::client::{Client, Options};
use crate::exchange::Request;

/// Where a mock tells it.
const PATH: &str = "/__counterpart/health";

/// An answer takes much less, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn run(args: &Health) -> Result<u8, Stop> {
    let options = Options {
        timeout: args.timeout,
        retries: 0,
        insecure: args.insecure,
        max_body: MAX_ANSWER,
        ..Options::new(args.url.clone())
    };
    let client = Client::new(&options).map_err(|error| Stop::usage(error.to_string()))?;
    let mut last = ask(&client).await;
    let waiting = async {
        while last.is_err() {
            tokio::time::sleep(PAUSE).await;
            last = ask(&client).await;
        }
    };
    // What the last try said is what counts, also where the time was up first.
    let _ = tokio::time::timeout(args.wait, waiting).await;
    last.map_err(Stop::io)?;
    print(&format!("{} is well\n", client.base()))?;
    Ok(OK)
}

/// Asks once.
///
/// # Errors
/// Why the mock is not known to be well.
async fn ask(client: &Client) -> Result<(), String> {
    let base = client.base();
    let outcome = client.send(&Request::new(Method::GET, PATH), "health").await.outcome;
    let answer = outcome.map_err(|failure| format!("{base} gave no answer: {failure}"))?;
    if answer.status == StatusCode::FORBIDDEN {
        return Err(format!(
            "{base} answered 403: a mock tells of itself to this machine, and under names that --allow-host gives it"
        ));
    }
    let told = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    if answer.status != StatusCode::OK || told["status"] != "ok" {
        let status = answer.status.as_u16();
        return Err(format!(
            "{base}{PATH} answered {status}, and not as a mock does; check the address and the port"
        ));
    }
    Ok(())
}
