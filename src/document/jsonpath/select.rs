//! What a selector selects of the children of a node.

use std::cmp::Ordering;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use serde_json::{Number, Value};

use super::path::{Comparison, Operand, Query, Segment, Selector, Test};

/// What a query may still look at.
#[derive(Debug)]
pub struct Budget {
    left: usize,
}

/// More would have to be looked at than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

impl Budget {
    /// So many nodes.
    pub fn new(nodes: usize) -> Self {
        Self { left: nodes }
    }

    /// Counts what is looked at.
    pub fn spend(&mut self, nodes: usize) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(nodes).ok_or(Exhausted)?;
        Ok(())
    }
}

/// A step to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'v> {
    Name(&'v str),
    Index(usize),
}

/// Children with the step to each.
pub type Children<'v> = Vec<(Step<'v>, &'v Value)>;

/// The size of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 64 << 10;
/// What compiling a pattern counts for.
const COMPILING: usize = 2_000;

/// Selects, and counts what it looks at.
pub struct Selecting<'v, 'b> {
    root: &'v Value,
    budget: &'b mut Budget,
    /// Patterns that were met; one that cannot be compiled fits nothing (RFC 9535 §2.4.6).
    patterns: HashMap<(bool, String), Option<Regex>>,
}

impl<'v, 'b> Selecting<'v, 'b> {
    pub fn new(root: &'v Value, budget: &'b mut Budget) -> Self {
        Self { root, budget, patterns: HashMap::new() }
    }

    pub fn spend(&mut self, nodes: usize) -> Result<(), Exhausted> {
        self.budget.spend(nodes)
    }

    /// All children of a node.
    pub fn children(&mut self, node: &'v Value) -> Result<Children<'v>, Exhausted> {
        let children: Children<'v> = match node {
            Value::Object(members) => {
                members.iter().map(|(name, value)| (Step::Name(name.as_str()), value)).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, value)| (Step::Index(index), value)).collect()
            }
            _ => Vec::new(),
        };
        self.spend(children.len())?;
        Ok(children)
    }

    /// What a selector selects of a node's children.
    pub fn select(&mut self, node: &'v Value, selector: &Selector) -> Result<Children<'v>, Exhausted> {
        self.spend(1)?;
        match (selector, node) {
            (Selector::Name(name), Value::Object(members)) => {
                let member = members.get_key_value(name);
                Ok(member.map(|(name, value)| (Step::Name(name.as_str()), value)).into_iter().collect())
            }
            (Selector::Index(index), Value::Array(items)) => {
                let index = from_end(*index, items.len()).and_then(|index| usize::try_from(index).ok());
                let item = index.and_then(|index| Some((Step::Index(index), items.get(index)?)));
                Ok(item.into_iter().collect())
            }
            (Selector::Slice { start, end, step }, Value::Array(items)) => {
                let indices = sliced(items.len(), *start, *end, *step);
                self.spend(indices.len())?;
                let item = |index: usize| Some((Step::Index(index), items.get(index)?));
                Ok(indices.into_iter().filter_map(item).collect())
            }
            (Selector::Wildcard, node) => self.children(node),
            (Selector::Filter(test), node) => {
                let mut kept = Vec::new();
                for (step, child) in self.children(node)? {
                    if self.holds(test, child)? {
                        kept.push((step, child));
                    }
                }
                Ok(kept)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The nodes that a query selects inside a filter; one may be among them several times.
    fn nodes(&mut self, query: &Query, current: &'v Value) -> Result<Vec<&'v Value>, Exhausted> {
        let mut nodes = vec![if query.is_absolute { self.root } else { current }];
        for Segment { descends, selectors } in &query.segments {
            let mut selected = Vec::new();
            for node in nodes {
                let from = if *descends { self.below(node)? } else { vec![node] };
                for node in from {
                    for selector in selectors {
                        selected.extend(self.select(node, selector)?.into_iter().map(|(_, child)| child));
                    }
                }
            }
            nodes = selected;
        }
        Ok(nodes)
    }

    /// A node and everything below it.
    fn below(&mut self, node: &'v Value) -> Result<Vec<&'v Value>, Exhausted> {
        let (mut all, mut open) = (Vec::new(), vec![node]);
        while let Some(node) = open.pop() {
            all.push(node);
            open.extend(self.children(node)?.into_iter().rev().map(|(_, child)| child));
        }
        Ok(all)
    }

    fn holds(&mut self, test: &Test, current: &'v Value) -> Result<bool, Exhausted> {
        self.spend(1)?;
        match test {
            Test::Any(tests) => {
                for test in tests {
                    if self.holds(test, current)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Test::All(tests) => {
                for test in tests {
                    if !self.holds(test, current)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Test::Not(test) => Ok(!self.holds(test, current)?),
            Test::Exists(query) => Ok(!self.nodes(query, current)?.is_empty()),
            Test::Compare(left, comparison, right) => {
                let (left, right) = (self.value(left, current)?, self.value(right, current)?);
                self.compares(left.as_deref(), *comparison, right.as_deref())
            }
            Test::Fits { whole, text, pattern } => {
                let (text, pattern) = (self.value(text, current)?, self.value(pattern, current)?);
                match (text.as_deref(), pattern.as_deref()) {
                    (Some(Value::String(text)), Some(Value::String(pattern))) => {
                        self.fits(*whole, text, pattern)
                    }
                    _ => Ok(false),
                }
            }
        }
    }

    fn value(&mut self, operand: &Operand, current: &'v Value) -> Result<Option<Held<'v>>, Exhausted> {
        Ok(match operand {
            Operand::Literal(value) => Some(Held::Owned(value.clone())),
            Operand::Node(query) | Operand::Only(query) => match *self.nodes(query, current)? {
                [only] => Some(Held::Borrowed(only)),
                _ => None,
            },
            Operand::Count(query) => Some(Held::Owned(self.nodes(query, current)?.len().into())),
            Operand::Length(operand) => match self.value(operand, current)?.as_deref() {
                Some(Value::String(text)) => {
                    self.spend(text.len() / 64)?;
                    Some(Held::Owned(text.chars().count().into()))
                }
                Some(Value::Array(items)) => Some(Held::Owned(items.len().into())),
                Some(Value::Object(members)) => Some(Held::Owned(members.len().into())),
                _ => None,
            },
        })
    }

    /// Nothing equals nothing alone, and is neither less nor greater than anything.
    fn compares(
        &mut self,
        left: Option<&Value>,
        comparison: Comparison,
        right: Option<&Value>,
    ) -> Result<bool, Exhausted> {
        let less = |left: Option<&Value>, right: Option<&Value>| match (left, right) {
            (Some(Value::Number(left)), Some(Value::Number(right))) => {
                order(left, right) == Some(Ordering::Less)
            }
            (Some(Value::String(left)), Some(Value::String(right))) => left < right,
            _ => false,
        };
        Ok(match comparison {
            Comparison::Equal => self.equal(left, right)?,
            Comparison::NotEqual => !self.equal(left, right)?,
            Comparison::Less => less(left, right),
            Comparison::LessOrEqual => less(left, right) || self.equal(left, right)?,
            Comparison::Greater => less(right, left),
            Comparison::GreaterOrEqual => less(right, left) || self.equal(left, right)?,
        })
    }

    fn equal(&mut self, left: Option<&Value>, right: Option<&Value>) -> Result<bool, Exhausted> {
        self.spend(1)?;
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            (None, None) => return Ok(true),
            _ => return Ok(false),
        };
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => Ok(order(left, right) == Some(Ordering::Equal)),
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                for (left, right) in left.iter().zip(right) {
                    if !self.equal(Some(left), Some(right))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(left), Value::Object(right)) if left.len() == right.len() => {
                for (name, left) in left {
                    let right = right.get(name);
                    if right.is_none() || !self.equal(Some(left), right)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::String(left), Value::String(right)) => {
                self.spend(left.len().min(right.len()) / 64)?;
                Ok(left == right)
            }
            (Value::Null | Value::Bool(_), _) => Ok(left == right),
            _ => Ok(false),
        }
    }

    fn fits(&mut self, whole: bool, text: &str, pattern: &str) -> Result<bool, Exhausted> {
        self.spend(1 + text.len() / 16)?;
        let key = (whole, pattern.to_owned());
        if !self.patterns.contains_key(&key) {
            self.spend(COMPILING + pattern.len())?;
            self.patterns.insert(key.clone(), compiled(whole, pattern));
        }
        let pattern = self.patterns.get(&key).and_then(Option::as_ref);
        Ok(pattern.is_some_and(|pattern| pattern.is_match(text)))
    }
}

/// A value of a filter: a node, or one that was made.
enum Held<'v> {
    Borrowed(&'v Value),
    Owned(Value),
}

impl std::ops::Deref for Held<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

/// A pattern of RFC 9485, which is much like those of `regex`.
fn compiled(whole: bool, pattern: &str) -> Option<Regex> {
    let text = if whole { format!("^(?:{pattern})$") } else { pattern.to_owned() };
    RegexBuilder::new(&text).size_limit(MAX_PATTERN).dfa_size_limit(1 << 20).build().ok()
}

fn order(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// An index that may be counted from the end.
fn from_end(index: i64, length: usize) -> Option<i64> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    (0..length).contains(&index).then_some(index)
}

/// The indices of a slice (RFC 9535 §2.3.4.2.2).
fn sliced(length: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<usize> {
    let Ok(length) = i64::try_from(length) else { return Vec::new() };
    let normal = |index: i64| if index >= 0 { index } else { length + index };
    let steps = |from: i64| std::iter::successors(Some(from), move |at| at.checked_add(step));
    let indices: Vec<i64> = match step.cmp(&0) {
        Ordering::Greater => {
            let lower = normal(start.unwrap_or(0)).clamp(0, length);
            let upper = normal(end.unwrap_or(length)).clamp(0, length);
            steps(lower).take_while(|at| *at < upper).collect()
        }
        Ordering::Less => {
            let upper = start.map_or(length - 1, normal).clamp(-1, length - 1);
            let lower = end.map_or(-1, normal).clamp(-1, length - 1);
            steps(upper).take_while(|at| *at > lower).collect()
        }
        Ordering::Equal => Vec::new(),
    };
    indices.into_iter().filter_map(|index| usize::try_from(index).ok()).collect()
}
