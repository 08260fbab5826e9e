//! Which parts of a value a schema looked at.

use std::collections::HashSet;

use super::graph::Items;

/// Which parts of a value were looked at by a schema that holds (JSON Schema 2020-12 §11).
#[derive(Debug, Default)]
pub(super) struct Seen<'i> {
    members: HashSet<&'i str>,
    items: HashSet<usize>,
    all_items: bool,
}

impl<'i> Seen<'i> {
    pub(super) fn add(&mut self, other: &Seen<'i>) {
        self.members.extend(&other.members);
        self.items.extend(&other.items);
        self.all_items |= other.all_items;
    }

    /// How many parts are named.
    pub(super) fn count(&self) -> usize {
        self.members.len() + self.items.len()
    }

    pub(super) fn see_members(&mut self, names: impl Iterator<Item = &'i String>) {
        self.members.extend(names.map(String::as_str));
    }

    pub(super) fn see_all_items(&mut self) {
        self.all_items = true;
    }

    pub(super) fn see_member(&mut self, name: &'i str) {
        self.members.insert(name);
    }

    /// Sees the items of a list that `prefixItems` and `items` describe.
    pub(super) fn see_items(&mut self, items: &Items, length: usize) {
        self.items.extend(0..items.prefix.len().min(length));
        self.all_items |= items.rest.is_some();
    }

    pub(super) fn see_each(&mut self, indices: Vec<usize>) {
        self.items.extend(indices);
    }

    pub(super) fn has_member(&self, name: &str) -> bool {
        self.members.contains(name)
    }

    pub(super) fn has_item(&self, index: usize) -> bool {
        self.all_items || self.items.contains(&index)
    }
}
