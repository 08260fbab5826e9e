//! The violations of one message.

mod request;
mod response;
mod unknown;

use std::borrow::Cow;

use http::HeaderMap;
use serde_json::Value;

use super::{At, Kind, Reading, Violation};
use crate::contract::media_type::MediaType;
use crate::contract::schema::shown;
use crate::contract::{Direction, MediaBody, Mismatch, Schema};

pub use request::{Received, request};
pub use response::response;
pub use unknown::Unknown;

/// The value of a header field: that of all its lines together (RFC 9110 §5.2).
fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    let mut lines = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = lines.next()?;
    Some(lines.fold(first, |whole, line| Cow::Owned(format!("{whole}, {line}"))))
}

/// Tells whether the schema could judge at all.
fn judge_value(
    schema: &Schema,
    direction: Direction,
    value: &Value,
    at: &dyn Fn() -> At,
    found: &mut Vec<Violation>,
) -> bool {
    match schema.check(direction, value) {
        Ok(mismatches) => {
            found.extend(mismatches.into_iter().map(|mismatch| mismatched(at(), mismatch)));
            true
        }
        Err(why) => {
            let violation = Violation::of(Kind::Unjudged, at(), format!("the schema cannot be used: {why}"));
            found.push(violation.because("", shown(value)).said_at(schema.pointer()));
            false
        }
    }
}

/// A body of which nothing can be said in bounded time and memory.
fn too_many(at: At, pointer: &str) -> Violation {
    Violation::of(Kind::Unjudged, at, "the body has too many values to be judged".to_owned()).said_at(pointer)
}

/// Judges the items of a stream, each as itself. Tells whether the schema could judge at all.
fn judge_items(
    schema: &Schema,
    direction: Direction,
    items: &[Value],
    at: &dyn Fn() -> At,
    found: &mut Vec<Violation>,
) -> bool {
    // More places than these help nobody.
    const MOST: usize = 20;
    let known = found.len();
    for (index, item) in items.iter().enumerate() {
        match schema.check(direction, item) {
            Ok(mismatches) => found.extend(mismatches.into_iter().map(|mut mismatch| {
                mismatch.instance = format!("/{index}{}", mismatch.instance);
                mismatched(at(), mismatch)
            })),
            Err(_) => return judge_value(schema, direction, item, at, found),
        }
        if found.len() >= known + MOST {
            found.truncate(known + MOST);
            break;
        }
    }
    true
}

fn mismatched(at: At, mismatch: Mismatch) -> Violation {
    let place = match mismatch.subject() {
        whole if whole.is_empty() => at.to_string(),
        inside => format!("{at}{inside}"),
    };
    Violation {
        kind: Kind::Schema,
        message: format!("{place}: {}", mismatch.message()),
        expected: mismatch.expected.clone(),
        actual: mismatch.actual.clone(),
        document: mismatch.schema.clone(),
        at,
        mismatch: Some(mismatch),
    }
}

fn one_of(content: &[MediaBody]) -> String {
    let types: Vec<String> = content.iter().map(MediaBody::full_type).collect();
    types.join(" or ")
}

/// Says that a media type is not documented.
fn undocumented(at: At, sent: Option<&str>, whose: &str, content: &[MediaBody]) -> Violation {
    let sent = sent.map(MediaType::parse).map(|sent| {
        // Parameters matter where other ones are documented.
        let is_known = content.iter().any(|body| body.covers(&sent.essence));
        if is_known { sent.to_string() } else { sent.essence }
    });
    let message = match &sent {
        Some(sent) => format!("the media type {sent:?} is not documented{whose}"),
        None => format!("there is content{whose}, but no Content-Type"),
    };
    let actual = sent.unwrap_or_else(|| "no Content-Type".to_owned());
    Violation::of(Kind::MediaType, at, message).because(one_of(content), actual)
}

#[cfg(test)]
mod tests;
