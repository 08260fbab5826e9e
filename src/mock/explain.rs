//! Why a request of the journal was answered as it was.

use serde_json::{Value, json};
use smallvec::SmallVec;

use super::chaos::Fate;
use super::context::RequestContext;
use super::documents::Documents;
use super::journal::Entry;
use super::router::{self, Route};
use super::service::Service;
use super::session::Sessions;
use crate::contract::Operation;
use crate::exchange::Request;

/// What decided, and each answer that could have been given, with what it lacked. The candidates are those of
/// the documents as they are now.
pub(super) fn explain(documents: &Documents, entry: &Entry) -> Value {
    let answer = &entry.answer;
    let why = match (&answer.note, &answer.decided) {
        (_, Some(decided)) => decided.to_string(),
        (Some(note), None) if entry.status >= 400 => format!("refused: {note}"),
        (_, None) => match &entry.undocumented {
            Some(undocumented) => format!("refused: {undocumented}"),
            None => entry.origin().to_owned(),
        },
    };
    let why = match answer.chaos {
        None => why,
        Some(late @ Fate::Delay(_)) => format!("{why}; chaos {late}"),
        Some(fate) => format!("chaos {fate}"),
    };
    json!({ "why": why, "unjudged": answer.unjudged, "candidates": candidates(documents, entry) })
}

/// The operation that a request of the journal leads to now, with the values of its path parameters.
pub(super) fn routed<'d, 'r>(
    documents: &'d Documents,
    request: &'r Request,
) -> Option<(&'d Service, &'d Operation, SmallVec<[&'r str; 4]>)> {
    let (service, path) = documents.route(Sessions::below(&request.path))?;
    let base_path = service.options.base_path.as_deref();
    match router::find(&service.contract, base_path, &request.method, path) {
        Route::Operation(operation, values) => Some((service, operation, values)),
        Route::OtherMethods(_) | Route::UnknownPath => None,
    }
}

fn candidates(documents: &Documents, entry: &Entry) -> Vec<Value> {
    let request = entry.kept.request();
    let Some((service, operation, values)) = routed(documents, &request) else { return Vec::new() };
    let Some(prepared) = service.replay.of(operation.index) else { return Vec::new() };
    let context = RequestContext {
        request: &request,
        call: entry.answer.call,
        ..RequestContext::plain(operation, &values, entry.answer.media_type.as_deref())
    };
    // Where something else decided, no candidate was looked at.
    let before = match (&entry.answer.decided, &entry.answer.note) {
        (Some(decided), _) => Some(format!("decided before: {decided}")),
        (None, Some(note)) if entry.status >= 400 => Some(format!("refused before: {note}")),
        _ => None,
    };
    let origin = entry.origin();
    let candidates = prepared.candidates(&context).into_iter().map(|mut candidate| {
        candidate.lacked.extend(before.clone());
        let is_chosen = candidate.origin == origin && candidate.status == entry.status;
        json!({
            "source": candidate.origin, "status": candidate.status, "chosen": is_chosen,
            "lacked": candidate.lacked,
        })
    });
    candidates.collect()
}
