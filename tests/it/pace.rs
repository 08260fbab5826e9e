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
    let server = Slow::start(Duration::from_millis(20), 0).await;
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
    let server = Slow::start(Duration::from_millis(10), 0).await;
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

/// Whatever was written ahead when a run ends is removed as well: the bound falls anywhere.
#[tokio::test]
async fn a_run_that_ends_early_leaves_nothing() {
    let server = Slow::start(Duration::from_millis(1), 0).await;
    let url = format!("http://{}", server.address);
    let mut api = Api::written(&slow::writing(COLLECTIONS), "");
    (api.jobs, api.write_jobs) = (16, 16);
    let mut has_made = false;
    for most in (80..900).step_by(41) {
        api.max_requests = Some(most);
        let (run, _) = api.check(&url, &Sources::default()).await;
        let ((left, together), sent) = (server.left(), server.got());
        has_made |= together > 4;
        assert_eq!((left, &run.leftovers[..]), (0, &[][..]), "{most}");
        assert_eq!(sent, run.summary.requests, "no request is hidden");
    }
    assert!(has_made);
}

/// A server that fails now and then, after it has done what was asked: nothing is lost.
#[tokio::test]
async fn a_failure_beside_other_writes_leaves_nothing() {
    for nth in [31, 47, 90] {
        let server = Slow::start(Duration::from_millis(1), nth).await;
        let url = format!("http://{}", server.address);
        let mut api = Api::written(&slow::writing(COLLECTIONS), "");
        (api.jobs, api.write_jobs) = (16, 16);
        let all = api.contract.operations.iter().map(|operation| operation.index).collect();
        // Which request fails depends on their order, so that some answers may be asked for in vain.
        let (run, _) = api.check_about(&url, None, &all).await;
        let told = run.leftovers.len();
        assert!(server.left().0 <= told, "{nth}: {:?}", run.leftovers);
    }
}

/// The first lines that differ.
fn differing(one: &str, other: &str) -> String {
    let lines = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    lines.take(10).map(|(one, other)| [one, other].join("\n")).collect::<Vec<String>>().join("\n")
}
