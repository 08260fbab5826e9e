//! What exists on a server, and what a run made of it.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

/// All that exists, by path.
pub type Stock = BTreeMap<String, Thing>;

/// Something that exists.
#[derive(Debug, Clone, Deserialize)]
pub struct Thing {
    /// What it may be called in an address.
    names: Vec<String>,
    /// What it holds.
    is: Value,
}

/// What a run did to what was there, and what it left without telling.
pub fn harm(before: &Stock, after: &Stock, base: &str, leftovers: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, thing) in before {
        match after.get(path) {
            None => wrong.push(format!("{path} is gone")),
            Some(now) if now.is != thing.is => {
                wrong.push(format!("{path} was changed from {} to {}", thing.is, now.is));
            }
            Some(_) => {}
        }
    }
    let mut left: Vec<Left> = leftovers.iter().map(|told| Left::of(told, base)).collect();
    for (path, thing) in after.iter().filter(|(path, _)| !before.contains_key(*path)) {
        match left.iter().position(|left| left.tells_of(path, thing)) {
            // A request line stands for one object, an address for it and all below.
            Some(index) if left[index].is_request => drop(left.remove(index)),
            Some(_) => {}
            None => wrong.push(format!("{path} was left and is not told: {}", thing.is)),
        }
    }
    wrong
}

/// An entry of a report's `leftovers`.
struct Left {
    path: String,
    is_request: bool,
}

impl Left {
    fn of(told: &str, base: &str) -> Self {
        let request = told.split_once(' ').filter(|(word, _)| word.bytes().all(|c| c.is_ascii_uppercase()));
        let address = request.map_or(told, |(_, rest)| rest).split([' ', '?']).next().unwrap_or_default();
        let path = address.strip_prefix(base).unwrap_or(address).trim_end_matches('/');
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        Self { path, is_request: request.is_some() }
    }

    fn tells_of(&self, path: &str, thing: &Thing) -> bool {
        if self.is_request {
            return path == self.path
                || path.rsplit_once('/').is_some_and(|(collection, _)| collection == self.path);
        }
        let below = path.strip_prefix(self.path.as_str());
        let last = self.path.rsplit('/').next().unwrap_or_default();
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || thing.names.iter().any(|name| name == last)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const BASE: &str = "http://127.0.0.1:1/v1";

    fn stock(things: &[(&str, &str, i32)]) -> Stock {
        let thing = |name: &str, value: i32| Thing { names: vec![name.to_owned()], is: json!(value) };
        things.iter().map(|(path, name, value)| ((*path).to_owned(), thing(name, *value))).collect()
    }

    #[rstest]
    #[case::nothing_happened(&[("/a/1", "one", 1)], &[], None)]
    #[case::gone(&[], &[], Some("/a/1 is gone"))]
    #[case::changed(&[("/a/1", "one", 2)], &[], Some("/a/1 was changed from 1 to 2"))]
    #[case::changed_though_told(&[("/a/1", "one", 2)], &["/a/1"], Some("/a/1 was changed"))]
    #[case::untold(&[("/a/1", "one", 1), ("/a/2", "two", 1)], &[], Some("/a/2 was left and is not told"))]
    #[case::another_told(&[("/a/1", "one", 1), ("/a/2", "two", 1)], &["/a/20"], Some("/a/2 was left"))]
    #[case::by_address(&[("/a/1", "one", 1), ("/a/2", "two", 1)], &["/a/2"], None)]
    #[case::by_the_address_above(&[("/a/1", "one", 1), ("/a/2/b/3", "x", 1)], &["/a/2"], None)]
    #[case::by_name(&[("/a/1", "one", 1), ("/a/2", "two words", 1)], &["/a/name/two%20words"], None)]
    #[case::by_request(&[("/a/1", "one", 1), ("/a/2", "two", 1)], &["POST /a/"], None)]
    #[case::one_request_for_two(
        &[("/a/1", "one", 1), ("/a/2", "two", 1), ("/a/3", "three", 1)],
        &["POST /a"],
        Some("/a/3 was left")
    )]
    fn harm_is_told(
        #[case] after: &[(&str, &str, i32)],
        #[case] leftovers: &[&str],
        #[case] told: Option<&str>,
    ) {
        let leftovers: Vec<String> =
            leftovers.iter().map(|left| left.replacen('/', &format!("{BASE}/"), 1)).collect();
        let wrong = harm(&stock(&[("/a/1", "one", 1)]), &stock(after), BASE, &leftovers);
        assert_eq!(wrong.len(), usize::from(told.is_some()), "{wrong:#?}");
        assert!(wrong.iter().zip(told).all(|(wrong, told)| wrong.starts_with(told)), "{wrong:#?}");
    }
}
