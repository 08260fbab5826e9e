//! Reads all pages of a list.

pub(in crate::check) mod beside;

use std::collections::HashSet;

use http::header::COOKIE;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::plan::MAX_PAGES;
use crate::check::session::Session;
use crate::contract::{Location, Operation, parameter};
use crate::exchange::{Request, cookie};
use crate::generate::request::Parts;
use crate::judge::sequence::page::{self, Walk};
use crate::resources::{Collection, Listing, Neighbour, id_of, id_within};
use crate::rules::Rule;
use beside::Lead;

/// Follows the links and marks of a list to its end, or until an entry is found; where the document has none, the
/// pages are asked for by their numbers. `None` if the first page is not a valid answer.
pub(in crate::check) async fn walk(
    session: &mut Session<'_>,
    list: &Operation,
    collection: &Collection,
    listing: &Listing,
    parts: &Parts,
    until: Option<&str>,
) -> Option<(Walk, Evidence)> {
    let name = name_of(collection);
    let limit = listing.pages.limit.as_ref().and_then(|limit| parts.get(Location::Query, limit)?.as_u64());
    let first = dispatch::turn(session, list, parts, Attempt::made_up(list)).await?;
    let mut turn = first.clone();
    let mut walk = Walk::default();
    let mut visited: HashSet<String> = HashSet::from([turn.exchange.request.target()]);
    let mut is_numbered = false;
    let mut unlinked: Option<String> = None;
    loop {
        // What this run made is there, whatever else is wrong with the list.
        let body = if session.ledger.is_searching { turn.shown() } else { turn.sound(list) };
        let (Some(body), Some(answer)) = (body, turn.exchange.response().cloned()) else {
            return (!walk.pages.is_empty()).then_some((walk, first));
        };
        let page = body.pointer(&listing.entries)?.as_array()?.clone();
        let total = beside::total(listing, &answer, &body).map(|(total, _)| total);
        if walk.pages.is_empty() {
            walk.count = total;
        }
        let is_met = until.is_some_and(|wanted| page.iter().any(|entry| name(entry) == wanted));
        if is_numbered && (page.is_empty() || walk.pages.contains(&page)) {
            // The one before was the last. Where the page does not move, nobody knows what is beyond it.
            walk.is_complete = page.is_empty();
            return Some((walk, first));
        }
        if let Some(at) = unlinked.take() {
            // The server itself says that there are more, and has them.
            let seen =
                page::link(list, &at, "", "to the next page is missing, though there are more entries");
            session.recorder.say(list, &first, seen.warned());
        }
        walk.pages.push(page);
        walk.totals.push(total);
        if walk.pages.len() == 2 && !is_numbered {
            previous(session, (list, listing), &walk, &turn, &body).await;
        }
        let lead = beside::lead(listing, Neighbour::Next, &answer, &body);
        let is_last = walk.pages.len() >= MAX_PAGES;
        let next = match lead {
            Lead::Untold | Lead::Nothing(_) => {
                let is_told = matches!(&lead, Lead::Nothing(at) if at.starts_with('/'));
                walk.is_complete = (is_told && !is_numbered) || !is_cut(listing, &walk, limit);
                let numbered =
                    (!walk.is_complete && !is_met && !is_last).then(|| by_number(listing, parts, &walk));
                let Some(numbered) = numbered.flatten() else { return Some((walk, first)) };
                if let (Lead::Nothing(at), false) = (lead, is_numbered) {
                    unlinked = walk.count.map(|_| at);
                }
                is_numbered = true;
                dispatch::turn(session, list, &numbered, Attempt::made_up(list)).await
            }
            _ if is_met || is_last => return Some((walk, first)),
            Lead::Link(at, link) => linked(session, list, &at, &link, &turn).await,
            Lead::Mark(_, mark) => {
                let mut marked = parts.clone();
                marked.set(Location::Query, listing.pages.cursor.as_deref()?, mark);
                dispatch::turn(session, list, &marked, Attempt::made_up(list)).await
            }
        };
        let Some(next) = next else { return Some((walk, first)) };
        if !visited.insert(next.exchange.request.target()) {
            walk.loops = true;
            return Some((walk, first));
        }
        turn = next;
    }
}

/// The request for the page behind those of a walk, by its number or by the entries before it.
fn by_number(listing: &Listing, parts: &Parts, walk: &Walk) -> Option<Parts> {
    let pages = &listing.pages;
    let (parameter, number) = match (&pages.offset, &pages.page) {
        (Some(offset), _) => (offset, walk.len()),
        (None, Some(page)) => (page, pages.first + walk.pages.len()),
        (None, None) => return None,
    };
    // Where the caller has chosen a page, it means that one.
    parts.get(Location::Query, parameter).is_none().then(|| {
        let mut parts = parts.clone();
        parts.set(Location::Query, parameter, json!(number));
        parts
    })
}

/// The second page leads back to the first.
async fn previous(
    session: &mut Session<'_>,
    (list, listing): (&Operation, &Listing),
    walk: &Walk,
    turn: &Evidence,
    body: &Value,
) {
    let Some(answer) = turn.exchange.response() else { return };
    // That is the first page again.
    if walk.pages.first() == walk.pages.last() {
        return;
    }
    let (at, link) = match beside::lead(listing, Neighbour::Previous, answer, body) {
        Lead::Link(at, link) => (at, link),
        // A page that has a number has one before it.
        Lead::Nothing(at) if listing.pages.move_by_parameter() => {
            let seen = page::link(list, &at, "", "to the page before is missing on the second page");
            session.recorder.say(list, turn, seen.warned());
            return;
        }
        _ => return,
    };
    let Some(back) = linked(session, list, &at, &link, turn).await else { return };
    let before = back.sound(list);
    let before = before.as_ref().and_then(|body| body.pointer(&listing.entries)?.as_array());
    let is_other = before.zip(walk.pages.first()).is_some_and(|(before, first)| before != first);
    if is_other && listing.pages.move_by_parameter() {
        let seen = page::link(list, &at, &link, "does not lead back to the page before");
        session.recorder.say(list, &back, seen.warned());
    }
}

/// Follows a link between pages; says why if it cannot be followed.
async fn linked(
    session: &mut Session<'_>,
    list: &Operation,
    at: &str,
    link: &str,
    from: &Evidence,
) -> Option<Evidence> {
    let request = match follow(session, &from.exchange.request, link) {
        Ok(request) => alike(list, request, &from.exchange.request),
        Err(what) => {
            session.recorder.say(list, from, page::link(list, at, link, what));
            return None;
        }
    };
    let is_own =
        session.contract.find(&request.path).is_some_and(|found| found.operations.contains(&list.index));
    let turn = dispatch::send_as(session, list, request, Attempt::made_up(list), is_own).await?;
    if !is_own || matches!(turn.status(), 400 | 404 | 410 | 422) {
        let what = if is_own { "cannot be followed" } else { "points to another path" };
        session.recorder.say(list, &turn, page::link(list, at, link, what));
        return None;
    }
    if turn.is_success() {
        session.recorder.held(list, Rule::PageLink);
    }
    Some(turn)
}

/// A request with the header fields and cookies of the one before it that are parameters of the operation: a link names
/// neither.
fn alike(list: &Operation, mut request: Request, from: &Request) -> Request {
    for parameter in &list.parameters {
        match parameter.location {
            Location::Header => {
                if let Ok(name) = HeaderName::from_bytes(parameter.name.as_bytes())
                    && let Some(value) = from.headers.get(&name)
                {
                    request.headers.insert(name, value.clone());
                }
            }
            Location::Cookie => {
                let value = cookie(&from.headers, &parameter.name);
                let line = value.map(|value| format!("{}={value}", parameter.name));
                if let Some(Ok(line)) = line.as_deref().map(HeaderValue::from_str) {
                    request.headers.append(COOKIE, line);
                }
            }
            Location::Query | Location::Path => {}
        }
    }
    request
}

/// The request that a link asks for, relative to the request that returned it (RFC 3986 §5). The
/// target is the only one that is ever asked.
pub(in crate::check) fn follow(
    session: &Session<'_>,
    from: &Request,
    link: &str,
) -> Result<Request, &'static str> {
    let base = session.sender.base();
    let here = Url::parse(&format!("{base}{}", from.target())).map_err(|_| "cannot be read")?;
    let there = here.join(link).map_err(|_| "cannot be read")?;
    if there.host_str() != here.host_str() {
        return Err("points to another host");
    }
    if there.port_or_known_default() != here.port_or_known_default() && there.scheme() == here.scheme() {
        return Err("points to another port");
    }
    let prefix = Url::parse(base).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
    let path = there.path().strip_prefix(&prefix).ok_or("points outside the address of the API")?;
    let mut request = Request::new(from.method.clone(), path);
    http::Method::GET.clone_into(&mut request.method);
    request.query = there.query().map(str::to_owned);
    Ok(request)
}

/// Whether a page without a link may be followed by others anyway: it says that there are more, or it is long
/// and either can be cut or has a round number of entries. Not every document says how its pages are split.
fn is_cut(listing: &Listing, walk: &Walk, limit: Option<u64>) -> bool {
    let pages = &listing.pages;
    let can_be =
        pages.limit.is_some() || pages.offset.is_some() || pages.page.is_some() || pages.cursor.is_some();
    // A page that is not full is the last one.
    let is_full = pages.size.is_none_or(|size| walk.pages.last().map_or(0, Vec::len) >= size);
    let is_long = is_full && walk.len() >= 10 && (can_be || walk.len().is_multiple_of(5));
    let is_limited =
        limit.is_some_and(|limit| walk.pages.last().is_some_and(|page| page.len() as u64 >= limit));
    walk.count.map_or(is_long || is_limited, |count| count > walk.len() as u64)
}

/// How an entry of a list is distinguished from the others: by its id, else by all of it.
pub(in crate::check) fn name_of(collection: &Collection) -> impl Fn(&Value) -> String {
    let parameter = collection.parameter.clone();
    move |entry| {
        let id = id_of(entry, &parameter).or_else(|| id_within(entry, &parameter));
        id.map_or_else(|| entry.to_string(), parameter::text)
    }
}

#[cfg(test)]
mod tests;
