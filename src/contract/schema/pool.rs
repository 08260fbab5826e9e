//! What the schemas of a document share: each is rewritten and compiled once, when it is first needed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use serde_json::{Map, Value};

use super::direction::Direction;
use super::engine::Judge;
use super::graph::{self, Anchors, Around, Reference, Unit};
use super::heirs::{Heirs, heirs};
use super::landmarks::Landmarks;
use super::normalize::{self, Dialect};
use crate::document::{Document, pointer};

/// Longer assertions are not looked for among those that were compiled before.
const MAX_SHARED: usize = 256;

/// The schemas of a document.
#[derive(Debug)]
pub(in crate::contract) struct Pool {
    pub(super) document: Document,
    dialect: Dialect,
    /// Normal forms, by direction and pointer.
    normal: Shared<(Direction, String), Arc<Value>>,
    /// By address.
    units: Shared<String, Arc<Unit>>,
    /// Addresses of units that can be compiled with all that they refer to.
    complete: RwLock<HashSet<String>>,
    /// Assertions, by their text: most schemas of a document say one of a few things.
    judges: Shared<String, Arc<Judge>>,
    /// Dynamic anchors, by direction and pointer of the resource.
    anchors: Shared<(Direction, String), Arc<Anchors>>,
    landmarks: OnceLock<Landmarks>,
    heirs: OnceLock<Heirs>,
}

/// Values that are worked out once. Where two workers are at the same one, the first counts.
#[derive(Debug)]
struct Shared<K, V>(RwLock<HashMap<K, V>>);

impl<K: std::hash::Hash + Eq, V: Clone> Shared<K, V> {
    fn new() -> Self {
        Self(RwLock::default())
    }

    fn get(&self, key: &K) -> Option<V> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: K, value: V) -> V {
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(value).clone()
    }
}

impl Pool {
    pub(in crate::contract) fn new(document: Document, dialect: Dialect) -> Arc<Self> {
        Arc::new(Self {
            document,
            dialect,
            normal: Shared::new(),
            units: Shared::new(),
            complete: RwLock::default(),
            judges: Shared::new(),
            anchors: Shared::new(),
            landmarks: OnceLock::new(),
            heirs: OnceLock::new(),
        })
    }

    /// Which Schema Object the document has.
    pub(in crate::contract) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The schema at a pointer as it is written.
    pub(super) fn raw(&self, pointer: &str) -> Option<&Value> {
        self.document.at(pointer)
    }

    /// The schema at a pointer as JSON Schema 2020-12.
    pub(super) fn normal(&self, direction: Direction, pointer: &str) -> Option<Arc<Value>> {
        let key = (direction, pointer.to_owned());
        if let Some(known) = self.normal.get(&key) {
            return Some(known);
        }
        let raw = self.document.at(pointer)?;
        let normal = normalize::normalize((&self.document, self.landmarks()), self.dialect, direction, raw);
        Some(self.normal.keep(key, Arc::new(normal)))
    }

    /// The schema at an address, compiled.
    ///
    /// # Errors
    /// Why it cannot be compiled.
    pub(super) fn unit(&self, address: &str) -> Result<Arc<Unit>, String> {
        if let Some(known) = self.units.get(&address.to_owned()) {
            return Ok(known);
        }
        let (direction, pointer) = normalize::read_uri(address)
            .ok_or_else(|| format!("the reference points outside the document: {address}"))?;
        let normal = self
            .normal(direction, &pointer)
            .ok_or_else(|| format!("the reference cannot be resolved: #{pointer}"))?;
        let place = Surroundings { pool: self, direction, pointer: &pointer };
        let (root, refers) = graph::compile(&normal, &place)?;
        let anchors = self.anchors(direction, &pointer);
        let unit = Arc::new(Unit { pointer, anchors, root, refers });
        Ok(self.units.keep(address.to_owned(), unit))
    }

    /// As [`Pool::unit`], where all that it refers to must be there, too.
    pub(super) fn complete(&self, address: &str) -> Result<Arc<Unit>, String> {
        let start = self.unit(address)?;
        let mut reached = HashSet::from([address.to_owned()]);
        let mut waiting = vec![Arc::clone(&start)];
        while let Some(unit) = waiting.pop() {
            for next in &unit.refers {
                if !reached.contains(next) && !self.is_complete(next) {
                    waiting.push(self.unit(next)?);
                    reached.insert(next.clone());
                }
            }
        }
        self.complete.write().unwrap_or_else(PoisonError::into_inner).extend(reached);
        Ok(start)
    }

    fn is_complete(&self, address: &str) -> bool {
        self.complete.read().unwrap_or_else(PoisonError::into_inner).contains(address)
    }

    /// What a reference leads to.
    pub(super) fn target(&self, reference: &Reference) -> Option<Arc<Unit>> {
        if let Some(known) = reference.target.get().and_then(std::sync::Weak::upgrade) {
            return Some(known);
        }
        let unit = self.unit(&reference.address).ok()?;
        // Somebody else may have been faster, with the same.
        let _ = reference.target.set(Arc::downgrade(&unit));
        Some(unit)
    }

    /// The dynamic anchors of the resource that the schema at a pointer is a part of.
    pub(super) fn anchors(&self, direction: Direction, pointer: &str) -> Arc<Anchors> {
        let is_dynamic = self.landmarks().has_anchors();
        let resource = if is_dynamic { self.resource(pointer) } else { "" };
        let key = (direction, resource.to_owned());
        if let Some(known) = self.anchors.get(&key) {
            return known;
        }
        let mut found = Vec::new();
        if is_dynamic && let Some(raw) = self.document.at(resource) {
            collect(raw, resource, true, &mut found);
        }
        let anchors = found.into_iter().map(|(name, pointer)| (name, normalize::uri(direction, &pointer)));
        self.anchors.keep(key, Arc::new(anchors.collect()))
    }

    fn landmarks(&self) -> &Landmarks {
        self.landmarks.get_or_init(|| Landmarks::of(&self.document.tree))
    }

    /// The schemas that a base leaves open, by the pointer of the base.
    pub(super) fn heirs(&self) -> &Heirs {
        self.heirs.get_or_init(|| heirs(&self.document))
    }

    /// The nearest schema with an `$id` that is around one, or is it; else the schema itself.
    fn resource<'p>(&self, at: &'p str) -> &'p str {
        let begins = |at: &&str| self.document.at(at).is_some_and(begins_resource);
        let around = std::iter::successors(Some(at), |at| at.rsplit_once('/').map(|(around, _)| around));
        around.filter(|at| !at.is_empty()).find(begins).unwrap_or(at)
    }
}

/// Whether it is a schema resource of its own (JSON Schema 2020-12 §8.2.1).
fn begins_resource(schema: &Value) -> bool {
    schema.get("$id").and_then(Value::as_str).is_some_and(|id| !id.starts_with('#'))
}

/// Collects dynamic anchors with their pointers, up to where another resource begins.
fn collect(node: &Value, at: &str, is_start: bool, found: &mut Vec<(String, String)>) {
    match node {
        Value::Object(members) if is_start || !begins_resource(node) => {
            if let Some(name) = members.get("$dynamicAnchor").and_then(Value::as_str) {
                found.push((name.to_owned(), at.to_owned()));
            }
            for (key, value) in members {
                if !matches!(key.as_str(), "const" | "enum" | "default" | "example" | "examples") {
                    collect(value, &pointer::join(at, key), false, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{at}/{index}"), false, found);
            }
        }
        _ => {}
    }
}

/// A unit that is being compiled.
struct Surroundings<'p> {
    pool: &'p Pool,
    direction: Direction,
    pointer: &'p str,
}

impl Around for Surroundings<'_> {
    fn judge(&self, keywords: Map<String, Value>) -> Result<Arc<Judge>, String> {
        let keywords = Value::Object(keywords);
        let text = keywords.to_string();
        if let Some(known) = self.pool.judges.get(&text) {
            return Ok(known);
        }
        let judge = Arc::new(Judge::new(&keywords)?);
        Ok(if text.len() > MAX_SHARED { judge } else { self.pool.judges.keep(text, judge) })
    }

    fn anchors(&self, path: &[String]) -> Arc<Anchors> {
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        let place = normalize::written(&self.pool.document, self.pointer, &steps);
        self.pool.anchors(self.direction, &place)
    }
}
