//! Requests go out side by side, and what is found is the same.

mod slow;

use std::time::Duration;

use counterpart::check::credentials::Sources;
use counterpart::rules::Rule;
use slow::Slow;

use crate::support::Api;

/// Collections of the document.
const COLLECTIONS: usize = 12;

#[tokio::test]
async fn a_report_does_not_depend_on_the_jobs() {
    let server = Slow::start(Duration::from_millis(20)).await;
    let url = format!("http://{}", server.address);
    let mut api = Api::written(&slow::document(COLLECTIONS), "");
    let mut seen = Vec::new();
    for jobs in [1, 4, 16] {
        api.jobs = jobs;
        let (mut run, _) = api.check(&url, &Sources::default()).await;
        run.summary.duration_ms = 0;
        assert!(run.findings.len() > 5, "{:?}", run.summary);
        assert_eq!(server.got(), run.summary.requests, "no request is hidden");
        seen.push(serde_json::to_string_pretty(&run).expect("JSON"));
    }
    let [one, four, many] = seen.as_slice() else { unreachable!("three runs") };
    assert!(one == four && one == many, "{}", differing(one, many));
}

/// Writes of collections that have nothing to do with each other go out side by side; nothing is left of them.
#[tokio::test]
async fn a_report_does_not_depend_on_how_many_writes_are_under_way() {
    let server = Slow::start(Duration::from_millis(10)).await;
    let url = format!("http://{}", server.address);
    let mut api = Api::written(&slow::writing(COLLECTIONS), "");
    let mut seen = Vec::new();
    for (jobs, write_jobs) in [(1, 1), (4, 1), (4, 4), (16, 16)] {
        (api.jobs, api.write_jobs) = (jobs, write_jobs);
        let (mut run, _) = api.check(&url, &Sources::default()).await;
        run.summary.duration_ms = 0;
        assert!(run.findings.iter().any(|finding| finding.rule == Rule::UpdateNotKept), "{:?}", run.summary);
        assert_eq!(run.leftovers, [] as [String; 0]);
        assert_eq!(server.got(), run.summary.requests, "no request is hidden");
        let (left, together) = server.left();
        assert_eq!(left, 0);
        let most = usize::from(write_jobs).min(COLLECTIONS);
        assert!(together <= most && (most == 1 || together > most / 2), "{together} of {most}");
        seen.push(serde_json::to_string_pretty(&run).expect("JSON"));
    }
    for other in &seen {
        assert!(seen[0] == *other, "{}", differing(&seen[0], other));
    }
}

/// The first lines that differ.
fn differing(one: &str, other: &str) -> String {
    let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    lines.take(10).map(|(one, other)| [one, other].join("\n")).collect::<Vec<String>>().join("\n")
}
