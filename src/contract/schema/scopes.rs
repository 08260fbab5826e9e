//! Which dynamic anchors are bound, by the schema resources that the way to a schema goes through (JSON Schema
//! 2020-12 §7.1).

use std::collections::HashMap;
use std::sync::Arc;

use super::graph::Anchors;

/// What is bound, as a number of [`Scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Scope(usize);

impl Scope {
    /// Nothing is bound.
    pub(super) const START: Self = Self(0);
}

/// The scopes of one walk.
#[derive(Debug, Clone, Default)]
pub(super) struct Scopes {
    /// The anchors of each but [`Scope::START`], which has none: name and address.
    all: Vec<Vec<(String, String)>>,
    /// Where a scope and the anchors of a resource lead.
    entered: HashMap<(Scope, usize), Scope>,
}

impl Scopes {
    /// The scope inside a resource: what is bound stays bound, so that the outermost counts.
    pub(super) fn enter(&mut self, scope: Scope, anchors: &Arc<Anchors>) -> Scope {
        if anchors.is_empty() {
            return scope;
        }
        let key = (scope, Arc::as_ptr(anchors).addr());
        if let Some(known) = self.entered.get(&key) {
            return *known;
        }
        let mut bound = self.anchors(scope).to_vec();
        let before = bound.len();
        for (name, address) in anchors.iter() {
            if !bound.iter().any(|(known, _)| known == name) {
                bound.push((name.clone(), address.clone()));
            }
        }
        let inside = if bound.len() == before {
            scope
        } else {
            self.all.push(bound);
            Scope(self.all.len())
        };
        self.entered.insert(key, inside);
        inside
    }

    /// The address that an anchor is bound to.
    pub(super) fn bound(&self, scope: Scope, anchor: &str) -> Option<&str> {
        let mut bound = self.anchors(scope).iter();
        bound.find(|(name, _)| name == anchor).map(|(_, address)| address.as_str())
    }

    fn anchors(&self, scope: Scope) -> &[(String, String)] {
        scope.0.checked_sub(1).and_then(|at| self.all.get(at)).map_or(&[], Vec::as_slice)
    }
}
