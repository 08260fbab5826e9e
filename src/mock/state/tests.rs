//! Tests the state engine by itself, without server and control.

use crate::rules::Rule;
use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::hooks::NoHooks;
use super::*;
use crate::contract::Contract;
use crate::exchange::Request;
use crate::fixtures::Fixtures;
use crate::mock::faults::{Fault, Faults};
use crate::mock::replay::{Replay, ReplaySettings};
use crate::mock::testing;
use crate::resources::Resources;

/// A mock with the objects 1 and 2.
struct Bench {
    contract: Arc<Contract>,
    engine: Engine,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let contract = testing::things();
        let resources = Arc::new(Resources::of(&contract, &[]));
        let (fixtures, settings) = (Fixtures::default(), ReplaySettings::default());
        let replay = Arc::new(Replay::new(Arc::clone(&contract), fixtures, settings, HashSet::new()));
        let origin = "http://mock".to_owned();
        let clock = || jiff::Timestamp::UNIX_EPOCH;
        let engine =
            Engine::new(Arc::clone(&contract), replay, resources, named::NamedObjects::new(), origin, clock);
        let mut store = Store::default();
        let seeds = json!({"things": [{"id": 1, "name": "one"}, {"id": 2, "name": "two", "note": "second"}]});
        assert!(import(&engine, &mut store, seeds.as_object().unwrap()).is_ok());
        Self { contract, engine, store }
    }

    /// The status and the body of a response; 404 for an object that is not there, and no status where the
    /// state has no say.
    fn send(&mut self, operation: &str, target: &str, body: &Value, hooks: &dyn StateHooks) -> (u16, Value) {
        let operation = self.contract.operation(operation).unwrap();
        let (id, query) = target.split_once('?').map_or((target, None), |(id, query)| (id, Some(query)));
        let mut request = Request::new(Method::GET, "");
        request.query = query.map(str::to_owned);
        request.body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let values: Vec<&str> = Some(id).filter(|id| !id.is_empty()).into_iter().collect();
        let mut context = RequestContext::plain(operation, &values, Some("application/json"));
        context.request = &request;
        context.path = "/things";
        if missing_object(&self.engine, &mut self.store, &context, hooks).is_some() {
            return (404, Value::Null);
        }
        match answer(&self.engine, &mut self.store, &context, hooks) {
            Some(Outcome::Answered(response)) => {
                let body = serde_json::from_slice(&response.body).unwrap_or_default();
                (response.status.as_u16(), body)
            }
            Some(Outcome::Refused(refusal)) => (refusal.status, Value::Null),
            None => (0, Value::Null),
        }
    }

    fn names(&mut self) -> Vec<String> {
        let (_, body) = self.send("listThings", "", &Value::Null, &NoHooks);
        let entries = body["results"].as_array().unwrap().iter();
        entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    }
}

#[rstest]
#[case("getThing", "1", json!(null), 200, json!({"id": 1, "name": "one"}))]
#[case("getThing", "9", json!(null), 404, json!(null))]
#[case("createThing", "", json!({"name": "new"}), 201, json!({"id": 3, "name": "new"}))]
#[case("updateThing", "2", json!({"name": "2nd"}), 200, json!({"id": 2, "name": "2nd", "note": "second"}))]
#[case("replaceThing", "2", json!({"name": "2nd"}), 200, json!({"id": 2, "name": "2nd"}))]
#[case("updateThing", "9", json!({"name": "x"}), 404, json!(null))]
#[case("deleteThing", "2", json!(null), 0, json!(null))]
#[case("deleteThing", "9", json!(null), 404, json!(null))]
fn an_operation_answers(
    #[case] operation: &str,
    #[case] target: &str,
    #[case] body: Value,
    #[case] status: u16,
    #[case] expected: Value,
) {
    assert_eq!(Bench::new().send(operation, target, &body, &NoHooks), (status, expected));
}

#[rstest]
#[case("", json!({"count": 2, "next": null, "results": ["one", "two"]}))]
#[case("?limit=1", json!({"count": 2, "next": "http://mock/things?limit=1&offset=1", "results": ["one"]}))]
#[case("?limit=1&offset=1", json!({"count": 2, "next": null, "results": ["two"]}))]
fn lists_are_cut_into_pages(#[case] target: &str, #[case] expected: Value) {
    let (status, mut body) = Bench::new().send("listThings", target, &Value::Null, &NoHooks);
    for entry in body["results"].as_array_mut().unwrap() {
        *entry = entry["name"].take();
    }
    assert_eq!((status, body), (200, expected));
}

#[test]
fn what_is_done_is_seen_afterwards() {
    let mut bench = Bench::new();
    bench.send("createThing", "", &json!({"name": "three"}), &NoHooks);
    bench.send("updateThing", "1", &json!({"name": "first"}), &NoHooks);
    bench.send("deleteThing", "2", &Value::Null, &NoHooks);
    assert_eq!(bench.names(), ["first", "three"]);
    assert_eq!(bench.send("getThing", "2", &Value::Null, &NoHooks).0, 404);
    // A destroyed object keeps its number.
    bench.send("deleteThing", "3", &Value::Null, &NoHooks);
    assert_eq!(bench.send("createThing", "", &json!({"name": "four"}), &NoHooks).1["id"], 4);
}

#[rstest]
#[case(json!({"things": [{"id": 7, "name": "x"}]}), None)]
#[case(json!({"/things": []}), None)]
#[case(json!({"other": []}), Some("unknown collection \"other\""))]
#[case(json!({"things": {}}), Some("/things must be a list"))]
#[case(json!({"things": [{"id": "7", "name": "x"}]}), Some("/things/0/id does not match"))]
fn state_is_exported_and_imported(#[case] wanted: Value, #[case] expected: Option<&str>) {
    let Bench { engine, mut store, .. } = Bench::new();
    let before = json!(export(&engine, &mut store));
    assert_eq!(before["things"].as_array().unwrap().len(), 2);
    let refused = import(&engine, &mut store, wanted.as_object().unwrap()).err();
    let detail = refused.map(|error| error.to_string());
    let after = json!(export(&engine, &mut store));
    match (expected, detail) {
        (None, None) => assert_eq!(Some(&after["things"]), wanted.as_object().unwrap().values().next()),
        (Some(part), Some(detail)) => {
            assert!(detail.contains(part), "{detail}");
            assert_eq!(after, before);
        }
        other => panic!("{other:?}"),
    }
}

/// Each fault changes what it names; the second request shows it where the first does not.
#[rstest]
#[case("createThing", Rule::CreateNotFound, ["createThing:201", "names:one,two"])]
#[case("createThing", Rule::CreateAltered, ["createThing:201", "names:one,two,new and more"])]
#[case("updateThing", Rule::UpdateNotKept, ["updateThing:200", "names:one,two"])]
#[case("deleteThing", Rule::DeleteNotGone, ["deleteThing:0", "names:one,two"])]
#[case("getThing", Rule::UnknownFound, ["getThing/9:0", "names:one,two"])]
#[case("getThing", Rule::IdentityChanged, ["getThing:200", "id:2"])]
fn faults_are_laid_over(#[case] operation: &str, #[case] rule: Rule, #[case] expected: [&str; 2]) {
    let mut bench = Bench::new();
    let index = bench.contract.operation(operation).unwrap().index;
    let faults = Faults::new(vec![Fault { rule, operation: index }]);
    let (name, id) = expected[0].split_once(':').unwrap().0.split_once('/').unwrap_or((operation, "1"));
    let target = if operation == "createThing" { "" } else { id };
    let body =
        if operation.contains("Thing") && !operation.starts_with("get") && !operation.starts_with("del") {
            json!({"name": "new"})
        } else {
            Value::Null
        };
    let (status, body) = bench.send(name, target, &body, &faults.at(index));
    let first = if id == "1" { format!("{name}:{status}") } else { format!("{name}/{id}:{status}") };
    let second = if expected[1].starts_with("id") {
        format!("id:{}", body["id"])
    } else {
        format!("names:{}", bench.names().join(","))
    };
    assert_eq!([first.as_str(), second.as_str()], expected);
}
