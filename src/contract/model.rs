use std::fmt;
use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;
use serde_json::Value;

use super::path::{Found, Router, Template};
use super::schema::Schema;
use super::scopes::ScopeTable;
use super::swagger2::Moved;
use crate::document::{Document, Place};

/// What a document promises, in one form for every OpenAPI version.
#[derive(Debug)]
pub struct Contract {
    /// The name files are kept under: `fixtures/<name>/…`, `snapshots/<name>/…`.
    pub name: String,
    /// `info.title`; empty where there is none.
    pub title: String,
    /// `info.version`; empty where there is none.
    pub version: String,
    /// Operations in the document's order.
    pub operations: Vec<Operation>,
    /// Security schemes by name.
    pub schemes: IndexMap<String, Scheme>,
    /// Absolute addresses of the documented servers, without a trailing slash.
    pub servers: Vec<String>,
    /// Paths of the documented servers, without a trailing slash; never empty strings.
    pub base_paths: Vec<String>,
    /// Every scope that the document names, for looking grants up.
    pub scopes: ScopeTable,
    /// The document itself, for places and for `openapi.json`.
    pub document: Document,
    /// Where parts of an upgraded document stand in the document itself.
    pub(super) moved: Moved,
    pub(super) router: Router,
}

impl Contract {
    /// Finds the path item for a request path (percent-encoded, base path taken off). A literal
    /// segment goes before a templated one; a trailing slash is optional.
    pub fn find<'c, 'p>(&'c self, path: &'p str) -> Option<Found<'c, 'p>> {
        self.router.find(path)
    }

    /// The operation of that name.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Whether nothing in the document says that a key is needed, or how one is sent.
    pub fn declares_no_security(&self) -> bool {
        self.schemes.is_empty() && self.operations.iter().all(|operation| operation.security.is_empty())
    }

    /// A place in the document.
    pub fn place(&self, pointer: &str) -> Place {
        self.document.place(self.moved.source(pointer))
    }
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`, else made from method and path; unique in the contract.
    pub id: String,
    /// Position in [`Contract::operations`].
    pub index: usize,
    /// The method.
    pub method: Method,
    /// The path template.
    pub template: Template,
    /// `summary`, else the first line of `description`; empty where there is neither.
    pub summary: String,
    /// `tags`.
    pub tags: Vec<String>,
    /// Parameters of the operation and its path item, the operation's own winning.
    pub parameters: Vec<Parameter>,
    /// The request body, where one is documented.
    pub body: Option<RequestBody>,
    /// Documented responses, in the document's order.
    pub responses: Vec<ResponseDoc>,
    /// Alternatives, any one of which is enough; empty where no credential is asked.
    pub security: Vec<Requirement>,
    /// Query parameters that carry a key in some scheme of the document.
    pub query_keys: Vec<String>,
    /// JSON pointer of the operation.
    pub pointer: String,
}

impl Operation {
    /// The path template as it is written in the document.
    pub fn path(&self) -> &str {
        self.template.as_str()
    }

    /// The response that documents a status: by its own code, else by class, else `default`
    /// (OpenAPI 3.1 §4.8.16).
    pub fn response(&self, status: u16) -> Option<&ResponseDoc> {
        self.responses
            .iter()
            .filter(|response| response.status.covers(status))
            .min_by_key(|response| response.status)
    }

    /// Whether a status is documented by its own code or class, `default` apart.
    pub fn documents(&self, status: u16) -> bool {
        self.response(status).is_some_and(|r| r.status != StatusKey::Default)
    }

    /// The documented statuses that count as success: each 2xx; where there is none, each 3xx, then
    /// `default`; where there is neither, the documented refusal (a 405), then whatever else is
    /// documented.
    pub fn successes(&self) -> Vec<&ResponseDoc> {
        let of = |keep: &dyn Fn(StatusKey) -> bool| -> Vec<&ResponseDoc> {
            self.responses.iter().filter(|r| keep(r.status)).collect()
        };
        let two = of(&|key| matches!(key, StatusKey::Code(200..=299) | StatusKey::Class(2)));
        if !two.is_empty() {
            return two;
        }
        let three = of(&|key| matches!(key, StatusKey::Code(300..=399) | StatusKey::Class(3)));
        if !three.is_empty() {
            return three;
        }
        let default = of(&|key| key == StatusKey::Default);
        if !default.is_empty() {
            return default;
        }
        let refusal = of(&|key| key == StatusKey::Code(405));
        if refusal.is_empty() { self.responses.iter().collect() } else { refusal }
    }

    /// Whether an answer with this status is the operation's documented success.
    pub fn is_success(&self, status: u16) -> bool {
        self.successes().iter().any(|response| match response.status {
            StatusKey::Default => (200..300).contains(&status),
            key => key.covers(status),
        })
    }

    /// The parameter of that place and name; header names ignore case.
    pub fn parameter(&self, location: Location, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| {
            parameter.location == location
                && match location {
                    Location::Header => parameter.name.eq_ignore_ascii_case(name),
                    _ => parameter.name == name,
                }
        })
    }

    /// Whether a name of the query belongs to another parameter than this, or to a key, or is a wish of
    /// the client's to the mock.
    pub fn is_taken(&self, name: &str, by_other_than: &Parameter) -> bool {
        let is_parameter = |other: &Parameter| other.name == name && other.name != by_other_than.name;
        name.starts_with("__")
            || self.query_keys.iter().any(|key| key == name)
            || self.parameters_in(Location::Query).any(is_parameter)
    }

    /// Parameters of one place.
    pub fn parameters_in(&self, location: Location) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.location == location)
    }

    /// Whether the method is safe (RFC 9110 §9.2.1, and QUERY).
    pub fn is_safe(&self) -> bool {
        self.method.is_safe() || self.method.as_str() == "QUERY"
    }

    /// Whether the operation can be called without a credential.
    pub fn is_open(&self) -> bool {
        self.security.is_empty() || self.security.iter().any(|r| r.schemes.is_empty())
    }

    /// The schemes of the first alternative that asks for a credential.
    pub fn schemes(&self) -> &[String] {
        let first = self.security.iter().find(|requirement| !requirement.schemes.is_empty());
        first.map_or(&[], |requirement| &requirement.schemes)
    }

    /// The scopes of the first alternative that asks for a credential, in the document's order.
    pub fn scopes(&self) -> &[String] {
        self.security
            .iter()
            .find(|requirement| !requirement.schemes.is_empty())
            .map_or(&[], |requirement| &requirement.scopes)
    }
}

/// One way to be let in: all of its schemes and all of its scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Names of security schemes; empty for `{}`, which asks for nothing.
    pub schemes: Vec<String>,
    /// Scopes in the order written.
    pub scopes: Vec<String>,
}

/// How a credential is presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Its name under `securitySchemes`.
    pub name: String,
    /// What it is.
    pub kind: SchemeKind,
    /// Paths of its token addresses (OAuth2), for a mock that hands out tokens.
    pub token_paths: Vec<String>,
    /// Scopes that its flows offer (OAuth2), in the document's order; operations may require others.
    pub offered: Vec<String>,
}

/// Kinds of security scheme (OpenAPI 3.1 §4.8.27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemeKind {
    /// `Authorization: Bearer …`; OAuth2 and OpenID Connect come as this too (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617).
    Basic,
    /// `Authorization: NAME …`.
    Http(String),
    /// A key in a header, a query parameter or a cookie.
    ApiKey(Location, String),
    /// Mutual TLS: nothing in the message.
    MutualTls,
    /// A type that is not known; kept, and said in a Problem.
    Unknown(String),
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header field.
    Header,
    /// In a cookie.
    Cookie,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        })
    }
}

/// How a parameter's value is written (OpenAPI 3.1 §4.8.12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the specification's own words")]
pub enum Style {
    Form,
    Simple,
    Label,
    Matrix,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    /// `tsv` of Swagger 2.0, for which OpenAPI 3 has no word.
    TabDelimited,
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// Whether it must be sent.
    pub required: bool,
    /// How a value is written.
    pub style: Style,
    /// Whether arrays and objects are written as several pairs.
    pub explode: bool,
    /// Whether reserved characters may stand unescaped.
    pub allow_reserved: bool,
    /// The schema, where it is described by one.
    pub schema: Option<Arc<Schema>>,
    /// The media type whose text the value is, where it is described by `content`.
    pub content: Option<MediaBody>,
    /// Documented example values.
    pub examples: Vec<(String, Value)>,
    /// JSON pointer of the parameter.
    pub pointer: String,
}

impl Parameter {
    /// The schema of the value, from `schema` or from `content`.
    pub fn value_schema(&self) -> Option<&Arc<Schema>> {
        self.schema.as_ref().or_else(|| self.content.as_ref()?.schema.as_ref())
    }
}

/// A documented request body.
#[derive(Debug)]
pub struct RequestBody {
    /// Whether it must be sent.
    pub required: bool,
    /// Media types in the document's order.
    pub content: Vec<MediaBody>,
    /// JSON pointer.
    pub pointer: String,
}

/// One media type (or range) of a body.
#[derive(Debug)]
pub struct MediaBody {
    /// `application/json`, `text/*`, …, lower case, without parameters.
    pub media_type: String,
    /// The schema, where there is one.
    pub schema: Option<Arc<Schema>>,
    /// The schema of each item of a stream (OpenAPI 3.2: `itemSchema`).
    pub item_schema: Option<Arc<Schema>>,
    /// Named examples; the nameless `example` is called `example`.
    pub examples: Vec<(String, Value)>,
    /// How members of a form are written, where that is documented.
    pub encoding: Vec<Encoding>,
    /// JSON pointer.
    pub pointer: String,
}

/// How one member of a form is written (OpenAPI 3.1 §4.8.15 Encoding Object).
#[derive(Debug)]
pub struct Encoding {
    /// The member.
    pub name: String,
    /// The media types or ranges that its part may have; empty where any.
    pub content_types: Vec<String>,
    /// `style`, `explode` and `allowReserved`, where one of them is given: the member is then
    /// written as a query parameter is.
    pub parameter: Option<Parameter>,
}

impl Encoding {
    /// How a list is written that stands in one part as a whole; `None` where each item has a part of
    /// its own.
    pub fn one_piece(&self) -> Option<&Parameter> {
        let styled = self.parameter.as_ref()?;
        let kinds = styled.value_schema()?.shape().kinds;
        (!styled.explode && kinds.array && !kinds.string).then_some(styled)
    }
}

/// Whether a media type or range covers a media type (RFC 9110 §12.5.1).
pub(super) fn covers(range: &str, media_type: &str) -> bool {
    range == media_type
        || range == "*/*"
        || range
            .strip_suffix('*')
            .is_some_and(|prefix| prefix.ends_with('/') && media_type.starts_with(prefix))
}

impl MediaBody {
    /// How a member of a form is written, where that is documented.
    pub fn encoding(&self, name: &str) -> Option<&Encoding> {
        self.encoding.iter().find(|encoding| encoding.name == name)
    }

    /// Whether this entry describes a body of that media type (RFC 9110 §12.5.1 for ranges).
    pub fn covers(&self, media_type: &str) -> bool {
        covers(&self.media_type, media_type)
    }

    /// Whether its bodies are JSON: `application/json`, `…+json`.
    pub fn is_json(&self) -> bool {
        is_json(&self.media_type)
    }
}

/// Whether a media type is JSON by name or by suffix (RFC 6839 §3.1).
pub fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json") || media_type == "text/json"
}

/// The most specific entry that covers a media type.
pub fn content_for<'c>(content: &'c [MediaBody], media_type: &str) -> Option<&'c MediaBody> {
    content
        .iter()
        .filter(|body| body.covers(media_type))
        .max_by_key(|body| (!body.media_type.contains('*'), body.media_type.len()))
}

/// One documented response.
#[derive(Debug)]
pub struct ResponseDoc {
    /// Which statuses it documents.
    pub status: StatusKey,
    /// `description`.
    pub description: String,
    /// Documented headers, `Content-Type` apart.
    pub headers: Vec<HeaderDoc>,
    /// Media types; empty where no content is documented.
    pub content: Vec<MediaBody>,
    /// JSON pointer.
    pub pointer: String,
}

impl ResponseDoc {
    /// The entry for a media type.
    pub fn content_for(&self, media_type: &str) -> Option<&MediaBody> {
        content_for(&self.content, media_type)
    }
}

impl RequestBody {
    /// The entry for a media type.
    pub fn content_for(&self, media_type: &str) -> Option<&MediaBody> {
        content_for(&self.content, media_type)
    }
}

/// One documented response header.
#[derive(Debug)]
pub struct HeaderDoc {
    /// Its name as written.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// Its schema.
    pub schema: Option<Arc<Schema>>,
    /// How its value is written: as a parameter in a header field is.
    pub parameter: Parameter,
    /// JSON pointer.
    pub pointer: String,
}

/// Whether a response with that status never has content, whatever is documented (RFC 9110 §6.4.1,
/// §15.3.5 and §15.3.6).
pub fn is_without_content(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 205 | 304)
}

/// The key of a response: `200`, `4XX`, `default`. Ordered from specific to general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusKey {
    /// One status.
    Code(u16),
    /// `4XX` as 4.
    Class(u16),
    /// Every status that nothing else documents.
    Default,
}

impl StatusKey {
    /// Reads a key of the Responses Object.
    pub fn parse(key: &str) -> Option<Self> {
        if key.eq_ignore_ascii_case("default") {
            return Some(Self::Default);
        }
        let bytes = key.as_bytes();
        if bytes.len() == 3 && bytes[1..].eq_ignore_ascii_case(b"XX") && (b'1'..=b'5').contains(&bytes[0]) {
            return Some(Self::Class(u16::from(bytes[0] - b'0')));
        }
        let code: u16 = key.parse().ok()?;
        (100..=599).contains(&code).then_some(Self::Code(code))
    }

    /// Whether it documents that status.
    pub fn covers(self, status: u16) -> bool {
        match self {
            Self::Code(code) => code == status,
            Self::Class(class) => status / 100 == class,
            Self::Default => true,
        }
    }
}

impl fmt::Display for StatusKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Class(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("200", Some(StatusKey::Code(200)))]
    #[case("4xx", Some(StatusKey::Class(4)))]
    #[case("default", Some(StatusKey::Default))]
    #[case("20", None)]
    #[case("9XX", None)]
    fn status_keys(#[case] key: &str, #[case] parsed: Option<StatusKey>) {
        assert_eq!(StatusKey::parse(key), parsed);
    }
}
