//! Whether what a request is made of still means what its step does: values that a parameter takes, and a body that should
//! be refused.

use serde_json::Value;

use crate::check::plan::Step;
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::{Direction, Location, Operation, parameter};
use crate::generate::request::{Parts, documented_value};
use crate::judge::At;
use crate::judge::exchange::Intent;
use crate::resources::names::words;

/// Whether a request still is what the step means.
pub(super) fn stays_meant(
    session: &Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &Parts,
) -> Result<(), NotSent> {
    let no = |why: &str| Err(NotSent::Object(why.to_owned(), None));
    if is_mended(operation, step, parts) {
        return no("what the target wants takes the place of what should be refused");
    }
    if session.leads_elsewhere(operation, parts) {
        return no("what is known for its path is another path of the document");
    }
    Ok(())
}

/// Whether a body that should be refused is allowed after all, since what the target has wanted was put into it.
fn is_mended(operation: &Operation, step: &Step, parts: &Parts) -> bool {
    let Intent::Invalid(invalid) = &step.intent else { return false };
    if invalid.at != At::RequestBody || invalid.is_unreadable() {
        return false;
    }
    let Some((media_type, octets)) = &parts.body else { return false };
    let Some(described) = operation.body.as_ref().and_then(|body| body.content_for(media_type)) else {
        return false;
    };
    let schema = described.schema.as_deref().filter(|_| described.is_json());
    let read = serde_json::from_slice::<Value>(octets).ok();
    schema.zip(read).is_some_and(|(schema, body)| schema.is_valid(Direction::Request, &body) == Ok(true))
}

/// A number for a parameter of a read that takes nothing else, where what is known is none: a try or a version is
/// counted, whatever its object's id is.
pub(super) fn numbered(operation: &Operation, location: Location, name: &str, value: Value) -> Value {
    let Some(parameter) = operation.parameter(location, name).filter(|_| operation.is_safe()) else {
        return value;
    };
    let kinds = parameter.value_schema().map(|schema| schema.shape().kinds).unwrap_or_default();
    let is_number = parameter::text(&value).parse::<f64>().is_ok();
    if is_number || kinds.string || !(kinds.integer || kinds.number) || !counts(name) {
        return value;
    }
    documented_value(parameter).unwrap_or_else(|| Value::from(1))
}

/// Whether a parameter is called after what is counted.
fn counts(name: &str) -> bool {
    const COUNTED: [&str; 7] = ["number", "no", "index", "version", "revision", "position", "attempt"];
    words(name).last().is_some_and(|last| COUNTED.contains(&last.as_str()))
}

/// Whether a parameter takes a value, as it is or as a text.
pub(in crate::check) fn fits(operation: &Operation, location: Location, name: &str, value: &Value) -> bool {
    let Some(schema) = operation.parameter(location, name).and_then(|parameter| parameter.value_schema())
    else {
        return true;
    };
    let read = schema.shape().kinds.read(&parameter::text(value));
    [value, &read].into_iter().any(|value| schema.is_valid(Direction::Request, value) != Ok(false))
}
