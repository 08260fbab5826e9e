//! Answers that are kept for snapshots: the first of each operation, case, status and media type.

use serde_json::Value;

use super::Runner;
use crate::contract::{Location, Operation, SchemeKind};
use crate::exchange::{Exchange, Response};
use crate::judge::trial::Intent;
use crate::redact::Redactor;
use crate::run::Answer;

/// An answer as it came, secrets and all; [`Runner::answers`] removes them once all are known.
pub(super) struct Kept {
    operation: usize,
    case: String,
    exchange: Exchange,
    bound: Vec<(String, Value)>,
    again: Option<Response>,
}

impl Runner<'_> {
    /// Keeps an answer, unless one like it is there. An answer that its request did not earn (a
    /// success without a key) is told of by other rules, and is none to be reviewed.
    pub(super) fn keep(
        &mut self,
        operation: &Operation,
        intent: &Intent,
        exchange: &Exchange,
        bound: Vec<(String, Value)>,
        again: Option<Response>,
    ) {
        let Some(response) = exchange.response() else { return };
        let Some(case) = case(intent) else { return };
        if !case.is_empty() && operation.is_success(response.status.as_u16()) {
            return;
        }
        let is_alike = |known: &Kept| {
            known.operation == operation.index
                && known.case == case
                && known.exchange.response().is_some_and(|known| {
                    known.status == response.status && known.media_type() == response.media_type()
                })
        };
        if !self.kept.iter().any(is_alike) {
            let exchange = exchange.clone();
            self.kept.push(Kept { operation: operation.index, case, exchange, bound, again });
        }
    }

    /// Removes every secret that this run knows.
    pub(super) fn redactor(&self) -> Redactor {
        let names = |wanted: Location| {
            self.contract.schemes.values().filter_map(move |scheme| match &scheme.kind {
                SchemeKind::ApiKey(location, name) if *location == wanted => Some(name.as_str()),
                _ => None,
            })
        };
        let placement = self.sources.placement.as_ref().map(|(name, _)| name.as_str());
        Redactor::new(self.keys.secrets())
            .with_names(names(Location::Header).chain(placement), names(Location::Query))
    }

    /// What was kept, secrets removed.
    pub(super) fn answers(&mut self) -> Vec<Answer> {
        let redactor = self.redactor();
        let kept = std::mem::take(&mut self.kept).into_iter();
        kept.filter_map(|kept| {
            Some(Answer {
                operation: kept.operation,
                case: kept.case,
                request: redactor.request(&kept.exchange),
                bound: kept.bound,
                response: without_secrets(&redactor, kept.exchange.outcome.ok()?),
                again: kept.again.map(|response| without_secrets(&redactor, response)),
            })
        })
        .collect()
    }
}

fn without_secrets(redactor: &Redactor, mut response: Response) -> Response {
    if let Ok(text) = std::str::from_utf8(&response.body) {
        response.body = redactor.text(text).into();
    }
    for value in response.headers.values_mut() {
        let shown = value.to_str().ok().and_then(|text| redactor.text(text).parse().ok());
        if let Some(shown) = shown {
            *value = shown;
        }
    }
    response
}

/// What a case is called in the name of its snapshot: empty for the documented request, `None` where
/// the answer repeats that of another case.
fn case(intent: &Intent) -> Option<String> {
    Some(match intent {
        Intent::Valid(_) => String::new(),
        Intent::WiderKey => return None,
        Intent::NoKey => "no-key".to_owned(),
        Intent::UnknownKey => "unknown-key".to_owned(),
        Intent::Lacking { scope, .. } => format!("lacks-{scope}"),
        Intent::UnknownId => "unknown-id".to_owned(),
        Intent::Invalid(_) => "invalid".to_owned(),
        Intent::NotAcceptable => "not-acceptable".to_owned(),
    })
}
