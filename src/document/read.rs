//! Parses one JSON or YAML text, within limits.

mod page;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Place, Problem};
use crate::exchange::json;

/// The syntax of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// RFC 8259.
    Json,
    /// YAML 1.2, core schema.
    Yaml,
}

impl Syntax {
    /// JSON where the first sign is a bracket, else YAML. YAML's flow style that is not JSON is
    /// tried as YAML after JSON failed.
    fn of(text: &str) -> Self {
        match text.trim_start_matches('\u{feff}').trim_start().bytes().next() {
            Some(b'{' | b'[') => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// Larger texts are refused, whoever read them, in bytes.
pub const MAX_TEXT: usize = 1 << 30;
/// What the tree of a text may take, in bytes: many small values take far more than their text.
const MAX_TREE: usize = 640 << 20;
/// Larger texts are not tried as YAML where they begin like JSON and are none, in bytes.
const MAX_FLOW: usize = 4 << 20;

/// The tree of one text.
pub(super) fn read(name: &Arc<str>, octets: &[u8]) -> Result<Value, Box<Problem>> {
    let refuse = |message: String| Box::new(Problem::error(Place::new(name, ""), message));
    if octets.len() > MAX_TEXT {
        return Err(refuse(format!("the document has {} bytes; the limit is {MAX_TEXT}", octets.len())));
    }
    let text = decode(octets).map_err(|why| refuse(why.to_owned()))?;
    match page::problem(name, &text) {
        Some(problem) => Err(Box::new(problem)),
        None => parse(name, &text),
    }
}

/// Decodes text that may carry a byte order mark.
fn decode(octets: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    match octets {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(octets),
    }
}

fn utf8(octets: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    std::str::from_utf8(octets).map(Cow::Borrowed).map_err(|_| "the document is not UTF-8; save it as UTF-8")
}

fn utf16(octets: &[u8], read: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, &'static str> {
    if !octets.len().is_multiple_of(2) {
        return Err("the document begins like UTF-16 but has an odd number of bytes; save it as UTF-8");
    }
    let units = octets.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(Cow::Owned)
        .map_err(|_| "the document begins like UTF-16 but is not; save it as UTF-8")
}

fn parse(name: &Arc<str>, text: &str) -> Result<Value, Box<Problem>> {
    let refuse = |message: &str, line, column| Box::new(syntax_problem(name, message, line, column));
    if Syntax::of(text) == Syntax::Json {
        return json::read(text.as_bytes(), MAX_TREE, json::Twice::Refused).or_else(|error| {
            let refused = refuse(&error.to_string(), error.line(), error.column());
            // Flow-style YAML begins like JSON; where both fail, JSON's message is the clearer one.
            let may_be_yaml = !error.is_data() && text.len() <= MAX_FLOW;
            if may_be_yaml { yaml(text).map_err(|_| refused) } else { Err(refused) }
        });
    }
    yaml(text).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let number = |position| usize::try_from(position).unwrap_or(0);
        refuse(&error.without_snippet().to_string(), number(line), number(column))
    })
}

fn syntax_problem(name: &Arc<str>, message: &str, line: usize, column: usize) -> Problem {
    let message = message.lines().next().unwrap_or("unreadable");
    // Both parsers repeat the position in their text; it is shown once, as the place.
    let message =
        message.split(" at line ").next().unwrap_or(message).split(": line ").next().unwrap_or(message);
    let mut place = Place::new(name, "");
    // What is wrong with the whole is shown at its beginning.
    place.position = Some((line.max(1), column.max(1)));
    Problem::error(place, format!("cannot be read as YAML or JSON: {message}"))
        .help("an OpenAPI document is a YAML or JSON object")
}

/// Levels of YAML take much of the stack where nothing is optimised, and a test of somebody who uses this crate
/// has 2 MiB of it; so much must be left, else so much is taken anew.
const STACK: usize = 8 << 20;

fn yaml(text: &str) -> Result<Value, serde_saphyr::Error> {
    stacker::maybe_grow(STACK, STACK, || read_yaml(text))
}

fn read_yaml(text: &str) -> Result<Value, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 10_000_000,
            max_nodes: 4_000_000,
            max_depth: 128,
            max_total_scalar_bytes: MAX_TEXT,
        },
        // What aliases may unfold to, so that a few lines do not become millions of nodes.
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 300_000,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    };
    serde_saphyr::from_str_with_options(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("{\"a\": 1}", json!({"a": 1}))]
    #[case("{a: 1}", json!({"a": 1}))]
    #[case("200: no\nb: 010\n", json!({"200": "no", "b": "010"}))]
    #[case("\u{feff}a: x", json!({"a": "x"}))]
    #[case("d: 2020-01-01\n", json!({"d": "2020-01-01"}))]
    #[case("{\"a\": \"\\ud83d\\ude00\"}", json!({"a": "\u{1f600}"}))]
    fn reads(#[case] text: &str, #[case] tree: Value) {
        assert_eq!(read(&"t".into(), text.as_bytes()).unwrap(), tree);
    }

    #[rstest]
    #[case("a: [1\nb: 2\n")]
    #[case("{\"a\": 1,\n \"b\": ]}")]
    #[case("a: 1\na: 2\n")]
    #[case("{\"a\": 1, \"a\": 2}")]
    #[case("{\"a\": [{\"b\": {}, \"b\": {}}]}")]
    fn refuses_with_a_position(#[case] text: &str) {
        let problem = read(&"t".into(), text.as_bytes()).unwrap_err();
        assert!(problem.place.position.is_some(), "{problem:?}");
    }

    /// The thread of a test has 2 MiB of stack.
    #[rstest]
    #[case("[", "]")]
    #[case("{a: ", "}")]
    #[case("{\"a\": ", "}")]
    fn as_many_levels_as_are_allowed_fit_on_the_stack(#[case] open: &str, #[case] close: &str) {
        let text = |levels: usize| format!("x: {}1{}", open.repeat(levels), close.repeat(levels));
        assert!(read(&"t".into(), text(120).as_bytes()).is_ok());
        assert!(read(&"t".into(), text(20_000).as_bytes()).is_err());
    }

    #[test]
    fn utf_16_loses_no_octet() {
        let mut octets = vec![0xff, 0xfe];
        octets.extend("{}".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(read(&"t".into(), &octets).is_ok());
        octets.push(b'a');
        assert!(read(&"t".into(), &octets).is_err());
    }

    #[test]
    fn aliases_are_bounded() {
        let mut lines = vec!["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]".to_owned()];
        for level in 1..12 {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            lines.push(format!("a{level}: &a{level} [{below}]"));
        }
        let bomb = lines.join("\n");
        assert!(read(&"t".into(), bomb.as_bytes()).is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("x: {}", "[".repeat(100_000));
        assert!(read(&"t".into(), deep.as_bytes()).is_err());
        let deep = "[".repeat(100_000);
        assert!(read(&"t".into(), deep.as_bytes()).is_err());
    }
}
