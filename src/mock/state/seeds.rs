//! What collections begin with, and what a list shows that another collection keeps.

use serde_json::Value;

use super::coherent;
use super::engine::Engine;
use super::objects::{Entry, ObjectList};
use super::own_id::names_an_item;
use super::store::Store;
use crate::contract::{Direction, Location, Operation, Parameter, parameter};
use crate::generate::plain_as;
use crate::generate::request::documented_value;
use crate::mock::response::Source;
use crate::resources::{self, Collection, CollectionId, id_within};

/// Whether the document has an example of a parameter.
fn has_example(parameter: &Parameter) -> bool {
    let in_schema = || {
        let normal = parameter.value_schema().map(|schema| schema.normal(Direction::Request));
        normal.is_some_and(|normal| ["example", "examples"].iter().any(|name| normal.get(*name).is_some()))
    };
    !parameter.examples.is_empty() || in_schema()
}

impl Engine {
    /// The concrete path of the list that an operation makes an object in, where a collection keeps it elsewhere.
    pub(super) fn made_in(
        &self,
        operation: &Operation,
        kept_at: CollectionId,
        values: &[&str],
    ) -> Option<String> {
        let made_in = self.resources().at(operation.path().trim_end_matches('/'))?;
        let collection = self.collection(made_in).filter(|known| known.kept_at == Some(kept_at))?;
        Some(collection.path_below(values))
    }

    /// What a list shows that another collection keeps: what was made in it, and what it begins with, each as it is now.
    pub(super) fn gathered(
        &self,
        store: &mut Store,
        (index, kept_at): (CollectionId, CollectionId),
        values: &[&str],
    ) -> Option<ObjectList> {
        let (shown, kept) = (self.collection(index)?, self.collection(kept_at)?);
        let begun: Vec<Entry> = self.list(store, index, values)?.entries().cloned().collect();
        let made_in = Some(shown.path_below(values));
        let list = self.list(store, kept_at, values)?;
        let mut gathered = Vec::new();
        for seed in begun {
            let known = seed.id(&kept.parameter).map(|id| (list.called(&id).cloned(), list.is_gone(&id)));
            match known {
                Some((Some(entry), _)) => gathered.push(entry),
                Some((None, true)) => {}
                Some((None, false)) => {
                    list.push(seed.clone());
                    gathered.push(seed);
                }
                None => gathered.push(seed),
            }
        }
        gathered.extend(list.entries().filter(|entry| entry.made_in == made_in).cloned());
        Some(ObjectList::of(&shown.parameter, gathered))
    }

    /// What a collection begins with: what control set, else what the fixtures list and show. What is made hangs
    /// together, and examples of the document count what is there; what a person wrote stays as it is.
    pub(super) fn seeds(&self, store: &Store, collection: &Collection, values: &[&str]) -> Vec<Value> {
        let mut seeds = self.begins_with(store, collection, values);
        let is_set = store.seeds.contains_key(&collection.path);
        let source = self.source_of_seeds(collection).filter(|_| !is_set);
        if let Some(source @ (Source::Generated | Source::Example)) = source {
            let begun = coherent::Begun {
                resources: self.resources(),
                keeps: &|index| self.keeps(index),
                with: &|other, values| self.begins_with(store, other, values),
            };
            let are_made = source == Source::Generated;
            coherent::hang_together(&begun, store, collection, values, (&mut seeds, are_made));
        }
        seeds
    }

    /// As [`Engine::seeds`], each object as it was made.
    fn begins_with(&self, store: &Store, collection: &Collection, values: &[&str]) -> Vec<Value> {
        if let Some(seeds) = store.seeds.get(&collection.path) {
            return seeds.clone();
        }
        let values = values.get(..collection.depth()).unwrap_or(values);
        let list = collection.list.as_ref().map(|list| (list.operation, &list.entries));
        let list = list.or(collection.finder.as_ref().map(|(finder, entries)| (*finder, entries)));
        let listed = list.and_then(|(operation, entries)| {
            let response = self.plain_response(operation, values)?;
            let mut body = self.value(operation, &response)?;
            match body.pointer_mut(entries)?.take() {
                Value::Array(entries) => Some((response.source, entries)),
                _ => None,
            }
        });
        let (source, mut seeds) = listed.unwrap_or((Source::Generated, Vec::new()));
        let shown = collection.retrieve.and_then(|index| {
            let at = self.members(index)?.given_at.as_deref()?;
            Some(self.prepared(index)?.objects(at))
        });
        let mut shown = shown.unwrap_or_default();
        // What is made up is not among what somebody wrote.
        let is_any_told = source.is_told() || shown.iter().any(|(source, _)| source.is_told());
        if is_any_told && !source.is_told() {
            seeds.clear();
        }
        shown.retain(|(source, _)| source.is_told() || !is_any_told);
        let id_at = |seed: &Value| resources::id_place(seed, &collection.parameter);
        let places: Vec<_> = seeds.iter().filter_map(id_at).collect();
        for (_, object) in shown {
            let Some(id) = id_within(&object, &collection.parameter) else { continue };
            // What is read without the id that entries of the list have may be any of them.
            if !places.is_empty() && !id_at(&object).is_some_and(|at| places.contains(&at)) {
                continue;
            }
            match seeds.iter_mut().find(|seed| id_within(seed, &collection.parameter) == Some(id)) {
                Some(seed) => *seed = object,
                None => seeds.push(object),
            }
        }
        if !is_any_told {
            self.name_by_paths(collection, &mut seeds);
        }
        seeds.extend(self.listed_elsewhere(store, collection, is_any_told, &seeds));
        if collection.list.is_none() {
            self.add_documented_id(collection, &mut seeds);
        }
        seeds
    }

    /// Gives made objects ids that their paths can have, where the answers show other ones.
    fn name_by_paths(&self, collection: &Collection, seeds: &mut [Value]) {
        let index = self.resources().at(&collection.path);
        let schema = index.and_then(|index| self.schemas_of_id(index).next());
        let Some((index, schema)) = index.zip(schema) else { return };
        let plain = match plain_as(&collection.parameter, schema, Direction::Request).ok() {
            Some(Value::Array(ids)) => ids.into_iter().next(),
            plain => plain,
        };
        if let Some(first) = seeds.first_mut()
            && let Some(at) = resources::id_place(first, &collection.parameter)
            && let Some(id) = first.pointer_mut(&at)
            && let Some(documented) = self.documented_id(index)
            && coherent::is_alike(&documented, id)
        {
            *id = documented;
        }
        for (nth, seed) in seeds.iter_mut().enumerate() {
            let Some(at) = resources::id_place(seed, &collection.parameter) else { continue };
            let Some(id) = seed.pointer_mut(&at).filter(|id| !names_an_item(self, index, id)) else {
                continue;
            };
            let next = match plain.as_ref().and_then(Value::as_u64) {
                Some(first) => Some(Value::from(first + nth as u64)),
                None => plain.clone().filter(|_| nth == 0),
            };
            if let Some(next) = next {
                *id = if id.is_string() { Value::from(parameter::text(&next)) } else { next };
            }
        }
    }

    /// The id that the document gives as an example of those in a collection's paths.
    fn documented_id(&self, index: CollectionId) -> Option<Value> {
        let operations = self.contract().operations.iter();
        let parameters = operations.flat_map(|operation| {
            let names = operation.template.names().iter().zip(self.targets(operation.index));
            let own = names.filter(move |(_, of)| **of == Some(index));
            own.filter_map(|(name, _)| operation.parameter(Location::Path, name))
        });
        let mut documented =
            parameters.filter(|parameter| has_example(parameter)).filter_map(documented_value);
        documented.find(|id| !id.is_array() && !id.is_object() && names_an_item(self, index, id))
    }

    /// What lists at other paths show of a collection that keeps it, and that it does not have itself.
    fn listed_elsewhere(
        &self,
        store: &Store,
        collection: &Collection,
        is_any_told: bool,
        known: &[Value],
    ) -> Vec<Value> {
        let keeps = |list: &Collection| {
            list.kept_at
                .and_then(|kept_at| self.collection(kept_at))
                .is_some_and(|at| at.path == collection.path)
        };
        let lists = self.resources().each().map(|(_, list)| list).filter(|list| keeps(list));
        let lists =
            lists.filter(|list| !is_any_told || self.source_of_seeds(list).is_some_and(Source::is_told));
        let shown = lists.flat_map(|list| self.begins_with(store, list, &[]));
        let id = |value: &Value| id_within(value, &collection.parameter).cloned();
        shown
            .filter(|value| {
                id(value).is_some_and(|own| known.iter().all(|other| id(other).as_ref() != Some(&own)))
            })
            .collect()
    }

    /// Where nothing lists, the id that the document names exists, or the plainest one.
    fn add_documented_id(&self, collection: &Collection, seeds: &mut Vec<Value>) {
        let operation = collection.retrieve.and_then(|index| self.contract().at(index));
        if let Some(parameter) = operation.and_then(|o| o.parameter(Location::Path, &collection.parameter))
            && let Some(mut sample) = seeds.first().cloned()
            && let Some(id_at) = resources::id_place(&sample, &collection.parameter)
        {
            let plainest = || plain_as(&parameter.name, parameter.value_schema()?, Direction::Request).ok();
            let id = documented_value(parameter).or_else(plainest);
            let is_there = |id: &Value| {
                seeds
                    .iter()
                    .any(|seed| seed.pointer(&id_at).map(parameter::text) == Some(parameter::text(id)))
            };
            if let Some(id) = id.filter(|id| !is_there(id))
                && let Some(known) = sample.pointer_mut(&id_at)
            {
                *known = id;
                seeds.push(sample);
            }
        }
    }

    /// Whether what a collection begins with is made from schemas or the document's examples, so that no
    /// client reckons with it.
    pub(super) fn makes_seeds_up(&self, collection: &Collection) -> bool {
        let source = self.source_of_seeds(collection);
        source.is_none_or(|source| matches!(source, Source::Generated | Source::Example))
    }

    /// Where what a collection begins with comes from.
    fn source_of_seeds(&self, collection: &Collection) -> Option<Source> {
        let list = collection.list.as_ref().map(|list| list.operation);
        let listed = list.and_then(|list| Some(self.plain_response(list, &[])?.source));
        let shown = || collection.retrieve.and_then(|read| self.prepared(read)?.source_of_objects());
        listed.filter(|source| source.is_told()).or_else(shown).or(listed)
    }
}
