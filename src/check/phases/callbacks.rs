//! Phase: what the target calls back with, where the user lets it.

use crate::check::evidence::Evidence;
use crate::check::plan::{Plan, named};
use crate::check::session::Session;
use crate::contract::Operation;
use crate::judge::callback;
use crate::rules::Rule;

/// Callbacks of one operation that are judged.
const MAX: usize = 50;

/// Waits for the callbacks of all operations whose requests named an address, and judges them.
pub(in crate::check) async fn run(session: &mut Session<'_>, plan: &Plan) {
    let Some(callbacks) = session.settings.callbacks.clone() else { return };
    let contract = session.contract;
    let calling = contract.operations.iter().filter(|o| !contract.callbacks(o.index).is_empty());
    let mut waiting: Vec<(&Operation, String, Evidence)> = Vec::new();
    for operation in calling {
        if session.settings.leaves_out(operation) || session.settings.is_aside(operation.index) {
            continue;
        }
        let path = [&plan.steps, &plan.last_steps]
            .into_iter()
            .find_map(|steps| named(contract, session.settings, steps, operation));
        let Some(path) = path else {
            let why = "no request can say where callbacks should go";
            session.recorder.untested(operation, &[Rule::CallbackInvalid], why);
            continue;
        };
        let called = session.recorder.state(operation.index).and_then(|state| state.called.clone());
        let Some(exchange) = called else {
            let why = "no request that asks for a callback succeeded";
            session.recorder.untested(operation, &[Rule::CallbackInvalid], why);
            continue;
        };
        waiting.push((operation, path, Evidence { exchange, key: None, placed: Vec::new() }));
    }
    let paths: Vec<String> = waiting.iter().map(|(_, path, _)| path.clone()).collect();
    if session.must_end().is_none() {
        // What has not come by then is told of each operation.
        let _ = tokio::time::timeout(callbacks.wait, callbacks.inbox.until_each(&paths)).await;
    }
    for (operation, path, evidence) in waiting {
        let came = callbacks.inbox.of(&path);
        if came.is_empty() {
            let why = format!("no callback came within {:?}", callbacks.wait);
            session.recorder.untested(operation, &[Rule::CallbackInvalid], &why);
        }
        for request in came.iter().take(MAX) {
            let evaluation = callback::judge(operation, contract.callbacks(operation.index), request);
            // One is enough: the others come from the same place.
            if session.recorder.say(operation, &evidence, evaluation) {
                break;
            }
        }
    }
}
