//! `[[state]]`: what a document cannot say about a collection.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One `[[state]]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct State {
    /// Path template of the collection; the trailing slash does not matter.
    pub collection: String,
    /// Whether an object is for the owner of the key that created it alone.
    pub private: bool,
    /// The boolean member that hides an object without destroying it.
    pub soft_delete: Option<String>,
    /// What a hidden object is left out of.
    pub hidden_from: Vec<View>,
    /// The member that lists are ordered by; `-` in front for the greatest first.
    pub order: Option<String>,
    /// Members, or JSON pointers, that a search looks into.
    pub search: Vec<String>,
    /// Entries on a page where the request names no limit.
    pub page_size: Option<usize>,
    /// How links between pages are written.
    pub links: Links,
    /// Query parameters that leave entries out.
    pub filters: IndexMap<String, Filter>,
    /// Members of a new object that the request left out.
    #[serde(deserialize_with = "tree")]
    #[schemars(with = "Value")]
    pub defaults: Value,
    /// Members that the server decides, in order.
    pub rules: Vec<Rule>,
    /// What is refused on creating and changing.
    pub refuse: Vec<Refuse>,
    /// Columns of the CSV form that are not members: the JSON pointer of each.
    pub columns: IndexMap<String, String>,
    /// The collection that this one shows a part of.
    pub of: Option<String>,
    /// Which part.
    #[serde(rename = "where")]
    pub only: Conditions,
    /// The member of the parent that counts the entries.
    pub counted_in: Option<String>,
    /// Entries that arise from changes elsewhere.
    pub grows: Vec<Growth>,
    /// Operations that put entries in or take them out.
    pub action: Vec<Action>,
}

/// What a hidden object can be left out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// The list.
    List,
    /// Reading by id.
    Retrieve,
}

/// How links between pages are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Links {
    /// Whole addresses.
    #[default]
    Absolute,
    /// Bare queries: `?limit=2&offset=2` (RFC 3986 §5.2.2 resolves them).
    Query,
}

/// What a query parameter leaves out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Filter {
    /// Entries whose member has another value.
    Member(String),
    /// Entries that do not meet the conditions of the value.
    Choices(Choices),
}

/// Conditions for each value of a query parameter; a value without any leaves nothing out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Choices {
    /// Query parameters that must be sent with it for it to count.
    #[serde(default)]
    pub only_with: IndexMap<String, String>,
    /// Conditions, by value.
    pub values: IndexMap<String, Conditions>,
}

/// Members and the values that they must have; `{ present = false }` for null or nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Conditions(#[serde(deserialize_with = "values")] pub IndexMap<String, Value>);

impl Conditions {
    /// Whether an object meets all of them. A name that begins with `/` is a JSON pointer.
    pub fn hold(&self, object: &Value) -> bool {
        self.0.iter().all(|(name, wanted)| {
            let found = member(object, name).filter(|value| !value.is_null());
            match wanted.get("present").and_then(Value::as_bool) {
                Some(present) => found.is_some() == present,
                None => found.unwrap_or(&Value::Null) == wanted,
            }
        })
    }
}

/// A member of an object, by name or by JSON pointer.
pub fn member<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    if name.starts_with('/') { object.pointer(name) } else { object.get(name) }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It was created.
    Create,
    /// It was changed.
    Update,
}

impl Event {
    /// As it is shown: `created`, `updated`.
    pub fn past(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
        }
    }
}

/// Members that the server decides.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// When; always where it is left out.
    #[serde(default)]
    pub on: Vec<Event>,
    /// What the object must be for it.
    #[serde(default, rename = "if")]
    pub only: Conditions,
    /// The members, with placeholders.
    #[serde(deserialize_with = "tree")]
    #[schemars(with = "Value")]
    pub set: Value,
}

/// What is refused.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refuse {
    /// Conditions on the body that was sent.
    #[serde(default)]
    pub body: Conditions,
    /// Conditions on the object, that of the path.
    #[serde(default)]
    pub object: Conditions,
    /// Only where none of the entries that are named is known.
    #[serde(default)]
    pub none_known: bool,
    /// The status.
    pub status: u16,
    /// The body of the refusal.
    #[serde(deserialize_with = "tree")]
    #[schemars(with = "Value")]
    pub answer: Value,
}

/// Entries that arise from changes of other objects.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Growth {
    /// The collection whose objects change.
    pub with: String,
    /// Which changes.
    pub on: Vec<Event>,
    /// What the object must be for it.
    #[serde(default, rename = "if")]
    pub only: Conditions,
    /// Members of which one must have changed; any where it is left out.
    #[serde(default)]
    pub changed: Vec<String>,
    /// The entry, with placeholders.
    #[serde(deserialize_with = "tree")]
    #[schemars(with = "Value")]
    pub entry: Value,
    /// What `{changes}` holds for each member that changed, with `{field}`, `{before}`, `{after}`.
    #[serde(default, deserialize_with = "tree")]
    #[schemars(with = "Value")]
    pub change: Value,
}

/// An operation that puts entries in or takes them out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Action {
    /// The operation.
    pub operation: String,
    /// JSON pointer into its body: the id, or the ids, of known entries that are put in.
    pub adds: Option<String>,
    /// JSON pointer into its body: the id, or the ids, of entries that are removed.
    pub removes: Option<String>,
    /// When it is refused.
    pub refuse: Vec<Refuse>,
}

/// A tree: a table, or a text that holds JSON (TOML has no null).
fn tree<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => serde_json::from_str(&text)
            .map_err(|error| serde::de::Error::custom(format!("this text is not JSON: {error}"))),
        other => Ok(super::json(&other)),
    }
}

fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IndexMap<String, Value>, D::Error> {
    let table = IndexMap::<String, toml::Value>::deserialize(deserializer)?;
    Ok(table.into_iter().map(|(name, value)| (name, super::json(&value))).collect())
}

/// Puts values into a tree. A text that is one placeholder becomes the value; placeholders inside
/// a longer text become its text. What is not known stays as it is.
pub fn fill(tree: &Value, value: &mut dyn FnMut(&str) -> Option<Value>) -> Value {
    match tree {
        Value::String(text) => fill_text(text, value),
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, value)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, tree)| (name.clone(), fill(tree, value))).collect())
        }
        other => other.clone(),
    }
}

fn fill_text(text: &str, value: &mut dyn FnMut(&str) -> Option<Value>) -> Value {
    let whole = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = whole.filter(|name| !name.contains(['{', '}'])) {
        return value(name).unwrap_or_else(|| Value::String(text.to_owned()));
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        match value(name) {
            Some(Value::String(text)) => out.push_str(&text),
            Some(other) => out.push_str(&other.to_string()),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    Value::String(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("a = 1", json!({"a": 1}), true)]
    #[case("a = 1", json!({"a": 2}), false)]
    #[case("a = { present = false }", json!({"a": null}), true)]
    #[case("a = { present = false }", json!({"a": 0}), false)]
    #[case("\"/a/b\" = \"x\"", json!({"a": {"b": "x"}}), true)]
    #[case("", json!({}), true)]
    fn conditions(#[case] text: &str, #[case] object: Value, #[case] holds: bool) {
        let conditions: Conditions = toml::from_str(text).unwrap();
        assert_eq!(conditions.hold(&object), holds);
    }

    #[test]
    fn placeholders_are_values_or_text() {
        let mut known = |name: &str| (name == "n").then(|| json!(7));
        let filled = fill(&json!({"a": "{n}", "b": ["x{n}y", "{other}", "{"]}), &mut known);
        assert_eq!(filled, json!({"a": 7, "b": ["x7y", "{other}", "{"]}));
    }
}
