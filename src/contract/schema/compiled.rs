//! Schemas that are compiled when they are first needed.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use jsonschema::{Retrieve, Uri};
use serde_json::Value;

use super::bundle;
use super::direction::Direction;
use super::engine::{Judge, built, is_given_up, options};
use super::mismatch::{self, Mismatch};
use super::normalize::{self, Dialect};
use super::types::Shape;
use crate::document::Document;

/// The schemas of a document in their normal form.
#[derive(Debug)]
pub(in crate::contract) struct Pool {
    document: Document,
    dialect: Dialect,
    normal: RwLock<HashMap<(Direction, String), Arc<Value>>>,
}

impl Pool {
    pub(in crate::contract) fn new(document: Document, dialect: Dialect) -> Arc<Self> {
        Arc::new(Self { document, dialect, normal: RwLock::default() })
    }

    /// Which Schema Object the document has.
    pub(in crate::contract) fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn normal(&self, direction: Direction, pointer: &str) -> Option<Arc<Value>> {
        let key = (direction, pointer.to_owned());
        if let Ok(known) = self.normal.read()
            && let Some(value) = known.get(&key)
        {
            return Some(Arc::clone(value));
        }
        let raw = self.document.at(pointer)?;
        let value = Arc::new(normalize::normalize(&self.document, self.dialect, direction, raw));
        if let Ok(mut known) = self.normal.write() {
            known.insert(key, Arc::clone(&value));
        }
        Some(value)
    }
}

/// Serves normal forms to the validator's compiler; refuses everything else, so that no document
/// can make it fetch a file or an address.
struct FromPool(Arc<Pool>);

impl Retrieve for FromPool {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let Some((direction, pointer)) = normalize::read_uri(uri.as_str()) else {
            return Err(format!("the reference points outside the document: {uri}").into());
        };
        let value = self
            .0
            .normal(direction, &pointer)
            .ok_or_else(|| format!("the reference cannot be resolved: #{pointer}"))?;
        Ok(Value::clone(&value))
    }
}

/// One schema of the document.
#[derive(Debug)]
pub struct Schema {
    pool: Arc<Pool>,
    pointer: String,
    request: OnceLock<Compiled>,
    response: OnceLock<Compiled>,
    pub(super) shape: OnceLock<Shape>,
}

type Compiled = Result<Judge, String>;

/// Deeper values are judged as a whole, without reasons: collecting the reasons of nested `anyOf`
/// grows exponentially with the depth.
const MAX_EXPLAINED_DEPTH: usize = 24;
/// More reasons than these help nobody.
const MAX_MISMATCHES: usize = 20;

impl Schema {
    pub(in crate::contract) fn new(pool: &Arc<Pool>, pointer: String) -> Arc<Self> {
        Arc::new(Self {
            pool: Arc::clone(pool),
            pointer,
            request: OnceLock::new(),
            response: OnceLock::new(),
            shape: OnceLock::new(),
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

    /// The schema as JSON Schema 2020-12. Its references are followed with [`Schema::follow`].
    pub fn normal(&self, direction: Direction) -> Arc<Value> {
        self.pool.normal(direction, &self.pointer).unwrap_or_else(|| Arc::new(Value::Bool(true)))
    }

    /// What a `$ref` inside a normal form leads to.
    pub fn follow(&self, reference: &str) -> Option<Arc<Value>> {
        let (direction, pointer) = normalize::read_uri(reference)?;
        self.pool.normal(direction, &pointer)
    }

    /// The node with a dynamic anchor: the outermost of the schemas that `path` (references of normal
    /// forms, from outside in) goes through, the schema itself first. With a key that names it.
    pub fn dynamic(&self, direction: Direction, path: &[String], name: &str) -> Option<(String, Value)> {
        let own = normalize::uri(direction, &self.pointer);
        std::iter::once(&own).chain(path).find_map(|reference| {
            let resource = reference.split('#').next().unwrap_or(reference);
            let normal = self.follow(resource)?;
            let pointer = normalize::anchored(&normal, name)?;
            Some((format!("{resource}#{pointer}"), normal.pointer(&pointer)?.clone()))
        })
    }

    /// The document pointer that a `$ref` inside a normal form refers to.
    pub fn pointer_of(reference: &str) -> Option<String> {
        normalize::read_uri(reference).map(|(_, pointer)| pointer)
    }

    /// Whether a value is valid.
    ///
    /// # Errors
    /// Why the schema cannot be compiled; then nothing can be said of any value.
    pub fn is_valid(&self, direction: Direction, value: &Value) -> Result<bool, &str> {
        let judge = self.compiled(direction)?;
        // Where a pattern was given up, the rest of the value decides.
        Ok(judge.validator.is_valid(value)
            || (judge.gives_up
                && depth(value) <= MAX_EXPLAINED_DEPTH
                && judge.validator.iter_errors(value).all(|error| is_given_up(&error))))
    }

    /// Everything that is wrong with a value, at most 20 reasons; empty for a valid one.
    ///
    /// # Errors
    /// Why the schema cannot be compiled; then nothing can be said of any value.
    pub fn check(&self, direction: Direction, value: &Value) -> Result<Vec<Mismatch>, &str> {
        let validator = &self.compiled(direction)?.validator;
        if validator.is_valid(value) {
            return Ok(Vec::new());
        }
        if depth(value) > MAX_EXPLAINED_DEPTH {
            return Ok(vec![Mismatch::whole(&self.pointer, value)]);
        }
        let mut mismatches = Vec::new();
        for error in validator.iter_errors(value).filter(|error| !is_given_up(error)) {
            mismatch::explain(&self.pool.document, &self.pointer, &error, &mut mismatches);
            if mismatches.len() >= MAX_MISMATCHES {
                mismatches.truncate(MAX_MISMATCHES);
                break;
            }
        }
        Ok(mismatches)
    }

    /// Whether the schema can be compiled at all.
    ///
    /// # Errors
    /// Why not.
    pub fn compile(&self, direction: Direction) -> Result<(), &str> {
        self.compiled(direction).map(|_| ())
    }

    fn compiled(&self, direction: Direction) -> Result<&Judge, &str> {
        let cell = match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        };
        cell.get_or_init(|| self.build(direction)).as_ref().map_err(String::as_str)
    }

    fn build(&self, direction: Direction) -> Compiled {
        let root = bundle::bundled(&normalize::uri(direction, &self.pointer), |uri| self.follow(uri));
        let options = options().with_base_uri("cp:/root").with_retriever(FromPool(Arc::clone(&self.pool)));
        built(&options, &root).map_err(|error| {
            // What could not be retrieved is known here by a better name.
            let whole = error.to_string();
            whole.split_once("retrieving it failed: ").map_or(whole.as_str(), |(_, why)| why).to_owned()
        })
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
