//! Faults in the state of objects.

use crate::rules::Rule;
use serde_json::{Map, Value};

use super::OperationFaults;
use crate::mock::state::{Entry, Members, StateHooks};
use crate::resources::id_name;

impl StateHooks for OperationFaults<'_> {
    fn looks_for_objects(&self) -> bool {
        !self.has(Rule::UnknownFound)
    }

    fn shows_private(&self) -> bool {
        self.has(Rule::OtherOwnerAccepted)
    }

    fn finds_destroyed(&self) -> bool {
        self.has(Rule::DeleteMissingStatus)
    }

    fn before_read(&self, entry: &Entry, members: Option<&Members>) -> Option<Entry> {
        self.has(Rule::ReadHadEffect).then(|| {
            let mut altered = entry.clone();
            alter(&mut altered, members, None);
            altered
        })
    }

    fn shown_as(&self, value: &Value, parameter: &str) -> Option<Value> {
        let name = id_name(value, parameter).filter(|_| self.has(Rule::IdentityChanged))?;
        let mut other = value.clone();
        if let Some(id) = other.get_mut(name) {
            *id = match id.as_i64() {
                Some(number) => Value::from(number.saturating_add(1)),
                None => Value::from("00000000-0000-4000-8000-000000000001"),
            };
        }
        Some(other)
    }

    fn on_created(&self, entry: &mut Entry, members: &Members) {
        if self.has(Rule::CreateAltered) {
            alter(entry, Some(members), None);
        }
    }

    fn keeps_created(&self) -> bool {
        !self.has(Rule::CreateNotFound)
    }

    fn location(&self) -> Option<&'static str> {
        self.has(Rule::LocationBroken).then_some("nowhere")
    }

    fn merges_replacement(&self) -> bool {
        self.has(Rule::ReplaceMerged)
    }

    fn on_updated(
        &self,
        entry: &mut Entry,
        members: &Members,
        sent: &Map<String, Value>,
        soft: Option<&str>,
    ) {
        if self.has(Rule::UpdateClobbered) {
            // A member that the request did not name.
            let named = entry.sent.clone();
            entry.sent.retain(|name| !sent.contains_key(name));
            alter(entry, Some(members), soft);
            entry.sent = named;
        }
    }

    fn keeps_updated(&self) -> bool {
        !self.has(Rule::UpdateNotKept)
    }

    fn destroys(&self, is_refusal: bool) -> bool {
        if is_refusal { self.has(Rule::RefusedMethodHadEffect) } else { !self.has(Rule::DeleteNotGone) }
    }

    fn acts(&self) -> bool {
        !self.has(Rule::ActionNotKept)
    }
}

/// Changes one member that a client sent to another value of its kind. Choices, switches
/// and long texts are left alone, so that nothing else breaks.
fn alter(entry: &mut Entry, members: Option<&Members>, spared: Option<&str>) {
    let Some(object) = entry.value.as_object_mut() else { return };
    let names = entry.sent.iter().filter(|name| Some(name.as_str()) != spared);
    for name in names {
        let Some(field) = members.and_then(|members| members.taken.get(name)) else { continue };
        let format = field.format.as_deref();
        if !field.choices.is_empty() || field.is_limited {
            continue;
        }
        match object.get_mut(name) {
            Some(Value::String(text)) if format == Some("date-time") => {
                "2001-02-03T04:05:06Z".clone_into(text);
            }
            Some(Value::String(text)) if format.is_none() && text.len() < 70 => {
                // To and fro, so that no text grows past its bound.
                match text.strip_suffix(" and more").map(str::to_owned) {
                    Some(short) => *text = short,
                    None => text.push_str(" and more"),
                }
            }
            Some(Value::Number(number)) if number.is_i64() => {
                *number = (number.as_i64().unwrap_or(0) + 1).into();
            }
            _ => continue,
        }
        return;
    }
}
