//! Collections whose list and whose items are under two words.

use std::collections::HashMap;

use super::names::singular;
use super::{CollectionId, Resources};

impl Resources {
    /// Brings the list of `/pets` to the items of `/pet/{id}`, where each alone is half a collection.
    pub(super) fn pair(&mut self) {
        let split =
            |path: &str| path.rsplit_once('/').map(|(above, word)| (above.to_owned(), word.to_owned()));
        // Lists by the place that they are at and by what one of their objects is called.
        let mut lists: HashMap<(String, String), Vec<CollectionId>> = HashMap::new();
        for (id, other) in self.each().filter(|(_, other)| !other.has_item_path && other.list.is_some()) {
            if let Some((place, plural)) = split(&other.path) {
                let word = singular(&plural);
                if word != plural {
                    lists.entry((place, word)).or_default().push(id);
                }
            }
        }
        for item in self.ids() {
            let Some(half) = self.collection(item).filter(|c| c.has_item_path && c.list.is_none()) else {
                continue;
            };
            let Some(place) = split(&half.path) else { continue };
            let mut lists = lists.get(&place).into_iter().flatten();
            let list = lists.find(|id| self.collection(**id).is_some_and(|other| other.list.is_some()));
            if let Some(list) = list
                && let Some(taken) = self.collection_mut(*list).and_then(|other| other.list.take())
                && let Some(half) = self.collection_mut(item)
            {
                half.list = Some(taken);
            }
        }
        self.index.renew(&self.collections);
    }
}
