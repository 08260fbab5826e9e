//! Ids of new objects.

use serde_json::Value;

use super::engine::Engine;
use super::entity::Members;
use super::own_id::names_an_item;
use super::store::Store;
use crate::contract::Direction;
use crate::document::pointer;
use crate::generate::plain_as;
use crate::resources::CollectionId;

/// Forms of ids in paths that are tried.
const MAX_FORMS: usize = 3;

impl Engine {
    /// The id of the next object: one above all that the collection has anywhere, else a UUID, or where that cannot be,
    /// a text in the form of the sample's, or of what paths want.
    pub(super) fn next_id(
        &self,
        store: &mut Store,
        index: CollectionId,
        (members, id_at): (&Members, &str),
        sample: &Value,
        values: &[&str],
    ) -> Value {
        let Some(collection) = self.collection(index) else { return Value::Null };
        let name = id_at.trim_start_matches('/');
        let is_number =
            members.given.get(name).is_some_and(|field| field.kinds.integer || field.kinds.number)
                || sample.pointer(id_at).is_some_and(Value::is_number);
        // What paths want counts, whatever the objects themselves show.
        let mut kinds = self.schemas_of_id(index).map(|schema| schema.shape().kinds);
        if !is_number && !kinds.any(|kinds| (kinds.integer || kinds.number) && !kinds.string) {
            return Value::from(self.next_text(store, index, (name, members), (sample, values)));
        }
        let _ = self.list(store, index, values);
        let next = store.next_number(&collection.path);
        if is_number { Value::from(next) } else { Value::from(next.to_string()) }
    }

    fn next_text(
        &self,
        store: &mut Store,
        index: CollectionId,
        (name, members): (&str, &Members),
        (sample, values): (&Value, &[&str]),
    ) -> String {
        let uuid = store.uuid();
        let read = self.collection(index).and_then(|collection| self.members(collection.retrieve?));
        let fields =
            [Some(members), read].into_iter().flatten().filter_map(|members| members.given.get(name));
        let is_free = fields.into_iter().all(|field| !field.is_limited);
        if is_free && names_an_item(self, index, &Value::from(uuid.as_str())) {
            return uuid;
        }
        let shown = sample.pointer(&pointer::join("", name)).and_then(Value::as_str).map(str::to_owned);
        let parameter = self.collection(index).map_or("", |collection| collection.parameter.as_str());
        let in_paths = self.schemas_of_id(index).filter_map(|schema| {
            let plain = plain_as(parameter, schema, Direction::Request).ok()?;
            plain.as_str().map(str::to_owned)
        });
        let forms: Vec<String> = shown.into_iter().chain(in_paths.take(MAX_FORMS)).collect();
        let taken = self.list(store, index, values).map_or(0, |list| list.len());
        for form in forms {
            // What the collection begins with may have the same form, and the first numbers.
            for _ in 0..=taken {
                let Some(next) = numbered(&form, store.made()) else { break };
                let is_there =
                    self.list(store, index, values).is_some_and(|list| list.called(&next).is_some());
                if next != form && !is_there {
                    if names_an_item(self, index, &Value::from(next.as_str())) {
                        return next;
                    }
                    break;
                }
                store.count_made();
            }
        }
        uuid
    }
}

/// A text in the form of another one, with a number written in the letters and digits at its end: each stays what it is,
/// a digit, a small or a capital letter, and no letter goes beyond F, since it may be a hexadecimal digit. `None` where
/// it has no room for that number.
fn numbered(text: &str, number: u64) -> Option<String> {
    let mut left = number;
    let mut letters: Vec<char> = text.chars().collect();
    for letter in letters.iter_mut().rev() {
        let (first, radix) = match letter {
            '0'..='9' => (b'0', 10),
            'a'..='z' => (b'a', 6),
            'A'..='Z' => (b'A', 6),
            _ => continue,
        };
        *letter = char::from(first + u8::try_from(left % radix).ok()?);
        left /= radix;
        if left == 0 {
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ISaaaa", 1, Some("ISaaab"))]
    #[case("ISaaaa", 8, Some("ISaabc"))]
    #[case("A-0099", 7, Some("A-0097"))]
    #[case("A-9", 123, None)]
    #[case("--", 1, None)]
    fn a_number_takes_the_form_of_a_text(
        #[case] text: &str,
        #[case] number: u64,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(numbered(text, number).as_deref(), expected);
    }
}
