//! The points of an operation while they are collected.

use std::collections::HashMap;

use crate::run::PointKind;

/// Most points of an operation; what comes behind them is not measured.
const MAX_POINTS: usize = 1_000;

/// One thing that a request can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// What kind of thing.
    pub kind: PointKind,
    /// `query.sort`, `body/kind=cat`, `body/name maxLength`.
    pub name: String,
}

/// How a value is written: whether text can be told from anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// As JSON.
    Json,
    /// As text, of which the schema says what it means.
    Text,
    /// As text in a path, which cannot be empty.
    Path,
}

/// The points of an operation while they are collected, each once.
#[derive(Debug, Default)]
pub(super) struct Collected {
    all: Vec<Point>,
    known: HashMap<(PointKind, String), usize>,
}

impl Collected {
    /// The place of a point among all; `None` where there is no room for another.
    pub fn point(&mut self, kind: PointKind, name: String) -> Option<usize> {
        if let Some(at) = self.known.get(&(kind, name.clone())) {
            return Some(*at);
        }
        let at = self.all.len();
        if at >= MAX_POINTS {
            return None;
        }
        self.all.push(Point { kind, name: name.clone() });
        self.known.insert((kind, name), at);
        Some(at)
    }

    /// All of them.
    pub fn into_all(self) -> Vec<Point> {
        self.all
    }
}
