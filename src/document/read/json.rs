//! Reads JSON into a tree, and refuses what nobody can mean: a key that is there twice, and more values than
//! memory should hold.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What one value takes in its list or its map, in bytes.
const VALUE: usize = std::mem::size_of::<Value>();
/// What a map takes beside its members, and what each of these takes beside its key and its value.
const MAP: usize = 96;
const MEMBER: usize = 64;

/// The tree of a text that takes at most so many bytes.
///
/// # Errors
/// It is no JSON; or, as an error of data, it goes beyond what is allowed.
pub(super) fn read(text: &str, most: usize) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let left = Cell::new(most);
    let tree = Tree { left: &left }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(tree)
}

#[derive(Clone, Copy)]
struct Tree<'l> {
    /// How many bytes the rest may take.
    left: &'l Cell<usize>,
}

impl Tree<'_> {
    fn takes<E: Error>(self, octets: usize) -> Result<(), E> {
        match self.left.get().checked_sub(octets) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                Err(E::custom("the document has too many values; split it, or leave out what is no OpenAPI"))
            }
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
        while let Some(item) = items.next_element_seed(self)? {
            self.takes(VALUE)?;
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.takes(MAP)?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if map.contains_key(&key) {
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
    fn what_it_takes_counts(#[case] text: &str, #[case] fits: bool) {
        let read = read(text, 1000);
        assert_eq!(read.is_ok(), fits, "{read:?}");
        assert!(read.err().is_none_or(|error| error.is_data()));
    }

    proptest! {
        #[test]
        fn a_tree_is_what_the_text_says(text in "[{}\\[\\]\",:a0-9.e \\\\-]*|\"\\PC*\"") {
            let (own, plain) = (read(&text, 1 << 20), serde_json::from_str::<Value>(&text));
            match (own, plain) {
                (Ok(own), Ok(plain)) => prop_assert_eq!(own, plain),
                (Err(error), Ok(_)) => prop_assert!(error.is_data()),
                (own, Err(_)) => prop_assert!(own.is_err()),
            }
        }
    }
}
