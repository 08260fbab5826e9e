//! Phase: operations that were never seen in a success, for a reason that does not hold.
//!
//! They ask for another key (401), although it is as the document says and is taken elsewhere. They refuse a key (403)
//! that the user does not call denied, as another one is: without that a 403 may be about what the owner of the key is,
//! which no document tells. Or they call a name taken (409) that no object has.

use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::path_values;
use crate::check::phases::members::{place, sent_members};
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Direction, Operation, parameter};
use crate::generate::request::build;
use crate::judge::exchange::Told;
use crate::judge::sequence::{failure::failure, observe};
use crate::resources::members::{is_secret, is_version};
use crate::resources::{self, unique};
use crate::rules::{Family, Rule};

/// Asks each operation that refused its plain request for the key once more, and says so.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    if session.settings.no_auth || session.recorder.is_muted(Family::Status) {
        return;
    }
    for operation in &session.contract.operations {
        let Some(operation) = session.subject(operation).filter(|o| is_shut(session, o)) else {
            continue;
        };
        if session.must_end().is_some() {
            return;
        }
        one(session, operation).await;
    }
}

/// Whether the user has said which keys may not call an operation, so that the others may.
fn is_told_who_may(session: &Session<'_>, operation: &Operation) -> bool {
    session.credentials.denied().iter().any(|denied| denied.operations.contains(&operation.index))
}

/// Whether an operation that asks for a key has never let one in; where scopes are documented, or the credential is
/// in the body, other rules say why.
fn is_shut(session: &Session<'_>, operation: &Operation) -> bool {
    let Some(state) = session.recorder.state(operation.index) else { return false };
    let is_odd =
        state.plain == Some(401) || (state.plain == Some(403) && is_told_who_may(session, operation));
    let is_refused = is_odd && !state.has_succeeded(operation);
    let is_guarded = !operation.is_open() && !operation.is_login() && !resources::is_refusal(operation);
    is_refused && is_guarded && operation.scopes().is_empty() && !takes_secret(operation)
}

/// Whether an operation takes a secret beside the key, which nobody here knows: a token that was mailed, a password.
fn takes_secret(operation: &Operation) -> bool {
    let schema =
        operation.body.iter().flat_map(|body| &body.content).find_map(|content| content.schema.as_deref());
    let members = schema.map(|schema| schema.fields(Direction::Request, &[])).unwrap_or_default();
    operation
        .parameters
        .iter()
        .map(|parameter| &parameter.name)
        .chain(members.keys())
        .any(|name| is_secret(name))
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
    let what = match turn.status() {
        401 => Some("every request was refused with 401, with a key as the document asks for"),
        403 if is_told_who_may(session, operation) => Some(
            "every request was refused with 403, with a key that is not denied the operation as another one is",
        ),
        _ => None,
    };
    if let Some(what) = what {
        let status = turn.status().to_string();
        let mut seen =
            observe(Rule::StatusUnexpected, operation, what).because("success", status).of_status().warning();
        seen.told = Told::EachOperation;
        session.recorder.say(operation, &turn, seen);
    }
}

/// Tells of failures that came to requests which were sent for something else, and which nobody has told of.
pub(in crate::check) fn failures(session: &mut Session<'_>) {
    for operation in &session.contract.operations {
        let is_told = |rule| session.recorder.has_seen(rule, operation);
        let failed = session.recorder.state(operation.index).and_then(|state| state.failed.clone());
        let Some(exchange) = failed.filter(|_| !is_told(Rule::ServerError) && !is_told(Rule::TargetHarmed))
        else {
            continue;
        };
        let seen = failure(operation, "a request that the document allows, or should be refused", &exchange);
        let evidence = Evidence { exchange, key: None, placed: Vec::new() };
        session.recorder.say(operation, &evidence, seen.warned());
    }
}

/// Replaces objects with the version that was read just before, where every version was called old.
pub(in crate::check) async fn locks(session: &mut Session<'_>) {
    if session.recorder.is_muted(Rule::ValidRejected) {
        return;
    }
    for (index, _) in session.resources.each() {
        let Some(collection) = session.collection(index) else { continue };
        for change in [collection.replace, collection.update] {
            let Some(change) = session
                .operation(change)
                .and_then(|change| session.subject(change))
                .filter(|change| is_stuck(session, change))
            else {
                continue;
            };
            lock(session, change).await;
        }
    }
}

/// Whether the plain request of an operation met a conflict, and none was taken.
fn is_stuck(session: &Session<'_>, operation: &Operation) -> bool {
    let state = session.recorder.state(operation.index);
    let is_stuck = state.is_some_and(|state| state.plain == Some(409) && !state.has_succeeded(operation));
    is_stuck && session.must_end().is_none()
}

async fn lock(session: &mut Session<'_>, change: &Operation) -> Option<()> {
    let index = session.resources.role(change.index).map(|(index, _)| index)?;
    let collection = session.collection(index)?;
    let retrieve = session.operation(collection.retrieve)?;
    let parts = steps::plain_parts(session, change).await?;
    let values = path_values::of_parts(change, &parts);
    let address = session.addressed(retrieve, &values).filter(|_| session.pool.is_own(index, &values))?;
    let body = sent_members(change, parts.body.as_ref());
    let name = body.keys().find(|name| is_version(name)).cloned()?;
    let mut versions = Vec::new();
    let mut last = None;
    // Twice, so that nobody can have come between.
    for _ in 0..2 {
        let read = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await?;
        let shown = read.sound(retrieve)?;
        let version = shown.pointer(&place(&shown, collection)?)?.get(&name)?.clone();
        let mut sent = body.clone();
        sent.insert(name.clone(), version.clone());
        let asked = session.with_body(change, &values, &Value::Object(sent))?;
        let request = build(change, &asked).ok()?;
        let turn = dispatch::send_as(session, change, request, Attempt::made_up(change), false).await?;
        (turn.status() == 409).then_some(())?;
        versions.push(version);
        last = Some(turn);
    }
    let turn = last.filter(|_| versions.first() == versions.last())?;
    let what = format!("{name:?} as it was read just before was refused as old");
    let mut seen = observe(Rule::ValidRejected, change, what).because("success", "409").of_status().warning();
    seen.told = Told::EachOperation;
    session.recorder.say(change, &turn, seen);
    Some(())
}

/// Asks creates that were never taken for a conflict once more, with a name of which a read says that nothing has it.
pub(in crate::check) async fn conflicts(session: &mut Session<'_>) {
    if session.recorder.is_muted(Rule::ValidRejected) {
        return;
    }
    for (index, _) in session.resources.each() {
        let Some(collection) = session.collection(index).filter(|known| known.depth() == 0) else { continue };
        let (create, retrieve) =
            (session.operation(collection.create), session.operation(collection.retrieve));
        let create = create.and_then(|create| session.subject(create));
        let Some((create, retrieve)) = create.zip(retrieve) else { continue };
        let is_stuck = session
            .recorder
            .state(create.index)
            .is_some_and(|state| state.plain == Some(409) && !state.has_succeeded(create));
        if is_stuck && session.must_end().is_none() {
            conflict(session, create, retrieve).await;
        }
    }
}

async fn conflict(session: &mut Session<'_>, create: &Operation, retrieve: &Operation) -> Option<()> {
    let mut parts = steps::plain_parts(session, create).await?;
    session.marks.stamp(&mut parts);
    let sent = sent_members(create, parts.body.as_ref());
    // The document says which member the conflict is about, and the path calls the objects by it.
    let is_key = |(name, value): &(&String, &Value)| {
        unique::is_unique(create, name)
            && session.marks.is_in_value(value)
            && resources::is_safe_id(&parameter::text(value))
    };
    let id = sent.iter().find(is_key).map(|(_, value)| value.clone())?;
    let address = session.addressed(retrieve, std::slice::from_ref(&id))?;
    let before = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await?;
    let request = build(create, &parts).ok().filter(|_| before.is_gone())?;
    let turn = dispatch::send_as(session, create, request, Attempt::plain(create), false).await?;
    let after = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await?;
    if turn.status() == 409 && after.is_gone() {
        let what = format!("{} was refused as taken, but nothing has that name", parameter::text(&id));
        let mut seen =
            observe(Rule::ValidRejected, create, what).because("success", "409").of_status().warning();
        seen.told = Told::EachOperation;
        session.recorder.say(create, &turn, seen);
    }
    Some(())
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

    /// Every name is called taken; a read says whether one is.
    #[rstest]
    #[case::nothing_has_it(404, &["valid-rejected createLabel"])]
    #[case::something_has_it(200, &[])]
    #[tokio::test(start_paused = true)]
    async fn a_name_that_is_called_taken(#[case] read: u16, #[case] expected: &[&str]) {
        let label =
            json!({"type": "object", "required": ["slug"], "properties": {"slug": {"type": "string"}}});
        let content = json!({"application/json": {"schema": label}});
        let one = json!({"description": "", "content": content});
        let many = json!({"description": "", "content": {"application/json": {"schema": {"type": "array", "items": label}}}});
        let slug = json!([{"name": "slug", "in": "path", "required": true, "schema": {"type": "string"}}]);
        let tree = json!({"openapi": "3.1.0", "paths": {
            "/labels": {
                "get": {"operationId": "labels", "responses": {"200": many}},
                "post": {"operationId": "createLabel", "requestBody": {"content": content},
                    "description": "A slug that another label has is refused with 409.",
                    "responses": {"201": one, "409": {"description": "Taken"}}}},
            "/labels/{slug}": {"parameters": slug,
                "get": {"operationId": "label", "responses": {"200": one, "404": {"description": ""}}},
                "delete": {"operationId": "dropLabel", "responses": {"204": {"description": ""}}}},
        }});
        let target = Scripted::default()
            .refuse("POST /labels", 409)
            .reply("GET /labels", 200, json!([]))
            .reply("GET /labels/*", read, json!({"slug": "x"}));
        let told = Bench::of(tree).run(&target).await.run;
        let of_create = told.findings.iter().filter(|f| f.rule == Rule::ValidRejected);
        let seen: Vec<String> = of_create.map(|f| format!("{} {}", f.rule.name(), f.operation)).collect();
        assert_eq!(seen, expected, "{:?}", target.sent());
    }

    /// A failure that a request meets which is judged for something else.
    #[tokio::test(start_paused = true)]
    async fn a_failure_is_told_by_whoever_meets_it() {
        let target = Scripted::with(&["rex"]).refuse("GET /pets?*", 500);
        let told = Bench::pets()
            .phase(&target, async |session| {
                let list = session.contract.operation("list").unwrap();
                let parts = crate::generate::request::Parts::default();
                let mut request = build(list, &parts).unwrap();
                request.query = Some("limit=x".to_owned());
                dispatch::send_as(session, list, request, Attempt::made_up(list), false).await;
                failures(session);
            })
            .await;
        assert_eq!(told.seen, ["server-error list"]);
    }

    /// A lock that calls every version old.
    #[rstest]
    #[case::never_opens(true, &["valid-rejected replace"])]
    #[case::opens(false, &[])]
    #[tokio::test(start_paused = true)]
    async fn a_lock_that_never_opens(#[case] is_stuck: bool, #[case] expected: &[&str]) {
        let mut tree = pets();
        tree["components"]["schemas"]["Pet"]["properties"]["version"] = json!({"type": "integer"});
        let mut whole = tree["components"]["schemas"]["Pet"].clone();
        whole["required"] = json!(["name", "version"]);
        let whole = json!({"application/json": {"schema": whole}});
        tree["paths"]["/pets/{petId}"]["put"]["requestBody"]["content"] = whole;
        let target = Scripted::with(&["rex"]).twist("GET /pets/1", |_, reply| {
            crate::check::scripted::altered(reply, |pet| pet["version"] = json!(3))
        });
        let target = if is_stuck { target.refuse("PUT *", 409) } else { target };
        let told = Bench::of(tree)
            .phase(&target, async |session| {
                let index = session.contract.operation("replace").unwrap().index;
                let state = session.recorder.state_mut(index).unwrap();
                (state.plain, state.success) = (Some(409), None);
                session.pool.list(crate::resources::CollectionId::nth(0), &[], vec![json!(1)]);
                session.pool.add_own(crate::resources::CollectionId::nth(0), vec![json!(1)]);
                locks(session).await;
            })
            .await;
        assert_eq!(told.seen, expected, "{:?}", target.sent());
    }
}
