//! Answers one request to one document, from top to bottom.
//!
//! The order is that of possible refusals: path and method, credential and scopes, `Accept`, the object,
//! media type and input. Only this file knows all parts.

mod carry;
mod choice;
mod keys;
mod outgoing;
mod remembered;
mod screen;
mod twins;
mod undocumented;
mod unlucky;

use crate::config::ErrorName;
use std::sync::Arc;

use axum::body::Body;
use http::Method;

use super::answer::Override;
use super::auth::Authenticator;
use super::context::{Observations, RequestContext};
use super::coverage::CoveragePoints;
use super::deliveries::Outbox;
use super::error_response::{ErrorResponses, Refusal};
use super::extra::Added;
use super::faults::{Faults, OperationFaults};
use super::heavy::Bench;
use super::issuer::Issuer;
use super::login::Login;
use super::replay::{PreparedResponses, Replay, ReplaySettings};
use super::response::Response;
use super::router::{self, Route};
use super::session::Session;
use super::state::{self, Engine};
use super::{Document, Options, admission, cors};
use crate::contract::{Contract, Operation};
use crate::exchange::Request;
use crate::exchange::budget::Budget;
use crate::resources::Resources;
pub(super) use outgoing::Asked;
use remembered::Remembered;

/// A document that is served, with the parts that answer requests to it.
pub(super) struct Service {
    /// The name by which control distinguishes it from others.
    pub name: String,
    /// The path below which it answers.
    pub prefix: String,
    pub contract: Arc<Contract>,
    pub options: Options,
    /// Where the mock keeps state.
    pub engine: Option<Engine>,
    /// Its index among the documents of the mock.
    index: usize,
    auth: Authenticator,
    errors: ErrorResponses,
    pub replay: Arc<Replay>,
    faults: Faults,
    /// Answers that the configuration adds.
    added: Vec<Added>,
    /// Where users log in, if the document says that they do.
    login: Option<Login>,
    /// What clients can use of each operation.
    pub coverage: CoveragePoints,
    /// Answers to what was asked before, where nothing but the request has a say in them.
    remembered: Option<Remembered>,
    /// For the bodies of all requests.
    bodies: Arc<Budget>,
    bench: Arc<Bench>,
    /// Where callbacks and webhooks go out.
    outbox: Option<Outbox>,
}

/// Where a request goes.
#[derive(Clone, Copy)]
pub(super) struct Address<'a> {
    pub session: &'a Session,
    /// The number of the request in the journal.
    pub id: u64,
    /// The path as it was sent.
    pub whole: &'a str,
    /// The path below the session and the document's prefix.
    pub path: &'a str,
}

/// A request that was routed to an operation.
#[derive(Clone, Copy)]
struct Call<'c> {
    address: Address<'c>,
    operation: &'c Operation,
    path_values: &'c [&'c str],
    prepared: &'c PreparedResponses,
    faults: OperationFaults<'c>,
}

impl<'c> Call<'c> {
    fn context(&self, request: &'c Request, media_type: Option<&'c str>) -> RequestContext<'c> {
        RequestContext {
            operation: self.operation,
            path_values: self.path_values,
            request,
            path: self.address.whole,
            media_type,
            owner: None,
            call: 0,
        }
    }
}

impl Service {
    /// Prepares a document to be served; `index` is its index among the documents of the mock, which share
    /// the rest.
    pub fn new(
        document: Document,
        index: usize,
        (bodies, bench): (Arc<Budget>, Arc<Bench>),
        issuer: Option<&Arc<Issuer>>,
    ) -> Self {
        let Document { name, prefix, contract, fixtures, options } = document;
        let resources = options.stateful.then(|| {
            let told = &options.state;
            Arc::new(Resources::of(&contract, told).reading_xml(&contract, told))
        });
        let named =
            resources.as_ref().map(|resources| state::named(&contract, resources, &options.named, &fixtures));
        let settings = ReplaySettings {
            is_dynamic: options.dynamic,
            seed: options.seed,
            items: options.items,
            is_at_edges: options.dynamic && options.edges,
            origin: options.origin.clone(),
            address: format!("{}{prefix}", options.origin),
        };
        let state_lists = resources.as_deref().map(Resources::lists).unwrap_or_default();
        let replay = Arc::new(Replay::new(Arc::clone(&contract), fixtures, settings, state_lists));
        let engine = resources.zip(named).map(|(resources, named)| {
            let (contract, replay) = (Arc::clone(&contract), Arc::clone(&replay));
            Engine::new(contract, replay, resources, named, options.origin.clone(), options.clock)
                .closed(options.closed)
        });
        let login = Login::of(&contract, &options, issuer);
        let own_metadata = || {
            let login = login.as_ref().filter(|_| options.passage.is_none())?;
            Some(format!("{}{}", options.origin, login.resource_metadata(&prefix)?))
        };
        let errors = ErrorResponses::new(
            Arc::clone(&contract),
            Arc::clone(&replay),
            options.errors.clone(),
            options.problem_errors,
            options.resource_metadata.clone().or_else(own_metadata),
        );
        Self {
            auth: Authenticator::new(
                Arc::clone(&contract),
                options.auth,
                options.scopes.clone(),
                &options.keys,
                options.clock,
            )
            .trusting(issuer.cloned()),
            login,
            faults: Faults::new(options.faults.clone()),
            added: options.extra.iter().map(Added::of).collect(),
            coverage: CoveragePoints::new(&contract),
            remembered: Remembered::of(&options),
            outbox: outbox(&options),
            name,
            prefix,
            contract,
            options,
            engine,
            index,
            errors,
            replay,
            bodies,
            bench,
        }
    }

    /// Its index among the documents of the mock.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Whether the operation that an answer is set for has an example of this name.
    pub fn has_example(&self, one: &Override, example: &str) -> bool {
        let mut operations = self.contract.operations.iter();
        let meant = operations.find(|operation| one.is_for(&self.name, &operation.id));
        let prepared = meant.and_then(|operation| self.replay.of(operation.index));
        prepared.is_some_and(|prepared| prepared.named(example).is_some())
    }

    /// Works on what a session holds of this document; `None` where the mock keeps no state.
    pub fn with_state<T>(
        &self,
        session: &Session,
        act: impl FnOnce(&Engine, &mut state::Store) -> T,
    ) -> Option<T> {
        let engine = self.engine.as_ref()?;
        let mut store = session.store(self.index)?;
        Some(act(engine, &mut store))
    }

    /// Works out the response to a request.
    async fn work_out(
        &self,
        address: Address<'_>,
        request: &mut Request,
        body: Body,
        observations: &mut Observations,
    ) -> Response {
        let base_path = self.options.base_path.as_deref();
        match router::find(&self.contract, base_path, &request.method, address.path) {
            Route::Operation(operation, _)
                if self.options.cors && cors::is_preflight(&request.method, &request.headers) =>
            {
                let same = self.contract.operations.iter().filter(|other| other.path() == operation.path());
                self.tell_options(&request.headers, Some(router::allow(same)))
            }
            Route::Operation(operation, values) => {
                observations.operation = Some(operation.index);
                if let Some(unlucky) = self.unlucky(address.id, operation, observations) {
                    return unlucky;
                }
                let prepared = match self.replay.known(operation.index) {
                    Some(known) => Some(known),
                    // That may take any time.
                    None => self.bench.beside(|| self.replay.of(operation.index)).await,
                };
                let Some(prepared) = prepared else {
                    return Response::problem(500, "the operation cannot be answered", None);
                };
                let faults = self.faults.at(operation.index);
                let call = Call { address, operation, path_values: &values, prepared, faults };
                match self.adopt_key(request, body, observations).await {
                    Ok(body) => {
                        let response = self.operate(call, request, body, observations).await;
                        self.notify(&call, request, &response, observations).await;
                        response
                    }
                    Err(refused) => *refused,
                }
            }
            Route::OtherMethods(operations) if request.method == Method::OPTIONS => {
                self.tell_options(&request.headers, Some(router::allow(operations)))
            }
            Route::OtherMethods(operations) => {
                self.refuse_method(&operations, &request.method, address.path, observations)
            }
            Route::UnknownPath
                if let Some(added) =
                    self.added.iter().find(|added| added.answers(&request.method, address.path)) =>
            {
                self.extra(added, request, observations)
            }
            Route::UnknownPath
                if self.options.cors && cors::is_preflight(&request.method, &request.headers) =>
            {
                self.tell_options(&request.headers, None)
            }
            Route::UnknownPath if let Some((login, endpoint)) = self.login_at(address.path) => {
                let (response, note) = self.log_in(login, endpoint, (request, address), body).await;
                observations.note = note;
                response
            }
            Route::UnknownPath => {
                observations.undocumented = Some("no operation has this path");
                let detail = format!("no operation has the path {}", address.path);
                self.errors.refuse(None, &Refusal::new(ErrorName::UnknownPath, 404, detail))
            }
        }
    }

    /// Admits a request, carries it out, and lays over the response what is to go wrong with it.
    async fn operate(
        &self,
        call: Call<'_>,
        request: &mut Request,
        body: Body,
        observations: &mut Observations,
    ) -> Response {
        let admitted = self.admit(&call.context(request, None), call.faults, observations);
        let refused = match admitted {
            Some(refused) => Some(refused),
            None => self.limit(call, request, observations).await,
        };
        let mut response = match refused {
            None => self.carry_out(call, request, body, observations).await,
            Some(refused) => {
                if call.faults.carries_out_denied() {
                    self.carry_out(call, request, body, observations).await;
                }
                refused
            }
        };
        self.errors.complete(Some(call.operation), &mut response);
        call.faults.distort(call.operation, &request.method, &mut response);
        call.faults.slow_down(&mut response);
        call.faults.harm(call.operation, &mut response);
        response
    }

    /// Checks credential and scopes; a refusal where one is due.
    fn admit(
        &self,
        context: &RequestContext<'_>,
        faults: OperationFaults<'_>,
        observations: &mut Observations,
    ) -> Option<Response> {
        let access = faults.access(self.auth.check(context));
        observations.key = access.holder().map(|holder| holder.name.clone());
        observations.owner = access.holder().and_then(|holder| holder.owner.clone());
        let (refusal, note) = admission::refusal(&access, Some(context), observations.key_place)?;
        observations.note = Some(note);
        let mut response = match self.scopeless(&access, context.request) {
            Some(entry) => self.errors.refuse_as(entry, &refusal),
            None => self.errors.refuse(Some(context.operation), &refusal),
        };
        faults.denied(refusal.status, &mut response);
        Some(response)
    }
}

/// Where callbacks and webhooks go out.
fn outbox(options: &Options) -> Option<Outbox> {
    let messenger = Arc::clone(options.messenger.as_ref()?);
    Some(Outbox::new(messenger, options.callbacks_to.clone(), options.clock))
}

#[cfg(test)]
mod tests;
