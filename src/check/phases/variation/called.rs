//! What the paths of a collection call its objects by, which a varied body leaves as it is.

use serde_json::Value;

use crate::check::phases::members::body_schema;
use crate::check::plan::Called;
use crate::check::session::Session;
use crate::contract::{Direction, Operation};
use crate::document::pointer;
use crate::resources::CollectionId;

/// What the paths of a collection call its objects by.
pub(super) fn called(session: &Session<'_>, index: CollectionId) -> Called {
    let Some(collection) = session.collection(index) else { return Called::Otherwise };
    let named_by = |entry: &Value| session.pool.place_of_id(index, entry, collection);
    let place = session.pool.shown_of(index).first().and_then(named_by);
    let create = session.operation(collection.create);
    let Some((create, place)) = create.zip(place) else { return by_text(session, index) };
    let place: Vec<String> = pointer::tokens(&place).collect();
    match place.last() {
        Some(member) if may_send(create, &place) => Called::By(member.clone()),
        _ if session.resources.names_own(create.index) => Called::Otherwise,
        _ => by_text(session, index),
    }
}

fn by_text(session: &Session<'_>, index: CollectionId) -> Called {
    if session.is_called_by_text(index) { Called::ByText } else { Called::Otherwise }
}

/// Whether a request may say what stands at a place of an object.
fn may_send(operation: &Operation, at: &[String]) -> bool {
    let Some((name, outer)) = at.split_last() else { return false };
    let outer: Vec<&str> = outer.iter().map(String::as_str).collect();
    body_schema(operation).is_some_and(|schema| schema.fields(Direction::Request, &outer).contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::outer(&["name"], true)]
    #[case::inner(&["metadata", "name"], true)]
    #[case::the_servers_own(&["metadata", "uid"], false)]
    #[case::not_sent(&["slug"], false)]
    fn what_a_create_may_say_of_an_id(#[case] place: &[&str], #[case] expected: bool) {
        let string = json!({"type": "string"});
        let uid = json!({"type": "string", "readOnly": true});
        let metadata = json!({"type": "object", "properties": {"name": string, "uid": uid}});
        let schema = json!({"type": "object", "properties": {"name": string, "metadata": metadata}});
        let body = json!({"content": {"application/json": {"schema": schema}}});
        let post = json!({"requestBody": body, "responses": {"201": {}}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/things": {"post": post}}});
        let contract = build("t", &Document::of("t", tree)).unwrap().0;
        let place: Vec<String> = place.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(may_send(&contract.operations[0], &place), expected);
    }
}
