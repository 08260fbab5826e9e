//! Errors of earlier candidates, by place.

use std::collections::HashMap;

use crate::contract::Mismatch;
use crate::document::pointer;

/// How often the value of each place was wrong, by JSON pointer.
#[derive(Debug, Default)]
pub(super) struct Blame(HashMap<String, u32>);

impl Blame {
    /// Blames a mismatch on its place; in later rounds also on the places around it,
    /// because an alternative may be the wrong one as a whole.
    pub fn hold(&mut self, mismatch: &Mismatch, round: u32) {
        let at = match &mismatch.member {
            Some(member) if mismatch.keyword != "required" => pointer::join(&mismatch.instance, member),
            _ => mismatch.instance.clone(),
        };
        let mut at = at.as_str();
        loop {
            self.add(at);
            match at.rfind('/') {
                Some(end) if round % 3 == 2 => at = &at[..end],
                _ => break,
            }
        }
    }

    /// Holds something against a place.
    pub fn add(&mut self, at: &str) {
        *self.0.entry(at.to_owned()).or_default() += 1;
    }

    /// Whether nothing was wrong yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often the value of a place was wrong.
    pub fn count(&self, at: &str) -> u32 {
        self.0.get(at).copied().unwrap_or(0)
    }

    /// Whether something was wrong at a place or inside it.
    pub fn is_inside(&self, at: &str) -> bool {
        self.0
            .keys()
            .any(|known| known.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("type", None, 0, &["/a/b"])]
    #[case("required", Some("c"), 0, &["/a/b"])]
    #[case("additionalProperties", Some("c"), 0, &["/a/b/c"])]
    #[case("type", None, 2, &["/a/b", "/a", ""])]
    fn places_are_blamed(
        #[case] keyword: &'static str,
        #[case] member: Option<&str>,
        #[case] round: u32,
        #[case] expected: &[&str],
    ) {
        let mismatch = Mismatch {
            instance: "/a/b".to_owned(),
            schema: String::new(),
            keyword,
            member: member.map(str::to_owned),
            expected: String::new(),
            actual: String::new(),
            limit: None,
        };
        let mut blame = Blame::default();
        blame.hold(&mismatch, round);
        let mut places: Vec<&str> = blame.0.keys().map(String::as_str).collect();
        places.sort_unstable_by_key(|at| std::cmp::Reverse(at.len()));
        assert_eq!(places, expected);
        assert!(blame.is_inside("/a") && !blame.is_inside("/ab") && blame.count("/x") == 0);
    }
}
