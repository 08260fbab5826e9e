//! Runs against a small server of sets, which a path calls by their names: what becomes of objects that are renamed,
//! copied and closed, and how a run learns what the document leaves out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rstest::rstest;
use serde_json::{Value, json};

use crate::check::scripted::{Bench, Reply, Scripted, answer};
use crate::exchange::Request;

/// What the server holds, by id.
#[derive(Debug, Default)]
struct Sets {
    all: BTreeMap<u64, Value>,
    last: u64,
}

/// How the server differs from a plain one.
#[derive(Debug, Clone, Copy, Default)]
struct Ways {
    /// A PUT closes a set, which takes nothing any more.
    closes: bool,
    /// A copy has no text of what it was made of.
    copies_bare: bool,
}

impl Sets {
    fn with(names: &[&str]) -> Self {
        let mut sets = Self::default();
        for name in names {
            sets.add(name, true);
        }
        sets
    }

    fn add(&mut self, name: &str, is_open: bool) -> Value {
        self.last += 1;
        let set = json!({"id": self.last, "name": name, "kind": "box", "open": is_open});
        self.all.insert(self.last, set.clone());
        set
    }

    fn names(&self) -> Vec<String> {
        self.all.values().filter_map(|set| Some(set["name"].as_str()?.to_owned())).collect()
    }

    fn answer(&mut self, request: &Request, ways: Ways) -> Reply {
        let no = |status: u16, why: &str| answer(status, &json!({ "error": why }));
        let mut parts = request.path.trim_start_matches("/sets").split('/').skip(1);
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let method = request.method.as_str();
        let Some(name) = parts.next() else {
            return match method {
                "GET" | "HEAD" => answer(200, &json!(self.all.values().collect::<Vec<_>>())),
                "POST" => match sent["name"].as_str() {
                    Some(name) => answer(201, &self.add(name, true)),
                    None => no(422, "name is required"),
                },
                _ => no(405, "no such method"),
            };
        };
        let found = self.all.iter().find(|(_, set)| set["name"] == name).map(|(id, set)| (*id, set.clone()));
        let Some((id, mut set)) = found else { return no(404, "no such set") };
        match (method, parts.next()) {
            ("GET" | "HEAD", None) => answer(200, &set),
            ("DELETE", None) => {
                self.all.remove(&id);
                answer(204, &Value::Null)
            }
            ("PUT" | "PATCH", None) => {
                set["name"] = sent.get("name").cloned().unwrap_or(json!(name));
                set["open"] = json!(set["open"] == json!(true) && !(ways.closes && method == "PUT"));
                self.all.insert(id, set.clone());
                answer(200, &set)
            }
            ("POST", Some("copy")) => {
                let copied =
                    if ways.copies_bare { format!("copy-{}", self.last) } else { format!("{name}-copy") };
                answer(200, &self.add(&copied, true))
            }
            ("POST", Some("shake")) if set["open"] == json!(false) => no(403, "the set is closed"),
            ("POST", Some("shake")) => answer(200, &set),
            _ => no(405, "no such method"),
        }
    }
}

/// The document of the server, with some of its operations.
fn document(operations: &[(&str, &str)]) -> Value {
    let schema = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}});
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let mut paths = json!({
        "/sets": {
            "get": {"operationId": "list", "responses": {"200": {"description": "all",
                "content": content(json!({"type": "array", "items": {"type": "object"}}))}}},
            "post": {"operationId": "create", "requestBody": {"required": true, "content": content(schema.clone())},
                "responses": {"201": {"description": "made", "content": content(json!({"type": "object"}))}}},
        },
        "/sets/{set_name}": {
            "get": {"operationId": "read", "responses": {"200": {"description": "one",
                "content": content(json!({"type": "object"}))}, "404": {"description": "none"}}},
            "delete": {"operationId": "drop", "responses": {"204": {"description": "gone"},
                "404": {"description": "none"}}},
        },
    });
    for (method, path) in operations {
        let mut operation = json!({"operationId": format!("{method}{}", path.replace(['/', '{', '}'], "-")),
            "responses": {"200": {"description": "done"}}});
        if ["put", "patch"].contains(method) {
            operation["requestBody"] = json!({"required": true, "content": content(schema.clone())});
        }
        paths[*path][*method] = operation;
    }
    for (path, item) in paths.as_object_mut().unwrap() {
        if path.contains("{set_name}") {
            item["parameters"] = json!([{"name": "set_name", "in": "path", "required": true,
                "schema": {"type": "string"}}]);
        }
    }
    json!({"openapi": "3.1.0", "info": {"title": "Sets", "version": "1"}, "paths": paths})
}

/// Runs everything against the server. What it holds in the end, what is told as left, and the statuses of an operation.
async fn run(
    operations: &[(&str, &str)],
    ways: Ways,
    asked: &str,
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let sets = Arc::new(Mutex::new(Sets::with(&["theirs"])));
    let kept = sets.clone();
    let target = Scripted::default()
        .twist("*", move |request: &Request, _| kept.lock().unwrap().answer(request, ways));
    let outcome = Bench::of(document(operations)).run(&target).await;
    let seen = outcome.run.operations.iter().find(|operation| operation.operation == asked);
    let statuses = seen.map(|operation| operation.statuses.keys().cloned().collect()).unwrap_or_default();
    let names = sets.lock().unwrap().names();
    (names, outcome.run.leftovers, statuses)
}

/// An object has a new name in its path once it was changed, though its id stays.
#[tokio::test(start_paused = true)]
async fn what_is_renamed_is_removed_by_its_new_name() {
    let (names, left, statuses) =
        run(&[("patch", "/sets/{set_name}")], Ways::default(), "patch-sets--set_name-").await;
    assert!(statuses.contains(&"200".to_owned()), "{statuses:?}");
    assert_eq!(names, ["theirs"]);
    assert_eq!(left, [] as [String; 0]);
}

/// A copy is the run's own where it has a text of the run's, and is told where nothing shows whose it is.
#[rstest]
#[case::with_a_text(false)]
#[case::without(true)]
#[tokio::test(start_paused = true)]
async fn a_copy_does_not_go_with_what_it_was_made_of(#[case] copies_bare: bool) {
    let ways = Ways { copies_bare, ..Ways::default() };
    let (names, left, statuses) =
        run(&[("post", "/sets/{set_name}/copy")], ways, "post-sets--set_name--copy").await;
    assert!(statuses.contains(&"200".to_owned()), "{statuses:?}");
    let copies: Vec<&String> = names.iter().filter(|name| *name != "theirs").collect();
    assert_eq!(copies.is_empty(), !copies_bare, "{names:?}");
    assert_eq!(left.is_empty(), !copies_bare, "{left:?}");
    assert!(left.len() >= copies.len(), "{copies:?} are told: {left:?}");
}

/// What a change has closed refuses the next request; a new object does not.
#[rstest]
#[case::stays_open(false)]
#[case::closes(true)]
#[tokio::test(start_paused = true)]
async fn a_closed_object_is_left_for_another(#[case] closes: bool) {
    let operations = [("put", "/sets/{set_name}"), ("post", "/sets/{set_name}/shake")];
    let ways = Ways { closes, ..Ways::default() };
    let (names, left, statuses) = run(&operations, ways, "post-sets--set_name--shake").await;
    assert!(statuses.contains(&"200".to_owned()), "{statuses:?}");
    assert_eq!((names, left), (vec!["theirs".to_owned()], Vec::new()));
}
