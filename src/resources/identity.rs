//! How the entries of a list are distinguished.

use std::collections::HashSet;

use serde_json::Value;

use super::id_name;
use crate::contract::parameter;

/// How the entries of a list are distinguished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// By an id of their own: two that share it are one.
    Id(String),
    /// By a member that no two entries of a page share. On other pages another entry may have the same.
    Name(String),
    /// By all that they hold.
    Whole,
}

impl Identity {
    /// What distinguishes the entries of a list, page by page; `None` where a page holds two that are
    /// alike in everything. `parameter` is what a path calls the id of such an entry.
    ///
    /// An entry's own `id` goes before a member that is named like the parameter: entries of a list
    /// below an object name that object too.
    pub fn of(pages: &[&[Value]], parameter: &str) -> Option<Self> {
        let tells_apart = |name: &str| {
            let known = |page: &&[Value]| {
                let mut seen = HashSet::new();
                page.iter().all(|entry| scalar(entry, name).is_some_and(|text| seen.insert(text)))
            };
            pages.iter().any(|page| !page.is_empty()) && pages.iter().all(known)
        };
        if let Some(id) = ["id", "_id", "uuid"].into_iter().find(|name| tells_apart(name)) {
            return Some(Self::Id(id.to_owned()));
        }
        let first = pages.iter().find_map(|page| page.first());
        let named = first.and_then(|entry| id_name(entry, parameter));
        if let Some(name) = named.into_iter().chain(["key", "name"]).find(|name| tells_apart(name)) {
            return Some(Self::Name(name.to_owned()));
        }
        let differ = |page: &&[Value]| {
            let mut seen = HashSet::new();
            page.iter().all(|entry| seen.insert(entry.to_string()))
        };
        pages.iter().all(differ).then_some(Self::Whole)
    }

    /// What an entry is called.
    pub fn name(&self, entry: &Value) -> String {
        match self {
            Self::Id(name) | Self::Name(name) => scalar(entry, name).unwrap_or_else(|| entry.to_string()),
            Self::Whole => entry.to_string(),
        }
    }

    /// What two entries share only where they are the same.
    pub fn mark(&self, entry: &Value) -> String {
        match self {
            Self::Id(_) => self.name(entry),
            Self::Name(_) | Self::Whole => entry.to_string(),
        }
    }
}

fn scalar(entry: &Value, name: &str) -> Option<String> {
    let value = entry.get(name)?;
    (value.is_string() || value.is_number()).then(|| parameter::text(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn id(name: &str) -> Identity {
        Identity::Id(name.to_owned())
    }

    fn name(name: &str) -> Identity {
        Identity::Name(name.to_owned())
    }

    #[rstest]
    #[case::own_id(json!([[{"id": 1, "pet_id": 7}, {"id": 2, "pet_id": 7}]]), Some(id("id")))]
    #[case::id_is_not_one(json!([[{"id": 1, "uuid": "a"}, {"id": 1, "uuid": "b"}]]), Some(id("uuid")))]
    #[case::like_the_parameter(json!([[{"pet_id": 1}, {"pet_id": 2}]]), Some(name("pet_id")))]
    #[case::of_something_else(json!([[{"pet_id": 1, "day": 1}, {"pet_id": 1, "day": 2}]]), Some(Identity::Whole))]
    #[case::named(json!([[{"name": "a"}], [{"name": "a"}]]), Some(name("name")))]
    #[case::one_without(json!([[{"id": 1}, {"day": 2}]]), Some(Identity::Whole))]
    #[case::alike(json!([[{"day": 1}, {"day": 1}]]), None)]
    #[case::texts(json!([["a", "b"]]), Some(Identity::Whole))]
    #[case::empty(json!([[]]), Some(Identity::Whole))]
    fn entries_are_told_apart(#[case] pages: Value, #[case] expected: Option<Identity>) {
        let pages: Vec<&[Value]> =
            pages.as_array().unwrap().iter().map(|page| page.as_array().unwrap().as_slice()).collect();
        assert_eq!(Identity::of(&pages, "pet_id"), expected);
    }
}
