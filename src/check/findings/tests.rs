use rstest::rstest;

use super::*;
use crate::check::evidence::Evidence;
use crate::check::scripted::{Bench, answer};
use crate::exchange::{Exchange, Request, Secret};
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
    findings(&bench.contract, seen(&bench), &Redactor::new([Secret::new("hush-0815")]))
}

#[rstest]
#[case::each(Told::EachOperation, 2, 1)]
#[case::once_per_place(Told::OncePerPlace, 1, 2)]
#[case::once_per_run(Told::OncePerRun, 1, 2)]
fn what_is_told_once_counts_its_places(#[case] once: Told, #[case] findings: usize, #[case] places: usize) {
    let found = told(|bench| {
        ["list", "read"].map(|operation| recorded(bench, operation, Rule::PageLoop, once, 200)).to_vec()
    });
    assert_eq!((found.len(), found[0].places), (findings, places));
}

#[test]
fn one_cause_is_one_finding() {
    let twice = told(|bench| vec![recorded(bench, "list", Rule::PageLoop, Told::EachOperation, 200); 2]);
    assert_eq!((twice.len(), twice[0].places), (1, 2));
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
