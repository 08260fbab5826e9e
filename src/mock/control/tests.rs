//! Tests the endpoints on documents and without a server.

use super::*;
use crate::mock::testing;
use rstest::rstest;

#[rstest]
#[case("localhost:4010", None, true)]
#[case("127.0.0.1:4010", Some("http://127.0.0.1:4010"), true)]
#[case("[::1]:4010", None, true)]
#[case("mock.test", None, true)]
#[case("evil.example", None, false)]
#[case("localhost.evil.example", None, false)]
#[case("", None, false)]
#[case("localhost:4010", Some("http://evil.example"), false)]
#[case("localhost:4010", Some("http://localhost:5173"), false)]
#[case("localhost:4010", Some("null"), false)]
fn pages_of_others_are_refused(#[case] host: &str, #[case] origin: Option<&str>, #[case] is_let_in: bool) {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.parse().unwrap());
    if let Some(origin) = origin {
        headers.insert(ORIGIN, origin.parse().unwrap());
    }
    assert_eq!(guard(&["mock.test".to_owned()], &Uri::from_static("/"), &headers).is_none(), is_let_in);
}

#[rstest]
#[case::http_2("http://localhost:4010/", &[], true)]
#[case::foreign_http_2("http://evil.example/", &[], false)]
#[case::absolute("http://evil.example/", &["localhost:4010"], false)]
#[case::two_fields("/", &["localhost:4010", "localhost:4010"], false)]
#[case::own_first("/", &["localhost:4010", "evil.example"], false)]
#[case::none("/", &[], false)]
fn every_host_that_is_named_counts(
    #[case] uri: &'static str,
    #[case] hosts: &[&str],
    #[case] is_let_in: bool,
) {
    let mut headers = HeaderMap::new();
    for host in hosts {
        headers.append(HOST, host.parse().unwrap());
    }
    assert_eq!(guard(&[], &Uri::from_static(uri), &headers).is_none(), is_let_in);
}

#[rstest]
#[case("GET", "/__counterpart/health", None)]
#[case("HEAD", "/__session/a/__counterpart/requests", None)]
#[case("DELETE", "/__counterpart/health", Some(405))]
#[case("GET", "/__counterpart/token", Some(405))]
#[case("GET", "/__counterpart/other", Some(404))]
#[case("GET", "/__counterpart/", None)]
#[case("POST", "/__counterpart/", Some(405))]
#[case("GET", "/__counterpart", Some(404))]
fn routes(#[case] method: &str, #[case] path: &str, #[case] refused: Option<u16>) {
    assert_eq!(find(method, path).err().map(|response| response.status.as_u16()), refused);
}

#[test]
fn what_is_not_there_names_what_is() {
    assert_eq!(
        unknown(),
        "unknown control endpoint; known are health, ready, openapi.json, operations, operations/NAME, metrics, coverage, requests, requests/ID, fixtures/ID, answers, sessions, scenario, state, webhooks, webhooks/NAME, deliveries and token"
    );
}

/// One mock of two documents; the first keeps its session from request to request.
async fn send(documents: &Documents, method: &str, target: &str, body: &str) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{PREFIX}{target}"))
        .header(HOST, "localhost:4010")
        .body(())
        .unwrap();
    let (parts, ()) = request.into_parts();
    let body = Body::from(body.to_owned());
    let response = handle(documents, &documents.sessions.shared, parts, body).await;
    (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap_or_default())
}

#[rstest]
#[case("GET", "health", "", 200)]
#[case("GET", "openapi.json", "", 400)]
#[case("GET", "openapi.json?document=a", "", 200)]
#[case("GET", "openapi.json?document=c", "", 404)]
#[case("GET", "metrics", "", 200)]
#[case("GET", "coverage", "", 200)]
#[case("GET", "requests?status=200", "", 200)]
#[case("GET", "requests?colour=red", "", 400)]
#[case("GET", "", "", 200)]
#[case("GET", "operations", "", 200)]
#[case("GET", "operations/getThing", "", 400)]
#[case("GET", "operations/getThing?document=a", "", 200)]
#[case("GET", "operations/getThings?document=a", "", 404)]
#[case("GET", "sessions", "", 200)]
#[case("GET", "fixtures/1", "", 404)]
#[case("GET", "requests?after=7&limit=1", "", 200)]
#[case("GET", "requests?after=x", "", 400)]
#[case("GET", "requests?limit=-1", "", 400)]
#[case("DELETE", "answers?operation=getThing", "", 204)]
#[case("GET", "requests?status=4XX", "", 200)]
#[case("GET", "requests?status=bad", "", 400)]
#[case("GET", "requests/1", "", 404)]
#[case("DELETE", "requests/1", "", 405)]
#[case("GET", "requests/", "", 404)]
#[case("POST", "answers", "{\"operation\": \"a/getThing\", \"code\": 503}", 201)]
#[case("POST", "answers", "{\"operation\": \"getThing\"}", 400)]
#[case("POST", "answers", "{\"operation\": \"getThings\"}", 400)]
#[case("POST", "answers", "{\"operation\": \"a/getThing\", \"code\": 99}", 400)]
#[case("POST", "answers", "[", 400)]
#[case("PUT", "scenario", "{\"name\": null}", 204)]
#[case("PUT", "scenario", "{\"name\": \"outage\"}", 404)]
#[case("PUT", "scenario", "{}", 400)]
#[case("PUT", "state?document=a", "{\"things\": []}", 204)]
#[case("PUT", "state?document=a", "{\"others\": []}", 400)]
#[case("PUT", "state", "{}", 400)]
#[case("DELETE", "state", "", 204)]
#[case("GET", "state?session=../x", "", 400)]
#[case("POST", "token", "grant_type=client_credentials&scope=things%3Aread", 200)]
#[case("GET", "nothing", "", 404)]
#[tokio::test]
async fn endpoints(#[case] method: &str, #[case] target: &str, #[case] body: &str, #[case] status: u16) {
    let documents = testing::documents(&["a", "b"], &testing::options());
    let (found, body) = send(&documents, method, target, body).await;
    assert_eq!(found, status, "{body}");
}

#[tokio::test]
async fn a_set_answer_is_shown_whole() {
    let documents = testing::documents(&["a"], &testing::options());
    let set = json!({
        "operation": "getThing", "times": 2, "code": 200, "headers": {"x-a": "1", "set-cookie": "a=b"},
        "body": {"id": 1}, "delay": "300ms",
    });
    assert_eq!(send(&documents, "POST", "answers", &set.to_string()).await.0, 201);
    let (_, shown) = send(&documents, "GET", "answers", "").await;
    let mut expected = set;
    expected["headers"]["set-cookie"] = shown["answers"][0]["headers"]["set-cookie"].clone();
    assert_ne!(expected["headers"]["set-cookie"], "a=b");
    assert_eq!(shown, json!({"count": 1, "answers": [expected]}));
}

#[tokio::test]
async fn sessions_are_kept_apart() {
    let documents = testing::documents(&["a"], &testing::options());
    let state = "{\"things\": [{\"id\": 7, \"name\": \"seven\"}]}";
    assert_eq!(send(&documents, "PUT", "state?session=mine", state).await.0, 204);
    let (_, mine) = send(&documents, "GET", "state?session=mine", "").await;
    let (_, shared) = send(&documents, "GET", "state", "").await;
    assert_eq!(mine["things"], json!([{"id": 7, "name": "seven"}]));
    assert_ne!(shared, mine);
    send(&documents, "DELETE", "state?session=mine", "").await;
    assert_eq!(send(&documents, "GET", "state?session=mine", "").await.1, shared);
}

#[tokio::test]
async fn a_mock_without_state_says_so() {
    let mut options = testing::options();
    options.stateful = false;
    let documents = testing::documents(&["a"], &options);
    assert_eq!(send(&documents, "GET", "state", "").await, (200, json!({})));
    assert_eq!(send(&documents, "PUT", "state", "{}").await.0, 409);
}

/// `docs/mock.md` has the table, line by line.
#[test]
fn the_documentation_has_every_endpoint() {
    let docs = include_str!("../../../docs/mock.md");
    let lines = ENDPOINTS.iter().map(|endpoint| {
        let methods: Vec<String> = endpoint.methods.iter().map(|method| format!("`{method}`")).collect();
        format!("| {} | `{PREFIX}{}` | {} |", methods.join(", "), endpoint.name, endpoint.purpose)
    });
    let table = lines.collect::<Vec<_>>().join("\n");
    assert!(docs.contains(&table), "docs/mock.md needs this table:\n{table}");
}
