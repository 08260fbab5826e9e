//! Records answered requests in the access log, the statistics and the journal.

use super::access_log::{AccessLogEntry, printable};
use super::context::Observations;
use super::documents::Documents;
use super::journal::Entry;
use super::response::Response;
use super::service::Service;
use super::session::Session;
use crate::exchange::Request;

/// How a request was answered.
#[derive(Clone, Copy)]
pub(super) struct Answered<'a> {
    pub service: &'a Service,
    pub session: &'a Session,
    pub response: &'a Response,
}

/// Records a request.
pub(super) fn record(
    documents: &Documents,
    answered: Answered<'_>,
    request: Request,
    observations: Observations,
) {
    let Answered { service, session, response } = answered;
    let options = &service.options;
    if let Some(log) = &options.log {
        let entry = AccessLogEntry {
            at: (options.clock)(),
            session: &session.name,
            operation: observations.operation.and_then(|index| service.contract.at(index)),
            request: &request,
            response,
            observations: &observations,
        };
        let _ = log.send(entry.line(options.lines));
    }
    let operation = observations.operation.and_then(|index| documents.record(service, index));
    if let Some(operation) = operation {
        operation.call();
    }
    if observations.undocumented.is_some() || !observations.violations.is_empty() {
        documents.statistics.broke(|| describe(documents, &request, &observations));
    }
    if session.data.journal.is_on() {
        session.data.journal.push(Entry {
            id: 0,
            at: (options.clock)(),
            operation: operation.cloned(),
            request,
            key: observations.key,
            status: response.status.as_u16(),
            source: response.source,
            violations: observations.violations,
            undocumented: observations.undocumented,
        });
    }
}

/// One line about a request that broke the document.
fn describe(documents: &Documents, request: &Request, observations: &Observations) -> String {
    let what = match (observations.undocumented, observations.violations.first()) {
        (Some(undocumented), _) => undocumented,
        (None, violation) => violation.map_or("", |violation| violation.message.as_str()),
    };
    let line = format!("{} {} · {what}", request.method, request.path);
    printable(&documents.redactor().text(&line))
}
