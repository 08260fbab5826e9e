use http::Method;
use rstest::rstest;

use super::*;
use crate::check::scripted::{Reply, answer};
use crate::exchange::Failure;

fn exchange(reply: Reply) -> Exchange {
    Exchange {
        case: "c".to_owned(),
        url: "http://t/a".to_owned(),
        request: Request::new(Method::GET, "/a"),
        outcome: reply,
        elapsed: std::time::Duration::ZERO,
    }
}

fn probe(operation: usize, entries: &[&str]) -> Probe {
    Probe {
        operation: OperationId::nth(operation),
        request: Request::new(Method::GET, "/a"),
        key: KeyChoice::Nothing,
        media_type: None,
        entries: entries.iter().map(|entry| (*entry).to_owned()).collect(),
    }
}

fn suspect(operation: usize, line: &str) -> Suspect {
    let evidence =
        Evidence { exchange: exchange(answer(200, &serde_json::Value::Null)), key: None, placed: Vec::new() };
    Suspect { operation: OperationId::nth(operation), line: line.to_owned(), evidence }
}

#[rstest]
#[case::first(&[probe(1, &[])], 1)]
#[case::no_better(&[probe(1, &[]), probe(2, &[])], 1)]
#[case::shows_others(&[probe(1, &[]), probe(2, &["x"])], 2)]
fn a_read_that_shows_what_others_made_is_the_best_probe(#[case] offered: &[Probe], #[case] taken: usize) {
    let mut health = Health::default();
    assert!(health.wants_probe());
    for probe in offered {
        health.offer(probe.clone());
    }
    assert_eq!(health.probe().map(|probe| probe.operation), Some(OperationId::nth(taken)));
    assert_eq!(health.wants_probe(), offered.iter().all(|probe| probe.entries.is_empty()));
}

#[rstest]
#[case::nothing(&[], "the target no longer answers as before", None)]
#[case::one(&["PUT x"], "the target no longer answers as before after PUT x", Some(0))]
#[case::several(&["PUT x", "POST y"], "the target no longer answers as before after one of: PUT x, POST y", Some(1))]
fn the_latest_of_the_suspects_is_blamed(
    #[case] lines: &[&str],
    #[case] message: &str,
    #[case] blamed: Option<usize>,
) {
    let mut health = Health::default();
    for (at, line) in lines.iter().enumerate() {
        health.suspect(suspect(at, line));
    }
    let harm = health.harmed(&probe(9, &[]), &exchange(answer(503, &serde_json::Value::Null)));
    assert_eq!(harm.message, message);
    assert_eq!(harm.suspect.map(|suspect| suspect.operation), blamed.map(OperationId::nth));
    assert_eq!(health.harm(), Some(format!("{message}; GET /a is answered with: 503").as_str()));
}

#[rstest]
#[case(answer(200, &serde_json::Value::Null), "other entries than before")]
#[case(answer(404, &serde_json::Value::Null), "404")]
#[case(Err(Failure::Timeout(std::time::Duration::from_secs(3))), "no complete response within 3s")]
fn it_says_what_the_probe_met(#[case] reply: Reply, #[case] found: &str) {
    assert_eq!(Health::default().harmed(&probe(0, &[]), &exchange(reply)).found, found);
}

#[test]
fn who_is_seen_well_clears_the_suspects() {
    let mut health = Health::default();
    health.suspect(suspect(0, "PUT x"));
    assert_eq!(health.clear().len(), 1);
    assert!(!health.is_harmed());
    assert!(
        health.harmed(&probe(0, &[]), &exchange(answer(500, &serde_json::Value::Null))).suspect.is_none()
    );
    assert!(health.is_harmed());
}

/// A change is looked behind once for each thing that is sent, once there is something to look at.
#[test]
fn the_same_change_is_looked_behind_once() {
    let may_wait =
        |health: &mut Health, at: usize, sent: &str| health.may_wait(OperationId::nth(at), sent.to_owned());
    let mut health = Health::default();
    assert!(!may_wait(&mut health, 1, "{}"), "nothing to look at");
    health.offer(probe(0, &["x"]));
    assert!(!may_wait(&mut health, 1, "{}"));
    assert!(may_wait(&mut health, 1, "{}"));
    assert!(!may_wait(&mut health, 1, "[]"), "something else");
    assert!(!may_wait(&mut health, 2, "{}"), "another operation");
    health.begins_unit();
    assert!(!may_wait(&mut health, 1, "{}"), "each unit looks for itself");
}
