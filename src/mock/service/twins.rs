//! Operations that share a method and a path.

use super::{Call, Service};
use crate::contract::Operation;
use crate::judge;
use crate::mock::context::{Observations, RequestContext};
use crate::mock::response::Response;

impl Service {
    /// Another operation with the same method and path, where the input is meant for that one.
    pub(super) fn twin<'s>(&'s self, call: &Call<'_>, context: &RequestContext<'_>) -> Option<&'s Operation> {
        let mut twins = self.contract.twins(call.operation);
        let twin =
            twins.find(|twin| judge::request(twin, context.path_values, context.request).is_empty())?;
        self.replay.of(twin.index).and_then(|_| self.contract.at(twin.index))
    }

    /// The response of such an operation.
    pub(super) fn answer_as_twin(
        &self,
        call: &Call<'_>,
        twin: &Operation,
        context: &RequestContext<'_>,
        observations: &mut Observations,
    ) -> Response {
        let prepared = self.replay.of(twin.index).unwrap_or(call.prepared);
        let call = Call { operation: twin, prepared, faults: self.faults.at(twin.index), ..*call };
        self.answer(&call, RequestContext { operation: twin, ..*context }, observations)
    }
}
