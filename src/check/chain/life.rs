//! An object's life: made, read, listed, changed, refused to others, hidden, brought back, ended.

mod ending;
mod writes;

use crate::rules::Rule;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::members::{comparable, given, projected};
use super::{Ask, Turn, name_of};
use crate::check::clock::{self, Instant};
use crate::check::execute::Runner;
use crate::check::plan;
use crate::contract::{Direction, Operation, examples, is_json, parameter};
use crate::generate::mark;
use crate::generate::request::Parts;
use crate::judge::Evaluation;
use crate::judge::exchange::{Intent, Valid};
use crate::judge::sequence::{life, observe};
use crate::resources::{self, Collection, id_name, id_of};

/// Bodies of creates that are tried: what is given or plain, and the document's own examples.
const MAX_LIVES: usize = 3;

/// How long a list may take to show what was created.
const SETTLING: Duration = Duration::from_millis(500);

/// One object on its way.
struct Object<'r> {
    collection: &'r Collection,
    create: &'r Operation,
    /// Values of the path's parameters, the id last.
    values: Vec<Value>,
    id: Value,
    /// Members that were sent, and that the answers are documented to hold.
    sent: Map<String, Value>,
    /// Members that move by themselves.
    volatile: BTreeSet<String>,
    /// Whether something was found that the rest would only repeat.
    is_odd: bool,
}

impl<'r> Runner<'r> {
    pub(super) async fn life(&mut self, index: usize) {
        let Some(collection) = self.collection(index) else { return };
        let Some(create) = self.operation(collection.create).filter(|create| self.succeeded(create)) else {
            return;
        };
        let Some(parts) = self.plain_parts(create).await else { return };
        let soft = collection.soft_delete.as_ref().map(|soft| soft.member.as_str());
        let is_given = self.settings.given.get(&create.id).is_some_and(|given| given.body.is_some());
        for body in bodies(create, &parts, soft, is_given) {
            self.one_life(index, create, &parts, body).await;
        }
    }

    async fn one_life(
        &mut self,
        index: usize,
        create: &'r Operation,
        parts: &Parts,
        body: Option<(String, Vec<u8>)>,
    ) {
        let Some(collection) = self.collection(index) else { return };
        let mut parts = parts.clone();
        parts.body = body;
        self.stamp(&mut parts);
        let json = parts.body.as_ref().filter(|(media_type, _)| is_json(media_type));
        let sent: Map<String, Value> =
            json.and_then(|(_, octets)| serde_json::from_slice(octets).ok()).unwrap_or_default();
        self.take_stock(create, &parts).await;
        let earlier = self.pool.own_of(index);
        let Some(made) = self.turn(create, &parts, Ask::plain(create)).await else { return };
        let Some(answer) = made.sound(create) else { return };
        let Some(id) =
            id_of(&answer, &collection.parameter).filter(|id| resources::is_safe_id(&parameter::text(id)))
        else {
            return;
        };
        let mut values = Self::path_values(create, &parts);
        values.truncate(collection.depth());
        values.push(id.clone());
        // Only what this run is shown to have made is changed, and only what this create has made is held
        // against what it sent.
        if !self.pool.is_own(index, &values) {
            return;
        }
        if earlier.iter().any(|known| parameter::text(known) == parameter::text(id)) {
            // Whoever answers an object that is there already has made none; one that is not there either
            // is lost.
            self.found(collection, create, &values).await;
            return;
        }
        let mut object = Object {
            collection,
            create,
            values,
            id: id.clone(),
            sent: comparable(create, &sent, &answer, &collection.parameter),
            volatile: BTreeSet::new(),
            is_odd: false,
        };
        let altered = life::create_altered(create, &object.sent, &answer, &object.volatile);
        object.is_odd = self.say(create, &made, altered);
        if !self.read(&mut object).await {
            return;
        }
        self.location(&object, &made).await;
        let mut was_listed = self.listed(&object).await;
        if was_listed == Some(false) {
            // Lists are often kept by another part of a service, which needs a moment.
            clock::sleep(SETTLING).await;
            was_listed = self.listed(&object).await;
        }
        if let (Some(was_listed), Some(list)) = (was_listed, &collection.list)
            && let Some(list) = self.operation(Some(list.operation))
        {
            let seen = (!was_listed).then(|| {
                observe(Rule::CreateNotListed, list, "what was created can be read and is not in the list")
                    .because(format!("the id {}", parameter::text(&object.id)), "no such entry")
            });
            self.say(list, &made, Evaluation::of(Rule::CreateNotListed, seen));
        }
        self.denied_create(&object, &parts).await;
        let keeps = self.update(&object).await;
        self.refused_delete(&object).await;
        self.replace(&mut object).await;
        if keeps {
            self.hide(&object, was_listed == Some(true)).await;
        }
        self.end(&object).await;
    }

    /// The Location of a create, where it sends one (RFC 9110 §10.2.2).
    async fn location(&mut self, object: &Object<'r>, made: &Turn) {
        let Some(location) = made
            .exchange
            .response()
            .and_then(|response| response.headers.get(http::header::LOCATION))
            .and_then(|value| value.to_str().ok())
        else {
            return;
        };
        let Some(retrieve) = self.operation(object.collection.retrieve) else { return };
        let Ok(request) = self.follow(&made.exchange.request, location) else {
            // It leads to another host, which is never asked.
            return;
        };
        let ask = Ask { intent: Intent::Valid(Valid::MadeUp), ..Ask::plain(retrieve) };
        let Some(turn) = self.send_as(retrieve, request, ask, false).await else { return };
        if turn.is_gone() {
            let seen =
                observe(Rule::LocationBroken, object.create, "the Location of the create leads nowhere")
                    .because("the new object", turn.status().to_string());
            self.say(object.create, &turn, seen);
        } else if turn.is_success() {
            self.held(object.create, Rule::LocationBroken);
        }
    }

    /// Whether an object that a create answered can be read.
    async fn found(&mut self, collection: &'r Collection, create: &'r Operation, values: &[Value]) {
        let Some(retrieve) = self.operation(collection.retrieve) else { return };
        let Some(parts) = self.addressed(retrieve, values) else { return };
        let Some(turn) = self.turn(retrieve, &parts, Ask::plain(retrieve)).await else { return };
        self.not_found(create, &turn);
    }

    /// `create-not-found`, where a create answered an object that cannot be read.
    fn not_found(&mut self, create: &'r Operation, turn: &Turn) -> bool {
        turn.is_gone() && {
            let seen = observe(Rule::CreateNotFound, create, "what was created cannot be read")
                .because("200", turn.status().to_string())
                .of_status();
            self.say(create, turn, seen)
        }
    }

    /// Reads it back, again and again; tells whether there is anything to go on with.
    async fn read(&mut self, object: &mut Object<'r>) -> bool {
        let Some(retrieve) = self.operation(object.collection.retrieve) else {
            return object.collection.list.is_some();
        };
        let Some(parts) = self.addressed(retrieve, &object.values) else { return false };
        let Some(first) = self.turn(retrieve, &parts, Ask::plain(retrieve)).await else { return false };
        if self.not_found(object.create, &first) {
            return false;
        }
        if first.is_success() {
            self.held(object.create, Rule::CreateNotFound);
        }
        let Some(got) = first.sound(retrieve) else { return true };
        if let Some(name) = id_name(&got, &object.collection.parameter) {
            let changed = life::identity_changed(retrieve, name, &object.id, &got);
            if self.say(retrieve, &first, changed) {
                return true;
            }
        }
        let mut quick = vec![got.clone()];
        let started = Instant::now();
        let again = self.turn(retrieve, &parts, Ask::plain(retrieve)).await;
        quick.extend(again.as_ref().and_then(|turn| turn.sound(retrieve)));
        let moved = |reads: &[Value]| -> Vec<String> {
            let (Some(first), Some(last)) = (reads.first(), reads.last()) else { return Vec::new() };
            let (first, last) = (sent_of(object, first), sent_of(object, last));
            let moved = object.sent.keys().filter(|name| first.get(*name) != last.get(*name));
            moved.cloned().collect()
        };
        let names = moved(&quick);
        if names.is_empty() && quick.len() > 1 && !object.sent.is_empty() {
            self.held(retrieve, Rule::ReadHadEffect);
        }
        if !names.is_empty() {
            for _ in 0..2 {
                let again = self.turn(retrieve, &parts, Ask::plain(retrieve)).await;
                quick.extend(again.and_then(|turn| turn.sound(retrieve)));
            }
            clock::sleep(started.elapsed().max(Duration::from_millis(20))).await;
            let Some(last) = self.turn(retrieve, &parts, Ask::plain(retrieve)).await else { return true };
            let after = last.sound(retrieve).unwrap_or_default();
            for name in names {
                let of = |read: &Value| sent_of(object, read).get(&name).cloned().unwrap_or_default();
                let values: Vec<Value> = quick.iter().map(of).collect();
                let seen = life::moves_by_reading(&values, &of(&after)).then(|| {
                    let first = values.first().cloned().unwrap_or_default();
                    life::read_had_effect(retrieve, &name, &first, &of(&after))
                });
                object.is_odd |= self.say(retrieve, &last, Evaluation::of(Rule::ReadHadEffect, seen));
                object.volatile.insert(name);
            }
        }
        if !object.is_odd {
            let altered = life::create_altered(object.create, &object.sent, &got, &object.volatile);
            object.is_odd = self.say(object.create, &first, altered);
        }
        if object.is_odd {
            // What reads back otherwise is no ground for comparing further.
            let kept = |name: &String, value: &Value| got.get(name).is_some_and(|found| found == value);
            object.sent.retain(|name, value| kept(name, value));
        }
        true
    }

    /// Whether the list shows it; `None` where that cannot be told.
    async fn listed(&mut self, object: &Object<'r>) -> Option<bool> {
        let list = object.collection.list.as_ref()?;
        let operation = self.operation(Some(list.operation)).filter(|list| self.succeeded(list))?;
        // Where pages are cut wrongly, what they leave out is no new finding.
        let is_cut_wrongly = [Rule::PageOverlap, Rule::PageLink, Rule::PageLoop, Rule::PageOffset];
        if is_cut_wrongly.iter().any(|rule| self.has_seen(*rule, operation)) {
            return None;
        }
        let parts = self.addressed(operation, &object.values)?;
        let name = name_of(object.collection);
        let wanted = parameter::text(&object.id);
        let walk = self.walk(operation, object.collection, list, &parts, Some(&wanted)).await?.0;
        let found = walk.entries().any(|entry| name(entry) == wanted);
        // Entries that are called by something else than the object cannot be compared.
        let parameter = &object.collection.parameter;
        let shown = given(object.create).into_keys().map(|name| (name, Value::from("x")));
        let shown = Value::Object(shown.collect());
        let by = id_name(&shown, parameter);
        let is_number = |text: &str| text.parse::<i64>().is_ok();
        let is_alike = |entry: &Value| {
            is_number(&name(entry)) == is_number(&wanted) && (by.is_none() || by == id_name(entry, parameter))
        };
        if !found && !walk.is_empty() && !walk.entries().any(is_alike) {
            return None;
        }
        (found || (walk.is_complete && !walk.loops)).then_some(found)
    }

    /// A create that is refused must not create.
    async fn denied_create(&mut self, object: &Object<'r>, parts: &Parts) {
        let Some(list) = object.collection.list.as_ref() else { return };
        let Some(operation) = self.operation(Some(list.operation)).filter(|list| self.succeeded(list)) else {
            return;
        };
        let Some(address) = self.addressed(operation, &object.values) else { return };
        let name = name_of(object.collection);
        let Some((before, _)) = self.walk(operation, object.collection, list, &address, None).await else {
            return;
        };
        let known: HashSet<String> = before.entries().map(&name).collect();
        for ask in self.denied(object.create) {
            let Some(turn) = self.turn(object.create, parts, ask).await else { continue };
            if !turn.is_denied() || !before.is_complete {
                // It was let in, which other rules tell of.
                return;
            }
            let Some((after, _)) = self.walk(operation, object.collection, list, &address, None).await else {
                return;
            };
            let spared = BTreeSet::new();
            let new = after.entries().find(|entry| {
                !known.contains(&name(entry)) && life::changed(&object.sent, entry, &spared).is_none()
            });
            if let Some(new) = new {
                let seen = observe(
                    Rule::DeniedRequestHadEffect,
                    object.create,
                    "a create was refused and created all the same",
                )
                .because("no new entry", format!("the id {}", name(new)));
                self.say(object.create, &turn, seen);
                return;
            }
            if after.is_complete {
                self.held(object.create, Rule::DeniedRequestHadEffect);
            }
        }
    }

    /// The members that were sent, as the object reads now.
    async fn now(&mut self, object: &Object<'r>) -> Option<(Turn, Value)> {
        let retrieve = self.operation(object.collection.retrieve)?;
        let parts = self.addressed(retrieve, &object.values)?;
        let turn = self.turn(retrieve, &parts, Ask::made_up(retrieve)).await?;
        let value = turn.sound(retrieve)?;
        Some((turn, value))
    }

    /// A DELETE that is documented to be refused leaves everything as it was.
    async fn refused_delete(&mut self, object: &Object<'r>) {
        let Some(destroy) = self.operation(object.collection.destroy) else { return };
        if !resources::is_refusal(destroy) {
            return;
        }
        let Some(parts) = self.addressed(destroy, &object.values) else { return };
        let Some((_, before)) = self.now(object).await else { return };
        let Some(turn) = self.turn(destroy, &parts, Ask::plain(destroy)).await else { return };
        let Some(retrieve) = self.operation(object.collection.retrieve) else { return };
        let Some(address) = self.addressed(retrieve, &object.values) else { return };
        if turn.status() != 405 {
            return;
        }
        let Some(read) = self.turn(retrieve, &address, Ask::made_up(retrieve)).await else { return };
        let after = read.sound(retrieve);
        let changed = after.as_ref().and_then(|after| {
            let sent = sent_of(object, &before);
            let (at, _, _) = life::changed(&sent, after, &object.volatile)?;
            Some(format!("{} has changed", life::member(&at)))
        });
        let what = if read.is_gone() { Some("the object is gone".to_owned()) } else { changed };
        if let Some(what) = what {
            let seen = observe(
                Rule::RefusedMethodHadEffect,
                destroy,
                format!("DELETE was refused with 405, and {what}"),
            )
            .because("the object as it was", read.status().to_string());
            self.say(destroy, &read, seen);
        } else if after.is_some() {
            self.held(destroy, Rule::RefusedMethodHadEffect);
        }
    }
}

/// What was sent, as it read at some time.
fn sent_of(object: &Object<'_>, read: &Value) -> Map<String, Value> {
    projected(&object.sent, read)
}

/// The bodies to create with: the plain one, and each JSON example that differs from it.
fn bodies(
    create: &Operation,
    parts: &Parts,
    soft: Option<&str>,
    is_given: bool,
) -> Vec<Option<(String, Vec<u8>)>> {
    let mut bodies: Vec<(String, Vec<u8>)> = Vec::new();
    bodies.extend(parts.body.clone().filter(|(media_type, _)| is_json(media_type)));
    let mut is_first = !is_given;
    let described = create.body.iter().flat_map(|body| &body.content).filter(|c| is_json(&c.media_type));
    for content in described {
        for (_, example) in examples::of_body(content, Direction::Request) {
            // The plain body is the first example, under a name of its own.
            if std::mem::take(&mut is_first) && !bodies.is_empty() {
                continue;
            }
            let example = mark::example(content.schema.as_deref(), &example).unwrap_or(example);
            let octets = serde_json::to_vec(&plan::shown(&example, soft)).unwrap_or_default();
            if !bodies.iter().any(|(_, known)| *known == octets) {
                bodies.push((content.media_type.clone(), octets));
            }
        }
    }
    if bodies.is_empty() {
        // A form, or nothing at all.
        return vec![parts.body.clone()];
    }
    bodies.truncate(MAX_LIVES);
    bodies.into_iter().map(Some).collect()
}
