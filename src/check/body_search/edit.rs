//! A change of a body.

use serde_json::Value;

use crate::check::smaller_body::remove;
use crate::document::pointer;
use crate::resources::members::ends_period;

/// The year of made-up dates, and one that is long to come.
const YEARS: (&str, &str) = ("2019-", "2037-");

/// A change of a body.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::check) enum Edit {
    /// The member at this pointer is not sent.
    LeaveOut(String),
    /// The member at this pointer has that value.
    Set(String, Value),
    /// Made-up times at which something ends are long to come.
    EndLater,
}

impl Edit {
    /// The member that it is about; empty where it is about several.
    pub fn at(&self) -> &str {
        match self {
            Self::LeaveOut(at) | Self::Set(at, _) => at,
            Self::EndLater => "",
        }
    }

    /// Whether it changed the body.
    pub fn apply(&self, body: &mut Value) -> bool {
        match self {
            Self::LeaveOut(at) => {
                let was_there = body.pointer(at).is_some();
                remove(body, at);
                was_there
            }
            Self::Set(at, value) => {
                let Some((above, name)) = at.rsplit_once('/') else { return false };
                let Some(members) = body.pointer_mut(above).and_then(Value::as_object_mut) else {
                    return false;
                };
                members.insert(pointer::unescape(name), value.clone()).as_ref() != Some(value)
            }
            Self::EndLater => end_later(body),
        }
    }
}

/// Moves made-up end times into the future; returns whether there were any.
fn end_later(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().filter_map(|item| end_later(item).then_some(())).count() > 0,
        Value::Object(members) => members.iter_mut().fold(false, |changed, (name, value)| match value {
            Value::String(text) if ends_period(name) && text.starts_with(YEARS.0) => {
                text.replace_range(..YEARS.0.len(), YEARS.1);
                true
            }
            value => end_later(value) || changed,
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_ends_may_end_later() {
        let mut body = json!({
            "startsAt": "2019-08-24T14:15:22Z", "endsAt": "2019-08-25T14:15:22Z",
            "slots": [{"until": "2019-08-25"}], "endNote": "string",
        });
        assert!(Edit::EndLater.apply(&mut body));
        assert_eq!(body["endsAt"], "2037-08-25T14:15:22Z");
        assert_eq!(body["slots"][0]["until"], "2037-08-25");
        assert_eq!(body["startsAt"], "2019-08-24T14:15:22Z");
        assert!(!Edit::EndLater.apply(&mut body));
    }
}
