//! What the parts of the mock know about a request, and what they find out.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::Method;

use super::chaos::Fate;
use super::violation::RecordedViolation;
use crate::contract::{Location, Operation, OperationId, Parameter, parameter};
use crate::exchange::Request;
use crate::judge::{Unknown, Violation};

/// The request without query, headers and body, for the plainest response of an operation.
static PLAIN: LazyLock<Request> = LazyLock::new(|| Request::new(Method::GET, ""));

/// A request that was routed to an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestContext<'r> {
    pub operation: &'r Operation,
    /// Values of the path parameters, in the order of the template, still percent-encoded.
    pub path_values: &'r [&'r str],
    /// The request. Its `path` is empty: `path_values` borrow from it, so it is set at the end.
    pub request: &'r Request,
    /// The path as it was sent, with session, prefix and base path.
    pub path: &'r str,
    /// The negotiated media type; `None` where the success has no content.
    pub media_type: Option<&'r str>,
    /// Whose key it was sent with.
    pub owner: Option<&'r str>,
    /// Which call of the session this is, counted from 1; 0 where nobody asks.
    pub call: u32,
}

impl<'r> RequestContext<'r> {
    /// The plainest request for an operation.
    pub fn plain(operation: &'r Operation, path_values: &'r [&'r str], media_type: Option<&'r str>) -> Self {
        Self { operation, path_values, request: &PLAIN, path: "", media_type, owner: None, call: 0 }
    }

    /// The values of the path as they mean objects, where the document writes one in a media type (`content`): the
    /// text `"x"` of JSON names `x`. `None` where each is what it says.
    pub fn named_values(&self) -> Option<Vec<String>> {
        let of_path = |name: &String| self.operation.parameter(Location::Path, name);
        let described: Vec<Option<&Parameter>> =
            self.operation.template.names().iter().map(of_path).collect();
        described.iter().flatten().find(|parameter| parameter.content.is_some())?;
        let values = described.into_iter().zip(self.path_values).map(|(parameter, value)| match parameter {
            Some(parameter) if parameter.content.is_some() => {
                parameter::escape(&parameter::text(&parameter::read_text(parameter, value)))
            }
            _ => (*value).to_owned(),
        });
        Some(values.collect())
    }

    /// The value of a path parameter.
    pub fn path_value(&self, name: &str) -> Option<&'r str> {
        let at = self.operation.template.names().iter().position(|known| known == name)?;
        self.path_values.get(at).copied()
    }
}

/// What was found out about a request, for the journal and the access log.
#[derive(Debug, Default)]
pub(super) struct Observations {
    /// Which operation.
    pub operation: Option<OperationId>,
    /// The name of the key, never the token.
    pub key: Option<Arc<str>>,
    /// Whose key it was.
    pub owner: Option<Arc<str>>,
    /// One line for people: why it was refused, or what is wrong with it.
    pub note: Option<String>,
    pub violations: Vec<Violation>,
    /// What could not be judged, and why.
    pub unjudged: Option<String>,
    /// Where the key was found, where that is not the place that the document tells.
    pub key_place: Option<&'static str>,
    /// Parameters, enum members and so on that it uses and none used before, as places among the points of its
    /// operation.
    pub met: Vec<usize>,
    /// Names that the document does not have.
    pub unknown: Vec<Unknown>,
    /// What the document does not have at all: the path or the method.
    pub undocumented: Option<&'static str>,
    /// The negotiated media type.
    pub media_type: Option<Arc<str>>,
    /// Which call of the session it is, counted from 1; 0 where nobody asks.
    pub call: u32,
    /// What decided about the answer before fixtures and examples were looked at.
    pub decided: Option<&'static str>,
    /// What chaos made of it.
    pub chaos: Option<Fate>,
    /// What is wrong with the answer of a target, a line for each fault.
    pub findings: Vec<String>,
}

impl Observations {
    /// Whether the request broke the document.
    pub fn are_broken(&self) -> bool {
        self.undocumented.is_some() || !self.violations.is_empty()
    }

    /// Whether nothing was found out that is worth a word: the request was taken as it is, by the document alone.
    pub fn are_plain(&self) -> bool {
        let is_said = self.note.is_some() || self.unjudged.is_some() || self.decided.is_some();
        let is_new = !self.met.is_empty() || !self.unknown.is_empty();
        let is_odd = self.key_place.is_some() || self.call > 0 || self.chaos.is_some();
        !(self.are_broken() || is_said || is_new || is_odd)
    }

    /// How long chaos lets the answer wait.
    pub fn unlucky_wait(&self) -> Duration {
        self.chaos.and_then(Fate::wait).unwrap_or_default()
    }

    /// What was violated, as it is shown.
    pub fn recorded_violations(&self) -> Vec<RecordedViolation> {
        self.violations.iter().map(RecordedViolation::of).collect()
    }

    /// Names that the document does not have, as they are shown.
    pub fn recorded_unknown(&self) -> Vec<RecordedViolation> {
        self.unknown.iter().map(RecordedViolation::of_unknown).collect()
    }

    /// Everything in which the request broke the document, as it is shown.
    pub fn broken(&self) -> Vec<RecordedViolation> {
        if !self.are_broken() {
            return Vec::new();
        }
        let undocumented = self.undocumented.map(RecordedViolation::of_undocumented);
        undocumented.into_iter().chain(self.violations.iter().map(RecordedViolation::of)).collect()
    }
}
