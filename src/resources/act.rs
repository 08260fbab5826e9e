//! Actions on one object: `POST /orders/{order}/close`, which answers the order.

use indexmap::IndexMap;
use serde_json::Value;

use super::{CollectionId, Resources, kind, names};
use crate::contract::schema::Field;
use crate::contract::{Contract, Operation, OperationId};

/// Fewest letters that a word needs before a choice may be called after it.
const SHORTEST: usize = 4;

impl Resources {
    /// The collection of the object that an operation acts on and answers, where it is nothing else to it.
    pub fn acts_on(&self, operation: OperationId) -> Option<CollectionId> {
        self.acts.get(&operation).copied()
    }

    pub(super) fn find_acts(&mut self, contract: &Contract) {
        let acts = contract.operations.iter().filter(|operation| self.role(operation.index).is_none());
        let acts = acts.filter(|operation| operation.method == http::Method::POST);
        let acts =
            acts.filter(|operation| !kind::clones(operation) && self.created_by(operation.index).is_none());
        let found = acts
            .filter_map(|operation| Some((operation.index, kind::own_target(contract, self, operation)?)));
        self.acts = found.collect();
    }
}

/// The member of an object, and its value, that an action is called after: `close` and the only choice that begins so,
/// `closed`. `fields` are what a read of the object shows.
pub fn choice_of(action: &Operation, fields: &IndexMap<String, Field>) -> Option<(String, Value)> {
    let (_, verb) = action.path().trim_end_matches('/').rsplit_once('/')?;
    let stem = names::letters(verb);
    let stem = stem.strip_suffix('e').unwrap_or(&stem);
    let begins = |choice: &&Value| choice.as_str().is_some_and(|text| names::letters(text).starts_with(stem));
    let mut found = fields.iter().filter_map(|(name, field)| {
        let mut choices = field.choices.iter().filter(begins);
        let choice = choices.next().filter(|_| choices.next().is_none())?;
        Some((name.clone(), choice.clone()))
    });
    let sole = found.next().filter(|_| stem.len() >= SHORTEST)?;
    found.next().is_none().then_some(sole)
}
