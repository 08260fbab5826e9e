//! Deleting an object.

use serde_json::Value;

use super::call::Call;
use super::effects;
use super::store::Store;
use crate::resources::{self, Collection, CollectionId};

/// Carries a delete out. The response is the prepared one.
pub(super) fn delete(call: &Call<'_>, store: &mut Store, index: CollectionId, collection: &Collection) {
    if !call.hooks.destroys(resources::is_refusal(call.context.operation)) {
        return;
    }
    let Some(id) = call.context.path_values.last() else { return };
    let is_counted = store.takes(&Value::from(*id));
    let Some(list) = call.engine.list(store, index, call.context.path_values) else { return };
    list.is_touched = true;
    if is_counted {
        list.gone.insert((*id).to_owned());
    }
    let removed = list.find(id).and_then(|at| list.remove(at));
    if let Some(entry) = removed.filter(|entry| entry.is_counted) {
        store.releases(&entry.value);
    }
    effects::recount(call, store, index, collection);
}
