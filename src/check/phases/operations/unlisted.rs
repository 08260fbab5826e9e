//! Asks for lists that the document leaves out.
//!
//! Many documents describe what can be read of an object and forget where objects are listed. Whoever knows HTTP tries
//! the path above the object's, and so does the run: a GET, once for each collection, whose answer is judged by no rule.

use http::Method;
use serde_json::{Value, json};

use crate::check::credentials::KeyChoice;
use crate::check::dispatch::keyed::put_manner;
use crate::check::plan::{Input, Step};
use crate::check::session::Session;
use crate::contract::{Location, Operation, parameter};
use crate::exchange::Request;
use crate::generate::request::{Parts, build};
use crate::resources::{self, CollectionId};

/// Looks for the lists that plain requests among these steps could use.
pub(super) async fn look(session: &mut Session<'_>, steps: impl Iterator<Item = &Step>) {
    for step in steps.filter(|step| step.is_plain()) {
        let Some(operation) = session.contract.at(step.operation) else { continue };
        for (_, name, input) in &step.inputs {
            let index = match input {
                Input::Seen { of: Some(index), .. } => *index,
                // None may be made after all.
                Input::Any(index)
                    if session.resources.of_parameter(operation.index, name) == Some(*index) =>
                {
                    *index
                }
                _ => continue,
            };
            if session.resources.is_unlisted(session.contract, index) && session.pool.seeks(index) {
                list(session, operation, name, index).await;
            }
        }
    }
}

/// Asks for the objects of a collection, below the first object of the collection above, and keeps their ids.
async fn list(
    session: &mut Session<'_>,
    operation: &Operation,
    name: &str,
    index: CollectionId,
) -> Option<()> {
    let known = session.collection(index)?;
    let parents = match known.parent {
        Some(parent) => session.pool.first_listed(parent, &Vec::new())?,
        None => Vec::new(),
    };
    if parents.len() != known.depth() || !session.may_send().await {
        return None;
    }
    let mut request = above(operation, name, &parents)?;
    let choice = KeyChoice::sufficient(operation);
    let key = session.credentials.get(operation, &choice).await.ok()?;
    let timeout = put_manner(session, operation, &mut request, key.is_none());
    if let Some(key) = &key {
        session.credentials.put_on(operation, key, &mut request);
    }
    session.sender.pace().await;
    let exchange = session.sender.send(&request, timeout).await;
    let answer = exchange.response().filter(|answer| answer.status.is_success())?.json()?;
    let entries = resources::entries_unsaid(&answer, known.word());
    let others = entries.into_iter().filter(|entry| !session.marks.is_in_value(entry.value));
    let ids = others.filter_map(|entry| session.pool.id(index, entry, known));
    let ids: Vec<Value> = ids.filter(|id| resources::is_safe_id(&parameter::text(id))).collect();
    session.pool.list(index, &parents, ids);
    Some(())
}

/// The request to the path above a parameter of an operation.
fn above(operation: &Operation, name: &str, parents: &[Value]) -> Option<Request> {
    let mut parts = Parts::default();
    let mut parents = parents.iter();
    for name in operation.template.names() {
        parts.set(Location::Path, name, parents.next().cloned().unwrap_or_else(|| json!("x")));
    }
    let mut request = build(operation, &parts).ok()?;
    let (_, behind) = operation.path().split_once(&format!("/{{{name}}}"))?;
    // What stands in front of the document's paths stays.
    let segments = request.path.matches('/').count().checked_sub(1 + behind.matches('/').count())?;
    let end = request.path.match_indices('/').nth(segments).map(|(at, _)| at)?;
    request.path.truncate(end);
    (request.method, request.query, request.body) = (Method::GET, None, bytes::Bytes::new());
    Some(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::scripted::{Bench, Scripted, answer};
    use crate::contract::build as contract_of;
    use crate::document::Document;
    use rstest::rstest;

    /// A document that lists nothing.
    fn document() -> Value {
        let done = json!({"200": {"description": "", "content": {"application/json": {"schema": {}}}}});
        let of = |names: &[&str]| -> Value {
            let parameter = |name: &&str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
            names.iter().map(parameter).collect()
        };
        json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
            "/health": {"get": {"operationId": "health", "responses": done}},
            "/pets/{id}/file": {"parameters": of(&["id"]), "get": {"operationId": "file", "responses": done}},
            "/pets/{id}/tags/{name}": {"parameters": of(&["id", "name"]), "get": {"operationId": "tag", "responses": done}},
            "/search/{text}": {"parameters": of(&["text"]), "get": {"operationId": "search", "responses": done}},
        }})
    }

    #[rstest]
    #[case("/pets/{id}/file", "id", "/v1/pets")]
    #[case("/pets/{id}/tags/{name}", "name", "/v1/pets/7/tags")]
    fn the_path_above_an_object(#[case] path: &str, #[case] name: &str, #[case] expected: &str) {
        let mut tree = document();
        tree["servers"] = json!([{"url": "http://t/v1"}]);
        let (contract, _) = contract_of("t", &Document::of("t", tree)).unwrap();
        let operation = contract.operations.iter().find(|operation| operation.path() == path).unwrap();
        let request = above(operation, name, &[json!("7")]).unwrap();
        let base = if request.path.starts_with("/v1") { "" } else { "/v1" };
        assert_eq!(format!("{base}{}", request.path), expected);
    }

    /// Objects are found in lists that the document leaves out; what is no list is not asked for.
    #[tokio::test(start_paused = true)]
    async fn objects_of_lists_that_are_left_out() {
        let target = Scripted::with(&[])
            .reply("GET /health", 200, json!({}))
            .reply("GET /pets", 200, json!([7, 8]))
            .reply("GET /pets/7/tags", 200, json!(["red"]))
            .twist("GET /pets/7/*", |_, _| answer(200, &json!({})))
            .refuse("GET /*", 404);
        let outcome = Bench::of(document()).run(&target).await;
        let reached = |id: &str| {
            let operation =
                outcome.run.operations.iter().find(|operation| operation.operation == id).unwrap();
            operation.statuses.contains_key("200")
        };
        let sent = target.sent();
        assert_eq!(["file", "tag", "search"].map(reached), [true, true, false], "{sent:?}");
        assert!(sent.contains(&"GET /pets/7/tags/red".to_owned()), "{sent:?}");
        assert!(!sent.contains(&"GET /search".to_owned()), "{sent:?}");
        assert_eq!(target.sent().iter().filter(|line| *line == "GET /pets").count(), 1);
    }
}
