//! Phase: operations that ask for another key (401), although it is as the document says and is taken elsewhere.
//!
//! A 403 may be about what its owner is, which no document tells.

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::Operation;
use crate::generate::request::build;
use crate::judge::exchange::Told;
use crate::judge::sequence::observe;
use crate::resources;
use crate::rules::{Family, Rule};

/// Asks each operation that refused its plain request for the key once more, and says so.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    if session.settings.no_auth || session.recorder.is_muted(Family::Status) {
        return;
    }
    for operation in &session.contract.operations {
        let Some(operation) = session.operation(Some(operation.index)).filter(|o| is_shut(session, o)) else {
            continue;
        };
        if session.must_end().is_some() {
            return;
        }
        one(session, operation).await;
    }
}

/// Whether an operation that asks for a key has never let one in; where scopes are documented, or the credential is
/// in the body, other rules say why.
fn is_shut(session: &Session<'_>, operation: &Operation) -> bool {
    let Some(state) = session.recorder.state(operation.index) else { return false };
    let is_refused = state.plain == Some(401) && !state.has_succeeded(operation);
    let is_guarded = !operation.is_open() && !operation.is_login() && !resources::is_refusal(operation);
    is_refused && is_guarded && operation.scopes().is_empty()
}

async fn one(session: &mut Session<'_>, operation: &Operation) {
    let Ok(Some(key)) = session.credentials.get(operation, &KeyChoice::sufficient(operation)).await else {
        return;
    };
    // A key that nobody took may be a wrong one.
    if session.credentials.acceptance(&key).is_none() && key.scheme.is_none() {
        return;
    }
    let Some(parts) = steps::plain_parts(session, operation).await else { return };
    let Ok(request) = build(operation, &parts) else { return };
    let ask = Attempt::plain(operation);
    let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else { return };
    if turn.status() == 401 {
        let what = "every request was refused with 401, with a key as the document asks for";
        let mut seen =
            observe(Rule::StatusUnexpected, operation, what).because("success", "401").of_status().warning();
        seen.told = Told::EachOperation;
        session.recorder.say(operation, &turn, seen);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::check::scripted::{Bench, Scripted, key, pets};

    /// `change` refuses its plain request with that status, though the key is taken elsewhere.
    #[rstest]
    #[case::asks_for_another_key(401, &["status-unexpected change"])]
    #[case::minds_the_owner(403, &[])]
    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_taken_elsewhere(#[case] status: u16, #[case] expected: &[&str]) {
        let target = Scripted::with(&["rex"]).refuse("PATCH *", status);
        let mut tree = pets();
        tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
        tree["security"] = json!([{"key": []}]);
        let mut bench = Bench::of(tree);
        bench.sources.named = vec![key("k", &[])];
        let told = bench.run(&target).await.run;
        let of_change = told.findings.iter().filter(|f| f.rule == Rule::StatusUnexpected);
        let seen: Vec<String> = of_change.map(|f| format!("{} {}", f.rule.name(), f.operation)).collect();
        assert_eq!(seen, expected);
    }
}
