//! Counts and latencies in the Prometheus text format, and which part of the document clients met.

use std::fmt::Write as _;

use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::ControlRequest;
use crate::mock::response::{Response, Source};
use crate::mock::tally::{BOUNDS, Tally};

pub(super) fn show(request: &ControlRequest<'_>) -> Response {
    let mut response = Response::empty(StatusCode::OK, Source::Control);
    response.headers.insert("content-type", HeaderValue::from_static("text/plain; version=0.0.4"));
    let requests = request.documents.statistics.requests();
    let mut text = format!(
        "# HELP counterpart_requests_total Requests answered.\n# TYPE counterpart_requests_total counter\n\
         counterpart_requests_total {requests}\n\
         # HELP counterpart_request_duration_seconds Time to answer, by operation, status and source.\n\
         # TYPE counterpart_request_duration_seconds histogram\n"
    );
    for (operation, tally) in request.documents.tallies() {
        histograms(&operation, &tally, &mut text);
    }
    let unlucky = request.documents.statistics.unlucky();
    if !unlucky.is_empty() {
        const NAME: &str = "counterpart_chaos_total";
        let _ = writeln!(text, "# HELP {NAME} Requests that chaos struck, by kind.\n# TYPE {NAME} counter");
        for (kind, count) in unlucky {
            let _ = writeln!(text, "{NAME}{{kind=\"{kind}\"}} {count}");
        }
    }
    response.body = text.into();
    response
}

fn histograms(operation: &str, tally: &Tally, text: &mut String) {
    // Writing to a text cannot fail.
    const NAME: &str = "counterpart_request_duration_seconds";
    let operation = operation.replace('\\', "\\\\").replace('"', "\\\"");
    for ((status, source), histogram) in &tally.answers {
        let labels = format!("operation=\"{operation}\",status=\"{status}\",source=\"{source}\"");
        for (bound, count) in BOUNDS.iter().zip(histogram.buckets) {
            let seconds = std::time::Duration::from_millis(*bound).as_secs_f64();
            let _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"{seconds}\"}} {count}");
        }
        let (count, sum) = (histogram.count, histogram.sum.as_secs_f64());
        let _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{NAME}_sum{{{labels}}} {sum}\n{NAME}_count{{{labels}}} {count}");
    }
}

pub(super) fn coverage(request: &ControlRequest<'_>) -> Response {
    Response::json(StatusCode::OK, &json!({ "operations": request.documents.sums() }))
}
