//! What an unsafe operation does to the target: creates an object, changes one, asks for something, or acts.
//!
//! A runner that must do no harm sends only what creates objects of its own, changes those, or asks.

use http::Method;

use super::collection_id::CollectionId;
use super::words::{self, FINDERS, is_one_of, last_word};
use super::{Resources, listing};
pub use crate::contract::Kind;
use crate::contract::path::Piece;
use crate::contract::schema::View;
use crate::contract::{Contract, Direction, Location, MediaBody, Operation, Parameter, Schema, StatusKey};
use serde_json::Value;

/// The kind of an unsafe operation, and the reason for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The kind.
    pub kind: Kind,
    /// Why, as part of a sentence.
    pub why: &'static str,
}

/// The kind of an operation; `None` for a safe one.
pub(super) fn kind(contract: &Contract, resources: &Resources, operation: &Operation) -> Option<Judged> {
    if operation.is_safe() {
        return None;
    }
    let judged = |kind, why| Some(Judged { kind, why });
    if let Some(why) = creates(contract, resources, operation) {
        return judged(Kind::Create, why);
    }
    if resources.names_own(operation.index) {
        return judged(Kind::Create, "the last parameter of its path names the new object");
    }
    if reads_as_well(contract, operation) {
        return judged(Kind::Query, "its summary says that it reads what GET on its path reads");
    }
    if asks(operation) {
        return judged(Kind::Query, "its last word asks for something, and it documents only 200");
    }
    if resources.links(operation.index) {
        return judged(
            Kind::Own,
            "it links an object that a create of this document makes with one that is listed, or ends that",
        );
    }
    let named = resources.target(operation);
    let target = named.and_then(|name| resources.place_of(operation, name));
    let is_made = target.and_then(|id| resources.collection(id)).is_some_and(|c| c.create.is_some());
    if is_made && named.is_some_and(|named| reaches_beyond(operation, named)) {
        return judged(
            Kind::Action,
            "it works on an object that a create makes, but affects more than that object",
        );
    }
    if is_made {
        return judged(Kind::Own, "it works on an object that a create of this document makes");
    }
    // A POST without a body sets nothing.
    let may_set = operation.method != Method::POST || operation.body.is_some();
    if operation.method != Method::DELETE && may_set && shows_one(contract, operation) {
        return judged(Kind::Setting, "GET on its path returns a single object that nothing creates");
    }
    judged(Kind::Action, "no create makes the objects in its path, and it creates none itself")
}

/// Why a POST makes an object; `None` where it does not.
pub(super) fn creates(
    contract: &Contract,
    resources: &Resources,
    operation: &Operation,
) -> Option<&'static str> {
    let is_refused = || {
        answers_own_target(contract, resources, operation)
            || words::is_called_drastic(operation)
            || reads_as_well(contract, operation)
    };
    if operation.method == Method::POST
        && made_above(contract, resources, operation).is_some()
        && !is_refused()
    {
        return Some(
            "it answers an object of the collection above its last word, which says that it makes one",
        );
    }
    if operation.method != Method::POST || acts(contract, operation) || is_refused() {
        return None;
    }
    let path = operation.path().trim_end_matches('/');
    let lists = contract
        .with_path(operation.path())
        .any(|o| o.method == Method::GET && same_path(o, operation) && listing::lists(o));
    let at = resources.at(path).and_then(|index| resources.collection(index));
    let is_parent = at.is_some_and(|collection| collection.has_item_path);
    // What is sent to an object itself changes it.
    let names_object = operation.template.segments().last().is_some_and(|segment| !is_literal(segment));
    if is_parent && (lists || !names_object) {
        return Some("its path is the parent of an item's path");
    }
    if asks(operation) {
        return None;
    }
    if lists {
        return Some("GET on its path is a list");
    }
    if made_elsewhere(resources, operation).is_some() {
        return Some("it documents 201, and the id that it returns fits an item's path");
    }
    // RFC 9110 §15.3.2: 201 says that something was made. Where the path names an object, it may be that
    // one that is worked on, and where it stands for one thing, a POST there takes the place of that.
    let names_none = operation.template.names().is_empty() && operation.documents(201);
    (names_none && !resources.has_201_for_all && !stands_for_one(contract, operation))
        .then_some("it documents 201, and its path names no object")
}

/// Whether a path stands for one thing that is there or not: it is read as a single object, or replaced, changed or
/// removed without a word of which.
fn stands_for_one(contract: &Contract, operation: &Operation) -> bool {
    let mut beside = contract.with_path(operation.path()).filter(|other| same_path(other, operation));
    let changes = [Method::PUT, Method::PATCH, Method::DELETE];
    shows_one(contract, operation) || beside.any(|other| changes.contains(&other.method))
}

/// Whether a document gives 201 to each POST, also to those that make nothing. Some frameworks do so where nobody
/// says otherwise (NestJS), and then it tells nothing.
pub(super) fn has_201_for_all(contract: &Contract) -> bool {
    let posts = || contract.operations.iter().filter(|operation| operation.method == Method::POST);
    let is_made = |operation: &Operation| {
        operation.documents(201)
            && [200, 202, 204].iter().all(|status| {
                operation.responses.iter().all(|response| response.status != StatusKey::Code(*status))
            })
    };
    posts().all(is_made) && posts().any(|operation| acts(contract, operation))
}

/// The collection of the object that a PUT or POST makes under the name that its path ends in; `None`
/// where it does not.
pub(super) fn names_what_it_creates(
    contract: &Contract,
    resources: &Resources,
    operation: &Operation,
) -> Option<CollectionId> {
    let names_object =
        operation.template.segments().last().is_some_and(|s| matches!(s.as_slice(), [Piece::Parameter(_)]));
    if !matches!(operation.method, Method::PUT | Method::POST) || !names_object {
        return None;
    }
    let name = operation.template.names().last()?;
    if !operation.documents(201) && !puts_anew(contract, resources, operation, name) {
        return None;
    }
    // Only a text can be made up so that nobody else has it.
    let parameter = operation.parameters.iter().find(|p| p.location == Location::Path && p.name == *name)?;
    let is_text = parameter.value_schema().is_none_or(|schema| schema.shape().kinds.string);
    let index = resources.of_parameter(operation.index, name).filter(|_| is_text)?;
    let known = resources.collection(index)?;
    let destroy = contract.at(known.destroy?)?;
    // A POST to an object that another POST made, and named, works on it (RFC 9110 §9.3.3). A PUT may make it.
    let is_worked_on = operation.method == Method::POST && is_posted_to(contract, &known.path);
    (!is_refusal(destroy) && !is_worked_on).then_some(index)
}

/// Whether a PUT that documents no 201 has to make objects all the same (RFC 9110 §9.3.4): it takes a body, what it puts
/// there is listed, read and removed, and nothing else makes it. An id that is one of other objects names what exists.
fn puts_anew(contract: &Contract, resources: &Resources, operation: &Operation, name: &str) -> bool {
    let known = resources.of_parameter(operation.index, name);
    let is_whole = known.and_then(|index| resources.collection(index)).is_some_and(|known| {
        let is_listed = known.list.is_some() || known.dictionary.is_some() || known.unsaid.is_some();
        let is_shown = is_listed && known.retrieve.is_some() && known.destroy.is_some();
        is_shown && !is_posted_to(contract, &known.path)
    });
    let is_its_own = resources.reference(name).is_none_or(|other| Some(other) == known);
    operation.method == Method::PUT
        && operation.body.is_some()
        && is_whole
        && is_its_own
        && !acts(contract, operation)
}

/// Whether there is a POST on the path of a collection.
fn is_posted_to(contract: &Contract, path: &str) -> bool {
    contract.with_path(path).any(|o| o.method == Method::POST && super::is_same_path(o.path(), path))
}

/// The collection of the objects that a POST makes under a path that is not theirs: it documents 201 and
/// answers such an object, and its path names none of them.
pub(super) fn made_elsewhere(resources: &Resources, operation: &Operation) -> Option<CollectionId> {
    if !operation.documents(201) || operation.method != Method::POST {
        return None;
    }
    let made = component(operation)?;
    let (index, collection) = resources.showing(&made).next()?;
    let is_named = operation
        .template
        .names()
        .iter()
        .any(|name| resources.of_parameter(operation.index, name) == Some(index));
    // Only where the new object's address follows from its id alone.
    (!is_named && !collection.path.contains('{')).then_some(index)
}

/// The collection of the objects that a POST makes below its path, under a word that says so: `/things/create`,
/// `/things/upload`. It takes JSON, and documents that it answers one of them.
pub(super) fn made_above(
    contract: &Contract,
    resources: &Resources,
    operation: &Operation,
) -> Option<CollectionId> {
    let (word, is_suffix) = last_word(operation)?;
    let (above, _) = operation.path().trim_end_matches('/').rsplit_once('/').filter(|_| !is_suffix)?;
    let index = resources.at(above)?;
    let collection = resources.collection(index).filter(|known| known.has_item_path)?;
    let takes_json = operation.body.iter().flat_map(|body| &body.content).any(MediaBody::is_json);
    let is_made = operation.documents(201) || operation.documents(200);
    if !words::makes_above(word) || words::reaches_beyond(collection.word(), word) || !takes_json || !is_made
    {
        return None;
    }
    let retrieve = contract.at(collection.retrieve?)?;
    let is_alike = match (component(retrieve), component(operation)) {
        (Some(object), Some(answer)) => object == answer,
        (None, None) => {
            let (object, answer) = (members(retrieve), members(operation));
            !object.is_empty() && object == answer
        }
        _ => false,
    };
    is_alike.then_some(index)
}

/// The names of the members of what a plain success is.
fn members(operation: &Operation) -> Vec<String> {
    let contents = operation.successes().into_iter().flat_map(|response| &response.content);
    let schema = contents.filter(|c| c.is_json()).find_map(|c| c.schema.as_deref());
    let mut names: Vec<String> =
        schema.map(|s| s.fields(Direction::Response, &[]).into_keys().collect()).unwrap_or_default();
    names.sort_unstable();
    names
}

/// The collection, found by its id alone, whose object an unsafe operation answers although its path
/// does not lead there.
pub(super) fn answers_item_of(resources: &Resources, operation: &Operation) -> Option<CollectionId> {
    if operation.is_safe() {
        return None;
    }
    let answer = component(operation)?;
    let target = resources.target(operation).and_then(|name| resources.of_parameter(operation.index, name));
    let mut alike = resources.showing(&answer);
    alike.find_map(|(index, collection)| {
        let leads_there = target == Some(index) || resources.created_by(operation.index) == Some(index);
        (!leads_there && collection.depth() == 0).then_some(index)
    })
}

/// Whether a POST `…/{id}/WORD` answers the object `{id}` itself.
fn answers_own_target(contract: &Contract, resources: &Resources, operation: &Operation) -> bool {
    own_target(contract, resources, operation).is_some()
}

/// The collection of the object `{id}` that a POST `…/{id}/WORD` answers.
pub(super) fn own_target(
    contract: &Contract,
    resources: &Resources,
    operation: &Operation,
) -> Option<CollectionId> {
    let ends_in_word = operation.template.segments().last().is_some_and(|segment| is_literal(segment));
    let target = resources.target(operation).filter(|_| ends_in_word)?;
    let index = resources.of_parameter(operation.index, target)?;
    let retrieve = contract.at(resources.collection(index)?.retrieve?)?;
    let (object, answer) = (component(retrieve)?, component(operation)?);
    (object == answer).then_some(index)
}

/// Whether a request to an object does more than to change that object.
fn reaches_beyond(operation: &Operation, target: &str) -> bool {
    let segments = operation.template.segments();
    let literal = |segment: &Vec<Piece>| match segment.as_slice() {
        [Piece::Literal(text)] => Some(text.clone()),
        _ => None,
    };
    let at = segments.iter().position(|segment| match segment.as_slice() {
        [Piece::Parameter(index)] => {
            operation.template.names().get(*index).is_some_and(|name| name == target)
        }
        _ => false,
    });
    let thing = at.and_then(|at| segments.get(at.checked_sub(1)?)).and_then(literal);
    let Some((thing, (word, _))) = thing.zip(last_word(operation)) else { return false };
    words::reaches_beyond(&thing, word)
}

/// Whether a GET may do harm by its name alone, or by a parameter that it cannot do without and that takes orders: it is
/// not a list, and there are no items below it.
pub(super) fn reading_harms(contract: &Contract, operation: &Operation) -> bool {
    let below = format!("{}/{{", operation.path().trim_end_matches('/'));
    let is_ordered = || operation.parameters_in(Location::Query).any(|p| p.required && takes_orders(p));
    let mut beside = contract.with_path(operation.path());
    let is_twin = beside.any(|other| other.method == Method::POST && same_path(other, operation));
    operation.method == Method::GET
        && (words::reading_harms(operation) || words::calls_for_change(operation, is_twin) || is_ordered())
        && !listing::lists(operation)
        && !contract.has_path_below(&below)
}

/// Whether the document lists orders among the values of a parameter.
pub(super) fn takes_orders(parameter: &Parameter) -> bool {
    parameter.value_schema().is_some_and(|schema| {
        let view = View::of(schema, Direction::Request);
        view.choices().into_iter().filter_map(Value::as_str).any(words::is_order_value)
    })
}

fn is_literal(segment: &[Piece]) -> bool {
    segment.iter().all(|piece| matches!(piece, Piece::Literal(_)))
}

fn same_path(one: &Operation, other: &Operation) -> bool {
    super::is_same_path(one.path(), other.path())
}

/// The name of the component that the JSON of an operation's plain success is.
pub(super) fn component(operation: &Operation) -> Option<String> {
    let success = operation.successes().into_iter().find(|response| !response.content.is_empty())?;
    let content = success.content.iter().find(|content| content.is_json())?;
    content.schema.as_deref().and_then(|schema| schema.component(Direction::Response))
}

/// Whether GET on the same path is documented with a single object.
fn shows_one(contract: &Contract, operation: &Operation) -> bool {
    let is_object = |schema: &Schema| schema.fields(Direction::Response, &[]).keys().next().is_some();
    contract
        .with_path(operation.path())
        .filter(|other| other.method == Method::GET && same_path(other, operation))
        .flat_map(|get| get.successes())
        .flat_map(|response| &response.content)
        .filter(|content| content.is_json())
        .any(|content| content.schema.as_deref().is_some_and(is_object))
}

/// Whether the path's last word is a verb, so that a POST there acts rather than makes. Where both GET
/// on the path and an item's path below it are documented, the word is the name of a collection anyway.
fn acts(contract: &Contract, operation: &Operation) -> bool {
    let Some((word, is_suffix)) = last_word(operation) else { return false };
    if !words::is_verb(word) {
        return false;
    }
    let path = operation.path().trim_end_matches('/');
    let mut beside = contract.with_path(operation.path());
    let is_read = beside.any(|o| o.method == Method::GET && same_path(o, operation));
    let has_items = contract.has_path_below(&format!("{path}/{{"));
    is_suffix || !(is_read && has_items)
}

/// Whether a POST asks: by its last word, and because it documents 200 and no other success.
fn asks(operation: &Operation) -> bool {
    let only_ok = operation.documents(200)
        && ![201, 202, 204].iter().any(|status| {
            operation.responses.iter().any(|response| response.status == StatusKey::Code(*status))
        });
    operation.method == Method::POST
        && only_ok
        && !words::is_called_drastic(operation)
        && words::is_called_a_question(operation)
}

/// Whether a POST only takes in a body what GET on its path takes in the query: both are said to read, and both document
/// 200 alone.
fn reads_as_well(contract: &Contract, operation: &Operation) -> bool {
    let is_read = |operation: &Operation| {
        words::is_told_to_read(operation) && operation.documents(200) && !operation.documents(201)
    };
    let mut beside = contract.with_path(operation.path());
    operation.method == Method::POST
        && is_read(operation)
        && beside.any(|other| other.method == Method::GET && same_path(other, operation) && is_read(other))
}

/// Whether an operation is documented to do nothing but refuse: a 405 in the place of a success.
pub fn is_refusal(operation: &Operation) -> bool {
    !operation.leaves_out_success()
        && operation.successes().iter().all(|response| response.status == StatusKey::Code(405))
}

/// Whether the last word of a path says that a copy is made.
pub fn clones(operation: &Operation) -> bool {
    last_word(operation).is_some_and(|(word, _)| words::is_copying(word))
}

/// Whether the last word of a query says that it gives objects.
pub(super) fn finds(operation: &Operation) -> bool {
    last_word(operation).is_some_and(|(word, _)| is_one_of(FINDERS, word))
}

#[cfg(test)]
mod tests;
