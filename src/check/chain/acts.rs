//! Actions: what puts entries into a collection, or takes them out, is seen in its list.

use crate::rules::Rule;
use std::collections::HashSet;

use serde_json::Value;

use super::{Ask, name_of};
use crate::check::execute::Runner;
use crate::config::state::Action;
use crate::contract::{Operation, is_json, parameter};
use crate::generate::request::Parts;
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::{self, Collection, id_of};

impl<'r> Runner<'r> {
    pub(super) async fn acts(&mut self, index: usize) {
        let Some(operation) = self.operation(Some(index)).filter(|operation| self.succeeded(operation))
        else {
            return;
        };
        let resources = self.resources;
        let actions: Vec<(usize, &Action)> = resources.actions(&operation.id).collect();
        let Some(parts) = self.plain_parts(operation).await else { return };
        for (index, action) in actions {
            let Some(collection) = self.collection(index) else { continue };
            self.act(operation, collection, action, &parts).await;
        }
    }

    async fn act(
        &mut self,
        operation: &'r Operation,
        collection: &'r Collection,
        action: &Action,
        parts: &Parts,
    ) {
        let body: Value = match &parts.body {
            Some((media_type, octets)) if is_json(media_type) => {
                serde_json::from_slice(octets).unwrap_or_default()
            }
            _ => return,
        };
        let named = |at: &Option<String>| match at.as_ref().and_then(|at| body.pointer(at)) {
            Some(Value::Array(ids)) => ids.iter().map(parameter::text).collect(),
            Some(id) => vec![parameter::text(id)],
            None => Vec::new(),
        };
        let (adds, removes): (Vec<String>, Vec<String>) = (named(&action.adds), named(&action.removes));
        let mut values = Self::path_values(operation, parts);
        let creates = self.resources.created_by(operation.index).is_some();
        if creates {
            self.take_stock(operation, parts).await;
            let Some(turn) = self.turn(operation, parts, Ask::plain(operation)).await else { return };
            let Some(id) = turn.sound(operation).and_then(|answer| id_of(&answer, "id").cloned()) else {
                return;
            };
            if !resources::is_safe_id(&parameter::text(&id)) {
                return;
            }
            values.push(id);
            let listed = self.names(collection, &values).await;
            self.kept(operation, &turn, &adds, &[], listed);
            return;
        }
        let Some(before) = self.names(collection, &values).await else {
            self.untested(operation, &[Rule::ActionNotKept], "what the action changes cannot be listed");
            return;
        };
        if !removes.is_empty() && !removes.iter().any(|id| before.contains(id)) {
            self.untested(operation, &[Rule::ActionNotKept], "nothing of what the action takes out is there");
            return;
        }
        for ask in self.denied(operation) {
            let Some(turn) = self.turn(operation, parts, ask).await else { continue };
            if !turn.is_denied() {
                break;
            }
            let Some(after) = self.names(collection, &values).await else { continue };
            if after != before {
                let message = "an action was refused and was carried out all the same";
                self.say(operation, &turn, observe(Rule::DeniedRequestHadEffect, operation, message));
                return;
            }
            self.held(operation, Rule::DeniedRequestHadEffect);
        }
        let Some(turn) = self.turn(operation, parts, Ask::plain(operation)).await else { return };
        let listed = self.names(collection, &values).await;
        self.kept(operation, &turn, &adds, &removes, listed);
    }

    fn kept(
        &mut self,
        operation: &Operation,
        turn: &super::Turn,
        adds: &[String],
        removes: &[String],
        listed: Option<HashSet<String>>,
    ) {
        let Some(listed) = listed.filter(|_| turn.is_success()) else { return };
        if adds.is_empty() && removes.is_empty() {
            return;
        }
        let missing = adds
            .iter()
            .find(|id| !listed.contains(*id))
            .map(|id| format!("{id} was put in and is not there"));
        let left = removes
            .iter()
            .find(|id| listed.contains(*id))
            .map(|id| format!("{id} was taken out and is still there"));
        let seen = missing.or(left).map(|what| observe(Rule::ActionNotKept, operation, what));
        self.say(operation, turn, Evaluation::of(Rule::ActionNotKept, seen));
    }

    /// The names of the entries of a collection below an object.
    async fn names(&mut self, collection: &'r Collection, values: &[Value]) -> Option<HashSet<String>> {
        let list = collection.list.as_ref()?;
        let operation = self.operation(Some(list.operation))?;
        let parts = self.addressed(operation, values)?;
        let (walk, _) = self.walk(operation, collection, list, &parts, None).await?;
        walk.is_complete.then(|| walk.entries().map(name_of(collection)).collect())
    }
}
