//! Objects that steps need: listed by the target, or made by this run.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{NotSent, Runner};
use crate::check::plan::{self, Input, Step, settle};
use crate::contract::{Direction, Location, Operation, parameter};
use crate::exchange::Exchange;
use crate::generate::mark;
use crate::generate::request::Parts;
use crate::judge::exchange::Intent;
use crate::resources::{self, Role};

/// A create may need a parent, which may need one; this deep and no deeper.
const MAX_NESTING: usize = 4;
/// Listed objects that are remembered for each collection.
const MAX_LISTED: usize = 100;

/// Objects that are known. Each is the values of its path's parameters, parents first and its own id
/// last.
#[derive(Debug, Default)]
pub(in crate::check) struct Pool {
    listed: HashMap<usize, Vec<Vec<Value>>>,
    own: HashMap<usize, Vec<Vec<Value>>>,
    stock: HashMap<(usize, String), Stock>,
    /// Members by which the paths of some collections call their objects, though these have ids.
    names: HashMap<usize, String>,
}

/// Ids that lists of one collection below the same parents have shown.
#[derive(Debug)]
struct Stock {
    collection: usize,
    parents: Vec<Value>,
    ids: HashSet<String>,
    /// Whether a list was read to its end before this run made anything there.
    is_complete: bool,
}

fn text_of(values: &[Value]) -> String {
    values.iter().map(parameter::text).collect::<Vec<_>>().join("/")
}

fn same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| parameter::text(a) == parameter::text(b))
}

impl Pool {
    /// What the path of a collection calls an entry by.
    pub fn id<'v>(&self, collection: usize, entry: &'v Value, parameter: &str) -> Option<&'v Value> {
        match self.names.get(&collection) {
            Some(name) => entry.get(name).filter(|name| name.is_string()).or_else(|| entry.get(parameter)),
            None => resources::id_of(entry, parameter),
        }
    }

    /// Calls the objects of a collection by another member; what was known by ids is known no longer.
    pub fn call_by(&mut self, collection: usize, name: &str) {
        if self.names.insert(collection, name.to_owned()).as_deref() != Some(name) {
            self.listed.remove(&collection);
            self.stock.retain(|(known, _), _| *known != collection);
        }
    }

    pub fn is_called_by_name(&self, collection: usize) -> bool {
        self.names.contains_key(&collection)
    }

    /// Whether this run made the object.
    pub fn is_own(&self, collection: usize, values: &[Value]) -> bool {
        self.own.get(&collection).is_some_and(|own| own.iter().any(|known| same(known, values)))
    }

    /// The ids of this run's own objects of a collection.
    pub fn own_of(&self, collection: usize) -> Vec<Value> {
        let own = self.own.get(&collection).into_iter().flatten();
        own.filter_map(|values| values.last().cloned()).collect()
    }

    /// Whether this run has made an object of a collection, be it gone since.
    pub fn has_made(&self, collection: usize) -> bool {
        self.own.contains_key(&collection)
    }

    pub fn add_own(&mut self, collection: usize, values: Vec<Value>) {
        if let Some(listed) = self.listed.get_mut(&collection) {
            listed.retain(|known| !same(known, &values));
        }
        self.own.entry(collection).or_default().push(values);
    }

    /// An object of this run's own answers under another id now.
    pub fn rename(&mut self, collection: usize, old: &[Value], new: &[Value]) {
        for known in self.own.get_mut(&collection).into_iter().flatten() {
            if same(known, old) {
                *known = new.to_vec();
            }
        }
    }

    /// Forgets what was removed; `is_gone` tells it by collection and values.
    pub fn forget(&mut self, is_gone: impl Fn(usize, &[Value]) -> bool) {
        for (collection, known) in self.own.iter_mut().chain(&mut self.listed) {
            known.retain(|values| !is_gone(*collection, values));
        }
    }

    pub fn list(&mut self, collection: usize, parents: &[Value], ids: Vec<Value>) {
        for id in ids {
            let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
            if self.is_own(collection, &values) {
                continue;
            }
            self.stock_of(collection, parents).ids.insert(parameter::text(&id));
            let listed = self.listed.entry(collection).or_default();
            if listed.len() < MAX_LISTED && !listed.iter().any(|known| same(known, &values)) {
                listed.push(values);
            }
        }
    }

    /// Whether a list has shown the id, `None` where no list below these parents was read to its end.
    pub fn was_listed(&self, collection: usize, values: &[Value]) -> Option<bool> {
        let (id, parents) = values.split_last()?;
        let stock = self.stock.get(&(collection, text_of(parents)))?;
        if stock.ids.contains(&parameter::text(id)) {
            return Some(true);
        }
        stock.is_complete.then_some(false)
    }

    /// Collections below the same parents that were read to their end before anything was made there.
    pub fn stocks(&self) -> Vec<(usize, Vec<Value>)> {
        let whole = self.stock.values().filter(|stock| stock.is_complete);
        whole.map(|stock| (stock.collection, stock.parents.clone())).collect()
    }

    pub fn has_stock(&self, collection: usize, parents: &[Value]) -> bool {
        self.stock.get(&(collection, text_of(parents))).is_some_and(|stock| stock.is_complete)
    }

    pub fn complete_stock(&mut self, collection: usize, parents: &[Value]) {
        self.stock_of(collection, parents).is_complete = true;
    }

    /// One object of this run's own of a collection, and one that the target lists.
    pub fn examples(&self, collection: usize) -> (Option<Value>, Option<Value>) {
        let of = |known: &HashMap<usize, Vec<Vec<Value>>>| known.get(&collection)?.first()?.last().cloned();
        (of(&self.own), of(&self.listed))
    }

    fn stock_of(&mut self, collection: usize, parents: &[Value]) -> &mut Stock {
        let new = || Stock { collection, parents: parents.to_vec(), ids: HashSet::new(), is_complete: false };
        self.stock.entry((collection, text_of(parents))).or_insert_with(new)
    }

    fn first(
        known: &HashMap<usize, Vec<Vec<Value>>>,
        collection: usize,
        fixed: &Fixed,
    ) -> Option<Vec<Value>> {
        let fits = |values: &&Vec<Value>| {
            fixed.iter().all(|(at, value)| {
                values.get(*at).is_none_or(|known| parameter::text(known) == parameter::text(value))
            })
        };
        known.get(&collection)?.iter().find(fits).cloned()
    }
}

/// Path parameters whose values are given, by position.
type Fixed = Vec<(usize, Value)>;

/// What a step's request is made of once its objects are found.
pub(in crate::check) struct Filled {
    pub parts: Parts,
    /// Whether every object that the path names was found at the target itself.
    pub found: bool,
    /// Path parameters whose values the run found out.
    pub bound: Vec<(String, Value)>,
}

impl Runner<'_> {
    /// Lets a made-up change of an object leave its id as it is, since nobody would find it again.
    fn keep_identity(&self, operation: &Operation, step: &Step, parts: &mut Parts) {
        let Some((index, Role::Update | Role::Replace)) = self.resources.role(operation.index) else {
            return;
        };
        let is_given = self.settings.given.get(&operation.id).is_some_and(|given| given.body.is_some());
        let is_plain = matches!(step.intent, Intent::Valid(_) | Intent::WiderKey);
        let Some(collection) = self.resources.collections.get(index).filter(|_| is_plain && !is_given) else {
            return;
        };
        let id = parts.parameters.iter().rev().find(|(location, name, _)| {
            *location == Location::Path && operation.template.names().last() == Some(name)
        });
        let (Some((_, _, id)), Some((media_type, octets))) = (id, parts.body.as_mut()) else { return };
        let Ok(mut value) = serde_json::from_slice::<Value>(octets) else { return };
        let Some(name) = resources::id_name(&value, &collection.parameter).map(str::to_owned) else { return };
        if let Some(members) = value.as_object_mut() {
            members.insert(name.clone(), id.clone());
        }
        let described = operation.body.as_ref().and_then(|documented| documented.content_for(media_type));
        let Some(described) = described.filter(|described| described.is_json()) else { return };
        let schema = described.schema.as_deref();
        if schema.is_some_and(|schema| schema.is_valid(Direction::Request, &value) == Ok(false))
            && let Some(members) = value.as_object_mut()
        {
            members.shift_remove(&name);
        }
        if let Ok(changed) = serde_json::to_vec(&value) {
            *octets = changed;
        }
    }

    /// Puts a token of this run's into a body that has a place for one.
    pub(in crate::check) fn stamp(&mut self, parts: &mut Parts) {
        let Some((_, octets)) = &mut parts.body else { return };
        if let Some(stamped) = mark::stamp(octets, &mark::token(&self.options.name, self.tokens)) {
            self.tokens += 1;
            *octets = stamped;
        }
    }

    /// The request of a step, its objects found.
    pub(in crate::check) async fn filled(
        &mut self,
        operation: &Operation,
        step: &Step,
    ) -> Result<Filled, NotSent> {
        let names = operation.template.names();
        let position = |name: &str| names.iter().position(|known| known == name);
        let in_path = || step.inputs.iter().filter(|(location, _, _)| *location == Location::Path);
        let fixed: Fixed = in_path()
            .filter_map(|(_, name, input)| match input {
                Input::Value(value) => Some((position(name)?, value.clone())),
                _ => None,
            })
            .collect();
        // The last object brings its parents along.
        let needed = in_path()
            .filter(|(_, _, input)| !matches!(input, Input::Value(_)))
            .max_by_key(|(_, name, _)| position(name));
        let object = match needed {
            Some((_, name, input)) => self.object(operation, name, input, &fixed).await?,
            None => Vec::new(),
        };
        let mut filled = Filled {
            parts: Parts { body: step.body.clone(), accept: step.accept.clone(), ..Parts::default() },
            found: true,
            bound: Vec::new(),
        };
        for (location, name, input) in &step.inputs {
            let value = match input {
                Input::Value(value) => {
                    // A path that the user or the document names need not exist there.
                    filled.found &= *location != Location::Path;
                    value.clone()
                }
                input => {
                    // Whether what this run made is there is what its life shows. An id need not be what
                    // a parameter of another name wants.
                    filled.found &= matches!(input, Input::Any(index) if self.is_named_by(*index, name));
                    let found = position(name).and_then(|at| object.get(at));
                    let value = found
                        .cloned()
                        .ok_or_else(|| NotSent::Object(format!("no value is known for {name:?}"), None))?;
                    filled.bound.push((name.clone(), value.clone()));
                    value
                }
            };
            filled.parts.set(*location, name, value);
        }
        self.leave_out(operation, step, &mut filled.parts);
        self.keep_identity(operation, step, &mut filled.parts);
        self.stamp(&mut filled.parts);
        Ok(filled)
    }

    /// The object that a step needs.
    async fn object(
        &mut self,
        operation: &Operation,
        name: &str,
        input: &Input,
        fixed: &Fixed,
    ) -> Result<Vec<Value>, NotSent> {
        let (found, index) = match input {
            Input::Value(value) => return Ok(vec![value.clone()]),
            Input::Any(index) => {
                let listed = Pool::first(&self.pool.listed, *index, fixed);
                (listed.or_else(|| Pool::first(&self.pool.own, *index, fixed)), *index)
            }
            Input::Own(index) => (Pool::first(&self.pool.own, *index, fixed), *index),
            Input::Fresh(index) => (self.fresh(*index, fixed).await, *index),
            Input::Parent(index) | Input::OwnParent(index) => {
                let mut own = Pool::first(&self.pool.own, *index, fixed);
                if own.is_none() && self.may_make(*index) {
                    own = self.fresh(*index, fixed).await;
                }
                let listed = || Pool::first(&self.pool.listed, *index, fixed);
                (own.or_else(|| listed().filter(|_| matches!(input, Input::Parent(_)))), *index)
            }
        };
        found.ok_or_else(|| {
            let path = self.resources.collections.get(index).map_or("", |c| c.path.as_str());
            let destroys = matches!(input, Input::Fresh(_));
            let why = match input {
                Input::Any(_) | Input::Parent(_) => {
                    format!("the target listed no object under {path}, and none was created")
                }
                _ => format!("no object was created under {path} that this run may change"),
            };
            NotSent::Object(why, Some(settle(operation, name, destroys)))
        })
    }

    /// Whether a parameter is the one that names the items of a collection.
    fn is_named_by(&self, collection: usize, parameter: &str) -> bool {
        self.resources.collections.get(collection).is_some_and(|known| known.parameter == parameter)
    }

    /// Whether a parent can be had from a create: it was not refused before.
    pub(super) fn may_make(&self, collection: usize) -> bool {
        let create = self.resources.collections.get(collection).and_then(|c| c.create);
        create
            .and_then(|create| self.states.get(create))
            .is_some_and(|state| !state.tried || state.success.is_some())
    }

    /// Makes an object for one step alone.
    pub(super) async fn fresh(&mut self, collection: usize, fixed: &Fixed) -> Option<Vec<Value>> {
        let create = self.resources.collections.get(collection)?.create?;
        if self.settings.skipped.contains_key(&create)
            || self.settings.read_only
            || self.nesting >= MAX_NESTING
        {
            return None;
        }
        let operation = self.contract.operations.get(create)?;
        let mut step = plan::base(self.contract, self.resources, self.settings, operation)?;
        for (location, name, input) in &mut step.inputs {
            let at = operation.template.names().iter().position(|known| known == name);
            let given = fixed.iter().find(|(position, _)| Some(*position) == at);
            if let (Location::Path, Some((_, value))) = (*location, given) {
                *input = Input::Value(value.clone());
            }
        }
        let known = self.pool.own.get(&collection).map_or(0, Vec::len);
        self.nesting += 1;
        let sent = Box::pin(self.step(&step)).await;
        self.nesting -= 1;
        sent.ok()?;
        self.pool.own.get(&collection)?.get(known..)?.last().cloned()
    }

    /// Remembers ids that the answer names, and what became of objects.
    pub(in crate::check) fn bind(&mut self, operation: &Operation, intent: &Intent, exchange: &Exchange) {
        let Some(response) = exchange.response() else { return };
        if !response.status.is_success() || exchange.request.method != operation.method {
            return;
        }
        self.may_have_made(operation, exchange);
        self.may_be_renamed(operation, exchange);
        if matches!(intent, Intent::Valid(_))
            && !self.is_searching
            && let Some(index) = self.resources.listed_by(operation.index)
            && let Some(collection) = self.resources.collections.get(index)
            && let Some(listing) = &collection.list
            && let Ok(body) = serde_json::from_slice::<Value>(&response.body)
        {
            let entries = body.pointer(&listing.entries).and_then(Value::as_array);
            let ids: Vec<Value> = entries
                .into_iter()
                .flatten()
                .filter_map(|entry| self.pool.id(index, entry, &collection.parameter))
                .filter(|id| resources::is_safe_id(&parameter::text(id)))
                .cloned()
                .collect();
            let parents = path_values(operation, &exchange.request.path);
            self.pool.list(index, &parents, ids);
        }
        if operation.method == http::Method::DELETE {
            self.removed(exchange.request.path.trim_end_matches('/'));
        }
    }

    /// The address of a path at the target.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.target.base())
    }
}

/// The values of a path's parameters, each a whole segment, as texts.
pub(in crate::check) fn path_values(operation: &Operation, path: &str) -> Vec<Value> {
    operation.template.values(path).into_iter().map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_are_known_by_their_parents() {
        let mut pool = Pool::default();
        pool.list(0, &[json!("a")], vec![json!(1), json!(2)]);
        pool.list(0, &[json!("b")], vec![json!(3)]);
        let first = |pool: &Pool, fixed: &Fixed| Pool::first(&pool.listed, 0, fixed);
        assert_eq!(first(&pool, &Vec::new()), Some(vec![json!("a"), json!(1)]));
        assert_eq!(first(&pool, &vec![(0, json!("b"))]), Some(vec![json!("b"), json!(3)]));
        assert_eq!(first(&pool, &vec![(0, json!("c"))]), None);
        pool.add_own(0, vec![json!("a"), json!("1")]);
        assert_eq!(first(&pool, &Vec::new()), Some(vec![json!("a"), json!(2)]), "own ones are not listed");
        pool.forget(|_, values| values.last() == Some(&json!("1")));
        assert!(!pool.is_own(0, &[json!("a"), json!("1")]));
    }

    #[test]
    fn objects_may_be_called_by_their_names() {
        let mut pool = Pool::default();
        let entry = json!({"id": 3, "name": "a"});
        assert_eq!(pool.id(0, &entry, "pet"), Some(&json!(3)));
        pool.list(0, &[], vec![json!(3)]);
        pool.call_by(0, "name");
        assert_eq!(pool.id(0, &entry, "pet"), Some(&json!("a")));
        assert_eq!((pool.examples(0), pool.was_listed(0, &[json!(3)])), ((None, None), None));
    }

    #[test]
    fn only_a_whole_list_shows_that_an_object_was_not_there() {
        let mut pool = Pool::default();
        let new = [json!("a"), json!(9)];
        assert_eq!(pool.was_listed(0, &new), None);
        pool.list(0, &[json!("a")], vec![json!(1)]);
        assert_eq!(pool.was_listed(0, &new), None);
        pool.complete_stock(0, &[json!("a")]);
        assert_eq!(pool.was_listed(0, &new), Some(false));
        assert_eq!(pool.was_listed(0, &[json!("a"), json!("1")]), Some(true));
    }
}
