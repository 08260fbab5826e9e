//! Finds out by what the paths of a collection call its objects, where what was taken for an id leads
//! nowhere.

use serde_json::Value;

use super::adapt;
use crate::check::credentials::Credential;
use crate::check::evidence::Keyed;
use crate::check::path_values;
use crate::check::plan::{Input, Step};
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::{Location, Operation, parameter};
use crate::exchange::Exchange;
use crate::generate::request::Parts;
use crate::resources::CollectionId;

/// Members that are tried for one collection.
const MAX_TRIES: usize = 4;

/// A request to an object by what was taken for its id.
pub(super) struct Asked<'s> {
    pub operation: &'s Operation,
    pub step: &'s Step,
    pub key: Option<Credential>,
}

/// Asks for an object by its other names where it is not found by what was taken for its id, until the
/// target knows one. What was found is kept: for the whole collection where a listed object was read, else
/// for the operation.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn by_other_names(
    session: &mut Session<'_>,
    asked: &Asked<'_>,
    parts: &mut Parts,
    first: Keyed,
) -> Result<Keyed, NotSent> {
    if !asked.step.is_plain() || !is_missing(&first.exchange) {
        return Ok(first);
    }
    let planned = parts.clone();
    let found = match unread(session, asked) {
        Some(target) => of_the_collection(session, asked, parts, &target).await?,
        None => of_the_operation(session, asked, parts, &first.exchange).await?,
    };
    Ok(found.unwrap_or_else(|| {
        *parts = planned;
        first
    }))
}

/// What a step reads that the target listed, where nobody knows yet by what its path calls such objects.
fn unread(session: &Session<'_>, asked: &Asked<'_>) -> Option<(CollectionId, String)> {
    let last = asked.operation.template.names().last();
    let of_path = |(at, name, _): &&(Location, String, Input)| *at == Location::Path && Some(name) == last;
    let (_, name, input) = asked.step.inputs.iter().find(of_path)?;
    let Input::Any(index) = input else { return None };
    // Another path may have other reasons not to answer.
    let reads = session.collection(*index)?.retrieve == Some(asked.operation.index);
    (reads && !session.pool.is_called_by_name(*index)).then(|| (*index, name.clone()))
}

/// Tries the members of a listed object.
async fn of_the_collection(
    session: &mut Session<'_>,
    asked: &Asked<'_>,
    parts: &mut Parts,
    (index, name): &(CollectionId, String),
) -> Result<Option<Keyed>, NotSent> {
    let values = path_values::of_parts(asked.operation, parts);
    for (at, value) in session.pool.other_names(*index, &values, name).into_iter().take(MAX_TRIES) {
        parts.set(Location::Path, name, value);
        if session.leads_elsewhere(asked.operation, parts) {
            continue;
        }
        let Some(sent) = resend(session, asked, parts).await? else { break };
        if !is_missing(&sent.exchange) {
            session.pool.call_by(*index, &at);
            return Ok(Some(sent));
        }
    }
    Ok(None)
}

async fn resend(
    session: &mut Session<'_>,
    asked: &Asked<'_>,
    parts: &Parts,
) -> Result<Option<Keyed>, NotSent> {
    adapt::resend(session, asked.operation, asked.step, parts, asked.key.clone()).await
}

fn is_missing(exchange: &Exchange) -> bool {
    matches!(exchange.status(), Some(400 | 404 | 410 | 422))
}

/// The object that a step works on: its collection and which path parameter names it, by position.
fn target(
    session: &Session<'_>,
    operation: &Operation,
    step: &Step,
) -> Option<(CollectionId, String, usize)> {
    let names = operation.template.names();
    let inputs = step.inputs.iter().filter(|(at, _, input)| *at == Location::Path && input.is_object());
    let found = inputs.filter_map(|(_, name, _)| Some((names.iter().position(|known| known == name)?, name)));
    let (position, name) = found.max_by_key(|(position, _)| *position)?;
    let place = session.resources.place(operation, name).filter(|place| place.member.is_none())?;
    Some((place.collection, name.clone(), position))
}

/// Tries what else identifies the object: of one collection, some paths may want ids and others names. What
/// an unsafe request goes to must be this run's own by its id or by a text of this run's.
async fn of_the_operation(
    session: &mut Session<'_>,
    asked: &Asked<'_>,
    parts: &mut Parts,
    first: &Exchange,
) -> Result<Option<Keyed>, NotSent> {
    let Asked { operation, step, .. } = asked;
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    let Some((collection, name, position)) = target(session, operation, step).filter(|_| is_first) else {
        return Ok(None);
    };
    let Some(now) = path_values::of_parts(operation, parts).get(position).cloned() else { return Ok(None) };
    for (member, value) in other_ids(session, collection, &now) {
        let is_id = ["id", "_id", "uuid"].contains(&member);
        if !operation.is_safe() && !is_id && !session.marks.is_in(value.as_str()) {
            continue;
        }
        parts.set(Location::Path, &name, value.clone());
        if session.leads_elsewhere(operation, parts) {
            continue;
        }
        let Some(sent) = resend(session, asked, parts).await? else { break };
        if leads_further((first, &now), (&sent.exchange, &value)) {
            if let Some(state) = session.recorder.state_mut(operation.index) {
                state.called_by = Some(member);
            }
            return Ok(Some(sent));
        }
    }
    Ok(None)
}

fn other_ids(session: &Session<'_>, collection: CollectionId, id: &Value) -> Vec<(&'static str, Value)> {
    let parameter = session.collection(collection).map_or("id", |known| known.parameter.as_str());
    session.examples.other_ids(collection, id, (parameter, session.pool.name_of(collection)))
}

/// Whether the answer to another id is about something else than the id. A refusal that repeats it is not.
fn leads_further((first, one): (&Exchange, &Value), (second, other): (&Exchange, &Value)) -> bool {
    let body =
        |exchange: &Exchange| exchange.response().map(|r| String::from_utf8_lossy(&r.body).into_owned());
    let told = |exchange: &Exchange, id: &Value| body(exchange).map(|b| b.replace(&parameter::text(id), ""));
    let repeats = |exchange: &Exchange, id: &Value| {
        body(exchange).is_some_and(|body| body.contains(&parameter::text(id)))
    };
    match second.status() {
        None | Some(404 | 405 | 410) => false,
        _ if !is_missing(second) => true,
        _ if repeats(second, other) => false,
        status => status != first.status() || told(first, one) != told(second, other),
    }
}

/// Calls the object of a step as its operation wants it, where that was found out.
pub(super) fn as_wanted(
    session: &Session<'_>,
    operation: &Operation,
    step: &Step,
    known: &mut [Option<Value>],
) {
    let Some(member) = session.recorder.state(operation.index).and_then(|state| state.called_by) else {
        return;
    };
    let Some((collection, _, position)) = target(session, operation, step) else { return };
    let Some(Some(value)) = known.get_mut(position) else { return };
    let others = other_ids(session, collection, value);
    if let Some((_, other)) = others.into_iter().find(|(name, _)| *name == member) {
        *value = other;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use crate::check::recorder::OperationState;
    use crate::check::scripted::{Bench, Scripted, answer};
    use crate::check::steps::send;
    use crate::contract::OperationId;

    /// Sends the plain steps of operations one after another; the statuses.
    async fn sent(bench: &Bench, target: &Scripted, operations: &[&str]) -> Vec<u16> {
        let operations: Vec<OperationId> = operations.iter().map(|id| bench.index(id)).collect();
        let mut statuses = Vec::new();
        bench
            .phase(target, async |session| {
                for operation in operations {
                    let step = session.base(session.contract.at(operation).unwrap()).unwrap();
                    *session.recorder.state_mut(operation).unwrap() = OperationState::default();
                    let came = send(session, &step).await;
                    statuses.push(came.ok().and_then(|exchange| exchange.status()).unwrap_or(0));
                }
            })
            .await;
        statuses
    }

    /// A listed object is read by its name where its id is no path, and everything is from then on.
    #[tokio::test(start_paused = true)]
    async fn a_listed_object_is_read_by_its_name() {
        let target = Scripted::with(&["rex"]).refuse("GET /pets/1", 404).reply(
            "GET /pets/rex",
            200,
            json!({"id": 1, "name": "rex"}),
        );
        assert_eq!(sent(&Bench::pets(), &target, &["list", "read", "read"]).await, [200, 200, 200]);
        assert_eq!(
            (target.count("GET /pets/1"), target.count("GET /pets/rex")),
            (1, 2),
            "{:?}",
            target.sent()
        );
    }

    /// Where no name leads anywhere, the answer to the id is what counts.
    #[tokio::test(start_paused = true)]
    async fn an_object_that_is_lost_stays_so() {
        let target = Scripted::with(&["rex"]).refuse("GET /pets/*", 404);
        assert_eq!(sent(&Bench::pets(), &target, &["list", "read"]).await, [200, 404]);
        assert_eq!(target.count("GET /pets/rex"), 1);
    }

    /// One path of a collection may want names where the others want ids; an object of others is never
    /// changed by that.
    #[rstest]
    #[case::own("create", 1)]
    #[case::of_others("list", 0)]
    #[tokio::test(start_paused = true)]
    async fn an_own_object_is_changed_by_its_name(#[case] before: &str, #[case] expected: usize) {
        let by_id = |path: &str| path.rsplit('/').next().is_some_and(|id| id.parse::<u32>().is_ok());
        let target = Scripted::with(&["rex"]).twist("PATCH *", move |request, _| {
            let status = if by_id(&request.path) { 404 } else { 200 };
            answer(status, &json!({"id": 2, "name": "x"}))
        });
        sent(&Bench::pets(), &target, &[before, "change"]).await;
        assert_eq!(target.count("PATCH /pets/counterpart"), expected, "{:?}", target.sent());
        assert_eq!(target.count("PATCH /pets/1") + target.count("PATCH /pets/rex"), 0, "{:?}", target.sent());
    }

    /// A refusal of the name itself says nothing for it, nor does a path that leads nowhere with it.
    #[rstest]
    #[case::by_its_form(422)]
    #[case::by_its_path(405)]
    #[tokio::test(start_paused = true)]
    async fn a_name_that_is_refused_is_not_taken_for_an_id(#[case] status: u16) {
        let target = Scripted::default().twist("PATCH *", move |request, _| {
            let named = request.path.rsplit('/').next().unwrap_or_default();
            if named.parse::<u32>().is_ok() {
                return answer(422, &json!({"error": "the owner is unknown"}));
            }
            answer(status, &json!({"error": format!("{named} is not an integer")}))
        });
        sent(&Bench::pets(), &target, &["create", "change"]).await;
        let last = target.sent().into_iter().rev().find(|line| line.starts_with("PATCH "));
        assert_eq!(last.as_deref(), Some("PATCH /pets/1"), "{:?}", target.sent());
    }
}
