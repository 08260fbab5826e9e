//! Adds query parameters that a refused read asks for, though the document requires none of them; and to a refused
//! DELETE of an object of this run's own what says that it is meant.

use serde_json::{Value, json};

use super::adapt;
use crate::check::body_search::Refusal;
use crate::check::credentials::Credential;
use crate::check::evidence::{Evidence, Keyed};
use crate::check::plan::{Input, Step};
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, Operation, Parameter};
use crate::exchange::Exchange;
use crate::generate::plain_as;
use crate::generate::request::{Parts, documented_value};
use crate::judge::At;
use crate::judge::exchange::Intent;
use crate::judge::sequence::observe;
use crate::resources::kind::Kind;
use crate::resources::reach;
use crate::rules::Rule;

/// Parameters that are added to one request.
const MAX_ADDED: usize = 3;

fn is_refused(operation: &Operation, exchange: &Exchange) -> bool {
    let is_conflict = !operation.is_safe() && matches!(exchange.status(), Some(409 | 412 | 428));
    matches!(exchange.status(), Some(400 | 422)) || is_conflict
}

/// Whether a step reads, or removes an object that was made for it.
fn may_ask_again(session: &Session<'_>, operation: &Operation, step: &Step) -> bool {
    let is_fresh = || step.inputs.iter().any(|(.., input)| matches!(input, Input::Fresh(_)));
    let kind = session.resources.kind(operation.index).map(|judged| judged.kind);
    operation.is_safe() || (operation.method == http::Method::DELETE && kind == Some(Kind::Own) && is_fresh())
}

/// Sends a plain request again with the parameters that its refusal names, one more each time. What makes it
/// succeed is kept for the operation's other requests; else the first answer counts.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn until_answered(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    first: Keyed,
    key: Option<Credential>,
) -> Result<Keyed, NotSent> {
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    let may_ask = step.is_plain() && may_ask_again(session, operation, step);
    if !is_first || !may_ask || !is_refused(operation, &first.exchange) {
        return Ok(first);
    }
    let mut fuller = parts.clone();
    let (mut added, mut tried) = (Vec::new(), Vec::new());
    let mut refused = first.exchange.clone();
    while tried.len() < MAX_ADDED
        && let Some(response) = refused.response()
        && let Some((name, value)) = missing(operation, &fuller, &tried, &Refusal::reading(&response.body))
    {
        tried.push(name.clone());
        let mut next = fuller.clone();
        next.set(Location::Query, &name, value.clone());
        let Some(sent) = adapt::resend(session, operation, step, &next, key.clone()).await? else { break };
        if sent.exchange.status().is_some_and(|status| operation.is_success(status)) {
            added.push((name, value));
            tell_needed(session, operation, &added, &first);
            if let Some(state) = session.recorder.state_mut(operation.index) {
                state.asked_for = added;
            }
            *parts = next;
            return Ok(sent);
        }
        // One of several may do, and of this one there may be nothing.
        if is_refused(operation, &sent.exchange) {
            added.push((name, value));
            (fuller, refused) = (next, sent.exchange);
        }
    }
    Ok(first)
}

/// Says that a read was refused for want of a parameter whose value the document has for that case.
fn tell_needed(session: &mut Session<'_>, operation: &Operation, added: &[(String, Value)], first: &Keyed) {
    // What was added before it did not help.
    let Some((name, _)) = added.last() else { return };
    let Some(parameter) = operation.parameter(Location::Query, name).filter(|p| !p.required) else { return };
    let default = parameter.value_schema().and_then(|schema| {
        View::of(schema, Direction::Request).nodes().find_map(|node| node.get("default").cloned())
    });
    let Some(default) = default.filter(|_| operation.is_safe()) else { return };
    let message =
        format!("a request without the optional parameter {name:?}, which has a default, was refused");
    let status = first.exchange.status().unwrap_or(0);
    let seen = observe(Rule::ValidRejected, operation, message)
        .because(format!("an answer as with {name}={default}"), status.to_string())
        .of_status()
        .warning();
    session.recorder.say(operation, &Evidence::from(first.clone()), seen);
}

/// A query parameter that a refusal names and that was not sent, with a value. For a DELETE it may be a switch that
/// says that it is meant, named or not, but none that takes something else along.
fn missing(
    operation: &Operation,
    sent: &Parts,
    tried: &[String],
    refusal: &Refusal,
) -> Option<(String, Value)> {
    let absent = |parameter: &&Parameter| {
        sent.get(Location::Query, &parameter.name).is_none() && !tried.contains(&parameter.name)
    };
    // What takes one parameter alone is hardly refused for want of anything else.
    let is_alone = operation.parameters_in(Location::Query).count() == 1
        && operation.parameters_in(Location::Path).count() == 0;
    let is_switch = |parameter: &Parameter| parameter.value_schema().is_some_and(|s| s.shape().kinds.boolean);
    let asked = |parameter: &&Parameter| {
        let (name, is_named) = (parameter.name.as_str(), refusal.names(&parameter.name));
        let assents = is_switch(parameter) && reach::is_assent(name);
        if operation.is_safe() {
            is_named || is_alone
        } else {
            assents || (is_named && !reach::takes_from_others(name))
        }
    };
    let parameter = operation.parameters_in(Location::Query).filter(absent).find(asked)?;
    if !operation.is_safe() && is_switch(parameter) {
        return Some((parameter.name.clone(), json!(true)));
    }
    let made = |parameter: &Parameter| match parameter.value_schema() {
        Some(schema) => plain_as(&parameter.name, schema, Direction::Request).ok(),
        None => Some(json!("string")),
    };
    Some((parameter.name.clone(), documented_value(parameter).or_else(|| made(parameter))?))
}

/// Adds to a step what its operation was found to ask for, but for the parameter that the step is about.
pub(super) fn add(session: &Session<'_>, operation: &Operation, step: &Step, parts: &mut Parts) {
    let Some(state) = session.recorder.state(operation.index) else { return };
    for (name, value) in &state.asked_for {
        let is_about = matches!(&step.intent, Intent::Invalid(invalid)
            if matches!(&invalid.at, At::Parameter(Location::Query, about) if about == name));
        if !is_about && parts.get(Location::Query, name).is_none() {
            parts.set(Location::Query, name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use crate::check::recorder::OperationState;
    use crate::check::scripted::{Bench, Scripted, answer, pets};
    use crate::check::steps::send;

    /// A read that wants one of two parameters gets it, and keeps it; one that says nothing is left alone.
    #[rstest]
    #[case::named("a tag is needed", 200, 3)]
    #[case::one_of_two("either owner or tag is needed", 200, 4)]
    #[case::unnamed("something is needed", 400, 2)]
    #[tokio::test(start_paused = true)]
    async fn a_read_gets_what_its_refusal_names(
        #[case] told: &'static str,
        #[case] expected: u16,
        #[case] requests: usize,
    ) {
        let mut document = pets();
        let parameters = document["paths"]["/pets"]["get"]["parameters"].as_array_mut().unwrap();
        parameters.push(json!({"name": "owner", "in": "query", "schema": {"type": "string"}}));
        parameters.push(json!({"name": "tag", "in": "query", "schema": {"type": "string"}}));
        let target = Scripted::with(&["rex"])
            .twist("GET /pets", move |_, _| answer(400, &json!({ "error": told })))
            .refuse("GET /pets?owner=string", 404)
            .reply("GET /pets?tag=string", 200, json!({"count": 0, "results": []}));
        let bench = Bench::of(document);
        let list = bench.index("list");
        bench
            .phase(&target, async |session| {
                let step = session.base(session.contract.at(list).unwrap()).unwrap();
                *session.recorder.state_mut(list).unwrap() = OperationState::default();
                for _ in 0..2 {
                    let came = send(session, &step).await.ok().and_then(|exchange| exchange.status());
                    assert_eq!(came, Some(expected), "{:?}", target.sent());
                }
            })
            .await;
        assert_eq!(target.count("GET /pets"), requests, "{:?}", target.sent());
    }

    /// A read with one parameter alone gets it, whatever its refusal says; one of an object does not.
    #[rstest]
    #[case("/tags", 200, 2)]
    #[case("/tags/{tag}", 400, 1)]
    #[tokio::test(start_paused = true)]
    async fn a_read_gets_its_only_parameter(
        #[case] path: &str,
        #[case] expected: u16,
        #[case] requests: usize,
    ) {
        let mut document = pets();
        let parameter = json!({"name": "q", "in": "query", "content": {"application/json": {
            "schema": {"type": "array", "items": {"type": "integer"}},
        }}});
        document["paths"][path]["get"] =
            json!({"operationId": "tags", "parameters": [parameter], "responses": {"200": {}}});
        if path.contains('{') {
            let tag = json!({"name": "tag", "in": "path", "required": true, "schema": {"type": "string"}});
            document["paths"][path]["parameters"] = json!([tag]);
        }
        let target = Scripted::with(&[]).twist("GET /tags*", |request, _| match request.query {
            Some(_) => answer(200, &json!({})),
            None => answer(400, &json!({"error": "Not an array"})),
        });
        let bench = Bench::of(document);
        let tags = bench.index("tags");
        bench
            .phase(&target, async |session| {
                let step = session.base(session.contract.at(tags).unwrap()).unwrap();
                *session.recorder.state_mut(tags).unwrap() = OperationState::default();
                let came = send(session, &step).await.ok().and_then(|exchange| exchange.status());
                assert_eq!(came, Some(expected), "{:?}", target.sent());
            })
            .await;
        assert_eq!(target.count("GET /tags"), requests, "{:?}", target.sent());
    }

    /// A DELETE of an object that was made for it gets the switch that says that it is meant; the clean-up too.
    #[rstest]
    #[case::a_switch("force", "boolean", "no", true)]
    #[case::named("reason", "string", "a reason is needed", true)]
    #[case::takes_others("cascade", "boolean", "use cascade", false)]
    #[case::nothing_of_it("dry", "boolean", "no", false)]
    #[tokio::test(start_paused = true)]
    async fn a_delete_says_that_it_is_meant(
        #[case] name: &str,
        #[case] kind: &str,
        #[case] told: &'static str,
        #[case] expected: bool,
    ) {
        let mut document = pets();
        document["paths"]["/pets/{petId}"]["delete"]["parameters"] =
            json!([{"name": name, "in": "query", "schema": {"type": kind}}]);
        let target = Scripted::with(&["rex"]).twist("DELETE /pets/*", move |request, _| {
            let is_meant = request.query.as_deref().is_some_and(|query| !query.contains("kind"));
            if is_meant { answer(204, &json!(null)) } else { answer(409, &json!({ "error": told })) }
        });
        let outcome = Bench::of(document).run(&target).await;
        let drop = outcome.run.operations.iter().find(|operation| operation.operation == "drop").unwrap();
        assert_eq!(drop.statuses.contains_key("204"), expected, "{:?}", target.sent());
        assert!(!target.sent().iter().any(|line| line.starts_with("DELETE /pets/1")), "not what others made");
    }
}
