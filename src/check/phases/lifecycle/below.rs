//! What is below an object goes with it.

use serde_json::Value;

use super::Object;
use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Operation, parameter};
use crate::judge::sequence::observe;
use crate::resources::{self, CollectionId};
use crate::rules::Rule;

/// An object below another: how it is read and removed, and the values of its path.
pub(super) struct Child<'r> {
    retrieve: &'r Operation,
    destroy: &'r Operation,
    values: Vec<Value>,
}

/// Makes an object in each collection that is filled below this object, where it can be removed by itself.
pub(super) async fn make<'r>(session: &mut Session<'r>, object: &Object<'_>) -> Vec<Child<'r>> {
    let mut children = Vec::new();
    let item = format!("{}/{{", object.collection.path);
    let depth = object.values.len();
    let resources = session.resources;
    for (index, collection) in resources.each() {
        let Some(create) = session.operation(collection.create).filter(|o| session.recorder.has_succeeded(o))
        else {
            continue;
        };
        let is_below = create.path().starts_with(&item) && create.template.names().len() == depth;
        let (retrieve, destroy) =
            (session.operation(collection.retrieve), session.operation(collection.destroy));
        let (Some(retrieve), Some(destroy), true) = (retrieve, destroy, is_below) else { continue };
        // What is also made elsewhere does not belong to this object.
        let mut others = session.contract.operations.iter().filter(|o| !o.path().starts_with(&item));
        let is_made_elsewhere = others.any(|other| resources.created_by(other.index) == Some(index));
        if resources.names_own(create.index) || resources::is_refusal(destroy) || is_made_elsewhere {
            continue;
        }
        if let Some(values) = one(session, index, object).await {
            children.push(Child { retrieve, destroy, values });
        }
    }
    children
}

async fn one(session: &mut Session<'_>, index: CollectionId, object: &Object<'_>) -> Option<Vec<Value>> {
    let fixed = object.values.iter().cloned().enumerate().collect();
    steps::fresh_below(session, index, &fixed).await
}

/// Reads them after the object was deleted, and removes what is left.
pub(super) async fn gone(session: &mut Session<'_>, destroy: &Operation, children: Vec<Child<'_>>) {
    for child in children {
        let Some(parts) = session.addressed(child.retrieve, &child.values) else { continue };
        let Some(read) =
            dispatch::turn(session, child.retrieve, &parts, Attempt::made_up(child.retrieve)).await
        else {
            return;
        };
        if read.is_gone() {
            session.recorder.held(destroy, Rule::DeleteNotGone);
        }
        if !read.is_success() || session.recorder.has_seen(Rule::UnknownFound, child.retrieve) {
            continue;
        }
        // Objects that have a path of their own may well outlive the one that they were made in.
        let names = child.values.iter().map(parameter::text).collect::<Vec<_>>().join(", ");
        let seen = observe(Rule::DeleteNotGone, destroy, "an object below a deleted one can still be read")
            .because("404", format!("{} of {names}", read.status()));
        session.recorder.say(destroy, &read, seen.warning());
        if let Some(parts) = session.addressed(child.destroy, &child.values) {
            dispatch::turn(session, child.destroy, &parts, Attempt::made_up(child.destroy)).await;
        }
    }
}
