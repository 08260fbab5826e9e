//! Walks along the pages of a list, and what its parameters leave out.

use crate::rules::Rule;
use std::collections::HashSet;

use serde_json::{Value, json};
use url::Url;

use super::{Ask, Turn, name_of};
use crate::check::execute::Runner;
use crate::check::plan::MAX_PAGES;
use crate::config::state::member;
use crate::contract::{Location, Operation, parameter};
use crate::exchange::Request;
use crate::generate::request::Parts;
use crate::judge::exchange::{Intent, Valid};
use crate::judge::sequence::page::{self, Walk};
use crate::resources::{Collection, Identity, Keeps, Listing};

/// Rules that a list of fewer than two entries gives no occasion for.
const NEED_ENTRIES: [Rule; 5] =
    [Rule::PageLimit, Rule::PageOffset, Rule::PageOverlap, Rule::FilterIgnored, Rule::SortIgnored];
/// Values that one filter is tried with at most.
const MAX_VALUES: usize = 4;

impl<'r> Runner<'r> {
    pub(super) async fn pages(&mut self, index: usize) {
        let Some(collection) = self.collection(index) else { return };
        let Some(listing) = &collection.list else { return };
        let Some(list) = self.operation(Some(listing.operation)).filter(|list| self.succeeded(list)) else {
            return;
        };
        let Some(parts) = self.plain_parts(list).await else { return };
        let Some((whole, first)) = self.walk(list, collection, listing, &parts, None).await else { return };
        let identity = identity(&[&whole], collection);
        if identity.is_none() {
            let why = "some entries of a page are alike in everything";
            self.untested(list, &[Rule::PageOffset, Rule::PageOverlap], why);
        }
        let entries: Vec<Value> = whole.entries().cloned().collect();
        // Where the page does not move, links lead in circles, which is no finding of its own.
        let moves = !self.moved_pages(list, listing, &parts, &entries, identity.as_ref()).await;
        if moves && !self.say(list, &first, page::walk(list, &whole, None, identity.as_ref())) {
            if let Some(at) = &listing.pages.count {
                self.say(list, &first, page::count(list, at, &whole));
            }
            self.small_pages(list, collection, listing, &parts, &whole).await;
        }
        match entries.as_slice() {
            [] => self.untested(list, &NEED_ENTRIES, "the list is empty"),
            [_] => self.untested(list, &NEED_ENTRIES, "the list holds one entry"),
            _ => {}
        }
        self.filters(list, listing, &parts, &entries).await;
        self.searches(list, listing, &parts, &entries).await;
        self.sorts(list, listing, &parts).await;
    }

    /// Pages of a limit: never longer than it, and together the whole list.
    async fn small_pages(
        &mut self,
        list: &'r Operation,
        collection: &'r Collection,
        listing: &'r Listing,
        parts: &Parts,
        whole: &Walk,
    ) {
        let Some(parameter) = &listing.pages.limit else { return };
        if whole.len() < 2 {
            return;
        }
        let limit = if whole.len() > 2 { 2 } else { 1 };
        let mut small = parts.clone();
        small.set(Location::Query, parameter, json!(limit));
        let Some((walked, turn)) = self.walk(list, collection, listing, &small, None).await else { return };
        let longest = walked.pages.iter().map(Vec::len).max().unwrap_or(0);
        let broken = page::limit(list, parameter, limit, longest);
        if self.say(list, &turn, broken) || listing.pages.next.is_none() {
            return;
        }
        // A list that others change under our eyes proves nothing.
        let Some((again, _)) = self.walk(list, collection, listing, parts, None).await else { return };
        let identity = identity(&[whole, &walked, &again], collection);
        let is_calm = identity.as_ref().is_some_and(|identity| {
            let name = |entry| identity.name(entry);
            again.entries().map(name).eq(whole.entries().map(name))
        });
        let seen = page::walk(list, &walked, is_calm.then_some(whole), identity.as_ref());
        self.say(list, &turn, seen);
    }

    /// An offset, or a page's number, moves the page.
    async fn moved_pages(
        &mut self,
        list: &'r Operation,
        listing: &'r Listing,
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
            moved.set(Location::Query, limit, json!(1));
        }
        moved.set(Location::Query, parameter, value);
        let Some(turn) = self.turn(list, &moved, Ask::made_up(list)).await else { return false };
        let Some(got) = entries(list, listing, &turn) else { return false };
        let still = page::offset(list, parameter, whole, &got, |entry| identity.name(entry));
        self.say(list, &turn, still)
    }

    async fn filters(&mut self, list: &'r Operation, listing: &'r Listing, parts: &Parts, whole: &[Value]) {
        for filter in &listing.filters {
            if self.is_fixed(&filter.parameter) {
                continue;
            }
            for (value, also) in tries(&filter.keeps, whole) {
                let mut asked = parts.clone();
                let kinds = list.parameter(Location::Query, &filter.parameter).and_then(|p| p.value_schema());
                let typed =
                    kinds.map_or_else(|| Value::from(value.as_str()), |s| s.shape().kinds.read(&value));
                asked.set(Location::Query, &filter.parameter, typed);
                for (name, value) in &also {
                    asked.set(Location::Query, name, Value::from(value.as_str()));
                }
                let Some(turn) = self.turn(list, &asked, Ask::made_up(list)).await else { continue };
                let Some(got) = entries(list, listing, &turn) else { continue };
                let other = |name: &str| also.iter().find(|(known, _)| known == name).map(|(_, v)| v.clone());
                if self.say(list, &turn, page::filter(list, filter, &value, &got, &other)) {
                    return;
                }
            }
        }
    }

    async fn searches(&mut self, list: &'r Operation, listing: &'r Listing, parts: &Parts, whole: &[Value]) {
        let Some((parameter, members)) = &listing.search else { return };
        if whole.is_empty() || self.is_fixed(parameter) {
            return;
        }
        let mut asked = parts.clone();
        asked.set(Location::Query, parameter, json!("zq-counterpart-finds-nothing"));
        let Some(turn) = self.turn(list, &asked, Ask::made_up(list)).await else { return };
        if let Some(got) = entries(list, listing, &turn) {
            self.say(list, &turn, page::search(list, parameter, !members.is_empty(), whole.len(), got.len()));
        }
    }

    async fn sorts(&mut self, list: &'r Operation, listing: &'r Listing, parts: &Parts) {
        let Some((parameter, values)) = &listing.sort else { return };
        for value in values.iter().take(MAX_VALUES) {
            let mut asked = parts.clone();
            asked.set(Location::Query, parameter, Value::from(value.as_str()));
            let Some(turn) = self.turn(list, &asked, Ask::plain(list)).await else { continue };
            if let Some(got) = entries(list, listing, &turn)
                && self.say(list, &turn, page::sort(list, parameter, value, &got))
            {
                return;
            }
        }
    }

    fn is_fixed(&self, parameter: &str) -> bool {
        self.settings.params.contains_key(parameter)
    }

    /// Follows the links of a list to its end, or until an entry is met. `None` where the first
    /// page is no sound answer.
    pub(in crate::check) async fn walk(
        &mut self,
        list: &'r Operation,
        collection: &'r Collection,
        listing: &'r Listing,
        parts: &Parts,
        until: Option<&str>,
    ) -> Option<(Walk, Turn)> {
        let name = name_of(collection);
        let first = self.turn(list, parts, Ask::made_up(list)).await?;
        let mut turn = first.clone();
        let mut walk = Walk::default();
        let mut visited: HashSet<String> = HashSet::from([turn.exchange.request.target()]);
        loop {
            let Some(body) = turn.sound(list) else {
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
                self.linked(list, at, link, &turn).await;
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
            let Some(next) = self.linked(list, at, &link, &turn).await else {
                return Some((walk, first));
            };
            if !visited.insert(next.exchange.request.target()) {
                walk.loops = true;
                return Some((walk, first));
            }
            turn = next;
        }
    }

    /// Follows a link between pages; tells where it leads nowhere.
    async fn linked(&mut self, list: &'r Operation, at: &str, link: &str, from: &Turn) -> Option<Turn> {
        let request = match self.follow(&from.exchange.request, link) {
            Ok(request) => request,
            Err(what) => {
                self.say(list, from, page::link(list, at, link, what));
                return None;
            }
        };
        let is_own =
            self.contract.find(&request.path).is_some_and(|found| found.operations.contains(&list.index));
        let ask = Ask { intent: Intent::Valid(Valid::MadeUp), ..Ask::plain(list) };
        let turn = self.send_as(list, request, ask, is_own).await?;
        if !is_own || matches!(turn.status(), 400 | 404 | 410 | 422) {
            let what = if is_own { "cannot be followed" } else { "leads to another path" };
            self.say(list, &turn, page::link(list, at, link, what));
            return None;
        }
        if turn.is_success() {
            self.held(list, Rule::PageLink);
        }
        Some(turn)
    }

    /// The request that a link asks for, seen from the request that brought it (RFC 3986 §5). The
    /// target is the only one that is ever asked.
    pub(in crate::check) fn follow(&self, from: &Request, link: &str) -> Result<Request, &'static str> {
        let base = self.target.base();
        let here = Url::parse(&format!("{base}{}", from.target())).map_err(|_| "cannot be read")?;
        let there = here.join(link).map_err(|_| "cannot be read")?;
        if there.host_str() != here.host_str() {
            return Err("leads to another host");
        }
        if there.port_or_known_default() != here.port_or_known_default() && there.scheme() == here.scheme() {
            return Err("leads to another port");
        }
        let prefix =
            Url::parse(base).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        let path = there.path().strip_prefix(&prefix).ok_or("leads out of the address of the API")?;
        let mut request = Request::new(from.method.clone(), path);
        http::Method::GET.clone_into(&mut request.method);
        request.query = there.query().map(str::to_owned);
        Ok(request)
    }
}

/// Whether a page without a link may be followed by others all the same: it tells of more, or it is long
/// and either can be cut or has a round number of entries. Not every document tells how its pages are cut.
fn is_cut(listing: &Listing, walk: &Walk) -> bool {
    let pages = &listing.pages;
    let can_be =
        pages.limit.is_some() || pages.offset.is_some() || pages.page.is_some() || pages.cursor.is_some();
    let is_long = walk.len() >= 10 && (can_be || walk.len().is_multiple_of(5));
    walk.count.map_or(is_long, |count| count > walk.len() as u64)
}

/// What tells the entries of walks along one list apart.
fn identity(walks: &[&Walk], collection: &Collection) -> Option<Identity> {
    let pages: Vec<&[Value]> = walks.iter().flat_map(|walk| &walk.pages).map(Vec::as_slice).collect();
    Identity::of(&pages, &collection.parameter)
}

/// The entries of an answer.
fn entries(list: &Operation, listing: &Listing, turn: &Turn) -> Option<Vec<Value>> {
    turn.sound(list)?.pointer(&listing.entries)?.as_array().cloned()
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
