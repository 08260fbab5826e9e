//! Ids that clients choose: what was sent and may be written is the id of the new object.

use serde_json::{Map, Value};

use super::call::Call;
use super::engine::{Engine, ShownId};
use super::entity::{self, Members};
use crate::config::ErrorName;
use crate::contract::{Direction, Operation, StatusKey, parameter};
use crate::document::pointer;
use crate::mock::error_response::Refusal;
use crate::resources::{Collection, CollectionId, id_name, id_place, is_safe_id, names};

/// A UUID that is no object's.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// Where a new object, of which `sample` is like the answer, has its id, as a JSON pointer. What only distinguishes
/// objects is no id where reading and listing them show another member for that, or where paths cannot call them so.
pub(super) fn place(engine: &Engine, index: CollectionId, collection: &Collection, sample: &Value) -> String {
    let of = |name: &str| pointer::join("", name);
    let is_called_so = |name: &str| names::letters(name) == names::letters(&collection.parameter);
    let own = id_name(sample, &collection.parameter);
    // What a create answers may be no such object, as where it only begins to make one.
    let is_named_better = |id: &&ShownId| is_called_so(&id.name) && !own.is_some_and(is_called_so);
    let mut shown_ids = engine.reads(index).iter().filter_map(|read| read.id.as_ref());
    if let Some(better) = shown_ids.find(is_named_better) {
        return of(&better.name);
    }
    let own = own.map(of);
    let shown = || engine.reads(index).iter().filter_map(|read| read.id.as_ref());
    let read = || shown().find(|id| !id.is_natural).map(|id| of(&id.name));
    let distinguishes = || {
        let at = id_place(sample, &collection.parameter)?;
        names_an_item(engine, index, sample.pointer(&at)?).then_some(at)
    };
    own.or_else(read).or_else(distinguishes).unwrap_or_else(|| "/id".to_owned())
}

/// The id that a client chose for a new object, where it may write one and a path can name it.
pub(super) fn chosen(
    call: &Call<'_>,
    index: CollectionId,
    members: &Members,
    at: &str,
    sent: &Map<String, Value>,
) -> Option<Value> {
    let member = pointer::tokens(at).next()?;
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

/// The member that is the id of an object, by the place of the id; empty where the id is inside a member.
pub(super) fn member(id_at: &str) -> String {
    let mut tokens = pointer::tokens(id_at);
    tokens.next().filter(|_| tokens.next().is_none()).unwrap_or_default()
}

/// Gives a changed object an id again that is inside a member (`metadata.name`), whatever became of that member: a path
/// has to find the object by it.
pub(super) fn restore(id_at: &str, before: &Value, object: &mut Value) {
    if !member(id_at).is_empty() {
        return;
    }
    if let (Some(outer), Some(id)) = (pointer::tokens(id_at).next(), before.pointer(id_at)) {
        entity::set_inner(object, before, &outer, id_at, id);
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
    #[case::left_out("/metadata/name", json!({"kind": "x"}), json!({"kind": "x", "metadata": {"name": "a", "at": 1}}))]
    #[case::emptied("/metadata/name", json!({"metadata": {}}), json!({"metadata": {"name": "a"}}))]
    #[case::null("/metadata/name", json!({"metadata": null}), json!({"metadata": {"name": "a", "at": 1}}))]
    #[case::another("/metadata/name", json!({"metadata": {"name": "b"}}), json!({"metadata": {"name": "a"}}))]
    #[case::outer("/kind", json!({"kind": "y"}), json!({"kind": "y"}))]
    fn an_inner_id_outlives_a_change(
        #[case] id_at: &str,
        #[case] mut object: Value,
        #[case] expected: Value,
    ) {
        restore(id_at, &json!({"kind": "x", "metadata": {"name": "a", "at": 1}}), &mut object);
        assert_eq!(object, expected);
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
