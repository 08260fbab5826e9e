//! What an answer lists.

use serde_json::Value;

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
}
