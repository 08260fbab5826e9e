//! One resource in two forms: HEAD and GET, CSV and JSON; and undocumented methods.

use http::header::ETAG;
use serde_json::Value;

use super::compare::same;
use super::{brief, observe};
use crate::config::state::member;
use crate::contract::Operation;
use crate::exchange::Response;
use crate::judge::Evaluation;
use crate::rules::{Rule, Severity};

/// `head-differs` (RFC 9110 §9.3.2).
pub fn head(operation: &Operation, get: &Response, head: &Response) -> Evaluation {
    let (wanted, status) = (get.status.as_u16(), head.status.as_u16());
    if status != wanted {
        let message = format!("GET was answered with {wanted} and HEAD with {status}");
        let seen = observe(Rule::HeadDiffers, operation, message)
            .because(wanted.to_string(), status.to_string())
            .of_status();
        return match status {
            // Frameworks that do not know HEAD are many, and say so; load and failures have rules of
            // their own.
            405 | 429 | 500.. => Evaluation::default(),
            _ => seen.into(),
        };
    }
    let (one, other) = (get.media_type(), head.media_type());
    // A server may leave header fields out that it would have to work out (RFC 9110 §9.3.2).
    let differs = (other.is_some() && one != other).then(|| {
        let text = |media_type: Option<String>| media_type.unwrap_or_else(|| "none".to_owned());
        let mut seen = observe(Rule::HeadDiffers, operation, "HEAD has another media type than GET")
            .because(text(one), text(other));
        "response.headers.content-type".clone_into(&mut seen.at);
        seen
    });
    let total =
        |response: &Response, name: &str| response.headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    // Nothing but a count of entries is the same for certain, in so short a time.
    let counted = TOTALS.iter().find_map(|name| {
        let (one, other) = (total(get, name)?, total(head, name)?);
        (one != other).then(|| {
            let mut seen = observe(Rule::HeadDiffers, operation, format!("HEAD and GET have another {name}"))
                .because(one.to_string(), other.to_string())
                .warning();
            seen.at = format!("response.headers.{name}");
            seen
        })
    });
    Evaluation::of(Rule::HeadDiffers, differs.or(counted))
}

/// Whether two answers both have an entity tag, and not the same one.
pub fn tags_differ(one: &Response, other: &Response) -> bool {
    let tag = |response: &Response| response.headers.get(ETAG).cloned();
    tag(one).zip(tag(other)).is_some_and(|(one, other)| one != other)
}

/// `head-differs`: HEAD has another entity tag than the GET before it and the one after it (RFC 9110 §8.8.3, §9.3.2).
pub fn tag(operation: &Operation, get: &Response, head: &Response, again: &Response) -> Evaluation {
    if tags_differ(get, again) || !again.headers.contains_key(ETAG) {
        return Evaluation::default();
    }
    let text = |response: &Response| {
        let tag = response.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
        tag.unwrap_or("none").to_owned()
    };
    let differs = tags_differ(get, head).then(|| {
        let mut seen = observe(Rule::HeadDiffers, operation, "HEAD has another ETag than GET")
            .because(text(get), text(head))
            .warning();
        "response.headers.etag".clone_into(&mut seen.at);
        seen
    });
    Evaluation::of(Rule::HeadDiffers, differs)
}

/// Header fields that count the entries of a list.
const TOTALS: [&str; 3] = ["x-total-count", "x-total", "total-count"];

/// `format-ignored`: another of the documented media types than the one that a parameter named.
pub fn format(
    operation: &Operation,
    asked: &str,
    wanted: &str,
    offered: &[&str],
    got: &Response,
) -> Evaluation {
    let found = got.media_type().filter(|found| offered.contains(&found.as_str()));
    let Some(found) = found.filter(|_| got.status.is_success()) else { return Evaluation::default() };
    let other = (found != wanted).then(|| {
        let message = format!("{asked} was answered in another format");
        let mut seen = observe(Rule::FormatIgnored, operation, message).because(wanted, found);
        "response.headers.content-type".clone_into(&mut seen.at);
        seen
    });
    Evaluation::of(Rule::FormatIgnored, other)
}

/// `format-ignored`: the same list reads differently as CSV (RFC 4180).
pub fn csv(operation: &Operation, entries: &[Value], text: &[u8]) -> Evaluation {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let Ok(columns) = reader.headers() else { return Evaluation::default() };
    let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> =
        reader.records().map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect()).collect();
    let differs = |message: String, expected: String, actual: String| {
        observe(Rule::FormatIgnored, operation, message).because(expected, actual).into()
    };
    if rows.len() != entries.len() {
        let message = format!("the list has {} entries as JSON and {} as CSV", entries.len(), rows.len());
        return differs(message, entries.len().to_string(), rows.len().to_string());
    }
    for (entry, row) in entries.iter().zip(&rows) {
        for (column, cell) in columns.iter().zip(row) {
            // Only plain texts and numbers in both can be compared.
            let Some(found @ (Value::String(_) | Value::Number(_))) = member(entry, column) else { continue };
            if !same(found, &Value::from(cell.as_str())) {
                let message = format!("the column {column:?} differs between JSON and CSV");
                return differs(message, brief(found), format!("{cell:?}"));
            }
        }
    }
    Evaluation::of(Rule::FormatIgnored, None)
}

/// Whether an answer is the page that a front-end is given for whatever nobody else answers: HTML from
/// an operation that documents none, or what a path gets that cannot exist.
pub fn is_fallback(operation: &Operation, got: &Response, nowhere: Option<&Response>) -> bool {
    let documents = |media_type: &str| {
        let mut contents = operation.responses.iter().flat_map(|response| &response.content);
        contents.any(|content| content.covers(media_type))
    };
    let is_page = |media_type: &str| ["text/html", "application/xhtml+xml"].contains(&media_type);
    if got.media_type().is_some_and(|media_type| is_page(&media_type) && !documents(&media_type)) {
        return got.status.is_success();
    }
    // A 404 for what is not there is the same everywhere, and rightly so.
    let is_telling = got.status.is_success() || !matches!(got.status.as_u16(), 401 | 403 | 404 | 405 | 501);
    nowhere.is_some_and(|nowhere| {
        is_telling
            && nowhere.status == got.status
            && nowhere.media_type() == got.media_type()
            && (nowhere.body == got.body || !got.status.is_success())
    })
}

/// `method-undocumented-accepted`, `method-status`, and `allow-missing` of the refusal.
pub fn method(operation: &Operation, method: &str, got: &Response) -> Evaluation {
    let status = got.status.as_u16();
    let mut evaluation = Evaluation::default();
    if status < 500 {
        evaluation.looks(Rule::ServerError);
    }
    match status {
        200..=299 => {
            let message = format!("{method} is not documented for this path and was answered with {status}");
            evaluation.saw(
                observe(Rule::MethodUndocumentedAccepted, operation, message)
                    .because("405", status.to_string())
                    .of_status(),
            );
        }
        // Whoever turns a request away for its form or its rate need not look at the method; a
        // redirect leads to somebody else.
        300..=399 | 406 | 411 | 413 | 415 | 429 => {}
        // What an undocumented method may meet.
        401 | 403 | 404 | 405 | 501 => {
            evaluation.looks(Rule::MethodUndocumentedAccepted);
            evaluation.looks(Rule::MethodStatus);
        }
        500.. => {
            let mut seen =
                observe(Rule::ServerError, operation, format!("the server failed with {status} at {method}"));
            seen.severity = Severity::Error;
            evaluation.saw(seen.because("405", status.to_string()).of_status());
        }
        _ => {
            evaluation.looks(Rule::MethodUndocumentedAccepted);
            let message = format!("{method} is not documented for this path and was refused with {status}");
            evaluation.saw(
                observe(Rule::MethodStatus, operation, message)
                    .because("405", status.to_string())
                    .of_status(),
            );
        }
    }
    if status == 405 {
        evaluation.looks(Rule::AllowMissing);
        if !got.headers.contains_key(http::header::ALLOW) {
            let message = format!("{method} was refused with 405 without the Allow header");
            let mut seen =
                observe(Rule::AllowMissing, operation, message).because("header \"Allow\"", "none");
            "response.headers.allow".clone_into(&mut seen.at);
            evaluation.saw(seen);
        }
    }
    evaluation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::sequence::any_operation;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode};
    use rstest::rstest;
    use serde_json::json;

    fn answer(status: u16, media_type: &str) -> Response {
        let mut headers = HeaderMap::new();
        if !media_type.is_empty() {
            headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
        }
        Response { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::new(), is_cut: false }
    }

    #[rstest]
    #[case(answer(200, "text/csv"), "head-differs")]
    #[case(answer(200, ""), "head-differs")]
    #[case(answer(200, "text/plain"), "head-differs!")]
    #[case(answer(404, ""), "head-differs!")]
    #[case(answer(405, ""), "")]
    #[case(answer(501, ""), "")]
    #[case(answer(429, ""), "")]
    fn head_beside_get(#[case] other: Response, #[case] told: &str) {
        assert_eq!(head(&any_operation(), &answer(200, "text/csv"), &other).told(), told);
    }

    #[rstest]
    #[case(answer(200, "text/csv"), "format-ignored")]
    #[case(answer(200, "application/json"), "format-ignored!")]
    #[case(answer(200, "text/html"), "")]
    #[case(answer(404, "application/json"), "")]
    fn another_format(#[case] got: Response, #[case] told: &str) {
        let offered = ["application/json", "text/csv"];
        assert_eq!(format(&any_operation(), "format=csv", "text/csv", &offered, &got).told(), told);
    }

    #[rstest]
    #[case("id,name\n1,a\n", "format-ignored")]
    #[case("id,name\n2,a\n", "format-ignored!")]
    #[case("id,name\n", "format-ignored!")]
    fn rows_beside_entries(#[case] text: &str, #[case] told: &str) {
        let entries = [json!({"id": 1, "name": "a"})];
        assert_eq!(csv(&any_operation(), &entries, text.as_bytes()).told(), told);
    }

    #[rstest]
    #[case::page(answer(200, "text/html"), None, true)]
    #[case::error_page(answer(400, "text/html"), None, false)]
    #[case::data(answer(200, "application/json"), None, false)]
    #[case::same_anywhere(answer(200, "text/plain"), Some(answer(200, "text/plain")), true)]
    #[case::refused_anywhere(answer(400, "text/plain"), Some(answer(400, "text/plain")), true)]
    #[case::only_here(answer(200, "text/plain"), Some(answer(404, "text/plain")), false)]
    #[case::not_there(answer(404, ""), Some(answer(404, "")), false)]
    fn a_fallback_is_no_answer(#[case] got: Response, #[case] nowhere: Option<Response>, #[case] is: bool) {
        assert_eq!(is_fallback(&any_operation(), &got, nowhere.as_ref()), is);
    }

    #[rstest]
    #[case(200, "method-undocumented-accepted! server-error")]
    #[case(302, "server-error")]
    #[case(404, "method-status method-undocumented-accepted server-error")]
    #[case(405, "allow-missing! method-status method-undocumented-accepted server-error")]
    #[case(409, "method-status! method-undocumented-accepted server-error")]
    #[case(429, "server-error")]
    #[case(500, "server-error!")]
    #[case(501, "method-status method-undocumented-accepted")]
    fn an_undocumented_method(#[case] status: u16, #[case] told: &str) {
        assert_eq!(method(&any_operation(), "PROPFIND", &answer(status, "")).told(), told);
    }
}
