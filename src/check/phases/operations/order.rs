//! Which operations can be read side by side: those that need no object that another one may show first.

use std::collections::HashSet;

use super::Group;
use crate::check::dispatch;
use crate::check::plan::{Input, Step};
use crate::check::session::Session;
use crate::contract::{Contract, Location, Operation};
use crate::resources::kind::Kind;
use crate::resources::{CollectionId, Resources};

/// Whether an operation only reads.
pub(super) fn reads(contract: &Contract, resources: &Resources, group: &Group<'_>) -> bool {
    operation(contract, group).is_some_and(|operation| {
        let kind = resources.kind(operation.index).map(|judged| judged.kind);
        operation.is_safe() && matches!(kind, None | Some(Kind::Query))
    })
}

/// Takes the operations that can be read now, in order: none of them needs what one before it shows.
pub(super) fn take<'p>(session: &Session<'_>, left: &mut Vec<Group<'p>>, most: usize) -> Vec<Group<'p>> {
    let mut taken = Vec::new();
    let mut shown = HashSet::new();
    let mut changed = HashSet::new();
    left.retain(|group| {
        let Some(operation) = operation(session.contract, group) else { return false };
        let waits = group.0.iter().flat_map(|step| needs(session, operation, step)).any(|need| match need {
            Need::Object(collection) => changed.contains(&collection),
            Need::Member(collection) => shown.contains(&collection),
            Need::Seen => !shown.is_empty(),
        });
        for collection in dispatch::shows(session.resources, operation.index) {
            shown.insert(collection);
            if may_change(session, operation, collection) {
                changed.insert(collection);
            }
        }
        let stays = waits || taken.len() >= most;
        if !stays {
            taken.push(*group);
        }
        stays
    });
    taken
}

fn operation<'c>(contract: &'c Contract, group: &Group<'_>) -> Option<&'c Operation> {
    contract.at(group.0.first()?.operation)
}

/// What a step needs of a collection.
enum Need {
    /// An object of it, the first that is known.
    Object(CollectionId),
    /// A member of an object of it; which one that is may change with each object that is shown.
    Member(CollectionId),
    /// A member of any object that was shown.
    Seen,
}

fn needs(session: &Session<'_>, operation: &Operation, step: &Step) -> Vec<Need> {
    let resources = session.resources;
    let mut needs = Vec::new();
    for (location, name, input) in &step.inputs {
        match input {
            Input::Value(_) => {}
            Input::Seen { .. } => needs.push(Need::Seen),
            Input::Member { collection, .. } => needs.push(Need::Member(*collection)),
            Input::Any(index)
            | Input::Own(index)
            | Input::Fresh(index)
            | Input::Parent(index)
            | Input::OwnParent(index) => {
                needs.push(Need::Object(*index));
                let is_called = resources.collection(*index).is_some_and(|known| known.parameter == *name);
                if !is_called {
                    needs.push(Need::Member(*index));
                }
            }
        }
        if *location == Location::Path && !matches!(input, Input::Value(_) | Input::Seen { .. }) {
            for place in [resources.place(operation, name), resources.own_place(operation, name)] {
                let Some(place) = place else { continue };
                needs.push(Need::Object(place.collection));
                needs.extend(place.member.map(|_| Need::Member(place.collection)));
            }
        }
    }
    needs
}

/// Whether the answer of an operation may change which object of a collection is the first: none is listed
/// yet, or it is the first to be read by what is taken for its id.
fn may_change(session: &Session<'_>, operation: &Operation, collection: CollectionId) -> bool {
    let is_item = session.resources.role(operation.index).is_some_and(|(index, _)| index == collection)
        && session.resources.listed_by(operation.index).is_none();
    is_item || session.pool.first_listed(collection, &Vec::new()).is_none()
}
