//! A collection: where its items live, and what the document can do with them.

use std::convert::Infallible;

use http::Method;
use serde_json::Value;

use super::collection_id::CollectionId;
use super::id::id_name;
use super::listing::{Listing, listing};
use super::names;
use crate::config::state::{State, View};
use crate::contract::path::Template;
use crate::contract::schema::View as Described;
use crate::contract::{
    Contract, Direction, Location, Operation, OperationId, ResponseDoc, Schema, parameter,
};

/// Keywords that give a text a form.
const FORMS: &[&str] = &["format", "pattern", "enum", "const"];

/// A collection: the path in front of an item's id, or a path that lists.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Path template up to the id, without a trailing slash.
    pub path: String,
    /// The parameter that names an item; `id` where no path names one.
    pub parameter: String,
    /// The collection whose item the last parameter of the path names.
    pub parent: Option<CollectionId>,
    /// GET on the collection, where its answer holds a list.
    pub list: Option<Listing>,
    /// A query that lists, where GET does not, and where the entries are.
    pub finder: Option<(OperationId, String)>,
    /// GET on the collection, where its answer is a dictionary of the items.
    pub dictionary: Option<OperationId>,
    /// GET on the collection, where the document does not say what it answers: it may list items.
    pub unsaid: Option<OperationId>,
    /// The collection that what is made at its path comes to, where that is another one.
    pub kept_at: Option<CollectionId>,
    /// The POST that makes an item.
    pub create: Option<OperationId>,
    /// GET on the item.
    pub retrieve: Option<OperationId>,
    /// PATCH on the item.
    pub update: Option<OperationId>,
    /// PUT on the item.
    pub replace: Option<OperationId>,
    /// PUT or PATCH on the collection, where its body names the item.
    pub change: Option<OperationId>,
    /// DELETE on the item, be it a documented refusal.
    pub destroy: Option<OperationId>,
    /// How an object is hidden without being destroyed.
    pub soft_delete: Option<SoftDelete>,
    /// What the configuration says about it.
    pub told: Option<State>,
    /// Whether a path of the document names its items.
    pub has_item_path: bool,
    /// Whether an id of its items may be any text, as far as the document says.
    pub takes_any_text: bool,
    /// What the document says of which of its objects exist.
    pub existence: Existence,
    template: Template,
}

/// Things that are something done to what they are below: to make one is to act.
const DEEDS: &str = "\
    action build command deployment execution invocation migration operation payment refund restore rollback rollout \
    run transfer trigger upgrade";

/// Whether a word names things that are done to what they are below: `runs`, `flow_executions`.
fn is_deed(word: &str) -> bool {
    names::words(word)
        .last()
        .is_some_and(|last| DEEDS.split_whitespace().any(|deed| deed == names::singular(last)))
}

impl Collection {
    /// The collection at a path, with what the document has for it; `told`, from the configuration, wins.
    pub(super) fn of(contract: &Contract, path: &str, parameter: &str, told: Option<&State>) -> Self {
        let item = format!("{path}/{{{parameter}}}");
        let at = |wanted: &str, method: &Method| {
            let mut operations = contract.with_path(wanted);
            let found = operations.find(|o| o.method == *method && is_same_path(o.path(), wanted));
            found.map(|operation| operation.index)
        };
        let list = at(path, &Method::GET).and_then(|index| listing(contract.at(index)?, told));
        let is_dictionary = |get: &&Operation| {
            let contents = get.successes().into_iter().flat_map(|response| &response.content);
            let mut schemas = contents.filter_map(|content| content.schema.as_deref());
            schemas.any(|schema| schema.is_dictionary(Direction::Response))
        };
        let get = at(path, &Method::GET).filter(|_| list.is_none());
        let dictionary = get.and_then(|id| contract.at(id)).filter(is_dictionary).map(|get| get.index);
        let unsaid = get.filter(|_| dictionary.is_none());
        let unsaid =
            unsaid.and_then(|id| contract.at(id)).filter(|get| says_nothing(get)).map(|get| get.index);
        let update = at(&item, &Method::PATCH);
        let replace = at(&item, &Method::PUT);
        let soft_delete = match told.and_then(|told| told.soft_delete.as_ref().map(|member| (told, member))) {
            Some((told, member)) => Some(SoftDelete {
                member: member.clone(),
                from_list: Some(told.hidden_from.contains(&View::List)),
                from_retrieve: Some(told.hidden_from.contains(&View::Retrieve)),
            }),
            None => update.or(replace).and_then(|index| hides(contract.at(index)?)),
        };
        Self {
            path: path.to_owned(),
            parameter: parameter.to_owned(),
            parent: None,
            list,
            finder: None,
            dictionary,
            unsaid,
            kept_at: None,
            create: None,
            retrieve: at(&item, &Method::GET),
            update,
            replace,
            destroy: at(&item, &Method::DELETE),
            change: [Method::PUT, Method::PATCH].iter().find_map(|method| {
                at(path, method).filter(|index| {
                    contract.at(*index).is_some_and(|operation| sends_id(operation, parameter))
                })
            }),
            soft_delete,
            told: told.cloned(),
            has_item_path: false,
            takes_any_text: true,
            existence: Existence::default(),
            template: Template::parse(path),
        }
    }

    /// Whether an id in the path of an operation may be any text.
    pub(super) fn takes_any_text_at(operation: &Operation, parameter: &str) -> bool {
        let schema = operation.parameter(Location::Path, parameter).and_then(|known| known.value_schema());
        schema.is_none_or(|schema| Self::is_free_text(&Described::of(schema, Direction::Request)))
    }

    /// Whether a place may hold any text, and nothing else.
    pub(super) fn is_free_text(view: &Described<'_>) -> bool {
        let kinds = view.kinds();
        let has_form = |node: &Value| FORMS.iter().any(|keyword| node.get(*keyword).is_some());
        kinds.string && !kinds.integer && !kinds.object && !view.nodes().any(has_form)
    }

    /// Whether an object is for the owner of the key that created it alone.
    pub fn is_private(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.private)
    }

    /// The parameters of its path, above the item's own.
    pub fn depth(&self) -> usize {
        self.template.names().len()
    }

    /// What its path calls one of the objects above its items.
    pub fn parent_name(&self, position: usize) -> Option<&String> {
        self.template.names().get(position)
    }

    /// The last word of its path.
    pub fn word(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether to make one of its objects is to do something to the object above it.
    pub fn holds_deeds(&self) -> bool {
        self.depth() > 0 && is_deed(self.word())
    }

    /// Its path below the objects with these ids. A placeholder without an id stays.
    pub fn path_below(&self, ids: &[&str]) -> String {
        let mut ids = ids.iter();
        let mut next = |name: &str| {
            Ok::<_, Infallible>(ids.next().map_or_else(|| format!("{{{name}}}"), |id| (*id).to_owned()))
        };
        let path = self.template.fill(&mut next).unwrap_or_else(|never| match never {});
        path.trim_end_matches('/').to_owned()
    }

    /// Whether a path is its own, below whatever objects.
    pub fn has_path(&self, path: &str) -> bool {
        self.template.matches(path)
    }

    /// The path of an item, by the ids of the objects above it and its own; `None` where one is missing.
    pub fn item_path(&self, ids: &[Value]) -> Option<String> {
        let mut ids = ids.iter();
        let item = Template::parse(&format!("{}/{{{}}}", self.path, self.parameter));
        item.fill(|_| ids.next().map(|id| parameter::escape(&parameter::text(id))).ok_or(())).ok()
    }

    /// Whether the document has an operation that lists, creates or reads its objects. Of any
    /// other collection it is unknown what exists.
    pub fn is_known(&self) -> bool {
        self.list.is_some() || self.retrieve.is_some() || self.create.is_some()
    }

    /// Whether the document has an operation that lists or creates its objects, so that it is known
    /// which exist. The value in the path of any other collection may be a plain value.
    pub fn is_counted(&self) -> bool {
        self.list.is_some() || self.create.is_some()
    }

    /// Finds out what the document says of which objects exist.
    pub(super) fn find_existence(&self, contract: &Contract) -> Existence {
        if self.list.is_some() || (self.told.is_some() && self.is_known()) {
            return Existence::Named;
        }
        let Some(create) = self.create.and_then(|index| contract.at(index)) else { return Existence::Unsaid };
        let has_id = |response: &&ResponseDoc| {
            let contents = response.content.iter().filter(|content| content.is_json());
            contents.filter_map(|content| content.schema.as_ref()).any(|schema| {
                let fields = schema.fields(Direction::Response, &[]);
                let shown = fields.keys().map(|name| (name.clone(), Value::from("x"))).collect();
                id_name(&Value::Object(shown), &self.parameter).is_some()
            })
        };
        let is_named = create.documents(201) || create.successes().iter().any(has_id);
        if is_named { Existence::Named } else { Existence::Made }
    }

    /// Whether its list, or the answer to its create, names objects that its path can ask for.
    pub fn names_objects(&self) -> bool {
        self.existence == Existence::Named
    }
}

/// What a document says of which objects of a collection exist. It decides which ids a run calls unknown, and
/// whether a mock lets objects appear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Existence {
    /// Nothing: any may be there.
    #[default]
    Unsaid,
    /// What was made exists; but no answer names it, so that nobody can tell of others that they do not.
    Made,
    /// What is listed, or what the answers to a create name.
    Named,
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

/// What an operation is to the collection that it works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// GET on the collection.
    List,
    /// What makes an object.
    Create,
    /// GET on an object.
    Retrieve,
    /// PATCH on an object.
    Update,
    /// PUT on an object.
    Replace,
    /// DELETE on an object.
    Destroy,
    /// A change of the object that the body names.
    Change,
}

/// Whether the body of a request is an object with an id of its own.
fn sends_id(operation: &Operation, parameter: &str) -> bool {
    let contents = operation.body.iter().flat_map(|body| &body.content);
    let schema = contents.into_iter().find_map(|content| content.schema.as_deref());
    schema.is_some_and(|schema| {
        let fields = schema.fields(Direction::Request, &[]);
        let sent = fields.keys().map(|name| (name.clone(), Value::from("x"))).collect();
        id_name(&Value::Object(sent), parameter).is_some()
    })
}

/// The boolean member of an update that, by its name, hides the object.
fn hides(update: &Operation) -> Option<SoftDelete> {
    let body = update.body.as_ref()?.content.iter().find(|content| content.is_json())?;
    let fields = body.schema.as_ref()?.fields(Direction::Request, &[]);
    let names = ["deleted", "is_deleted", "isdeleted", "archived", "is_archived", "isarchived"];
    fields
        .iter()
        .find(|(name, field)| field.kinds.boolean && names.contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, _)| SoftDelete { member: name.clone(), from_list: None, from_retrieve: None })
}

/// A template without the names of its parameters.
pub fn nameless(path: &str) -> String {
    let pieces = path.trim_end_matches('/').split(['{', '}']).enumerate();
    pieces.map(|(at, text)| if at % 2 == 0 { text } else { "{}" }).collect()
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

/// Whether a document leaves open what the success of an operation looks like: no content, no schema, one that nobody can
/// read, or one without members.
fn says_nothing(operation: &Operation) -> bool {
    let contents: Vec<_> = operation.successes().into_iter().flat_map(|response| &response.content).collect();
    let is_open = |schema: &Schema| {
        schema.compile(Direction::Response).is_err() || schema.fields(Direction::Response, &[]).is_empty()
    };
    contents.iter().all(|content| content.is_json() || content.media_type == "*/*")
        && contents.iter().all(|content| content.schema.as_deref().is_none_or(is_open))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn at(path: &str) -> Collection {
        let paths = json!({"/elsewhere": {"get": {"responses": {"200": {}}}}});
        let tree = json!({"openapi": "3.1.0", "paths": paths});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        Collection::of(&contract, path, "pet", None)
    }

    #[rstest]
    #[case("/shops/{shop}/pets", &["1", "2"], "/shops/1/pets")]
    #[case("/shops/{shop}/v{version}/pets", &["1", "2"], "/shops/1/v2/pets")]
    #[case("/pets", &["1"], "/pets")]
    #[case("/shops/{shop}/pets", &[], "/shops/{shop}/pets")]
    #[case("", &["1"], "")]
    fn placeholders_take_ids(#[case] template: &str, #[case] ids: &[&str], #[case] path: &str) {
        assert_eq!(at(template).path_below(ids), path);
    }

    #[rstest]
    #[case("/shops/{shop}/pets", json!(["a b", 7]), Some("/shops/a%20b/pets/7"))]
    #[case("/shops/{shop}/pets", json!([7]), None)]
    #[case("/pets", json!([7]), Some("/pets/7"))]
    #[case("", json!([7]), Some("/7"))]
    fn items_have_paths(#[case] template: &str, #[case] ids: Value, #[case] path: Option<&str>) {
        assert_eq!(at(template).item_path(ids.as_array().unwrap()).as_deref(), path);
    }

    #[rstest]
    #[case("/shops/1/pets", true)]
    #[case("/shops/1/pets/2", false)]
    #[case("/shops/1", false)]
    #[case("/zoos/1/pets", false)]
    fn paths_of_a_collection(#[case] path: &str, #[case] expected: bool) {
        let pets = at("/shops/{shop}/pets");
        assert_eq!(pets.has_path(path), expected);
        assert_eq!((pets.depth(), pets.word()), (1, "pets"));
    }

    #[rstest]
    #[case("/pets/{a}", "/pets/{b}/", true)]
    #[case("/pets/{a}", "/pets/a", false)]
    #[case("/pets", "/pets/{a}", false)]
    fn names_of_parameters_are_no_part_of_a_path(
        #[case] one: &str,
        #[case] other: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(is_same_path(one, other), expected);
    }
}
