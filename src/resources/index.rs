//! Which collections an operation or a word belongs to, so that nobody goes through all of them for each operation:
//! a document may have twenty thousand of both.

use std::collections::HashMap;

use super::names::{plain, singular};
use super::{Collection, CollectionId, Role};
use crate::contract::OperationId;

/// Collections by what leads to them, each list in the order of the document.
#[derive(Debug, Default)]
pub(super) struct Index {
    listed: HashMap<OperationId, CollectionId>,
    dictionaries: HashMap<OperationId, CollectionId>,
    unsaid: HashMap<OperationId, CollectionId>,
    finders: HashMap<OperationId, CollectionId>,
    roles: HashMap<OperationId, (CollectionId, Role)>,
    /// By the last word of its path, as it is and in the singular.
    words: HashMap<String, Vec<CollectionId>>,
    /// Of those whose items a parameter of another path may name: by what its path calls an item, and by the last
    /// word of its path in the singular.
    items: HashMap<String, Vec<CollectionId>>,
    item_words: HashMap<String, Vec<CollectionId>>,
    /// By the component that an item is.
    components: HashMap<String, Vec<CollectionId>>,
}

impl Index {
    /// Enters a collection, and the component that a read of its items answers; what is found out about it later is
    /// entered by [`Index::renew`].
    pub(super) fn enter(&mut self, id: CollectionId, collection: &Collection, component: Option<String>) {
        if let Some(list) = &collection.list {
            self.listed.entry(list.operation).or_insert(id);
        }
        let word = plain(collection.word());
        let one = singular(&word);
        if one != word {
            self.words.entry(one).or_default().push(id);
        }
        self.words.entry(word).or_default().push(id);
        if let Some(component) = component {
            self.components.entry(component).or_default().push(id);
        }
    }

    /// Enters again what operations do, from all collections.
    pub(super) fn renew(&mut self, collections: &[Collection]) {
        for known in [&mut self.listed, &mut self.dictionaries, &mut self.unsaid, &mut self.finders] {
            known.clear();
        }
        self.roles.clear();
        self.items.clear();
        self.item_words.clear();
        for (place, c) in collections.iter().enumerate() {
            let id = CollectionId(place);
            if (c.has_item_path && (c.create.is_some() || c.list.is_some())) || c.finder.is_some() {
                self.items.entry(plain(&c.parameter)).or_default().push(id);
                self.item_words.entry(singular(&plain(c.word()))).or_default().push(id);
            }
            let list = c.list.as_ref().map(|list| list.operation);
            let finder = c.finder.as_ref().map(|(finder, _)| *finder);
            for (known, operation) in [
                (&mut self.listed, list),
                (&mut self.dictionaries, c.dictionary),
                (&mut self.unsaid, c.unsaid.filter(|_| c.has_item_path)),
                (&mut self.finders, finder),
            ] {
                if let Some(operation) = operation {
                    known.entry(operation).or_insert(id);
                }
            }
            for (operation, role) in [
                (list, Role::List),
                (c.create, Role::Create),
                (c.retrieve, Role::Retrieve),
                (c.update, Role::Update),
                (c.replace, Role::Replace),
                (c.destroy, Role::Destroy),
                (c.change, Role::Change),
            ] {
                if let Some(operation) = operation {
                    self.roles.entry(operation).or_insert((id, role));
                }
            }
        }
    }

    pub(super) fn listed_by(&self, operation: OperationId) -> Option<CollectionId> {
        self.listed.get(&operation).copied()
    }

    pub(super) fn dictionary_of(&self, operation: OperationId) -> Option<CollectionId> {
        self.dictionaries.get(&operation).copied()
    }

    pub(super) fn unsaid_of(&self, operation: OperationId) -> Option<CollectionId> {
        self.unsaid.get(&operation).copied()
    }

    pub(super) fn found_by(&self, operation: OperationId) -> Option<CollectionId> {
        self.finders.get(&operation).copied()
    }

    pub(super) fn role(&self, operation: OperationId) -> Option<(CollectionId, Role)> {
        self.roles.get(&operation).copied()
    }

    /// Those whose path ends in a word: in [`plain`] spelling, as it is or in the singular.
    pub(super) fn called(&self, word: &str) -> &[CollectionId] {
        self.words.get(word).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those with a list or a create whose path calls an item so, in [`plain`] spelling.
    pub(super) fn with_item(&self, name: &str) -> &[CollectionId] {
        self.items.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those with a list or a create whose path ends in a word, in [`plain`] spelling and in the singular.
    pub(super) fn with_item_word(&self, word: &str) -> &[CollectionId] {
        self.item_words.get(word).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn showing(&self, component: &str) -> &[CollectionId] {
        self.components.get(component).map(Vec::as_slice).unwrap_or_default()
    }
}
