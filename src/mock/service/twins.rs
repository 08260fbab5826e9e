//! Operations that share a method and a path.

use super::{Call, Service};
use crate::judge;
use crate::mock::context::{Observations, RequestContext};
use crate::mock::response::Response;

impl Service {
    /// The response of another operation with the same method and path, where the input is meant for that one.
    pub(super) fn answer_as_twin(
        &self,
        call: &Call<'_>,
        context: &RequestContext<'_>,
        observations: &mut Observations,
    ) -> Option<Response> {
        let mut twins = self.contract.twins(call.operation);
        let twin =
            twins.find(|twin| judge::request(twin, context.path_values, context.request).is_empty())?;
        let (prepared, faults) = (self.replay.of(twin.index)?, self.faults.at(twin.index));
        let call = Call { operation: twin, prepared, faults, ..*call };
        Some(self.answer(&call, RequestContext { operation: twin, ..*context }, observations))
    }
}
