//! What a document lets us infer about its resources: collections, their items, and where an id
//! comes from. One answer for the runner's plan and the mock's state.

mod answered;
mod identity;
pub mod kind;
mod listing;
pub mod members;
pub mod names;
mod representation;
mod words;

use std::collections::HashMap;

use http::Method;
use serde_json::Value;

use crate::config::state::{Action, State, View};
use crate::contract::path::Piece;
use crate::contract::{Contract, Direction, Location, Operation, StatusKey, is_json};

pub use answered::{Answered, identities, is_marked};
pub use identity::Identity;
use kind::{Judged, Kind};
pub use listing::{Filter, Keeps, Listing, Pages, listing_at};
use names::singular;
pub use representation::MediaTypeParameter;

/// A collection: the path in front of an item's id, or a path that lists.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Path template up to the id, without a trailing slash.
    pub path: String,
    /// The parameter that names an item; `id` where no path names one.
    pub parameter: String,
    /// The collection whose item the last parameter of the path names.
    pub parent: Option<usize>,
    /// GET on the collection, where its answer holds a list.
    pub list: Option<Listing>,
    /// A query that lists, where GET does not: its index, and where the entries stand.
    pub finder: Option<(usize, String)>,
    /// The POST that makes an item.
    pub create: Option<usize>,
    /// GET on the item.
    pub retrieve: Option<usize>,
    /// PATCH on the item.
    pub update: Option<usize>,
    /// PUT on the item.
    pub replace: Option<usize>,
    /// DELETE on the item, be it a documented refusal.
    pub destroy: Option<usize>,
    /// How an object is hidden without being destroyed.
    pub soft_delete: Option<SoftDelete>,
    /// What the configuration tells of it.
    pub told: Option<State>,
    /// Whether a path of the document names its items.
    pub has_item_path: bool,
}

impl Collection {
    /// The parameters of its path, above the item's own.
    pub fn depth(&self) -> usize {
        self.path.matches('{').count()
    }

    /// Whether the document has an operation that lists, creates or reads its objects. Of any
    /// other collection nobody can tell what exists.
    pub fn is_known(&self) -> bool {
        self.list.is_some() || self.retrieve.is_some() || self.create.is_some()
    }
}

impl Collection {
    /// Whether the document has an operation that lists or creates its objects, so that it can be told
    /// which exist. What stands in the path of any other collection may be a plain value.
    pub fn is_counted(&self) -> bool {
        self.list.is_some() || self.create.is_some()
    }

    /// Whether its list, or the answer to its create, names objects that its path can ask for.
    pub fn names_objects(&self, contract: &Contract) -> bool {
        if self.list.is_some() || self.told.is_some() {
            return true;
        }
        let Some(create) = self.create.and_then(|index| contract.operations.get(index)) else { return false };
        let has_id = |response: &&crate::contract::ResponseDoc| {
            let contents = response.content.iter().filter(|content| is_json(&content.media_type));
            contents.filter_map(|content| content.schema.as_ref()).any(|schema| {
                let fields = schema.fields(Direction::Response, &[]);
                let shown = fields.keys().map(|name| (name.clone(), Value::from("x"))).collect();
                id_name(&Value::Object(shown), &self.parameter).is_some()
            })
        };
        create.documents(201) || create.successes().iter().any(has_id)
    }
}

/// A boolean member that hides an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftDelete {
    /// The member.
    pub member: String,
    /// Whether lists leave it out; `None` where nobody says.
    pub from_list: Option<bool>,
    /// Whether it cannot be read by its id; `None` where nobody says.
    pub from_retrieve: Option<bool>,
}

/// All collections of a contract.
#[derive(Debug, Default)]
pub struct Resources {
    /// In the order in which the document first names them.
    pub collections: Vec<Collection>,
    by_place: HashMap<(usize, String), usize>,
    /// Operations that make objects, each with the collection that these come to.
    creators: HashMap<usize, usize>,
    /// Operations whose answer is an object of a collection that their path does not lead to.
    answers: HashMap<usize, usize>,
    /// What each unsafe operation does.
    kinds: Vec<Option<Judged>>,
    /// Operations whose path says that reading it does harm.
    harmful: Vec<usize>,
    /// Operations that are the first of their path.
    firsts: Vec<usize>,
}

/// What an operation is to the collection that it works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the usual names of these operations")]
pub enum Role {
    List,
    Create,
    Retrieve,
    Update,
    Replace,
    Destroy,
}

impl Resources {
    /// Infers the collections of a contract; what the configuration tells goes before that.
    pub fn of(contract: &Contract, told: &[State]) -> Self {
        let mut resources = Self::default();
        let told_of = |path: &str| told.iter().find(|state| state.collection.trim_end_matches('/') == path);
        let mut paths = std::collections::HashSet::new();
        for operation in &contract.operations {
            if paths.insert(operation.path()) {
                resources.firsts.push(operation.index);
            }
            let places = prefixes(operation);
            for (path, parameter) in places {
                let index = resources.at(&path).unwrap_or_else(|| {
                    let item = Collection {
                        has_item_path: true,
                        ..collection(contract, &path, &parameter, told_of(&path))
                    };
                    resources.collections.push(item);
                    resources.collections.len() - 1
                });
                resources.by_place.insert((operation.index, parameter), index);
            }
        }
        for operation in &contract.operations {
            // What lists is a collection, also where no path names an item of it.
            let path = operation.path().trim_end_matches('/');
            if operation.method == Method::GET && resources.at(path).is_none() {
                let known = collection(contract, path, "id", told_of(path));
                let ends_in_item = matches!(
                    operation.template.segments().last().map(Vec::as_slice),
                    Some([Piece::Parameter(_)])
                );
                if known.list.is_some() && !ends_in_item {
                    resources.collections.push(known);
                }
            }
        }
        resources.pair();
        resources.find_creators(contract);
        for index in 0..resources.collections.len() {
            let parent = resources.collections.get(index).and_then(|collection| {
                let (above, _) = collection.path.rsplit_once("/{")?;
                let (_, inside) = collection.path.get(above.len()..)?.split_once('}')?;
                // Directly below an item: `…/{id}/name`.
                (inside.matches('/').count() == 1).then(|| resources.at(above)).flatten()
            });
            if let Some(collection) = resources.collections.get_mut(index) {
                collection.parent = parent;
            }
        }
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

    /// What an unsafe operation does, and why; `None` for a safe one.
    pub fn kind(&self, operation: usize) -> Option<Judged> {
        self.kinds.get(operation).copied().flatten()
    }

    /// Whether the path of a safe operation says that reading it does harm, as `GET /logout` does.
    pub fn reading_harms(&self, operation: usize) -> bool {
        self.harmful.contains(&operation)
    }

    /// Whether a query parameter of a read orders the server to do something, by its name.
    pub fn orders(operation: &Operation, parameter: &str) -> bool {
        operation.is_safe() && words::is_order(parameter, listing_at(operation).is_some())
    }

    /// Whether an operation is the first that the document has for its path.
    pub fn first_of_path(&self, operation: usize) -> bool {
        self.firsts.contains(&operation)
    }

    /// The collection of a path template, whatever its parameters are called.
    pub fn at(&self, path: &str) -> Option<usize> {
        self.collections.iter().position(|collection| is_same_path(&collection.path, path))
    }

    /// The collection whose item a path parameter of an operation names.
    pub fn of_parameter(&self, operation: usize, parameter: &str) -> Option<usize> {
        self.by_place.get(&(operation, parameter.to_owned())).copied()
    }

    /// The collection that an operation creates in.
    pub fn created_by(&self, operation: usize) -> Option<usize> {
        self.creators.get(&operation).copied()
    }

    /// The collection whose object an unsafe operation answers, where its path does not lead to that
    /// collection: the object may be new.
    pub fn answers_item_of(&self, operation: usize) -> Option<usize> {
        self.answers.get(&operation).copied()
    }

    /// The collection that an operation lists.
    pub fn listed_by(&self, operation: usize) -> Option<usize> {
        self.collections.iter().position(|c| c.list.as_ref().is_some_and(|l| l.operation == operation))
    }

    /// What an operation is to which collection.
    pub fn role(&self, operation: usize) -> Option<(usize, Role)> {
        self.collections.iter().enumerate().find_map(|(index, c)| {
            let of = [
                (c.list.as_ref().map(|list| list.operation), Role::List),
                (c.create, Role::Create),
                (c.retrieve, Role::Retrieve),
                (c.update, Role::Update),
                (c.replace, Role::Replace),
                (c.destroy, Role::Destroy),
            ];
            of.iter().find(|(known, _)| *known == Some(operation)).map(|(_, role)| (index, *role))
        })
    }

    /// What an operation puts into collections, or takes out of them.
    pub fn actions(&self, operation: &str) -> impl Iterator<Item = (usize, &Action)> {
        self.collections.iter().enumerate().flat_map(move |(index, collection)| {
            let actions = collection.told.iter().flat_map(|told| &told.action);
            actions.filter(move |action| action.operation == operation).map(move |action| (index, action))
        })
    }

    /// The collection whose objects a member of a body names: `pet_id`, `petId` and `pet_ids` for
    /// `…/pets`.
    pub fn reference(&self, name: &str) -> Option<usize> {
        let stem = ["_ids", "_id", "Ids", "Id"].iter().find_map(|tail| name.strip_suffix(tail))?;
        let stem = names::plain(stem);
        self.collections.iter().position(|collection| {
            let word = collection.path.rsplit('/').next().unwrap_or_default();
            let word = names::plain(word);
            (collection.list.is_some() || collection.create.is_some())
                && !stem.is_empty()
                && (word == stem || singular(&word) == stem)
        })
    }

    /// The parameter of an operation's path that names the item it works on: the last one.
    pub fn target<'o>(&self, operation: &'o Operation) -> Option<&'o str> {
        operation
            .template
            .names()
            .iter()
            .rev()
            .map(String::as_str)
            .find(|name| self.of_parameter(operation.index, name).is_some())
    }
}

/// Whether two templates are of the same paths: one operation may call a parameter `id`, the next `name`.
pub fn is_same_path(one: &str, other: &str) -> bool {
    fn nameless(path: &str) -> impl Iterator<Item = &str> {
        path.trim_end_matches('/')
            .split(['{', '}'])
            .enumerate()
            .map(|(at, text)| if at % 2 == 0 { text } else { "" })
    }
    nameless(one).eq(nameless(other))
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

fn collection(contract: &Contract, path: &str, parameter: &str, told: Option<&State>) -> Collection {
    let item = format!("{path}/{{{parameter}}}");
    let at = |wanted: &str, method: &Method| {
        contract
            .operations
            .iter()
            .find(|o| o.method == *method && is_same_path(o.path(), wanted))
            .map(|o| o.index)
    };
    let list =
        at(path, &Method::GET).and_then(|index| listing::listing(contract.operations.get(index)?, told));
    let update = at(&item, &Method::PATCH);
    let replace = at(&item, &Method::PUT);
    let soft_delete = match told.and_then(|told| told.soft_delete.as_ref().map(|member| (told, member))) {
        Some((told, member)) => Some(SoftDelete {
            member: member.clone(),
            from_list: Some(told.hidden_from.contains(&View::List)),
            from_retrieve: Some(told.hidden_from.contains(&View::Retrieve)),
        }),
        None => update.or(replace).and_then(|index| hides(contract.operations.get(index)?)),
    };
    Collection {
        path: path.to_owned(),
        parameter: parameter.to_owned(),
        parent: None,
        list,
        finder: None,
        create: None,
        retrieve: at(&item, &Method::GET),
        update,
        replace,
        destroy: at(&item, &Method::DELETE),
        soft_delete,
        told: told.cloned(),
        has_item_path: false,
    }
}

/// The boolean member of an update that, by its name, hides the object.
fn hides(update: &Operation) -> Option<SoftDelete> {
    let body = update.body.as_ref()?.content.iter().find(|content| is_json(&content.media_type))?;
    let fields = body.schema.as_ref()?.fields(Direction::Request, &[]);
    let names = ["deleted", "is_deleted", "isdeleted", "archived", "is_archived", "isarchived"];
    fields
        .iter()
        .find(|(name, field)| field.kinds.boolean && names.contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, _)| SoftDelete { member: name.clone(), from_list: None, from_retrieve: None })
}

/// Whether an operation is documented to do nothing but refuse: a 405 in the place of a success.
pub fn is_refusal(operation: &Operation) -> bool {
    operation.successes().iter().all(|response| response.status == StatusKey::Code(405))
}

/// The id of an object: the member named like the parameter, else `id`, else the parameter's name
/// without the resource (`petId` → `id`, `pet_uuid` → `uuid`).
pub fn id_of<'v>(object: &'v Value, parameter: &str) -> Option<&'v Value> {
    object.get(id_name(object, parameter)?)
}

/// The member that holds the id of an object, as in [`id_of`].
pub fn id_name<'v>(object: &'v Value, parameter: &str) -> Option<&'v str> {
    let tail = parameter.rsplit('_').next().unwrap_or(parameter);
    let lower = parameter.to_ascii_lowercase();
    let candidates = [
        parameter,
        "id",
        tail,
        if lower.ends_with("uuid") { "uuid" } else { "id" },
        if lower.ends_with("name") { "name" } else { "id" },
        "uuid",
    ];
    let members = object.as_object()?;
    candidates.iter().find_map(|name| {
        let (name, value) = members.get_key_value(*name)?;
        (value.is_string() || value.is_number()).then_some(name.as_str())
    })
}

/// Whether a text may stand as an id in a path: what a target names its objects by, but for what cuts a
/// path, and for names of dots alone, which URL libraries resolve, even escaped.
pub fn is_safe_id(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_=:@~+,.".contains(c);
    text.chars().all(is_safe) && text.chars().any(|c| c != '.')
}

/// An id that cannot exist, of the kind that the parameter's schema wants: letters, digits, `-` and `_`
/// alone.
pub fn unknown_id(operation: &Operation, parameter: &str) -> Option<Value> {
    let parameter = operation.parameter(Location::Path, parameter)?;
    let Some(schema) = parameter.value_schema() else { return Some(Value::from("no-such-object")) };
    let candidates = [
        Value::from(2_147_483_646_u32),
        Value::from("00000000-0000-4000-8000-00000000dead"),
        Value::from("no-such-object"),
        Value::from("no_such_object"),
        Value::from("nosuchobject"),
        Value::from("ffffffffffffffffffffffff"),
        Value::from("NOSUCHOBJECT"),
    ];
    candidates.into_iter().find(|value| schema.is_valid(Direction::Request, value) == Ok(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use serde_json::json;

    #[test]
    fn collections_are_inferred() {
        let list = json!({"200": {"content": {"application/json": {"schema": {
            "type": "object", "properties": {
                "tags": {"type": "array", "items": {"type": "string"}},
                "rows": {"type": "array", "items": {"type": "object"}},
            },
        }}}}});
        let plain = json!({"200": {}});
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {
                "/shops/{shop}/pets/": {"get": {"responses": list}, "post": {"responses": plain}},
                "/shops/{shop}/pets/{petId}/": {"get": {"responses": plain}, "delete": {"responses": plain}},
                "/shops/{shop}/pets/{petId}/feed/": {"post": {"responses": plain}},
            }}),
        );
        let (contract, _) = build("t", &document).unwrap();
        let resources = Resources::of(&contract, &[]);
        let feed = &contract.operations[4];
        assert_eq!(resources.target(feed), Some("petId"));
        let pets = &resources.collections[resources.of_parameter(4, "petId").unwrap()];
        assert_eq!(pets.path, "/shops/{shop}/pets");
        let list = pets.list.as_ref().unwrap();
        assert_eq!((list.operation, list.entries.as_str()), (0, "/rows"));
        assert_eq!((pets.create, pets.destroy), (Some(1), Some(3)));
        assert_eq!(resources.created_by(1), Some(1));
        let at = resources.of_parameter(4, "petId");
        for name in ["pet_id", "petId", "pet_ids"] {
            assert_eq!(resources.reference(name), at, "{name}");
        }
        assert_eq!(resources.reference("_id").or(resources.reference("cat_id")), None);
    }

    #[test]
    fn parameters_of_one_place_may_have_several_names() {
        let plain = json!({"200": {}});
        let list = json!({"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}});
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/pets": {"get": {"responses": list}, "post": {"responses": plain}},
            "/pets/{name}": {"get": {"responses": plain}},
            "/pets/{pet_id}": {"delete": {"responses": plain}},
            "/pets/{name}/toys": {"get": {"responses": list}},
            "/pets/{pet_id}/toys": {"post": {"responses": plain}},
        }});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let resources = Resources::of(&contract, &[]);
        let pets = &resources.collections[resources.at("/pets").unwrap()];
        assert_eq!((pets.retrieve, pets.destroy), (Some(2), Some(3)));
        let toys = &resources.collections[resources.at("/pets/{x}/toys").unwrap()];
        assert_eq!(toys.create, Some(5));
        assert!(!is_same_path("/pets/{a}", "/pets/a") && !is_same_path("/pets", "/pets/{a}"));
    }

    #[test]
    fn ids() {
        assert_eq!(id_of(&json!({"id": 3}), "petId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"name": "x"}), "pet_name"), Some(&json!("x")));
        assert_eq!(id_of(&json!({"id": null}), "id"), None);
        for text in ["a-1_B", "UGV0OjE=", "a.b", "urn:x:1", "user@example.com"] {
            assert!(is_safe_id(text), "{text}");
        }
        for text in ["..", ".", "", "a/b", "a b", "a?b", "a%2fb", "a\\b", "a;b", "a#b"] {
            assert!(!is_safe_id(text), "{text}");
        }
    }
}
