//! Tests the order of a request's steps, on one document and without a server.

use super::*;
use crate::mock::Validate;
use crate::mock::testing;
use rstest::rstest;

async fn send(
    options: &Options,
    target: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> (Response, Observations) {
    let documents = testing::documents(&["t"], options);
    let (method, path) = target.split_once(' ').unwrap();
    let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), "");
    for (name, value) in headers {
        request.headers.insert(*name, value.parse().unwrap());
    }
    let address = Address { session: &documents.sessions.shared, id: 1, whole: path, path };
    let mut observations = Observations::default();
    let body = Body::from(body.to_owned());
    let response = documents.services[0].respond(address, &mut request, body, &mut observations).await;
    (response, observations)
}

const READER: &str = "Bearer mock:things:read";
const WRITER: &str = "Bearer mock:things:write";

/// Each request is wrong in all that comes after what it is refused for.
#[rstest]
#[case("DELETE /nothing", "", "image/png", "", 404, "unknown path")]
#[case("LINK /things/9", "", "image/png", "", 405, "unknown method")]
#[case("PATCH /things/9", "", "image/png", "[", 401, "no credential")]
#[case("PATCH /things/9", READER, "image/png", "[", 403, "key lacks things:write")]
#[case("PATCH /things/9", WRITER, "image/png", "[", 406, "")]
#[case("PATCH /things/9", WRITER, "", "[", 404, "unknown object")]
#[case("PATCH /things/1", WRITER, "", "[", 400, "the body is not application/json")]
#[case("PATCH /things/1", WRITER, "", "{\"name\": 7}", 422, "request.body/name")]
#[case("PATCH /things/1", WRITER, "", "{\"name\": \"x\"}", 200, "")]
#[case("OPTIONS /things/1", "", "", "", 204, "")]
#[case("HEAD /things", READER, "", "", 200, "")]
#[tokio::test]
async fn the_order_of_refusal(
    #[case] target: &str,
    #[case] key: &str,
    #[case] accept: &str,
    #[case] body: &str,
    #[case] status: u16,
    #[case] note: &str,
) {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(Some(("authorization", key)).filter(|_| !key.is_empty()));
    headers.extend(Some(("accept", accept)).filter(|_| !accept.is_empty()));
    let mut options = testing::options();
    options.auth = crate::mock::Auth::Scopes;
    let (response, observations) = send(&options, target, &headers, body).await;
    assert_eq!(response.status.as_u16(), status, "{observations:?}");
    let found = match observations.undocumented {
        Some("no operation has this path") => "unknown path",
        Some(_) => "unknown method",
        None => observations.note.as_deref().unwrap_or_default(),
    };
    assert!(found.starts_with(note) && found.is_empty() == note.is_empty(), "{found}");
}

#[rstest]
#[case(Validate::Error, 422, 1)]
#[case(Validate::Warn, 201, 1)]
#[case(Validate::Off, 201, 0)]
#[tokio::test]
async fn what_becomes_of_invalid_input(
    #[case] validate: Validate,
    #[case] status: u16,
    #[case] violations: usize,
) {
    let mut options = testing::options();
    options.validate = validate;
    let headers = [("content-type", "application/json"), ("authorization", WRITER)];
    let (response, observations) = send(&options, "POST /things", &headers, "{\"name\": 7}").await;
    assert_eq!((response.status.as_u16(), observations.violations.len()), (status, violations));
}

/// What cannot be judged is not let in as if it were valid.
#[rstest]
#[case(Validate::Error, 413)]
#[case(Validate::Warn, 201)]
#[case(Validate::Off, 201)]
#[tokio::test]
async fn a_body_of_too_many_values_is_refused(#[case] validate: Validate, #[case] status: u16) {
    let mut options = testing::options();
    options.validate = validate;
    let headers = [("content-type", "application/json"), ("authorization", WRITER)];
    // 7 MB of text, of which each list takes twenty times as much.
    let body = format!("{{\"name\": \"x\", \"more\": [{}0]}}", "[],".repeat(2_400_000));
    let (response, observations) = send(&options, "POST /things", &headers, &body).await;
    assert_eq!(
        (response.status.as_u16(), observations.unjudged.is_some()),
        (status, validate != Validate::Off)
    );
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let mut options = testing::options();
    options.max_body = 4;
    let headers = [("content-type", "application/json"), ("authorization", WRITER)];
    let (response, _) = send(&options, "POST /things", &headers, "{\"name\": \"x\"}").await;
    assert_eq!(response.status.as_u16(), 413);
}
