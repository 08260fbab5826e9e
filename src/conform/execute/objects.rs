//! Objects that steps need: listed by the target, or made by this run.

use std::collections::HashMap;

use serde_json::Value;

use super::{Event, NotSent, Runner};
use crate::conform::plan::{self, Input, settle};
use crate::contract::{Direction, Operation, examples};
use crate::exchange::Exchange;
use crate::judge::trial::Intent;
use crate::produce::request::Parts;
use crate::resource;

impl Runner<'_> {
    /// Puts ids of objects that are there into a made-up body, where its members name such objects.
    /// What the user or the document names itself is kept.
    pub(in crate::conform) fn refer(&self, operation: &Operation, parts: &mut Parts) {
        let is_given = self.settings.given.get(&operation.id).is_some_and(|given| given.body.is_some());
        let Some((media_type, octets)) = parts.body.as_ref().filter(|_| !is_given) else { return };
        let described = operation.body.as_ref().and_then(|body| body.content_for(media_type));
        let Some(described) = described.filter(|content| {
            content.is_json() && examples::of_body(content, Direction::Request).next().is_none()
        }) else {
            return;
        };
        let Ok(Value::Object(mut members)) = serde_json::from_slice(octets) else { return };
        for name in members.keys().cloned().collect::<Vec<String>>() {
            let Some(index) = self.resources.reference(&name) else { continue };
            let known = self.listed.get(&index).or_else(|| self.own.get(&index));
            let Some(id) = known.and_then(|ids| ids.first()) else { continue };
            let mut changed = members.clone();
            let is_list = changed.get(&name).is_some_and(Value::is_array);
            changed.insert(name, if is_list { Value::from(vec![id.clone()]) } else { id.clone() });
            let body = Value::Object(changed.clone());
            let schema = described.schema.as_ref();
            if schema.is_none_or(|schema| schema.is_valid(Direction::Request, &body) != Ok(false)) {
                members = changed;
            }
        }
        if let Ok(octets) = serde_json::to_vec(&Value::Object(members)) {
            parts.body = Some((media_type.clone(), octets));
        }
    }

    /// The id that a step needs.
    pub(in crate::conform) async fn object(
        &mut self,
        operation: &Operation,
        name: &str,
        input: &Input,
    ) -> Result<Value, NotSent> {
        let first = |known: &HashMap<usize, Vec<Value>>, index: usize| {
            known.get(&index).and_then(|ids| ids.first().cloned())
        };
        let (found, index) = match input {
            Input::Value(value) => return Ok(value.clone()),
            Input::Any(index) => (first(&self.listed, *index).or_else(|| first(&self.own, *index)), *index),
            Input::Own(index) => (first(&self.own, *index), *index),
            Input::Fresh(index) => (self.fresh(*index).await, *index),
        };
        found.ok_or_else(|| {
            let path = self.resources.collections.get(index).map_or("", |c| c.path.as_str());
            let destroys = matches!(input, Input::Fresh(_));
            let why = match input {
                Input::Any(_) => format!("the target listed no object under {path}, and none was created"),
                _ => format!("no object was created under {path} that this run may change"),
            };
            NotSent::Object(why, Some(settle(operation, name, destroys)))
        })
    }

    /// Makes an object for one step alone.
    pub(super) async fn fresh(&mut self, collection: usize) -> Option<Value> {
        let create = self.resources.collections.get(collection)?.create?;
        let operation = self.contract.operations.get(create)?;
        let step = plan::base(self.contract, self.resources, self.settings, operation)?;
        let known = self.own.get(&collection).map_or(0, Vec::len);
        // The create's own inputs never need a fresh object, so this goes one level deep.
        let sent = Box::pin(self.step(&step)).await;
        sent.ok()?;
        self.own.get(&collection)?.get(known).cloned()
    }

    /// Remembers ids that the answer names, and what became of objects.
    pub(in crate::conform) fn bind(&mut self, operation: &Operation, intent: &Intent, exchange: &Exchange) {
        let Some(response) = exchange.response() else { return };
        if !response.status.is_success() {
            return;
        }
        if let Some(index) = self.resources.created_by(operation.index)
            && let Some(collection) = self.resources.collections.get(index)
            && let Ok(body) = serde_json::from_slice::<Value>(&response.body)
            && let Some(id) = resource::id_of(&body, &collection.parameter)
            && resource::is_safe_id(&crate::contract::style::text(id))
        {
            self.own.entry(index).or_default().push(id.clone());
            let at = format!(
                "{}/{}",
                exchange.request.path.trim_end_matches('/'),
                crate::contract::style::text(id)
            );
            let address = self.address(&at);
            (self.on_event)(Event::Made { address: &address });
            self.made.push((index, id.clone(), at));
        }
        if matches!(intent, Intent::Valid(_))
            && let Some(index) = self.resources.listed_by(operation.index)
            && let Some(collection) = self.resources.collections.get(index)
            && let Some(listing) = &collection.list
            && let Ok(body) = serde_json::from_slice::<Value>(&response.body)
        {
            let entries = body.pointer(&listing.entries).and_then(Value::as_array);
            let ids: Vec<Value> = entries
                .into_iter()
                .flatten()
                .filter_map(|entry| resource::id_of(entry, &collection.parameter))
                .filter(|id| resource::is_safe_id(&crate::contract::style::text(id)))
                .cloned()
                .collect();
            if !ids.is_empty() {
                self.listed.entry(index).or_insert(ids);
            }
        }
        if operation.method == http::Method::DELETE {
            self.removed(exchange.request.path.trim_end_matches('/'));
        }
    }

    /// Notes that what was made is there no longer.
    pub(in crate::conform) fn removed(&mut self, path: &str) {
        let known = self.made.len();
        self.made.retain(|(_, _, at)| at != path);
        if self.made.len() < known {
            let address = self.address(path);
            (self.on_event)(Event::Removed { address: &address });
        }
    }

    /// The address of a path at the target.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.client.base())
    }
}
