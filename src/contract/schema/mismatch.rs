//! Translates a validator's error into a message for people, with its place in the document.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use super::bundle;
use super::normalize;
use crate::document::{Document, pointer};

/// One reason why a value does not match its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON pointer of the value at fault, inside the instance.
    pub instance: String,
    /// JSON pointer of the keyword, inside the document.
    pub schema: String,
    /// The keyword that failed (`required`, `enum`, …); a missing or unexpected member's error
    /// is at the object that should, or should not, have it.
    pub keyword: &'static str,
    /// The member that `required`, `additionalProperties` and their like name.
    pub member: Option<String>,
    /// What the schema asks for.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// The bound of a length, size or range, as it is written.
    pub limit: Option<String>,
}

impl Mismatch {
    pub(super) fn whole(schema: &str, value: &Value) -> Self {
        Self {
            instance: String::new(),
            schema: schema.to_owned(),
            keyword: "schema",
            member: None,
            expected: "a value that matches the schema".to_owned(),
            actual: shown(value),
            limit: None,
        }
    }

    /// What is wrong, in words.
    pub fn message(&self) -> String {
        match &self.member {
            Some(name) if self.keyword == "required" => format!("required member {name:?} is missing"),
            _ => format!("expected {}, found {}", self.expected, self.actual),
        }
    }

    /// JSON pointer of the member at fault; for a missing or unexpected member, the member itself.
    pub fn subject(&self) -> String {
        match &self.member {
            Some(name) => pointer::join(&self.instance, name),
            None => self.instance.clone(),
        }
    }
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

/// Adds the reasons behind one error. Where a union failed, its most likely branch speaks.
pub(super) fn explain(document: &Document, root: &str, error: &ValidationError<'_>, out: &mut Vec<Mismatch>) {
    if let Kind::AnyOf { context } | Kind::OneOfNotValid { context } = error.kind()
        && let Some(branch) = likely_branch(context, error.instance_path().as_str())
    {
        for inner in branch {
            explain(document, root, inner, out);
        }
        return;
    }
    let value = error.instance();
    let (keyword, mut expected, member, mut limit) = words(error.kind());
    let schema = place(document, root, error);
    // The pattern as it is written, not as the validator reads it.
    if keyword == "pattern"
        && limit.is_some()
        && let Some(written) = document.at(&schema).and_then(Value::as_str)
    {
        expected = format!("text that matches {written}");
        limit = Some(written.to_owned());
    }
    let actual = match &member {
        Some(_) if keyword == "required" => "nothing".to_owned(),
        Some(name) => format!("member {name:?}"),
        None => shown(value),
    };
    out.push(Mismatch {
        instance: error.instance_path().as_str().to_owned(),
        schema,
        keyword,
        member,
        expected,
        actual,
        limit,
    });
}

/// The branch that the value was most likely meant for: one that is not already ruled out by its
/// kind (a type at the very place, a constant or enum one step below), if just one remains.
fn likely_branch<'e>(
    context: &'e [Vec<ValidationError<'static>>],
    at: &str,
) -> Option<&'e [ValidationError<'static>]> {
    let ruled_out = |errors: &[ValidationError<'static>]| {
        errors.iter().any(|error| {
            let path = error.instance_path().as_str();
            let below = path.strip_prefix(at).unwrap_or(path);
            match error.kind() {
                Kind::Type { .. } | Kind::FalseSchema => below.is_empty(),
                Kind::Constant { .. } | Kind::Enum { .. } => below.matches('/').count() <= 1,
                _ => false,
            }
        })
    };
    let mut left = context.iter().filter(|errors| !errors.is_empty() && !ruled_out(errors));
    let branch = left.next()?;
    left.next().is_none().then_some(branch.as_slice())
}

/// The place of the keyword in the document. Wrappers that the rewrite added are not there, and
/// are passed over.
fn place(document: &Document, root: &str, error: &ValidationError<'_>) -> String {
    let location = error.absolute_keyword_location().map(|uri| uri.as_str().to_owned());
    let found = location.as_deref().and_then(|uri| {
        let (address, fragment) = bundle::outside(uri)
            .unwrap_or_else(|| (uri.to_owned(), uri.split_once('#').map_or("", |(_, fragment)| fragment)));
        Some((normalize::read_uri(&address)?.1, fragment.to_owned()))
    });
    let (base, fragment) = found.unwrap_or_else(|| (root.to_owned(), String::new()));
    let mut at = base;
    let fragment = normalize::decode_fragment(&fragment);
    let tokens: Vec<&str> = fragment.split('/').skip(1).collect();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let next = format!("{at}/{token}");
        if document.at(&next).is_some() {
            at = next;
            index += 1;
        } else if *token == "anyOf" && tokens.get(index + 1).is_some() {
            index += 2;
        } else {
            break;
        }
    }
    at
}

type Words = (&'static str, String, Option<String>, Option<String>);

fn words(kind: &Kind) -> Words {
    let plain = |keyword, expected: &str| (keyword, expected.to_owned(), None, None);
    let bound = |keyword, text: &str, limit: String| (keyword, text.replace("{}", &limit), None, Some(limit));
    match kind {
        Kind::Type { kind } => ("type", types(kind), None, None),
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default().to_owned();
            ("required", format!("member {name:?}"), Some(name), None)
        }
        Kind::Enum { options } => ("enum", one_of(options), None, None),
        Kind::Constant { expected_value } => ("const", shown(expected_value), None, None),
        Kind::Format { format } => ("format", format.clone(), None, Some(format.clone())),
        Kind::Pattern { pattern } => {
            ("pattern", format!("text that matches {pattern}"), None, Some(pattern.clone()))
        }
        Kind::MaxLength { limit } => bound("maxLength", "at most {} characters", limit.to_string()),
        Kind::MinLength { limit } => bound("minLength", "at least {} characters", limit.to_string()),
        Kind::MaxItems { limit } => bound("maxItems", "at most {} items", limit.to_string()),
        Kind::MinItems { limit } => bound("minItems", "at least {} items", limit.to_string()),
        Kind::MaxProperties { limit } => bound("maxProperties", "at most {} members", limit.to_string()),
        Kind::MinProperties { limit } => bound("minProperties", "at least {} members", limit.to_string()),
        Kind::Maximum { limit } => bound("maximum", "at most {}", limit.to_string()),
        Kind::Minimum { limit } => bound("minimum", "at least {}", limit.to_string()),
        Kind::ExclusiveMaximum { limit } => bound("exclusiveMaximum", "less than {}", limit.to_string()),
        Kind::ExclusiveMinimum { limit } => bound("exclusiveMinimum", "more than {}", limit.to_string()),
        Kind::MultipleOf { multiple_of } => bound("multipleOf", "a multiple of {}", multiple_of.to_string()),
        Kind::UniqueItems => plain("uniqueItems", "unique items"),
        Kind::AdditionalProperties { unexpected } => {
            ("additionalProperties", "no other members".to_owned(), unexpected.first().cloned(), None)
        }
        Kind::UnevaluatedProperties { unexpected } => {
            ("unevaluatedProperties", "no other members".to_owned(), unexpected.first().cloned(), None)
        }
        Kind::AdditionalItems { .. } => plain("additionalItems", "no further items"),
        Kind::UnevaluatedItems { .. } => plain("unevaluatedItems", "no further items"),
        Kind::AnyOf { .. } => plain("anyOf", "a value that matches at least one of the alternatives"),
        Kind::OneOfNotValid { .. } => plain("oneOf", "a value that matches one of the alternatives"),
        Kind::OneOfMultipleValid { .. } => {
            plain("oneOf", "a value that matches only one of the alternatives")
        }
        Kind::Not { .. } => plain("not", "a value that does not match the excluded schema"),
        Kind::Contains => plain("contains", "an item that matches `contains`"),
        Kind::FalseSchema => plain("false", "nothing here"),
        Kind::PropertyNames { .. } => plain("propertyNames", "member names that match `propertyNames`"),
        Kind::ContentEncoding { content_encoding } => {
            ("contentEncoding", content_encoding.clone(), None, None)
        }
        Kind::ContentMediaType { content_media_type } => {
            ("contentMediaType", content_media_type.clone(), None, None)
        }
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            plain("pattern", "a pattern that can be matched in a bounded number of steps")
        }
        _ => plain("schema", "a value that matches the schema"),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => set.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or "),
    }
}

fn one_of(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let listed: Vec<String> = options.iter().take(8).map(shown).collect();
    let more = if options.len() > 8 { format!(" or {} more", options.len() - 8) } else { String::new() };
    format!("one of {}{more}", listed.join(", "))
}
