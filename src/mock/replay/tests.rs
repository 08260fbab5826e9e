use super::*;
use crate::exchange::Request;
use crate::mock::testing;
use bytes::Bytes;
use http::Method;
use rstest::rstest;
use serde_json::json;

fn fixture(name: &str, sidecar: &str, body: &str) -> Vec<(String, Bytes)> {
    let mut files = vec![(format!("getThing/{name}.json"), Bytes::copy_from_slice(body.as_bytes()))];
    if !sidecar.is_empty() {
        files.push((format!("getThing/{name}.toml"), Bytes::copy_from_slice(sidecar.as_bytes())));
    }
    files
}

#[test]
fn what_is_documented_for_other_statuses_is_no_success() {
    let contract = testing::contract(json!({
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example/v1"}],
        "paths": {"/things": {"get": {"responses": {
            "default": {"description": "an error", "content": {"application/json": {
                "examples": {"bad": {"value": {"error": "bad"}}},
            }}},
            "200": {"description": "all", "content": {"application/json": {"schema": {
                "type": "object", "required": ["next"],
                "properties": {"next": {"type": "string", "example": "https://api.example/v1/things?page=2"}},
            }}}},
        }}}},
    }));
    let settings = ReplaySettings { address: "http://mock".to_owned(), ..ReplaySettings::default() };
    let replay = Replay::new(Arc::clone(&contract), Fixtures::default(), settings, HashSet::new());
    let responses = replay.of(contract.operations[0].index).unwrap();
    let context = RequestContext::plain(&contract.operations[0], &[], Some("application/json"));
    let next = json!({"next": "http://mock/things?page=2"});
    for success in [&responses.choose(&context).unwrap(), responses.with_status(200, None).unwrap()] {
        assert_eq!(serde_json::from_slice::<Value>(&success.body).unwrap(), next);
    }
    assert_eq!(responses.named("bad").unwrap().status.as_u16(), 500);
}

fn replay(settings: ReplaySettings) -> (Arc<Contract>, Replay) {
    let contract = testing::contract(json!({"openapi": "3.1.0", "paths": {"/things/{id}": {"get": {
        "operationId": "getThing",
        "responses": {
            "200": {"description": "one", "content": {"application/json": {
                "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                "examples": {"small": {"value": {"id": "s"}}},
            }}},
            "404": {"description": "none", "content": {"application/json": {"schema": {"type": "object"}}}},
        },
    }}}}));
    let files = [
        fixture("200", "", "{\"id\": \"1\"}"),
        fixture("200.two", "", "{\"id\": \"2\"}"),
        fixture("404.gone", "[when]\n\"path.id\" = \"9\"\n", "{}"),
        fixture("404.traced", "[when]\n\"header.x-trace\" = \"on\"\n", "{}"),
    ];
    let (fixtures, problems) = Fixtures::load(&contract, files.concat());
    assert!(problems.is_empty(), "{problems:?}");
    (Arc::clone(&contract), Replay::new(contract, fixtures, settings, HashSet::new()))
}

#[rstest]
#[case("1", false, 200, json!({"id": "1"}))]
#[case("2", false, 200, json!({"id": "2"}))]
#[case("3", false, 200, json!({"id": "3"}))]
#[case("9", false, 404, json!({}))]
#[case("1", true, 404, json!({}))]
fn a_request_picks_its_response(
    #[case] id: &str,
    #[case] is_traced: bool,
    #[case] status: u16,
    #[case] body: Value,
) {
    let (contract, replay) = replay(ReplaySettings::default());
    let mut request = Request::new(Method::GET, "");
    if is_traced {
        request.headers.insert("x-trace", "on".parse().unwrap());
    }
    let values = [id];
    let mut context = RequestContext::plain(&contract.operations[0], &values, Some("application/json"));
    context.request = &request;
    let responses = replay.of(OperationId::nth(0)).unwrap();
    let response = responses.choose(&context).unwrap();
    assert_eq!(response.status.as_u16(), status);
    assert_eq!(serde_json::from_slice::<Value>(&response.body).unwrap(), body);
    assert_eq!(responses.beside_state(&context).is_some(), status == 404);
}

#[test]
fn responses_by_name_and_status() {
    let (_, replay) = replay(ReplaySettings::default());
    let responses = replay.of(OperationId::nth(0)).unwrap();
    assert_eq!(responses.names(), ["gone (404)", "traced (404)", "two (200)", "small (200)"]);
    assert_eq!(responses.named("small").unwrap().source, Source::Example);
    assert_eq!(responses.with_status(200, None).unwrap().body, "{\"id\": \"1\"}");
    assert!(responses.with_status(200, Some("gone")).is_none());
    assert_eq!(responses.objects("").len(), 4);
    assert_eq!(responses.source_of_objects(), Some(Source::Fixture));
    assert!(replay.of(OperationId::nth(1)).is_none() && !responses.counts_calls());
}

#[test]
fn a_dynamic_mock_passes_over_fixtures_of_successes() {
    let (_, replay) = replay(ReplaySettings { is_dynamic: true, ..ReplaySettings::default() });
    let responses = replay.of(OperationId::nth(0)).unwrap();
    assert_eq!(responses.names(), ["gone (404)", "traced (404)"]);
    assert_eq!(responses.with_status(200, None).unwrap().source, Source::Generated);
}
