//! Phase: the `Location` of an answer to what makes no object of a collection, such as a job (202).

use http::Method;
use http::header::LOCATION;
use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::dispatch::{self, listing};
use crate::check::session::Session;
use crate::contract::{Operation, OperationId};
use crate::exchange::{Request, Response};
use crate::generate::request::documented_value;
use crate::judge::sequence::observe;
use crate::rules::Rule;

/// Follows the `Location` that the plain request was answered with, where the document reads what is there.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: OperationId) {
    let Some(operation) = session.operation(Some(index)) else { return };
    let Some(answer) = session.recorder.state(index).and_then(|state| state.baseline.clone()) else { return };
    let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(location) = location.filter(|_| matches!(answer.status.as_u16(), 201 | 202)) else { return };
    // It leads to another host, which is never asked.
    let Ok(request) = listing::follow(session, &Request::new(Method::GET, "/"), location) else { return };
    let found = session.contract.find(&request.path);
    let reads = found.and_then(|found| {
        let mut operations = found.operations.iter().filter_map(|index| session.contract.at(*index));
        operations.find(|operation| operation.method == Method::GET)
    });
    // A path that the document does not have is asked for with the key of what named it.
    let is_documented = session.contract.find(&request.path).is_some();
    let read = session.operation(reads.map(|read| read.index)).or((!is_documented).then_some(operation));
    let Some(read) = read else { return };
    let ask = Attempt::made_up(read);
    let Some(turn) = dispatch::send_as(session, read, request, ask, false).await else { return };
    if turn.is_gone() && !is_documented && names_such(operation, &answer, location) {
        let why = "its Location leads to no documented path, as the document says itself";
        session.recorder.untested(operation, &[Rule::LocationBroken], why);
    } else if turn.is_gone() {
        let seen = observe(Rule::LocationBroken, operation, "the Location of the answer does not exist")
            .because("what was begun", turn.status().to_string());
        let seen = if is_documented { seen } else { seen.warning() };
        session.recorder.say(operation, &turn, seen);
    } else if turn.is_success() {
        session.recorder.held(operation, Rule::LocationBroken);
    } else if !is_documented {
        let why = "its Location leads to no documented path";
        session.recorder.untested(operation, &[Rule::LocationBroken], why);
    }
}

/// Whether the document has an address of the same form as its example: who sends that keeps to it.
fn names_such(operation: &Operation, answer: &Response, location: &str) -> bool {
    let mut headers =
        operation.response(answer.status.as_u16()).into_iter().flat_map(|documented| &documented.headers);
    let header = headers.find(|header| header.name.eq_ignore_ascii_case(LOCATION.as_str()));
    let example = header.and_then(|header| documented_value(&header.parameter));
    example.as_ref().and_then(Value::as_str).is_some_and(|example| is_alike(example, location))
}

/// Whether two addresses have the same words at the same places, and may differ in ids.
fn is_alike(one: &str, other: &str) -> bool {
    let is_word = |part: &str| part.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_'));
    let parts = |address: &str| -> Vec<String> { address.split('/').map(str::to_owned).collect() };
    let (one, other) = (parts(one), parts(other));
    one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| a == b || !(is_word(a) || is_word(b)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::check::scripted::{Bench, Reply, Scripted, answer, pets};

    /// Where an answer says that what was begun is at.
    fn leads_to(path: &'static str) -> impl Fn(&Request, Reply) -> Reply {
        move |_, _| {
            let mut begun = answer(202, &json!({}))?;
            begun.headers.insert(LOCATION, HeaderValue::from_static(path));
            Ok(begun)
        }
    }

    #[rstest]
    #[case::there("/pets/1", &[])]
    #[case::gone("/pets/7", &["location-broken count"])]
    #[case::gone_and_undocumented("/jobs/7", &["location-broken count"])]
    #[case::there_and_undocumented("/jobs/1", &[])]
    #[case::gone_as_the_document_has_it("/tasks/7/parts/9", &[])]
    #[case::gone_as_it_does_not_have_it("/tasks/7/part/9", &["location-broken count"])]
    #[tokio::test(start_paused = true)]
    async fn a_location_is_followed(#[case] path: &'static str, #[case] expected: &[&str]) {
        let header = json!({"schema": {"type": "string", "example": "/tasks/1/parts/2"}});
        let mut tree = pets();
        tree["paths"]["/counts"] = json!({"post": {"operationId": "count", "responses": {
            "202": {"description": "begun", "headers": {"Location": header}},
        }}});
        let bench = Bench::of(tree);
        let target = Scripted::with(&["rex"]).twist("POST /counts", leads_to(path)).reply(
            "GET /jobs/1",
            200,
            json!({}),
        );
        let index = bench.index("count");
        let told = bench
            .phase(&target, async |session| {
                let baseline =
                    leads_to(path)(&Request::new(Method::POST, "/counts"), answer(202, &json!({})));
                session.recorder.state_mut(index).unwrap().baseline = baseline.ok();
                run(session, index).await;
            })
            .await;
        assert_eq!(told.seen, expected, "{:?}", target.sent());
    }
}
