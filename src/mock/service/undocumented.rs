//! Answers to requests that no operation documents: other methods, OPTIONS, tokens, what the configuration adds.

use axum::body::Body;
use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::{Address, Service};
use crate::config::ErrorName;
use crate::contract::Operation;
use crate::exchange::Request;
use crate::mock::body::{Unread, collect};
use crate::mock::context::Observations;
use crate::mock::error_response::Refusal;
use crate::mock::extra::Added;
use crate::mock::login::{Endpoint, Login};
use crate::mock::response::{Response, Source};
use crate::mock::session::Sessions;
use crate::mock::{admission, cors, router, token};

impl Service {
    /// What the login of the document has at a path.
    pub(in crate::mock) fn login_at(&self, path: &str) -> Option<(&Login, Endpoint)> {
        let login = self.login.as_ref()?;
        Some((login, login.endpoint(path)?))
    }

    /// The answer of the login, and why it refuses.
    pub(super) async fn log_in(
        &self,
        login: &Login,
        endpoint: Endpoint,
        (request, address): (&Request, Address<'_>),
        body: Body,
    ) -> (Response, Option<String>) {
        let form = match collect(body, token::MAX_FORM, &self.bodies).await {
            Ok(form) => form,
            Err(Unread::TooLarge) => return (token::too_large(), None),
            Err(why) => return (why.response(), None),
        };
        let session = address.whole.strip_suffix(Sessions::below(address.whole)).unwrap_or_default();
        let above = format!("{session}{}", self.prefix);
        login.answer(endpoint, request, &above, (&form.octets, (self.options.clock)()))
    }

    /// The answer to OPTIONS, where the document has no own; `allow` is missing for a path that is not
    /// documented, so that a page can read the 404.
    pub(in crate::mock) fn tell_options(&self, headers: &HeaderMap, allow: Option<HeaderValue>) -> Response {
        let mut response = Response::empty(StatusCode::NO_CONTENT, Source::Options);
        if self.options.cors {
            cors::preflight(headers, &mut response.headers, allow.as_ref());
        }
        if let Some(allow) = allow {
            response.headers.insert(ALLOW, allow);
        }
        response
    }

    /// The answer to a browser that asks whether a page of another origin may ask, where nothing is at the path.
    pub(in crate::mock) fn tell_preflight(&self, request: &Request) -> Option<Response> {
        let is_asked = self.options.cors && cors::is_preflight(&request.method, &request.headers);
        is_asked.then(|| self.tell_options(&request.headers, None))
    }

    /// Lets a page of another origin see a response, unless that is switched off.
    pub(in crate::mock) fn allow_origin(&self, origin: &HeaderValue, response: &mut Response) {
        if self.options.cors {
            cors::allow_origin(&mut response.headers, origin);
        }
    }

    /// The refusal of a method that the path does not document.
    pub(super) fn refuse_method(
        &self,
        operations: &[&Operation],
        method: &Method,
        path: &str,
        observations: &mut Observations,
    ) -> Response {
        let faults = operations.first().map(|first| self.faults.at(first.index));
        if let Some(accepted) = faults.and_then(|faults| faults.undocumented_method()) {
            return accepted;
        }
        observations.undocumented = Some("the method is not documented for this path");
        let detail = format!("{method} is not documented for {path}");
        let refusal = Refusal::new(ErrorName::MethodNotAllowed, 405, detail).with("method", method.as_str());
        let mut response = self.errors.refuse(None, &refusal);
        response.headers.insert(ALLOW, router::allow(operations.iter().copied()));
        if let Some(faults) = faults {
            faults.method_refused(&mut response);
        }
        response
    }

    /// The answer that the configuration adds at a path, to whoever has a key.
    pub(super) fn extra(
        &self,
        added: &Added,
        request: &Request,
        observations: &mut Observations,
    ) -> Response {
        let access = self.auth.identify(request);
        observations.key = access.holder().map(|holder| holder.name.clone());
        match admission::refusal(&access, None, None) {
            Some((refusal, note)) => {
                observations.note = Some(note);
                self.errors.refuse(None, &refusal)
            }
            None => added.respond(access.holder()),
        }
    }
}
