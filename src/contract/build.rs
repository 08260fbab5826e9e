//! From the document's tree to the contract.
//!
//! Reading is lenient: a part that cannot be used becomes a [`Problem`], and the rest is still read.

mod bodies;
mod outgoing;
mod parameters;
mod references;
mod security;
mod servers;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use self::references::Known;
use super::message::{Location, Parameter, RequestBody};
use super::model::Contract;
use super::operation::{Operation, OperationId};
use super::path::{Router, Template};
use super::schema::{Dialect, Pool, Schema};
use super::scopes::ScopeTable;
use super::security::{Scheme, key_names};
use super::swagger2::{self, Moved};
use crate::document::{Document, Problem, pointer};

/// The members of a Path Item beside its methods (OpenAPI 3.2 §4.9).
const ITEM_MEMBERS: &[&str] =
    &["$ref", "summary", "description", "servers", "parameters", "additionalOperations"];
/// The methods that a Path Item Object names (OpenAPI 3.2 §4.9).
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// A path with more segments or parameters than these is not served: no address that is answered has so many, and
/// each is a step down in the router.
const MAX_PARTS: usize = 256;

/// Builds the contract of a document. `name` is what its fixtures and snapshots are kept under.
///
/// # Errors
/// Every problem found, if nothing of the document can be used: it is not an OpenAPI document, its
/// version is not supported, or it has no operation.
pub fn build(name: &str, document: &Document) -> Result<(Contract, Vec<Problem>), Vec<Problem>> {
    let is_swagger = document.tree.get("swagger").map(text_of).is_some_and(|v| v.starts_with("2."));
    if !is_swagger {
        return modern(name, document, Moved::default());
    }
    let (tree, moved) = swagger2::swagger(&document.tree);
    // Where nodes were written is asked with the pointers that they had before.
    let upgraded = Document { tree: Arc::new(tree), origins: Arc::default(), ..document.clone() };
    let lead_back = |problems: &mut Vec<Problem>, moved: &Moved| {
        for problem in problems {
            if problem.place.file == document.name {
                problem.place = document.place(moved.source(&problem.place.pointer));
            }
        }
    };
    match modern(name, &upgraded, moved) {
        Ok((mut contract, mut problems)) => {
            lead_back(&mut problems, &contract.moved);
            contract.document.origins = Arc::clone(&document.origins);
            Ok((contract, problems))
        }
        Err(mut problems) => {
            lead_back(&mut problems, &swagger2::swagger(&document.tree).1);
            Err(problems)
        }
    }
}

fn modern(name: &str, document: &Document, moved: Moved) -> Result<(Contract, Vec<Problem>), Vec<Problem>> {
    let mut problems = Vec::new();
    let refuse = |at: &str, message: String, help: &str| {
        Err(vec![Problem::error(document.place(at), message).help(help)])
    };
    let Some(root) = document.tree.as_object() else {
        return refuse(
            "",
            "an OpenAPI document is an object".to_owned(),
            "check that this is the right file",
        );
    };
    let dialect = match root.get("openapi").map(text_of) {
        Some(version) if version.starts_with("3.0") => Dialect::OpenApi30,
        Some(version) if version.starts_with("3.1") || version.starts_with("3.2") => Dialect::JsonSchema,
        Some(version) => {
            return refuse(
                "/openapi",
                format!("OpenAPI version {version:?} is not supported"),
                "supported versions are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2",
            );
        }
        None if root.contains_key("swagger") => {
            return refuse(
                "/swagger",
                "this version of Swagger is not supported".to_owned(),
                "supported versions are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2",
            );
        }
        None => {
            return refuse(
                "",
                "the key `openapi` is missing".to_owned(),
                "begin the document with `openapi: 3.1.0`",
            );
        }
    };
    let mut builder = Builder {
        document,
        dialect,
        pool: Pool::new(document.clone(), dialect),
        schemas: HashMap::new(),
        known: Known::default(),
        problems: &mut problems,
    };
    let servers = builder.at("").and_then(|root| builder.servers(&root)).unwrap_or_default();
    let schemes = builder.schemes();
    let (operations, further) = builder.operations(&schemes, &servers.base_paths);
    let webhooks = builder.webhooks(&schemes);
    let callbacks = builder.callbacks(&operations, &schemes);
    if operations.is_empty() && webhooks.is_empty() {
        problems.push(
            Problem::error(document.place("/paths"), "the document has no operation that can be used")
                .help("define operations under `paths`, by path and method"),
        );
        return Err(problems);
    }
    let all_base_paths = servers::all_base_paths(&servers.base_paths, &operations);
    let (router, scopes) = tables(&operations);
    let info = |key: &str| root.get("info").and_then(|info| info.get(key)).map(text_of).unwrap_or_default();
    let contract = Contract {
        name: name.to_owned(),
        title: info("title"),
        version: info("version"),
        schemes,
        servers: servers.addresses.into_iter().chain(further).collect(),
        base_paths: servers.base_paths,
        scopes,
        document: document.clone(),
        moved,
        paths: sorted_paths(&operations),
        operations,
        webhooks,
        callbacks,
        router,
        all_base_paths,
    };
    Ok((contract, problems))
}

/// Where requests lead, and the scopes that are asked for.
fn tables(operations: &[Operation]) -> (Router<OperationId>, ScopeTable) {
    let mut router = Router::default();
    let mut scopes = ScopeTable::default();
    for operation in operations {
        router.insert(&operation.template, operation.index);
        for scope in operation.security.iter().flat_map(|r| &r.scopes) {
            scopes.insert(scope);
        }
    }
    (router, scopes)
}

/// The paths of all operations, each once, in order.
fn sorted_paths(operations: &[Operation]) -> Vec<String> {
    let paths: BTreeSet<&str> = operations.iter().map(Operation::path).collect();
    paths.into_iter().map(str::to_owned).collect()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Builder<'d, 'p> {
    document: &'d Document,
    dialect: Dialect,
    pool: Arc<Pool>,
    schemas: HashMap<String, Arc<Schema>>,
    known: Known,
    problems: &'p mut Vec<Problem>,
}

/// A node with its real pointer.
#[derive(Clone)]
struct Node<'d> {
    value: &'d Value,
    pointer: String,
}

impl<'d> Node<'d> {
    fn get(&self, key: &str) -> Option<Node<'d>> {
        Some(Node { value: self.value.get(key)?, pointer: pointer::join(&self.pointer, key) })
    }

    fn text(&self, key: &str) -> Option<&'d str> {
        self.value.get(key)?.as_str()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.value.get(key)?.as_bool()
    }

    fn members(&self) -> impl Iterator<Item = (&'d str, Node<'d>)> + use<'d> {
        let base = self.pointer.clone();
        let members: Option<&'d Map<String, Value>> = self.value.as_object();
        members
            .into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), Node { value, pointer: pointer::join(&base, key) }))
    }

    fn items(&self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let base = self.pointer.clone();
        let items: Option<&'d Vec<Value>> = self.value.as_array();
        items
            .into_iter()
            .flatten()
            .enumerate()
            .map(move |(index, value)| Node { value, pointer: format!("{base}/{index}") })
    }
}

impl<'d> Builder<'d, '_> {
    fn problem(&mut self, at: &str, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::error(self.document.place(at), message).help(help));
    }

    fn warn(&mut self, at: &str, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::warning(self.document.place(at), message).help(help));
    }

    fn at(&self, path: &str) -> Option<Node<'d>> {
        Some(Node { value: self.document.at(path)?, pointer: path.to_owned() })
    }

    /// A list or a map of a node. By the book references stand for its members only, but many documents have
    /// one in place of the whole.
    fn section(&mut self, node: &Node<'d>, key: &str) -> Option<Node<'d>> {
        self.follow(node.get(key)?)
    }

    /// The operations, and the addresses of the servers that are theirs alone.
    fn operations(
        &mut self,
        schemes: &IndexMap<String, Scheme>,
        base_paths: &Arc<[String]>,
    ) -> (Vec<Operation>, Vec<String>) {
        let mut operations: Vec<Operation> = Vec::new();
        let mut further: Vec<String> = Vec::new();
        let mut ids: HashSet<String> = HashSet::new();
        // How often a name was taken already, so that the next one need not try all of them.
        let mut counts: HashMap<String, usize> = HashMap::new();
        let Some(paths) = self.at("/paths").and_then(|paths| self.follow(paths)) else {
            return (operations, further);
        };
        for (path, item) in paths.members() {
            if path.starts_with("x-") {
                continue;
            }
            if !path.starts_with('/') {
                self.problem(
                    &item.pointer,
                    format!("the path {path:?} does not begin with `/`"),
                    "it is ignored",
                );
                continue;
            }
            let Some(template) = self.template(path, &item.pointer) else { continue };
            let (bare, added) = super::path::parts(path);
            if !added.is_empty() {
                self.warn(
                    &item.pointer,
                    format!("a path cannot contain {added:?}"),
                    &format!("its operations are served at {bare:?}; describe the query with parameters"),
                );
            }
            // Members beside a reference override those of its target (OpenAPI 3.1 §4.8.9).
            let own = item.clone();
            let Some(item) = self.follow(item) else { continue };
            let member = |name: &str| own.get(name).or_else(|| item.get(name));
            self.say_unknown_members(&item);
            let shared = self.parameters(member("parameters"));
            let item_servers = self.servers(&own).or_else(|| self.servers(&item));
            let usual = METHODS.iter().filter_map(|method| Some((*method, member(method)?)));
            let others = member("additionalOperations");
            let others = others.iter().flat_map(Node::members);
            for (method, node) in usual.chain(others) {
                if !node.value.is_object() {
                    self.problem(&node.pointer, "an operation must be an object", "it is ignored");
                    continue;
                }
                let Ok(verb) = http::Method::from_bytes(verb(method).as_bytes()) else {
                    self.problem(&node.pointer, format!("unknown method {method:?}"), "it is ignored");
                    continue;
                };
                let index = OperationId(operations.len());
                let mut operation = self.operation((index, &template, verb), &node, &shared, schemes);
                // Servers of an operation, else of its path, stand in for the document's.
                let servers = self.servers(&node).or_else(|| item_servers.clone());
                operation.base_paths = servers
                    .as_ref()
                    .map_or_else(|| Arc::clone(base_paths), |own| Arc::clone(&own.base_paths));
                further.extend(servers.into_iter().flat_map(|own| own.addresses));
                let named = operation.id.clone();
                while !ids.insert(operation.id.clone()) {
                    let count = counts.entry(named.clone()).or_insert(1_usize);
                    *count += 1;
                    operation.id = format!("{named}-{count}");
                }
                if operation.id != named {
                    self.warn(
                        &pointer::join(&node.pointer, "operationId"),
                        format!("the operationId {named:?} is used twice"),
                        &format!("this one is renamed to {:?}", operation.id),
                    );
                }
                operations.push(operation);
            }
        }
        (operations, further)
    }

    /// What is written in a Path Item and is not one of its fixed fields (OpenAPI 3.2 §4.9), such as a method in capitals.
    fn say_unknown_members(&mut self, item: &Node<'d>) {
        for (name, member) in item.members() {
            if METHODS.contains(&name) || ITEM_MEMBERS.contains(&name) || name.starts_with("x-") {
                continue;
            }
            let lower = name.to_ascii_lowercase();
            let help = if METHODS.contains(&lower.as_str()) {
                format!("it is ignored; write {lower:?}")
            } else {
                "it is ignored".to_owned()
            };
            self.warn(&member.pointer, format!("a path has no member {name:?}"), &help);
        }
    }

    /// The template of a path; `None` where it has too many parts.
    fn template(&mut self, path: &str, at: &str) -> Option<Template> {
        let template = Template::parse(path);
        if template.segments().len() > MAX_PARTS || template.names().len() > MAX_PARTS {
            let message = format!("the path has more than {MAX_PARTS} segments or parameters");
            self.problem(at, message, "it is ignored");
            return None;
        }
        Some(template)
    }

    fn operation(
        &mut self,
        (index, template, method): (OperationId, &Template, Method),
        node: &Node<'d>,
        shared: &[Node<'d>],
        schemes: &IndexMap<String, Scheme>,
    ) -> Operation {
        let id = match node.text("operationId").filter(|id| !id.trim().is_empty()) {
            Some(id) => id.to_owned(),
            None => made_up_id(&method.as_str().to_ascii_lowercase(), template.as_str()),
        };
        let own = self.parameters(node.get("parameters"));
        let mut all: Vec<Parameter> =
            shared.iter().chain(&own).filter_map(|node| self.parameter(node)).collect();
        // The last of a name counts, in its own place.
        let mut parameters: IndexMap<(Location, String), Parameter> = IndexMap::new();
        while let Some(parameter) = all.pop() {
            parameters.entry((parameter.location, parameter.name.clone())).or_insert(parameter);
        }
        let mut parameters: Vec<Parameter> = parameters.into_values().rev().collect();
        self.check_path_parameters(template, &mut parameters, node);
        let body = node.get("requestBody").and_then(|body| self.follow(body)).map(|body| RequestBody {
            required: body.flag("required").unwrap_or(false),
            content: self.content(&body),
            pointer: body.pointer,
        });
        let responses = self.responses(node);
        let summary = node.text("summary").filter(|s| !s.is_empty()).or_else(|| {
            node.text("description").and_then(|text| text.lines().find(|line| !line.trim().is_empty()))
        });
        Operation {
            id,
            index,
            method,
            template: template.clone(),
            summary: summary.unwrap_or_default().trim().to_owned(),
            description: node.text("description").unwrap_or_default().to_owned(),
            tags: node
                .get("tags")
                .iter()
                .flat_map(Node::items)
                .filter_map(|tag| tag.value.as_str().map(str::to_owned))
                .collect(),
            parameters,
            body,
            responses,
            base_paths: Arc::default(),
            security: self.security(node, schemes),
            is_silent_on_keys: node.get("security").is_none() && self.at("/security").is_none(),
            query_keys: key_names(schemes.values(), Location::Query).map(str::to_owned).collect(),
            calls_back: node
                .value
                .get("callbacks")
                .and_then(Value::as_object)
                .is_some_and(|all| !all.is_empty()),
            pointer: node.pointer.clone(),
        }
    }
}

/// The method of a Path Item's member; `additionalOperations` spells methods as they are sent.
fn verb(name: &str) -> String {
    if METHODS.contains(&name) { name.to_ascii_uppercase() } else { name.to_owned() }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// `get_pets_petId` for `GET /pets/{petId}`.
fn made_up_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests;
