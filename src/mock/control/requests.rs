//! The journal in the control API.

use http::StatusCode;
use serde_json::json;

use super::ControlRequest;
use super::actions::no_content;
use crate::contract::parameter;
use crate::mock::response::Response;

pub(super) fn clear(request: &ControlRequest<'_>) -> Response {
    request.control().clear_requests();
    no_content()
}

/// The entries that the filters of the query leave.
pub(super) fn show(request: &ControlRequest<'_>) -> Response {
    let filters = parameter::pairs(request.query.unwrap_or_default());
    let mut entries = request.session.data.journal.entries();
    for (name, value) in &filters {
        match name.as_ref() {
            "operation" => entries.retain(|e| e.operation.as_ref().is_some_and(|o| o.id == *value)),
            "status" => entries.retain(|entry| entry.status.to_string() == *value),
            "key" => entries.retain(|entry| entry.key.as_deref() == Some(value)),
            "session" => {}
            "violations" => entries.retain(|entry| entry.is_broken() == (value != "false")),
            other => {
                return Response::problem(
                    400,
                    &format!("unknown filter {other:?}; use operation, status, key or violations"),
                    None,
                );
            }
        }
    }
    let shown = request.control().recorded(&entries);
    Response::json(StatusCode::OK, &json!({ "count": shown.len(), "requests": shown }))
}
