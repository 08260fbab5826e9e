//! Texts of a form that its schema wants in another kind than they were read as.
//!
//! Where a schema allows a text beside other kinds, a form cannot show which of them is meant. The text goes
//! first; where the schema refuses it, the others are tried.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::schema::{Direction, Kinds, Schema, View};
use crate::document::pointer;

/// Rounds in which values are changed: what is inside a list is seen only after the list.
const MAX_ROUNDS: usize = 4;

/// The value with each text that its schema refuses as another kind, where that makes it better.
pub(super) fn settle(schema: &Schema, mut value: Value) -> Value {
    let Ok(mut wrong) = schema.check(Direction::Request, &value) else { return value };
    for _ in 0..MAX_ROUNDS {
        let places: BTreeSet<&str> = wrong.iter().map(|mismatch| mismatch.instance.as_str()).collect();
        let mut changed = value.clone();
        for place in &places {
            let other = value.pointer(place).and_then(|found| as_other_kind(schema, place, found));
            if let (Some(other), Some(found)) = (other, changed.pointer_mut(place)) {
                *found = other;
            }
        }
        if changed == value {
            return value;
        }
        let Ok(now) = schema.check(Direction::Request, &changed) else { return value };
        let differs = now.iter().any(|mismatch| !places.contains(mismatch.instance.as_str()));
        if now.len() >= wrong.len() && !differs {
            return value;
        }
        (value, wrong) = (changed, now);
    }
    value
}

/// A text as another kind than text, where its place allows one.
fn as_other_kind(schema: &Schema, place: &str, found: &Value) -> Option<Value> {
    let text = found.as_str()?;
    let view = pointer::tokens(place).try_fold(View::of(schema, Direction::Request), |view, step| {
        if step.parse::<usize>().is_ok() { view.items().or_else(|| view.described(&step)) } else { view.described(&step) }
    })?;
    let kinds = Kinds { string: false, ..view.kinds() };
    let read = kinds.read(text);
    if read != *found {
        return Some(read);
    }
    kinds.array.then(|| {
        let items = view.items().map_or(Kinds::TEXT, |items| items.kinds());
        Value::Array(vec![items.read(text)])
    })
}
