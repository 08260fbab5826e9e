//! Path templates, and the trie that finds them.
//!
//! This is our own, because a segment may have several parameters (`/{a}-{b}`, `/{id}.json`), and because two
//! templates of the same shape must not cause a panic.

use percent_encoding::percent_decode_str;
use smallvec::SmallVec;

use crate::exchange::{NameMap, cut};

/// A path template of the document (OpenAPI 3.1 §4.8.8), cut into segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    segments: Vec<Vec<Piece>>,
    names: Vec<String>,
}

/// A part of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Literal text.
    Literal(String),
    /// A parameter, by its position among the template's parameters.
    Parameter(usize),
}

impl Template {
    /// Cuts a template. A `{` without its `}` is literal text. A query or a fragment, which some
    /// documents add to distinguish operations, is not part of a path.
    pub fn parse(text: &str) -> Self {
        let mut names = Vec::new();
        let (path, _) = parts(text);
        let segments = path
            .trim_start_matches('/')
            .trim_end_matches('/')
            .split('/')
            .map(|segment| pieces(segment, &mut names))
            .collect();
        Self { text: text.to_owned(), segments, names }
    }

    /// The template as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Parameter names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The segments.
    pub fn segments(&self) -> &[Vec<Piece>] {
        &self.segments
    }

    /// Whether a request path could be one of this template, other templates apart. A trailing slash is
    /// optional.
    pub fn matches(&self, path: &str) -> bool {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments = path.split('/');
        let fits = self.segments.iter().all(|pieces| {
            segments.next().is_some_and(|segment| match pieces.as_slice() {
                [Piece::Literal(text)] => percent_decode_str(segment).eq(percent_decode_str(text)),
                pieces => match_pieces(pieces, segment, &mut SmallVec::new()),
            })
        });
        fits && segments.next().is_none()
    }

    /// The texts that a path has where the template has a parameter as a whole segment.
    pub fn values(&self, path: &str) -> Vec<String> {
        let segments = self.segments.iter().zip(path.trim_start_matches('/').split('/'));
        segments
            .filter(|(pieces, _)| matches!(pieces.as_slice(), [Piece::Parameter(_)]))
            .map(|(_, text)| percent_decode_str(text).decode_utf8_lossy().into_owned())
            .collect()
    }

    /// Whether another template matches the same paths: they differ in the names of parameters alone.
    pub fn is_like(&self, other: &Self) -> bool {
        self.segments.len() == other.segments.len()
            && self.segments.iter().zip(&other.segments).all(|(one, other)| same_shape(one, other))
    }

    /// Writes a path: `value(name)` gives each parameter's text, already percent-encoded.
    pub fn fill<E>(&self, mut value: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
        let mut path = String::with_capacity(self.text.len() + 16);
        for segment in &self.segments {
            path.push('/');
            for piece in segment {
                match piece {
                    Piece::Literal(text) => path.push_str(text),
                    Piece::Parameter(index) => path.push_str(&value(&self.names[*index])?),
                }
            }
        }
        if parts(&self.text).0.ends_with('/') && !path.ends_with('/') {
            path.push('/');
        }
        Ok(path)
    }
}

/// A template's path, and what some documents add to it: `?…` or `#…`.
pub(super) fn parts(text: &str) -> (&str, &str) {
    // Inside braces both are part of a name.
    let mut depth = 0_i32;
    let at = text.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth <= 0 && (c == '?' || c == '#')
    });
    at.map_or((text, ""), |at| text.split_at(at))
}

fn pieces(segment: &str, names: &mut Vec<String>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|at| open + at) else { break };
        if open > 0 {
            pieces.push(Piece::Literal(rest[..open].to_owned()));
        }
        pieces.push(Piece::Parameter(names.len()));
        names.push(rest[open + 1..close].to_owned());
        rest = &rest[close + 1..];
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    pieces
}

/// What a path leads to.
#[derive(Debug)]
pub struct Found<'c, 'p, O> {
    /// The operations of the path item.
    pub operations: &'c [O],
    /// Values of the template's parameters in order, still percent-encoded.
    pub values: SmallVec<[&'p str; 4]>,
}

/// All templates of a contract; each leads to operations.
#[derive(Debug)]
pub struct Router<O> {
    root: Node<O>,
}

#[derive(Debug)]
struct Node<O> {
    literals: NameMap<Node<O>>,
    /// Most literal text first.
    patterns: Vec<(Vec<Piece>, Node<O>)>,
    /// The operations of its templates: first those without a slash at the end, and the other way
    /// about.
    operations: [Vec<O>; 2],
    /// How many come first.
    own: [usize; 2],
}

/// Whether a path ends in a slash that is not all of it.
fn is_slashed(path: &str) -> bool {
    path.len() > 1 && path.ends_with('/')
}

impl<O> Default for Router<O> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<O> Default for Node<O> {
    fn default() -> Self {
        Self {
            literals: NameMap::default(),
            patterns: Vec::new(),
            operations: [Vec::new(), Vec::new()],
            own: [0; 2],
        }
    }
}

impl<O: Copy> Router<O> {
    /// Adds an operation under its template. Templates of one shape share their place.
    pub fn insert(&mut self, template: &Template, operation: O) {
        let mut node = &mut self.root;
        for segment in &template.segments {
            node = match segment.as_slice() {
                // Escapes are compared by the bytes that they encode.
                [Piece::Literal(text)] => {
                    let text = percent_decode_str(text).decode_utf8_lossy().into_owned();
                    node.literals.entry(text).or_default()
                }
                pieces => node.pattern(pieces),
            };
        }
        let kind = usize::from(is_slashed(template.as_str()));
        node.operations[kind].insert(node.own[kind], operation);
        node.operations[1 - kind].push(operation);
        node.own[kind] += 1;
    }

    /// Finds a request path: literal before templated, segment by segment. A trailing slash is
    /// optional; where the document has the path with it and without, each goes before the other.
    pub fn find<'c, 'p>(&'c self, path: &'p str) -> Option<Found<'c, 'p, O>> {
        self.find_where(path, &|_| true)
    }

    /// As [`Router::find`], of the templates whose operations are as wanted.
    pub fn find_where<'c, 'p>(
        &'c self,
        path: &'p str,
        is_wanted: &dyn Fn(&[O]) -> bool,
    ) -> Option<Found<'c, 'p, O>> {
        let kind = usize::from(is_slashed(path));
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut values = SmallVec::new();
        let accepts = |node: &Node<O>| !node.operations[kind].is_empty() && is_wanted(&node.operations[kind]);
        let node = self.root.find(path, &accepts, &mut values)?;
        Some(Found { operations: &node.operations[kind], values })
    }
}

impl<O> Node<O> {
    fn pattern(&mut self, pieces: &[Piece]) -> &mut Self {
        let weight = |pieces: &[Piece]| -> usize {
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(text) => text.len(),
                    Piece::Parameter(_) => 0,
                })
                .sum()
        };
        let position = self.patterns.iter().position(|(known, _)| same_shape(known, pieces));
        let index = position.unwrap_or_else(|| {
            let at = self.patterns.partition_point(|(known, _)| weight(known) >= weight(pieces));
            self.patterns.insert(at, (pieces.to_vec(), Node::default()));
            at
        });
        &mut self.patterns[index].1
    }

    fn find<'c, 'p>(
        &'c self,
        path: &'p str,
        accepts: &dyn Fn(&Self) -> bool,
        values: &mut SmallVec<[&'p str; 4]>,
    ) -> Option<&'c Self> {
        let (segment, rest) = match cut(path, b'/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        let step = |node: &'c Self, values: &mut SmallVec<[&'p str; 4]>| match rest {
            Some(rest) => node.find(rest, accepts, values),
            None => accepts(node).then_some(node),
        };
        let literal = if segment.bytes().any(|octet| octet == b'%') {
            self.literals.get(percent_decode_str(segment).decode_utf8_lossy().as_ref())
        } else {
            self.literals.get(segment)
        };
        if let Some(found) = literal.and_then(|node| step(node, values)) {
            return Some(found);
        }
        let before = values.len();
        for (pieces, node) in &self.patterns {
            if match_pieces(pieces, segment, values)
                && let Some(found) = step(node, values)
            {
                return Some(found);
            }
            values.truncate(before);
        }
        None
    }
}

fn same_shape(left: &[Piece], right: &[Piece]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|pair| match pair {
            (Piece::Literal(a), Piece::Literal(b)) => a == b,
            (Piece::Parameter(_), Piece::Parameter(_)) => true,
            _ => false,
        })
}

/// Matches a segment; a parameter takes at least one character, and as many as leave room for what
/// follows. So the literal texts are looked for from the end, each as far right as it can be, which takes
/// one walk along the segment whatever it is.
fn match_pieces<'p>(pieces: &[Piece], text: &'p str, values: &mut SmallVec<[&'p str; 4]>) -> bool {
    let before = values.len();
    let is_matched = match_from_end(pieces, text, values).is_some();
    if is_matched {
        values[before..].reverse();
    } else {
        values.truncate(before);
    }
    is_matched
}

/// Adds the values of the parameters, last first.
fn match_from_end<'p>(pieces: &[Piece], text: &'p str, values: &mut SmallVec<[&'p str; 4]>) -> Option<()> {
    let mut pieces = pieces.iter().rev().peekable();
    // What is not yet matched ends here; a parameter that waits for its beginning ends at `waiting`.
    let mut end = text.len();
    let mut waiting: Option<usize> = None;
    while let Some(piece) = pieces.next() {
        match (piece, waiting) {
            (Piece::Literal(literal), None) => {
                end = starts(text, end).find(|at| literal_end(text, *at, literal) == Some(end))?;
            }
            (Piece::Literal(literal), Some(close)) => {
                let mut places =
                    starts(text, end).filter_map(|at| Some((at, literal_end(text, at, literal)?)));
                let is_first = pieces.peek().is_none();
                let (at, open) = places.find(|(at, open)| *open < close && (*at == 0 || !is_first))?;
                values.push(text.get(open..close)?);
                (end, waiting) = (at, None);
            }
            (Piece::Parameter(_), None) => waiting = Some(end),
            (Piece::Parameter(_), Some(close)) => {
                // Two in a row: the last one takes a single character.
                let open = starts(text, close).find(|at| *at < close)?;
                values.push(text.get(open..close)?);
                (end, waiting) = (open, Some(open));
            }
        }
    }
    match waiting {
        Some(close) => {
            values.push(text.get(..close).filter(|value| !value.is_empty())?);
            Some(())
        }
        None => (end == 0).then_some(()),
    }
}

/// The places at which a character begins, from the last one before `end` to the first, and `end` itself
/// before all.
fn starts(text: &str, end: usize) -> impl Iterator<Item = usize> {
    (0..=end).rev().filter(|at| text.is_char_boundary(*at))
}

/// Where a literal text ends that begins there; escapes are compared by the bytes that they encode.
fn literal_end(text: &str, at: usize, literal: &str) -> Option<usize> {
    let rest = text.get(at..)?;
    if !literal.contains('%') && rest.starts_with(literal) {
        return Some(at + literal.len());
    }
    let (octets, mut next) = (rest.as_bytes(), 0);
    for wanted in percent_decode_str(literal) {
        let hex = |index: usize| char::from(*octets.get(index)?).to_digit(16);
        let escaped =
            (octets.get(next) == Some(&b'%')).then(|| Some(hex(next + 1)? * 16 + hex(next + 2)?)).flatten();
        match escaped {
            Some(octet) if octet == u32::from(wanted) => next += 3,
            None if octets.get(next) == Some(&wanted) => next += 1,
            _ => return None,
        }
    }
    Some(at + next)
}

#[cfg(test)]
mod tests;
