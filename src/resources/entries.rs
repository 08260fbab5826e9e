//! What an answer lists.

use serde_json::Value;

use super::listing::is_list;
use super::names::{letters, singular};

/// An entry of a list, or of a dictionary of objects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'v> {
    /// What the dictionary calls it.
    pub key: Option<&'v str>,
    /// The entry.
    pub value: &'v Value,
}

/// The entries of an answer whose list is documented at a pointer. A server may have a dictionary of
/// objects there, or the list one level down.
pub fn entries<'v>(answer: &'v Value, at: &str) -> Vec<Entry<'v>> {
    let listed = |items: &'v [Value]| items.iter().map(|value| Entry { key: None, value }).collect();
    match answer.pointer(at) {
        Some(Value::Array(items)) => listed(items),
        Some(Value::Object(members)) if !members.is_empty() && members.values().all(Value::is_object) => {
            members.iter().map(|(key, value)| Entry { key: Some(key), value }).collect()
        }
        _ => {
            let members = answer.as_object().into_iter().flatten();
            let mut lists = members.filter_map(|(_, member)| member.as_array());
            let sole = lists.next().filter(|_| lists.next().is_none());
            sole.or(answer.as_array()).map(|items| listed(items)).unwrap_or_default()
        }
    }
}

/// As [`entries`], where the document does not say what is answered: only what is surely the list of a collection, by the
/// names that lists have, or since its entries have ids of their own. `word` is what the collection is called.
pub fn entries_unsaid<'v>(answer: &'v Value, word: &str) -> Vec<Entry<'v>> {
    let listed = |items: &'v [Value]| items.iter().map(|value| Entry { key: None, value }).collect();
    let is_called = |name: &str| singular(&letters(name)) == singular(&letters(word)) || is_list(name);
    let has_ids =
        |items: &&'v Vec<Value>| !items.is_empty() && items.iter().all(|item| item.get("id").is_some());
    match answer {
        Value::Array(items) => listed(items),
        Value::Object(members) => {
            let lists = || members.iter().filter_map(|(name, member)| Some((name, member.as_array()?)));
            let called = lists().find(|(name, _)| is_called(name)).map(|(_, items)| items);
            let mut others = lists().map(|(_, items)| items).filter(has_ids);
            let sole = others.next().filter(|_| others.next().is_none());
            called.or(sole).map(|items| listed(items)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::list(json!([1, 2]), "", json!([1, 2]))]
    #[case::where_it_is_documented(json!({"rows": [1], "other": [2]}), "/rows", json!([1]))]
    #[case::dictionary(json!({"a": {"x": 1}, "b": {}}), "", json!(["a", "b"]))]
    #[case::one_level_down(json!({"found": [1], "count": 1}), "", json!([1]))]
    #[case::nobody_knows_which(json!({"a": [1], "b": [2]}), "", json!([]))]
    #[case::no_list_after_all(json!([1]), "/rows", json!([1]))]
    #[case::empty(json!({}), "/rows", json!([]))]
    fn entries_are_found(#[case] answer: Value, #[case] at: &str, #[case] expected: Value) {
        let found: Vec<Value> = entries(&answer, at)
            .into_iter()
            .map(|entry| entry.key.map_or_else(|| entry.value.clone(), Value::from))
            .collect();
        assert_eq!(Value::from(found), expected);
    }

    #[rstest]
    #[case::list(json!(["a"]), json!(["a"]))]
    #[case::called_so(json!({"pets": [{"n": 1}], "links": [{"id": 2}]}), json!([{"n": 1}]))]
    #[case::usual(json!({"results": [1], "links": [2]}), json!([1]))]
    #[case::with_ids(json!({"found": [{"id": 1}], "links": [{"href": "x"}]}), json!([{"id": 1}]))]
    #[case::something_else(json!({"notes": ["x"]}), json!([]))]
    #[case::sections(json!({"a": {"x": 1}}), json!([]))]
    fn entries_of_what_nobody_describes(#[case] answer: Value, #[case] expected: Value) {
        let found: Vec<Value> =
            entries_unsaid(&answer, "pets").into_iter().map(|e| e.value.clone()).collect();
        assert_eq!(Value::from(found), expected);
    }
}
