//! Reads all pages of a list.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::plan::MAX_PAGES;
use crate::check::session::Session;
use crate::contract::{Operation, parameter};
use crate::exchange::Request;
use crate::generate::request::Parts;
use crate::judge::sequence::page::{self, Walk};
use crate::resources::{Collection, Listing, id_of};
use crate::rules::Rule;

/// Follows the links of a list to its end, or until an entry is found. `None` if the first
/// page is not a valid answer.
pub(in crate::check) async fn walk(
    session: &mut Session<'_>,
    list: &Operation,
    collection: &Collection,
    listing: &Listing,
    parts: &Parts,
    until: Option<&str>,
) -> Option<(Walk, Evidence)> {
    let name = name_of(collection);
    let first = dispatch::turn(session, list, parts, Attempt::made_up(list)).await?;
    let mut turn = first.clone();
    let mut walk = Walk::default();
    let mut visited: HashSet<String> = HashSet::from([turn.exchange.request.target()]);
    loop {
        // What this run made is there, whatever else is wrong with the list.
        let body = if session.ledger.is_searching { turn.shown() } else { turn.sound(list) };
        let Some(body) = body else {
            return (!walk.pages.is_empty()).then_some((walk, first));
        };
        let page = body.pointer(&listing.entries)?.as_array()?.clone();
        if walk.pages.is_empty() {
            walk.count = listing.pages.count.as_ref().and_then(|at| body.pointer(at)?.as_u64());
        }
        let is_met = until.is_some_and(|wanted| page.iter().any(|entry| name(entry) == wanted));
        walk.pages.push(page);
        if walk.pages.len() == 2
            && let Some(at) = &listing.pages.previous
            && let Some(link) = body.pointer(at).and_then(Value::as_str)
        {
            linked(session, list, at, link, &turn).await;
        }
        let link =
            listing.pages.next.as_ref().and_then(|at| Some((at, body.pointer(at)?.as_str()?.to_owned())));
        let Some((at, link)) = link.filter(|(_, link)| !link.is_empty()) else {
            walk.is_complete = listing.pages.next.is_some() || !is_cut(listing, &walk);
            return Some((walk, first));
        };
        if is_met || walk.pages.len() >= MAX_PAGES {
            return Some((walk, first));
        }
        let Some(next) = linked(session, list, at, &link, &turn).await else {
            return Some((walk, first));
        };
        if !visited.insert(next.exchange.request.target()) {
            walk.loops = true;
            return Some((walk, first));
        }
        turn = next;
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
        Ok(request) => request,
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
fn is_cut(listing: &Listing, walk: &Walk) -> bool {
    let pages = &listing.pages;
    let can_be =
        pages.limit.is_some() || pages.offset.is_some() || pages.page.is_some() || pages.cursor.is_some();
    let is_long = walk.len() >= 10 && (can_be || walk.len().is_multiple_of(5));
    walk.count.map_or(is_long, |count| count > walk.len() as u64)
}

/// How an entry of a list is distinguished from the others: by its id, else by all of it.
pub(in crate::check) fn name_of(collection: &Collection) -> impl Fn(&Value) -> String {
    let parameter = collection.parameter.clone();
    move |entry| id_of(entry, &parameter).map_or_else(|| entry.to_string(), parameter::text)
}

#[cfg(test)]
mod tests;
