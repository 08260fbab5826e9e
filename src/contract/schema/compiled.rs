//! Schemas that are compiled when they are first needed.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::direction::Direction;
use super::explain::explain;
use super::graph::Unit;
use super::mismatch::Mismatch;
use super::normalize;
use super::pool::Pool;
use super::types::{Outline, Shape};
use super::walk::{Exhausted, Walk};

/// Why nothing is said of a value.
const TOO_LONG: &str = "it would take more than 5 million steps to judge this value by its schema";

/// One schema of the document.
#[derive(Debug)]
pub struct Schema {
    pool: Arc<Pool>,
    pointer: String,
    request: OnceLock<Compiled>,
    response: OnceLock<Compiled>,
    pub(super) shape: OnceLock<Shape>,
    pub(super) outline: OnceLock<Outline>,
}

type Compiled = Result<Arc<Unit>, String>;

impl Schema {
    pub(in crate::contract) fn new(pool: &Arc<Pool>, pointer: String) -> Arc<Self> {
        Arc::new(Self {
            pool: Arc::clone(pool),
            pointer,
            request: OnceLock::new(),
            response: OnceLock::new(),
            shape: OnceLock::new(),
            outline: OnceLock::new(),
        })
    }

    /// What it shares with the other schemas of its document.
    pub(in crate::contract) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// JSON pointer of the schema in the document.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// JSON pointer of the schema that it refers to, where it does nothing else; else its own.
    pub fn target(&self) -> String {
        let normal = self.normal(Direction::Request);
        let alone = normal.as_object().filter(|keywords| keywords.len() == 1);
        let reference = alone.and_then(|keywords| keywords.get("$ref")?.as_str());
        reference.and_then(Self::pointer_of).unwrap_or_else(|| self.pointer.clone())
    }

    /// The schema as JSON Schema 2020-12. Its references are followed with [`Schema::follow`].
    pub fn normal(&self, direction: Direction) -> Arc<Value> {
        self.pool.normal(direction, &self.pointer).unwrap_or_else(|| Arc::new(Value::Bool(true)))
    }

    /// What a `$ref` inside a normal form leads to.
    pub fn follow(&self, reference: &str) -> Option<Arc<Value>> {
        let (direction, pointer) = normalize::read_uri(reference)?;
        self.pool.normal(direction, &pointer)
    }

    /// What a `$dynamicRef` of a normal form leads to: the anchor of that name in the outermost of the schemas
    /// that `path` (references of normal forms, from outside in) goes through, the schema itself first.
    /// With its address.
    pub fn dynamic(
        &self,
        direction: Direction,
        path: &[String],
        reference: &str,
    ) -> Option<(String, Arc<Value>)> {
        let (initial, name) = reference.split_once('#')?;
        let own = normalize::uri(direction, &self.pointer);
        let outermost = std::iter::once(&own).chain(path).find_map(|passed| {
            let (direction, pointer) = normalize::read_uri(passed)?;
            let anchors = self.pool.anchors(direction, &pointer);
            anchors.iter().find(|(known, _)| known == name).map(|(_, address)| address.clone())
        });
        let address = outermost.unwrap_or_else(|| initial.to_owned());
        let target = self.follow(&address)?;
        Some((address, target))
    }

    /// The document pointer that a `$ref` inside a normal form refers to.
    pub fn pointer_of(reference: &str) -> Option<String> {
        normalize::read_uri(reference).map(|(_, pointer)| pointer)
    }

    /// The schemas of the document that a base with a discriminator leaves open, as references of normal forms;
    /// `base` is a pointer.
    pub fn heirs(&self, direction: Direction, base: &str) -> Vec<String> {
        let heirs = self.pool.heirs().get(base).into_iter().flatten();
        heirs.map(|pointer| normalize::uri(direction, pointer)).collect()
    }

    /// Whether the document has such a base at all.
    pub fn has_heirs(&self) -> bool {
        !self.pool.heirs().is_empty()
    }

    /// Whether a value is valid.
    ///
    /// # Errors
    /// Why nothing can be said: the schema cannot be compiled, or it would take too long.
    pub fn is_valid(&self, direction: Direction, value: &Value) -> Result<bool, &str> {
        let unit = self.compiled(direction)?;
        Walk::judge(&self.pool, unit, value).map_err(|Exhausted| TOO_LONG)
    }

    /// Everything that is wrong with a value, at most 20 reasons; empty for a valid one.
    ///
    /// # Errors
    /// Why nothing can be said: the schema cannot be compiled, or it would take too long.
    pub fn check(&self, direction: Direction, value: &Value) -> Result<Vec<Mismatch>, &str> {
        let unit = self.compiled(direction)?;
        if Walk::judge(&self.pool, unit, value).map_err(|Exhausted| TOO_LONG)? {
            return Ok(Vec::new());
        }
        Ok(explain(&self.pool, unit, value))
    }

    /// Whether the schema can be compiled at all.
    ///
    /// # Errors
    /// Why not.
    pub fn compile(&self, direction: Direction) -> Result<(), &str> {
        self.compiled(direction).map(|_| ())
    }

    fn compiled(&self, direction: Direction) -> Result<&Unit, &str> {
        let cell = match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        };
        let compiled = cell.get_or_init(|| self.pool.complete(&normalize::uri(direction, &self.pointer)));
        compiled.as_deref().map_err(String::as_str)
    }
}
