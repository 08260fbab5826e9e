//! Tries a refused body again, changed by what the refusal says.
//!
//! Members that it names are changed, added or left out; a name that is taken is made up anew; and a body
//! that is refused without a word is tried with only the required members, then with all.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::{naming, own_id, references};
use crate::check::body_search::{Next, Refusal, Search};
use crate::check::credentials::Credential;
use crate::check::dispatch::{keyed, vitals};
use crate::check::evidence::{Evidence, Keyed};
use crate::check::path_values;
use crate::check::plan::Step;
use crate::check::recorder::{NotSent, UnsaidBody};
use crate::check::session::Session;
use crate::contract::{Direction, MediaBody, Operation, Schema, body, is_json};
use crate::document::pointer;
use crate::exchange::Exchange;
use crate::generate::request::{Parts, build, write_body};
use crate::judge::At;
use crate::judge::exchange::{Intent, Valid};
use crate::judge::sequence::observe;
use crate::resources::kind::Kind;
use crate::resources::members::{is_own_id, says_kind};
use crate::resources::names::letters;
use crate::rules::Rule;

/// Whether a body was refused, or was too much for the target, so that another one is worth a try.
pub(super) fn is_rejected(exchange: &Exchange) -> bool {
    matches!(exchange.status(), Some(400 | 403 | 404 | 409 | 422 | 500))
}

/// Changes a step's body as this operation has wanted it before, but for the member that the step is
/// about.
pub(in crate::check) fn apply_wants(
    session: &Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
) {
    let state = session.recorder.state(operation.index);
    if parts.body.is_none()
        && operation.body.is_none()
        && state.is_some_and(|state| state.unsaid == UnsaidBody::Empty)
    {
        parts.body = Some(empty_body());
        return;
    }
    let wants = state.map(|state| state.wants.as_slice());
    let Some(wants) = wants.filter(|wants| !wants.is_empty()) else { return };
    let about = match &step.intent {
        Intent::Invalid(invalid) if invalid.at == At::RequestBody => invalid.instance.as_str(),
        _ => "",
    };
    let touches = |at: &str| !at.is_empty() && (about.starts_with(at) || at.starts_with(about));
    let Some((media_type, octets)) = &parts.body else { return };
    let Some((described, mut value)) = read(operation, media_type, octets) else { return };
    for edit in wants.iter().filter(|edit| about.is_empty() || !touches(edit.at())) {
        edit.apply(&mut value);
    }
    if let Some(changed) = write_body(described, Direction::Request, &value) {
        parts.body = Some(changed);
    }
}

/// The value of a body that can be changed.
fn read<'o>(operation: &'o Operation, media_type: &str, octets: &[u8]) -> Option<(&'o MediaBody, Value)> {
    let described = operation.body.as_ref()?.content_for(media_type)?;
    let is_form =
        ["application/x-www-form-urlencoded", "multipart/form-data"].contains(&described.media_type.as_str());
    // A file is not read as a value and written again.
    if (!is_form && !is_json(media_type)) || std::str::from_utf8(octets).is_err() {
        return None;
    }
    let octets = Bytes::copy_from_slice(octets);
    let headers =
        HeaderValue::from_str(media_type).map(|full| HeaderMap::from_iter([(CONTENT_TYPE, full)])).ok()?;
    match body::read(described, Direction::Request, &described.media_type, &headers, &octets) {
        Ok(body::Body::Value(value)) => Some((described, value)),
        _ => None,
    }
}

/// Sends a request that should succeed again, with another body, until it is taken or nothing is left to
/// try. What worked is kept for the operation's other requests.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn until_taken(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &mut Parts,
    first: Keyed,
    key: Option<Credential>,
) -> Result<Keyed, NotSent> {
    let should_pass = matches!(step.intent, Intent::Valid(Valid::Plain | Valid::MadeUp) | Intent::WiderKey);
    let is_first = session.recorder.state(operation.index).is_some_and(|state| !state.tried);
    // Without a body there is nothing whose media type could be wrong.
    let may_lack_body = operation.body.is_none() && matches!(first.exchange.status(), Some(411 | 415));
    if !should_pass || !(is_rejected(&first.exchange) || may_lack_body) {
        return Ok(first);
    }
    let mut keyed = first;
    if is_first
        && let Some(taken) = with_a_body(session, (operation, step), parts, &keyed, key.clone()).await?
    {
        return Ok(taken);
    }
    if let Some(verbatim) = step.verbatim.clone().filter(|_| keyed.exchange.status() != Some(500)) {
        // The example's own names may be the only ones that are taken.
        parts.body = Some(verbatim);
        let Some(next) = resend(session, operation, step, parts, key.clone()).await? else {
            return Ok(keyed);
        };
        keyed = next;
    }
    let is_given = session.settings.gives_body(operation);
    let planned = step.body.as_ref().filter(|_| is_first && !is_given);
    let Some((described, value)) =
        planned.and_then(|(media_type, octets)| read(operation, media_type, octets))
    else {
        return Ok(keyed);
    };
    let Some(schema) = &described.schema else { return Ok(keyed) };
    let kind = session.resources.kind(operation.index).map(|judged| judged.kind);
    let seen = seen_kinds(session, operation, schema, parts);
    let mut search =
        Search::new(schema, value, !matches!(kind, Some(Kind::Action | Kind::Setting))).with_seen(seen);
    while is_rejected(&keyed.exchange)
        && let Some(response) = keyed.exchange.response()
        && let Some(next) = search.next(
            response.status.as_u16(),
            &Refusal::reading(session.marks.unstamped(&response.body).as_bytes()),
        )
    {
        if response.status.is_server_error() {
            failed(session, operation, step, &keyed).await;
        }
        if next == Next::Fresh {
            naming::name_anew(session, operation, parts);
        }
        parts.body = write_body(described, Direction::Request, &search.body);
        references::refer(session, operation, parts);
        own_id::keep(session, operation, step, parts, &search.made);
        session.marks.stamp(parts);
        let Some(sent) = resend(session, operation, step, parts, key.clone()).await? else {
            return Ok(keyed);
        };
        keyed = sent;
    }
    if let Some(state) = session.recorder.state_mut(operation.index)
        && keyed.exchange.status().is_some_and(|status| operation.is_success(status))
    {
        state.wants = search.made;
    }
    Ok(keyed)
}

/// Sends a request for which the document has no body, and whose refusal asks for one, with an empty object.
async fn with_a_body(
    session: &mut Session<'_>,
    (operation, step): (&Operation, &Step),
    parts: &mut Parts,
    first: &Keyed,
    key: Option<Credential>,
) -> Result<Option<Keyed>, NotSent> {
    let takes_one = [Method::POST, Method::PUT, Method::PATCH].contains(&operation.method);
    let response = first.exchange.response().filter(|_| takes_one && operation.body.is_none());
    let Some(response) =
        response.filter(|response| matches!(response.status.as_u16(), 400 | 411 | 415 | 422))
    else {
        return Ok(None);
    };
    if !Refusal::reading(&response.body).wants_body() {
        return Ok(None);
    }
    let bare = parts.body.replace(empty_body());
    let sent = resend(session, operation, step, parts, key).await?;
    let taken = sent.filter(|sent| sent.exchange.status().is_some_and(|status| operation.is_success(status)));
    if taken.is_none() {
        parts.body = bare;
        return Ok(None);
    }
    let message = "a request without a body was refused, and the document describes none";
    let seen = observe(Rule::ValidRejected, operation, message)
        .because("success", response.status.as_u16().to_string())
        .of_status()
        .warning();
    session.recorder.say(operation, &Evidence::from(first.clone()), seen);
    if let Some(state) = session.recorder.state_mut(operation.index) {
        state.unsaid = UnsaidBody::Empty;
    }
    Ok(taken)
}

fn empty_body() -> (String, Vec<u8>) {
    ("application/json".to_owned(), b"{}".to_vec())
}

/// What objects of the target are like, member by member: texts that say of what kind an object is, and neither name nor
/// identify it, then members that the document does not know. A new object may well be like those.
fn seen_kinds(
    session: &Session<'_>,
    operation: &Operation,
    schema: &Schema,
    parts: &Parts,
) -> Vec<(String, Value)> {
    let of = || session.resources.role(operation.index).map(|(index, _)| index);
    let Some(index) = session.resources.created_by(operation.index).or_else(of) else { return Vec::new() };
    let Some(collection) = session.collection(index) else { return Vec::new() };
    // Below an object of this run nobody else's can be called so.
    let is_below_own = session.is_below_own(operation, &path_values::of_parts(operation, parts));
    let is_its_name = |name: &str| letters(&collection.parameter).ends_with(&letters(name));
    let fields = schema.fields(Direction::Request, &[]);
    let kinds = fields.iter().filter(|(name, field)| {
        field.kinds.string
            && field.choices.is_empty()
            && !field.is_read_only
            && says_kind(name)
            && (is_below_own || !is_its_name(name))
    });
    let each = kinds.flat_map(|(name, _)| {
        let seen = session.examples.words(index, name);
        seen.into_iter().map(|value| (pointer::join("", name), value)).collect::<Vec<_>>()
    });
    let unsaid =
        session.examples.plain_members(index).into_iter().filter(|(name, _)| {
            !fields.contains_key(name) && !is_own_id(name) && *name != collection.parameter
        });
    each.chain(unsaid.map(|(name, value)| (pointer::join("", &name), value))).collect()
}

/// Reports a failure that would be forgotten once another body is taken.
async fn failed(session: &mut Session<'_>, operation: &Operation, step: &Step, keyed: &Keyed) {
    let evidence = Evidence::from(keyed.clone());
    session.recorder.judge(operation, &step.intent, &evidence, step.accept.as_deref());
    vitals::watch(session, operation, &step.key, keyed).await;
}

/// Sends a step again with other parts; `None` where the run ends first.
pub(super) async fn resend(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    parts: &Parts,
    key: Option<Credential>,
) -> Result<Option<Keyed>, NotSent> {
    session.sender.pace().await;
    let Some(request) = build(operation, parts).ok().filter(|_| session.must_end().is_none()) else {
        return Ok(None);
    };
    keyed::send_with(session, operation, &request, &step.key, key).await.map(Some).map_err(NotSent::Key)
}
