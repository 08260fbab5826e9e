//! Requests that chaos answers.

use http::StatusCode;
use http::header::RETRY_AFTER;

use super::Service;
use crate::config::ErrorName;
use crate::contract::Operation;
use crate::mock::admission;
use crate::mock::chaos::Fate;
use crate::mock::context::Observations;
use crate::mock::error_response::Refusal;
use crate::mock::response::{Interruption, Response, Source};

impl Service {
    /// What becomes of a request: noted, and answered where it is not to be carried out. Nothing of it is looked at
    /// then, and nothing changes.
    pub(super) fn unlucky(
        &self,
        id: u64,
        operation: &Operation,
        observations: &mut Observations,
    ) -> Option<Response> {
        let fate = self.options.chaos?.fate(id, operation)?;
        observations.chaos = Some(fate);
        let mut response = match fate {
            Fate::Delay(_) => return None,
            Fate::Failure { status: 429, retry_after } => {
                let mut response = self.errors.refuse(Some(operation), &admission::too_often(retry_after));
                response.headers.insert(RETRY_AFTER, retry_after.into());
                response
            }
            Fate::Failure { status, .. } => {
                let detail = "the service is out of luck; try again";
                self.errors.refuse(Some(operation), &Refusal::new(ErrorName::Unavailable, status, detail))
            }
            Fate::Drop => {
                let mut response = Response::empty(StatusCode::SERVICE_UNAVAILABLE, Source::Chaos);
                response.interruption = Some(Interruption::AtOnce);
                response
            }
        };
        if let Some(Fate::Failure { status, .. }) = &mut observations.chaos {
            // The configuration may say another one.
            *status = response.status.as_u16();
        }
        response.source = Source::Chaos;
        observations.decided = Some("chaos");
        observations.unjudged = Some("chaos answered it".to_owned());
        Some(response)
    }
}
