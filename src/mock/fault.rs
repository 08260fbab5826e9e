//! Lies that the mock can tell, one per rule, each changing just one thing. They prove that the
//! runner sees what it claims to see.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::answer::Answer;
use crate::contract::{Contract, Direction, Operation, StatusKey, is_json};
use crate::settings::nearest;

/// A lie about one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that should find it.
    pub rule: &'static str,
    /// Index of the operation.
    pub operation: usize,
}

/// A kind of lie: its rule, and which operations give occasion for it.
struct Lie {
    rule: &'static str,
    occasion: fn(&Operation) -> bool,
}

/// Every lie. The ones about access and input are told where the request is judged; the others
/// change the answer, in [`distort`].
const LIES: &[Lie] = &[
    Lie { rule: "auth-missing-accepted", occasion: is_guarded },
    Lie { rule: "auth-unknown-accepted", occasion: is_guarded },
    Lie { rule: "auth-status", occasion: is_guarded },
    Lie { rule: "scope-lacking-accepted", occasion: is_scoped },
    Lie { rule: "scope-minimal-refused", occasion: is_scoped },
    Lie { rule: "scope-status", occasion: is_scoped },
    Lie { rule: "invalid-accepted", occasion: has_input },
    Lie { rule: "valid-rejected", occasion: |_| true },
    Lie { rule: "status-undocumented", occasion: succeeds },
    Lie { rule: "status-unexpected", occasion: succeeds },
    Lie { rule: "server-error", occasion: |_| true },
    Lie { rule: "body-schema", occasion: |operation| wrong_body(operation).is_some() },
    Lie { rule: "body-missing", occasion: has_content },
    Lie { rule: "body-malformed", occasion: has_json },
    Lie { rule: "media-type", occasion: has_content },
    Lie { rule: "allow-missing", occasion: |operation| success_is(operation, 405) },
    Lie { rule: "challenge-missing", occasion: is_guarded },
];

fn is_guarded(operation: &Operation) -> bool {
    !operation.is_open()
}

fn is_scoped(operation: &Operation) -> bool {
    is_guarded(operation) && !operation.scopes().is_empty()
}

fn has_input(operation: &Operation) -> bool {
    operation.body.is_some() || !crate::produce::invalid::forbidden_parameters(operation).is_empty()
}

fn success_is(operation: &Operation, status: u16) -> bool {
    operation.successes().first().is_some_and(|response| response.status == StatusKey::Code(status))
}

fn succeeds(operation: &Operation) -> bool {
    !success_is(operation, 405)
}

fn has_content(operation: &Operation) -> bool {
    operation.successes().first().is_some_and(|response| !response.content.is_empty())
}

fn has_json(operation: &Operation) -> bool {
    operation
        .successes()
        .first()
        .is_some_and(|response| response.content.iter().any(|c| is_json(&c.media_type)))
}

/// Names of the rules that have a lie.
pub fn rules() -> impl Iterator<Item = &'static str> {
    LIES.iter().map(|lie| lie.rule)
}

/// Whether an operation gives occasion for a lie.
pub fn has_occasion(rule: &str, operation: &Operation) -> bool {
    LIES.iter().any(|lie| lie.rule == rule && (lie.occasion)(operation))
}

/// Reads `RULE@OPERATION`.
///
/// # Errors
/// What is not known of it, with the nearest that is; or that the operation gives no occasion.
pub fn parse(text: &str, contract: &Contract) -> Result<Fault, String> {
    let (rule, id) =
        text.split_once('@').ok_or_else(|| format!("{text:?} is no fault; write RULE@OPERATION"))?;
    let lie = LIES
        .iter()
        .find(|lie| lie.rule == rule)
        .ok_or_else(|| format!("there is no fault for the rule {rule:?}; {}", nearest(rule, rules())))?;
    let operation = contract.operation(id).ok_or_else(|| {
        let known = contract.operations.iter().map(|operation| operation.id.as_str());
        format!("there is no operation {id:?}; {}", nearest(id, known))
    })?;
    if !(lie.occasion)(operation) {
        return Err(format!("the operation {id} gives no occasion for {rule}"));
    }
    Ok(Fault { rule: lie.rule, operation: operation.index })
}

/// Changes a prepared answer the way the lies about an operation ask for.
pub(super) fn distort(operation: &Operation, method: &Method, lies: &dyn Fn(&str) -> bool, answer: &mut Answer) {
    let status = answer.status.as_u16();
    if status == 401 && lies("challenge-missing") {
        answer.headers.remove(WWW_AUTHENTICATE);
    }
    if !operation.is_success(status) {
        return;
    }
    if lies("server-error") {
        *answer = Answer::empty(StatusCode::INTERNAL_SERVER_ERROR, "fault");
        return;
    }
    if lies("status-undocumented") {
        let other = [200, 201, 202, 203].into_iter().find(|code| operation.response(*code).is_none());
        if let Some(other) = other.and_then(|code| StatusCode::from_u16(code).ok()) {
            answer.status = other;
        }
    }
    if lies("status-unexpected") {
        *answer = Answer::empty(StatusCode::METHOD_NOT_ALLOWED, "fault");
        answer.headers.insert(ALLOW, HeaderValue::from_static("OPTIONS"));
    }
    if lies("allow-missing") {
        answer.headers.remove(ALLOW);
    }
    if lies("body-missing") {
        answer.body = Bytes::new();
    }
    if lies("media-type") {
        answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-undocumented"));
    }
    if lies("body-malformed") && is_json_answer(answer) {
        answer.body = answer.body.slice(..answer.body.len() / 2);
    }
    if lies("body-schema")
        && is_json_answer(answer)
        && let Some(schema) = operation
            .response(status)
            .and_then(|r| r.content_for("application/json"))
            .and_then(|c| c.schema.as_ref())
        && let Ok(value) = serde_json::from_slice::<Value>(&answer.body)
        && let Some(wrong) = wronged(&value, |value| schema.is_valid(Direction::Response, value) == Ok(false))
    {
        answer.body = wrong.to_string().into();
    }
}

fn is_json_answer(answer: &Answer) -> bool {
    answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json)
}

/// Whether a wrong body can be made for the documented success.
fn wrong_body(operation: &Operation) -> Option<Value> {
    let content =
        operation.successes().first()?.content.iter().find(|content| is_json(&content.media_type))?;
    let schema = content.schema.as_ref()?;
    let value = crate::produce::plain(schema, Direction::Response).ok()?;
    wronged(&value, |value| schema.is_valid(Direction::Response, value) == Ok(false))
}

/// The value with one member of a wrong kind: the last one that the schema then refuses, ids and
/// lists kept, so that nothing but the body is wrong.
fn wronged(value: &Value, is_wrong: impl Fn(&Value) -> bool) -> Option<Value> {
    let object = value.as_object()?;
    let wrong = |member: &Value| match member {
        Value::String(_) => json!(7),
        _ => json!("not of that kind"),
    };
    for keep_lists in [true, false] {
        for (name, member) in object.iter().rev() {
            if name == "id" || (keep_lists && member.is_array()) {
                continue;
            }
            let mut changed = object.clone();
            changed.insert(name.clone(), wrong(member));
            let changed = Value::Object(changed);
            if is_wrong(&changed) {
                return Some(changed);
            }
        }
    }
    None
}
