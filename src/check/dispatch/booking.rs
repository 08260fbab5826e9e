//! Records created and deleted objects in the ledger, and reports them to the caller.

use serde_json::Value;

use crate::check::evidence::Evidence;
use crate::check::job::Event;
use crate::check::path_values;
use crate::check::session::Session;
use crate::check::session::ledger::Entry;
use crate::contract::{Operation, parameter};
use crate::exchange::Exchange;
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::kind::{Kind, clones};
use crate::resources::{self, CollectionId};
use crate::rules::Rule;

/// Whether a PUT that may make an object or replace it says which of both it did: 201 for a new one, another success for
/// one that was there (RFC 9110 §9.3.4), where the document has both.
pub(super) fn says_whether_made(session: &mut Session<'_>, operation: &Operation, exchange: &Exchange) {
    let is_both = operation.documents(201) && (operation.documents(200) || operation.documents(204));
    let is_meant = operation.method == http::Method::PUT && session.resources.names_own(operation.index);
    let Some(status) = exchange.status().filter(|_| is_both && is_meant) else { return };
    let path = exchange.request.path.trim_end_matches('/');
    let mut known = session.ledger.entries().iter().filter(|entry| entry.path.as_deref() == Some(path));
    let is_there = known.clone().any(|entry| !entry.is_gone);
    let is_new = known.next().is_none() && session.ledger.absent.contains(path);
    let seen = match status {
        201 if is_there => {
            Some(("an object that was there was replaced, but the answer says created", "200"))
        }
        200 | 204 if is_new => Some(("an object was created, but the answer does not say so", "201")),
        _ => None,
    };
    if !is_there && !is_new {
        return;
    }
    let seen = seen.map(|(message, expected)| {
        observe(Rule::StatusUnexpected, operation, message)
            .because(expected, status.to_string())
            .of_status()
            .warning()
    });
    let evidence = Evidence { exchange: exchange.clone(), key: None, placed: Vec::new() };
    session.recorder.say(operation, &evidence, Evaluation::of(Rule::StatusUnexpected, seen));
}

/// Notes a request that may have made something.
pub(super) fn may_have_made(session: &mut Session<'_>, operation: &Operation, exchange: &Exchange) {
    if makes(session, operation, exchange) {
        // Until it is known what was created, the request is recorded instead.
        let line = line_of(session, exchange);
        session.tell(Event::Made { address: &line });
        session.ledger.may_have_made(operation.index, exchange);
    }
}

/// Whether a request that was accepted may have made something.
pub(super) fn makes(session: &Session<'_>, operation: &Operation, exchange: &Exchange) -> bool {
    let Some(judged) = session.resources.kind(operation.index) else { return false };
    match judged.kind {
        Kind::Create => true,
        Kind::Query => false,
        Kind::Own | Kind::Action | Kind::Setting => {
            operation.method != http::Method::DELETE
                && (exchange.status() == Some(201)
                    || session.resources.links(operation.index)
                    || clones(operation)
                    || session.resources.answers_item_of(operation.index).is_some())
        }
    }
}

/// The line of a request that has created something, as it is shown.
pub(super) fn line_of(session: &Session<'_>, exchange: &Exchange) -> String {
    format!("{} {}", exchange.request.method, session.sender.address(&exchange.request.path))
}

/// What a request made at its own path (a PUT under a name that was made up), or nobody knows where.
pub(super) fn settle_place(
    session: &mut Session<'_>,
    operation: &Operation,
    exchange: &Exchange,
    line: String,
    is_below_own: bool,
) {
    let path = exchange.request.path.trim_end_matches('/').to_owned();
    if operation.method != http::Method::PUT {
        // It is deleted with its parent, an object of this run.
        if !is_below_own {
            owe(session, None, Vec::new(), line, false);
        }
        return;
    }
    let is_own = is_below_own || session.ledger.absent.contains(&path);
    let told = session.sender.address(&path);
    if !session.ledger.owes_line(&told) {
        session.tell(Event::Made { address: &told });
        session.ledger.add(Entry {
            collection: None,
            values: path_values::of_path(operation, &path),
            path: Some(path),
            told,
            is_own,
            ..Entry::default()
        });
    }
}

/// Notes that an object of this run's own was changed, or something done to it.
pub(super) fn touched(session: &mut Session<'_>, operation: &Operation, exchange: &Exchange) {
    let is_own = session.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Own);
    if !is_own || operation.method == http::Method::DELETE {
        return;
    }
    let target = session.resources.target(operation);
    let index = target.and_then(|target| session.resources.of_parameter(operation.index, target));
    let Some(collection) = index.and_then(|index| session.resources.collection(index)) else { return };
    let values = path_values::of_path(operation, &exchange.request.path);
    let path = values.get(..=collection.depth()).and_then(|values| collection.item_path(values));
    if let Some(path) = path {
        session.ledger.touch(path);
    }
}

/// Adds to what is owed; an object of this run's own may be used from now on.
pub(in crate::check) fn owe(
    session: &mut Session<'_>,
    collection: Option<CollectionId>,
    values: Vec<Value>,
    line: String,
    is_own: bool,
) {
    let is_safe = values.last().is_some_and(|id| resources::is_safe_id(&parameter::text(id)));
    let known = collection.and_then(|index| session.collection(index)).filter(|_| is_safe);
    let path = known.and_then(|collection| collection.item_path(&values));
    let told = path.as_ref().map_or(line, |path| session.sender.address(path));
    session.tell(Event::Made { address: &told });
    if let (true, Some(index), true) = (is_own, collection, path.is_some()) {
        session.pool.add_own(index, values.clone());
    }
    session.ledger.add(Entry { collection, values, path, told, is_own, ..Entry::default() });
}

/// Adds a copy to what is owed, of which only the request is known. It does not go with what it was made of.
pub(super) fn owe_beside(session: &mut Session<'_>, line: &str) {
    session.tell(Event::Made { address: line });
    session.ledger.add(Entry { told: line.to_owned(), is_beside: true, ..Entry::default() });
}

/// As [`removed`], for a DELETE. Its path may name the object by another member than the id.
pub(super) fn deleted(session: &mut Session<'_>, operation: &Operation, path: &str) {
    removed(session, path);
    let place = session.resources.target(operation).and_then(|name| session.resources.place(operation, name));
    let Some((collection, member)) = place.and_then(|place| Some((place.collection, place.member?))) else {
        return;
    };
    let Some(known) = session.collection(collection) else { return };
    let named = operation.template.values(path).into_iter().next_back();
    let id = named.and_then(|name| session.examples.id_by(collection, &known.parameter, &member, &name));
    if let Some(path) = id.and_then(|id| known.item_path(&[id])) {
        removed(session, &path);
    }
}

/// Notes that what stood at a path, and all below it, is there no longer.
pub(in crate::check) fn removed(session: &mut Session<'_>, path: &str) {
    for address in session.ledger.remove(path, session.sender.base()) {
        session.tell(Event::Removed { address: &address });
    }
    let below = format!("{path}/");
    let resources = session.resources;
    let gone = session.pool.forget(|index, values| {
        let at = resources.collection(index).and_then(|collection| collection.item_path(values));
        at.is_some_and(|at| at == path || at.starts_with(&below))
    });
    for (index, values) in gone {
        if let (Some(id), Some(known)) = (values.last(), resources.collection(index)) {
            session.examples.forget(index, id, &known.parameter);
        }
    }
}
