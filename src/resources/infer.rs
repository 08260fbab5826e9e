//! How the collections of a document are found.

use std::collections::HashSet;

use http::Method;

use super::kind::Kind;
use super::names::singular;
use super::{Collection, Resources, is_same_path, kind, listing};
use crate::config::state::State;
use crate::contract::path::Piece;
use crate::contract::{Contract, Operation};

impl Resources {
    /// Infers the collections of a contract; what the configuration tells goes before that.
    pub fn of(contract: &Contract, told: &[State]) -> Self {
        let mut resources = Self::default();
        resources.find_items(contract, told);
        resources.find_lists(contract, told);
        resources.pair();
        resources.find_creators(contract);
        resources.find_parents();
        let kinds = contract.operations.iter().map(|operation| kind::kind(contract, &resources, operation));
        resources.kinds = kinds.collect();
        let harmful = contract.operations.iter().filter(|operation| kind::reading_harms(contract, operation));
        resources.harmful = harmful.map(|operation| operation.index).collect();
        resources.find_finders(contract);
        let answers = contract.operations.iter().filter_map(|operation| {
            Some((operation.index, kind::answers_item_of(contract, &resources, operation)?))
        });
        resources.answers = answers.collect();
        resources
    }

    /// A collection for each place where a path has a parameter as a whole segment.
    fn find_items(&mut self, contract: &Contract, told: &[State]) {
        let mut paths = HashSet::new();
        for operation in &contract.operations {
            if paths.insert(operation.path()) {
                self.firsts.push(operation.index);
            }
            for (path, parameter) in prefixes(operation) {
                let index = self.at(&path).unwrap_or_else(|| {
                    let mut known = Collection::of(contract, &path, &parameter, told_of(told, &path));
                    known.has_item_path = true;
                    self.collections.push(known);
                    self.collections.len() - 1
                });
                self.by_place.insert((operation.index, parameter), index);
            }
        }
    }

    /// What lists is a collection, also where no path names an item of it.
    fn find_lists(&mut self, contract: &Contract, told: &[State]) {
        for operation in &contract.operations {
            let path = operation.path().trim_end_matches('/');
            if operation.method == Method::GET && self.at(path).is_none() {
                let known = Collection::of(contract, path, "id", told_of(told, path));
                let ends_in_item = matches!(
                    operation.template.segments().last().map(Vec::as_slice),
                    Some([Piece::Parameter(_)])
                );
                if known.list.is_some() && !ends_in_item {
                    self.collections.push(known);
                }
            }
        }
    }

    /// Brings the list of `/pets` to the items of `/pet/{id}`, where each alone is half a collection.
    fn pair(&mut self) {
        let split =
            |path: &str| path.rsplit_once('/').map(|(above, word)| (above.to_owned(), word.to_owned()));
        for item in 0..self.collections.len() {
            let Some(half) = self.collections.get(item).filter(|c| c.has_item_path && c.list.is_none())
            else {
                continue;
            };
            let Some((above, word)) = split(&half.path) else { continue };
            let list = self.collections.iter().position(|other| {
                !other.has_item_path
                    && other.list.is_some()
                    && split(&other.path).is_some_and(|(place, plural)| {
                        place == above && plural != word && singular(&plural) == word
                    })
            });
            if let Some(list) = list
                && let Some(taken) = self.collections.get_mut(list).and_then(|other| other.list.take())
                && let Some(half) = self.collections.get_mut(item)
            {
                half.list = Some(taken);
            }
        }
    }

    /// Which collections stand directly below an item of another: `…/{id}/name`.
    fn find_parents(&mut self) {
        for index in 0..self.collections.len() {
            let parent = self.collections.get(index).and_then(|collection| {
                let (above, _) = collection.path.rsplit_once("/{")?;
                let (_, inside) = collection.path.get(above.len()..)?.split_once('}')?;
                (inside.matches('/').count() == 1).then(|| self.at(above)).flatten()
            });
            if let Some(collection) = self.collections.get_mut(index) {
                collection.parent = parent;
            }
        }
    }

    /// Which POST makes objects, and of which collection.
    fn find_creators(&mut self, contract: &Contract) {
        for operation in &contract.operations {
            if kind::creates(contract, self, operation).is_none() {
                continue;
            }
            let path = operation.path().trim_end_matches('/');
            let listed = || {
                let get = contract
                    .operations
                    .iter()
                    .find(|o| o.method == Method::GET && is_same_path(o.path(), path))?;
                self.listed_by(get.index)
            };
            let found = listed()
                .or_else(|| self.at(path))
                .or_else(|| kind::made_elsewhere(contract, self, operation));
            if let Some(index) = found
                && let Some(collection) = self.collections.get_mut(index)
            {
                collection.create.get_or_insert(operation.index);
                self.creators.insert(operation.index, index);
            }
        }
    }

    /// Queries below a collection that list its objects, as `POST /pets/filter` does.
    fn find_finders(&mut self, contract: &Contract) {
        for operation in &contract.operations {
            let path = operation.path().trim_end_matches('/');
            let Some(index) = path.rsplit_once('/').and_then(|(above, _)| self.at(above)) else { continue };
            let is_query = self.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Query);
            let entries = listing::entries_of(operation).filter(|_| is_query && kind::finds(operation));
            if let Some(entries) = entries
                && let Some(collection) = self.collections.get_mut(index)
                && collection.list.is_none()
                && collection.has_item_path
            {
                collection.finder.get_or_insert((operation.index, entries));
            }
        }
    }
}

/// What the configuration tells of the collection at a path.
fn told_of<'s>(told: &'s [State], path: &str) -> Option<&'s State> {
    told.iter().find(|state| state.collection.trim_end_matches('/') == path)
}

/// Each place of the path where a whole segment is a parameter, with the path before it.
fn prefixes(operation: &Operation) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut path = String::new();
    for segment in operation.template.segments() {
        if let [Piece::Parameter(index)] = segment.as_slice()
            && let Some(name) = operation.template.names().get(*index)
        {
            found.push((path.clone(), name.clone()));
        }
        path.push('/');
        for piece in segment {
            match piece {
                Piece::Literal(text) => path.push_str(text),
                Piece::Parameter(index) => {
                    let name = operation.template.names().get(*index).map_or("", String::as_str);
                    path.push('{');
                    path.push_str(name);
                    path.push('}');
                }
            }
        }
    }
    found
}
