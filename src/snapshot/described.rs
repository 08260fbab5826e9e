//! What the document says about the body of a response.

use serde_json::Value;

use super::exact;
use crate::contract::body::{self, Body};
use crate::contract::schema::Schema;
use crate::contract::{Direction, Operation, is_json};
use crate::exchange::{Response, media_type};

/// The schema that the document has for an answer's body, and the body's value: JSON, or what the
/// schema makes of XML and CSV. `None` for a body that is only a text or octets.
pub(super) fn described<'o>(
    operation: &'o Operation,
    response: &Response,
) -> (Option<&'o Schema>, Option<Value>) {
    let sent = media_type(&response.headers).unwrap_or_default();
    let documented = operation.response(response.status.as_u16()).and_then(|r| r.content_for(&sent));
    let value = if is_json(&sent) {
        exact::read(&response.body)
    } else {
        let read = documented.map(|content| {
            body::read(content, Direction::Response, &sent, &response.headers, &response.body)
        });
        match read {
            Some(Ok(Body::Value(value @ (Value::Object(_) | Value::Array(_))))) => Some(value),
            _ => None,
        }
    };
    (documented.and_then(|content| content.schema.as_deref()), value)
}
