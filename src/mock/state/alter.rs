//! Objects changed behind everybody's back, for faults.

use serde_json::Value;

use super::entity::Members;
use super::store::Entry;

/// Changes one member that a client sent to another value of its kind, for faults. Choices, switches
/// and long texts are left alone, so that nothing else breaks.
pub(super) fn alter(entry: &mut Entry, members: Option<&Members>, spared: Option<&str>) {
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
