//! What changes bring about elsewhere: entries put in and taken out, and entries that grow.

use serde_json::Value;

use super::store::{Entry, Store};
use super::{App, Call, entity, full, parameters, refused, sent};
use crate::contract::style;
use crate::mock::replay::Response;
use crate::resource::{Collection, id_of};
use crate::settings::state::Event;

impl App {
    /// Puts entries in and takes them out, as an action says; a refusal where one is due. `made` is
    /// the id of the object that this very request created.
    pub(super) fn act(&self, call: &Call<'_>, store: &mut Store, made: Option<&str>) -> Option<Response> {
        let engine = self.inner.engine.as_ref()?;
        let actions: Vec<_> = engine.resources.actions(&call.operation.id).collect();
        let body = Value::Object(sent(call));
        for (index, action) in actions {
            let collection = engine.collection(index)?;
            let mut values = call.path_values.to_vec();
            values.extend(made);
            let parent = collection.parent.and_then(|parent| Some((parent, engine.collection(parent)?)));
            let id = parameters(&collection.path).checked_sub(1).and_then(|at| values.get(at).copied());
            let object = parent.and_then(|(parent, above)| {
                let (_, place) = self.place(store, parent, &values)?;
                let at = place.find(&above.parameter, id?)?;
                place.entries.get(at).map(|entry| entry.value.clone())
            });
            let named = |at: &Option<String>| match at.as_ref().and_then(|at| body.pointer(at)) {
                Some(Value::Array(ids)) => ids.iter().map(style::text).collect(),
                Some(id) => vec![style::text(id)],
                None => Vec::new(),
            };
            let (adds, removes) = (named(&action.adds), named(&action.removes));
            let known: Vec<Value> =
                adds.iter().filter_map(|id| self.anywhere(store, collection, id)).collect();
            let none_known = !adds.is_empty() && known.is_empty();
            if let Some(refused) = refused(&action.refuse, body.as_object()?, object.as_ref(), none_known) {
                return Some(refused);
            }
            if (call.lies)("action-not-kept") {
                continue;
            }
            let (_, place) = self.place(store, index, &values)?;
            let is_new = |value: &Value| {
                let id = id_of(value, &collection.parameter).map(style::text).unwrap_or_default();
                place.find(&collection.parameter, &id).is_none()
            };
            let new: Vec<Value> = known.into_iter().filter(is_new).collect();
            if !new.iter().all(|value| store.takes(value)) {
                return Some(full());
            }
            let (_, place) = self.place(store, index, &values)?;
            place.is_touched = true;
            place.entries.extend(new.into_iter().map(|value| Entry::born(value, Vec::new())));
            let mut removed = Vec::new();
            for id in &removes {
                if let Some(at) = place.find(&collection.parameter, id) {
                    removed.push(place.entries.remove(at));
                }
            }
            let count = place.entries.len();
            for entry in removed.iter().filter(|entry| entry.is_counted) {
                store.releases(&entry.value);
            }
            let counted = collection.told.as_ref().and_then(|told| told.counted_in.clone());
            if let (Some(name), Some((parent, above)), Some(id)) = (counted, parent, id)
                && let Some((_, place)) = self.place(store, parent, &values)
                && let Some(at) = place.find(&above.parameter, id)
                && let Some(object) = place.entries.get_mut(at).and_then(|entry| entry.value.as_object_mut())
            {
                place.is_touched = true;
                object.insert(name, Value::from(count));
            }
        }
        None
    }

    /// An entry of that id under any parent: what is known of it.
    fn anywhere(&self, store: &Store, collection: &Collection, id: &str) -> Option<Value> {
        let is_it =
            |value: &Value| id_of(value, &collection.parameter).map(style::text).as_deref() == Some(id);
        let seeds = self.seeds(store, collection, &[]);
        let stored = store.lists.values().flat_map(|place| &place.entries).map(|entry| &entry.value);
        seeds.iter().chain(stored).find(|value| is_it(value)).cloned()
    }

    #[expect(clippy::too_many_arguments, reason = "a change has that many sides")]
    pub(super) fn grow(
        &self,
        call: &Call<'_>,
        store: &mut Store,
        source: &Collection,
        event: Event,
        object: &Value,
        id: &Value,
        changes: &[(String, Value, Value)],
    ) {
        let Some(engine) = &self.inner.engine else { return };
        let text = style::text(id);
        for (index, collection) in engine.resources.collections.iter().enumerate() {
            for growth in collection.told.iter().flat_map(|told| &told.grows) {
                if growth.with.trim_end_matches('/') != source.path {
                    continue;
                }
                let mut values: Vec<&str> =
                    call.path_values.get(..parameters(&source.path)).unwrap_or_default().to_vec();
                values.push(&text);
                let now = self.now();
                let entry = entity::growth(growth, event, object, id, changes, &now, store);
                if let Some(entry) = entry.filter(|entry| store.takes(entry))
                    && let Some((_, place)) = self.place(store, index, &values)
                {
                    place.is_touched = true;
                    place.entries.push(Entry::born(entry, Vec::new()));
                }
            }
        }
    }
}
