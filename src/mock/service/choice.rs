//! Chooses the answer to a request that nothing speaks against.

use super::{Call, Service};
use crate::mock::context::{Observations, RequestContext};
use crate::mock::prefer::preferred;
use crate::mock::response::{Response, Source};
use crate::mock::state::{self, Outcome};

impl Service {
    /// The response to a request that nothing speaks against: what control set, what the request or the
    /// scenario prefers, what the state says, else what is prepared.
    pub(super) fn answer(
        &self,
        call: &Call<'_>,
        mut context: RequestContext<'_>,
        observations: &mut Observations,
    ) -> Response {
        let Call { operation, prepared, .. } = *call;
        let session = call.address.session;
        if let Some(response) = session.data.overrides.take(&self.name, &operation.id, prepared) {
            observations.decided = Some("an answer that was set for the operation");
            return response;
        }
        let playing = session.data.scenario.load();
        let playing = playing.as_ref().map(|name| name.as_str());
        let prefer = match self.options.scenarios.preference(playing, operation.index, context.request) {
            Ok(prefer) => prefer,
            Err(refused) => return *refused,
        };
        if let Some(prefer) = prefer.as_ref().filter(|prefer| prefer.is_answer()) {
            observations.decided = Some(prefer.asker());
            let mut response = preferred(&context, prepared, prefer, self.replay.taste(prefer.dynamic));
            prefer.tell(&mut response);
            return response;
        }
        if prepared.counts_calls() {
            context.call = session.count_call(self.index, operation);
            observations.call = context.call;
        }
        let from_state = || match prepared.beside_state(&context) {
            Some(response) => Some(response),
            None => self.answer_from_state(call, &context),
        };
        let response = if self.engine.is_some() { from_state() } else { None };
        if response.as_ref().is_some_and(|response| response.source == Source::State) {
            observations.decided = Some("the state of the session");
        }
        let mut response =
            response.or_else(|| prepared.choose(&context)).unwrap_or_else(|| prepared.unavailable());
        if let Some(prefer) = prefer {
            prefer.postpone(&mut response);
            prefer.tell(&mut response);
        }
        response
    }

    fn answer_from_state(&self, call: &Call<'_>, context: &RequestContext<'_>) -> Option<Response> {
        let outcome = self.with_state(call.address.session, |engine, store| {
            state::answer(engine, store, context, &call.faults)
        });
        match outcome.flatten()? {
            Outcome::Answered(response) => Some(response),
            Outcome::Refused(refusal) => Some(self.errors.refuse(Some(call.operation), &refusal)),
        }
    }
}
