//! Rewrites Swagger 2.0 to OpenAPI 3.0, so that other modules need not know the difference.
//!
//! Every part remembers its place in the original document, for problems and findings.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::document::FILES;
use crate::document::pointer;
use schema::upgraded_schema;

mod references;
mod schema;

/// Where parts of an upgraded tree stood before: new pointer, old pointer; the longest fits best.
#[derive(Debug, Default)]
pub struct Moved {
    parts: HashMap<String, String>,
    /// Path items that are defined elsewhere.
    items: HashMap<String, String>,
}

impl Moved {
    /// The pointer in the document itself.
    pub fn source(&self, at: &str) -> String {
        longest(&self.items, &longest(&self.parts, at))
    }

    fn note(&mut self, new: impl Into<String>, old: impl Into<String>) {
        self.parts.insert(new.into(), old.into());
    }
}

/// The pointer with the longest new beginning that fits replaced by the old one.
fn longest(moved: &HashMap<String, String>, at: &str) -> String {
    let mut new = at;
    loop {
        if let Some(old) = moved.get(new) {
            return format!("{old}{}", at.get(new.len()..).unwrap_or_default());
        }
        let Some((above, _)) = new.rsplit_once('/') else { return at.to_owned() };
        new = above;
    }
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch"];
/// What a parameter or a header says of its value beside a schema (Swagger 2.0, Parameter Object).
const VALUE: &[&str] = &[
    "type",
    "format",
    "items",
    "default",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "enum",
    "multipleOf",
];

/// How the items of a list are separated, where no style of OpenAPI 3 says so.
pub(super) const COLLECTION_FORMAT: &str = "x-collection-format";

/// `collectionFormat` as a style. Lists of forms are written as those of the query are.
fn list_style(described: &Value, in_query: bool) -> Map<String, Value> {
    let mut out = Map::new();
    match described.get("collectionFormat").and_then(Value::as_str) {
        Some(format @ ("ssv" | "pipes" | "tsv")) => {
            out.insert(COLLECTION_FORMAT.to_owned(), json!(format));
            out.insert("explode".to_owned(), json!(false));
        }
        format if in_query => {
            out.insert("style".to_owned(), json!("form"));
            out.insert("explode".to_owned(), json!(format == Some("multi")));
        }
        _ => {}
    }
    out
}

/// The tree of a Swagger 2.0 document as OpenAPI 3.0.
pub(super) fn swagger(tree: &Value) -> (Value, Moved) {
    let mut moved = Moved::default();
    let root = tree.as_object().cloned().unwrap_or_default();
    let upgrade = Upgrade { root: &root };
    let mut out = Map::new();
    out.insert("openapi".to_owned(), json!("3.0.3"));
    for name in ["info", "tags", "security", "externalDocs"] {
        if let Some(value) = root.get(name) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(files) = root.get(FILES) {
        out.insert(FILES.to_owned(), upgraded_schema(files));
    }
    out.insert("servers".to_owned(), upgrade.servers());
    let mut components = Map::new();
    let members = |name: &str| root.get(name).and_then(Value::as_object).into_iter().flatten();
    let schemas: Map<String, Value> =
        members("definitions").map(|(name, schema)| (name.clone(), upgraded_schema(schema))).collect();
    moved.note("/components/schemas", "/definitions");
    let schemes: Map<String, Value> =
        members("securityDefinitions").map(|(name, scheme)| (name.clone(), scheme_of(scheme))).collect();
    moved.note("/components/securitySchemes", "/securityDefinitions");
    components.insert("schemas".to_owned(), Value::Object(schemas));
    components.insert("securitySchemes".to_owned(), Value::Object(schemes));
    out.insert("components".to_owned(), Value::Object(components));
    let mut paths = Map::new();
    for (path, item) in members("paths") {
        let at = pointer::join("/paths", path);
        paths.insert(path.clone(), upgrade.item(&at, item, &mut moved));
    }
    out.insert("paths".to_owned(), Value::Object(paths));
    for name in ["parameters", "responses"] {
        if let Some(section) = root.get(name) {
            // Nothing reads them here but references to what is inside.
            out.insert(name.to_owned(), upgraded_schema(section));
        }
    }
    let mut tree = Value::Object(out);
    references::lead_on(&mut tree, &moved.parts);
    (tree, moved)
}

struct Upgrade<'r> {
    root: &'r Map<String, Value>,
}

impl Upgrade<'_> {
    fn texts(&self, own: Option<&Value>, name: &str) -> Vec<String> {
        let list =
            own.and_then(|own| own.get(name)).or_else(|| self.root.get(name)).and_then(Value::as_array);
        let texts: Vec<String> =
            list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        if texts.is_empty() { vec!["application/json".to_owned()] } else { texts }
    }

    fn servers(&self) -> Value {
        let text = |name: &str| self.root.get(name).and_then(Value::as_str).unwrap_or_default();
        let base = text("basePath").trim_end_matches('/');
        if text("host").is_empty() {
            return json!([{ "url": if base.is_empty() { "/" } else { base } }]);
        }
        let schemes = self.root.get("schemes").and_then(Value::as_array);
        let mut schemes: Vec<&str> = schemes.into_iter().flatten().filter_map(Value::as_str).collect();
        if schemes.is_empty() {
            schemes.push("https");
        }
        schemes.iter().map(|scheme| json!({ "url": format!("{scheme}://{}{base}", text("host")) })).collect()
    }

    /// A local reference, followed.
    fn followed<'v>(&'v self, value: &'v Value, at: &str) -> (&'v Value, String) {
        let mut found = (value, at.to_owned());
        for _ in 0..16 {
            let Some(target) = found.0.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/"))
            else {
                break;
            };
            let mut steps = target.splitn(2, '/');
            let first = steps.next().and_then(|name| self.root.get(name));
            let rest = steps.next().map(|rest| format!("/{rest}")).unwrap_or_default();
            let Some(next) = first.and_then(|first| first.pointer(&rest)) else { break };
            found = (next, format!("/{target}"));
        }
        found
    }

    fn item(&self, at: &str, item: &Value, moved: &mut Moved) -> Value {
        let (item, stands) = self.followed(item, at);
        if stands != at {
            moved.items.insert(at.to_owned(), stands);
        }
        let Some(item) = item.as_object() else { return item.clone() };
        let mut out = Map::new();
        let shared = item.get("parameters");
        let shared_at = format!("{at}/parameters");
        for (name, value) in item {
            if METHODS.contains(&name.as_str()) && value.is_object() {
                let own = format!("{at}/{name}");
                out.insert(name.clone(), self.operation(&own, value, (shared, &shared_at), moved));
            } else if name != "parameters" {
                out.insert(name.clone(), upgraded_schema(value));
            }
        }
        Value::Object(out)
    }

    fn operation(
        &self,
        at: &str,
        operation: &Value,
        (shared, shared_at): (Option<&Value>, &str),
        moved: &mut Moved,
    ) -> Value {
        let mut out = Map::new();
        for (name, value) in operation.as_object().into_iter().flatten() {
            if !["parameters", "consumes", "produces", "responses", "schemes"].contains(&name.as_str()) {
                out.insert(name.clone(), value.clone());
            }
        }
        let consumes = self.texts(Some(operation), "consumes");
        // The operation's own go before those of the path, and replace them by place and name.
        let mut all: Vec<(&Value, String)> = Vec::new();
        let mut known = HashSet::new();
        for (list, list_at) in
            [(operation.get("parameters"), format!("{at}/parameters")), (shared, shared_at.to_owned())]
        {
            for (index, parameter) in list.and_then(Value::as_array).into_iter().flatten().enumerate() {
                let found = self.followed(parameter, &format!("{list_at}/{index}"));
                let text = |name: &str| found.0.get(name).and_then(Value::as_str);
                if known.insert((text("in"), text("name"))) {
                    all.push(found);
                }
            }
        }
        let mut parameters = Vec::new();
        let mut form: Vec<(&Value, String)> = Vec::new();
        for (parameter, old) in all {
            match parameter.get("in").and_then(Value::as_str) {
                Some("body") => {
                    let schema = upgraded_schema(parameter.get("schema").unwrap_or(&Value::Null));
                    let example = parameter.get("x-example");
                    let content: Map<String, Value> = consumes
                        .iter()
                        .map(|media_type| {
                            let new = format!(
                                "{}/schema",
                                pointer::join(&format!("{at}/requestBody/content"), media_type)
                            );
                            moved.note(new, format!("{old}/schema"));
                            let mut body = json!({ "schema": schema });
                            if let (Some(body), Some(example)) = (body.as_object_mut(), example) {
                                body.insert("example".to_owned(), example.clone());
                            }
                            (media_type.clone(), body)
                        })
                        .collect();
                    let required = parameter.get("required").cloned().unwrap_or(Value::Bool(false));
                    out.insert("requestBody".to_owned(), json!({ "content": content, "required": required }));
                    moved.note(format!("{at}/requestBody"), old);
                }
                Some("formData") => form.push((parameter, old)),
                _ => {
                    let new = format!("{at}/parameters/{}", parameters.len());
                    moved.note(format!("{new}/schema"), old.clone());
                    moved.note(new, old);
                    parameters.push(Self::parameter(parameter));
                }
            }
        }
        if !form.is_empty() {
            out.insert("requestBody".to_owned(), Self::form(at, &form, &consumes, moved));
        }
        out.insert("parameters".to_owned(), Value::Array(parameters));
        out.insert("responses".to_owned(), self.responses(at, operation, moved));
        Value::Object(out)
    }

    /// A parameter with its value described by a schema, and `collectionFormat` as a style.
    fn parameter(parameter: &Value) -> Value {
        let mut out = Map::new();
        for (name, value) in parameter.as_object().into_iter().flatten() {
            if !VALUE.contains(&name.as_str()) && name != "collectionFormat" {
                out.insert(name.clone(), value.clone());
            }
        }
        if parameter.get("type").and_then(Value::as_str) == Some("array") {
            let in_query = parameter.get("in").and_then(Value::as_str) == Some("query");
            out.extend(list_style(parameter, in_query));
        }
        if let Some(example) = parameter.get("x-example") {
            out.insert("example".to_owned(), example.clone());
        }
        out.insert("schema".to_owned(), Self::value(parameter));
        Value::Object(out)
    }

    /// What a parameter, an item or a header says of its value, as a schema.
    fn value(described: &Value) -> Value {
        let mut schema = Map::new();
        for name in VALUE {
            if let Some(value) = described.get(*name) {
                schema.insert((*name).to_owned(), value.clone());
            }
        }
        // Lists inside lists would need separators of their own, which no style has.
        if let Some(items) =
            schema.get_mut("items").filter(|items| items.get("type") == Some(&json!("array")))
        {
            let format = items.get("collectionFormat").cloned().unwrap_or_else(|| json!("csv"));
            *items = json!({ "type": "string", COLLECTION_FORMAT: format });
        }
        upgraded_schema(&Value::Object(schema))
    }

    fn form(at: &str, fields: &[(&Value, String)], consumes: &[String], moved: &mut Moved) -> Value {
        let has_file =
            fields.iter().any(|(field, _)| field.get("type").and_then(Value::as_str) == Some("file"));
        let is_form = |media_type: &&String| {
            media_type.starts_with("multipart/") || media_type.ends_with("x-www-form-urlencoded")
        };
        let mut types: Vec<String> = consumes.iter().filter(is_form).cloned().collect();
        if types.is_empty() {
            let usual = if has_file { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
            types.push(usual.to_owned());
        }
        let name = |field: &Value| field.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_required = |field: &Value| field.get("required") == Some(&Value::Bool(true));
        let properties: Map<String, Value> =
            fields.iter().map(|(field, _)| (name(field), Self::value(field))).collect();
        let required: Vec<String> =
            fields.iter().filter(|(field, _)| is_required(field)).map(|(field, _)| name(field)).collect();
        let lists = fields.iter().filter(|(f, _)| f.get("type").and_then(Value::as_str) == Some("array"));
        let encoding: Map<String, Value> =
            lists.map(|(field, _)| (name(field), Value::Object(list_style(field, true)))).collect();
        let mut content = Map::new();
        for media_type in types {
            let schema_at =
                format!("{}/schema", pointer::join(&format!("{at}/requestBody/content"), &media_type));
            for (field, old) in fields {
                moved.note(pointer::join(&format!("{schema_at}/properties"), &name(field)), old.clone());
            }
            let mut schema = json!({ "type": "object", "properties": properties });
            if let Some(schema) = schema.as_object_mut().filter(|_| !required.is_empty()) {
                schema.insert("required".to_owned(), json!(required));
            }
            content.insert(media_type, json!({ "schema": schema, "encoding": encoding }));
        }
        moved.note(format!("{at}/requestBody"), format!("{at}/parameters"));
        json!({ "content": content, "required": !required.is_empty() })
    }

    fn responses(&self, at: &str, operation: &Value, moved: &mut Moved) -> Value {
        let produces = self.texts(Some(operation), "produces");
        let mut out = Map::new();
        for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten()
        {
            if status.starts_with("x-") {
                continue;
            }
            let new = pointer::join(&format!("{at}/responses"), status);
            let (found, old) = self.followed(response, &new);
            let mut upgraded = Map::new();
            upgraded.insert(
                "description".to_owned(),
                found.get("description").cloned().unwrap_or_else(|| json!("")),
            );
            let examples = found.get("examples").and_then(Value::as_object);
            let schema = found.get("schema");
            let shown = examples.into_iter().flatten().map(|(media_type, _)| media_type.clone());
            if schema.is_some() || examples.is_some_and(|examples| !examples.is_empty()) {
                // Without a schema there are just the examples.
                let mut types = if schema.is_some() { produces.clone() } else { Vec::new() };
                types.extend(shown.filter(|t| schema.is_none() || !produces.contains(t)));
                let mut content = Map::new();
                for media_type in types {
                    let content_at = pointer::join(&format!("{new}/content"), &media_type);
                    moved.note(format!("{content_at}/schema"), format!("{old}/schema"));
                    let schema = schema.map(|schema| ("schema".to_owned(), upgraded_schema(schema)));
                    let mut body: Map<String, Value> = schema.into_iter().collect();
                    if let Some(example) = examples.and_then(|examples| examples.get(&media_type)) {
                        moved.note(
                            format!("{content_at}/example"),
                            pointer::join(&format!("{old}/examples"), &media_type),
                        );
                        body.insert("example".to_owned(), example.clone());
                    }
                    content.insert(media_type, Value::Object(body));
                }
                upgraded.insert("content".to_owned(), Value::Object(content));
            }
            let headers = found.get("headers").and_then(Value::as_object);
            let headers: Map<String, Value> = headers
                .into_iter()
                .flatten()
                .map(|(name, header)| {
                    let header_at = pointer::join(&format!("{new}/headers"), name);
                    moved.note(format!("{header_at}/schema"), pointer::join(&format!("{old}/headers"), name));
                    let mut upgraded = list_style(header, false);
                    upgraded.insert("schema".to_owned(), Self::value(header));
                    (name.clone(), Value::Object(upgraded))
                })
                .collect();
            if !headers.is_empty() {
                upgraded.insert("headers".to_owned(), Value::Object(headers));
            }
            moved.note(new, old);
            out.insert(status.clone(), Value::Object(upgraded));
        }
        Value::Object(out)
    }
}

/// Security Definitions (Swagger 2.0) as Security Schemes.
fn scheme_of(scheme: &Value) -> Value {
    let text = |name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "basic" => json!({ "type": "http", "scheme": "basic" }),
        "oauth2" => {
            let flow = match text("flow") {
                "application" => "clientCredentials",
                "accessCode" => "authorizationCode",
                other => other,
            };
            let mut inside = Map::new();
            for name in ["authorizationUrl", "tokenUrl", "scopes"] {
                if let Some(value) = scheme.get(name) {
                    inside.insert(name.to_owned(), value.clone());
                }
            }
            json!({ "type": "oauth2", "flows": { flow: inside } })
        }
        _ => scheme.clone(),
    }
}

#[cfg(test)]
mod tests;
