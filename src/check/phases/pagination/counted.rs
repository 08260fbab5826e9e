//! Numbers that say how many entries a list has: in a read beside it, `/products/stats`, and in the objects that its
//! entries belong to, `ticket_count` of a project.

use serde_json::{Map, Value};

use super::{Read, is_fixed};
use crate::check::attempt::Attempt;
use crate::check::dispatch::{self, listing};
use crate::check::phases::members::place;
use crate::check::session::Session;
use crate::check::steps;
use crate::config::state::member;
use crate::contract::schema::Field;
use crate::contract::{Direction, Location, Operation, Parameter, parameter};
use crate::judge::sequence::told;
use crate::resources::members::counts;
use crate::resources::{Collection, CollectionId, Entry, counted_at, is_total, names};

/// Words by which a document says that a number is that of a list.
const NUMBERS: [&str; 2] = ["how many", "number of"];
/// Words by which it says that a number counts some of them only, or is not exact.
const SOME: [&str; 12] = [
    "open",
    "active",
    "visible",
    "approved",
    "unread",
    "published",
    "public",
    "pending",
    "approx",
    "estimate",
    "cache",
    "recent",
];
/// Objects whose numbers are looked at.
const MOST: usize = 3;

/// Compares the numbers that a read beside the list tells with its entries.
pub(super) async fn beside(session: &mut Session<'_>, read: &Read<'_>) {
    let path = read.list.path().trim_end_matches('/');
    let is_beside =
        |other: &&Operation| other.method == http::Method::GET && counted_at(other.path()) == Some(path);
    let Some(other) = session.contract.operations.iter().find(is_beside) else { return };
    let Some(other) = session.operation(Some(other.index)).filter(|o| session.recorder.has_succeeded(o))
    else {
        return;
    };
    let answers = other.responses.iter().map(|response| response.description.as_str());
    let prose = [other.summary.as_str(), other.description.as_str()].into_iter().chain(answers);
    let prose = prose.collect::<Vec<_>>().join(" ").to_lowercase();
    let is_told =
        NUMBERS.iter().any(|words| prose.contains(words)) || prose.contains(&read.list.id.to_lowercase());
    if !is_told || SOME.iter().any(|word| prose.contains(word)) || !read.whole.is_complete {
        return;
    }
    let Some(parts) = steps::plain_parts(session, other).await else { return };
    let Some(turn) = dispatch::turn(session, other, &parts, Attempt::plain(other)).await else { return };
    let Some(Value::Object(numbers)) = turn.sound(other) else { return };
    // A list that others change meanwhile proves nothing.
    let again = listing::walk(session, read.list, read.collection, read.listing, read.parts, None).await;
    if again.is_none_or(|(again, _)| again.len() != read.whole.len()) {
        return;
    }
    for (name, number, wanted) in expected(&numbers, read) {
        if session.recorder.say(other, &turn, told::number(other, (&name, number), (&read.list.id, wanted))) {
            return;
        }
    }
}

/// Each number with what it should be: of all entries, and of those with a value of a member: `byStatus`.
fn expected(numbers: &Map<String, Value>, read: &Read<'_>) -> Vec<(String, u64, usize)> {
    let mut found = Vec::new();
    for (name, value) in numbers {
        if let Some(number) = value.as_u64().filter(|_| is_total(name)) {
            found.push((name.clone(), number, read.whole.len()));
        }
        let words = names::words(name);
        let Some(("by", of)) = words.split_first().map(|(by, of)| (by.as_str(), of)) else { continue };
        let is_it = |known: &&String| names::letters(known) == of.concat();
        let (Some(of), Some(each)) = (read.listing.fields.keys().find(is_it), value.as_object()) else {
            continue;
        };
        for (choice, number) in each.iter().filter_map(|(choice, number)| Some((choice, number.as_u64()?))) {
            let has_it =
                |entry: &&Value| member(entry, of).is_some_and(|held| parameter::text(held) == *choice);
            found.push((format!("{name}/{choice}"), number, read.entries().filter(has_it).count()));
        }
    }
    found
}

/// Compares what entries say of the number of objects that belong to them with the list of those.
pub(super) async fn inside(session: &mut Session<'_>, index: CollectionId, read: &Read<'_>) {
    let Some(retrieve) = session.operation(read.collection.retrieve) else { return };
    let resources = session.resources;
    for (_, below) in resources.each() {
        let Some(list) = below.list.as_ref().and_then(|list| session.operation(Some(list.operation))) else {
            continue;
        };
        let is_number = |(name, field): &(&String, &Field)| field.kinds.integer && counts(name, below.word());
        let Some(name) = read.listing.fields.iter().find(is_number).map(|(name, _)| name.clone()) else {
            continue;
        };
        let prose = prose(retrieve, &name);
        if SOME.iter().any(|word| prose.contains(word)) || !session.recorder.has_succeeded(list) {
            continue;
        }
        let is_some = |entry: &&Value| entry.get(&name).and_then(Value::as_u64) > Some(0);
        let entries: Vec<Value> = read.entries().filter(is_some).take(MOST).cloned().collect();
        for entry in entries {
            let entry = Entry { key: None, value: &entry };
            let id = session.pool.id(index, entry, read.collection);
            let above = read.list.template.names().iter();
            let above = above.filter_map(|name| read.parts.get(Location::Path, name).cloned());
            let values: Vec<Value> = above.chain(id).collect();
            if one(session, (index, retrieve, &name), (below, list), &values).await.is_none() {
                break;
            }
        }
    }
}

/// What the document says of a member of the object that a read gives, in small letters.
fn prose(retrieve: &Operation, name: &str) -> String {
    let contents = retrieve.successes().into_iter().flat_map(|response| &response.content);
    let Some(schema) = contents.into_iter().find_map(|content| content.schema.as_deref()) else {
        return String::new();
    };
    let outer = schema.fields(Direction::Response, &[]).into_keys();
    let said: Vec<String> = outer.map(|outer| schema.prose(&[&outer, name])).collect();
    format!("{} {}", schema.prose(&[name]), said.join(" ")).to_lowercase()
}

/// One object and the list of what belongs to it; `None` where there is no more to see.
async fn one(
    session: &mut Session<'_>,
    (index, retrieve, name): (CollectionId, &Operation, &str),
    (below, list): (&Collection, &Operation),
    values: &[Value],
) -> Option<()> {
    let parts = if below.parent == Some(index) {
        session.addressed(list, values)?
    } else {
        let is_owner = |known: &&Parameter| session.resources.reference(&known.name) == Some(index);
        let filter = list.parameters_in(Location::Query).find(is_owner)?;
        let is_free = list.template.names().is_empty() && !is_fixed(session, &filter.name);
        let mut parts = steps::plain_parts(session, list).await.filter(|_| is_free)?;
        parts.set(Location::Query, &filter.name, values.last()?.clone());
        parts
    };
    let (walked, _) = listing::walk(session, list, below, below.list.as_ref()?, &parts, None).await?;
    let address = session.addressed(retrieve, values)?;
    let turn = dispatch::turn(session, retrieve, &address, Attempt::made_up(retrieve)).await?;
    let shown = turn.sound(retrieve).filter(|_| walked.is_complete)?;
    let owner = session.collection(index)?;
    let number = shown.pointer(&place(&shown, owner).unwrap_or_default())?.get(name)?.as_u64()?;
    let seen = told::number(retrieve, (name, number), (&list.id, walked.len()));
    (!session.recorder.say(retrieve, &turn, seen)).then_some(())
}
