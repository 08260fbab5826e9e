//! Bodies and responses.

use serde_json::Value;

use super::{Builder, Node};
use crate::contract::body::{Framing, framing};
use crate::contract::media_type::MediaType;
use crate::contract::message::{
    Encoding, HeaderDoc, Location, MediaBody, Parameter, ResponseDoc, Style, covers, is_framing, is_json,
};
use crate::contract::status::StatusKey;
use crate::contract::swagger2::COLLECTION_FORMAT;
use crate::document::pointer;

/// The only media type of which parts are read and written.
const FORM_DATA: &str = "multipart/form-data";

/// Gives JSON without a schema that of its twin, where one of them names a charset: to JSON that says nothing (RFC 8259
/// §11), so both are the same.
fn share_schemas(bodies: &mut [MediaBody]) {
    let others = |body: &MediaBody| {
        let named = body.parameters.iter().filter(|(name, _)| name != "charset");
        named.cloned().collect::<Vec<_>>()
    };
    for at in 0..bodies.len() {
        let Some(body) = bodies.get(at).filter(|body| body.schema.is_none() && body.item_schema.is_none())
        else {
            continue;
        };
        if !is_json(&body.media_type) {
            continue;
        }
        let is_twin = |twin: &&MediaBody| twin.media_type == body.media_type && others(twin) == others(body);
        let schema = bodies.iter().filter(is_twin).find_map(|twin| twin.schema.clone());
        if let Some(body) = bodies.get_mut(at) {
            body.schema = schema;
        }
    }
}

impl<'d> Builder<'d, '_> {
    /// The media types that a body, a response, a parameter or a header documents.
    pub(super) fn content(&mut self, node: &Node<'d>) -> Vec<MediaBody> {
        let mut bodies = Vec::new();
        for (name, node) in self.section(node, "content").iter().flat_map(Node::members) {
            let MediaType { essence: media_type, parameters } = MediaType::parse(name);
            let Some(node) = self.follow(node) else { continue };
            if !media_type.contains('/') && media_type != "*" {
                self.warn(
                    &node.pointer,
                    format!("{name:?} is not a media type; expected one like application/json"),
                    "no message can have it, so this entry is never used",
                );
            }
            let is_judged = framing(&media_type).is_some_and(|framing| framing != Framing::Parts);
            if node.value.get("itemSchema").is_some() && !is_judged {
                self.warn(
                    &pointer::join(&node.pointer, "itemSchema"),
                    format!("`itemSchema` is not supported for {media_type}"),
                    "the items of such a body are not validated",
                );
            }
            let encoding = self.encoding(&node, &media_type);
            bodies.push(MediaBody {
                media_type,
                parameters,
                schema: node.get("schema").map(|schema| self.schema(&schema)),
                item_schema: node.get("itemSchema").map(|schema| self.schema(&schema)),
                examples: self.examples(&node),
                encoding,
                pointer: node.pointer,
            });
        }
        share_schemas(&mut bodies);
        bodies
    }

    /// Encoding Objects (OpenAPI 3.1 §4.8.15).
    fn encoding(&mut self, body: &Node<'d>, media_type: &str) -> Vec<Encoding> {
        let mut encodings = Vec::new();
        for (name, node) in self.section(body, "encoding").iter().flat_map(Node::members) {
            let headers = if covers(media_type, FORM_DATA) {
                self.headers(&node, "a part")
            } else {
                self.refuse_headers(&node, name, media_type);
                Vec::new()
            };
            let types = node.text("contentType").unwrap_or_default().split(',');
            let types = types.map(|range| range.split(';').next().unwrap_or_default().trim());
            let is_styled = ["style", "explode", "allowReserved", COLLECTION_FORMAT]
                .iter()
                .any(|key| node.get(key).is_some());
            let schema = body.get("schema").and_then(|schema| self.property(schema, name, 0));
            encodings.push(Encoding {
                name: name.to_owned(),
                content_types: types.filter(|t| !t.is_empty()).map(str::to_ascii_lowercase).collect(),
                headers,
                parameter: is_styled.then(|| {
                    let style = self.style(&node, Location::Query);
                    Parameter {
                        name: name.to_owned(),
                        location: Location::Query,
                        required: false,
                        style,
                        explode: node.flag("explode").unwrap_or(style == Style::Form),
                        allow_reserved: node.flag("allowReserved").unwrap_or(false),
                        allow_empty: false,
                        is_whole_query: false,
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

    /// Says that the header fields of a part count for nothing, where there are any.
    fn refuse_headers(&mut self, encoding: &Node<'d>, name: &str, media_type: &str) {
        if encoding.get("headers").is_some_and(|headers| headers.members().next().is_some()) {
            self.warn(
                &pointer::join(&encoding.pointer, "headers"),
                format!("the headers of the part {name:?} are not supported for {media_type}"),
                "they are neither validated nor sent; only multipart/form-data has parts with headers of their own",
            );
        }
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

    pub(super) fn examples(&mut self, node: &Node<'d>) -> Vec<(String, Value)> {
        let mut examples = Vec::new();
        if let Some(example) = node.value.get("example") {
            examples.push(("example".to_owned(), example.clone()));
        }
        for (name, example) in self.section(node, "examples").iter().flat_map(Node::members) {
            let Some(example) = self.follow(example) else { continue };
            let value = example.value.get("value").or_else(|| example.value.get("dataValue"));
            let value = value.or_else(|| example.value.get("serializedValue"));
            if let Some(value) = value {
                examples.push((name.to_owned(), value.clone()));
            }
        }
        examples
    }

    /// A Header Object: a parameter of style `simple` without name and place (OpenAPI 3.1 §4.8.21).
    fn header(&mut self, name: &str, node: Node<'d>) -> HeaderDoc {
        let content = self.content(&node);
        let parameter = Parameter {
            name: name.to_owned(),
            location: Location::Header,
            required: node.flag("required").unwrap_or(false),
            style: self.style(&node, Location::Header),
            explode: node.flag("explode").unwrap_or(false),
            allow_reserved: false,
            allow_empty: false,
            is_whole_query: false,
            schema: node.get("schema").map(|schema| self.schema(&schema)),
            content: content.into_iter().next(),
            examples: self.examples(&node),
            pointer: node.pointer.clone(),
        };
        HeaderDoc {
            name: name.to_owned(),
            required: parameter.required,
            schema: parameter.value_schema().cloned(),
            parameter,
            pointer: node.pointer,
        }
    }

    /// The header fields of a response, or of a part of a body.
    fn headers(&mut self, node: &Node<'d>, what: &str) -> Vec<HeaderDoc> {
        let mut headers = Vec::new();
        for (name, header) in self.section(node, "headers").iter().flat_map(Node::members) {
            // OpenAPI 3.1 §4.8.15 and §4.8.17: a documented Content-Type header is ignored.
            if name.eq_ignore_ascii_case("content-type") {
                continue;
            }
            if is_framing(name) {
                self.warn(
                    &header.pointer,
                    format!("{name} follows from how {what} is sent"),
                    "it is neither sent as documented nor checked",
                );
                continue;
            }
            let Some(header) = self.follow(header) else { continue };
            headers.push(self.header(name, header));
        }
        headers
    }

    pub(super) fn responses(&mut self, operation: &Node<'d>) -> Vec<ResponseDoc> {
        let mut responses: Vec<ResponseDoc> = Vec::new();
        let documented = self.section(operation, "responses");
        // What is only on the way (RFC 9110 §15.2).
        let is_interim = |key: &str| {
            matches!(StatusKey::parse(key), Some(StatusKey::Code(100..=199) | StatusKey::Class(1)))
        };
        let is_answer = |key: &str| !key.starts_with("x-") && !is_interim(key);
        let documents = documented.as_ref().is_some_and(|r| r.members().any(|(key, _)| is_answer(key)));
        if !documents {
            self.warn(
                &operation.pointer,
                "the operation documents no response",
                "any success without content is accepted; document its responses",
            );
            responses.push(ResponseDoc {
                status: StatusKey::Default,
                description: String::new(),
                headers: Vec::new(),
                content: Vec::new(),
                pointer: operation.pointer.clone(),
            });
        }
        for (key, node) in documented.iter().flat_map(Node::members) {
            if key.starts_with("x-") {
                continue;
            }
            if is_interim(key) {
                self.warn(
                    &node.pointer,
                    format!("{key} is no answer, but what may come before one (RFC 9110 §15.2)"),
                    "it is neither sent nor checked",
                );
                continue;
            }
            let Some(status) = StatusKey::parse(key) else {
                self.problem(
                    &node.pointer,
                    format!("invalid status {key:?}"),
                    "use 100 to 599, 1XX to 5XX or default; it is ignored",
                );
                continue;
            };
            let reference = node.clone();
            let Some(node) = self.follow(node) else {
                responses.push(self.unread(status, &reference));
                continue;
            };
            responses.push(ResponseDoc {
                status,
                description: node.text("description").unwrap_or_default().to_owned(),
                headers: self.headers(&node, "a response"),
                content: self.content(&node),
                pointer: node.pointer,
            });
        }
        if responses.is_empty() {
            self.warn(
                &operation.pointer,
                "the operation documents no response",
                "its responses cannot be validated",
            );
        }
        responses
    }

    /// A response that is described elsewhere, where nobody has read it: its status is documented, and nothing is known of
    /// its content.
    fn unread(&mut self, status: StatusKey, reference: &Node<'d>) -> ResponseDoc {
        let content = MediaBody {
            media_type: "*/*".to_owned(),
            parameters: Vec::new(),
            schema: Some(self.schema(reference)),
            item_schema: None,
            examples: Vec::new(),
            encoding: Vec::new(),
            pointer: reference.pointer.clone(),
        };
        ResponseDoc {
            status,
            description: reference.text("$ref").unwrap_or_default().to_owned(),
            headers: Vec::new(),
            content: vec![content],
            pointer: reference.pointer.clone(),
        }
    }
}
