//! Deleting an object.

use serde_json::Value;

use super::call::Call;
use super::effects;
use super::store::Store;
use crate::contract::parameter;
use crate::resources::{self, Collection, CollectionId, nameless};

/// Carries a delete out. The response is the prepared one.
pub(super) fn delete(call: &Call<'_>, store: &mut Store, index: CollectionId, collection: &Collection) {
    if !call.hooks.destroys(resources::is_refusal(call.context.operation)) {
        return;
    }
    let Some(id) = call.context.path_values.last() else { return };
    let is_counted = store.takes(&Value::from(*id));
    let Some(list) = call.engine.list(store, index, call.context.path_values) else { return };
    list.touch();
    if is_counted {
        list.set_gone(id, true);
    }
    let removed = list.find(id).and_then(|at| list.remove(at));
    if let Some(entry) = removed.filter(|entry| entry.is_counted) {
        store.releases(&entry.value);
    }
    take_along(call, store, index, id);
    effects::recount(call, store, index, collection);
}

/// Removes what was made below an object and is kept in collections of its own, and what is below that.
fn take_along(call: &Call<'_>, store: &mut Store, index: CollectionId, id: &str) {
    let engine = call.engine;
    let mut values = call.context.path_values.to_vec();
    let _ = values.pop();
    let above: Vec<String> = values.into_iter().map(str::to_owned).collect();
    let mut left = vec![(index, above, id.to_owned())];
    while let Some((index, above, id)) = left.pop() {
        let Some(collection) = engine.collection(index) else { continue };
        let item = nameless(&format!("{}/{{{}}}/", collection.path, collection.parameter));
        let values: Vec<&str> = above.iter().map(String::as_str).chain([id.as_str()]).collect();
        for (below, kept_at) in
            engine.resources().each().filter_map(|(_, below)| Some((below, below.kept_at?)))
        {
            if below.depth() != values.len() || !nameless(&below.path).starts_with(&item) {
                continue;
            }
            let made_in = Some(below.path_below(&values));
            let Some(list) = engine.list(store, kept_at, &[]) else { continue };
            let own = engine.collection(kept_at).map_or("", |kept| kept.parameter.as_str());
            let made = list.entries().filter(|entry| entry.made_in == made_in);
            let names: Vec<String> =
                made.filter_map(|entry| entry.name.clone().or_else(|| entry.id(own))).collect();
            for name in names.iter().map(|name| parameter::escape(name)) {
                let list = engine.list(store, kept_at, &[]);
                let removed = list.and_then(|list| list.find(&name).and_then(|at| list.remove(at)));
                if let Some(entry) = removed.filter(|entry| entry.is_counted) {
                    store.releases(&entry.value);
                }
                left.push((kept_at, Vec::new(), name));
            }
        }
    }
}
