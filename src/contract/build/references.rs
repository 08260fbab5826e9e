//! References of Reference Objects and of schemas, each chain of them walked once, however many lead into it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexSet;
use serde_json::Value;

use super::{Builder, Node};
use crate::contract::schema::{Dialect, Schema};
use crate::contract::schema_pointer;
use crate::document::pointer;

/// Ends of chains that were walked.
#[derive(Default)]
pub(super) struct Known {
    /// Where references to references end, by the pointer of each.
    ends: HashMap<String, End>,
    /// Where schemas end that are nothing but references to others, by the pointer of each.
    targets: HashMap<String, String>,
}

/// Where references end.
#[derive(Clone)]
enum End {
    /// At a node, by its pointer.
    At(String),
    /// At one that leads nowhere, and is reported.
    Nowhere,
    /// They go round.
    Circle,
}

impl<'d> Builder<'d, '_> {
    /// Follows Reference Objects to the node that they refer to.
    pub(super) fn follow(&mut self, node: Node<'d>) -> Option<Node<'d>> {
        let start = node.pointer.clone();
        let mut node = node;
        let mut passed = IndexSet::new();
        let end = loop {
            let Some(reference) = node.text("$ref") else { break End::At(node.pointer.clone()) };
            if let Some(known) = self.known.ends.get(&node.pointer) {
                break known.clone();
            }
            let target = reference.strip_prefix('#').map(schema_pointer);
            let Some(target) = target else {
                // Reported already, when its target was not loaded.
                break End::Nowhere;
            };
            let Some(next) = self.at(&target) else {
                self.problem(
                    &pointer::join(&node.pointer, "$ref"),
                    format!("the reference {reference:?} cannot be resolved"),
                    "it is ignored",
                );
                break End::Nowhere;
            };
            if !passed.insert(node.pointer.clone()) {
                break End::Circle;
            }
            node = next;
        };
        // Each is walked once, however many lead to it.
        if passed.len() > 1 {
            self.known.ends.extend(passed.into_iter().map(|passed| (passed, end.clone())));
        }
        match end {
            End::At(pointer) if pointer == node.pointer => Some(node),
            End::At(pointer) => self.at(&pointer),
            End::Nowhere => None,
            End::Circle => {
                self.problem(&start, "the reference is circular", "it is ignored");
                None
            }
        }
    }

    pub(super) fn schema(&mut self, node: &Node<'d>) -> Arc<Schema> {
        // A bare reference is the schema it names, so that both share one validator.
        let mut at = node.pointer.clone();
        let mut value = node.value;
        let mut passed = HashSet::new();
        loop {
            if let Some(end) = self.known.targets.get(&at) {
                at.clone_from(end);
                break;
            }
            if let Some(object) = value.as_object()
                && let Some(reference) = object.get("$ref").and_then(Value::as_str)
                && (object.len() == 1 || self.dialect == Dialect::OpenApi30)
                && let Some(target) = reference.strip_prefix('#').map(schema_pointer)
                && !passed.contains(&target)
                && let Some(next) = self.document.at(&target)
            {
                passed.insert(std::mem::replace(&mut at, target));
                value = next;
            } else {
                break;
            }
        }
        if passed.len() > 1 {
            self.known.targets.extend(passed.into_iter().map(|passed| (passed, at.clone())));
        }
        let pool = &self.pool;
        Arc::clone(self.schemas.entry(at).or_insert_with_key(|at| Schema::new(pool, at.clone())))
    }
}
