//! Judges a value by a schema, in bounded time.
//!
//! The validator that compiles assertions has no budget, and it needs exponential time where alternatives
//! nest. So what combines schemas is walked here. A reference is judged once for each part of the value, which
//! bounds the work by the product of both, and every step counts.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::effort;
use super::graph::{Anchors, Combined, Contains, Items, Members, Node, Reference, Unevaluated, Unit};
use super::pool::Pool;
use super::scopes::{Scope, Scopes};
use super::seen::Seen;

/// So many steps may it take to judge one value.
const MAX_STEPS: usize = 5_000_000;
/// From so many steps on, outcomes are remembered: small messages do without.
const REMEMBERED_FROM: usize = 2_000;
/// So deep may references nest.
const MAX_DEPTH: usize = 10_000;
/// From so many references on that lead from one to the next without leaving a value, it is asked whether they
/// go round.
const ASKED_FROM: usize = 32;
/// Where less of the stack is left, the walk goes on on another one; the least that one step may use.
const STACK_LEFT: usize = 512 * 1024;
const STACK: usize = 4 * 1024 * 1024;

/// It would take more steps than [`MAX_STEPS`] to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exhausted;

/// Whether a value is valid.
pub(super) type Verdict = Result<bool, Exhausted>;

/// A unit, a part of the value, and a scope.
pub(super) type Place = (usize, usize, Scope);

/// Goes on where there is enough of the stack.
pub(super) fn grown<T>(next: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_LEFT, STACK, next)
}

/// One walk over one value.
pub(super) struct Walk<'p, 'i> {
    pub(super) pool: &'p Pool,
    steps: usize,
    /// References that are being followed: unit and part of the value.
    active: Vec<(usize, usize)>,
    known: HashMap<Place, (bool, Option<Rc<Seen<'i>>>)>,
    scopes: Scopes,
}

impl Drop for Walk<'_, '_> {
    fn drop(&mut self) {
        effort::spend(u64::try_from(self.steps).unwrap_or(u64::MAX));
    }
}

impl<'p, 'i> Walk<'p, 'i> {
    pub(super) fn new(pool: &'p Pool) -> Self {
        Self { pool, steps: 0, active: Vec::new(), known: HashMap::new(), scopes: Scopes::default() }
    }

    /// Whether a value is valid by a schema and all that it refers to.
    pub(super) fn judge(pool: &'p Pool, unit: &Unit, value: &'i Value) -> Verdict {
        let (root, mut walk) = (&unit.root, Self::new(pool));
        if root.is_alone() {
            walk.spend(1 + root.assertions.steps(value))?;
            return Ok(!root.never && root.assertions.hold(value));
        }
        walk.follow(unit, value, Scope::START, None)
    }

    /// What outcomes are remembered by.
    pub(super) fn place(unit: &Unit, value: &Value, scope: Scope) -> Place {
        (std::ptr::from_ref(unit).addr(), std::ptr::from_ref(value).addr(), scope)
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS { Err(Exhausted) } else { Ok(()) }
    }

    pub(super) fn remembers(&self) -> bool {
        self.steps >= REMEMBERED_FROM
    }

    /// The scope inside a resource.
    pub(super) fn enter(&mut self, scope: Scope, anchors: &Arc<Anchors>) -> Scope {
        self.scopes.enter(scope, anchors)
    }

    /// The schema that a dynamic reference leads to.
    pub(super) fn bound(&self, scope: Scope, (anchor, initial): &(String, Reference)) -> Option<Arc<Unit>> {
        match self.scopes.bound(scope, anchor) {
            Some(address) => self.pool.unit(address).ok(),
            None => self.pool.target(initial),
        }
    }

    /// What a reference leads to. References that are nothing else are passed over.
    pub(super) fn target(&mut self, reference: &Reference) -> Result<Option<Arc<Unit>>, Exhausted> {
        let mut target = self.pool.target(reference);
        let mut round = 0;
        while let Some(unit) = &target
            && let Some(next) = unit.root.alias().filter(|_| unit.anchors.is_empty())
        {
            self.spend(1)?;
            round += 1;
            if round > MAX_DEPTH {
                return Ok(None);
            }
            target = self.pool.target(next);
        }
        Ok(target)
    }

    /// Begins to follow a reference from a part of the value; false where that is already going on, which asks
    /// for nothing.
    pub(super) fn begin(&mut self, unit: &Unit, value: &Value) -> Result<bool, Exhausted> {
        let here = (std::ptr::from_ref(unit).addr(), std::ptr::from_ref(value).addr());
        let at = self.active.len();
        let is_run = at >= ASKED_FROM && self.active.get(at - ASKED_FROM).is_some_and(|old| old.1 == here.1);
        if is_run {
            let run = self.active.iter().rev().take_while(|old| old.1 == here.1);
            let (length, is_round) = run.fold((0, false), |(n, found), old| (n + 1, found || *old == here));
            self.spend(length / 16)?;
            if is_round {
                return Ok(false);
            }
        }
        if at >= MAX_DEPTH {
            return Err(Exhausted);
        }
        self.active.push(here);
        Ok(true)
    }

    pub(super) fn end(&mut self) {
        self.active.pop();
    }

    pub(super) fn follow(
        &mut self,
        unit: &Unit,
        value: &'i Value,
        scope: Scope,
        seen: Option<&mut Seen<'i>>,
    ) -> Verdict {
        let scope = self.enter(scope, &unit.anchors);
        let place = Self::place(unit, value, scope);
        if self.remembers()
            && let Some((holds, known)) = self.known.get(&place)
            && (seen.is_none() || known.is_some())
        {
            let (holds, known) = (*holds, known.clone());
            if let (Some(seen), Some(known)) = (seen, known) {
                self.spend(known.count() + 1)?;
                seen.add(&known);
            }
            return Ok(holds);
        }
        if !self.begin(unit, value)? {
            return Ok(true);
        }
        let mut own = seen.is_some().then(Seen::default);
        let verdict = grown(|| self.node(&unit.root, value, scope, own.as_mut()));
        self.end();
        let holds = verdict?;
        if let (Some(seen), Some(own)) = (seen, &own)
            && holds
        {
            seen.add(own);
        }
        if self.remembers() {
            self.known.insert(place, (holds, own.map(Rc::new)));
        }
        Ok(holds)
    }

    /// Whether one schema holds. What it looked at is added to `seen`, if it does.
    pub(super) fn node(
        &mut self,
        node: &Node,
        value: &'i Value,
        scope: Scope,
        seen: Option<&mut Seen<'i>>,
    ) -> Verdict {
        self.spend(1 + node.assertions.steps(value))?;
        if node.never || !node.assertions.hold(value) {
            return Ok(false);
        }
        let scope = node.begins.as_ref().map_or(scope, |anchors| self.enter(scope, anchors));
        let mut own = (seen.is_some() || node.unevaluated.is_some()).then(Seen::default);
        if let Some(reference) = &node.reference
            && let Some(unit) = self.target(reference)?
            && !self.follow(&unit, value, scope, own.as_mut())?
        {
            return Ok(false);
        }
        if let Some(combined) = &node.combined
            && !self.combined(combined, value, scope, own.as_mut())?
        {
            return Ok(false);
        }
        if let (Some(members), Value::Object(object)) = (&node.members, value)
            && !self.members(members, (object, value), scope, own.as_mut())?
        {
            return Ok(false);
        }
        if let (Some(items), Value::Array(list)) = (&node.items, value)
            && !self.items(items, list, scope, own.as_mut())?
        {
            return Ok(false);
        }
        if let (Some(unevaluated), Some(own)) = (&node.unevaluated, own.as_mut())
            && !self.unevaluated(unevaluated, value, scope, own)?
        {
            return Ok(false);
        }
        if let (Some(seen), Some(own)) = (seen, own) {
            self.spend(own.count())?;
            seen.add(&own);
        }
        Ok(true)
    }

    pub(super) fn combined(
        &mut self,
        combined: &Combined,
        value: &'i Value,
        scope: Scope,
        mut seen: Option<&mut Seen<'i>>,
    ) -> Verdict {
        if let Some(anchor) = &combined.dynamic
            && let Some(unit) = self.bound(scope, anchor)
            && !self.follow(&unit, value, scope, seen.as_deref_mut())?
        {
            return Ok(false);
        }
        for part in &combined.all {
            if !self.node(part, value, scope, seen.as_deref_mut())? {
                return Ok(false);
            }
        }
        if !combined.any.is_empty() && !self.any(&combined.any, value, scope, seen.as_deref_mut())? {
            return Ok(false);
        }
        if !combined.one.is_empty() && self.holding(&combined.one, value, scope, seen.as_deref_mut())? != 1 {
            return Ok(false);
        }
        if let Some(not) = &combined.not
            && self.node(not, value, scope, None)?
        {
            return Ok(false);
        }
        let Some(condition) = &combined.condition else { return Ok(true) };
        let next = if self.node(&condition.test, value, scope, seen.as_deref_mut())? {
            &condition.then
        } else {
            &condition.otherwise
        };
        next.as_ref().map_or(Ok(true), |next| self.node(next, value, scope, seen))
    }

    /// Whether one of several holds; where it counts what they looked at, all are asked.
    fn any(
        &mut self,
        nodes: &[Node],
        value: &'i Value,
        scope: Scope,
        mut seen: Option<&mut Seen<'i>>,
    ) -> Verdict {
        let mut holds = false;
        for node in nodes {
            holds |= self.node(node, value, scope, seen.as_deref_mut())?;
            if holds && seen.is_none() {
                break;
            }
        }
        Ok(holds)
    }

    /// How many of several hold; no more than two are counted.
    pub(super) fn holding(
        &mut self,
        nodes: &[Node],
        value: &'i Value,
        scope: Scope,
        mut seen: Option<&mut Seen<'i>>,
    ) -> Result<usize, Exhausted> {
        let mut count = 0;
        for node in nodes {
            count += usize::from(self.node(node, value, scope, seen.as_deref_mut())?);
            if count > 1 {
                break;
            }
        }
        Ok(count)
    }

    fn members(
        &mut self,
        members: &Members,
        (object, whole): (&'i Map<String, Value>, &'i Value),
        scope: Scope,
        mut seen: Option<&mut Seen<'i>>,
    ) -> Verdict {
        for (name, value) in object {
            self.spend(1 + members.patterns.len())?;
            let mut is_described = false;
            for node in members.described_by(name) {
                is_described = true;
                if !self.node(node, value, scope, None)? {
                    return Ok(false);
                }
            }
            if is_described && let Some(seen) = &mut seen {
                seen.see_member(name);
            }
        }
        if let Some(names) = &members.names {
            for name in object.keys() {
                if !self.name(names, name, scope)? {
                    return Ok(false);
                }
            }
        }
        for (name, node) in &members.dependent {
            if object.contains_key(name) && !self.node(node, whole, scope, seen.as_deref_mut())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Judges a member's name. It is no part of the value, so nothing of it is remembered.
    pub(super) fn name(&mut self, node: &Node, name: &str, scope: Scope) -> Verdict {
        let name = Value::String(name.to_owned());
        let mut walk = Walk::new(self.pool);
        walk.scopes.clone_from(&self.scopes);
        walk.steps = self.steps;
        let verdict = walk.node(node, &name, scope, None);
        self.steps = std::mem::take(&mut walk.steps);
        verdict
    }

    fn items(
        &mut self,
        items: &Items,
        list: &'i [Value],
        scope: Scope,
        mut seen: Option<&mut Seen<'i>>,
    ) -> Verdict {
        for (index, item) in list.iter().enumerate() {
            let Some(node) = items.prefix.get(index).or(items.rest.as_ref()) else { break };
            if !self.node(node, item, scope, None)? {
                return Ok(false);
            }
        }
        if let Some(seen) = &mut seen {
            seen.see_items(items, list.len());
        }
        let Some(contains) = &items.contains else { return Ok(true) };
        let found = self.containing(contains, list, scope)?;
        let count = found.len() as u64;
        if let Some(seen) = &mut seen {
            seen.see_each(found);
        }
        Ok(count >= contains.least && contains.most.is_none_or(|most| count <= most))
    }

    /// Which items `contains` describes.
    pub(super) fn containing(
        &mut self,
        contains: &Contains,
        list: &'i [Value],
        scope: Scope,
    ) -> Result<Vec<usize>, Exhausted> {
        let mut found = Vec::new();
        for (index, item) in list.iter().enumerate() {
            if self.node(&contains.node, item, scope, None)? {
                found.push(index);
            }
        }
        Ok(found)
    }

    fn unevaluated(
        &mut self,
        unevaluated: &Unevaluated,
        value: &'i Value,
        scope: Scope,
        seen: &mut Seen<'i>,
    ) -> Verdict {
        match (value, &unevaluated.members, &unevaluated.items) {
            (Value::Object(object), Some(node), _) => {
                for (name, value) in object {
                    if !seen.has_member(name) && !self.node(node, value, scope, None)? {
                        return Ok(false);
                    }
                }
                seen.see_members(object.keys());
            }
            (Value::Array(list), _, Some(node)) => {
                for (index, value) in list.iter().enumerate() {
                    if !seen.has_item(index) && !self.node(node, value, scope, None)? {
                        return Ok(false);
                    }
                }
                seen.see_all_items();
            }
            _ => {}
        }
        Ok(true)
    }
}
