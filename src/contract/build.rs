//! Tree to model, leniently: what cannot be used becomes a [`Problem`] and stops nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::access::ScopeTable;
use super::model::{
    Contract, Encoding, HeaderDoc, Location, MediaBody, Operation, Parameter, RequestBody, Requirement,
    ResponseDoc, Scheme, SchemeKind, StatusKey, Style,
};
use super::path::{Router, Template};
use super::schema::{Dialect, Pool, Schema};
use super::upgrade::{self, Moved};
use crate::document::{Document, Problem, pointer};

/// The methods that a Path Item Object names (OpenAPI 3.2 §4.9).
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Builds the contract of a document. `name` is what its fixtures and snapshots are kept under.
///
/// # Errors
/// Every problem found, where nothing of the document can be used: it is no OpenAPI document, its
/// version is not supported, or it has no operation.
pub fn build(name: &str, document: &Document) -> Result<(Contract, Vec<Problem>), Vec<Problem>> {
    let is_swagger = document.tree.get("swagger").map(text_of).is_some_and(|v| v.starts_with("2."));
    if !is_swagger {
        return modern(name, document, Moved::default());
    }
    let (tree, moved) = upgrade::swagger(&document.tree);
    let upgraded = Document { tree: Arc::new(tree), ..document.clone() };
    let lead_back = |problems: &mut Vec<Problem>, moved: &Moved| {
        for problem in problems {
            if problem.place.file == document.name {
                problem.place.pointer = moved.source(&problem.place.pointer);
            }
        }
    };
    match modern(name, &upgraded, moved) {
        Ok((contract, mut problems)) => {
            lead_back(&mut problems, &contract.moved);
            Ok((contract, problems))
        }
        Err(mut problems) => {
            lead_back(&mut problems, &upgrade::swagger(&document.tree).1);
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
            "an OpenAPI document is one object".to_owned(),
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
                "supported are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2",
            );
        }
        None if root.contains_key("swagger") => {
            return refuse(
                "/swagger",
                "this version of Swagger is not supported".to_owned(),
                "supported are Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2",
            );
        }
        None => {
            return refuse(
                "",
                "the key `openapi` is missing".to_owned(),
                "an OpenAPI document begins with `openapi: 3.1.0`",
            );
        }
    };
    let mut builder = Builder {
        document,
        dialect,
        pool: Pool::new(document.clone(), dialect),
        schemas: HashMap::new(),
        problems: &mut problems,
    };
    let (servers, base_paths) = builder.servers();
    let schemes = builder.schemes();
    let operations = builder.operations(&schemes);
    if operations.is_empty() {
        problems.push(
            Problem::error(document.place("/paths"), "the document has no operation that can be used")
                .help("operations stand under `paths`, by path and method"),
        );
        return Err(problems);
    }
    let mut router = Router::default();
    let mut scopes = ScopeTable::default();
    for operation in &operations {
        router.insert(&operation.template, operation.index);
        for scope in operation.security.iter().flat_map(|r| &r.scopes) {
            scopes.insert(scope);
        }
    }
    let info = |key: &str| root.get("info").and_then(|info| info.get(key)).map(text_of).unwrap_or_default();
    let contract = Contract {
        name: name.to_owned(),
        title: info("title"),
        version: info("version"),
        operations,
        schemes,
        servers,
        base_paths,
        scopes,
        document: document.clone(),
        moved,
        router,
    };
    Ok((contract, problems))
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
    problems: &'p mut Vec<Problem>,
}

/// A node with the pointer under which it really stands.
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

    /// Follows Reference Objects to the node they stand for.
    fn follow(&mut self, node: Node<'d>) -> Option<Node<'d>> {
        let start = node.pointer.clone();
        let mut node = node;
        for _ in 0..64 {
            let Some(reference) = node.text("$ref") else { return Some(node) };
            let target = reference.strip_prefix('#').map(super::schema_pointer);
            let Some(target) = target else {
                // Told already, when what it names was not brought.
                return None;
            };
            let Some(next) = self.at(&target) else {
                self.problem(
                    &pointer::join(&node.pointer, "$ref"),
                    format!("the reference {reference:?} leads nowhere"),
                    "what stands here is left out",
                );
                return None;
            };
            node = next;
        }
        self.problem(&start, "the reference leads in a circle", "what stands here is left out");
        None
    }

    fn schema(&mut self, node: &Node<'d>) -> Arc<Schema> {
        // A bare reference is the schema it names, so that both share one validator.
        let mut at = node.pointer.clone();
        let mut value = node.value;
        let mut seen = HashSet::new();
        while let Some(object) = value.as_object()
            && let Some(reference) = object.get("$ref").and_then(Value::as_str)
            && (object.len() == 1 || self.dialect == Dialect::OpenApi30)
            && let Some(target) = reference.strip_prefix('#').map(super::schema_pointer)
            && seen.insert(target.clone())
            && let Some(next) = self.document.at(&target)
        {
            at = target;
            value = next;
        }
        let pool = &self.pool;
        Arc::clone(self.schemas.entry(at).or_insert_with_key(|at| Schema::new(pool, at.clone())))
    }

    fn servers(&mut self) -> (Vec<String>, Vec<String>) {
        let mut addresses = Vec::new();
        let mut paths: Vec<String> = Vec::new();
        let Some(servers) = self.at("/servers") else { return (addresses, paths) };
        for server in servers.items() {
            let Some(template) = server.text("url") else {
                self.warn(&server.pointer, "a server without `url`", "it is passed over");
                continue;
            };
            let mut url = template.to_owned();
            for (name, variable) in server.get("variables").iter().flat_map(Node::members) {
                let default = variable.value.get("default").map(text_of).unwrap_or_default();
                url = url.replace(&format!("{{{name}}}"), &default);
            }
            let url = url.trim_end_matches('/').to_owned();
            let path = match url.split_once("://") {
                Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
                None => url.as_str(),
            };
            if path.starts_with('/') && !path.contains(['{', '?', '#']) && !paths.iter().any(|p| p == path) {
                paths.push(path.to_owned());
            }
            if url.contains("://") && !addresses.contains(&url) {
                addresses.push(url);
            }
        }
        (addresses, paths)
    }

    fn schemes(&mut self) -> IndexMap<String, Scheme> {
        let mut schemes = IndexMap::new();
        let Some(documented) = self.at("/components/securitySchemes") else { return schemes };
        for (name, node) in documented.members() {
            let Some(node) = self.follow(node) else { continue };
            let kind = match node.text("type").unwrap_or_default() {
                "http" => match node.text("scheme").unwrap_or_default().to_ascii_lowercase().as_str() {
                    "bearer" => SchemeKind::Bearer,
                    "basic" => SchemeKind::Basic,
                    other => SchemeKind::Http(other.to_owned()),
                },
                "oauth2" | "openIdConnect" => SchemeKind::Bearer,
                "apiKey" => {
                    let location = match node.text("in") {
                        Some("query") => Location::Query,
                        Some("cookie") => Location::Cookie,
                        _ => Location::Header,
                    };
                    SchemeKind::ApiKey(location, node.text("name").unwrap_or_default().to_owned())
                }
                "mutualTLS" => SchemeKind::MutualTls,
                other => {
                    self.warn(
                        &node.pointer,
                        format!("the security scheme type {other:?} is not known"),
                        "known are http, apiKey, oauth2, openIdConnect and mutualTLS; no credential can be sent for it",
                    );
                    SchemeKind::Unknown(other.to_owned())
                }
            };
            let token_paths = node
                .get("flows")
                .iter()
                .flat_map(Node::members)
                .filter_map(|(_, flow)| flow.text("tokenUrl").map(path_of))
                .collect();
            schemes.insert(name.to_owned(), Scheme { name: name.to_owned(), kind, token_paths });
        }
        schemes
    }

    fn operations(&mut self, schemes: &IndexMap<String, Scheme>) -> Vec<Operation> {
        let mut operations: Vec<Operation> = Vec::new();
        let mut ids: HashSet<String> = HashSet::new();
        let Some(paths) = self.at("/paths") else { return operations };
        for (path, item) in paths.members() {
            if path.starts_with("x-") {
                continue;
            }
            if !path.starts_with('/') {
                self.problem(
                    &item.pointer,
                    format!("the path {path:?} does not begin with `/`"),
                    "it is left out",
                );
                continue;
            }
            let (bare, added) = super::path::parts(path);
            if !added.is_empty() {
                self.warn(
                    &item.pointer,
                    format!("{added:?} is no part of a path"),
                    &format!("the operations stand at {bare:?}; describe a query by parameters"),
                );
            }
            // What stands beside a reference goes before what it names (OpenAPI 3.1 §4.8.9).
            let own = item.clone();
            let Some(item) = self.follow(item) else { continue };
            let member = |name: &str| own.get(name).or_else(|| item.get(name));
            let shared = self.parameters(member("parameters").as_ref());
            let usual = METHODS.iter().filter_map(|method| Some((*method, member(method)?)));
            let others = member("additionalOperations");
            let others = others.iter().flat_map(Node::members);
            for (method, node) in usual.chain(others) {
                if !node.value.is_object() {
                    self.problem(&node.pointer, "an operation is an object", "it is left out");
                    continue;
                }
                let Ok(verb) = http::Method::from_bytes(verb(method).as_bytes()) else {
                    self.problem(&node.pointer, format!("{method:?} is no method"), "it is left out");
                    continue;
                };
                let index = operations.len();
                let mut operation = self.operation((index, path, verb), &node, &shared, schemes);
                let named = operation.id.clone();
                let mut count = 1;
                while !ids.insert(operation.id.clone()) {
                    count += 1;
                    operation.id = format!("{named}-{count}");
                }
                if count > 1 {
                    self.warn(
                        &pointer::join(&node.pointer, "operationId"),
                        format!("the operationId {named:?} is used twice"),
                        &format!("this one is called {:?}", operation.id),
                    );
                }
                operations.push(operation);
            }
        }
        operations
    }

    fn operation(
        &mut self,
        (index, path, method): (usize, &str, Method),
        node: &Node<'d>,
        shared: &[Node<'d>],
        schemes: &IndexMap<String, Scheme>,
    ) -> Operation {
        let template = Template::parse(path);
        let id = match node.text("operationId").filter(|id| !id.trim().is_empty()) {
            Some(id) => id.to_owned(),
            None => made_up_id(&method.as_str().to_ascii_lowercase(), path),
        };
        let own = self.parameters(node.get("parameters").as_ref());
        let mut parameters: Vec<Parameter> = Vec::new();
        for node in shared.iter().chain(&own) {
            if let Some(parameter) = self.parameter(node) {
                parameters
                    .retain(|known| known.location != parameter.location || known.name != parameter.name);
                parameters.push(parameter);
            }
        }
        self.check_path_parameters(&template, &mut parameters, node);
        let body = node.get("requestBody").and_then(|body| self.follow(body)).map(|body| RequestBody {
            required: body.flag("required").unwrap_or(false),
            content: self.content(body.get("content").as_ref()),
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
            template,
            summary: summary.unwrap_or_default().trim().to_owned(),
            tags: node
                .get("tags")
                .iter()
                .flat_map(Node::items)
                .filter_map(|tag| tag.value.as_str().map(str::to_owned))
                .collect(),
            parameters,
            body,
            responses,
            security: self.security(node, schemes),
            pointer: node.pointer.clone(),
        }
    }

    fn parameters(&mut self, list: Option<&Node<'d>>) -> Vec<Node<'d>> {
        list.into_iter().flat_map(Node::items).filter_map(|node| self.follow(node)).collect()
    }

    fn parameter(&mut self, node: &Node<'d>) -> Option<Parameter> {
        let Some(name) = node.text("name") else {
            self.problem(&node.pointer, "a parameter without `name`", "it is left out");
            return None;
        };
        let location = match node.text("in") {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            Some("header") => Location::Header,
            Some("cookie") => Location::Cookie,
            Some("querystring") => {
                self.warn(
                    &node.pointer,
                    format!("the parameter {name:?} is the whole query string, which is not supported"),
                    "it is left out; describe its members as query parameters",
                );
                return None;
            }
            other => {
                self.problem(
                    &node.pointer,
                    format!("the parameter {name:?} stands in {:?}", other.unwrap_or("nothing")),
                    "`in` is path, query, header or cookie; the parameter is left out",
                );
                return None;
            }
        };
        // OpenAPI 3.1 §4.8.12.1: these three are described elsewhere and ignored as parameters.
        if location == Location::Header
            && ["accept", "content-type", "authorization"].contains(&name.to_ascii_lowercase().as_str())
        {
            return None;
        }
        let style = self.style(node, location);
        let content = node.get("content").map(|content| self.content(Some(&content)));
        Some(Parameter {
            name: name.to_owned(),
            location,
            required: location == Location::Path || node.flag("required").unwrap_or(false),
            style,
            explode: node.flag("explode").unwrap_or(style == Style::Form),
            allow_reserved: node.flag("allowReserved").unwrap_or(false),
            schema: node.get("schema").map(|schema| self.schema(&schema)),
            content: content.and_then(|content| content.into_iter().next()),
            examples: self.examples(node),
            pointer: node.pointer.clone(),
        })
    }

    fn style(&mut self, node: &Node<'d>, location: Location) -> Style {
        let usual = match location {
            Location::Query | Location::Cookie => Style::Form,
            Location::Path | Location::Header => Style::Simple,
        };
        // OpenAPI 3.1 §4.8.12.2: each style belongs to some locations.
        let known = match (node.text("style"), location) {
            (None, _) => Some(usual),
            // OpenAPI 3.2: like form, except for escapes.
            (Some("cookie"), Location::Cookie) | (Some("form"), Location::Query | Location::Cookie) => {
                Some(Style::Form)
            }
            (Some("simple"), Location::Path | Location::Header) => Some(Style::Simple),
            (Some("label"), Location::Path) => Some(Style::Label),
            (Some("matrix"), Location::Path) => Some(Style::Matrix),
            (Some("spaceDelimited"), Location::Query) => Some(Style::SpaceDelimited),
            (Some("pipeDelimited"), Location::Query) => Some(Style::PipeDelimited),
            (Some("deepObject"), Location::Query) => Some(Style::DeepObject),
            _ => None,
        };
        known.unwrap_or_else(|| {
            let written = node.text("style").unwrap_or_default();
            self.warn(
                &pointer::join(&node.pointer, "style"),
                format!("{written:?} is no style of a {location} parameter"),
                "the usual one is taken",
            );
            usual
        })
    }

    /// Every `{name}` of the path needs its parameter; a parameter that the path does not name can
    /// never be sent.
    fn check_path_parameters(
        &mut self,
        template: &Template,
        parameters: &mut Vec<Parameter>,
        node: &Node<'d>,
    ) {
        for name in template.names() {
            if !parameters.iter().any(|p| p.location == Location::Path && p.name == *name) {
                self.warn(
                    &node.pointer,
                    format!("the path parameter {name:?} is not described"),
                    "any text is taken for it",
                );
                parameters.push(Parameter {
                    name: name.clone(),
                    location: Location::Path,
                    required: true,
                    style: Style::Simple,
                    explode: false,
                    allow_reserved: false,
                    schema: None,
                    content: None,
                    examples: Vec::new(),
                    pointer: node.pointer.clone(),
                });
            }
        }
        let (_, added) = super::path::parts(template.as_str());
        for parameter in parameters.iter_mut().filter(|p| p.location == Location::Path) {
            // Written into the path's query, it is a parameter of the query.
            if !template.names().contains(&parameter.name)
                && added.contains(&format!("{{{}}}", parameter.name))
            {
                parameter.location = Location::Query;
                parameter.style = Style::Form;
            }
        }
        let mut lost = Vec::new();
        parameters.retain(|p| {
            let keep = p.location != Location::Path || template.names().contains(&p.name);
            if !keep {
                lost.push((p.name.clone(), p.pointer.clone()));
            }
            keep
        });
        for (name, at) in lost {
            self.warn(
                &at,
                format!("the path {:?} has no parameter {name:?}", template.as_str()),
                "it is left out",
            );
        }
    }

    fn content(&mut self, content: Option<&Node<'d>>) -> Vec<MediaBody> {
        let mut bodies = Vec::new();
        for (name, node) in content.into_iter().flat_map(Node::members) {
            let media_type = name.split(';').next().unwrap_or(name).trim().to_ascii_lowercase();
            let Some(node) = self.follow(node) else { continue };
            if node.value.get("itemSchema").is_some() {
                self.warn(
                    &pointer::join(&node.pointer, "itemSchema"),
                    "`itemSchema` is not supported",
                    "the items of such a stream are not judged",
                );
            }
            bodies.push(MediaBody {
                media_type,
                schema: node.get("schema").map(|schema| self.schema(&schema)),
                examples: self.examples(&node),
                encoding: self.encoding(&node),
                pointer: node.pointer,
            });
        }
        bodies
    }

    /// Encoding Objects (OpenAPI 3.1 §4.8.15).
    fn encoding(&mut self, body: &Node<'d>) -> Vec<Encoding> {
        let mut encodings = Vec::new();
        for (name, node) in body.get("encoding").iter().flat_map(Node::members) {
            let types = node.text("contentType").unwrap_or_default().split(',');
            let types = types.map(|range| range.split(';').next().unwrap_or_default().trim());
            let is_styled = ["style", "explode", "allowReserved"].iter().any(|key| node.get(key).is_some());
            let schema = body.get("schema").and_then(|schema| self.property(schema, name, 0));
            encodings.push(Encoding {
                name: name.to_owned(),
                content_types: types.filter(|t| !t.is_empty()).map(str::to_ascii_lowercase).collect(),
                parameter: is_styled.then(|| {
                    let style = self.style(&node, Location::Query);
                    Parameter {
                        name: name.to_owned(),
                        location: Location::Query,
                        required: false,
                        style,
                        explode: node.flag("explode").unwrap_or(style == Style::Form),
                        allow_reserved: node.flag("allowReserved").unwrap_or(false),
                        schema: schema.map(|schema| self.schema(&schema)),
                        content: None,
                        examples: Vec::new(),
                        pointer: node.pointer.clone(),
                    }
                }),
            });
        }
        encodings
    }

    /// The schema of a member, also through references and `allOf`.
    fn property(&mut self, schema: Node<'d>, name: &str, depth: usize) -> Option<Node<'d>> {
        if depth > 16 {
            return None;
        }
        let schema = self.follow(schema)?;
        if let Some(found) = schema.get("properties").and_then(|properties| properties.get(name)) {
            return Some(found);
        }
        let parts: Vec<Node<'d>> = schema.get("allOf").iter().flat_map(Node::items).collect();
        parts.into_iter().find_map(|part| self.property(part, name, depth + 1))
    }

    fn examples(&mut self, node: &Node<'d>) -> Vec<(String, Value)> {
        let mut examples = Vec::new();
        if let Some(example) = node.value.get("example") {
            examples.push(("example".to_owned(), example.clone()));
        }
        for (name, example) in node.get("examples").iter().flat_map(Node::members) {
            let Some(example) = self.follow(example) else { continue };
            let value = example.value.get("value").or_else(|| example.value.get("dataValue"));
            if let Some(value) = value {
                examples.push((name.to_owned(), value.clone()));
            }
        }
        examples
    }

    fn responses(&mut self, operation: &Node<'d>) -> Vec<ResponseDoc> {
        let mut responses: Vec<ResponseDoc> = Vec::new();
        let documents =
            operation.get("responses").is_some_and(|r| r.members().any(|(key, _)| !key.starts_with("x-")));
        if !documents {
            self.warn(
                &operation.pointer,
                "the operation documents no response",
                "any success without content is taken for right; document its responses",
            );
            responses.push(ResponseDoc {
                status: StatusKey::Default,
                description: String::new(),
                headers: Vec::new(),
                content: Vec::new(),
                pointer: operation.pointer.clone(),
            });
        }
        for (key, node) in operation.get("responses").iter().flat_map(Node::members) {
            if key.starts_with("x-") {
                continue;
            }
            let Some(status) = StatusKey::parse(key) else {
                self.problem(
                    &node.pointer,
                    format!("{key:?} is no status"),
                    "a response is keyed by 100 to 599, 1XX to 5XX or default; it is left out",
                );
                continue;
            };
            let Some(node) = self.follow(node) else { continue };
            let mut headers = Vec::new();
            for (name, header) in node.get("headers").iter().flat_map(Node::members) {
                // OpenAPI 3.1 §4.8.17: a documented Content-Type header is ignored.
                if name.eq_ignore_ascii_case("content-type") {
                    continue;
                }
                let Some(header) = self.follow(header) else { continue };
                headers.push(HeaderDoc {
                    name: name.to_owned(),
                    required: header.flag("required").unwrap_or(false),
                    schema: header.get("schema").map(|schema| self.schema(&schema)),
                    pointer: header.pointer,
                });
            }
            responses.push(ResponseDoc {
                status,
                description: node.text("description").unwrap_or_default().to_owned(),
                headers,
                content: self.content(node.get("content").as_ref()),
                pointer: node.pointer,
            });
        }
        if responses.is_empty() {
            self.warn(
                &operation.pointer,
                "the operation documents no response",
                "no answer of it can be judged",
            );
        }
        responses
    }

    fn security(&mut self, operation: &Node<'d>, schemes: &IndexMap<String, Scheme>) -> Vec<Requirement> {
        let Some(list) = operation.get("security").or_else(|| self.at("/security")) else {
            return Vec::new();
        };
        let elsewhere: Vec<String> = strings(operation.value.get("x-required-scopes"));
        let mut requirements = Vec::new();
        for requirement in list.items() {
            let mut one = Requirement { schemes: Vec::new(), scopes: Vec::new() };
            let mut is_described = true;
            for (name, scopes) in requirement.members() {
                if !schemes.contains_key(name) {
                    self.problem(
                        &scopes.pointer,
                        format!("the security scheme {name:?} is not described"),
                        "describe it under components/securitySchemes; this requirement is left out",
                    );
                    is_described = false;
                }
                one.schemes.push(name.to_owned());
                for scope in strings(Some(scopes.value)) {
                    if !one.scopes.contains(&scope) {
                        one.scopes.push(scope);
                    }
                }
            }
            if !one.schemes.is_empty() && one.scopes.is_empty() {
                one.scopes.clone_from(&elsewhere);
            }
            if is_described {
                requirements.push(one);
            }
        }
        requirements
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

fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    rest.split(['?', '#']).next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contract(tree: Value) -> (Contract, Vec<Problem>) {
        let document = Document::of("t.yaml", tree);
        build("t", &document).unwrap()
    }

    #[test]
    fn reads_what_an_operation_says() {
        let (contract, problems) = contract(json!({
            "openapi": "3.0.3",
            "info": {"title": "T", "version": 1},
            "servers": [{"url": "https://x.example/{v}/", "variables": {"v": {"default": "v1"}}}],
            "security": [{"key": ["pet:read"]}],
            "paths": {"/pets/{petId}": {
                "parameters": [{"$ref": "#/components/parameters/Pet"}],
                "get": {"responses": {"200": {"description": "x"}, "4XX": {"description": "y"}, "default": {"description": "z"}}},
                "delete": {"operationId": "drop", "security": [], "responses": {"204": {"description": "gone"}}},
            }},
            "components": {
                "parameters": {"Pet": {"name": "petId", "in": "path", "required": true, "schema": {"type": "integer"}}},
                "securitySchemes": {"key": {"type": "http", "scheme": "Bearer"}},
            },
        }));
        assert_eq!(problems, []);
        let get = &contract.operations[0];
        assert_eq!((get.id.as_str(), get.path()), ("get_pets_petId", "/pets/{petId}"));
        assert_eq!(get.scopes(), ["pet:read"]);
        assert_eq!(get.response(404).unwrap().status, StatusKey::Class(4));
        assert_eq!(get.response(500).unwrap().status, StatusKey::Default);
        assert!(get.documents(404) && !get.documents(500));
        assert!(contract.operations[1].is_open());
        assert_eq!(contract.base_paths, ["/v1"]);
        assert_eq!(contract.find("/pets/3").unwrap().operations, [0, 1]);
        assert_eq!(contract.version, "1");
    }

    #[test]
    fn one_broken_part_stops_nothing_else() {
        let (contract, problems) = contract(json!({
            "openapi": "3.1.0",
            "paths": {
                "bad": {},
                "/a/{x}": {"get": {
                    "operationId": "a",
                    "parameters": [{"in": "query"}, {"$ref": "#/nowhere"}, {"$ref": "#/loop"}, {"name": "q", "in": "body"}],
                    "responses": {"2000": {}},
                }},
                "/b": {"get": {"operationId": "a", "responses": {"200": {}}}, "put": 1},
            },
            "loop": {"$ref": "#/loop"},
        }));
        assert_eq!(contract.operations.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["a", "a-2"]);
        let mut places: Vec<_> = problems.iter().map(|p| p.place.pointer.as_str()).collect();
        places.sort_unstable();
        assert_eq!(
            places,
            [
                "/paths/bad",
                "/paths/~1a~1{x}/get",
                "/paths/~1a~1{x}/get",
                "/paths/~1a~1{x}/get/parameters/0",
                "/paths/~1a~1{x}/get/parameters/1/$ref",
                "/paths/~1a~1{x}/get/parameters/2",
                "/paths/~1a~1{x}/get/parameters/3",
                "/paths/~1a~1{x}/get/responses/2000",
                "/paths/~1b/get/operationId",
                "/paths/~1b/put",
            ]
        );
    }

    #[test]
    fn what_is_no_openapi_document_is_refused() {
        for tree in [
            json!([]),
            json!({}),
            json!({"swagger": "2.0"}),
            json!({"openapi": "4.0"}),
            json!({"openapi": "3.0.0", "paths": {}}),
        ] {
            let document = Document::of("t", tree);
            assert!(build("t", &document).is_err());
        }
    }
}
