//! Which operations can be sent side by side: reads that need no object that another one may show first, and writes
//! of parts of the API that have nothing to do with each other.

use std::collections::{HashMap, HashSet};

use super::{Group, Lane};
use crate::check::dispatch;
use crate::check::plan::{Input, Step, destroys};
use crate::check::session::Session;
use crate::check::session::object_pool::Fixed;
use crate::contract::{Contract, Location, Operation, OperationId};
use crate::resources::kind::Kind;
use crate::resources::{CollectionId, Part, Resources};

/// Whether an operation only reads.
pub(super) fn reads(contract: &Contract, resources: &Resources, group: &Group<'_>) -> bool {
    operation(contract, group).is_some_and(|operation| {
        let kind = resources.kind(operation.index).map(|judged| judged.kind);
        operation.is_safe() && matches!(kind, None | Some(Kind::Query))
    })
}

/// What an operation does to objects. What comes next waits until all of it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Reads,
    Makes,
    Changes,
    Destroys,
    /// Nobody knows.
    Other,
}

/// What an operation does to objects.
pub(super) fn act(contract: &Contract, resources: &Resources, group: &Group<'_>) -> Act {
    if reads(contract, resources, group) {
        return Act::Reads;
    }
    let Some(operation) = operation(contract, group) else { return Act::Other };
    match resources.kind(operation.index).map(|judged| judged.kind) {
        Some(Kind::Create) => Act::Makes,
        Some(Kind::Own) if destroys(operation) => Act::Destroys,
        Some(Kind::Own) => Act::Changes,
        _ => Act::Other,
    }
}

/// Takes operations that can be sent side by side now, in order.
pub(super) fn take<'p>(session: &Session<'_>, left: &mut Vec<Group<'p>>, most: usize) -> Vec<Lane<'p>> {
    if left.first().is_some_and(|group| reads(session.contract, session.resources, group)) {
        return reads_of(session, left, most).into_iter().map(|group| Lane(vec![group])).collect();
    }
    let free = |group: &Group<'_>| part(session, group).filter(|_| is_known(session, group));
    // Where one of its operations has nothing beside it, the others of its part keep their places around that.
    let bound: HashSet<Part> =
        left.iter().filter(|group| free(group).is_none()).filter_map(|group| part(session, group)).collect();
    let mut parts: Vec<Part> = Vec::new();
    let mut lanes: Vec<Lane<'p>> = Vec::new();
    left.retain(|group| {
        let Some(part) = free(group).filter(|part| !bound.contains(part)) else { return true };
        let at = parts.iter().position(|known| *known == part);
        if at.is_none() && parts.len() >= most {
            return true;
        }
        let at = at.unwrap_or_else(|| {
            parts.push(part);
            lanes.push(Lane::default());
            lanes.len() - 1
        });
        if let Some(lane) = lanes.get_mut(at) {
            lane.0.push(*group);
        }
        false
    });
    if lanes.is_empty() {
        // Nobody knows what these reach, so they follow one another.
        lanes.push(Lane(std::mem::take(left)));
    }
    lanes
}

/// The part of the API that an operation belongs to.
fn part(session: &Session<'_>, group: &Group<'_>) -> Option<Part> {
    session.resources.part(operation(session.contract, group)?.index)
}

/// Whether nothing that is sent can name objects of other parts: what the user gives can.
fn is_known(session: &Session<'_>, group: &Group<'_>) -> bool {
    let is_given =
        operation(session.contract, group).is_some_and(|o| session.settings.given.contains_key(&o.id));
    let is_seen = |step: &&Step| step.inputs.iter().any(|(.., input)| matches!(input, Input::Seen { .. }));
    !is_given && !group.0.iter().any(is_seen)
}

/// Takes the operations that can be read now, in order: none of them needs what one before it shows, nor an object of
/// which none is known yet and which one behind it lists.
fn reads_of<'p>(session: &Session<'_>, left: &mut Vec<Group<'p>>, most: usize) -> Vec<Group<'p>> {
    let coming = coming(session, left);
    let lacks = |group: &Group<'_>| {
        let Some(operation) = operation(session.contract, group) else { return false };
        let listed_elsewhere = |collection: CollectionId| {
            coming.get(&collection).is_some_and(|by| by.iter().any(|other| *other != operation.index))
        };
        group.0.iter().flat_map(|step| needs(session, operation, step)).any(|need| {
            matches!(need, Need::Object(collection)
                if listed_elsewhere(collection) && !is_stocked(session, collection))
        })
    };
    let (mut waiting, mut ready): (Vec<Group<'_>>, Vec<Group<'_>>) =
        left.drain(..).partition(|group| lacks(group));
    if ready.is_empty() {
        // Each waits for another one.
        std::mem::swap(&mut waiting, &mut ready);
    }
    let taken = side_by_side(session, &mut ready, most);
    left.extend(ready);
    left.extend(waiting);
    taken
}

/// Takes the operations that can be read beside one another, in order.
fn side_by_side<'p>(session: &Session<'_>, left: &mut Vec<Group<'p>>, most: usize) -> Vec<Group<'p>> {
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

/// Which of the operations list objects of a collection that is empty so far.
fn coming(session: &Session<'_>, left: &[Group<'_>]) -> HashMap<CollectionId, Vec<OperationId>> {
    let mut coming: HashMap<CollectionId, Vec<OperationId>> = HashMap::new();
    for operation in left.iter().filter_map(|group| operation(session.contract, group)) {
        if let Some(listed) = session.resources.listed_by(operation.index) {
            coming.entry(listed).or_default().push(operation.index);
        }
    }
    coming
}

/// Whether an object of a collection is known.
fn is_stocked(session: &Session<'_>, collection: CollectionId) -> bool {
    let any = Fixed::new();
    session.pool.first_listed(collection, &any).or_else(|| session.pool.first_own(collection, &any)).is_some()
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
