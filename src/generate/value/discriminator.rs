//! Discriminators: the member that names the schema which the rest of an object fits (OpenAPI 3.1 §4.8.25).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::choice::Choice;
use super::maker::Maker;
use crate::contract::Schema;
use crate::document::pointer;

/// References of `allOf` inside each other that are looked at for a name, each once.
const MAX_DEPTH: usize = 8;

/// What a schema is called.
pub enum SchemaName {
    /// The name of a component.
    Component(String),
    /// The JSON pointer of a schema that is no component, as a file of its own is none.
    Place(String),
}

impl SchemaName {
    fn of(at: &str) -> Self {
        component(at).map_or_else(|| Self::Place(at.to_owned()), Self::Component)
    }

    /// Whether a mapping's target is the schema.
    fn is_target(&self, target: &str) -> bool {
        match self {
            Self::Component(name) => is_called(target, name),
            Self::Place(at) => target.strip_prefix('#') == Some(at.as_str()),
        }
    }

    fn component(&self) -> Option<&String> {
        match self {
            Self::Component(name) => Some(name),
            Self::Place(_) => None,
        }
    }
}

impl Maker<'_> {
    /// What a schema is called: by the reference to it, or by its own place; then what it is made of by
    /// `allOf`, which has a name where it has none.
    pub fn names(&self, node: &Value) -> Vec<SchemaName> {
        let mut names = Vec::new();
        if self.at.borrow().is_empty() && self.path.borrow().is_empty() {
            names.push(SchemaName::of(self.wanted.schema.pointer()));
        }
        self.add_names(node, MAX_DEPTH, &mut names, &mut HashSet::new());
        names
    }

    fn add_names(&self, node: &Value, depth: usize, names: &mut Vec<SchemaName>, seen: &mut HashSet<String>) {
        if depth == 0 {
            return;
        }
        if let Some(reference) = node.get("$ref").and_then(Value::as_str)
            && seen.insert(reference.to_owned())
        {
            names.extend(Schema::pointer_of(reference).as_deref().map(SchemaName::of));
            if let Some(target) = self.wanted.schema.follow(reference) {
                self.add_names(&target, depth - 1, names, seen);
            }
        }
        for part in node.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.add_names(part, depth - 1, names, seen);
        }
    }

    /// The schema of one of the heirs that a base leaves open, instead of the base; `None` where nothing is left
    /// open, or the base itself is to be taken, which is the last resort.
    pub fn heir(&self, node: &Value, choice: &mut Choice) -> Option<Value> {
        let schema = self.wanted.schema;
        if !schema.has_heirs() {
            return None;
        }
        let mut places = Vec::new();
        let is_root = self.at.borrow().is_empty() && self.path.borrow().is_empty();
        places.extend(is_root.then(|| schema.pointer().to_owned()));
        self.add_places(node, MAX_DEPTH, &mut places, &mut HashSet::new());
        let heirs_of = |base: &String| schema.heirs(self.wanted.direction, base);
        let is_named = |heir: &String| Schema::pointer_of(heir).is_some_and(|place| places.contains(&place));
        let (base, heirs) = places
            .iter()
            .map(|base| (base, heirs_of(base)))
            .find(|(_, heirs)| !heirs.is_empty() && !heirs.iter().any(is_named))?;
        let start = self.dice().map_or(0, |mut dice| dice.below(heirs.len()));
        let taken = choice.take(heirs.len() + 1);
        let heir = heirs.get((taken + start) % heirs.len()).filter(|_| taken < heirs.len())?;
        if is_root && base == schema.pointer() {
            return Some(json!({ "$ref": heir }));
        }
        self.with_heir(node, (base, heir), MAX_DEPTH, &mut HashSet::new())
    }

    /// Where the schemas are that a schema refers to by itself or in its `allOf`.
    fn add_places(&self, node: &Value, depth: usize, places: &mut Vec<String>, seen: &mut HashSet<String>) {
        if depth == 0 {
            return;
        }
        if let Some(reference) = node.get("$ref").and_then(Value::as_str)
            && seen.insert(reference.to_owned())
        {
            places.extend(Schema::pointer_of(reference));
            if let Some(target) = self.wanted.schema.follow(reference) {
                self.add_places(&target, depth - 1, places, seen);
            }
        }
        for part in node.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.add_places(part, depth - 1, places, seen);
        }
    }

    /// A schema that refers to an heir where it refers to the base.
    fn with_heir(
        &self,
        node: &Value,
        (base, heir): (&str, &str),
        depth: usize,
        seen: &mut HashSet<String>,
    ) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let mut changed = node.as_object()?.clone();
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            if Schema::pointer_of(reference).as_deref() == Some(base) {
                changed.insert("$ref".to_owned(), Value::from(heir));
                return Some(Value::Object(changed));
            }
            let target = self.wanted.schema.follow(reference)?;
            if seen.insert(reference.to_owned())
                && let Some(inner) = self.with_heir(&target, (base, heir), depth, seen)
            {
                changed.shift_remove("$ref");
                let parts = changed.entry("allOf").or_insert_with(|| json!([])).as_array_mut()?;
                parts.insert(0, inner);
                return Some(Value::Object(changed));
            }
        }
        let parts = changed.get_mut("allOf").and_then(Value::as_array_mut)?;
        let (part, inner) = parts
            .iter_mut()
            .find_map(|part| self.with_heir(part, (base, heir), depth, seen).map(|inner| (part, inner)))?;
        *part = inner;
        Some(Value::Object(changed))
    }

    /// Gives an object the value of its discriminator, unless the schema itself says it. `names` are those
    /// of the schema, the nearest first.
    pub fn discriminate(
        &self,
        flat: &mut Map<String, Value>,
        names: &[SchemaName],
        discriminator: Option<&Value>,
    ) {
        let Some(property) = discriminator.and_then(|d| d.get("propertyName")).and_then(Value::as_str) else {
            return;
        };
        let mapping = discriminator.and_then(|d| d.get("mapping")).and_then(Value::as_object);
        let mapped = names.iter().find_map(|name| {
            let mut targets = mapping.into_iter().flatten();
            let (value, _) =
                targets.find(|(_, target)| target.as_str().is_some_and(|t| name.is_target(t)))?;
            Some(value)
        });
        let named = names.iter().find_map(SchemaName::component);
        let Some(value) = mapped.or(named).map(|value| json!(value)) else { return };
        let said = flat.get("properties").and_then(|properties| properties.get(property));
        let is_refused = self.blame.count(&pointer::join(&self.pointer(), property)) > 1;
        if is_refused || said.is_some_and(|said| !self.leaves_open(said, &value, &mut HashSet::new())) {
            return;
        }
        let properties = flat.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            // Its place among the members stays.
            let known = properties.entry(property).or_insert(Value::Bool(true));
            *known = json!({ "allOf": [known.take(), { "const": value }] });
        }
    }

    /// Whether a member may have that value among others.
    fn leaves_open(&self, said: &Value, value: &Value, seen: &mut HashSet<String>) -> bool {
        let referred = said.get("$ref").and_then(Value::as_str).filter(|r| seen.insert((*r).to_owned()));
        let target = referred.and_then(|reference| self.wanted.schema.follow(reference));
        let parts = said.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let listed = said.get("enum").and_then(Value::as_array);
        said.get("const").is_none_or(|fixed| fixed == value)
            && listed.is_none_or(|values| values.contains(value))
            && target.as_deref().is_none_or(|target| self.leaves_open(target, value, seen))
            && parts.into_iter().all(|part| self.leaves_open(part, value, seen))
    }
}

/// The name of a component.
fn component(at: &str) -> Option<String> {
    let (folder, name) = at.rsplit_once('/')?;
    let is_component = ["/schemas", "/definitions", "/$defs"].iter().any(|kind| folder.ends_with(kind));
    is_component.then(|| pointer::unescape(name))
}

/// Whether a mapping's target is the schema of that name: by its name alone, by a reference, or by a file.
fn is_called(target: &str, name: &str) -> bool {
    let last = target.rsplit(['/', '#']).next().unwrap_or(target);
    last == name || [".json", ".yaml", ".yml"].iter().any(|kind| last.strip_suffix(kind) == Some(name))
}
