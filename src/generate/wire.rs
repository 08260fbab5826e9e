//! Values of parameters as they are written, and as they are read from that.

use http::HeaderValue;
use serde_json::Value;

use super::request::documented_value;
use super::value::plain_as;
use crate::contract::{Direction, Location, Parameter, Schema, parameter};

/// Longer texts are not sent: servers need not take lines of more than 8,000 octets (RFC 9112 §3), and what they say to
/// longer ones is not about the value.
const MAX_LENGTH: usize = 6_000;

/// A value of a parameter as it is written, and as it is read from that; `None` where nothing is written, or too much.
pub(super) fn on_the_wire(parameter: &Parameter, value: &Value) -> Option<(String, Value)> {
    if parameter.location == Location::Query {
        let query = parameter::write_query(parameter, value).join("&");
        // An object without members is written as nothing at all.
        if query.is_empty() || query.len() > MAX_LENGTH {
            return None;
        }
        let read = parameter::read_query(parameter, &parameter::raw_pairs(&query))?;
        return Some((query, read));
    }
    let text = parameter::write_text(parameter, value);
    let is_sent = !text.trim().is_empty() && text.len() <= MAX_LENGTH && HeaderValue::from_str(&text).is_ok();
    is_sent.then(|| (text.clone(), parameter::read_text(parameter, &text)))
}

/// The value that others are made from.
pub(super) fn base(parameter: &Parameter, schema: &Schema) -> Option<Value> {
    let fits = |value: &Value| schema.is_valid(Direction::Request, value) == Ok(true);
    documented_value(parameter)
        .filter(fits)
        .or_else(|| plain_as(&parameter.name, schema, Direction::Request).ok().filter(fits))
}
