//! What a document says about a list in words.

use indexmap::IndexMap;
use serde_json::Value;

use super::Sort;
use crate::contract::schema::{Field, View};
use crate::contract::{Direction, Location, Operation};
use crate::resources::members::is_time_of_creation;

/// Words before the member that a list is in the order of.
const BEFORE: &[&str] = &[", by ", "sorted by ", "ordered by ", "in the order of ", "in order of "];
/// Words for the order in which entries were made, and for that turned round.
const OLDEST: &[&str] = &[
    "oldest first",
    "in the order they were made",
    "in the order they were created",
    "in order of creation",
];
const NEWEST: &[&str] = &["newest first", "latest first", "most recent first"];
/// Words that turn an order round.
const TURNED: &[&str] = &["desc", "newest", "latest", "recent", "revers", "greatest first", "highest first"];

/// The order that entries have where a request asks for none, as in `-created`: the default of what sorts, else what the
/// summary or the description says.
pub(super) fn order(
    operation: &Operation,
    fields: &IndexMap<String, Field>,
    sort: Option<&Sort>,
) -> Option<String> {
    let by_default = sort.and_then(|sort| {
        let schema = operation.parameter(Location::Query, &sort.parameter)?.value_schema()?;
        let view = View::of(schema, Direction::Request);
        let default = view.nodes().find_map(|node| node.get("default")).and_then(Value::as_str)?;
        sort.values.iter().find(|value| *value == default && sort.direction.is_none()).cloned()
    });
    let said = || {
        let texts = [operation.summary.as_str(), operation.description.as_str()].into_iter();
        texts.map(str::to_lowercase).find_map(|text| said_in(&text, fields))
    };
    by_default.or_else(said)
}

fn said_in(text: &str, fields: &IndexMap<String, Field>) -> Option<String> {
    let is_scalar = |field: &Field| !field.kinds.array && !field.kinds.object;
    let created = || fields.iter().find(|(name, field)| is_scalar(field) && is_time_of_creation(name));
    let says = |list: &[&str]| list.iter().any(|words| text.contains(words));
    if says(OLDEST) {
        return created().map(|(name, _)| name.clone());
    }
    if says(NEWEST) {
        return created().map(|(name, _)| format!("-{name}"));
    }
    let behind = BEFORE.iter().find_map(|words| text.split_once(words))?.1;
    let name: String = behind
        .trim_start_matches(['`', '"', '\''])
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '-')
        .collect();
    let (name, field) = fields.iter().find(|(known, _)| known.to_lowercase() == name)?;
    // What comes behind may turn it round, or name more to order by.
    let rest = behind.split(['.', ';']).next().unwrap_or_default();
    let is_plain = !TURNED.iter().any(|word| rest.contains(word));
    (is_scalar(field) && is_plain).then(|| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("All labels, by slug", Some("slug"))]
    #[case("Labels, by slug unless sorted otherwise", Some("slug"))]
    #[case("Sorted by `slug`. Filter by name.", Some("slug"))]
    #[case("Ordered by slug descending", None)]
    #[case("Labels of a person, by kind", None)]
    #[case("Find labels by slug", None)]
    #[case("What was changed, the oldest first", Some("created_at"))]
    #[case("In the order they were made.", Some("created_at"))]
    #[case("The newest first", Some("-created_at"))]
    #[case("Sorted by tags", None)]
    fn orders_in_words(#[case] text: &str, #[case] expected: Option<&str>) {
        let mut list = Field::default();
        list.kinds.array = true;
        let fields = [("slug", Field::default()), ("created_at", Field::default()), ("tags", list)];
        let fields = fields.map(|(name, field)| (name.to_owned(), field)).into_iter().collect();
        assert_eq!(said_in(&text.to_lowercase(), &fields).as_deref(), expected);
    }
}
