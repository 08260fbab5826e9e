//! State as control shows and replaces it.

use http::StatusCode;
use serde_json::{Map, Value};

use super::{App, entity, full, is_of, parameters};
use crate::contract::Direction;
use crate::mock::error_response::problem;
use crate::mock::replay::Response;
use crate::mock::session::Session;
use crate::resource::Collection;

impl App {
    /// Everything that a session holds, by the last word of the collection's path, or by its
    /// concrete path where that is not enough.
    pub(in crate::mock) fn show_state(&self, session: &Session) -> Value {
        let Some(engine) = &self.inner.engine else { return Value::Object(Map::new()) };
        let Some(mut store) = self.store(session) else { return Value::Object(Map::new()) };
        for (index, collection) in engine.resources.collections.iter().enumerate() {
            let below_an_object = collection
                .parent
                .and_then(|parent| engine.collection(parent))
                .is_some_and(Collection::is_known);
            let is_part = collection.told.as_ref().is_some_and(|told| told.of.is_some());
            let is_begun = store.lists.keys().any(|path| is_of(&collection.path, path));
            if collection.is_known() && !below_an_object && !is_part && !is_begun {
                let values = vec!["1"; parameters(&collection.path)];
                let _ = self.place(&mut store, index, &values);
            }
        }
        let short = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let mut shown = Map::new();
        let mut paths: Vec<&String> = store.lists.keys().collect();
        paths.sort();
        for path in &paths {
            let Some(place) =
                store.lists.get(*path).filter(|place| !place.entries.is_empty() || place.gone.is_empty())
            else {
                continue;
            };
            let is_alone = paths.iter().filter(|other| short(other) == short(path)).count() == 1;
            let is_known =
                engine.resources.collections.iter().any(|c| c.is_known() && short(&c.path) == short(path));
            if is_known {
                let entries = place.entries.iter().map(|entry| entry.value.clone()).collect();
                shown.insert(if is_alone { short(path) } else { (*path).clone() }, Value::Array(entries));
            }
        }
        Value::Object(shown)
    }

    /// Replaces what collections hold; each object must match its schema.
    pub(in crate::mock) fn put_state(&self, session: &Session, wanted: &Value) -> Response {
        let Some(engine) = &self.inner.engine else {
            return problem(409, "this mock keeps no state; start it with --stateful", None);
        };
        let Some(wanted) = wanted.as_object() else {
            return problem(400, "state is an object: a list of objects for each collection", None);
        };
        let short =
            |collection: &Collection| collection.path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut seeds = Vec::new();
        for (name, objects) in wanted {
            let known = || engine.resources.collections.iter().filter(|collection| collection.is_known());
            let found =
                engine.resources.collections.iter().position(|c| {
                    c.is_known() && (short(c) == *name || c.path == name.trim_end_matches('/'))
                });
            let Some(index) = found else {
                let names: Vec<String> = known().map(short).collect();
                let help = crate::settings::nearest(name, names.iter().map(String::as_str));
                return problem(400, &format!("there is no collection {name:?}; {help}"), None);
            };
            let Some(objects) = objects.as_array() else {
                return problem(400, &format!("/{name} is no list"), None);
            };
            let schema = engine
                .collection(index)
                .and_then(|c| c.retrieve.or(c.create))
                .and_then(|index| entity::answered(self.inner.contract.operations.get(index)?));
            for (at, object) in objects.iter().enumerate() {
                let wrong = match schema.map(|schema| schema.check(Direction::Response, object)) {
                    Some(Ok(mismatches)) => mismatches.into_iter().next(),
                    _ => None,
                };
                if let Some(wrong) = wrong {
                    let what = format!(
                        "/{name}/{at}{} does not match the document: expected {}, got {}",
                        wrong.instance, wrong.expected, wrong.actual
                    );
                    return problem(400, &what, None);
                }
            }
            seeds.push((index, objects.clone()));
        }
        let Some(mut store) = self.store(session) else {
            return problem(500, "the session knows nothing of this document", None);
        };
        for (index, objects) in seeds {
            let Some(collection) = engine.collection(index) else { continue };
            if !objects.iter().all(|object| store.takes(object)) {
                return full();
            }
            // The collection begins again, and everything below it.
            let depth = collection.path.split('/').count();
            store.lists.retain(|path, _| {
                let above: Vec<&str> = path.split('/').take(depth).collect();
                !is_of(&collection.path, &above.join("/"))
            });
            store.seeds.insert(collection.path.clone(), objects);
        }
        store.recount();
        Response::empty(StatusCode::NO_CONTENT, "control")
    }
}
