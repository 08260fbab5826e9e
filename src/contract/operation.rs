//! One operation.

use std::sync::Arc;

use http::Method;

use super::message::{Location, Parameter, RequestBody, ResponseDoc, Style};
use super::path::Template;
use super::security::Requirement;
use super::status::StatusKey;

/// An operation of one contract. Only that contract gives it out, with [`Operation::index`], and
/// it means nothing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub(super) usize);

#[cfg(test)]
impl OperationId {
    /// The operation at a place in the document's order.
    pub const fn nth(place: usize) -> Self {
        Self(place)
    }
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`, else made from method and path; unique in the contract.
    pub id: String,
    /// Which of the contract's operations it is.
    pub index: OperationId,
    /// The method.
    pub method: Method,
    /// The path template.
    pub template: Template,
    /// `summary`, else the first line of `description`; empty where there is neither.
    pub summary: String,
    /// `description`; empty where there is none.
    pub description: String,
    /// `tags`.
    pub tags: Vec<String>,
    /// Parameters of the operation and its path item, the operation's own winning.
    pub parameters: Vec<Parameter>,
    /// The request body, where one is documented.
    pub body: Option<RequestBody>,
    /// Documented responses, in the document's order.
    pub responses: Vec<ResponseDoc>,
    /// Paths of the servers that it is served by: its own, else those of its path, else the document's.
    pub base_paths: Arc<[String]>,
    /// Alternatives, any one of which is enough; empty where no credential is asked.
    pub security: Vec<Requirement>,
    /// Whether nothing is written about credentials, neither here nor for the whole document: no empty list either.
    pub is_silent_on_keys: bool,
    /// Query parameters that carry a key in some scheme of the document.
    pub query_keys: Vec<String>,
    /// Whether callbacks are described that follow it.
    pub calls_back: bool,
    /// JSON pointer of the operation.
    pub pointer: String,
}

impl Operation {
    /// The path template as it is written in the document.
    pub fn path(&self) -> &str {
        self.template.as_str()
    }

    /// The response that documents a status: by its own code, else by class, else `default`
    /// (OpenAPI 3.1 §4.8.16).
    pub fn response(&self, status: u16) -> Option<&ResponseDoc> {
        self.responses
            .iter()
            .filter(|response| response.status.covers(status))
            .min_by_key(|response| response.status)
    }

    /// Whether a status is documented by its own code or class, `default` apart.
    pub fn documents(&self, status: u16) -> bool {
        self.response(status).is_some_and(|r| r.status != StatusKey::Default)
    }

    /// The documented statuses that count as success, the plain one first: each 2xx; where there is
    /// none, each 3xx, then `default`; where there is neither, the documented refusal (a 405), then
    /// whatever else is documented.
    pub fn successes(&self) -> Vec<&ResponseDoc> {
        let of = |keep: &dyn Fn(StatusKey) -> bool| -> Vec<&ResponseDoc> {
            self.responses.iter().filter(|r| keep(r.status)).collect()
        };
        let mut two = of(&|key| matches!(key, StatusKey::Code(200..=299) | StatusKey::Class(2)));
        if !two.is_empty() {
            let usual = match self.method {
                Method::POST => StatusKey::Code(201),
                Method::DELETE => StatusKey::Code(204),
                _ => StatusKey::Code(200),
            };
            // The usual one of the method, else the first that has content.
            two.sort_by_key(|response| (response.status != usual, response.content.is_empty()));
            return two;
        }
        let three = of(&|key| matches!(key, StatusKey::Code(300..=399) | StatusKey::Class(3)));
        if !three.is_empty() {
            return three;
        }
        let default = of(&|key| key == StatusKey::Default);
        if !default.is_empty() {
            return default;
        }
        let refusal = of(&|key| key == StatusKey::Code(405));
        if refusal.is_empty() { self.responses.iter().collect() } else { refusal }
    }

    /// Whether an operation that writes documents errors alone, so that the document leaves out how it succeeds.
    /// Where there is no body to do something with, a 405 says that the method is refused.
    pub fn leaves_out_success(&self) -> bool {
        let is_error = |key| matches!(key, StatusKey::Code(400..) | StatusKey::Class(4..));
        let is_refused = |key| key == StatusKey::Code(405);
        !self.is_safe()
            && !self.responses.is_empty()
            && self.responses.iter().all(|response| is_error(response.status))
            && (self.body.is_some() || !self.responses.iter().any(|response| is_refused(response.status)))
    }

    /// Whether an answer with this status is the operation's documented success; any 2xx where the document
    /// leaves that out.
    pub fn is_success(&self, status: u16) -> bool {
        if self.leaves_out_success() && (200..300).contains(&status) {
            return true;
        }
        self.successes().iter().any(|response| match response.status {
            StatusKey::Default => (200..300).contains(&status),
            key => key.covers(status),
        })
    }

    /// The parameter of that place and name; header names ignore case.
    pub fn parameter(&self, location: Location, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| {
            parameter.location == location
                && match location {
                    Location::Header => parameter.name.eq_ignore_ascii_case(name),
                    _ => parameter.name == name,
                }
        })
    }

    /// Whether a name of the query belongs to another parameter than this, or to a key, or is a wish of
    /// the client's to the mock.
    pub fn is_taken(&self, name: &str, by_other_than: &Parameter) -> bool {
        // `filter[name]` is a part of the parameter `filter`.
        let whole = name.split_once('[').map_or(name, |(whole, _)| whole);
        let is_it = |other: &Parameter| {
            other.name == name || (other.name == whole && other.style == Style::DeepObject)
        };
        let is_parameter = |other: &Parameter| other.name != by_other_than.name && is_it(other);
        name.starts_with("__")
            || self.query_keys.iter().any(|key| key == name)
            || self.parameters_in(Location::Query).any(is_parameter)
    }

    /// Parameters of one place.
    pub fn parameters_in(&self, location: Location) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.location == location)
    }

    /// Whether the method is safe (RFC 9110 §9.2.1, and QUERY).
    pub fn is_safe(&self) -> bool {
        self.method.is_safe() || self.method.as_str() == "QUERY"
    }

    /// Whether the operation can be called without a credential.
    pub fn is_open(&self) -> bool {
        self.security.is_empty() || self.security.iter().any(|r| r.schemes.is_empty())
    }

    /// The schemes of the first alternative that asks for a credential.
    pub fn schemes(&self) -> &[String] {
        let first = self.security.iter().find(|requirement| !requirement.schemes.is_empty());
        first.map_or(&[], |requirement| &requirement.schemes)
    }

    /// The scopes of the first alternative that asks for a credential, in the document's order.
    pub fn scopes(&self) -> &[String] {
        self.security
            .iter()
            .find(|requirement| !requirement.schemes.is_empty())
            .map_or(&[], |requirement| &requirement.scopes)
    }
}
