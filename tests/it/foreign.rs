//! What others own at a target stays as it is, whatever answers say and paths look like.

use std::sync::{Arc, Mutex};

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::text;
use crate::harm::{Asked, Said, Target, check, errors, pets, shop};

/// Requests that would change or remove the pet that was there before.
fn harmed(target: &Target) -> Vec<String> {
    let unsafe_ones = ["PATCH", "PUT", "DELETE"].iter().flat_map(|method| target.with(method));
    unsafe_ones.filter(|line| line.ends_with("/pets/1")).collect()
}

fn is_create(asked: &Asked) -> bool {
    asked.method == "POST" && asked.path == "/pets"
}

/// The name that a create sends.
fn sent_name(asked: &Asked) -> Option<String> {
    let sent: Value = serde_json::from_str(&asked.body).ok()?;
    Some(sent["name"].as_str()?.to_owned())
}

fn leftovers(report: &Value) -> Vec<String> {
    let left = report["leftovers"].as_array().into_iter().flatten();
    left.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The pets without a list.
fn unlisted() -> Value {
    let mut paths = pets();
    if let Some(methods) = paths["/pets"].as_object_mut() {
        methods.remove("get");
    }
    paths
}

/// Creates that answer what they belong to, with what they made inside.
#[test]
fn the_id_of_what_holds_the_new_object_is_not_taken_for_its_own() {
    let mut made = 1;
    let target = shop(move |asked, pets| {
        let name = sent_name(asked).filter(|_| is_create(asked))?;
        made += 1;
        pets.insert(made, name.clone());
        Some((201, "", json!({"id": 1, "name": "shop", "pets": [{"id": made, "name": name}]}).to_string()))
    });
    let (output, report) = check(&target, &unlisted(), &["--skip", "body"], "");
    assert!(harmed(&target).is_empty(), "{:?} {}", harmed(&target), text(&output.stdout));
    assert!(!leftovers(&report).is_empty());
}

/// Lists in which what was there before shows a text of the run.
#[test]
fn what_shows_a_text_of_the_run_need_not_be_its_own() {
    let last = Arc::new(Mutex::new(String::new()));
    let target = shop(move |asked, pets| {
        let mut last = last.lock().ok()?;
        if let Some(name) = sent_name(asked) {
            *last = name;
        }
        if asked.method != "GET" || asked.path != "/pets" {
            return None;
        }
        let all = pets.iter().map(|(id, name)| {
            let friends = json!([{"id": 99, "name": *last}]);
            json!({"id": id, "name": name, "last_friend": *last, "friends": friends})
        });
        Some((200, "", json!(all.collect::<Vec<_>>()).to_string()))
    });
    let (output, report) = check(&target, &pets(), &[], "");
    assert!(harmed(&target).is_empty(), "{:?} {}", harmed(&target), text(&output.stdout));
    assert_eq!(leftovers(&report), Vec::<String>::new());
}

/// An answer whose only object is another one than what was made.
#[test]
fn an_object_of_another_kind_is_not_taken_for_what_was_made() {
    let mut made = 1;
    let target = shop(move |asked, pets| {
        let name = sent_name(asked).filter(|_| is_create(asked))?;
        made += 1;
        pets.insert(made, name);
        Some((201, "", json!({"secret": "s", "role": {"id": 400, "name": "Viewer"}}).to_string()))
    });
    let (output, report) = check(&target, &pets(), &["--skip", "body"], "");
    let all = ["GET", "PATCH", "DELETE"].iter().flat_map(|method| target.with(method));
    assert!(!all.into_iter().any(|line| line.ends_with("/400")), "{}", text(&output.stdout));
    assert_eq!(leftovers(&report), Vec::<String>::new());
}

/// Paths that count objects, while creates answer ids.
#[test]
fn an_id_that_leads_to_another_object_is_not_used() {
    let target = shop(|asked, _| {
        let is_item = asked.path.starts_with("/pets/") && asked.method == "GET";
        is_item.then(|| (200, "", json!({"id": 77, "name": "Rex"}).to_string()))
    });
    let (output, report) = check(&target, &pets(), &["--skip", "unknown-found"], "");
    assert!(target.with("DELETE").is_empty() && target.with("PATCH").is_empty(), "{}", text(&output.stdout));
    assert!(!leftovers(&report).is_empty());
}

/// Changes that answer another object than the one that was changed.
#[test]
fn the_id_that_a_change_answers_is_not_followed_blindly() {
    for is_listed in [true, false] {
        let target = shop(|asked, pets| {
            let id: u64 = asked.path.strip_prefix("/pets/")?.parse().ok()?;
            let name = sent_name(asked).filter(|_| asked.method == "PATCH" && pets.contains_key(&id))?;
            pets.insert(id, name.clone());
            Some((200, "", json!({"id": 1, "name": name}).to_string()))
        });
        let paths = if is_listed { pets() } else { unlisted() };
        let (output, report) = check(&target, &paths, &[], "");
        assert!(harmed(&target).is_empty(), "{:?} {}", harmed(&target), text(&output.stdout));
        assert_eq!(leftovers(&report), Vec::<String>::new());
    }
}

/// What a create made is found again by the name that was sent, where that is what the path takes, be it that
/// the answer tells nothing or an id.
#[rstest]
#[case::nothing(json!({}))]
#[case::an_id(json!({"id": "b7c953ef-01e0-4962-838f-0421062954ce"}))]
fn a_name_that_was_sent_leads_to_what_was_made(#[case] made: Value) {
    let mut names = vec!["acme".to_owned()];
    let target = Target::start(move |asked| -> Said {
        let named = asked.path.strip_prefix("/tenants/").and_then(|n| names.iter().position(|k| k == n));
        match (asked.method.as_str(), asked.path.as_str(), named) {
            ("POST", "/tenants", _) => match sent_name(asked) {
                Some(name) => {
                    names.push(name);
                    (200, "", made.to_string())
                }
                None => (422, "", "{}".to_owned()),
            },
            ("GET", _, Some(at)) => {
                let name = names.get(at).cloned().unwrap_or_default();
                (200, "", json!({"name": name}).to_string())
            }
            ("DELETE", _, Some(at)) => {
                names.remove(at);
                (204, "", String::new())
            }
            ("PROPFIND" | "HEAD", _, _) => (405, "allow: GET\r\n", String::new()),
            _ => (404, "", "{}".to_owned()),
        }
    });
    let name = json!([{"name": "tenant_name", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let pet = json!({"$ref": "#/components/schemas/Pet"});
    let answer = |status: &str| {
        json!({status: {"description": "x", "content": {"application/json": {}}},
            "404": {"description": "x", "content": {"application/json": {}}},
            "422": {"description": "x", "content": {"application/json": {}}}})
    };
    let paths = json!({
        "/tenants": {"post": {"operationId": "make", "responses": answer("200"),
            "requestBody": {"required": true, "content": {"application/json": {"schema": pet}}}}},
        "/tenants/{tenant_name}": {"parameters": name,
            "get": {"operationId": "read", "responses": answer("200")},
            "delete": {"operationId": "drop", "responses": {"204": {"description": "x"}, "404": {"description": "x"}}}},
    });
    let (output, report) = check(&target, &paths, &[], "");
    assert_eq!(errors(&report), [""; 0]);
    let removed = target.with("DELETE");
    assert!(!removed.is_empty() && removed.iter().all(|line| !line.ends_with("/acme")), "{removed:?}");
    assert_eq!(leftovers(&report), Vec::<String>::new(), "{}", text(&output.stdout));
}

/// What a body names is the run's own, so that others' objects are neither changed nor taken along.
#[test]
fn bodies_name_objects_of_the_run() {
    let named = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&named);
    let target = shop(move |asked, _| {
        if asked.path != "/visits" {
            return None;
        }
        let sent: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        if asked.method == "POST" && sent.is_object() {
            log.lock().ok()?.push(sent);
        }
        Some((200, "", "[]".to_owned()))
    });
    let body = json!({"type": "object", "required": ["pet_id", "pet_ids"], "properties": {
        "pet_id": {"type": "integer"}, "pet_ids": {"type": "array", "items": {"type": "integer"}}}});
    let list = json!({"200": {"description": "x", "content": {"application/json": {"schema": {
        "type": "array", "items": {"type": "object"}}}}}});
    let mut paths = json!({"/visits": {
        "get": {"operationId": "visits", "responses": list},
        "post": {"operationId": "visit", "responses": {"200": {"description": "x"}},
            "requestBody": {"content": {"application/json": {"schema": body}}}}}});
    if let (Some(all), Value::Object(more)) = (paths.as_object_mut(), pets()) {
        all.extend(more);
    }
    check(&target, &paths, &["--skip", "input"], "");
    let named = named.lock().expect("a lock");
    assert!(!named.is_empty());
    for sent in named.iter() {
        assert!(sent["pet_id"].as_u64().is_some_and(|id| id > 1), "{sent}");
        assert!(sent["pet_ids"].as_array().is_some_and(|ids| !ids.contains(&json!(1))), "{sent}");
    }
}

/// A copy of an object of the run's own is its own, too, and goes with it.
#[test]
fn copies_are_taken_away() {
    let mut made = 100;
    let target = shop(move |asked, pets| {
        let id: u64 = asked.path.strip_prefix("/pets/")?.strip_suffix("/clone")?.parse().ok()?;
        if asked.method != "POST" || !pets.contains_key(&id) {
            return None;
        }
        let Some(name) = sent_name(asked) else { return Some((422, "", "{}".to_owned())) };
        made += 1;
        pets.insert(made, name.clone());
        Some((201, "", json!({"id": made, "name": name}).to_string()))
    });
    let mut paths = pets();
    let create = paths["/pets"]["post"].clone();
    paths["/pets/{id}/clone"] = json!({"parameters": paths["/pets/{id}"]["parameters"], "post": create});
    paths["/pets/{id}/clone"]["post"]["operationId"] = json!("clone");
    let (output, report) = check(&target, &paths, &[], "");
    assert_eq!(leftovers(&report), Vec::<String>::new(), "{}", text(&output.stdout));
    let removed = target.with("DELETE");
    assert!(removed.contains(&"DELETE /pets/101".to_owned()), "{removed:?}");
    assert!(harmed(&target).is_empty());
}
