//! What an answer says of its page beside the entries: the limit, how many pages there are, the total in two places, and
//! that no page follows the last one.

use serde_json::{Value, json};

use super::{Read, is_fixed};
use crate::check::dispatch::listing::beside::{Lead, lead};
use crate::check::evidence::Evidence;
use crate::check::phases::members::answer_schema;
use crate::check::phases::sorting;
use crate::check::session::Session;
use crate::contract::{Direction, Location};
use crate::document::pointer;
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::resources::{Neighbour, Tells};
use crate::rules::Rule;

/// Entries that a list needs before its numbers say something.
const FEW: usize = 2;

/// Asks for a page that all entries just fill, and looks at it and at the first page.
pub(super) async fn run(session: &mut Session<'_>, read: &Read<'_>, first: &Evidence) {
    // An empty page at the end of a walk that does not end is behind all of them.
    let is_all = read.whole.is_complete || read.whole.pages.last().is_some_and(Vec::is_empty);
    if !is_all || read.whole.len() < FEW || consistent(session, read, first, None) {
        return;
    }
    let Some(limit) = read.listing.pages.limit.as_ref().filter(|name| !is_fixed(session, name)) else {
        return;
    };
    let size = json!(read.whole.len());
    let schema = read.list.parameter(Location::Query, limit).and_then(|p| p.value_schema());
    if schema.is_some_and(|schema| schema.is_valid(Direction::Request, &size) != Ok(true)) {
        return;
    }
    let mut parts = read.parts.clone();
    parts.set(Location::Query, limit, size);
    let Some(turn) = sorting::ask(session, read.list, &parts).await else { return };
    if consistent(session, read, &turn, Some((limit, read.whole.len() as u64))) {
        return;
    }
    let (Some(answer), Some(body)) = (turn.exchange.response(), turn.sound(read.list)) else { return };
    let held = body.pointer(&read.listing.entries).and_then(Value::as_array).map_or(0, Vec::len);
    let (at, to) = match lead(read.listing, Neighbour::Next, answer, &body) {
        Lead::Link(at, to) => (at, to),
        Lead::Mark(at, mark) => (at, mark.to_string()),
        Lead::Untold | Lead::Nothing(_) => return,
    };
    if held == read.whole.len() && says_none_behind_the_last(read, &at) {
        let message =
            "a page that holds all entries leads to a next one, and the document says that the last has none";
        let seen = observe(Rule::PageLink, read.list, message).because("no next page", to).warning();
        session.recorder.say(read.list, &turn, Evaluation::of(Rule::PageLink, Some(seen)));
    }
}

/// Whether the document says of what leads to the next page that the last one has none.
fn says_none_behind_the_last(read: &Read<'_>, at: &str) -> bool {
    let names: Vec<String> = pointer::tokens(at).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let prose = answer_schema(read.list).filter(|_| at.starts_with('/')).map(|schema| schema.prose(&names));
    let prose = prose.unwrap_or_default().to_lowercase();
    prose.contains("last") && ["null", "absent", "missing", "empty"].iter().any(|word| prose.contains(word))
}

/// Compares the numbers of one answer with each other, and with the limit that was asked for; returns whether one is
/// wrong.
pub(super) fn consistent(
    session: &mut Session<'_>,
    read: &Read<'_>,
    turn: &Evidence,
    asked: Option<(&str, u64)>,
) -> bool {
    let (Some(answer), Some(body)) = (turn.exchange.response(), turn.sound(read.list)) else { return false };
    let pages = &read.listing.pages;
    let told = |tells: Tells| {
        let mut members = pages.members.iter().filter(|member| member.tells == tells);
        members.find_map(|member| Some((member.at.clone(), body.pointer(&member.at)?.as_u64()?)))
    };
    let by_header = pages.headers.iter().filter(|header| header.tells == Tells::Total).find_map(|header| {
        let value = answer.headers.get(header.at.as_str())?.to_str().ok()?;
        Some((header.at.clone(), value.trim().parse::<u64>().ok()?))
    });
    let (limit, total) = (told(Tells::Limit), told(Tells::Total));
    let wrong = |what: &str, wanted: u64, got: u64| {
        observe(Rule::PageCount, read.list, what.to_owned())
            .because(wanted.to_string(), got.to_string())
            .warning()
    };
    let mut found = Vec::new();
    if let (Some((at, limit)), Some((name, asked))) = (&limit, asked)
        && *limit != asked
    {
        found.push(wrong(&format!("{at:?} is not the {name} that was asked for"), asked, *limit));
    }
    if let (Some((at, count)), Some((_, total)), Some((_, limit))) = (told(Tells::PageCount), &total, &limit)
        && *limit > 0
        && count != total.div_ceil(*limit)
        && *total > 0
    {
        found.push(wrong(&format!("{at:?} is not the number of pages"), total.div_ceil(*limit), count));
    }
    if let (Some((at, total)), Some((name, header))) = (&total, &by_header)
        && total != header
    {
        found.push(wrong(&format!("the header {name} tells another total than {at:?}"), *total, *header));
    }
    let Some(first) = found.into_iter().next() else { return false };
    session.recorder.say(read.list, turn, Evaluation::of(Rule::PageCount, Some(first)))
}
