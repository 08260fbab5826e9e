//! Phase: the `Location` of an answer to what makes no object of a collection, such as a job (202).

use http::Method;

use crate::check::attempt::Attempt;
use crate::check::dispatch::{self, listing};
use crate::check::session::Session;
use crate::contract::OperationId;
use crate::exchange::Request;
use crate::judge::sequence::observe;
use crate::rules::Rule;

/// Follows the `Location` that the plain request was answered with, where the document reads what is there.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = session.operation(Some(index)) else { return };
    let Some(answer) = session.recorder.state(index).and_then(|state| state.baseline.clone()) else { return };
    let location = answer.headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok());
    let Some(location) = location.filter(|_| matches!(answer.status.as_u16(), 201 | 202)) else { return };
    // It leads to another host, which is never asked.
    let Ok(request) = listing::follow(session, &Request::new(Method::GET, "/"), location) else { return };
    let found = session.contract.find(&request.path);
    let reads = found.and_then(|found| {
        let mut operations = found.operations.iter().filter_map(|index| session.contract.at(*index));
        operations.find(|operation| operation.method == Method::GET)
    });
    let Some(read) = session.operation(reads.map(|read| read.index)) else {
        if session.contract.find(&request.path).is_none() {
            session.recorder.untested(
                operation,
                &[Rule::LocationBroken],
                "its Location leads to no documented path",
            );
        }
        return;
    };
    let ask = Attempt::made_up(read);
    let Some(turn) = dispatch::send_as(session, read, request, ask, false).await else { return };
    if turn.is_gone() {
        let seen = observe(Rule::LocationBroken, operation, "the Location of the answer does not exist")
            .because("what was begun", turn.status().to_string());
        session.recorder.say(operation, &turn, seen);
    } else if turn.is_success() {
        session.recorder.held(operation, Rule::LocationBroken);
    }
}
