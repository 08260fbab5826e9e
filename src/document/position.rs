//! From a JSON pointer to a line, in text that is read again.

use saphyr::{MarkedYaml, Scalar, YamlData, YamlLoader};
use saphyr_parser::{Event, Parser, SpannedEventReceiver};

use super::pointer;

/// No text that can be used has more levels; one that was refused may have any number.
const MAX_LEVELS: usize = 256;

/// Where a node is in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Length of the token in characters on that line; at least 1.
    pub width: usize,
}

/// A text with its nodes' positions, for looking up any number of pointers.
pub struct Positions<'t> {
    roots: Vec<MarkedYaml<'t>>,
}

impl<'t> Positions<'t> {
    /// Reads the text again. Unreadable text has no positions.
    pub fn read(text: &'t str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self { roots: nodes(text).unwrap_or_default() }
    }

    /// The span of the node at `pointer`, or of its nearest ancestor that exists. A member of a
    /// map is shown by its key, because that is the line that a person looks for.
    pub fn find(&self, pointer: &str) -> Option<Span> {
        self.way(pointer).last().map(|(shown, _)| span_of(shown))
    }

    /// Whether the member at `pointer` has a key that YAML reads as a number.
    pub fn is_number(&self, pointer: &str) -> bool {
        let steps = pointer::tokens(pointer).count();
        let key = self.way(pointer).nth(steps).map(|(key, _)| &key.data);
        matches!(key, Some(YamlData::Value(Scalar::Integer(_) | Scalar::FloatingPoint(_))))
    }

    /// The nodes from the root to `pointer`, as far as they exist: what shows each, and itself.
    fn way(&self, pointer: &str) -> impl Iterator<Item = (&MarkedYaml<'t>, &MarkedYaml<'t>)> {
        let mut tokens = pointer::tokens(pointer).collect::<Vec<_>>().into_iter();
        let root = self.roots.first().map(|root| (root, root));
        std::iter::successors(root, move |(_, node)| {
            let token = tokens.next()?;
            match &node.data {
                YamlData::Mapping(map) => {
                    let written = MarkedYaml::from(YamlData::Value(Scalar::String(token.clone().into())));
                    // Keys of other types are compared as text.
                    let is_it = |key: &MarkedYaml<'_>| {
                        !key.data.is_string() && key_text(key).is_some_and(|text| text == token)
                    };
                    map.get_key_value(&written).or_else(|| map.iter().find(|(key, _)| is_it(key)))
                }
                YamlData::Sequence(items) => {
                    token.parse::<usize>().ok().and_then(|index| items.get(index)).map(|item| (item, item))
                }
                _ => None,
            }
        })
    }
}

/// The nodes of a text. The loader's own loop calls itself for each level, and would need as much stack as a
/// stranger likes.
fn nodes(text: &str) -> Option<Vec<MarkedYaml<'_>>> {
    let mut loader = YamlLoader::default();
    let mut levels = 0_usize;
    for event in Parser::new_from_iter(text.chars()) {
        let (event, span) = event.ok()?;
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => levels += 1,
            Event::SequenceEnd | Event::MappingEnd => levels = levels.saturating_sub(1),
            _ => {}
        }
        if levels > MAX_LEVELS {
            return None;
        }
        loader.on_event(event, span);
    }
    loader.error().is_none().then(|| loader.into_documents())
}

/// The span of one pointer; see [`Positions::find`].
pub fn locate(text: &str, pointer: &str) -> Option<Span> {
    Positions::read(text).find(pointer)
}

fn key_text(key: &MarkedYaml<'_>) -> Option<String> {
    match &key.data {
        YamlData::Value(scalar) => match scalar {
            Scalar::String(text) => Some(text.to_string()),
            Scalar::Integer(number) => Some(number.to_string()),
            Scalar::Boolean(value) => Some(value.to_string()),
            Scalar::Null => Some("null".to_owned()),
            Scalar::FloatingPoint(number) => Some(number.to_string()),
        },
        YamlData::Representation(text, ..) => Some(text.to_string()),
        _ => None,
    }
}

fn span_of(node: &MarkedYaml<'_>) -> Span {
    let (start, end) = (node.span.start, node.span.end);
    let width = if start.line() == end.line() { end.col().saturating_sub(start.col()).max(1) } else { 1 };
    Span { line: start.line(), column: start.col() + 1, width }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a:\n  b: 1\n  200: x\n", "/a/200", 3, 3)]
    #[case("a:\n  - x\n  - y: 1\n", "/a/1", 3, 5)]
    #[case("{\n  \"a\": {\n    \"b/c\": 1\n  }\n}", "/a/b~1c", 3, 5)]
    #[case("a:\n  b: 1\n", "/a/missing/deeper", 1, 1)]
    fn finds(#[case] text: &str, #[case] pointer: &str, #[case] line: usize, #[case] column: usize) {
        let span = locate(text, pointer).unwrap();
        assert_eq!((span.line, span.column), (line, column));
    }

    #[rstest]
    #[case::blocks("- ", "")]
    #[case::lists("[", "]")]
    #[case::maps("{a: ", "}")]
    fn any_number_of_levels_is_looked_at(#[case] open: &str, #[case] close: &str) {
        let text = |levels: usize| format!("x:\n {}1{}\n", open.repeat(levels), close.repeat(levels));
        assert!(locate(&text(100), "/x").is_some());
        assert_eq!(locate(&text(100_000), "/x"), None);
    }
}
