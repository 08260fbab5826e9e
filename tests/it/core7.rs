//! What the mock of Core-7 answers: every operation, and each kind of refusal.

use std::fmt::Write as _;

use counterpart::exchange::Response;
use counterpart::mock::faults;
use counterpart::report::{Detail, Format, Style, render};
use rstest::rstest;

use crate::support::{Api, CORE7, Server, root, self_describing, snapshot};

const P: &str = "/api/projects/1";

/// The report of a healthy mock, and of each of three lies.
#[rstest]
#[case("healthy", "")]
#[case("body_schema", "body-schema@cohorts_retrieve")]
#[case("scope_lacking", "scope-lacking-accepted@annotations_create")]
#[case("minimal_refused", "scope-minimal-refused@comments_list")]
#[tokio::test]
async fn reports(#[case] name: &str, #[case] lie: &str) {
    let core7 = Api::of(CORE7);
    let lies: Vec<_> = (!lie.is_empty())
        .then(|| faults::parse(lie, &core7.contract, &core7.resources).unwrap())
        .into_iter()
        .collect();
    let mock = core7.mock(&lies).await;
    let (run, _) = core7.check(&mock.url, &self_describing()).await;
    let report = render(Format::Console, &run, Style { color: false, width: 110, detail: Detail::Brief });
    snapshot(&format!("report_{name}"), &String::from_utf8_lossy(&report));
}

fn shown(response: &Response) -> String {
    let mut text = format!("{}\n", response.status);
    for (name, value) in &response.headers {
        if name != "date" {
            let _ = writeln!(text, "{name}: {}", value.to_str().unwrap_or_default());
        }
    }
    let _ = write!(text, "\n{}", String::from_utf8_lossy(&response.body));
    text
}

async fn with(server: &Server, method: &str, target: &str, scopes: &str, body: &str) -> Response {
    let key = format!("Bearer mock:{scopes}");
    let mut headers = vec![("authorization", key.as_str())];
    if !body.is_empty() {
        headers.push(("content-type", "application/json"));
    }
    server.send(method, target, &headers, body).await
}

/// Lines of an answer that its snapshot shows: status, headers, and where its body begins.
const HEAD: usize = 12;

/// The texts of all fixtures.
fn fixtures() -> impl Iterator<Item = String> {
    let folders = std::fs::read_dir(root().join("fixtures/core-7")).expect("fixtures");
    let files =
        folders.flat_map(|folder| std::fs::read_dir(folder.expect("a folder").path()).expect("a folder"));
    files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text"))
}

/// A request that succeeds, for every operation.
#[rstest]
#[case("roles_destroy", "DELETE", "/api/organizations/o1/roles/0195f0f4-77aa-7b1c-9c52-6d5e4f3a2b10/", "")]
#[case("annotations_list", "GET", "/api/projects/1/annotations/", "")]
#[case("annotations_create", "POST", "/api/projects/1/annotations/", "{\"content\": \"x\"}")]
#[case("annotations_retrieve", "GET", "/api/projects/1/annotations/498/", "")]
#[case("annotations_partial_update", "PATCH", "/api/projects/1/annotations/512/", "{\"content\": \"x\"}")]
#[case("annotations_destroy", "DELETE", "/api/projects/1/annotations/512/", "")]
#[case("cohorts_list", "GET", "/api/projects/1/cohorts/", "")]
#[case("cohorts_create", "POST", "/api/projects/1/cohorts/", "{\"name\": \"x\", \"is_static\": true}")]
#[case("cohorts_retrieve", "GET", "/api/projects/1/cohorts/38/", "")]
#[case("cohorts_partial_update", "PATCH", "/api/projects/1/cohorts/45/", "{\"name\": \"x\"}")]
#[case("cohorts_destroy", "DELETE", "/api/projects/1/cohorts/45/", "")]
#[case("cohorts_activity", "GET", "/api/projects/1/cohorts/44/activity/", "")]
#[case(
    "cohorts_add_persons",
    "PATCH",
    "/api/projects/1/cohorts/45/add_persons_to_static_cohort/",
    "{\"person_ids\": []}"
)]
#[case("cohorts_calculation_history", "GET", "/api/projects/1/cohorts/44/calculation_history/", "")]
#[case("cohorts_persons", "GET", "/api/projects/1/cohorts/38/persons/", "")]
#[case("cohorts_persons_csv", "GET", "/api/projects/1/cohorts/38/persons/?format=csv", "")]
#[case(
    "cohorts_remove_person",
    "PATCH",
    "/api/projects/1/cohorts/45/remove_person_from_static_cohort/",
    "{}"
)]
#[case("cohorts_all_activity", "GET", "/api/projects/1/cohorts/activity/", "")]
#[case("comments_list", "GET", "/api/projects/1/comments/", "")]
#[tokio::test]
async fn answers(#[case] name: &str, #[case] method: &str, #[case] target: &str, #[case] body: &str) {
    let server = Api::of(CORE7).replay().await;
    let response = with(&server, method, target, "*", body).await;
    let whole = shown(&response);
    let (lines, more) = (whole.lines().take(HEAD).collect::<Vec<_>>().join("\n"), whole.lines().count());
    snapshot(&format!("mock_{name}"), &format!("{lines}\n({} more lines)", more.saturating_sub(HEAD)));
    // The rest is what a fixture says, with links that lead to the mock.
    let said = String::from_utf8_lossy(&response.body).replace(&server.url, "");
    assert!(said.is_empty() || fixtures().any(|fixture| fixture == said), "{said}");
    // The last slash is optional on every path.
    let (path, query) = target.split_once('?').map_or((target, String::new()), |(p, q)| (p, format!("?{q}")));
    let bare = with(&server, method, &format!("{}{query}", path.trim_end_matches('/')), "*", body).await;
    assert_eq!((bare.status, bare.body), (response.status, response.body));
}

/// Scopes and the statuses they lead to.
#[rstest]
#[case("GET", "/annotations/", "annotation:read", "", 200, "")]
#[case("GET", "/annotations/", "annotation:write", "", 200, "")]
#[case("GET", "/annotations/", "*", "", 200, "")]
#[case("GET", "/annotations/", "", "", 403, "API key missing required scope 'annotation:read'")]
#[case("GET", "/annotations/", "cohort:write", "", 403, "API key missing required scope 'annotation:read'")]
#[case(
    "POST",
    "/annotations/",
    "annotation:read",
    "{}",
    403,
    "API key missing required scope 'annotation:write'"
)]
#[case("POST", "/annotations/", "annotation:write", "{}", 201, "")]
#[case(
    "DELETE",
    "/annotations/512/",
    "annotation:read",
    "",
    403,
    "API key missing required scope 'annotation:write'"
)]
#[case("DELETE", "/annotations/512/", "annotation:write", "", 405, "")]
#[case("GET", "/cohorts/38/persons/", "cohort:read", "", 403, "API key missing required scope 'person:read'")]
#[case("GET", "/cohorts/38/persons/", "person:read", "", 403, "API key missing required scope 'cohort:read'")]
#[case("GET", "/cohorts/38/persons/", "cohort:read+person:read", "", 200, "")]
#[case(
    "GET",
    "/cohorts/activity/",
    "cohort:read",
    "",
    403,
    "API key missing required scope 'activity_log:read'"
)]
#[tokio::test]
async fn scopes_decide(
    #[case] method: &str,
    #[case] path: &str,
    #[case] scopes: &str,
    #[case] body: &str,
    #[case] status: u16,
    #[case] detail: &str,
) {
    let server = Api::of(CORE7).mock(&[]).await;
    let response = with(&server, method, &format!("{P}{path}"), scopes, body).await;
    assert_eq!(response.status.as_u16(), status);
    assert!(String::from_utf8_lossy(&response.body).contains(detail), "{response:?}");
    if status == 405 {
        assert!(response.body.is_empty() && response.headers["allow"].to_str().unwrap().contains("GET"));
        assert!(!response.headers.contains_key("content-type"));
    }
}

/// The kinds of refusal, in their order.
#[rstest]
#[case("unknown_path", "GET", "/api/projects/1/nothing/", "*", "", "", "")]
#[case("unknown_method", "PUT", "/api/projects/1/annotations/", "*", "", "", "")]
#[case("no_key", "GET", "/api/projects/1/annotations/", "-", "", "", "")]
#[case("unknown_key", "GET", "/api/projects/1/annotations/", "?", "", "", "")]
#[case("not_acceptable", "GET", "/api/projects/1/annotations/", "*", "application/xml", "", "")]
#[case("bad_query", "GET", "/api/projects/1/annotations/?limit=abc", "*", "", "", "")]
#[case("bad_enum", "GET", "/api/projects/1/comments/?kind=nope", "*", "", "", "")]
#[case("bad_id", "GET", "/api/projects/1/annotations/abc/", "*", "", "", "")]
#[case("bad_media_type", "POST", "/api/projects/1/annotations/", "*", "", "application/xml", "<x/>")]
#[case("bad_json", "POST", "/api/projects/1/annotations/", "*", "", "application/json", "{")]
#[case(
    "bad_choice",
    "POST",
    "/api/projects/1/annotations/",
    "*",
    "",
    "application/json",
    "{\"scope\": \"nope\"}"
)]
#[case(
    "bad_date",
    "POST",
    "/api/projects/1/annotations/",
    "*",
    "",
    "application/json",
    "{\"date_marker\": \"soon\"}"
)]
#[case(
    "null_boolean",
    "POST",
    "/api/projects/1/annotations/",
    "*",
    "",
    "application/json",
    "{\"deleted\": null}"
)]
#[case(
    "bad_form",
    "POST",
    "/api/projects/1/annotations/",
    "*",
    "",
    "application/x-www-form-urlencoded",
    "dashboard_id=x"
)]
#[tokio::test]
async fn refusals(
    #[case] name: &str,
    #[case] method: &str,
    #[case] target: &str,
    #[case] key: &str,
    #[case] accept: &str,
    #[case] content_type: &str,
    #[case] body: &str,
) {
    let server = Api::of(CORE7).mock(&[]).await;
    let key = match key {
        "-" => String::new(),
        "?" => "Bearer phx_unknown".to_owned(),
        scopes => format!("Bearer mock:{scopes}"),
    };
    let all = [("authorization", key.as_str()), ("accept", accept), ("content-type", content_type)];
    let headers: Vec<(&str, &str)> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let response = server.send(method, target, &headers, body).await;
    snapshot(&format!("refusal_{name}"), &shown(&response));
}

#[tokio::test]
async fn the_order_of_refusal() {
    let server = Api::of(CORE7).mock(&[]).await;
    let bad = [("content-type", "application/xml"), ("accept", "image/png")];
    let everything_wrong = server.send("POST", &format!("{P}/annotations/"), &bad, "<").await;
    assert_eq!(everything_wrong.status.as_u16(), 401);
    let lacking = [("authorization", "Bearer mock:annotation:read"), bad[0], bad[1]];
    assert_eq!(server.send("POST", &format!("{P}/annotations/"), &lacking, "<").await.status.as_u16(), 403);
    let allowed = [("authorization", "Bearer mock:annotation:write"), bad[0], bad[1]];
    assert_eq!(server.send("POST", &format!("{P}/annotations/"), &allowed, "<").await.status.as_u16(), 406);
    let acceptable = [allowed[0], bad[0]];
    assert_eq!(
        server.send("POST", &format!("{P}/annotations/"), &acceptable, "<").await.status.as_u16(),
        415
    );
}

#[tokio::test]
async fn methods_media_types_and_preferences() {
    let server = Api::of(CORE7).mock(&[]).await;
    let key = ("authorization", "Bearer mock:*");
    let list = format!("{P}/annotations/");
    let get = server.send("GET", &list, &[key], "").await;
    let head = server.send("HEAD", &list, &[key], "").await;
    assert_eq!(head.status, get.status);
    assert_eq!(head.headers["content-length"], get.body.len().to_string().as_str());
    assert!(head.body.is_empty());
    let options = server.send("OPTIONS", &list, &[], "").await;
    assert_eq!(
        (options.status.as_u16(), options.headers["allow"].to_str().unwrap()),
        (204, "GET, HEAD, POST, OPTIONS")
    );
    let persons = format!("{P}/cohorts/38/persons/");
    let csv = server.send("GET", &persons, &[key, ("accept", "text/csv")], "").await;
    assert_eq!(csv.headers["content-type"], "text/csv");
    let prefer = |text: &'static str| [key, ("prefer", text)];
    assert_eq!(server.send("GET", &list, &prefer("code=429"), "").await.status.as_u16(), 429);
    let unknown = server.send("GET", &list, &prefer("code=418"), "").await;
    assert_eq!(unknown.status.as_u16(), 404);
    assert!(String::from_utf8_lossy(&unknown.body).contains("\"codes\":[\"200\""), "{unknown:?}");
    let named = server.send("GET", &format!("{list}?__example=campaign"), &[key], "").await;
    assert!(String::from_utf8_lossy(&named.body).contains("Spring campaign"), "{named:?}");
    let page = server.send("GET", &format!("{list}?limit=2"), &[key], "").await;
    let body: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    let next = body["next"].as_str().unwrap();
    assert!(next.starts_with(&server.url), "a link leads to the mock itself: {next}");
    let second = server.send("GET", next.strip_prefix(&server.url).unwrap(), &[key], "").await;
    assert!(String::from_utf8_lossy(&second.body).contains("Board meeting"));
}

#[tokio::test]
async fn the_journal_tells_what_came_and_no_secret() {
    let server = Api::of(CORE7).mock(&[]).await;
    with(&server, "POST", &format!("{P}/annotations/?x=1"), "annotation:write", "{\"scope\": \"nope\"}")
        .await;
    with(&server, "GET", &format!("{P}/cohorts/"), "annotation:read", "").await;
    let journal = server.send("GET", "/__counterpart/requests?violations=true", &[], "").await;
    let journal: serde_json::Value = serde_json::from_slice(&journal.body).unwrap();
    assert_eq!(journal["count"], 1);
    let entry = &journal["requests"][0];
    assert_eq!((&entry["operation"], &entry["status"]), (&"annotations_create".into(), &400.into()));
    assert_eq!(entry["violations"][0]["pointer"], "/scope");
    assert_eq!(entry["headers"]["authorization"], "Bearer [secret]");
    assert!(!journal.to_string().contains("mock:"));
    let foreign =
        server.send("GET", "/__counterpart/requests", &[("origin", "http://evil.example")], "").await;
    assert_eq!(foreign.status.as_u16(), 403);
    assert_eq!(server.send("DELETE", "/__counterpart/requests", &[], "").await.status.as_u16(), 204);
    let set = "{\"operation\": \"cohorts_list\", \"code\": 409, \"body\": {\"x\": 1}}";
    assert_eq!(server.send("POST", "/__counterpart/answers", &[], set).await.status.as_u16(), 201);
    assert_eq!(with(&server, "GET", &format!("{P}/cohorts/"), "*", "").await.status.as_u16(), 409);
    assert_eq!(with(&server, "GET", &format!("{P}/cohorts/"), "*", "").await.status.as_u16(), 200);
}

/// The keys that a plan asks for are few, and leave no case of scopes untried.
#[test]
fn ten_keys_test_every_case_of_scopes() {
    let folder = crate::command::empty();
    let plan =
        crate::command::counterpart(folder.path(), &["check", "--url", "http://127.0.0.1:9", "--plan"]);
    let plan = crate::command::text(&plan.stdout);
    let template = plan.find("[[keys]]").and_then(|at| plan.get(at..)).expect("a template");
    let mut keys: toml::Value = toml::from_str(template).expect("TOML");
    let tables = keys["keys"].as_array_mut().expect("keys");
    assert!((5..=10).contains(&tables.len()), "{template}");
    let written = format!("# {} keys test every case of scopes; a --keys file with them:", tables.len());
    assert!(plan.contains(&written), "{plan}");
    for key in tables {
        let scopes: Vec<&str> =
            key["scopes"].as_array().expect("scopes").iter().filter_map(|s| s.as_str()).collect();
        let token = format!("mock:{}", scopes.join("+"));
        key.as_table_mut().expect("a table").insert("token".to_owned(), token.into());
    }
    crate::command::put(folder.path(), "keys.toml", &toml::to_string(&keys).expect("TOML"));
    let mock = crate::command::Mock::start(folder.path(), &["--stateful"]);
    let arguments = ["check", "--url", &mock.url, "--keys", "keys.toml", "--report", "json"];
    let output = crate::command::counterpart(folder.path(), &arguments);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let access = report["access"].as_array().expect("cases");
    let untried: Vec<_> =
        access.iter().filter(|case| case["why"].as_str().is_some_and(|why| why.contains("key"))).collect();
    assert!(access.len() > 60 && untried.is_empty(), "{untried:?}");
    assert_eq!(report["findings"], serde_json::json!([]));
}

/// OAuth tokens have a text of their own, and neither they nor keys in a body are counted.
#[tokio::test]
async fn some_keys_are_not_throttled() {
    let api = Api::of(CORE7);
    let mut options = api.options();
    options.limit = vec![counterpart::config::quota("1/hour").expect("a quota")];
    for (token, scopes) in [("pha_none", vec![]), ("pha_all", vec!["*".to_owned()]), ("phx_none", vec![])] {
        let key = format!("token = '{token}'\nname = '{token}'\nscopes = {scopes:?}");
        options.keys.push(toml::from_str(&key).expect("a key"));
    }
    let mock = api.mock_with(options).await;
    let list = "/api/projects/1/annotations/";
    let get = async |token: &str| {
        let response = mock.send("GET", list, &[("authorization", &format!("Bearer {token}"))], "").await;
        (response.status.as_u16(), String::from_utf8_lossy(&response.body).into_owned())
    };
    let (status, text) = get("pha_none").await;
    assert!(status == 403 && text.contains("OAuth token has no scopes"), "{status} {text}");
    let (status, text) = get("phx_none").await;
    assert!(status == 403 && text.contains("missing required scope"), "{status} {text}");
    assert_eq!([get("pha_all").await.0, get("pha_all").await.0], [200, 200]);
    assert_eq!([get("mock:*").await.0, get("mock:*").await.0], [200, 429]);
    let body =
        serde_json::json!({"content": "A note", "personal_api_key": "mock:annotation:write"}).to_string();
    let post = async || mock.send("POST", list, &[("content-type", "application/json")], &body).await.status;
    assert_eq!([post().await.as_u16(), post().await.as_u16()], [201, 201]);
    let query = format!("{list}?personal_api_key=mock:annotation:read");
    let get = async || mock.send("GET", &query, &[], "").await.status.as_u16();
    assert_eq!([get().await, get().await], [200, 429]);
}
