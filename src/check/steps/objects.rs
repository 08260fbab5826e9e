//! Builds the request of a step with objects that the target listed or that this run created.

mod meant;

use serde_json::Value;

pub(in crate::check) use self::meant::fits;
use self::meant::{numbered, stays_meant};
use super::{adapt, asked_for, identify, own_id};
use crate::check::dispatch::proof::ahead;
use crate::check::plan::{Input, Step, destroys, settle};
use crate::check::recorder::{Missing, NotSent};
use crate::check::session::Session;
use crate::check::session::object_pool::Fixed;
use crate::check::steps;
use crate::contract::{Location, Operation};
use crate::generate::request::Parts;
use crate::resources::kind::Kind;
use crate::resources::{CollectionId, Place};

/// A create may need a parent, which may need one; this deep and no deeper.
const MAX_NESTING: usize = 4;
/// Objects that nothing removes and that are made for what may end them, or a part of them.
const MAX_LASTING: usize = 4;
/// Objects that are made because one body names them.
const MAX_REFERRED: usize = 3;

/// What a step's request is made of once its objects are found.
pub(super) struct Filled {
    pub parts: Parts,
    /// Whether every object that the path names was found at the target itself.
    pub found: bool,
    /// Path parameters whose values the run found out.
    pub bound: Vec<(String, Value)>,
}

/// The request of a step, its objects found.
pub(super) async fn filled(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
) -> Result<Filled, NotSent> {
    let names = operation.template.names();
    let position = |name: &str| names.iter().position(|known| known == name);
    let in_path = || step.inputs.iter().filter(|(location, _, _)| *location == Location::Path);
    let mut known = path_values(session, operation, step).await?;
    identify::as_wanted(session, operation, step, &mut known);
    let mut filled = Filled {
        parts: Parts { body: step.body.clone(), accept: step.accept.clone(), ..Parts::default() },
        found: true,
        bound: Vec::new(),
    };
    let members = in_path().filter_map(|(_, _, input)| match input {
        Input::Member { collection, member, .. } => Some((*collection, member.as_str())),
        _ => None,
    });
    let mut shown = session.examples.values(&members.collect::<Vec<_>>()).into_iter();
    for (location, name, input) in &step.inputs {
        let value = match input {
            Input::Member { otherwise, .. } => {
                let shown = shown.next().flatten();
                filled.found &= shown.is_some();
                shown.unwrap_or_else(|| otherwise.clone())
            }
            Input::Seen { of, member, otherwise } => {
                // Nobody says that it is an object's of this path.
                filled.found = false;
                let above = names.iter().take_while(|known| *known != name);
                let above = above.map(|name| filled.parts.get(Location::Path, name).cloned());
                let above: Fixed = above.enumerate().filter_map(|(at, value)| Some((at, value?))).collect();
                let listed = of.and_then(|of| session.pool.first_listed(of, &above)?.pop());
                let shown = || session.examples.any(member.as_deref()?).cloned();
                listed.or_else(shown).unwrap_or_else(|| otherwise.clone())
            }
            Input::Value(value) => {
                // A path that the user or the document names need not exist there.
                filled.found &= *location != Location::Path;
                let found = position(name).filter(|_| *location == Location::Path);
                found.and_then(|at| known.get(at)?.clone()).unwrap_or_else(|| value.clone())
            }
            input => {
                // Whether what this run made is there is what its life shows. An id need not be what
                // a parameter of another name wants.
                let own = session.resources.of_parameter(operation.index, name);
                let is_listed_here = |index: &CollectionId| {
                    own == Some(*index)
                        && is_named_by(session, *index, name)
                        && !session.pool.guesses(*index, name)
                        && session.made_up(operation, name).is_none()
                };
                filled.found &= matches!(input, Input::Any(index) if is_listed_here(index));
                let by_member = match input {
                    Input::Any(index) if is_called_otherwise(session, *index, name) => {
                        session.examples.values(&[(*index, name)]).pop().flatten()
                    }
                    _ => None,
                };
                let found = by_member.or_else(|| position(name).and_then(|at| known.get(at)?.clone()));
                let value =
                    found.ok_or_else(|| NotSent::Object(format!("no value is known for {name:?}"), None))?;
                // What the path does not take proves nothing, wherever it comes from.
                filled.found &= fits(operation, *location, name, &value);
                let value = numbered(operation, *location, name, value);
                filled.bound.push((name.clone(), value.clone()));
                value
            }
        };
        filled.parts.set(*location, name, value);
    }
    adapt::apply_wants(session, operation, step, &mut filled.parts);
    asked_for::add(session, operation, step, &mut filled.parts);
    let wants = session.recorder.state(operation.index).map(|state| state.wants.clone()).unwrap_or_default();
    own_id::keep(session, operation, step, &mut filled.parts, &wants);
    session.marks.stamp(&mut filled.parts);
    stays_meant(session, operation, step, &filled.parts)?;
    Ok(filled)
}

/// The values of the path's parameters, where objects or fixed values decide them.
async fn path_values(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
) -> Result<Vec<Option<Value>>, NotSent> {
    let names = operation.template.names();
    let position = |name: &str| names.iter().position(|known| known == name);
    let in_path = || step.inputs.iter().filter(|(location, _, _)| *location == Location::Path);
    let mut known: Vec<Option<Value>> = vec![None; names.len()];
    for (_, name, input) in in_path() {
        if let (Input::Value(value), Some(known)) = (input, position(name).and_then(|at| known.get_mut(at))) {
            *known = Some(value.clone());
        }
    }
    // The last object comes with its parents.
    let mut needed: Vec<(usize, &str, &Input)> = in_path()
        .filter(|(_, _, input)| input.is_object())
        .filter_map(|(_, name, input)| Some((position(name)?, name.as_str(), input)))
        .collect();
    needed.sort_by_key(|(at, _, _)| std::cmp::Reverse(*at));
    for (at, name, input) in needed {
        if known.get(at).is_none_or(Option::is_some) {
            continue;
        }
        let Some(place) = place(session, operation, name, input) else { continue };
        let value_at = |at: usize| place.values.get(at).copied().flatten();
        let mut fixed: Fixed = (0..place.values.len())
            .filter_map(|value| Some((value, known.get(value_at(value)?)?.clone()?)))
            .collect();
        let input = if let Input::Any(_) = input { &Input::Any(place.collection) } else { input };
        if may_replace(session, operation, name, (&place, input, &fixed)) {
            fixed.clear();
        }
        let object = match object(session, operation, name, input, &fixed).await {
            Ok(object) => object,
            Err(why) => {
                let Some(value) = session.made_up(operation, name) else { return Err(why) };
                if let Some(known) = known.get_mut(at) {
                    *known = Some(value);
                }
                continue;
            }
        };
        let object = match &place.member {
            Some(member) => vec![named_by(session, place.collection, &object, member)?],
            None => object,
        };
        for (value, of_object) in object.into_iter().enumerate() {
            if let Some(known) = value_at(value).and_then(|at| known.get_mut(at)) {
                *known = Some(of_object);
            }
        }
    }
    Ok(known)
}

/// Which collection has the object that a parameter names. A read asks for what is listed at its own path
/// first.
fn place(session: &Session<'_>, operation: &Operation, name: &str, input: &Input) -> Option<Place> {
    let found = session.resources.place(operation, name)?;
    let own = session.resources.own_place(operation, name)?;
    let is_listed = || session.pool.first_listed(own.collection, &Vec::new()).is_some();
    let is_elsewhere = own.collection != found.collection && !session.resources.links(operation.index);
    let is_read = matches!(input, Input::Any(_)) && is_elsewhere;
    Some(if is_read && is_listed() { own } else { found })
}

/// The member by which a path names an object of this run's own. Only a text of this run's names no other
/// object too.
fn named_by(
    session: &Session<'_>,
    collection: CollectionId,
    object: &[Value],
    member: &str,
) -> Result<Value, NotSent> {
    let parameter = session.collection(collection).map_or("id", |known| known.parameter.as_str());
    let found = object.last().and_then(|id| session.examples.member(collection, id, parameter, member));
    let is_own = |value: &&Value| session.marks.is_in(value.as_str());
    let why = || NotSent::Object(format!("no {member:?} of an object of this run is known"), None);
    found.filter(is_own).cloned().ok_or_else(why)
}

/// Whether what is fixed for all paths gives way to the object of another collection: where no object goes
/// with it, and where something is done to one of this run's own. What is given for this operation stays.
fn may_replace(
    session: &Session<'_>,
    operation: &Operation,
    name: &str,
    (place, input, fixed): (&Place, &Input, &Fixed),
) -> bool {
    let is_own_path = session.resources.of_parameter(operation.index, name) == Some(place.collection);
    if is_own_path || session.settings.given.contains_key(&operation.id) {
        return false;
    }
    let fits = || {
        let listed = session.pool.first_listed(place.collection, fixed);
        listed.or_else(|| session.pool.first_own(place.collection, fixed)).is_some()
    };
    !matches!(input, Input::Any(_)) || !fits()
}

/// The object that a step needs.
async fn object(
    session: &mut Session<'_>,
    operation: &Operation,
    name: &str,
    input: &Input,
    fixed: &Fixed,
) -> Result<Vec<Value>, NotSent> {
    let (found, index) = match input {
        Input::Value(value)
        | Input::Member { otherwise: value, .. }
        | Input::Seen { otherwise: value, .. } => {
            return Ok(vec![value.clone()]);
        }
        Input::Any(index) => {
            let listed = session.pool.first_listed(*index, fixed);
            let mut found = listed.or_else(|| session.pool.first_own(*index, fixed));
            if found.is_none() {
                found = listed_aside(session, *index, fixed).await;
            }
            if found.is_none() && session.settings.may_make {
                found = made_aside(session, *index, fixed).await;
            }
            let found =
                found.or_else(|| session.ledger.unproven(*index, fixed).filter(|_| operation.is_safe()));
            (found, *index)
        }
        Input::Own(index) => {
            let mut own = session.pool.first_own(*index, fixed);
            if own.is_none() {
                own = made_aside(session, *index, fixed).await;
            }
            // One that should have been refused may have destroyed it; and whose the only one is may be known by a second.
            let makes_another = destroys(operation) || session.ledger.astray(*index) == 1;
            if own.is_none() && makes_another && may_make(session, *index) {
                own = fresh(session, *index, fixed).await;
            }
            (own, *index)
        }
        Input::Fresh(index) => {
            // What nothing removes stays, so that a few of these do for all.
            let lasts = session.collection(*index).is_some_and(|known| known.destroy.is_none());
            let own = (lasts && session.pool.own_count(*index) >= MAX_LASTING)
                .then(|| session.pool.first_own(*index, fixed))
                .flatten();
            match own {
                Some(own) => (Some(own), *index),
                None => (fresh(session, *index, fixed).await, *index),
            }
        }
        Input::Parent(index) | Input::OwnParent(index) => {
            let mut own = session.pool.first_own(*index, fixed);
            if own.is_none() && may_make(session, *index) {
                own = fresh(session, *index, fixed).await;
            }
            let listed = || session.pool.first_listed(*index, fixed);
            (own.or_else(|| listed().filter(|_| matches!(input, Input::Parent(_)))), *index)
        }
    };
    let found = found.or_else(|| {
        // Whoever allows an operation to act means whatever object is there.
        let is_allowed = session.settings.actions.contains(&operation.index);
        is_allowed.then(|| session.pool.first_listed(index, fixed)).flatten()
    });
    found.ok_or_else(|| {
        let path = session.resources.collection(index).map_or("", |c| c.path.as_str());
        let destroys = matches!(input, Input::Fresh(_));
        let why = match input {
            Input::Any(_) | Input::Parent(_) => {
                format!("the target listed no object under {path}, and none was created")
            }
            _ => format!("no object was created under {path} that this run may change"),
        };
        let settle = settle(operation, name, destroys);
        NotSent::Object(why, Some(Missing { parameter: name.to_owned(), settle }))
    })
}

/// Whether a parameter is the one that names the items of a collection.
fn is_named_by(session: &Session<'_>, collection: CollectionId, parameter: &str) -> bool {
    session.resources.collection(collection).is_some_and(|known| known.parameter == parameter)
}

/// Whether a parameter may ask for the items of a collection by another member than their ids.
fn is_called_otherwise(session: &Session<'_>, collection: CollectionId, parameter: &str) -> bool {
    let known = session.resources.collection(collection);
    known.is_some_and(|known| known.depth() == 0 && known.parameter != parameter)
}

/// Whether a parent can be had from a create: it was not refused before.
pub(super) fn may_make(session: &Session<'_>, collection: CollectionId) -> bool {
    let create = session.resources.collection(collection).and_then(|c| c.create);
    create
        .and_then(|create| session.recorder.state(create))
        .is_some_and(|state| !state.tried || state.success.is_some())
}

/// An object of a list that the run is not about.
async fn listed_aside(
    session: &mut Session<'_>,
    collection: CollectionId,
    fixed: &Fixed,
) -> Option<Vec<Value>> {
    let known = session.collection(collection)?;
    let list = known.list.as_ref().map(|list| list.operation);
    let list =
        list.or(known.finder.as_ref().map(|(query, _)| *query)).or(known.dictionary).or(known.unsaid)?;
    let is_known = session.recorder.state(list).is_none_or(|state| state.tried);
    if is_known || !session.settings.is_aside(list) || session.nesting >= MAX_NESTING {
        return None;
    }
    let step = step_below(session, session.contract.at(list)?, fixed)?;
    session.nesting += 1;
    let sent = Box::pin(steps::send(session, &step)).await;
    session.nesting -= 1;
    sent.ok()?;
    session.pool.first_listed(collection, fixed)
}

/// An object that is made by a create that the run is not about.
async fn made_aside(
    session: &mut Session<'_>,
    collection: CollectionId,
    fixed: &Fixed,
) -> Option<Vec<Value>> {
    let create = session.collection(collection)?.create?;
    if !session.settings.is_aside(create) || !may_make(session, collection) {
        return None;
    }
    fresh(session, collection, fixed).await
}

/// The plain request of an operation below the objects that are fixed.
fn step_below(session: &Session<'_>, operation: &Operation, fixed: &Fixed) -> Option<Step> {
    let mut step = session.base(operation)?;
    for (location, name, input) in &mut step.inputs {
        let at = operation.template.names().iter().position(|known| known == name);
        let given = fixed.iter().find(|(position, _)| Some(*position) == at);
        if let (Location::Path, Some((_, value))) = (*location, given) {
            *input = Input::Value(value.clone());
        }
    }
    Some(step)
}

/// Makes an object for one step alone.
pub(super) async fn fresh(
    session: &mut Session<'_>,
    collection: CollectionId,
    fixed: &Fixed,
) -> Option<Vec<Value>> {
    let create = session.resources.collection(collection)?.create?;
    if session.settings.forbids(create) || session.settings.read_only || session.nesting >= MAX_NESTING {
        return None;
    }
    let step = step_below(session, session.contract.at(create)?, fixed)?;
    ahead::look_ahead(session, collection).await;
    let known = session.pool.own_count(collection);
    session.nesting += 1;
    let sent = Box::pin(steps::send(session, &step)).await;
    session.nesting -= 1;
    sent.ok()?;
    session.pool.newest_own(collection, known)
}

/// Makes the objects that a made-up body names, where this run can and has none.
pub(super) async fn make_referred(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    let changes = session
        .resources
        .kind(operation.index)
        .is_some_and(|judged| matches!(judged.kind, Kind::Create | Kind::Own));
    let is_given = session.settings.gives_body(operation);
    let Some((media_type, octets)) =
        parts.body.as_ref().filter(|_| changes && !is_given && session.nesting == 0)
    else {
        return;
    };
    let Ok(Value::Object(members)) = serde_json::from_slice(octets) else { return };
    let described = operation.body.as_ref().and_then(|body| body.content_for(media_type));
    let schema = described.and_then(|described| described.schema.as_deref());
    let referred = members.keys().filter_map(|name| session.resources.reference_of(schema, name)).collect();
    make_missing(session, operation, referred).await;
}

/// Makes an object of each of some collections, where this run can and has none.
pub(super) async fn make_missing(session: &mut Session<'_>, operation: &Operation, of: Vec<CollectionId>) {
    for index in of.into_iter().take(MAX_REFERRED).filter(|_| session.nesting == 0).collect::<Vec<_>>() {
        let is_itself = session.resources.created_by(operation.index) == Some(index);
        let has_own = session.pool.examples(index).0.is_some();
        let is_top = session.resources.collection(index).is_some_and(|known| known.depth() == 0);
        if !is_itself && !has_own && is_top && may_make(session, index) {
            fresh(session, index, &Vec::new()).await;
        }
    }
}
