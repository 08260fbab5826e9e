use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Scripted, Told, altered, answer, key, pets};
use crate::config::state::State;
use crate::resources::Resources;

/// The document of pets with `POST /adopt`, whose body names a pet.
fn document(pet: u64) -> Value {
    let mut tree = pets();
    let ids = json!({"type": "object", "required": ["pets"], "properties": {
        "pets": {"type": "array", "minItems": 1, "items": {"type": "integer", "const": pet}}}});
    tree["paths"]["/adopt"] = json!({"post": {"operationId": "adopt",
        "requestBody": {"required": true, "content": {"application/json": {"schema": ids}}},
        "responses": {"200": {"description": "done"}}}});
    tree
}

/// What the action does according to the settings.
fn bench(tree: Value, collection: &str, action: Action) -> Bench {
    let mut bench = Bench::of(tree);
    bench.settings.actions.insert(bench.index(&action.operation));
    let state = State { collection: collection.to_owned(), action: vec![action], ..State::default() };
    bench.resources = Resources::of(&bench.contract, &[state]);
    bench
}

fn adds() -> Action {
    Action { operation: "adopt".to_owned(), adds: Some("/pets".to_owned()), ..Action::default() }
}

fn removes() -> Action {
    Action { operation: "adopt".to_owned(), removes: Some("/pets".to_owned()), ..Action::default() }
}

/// A target with two pets; its list becomes `after` when the action was sent, with a key or without.
fn target(after: &'static [u64], needs_key: bool) -> Scripted {
    let is_done = Arc::new(AtomicBool::new(false));
    let was_done = Arc::clone(&is_done);
    Scripted::with(&["rex", "max"])
        .twist("POST /adopt", move |request, _| {
            let is_refused = needs_key && !request.headers.contains_key(http::header::AUTHORIZATION);
            is_done.store(true, Ordering::Relaxed);
            if is_refused { answer(401, &json!({"error": "key"})) } else { answer(200, &json!({})) }
        })
        .twist("GET /pets", move |_, reply| {
            altered(reply, |page| {
                if was_done.load(Ordering::Relaxed) {
                    page["results"] = after.iter().map(|id| json!({"id": id, "name": "a"})).collect();
                    page["count"] = json!(after.len());
                }
            })
        })
}

/// What came of an action, as far as this phase says it.
async fn acted(bench: &Bench, target: &Scripted, operation: &str) -> Told {
    let index = bench.index(operation);
    let mut told = bench.phase(target, async |session| run(session, index).await).await;
    let is_own = |entry: &String| {
        entry.starts_with("action-not-kept ") || entry.starts_with("denied-request-had-effect ")
    };
    told.seen.retain(is_own);
    told.looked.retain(is_own);
    told
}

#[rstest]
#[case::added(adds(), 7, &[1, 2, 7], false)]
#[case::not_added(adds(), 7, &[1, 2], true)]
#[case::removed(removes(), 1, &[2], false)]
#[case::not_removed(removes(), 1, &[1, 2], true)]
#[tokio::test(start_paused = true)]
async fn what_an_action_does_shows_in_the_list(
    #[case] action: Action,
    #[case] pet: u64,
    #[case] after: &'static [u64],
    #[case] is_broken: bool,
) {
    let told = acted(&bench(document(pet), "/pets", action), &target(after, false), "adopt").await;
    let expected: &[&str] = if is_broken { &["action-not-kept adopt"] } else { &[] };
    assert_eq!(told.seen, expected);
    assert_eq!(told.looked, ["action-not-kept adopt"]);
}

#[rstest]
#[case::nothing_to_remove(removes(), target(&[], false), "there is nothing that the action could remove")]
#[case::no_list(adds(), Scripted::with(&["rex"]).refuse("GET /pets", 500), "what the action changes cannot be listed")]
#[tokio::test(start_paused = true)]
async fn an_action_that_would_show_nothing_is_not_sent(
    #[case] action: Action,
    #[case] target: Scripted,
    #[case] why: &str,
) {
    let told = acted(&bench(document(7), "/pets", action), &target, "adopt").await;
    assert_eq!(told.untested, [format!("action-not-kept adopt: {why}")]);
    assert_eq!((told.seen.len(), target.count("POST /adopt")), (0, 0));
}

#[rstest]
#[case::refused(Scripted::with(&["rex"]).refuse("POST /adopt", 400))]
#[case::lost(Scripted::with(&["rex"]).cut_off("POST /adopt"))]
#[tokio::test(start_paused = true)]
async fn an_action_that_is_not_accepted_promises_nothing(#[case] target: Scripted) {
    let told = acted(&bench(document(7), "/pets", adds()), &target, "adopt").await;
    assert_eq!(target.count("POST /adopt"), 1);
    assert_eq!((told.seen.as_slice(), told.looked.as_slice()), (&[][..], &[][..]));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_where_the_plain_request_failed() {
    let (bench, target) = (bench(document(7), "/pets", adds()), target(&[1, 7], false));
    let adopt = bench.index("adopt");
    bench
        .phase(&target, async |session| {
            session.recorder.state_mut(adopt).unwrap().success = None;
            run(session, adopt).await;
        })
        .await;
    assert_eq!(target.sent(), [""; 0]);
}

#[rstest]
#[case::honest(&[1, 2], &[])]
#[case::done_nevertheless(&[1, 2, 7], &["denied-request-had-effect adopt"])]
#[tokio::test(start_paused = true)]
async fn what_is_refused_has_no_effect(#[case] after: &'static [u64], #[case] expected: &[&str]) {
    let mut tree = document(7);
    tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
    tree["security"] = json!([{"key": ["pets"]}]);
    // Nothing is promised, so that only the refusals are judged.
    let mut bench = bench(tree, "/pets", Action { adds: None, ..adds() });
    bench.sources.named = vec![key("k", &["pets"])];
    let told = acted(&bench, &target(after, true), "adopt").await;
    assert_eq!(told.seen, expected);
    assert_eq!(told.looked, ["denied-request-had-effect adopt"]);
}

/// A group is made with its pets; they are listed below it.
#[rstest]
#[case::all(&[7], &[])]
#[case::none(&[], &["action-not-kept form"])]
#[tokio::test(start_paused = true)]
async fn what_is_made_holds_what_it_was_made_with(#[case] members: &[u64], #[case] expected: &[&str]) {
    let mut tree = document(7);
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let list = tree["paths"]["/pets"]["get"]["responses"].clone();
    let body = tree["paths"]["/adopt"]["post"]["requestBody"].clone();
    let item = json!({"name": "groupId", "in": "path", "required": true, "schema": {"type": "integer"}});
    let group = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}});
    tree["paths"] = json!({
        "/groups": {"post": {"operationId": "form", "requestBody": body,
            "responses": {"201": {"description": "made", "content": content(group)}}}},
        "/groups/{groupId}": {"parameters": [item],
            "delete": {"operationId": "end", "responses": {"204": {"description": "gone"}}}},
        "/groups/{groupId}/members": {"parameters": [item],
            "get": {"operationId": "members", "responses": list}},
    });
    let action = Action { operation: "form".to_owned(), ..adds() };
    let bench = bench(tree, "/groups/{groupId}/members", action);
    let entries: Vec<Value> = members.iter().map(|id| json!({"id": id, "name": "a"})).collect();
    let target = Scripted::default().reply("POST /groups", 201, json!({"id": 5})).reply(
        "GET /groups/5/members*",
        200,
        json!({"count": entries.len(), "results": entries}),
    );
    let told = acted(&bench, &target, "form").await;
    assert_eq!(told.seen, expected);
    assert_eq!(told.looked, ["action-not-kept form"]);
}
