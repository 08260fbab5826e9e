//! Merges everything that applies to one place into one map of keywords: references are followed, `allOf` is
//! merged, and one of each set of alternatives is chosen.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::choice::Choice;
use super::maker::Maker;
use super::merge::merge;
use super::{MAX_DEPTH, Unproducible};

/// Keywords that add other schemas to the same place.
const COMBINED: &[&str] =
    &["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"];

impl Maker<'_> {
    /// Everything that a schema says of the current place.
    ///
    /// # Errors
    /// Nothing can be all that it asks for.
    pub fn flatten(&self, node: &Value, choice: &mut Choice) -> Result<Map<String, Value>, Unproducible> {
        let Some(object) = node.as_object() else {
            return match node {
                Value::Bool(false) => Err(Unproducible::NotFound("the schema allows no value".to_owned())),
                _ => Ok(Map::new()),
            };
        };
        self.budget.spend()?;
        let mut flat = Map::new();
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            if self.leads_round(reference) {
                return Ok(flat);
            }
            self.enter(reference)?;
            if let Some(target) = self.wanted.schema.follow(reference) {
                merge(&mut flat, self.flatten(&target, choice)?)?;
            }
        }
        if let Some(reference) = object.get("$dynamicRef").and_then(Value::as_str) {
            let target = self.enter_dynamic(reference)?;
            merge(&mut flat, self.flatten(&target, choice)?)?;
        }
        let own = object.iter().filter(|(keyword, _)| !COMBINED.contains(&keyword.as_str()));
        merge(&mut flat, own.map(|(keyword, value)| (keyword.clone(), value.clone())).collect())?;
        for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            merge(&mut flat, self.flatten(part, choice)?)?;
        }
        self.add_alternatives(&mut flat, object, choice)?;
        self.add_conditional(&mut flat, object, choice)?;
        self.add_dependent(&mut flat, object, choice)?;
        Ok(flat)
    }

    /// Adds one of the alternatives of `oneOf`, and one of those of `anyOf`.
    fn add_alternatives(
        &self,
        flat: &mut Map<String, Value>,
        object: &Map<String, Value>,
        choice: &mut Choice,
    ) -> Result<(), Unproducible> {
        for keyword in ["oneOf", "anyOf"] {
            let Some(branches) = object.get(keyword).and_then(Value::as_array) else { continue };
            // `null` is the last resort.
            let is_null = |branch: &Value| branch.get("type") == Some(&json!("null"));
            let mut order: Vec<&Value> = branches.iter().collect();
            order.sort_by_key(|branch| is_null(branch));
            let Some(branch) = order.get(choice.take(order.len())) else {
                return Err(Unproducible::NotFound("a union has no alternatives".to_owned()));
            };
            let mut chosen = self.flatten(branch, choice)?;
            let names = self.names(branch);
            self.discriminate(&mut chosen, &names, object.get("discriminator"));
            let own = chosen.get("discriminator").cloned();
            self.discriminate(&mut chosen, &names, own.as_ref());
            merge(flat, chosen)?;
        }
        Ok(())
    }

    /// Adds `if` with `then`, or `else`.
    fn add_conditional(
        &self,
        flat: &mut Map<String, Value>,
        object: &Map<String, Value>,
        choice: &mut Choice,
    ) -> Result<(), Unproducible> {
        let Some(condition) = object.get("if") else { return Ok(()) };
        // Where there is no `else`, a value that does not match the condition is valid too.
        let parts = match choice.take(2) {
            0 => [Some(condition), object.get("then")],
            _ => [object.get("else"), None],
        };
        for part in parts.into_iter().flatten() {
            merge(flat, self.flatten(part, choice)?)?;
        }
        Ok(())
    }

    /// Adds what holds where a member is there.
    fn add_dependent(
        &self,
        flat: &mut Map<String, Value>,
        object: &Map<String, Value>,
        choice: &mut Choice,
    ) -> Result<(), Unproducible> {
        let dependents = object.get("dependentSchemas").and_then(Value::as_object);
        // Each dependent schema may require more, behind what was required before.
        let mut required: HashSet<String> = HashSet::new();
        let mut counted = 0;
        for (name, dependent) in dependents.into_iter().flatten() {
            let names = flat.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let new = names.get(counted..).unwrap_or_default();
            required.extend(new.iter().filter_map(Value::as_str).map(str::to_owned));
            counted = names.len();
            if required.contains(name) || self.wants_optional() {
                merge(flat, self.flatten(dependent, choice)?)?;
            }
        }
        Ok(())
    }

    /// Follows a reference from here on.
    fn enter(&self, reference: &str) -> Result<(), Unproducible> {
        let mut path = self.path.borrow_mut();
        if path.len() >= MAX_DEPTH || path.iter().any(|seen| seen == reference) {
            return Err(Unproducible::Endless);
        }
        path.push(reference.to_owned());
        Ok(())
    }

    /// Follows a dynamic reference: the outermost schema on the way here that has the dynamic anchor
    /// (JSON Schema 2020-12 §8.2.3.2).
    fn enter_dynamic(&self, reference: &str) -> Result<Arc<Value>, Unproducible> {
        let found = self.wanted.schema.dynamic(self.wanted.direction, &self.path.borrow(), reference);
        let (key, target) =
            found.ok_or_else(|| Unproducible::NotFound(format!("{reference} does not exist")))?;
        self.enter(&key)?;
        Ok(target)
    }

    /// Whether a reference leads through nothing but references back to itself: it asks for nothing.
    fn leads_round(&self, reference: &str) -> bool {
        let mut seen = HashSet::new();
        let mut reference = reference.to_owned();
        loop {
            let target = self.wanted.schema.follow(&reference);
            let next = target.as_deref().and_then(Value::as_object).filter(|object| object.len() == 1);
            let Some(next) = next.and_then(|object| object.get("$ref")?.as_str()) else { return false };
            if !seen.insert(std::mem::replace(&mut reference, next.to_owned())) {
                return true;
            }
        }
    }
}
