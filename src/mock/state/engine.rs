//! The collections of a document, and the objects of a session.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use indexmap::IndexMap;
use serde_json::Value;

use super::entity::{self, Members};
use super::named::NamedObjects;
use super::objects::{Entry, ObjectList};
use super::store::Store;
use crate::contract::body::Body;
use crate::contract::media_type::MediaType;
use crate::contract::schema::Field;
use crate::contract::{
    Contract, Direction, Location, Operation, OperationId, PerOperation, Schema, body, is_json, parameter,
};
use crate::document::pointer;
use crate::mock::context::RequestContext;
use crate::mock::replay::{PreparedResponses, Replay};
use crate::mock::response::{Response, is_same};
use crate::resources::{Collection, CollectionId, Resources, Role, id_name, id_within, natural_key};

/// A plain answer without its objects.
struct Around {
    /// The octets that it was read from.
    body: Bytes,
    /// Where the objects were.
    at: String,
    value: Value,
}

/// A member that holds what paths call an object.
pub(super) struct ShownId {
    pub name: String,
    pub is_number: bool,
    /// Whether it only distinguishes objects, so that it is an id for those alone that are named by their path.
    pub is_natural: bool,
}

/// What reading objects, or listing them, shows of each.
pub(super) struct Shown {
    operation: OperationId,
    /// Where the object is in the answer, as a JSON pointer.
    at: String,
    /// The member that holds what paths call it.
    pub id: Option<ShownId>,
    /// The members that no object there may lack.
    pub required: Vec<String>,
}

/// The collections of a document. The objects themselves are in the [`Store`] of a session.
pub(in crate::mock) struct Engine {
    contract: Arc<Contract>,
    replay: Arc<Replay>,
    resources: Arc<Resources>,
    /// By operation: what it does to which collection.
    roles: PerOperation<Option<(CollectionId, Role)>>,
    /// By operation: the collection that each parameter of its path names an item of.
    targets: PerOperation<Vec<Option<CollectionId>>>,
    members: PerOperation<OnceLock<Members>>,
    /// By operation: what its plain answer has around the place of objects, as it was read last.
    around: PerOperation<ArcSwapOption<Around>>,
    /// By collection: whether its objects can be distinguished.
    kept: HashMap<CollectionId, OnceLock<bool>>,
    /// By collection: what reading and listing its objects show.
    reads: HashMap<CollectionId, OnceLock<Vec<Shown>>>,
    /// By collection that is not kept: what its answers show.
    replayed: HashMap<CollectionId, OnceLock<HashSet<String>>>,
    /// The objects that are named where nothing else says which exist.
    named: NamedObjects,
    /// Whether nothing exists but what is named or made.
    pub(super) is_closed: bool,
    /// The mock's own address, for links.
    origin: String,
    clock: fn() -> jiff::Timestamp,
}

impl Engine {
    pub fn new(
        contract: Arc<Contract>,
        replay: Arc<Replay>,
        resources: Arc<Resources>,
        named: NamedObjects,
        origin: String,
        clock: fn() -> jiff::Timestamp,
    ) -> Self {
        let targets = contract.operations.iter().map(|operation| {
            let names = operation.template.names().iter();
            names.map(|name| resources.of_parameter(operation.index, name)).collect()
        });
        Self {
            roles: contract.operations.iter().map(|operation| resources.role(operation.index)).collect(),
            targets: targets.collect(),
            members: contract.operations.iter().map(|_| OnceLock::new()).collect(),
            around: contract.operations.iter().map(|_| ArcSwapOption::empty()).collect(),
            kept: resources.each().map(|(id, _)| (id, OnceLock::new())).collect(),
            reads: resources.each().map(|(id, _)| (id, OnceLock::new())).collect(),
            replayed: resources.each().map(|(id, _)| (id, OnceLock::new())).collect(),
            contract,
            replay,
            resources,
            named,
            is_closed: false,
            origin,
            clock,
        }
    }

    /// Sets whether nothing exists but what is named or made.
    #[must_use]
    pub fn closed(self, is_closed: bool) -> Self {
        Self { is_closed, ..self }
    }

    pub(super) fn contract(&self) -> &Contract {
        &self.contract
    }

    pub(super) fn resources(&self) -> &Resources {
        &self.resources
    }

    pub(super) fn collection(&self, index: CollectionId) -> Option<&Collection> {
        self.resources.collection(index)
    }

    pub(super) fn role(&self, operation: OperationId) -> Option<(CollectionId, Role)> {
        self.roles.get(operation).copied().flatten()
    }

    /// What an operation does to the objects of a collection, which is named by its path.
    pub fn kind_of_change(&self, operation: OperationId) -> Option<(&str, Role)> {
        let (index, role) = self.role(operation)?;
        Some((self.collection(index)?.path.as_str(), role))
    }

    pub(super) fn targets(&self, operation: OperationId) -> &[Option<CollectionId>] {
        self.targets.get(operation).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether an object of a collection that nothing shows may exist: where some are named, only those do.
    pub(super) fn may_exist(&self, collection: CollectionId, id: &str) -> bool {
        self.named.get(&collection).is_none_or(|ids| ids.contains(id))
    }

    /// Whether an operation makes an object under the name that its path ends in, where there is none.
    pub(super) fn makes_named(&self, operation: &Operation) -> bool {
        let replaces = matches!(self.role(operation.index), Some((_, Role::Replace)));
        self.resources.names_own(operation.index) || (replaces && operation.documents(201))
    }

    /// Whether the configuration or a fixture names an object.
    pub(super) fn is_named(&self, collection: CollectionId, id: &str) -> bool {
        self.named.get(&collection).is_some_and(|ids| ids.contains(id))
    }

    /// What the answers of a collection show, found out once.
    pub(super) fn replayed(
        &self,
        index: CollectionId,
        find: impl FnOnce() -> HashSet<String>,
    ) -> Option<&HashSet<String>> {
        Some(self.replayed.get(&index)?.get_or_init(find))
    }

    pub(super) fn members(&self, operation: OperationId) -> Option<&Members> {
        let documented = self.contract.at(operation)?;
        let role = self.role(operation).map(|(index, _)| index);
        let collection =
            role.or_else(|| self.resources.acts_on(operation)).and_then(|index| self.collection(index));
        Some(self.members.get(operation)?.get_or_init(|| {
            let sample = self.plain(operation, &[]);
            let mut members = Members::of(documented, collection, sample.as_ref());
            let Some(collection) = collection else { return members };
            if collection.retrieve == Some(operation) {
                members.show_what_is_written(documented, &self.written(collection));
            }
            let others = self.shown_elsewhere(collection, operation);
            members.shown.extend(others.iter().flat_map(IndexMap::keys).cloned());
            if members.given_at.is_none() {
                // The answer does not show the object; what is known of it is what else shows it.
                members.given = others.into_iter().find(|fields| !fields.is_empty()).unwrap_or_default();
            }
            members
        }))
    }

    /// The members that creates and changes of a collection's objects take.
    fn written(&self, collection: &Collection) -> HashSet<String> {
        let writes = [collection.create, collection.update, collection.replace].into_iter().flatten();
        let bodies = writes.filter_map(|write| self.contract.at(write)?.body.as_ref());
        let schemas =
            bodies.filter_map(|body| body.content.iter().find_map(|content| content.schema.as_ref()));
        schemas.flat_map(|schema| schema.fields(Direction::Request, &[]).into_keys()).collect()
    }

    /// What other answers than an operation's show of a collection's objects, reading one first.
    fn shown_elsewhere(
        &self,
        collection: &Collection,
        operation: OperationId,
    ) -> Vec<IndexMap<String, Field>> {
        let others = [collection.retrieve, collection.create, collection.update, collection.replace];
        let others = others.into_iter().flatten().filter(|other| *other != operation);
        let given = others.filter_map(|other| {
            let sample = self.plain(other, &[]);
            Some(Members::of(self.contract.at(other)?, Some(collection), sample.as_ref()).given)
        });
        let listed = collection.list.iter().map(|list| list.fields.clone());
        given.chain(listed).collect()
    }

    /// An object like those that an operation answers, else like those that its collection begins with.
    pub(super) fn sample(&self, store: &Store, operation: OperationId, values: &[&str]) -> Value {
        let answered = self.members(operation).and_then(|members| members.given_at.as_deref());
        let answered = answered.and_then(|at| self.plain(operation, values)?.pointer(at).cloned());
        let seeded = || {
            let collection = self.role(operation).and_then(|(index, _)| self.collection(index))?;
            self.seeds(store, collection, values).into_iter().next()
        };
        answered.or_else(seeded).unwrap_or_default()
    }

    /// What an operation answers without state.
    pub(super) fn prepared(&self, operation: OperationId) -> Option<&PreparedResponses> {
        self.replay.of(operation)
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The path that reads an object.
    pub(super) fn address(&self, collection: &Collection, values: &[&str], id: &str) -> Option<String> {
        let read = self.contract.at(collection.retrieve?)?;
        let mut ids = values.iter().copied().take(collection.depth()).chain([id]);
        read.template.fill(|_| ids.next().map(parameter::escape).ok_or(())).ok()
    }

    /// Now, as objects hold it.
    pub(super) fn now(&self) -> String {
        (self.clock)().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    /// Whether the objects of a collection can be distinguished: wherever they are shown, they show
    /// their id. A collection of which this cannot be said is not kept, but replayed.
    pub(super) fn keeps(&self, index: CollectionId) -> bool {
        let Some((cell, collection)) = self.kept.get(&index).zip(self.collection(index)) else {
            return false;
        };
        *cell.get_or_init(|| {
            let shows = |value: &Value| id_within(value, &collection.parameter).is_some();
            let listed = collection.list.as_ref().map(|list| {
                let body = self.plain(list.operation, &[]).unwrap_or_default();
                let entries =
                    body.pointer(&list.entries).and_then(Value::as_array).cloned().unwrap_or_default();
                (entries.iter().all(shows), !entries.is_empty())
            });
            // An answer without the object says nothing about how such objects are distinguished.
            let is_answered = |operation: Option<OperationId>| {
                let members = operation.and_then(|operation| self.members(operation));
                members.is_some_and(|members| members.is_named)
            };
            // What a path named is known by that, whatever its list shows.
            let is_named = collection.create.is_some_and(|create| self.resources.names_own(create));
            let is_clear = is_named || listed.is_none_or(|(all, _)| all);
            let is_shown = is_named
                || listed.is_some_and(|(_, any)| any)
                || is_answered(collection.retrieve)
                || is_answered(collection.create);
            // Where nothing but DELETE is documented, what was destroyed is remembered.
            is_clear && (is_shown || !collection.is_known())
        })
    }

    /// What reading and listing the objects of a collection show, found out once.
    pub(super) fn reads(&self, index: CollectionId) -> &[Shown] {
        let Some((cell, collection)) = self.reads.get(&index).zip(self.collection(index)) else { return &[] };
        cell.get_or_init(|| {
            let listed = collection.list.as_ref().map(|list| (list.operation, format!("{}/0", list.entries)));
            let read = collection.retrieve.and_then(|read| {
                let members = self.members(read).filter(|members| members.is_named)?;
                Some((read, members.given_at.clone()?))
            });
            let shown = [read, listed].into_iter().flatten().filter_map(|(operation, at)| {
                let sample = self.plain(operation, &[])?;
                let object = sample.pointer(&at).filter(|object| object.is_object())?;
                let own = id_name(object, &collection.parameter).map(str::to_owned);
                let natural = || natural_key(object, &collection.parameter);
                let is_natural = own.is_none();
                let name = own.or_else(|| pointer::tokens(&natural()?).next());
                let is_number = name.as_ref().is_some_and(|name| object[name].is_number());
                let id = name.map(|name| ShownId { name, is_number, is_natural });
                let schema = entity::answered(self.contract.at(operation)?)?;
                let fields = entity::at_place(schema, Direction::Response, &at).into_iter();
                let required = fields.filter(|(_, field)| field.is_required).map(|(name, _)| name);
                Some(Shown { operation, at, id, required: required.collect() })
            });
            shown.collect()
        })
    }

    /// The object that a read shows without state.
    pub(super) fn shown(&self, read: &Shown, values: &[&str]) -> Option<Value> {
        self.plain(read.operation, values)?.pointer_mut(&read.at).map(Value::take)
    }

    /// The objects of a collection under the path of a request, begun where they are not there.
    pub(super) fn list<'s>(
        &self,
        store: &'s mut Store,
        index: CollectionId,
        values: &[&str],
    ) -> Option<&'s mut ObjectList> {
        let collection = self.collection(index)?;
        let key = collection.path_below(values);
        if !store.lists.contains_key(&key) {
            if !store.has_room() {
                return None;
            }
            let mut is_born = false;
            if let Some(parent) = collection.parent
                && let Some(id) = collection.depth().checked_sub(1).and_then(|at| values.get(at))
                && let Some(list) = self.list(store, parent, values)
            {
                is_born = list.called(id).is_some_and(|entry| entry.is_born);
            }
            // What belongs to a new object begins empty.
            let seeds = if is_born { Vec::new() } else { self.seeds(store, collection, values) };
            if !store.begins(&key, &seeds) {
                return None;
            }
            let ids = seeds.iter().filter_map(|seed| id_within(seed, &collection.parameter));
            store.count_ids(&collection.path, ids);
            let entries = seeds.into_iter().map(Entry::seed);
            store.begin_list(&key, ObjectList::of(&collection.parameter, entries));
        }
        let list = store.lists.get_mut(&key)?;
        list.call_by(&collection.parameter);
        Some(list)
    }

    /// What an operation answers to its plainest request, as a value.
    pub(super) fn plain(&self, operation: OperationId, values: &[&str]) -> Option<Value> {
        self.value(operation, &self.plain_response(operation, values)?)
    }

    /// The value of a plain answer, which is JSON or else XML.
    pub(super) fn value(&self, operation: OperationId, response: &Response) -> Option<Value> {
        let media_type = response.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        if is_json(media_type) {
            return serde_json::from_slice(&response.body).ok();
        }
        let documented = self.contract.at(operation)?.response(response.status.as_u16())?;
        let content = documented.content_for(media_type)?;
        let essence = MediaType::parse(media_type).essence;
        match body::read(content, Direction::Response, &essence, &response.headers, &response.body) {
            Ok(Body::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// As [`Engine::plain`], without what is at the place of an object or of a list's entries.
    pub(super) fn around(&self, operation: OperationId, values: &[&str], at: &str) -> Option<Value> {
        let at = at.strip_suffix("/0").unwrap_or(at);
        let response = self.plain_response(operation, values)?;
        let body = response.body.clone();
        let known = self.around.get(operation)?.load();
        if let Some(known) = known.as_ref().filter(|known| is_same(&known.body, &body) && known.at == at) {
            return Some(known.value.clone());
        }
        let mut value = self.value(operation, &response)?;
        match value.pointer_mut(at) {
            Some(Value::Array(entries)) => entries.clear(),
            Some(place) => *place = Value::Null,
            None => {}
        }
        let known = Around { body, at: at.to_owned(), value: value.clone() };
        self.around.get(operation)?.store(Some(Arc::new(known)));
        Some(value)
    }

    pub(super) fn plain_response(&self, operation: OperationId, values: &[&str]) -> Option<Response> {
        let prepared = self.replay.of(operation)?;
        let operation = self.contract.at(operation).filter(|operation| !operation.leaves_out_success())?;
        let json = prepared.offered.iter().find(|media_type| is_json(media_type));
        let is_xml = |media_type: &&Arc<str>| body::is_xml(&MediaType::parse(media_type).essence);
        let media_type = json.or_else(|| prepared.offered.iter().find(is_xml))?;
        prepared.choose(&RequestContext::plain(operation, values, Some(media_type)))
    }

    /// The schemas that paths have for the ids of a collection's items.
    pub(super) fn schemas_of_id(&self, index: CollectionId) -> impl Iterator<Item = &Schema> {
        self.contract.operations.iter().flat_map(move |operation| {
            let names = operation.template.names().iter();
            let of_item = names.zip(self.targets(operation.index)).filter(move |(_, of)| **of == Some(index));
            let parameters = of_item.filter_map(|(name, _)| operation.parameter(Location::Path, name));
            parameters.filter_map(|parameter| parameter.value_schema().map(|schema| &**schema))
        })
    }
}
