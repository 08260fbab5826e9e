//! Where the nodes of a tree were written.

use std::collections::HashMap;
use std::sync::Arc;

/// Where the nodes of a tree were written, as far as that is not the same pointer in the document itself.
///
/// A tree of its own beside the document's: a node without an entry was written where its parent was.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    place: Option<Origin>,
    /// By escaped token.
    below: HashMap<String, Origins>,
}

/// A file and a pointer into it. Without a file it is the document itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file as the user named it.
    pub file: Option<Arc<str>>,
    /// The pointer inside it.
    pub pointer: String,
}

impl Origins {
    /// Of a node that was written elsewhere with everything below it.
    pub fn at(place: Origin) -> Self {
        Self { place: Some(place), below: HashMap::new() }
    }

    /// Where the node at a pointer was written.
    pub fn find(&self, pointer: &str) -> Origin {
        let mut node = self;
        let (mut nearest, mut rest) = (self.place.as_ref(), pointer);
        let mut left = pointer;
        while let Some(after) = left.strip_prefix('/') {
            let (token, after) = after.find('/').map_or((after, ""), |end| after.split_at(end));
            let Some(next) = node.below.get(token) else { break };
            (node, left) = (next, after);
            if next.place.is_some() {
                (nearest, rest) = (next.place.as_ref(), after);
            }
        }
        let (file, above) = nearest.map_or((None, ""), |place| (place.file.clone(), place.pointer.as_str()));
        Origin { file, pointer: format!("{above}{rest}") }
    }

    /// The entry of a node, to change it.
    pub fn entry(&mut self, pointer: &str) -> &mut Self {
        pointer.split('/').skip(1).fold(self, |node, token| node.child(token))
    }

    /// The entry of a child by its escaped token.
    pub fn child(&mut self, token: &str) -> &mut Self {
        // No text is made for a child that is known.
        if !self.below.contains_key(token) {
            self.below.insert(token.to_owned(), Self::default());
        }
        self.below.entry(token.to_owned()).or_default()
    }

    /// Forgets a child that is gone.
    pub fn remove(&mut self, token: &str) {
        self.below.remove(token);
    }

    /// Says that of the items of a list, which was written at `list`, these are left, in this order.
    pub fn keep(&mut self, list: &Origin, left: &[usize]) {
        let mut before = std::mem::take(&mut self.below);
        for (now, was) in left.iter().enumerate() {
            let mut item = before.remove(&was.to_string()).unwrap_or_default();
            if item.place.is_none() && now != *was {
                item.place =
                    Some(Origin { file: list.file.clone(), pointer: format!("{}/{was}", list.pointer) });
            }
            if item.place.is_some() || !item.below.is_empty() {
                self.below.insert(now.to_string(), item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn overlaid(pointer: &str) -> Origin {
        Origin { file: Some("o".into()), pointer: pointer.to_owned() }
    }

    /// `/list/1` is gone, `/list/3` and `/a~1b` come from an overlay, and below `/a~1b` one member from another.
    fn origins() -> Origins {
        let mut origins = Origins::default();
        *origins.entry("/list/3") = Origins::at(overlaid("/actions/0/update"));
        let list = origins.find("/list");
        origins.entry("/list").keep(&list, &[0, 2, 3]);
        *origins.entry("/a~1b") = Origins::at(overlaid("/actions/1/update"));
        *origins.entry("/a~1b/x") = Origins::at(overlaid("/actions/2/update/x"));
        origins
    }

    #[rstest]
    #[case("", None, "")]
    #[case("/list/0/x", None, "/list/0/x")]
    #[case("/list/1/x", None, "/list/2/x")]
    #[case("/list/2/x", Some("o"), "/actions/0/update/x")]
    #[case("/list/9", None, "/list/9")]
    #[case("/a~1b", Some("o"), "/actions/1/update")]
    #[case("/a~1b/y/z", Some("o"), "/actions/1/update/y/z")]
    #[case("/a~1b/x/y", Some("o"), "/actions/2/update/x/y")]
    #[case("/other", None, "/other")]
    fn the_nearest_entry_counts(#[case] pointer: &str, #[case] file: Option<&str>, #[case] expected: &str) {
        let found = origins().find(pointer);
        assert_eq!((found.file.as_deref(), found.pointer.as_str()), (file, expected));
    }

    #[test]
    fn what_takes_the_place_of_a_removed_node_is_not_written_there() {
        let mut origins = origins();
        origins.entry("").remove("a~1b");
        assert_eq!(origins.find("/a~1b/x"), Origin { file: None, pointer: "/a~1b/x".to_owned() });
    }

    #[test]
    fn lists_may_shrink_again() {
        let mut origins = origins();
        let list = origins.find("/list");
        origins.entry("/list").keep(&list, &[1, 2]);
        assert_eq!(origins.find("/list/0").pointer, "/list/2");
        assert_eq!(origins.find("/list/1"), overlaid("/actions/0/update"));
    }
}
