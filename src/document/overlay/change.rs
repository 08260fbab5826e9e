//! Changes a tree, and remembers where the new nodes were written.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::read::{Action, Change, Overlay};
use crate::document::jsonpath::{self, Budget, Exhausted, Path};
use crate::document::origins::{Origin, Origins};
use crate::document::{Place, Problem, pointer};

/// Nodes that the overlays of one document may look at: enough for hundreds of `..` in the largest documents.
const MAX_STEPS: usize = 50_000_000;
/// Nodes that they may add; 32 bytes of text count for one.
const MAX_GROWTH: usize = 2_000_000;
/// Levels of the result, as many as a text may have.
const MAX_DEPTH: usize = 128;

/// Why an action is not carried out.
pub enum Failure {
    Exhausted(Exhausted),
    Problem(Box<Problem>),
}

impl From<Exhausted> for Failure {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

/// A tree while it is changed.
pub struct Changing {
    tree: Value,
    origins: Origins,
    limits: Limits,
}

/// What may still be looked at, and added.
pub struct Limits {
    steps: Budget,
    growth: Budget,
}

impl Limits {
    pub fn new(steps: usize, growth: usize) -> Self {
        Self { steps: Budget::new(steps), growth: Budget::new(growth) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(MAX_STEPS, MAX_GROWTH)
    }
}

/// Where an update is written. A copy is written as a whole where the action says what is copied.
#[derive(Clone)]
struct Source<'s> {
    file: &'s Arc<str>,
    pointer: String,
    is_copy: bool,
}

impl Source<'_> {
    fn child(&self, token: &str) -> Self {
        let pointer = if self.is_copy { self.pointer.clone() } else { format!("{}/{token}", self.pointer) };
        Self { pointer, ..self.clone() }
    }

    fn origins(&self) -> Origins {
        Origins::at(Origin { file: Some(Arc::clone(self.file)), pointer: self.pointer.clone() })
    }
}

impl Changing {
    pub fn new(tree: Value, limits: Limits) -> Self {
        Self { tree, origins: Origins::default(), limits }
    }

    pub fn end(self) -> (Value, Origins) {
        (self.tree, self.origins)
    }

    /// Carries out an action; whether its target selects anything.
    pub fn carry_out(&mut self, action: &Action, overlay: &Overlay) -> Result<bool, Failure> {
        let targets = jsonpath::locate(&action.target, &self.tree, &mut self.limits.steps)?;
        if targets.is_empty() {
            return Ok(false);
        }
        match &action.change {
            Change::Remove => self.remove(&targets, action, overlay)?,
            Change::Update(update) => self.update_all(&targets, update, action, overlay)?,
            Change::Copy(from) => {
                let copied = self.copied(from, action, overlay)?;
                self.update_all(&targets, &copied, action, overlay)?;
            }
        }
        Ok(true)
    }

    /// The one node that a copy is made of.
    fn copied(&mut self, from: &Path, action: &Action, overlay: &Overlay) -> Result<Value, Failure> {
        let found = jsonpath::locate(from, &self.tree, &mut self.limits.steps)?;
        let node = match found.as_slice() {
            [only] => self.tree.pointer(only),
            _ => None,
        };
        let Some(node) = node else {
            let message = format!("`copy` selects {} nodes; it must select one", found.len());
            return Err(problem(overlay, &format!("{}/copy", action.pointer), message, "name one node"));
        };
        self.limits.growth.spend(size(node))?;
        Ok(node.clone())
    }

    fn update_all(
        &mut self,
        targets: &[String],
        update: &Value,
        action: &Action,
        overlay: &Overlay,
    ) -> Result<(), Failure> {
        let is_copy = matches!(action.change, Change::Copy(_));
        let member = if is_copy { "copy" } else { "update" };
        let source = Source { file: &overlay.file, pointer: format!("{}/{member}", action.pointer), is_copy };
        let levels = depth(update);
        for target in targets {
            if target.matches('/').count() + levels > MAX_DEPTH {
                let message = format!("the result would be nested more than {MAX_DEPTH} times");
                return Err(problem(overlay, &source.pointer, message, "nest less"));
            }
            // What an update of the node above replaced may be gone.
            let Some(node) = self.tree.pointer_mut(target) else { continue };
            let fits = match (&*node, update) {
                (Value::Object(_), Value::Object(_)) | (Value::Array(_), _) => true,
                (Value::Object(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
                _ => overlay.updates_values,
            };
            if !fits {
                return Err(misfit(overlay, action, node, target, update));
            }
            update_node(node, update, self.origins.entry(target), &source, &mut self.limits)?;
        }
        Ok(())
    }

    /// Removes nodes, the deepest first, so that no place of another one moves before its turn.
    fn remove(&mut self, targets: &[String], action: &Action, overlay: &Overlay) -> Result<(), Failure> {
        let mut by_parent: BTreeMap<(std::cmp::Reverse<usize>, &str), HashSet<&str>> = BTreeMap::new();
        for target in targets {
            let Some((parent, token)) = target.rsplit_once('/') else {
                let at = format!("{}/target", action.pointer);
                let message = "the whole document cannot be removed";
                return Err(problem(overlay, &at, message, "select a part of it"));
            };
            let level = std::cmp::Reverse(parent.matches('/').count());
            by_parent.entry((level, parent)).or_default().insert(token);
        }
        for ((_, parent), tokens) in by_parent {
            let list = self.origins.find(parent);
            match self.tree.pointer_mut(parent) {
                Some(Value::Object(members)) => {
                    self.limits.steps.spend(members.len())?;
                    let names: HashSet<String> =
                        tokens.iter().map(|token| pointer::unescape(token)).collect();
                    members.retain(|name, _| !names.contains(name));
                    let origins = self.origins.entry(parent);
                    for token in tokens {
                        origins.remove(token);
                    }
                }
                Some(Value::Array(items)) => {
                    // Each item may get an entry, which takes longer than a look.
                    self.limits.steps.spend(8 * items.len())?;
                    let gone: HashSet<usize> = tokens.iter().filter_map(|token| token.parse().ok()).collect();
                    let left: Vec<usize> = (0..items.len()).filter(|index| !gone.contains(index)).collect();
                    let mut index = 0..;
                    items.retain(|_| index.next().is_some_and(|index| !gone.contains(&index)));
                    self.origins.entry(parent).keep(&list, &left);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A target: what is given for a list is added to it.
fn update_node(
    node: &mut Value,
    update: &Value,
    origins: &mut Origins,
    source: &Source<'_>,
    limits: &mut Limits,
) -> Result<(), Exhausted> {
    if let (Value::Array(items), false) = (&mut *node, update.is_array()) {
        limits.growth.spend(size(update))?;
        *origins.child(&items.len().to_string()) = source.origins();
        items.push(update.clone());
        return Ok(());
    }
    merge(node, update, origins, source, limits)
}

/// Objects are merged, lists are joined, and everything else is replaced.
fn merge(
    node: &mut Value,
    update: &Value,
    origins: &mut Origins,
    source: &Source<'_>,
    limits: &mut Limits,
) -> Result<(), Exhausted> {
    limits.steps.spend(1)?;
    match (node, update) {
        (Value::Object(members), Value::Object(new)) => {
            for (name, value) in new {
                let token = pointer::escape(name);
                let (origins, source) = (origins.child(&token), source.child(&token));
                if let Some(known) = members.get_mut(name) {
                    merge(known, value, origins, &source, limits)?;
                } else {
                    limits.growth.spend(size(value))?;
                    members.insert(name.clone(), value.clone());
                    *origins = source.origins();
                }
            }
        }
        (Value::Array(items), Value::Array(new)) => {
            for (index, value) in new.iter().enumerate() {
                limits.growth.spend(size(value))?;
                *origins.child(&items.len().to_string()) = source.child(&index.to_string()).origins();
                items.push(value.clone());
            }
        }
        (node, update) => {
            limits.growth.spend(size(update))?;
            *node = update.clone();
            *origins = source.origins();
        }
    }
    Ok(())
}

/// How much a value weighs against the limit.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.iter().map(|(name, value)| name.len() / 32 + size(value)).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::String(text) => text.len() / 32,
        _ => 0,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn problem(overlay: &Overlay, at: &str, message: impl Into<String>, help: &str) -> Failure {
    Failure::Problem(Box::new(Problem::error(Place::new(&overlay.file, at), message).help(help)))
}

/// A target that such an update cannot be put into.
fn misfit(overlay: &Overlay, action: &Action, node: &Value, target: &str, update: &Value) -> Failure {
    let at = format!("{}/target", action.pointer);
    let (kind, given) = (kind(node), kind(update));
    let message =
        format!("the target {:?} selects {kind}, at #{target}, and the update is {given}", action.text);
    let help = match node {
        Value::Object(_) => "an object is updated with an object",
        _ => "select the object that contains it, and write the member in `update`",
    };
    problem(overlay, &at, message, help)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_weigh_what_they_hold_and_are_as_deep_as_they_nest() {
        let value = json!({"a": [1, [2, {"b": "x".repeat(64)}]], "c": {}});
        assert_eq!((size(&json!(1)), size(&json!([1, 2, 3])), size(&value)), (1, 4, 10));
        assert_eq!((depth(&json!(1)), depth(&json!([])), depth(&json!([[[]]])), depth(&value)), (0, 1, 3, 4));
    }
}
