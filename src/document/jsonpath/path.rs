//! A query as data.

use serde_json::Value;

/// A whole query: `$` and its segments.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) struct Path {
    pub segments: Vec<Segment>,
}

/// One step of a query.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) struct Segment {
    /// Whether it looks at everything below, too: `..`.
    pub descends: bool,
    pub selectors: Vec<Selector>,
}

/// What a step selects of a node's children.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) enum Selector {
    Name(String),
    Wildcard,
    Index(i64),
    Slice { start: Option<i64>, end: Option<i64>, step: i64 },
    Filter(Test),
}

/// A condition of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) enum Test {
    Any(Vec<Test>),
    All(Vec<Test>),
    Not(Box<Test>),
    Compare(Operand, Comparison, Operand),
    Exists(Query),
    /// `match` and `search`.
    Fits {
        whole: bool,
        text: Operand,
        pattern: Operand,
    },
}

/// A sign between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::document) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Something that has one value, or none.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) enum Operand {
    Literal(Value),
    /// Selects one node at most.
    Node(Query),
    Length(Box<Operand>),
    Count(Query),
    /// `value`.
    Only(Query),
}

/// A query inside a filter.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) struct Query {
    /// Whether it begins at the root (`$`), not at the node that is tested (`@`).
    pub is_absolute: bool,
    pub segments: Vec<Segment>,
}

impl Query {
    /// Whether it selects one node at most, whatever it is applied to.
    pub fn is_singular(&self) -> bool {
        let is_one = |selectors: &[Selector]| matches!(selectors, [Selector::Name(_) | Selector::Index(_)]);
        self.segments.iter().all(|segment| !segment.descends && is_one(&segment.selectors))
    }
}
