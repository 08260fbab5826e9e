use std::sync::atomic::{AtomicBool, Ordering};

use http::header::AUTHORIZATION;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::plan::{Answers, Given};
use crate::check::recorder::OperationState;
use crate::check::scripted::{Bench, Reply, Scripted, Told, answer, key};
use crate::exchange::Request;

/// Sends the plain step of an operation of which nothing is known yet.
async fn sent(bench: &Bench, target: &Scripted, operation: &str) -> (Result<u16, NotSent>, Told) {
    let index = bench.index(operation);
    let mut came = Ok(0);
    let told = bench
        .phase(target, async |session| {
            *session.recorder.state_mut(index).unwrap() = OperationState::default();
            let step = session.base(session.contract.at(index).unwrap()).unwrap();
            came = send(session, &step).await.map(|exchange| exchange.status().unwrap_or(0));
        })
        .await;
    (came, told)
}

fn object(came: Result<u16, NotSent>) -> String {
    match came {
        Err(NotSent::Object(why, _)) => why,
        other => format!("{other:?}"),
    }
}

/// A change needs an object of the run's own, which is made for it.
#[tokio::test(start_paused = true)]
async fn an_object_is_made_where_one_is_destroyed() {
    let target = Scripted::with(&["rex"]);
    let (came, _) = sent(&Bench::pets(), &target, "drop").await;
    assert!(matches!(came, Ok(204)), "{came:?}");
    assert_eq!(target.sent().first().map(String::as_str), Some("GET /pets"), "stock is taken first");
    assert_eq!(target.count("DELETE /pets/2"), 1);
    assert_eq!(target.names(), ["rex"]);
}

#[rstest]
#[case::create_refused(Scripted::with(&["rex"]).refuse("POST /pets", 403))]
#[case::create_fails(Scripted::with(&["rex"]).refuse("POST /pets", 500))]
#[case::create_of_others(Scripted::with(&["rex"]).reply("POST /pets", 201, json!({"id": 1, "name": "rex"})))]
#[tokio::test(start_paused = true)]
async fn without_an_own_object_nothing_is_destroyed(#[case] target: Scripted) {
    let (came, _) = sent(&Bench::pets(), &target, "drop").await;
    assert_eq!(object(came), "no object was created under /pets that this run may change");
    assert_eq!(target.count("DELETE"), 0, "{:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_only_reads_makes_nothing() {
    let mut bench = Bench::pets();
    bench.settings.read_only = true;
    let target = Scripted::default();
    let (came, _) = sent(&bench, &target, "read").await;
    assert_eq!(object(came), "the target listed no object under /pets, and none was created");
    assert_eq!(target.sent(), [""; 0]);
}

fn refuse(state: &mut OperationState, status: u16) {
    (state.success, state.plain) = (None, Some(status));
}

fn invalid(keyword: &'static str) -> Intent {
    let (at, instance, label) = (crate::judge::At::RequestBody, String::new(), String::new());
    Intent::Invalid(crate::judge::exchange::Invalid { at, instance, label, keyword })
}

#[rstest]
#[case::spent(|state: &mut OperationState| state.is_spent = true, Intent::NoKey, false)]
#[case::fresh(|_: &mut OperationState| (), Intent::WiderKey, true)]
#[case::no_success(|state: &mut OperationState| state.success = None, Intent::WiderKey, false)]
#[case::bad_input(
    |state: &mut OperationState| {
        state.success = None;
        state.statuses.insert("422".to_owned(), 1);
    },
    invalid("type"),
    true,
)]
#[case::unknown_id(|state: &mut OperationState| state.success = None, Intent::UnknownId, false)]
#[case::no_id_is_known(
    |state: &mut OperationState| (state.success, state.plain) = (None, None),
    Intent::UnknownId,
    true,
)]
#[case::unreadable(|state: &mut OperationState| refuse(state, 404), invalid("syntax"), true)]
#[case::another_type(|state: &mut OperationState| refuse(state, 409), invalid("media type"), true)]
#[case::readable(|state: &mut OperationState| refuse(state, 404), invalid("type"), false)]
#[case::not_let_in(|state: &mut OperationState| refuse(state, 401), invalid("syntax"), false)]
#[tokio::test(start_paused = true)]
async fn some_answers_would_prove_nothing(
    #[case] change: impl Fn(&mut OperationState),
    #[case] intent: Intent,
    #[case] is_worth: bool,
) {
    let bench = Bench::pets();
    let list = bench.index("list");
    bench
        .phase(&Scripted::default(), async |session| {
            change(session.recorder.state_mut(list).unwrap());
            let step = Step { intent, ..session.base(session.contract.at(list).unwrap()).unwrap() };
            assert_eq!(is_worth_sending(session, &step).is_ok(), is_worth);
        })
        .await;
}

/// Plain requests are sent twice where snapshots are kept, each create with a name of its own.
#[tokio::test(start_paused = true)]
async fn a_step_may_be_sent_twice() {
    let mut bench = Bench::pets();
    bench.settings.answers = Answers::Compared;
    let create = bench.index("create");
    let target = Scripted::default();
    bench
        .phase(&target, async |session| {
            let step = Step { is_twice: true, ..session.base(session.contract.at(create).unwrap()).unwrap() };
            send(session, &step).await.unwrap();
            let redactor = session.redactor();
            let answers = session.recorder.samples.answers(&redactor, "qtestq");
            assert_eq!(answers.iter().filter(|answer| answer.again.is_some()).count(), 1);
        })
        .await;
    let names = target.names();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
}

/// A key with one scope is refused, one with another as well is let in.
#[rstest]
#[case::more_does(true, Some(200))]
#[case::nothing_does(false, Some(403))]
#[tokio::test(start_paused = true)]
async fn a_wider_key_may_be_what_it_takes(#[case] is_let_in: bool, #[case] plain: Option<u16>) {
    let mut bench = Bench::guarded();
    bench.sources.named = vec![key("narrow", &["pets"]), key("wide", &["pets", "pets:all"])];
    let target = Scripted::with(&["rex"]).twist("GET /pets", move |request: &Request, reply: Reply| {
        let is_wide = request.headers.get(AUTHORIZATION).is_some_and(|value| value == "Bearer token-wide");
        if is_wide && is_let_in { reply } else { answer(403, &json!({"error": "scope"})) }
    });
    let index = bench.index("list");
    let mut state = None;
    bench
        .phase(&target, async |session| {
            *session.recorder.state_mut(index).unwrap() = OperationState::default();
            let step = session.base(session.contract.at(index).unwrap()).unwrap();
            send(session, &step).await.unwrap();
            state = session.recorder.state(index).and_then(|state| state.plain);
            let seen = session.recorder.seen().iter().map(|seen| seen.observation.message.clone());
            let told = seen.into_iter().any(|message| message.contains("a key with pets + pets:all"));
            assert_eq!(told, is_let_in);
        })
        .await;
    assert_eq!(state, plain);
    assert_eq!(target.count("GET /pets"), 2);
}

/// A document of one setting.
fn setting() -> Bench {
    let schema = json!({"type": "object", "properties": {"mode": {"type": "string"}}});
    let content = json!({"application/json": {"schema": schema}});
    let mut bench = Bench::of(json!({"openapi": "3.1.0", "paths": {"/settings": {
        "get": {"operationId": "get", "responses": {"200": {"description": "all", "content": content}}},
        "put": {"operationId": "put", "requestBody": {"content": content},
            "responses": {"200": {"description": "all", "content": content}}},
    }}}));
    bench
        .settings
        .given
        .insert("put".to_owned(), Given { body: Some(json!({"mode": "new"})), ..Given::default() });
    bench
}

/// A target that keeps a setting; what is in it at the end.
fn keeps() -> (Scripted, std::sync::Arc<std::sync::Mutex<Value>>) {
    let kept = std::sync::Arc::new(std::sync::Mutex::new(json!({"mode": "old"})));
    let (read, written) = (kept.clone(), kept.clone());
    let target = Scripted::default()
        .twist("GET /settings", move |_, _| answer(200, &read.lock().unwrap()))
        .twist("PUT /settings", move |request: &Request, _| {
            *written.lock().unwrap() = serde_json::from_slice(&request.body).unwrap();
            answer(200, &written.lock().unwrap())
        });
    (target, kept)
}

#[tokio::test(start_paused = true)]
async fn a_setting_is_put_back() {
    let (target, kept) = keeps();
    let bench = setting();
    let put = bench.index("put");
    bench
        .phase(&target, async |session| {
            let step = session.base(session.contract.at(put).unwrap()).unwrap();
            send(session, &step).await.unwrap();
            assert_eq!(*kept.lock().unwrap(), json!({"mode": "new"}));
            settings::put_back(session).await;
        })
        .await;
    assert_eq!(*kept.lock().unwrap(), json!({"mode": "old"}));
}

#[rstest]
#[case::unreadable("GET /settings", answer(500, &json!({})), "it cannot be read as JSON")]
#[case::hidden("GET /settings", answer(200, &json!({"token": "***"})), "its response hides members that could not be restored")]
#[case::not_taken("PUT /settings", answer(400, &json!({})), "sending back what was read is not accepted")]
#[tokio::test(start_paused = true)]
async fn a_setting_that_cannot_be_put_back_is_left_alone(
    #[case] what: &str,
    #[case] reply: Reply,
    #[case] why: &str,
) {
    let (status, body) = (reply.as_ref().unwrap().status.as_u16(), crate::check::scripted::json_of(&reply));
    let target =
        Scripted::default().reply(what, status, body).reply("GET /settings", 200, json!({"mode": "old"}));
    let (came, _) = sent(&setting(), &target, "put").await;
    assert_eq!(object(came), format!("a setting, left alone because {why}"));
}

#[tokio::test(start_paused = true)]
async fn a_setting_that_stays_changed_is_a_leftover() {
    let is_changed = std::sync::Arc::new(AtomicBool::new(false));
    let changed = is_changed.clone();
    let target = Scripted::default()
        .twist("GET /settings", move |_, _| {
            let mode = if is_changed.load(Ordering::Relaxed) { "other" } else { "old" };
            answer(200, &json!({"mode": mode}))
        })
        .twist("PUT /settings", move |request: &Request, _| {
            let is_new = String::from_utf8_lossy(&request.body).contains("new");
            changed.fetch_or(is_new, Ordering::Relaxed);
            answer(200, &json!({"mode": "new"}))
        });
    let bench = setting();
    let put = bench.index("put");
    let told = bench
        .phase(&target, async |session| {
            let step = session.base(session.contract.at(put).unwrap()).unwrap();
            send(session, &step).await.unwrap();
            settings::put_back(session).await;
        })
        .await;
    let expected = r#"http://pets.test/settings was {"mode":"old"} and is {"mode":"other"}"#;
    assert_eq!(told.left.last().map(String::as_str), Some(expected));
}

/// What bodies refer to is there, however deep it stands.
#[tokio::test(start_paused = true)]
async fn references_inside_a_body_are_filled() {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let id = json!({"type": "integer"});
    let role = json!({"type": "object", "required": ["id"], "properties": {"id": id}});
    let member = json!({"type": "object", "required": ["id", "label"],
        "properties": {"id": id, "label": {"type": "string"}}});
    let body = json!({"type": "object", "required": ["options", "roles", "role", "rows"], "properties": {
        "options": {"type": "object", "required": ["role_id"], "properties": {"role_id": id}},
        "roles": {"type": "array", "minItems": 1, "items": role},
        "role": member,
        "rows": {"type": "array", "minItems": 1, "items": {"required": ["role_ids"], "properties": {
            "role_ids": {"type": "array", "minItems": 1, "items": id}}}},
    }});
    let list = json!({"type": "array", "items": role});
    let bench = Bench::of(json!({"openapi": "3.1.0", "paths": {
        "/roles": {"get": {"operationId": "roles", "responses": {"200": {"description": "", "content": content(list)}}}},
        "/jobs": {"post": {"operationId": "job", "requestBody": {"required": true, "content": content(body)},
            "responses": {"201": {"description": "", "content": content(json!({"type": "object"}))}}}},
    }}));
    let sent = std::sync::Arc::new(std::sync::Mutex::new(Value::Null));
    let kept = sent.clone();
    let target = Scripted::default().reply("GET /roles", 200, json!([{"id": 77}])).twist(
        "POST /jobs",
        move |request: &Request, _| {
            *kept.lock().unwrap() = serde_json::from_slice(&request.body).unwrap();
            answer(201, &json!({"id": 1}))
        },
    );
    bench
        .phase(&target, async |session| {
            for operation in ["roles", "job"] {
                let step = session.base(session.contract.at(bench.index(operation)).unwrap()).unwrap();
                send(session, &step).await.unwrap();
            }
        })
        .await;
    let sent = sent.lock().unwrap().clone();
    assert_eq!((&sent["options"]["role_id"], &sent["roles"]), (&json!(77), &json!([{"id": 77}])));
    assert_ne!(sent["role"]["id"], 77, "one that says more may be a new one");
    assert_eq!(sent["rows"][0]["role_ids"], json!([0]), "what a list gathers is this run's own alone");
}

/// A body that is refused may want the names of other objects: its own name is left as it is.
#[rstest]
#[case::taken("set_name", Some(201))]
#[case::its_own("name", Some(422))]
#[tokio::test(start_paused = true)]
async fn a_body_may_name_objects_by_their_names(#[case] member: &str, #[case] expected: Option<u16>) {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let body = json!({"type": "object", "required": [member], "properties": {member: {"type": "string"}}});
    let set =
        json!({"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}});
    let bench = Bench::of(json!({"openapi": "3.1.0", "paths": {
        "/sets": {"get": {"operationId": "sets",
            "responses": {"200": {"description": "", "content": content(json!({"type": "array", "items": set}))}}}},
        "/runs": {"post": {"operationId": "run", "requestBody": {"required": true, "content": content(body)},
            "responses": {"201": {"description": "", "content": content(json!({"type": "object"}))}}}},
    }}));
    let target = Scripted::default().reply("GET /sets", 200, json!([{"id": 77, "name": "first"}])).twist(
        "POST /runs",
        |request: &Request, _| {
            let sent: Value = serde_json::from_slice(&request.body).unwrap();
            let is_known = sent["set_name"] == "first";
            answer(if is_known { 201 } else { 422 }, &json!({"error": "there is no such set"}))
        },
    );
    bench
        .phase(&target, async |session| {
            let of = |id: &str| session.contract.at(bench.index(id)).unwrap();
            let (sets, run) = (of("sets"), of("run"));
            send(session, &session.base(sets).unwrap()).await.unwrap();
            let step = session.base(run).unwrap();
            *session.recorder.state_mut(run.index).unwrap() = OperationState::default();
            let came = send(session, &step).await.unwrap();
            assert_eq!(came.status(), expected, "{:?}", target.sent());
            // The next body of the operation is right from the start.
            let known = target.sent().len();
            assert_eq!(send(session, &step).await.unwrap().status(), expected);
            let asked = target.sent().split_off(known);
            assert_eq!(asked.iter().filter(|line| line.starts_with("POST")).count(), 1, "{asked:?}");
        })
        .await;
}

/// Where a document has a scheme and forgets to ask for it, the user's key is tried.
#[rstest]
#[case::forgotten(None, true)]
#[case::open_to_everybody(Some(json!([])), false)]
#[tokio::test(start_paused = true)]
async fn a_key_that_nobody_asked_for(#[case] said: Option<serde_json::Value>, #[case] expected: bool) {
    let mut tree = crate::check::scripted::pets();
    tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
    tree["paths"]["/pets"]["post"]["security"] = json!([{"key": []}]);
    tree["paths"]["/pets"]["get"]["responses"].as_object_mut().unwrap().remove("4XX");
    if let Some(said) = said {
        tree["paths"]["/pets"]["get"]["security"] = said;
    }
    let mut bench = Bench::of(tree);
    bench.sources.named.push(key("k", &[]));
    let target = Scripted::with(&["rex"]).guarded();
    let (came, told) = sent(&bench, &target, "list").await;
    assert_eq!(came.unwrap() == 200, expected, "{:?}", target.sent());
    assert!(told.seen.contains(&"valid-rejected list".to_owned()), "{:?}", told.seen);
    let open = Scripted::with(&["rex"]);
    assert!(matches!(sent(&bench, &open, "list").await.0, Ok(200)));
    assert_eq!(open.count("GET /pets"), 1, "what is let in without a key gets none");
}

/// Items may be listed below other objects alone, or by what the document does not describe.
#[rstest]
#[case::below("/shops/{shop}/pets", json!([{"id": 7}]), "GET /pets/7")]
#[case::undescribed("/pets", json!({"pets": [{"id": 7}], "links": [{"href": "x"}]}), "GET /pets/7")]
#[case::something_else("/pets", json!({"notes": ["x"]}), "GET /pets/string")]
#[tokio::test(start_paused = true)]
async fn items_are_listed_elsewhere(
    #[case] list: &str,
    #[case] shown: serde_json::Value,
    #[case] expected: &str,
) {
    let path =
        |name: &str| json!([{"name": name, "in": "path", "required": true, "schema": {"type": "string"}}]);
    let pets =
        json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}});
    let schema = if list == "/pets" { json!({}) } else { pets };
    let ok =
        |schema: serde_json::Value| json!({"200": {"content": {"application/json": {"schema": schema}}}});
    let mut tree = json!({"openapi": "3.1.0", "paths": {
        "/pets/{pet}": {"get": {"operationId": "read", "parameters": path("pet"), "responses": ok(json!({"type": "object"}))}},
    }});
    tree["paths"][list]["get"] = json!({"operationId": "list", "responses": ok(schema)});
    if list.contains("{shop}") {
        tree["paths"][list]["get"]["parameters"] = path("shop");
    }
    let target = Scripted::default().reply("GET /shops/*", 200, shown.clone()).reply("GET /pets", 200, shown);
    let target = target.reply("GET /pets/*", 200, json!({"id": 7}));
    let bench = Bench::of(tree);
    let (list, read) = (bench.index("list"), bench.index("read"));
    bench
        .phase(&target, async |session| {
            for index in [list, read] {
                let step = session.base(session.contract.at(index).unwrap()).unwrap();
                send(session, &step).await.unwrap();
            }
        })
        .await;
    assert_eq!(target.sent().last().map(String::as_str), Some(expected), "{:?}", target.sent());
}

/// A refusal is tried with what objects of the target have, where a member says of what kind they are.
#[tokio::test(start_paused = true)]
async fn a_kind_is_taken_from_what_is_listed() {
    let mut tree = crate::check::scripted::pets();
    tree["components"]["schemas"]["Pet"]["required"] = json!(["name", "kind"]);
    tree["components"]["schemas"]["Pet"]["properties"]["kind"] = json!({"type": "string"});
    let bench = Bench::of(tree);
    let target = Scripted::default()
        .reply(
            "GET /pets",
            200,
            json!({"count": 1, "next": null, "results": [{"id": 1, "name": "rex", "kind": "dog"}]}),
        )
        .twist("POST /pets", |request: &Request, reply: Reply| {
            let is_known = String::from_utf8_lossy(&request.body).contains(r#""kind":"dog""#);
            if is_known { reply } else { answer(422, &json!({"error": "unknown kind"})) }
        });
    let index = bench.index("list");
    let create = bench.index("create");
    let mut came = Ok(0);
    bench
        .phase(&target, async |session| {
            *session.recorder.state_mut(create).unwrap() = OperationState::default();
            for index in [index, create] {
                let step = session.base(session.contract.at(index).unwrap()).unwrap();
                came = send(session, &step).await.map(|exchange| exchange.status().unwrap_or(0));
            }
        })
        .await;
    assert!(matches!(came, Ok(201)), "{came:?} {:?}", target.sent());
}
