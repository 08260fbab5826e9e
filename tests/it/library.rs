//! The public face, as a user's own tests call it.

use counterpart::{Answer, CheckError, MockError, Project, StateError, Validate};
use serde_json::{Value, json};

use crate::support::send;

const PETS: &str = r##"
openapi: 3.1.0
info: { title: Pets, version: "1" }
paths:
  /pets:
    get:
      operationId: listPets
      parameters: [{ name: limit, in: query, schema: { type: integer } }]
      responses:
        "200":
          description: All.
          content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } }
    post:
      operationId: createPet
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
      responses:
        "201": { description: Made., content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
        "400": { description: Refused. }
components:
  schemas:
    Pet: { type: object, required: [name], properties: { id: { type: integer, readOnly: true }, name: { type: string } } }
"##;

fn pets() -> Project {
    PETS.parse().expect("a document")
}

async fn get(url: &str, target: &str) -> (u16, Value) {
    let response = send(url, "GET", target, &[], "").await;
    (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap_or_default())
}

#[tokio::test]
async fn set_answers_are_given_in_turn_and_then_the_usual_one() {
    let mock = pets().mock().start().await.expect("a mock");
    mock.set_answer("listPets", Answer::status(500).times(2)).expect("set");
    mock.set_answer("listPets", Answer::json(200, json!([])).header("x-set", "yes")).expect("set");
    assert_eq!(mock.answers().len(), 2);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(mock.url(), "/pets").await.0);
    }
    assert_eq!(statuses, [500, 500, 200, 200]);
    assert!(mock.answers().is_empty());
    mock.set_answer("listPets", Answer::status(500)).expect("set");
    mock.clear_answers();
    assert_eq!(get(mock.url(), "/pets").await.0, 200);
    let refused = mock.set_answer("listPet", Answer::status(500)).expect_err("no such operation");
    assert!(matches!(&refused, MockError::Refused(why) if why.contains("listPets")), "{refused}");
    for odd in [Answer::status(99), Answer::example("none"), Answer::status(200).header("a b", "c")] {
        assert!(mock.set_answer("listPets", odd.clone()).is_err(), "{odd:?}");
    }
}

#[tokio::test]
async fn the_journal_is_a_value_and_violations_are_told() {
    let mock = pets().mock().validate(Validate::Warn).start().await.expect("a mock");
    get(mock.url(), "/pets?limit=1").await;
    mock.assert_no_violations();
    get(mock.url(), "/pets?limit=many").await;
    get(mock.url(), "/cats").await;
    let requests = mock.requests();
    let told: Vec<_> =
        requests.iter().map(|request| (request.operation.as_deref(), request.status)).collect();
    assert_eq!(told, [(Some("listPets"), 200), (Some("listPets"), 200), (None, 404)]);
    assert_eq!(requests[1].violations[0].location, "request.query.limit");
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| mock.assert_no_violations()));
    let message = *panic.expect_err("it panics").downcast::<String>().expect("a text");
    assert!(message.starts_with("2 requests broke the document:\n  GET /pets 200 listPets"), "{message}");
    assert!(message.contains("GET /cats 404"), "{message}");
    mock.clear_requests();
    mock.assert_no_violations();
}

#[tokio::test]
async fn state_and_sessions_are_kept_apart() {
    let mock = pets().mock().stateful().start().await.expect("a mock");
    let mine = mock.session("mine").expect("a session");
    mine.set_state(&json!({"pets": [{"id": 7, "name": "seven"}]})).expect("it fits");
    assert_eq!(mine.state()["pets"], json!([{"id": 7, "name": "seven"}]));
    assert_ne!(mock.state(), mine.state());
    let (_, listed) = get(mock.url(), "/__session/mine/pets").await;
    assert_eq!(listed, json!([{"id": 7, "name": "seven"}]));
    assert_eq!((mine.requests().len(), mock.requests().len()), (1, 0));
    let wrong = mine.set_state(&json!({"pets": [{"id": "seven"}]}));
    assert!(matches!(wrong, Err(StateError::Invalid(_))), "{wrong:?}");
    mine.reset_state();
    assert_eq!(mine.state(), mock.state());
    assert!(mock.session("../x").is_err());
    let stateless = pets().mock().start().await.expect("a mock");
    assert_eq!(stateless.set_state(&json!({})), Err(StateError::Stateless));
}

#[tokio::test]
async fn it_stops_when_it_is_dropped_and_a_taken_port_is_told() {
    let mock = pets().mock().start().await.expect("a mock");
    let url = mock.url().to_owned();
    let address = url.trim_start_matches("http://").to_owned();
    let port = address.rsplit(':').next().expect("a port").parse().expect("a number");
    let taken = pets().mock().port(port).start().await;
    assert!(matches!(taken, Err(MockError::Listen { port: known, .. }) if known == port));
    drop(mock);
    // The port is free as soon as the accept loop has seen it.
    let mut is_free = false;
    for _ in 0..500 {
        is_free = tokio::net::TcpListener::bind(&address).await.is_ok();
        if is_free {
            break;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(is_free, "{address} is still listened on");
}

#[test]
fn a_mock_needs_no_runtime() {
    let mock = pets().mock().start_blocking().expect("a mock");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert_eq!(runtime.block_on(get(mock.url(), "/pets")).0, 200);
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_held_to_their_scopes() {
    let api = Project::core7().expect("the bundled API");
    let mock = api.mock().key("secret", ["annotation:read"]).start().await.expect("a mock");
    let ask = async |token: &str, path: &str| {
        let bearer = format!("Bearer {token}");
        let response = send(mock.url(), "GET", path, &[("authorization", &bearer)], "").await;
        response.status.as_u16()
    };
    let statuses = [
        ask("secret", "/api/projects/1/annotations/").await,
        ask("secret", "/api/projects/1/cohorts/").await,
        ask("other", "/api/projects/1/annotations/").await,
    ];
    assert_eq!(statuses, [200, 403, 401]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_finds_what_a_mock_does_wrong() {
    let api = Project::core7().expect("the bundled API");
    let mock = api.mock().stateful().start().await.expect("a mock");
    let check = || api.check(mock.url()).mint("mock:{scopes}").only(["annotations_list"]);
    let run = check().run().await.expect("a run");
    assert!(run.conforms(), "{run}");
    mock.set_answer("annotations_list", Answer::json(200, json!({"results": 1})).times(100)).expect("set");
    let run = check().run().await.expect("a run");
    assert!(!run.conforms() && run.to_string().contains("body-schema"), "{run}");
}

/// Another machine is written to only by whoever says so; nothing is sent before.
#[tokio::test]
async fn another_machine_is_not_written_to() {
    let check = || pets().check("http://192.0.2.1:9").timeout(std::time::Duration::from_millis(50));
    let refused = check().run().await.expect_err("it would write");
    assert!(matches!(refused, CheckError::Writes { .. }), "{refused}");
    let tried = check().read_only().run().await.expect_err("nobody is there");
    assert!(matches!(tried, CheckError::Target { .. }), "{tried}");
}

/// The journal names keys, and never shows what they are.
#[tokio::test]
async fn tokens_are_not_in_the_journal() {
    let api = Project::core7().expect("the bundled API");
    let mock = api.mock().key("t0ken-c4nary", ["annotation:read"]).start().await.expect("a mock");
    let bearer = [("authorization", "Bearer t0ken-c4nary")];
    send(mock.url(), "GET", "/api/projects/1/annotations/", &bearer, "").await;
    let requests = mock.requests();
    assert_eq!(requests[0].key.as_deref(), Some("key-1"));
    assert!(!format!("{requests:?}").contains("c4nary"), "{requests:?}");
}
