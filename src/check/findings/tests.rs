use rstest::rstest;

use super::*;
use crate::check::evidence::Evidence;
use crate::check::scripted::{Bench, answer};
use crate::exchange::{Exchange, Request, Secret};
use crate::judge::exchange::Told;
use crate::judge::sequence::observe;

fn recorded(bench: &Bench, operation: &str, rule: Rule, told: Told, status: u16) -> Recorded {
    let index = bench.index(operation);
    let exchange = Exchange {
        case: "c".to_owned(),
        url: "http://t/pets".to_owned(),
        request: Request::new(http::Method::GET, "/pets"),
        outcome: answer(status, &serde_json::json!({"secret": "hush-0815"})),
        elapsed: std::time::Duration::ZERO,
    };
    let mut observation = observe(rule, bench.contract.at(index).unwrap(), "hush-0815, it is odd");
    observation.told = told;
    observation.actual = status.to_string();
    observation.document = "/place".to_owned();
    Recorded { observation, operation: index, evidence: Evidence { exchange, key: None, placed: Vec::new() } }
}

fn told(seen: impl Fn(&Bench) -> Vec<Recorded>) -> Vec<Finding> {
    let bench = Bench::pets();
    findings(&bench.contract, &seen(&bench), &Redactor::new([Secret::new("hush-0815")]))
}

/// Each operation keeps its own finding; what they have in common is their cause.
#[rstest]
#[case::each(Told::EachOperation, false)]
#[case::once_per_place(Told::OncePerPlace, true)]
#[case::once_per_run(Told::OncePerRun, true)]
fn what_is_told_once_has_one_cause(#[case] once: Told, #[case] is_one: bool) {
    let found = told(|bench| {
        ["list", "read"].map(|operation| recorded(bench, operation, Rule::DeleteNotGone, once, 200)).to_vec()
    });
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].id, found[1].id);
    assert_eq!(found[0].cause == found[1].cause, is_one);
}

#[test]
fn what_is_seen_twice_is_one_finding() {
    let twice = told(|bench| vec![recorded(bench, "list", Rule::PageLoop, Told::EachOperation, 200); 2]);
    assert_eq!((twice.len(), twice[0].places), (1, 2));
}

/// An operation that fails at a plain request is mended there first.
#[test]
fn failures_of_one_operation_have_one_cause() {
    let found = told(|bench| {
        let plain = recorded(bench, "list", Rule::ServerError, Told::EachOperation, 500);
        let mut odd = plain.clone();
        odd.observation.message = "the server failed with 500 at a lone surrogate".to_owned();
        odd.observation.document = "/odd".to_owned();
        vec![plain, odd]
    });
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].cause, found[1].cause);
}

#[test]
fn statuses_of_one_place_stay_visible() {
    let found = told(|bench| {
        [418, 419, 418]
            .map(|status| recorded(bench, "list", Rule::StatusUndocumented, Told::OncePerPlace, status))
            .to_vec()
    });
    let actual: Vec<&str> = found.iter().map(|finding| finding.actual.as_str()).collect();
    assert_eq!(actual, ["418, 419"]);
}

#[test]
fn no_secret_is_told() {
    let found = told(|bench| vec![recorded(bench, "list", Rule::PageLoop, Told::EachOperation, 200)]);
    let shown = serde_json::to_string(&found).unwrap();
    assert!(!shown.contains("hush-0815"), "{shown}");
}

/// A body that is too long to be shown has what is around the fault, without secrets.
#[rstest]
#[case::long(5_000, "response.body", true)]
#[case::of_the_request(5_000, "request.body", true)]
#[case::short(5, "response.body", false)]
#[case::elsewhere(5_000, "response.status", false)]
fn a_long_body_is_shown_around_the_fault(#[case] length: usize, #[case] at: &str, #[case] expected: bool) {
    let found = told(|bench| {
        let mut seen = recorded(bench, "list", Rule::BodySchema, Told::EachOperation, 200);
        let list: Vec<_> = (0..length).map(|n| serde_json::json!({"n": n, "key": "hush-0815"})).collect();
        seen.evidence.exchange.outcome = answer(200, &serde_json::json!(list));
        seen.evidence.exchange.request.body = serde_json::json!(list).to_string().into();
        (seen.observation.at, seen.observation.instance) = (at.to_owned(), format!("/{}/n", length - 1));
        vec![seen]
    });
    let excerpt = found[0].excerpt.as_ref();
    assert_eq!(excerpt.is_some(), expected);
    if let Some(excerpt) = excerpt {
        assert_eq!(excerpt.lines[excerpt.at].trim(), format!("\"n\": {},", length - 1));
        assert!(!excerpt.lines.concat().contains("hush"));
    }
}
