//! Reads JSON into a tree that takes bounded memory: many small values take far more than their text.

use std::cell::Cell;
use std::{fmt, io};

use serde::Serialize;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::surrogates;

/// What one value takes in its list or its map, in bytes.
const VALUE: usize = std::mem::size_of::<Value>();
/// What a map takes beside its members, and what each of these takes beside its key and its value.
const MAP: usize = 400;
const MEMBER: usize = 40;

/// How much the tree of one message may take.
pub const MAX_MESSAGE: usize = 128 << 20;

/// Of texts of at least this size it is found out how many values they have, in bytes.
const LONG: usize = 256 << 10;
/// A list of more values than these gets room for all that there are in the text.
const MANY: usize = 4 << 10;

/// What is said of more values than are allowed.
const TOO_MANY: &str = "it has too many values";

/// What becomes of a key that is there twice (RFC 8259 §4 leaves it open).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twice {
    /// The text is refused.
    Refused,
    /// The last one counts.
    Last,
}

/// The tree of a text that takes at most so many bytes.
///
/// # Errors
/// It is no JSON; or, as an error of data, it goes beyond what is allowed.
pub fn read(octets: &[u8], most: usize, twice: Twice) -> Result<Value, serde_json::Error> {
    // Known to be too much before any of it is made; short texts need not be looked at for that.
    let is_long = octets.len() >= LONG || octets.len().saturating_mul(VALUE) > most;
    let commas = if is_long { commas(octets) } else { 0 };
    if commas.saturating_mul(VALUE) > most {
        return Err(serde_json::Error::custom(TOO_MANY));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(octets);
    let left = Cell::new(most);
    let most_items = Cell::new(commas);
    let tree = Tree { left: &left, most_items: &most_items, twice }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(tree)
}

/// The tree of what a target answered. A mark of the order of octets may be passed over (RFC 8259 §8.1), and half a pair of
/// UTF-16 is another character, since the grammar has it (§8.2) but no text can hold it.
///
/// # Errors
/// It is no JSON; or, as an error of data, it goes beyond `MAX_MESSAGE`.
pub fn read_answer(octets: &[u8]) -> Result<Value, serde_json::Error> {
    let octets = without_mark(octets);
    let read = |octets: &[u8]| read(octets, MAX_MESSAGE, Twice::Last);
    match read(octets) {
        Err(error) if !error.is_data() => match surrogates::without_halves(octets) {
            Some(whole) => read(&whole),
            None => Err(error),
        },
        done => done,
    }
}

/// So many octets are written at once; of more it is found out first how many there are.
const AT_ONCE: usize = 64 << 10;

/// The beginning of a text, and how long all of it is.
#[derive(Default)]
struct Beginning {
    octets: Vec<u8>,
    length: usize,
}

impl io::Write for Beginning {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.length += octets.len();
        if self.length <= AT_ONCE {
            self.octets.extend_from_slice(octets);
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value as JSON, in exactly the memory that it takes: a text that grows takes twice that, and leaves as much behind.
/// Empty where the value cannot be written.
pub fn write(value: &impl Serialize) -> Vec<u8> {
    let mut beginning = Beginning::default();
    if serde_json::to_writer(&mut beginning, value).is_err() {
        return Vec::new();
    }
    if beginning.length <= AT_ONCE {
        return beginning.octets;
    }
    let mut octets = Vec::with_capacity(beginning.length);
    match serde_json::to_writer(&mut octets, value) {
        Ok(()) => octets,
        Err(_) => Vec::new(),
    }
}

/// A text without the mark of the order of its octets.
pub fn without_mark(octets: &[u8]) -> &[u8] {
    octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets)
}

/// Commas outside of texts: how many values there are at least.
fn commas(octets: &[u8]) -> usize {
    let (mut is_text, mut is_escaped, mut count) = (false, false, 0);
    for octet in octets {
        match octet {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b',' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

#[derive(Clone, Copy)]
struct Tree<'l> {
    /// How many bytes the rest may take.
    left: &'l Cell<usize>,
    /// How many values one list has at most; 0 where nobody counted, and while a list has room for so many. Growing by and
    /// by would take twice the memory, and leave as much behind.
    most_items: &'l Cell<usize>,
    twice: Twice,
}

impl Tree<'_> {
    fn takes<E: Error>(self, octets: usize) -> Result<(), E> {
        match self.left.get().checked_sub(octets) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(E::custom(TOO_MANY)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.takes(value.len())?;
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.takes(value.len())?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let mut most_items = 0;
        while let Some(item) = items.next_element_seed(self)? {
            self.takes(VALUE)?;
            if list.len() >= MANY && list.len() == list.capacity() && self.most_items.get() > list.len() {
                most_items = self.most_items.take();
                // Without room it grows by and by.
                let _ = list.try_reserve_exact(most_items + 1 - list.len());
            }
            list.push(item);
        }
        if most_items > 0 {
            self.most_items.set(most_items);
            if list.len() < list.capacity() / 2 {
                list.shrink_to_fit();
            }
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.takes(MAP)?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if self.twice == Twice::Refused && map.contains_key(&key) {
                let shown: String = key.chars().take(100).collect();
                return Err(A::Error::custom(format!("the key {shown:?} is there twice")));
            }
            self.takes(VALUE + MEMBER + key.len())?;
            let value = members.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("[{},{},{}]", true)]
    #[case("[{},{},{},{},{},{},{},{},{}]", false)]
    #[case(
        "[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]",
        false
    )]
    #[case("\"a\"", true)]
    #[case("{\"a\":{},\"a\":1}", true)]
    fn what_it_takes_counts(#[case] text: &str, #[case] fits: bool) {
        let read = read(text.as_bytes(), 1500, Twice::Last);
        assert_eq!(read.is_ok(), fits, "{read:?}");
        assert!(read.err().is_none_or(|error| error.is_data()));
    }

    #[test]
    fn a_long_list_takes_no_more_than_it_needs() {
        let text =
            format!("[[{}0],[{}0],{}0]", "0,".repeat(9_999), "0,".repeat(99_999), "[],".repeat(199_999));
        let Ok(Value::Array(lists)) = read(text.as_bytes(), MAX_MESSAGE, Twice::Last) else {
            panic!("no list")
        };
        assert_eq!(lists.len(), 200_002);
        let sizes: Vec<usize> =
            lists.iter().take(2).filter_map(|list| Some(list.as_array()?.len())).collect();
        assert_eq!(sizes, [10_000, 100_000]);
        for list in lists.iter().take(2).filter_map(Value::as_array) {
            assert!(list.capacity() <= 2 * list.len(), "{} of {}", list.len(), list.capacity());
        }
        // The commas are the bound, of which two lists have a third.
        assert!(lists.capacity() <= 310_002, "{}", lists.capacity());
    }

    #[rstest]
    #[case::plain(br#"{"a": 1}"#, Some(r#"{"a":1}"#))]
    #[case::a_mark(b"\xef\xbb\xbf[]", Some("[]"))]
    #[case::half_a_pair(br#"["\ud83e"]"#, Some("[\"\u{fffd}\"]"))]
    #[case::half_a_pair_in_what_is_no_json(br#"["\ud83e""#, None)]
    #[case::nothing(b"", None)]
    fn answers_are_read(#[case] octets: &[u8], #[case] expected: Option<&str>) {
        assert_eq!(read_answer(octets).ok().map(|value| value.to_string()).as_deref(), expected);
    }

    #[rstest]
    #[case(0)]
    #[case(AT_ONCE - 2)]
    #[case(AT_ONCE - 1)]
    #[case(3 * AT_ONCE)]
    fn a_text_takes_no_more_than_its_length(#[case] length: usize) {
        let value = Value::from("x".repeat(length));
        let octets = write(&value);
        assert_eq!(octets, value.to_string().as_bytes());
        assert!(octets.len() <= AT_ONCE || octets.capacity() == octets.len());
    }

    proptest! {
        #[test]
        fn a_tree_is_what_the_text_says(text in "[{}\\[\\]\",:a0-9.e \\\\-]*|\"\\PC*\"") {
            let (own, plain) = (read(text.as_bytes(), 1 << 20, Twice::Last), serde_json::from_str::<Value>(&text));
            match (own, plain) {
                (Ok(own), Ok(plain)) => prop_assert_eq!(own, plain),
                (Err(error), Ok(_)) => prop_assert!(error.is_data()),
                (own, Err(_)) => prop_assert!(own.is_err()),
            }
        }
    }
}
