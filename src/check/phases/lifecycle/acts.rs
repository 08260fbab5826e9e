//! Actions on an object of this run's own: what they say is kept, and the rest of the object stays.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::known::spared;
use super::{Object, reading, replaced, sent_of};
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::phases::members::{given, may_show, place, sent_members, taken};
use crate::check::session::Session;
use crate::contract::{Direction, Operation, is_json};
use crate::generate::request::{Parts, build};
use crate::judge::Evaluation;
use crate::judge::sequence::compare::same;
use crate::judge::sequence::{life, observe};
use crate::resources::kind::{Kind, clones};
use crate::resources::members::{is_kept_by_server, is_own_id};
use crate::resources::{Resources, choice_of, is_called_a_question, is_same_path};
use crate::rules::Rule;

/// Sends each action that the run may send to an object of its own.
pub(super) async fn all(session: &mut Session<'_>, object: &Object<'_>) {
    let item = format!("{}/{{}}/", object.collection.path);
    let contract = session.contract;
    for operation in &contract.operations {
        let path = operation.path().trim_end_matches('/');
        let Some((above, verb)) = path.rsplit_once('/') else { continue };
        let is_here = operation.method == http::Method::POST
            && !verb.contains('{')
            && is_same_path(&format!("{above}/"), &item);
        let is_action = is_here && !makes(session.resources, operation);
        if is_action && may_act(session, operation) {
            act(session, object, operation).await;
        }
    }
}

/// Whether an operation makes objects of a collection.
fn makes(resources: &Resources, operation: &Operation) -> bool {
    resources.created_by(operation.index).is_some()
}

fn may_act(session: &Session<'_>, operation: &Operation) -> bool {
    let kind = session.resources.kind(operation.index).map(|judged| judged.kind);
    let is_allowed = session.settings.actions.contains(&operation.index);
    session.operation(Some(operation.index)).is_some()
        // That makes something, which need not be about the object.
        && !operation.documents(201)
        && !is_called_a_question(operation)
        && !session.settings.given.contains_key(&operation.id)
        && (is_allowed || kind == Some(Kind::Own))
        && !clones(operation)
        && session.base(operation).is_some()
}

async fn act(session: &mut Session<'_>, object: &Object<'_>, operation: &Operation) {
    let Some((_, before)) = reading::now(session, object).await else { return };
    let Some(mut parts) = session.addressed(operation, &object.values) else { return };
    let planned = session.base(operation).and_then(|step| step.body);
    let other = other_choice(operation, planned.as_ref(), &before);
    let mut done = None;
    // A server that does the one thing whatever is asked for does it for the plain choice too.
    for body in other.into_iter().map(Some).chain([planned]) {
        parts.body = body;
        session.marks.stamp(&mut parts);
        let ask = Attempt::made_up(operation);
        let Some(turn) = dispatch::turn(session, operation, &parts, ask).await else { return };
        if turn.is_success() {
            done = Some(turn);
            break;
        }
    }
    let Some(turn) = done else { return };
    let Some((read, after)) = reading::now(session, object).await else { return };
    let body = sent_members(operation, parts.body.as_ref());
    let mut wanted: Map<String, Value> =
        body.into_iter().filter(|(name, _)| before.get(name).is_some()).collect();
    if let Some(retrieve) = session.operation(object.collection.retrieve) {
        wanted.extend(choice_of(operation, &given(retrieve, &object.at)));
    }
    let retrieve = session.operation(object.collection.retrieve);
    let may_read = |name: &str, value: &Value| {
        retrieve.is_none_or(|retrieve| may_show(retrieve, (&after, &object.at), (name, value)))
    };
    wanted.retain(|name, value| !is_kept_by_server(name) && !is_own_id(name) && may_read(name, value));
    let shown = reading::shown(operation, object, &turn);
    if !has_acted((&before, &after), &wanted, shown.as_ref(), &object.volatile) {
        return;
    }
    let lost = life::changed(&wanted, &after, &object.volatile).map(|(at, was, is)| {
        let message =
            format!("the action succeeded, but {} reads back with another value", life::member(&at));
        observe(Rule::ActionNotKept, operation, message).because(was.to_string(), is.to_string()).warning()
    });
    if session.recorder.say(operation, &read, Evaluation::of(Rule::ActionNotKept, lost)) {
        return;
    }
    let others = sent_of(object, &before);
    let clobbered = life::update_clobbered(operation, &wanted, &others, &after, &spared(object, &others));
    if session.recorder.say(operation, &read, clobbered.warned()) {
        return;
    }
    if session.recorder.say(operation, &read, unset(operation, (&before, &after), &object.volatile)) {
        return;
    }
    if let Some(shown) = shown.filter(|shown| is_that_object(shown, &after, &object.volatile)) {
        let fields = given(operation, &place(&shown, object.collection).unwrap_or_default());
        let differs = |(name, value): &(&String, &Value)| {
            !is_kept_by_server(name)
                && !object.volatile.contains(*name)
                && (wanted.contains_key(*name) || others.contains_key(*name))
                && (fields.is_empty() || fields.contains_key(*name))
                && after.get(*name).is_some_and(|read| !same(value, read))
        };
        let other = shown.as_object().into_iter().flatten().find(differs).map(|(name, value)| {
            let message = format!("the answer to the action shows {name:?} with another value than a read");
            let is = after.get(name).cloned().unwrap_or_default();
            observe(Rule::ActionNotKept, operation, message)
                .because(is.to_string(), value.to_string())
                .warning()
        });
        if session.recorder.say(operation, &turn, Evaluation::of(Rule::ActionNotKept, other)) {
            return;
        }
    }
    stays(session, object, &wanted, operation).await;
    let has_moved = wanted.iter().any(|(name, _)| before.get(name) != after.get(name));
    if operation.documents(409) && has_moved {
        again(session, operation, &parts).await;
    }
}

/// The body of an action with another choice than the planned one, of a member that the object has too; `None` where
/// there is none, or where the planned body is not JSON.
fn other_choice(
    operation: &Operation,
    planned: Option<&(String, Vec<u8>)>,
    before: &Value,
) -> Option<(String, Vec<u8>)> {
    let (media_type, octets) = planned.filter(|(media_type, _)| is_json(media_type))?;
    let schema = operation.body.as_ref()?.content_for(media_type)?.schema.as_deref()?;
    let body: Map<String, Value> = serde_json::from_slice(octets).ok()?;
    let fields = schema.fields(Direction::Request, &[]);
    let shown = body.keys().filter(|name| before.get(name).is_some());
    let choices = shown.filter_map(|name| Some((name, &fields.get(name)?.choices)));
    let others = choices.flat_map(|(name, choices)| choices.iter().rev().map(move |choice| (name, choice)));
    let mut changed = others
        .filter(|(name, choice)| choice.is_string() && body.get(*name) != Some(choice))
        .map(|(name, choice)| {
            let mut body = body.clone();
            body.insert(name.clone(), choice.clone());
            Value::Object(body)
        });
    let valid = changed.find(|body| schema.is_valid(Direction::Request, body) == Ok(true))?;
    Some((media_type.clone(), serde_json::to_vec(&valid).ok()?))
}

/// A member that the document says is set by the action, and that is null as before: "Sets `status` to `closed`, and
/// `closed_at`."
fn unset(
    operation: &Operation,
    (before, after): (&Value, &Value),
    volatile: &BTreeSet<String>,
) -> Evaluation {
    let prose = format!("{}. {}", operation.summary, operation.description);
    let said = prose.split(". ").filter(|said| said.trim_start().to_lowercase().starts_with("sets `"));
    let names =
        said.flat_map(|said| said.split('`').skip(1).step_by(2)).filter(|name| !volatile.contains(*name));
    let (mut left, mut is_said) = (None, false);
    for name in names.filter(|name| after.get(name).is_some() && before.get(name) == Some(&Value::Null)) {
        is_said = true;
        left = left.or((after.get(name) == Some(&Value::Null)).then_some(name));
    }
    let seen = left.map(|name| {
        let message = format!("the document says that the action sets {name:?}, but it is null as before");
        observe(Rule::ActionNotKept, operation, message).because("a value", "null").warning()
    });
    if is_said { Evaluation::of(Rule::ActionNotKept, seen) } else { Evaluation::default() }
}

/// Whether an action shows an effect on the object itself: something of it has changed, or the answer says that it has.
/// Others work later, or on something else.
fn has_acted(
    (before, after): (&Value, &Value),
    wanted: &Map<String, Value>,
    shown: Option<&Value>,
    volatile: &BTreeSet<String>,
) -> bool {
    let says = |(name, value): (&String, &Value)| {
        shown.and_then(|shown| shown.get(name)).is_some_and(|shown| same(value, shown))
            && before.get(name).is_some_and(|before| !same(value, before))
    };
    let moved = |(name, value): (&String, &Value)| {
        !volatile.contains(name) && !is_kept_by_server(name) && after.get(name) != Some(value)
    };
    wanted.iter().any(says) || before.as_object().into_iter().flatten().any(moved)
}

/// Whether an answer shows the object: it agrees with a read in most of what both have.
fn is_that_object(shown: &Value, read: &Value, volatile: &BTreeSet<String>) -> bool {
    let both = shown.as_object().into_iter().flatten().filter_map(|(name, value)| {
        let is_compared = !volatile.contains(name) && !is_kept_by_server(name);
        read.get(name).filter(|_| is_compared).map(|read| same(value, read))
    });
    let compared: Vec<bool> = both.collect();
    let alike = compared.iter().filter(|is_same| **is_same).count();
    alike >= 3 * (compared.len() - alike)
}

/// What an action has set stays when the object is replaced by a body that cannot name it.
async fn stays(session: &mut Session<'_>, object: &Object<'_>, set: &Map<String, Value>, action: &Operation) {
    let Some(replace) = session.operation(object.collection.replace) else { return };
    let taken = taken(replace);
    let mut set = set.clone();
    set.retain(|name, _| !taken.contains_key(name));
    let Some(body) = replaced::fullest(session, object, replace).filter(|_| !set.is_empty()) else { return };
    let Some((read, after)) = replaced::put(session, object, replace, &body).await else { return };
    let lost = life::changed(&set, &after, &object.volatile).map(|(at, was, is)| {
        let message = format!("a replacement has changed {}, which {} had set", life::member(&at), action.id);
        observe(Rule::UpdateClobbered, replace, message).because(was.to_string(), is.to_string()).warning()
    });
    session.recorder.say(replace, &read, Evaluation::of(Rule::UpdateClobbered, lost));
}

/// What has been done cannot be done once more, where a conflict is documented.
async fn again(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    let Ok(request) = build(operation, parts) else { return };
    let ask = Attempt::made_up(operation);
    let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else { return };
    let seen = turn.is_success().then(|| {
        observe(Rule::InvalidAccepted, operation, "an action that was done already was done once more")
            .because("409", turn.status().to_string())
            .of_status()
            .warning()
    });
    session.recorder.say(operation, &turn, Evaluation::of(Rule::InvalidAccepted, seen));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::works_on_something_else(json!({"a": 1}), json!({"sent": 1}), true, false)]
    #[case::changes_it(json!({"a": 2}), json!({}), false, true)]
    #[case::only_what_moves_by_itself(json!({"a": 1, "at": 2}), json!({}), false, false)]
    #[case::says_so_and_forgets(json!({"a": 1}), json!({"a": 2}), false, true)]
    fn an_action_shows_an_effect(
        #[case] after: Value,
        #[case] shown: Value,
        #[case] is_queued: bool,
        #[case] expected: bool,
    ) {
        let wanted = if is_queued { json!({"sent": 1}) } else { json!({"a": 2}) };
        let volatile = BTreeSet::from(["at".to_owned()]);
        let before = json!({"a": 1, "at": 1});
        let found = has_acted((&before, &after), wanted.as_object().unwrap(), Some(&shown), &volatile);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::kept_null("Close it. Sets `status` to `closed`, and `closed_at`.", json!({"closed_at": null}), "action-not-kept!")]
    #[case::set("Sets `closed_at`.", json!({"closed_at": 1}), "action-not-kept")]
    #[case::not_said("`closed_at` is null until it is set.", json!({"closed_at": null}), "")]
    fn an_action_sets_what_the_document_says(
        #[case] text: &str,
        #[case] after: Value,
        #[case] expected: &str,
    ) {
        let operation = Operation { description: text.to_owned(), ..crate::judge::sequence::any_operation() };
        let before = json!({"closed_at": null});
        assert_eq!(unset(&operation, (&before, &after), &BTreeSet::new()).told(), expected);
    }

    #[rstest]
    #[case::another(json!({"resolution": null}), Some(json!({"resolution": "wontfix", "note": "x"})))]
    #[case::not_of_the_object(json!({"note": "x"}), None)]
    fn an_action_is_sent_with_another_choice(#[case] before: Value, #[case] expected: Option<Value>) {
        use crate::document::Document;
        let schema = json!({"type": "object", "properties": {
            "resolution": {"type": "string", "enum": ["fixed", "wontfix"]}, "note": {"type": "string"}}});
        let post =
            json!({"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": post}}});
        let (contract, _) = crate::contract::build("t", &Document::of("t", tree)).unwrap();
        let planned = ("application/json".to_owned(), br#"{"resolution": "fixed", "note": "x"}"#.to_vec());
        let other = other_choice(&contract.operations[0], Some(&planned), &before);
        assert_eq!(other.map(|(_, octets)| serde_json::from_slice::<Value>(&octets).unwrap()), expected);
    }

    #[rstest]
    #[case::the_same(json!({"a": 1, "b": 2}), true)]
    #[case::another(json!({"a": 5, "b": 6}), false)]
    #[case::mostly_the_same(json!({"a": 1, "b": 2, "c": 3, "d": 9}), true)]
    #[case::of_another_kind(json!({"job": 1}), true)]
    fn an_answer_shows_the_object(#[case] shown: Value, #[case] expected: bool) {
        let read = json!({"a": 1, "b": 2, "c": 3, "d": 4});
        assert_eq!(is_that_object(&shown, &read, &BTreeSet::new()), expected);
    }
}
