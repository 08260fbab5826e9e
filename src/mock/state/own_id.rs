//! Ids that clients choose: what was sent and may be written is the id of the new object.

use serde_json::{Map, Value};

use super::call::Call;
use super::engine::Engine;
use super::entity::Members;
use crate::config::ErrorName;
use crate::contract::{Direction, Operation, StatusKey, parameter};
use crate::document::pointer;
use crate::mock::error_response::Refusal;
use crate::resources::{Collection, CollectionId, id_place, is_safe_id};

/// A UUID that is no object's.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// The id that a client chose for a new object, where it may write one and a path can name it.
pub(super) fn chosen(
    call: &Call<'_>,
    index: CollectionId,
    collection: &Collection,
    members: &Members,
    sample: &Value,
    sent: &Map<String, Value>,
) -> Option<Value> {
    let at = id_place(sample, &collection.parameter).unwrap_or_else(|| "/id".to_owned());
    let member = pointer::tokens(&at).next()?;
    let inside = at.get(pointer::join("", &member).len()..)?;
    let id = sent.get(&member).filter(|_| members.writes(&member))?.pointer(inside)?;
    // The nil UUID names nothing (RFC 9562 §5.9).
    let is_name = |text: &str| is_safe_id(text) && text != NIL;
    let is_usable = id.is_number() || id.as_str().is_some_and(is_name);
    (is_usable && names_an_item(call.engine, index, id)).then(|| id.clone())
}

/// Whether the paths of a collection's items can have that id.
pub(super) fn names_an_item(engine: &Engine, index: CollectionId, id: &Value) -> bool {
    let text = Value::from(parameter::text(id));
    engine.schemas_of_id(index).all(|schema| {
        let fits = |id: &Value| schema.is_valid(Direction::Request, id) != Ok(false);
        // A path may name several of them.
        fits(id) || fits(&text) || fits(&Value::from(vec![id.clone()]))
    })
}

/// The refusal of an id that another object has already.
pub(super) fn taken(operation: &Operation, id: &str) -> Refusal {
    let documents =
        |status: &u16| operation.responses.iter().any(|response| response.status == StatusKey::Code(*status));
    let status = [409, 422, 400].into_iter().find(documents).unwrap_or(409);
    Refusal::new(ErrorName::Invalid, status, format!("an object with the id {id:?} exists already"))
}

/// Takes out of a change what would change or lose the id. A name by which an object is known may become
/// another one.
pub(super) fn keep(id: &str, object: &Value, sent: &mut Map<String, Value>) {
    let lower = id.to_ascii_lowercase();
    let is_name = !lower.ends_with("id");
    let is_other_name = |value: &Value| is_name && value.as_str().is_some_and(is_safe_id);
    if sent.get(id).is_some_and(|value| !is_other_name(value))
        && let Some(known) = object.get(id)
    {
        sent.insert(id.to_owned(), known.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("id", json!({"id": 8}), json!({"id": 7}))]
    #[case("id", json!({"id": null, "a": 1}), json!({"id": 7, "a": 1}))]
    #[case("petId", json!({"petId": "x"}), json!({"petId": 7}))]
    #[case("name", json!({"name": "x"}), json!({"name": "x"}))]
    #[case("name", json!({"name": null}), json!({"name": 7}))]
    #[case("name", json!({"name": "a/b"}), json!({"name": 7}))]
    #[case("id", json!({"a": 1}), json!({"a": 1}))]
    fn a_change_keeps_the_id(#[case] id: &str, #[case] sent: Value, #[case] expected: Value) {
        let mut sent = sent.as_object().cloned().unwrap_or_default();
        keep(id, &json!({id: 7}), &mut sent);
        assert_eq!(Value::Object(sent), expected);
    }

    #[rstest]
    #[case(json!({"201": {}, "409": {}, "400": {}}), 409)]
    #[case(json!({"201": {}, "400": {}, "422": {}}), 422)]
    #[case(json!({"201": {}, "400": {}}), 400)]
    #[case(json!({"201": {}, "4XX": {}}), 409)]
    fn a_taken_id_is_refused_as_documented(#[case] responses: Value, #[case] status: u16) {
        let tree = json!({"openapi": "3.1.0", "paths": {"/things": {"post": {"responses": responses}}}});
        let contract = crate::mock::testing::contract(tree);
        assert_eq!(taken(&contract.operations[0], "7").status, status);
    }
}
