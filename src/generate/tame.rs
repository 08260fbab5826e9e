//! Removes members from generated bodies that would affect more than the new object.
//!
//! Such members make it the default, change the order of others, or make a request overwrite something or
//! continue without asking. What is to be done again and again is not done without a pause.

use serde_json::{Value, json};

use crate::contract::{Direction, Schema};
use crate::resources::reach::{is_pace, is_place_in_order, takes_from_others};

/// The body with such switches off, and without such places where they may be left out.
pub fn tame(schema: Option<&Schema>, body: &Value) -> Value {
    let allows = |body: &Value| schema.is_none_or(|s| s.is_valid(Direction::Request, body) != Ok(false));
    let mut tamed = body.clone();
    let names: Vec<String> =
        body.as_object().into_iter().flat_map(|members| members.keys().cloned()).collect();
    for name in names {
        let mut changed = tamed.clone();
        let Some(members) = changed.as_object_mut() else { break };
        match members.get_mut(&name) {
            Some(Value::Bool(true)) if takes_from_others(&name) => {
                members.insert(name, Value::Bool(false));
            }
            Some(Value::Number(_)) if is_place_in_order(&name) => {
                members.shift_remove(&name);
            }
            Some(value) if is_pace(&name) => slow_down(value, 60),
            _ => continue,
        }
        if allows(&changed) {
            tamed = changed;
        }
    }
    tamed
}

/// Makes a pace of nought a slow one; in units, `{"hours": 0, "days": 0}`, one of each.
fn slow_down(pace: &mut Value, slow: u64) {
    match pace {
        Value::Number(number) if number.as_f64() == Some(0.0) => *pace = json!(slow),
        Value::Object(units) => units.values_mut().for_each(|unit| slow_down(unit, 1)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(json!({"is_default": true, "name": "x"}), json!({"is_default": false, "name": "x"}))]
    #[case(json!({"primary": true, "overwrite": true}), json!({"primary": false, "overwrite": false}))]
    #[case(json!({"position": 0, "active": true}), json!({"active": true}))]
    #[case(json!({"position": "north", "default": 3}), json!({"position": "north", "default": 3}))]
    #[case(json!({"interval": {"hours": 0, "days": 0}, "size": 0}), json!({"interval": {"hours": 1, "days": 1}, "size": 0}))]
    #[case(json!({"poll_interval": 0, "every": 5}), json!({"poll_interval": 60, "every": 5}))]
    #[case(json!(["a"]), json!(["a"]))]
    fn bodies_leave_others_where_they_are(#[case] body: Value, #[case] expected: Value) {
        assert_eq!(tame(None, &body), expected);
    }
}
