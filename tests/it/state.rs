//! The mock that keeps state: Core-7 as its companion tells it, sessions, and the control of both.

use counterpart::exchange::Response;
use counterpart::run::Verdict;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Api, CORE7, Server, self_describing};

const P: &str = "/api/projects/1";

async fn send(server: &Server, method: &str, target: &str, body: &Value) -> Response {
    let headers = [("authorization", "Bearer mock:*"), ("content-type", "application/json")];
    let text = if body.is_null() { String::new() } else { body.to_string() };
    server.send(method, target, &headers[..if body.is_null() { 1 } else { 2 }], &text).await
}

async fn ok(server: &Server, method: &str, target: &str, body: &Value) -> Value {
    let response = send(server, method, target, body).await;
    let text = String::from_utf8_lossy(&response.body).into_owned();
    assert!(response.status.is_success(), "{method} {target}: {} {text}", response.status);
    serde_json::from_str(&text).unwrap_or_default()
}

async fn get(server: &Server, target: &str) -> Value {
    ok(server, "GET", target, &Value::Null).await
}

async fn status(server: &Server, method: &str, target: &str, body: &Value) -> u16 {
    send(server, method, target, body).await.status.as_u16()
}

fn ids(list: &Value) -> Vec<Value> {
    list["results"].as_array().expect("results").iter().map(|entry| entry["id"].clone()).collect()
}

#[tokio::test]
async fn an_annotation_is_made_found_changed_hidden_and_brought_back() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let all = format!("{P}/annotations/");
    let made = ok(
        &mock,
        "POST",
        &all,
        &json!({"content": "A quiet day", "unknown": 1, "id": 9, "date_marker": "2027-01-01T00:00:00Z"}),
    )
    .await;
    assert_eq!(made["id"], 513);
    assert_eq!((&made["scope"], &made["creation_type"]), (&json!("dashboard_item"), &json!("USR")));
    assert_eq!(made["created_by"]["email"], "dana@example.com");
    assert!(made.get("unknown").is_none());
    let one = format!("{P}/annotations/513/");
    assert_eq!(get(&mock, &one).await, made);
    let listed = get(&mock, &all).await;
    assert_eq!((ids(&listed)[0].clone(), &listed["count"]), (json!(513), &json!(5)));
    assert_eq!(ids(&get(&mock, &format!("{all}?search=QUIET")).await), [json!(513)]);
    let changed = ok(&mock, "PATCH", &one, &json!({"content": "A loud day"})).await;
    assert_eq!((&changed["content"], &changed["date_marker"]), (&json!("A loud day"), &made["date_marker"]));
    assert_eq!(status(&mock, "DELETE", &one, &Value::Null).await, 405);
    ok(&mock, "PATCH", &one, &json!({"deleted": true})).await;
    assert_eq!(status(&mock, "GET", &one, &Value::Null).await, 404);
    assert!(!ids(&get(&mock, &all).await).contains(&json!(513)));
    ok(&mock, "PATCH", &one, &json!({"deleted": false})).await;
    assert_eq!(get(&mock, &one).await["content"], "A loud day");
}

/// The object is looked for before the body is read; a refused DELETE before the object.
#[rstest]
#[case("GET", "annotations/99/", Value::Null, 404)]
#[case("PATCH", "annotations/99/", json!({"content": {}}), 404)]
#[case("PATCH", "annotations/512/", json!({"content": {}}), 400)]
#[case("DELETE", "annotations/99/", Value::Null, 405)]
#[case("GET", "cohorts/99/persons/", Value::Null, 404)]
#[case("GET", "comments/?cursor=zz", Value::Null, 404)]
#[tokio::test]
async fn the_order_of_refusal(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
    #[case] wanted: u16,
) {
    let mock = Api::of(CORE7).mock(&[]).await;
    assert_eq!(status(&mock, method, &format!("{P}/{path}"), &body).await, wanted);
}

#[tokio::test]
async fn a_static_cohort_takes_persons_and_gives_them_back() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let person = |last: u8| format!("0195f1a0-10aa-7c3e-8d11-5b0e6f7a9c{last:02}");
    let body = json!({"name": "Few", "is_static": true, "_create_static_person_ids": [person(1)]});
    let made = ok(&mock, "POST", &format!("{P}/cohorts/"), &body).await;
    assert_eq!((&made["count"], &made["cohort_type"]), (&json!(1), &json!("static")));
    assert_eq!(made["filters"], json!({"properties": {}}));
    let below = |path: &str| format!("{P}/cohorts/{}/{path}", made["id"]);
    let add = below("add_persons_to_static_cohort/");
    assert_eq!(
        ok(&mock, "PATCH", &add, &json!({"person_ids": [person(2), person(9)]})).await,
        json!({"success": true})
    );
    assert_eq!(status(&mock, "PATCH", &add, &json!({"person_ids": [person(9)]})).await, 400);
    assert_eq!(status(&mock, "PATCH", &add, &json!({"person_ids": []})).await, 400);
    assert_eq!(ids(&get(&mock, &below("persons/")).await), [json!(person(1)), json!(person(2))]);
    let csv = send(&mock, "GET", &below("persons/?format=csv&limit=1"), &Value::Null).await;
    let text = String::from_utf8_lossy(&csv.body).into_owned();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("id,email,name") && text.contains(",ada@example.com,"), "{text}");
    let remove = below("remove_person_from_static_cohort/");
    ok(&mock, "PATCH", &remove, &json!({"person_id": person(1)})).await;
    assert_eq!(ids(&get(&mock, &below("persons/")).await), [json!(person(2))]);
    assert_eq!(get(&mock, &below("")).await["count"], 1);
    // 44 is a dynamic one.
    let dynamic = format!("{P}/cohorts/44/add_persons_to_static_cohort/");
    assert_eq!(status(&mock, "PATCH", &dynamic, &json!({"person_ids": [person(1)]})).await, 400);
}

#[tokio::test]
async fn a_dynamic_cohort_leaves_a_history_and_stays_readable_when_hidden() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let made = ok(&mock, "POST", &format!("{P}/cohorts/"), &json!({"name": "Many"})).await;
    assert_eq!(made["is_calculating"], true);
    let below = |path: &str| format!("{P}/cohorts/{}/{path}", made["id"]);
    assert_eq!(get(&mock, &below("calculation_history/")).await["count"], 1);
    ok(&mock, "PATCH", &below(""), &json!({"name": "More"})).await;
    assert_eq!(get(&mock, &below("calculation_history/")).await["count"], 1);
    let activity = get(&mock, &below("activity/")).await;
    let told: Vec<&Value> =
        activity["results"].as_array().expect("results").iter().map(|entry| &entry["activity"]).collect();
    assert_eq!(told, ["updated", "created"]);
    let change = &activity["results"][0]["detail"]["changes"][0];
    assert_eq!(
        (&change["field"], &change["before"], &change["after"]),
        (&json!("name"), &json!("Many"), &json!("More"))
    );
    assert_eq!(get(&mock, &format!("{P}/cohorts/activity/?limit=1")).await["total_count"], 7);
    ok(&mock, "PATCH", &below(""), &json!({"deleted": true})).await;
    assert_eq!(get(&mock, &below("")).await["deleted"], true);
    assert!(!ids(&get(&mock, &format!("{P}/cohorts/")).await).contains(&made["id"]));
}

#[tokio::test]
async fn a_role_is_gone_for_good() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let role = "/api/organizations/o/roles/0195f0f4-77aa-7b1c-9c52-6d5e4f3a2b10/";
    assert_eq!(status(&mock, "DELETE", role, &Value::Null).await, 204);
    assert_eq!(status(&mock, "DELETE", role, &Value::Null).await, 404);
    // One that nobody names was never there.
    let other = "/api/organizations/o/roles/0195f0f4-77aa-7b1c-9c52-6d5e4f3a2bff/";
    assert_eq!(status(&mock, "DELETE", other, &Value::Null).await, 404);
}

#[tokio::test]
async fn filters_leave_out_what_they_exclude() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let count = async |query: &str| ids(&get(&mock, &format!("{P}/comments/?{query}")).await).len();
    assert_eq!(count("").await, 5);
    assert_eq!(count("kind=any").await, 5);
    assert_eq!(count("kind=task").await + count("kind=comment").await, 5);
    assert_eq!(
        count("kind=task&completed=open").await + count("kind=task&completed=completed").await,
        count("kind=task").await
    );
    assert_eq!(count("scope=Notebook").await, 1);
    assert_eq!(count("search=NICE").await, 1);
    assert_eq!(count("search=").await, 5);
}

/// Pages of two everywhere: by offset, by number and by cursor, with whole and with bare links.
#[tokio::test(flavor = "multi_thread")]
async fn small_pages_give_no_finding() {
    let mut api = Api::of(CORE7);
    for state in &mut api.settings.state {
        state.page_size = Some(2);
    }
    api = api.with_state();
    let mock = api.mock(&[]).await;
    let first = get(&mock, &format!("{P}/comments/")).await;
    assert_eq!(ids(&first).len(), 2);
    let (run, code) = api.check(&mock.url, &self_describing()).await;
    assert!(run.findings.is_empty(), "{:#?}", run.findings);
    assert!(run.operations.iter().all(|operation| operation.verdict == Verdict::Conforms));
    assert_eq!(code, 0);
}

#[tokio::test]
async fn links_lead_to_the_neighbouring_pages() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let page = get(&mock, &format!("{P}/annotations/?limit=1&offset=2&search=")).await;
    let address = |offset: &str| format!("{}{P}/annotations/?search=&limit=1{offset}", mock.url);
    assert_eq!(page["next"], address("&offset=3"));
    assert_eq!(page["previous"], address("&offset=1"));
    let page = get(&mock, &format!("{P}/cohorts/44/calculation_history/?limit=2")).await;
    assert_eq!(page["next"], "?limit=2&offset=2");
    assert_eq!(page["previous"], Value::Null);
}

/// Named by header, by cookie, by address; the nameless share one.
#[tokio::test]
async fn sessions_are_kept_apart() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let key = ("authorization", "Bearer mock:*");
    let json_body = ("content-type", "application/json");
    let target = format!("{P}/annotations/");
    let made = mock.send("POST", &target, &[key, json_body, ("counterpart-session", "one")], "{}").await;
    assert_eq!(made.status.as_u16(), 201);
    let count = async |target: &str, more: &[(&str, &str)]| {
        let mut headers = vec![key];
        headers.extend(more);
        let response = mock.send("GET", target, &headers, "").await;
        serde_json::from_slice::<Value>(&response.body).expect("JSON")["count"].clone()
    };
    assert_eq!(count(&target, &[]).await, 4);
    assert_eq!(count(&target, &[("counterpart-session", "one")]).await, 5);
    assert_eq!(count(&target, &[("cookie", "a=b; counterpart-session=one")]).await, 5);
    assert_eq!(count(&format!("/__session/one{target}"), &[]).await, 5);
    assert_eq!(count(&format!("/__session/two{target}"), &[]).await, 4);
    let journal = get(&mock, "/__counterpart/requests?session=one").await;
    assert_eq!((&journal["count"], &journal["requests"][0]["session"]), (&json!(4), &json!("one")));
    assert_eq!(status(&mock, "GET", "/__session/not%20plain/x", &Value::Null).await, 400);
}

#[tokio::test]
async fn control_shows_replaces_and_forgets_state() {
    let mock = Api::of(CORE7).mock(&[]).await;
    let state = "/__counterpart/state";
    let all = format!("{P}/annotations/");
    let before = get(&mock, state).await;
    assert_eq!(before["annotations"].as_array().map(Vec::len), Some(4));
    assert_eq!(before["comments"].as_array().map(Vec::len), Some(5));
    let one = before["annotations"][0].clone();
    assert_eq!(status(&mock, "PUT", state, &json!({"annotations": [one]})).await, 204);
    assert_eq!(get(&mock, &all).await["count"], 1);
    let wrong = send(&mock, "PUT", state, &json!({"annotations": [{"id": "x"}]})).await;
    assert_eq!(wrong.status.as_u16(), 400);
    assert!(String::from_utf8_lossy(&wrong.body).contains("/annotations/0"));
    let unknown = send(&mock, "PUT", state, &json!({"anotations": []})).await;
    assert!(String::from_utf8_lossy(&unknown.body).contains("did you mean"));
    assert_eq!(status(&mock, "DELETE", state, &Value::Null).await, 204);
    assert_eq!(get(&mock, &all).await["count"], 4);
}

#[tokio::test]
async fn what_the_client_names_is_put_and_patched() {
    let user = json!({"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "age": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}}});
    let content = json!({"application/json": {"schema": user}});
    let shown = json!({"description": "it", "content": content});
    let mock = Api::written(
        &json!({"openapi": "3.1.0", "paths": {"/users/{name}": {
            "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
            "get": {"responses": {"200": shown, "404": {"description": "no"}}},
            "put": {"requestBody": {"content": content}, "responses": {"201": shown, "200": shown}},
            "patch": {"responses": {"200": shown, "422": {"description": "no"}}, "requestBody": {"content": {
                "application/json-patch+json": {"schema": {"type": "array"}},
                "application/merge-patch+json": {"schema": {"type": "object"}}}}},
        }}}),
        "",
    )
    .mock(&[])
    .await;
    let send = async |method: &str, kind: &str, body: Value| {
        let headers = [("content-type", format!("application/{kind}json"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let response = mock.send(method, "/users/ann", &headers, &body.to_string()).await;
        (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    };
    let (ann, older) = (json!({"name": "ann", "age": 3, "tags": ["a"]}), json!({"name": "ann", "age": 4}));
    assert_eq!(send("PUT", "", ann.clone()).await, (201, ann));
    assert_eq!(send("PUT", "", older.clone()).await, (200, older), "it replaces what is there");
    let patch = json!([{"op": "replace", "path": "/age", "value": 9}, {"op": "add", "path": "/tags", "value": ["x"]}]);
    let patched = json!({"name": "ann", "age": 9, "tags": ["x"]});
    assert_eq!(send("PATCH", "json-patch+", patch).await, (200, patched));
    let (status, _) = send("PATCH", "json-patch+", json!([{"op": "test", "path": "/age", "value": 1}])).await;
    assert_eq!(status, 422);
    let rid = json!([{"op": "remove", "path": "/tags"}, {"op": "remove", "path": "/name"}]);
    assert_eq!(
        send("PATCH", "json-patch+", rid).await,
        (200, json!({"name": "ann", "age": 9})),
        "its name stays"
    );
    let without = json!({"name": "ann"});
    assert_eq!(send("PATCH", "merge-patch+", json!({"age": null})).await, (200, without.clone()));
    assert_eq!(get(&mock, "/users/ann").await, without);
}

/// What fixtures and examples show of objects is what there is at first, whichever operation they are of; what is made up
/// is not among it.
#[rstest]
#[case::of_the_list(json!([{"id": 5, "name": "five"}]), Value::Null, json!([{"id": 5, "name": "five"}]))]
#[case::of_the_object(Value::Null, json!({"id": 8, "name": "eight"}), json!([{"id": 8, "name": "eight"}]))]
#[case::of_both(json!([{"id": 5}]), json!({"id": 8}), json!([{"id": 5}, {"id": 8}]))]
#[case::of_the_same(json!([{"id": 5}]), json!({"id": 5, "name": "five"}), json!([{"id": 5, "name": "five"}]))]
#[case::an_empty_list(json!([]), Value::Null, json!([]))]
#[case::of_neither(Value::Null, Value::Null, json!([{"id": 0, "name": "string"}]))]
#[tokio::test]
async fn examples_of_whole_bodies_are_there_at_first(
    #[case] list: Value,
    #[case] object: Value,
    #[case] expected: Value,
    #[values(false, true)] as_fixtures: bool,
) {
    let thing =
        json!({"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}});
    let answer = |schema: Value, example: &Value| {
        let mut content = json!({"schema": schema});
        if !example.is_null() && !as_fixtures {
            content["example"] = example.clone();
        }
        json!({"description": "it", "content": {"application/json": content}})
    };
    let document = json!({"openapi": "3.1.0", "paths": {
        "/things": {"get": {"operationId": "all",
            "responses": {"200": answer(json!({"type": "array", "items": thing}), &list)}}},
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "get": {"operationId": "one", "responses": {"200": answer(thing.clone(), &object), "404": {"description": "no"}}},
        },
    }});
    let mut files = Vec::new();
    for (operation, body) in [("all", &list), ("one", &object)] {
        if as_fixtures && !body.is_null() {
            files.push((format!("{operation}/200.json"), body.to_string()));
        }
    }
    let mock = Api::with_fixtures(&document, "", &files).mock(&[]).await;
    let response = mock.send("GET", "/things", &[], "").await;
    assert_eq!(serde_json::from_slice::<Value>(&response.body).unwrap(), expected);
}

/// What counts the objects of a list counts those that are there, where the document only shows an example of it; a
/// fixture is what somebody wants to see.
#[rstest]
#[case::of_the_document(false, 1)]
#[case::of_a_person(true, 10)]
#[tokio::test]
async fn examples_count_what_is_there(#[case] as_fixture: bool, #[case] expected: u64) {
    let id = json!({"type": "integer"});
    let group = json!({"type": "object", "properties": {"id": id, "total_members": {"type": "integer"}}});
    let member = json!({"type": "object", "properties": {"id": id}});
    let shown = json!({"id": 5, "total_members": 10});
    let answer = |schema: Value| json!({"200": {"description": "it", "content": {"application/json": {"schema": schema}}}});
    let of = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": id});
    let mut document = json!({"openapi": "3.1.0", "paths": {
        "/groups/{group}": {"parameters": [of("group")], "get": {"operationId": "one", "responses": answer(group)}},
        "/groups/{group}/members": {"parameters": [of("group")], "get": {
            "operationId": "members", "responses": answer(json!({"type": "array", "items": member}))}},
    }});
    let mut files = Vec::new();
    if as_fixture {
        files.push(("one/200.json".to_owned(), shown.to_string()));
    } else {
        let media = "/paths/~1groups~1{group}/get/responses/200/content/application~1json/example";
        let (parent, name) = media.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[name] = shown;
    }
    let mock = Api::with_fixtures(&document, "", &files).with_state().mock(&[]).await;
    assert_eq!(get(&mock, "/groups/5").await["total_members"], expected);
    assert_eq!(get(&mock, "/groups/5/members").await.as_array().map(Vec::len), Some(1));
}

/// What a document promises of a collection in words and names: defaults, members that no two objects share, tags that
/// guard a change, lists of values as filters, another form of JSON.
#[tokio::test]
async fn what_a_document_says_in_passing_is_kept() {
    let user = json!({"type": "object", "properties": {
        "id": {"type": "integer", "readOnly": true}, "email": {"type": "string"},
        "role": {"type": "string", "enum": ["guest", "staff"], "default": "guest"},
    }, "required": ["id", "email", "role"]});
    let sent = json!({"type": "object", "properties": {
        "email": {"type": "string"}, "role": {"type": "string", "enum": ["guest", "staff"], "default": "guest"},
    }, "required": ["email"]});
    let body = json!({"required": true, "content": {"application/json": {"schema": sent}}});
    let answer = |schema: &Value| {
        json!({"description": "it", "content": {
            "application/json": {"schema": schema}, "application/vnd.users+json": {"schema": schema},
        }})
    };
    let list = json!({"type": "array", "items": user});
    let of_roles =
        json!({"name": "roles", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}});
    let document = json!({"openapi": "3.1.0", "paths": {
        "/users": {
            "get": {"parameters": [of_roles], "responses": {"200": answer(&list)}},
            "post": {"requestBody": body, "responses": {
                "201": answer(&user), "409": {"description": "A user with this email exists already."},
            }},
        },
        "/users/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "get": {"responses": {"200": answer(&user), "404": {"description": "no"}}},
            "patch": {"requestBody": body, "responses": {
                "200": answer(&user), "412": {"description": "it has another ETag"}, "404": {"description": "no"},
            }},
        },
    }});
    let mock = Api::written(&document, "").with_state().mock(&[]).await;
    let made = ok(&mock, "POST", "/users", &json!({"email": "ann@example.com"})).await;
    assert_eq!(made["role"], "guest", "the default that the request left out");
    let twin = json!({"email": "ann@example.com", "role": "staff"});
    assert_eq!(status(&mock, "POST", "/users", &twin).await, 409);
    ok(&mock, "POST", "/users", &json!({"email": "bob@example.com", "role": "staff"})).await;
    let of = async |target: &str| get(&mock, target).await.as_array().map(Vec::len);
    assert_eq!(of("/users?roles=staff").await, Some(1));
    assert_eq!(of("/users?roles=guest&roles=staff").await, of("/users").await);

    let one = format!("/users/{}", made["id"]);
    let form = mock.send("GET", &one, &[("accept", "application/vnd.users+json")], "").await;
    assert_eq!(form.headers["content-type"], "application/vnd.users+json");
    assert_eq!(
        serde_json::from_slice::<Value>(&form.body).unwrap(),
        made,
        "the same object in its other form"
    );
    let tag = send(&mock, "GET", &one, &Value::Null).await.headers["etag"].to_str().unwrap().to_owned();
    let change = async |tag: &str, role: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        let body = json!({"email": "ann@example.com", "role": role}).to_string();
        mock.send("PATCH", &one, &headers, &body).await.status.as_u16()
    };
    assert_eq!(change(&tag, "staff").await, 200);
    assert_eq!(change(&tag, "guest").await, 412, "the object has another tag now");
    assert_eq!(change("*", "guest").await, 200);
}

/// What is made below an object, and has a path of its own, is one object wherever it is shown.
#[tokio::test]
async fn what_is_made_below_an_object_is_found_at_its_own_path() {
    let note = json!({"type": "object", "required": ["id", "text"], "properties": {
        "id": {"type": "string", "readOnly": true}, "text": {"type": "string"},
    }});
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let component = json!({"$ref": "#/components/schemas/Note"});
    let one = json!({"description": "it", "content": content(component.clone())});
    let sent = json!({"content": content(component.clone())});
    let named =
        |name: &str| json!([{"name": name, "in": "path", "required": true, "schema": {"type": "string"}}]);
    let document = json!({"openapi": "3.1.0", "components": {"schemas": {"Note": note}}, "paths": {
        "/pets/{pet}/notes": {
            "parameters": named("pet"),
            "get": {"responses": {"200": {
                "description": "all", "content": content(json!({"type": "array", "items": component})),
            }}},
            "post": {"requestBody": sent, "responses": {"201": one}},
        },
        "/notes/{note}": {
            "parameters": named("note"),
            "get": {"responses": {"200": one, "404": {"description": "no"}}},
            "patch": {"requestBody": sent, "responses": {"200": one, "404": {"description": "no"}}},
            "delete": {"responses": {"204": {"description": "gone"}, "404": {"description": "no"}}},
        },
    }});
    let mock = Api::written(&document, "").with_state().mock(&[]).await;
    let begun = get(&mock, "/pets/1/notes").await;
    let made = ok(&mock, "POST", "/pets/1/notes", &json!({"text": "shy"})).await;
    let own = format!("/notes/{}", made["id"].as_str().expect("an id"));
    assert_eq!(get(&mock, &own).await, made);
    let changed = ok(&mock, "PATCH", &own, &json!({"text": "bold"})).await;
    assert_eq!(get(&mock, "/pets/1/notes").await.as_array().unwrap().last(), Some(&changed));
    assert_eq!(get(&mock, "/pets/2/notes").await, begun, "another pet has none of it");
    assert_eq!(status(&mock, "DELETE", &own, &Value::Null).await, 204);
    assert_eq!(get(&mock, "/pets/1/notes").await, begun);
    let listed = format!("/notes/{}", begun[0]["id"].as_str().expect("an id"));
    assert_eq!(get(&mock, &listed).await, begun[0], "what the list begins with has a path too");
    assert_eq!(status(&mock, "GET", "/notes/nobody", &Value::Null).await, 404);
}
