//! Carries admitted requests out: looks for the object, judges the input, and has the answer chosen.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::header::{RETRY_AFTER, VARY};

use super::{Call, Service};
use crate::config::ErrorName;
use crate::contract::{self, Operation};
use crate::exchange::{Request, coding};
use crate::judge;
use crate::mock::body::{Collected, Unread, collect};
use crate::mock::context::{Observations, RequestContext};
use crate::mock::credential;
use crate::mock::error_response::Refusal;
use crate::mock::negotiation;
use crate::mock::replica::{Place, Replica, Unshared};
use crate::mock::response::Response;
use crate::mock::{Validate, state};

/// What is said of a request before anything is looked at that others may change.
enum Verdict<'s> {
    /// It is answered so.
    Answered(Response),
    /// It is meant for another operation with the same method and path.
    IsOf(&'s Operation),
    /// Nothing speaks against it.
    Passes,
}

/// What is known of a request apart from its octets.
#[derive(Clone)]
struct Known<'k> {
    media_type: Option<&'k str>,
    owner: Option<Arc<str>>,
}

impl Service {
    /// Carries an admitted request out.
    pub(super) async fn carry_out(
        &self,
        call: Call<'_>,
        request: &mut Request,
        body: Body,
        observations: &mut Observations,
    ) -> Response {
        let format = call.prepared.format.as_ref().filter(|_| !call.faults.ignores_format());
        let media_type = match negotiation::choose(&call.prepared.offered, format, request) {
            Ok(media_type) => media_type,
            Err(detail) => {
                let refusal = Refusal::new(ErrorName::NotAcceptable, 406, detail);
                return self.errors.refuse(Some(call.operation), &refusal);
            }
        };
        observations.media_type = media_type.cloned();
        let known = Known { media_type: media_type.map(AsRef::as_ref), owner: observations.owner.clone() };
        if let Some(replica) = &call.address.session.data.replica {
            let collected = collect(body, self.options.max_body, &self.bodies).await;
            return self.carry_out_together(replica, call, request, (collected, known), observations).await;
        }
        if let Some(refused) = self.miss(&call, request, &known, observations) {
            return refused;
        }
        let collected = match collect(body, self.options.max_body, &self.bodies).await {
            Ok(collected) => collected,
            Err(why) => return why.response(),
        };
        let octets = collected.octets.clone();
        let fulfil = || {
            let verdict = self.examine(&call, request, (octets, &known), observations);
            self.settle(&call, request, (&known, &verdict), observations)
        };
        let pace = (&call.prepared.pace, self.options.clock);
        self.bench.answer(pace, collected.octets.len(), fulfil).await
    }

    /// Carries a request out on a session that replicas share. What depends on nothing that is shared is done once.
    async fn carry_out_together(
        &self,
        replica: &Arc<Replica>,
        call: Call<'_>,
        request: &mut Request,
        (collected, known): (Result<Collected, Unread>, Known<'_>),
        observations: &mut Observations,
    ) -> Response {
        let pace = (&call.prepared.pace, self.options.clock);
        let size = collected.as_ref().map_or(0, |collected| collected.octets.len());
        let verdict = match &collected {
            Err(why) => Verdict::Answered(why.response()),
            Ok(collected) => {
                let octets = collected.octets.clone();
                let examine = || self.examine(&call, request, (octets, &known), observations);
                self.bench.answer(pace, size, examine).await
            }
        };
        let request = &*request;
        let before = (observations.note.clone(), observations.violations.clone());
        let place = Place { bench: &self.bench, pace, octets: size };
        let work = || {
            // What an attempt found that did not count is forgotten.
            (observations.note, observations.violations) = before.clone();
            (observations.decided, observations.call) = (None, 0);
            let missing = self.miss(&call, request, &known, observations);
            missing.unwrap_or_else(|| self.settle(&call, request, (&known, &verdict), observations))
        };
        match replica.transact(&place, work).await {
            Ok(response) => response,
            Err(why) => self.unshared(&call, &why, observations),
        }
    }

    /// The answer where what is shared cannot be had.
    pub(super) fn unshared(
        &self,
        call: &Call<'_>,
        why: &Unshared,
        observations: &mut Observations,
    ) -> Response {
        observations.note = Some(why.to_string());
        observations.decided = None;
        let status = if *why == Unshared::Full { 507 } else { 503 };
        let refusal = Refusal::new(ErrorName::Unavailable, status, why.to_string());
        let mut response = self.errors.refuse(Some(call.operation), &refusal);
        if status == 503 {
            response.headers.insert(RETRY_AFTER, 1.into());
        }
        response
    }

    /// The refusal where an object that the path names is not there.
    fn miss(
        &self,
        call: &Call<'_>,
        request: &Request,
        known: &Known<'_>,
        observations: &mut Observations,
    ) -> Option<Response> {
        let context =
            RequestContext { owner: known.owner.as_deref(), ..call.context(request, known.media_type) };
        // A fixture whose conditions hold goes before the state, also where that has no such object.
        let next = call.address.session.next_call(self.index, call.operation);
        let is_told = || call.prepared.beside_state(&RequestContext { call: next, ..context }).is_some();
        let missing = self.with_state(call.address.session, |engine, store| {
            state::missing_object(engine, store, &context, &call.faults)
        });
        let refusal = missing.flatten().filter(|_| !is_told())?;
        observations.note = Some("unknown object".to_owned());
        Some(self.errors.refuse(Some(call.operation), &refusal))
    }

    /// Decodes and judges a request whose body is there.
    fn examine<'s>(
        &'s self,
        call: &Call<'_>,
        request: &mut Request,
        (octets, known): (Bytes, &Known<'_>),
        observations: &mut Observations,
    ) -> Verdict<'s> {
        match coding::decode(&request.headers, octets, self.options.max_body) {
            Ok(octets) => request.body = octets,
            Err(why) => {
                observations.note = Some(why.to_string());
                return Verdict::Answered(self.errors.undecodable(call.operation, &why));
            }
        }
        let context =
            RequestContext { owner: known.owner.as_deref(), ..call.context(request, known.media_type) };
        let verdict = self.judge(call, &context, observations);
        match (verdict, call.faults.rejects_valid()) {
            (Verdict::Passes, Some(refusal)) => {
                Verdict::Answered(self.errors.refuse(Some(call.operation), &refusal))
            }
            (verdict, _) => verdict,
        }
    }

    /// Answers a request as it was judged.
    fn settle(
        &self,
        call: &Call<'_>,
        request: &Request,
        (known, verdict): (&Known<'_>, &Verdict<'_>),
        observations: &mut Observations,
    ) -> Response {
        let context =
            RequestContext { owner: known.owner.as_deref(), ..call.context(request, known.media_type) };
        match verdict {
            Verdict::Answered(response) => response.clone(),
            Verdict::IsOf(twin) => {
                let response = self.answer_as_twin(call, twin, &context, observations);
                observations.violations.clear();
                response
            }
            Verdict::Passes => {
                let mut response = self.answer(call, context, observations);
                if call.prepared.offered.len() > 1 {
                    response.headers.append(VARY, http::HeaderValue::from_static("accept"));
                }
                response
            }
        }
    }

    /// Judges a request.
    fn judge<'s>(
        &'s self,
        call: &Call<'_>,
        context: &RequestContext<'_>,
        observations: &mut Observations,
    ) -> Verdict<'s> {
        let operation = context.operation;
        let is_plain = operation.body.is_none() && operation.parameters.is_empty();
        if self.options.validate == Validate::Off || (is_plain && context.request.query.is_none()) {
            return Verdict::Passes;
        }
        let received = judge::Received::read(operation, context.path_values, context.request);
        let violations = received.violations();
        observations.met = self.coverage.met(&received, &violations);
        let (unjudged, violations): (Vec<_>, Vec<_>) =
            violations.into_iter().partition(|violation| violation.kind == judge::Kind::Unjudged);
        observations.unjudged = unjudged.first().map(|violation| violation.message.clone());
        observations.note = observations.unjudged.as_ref().map(|why| format!("not judged: {why}"));
        if self.options.validate == Validate::Error
            && matches!(received.body, Some((_, Ok(contract::body::Body::TooMany))))
        {
            // Nobody knows whether it may be accepted.
            return Verdict::Answered(self.errors.refuse(Some(operation), &Refusal::too_many_values()));
        }
        observations.unknown = received.unknown();
        observations.unknown.retain(|unknown| !credential::is_key(&self.options.credential, unknown.name()));
        observations.violations = violations;
        let Some(violation) = observations.violations.first() else { return Verdict::Passes };
        if let Some(twin) = self.twin(call, context) {
            return Verdict::IsOf(twin);
        }
        observations.note = Some(violation.message.clone());
        if call.faults.accepts_invalid() {
            // Nothing is stored that would break other responses.
            let plain = RequestContext::plain(operation, context.path_values, context.media_type);
            if context.request.body.is_empty() {
                return Verdict::Passes;
            }
            let chosen = call.prepared.choose(&plain);
            return Verdict::Answered(chosen.unwrap_or_else(|| call.prepared.unavailable()));
        }
        if self.options.validate != Validate::Error {
            return Verdict::Passes;
        }
        let refusal = Refusal::invalid(operation, &observations.violations);
        Verdict::Answered(self.errors.refuse(Some(operation), &refusal))
    }
}
