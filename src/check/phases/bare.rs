//! Requests that carry their credential already, or none.

use crate::check::credentials::KeyChoice;
use crate::check::dispatch::keyed::put_manner;
use crate::check::dispatch::vitals;
use crate::check::evidence::{Evidence, Keyed};
use crate::check::session::Session;
use crate::contract::Operation;
use crate::exchange::Request;

/// Sends a request as it is, and watches the target; `None` where nothing may be sent any more.
pub(super) async fn send(
    session: &mut Session<'_>,
    operation: &Operation,
    mut request: Request,
) -> Option<Evidence> {
    if !session.may_send().await {
        return None;
    }
    let timeout = put_manner(session, operation, &mut request, true);
    let exchange = session.sender.send(&request, timeout).await;
    session.recorder.count(operation, &exchange);
    let keyed = Keyed { exchange, key: None, placed: Vec::new() };
    vitals::watch(session, operation, &KeyChoice::Unknown, &keyed).await;
    Some(Evidence::from(keyed))
}
