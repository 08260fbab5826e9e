//! Asks again without a bad value, so that the answer to it is compared with what the target holds now.

use crate::check::dispatch::keyed;
use crate::check::evidence::Keyed;
use crate::check::plan::Step;
use crate::check::session::Session;
use crate::contract::{Location, Operation};
use crate::generate::request::build;
use crate::judge::At;
use crate::judge::exchange::{Intent, Valid};
use crate::resources::kind::Kind;
use crate::rules::Rule;

/// Times that the plain request of an operation is sent again.
const MAX_RENEWED: u8 = 4;

/// Whether an answer shows that a bad value outside of the body and the path was taken, or that other things have
/// changed since the plain request, and it matters which.
fn differs(session: &Session<'_>, operation: &Operation, step: &Step, keyed: &Keyed) -> bool {
    let is_beside = matches!(
        &step.intent,
        Intent::Invalid(invalid)
            if matches!(&invalid.at, At::Parameter(location, _) if *location != Location::Path)
                && invalid.is_stated(operation)
    );
    let (Some(state), Some(response)) = (session.recorder.state(operation.index), keyed.exchange.response())
    else {
        return false;
    };
    let has_changed = |without: &crate::exchange::Response| {
        without.status == response.status && without.body != response.body
    };
    is_beside
        && operation.is_safe()
        && state.renewed < MAX_RENEWED
        && state.baseline.as_ref().is_some_and(has_changed)
}

/// Sends the plain request of an operation again where the answer to a bad value is another one than it got: a list
/// may have grown since. What comes back is what the bad value is judged against.
pub(super) async fn renew(session: &mut Session<'_>, operation: &Operation, step: &Step, keyed: &Keyed) {
    if !differs(session, operation, step, keyed) {
        return;
    }
    let Some(parts) = super::plain_parts(session, operation).await else { return };
    let Ok(request) = build(operation, &parts) else { return };
    if !session.may_send().await {
        return;
    }
    let sent = keyed::send_with(session, operation, &request, &step.key, keyed.key.clone()).await;
    let Some(state) = session.recorder.state_mut(operation.index) else { return };
    state.renewed += 1;
    let renewed = sent.ok().and_then(|again| again.exchange.outcome.ok());
    if let Some(response) = renewed.filter(|response| operation.is_success(response.status.as_u16())) {
        state.baseline = Some(response);
    }
}

/// Whether a query is refused as it was taken before, so that the refusal of another value of a parameter says nothing of
/// that value: what this run made may have changed what can be asked for.
pub(super) async fn is_refused_by_now(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    keyed: &Keyed,
) -> bool {
    let Intent::Valid(Valid::Named(place) | Valid::Open(place)) = &step.intent else { return false };
    let is_query = matches!(place.at, At::Parameter(Location::Query, _))
        && !operation.is_safe()
        && session.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Query);
    let is_rejected = matches!(keyed.exchange.status(), Some(400 | 422));
    let is_known = session.recorder.state(operation.index).is_some_and(|state| state.success.is_some());
    if !is_query || !is_rejected || !is_known || session.recorder.has_seen(Rule::ValidRejected, operation) {
        return false;
    }
    let Some(parts) = super::plain_parts(session, operation).await else { return false };
    let Ok(request) = build(operation, &parts) else { return false };
    if !session.may_send().await {
        return false;
    }
    let sent = keyed::send_with(session, operation, &request, &step.key, keyed.key.clone()).await;
    sent.ok().and_then(|again| again.exchange.status()).is_some_and(|status| !operation.is_success(status))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rstest::rstest;
    use serde_json::json;

    use super::MAX_RENEWED;
    use crate::check::plan::Input;
    use crate::check::recorder::OperationState;
    use crate::check::scripted::{Bench, Scripted, altered, pets};
    use crate::check::steps;
    use crate::contract::Location;
    use crate::exchange::Request;
    use crate::judge::At;
    use crate::judge::exchange::{Intent, Invalid};
    use crate::rules::Severity;

    /// A list that has grown since the plain request is no sign that a bad value was read.
    #[rstest]
    #[case::passed_over(false, Severity::Warning)]
    #[case::read(true, Severity::Error)]
    #[tokio::test(start_paused = true)]
    async fn a_bad_value_is_compared_with_what_there_is(#[case] is_read: bool, #[case] expected: Severity) {
        let mut tree = pets();
        let list = &mut tree["paths"]["/pets"]["get"];
        list["parameters"] = json!([{"name": "sort", "in": "query", "schema": {"enum": ["name"]}}]);
        list["responses"]["400"] = json!({"description": "bad"});
        let bench = Bench::of(tree);
        let asked = AtomicUsize::new(0);
        let target = Scripted::with(&["rex"]).twist("GET /pets*", move |request: &Request, reply| {
            let is_first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            let is_bad = request.query.as_deref().is_some_and(|query| query.contains("other"));
            altered(reply, |page| match (is_first, is_bad && is_read) {
                (true, _) => {}
                (false, false) => page["count"] = json!(2),
                (false, true) => page["count"] = json!(0),
            })
        });
        let index = bench.index("list");
        let _ = bench
            .phase(&target, async |session| {
                *session.recorder.state_mut(index).unwrap() = OperationState::default();
                let operation = session.contract.at(index).unwrap();
                let mut step = session.base(operation).unwrap();
                steps::send(session, &step).await.unwrap();
                let at = At::Parameter(Location::Query, "sort".to_owned());
                let (instance, label) = (String::new(), "a value that is not listed".to_owned());
                step.intent = Intent::Invalid(Invalid { at, instance, label, keyword: "enum" });
                step.inputs.push((Location::Query, "sort".to_owned(), Input::Value(json!("other"))));
                for _ in 0..2 * MAX_RENEWED {
                    steps::send(session, &step).await.unwrap();
                }
                let seen = session.recorder.seen();
                let severities: Vec<Severity> = seen.iter().map(|seen| seen.observation.severity).collect();
                assert!(
                    !severities.is_empty() && severities.iter().all(|of| *of == expected),
                    "{severities:?}"
                );
            })
            .await;
        // The bad values, the plain request, and how often it was renewed.
        let renewed = target.count("GET /pets") - 1 - usize::from(2 * MAX_RENEWED);
        assert_eq!(renewed, if is_read { usize::from(MAX_RENEWED) } else { 1 });
    }
}
