//! Requests that a target answers: what is wrong with them, and what the mock would refuse them with.

use std::borrow::Cow;
use std::sync::Arc;

use http::Method;

use super::{Call, Service};
use crate::config::ErrorName;
use crate::contract::{Operation, OperationId};
use crate::exchange::budget::Budget;
use crate::exchange::{Request, coding};
use crate::judge;
use crate::mock::context::Observations;
use crate::mock::error_response::Refusal;
use crate::mock::response::Response;
use crate::mock::router::{self, Route};
use crate::mock::session::Session;

impl Service {
    /// The budget of all bodies of requests.
    pub(in crate::mock) fn bodies(&self) -> &Arc<Budget> {
        &self.bodies
    }

    /// The operation of a method and a path.
    pub(in crate::mock) fn operation_at(&self, method: &Method, path: &str) -> Option<OperationId> {
        match router::find(&self.contract, self.options.base_path.as_deref(), method, path) {
            Route::Operation(operation, _) => Some(operation.index),
            _ => None,
        }
    }

    /// Whether any operation has a path, as it stands below `paths`.
    pub(in crate::mock) fn has_path(&self, path: &str) -> bool {
        !matches!(router::find(&self.contract, Some(""), &Method::GET, path), Route::UnknownPath)
    }

    /// Notes in which ways a request breaks the document, and gives what the mock would refuse it with.
    pub(in crate::mock) fn screen(
        &self,
        (session, path): (&Session, &str),
        request: &Request,
        observations: &mut Observations,
    ) -> Option<Response> {
        let base_path = self.options.base_path.as_deref();
        match router::find(&self.contract, base_path, &request.method, path) {
            Route::Operation(operation, values) => {
                observations.operation = Some(operation.index);
                let prepared = self.replay.of(operation.index)?;
                let faults = self.faults.at(operation.index);
                let address = super::Address { session, id: 0, whole: path, path };
                let call = Call { address, operation, path_values: &values, prepared, faults };
                let denied = self.admit(&call.context(request, None), faults, observations);
                let broken = self.look(operation, &values, request, observations);
                denied.or(broken)
            }
            // Browsers ask so whether they may ask.
            Route::OtherMethods(_) if request.method == Method::OPTIONS => None,
            Route::OtherMethods(operations) => {
                Some(self.refuse_method(&operations, &request.method, path, observations))
            }
            Route::UnknownPath => {
                observations.undocumented = Some("no operation has this path");
                let detail = format!("no operation has the path {path}");
                Some(self.errors.refuse(None, &Refusal::new(ErrorName::UnknownPath, 404, detail)))
            }
        }
    }

    /// Judges a request for an operation, or for another one with the same method and path that it fits.
    fn look(
        &self,
        operation: &Operation,
        values: &[&str],
        request: &Request,
        observations: &mut Observations,
    ) -> Option<Response> {
        let mut request = Cow::Borrowed(request);
        if coding::undoes(&request.headers) {
            match coding::decode(&request.headers, request.body.clone(), self.options.max_body) {
                Ok(octets) => request.to_mut().body = octets,
                Err(why) => {
                    observations.unjudged = Some(why.to_string());
                    return Some(self.errors.undecodable(operation, &why));
                }
            }
        }
        let request = &*request;
        let received = judge::Received::read(operation, values, request);
        let mut violations = received.violations();
        let is_twins = |twin: &&Operation| judge::request(twin, values, request).is_empty();
        if !violations.is_empty()
            && let Some(twin) = self.contract.twins(operation).find(is_twins)
        {
            observations.operation = Some(twin.index);
            return None;
        }
        observations.met = self.coverage.met(&received, &violations);
        let unjudged = violations.extract_if(.., |violation| violation.kind == judge::Kind::Unjudged).next();
        observations.unjudged = unjudged.map(|violation| violation.message);
        observations.unknown = received.unknown();
        observations.violations = violations;
        let first = observations.violations.first()?;
        observations.note = Some(first.message.clone());
        Some(self.errors.refuse(Some(operation), &Refusal::invalid(operation, &observations.violations)))
    }
}
