//! Says in words what a keyword asks for.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// So many reasons of one value are worked out.
pub(super) const MAX_REASONS: usize = 20;

/// What a keyword asks for that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub keyword: &'static str,
    pub expected: String,
    /// The member that it is about, where it is about one.
    pub member: Option<String>,
    /// The bound of a length, size or range, as it is written.
    pub limit: Option<String>,
}

impl Words {
    pub(super) fn plain(keyword: &'static str, expected: &str) -> Self {
        Self { keyword, expected: expected.to_owned(), member: None, limit: None }
    }

    /// A bound; `{}` in the text stands for it.
    pub(super) fn bound(keyword: &'static str, text: &str, limit: &impl ToString) -> Self {
        let limit = limit.to_string();
        Self { keyword, expected: text.replace("{}", &limit), member: None, limit: Some(limit) }
    }

    /// A member that must not be there.
    pub(super) fn closed(keyword: &'static str, name: &str) -> Self {
        Self { member: Some(name.to_owned()), ..Self::plain(keyword, "no other members") }
    }
}

/// A type, or one of several.
pub(super) fn any_type(names: impl Iterator<Item = impl AsRef<str>>) -> Words {
    let mut names: Vec<String> = names.map(|name| name.as_ref().to_owned()).collect();
    // What else it may be is said first.
    names.sort_by_key(|name| name == "null");
    Words::plain("type", &names.join(" or "))
}

/// What the validator found broken.
pub(super) fn of(kind: &Kind) -> Words {
    match kind {
        Kind::Type { kind: TypeKind::Single(one) } => any_type(std::iter::once(one.to_string())),
        Kind::Type { kind: TypeKind::Multiple(set) } => any_type(set.iter().map(|kind| kind.to_string())),
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            Words { member: Some(name.to_owned()), ..Words::plain("required", &format!("member {name:?}")) }
        }
        Kind::Enum { options } => Words::plain("enum", &one_of(options)),
        Kind::Constant { expected_value } => Words::plain("const", &shown(expected_value)),
        Kind::Format { format } => Words::bound("format", "{}", format),
        Kind::Pattern { pattern } => Words::bound("pattern", "text that matches {}", pattern),
        Kind::MaxLength { limit } => Words::bound("maxLength", "at most {} characters", limit),
        Kind::MinLength { limit } => Words::bound("minLength", "at least {} characters", limit),
        Kind::MaxItems { limit } => Words::bound("maxItems", "at most {} items", limit),
        Kind::MinItems { limit } => Words::bound("minItems", "at least {} items", limit),
        Kind::MaxProperties { limit } => Words::bound("maxProperties", "at most {} members", limit),
        Kind::MinProperties { limit } => Words::bound("minProperties", "at least {} members", limit),
        Kind::Maximum { limit } => Words::bound("maximum", "at most {}", limit),
        Kind::Minimum { limit } => Words::bound("minimum", "at least {}", limit),
        Kind::ExclusiveMaximum { limit } => Words::bound("exclusiveMaximum", "less than {}", limit),
        Kind::ExclusiveMinimum { limit } => Words::bound("exclusiveMinimum", "more than {}", limit),
        Kind::MultipleOf { multiple_of } => Words::bound("multipleOf", "a multiple of {}", multiple_of),
        Kind::UniqueItems => Words::plain("uniqueItems", "unique items"),
        Kind::ContentEncoding { content_encoding } => Words::plain("contentEncoding", content_encoding),
        Kind::ContentMediaType { content_media_type } => Words::plain("contentMediaType", content_media_type),
        _ => Words::plain("schema", "a value that matches the schema"),
    }
}

fn one_of(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let listed: Vec<String> = options.iter().take(8).map(shown).collect();
    let more = if options.len() > 8 { format!(" or {} more", options.len() - 8) } else { String::new() };
    format!("one of {}{more}", listed.join(", "))
}

/// A value on one line, cut after 60 characters.
pub fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(items) if items.len() > 3 => format!("an array of {} items", items.len()),
        Value::Object(members) if members.len() > 3 => format!("an object of {} members", members.len()),
        other => other.to_string(),
    };
    if text.chars().count() <= 60 {
        return text;
    }
    let mut cut: String = text.chars().take(59).collect();
    cut.push('…');
    cut
}
