//! A mock that keeps state: what was created can be read, listed, changed and removed.
//!
//! Which operation does what to which collection is [`Resources`]'s answer, the same that the
//! runner plans from; what a document cannot say stands in `[[state]]`. Collections begin with
//! what the fixtures list.

mod alter;
mod effects;
mod entity;
mod export;
mod list;
mod named;
mod nulls;
pub(super) mod store;

use std::sync::{MutexGuard, OnceLock, PoisonError};

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value};

use self::alter::alter;
use self::entity::Members;
use self::list::{Asked, Lies};
use self::store::{Entry, ObjectList, Store};
use super::App;
use super::error_response::{Refusal, problem};
use super::replay::{PreparedResponses, Response};
use super::service::json_answer;
use super::session::Session;
use crate::contract::body;
use crate::contract::{Contract, Direction, Location, Operation, content_for, is_json, style};
use crate::exchange::{Request, media_type};
use crate::produce::fixture::Fixtures;
use crate::produce::plain_as;
use crate::produce::request::documented_value;
use crate::resource::{self, Collection, Resources, Role, id_of};
use crate::settings::state::{Event, Refuse, State};

/// What the engine knows of a contract.
pub(super) struct Engine {
    resources: Resources,
    /// By operation: what it does to which collection.
    roles: Vec<Option<(usize, Role)>>,
    /// By operation: the collection that each parameter of its path names an item of.
    targets: Vec<Vec<Option<usize>>>,
    members: Vec<OnceLock<Members>>,
    /// By collection: whether its objects can be told apart.
    kept: Vec<OnceLock<bool>>,
    /// The objects that are named where nothing else tells of them.
    known: named::NamedObjects,
}

/// One request to an operation, as far as state is concerned.
pub(super) struct Call<'c> {
    pub session: &'c Session,
    pub operation: &'c Operation,
    pub table: &'c PreparedResponses,
    pub path_values: &'c [&'c str],
    pub request: &'c Request,
    /// The path as it was sent, for links.
    pub path: &'c str,
    pub media_type: Option<&'c str>,
    pub lies: &'c (dyn Fn(&str) -> bool + Sync),
}

impl Engine {
    pub fn new(
        contract: &Contract,
        told: &[State],
        named: &[(String, String, String)],
        fixtures: &Fixtures,
    ) -> Self {
        let resources = Resources::of(contract, told);
        let targets = contract.operations.iter().map(|operation| {
            let names = operation.template.names().iter();
            names.map(|name| resources.of_parameter(operation.index, name)).collect()
        });
        Self {
            roles: contract.operations.iter().map(|operation| resources.role(operation.index)).collect(),
            targets: targets.collect(),
            members: contract.operations.iter().map(|_| OnceLock::new()).collect(),
            kept: resources.collections.iter().map(|_| OnceLock::new()).collect(),
            known: named::of(contract, &resources, named, fixtures),
            resources,
        }
    }

    /// Whether an operation lists a collection.
    pub fn lists(&self, operation: usize) -> bool {
        matches!(self.roles.get(operation), Some(Some((_, Role::List))))
    }

    fn collection(&self, index: usize) -> Option<&Collection> {
        self.resources.collections.get(index)
    }
}

/// The concrete path of a collection: its parameters are the first of the request's.
fn concrete(template: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') { values.next().copied().unwrap_or(segment) } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Whether a concrete path is one of a collection.
fn is_of(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    template.split('/').all(|wanted| segments.next().is_some_and(|s| wanted.starts_with('{') || s == wanted))
        && segments.next().is_none()
}

fn parameters(template: &str) -> usize {
    template.split('/').filter(|segment| segment.starts_with('{')).count()
}

impl App {
    /// What a session holds of this document.
    pub(super) fn store<'s>(&self, session: &'s Session) -> Option<MutexGuard<'s, Store>> {
        let part = session.parts.get(self.inner.place)?;
        Some(part.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn members(&self, operation: usize) -> Option<&Members> {
        let engine = self.inner.engine.as_ref()?;
        let operation = self.inner.contract.operations.get(operation)?;
        Some(engine.members.get(operation.index)?.get_or_init(|| Members::of(operation)))
    }

    /// Whether the objects of a collection can be told apart: wherever they are shown, they show
    /// their id. A collection of which this cannot be said is not kept, but replayed.
    fn keeps(&self, index: usize) -> bool {
        let Some(engine) = &self.inner.engine else { return false };
        let Some((cell, collection)) = engine.kept.get(index).zip(engine.collection(index)) else {
            return false;
        };
        *cell.get_or_init(|| {
            let shows = |value: &Value| id_of(value, &collection.parameter).is_some();
            let listed = collection.list.as_ref().map(|list| {
                let body = self.plain(list.operation, &[]).unwrap_or_default();
                let entries =
                    body.pointer(&list.entries).and_then(Value::as_array).cloned().unwrap_or_default();
                (entries.iter().all(shows), !entries.is_empty())
            });
            let sample =
                |operation: Option<usize>| Some(self.plain(operation?, &[]).is_some_and(|v| shows(&v)));
            let (read, made) = (sample(collection.retrieve), sample(collection.create));
            let is_clear = listed.is_none_or(|(all, _)| all) && read != Some(false) && made != Some(false);
            let is_shown = listed.is_some_and(|(_, any)| any) || read == Some(true) || made == Some(true);
            // Where nothing but DELETE is documented, what was destroyed is remembered.
            is_clear && (is_shown || !collection.is_known())
        })
    }

    /// The objects of a collection under the path of a request, begun where they are not there.
    fn place<'s>(
        &self,
        store: &'s mut Store,
        index: usize,
        values: &[&str],
    ) -> Option<(String, &'s mut ObjectList)> {
        let engine = self.inner.engine.as_ref()?;
        let collection = engine.collection(index)?;
        let key = concrete(&collection.path, values);
        if !store.lists.contains_key(&key) {
            if !store.has_room() {
                return None;
            }
            let mut is_born = false;
            if let Some(parent) = collection.parent
                && let Some(above) = engine.collection(parent)
                && let Some(id) = parameters(&collection.path).checked_sub(1).and_then(|at| values.get(at))
                && let Some((_, place)) = self.place(store, parent, values)
            {
                is_born = place
                    .find(&above.parameter, id)
                    .and_then(|at| place.entries.get(at))
                    .is_some_and(|entry| entry.is_born);
            }
            // What belongs to a new object begins empty.
            let seeds = if is_born { Vec::new() } else { self.seeds(store, collection, values) };
            let entries = seeds.into_iter().map(Entry::seed).collect();
            store.lists.insert(key.clone(), ObjectList { entries, ..ObjectList::default() });
        }
        let place = store.lists.get_mut(&key)?;
        Some((key, place))
    }

    /// What a collection begins with: what control set, else what the fixtures list and show.
    fn seeds(&self, store: &Store, collection: &Collection, values: &[&str]) -> Vec<Value> {
        if let Some(seeds) = store.seeds.get(&collection.path) {
            return seeds.clone();
        }
        let values = values.get(..parameters(&collection.path)).unwrap_or(values);
        let listed = collection.list.as_ref().and_then(|list| {
            let body = self.plain(list.operation, values)?;
            body.pointer(&list.entries)?.as_array().cloned()
        });
        let mut seeds = listed.unwrap_or_default();
        let shown = collection.retrieve.and_then(|index| self.table(index)).map(PreparedResponses::objects);
        for object in shown.unwrap_or_default() {
            let Some(id) = id_of(&object, &collection.parameter) else { continue };
            match seeds.iter_mut().find(|seed| id_of(seed, &collection.parameter) == Some(id)) {
                Some(seed) => *seed = object,
                None => seeds.push(object),
            }
        }
        // Where nothing lists, the id that the document names exists, or the plainest one.
        let retrieve = collection.retrieve.filter(|_| collection.list.is_none());
        let operation = retrieve.and_then(|index| self.inner.contract.operations.get(index));
        if let Some(parameter) = operation.and_then(|o| o.parameter(Location::Path, &collection.parameter))
            && let Some(mut sample) = seeds.first().cloned()
            && let Some(name) = resource::id_name(&sample, &collection.parameter).map(str::to_owned)
        {
            let plainest = || plain_as(&parameter.name, parameter.value_schema()?, Direction::Request).ok();
            let id = documented_value(parameter).or_else(plainest);
            let is_there = |id: &Value| {
                seeds.iter().any(|seed| seed.get(&name).map(style::text) == Some(style::text(id)))
            };
            if let Some(id) = id.filter(|id| !is_there(id))
                && let Some(known) = sample.get_mut(&name)
            {
                *known = id;
                seeds.push(sample);
            }
        }
        seeds
    }

    /// What an operation answers to its plainest request, as JSON.
    fn plain(&self, operation: usize, values: &[&str]) -> Option<Value> {
        let table = self.table(operation)?;
        let operation = self.inner.contract.operations.get(operation)?;
        let media_type = table.offered.iter().find(|media_type| is_json(media_type))?;
        let request = Request::new(Method::GET, "");
        let answer = table.success(&request, operation, values, Some(media_type), 0)?;
        serde_json::from_slice(&answer.body).ok()
    }

    /// The refusal where an object of the path is not there.
    pub(super) fn not_there(&self, call: &Call<'_>) -> Option<Response> {
        let engine = self.inner.engine.as_ref()?;
        if resource::is_refusal(call.operation) || (call.lies)("unknown-found") {
            return None;
        }
        let mut store = self.store(call.session)?;
        let role = engine.roles.get(call.operation.index).copied().flatten();
        for (at, target) in engine.targets.get(call.operation.index)?.iter().enumerate() {
            let Some(index) = target.filter(|index| self.keeps(*index)) else { continue };
            let (Some(collection), Some(id)) = (engine.collection(index), call.path_values.get(at)) else {
                continue;
            };
            let (_, place) = self.place(&mut store, index, call.path_values)?;
            let found = place.find(&collection.parameter, id).and_then(|at| place.entries.get(at));
            let is_gone = place.gone.contains(*id);
            let is_hidden = found.is_some_and(|entry| hides(collection, entry, |soft| soft.from_retrieve));
            let restores = matches!(role, Some((own, Role::Update | Role::Replace)) if own == index);
            let is_there = match found {
                Some(_) => !is_hidden || restores,
                None => {
                    let is_named = engine.known.get(&index).is_none_or(|ids| ids.contains(*id));
                    !collection.is_known() && !is_gone && is_named
                }
            };
            let again = is_gone && (call.lies)("delete-missing-status");
            if !is_there && !again {
                let what = format!("there is no object with the id {id:?}");
                return Some(self.refuse(Some(call.operation), &Refusal::new("unknown-object", 404, what)));
            }
        }
        None
    }

    /// The answer from state; `None` where the operation has nothing to do with it.
    pub(super) fn in_state(&self, call: &Call<'_>) -> Option<Response> {
        let engine = self.inner.engine.as_ref()?;
        let mut store = self.store(call.session)?;
        let Some((index, role)) = engine.roles.get(call.operation.index).copied().flatten() else {
            return self.act(call, &mut store, None);
        };
        let collection = engine.collection(index).filter(|_| self.keeps(index))?;
        match role {
            Role::List => self.list(call, &mut store, index, collection),
            Role::Create => self.create(call, &mut store, index, collection),
            Role::Retrieve => self.retrieve(call, &mut store, index, collection),
            Role::Update | Role::Replace => self.change(call, &mut store, index, collection, role),
            Role::Destroy => {
                self.destroy(call, &mut store, index, collection);
                None
            }
        }
    }

    fn list(
        &self,
        call: &Call<'_>,
        store: &mut Store,
        index: usize,
        collection: &Collection,
    ) -> Option<Response> {
        let listing = collection.list.as_ref()?;
        let lies = call.lies;
        let lies_in = |operation: Option<usize>, rule: &str| operation.is_some_and(|o| self.lies(o, rule));
        let told = collection.told.as_ref();
        // A part of another collection, or the collection itself.
        let source = told.and_then(|told| told.of.as_deref()).and_then(|path| self.at(path));
        let (_, place) = self.place(store, source.unwrap_or(index), call.path_values)?;
        let id = call.path_values.last().map(|id| Value::from(*id)).unwrap_or_default();
        let mut entries: Vec<&Value> = place
            .entries
            .iter()
            .filter(|entry| !(lies("create-not-listed") && entry.is_born))
            .filter(|entry| {
                let shows_hidden = lies_in(collection.update, "delete-not-gone");
                shows_hidden || !hides(collection, entry, |soft| soft.from_list)
            })
            .map(|entry| &entry.value)
            .collect();
        if let (Some(told), Some(_)) = (told, source) {
            let mut only = told.only.clone();
            for wanted in only.0.values_mut() {
                if wanted == "{id}" {
                    *wanted = id.clone();
                }
            }
            entries.retain(|entry| only.hold(entry));
        }
        let query = call.request.query.as_deref();
        let asked = Asked::of(query);
        if !lies("filter-ignored") {
            list::filter(listing, &asked, &mut entries);
        }
        list::order(listing, &asked, !lies("sort-ignored"), &mut entries);
        let cut = Lies {
            limit: lies("page-limit"),
            offset: lies("page-offset"),
            overlap: lies("page-overlap"),
            endless: lies("page-loop"),
            small: lies("page-overlap") || lies("page-link") || lies("page-loop"),
        };
        let Ok(page) = list::cut(collection, &listing.pages, &asked, &entries, cut) else {
            let refusal = Refusal::new("invalid-cursor", 404, "this cursor is none of this list");
            return Some(self.refuse(Some(call.operation), &refusal));
        };
        let total = entries.len() + usize::from(lies("page-count"));
        let shown: Vec<Value> =
            entries.get(page.start..page.end).unwrap_or_default().iter().copied().cloned().collect();
        let link = |query: Option<String>| {
            let query = query?;
            let path = if lies("page-link") { "/nowhere" } else { call.path };
            Some(if listing.pages.bare && !lies("page-link") {
                format!("?{query}")
            } else {
                format!("{}{path}?{query}", self.inner.options.origin)
            })
        };
        if let Some(media_type) = call.media_type.filter(|media_type| !is_json(media_type)) {
            let sample =
                call.table.success(call.request, call.operation, call.path_values, Some(media_type), 0);
            if media_type != "text/csv" {
                return sample;
            }
            let mut answer = sample.unwrap_or_else(|| Response::empty(StatusCode::OK, "state"));
            answer.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/csv"));
            answer.body = list::csv(collection, listing, &answer.body, &shown).into();
            answer.source = "state";
            return Some(answer);
        }
        let outer = self.plain(call.operation.index, call.path_values).unwrap_or_default();
        let links = [link(page.next), link(page.previous)];
        let body = list::envelope(listing, outer.clone(), shown.clone(), total, links.clone());
        let schema = entity::answered(call.operation);
        let body = if schema.is_some_and(|schema| schema.is_valid(Direction::Response, &body) == Ok(false)) {
            // Lists often show less of an object than reading it does.
            let known = |entry: Value| match entry {
                Value::Object(members) => {
                    members.into_iter().filter(|(name, _)| listing.fields.contains_key(name)).collect()
                }
                other => other,
            };
            list::envelope(listing, outer, shown.into_iter().map(known).collect(), total, links)
        } else {
            body
        };
        Some(Self::success(call, &body))
    }

    /// The collection of a path template.
    fn at(&self, path: &str) -> Option<usize> {
        self.inner.engine.as_ref()?.resources.at(path)
    }

    fn retrieve(
        &self,
        call: &Call<'_>,
        store: &mut Store,
        index: usize,
        collection: &Collection,
    ) -> Option<Response> {
        let id = call.path_values.last()?;
        let writes = collection.update.or(collection.replace).or(collection.create);
        let members = writes.and_then(|index| self.members(index));
        let (_, place) = self.place(store, index, call.path_values)?;
        let at = place.find(&collection.parameter, id)?;
        let entry = place.entries.get_mut(at)?;
        if (call.lies)("read-had-effect") {
            alter(entry, members, None);
        }
        let mut value = entry.value.clone();
        if (call.lies)("identity-changed")
            && let Some(name) = resource::id_name(&value, &collection.parameter).map(str::to_owned)
            && let Some(id) = value.get_mut(&name)
        {
            *id = match id.as_i64() {
                Some(number) => Value::from(number + 1),
                None => Value::from("00000000-0000-4000-8000-000000000001"),
            };
        }
        Some(Self::success(call, &value))
    }

    fn create(
        &self,
        call: &Call<'_>,
        store: &mut Store,
        index: usize,
        collection: &Collection,
    ) -> Option<Response> {
        let sent = sent(call);
        if let Some(refused) =
            refused(collection.told.as_ref().map_or(&[], |told| &told.refuse), &sent, None, false)
        {
            return Some(refused);
        }
        let sample = self.plain(call.operation.index, call.path_values).unwrap_or_default();
        let members = self.members(call.operation.index)?;
        let id = self.next_id(store, index, collection, members, &sample, call.path_values);
        let now = self.now();
        let mut value = entity::create(collection, members, &sample, &sent, &id, &now, store);
        self.without_nulls(call.operation, collection, &sample, &mut value);
        let schema = entity::answered(call.operation);
        if schema.is_some_and(|schema| schema.is_valid(Direction::Response, &value) == Ok(false)) {
            // Better the sample in full, with what was sent, than an object that breaks the document.
            let mut whole = sample.clone();
            if let (Some(whole), Some(made)) = (whole.as_object_mut(), value.as_object()) {
                let kept =
                    made.iter().filter(|(name, _)| sent.contains_key(*name) || made.get(*name) == Some(&id));
                whole.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
            }
            value = whole;
        }
        self.without_nulls(call.operation, collection, &sample, &mut value);
        if !store.takes(&value) {
            return Some(full());
        }
        let names =
            sent.keys().filter(|name| members.writes(name) && value.get(*name).is_some()).cloned().collect();
        let mut entry = Entry::born(value, names);
        if (call.lies)("create-altered") {
            alter(&mut entry, Some(members), None);
        }
        let value = entry.value.clone();
        let text = style::text(&id);
        if !(call.lies)("create-not-found") {
            let (_, place) = self.place(store, index, call.path_values)?;
            place.gone.remove(&text);
            place.is_touched = true;
            place.entries.push(entry);
            self.grow(call, store, collection, Event::Create, &value, &id, &[]);
        }
        if let Some(refused) = self.act(call, store, Some(&text)) {
            return Some(refused);
        }
        // What was put into it may be counted in it.
        let (_, place) = self.place(store, index, call.path_values)?;
        let stored = place.find(&collection.parameter, &text).and_then(|at| place.entries.get(at));
        let value = stored.map_or(value, |entry| entry.value.clone());
        let mut answer = Self::success(call, &value);
        let documents = call.operation.response(answer.status.as_u16()).is_some_and(|response| {
            response.headers.iter().any(|header| header.name.eq_ignore_ascii_case(LOCATION.as_str()))
        });
        let broken = (call.lies)("location-broken");
        if documents || broken {
            let item = if broken { "nowhere" } else { text.as_str() };
            let address = format!("{}/{item}", call.path.trim_end_matches('/'));
            if let Ok(address) = HeaderValue::from_str(&address) {
                answer.headers.insert(LOCATION, address);
            }
        }
        Some(answer)
    }

    fn change(
        &self,
        call: &Call<'_>,
        store: &mut Store,
        index: usize,
        collection: &Collection,
        role: Role,
    ) -> Option<Response> {
        let id = call.path_values.last()?;
        let mut sent = sent(call);
        let members = self.members(call.operation.index)?;
        let (_, place) = self.place(store, index, call.path_values)?;
        let at = place.find(&collection.parameter, id)?;
        let mut entry = place.entries.get(at)?.clone();
        let told = collection.told.as_ref();
        if let Some(refused) =
            refused(told.map_or(&[], |told| &told.refuse), &sent, Some(&entry.value), false)
        {
            return Some(refused);
        }
        if role == Role::Replace && !(call.lies)("replace-merged") {
            // RFC 9110 §9.3.4: what is not sent is not there any more.
            for (name, field) in members.given.iter().filter(|(name, _)| members.writes(name)) {
                let default = field.default.clone().or_else(|| field.kinds.null.then_some(Value::Null));
                match (sent.contains_key(name), default) {
                    (true, _) => {}
                    (false, Some(default)) => {
                        sent.insert(name.clone(), default);
                    }
                    (false, None) if !field.is_required => {
                        if let Some(object) = entry.value.as_object_mut() {
                            object.remove(name);
                        }
                    }
                    (false, None) => {}
                }
            }
        }
        let before = entry.clone();
        let now = self.now();
        let changes = entity::update(collection, members, &mut entry.value, &sent, &now, store);
        self.without_nulls(call.operation, collection, &before.value, &mut entry.value);
        if !store.takes(&entry.value) {
            return Some(full());
        }
        entry.is_counted = true;
        if before.is_counted {
            store.releases(&before.value);
        }
        if (call.lies)("update-clobbered") {
            let named: Vec<String> = entry.sent.clone();
            entry.sent.retain(|name| !sent.contains_key(name));
            let soft = collection.soft_delete.as_ref().map(|soft| soft.member.as_str());
            alter(&mut entry, Some(members), soft);
            entry.sent = named;
        }
        let answer = Self::success(call, &entry.value);
        let value = entry.value.clone();
        let id = id_of(&value, &collection.parameter)?.clone();
        let (_, place) = self.place(store, index, call.path_values)?;
        place.is_touched = true;
        if let Some(known) = place.entries.get_mut(at) {
            *known = if (call.lies)("update-not-kept") { before } else { entry };
        }
        if !changes.is_empty() {
            self.grow(call, store, collection, Event::Update, &value, &id, &changes);
        }
        Some(answer)
    }

    fn destroy(&self, call: &Call<'_>, store: &mut Store, index: usize, collection: &Collection) {
        let refuses = resource::is_refusal(call.operation);
        let spares =
            if refuses { !(call.lies)("refused-method-had-effect") } else { (call.lies)("delete-not-gone") };
        let Some(id) = call.path_values.last().filter(|_| !spares) else { return };
        let is_counted = store.takes(&Value::from(*id));
        let Some((_, place)) = self.place(store, index, call.path_values) else { return };
        place.is_touched = true;
        if is_counted {
            place.gone.insert((*id).to_owned());
        }
        let found = place.find(&collection.parameter, id);
        let removed = found.map(|at| place.entries.remove(at));
        if let Some(entry) = removed.filter(|entry| entry.is_counted) {
            store.releases(&entry.value);
        }
    }

    fn next_id(
        &self,
        store: &mut Store,
        index: usize,
        collection: &Collection,
        members: &Members,
        sample: &Value,
        values: &[&str],
    ) -> Value {
        let name = resource::id_name(sample, &collection.parameter).unwrap_or("id").to_owned();
        let is_number =
            members.given.get(&name).is_some_and(|field| field.kinds.integer || field.kinds.number)
                || sample.get(&name).is_some_and(Value::is_number);
        if is_number {
            // One above all that the collection has anywhere.
            let largest = |entries: &[Entry]| {
                entries.iter().filter_map(|e| id_of(&e.value, &collection.parameter)?.as_i64()).max()
            };
            let _ = self.place(store, index, values);
            let places = || {
                store.lists.iter().filter(|(path, _)| is_of(&collection.path, path)).map(|(_, place)| place)
            };
            let largest = places().filter_map(|place| largest(&place.entries)).max().unwrap_or(0);
            // What was destroyed keeps its number.
            let gone = places().flat_map(|place| &place.gone).filter_map(|id| id.parse::<i64>().ok());
            return Value::from(largest.max(gone.max().unwrap_or(0)).max(0).saturating_add(1));
        }
        Value::from(store.uuid())
    }

    fn now(&self) -> String {
        (self.inner.options.clock)().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    /// The operation's success with this body, in the clothes of the prepared answer.
    fn success(call: &Call<'_>, body: &Value) -> Response {
        let media_type = call.table.offered.iter().find(|media_type| is_json(media_type)).map(String::as_str);
        let prepared = call.table.success(
            &Request::new(Method::GET, ""),
            call.operation,
            call.path_values,
            media_type,
            0,
        );
        let Some(mut answer) = prepared else {
            return json_answer(StatusCode::from_u16(call.table.success).unwrap_or(StatusCode::OK), body);
        };
        answer.source = "state";
        if answer.headers.contains_key(CONTENT_TYPE) {
            answer.body = body.to_string().into();
        }
        answer
    }
}

/// Whether an object is hidden from a view.
fn hides(
    collection: &Collection,
    entry: &Entry,
    view: impl Fn(&resource::SoftDelete) -> Option<bool>,
) -> bool {
    collection.soft_delete.as_ref().is_some_and(|soft| {
        view(soft) == Some(true) && entry.value.get(&soft.member) == Some(&Value::Bool(true))
    })
}

/// The members that a request sends.
fn sent(call: &Call<'_>) -> Map<String, Value> {
    let Some(documented) = &call.operation.body else { return Map::new() };
    if call.request.body.is_empty() {
        return Map::new();
    }
    let named = media_type(&call.request.headers).unwrap_or_else(|| "application/json".to_owned());
    let Some(described) = content_for(&documented.content, &named) else { return Map::new() };
    match body::read(described, Direction::Request, &named, &call.request.headers, &call.request.body) {
        Ok(body::Body::Value(Value::Object(members))) => members,
        _ => Map::new(),
    }
}

/// The first refusal whose conditions all hold.
fn refused(
    rules: &[Refuse],
    sent: &Map<String, Value>,
    object: Option<&Value>,
    none_known: bool,
) -> Option<Response> {
    let body = Value::Object(sent.clone());
    let rule = rules.iter().find(|rule| {
        let holds_object = rule.object.0.is_empty() || object.is_some_and(|object| rule.object.hold(object));
        rule.body.hold(&body) && holds_object && (!rule.none_known || none_known)
    })?;
    let mut answer =
        json_answer(StatusCode::from_u16(rule.status).unwrap_or(StatusCode::BAD_REQUEST), &rule.answer);
    answer.source = "state";
    Some(answer)
}

fn full() -> Response {
    problem(507, "this session holds all that it may; DELETE /__counterpart/state empties it", None)
}
