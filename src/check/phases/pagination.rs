//! Phase: the pages of a list, and the parameters that filter and sort it.

mod counted;
mod narrow;
mod numbered;
mod numbers;
mod said;

use serde_json::{Value, json};

use crate::check::attempt::Attempt;
use crate::check::dispatch::{self, listing, listing::beside};
use crate::check::evidence::Evidence;
use crate::check::phases::members::answer_schema;
use crate::check::phases::sorting::{self, entries};
use crate::check::session::Session;
use crate::check::steps;
use crate::config::state::member;
use crate::contract::{Direction, Location, Operation, parameter};
use crate::generate::request::Parts;
use crate::judge::sequence::page::{self, Walk};
use crate::resources::{Collection, CollectionId, Identity, Keeps, Listing};
use crate::rules::Rule;

/// Rules that a list of fewer than two entries gives no occasion for.
const NEED_ENTRIES: [Rule; 5] =
    [Rule::PageLimit, Rule::PageOffset, Rule::PageOverlap, Rule::FilterIgnored, Rule::SortIgnored];
/// Values that one filter, and the order, is tried with at most.
const MAX_VALUES: usize = 12;
/// Parents that are looked at for a list with two entries.
const MAX_PARENTS: usize = 6;
/// What nothing holds.
const NONSENSE: &str = "zq-counterpart-finds-nothing";

/// Walks along the pages of a collection's list, and asks what its filters and orders leave out.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: CollectionId) {
    let Some(collection) = session.collection(index) else { return };
    let Some(listing) = &collection.list else { return };
    let Some(list) =
        session.operation(Some(listing.operation)).filter(|list| session.recorder.has_succeeded(list))
    else {
        return;
    };
    let Some(parts) = steps::plain_parts(session, list).await else { return };
    let Some((parts, whole, first)) = richest(session, list, collection, listing, parts).await else {
        return;
    };
    let identity = identity(&[&whole], collection);
    if identity.is_none() {
        let why = "some entries of a page are identical";
        session.recorder.untested(list, &[Rule::PageOffset, Rule::PageOverlap], why);
    }
    let entries: Vec<Value> = whole.entries().cloned().collect();
    // Where the page does not move, links lead in circles, which is not a finding of its own.
    let mut is_sound = !moved_pages(session, list, listing, &parts, &entries, identity.as_ref()).await;
    let read = Read { list, collection, listing, parts: &parts, whole: &whole, identity };
    if is_sound && !session.recorder.say(list, &first, page::walk(list, &whole, None, read.identity.as_ref()))
    {
        if let Some((_, at)) = total(&read, &first) {
            is_sound &= !session.recorder.say(list, &first, page::count(list, &at, &whole));
        }
        is_sound &= !usual_length(session, &read, &first);
        if small_pages(session, &read, is_sound).await && is_sound {
            numbered::run(session, &read).await;
        }
    }
    match entries.as_slice() {
        [] => session.recorder.untested(list, &NEED_ENTRIES, "the list is empty"),
        [_] => session.recorder.untested(list, &NEED_ENTRIES, "the list has only one entry"),
        _ => {}
    }
    let is_cut_wrongly = is_cut_wrongly(session, list);
    if !is_cut_wrongly {
        said::order(session, &read, &first);
    }
    said::no_mark(session, &read).await;
    filters(session, list, listing, &parts, &entries).await;
    if entries.len() > 1 && !session.recorder.has_seen(Rule::FilterIgnored, list) {
        narrow::run(session, &read).await;
    }
    searches(session, &read).await;
    said::search(session, &read).await;
    if !session.recorder.is_muted(Rule::PageCount) {
        numbers::run(session, &read, &first).await;
        counted::beside(session, &read).await;
        counted::inside(session, index, &read).await;
    }
    if !is_cut_wrongly {
        sorting::sorts(session, list, listing, &parts).await;
    }
}

/// Whether pages were seen to be split wrongly: what they leave out or repeat is no finding of its own then.
pub(super) fn is_cut_wrongly(session: &Session<'_>, list: &Operation) -> bool {
    let rules = [Rule::PageOverlap, Rule::PageLink, Rule::PageLoop, Rule::PageOffset];
    rules.iter().any(|rule| session.recorder.has_seen(*rule, list))
}

/// A list as it was read.
struct Read<'r> {
    list: &'r Operation,
    collection: &'r Collection,
    listing: &'r Listing,
    /// The plain request.
    parts: &'r Parts,
    whole: &'r Walk,
    identity: Option<Identity>,
}

impl Read<'_> {
    fn entries(&self) -> impl Iterator<Item = &Value> {
        self.whole.entries()
    }
}

/// The total that the first page tells, and where.
fn total(read: &Read<'_>, first: &Evidence) -> Option<(u64, String)> {
    let body = first.sound(read.list)?;
    beside::total(read.listing, first.exchange.response()?, &body)
}

/// Reads the whole list, below the first of a few parents that has two entries.
async fn richest(
    session: &mut Session<'_>,
    list: &Operation,
    collection: &Collection,
    listing: &Listing,
    parts: Parts,
) -> Option<(Parts, Walk, Evidence)> {
    let (whole, first) = listing::walk(session, list, collection, listing, &parts, None).await?;
    let others = collection.parent.filter(|_| whole.len() < 2).map(|parent| session.pool.listed_of(parent));
    for values in others.unwrap_or_default().into_iter().take(MAX_PARENTS) {
        let Some(other) = session.addressed(list, &values) else { continue };
        let walked = listing::walk(session, list, collection, listing, &other, None).await;
        if let Some((walk, turn)) = walked.filter(|(walk, _)| walk.len() > 1) {
            return Some((other, walk, turn));
        }
    }
    Some((parts, whole, first))
}

/// Without a limit a page is as long as the default of that parameter says.
fn usual_length(session: &mut Session<'_>, read: &Read<'_>, first: &Evidence) -> bool {
    let pages = &read.listing.pages;
    let (Some(limit), Some(size)) = (&pages.limit, pages.size) else { return false };
    let shown = read.whole.pages.first().map_or(0, Vec::len);
    // A default of 0 means no limit.
    if read.parts.get(Location::Query, limit).is_some() || shown == 0 || size == 0 {
        return false;
    }
    session.recorder.say(read.list, first, page::usual_limit(read.list, limit, size, shown))
}

/// The smallest limit from a number on that the document allows: some take only tens.
fn allowed_limit(list: &Operation, parameter: &str, from: usize) -> Option<usize> {
    const TRIED: usize = 100;
    let schema = list.parameter(Location::Query, parameter).and_then(|parameter| parameter.value_schema());
    let is_allowed = |limit: &usize| {
        schema.is_none_or(|schema| schema.is_valid(Direction::Request, &json!(limit)) != Ok(false))
    };
    (from..from + TRIED).find(is_allowed)
}

/// Pages of a limit: never longer than it, and together the whole list. Returns whether nothing was found.
async fn small_pages(session: &mut Session<'_>, read: &Read<'_>, counts: bool) -> bool {
    let Read { list, collection, listing, parts, whole, .. } = *read;
    let Some(parameter) = &listing.pages.limit else { return true };
    let limit = match whole.len() {
        0 | 1 => return true,
        2 => 1,
        3..=10 => 2,
        // Few pages of a long list show the same.
        many => many.div_ceil(5),
    };
    let allowed = allowed_limit(list, parameter, limit).filter(|limit| *limit < whole.len());
    let Some(limit) = allowed else { return true };
    let mut small = parts.clone();
    small.set(Location::Query, parameter, json!(limit));
    let Some((walked, turn)) = listing::walk(session, list, collection, listing, &small, None).await else {
        return true;
    };
    let longest = walked.pages.iter().map(Vec::len).max().unwrap_or(0);
    let broken = page::limit(list, parameter, limit, longest);
    if session.recorder.say(list, &turn, broken) {
        return false;
    }
    if walked.pages.len() < 2 {
        return !said::total_of_page(session, read, (limit, &walked), &turn);
    }
    // A list that others change under our eyes proves nothing.
    let Some((again, _)) = listing::walk(session, list, collection, listing, parts, None).await else {
        return true;
    };
    let identity = identity(&[whole, &walked, &again], collection);
    let is_calm = identity.as_ref().is_some_and(|identity| {
        let name = |entry| identity.name(entry);
        again.entries().map(name).eq(whole.entries().map(name))
    });
    let seen = page::walk(list, &walked, is_calm.then_some(whole), identity.as_ref());
    if session.recorder.say(list, &turn, seen) {
        return false;
    }
    if counts
        && is_calm
        && whole.is_complete
        && let Some((_, at)) = turn
            .sound(list)
            .as_ref()
            .zip(turn.exchange.response())
            .and_then(|(body, answer)| beside::total(listing, answer, body))
    {
        return !session.recorder.say(list, &turn, page::totals(list, &at, &walked, whole.len()));
    }
    true
}

/// An offset, or a page's number, moves the page.
async fn moved_pages(
    session: &mut Session<'_>,
    list: &Operation,
    listing: &Listing,
    parts: &Parts,
    whole: &[Value],
    identity: Option<&Identity>,
) -> bool {
    let Some(identity) = identity else { return false };
    let pages = &listing.pages;
    let second = match (&pages.offset, &pages.page, &pages.limit) {
        (Some(offset), _, _) => Some((offset, json!(1))),
        (None, Some(page), Some(_)) => Some((page, json!(2))),
        _ => None,
    };
    let Some((parameter, value)) = second.filter(|_| whole.len() > 1) else { return false };
    let mut moved = parts.clone();
    if let Some(limit) = &pages.limit {
        let Some(shortest) = allowed_limit(list, limit, 1) else { return false };
        // The second page of a list that fits on one is empty, whatever moves it.
        if shortest >= whole.len() && pages.offset.is_none() {
            return false;
        }
        moved.set(Location::Query, limit, json!(shortest));
    }
    moved.set(Location::Query, parameter, value);
    let Some(turn) = dispatch::turn(session, list, &moved, Attempt::made_up(list)).await else {
        return false;
    };
    let Some(got) = entries(list, listing, &turn) else { return false };
    let still = page::offset(list, parameter, whole, &got, |entry| identity.name(entry));
    session.recorder.say(list, &turn, still)
}

async fn filters(
    session: &mut Session<'_>,
    list: &Operation,
    listing: &Listing,
    parts: &Parts,
    whole: &[Value],
) {
    for filter in &listing.filters {
        let is_plain =
            matches!(&filter.keeps, Keeps::Member(name) if *name == filter.parameter || filter.is_list);
        if is_plain || is_fixed(session, &filter.parameter) {
            continue;
        }
        for (value, also) in tries(&filter.keeps, whole) {
            let mut asked = parts.clone();
            let schema = list.parameter(Location::Query, &filter.parameter).and_then(|p| p.value_schema());
            let typed = schema.map_or_else(|| Value::from(value.as_str()), |s| s.shape().kinds.read(&value));
            // What entries hold need not be what the parameter takes.
            if schema.is_some_and(|schema| schema.is_valid(Direction::Request, &typed) == Ok(false)) {
                continue;
            }
            asked.set(Location::Query, &filter.parameter, typed);
            for (name, value) in &also {
                asked.set(Location::Query, name, Value::from(value.as_str()));
            }
            let Some(turn) = dispatch::turn(session, list, &asked, Attempt::made_up(list)).await else {
                continue;
            };
            let Some(got) = entries(list, listing, &turn) else { continue };
            let other = |name: &str| also.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
            let excludes = |entry: &Value| filter.keeps(entry, &value, &other) == Some(false);
            if got.iter().all(excludes) && !may_be_empty(session, list, listing, &turn) {
                continue;
            }
            if session.recorder.say(list, &turn, page::filter(list, filter, &value, &got, &other)) {
                return;
            }
        }
    }
}

async fn searches(session: &mut Session<'_>, read: &Read<'_>) {
    let Read { list, listing, parts, whole, .. } = *read;
    let Some((parameter, members)) = &listing.search else { return };
    if whole.is_empty() || is_fixed(session, parameter) {
        return;
    }
    // What shows no text may hold some all the same.
    let shows_text = |entry: &Value| match entry {
        Value::Object(members) => members.values().any(|member| !member.is_null()),
        entry => !entry.is_null(),
    };
    if !read.entries().any(shows_text) {
        session.recorder.untested(
            list,
            &[Rule::FilterIgnored],
            "the entries show nothing that could be searched",
        );
        return;
    }
    let mut asked = parts.clone();
    asked.set(Location::Query, parameter, json!(NONSENSE));
    let Some(turn) = dispatch::turn(session, list, &asked, Attempt::made_up(list)).await else { return };
    if !may_be_empty(session, list, listing, &turn) {
        return;
    }
    let Some(got) = entries(list, listing, &turn) else { return };
    let seen = page::search(list, parameter, !members.is_empty(), whole.len(), got.len());
    if !session.recorder.say(list, &turn, seen) && got.is_empty() {
        narrow::with_search(session, read, parameter, NONSENSE).await;
    }
}

/// As [`allows_nothing`]; where not, it is told that nothing can be said of what a filter or a search leaves.
fn may_be_empty(session: &mut Session<'_>, list: &Operation, listing: &Listing, turn: &Evidence) -> bool {
    let may_be = allows_nothing(list, listing, turn);
    if !may_be {
        let why = "the document does not allow an empty list";
        session.recorder.untested(list, &[Rule::FilterIgnored], why);
    }
    may_be
}

/// Whether an answer could be without entries: of two alternatives that an empty list both fits, a schema may
/// allow neither.
fn allows_nothing(list: &Operation, listing: &Listing, turn: &Evidence) -> bool {
    let Some(mut answer) = turn.sound(list) else { return true };
    if let Some(entries) = answer.pointer_mut(&listing.entries) {
        *entries = json!([]);
    }
    answer_schema(list).is_none_or(|schema| schema.is_valid(Direction::Response, &answer) != Ok(false))
}

fn is_fixed(session: &Session<'_>, parameter: &str) -> bool {
    session.settings.params.contains_key(parameter)
}

/// What distinguishes the entries when one list is read several times.
fn identity(walks: &[&Walk], collection: &Collection) -> Option<Identity> {
    let pages: Vec<&[Value]> = walks.iter().flat_map(|walk| &walk.pages).map(Vec::as_slice).collect();
    Identity::of(&pages, &collection.parameter)
}

/// A value and what must be sent with it.
type Try = (String, Vec<(String, String)>);

/// Values for a filter that leave out some of what is there, and one that leaves out everything.
fn tries(keeps: &Keeps, whole: &[Value]) -> Vec<Try> {
    match keeps {
        Keeps::Member(name) => {
            let mut values: Vec<String> = Vec::new();
            for entry in whole {
                if let Some(value @ (Value::String(_) | Value::Number(_))) = member(entry, name) {
                    let text = parameter::text(value);
                    if !values.contains(&text) {
                        values.push(text);
                    }
                }
            }
            let differs = |value: &String| {
                whole.iter().any(|entry| member(entry, name).map(parameter::text).as_ref() != Some(value))
            };
            values.into_iter().filter(differs).take(1).map(|value| (value, Vec::new())).collect()
        }
        Keeps::Choices { only_with, values } => {
            let leaves_out = values.iter().filter(|(_, conditions)| {
                whole.iter().any(|entry| !conditions.hold(entry)) && !conditions.0.is_empty()
            });
            let also: Vec<(String, String)> = only_with.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
            leaves_out.take(MAX_VALUES).map(|(value, _)| (value.clone(), also.clone())).collect()
        }
    }
}

#[cfg(test)]
mod tests;
