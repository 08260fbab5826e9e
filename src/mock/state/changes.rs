//! What was changed in the objects of a session, for whoever keeps them elsewhere too.
//!
//! The engine works on a [`Store`](super::Store) and knows of nobody else. A store that is told to records what it changes,
//! each change by the smallest part of it that has a value of its own; the values are read and set by `Store::value` and
//! `Store::set`.

use std::sync::{Arc, Mutex, PoisonError};

/// Where an object stands among those that came before and after it; it keeps that place for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::mock) struct Place(pub(super) u64);

/// A part of a store that has a value of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::mock) enum Change {
    /// Whether the list at a concrete path is there, and whether a client changed it.
    List(Arc<str>),
    /// An object of a list.
    Object(Arc<str>, Place),
    /// Whether an object of a list was destroyed.
    Gone(Arc<str>, String),
    /// What a collection begins with.
    Seeds(String),
    /// The largest number among the ids of a collection.
    Largest(String),
    /// How many ids were made.
    Made,
    /// What a request that may be sent again has made: its path and its key.
    Repeated(String, String),
    /// How often an operation was called.
    Calls(String),
}

/// Between the parts of a text.
const BETWEEN: char = '\n';

impl Change {
    /// Its name as a text: a letter for its kind, and what it is of.
    pub fn name(&self) -> String {
        match self {
            Self::List(path) => format!("l{path}"),
            Self::Object(path, place) => format!("o{}{BETWEEN}{path}", place.0),
            Self::Gone(path, id) => format!("g{path}{BETWEEN}{id}"),
            Self::Seeds(path) => format!("s{path}"),
            Self::Largest(path) => format!("n{path}"),
            Self::Made => "m".to_owned(),
            Self::Repeated(path, key) => format!("r{path}{BETWEEN}{key}"),
            Self::Calls(operation) => format!("c{operation}"),
        }
    }

    /// What has a name; `None` where that is none of ours.
    pub fn named(name: &str) -> Option<Self> {
        let (kind, rest) = name.split_at_checked(1)?;
        let pair = || rest.split_once(BETWEEN);
        Some(match kind {
            "l" => Self::List(rest.into()),
            "o" => {
                let (place, path) = pair()?;
                Self::Object(path.into(), Place(place.parse().ok()?))
            }
            "g" => pair().map(|(path, id)| Self::Gone(path.into(), id.to_owned()))?,
            "s" => Self::Seeds(rest.to_owned()),
            "n" => Self::Largest(rest.to_owned()),
            "m" if rest.is_empty() => Self::Made,
            "r" => pair().map(|(path, key)| Self::Repeated(path.to_owned(), key.to_owned()))?,
            "c" => Self::Calls(rest.to_owned()),
            _ => return None,
        })
    }
}

/// The changes of a store since somebody took them last. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::mock) struct Changes(Arc<Mutex<Vec<Change>>>);

impl Changes {
    pub fn note(&self, change: Change) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// Takes them; some may be in it several times.
    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where the changes of one list go.
#[derive(Debug)]
pub(super) struct Record {
    pub path: Arc<str>,
    pub changes: Changes,
}

impl Record {
    pub fn note(&self, change: impl FnOnce(Arc<str>) -> Change) {
        self.changes.note(change(Arc::clone(&self.path)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Change::List("/a/b".into()))]
    #[case(Change::Object("/a/7/b".into(), Place(12)))]
    #[case(Change::Gone("/a".into(), "x\ny".to_owned()))]
    #[case(Change::Seeds("/a".to_owned()))]
    #[case(Change::Largest("/a/{id}/b".to_owned()))]
    #[case(Change::Made)]
    #[case(Change::Repeated("/a".to_owned(), "k\n1".to_owned()))]
    #[case(Change::Calls("listThings".to_owned()))]
    fn a_name_says_what_it_is_of(#[case] change: Change) {
        assert_eq!(Change::named(&change.name()), Some(change));
    }

    #[rstest]
    #[case("")]
    #[case("x/a")]
    #[case("o1")]
    #[case("oz\n/a")]
    #[case("\u{e9}")]
    fn other_names_mean_nothing(#[case] name: &str) {
        assert_eq!(Change::named(name), None);
    }
}
