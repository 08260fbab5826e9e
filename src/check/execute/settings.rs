//! Settings that were asked for: each is read first, changed only where it can be put back, and put back.

use serde_json::{Map, Value};

use super::{NotSent, Runner};
use crate::check::chain::Ask;
use crate::contract::{Direction, Operation, body, is_json};
use crate::generate::request::{Parts, build};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::members::is_never_shown;

/// A setting as it was before this run changed it.
#[derive(Debug, Clone)]
pub(in crate::check) struct Setting {
    /// Index of the operation that writes it.
    write: usize,
    /// Index of the operation that reads it.
    read: usize,
    /// The request without its body.
    parts: Parts,
    /// What it read.
    before: Value,
    /// What is sent to put it back.
    sent: Value,
}

impl<'r> Runner<'r> {
    /// Makes sure that a setting can be put back: what GET gives, without what only the server writes, is
    /// accepted and reads the same. Everything that is sent to it later may then be undone.
    ///
    /// # Errors
    /// Why it is left alone.
    pub(super) async fn hold_setting(
        &mut self,
        operation: &'r Operation,
        parts: &Parts,
    ) -> Result<(), NotSent> {
        if self.held.iter().any(|held| held.write == operation.index) {
            return Ok(());
        }
        let alone = |why: &str| NotSent::Object(format!("a setting: left alone, because {why}"), None);
        if let Some(why) = self.left_alone.get(&operation.index) {
            return Err(alone(why));
        }
        let held = self.try_to_hold(operation, parts).await;
        held.map_err(|why| {
            self.left_alone.insert(operation.index, why);
            alone(why)
        })
    }

    async fn try_to_hold(&mut self, operation: &'r Operation, parts: &Parts) -> Result<(), &'static str> {
        let read = self
            .contract
            .operations
            .iter()
            .find(|o| {
                o.method == http::Method::GET && crate::resources::is_same_path(o.path(), operation.path())
            })
            .ok_or("nothing reads it")?;
        let before = self.read_setting(read, parts).await.ok_or("it cannot be read as JSON")?;
        if hides(&before) {
            return Err("its answer hides members, which could not be put back");
        }
        let described = operation
            .body
            .iter()
            .flat_map(|documented| &documented.content)
            .find(|content| is_json(&content.media_type))
            .ok_or("it takes no JSON, so it could not be put back")?;
        let mut sent = before.clone();
        if let (Some(schema), Value::Object(members)) = (&described.schema, &mut sent) {
            let taken = schema.fields(Direction::Request, &[]);
            let shown: Map<String, Value> = std::mem::take(members);
            members
                .extend(shown.into_iter().filter(|(name, _)| taken.is_empty() || taken.contains_key(name)));
        }
        let setting = Setting {
            write: operation.index,
            read: read.index,
            parts: parts.clone(),
            before: before.clone(),
            sent,
        };
        if self.write_setting(&setting).await != Some(true) {
            return Err("sending back what it reads is not accepted");
        }
        let after = self.read_setting(read, parts).await;
        if after.as_ref() != Some(&before) {
            return Err("it does not read the same after sending back what it read");
        }
        self.held.push(setting);
        Ok(())
    }

    /// Puts every setting back that reads otherwise than before; what cannot be put back is left, with
    /// both values.
    pub(super) async fn put_back(&mut self) {
        for setting in self.held.clone() {
            let Some(read) = self.contract.operations.get(setting.read) else { continue };
            let mut now = self.read_setting(read, &setting.parts).await;
            if now.as_ref() == Some(&setting.before) {
                continue;
            }
            self.write_setting(&setting).await;
            now = self.read_setting(read, &setting.parts).await;
            if now.as_ref() == Some(&setting.before) {
                continue;
            }
            let path = build(read, &setting.parts).map(|request| request.path).unwrap_or_default();
            let now = now.map_or_else(|| "cannot be read".to_owned(), |now| format!("is {now}"));
            let told = format!("{} was {} and {now}", self.address(&path), setting.before);
            self.ledger.altered.push(told);
        }
    }

    async fn read_setting(&mut self, read: &'r Operation, parts: &Parts) -> Option<Value> {
        let parts = Parts { body: None, ..parts.clone() };
        let request = build(read, &parts).ok()?;
        let ask = Ask { intent: Intent::Valid(Valid::MadeUp), ..Ask::plain(read) };
        let turn = self.send_as(read, request, ask, false).await?;
        let response = turn.exchange.response().filter(|response| response.status.is_success())?;
        let value: Value = serde_json::from_slice(&response.body).ok()?;
        value.is_object().then_some(value)
    }

    /// Whether sending what is kept was accepted; `None` where it could not be sent.
    async fn write_setting(&mut self, setting: &Setting) -> Option<bool> {
        let operation = self.contract.operations.get(setting.write)?;
        let described = operation
            .body
            .iter()
            .flat_map(|documented| &documented.content)
            .find(|content| is_json(&content.media_type))?;
        let mut parts = setting.parts.clone();
        parts.body = Some(body::write(described, Direction::Request, &setting.sent)?);
        let request = build(operation, &parts).ok()?;
        let turn = self.send_as(operation, request, Ask::made_up(operation), false).await?;
        Some(turn.is_success())
    }
}

/// Whether an answer masks a value, or holds a member whose value no target shows in clear.
fn hides(value: &Value) -> bool {
    match value {
        Value::String(text) => is_mask(text),
        Value::Array(items) => items.iter().any(hides),
        Value::Object(members) => members.iter().any(|(name, member)| is_never_shown(name) || hides(member)),
        _ => false,
    }
}

fn is_mask(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let stars = text.chars().filter(|c| matches!(c, '*' | '•' | '●')).count();
    (stars >= 3 && stars * 2 >= text.chars().count())
        || ["redacted", "hidden", "masked", "secret"].contains(&bare.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"mode": "a", "list": [1]}), false)]
    #[case(json!({"smtp": {"password": null}}), true)]
    #[case(json!({"key": "****abcd"}), true)]
    #[case(json!({"key": "<hidden>"}), true)]
    #[case(json!({"glob": "a/**"}), false)]
    #[case(json!({"smtp_api_key": "x"}), true)]
    fn what_hides_is_left_alone(#[case] value: Value, #[case] expected: bool) {
        assert_eq!(hides(&value), expected);
    }
}
