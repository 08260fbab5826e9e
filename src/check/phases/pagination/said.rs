//! What the document says of a list in words: its usual order, what a search finds, and that a mark that is none is refused.

use serde_json::{Value, json};

use super::{Read, is_fixed};
use crate::check::evidence::Evidence;
use crate::check::phases::members::answer_schema;
use crate::check::phases::sorting::{self, entries};
use crate::check::session::Session;
use crate::config::state::member;
use crate::contract::{Direction, Location, Parameter};
use crate::document::pointer;
use crate::judge::Evaluation;
use crate::judge::sequence::page::{self, Walk};
use crate::judge::sequence::{observe, told};
use crate::resources::Order;
use crate::rules::Rule;

/// Words by which a document says that only some texts are taken.
const REFUSED: [&str; 4] = ["400", "422", "refused", "invalid"];
/// Words by which it says that letter case does not matter.
const ANY_CASE: [&str; 6] = [
    "case aside",
    "case-insensitive",
    "case insensitive",
    "ignoring case",
    "case is ignored",
    "regardless of case",
];
/// A mark that no page has.
const NO_MARK: &str = "no-such-mark";
/// Letters of a text that is searched for, at least.
const LONG: usize = 4;

/// The plain list is in the order that the document names.
pub(super) fn order(session: &mut Session<'_>, read: &Read<'_>, first: &Evidence) {
    let Some(said) = &read.listing.said_order else { return };
    let order = Order::of(said);
    let keys: Vec<Value> = read.entries().filter_map(|entry| member(entry, order.member).cloned()).collect();
    if keys.len() != read.whole.len() || session.recorder.has_seen(Rule::PageOverlap, read.list) {
        return;
    }
    let what = format!("the document says that the list is in the order of {:?}", order.member);
    session.recorder.say(read.list, first, told::in_order(read.list, &what, (order, false), &keys));
}

/// A total that the document calls that of all pages counts the entries of one. Returns whether that is so.
pub(super) fn total_of_page(
    session: &mut Session<'_>,
    read: &Read<'_>,
    (limit, walked): (usize, &Walk),
    turn: &Evidence,
) -> bool {
    let Some((total, at)) = super::total(read, turn) else { return false };
    let names: Vec<String> = pointer::tokens(&at).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let prose =
        answer_schema(read.list).map(|schema| schema.prose(&names)).unwrap_or_default().to_lowercase();
    let is_told = ["all pages", "in all", "overall"].iter().any(|words| prose.contains(words));
    let is_short = read.whole.len() > limit && total == walked.len() as u64;
    let counts = is_told && is_short && at.starts_with('/');
    counts && session.recorder.say(read.list, turn, page::totals(read.list, &at, walked, read.whole.len()))
}

/// The mark of a page that was never given is refused, where the document says so.
pub(super) async fn no_mark(session: &mut Session<'_>, read: &Read<'_>) {
    let Some(parameter) = read.listing.pages.cursor.as_ref().filter(|name| !is_fixed(session, name)) else {
        return;
    };
    let Some(described) = read.list.parameter(Location::Query, parameter) else { return };
    let prose = described.prose();
    let mark = json!(NO_MARK);
    let is_allowed =
        described.value_schema().is_none_or(|s| s.is_valid(Direction::Request, &mark) == Ok(true));
    let is_told = REFUSED.iter().any(|word| prose.contains(word));
    let documents = read.list.documents(400) || read.list.documents(422);
    if !(is_told && documents && is_allowed) || read.whole.is_empty() {
        return;
    }
    let mut asked = read.parts.clone();
    asked.set(Location::Query, parameter, mark);
    let Some(turn) = sorting::ask(session, read.list, &asked).await else {
        session.recorder.held(read.list, Rule::InvalidAccepted);
        return;
    };
    let message = format!("a {parameter} that no page has was accepted");
    let seen = observe(Rule::InvalidAccepted, read.list, message)
        .because("a refusal, as the document says", turn.status().to_string())
        .of_status()
        .warning();
    session.recorder.say(read.list, &turn, Evaluation::of(Rule::InvalidAccepted, Some(seen)));
}

/// A search finds an entry by a word of it, where it is known which member is searched; in any letter case, where the
/// document says that it does not matter.
pub(super) async fn search(session: &mut Session<'_>, read: &Read<'_>) {
    let Some((parameter, members)) = &read.listing.search else { return };
    let Some(described) =
        read.list.parameter(Location::Query, parameter).filter(|_| !is_fixed(session, parameter))
    else {
        return;
    };
    if session.recorder.has_seen(Rule::FilterIgnored, read.list) || !read.whole.is_complete {
        return;
    }
    let prose = described.prose();
    let Some((entry, word)) = wanted(read, members, &prose, described) else { return };
    let any_case = ANY_CASE.iter().any(|words| prose.contains(words));
    let mut texts = vec![word.clone()];
    if any_case {
        let turned = if word.to_lowercase() == word { word.to_uppercase() } else { word.to_lowercase() };
        texts.push(turned);
    }
    for text in texts {
        let mut asked = read.parts.clone();
        asked.set(Location::Query, parameter, json!(text));
        let Some(turn) = sorting::ask(session, read.list, &asked).await else { return };
        let Some(got) = entries(read.list, read.listing, &turn) else { return };
        // The entry may be on a later page.
        let is_there = read
            .identity
            .as_ref()
            .is_some_and(|identity| got.iter().any(|found| identity.name(found) == identity.name(&entry)));
        let (what, found) = (format!("{parameter}={text}"), (is_there || !got.is_empty(), got.len()));
        if session.recorder.say(read.list, &turn, told::search(read.list, &what, &entry, found)) {
            return;
        }
    }
}

/// An entry and a word of it that the parameter takes: of the members that are known to be searched, or that the
/// document names beside a word for containing.
fn wanted(
    read: &Read<'_>,
    members: &[String],
    prose: &str,
    described: &Parameter,
) -> Option<(Value, String)> {
    let is_named = |name: &&String| {
        let words: Vec<&str> = prose.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        words.contains(&name.to_lowercase().as_str())
            && ["contain", "search", "match"].iter().any(|w| prose.contains(w))
    };
    let named = members.first().or_else(|| read.listing.fields.keys().find(is_named))?;
    let takes = |word: &str| {
        let schema = described.value_schema();
        schema.is_none_or(|schema| schema.is_valid(Direction::Request, &json!(word)) == Ok(true))
    };
    read.entries().find_map(|entry| {
        let text = member(entry, named)?.as_str()?;
        let is_word =
            |word: &&str| word.len() >= LONG && word.chars().all(|c| c.is_ascii_alphabetic()) && takes(word);
        let word = text.split_whitespace().find(is_word)?;
        Some((entry.clone(), word.to_owned()))
    })
}
