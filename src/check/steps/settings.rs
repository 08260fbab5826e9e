//! Settings that the user asked for: each is read first, changed only if it can be restored, and restored.

use serde_json::{Map, Value};

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::check::session::held_settings::{Setting, hides};
use crate::contract::{Direction, Operation};
use crate::generate::request::{Parts, build, write_body};
use crate::resources::is_same_path;

/// Makes sure that a setting can be put back: what GET gives, without what only the server writes, is
/// accepted and reads the same. Everything that is sent to it later may then be undone.
///
/// # Errors
/// Why it is left alone.
pub(super) async fn hold(
    session: &mut Session<'_>,
    operation: &Operation,
    parts: &Parts,
) -> Result<(), NotSent> {
    if session.held.holds(operation.index) {
        return Ok(());
    }
    let alone = |why: &str| NotSent::Object(format!("a setting, left alone because {why}"), None);
    if let Some(why) = session.held.left_alone(operation.index) {
        return Err(alone(why));
    }
    let held = try_to_hold(session, operation, parts).await;
    held.map_err(|why| {
        session.held.leave_alone(operation.index, why);
        alone(why)
    })
}

async fn try_to_hold(
    session: &mut Session<'_>,
    operation: &Operation,
    parts: &Parts,
) -> Result<(), &'static str> {
    let read = session
        .contract
        .operations
        .iter()
        .find(|o| o.method == http::Method::GET && is_same_path(o.path(), operation.path()))
        .ok_or("nothing reads it")?;
    let before = read_setting(session, read, parts).await.ok_or("it cannot be read as JSON")?;
    if hides(&before) {
        return Err("its response hides members that could not be restored");
    }
    let described = operation
        .body
        .iter()
        .flat_map(|documented| &documented.content)
        .find(|content| content.is_json())
        .ok_or("it does not take JSON, so it could not be restored")?;
    let mut sent = before.clone();
    if let (Some(schema), Value::Object(members)) = (&described.schema, &mut sent) {
        let taken = schema.fields(Direction::Request, &[]);
        let shown: Map<String, Value> = std::mem::take(members);
        members.extend(shown.into_iter().filter(|(name, _)| taken.is_empty() || taken.contains_key(name)));
    }
    let setting = Setting {
        write: operation.index,
        read: read.index,
        parts: parts.clone(),
        before: before.clone(),
        sent,
    };
    if write_setting(session, &setting).await != Some(true) {
        return Err("sending back what was read is not accepted");
    }
    let after = read_setting(session, read, parts).await;
    if after.as_ref() != Some(&before) {
        return Err("it differs after sending back what was read");
    }
    session.held.hold(setting);
    Ok(())
}

/// Puts every setting back that reads otherwise than before; what cannot be put back is left, with
/// both values.
pub(in crate::check) async fn put_back(session: &mut Session<'_>) {
    for setting in session.held.all() {
        let Some(read) = session.contract.at(setting.read) else { continue };
        let mut now = read_setting(session, read, &setting.parts).await;
        if now.as_ref() == Some(&setting.before) {
            continue;
        }
        write_setting(session, &setting).await;
        now = read_setting(session, read, &setting.parts).await;
        if now.as_ref() == Some(&setting.before) {
            continue;
        }
        let path = build(read, &setting.parts).map(|request| request.path).unwrap_or_default();
        let now = now.map_or_else(|| "cannot be read".to_owned(), |now| format!("is {now}"));
        let told = format!("{} was {} and {now}", session.sender.address(&path), setting.before);
        session.ledger.altered.push(told);
    }
}

async fn read_setting(session: &mut Session<'_>, read: &Operation, parts: &Parts) -> Option<Value> {
    let parts = Parts { body: None, ..parts.clone() };
    let request = build(read, &parts).ok()?;
    let turn = dispatch::send_as(session, read, request, Attempt::made_up(read), false).await?;
    let response = turn.exchange.response().filter(|response| response.status.is_success())?;
    let value = response.json()?;
    value.is_object().then_some(value)
}

/// Whether sending what is kept was accepted; `None` where it could not be sent.
async fn write_setting(session: &mut Session<'_>, setting: &Setting) -> Option<bool> {
    let operation = session.contract.at(setting.write)?;
    let described =
        operation.body.iter().flat_map(|documented| &documented.content).find(|content| content.is_json())?;
    let mut parts = setting.parts.clone();
    parts.body = Some(write_body(described, Direction::Request, &setting.sent)?);
    let request = build(operation, &parts).ok()?;
    let turn = dispatch::send_as(session, operation, request, Attempt::made_up(operation), false).await?;
    Some(turn.is_success())
}
