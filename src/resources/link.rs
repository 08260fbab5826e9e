//! Links between an object and another one that is there: `PUT /roles/{role}/privileges/{privilege}`.
//!
//! Such a path may as well say where an object is kept, and then a PUT moves it and a DELETE removes it for good. So
//! only what is never kept inside others counts, and only where both the link and its end are documented.

use http::Method;

use super::names::{plain, singular};
use super::{Place, Resources, is_refusal, is_same_path};
use crate::contract::path::Piece;
use crate::contract::{Contract, Operation};

/// What is given to others and kept inside none of them. Nobody is told of it, as people are who join a group.
const GIVEN: &[&str] = &[
    "capability",
    "category",
    "feature",
    "label",
    "permission",
    "privilege",
    "right",
    "scope",
    "skill",
    "tag",
    "topic",
];

/// The place of the object that a link of an object leads to: listed by itself, and made by nobody.
pub(super) fn linked(contract: &Contract, resources: &Resources, operation: &Operation) -> Option<Place> {
    let is_link = |other: &Operation| {
        matches!(other.method, Method::PUT | Method::DELETE) && other.body.is_none() && !is_refusal(other)
    };
    let beside =
        || contract.with_path(operation.path()).filter(|other| is_same_path(other.path(), operation.path()));
    let has = |method: Method| beside().any(|other| other.method == method && is_link(other));
    if !is_link(operation) || !has(Method::PUT) || !has(Method::DELETE) {
        return None;
    }
    let [.., above, word, last] = operation.template.segments() else { return None };
    let ([Piece::Parameter(above)], [Piece::Literal(word)], [Piece::Parameter(last)]) =
        (above.as_slice(), word.as_slice(), last.as_slice())
    else {
        return None;
    };
    let names = operation.template.names();
    let collection_of = |at: usize| resources.of_parameter(operation.index, names.get(at)?);
    let word = singular(&plain(word));
    let owner = resources.collection(collection_of(*above)?)?;
    let here = resources.collection(collection_of(*last)?)?;
    if !GIVEN.contains(&word.as_str())
        || owner.create.is_none()
        || here.create.is_some()
        || here.told.is_some()
    {
        return None;
    }
    let mut called_so = resources.called(&word);
    let (collection, _) = called_so.find(|(_, other)| {
        other.depth() == 0
            && other.list.is_some()
            && other.create.is_none()
            && singular(&plain(other.word())) == word
    })?;
    Some(Place { collection, values: vec![Some(*last)], member: None })
}
