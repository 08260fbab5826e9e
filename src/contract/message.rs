//! The documented parts of messages: parameters, bodies, responses, headers.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::body::{concrete, is_xml};
use super::media_type::{MediaType, essence, write_type};
use super::schema::Schema;
use super::status::StatusKey;

/// Where a parameter is.
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
pub enum Style {
    /// `id=5`.
    Form,
    /// `3,4,5`.
    Simple,
    /// `.5`.
    Label,
    /// `;id=5`.
    Matrix,
    /// `id=3%204`.
    SpaceDelimited,
    /// `id=3|4`.
    PipeDelimited,
    /// `id[role]=admin`.
    DeepObject,
    /// `tsv` of Swagger 2.0, for which OpenAPI 3 has no word.
    TabDelimited,
}

/// One parameter.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for a keyword of its own")]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub location: Location,
    /// Whether it must be sent.
    pub required: bool,
    /// How a value is written.
    pub style: Style,
    /// Whether arrays and objects are written as several pairs.
    pub explode: bool,
    /// Whether reserved characters may be left unescaped.
    pub allow_reserved: bool,
    /// Whether a query parameter may be sent without a value, whatever its schema says (`allowEmptyValue`).
    pub allow_empty: bool,
    /// Whether the value is the whole query string, in the media type of its `content` (OpenAPI 3.2:
    /// `in: querystring`).
    pub is_whole_query: bool,
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
    /// What the document says of it in words: of the parameter, and of its schema. In small letters, without the marks
    /// of code.
    pub fn prose(&self) -> String {
        let Some(schema) = self.value_schema() else { return String::new() };
        let own =
            schema.written(&self.pointer).and_then(|own| own.get("description")?.as_str().map(str::to_owned));
        let whole = format!("{} {}", own.unwrap_or_default(), schema.prose(&[]));
        whole.replace('`', "").to_lowercase()
    }

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
    /// Parameters of the media type: names in lower case, values without quotes.
    pub parameters: Vec<(String, String)>,
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
    /// Header fields of its part, `Content-Type` apart; only a multipart form has parts.
    pub headers: Vec<HeaderDoc>,
}

impl Encoding {
    /// How a list is written that is one part as a whole; `None` where each item has a part of
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
        || ["*/*", "*"].contains(&range)
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
        covers(&self.media_type, essence(media_type))
    }

    /// As [`MediaBody::covers`], for a media type with parameters: they must not contradict each other.
    pub fn describes(&self, media_type: &str) -> bool {
        self.covers(media_type) && MediaType::parse(media_type).agreement(&self.parameters).is_some()
    }

    /// The media type with its parameters, as messages name it: of a range, the one that is written.
    pub fn full_type(&self) -> String {
        self.with_parameters(concrete(&self.media_type))
    }

    /// A media type that it covers, with its parameters.
    pub fn with_parameters(&self, media_type: &str) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = write_type(&mut text, media_type, &self.parameters);
        text
    }

    /// Whether its bodies are JSON: `application/json`, `…+json`, or any media type at all for what has members or
    /// entries, as frameworks write where nobody said one.
    pub fn is_json(&self) -> bool {
        let may_be_text = |schema: &Arc<Schema>| schema.shape().kinds.string;
        is_json(&self.media_type)
            || (is_json(concrete(&self.media_type))
                && self.schema.as_ref().is_some_and(|schema| !may_be_text(schema)))
    }
}

/// Whether a media type is JSON by name or by suffix (RFC 6839 §3.1).
pub fn is_json(media_type: &str) -> bool {
    let media_type = essence(media_type);
    media_type == "application/json" || media_type.ends_with("+json") || media_type == "text/json"
}

/// The entry that describes a body of that media type: the one whose parameters agree best, then the most
/// specific.
pub fn content_for<'c>(content: &'c [MediaBody], media_type: &str) -> Option<&'c MediaBody> {
    // Most are sent as they are documented. Nothing is more specific, and no parameters can disagree.
    let is_plain =
        |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"/+-.".contains(&octet);
    if media_type.bytes().all(is_plain)
        && let Some(same) = content.iter().find(|body| body.media_type == media_type)
    {
        return Some(same);
    }
    let sent = MediaType::parse(media_type);
    let covering = content.iter().filter(|body| body.covers(&sent.essence));
    let agreeing = covering.filter_map(|body| Some((sent.agreement(&body.parameters)?, body)));
    let weight = |(alike, body): &(usize, &MediaBody)| {
        std::cmp::Reverse((!body.media_type.contains('*'), body.media_type.len(), *alike))
    };
    agreeing.min_by_key(weight).map(|(_, body)| body)
}

/// The entry whose bodies are objects and lists with names for their parts: JSON, else XML with a schema.
pub fn structured(content: &[MediaBody]) -> Option<&MediaBody> {
    let xml = || content.iter().find(|body| is_xml(&body.media_type) && body.schema.is_some());
    content.iter().find(|body| body.is_json()).or_else(xml)
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

/// Whether a header field says how a message is sent, not what it is: it must be true of the very message
/// (RFC 9112 §6, RFC 9110 §7.6.1 and §8.4), so it is never taken from data.
pub fn is_framing(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "content-length",
        "transfer-encoding",
        "content-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
    ];
    NAMES.iter().any(|framing| name.eq_ignore_ascii_case(framing))
}

/// Whether a header field of a request follows from where and how it is sent, so that neither a document nor a
/// configuration sets it: who sets `Host` sends what was meant for one host to another (RFC 9110 §7.2).
pub fn is_sent_by_itself(name: &str) -> bool {
    (is_framing(name) && !name.eq_ignore_ascii_case("content-encoding"))
        || ["host", "expect", "upgrade"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Whether a response with that status never has content, whatever is documented (RFC 9110 §6.4.1,
/// §15.3.5 and §15.3.6).
pub fn is_without_content(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 205 | 304)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a/b; version=1", Some(0))]
    #[case("a/b;version=\"2\"", Some(1))]
    #[case("a/b;version=2; charset=utf-8", Some(1))]
    #[case("a/b;version=3", None)]
    #[case("a/b", Some(0))]
    #[case("a/c;version=3", Some(2))]
    #[case("a/c;charset=ascii", Some(2))]
    #[case("b/c", Some(3))]
    fn parameters_tell_entries_apart(#[case] sent: &str, #[case] expected: Option<usize>) {
        let entry = |text: &str| {
            let MediaType { essence, parameters } = MediaType::parse(text);
            MediaBody {
                media_type: essence,
                parameters,
                schema: None,
                item_schema: None,
                examples: Vec::new(),
                encoding: Vec::new(),
                pointer: text.to_owned(),
            }
        };
        let documented = ["a/b; version=1", "a/b; version=2", "a/c; charset=utf-8", "*/*"];
        let content = documented.map(entry);
        // The range takes what contradicts the others.
        let expected = expected.unwrap_or(3);
        assert_eq!(content_for(&content, sent).map(|body| body.pointer.as_str()), Some(documented[expected]));
    }
}
