//! Writes what an answer says about a page.

use serde_json::{Map, Value};

use super::{Listing, Neighbour, PageMember, Tells, answered, listing};
use crate::contract::{Direction, Operation};
use crate::document::pointer;

impl PageMember {
    /// Says a value. Where there is nothing to say: null, else nothing at all, else an empty text.
    pub fn say(&self, answer: &mut Value, value: Option<Value>) {
        match value {
            Some(value) => put(answer, &self.at, value),
            None if self.kinds.null => put(answer, &self.at, Value::Null),
            None if !self.is_required => remove(answer, &self.whole),
            None if self.kinds.string => put(answer, &self.at, Value::from("")),
            None => {}
        }
    }
}

/// Lets a made answer of a list say of itself what is true: that its entries are all there are. What its schema does
/// not allow stays as it was made.
pub fn one_page(operation: &Operation, answer: &mut Value) {
    let Some((listing, schema)) = listing(operation, None).zip(answered(operation)) else { return };
    let Some(entries) = answer.pointer(&listing.entries).and_then(Value::as_array) else { return };
    let count = entries.len();
    let mut whole = answer.clone();
    for member in listing.pages.members.iter().filter(|member| answer.pointer(&member.at).is_some()) {
        match alone(&listing, member.tells, count) {
            Said::Value(value) => member.say(&mut whole, Some(value)),
            Said::Nothing => member.say(&mut whole, None),
            Said::Anything => {}
        }
    }
    if schema.is_valid(Direction::Response, &whole) != Ok(false) {
        *answer = whole;
    }
}

/// What a member says of a page.
enum Said {
    Value(Value),
    Nothing,
    Anything,
}

/// What a member says of the only page of a list.
fn alone(listing: &Listing, tells: Tells, count: usize) -> Said {
    let is_neighbour = |page| matches!(page, Neighbour::Next | Neighbour::Previous);
    Said::Value(match tells {
        Tells::Total | Tells::Shown => Value::from(count),
        Tells::PageCount => Value::from(1),
        Tells::Number(page) | Tells::Offset(page) | Tells::Mark(page) | Tells::Link(page)
            if is_neighbour(page) =>
        {
            return Said::Nothing;
        }
        Tells::Number(_) => Value::from(listing.pages.first),
        Tells::Limit => Value::from(count.max(1)),
        Tells::Offset(_) => Value::from(0),
        Tells::From => Value::from(count.min(1)),
        Tells::To => Value::from(count),
        Tells::Has(page) => Value::from(!is_neighbour(page)),
        Tells::Is(_) => Value::from(true),
        Tells::Mark(_) | Tells::Link(_) | Tells::Links => return Said::Anything,
    })
}

/// Sets a member, which may be inside other objects.
pub fn put(answer: &mut Value, at: &str, value: Value) {
    let mut names: Vec<String> = pointer::tokens(at).collect();
    let Some(last) = names.pop() else { return };
    let mut place = answer;
    for name in names {
        let Some(object) = place.as_object_mut() else { return };
        place = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Some(object) = place.as_object_mut() {
        object.insert(last, value);
    }
}

/// Takes out the member at a JSON pointer.
pub fn remove(answer: &mut Value, at: &str) {
    let (inside, name) = at.rsplit_once('/').unwrap_or_default();
    if let Some(members) = answer.pointer_mut(inside).and_then(Value::as_object_mut) {
        members.shift_remove(&pointer::unescape(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::wrong_numbers(json!({"items": [{"id": 1}], "total": 0, "next": "https://example.com"}),
        json!({"items": [{"id": 1}], "total": 1}))]
    #[case::nothing_said(json!({"items": [{"id": 1}]}), json!({"items": [{"id": 1}]}))]
    #[case::no_list(json!({"total": 5}), json!({"total": 5}))]
    fn a_made_list_has_one_page(#[case] mut answer: Value, #[case] expected: Value) {
        let schema = json!({"type": "object", "properties": {
            "items": {"type": "array", "items": {"type": "object"}}, "total": {"type": "integer"},
            "next": {"type": "string"},
        }});
        let tree = json!({"openapi": "3.1.0", "paths": {"/things": {"get": {
            "responses": {"200": {"description": "all", "content": {"application/json": {"schema": schema}}}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        one_page(&contract.operations[0], &mut answer);
        assert_eq!(answer, expected);
    }
}
