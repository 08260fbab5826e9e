//! Entity tags: a read with the tag that is known is answered with 304, and a change with another tag is refused
//! (RFC 9110 §13).

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::known::keep_name;
use super::{Object, reading};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::phases::members::sent_members;
use crate::check::session::Session;
use crate::contract::{Location, Operation};
use crate::generate::request::build;
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::rules::Rule;

/// A tag that no object has.
const STRANGE: &str = "\"counterpart-no-such-tag\"";

/// Compares tags, as far as the document has what answers them.
pub(super) async fn compare(session: &mut Session<'_>, object: &Object<'_>) {
    let Some(retrieve) = session.operation(object.collection.retrieve) else { return };
    let Some((read, before)) = reading::now(session, object).await else { return };
    let Some(tag) = tag_of(&read) else { return };
    if retrieve.documents(304) {
        let weak = format!("W/{}", tag.trim_start_matches("W/"));
        for (tags, what) in [
            (tag.clone(), "the tag of the object"),
            (weak, "the weak form of its tag"),
            (format!("{STRANGE}, {tag}"), "a list with its tag"),
        ] {
            if unchanged(session, object, retrieve, &tags, what).await != Some(true) {
                break;
            }
        }
    }
    if let Some(update) = session.operation(object.collection.update.or(object.collection.replace)) {
        change(session, object, update, (&tag, &before)).await;
    }
}

/// Whether a read with a tag that the object has is answered with 304.
async fn unchanged(
    session: &mut Session<'_>,
    object: &Object<'_>,
    retrieve: &Operation,
    tags: &str,
    what: &str,
) -> Option<bool> {
    let read = with_header(session, object, retrieve, ("if-none-match", tags), None).await?;
    if read.status() != 304 && !read.is_success() {
        return None;
    }
    if read.status() == 304 {
        // It has the headers that the document requires of it, the tag above all (RFC 9110 §15.4.5).
        session.recorder.judge(retrieve, &Attempt::made_up(retrieve).intent, &read, None);
    }
    let seen = read.is_success().then(|| {
        let seen = observe(
            Rule::StatusUnexpected,
            retrieve,
            format!("If-None-Match with {what} was answered in full"),
        )
        .because("304", read.status().to_string())
        .of_status();
        if what.contains("object") { seen } else { seen.warning() }
    });
    let is_wrong = session.recorder.say(retrieve, &read, Evaluation::of(Rule::StatusUnexpected, seen));
    Some(!is_wrong)
}

/// A change with a strange tag is refused, one with the own tag is not, and the object has another tag afterwards.
async fn change(
    session: &mut Session<'_>,
    object: &Object<'_>,
    update: &Operation,
    (tag, before): (&str, &Value),
) {
    let matches = update.parameter(Location::Header, "If-Match").is_some() || update.documents(412);
    let Some(body) = session.base(update).and_then(|step| step.body) else { return };
    let mut members = sent_members(update, Some(&body));
    keep_name(object, before, &mut members);
    if members.is_empty() {
        return;
    }
    let body = Value::Object(members);
    if matches && update.documents(412) {
        let Some(turn) = with_header(session, object, update, ("if-match", STRANGE), Some(&body)).await
        else {
            return;
        };
        let seen = turn.is_success().then(|| {
            observe(Rule::InvalidAccepted, update, "a change with If-Match of another tag was accepted")
                .because("412", turn.status().to_string())
                .of_status()
        });
        if session.recorder.say(update, &turn, Evaluation::of(Rule::InvalidAccepted, seen)) {
            return;
        }
        // RFC 9110 §13.1.1: a condition that does not hold is answered with 412. Tags may have a form of their own (400).
        let other = (turn.status() == 409).then(|| {
            observe(
                Rule::StatusUnexpected,
                update,
                "a change with If-Match of another tag was refused otherwise",
            )
            .because("412", turn.status().to_string())
            .of_status()
            .warning()
        });
        session.recorder.say(update, &turn, Evaluation::of(Rule::StatusUnexpected, other));
    }
    let mut last = tag.to_owned();
    let tries: &[fn(&str) -> String] =
        &[str::to_owned, |tag| format!("{STRANGE}, {tag}"), |_| "*".to_owned()];
    for (place, tags) in tries.iter().enumerate() {
        if !matches && place > 0 {
            return;
        }
        let wanted = tags(&last);
        let header = if matches { wanted.as_str() } else { "" };
        let Some(turn) = with_header(session, object, update, ("if-match", header), Some(&body)).await else {
            return;
        };
        let is_refused = turn.status() == 412 && matches;
        let seen = is_refused.then(|| {
            observe(Rule::ValidRejected, update, format!("a change with If-Match: {wanted} was refused"))
                .because("success", "412")
                .of_status()
                .warning()
        });
        if session.recorder.say(update, &turn, Evaluation::of(Rule::ValidRejected, seen))
            || !turn.is_success()
        {
            return;
        }
        let Some((read, now)) = reading::now(session, object).await else { return };
        let Some(tag) = tag_of(&read) else { return };
        // The first change may have changed nothing, but for the time of it.
        let differs = object_differs(before, &now, &body);
        if tag == last && place == 0 && differs {
            let seen =
                observe(Rule::UpdateNotKept, update, "a changed object has the ETag that it had before")
                    .because("another tag", tag.clone());
            session.recorder.say(update, &read, seen.warning());
            return;
        }
        last = tag;
    }
}

/// Whether a change has given a member another value than the object had before.
fn object_differs(before: &Value, now: &Value, sent: &Value) -> bool {
    let mut sent = sent.as_object().into_iter().flatten();
    sent.any(|(name, value)| before.get(name) != now.get(name) && now.get(name) == Some(value))
}

async fn with_header(
    session: &mut Session<'_>,
    object: &Object<'_>,
    operation: &Operation,
    (name, value): (&'static str, &str),
    body: Option<&Value>,
) -> Option<Evidence> {
    let parts = match body {
        Some(body) => session.with_body(operation, &object.values, body)?,
        None => session.addressed(operation, &object.values)?,
    };
    let mut request = build(operation, &parts).ok()?;
    if !value.is_empty() {
        request.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
    }
    let ask = Attempt::made_up(operation);
    dispatch::send_as(session, operation, request, ask, false).await
}

fn tag_of(read: &Evidence) -> Option<String> {
    let tag = read.exchange.response()?.headers.get(http::header::ETAG)?.to_str().ok()?;
    (tag.ends_with('"')).then(|| tag.to_owned())
}
