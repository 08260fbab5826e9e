//! Runs against real servers, by the documents that they serve themselves.
//!
//! What is true of a server stands in `tests/live/<server>/expected.toml`, each entry with its reason.
//! Whatever else a run says, changes, removes, or leaves without telling fails the test.

use serde_json::Value;

use super::expected::{Expected, ids};
use super::server::{Place, Server};
use super::stock::harm;
use super::{runs, show};
use crate::support::root;

pub static KINTO: Place = Place { name: "kinto", base: "/v1", document: "/v1/__api__" };
pub static HTTPBIN: Place = Place { name: "httpbin", base: "", document: "/spec.json" };
static PREFECT: Place = Place { name: "prefect", base: "/api", document: "/openapi.json" };

/// The run of that number: the ids of what it found, all of which is true.
fn run(server: &Server, name: &str, number: usize) -> Vec<String> {
    let expected = std::fs::read_to_string(root().join("tests/live").join(name).join("expected.toml"));
    let expected = Expected::parse(&expected.expect("an expected.toml"));
    let before = server.look();
    let (code, report) = server.check();
    let after = server.look();
    let leftovers: Vec<String> = report["leftovers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut wrong = expected.differences(code, &report);
    wrong.extend(harm(&before, &after, &server.url(), &leftovers));
    // The log first: what is wrong is then the last that one reads.
    let (log, summary, wrong) = (server.log(), &report["summary"], wrong.join("\n"));
    assert!(wrong.is_empty(), "{log}\n{name}: {summary}\nleftovers: {leftovers:#?}\n{wrong}");
    show(name, number, &report);
    ids(&report)
}

/// Runs, each on a fresh server, that find the same: the last server.
fn prove(place: &'static Place) -> Server {
    let mut server = Server::start(place);
    let first = run(&server, place.name, 1);
    for number in 2..=runs() {
        server = Server::start(place);
        assert_eq!(first, run(&server, place.name, number), "run {number} finds something else");
    }
    server
}

/// Harm that is really done is seen, however a server shows it.
fn harm_is_seen(server: &Server, gone: &str) {
    let before = server.look();
    server.spoil();
    let wrong = harm(&before, &server.look(), &server.url(), &[]);
    let count = |what: &str| wrong.iter().filter(|line| line.contains(what)).count();
    let counts = [gone, " is gone", " was changed from ", " was left and is not told"].map(count);
    assert_eq!((counts, wrong.len()), ([1, 1, 1, 1], 3), "{wrong:#?}");
}

#[test]
fn kinto_comes_to_no_harm_and_what_is_said_is_true() {
    let server = prove(&KINTO);
    harm_is_seen(&server, "/groups/readers is gone");
}

#[test]
fn httpbin_comes_to_no_harm_though_all_actions_are_sent() {
    prove(&HTTPBIN);
}

/// It takes its time to start; each run meets what the ones before left.
#[test]
fn prefect_comes_to_no_harm_and_what_is_said_is_true() {
    let server = Server::start(&PREFECT);
    let first = run(&server, PREFECT.name, 1);
    for number in 2..=runs() {
        assert_eq!(first, run(&server, PREFECT.name, number), "run {number} finds something else");
    }
    harm_is_seen(&server, "/variables/");
}
