//! Finishes answers, and records them in the access log, the statistics and the journal.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_LANGUAGE, ETAG, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, Method};
use jiff::Timestamp;

use super::access_log::{AccessLogEntry, printable};
use super::context::Observations;
use super::documents::Documents;
use super::journal::{Answered, Entry, Kept};
use super::response::{Response, Source};
use super::service::Service;
use super::session::Session;
use super::tally::Counted;
use crate::contract::{Direction, Operation, Schema};
use crate::exchange::Request;
use crate::redact::Redactor;
use crate::resources;

/// The header of an answer to a request of which a part could not be judged: which, and why.
const UNJUDGED: &str = "counterpart-unjudged";
/// The header of an answer that chaos changed: what became of the request.
const CHAOS: &str = "counterpart-chaos";

/// A request under way.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub session: &'a Session,
    /// Its number in the journal.
    pub id: u64,
    pub at: Timestamp,
}

/// Adds what every answer carries: its number in the journal, where it comes from, in which ways the request
/// broke the document, and what lets a page of another origin see it.
pub(super) fn finish(
    service: &Service,
    arrival: Arrival<'_>,
    request: &Request,
    observations: &Observations,
    response: &mut Response,
) {
    // A HEAD with an answer of its own has no body whose tag a GET could share (RFC 9110 §9.3.2).
    let operation = observations.operation.and_then(|index| service.contract.at(index));
    if operation.is_none_or(|operation| operation.method != Method::HEAD) {
        tag(service, observations, response);
        response.revalidate(&request.method, &request.headers);
    }
    response.announce(arrival.id, &observations.broken());
    speak(service, request, observations, response);
    if let Some(why) = &observations.unjudged {
        response.set_visible(UNJUDGED, why);
    }
    if let Some(fate) = &observations.chaos {
        response.set(CHAOS, &fate.to_string());
    }
    if let Some(origin) = request.headers.get(ORIGIN) {
        service.allow_origin(origin, response);
    }
}

/// The schema that the operation has for a header field of its answer.
fn documented<'s>(
    service: &'s Service,
    observations: &Observations,
    response: &Response,
    name: &HeaderName,
) -> Option<(&'s Operation, &'s Schema)> {
    let operation = service.contract.at(observations.operation?)?;
    let headers = &operation.response(response.status.as_u16())?.headers;
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name.as_str()))?;
    Some((operation, header.schema.as_ref()?))
}

/// Gives an answer a tag in the form that the document wants: some take numbers alone, some only weak ones.
fn tag(service: &Service, observations: &Observations, response: &mut Response) {
    let Some((_, schema)) = documented(service, observations, response, &ETAG) else { return };
    if response.headers.contains_key(ETAG) {
        return;
    }
    let Some(own) = response.own_tag() else { return };
    let hash = own.to_str().unwrap_or_default().trim_matches('"').to_owned();
    let number = u64::from_str_radix(&hash, 16).unwrap_or_default();
    let forms = [format!("\"{hash}\""), format!("\"{number}\""), format!("W/\"{hash}\""), hash];
    let fits = |form: &&String| schema.is_valid(Direction::Response, &form.as_str().into()) == Ok(true);
    if let Some(form) = forms.iter().find(fits) {
        response.set(ETAG.as_str(), form);
    }
}

/// Says that an answer is in the language that was asked for, where the document has the field and the language. What a
/// person wrote says so itself.
fn speak(service: &Service, request: &Request, observations: &Observations, response: &mut Response) {
    if !response.headers.contains_key(CONTENT_LANGUAGE) || response.source == Source::Fixture {
        return;
    }
    let schema = documented(service, observations, response, &CONTENT_LANGUAGE);
    let asked = schema.and_then(|(operation, _)| resources::asked_language(operation, request));
    if let (Some(asked), Some((_, schema))) = (asked, schema)
        && schema.is_valid(Direction::Response, &asked.as_str().into()) == Ok(true)
    {
        response.set(CONTENT_LANGUAGE.as_str(), &asked);
    }
}

/// Records a request; what the journal keeps of it, where there is one.
pub(super) fn record(
    documents: &Documents,
    service: &Service,
    arrival: Arrival<'_>,
    (request, response): (Request, &Response),
    observations: Observations,
) -> Option<Entry> {
    let options = &service.options;
    let now = (options.clock)();
    let duration = now.duration_since(arrival.at).unsigned_abs();
    // The keys of real traffic are known to nobody before.
    let redactor = match &options.passage {
        Some(_) => documents.redactor.knowing(&request, None),
        None => Cow::Borrowed(&documents.redactor),
    };
    if let Some(log) = &options.log {
        let entry = AccessLogEntry {
            at: now,
            id: arrival.id,
            duration,
            session: &arrival.session.name,
            operation: observations.operation.and_then(|index| service.contract.at(index)),
            request: &request,
            response,
            observations: &observations,
        };
        let line = entry.line(options.lines, &redactor);
        log.send(if options.passage.is_some() { redactor.text(&line) } else { line });
    }
    let operation = observations.operation.and_then(|index| documents.record(service, index));
    if let Some(operation) = operation {
        operation.call();
    }
    let record = operation.unwrap_or(&documents.statistics.undocumented);
    record.count(Counted {
        status: response.sent_status(),
        source: response.source,
        duration,
        met: service.coverage.first_met(&observations),
        broken: broken(&redactor, &request, &observations),
    });
    if let Some(fate) = observations.chaos {
        documents.statistics.struck(fate);
    }
    if observations.are_broken() {
        documents.statistics.broke(|| describe(&redactor, &request, &observations));
    }
    for unknown in &observations.unknown {
        let line = || format!("{} {} · {unknown}", request.method, request.path);
        documents.statistics.met_unknown(|| printable(&redactor.text(&line())));
    }
    let journal = &arrival.session.data.journal;
    journal.is_on().then(|| {
        let (headers, body) = keepable(response);
        let (violations, unknown) = (observations.recorded_violations(), observations.recorded_unknown());
        Entry {
            id: arrival.id,
            at: now,
            operation: operation.cloned(),
            kept: Kept::of(&request, &headers),
            key: observations.key,
            status: response.sent_status(),
            source: response.source,
            violations,
            unknown,
            undocumented: observations.undocumented.map(Cow::Borrowed),
            duration,
            answer: Answered {
                is_shared: !body.is_unique(),
                body,
                label: response.label.clone(),
                note: observations.note,
                unjudged: observations.unjudged,
                decided: observations.decided.map(Cow::Borrowed),
                media_type: observations.media_type,
                call: observations.call,
                chaos: observations.chaos,
                findings: observations.findings,
            },
        }
    })
}

/// What the journal keeps of a response: all, but nothing that a login hands out.
fn keepable(response: &Response) -> (Cow<'_, HeaderMap>, Bytes) {
    if response.source != Source::Login || response.status.is_client_error() {
        return (Cow::Borrowed(&response.headers), response.body.clone());
    }
    let mut headers = response.headers.clone();
    headers.remove(LOCATION);
    headers.remove(SET_COOKIE);
    (Cow::Owned(headers), Bytes::new())
}

/// A line for each way in which a request broke the document.
fn broken(redactor: &Redactor, request: &Request, observations: &Observations) -> Vec<String> {
    if !observations.are_broken() {
        return Vec::new();
    }
    let line = |message: &str| {
        let line = format!("{} {} · {message}", request.method, request.path);
        printable(&redactor.text(&line))
    };
    observations.broken().iter().map(|violation| line(&violation.message)).collect()
}

/// One line about a request that broke the document.
fn describe(redactor: &Redactor, request: &Request, observations: &Observations) -> String {
    let what = match (observations.undocumented, observations.violations.first()) {
        (Some(undocumented), _) => undocumented,
        (None, violation) => violation.map_or("", |violation| violation.message.as_str()),
    };
    let line = format!("{} {} · {what}", request.method, request.path);
    printable(&redactor.text(&line))
}
