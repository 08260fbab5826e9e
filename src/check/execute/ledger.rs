//! What a run owes: every object that an accepted request may have made, whatever the request was for.
//!
//! An object is this run's own only if it was shown not to exist before: it carries a text of this
//! run's, a whole list before did not have it, it stands below an object of this run's own, or it was
//! asked for and was not there. Only such an object is ever changed or deleted. Whatever else may have
//! been made is told as a leftover.

mod proof;

use std::time::{Duration, Instant};

use serde_json::Value;

use super::adapt::smallest;
use super::objects::path_values;
use super::{Event, Runner};
use crate::check::chain::Ask;
use crate::check::plan;
use crate::contract::{Location, Operation, parameter};
use crate::exchange::Exchange;
use crate::generate::request::{Parts, build};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::kind::{Kind, clones};
use crate::resources::{self, Collection};

/// The reason for leaving out an operation that is none of those that the run is about.
pub const ONLY: &str = "--only";
/// Lists that are read for one collection because an answer told no id.
const MAX_SEARCHES: usize = 3;
/// Lists that are read once more when a run ends.
const MAX_LISTS: usize = 100;
/// The answer to a query that holds fewer entries than this is taken for all of them.
const SHORT: usize = 10;
/// How often a clean-up that meets 429 is tried again.
const MAX_WAITS: usize = 5;
/// The longest that one `Retry-After` is waited for.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// Something that this run may have made.
#[derive(Debug, Clone)]
pub(in crate::check) struct Owed {
    /// Its collection, where it is known.
    collection: Option<usize>,
    /// The values of its path's parameters, the id last; empty where no id is known.
    values: Vec<Value>,
    /// Its path, where it is known.
    path: Option<String>,
    /// Its address, else the request that made it.
    told: String,
    /// Whether it was shown not to have existed before.
    is_own: bool,
    /// Whether a request that removes it succeeded.
    is_gone: bool,
}

/// An accepted request that may have made something, until it is found out what.
pub(super) struct Unsettled {
    operation: usize,
    exchange: Exchange,
}

/// All that a run owes.
#[derive(Default)]
pub(in crate::check) struct Ledger {
    owed: Vec<Owed>,
    unsettled: Vec<Unsettled>,
    searches: std::collections::HashMap<usize, usize>,
    /// Changes whose answers give an object another id, until it is found out whether it has one.
    renamed: Vec<proof::Renamed>,
    /// Collections, each with whether the ids that creates answer lead to what they made.
    addressed: std::collections::HashMap<usize, bool>,
    /// Paths at which nothing was, so that what a request makes there is this run's own.
    pub absent: std::collections::HashSet<String>,
    /// Settings that could not be put back, each with both values.
    pub altered: Vec<String>,
}

impl Ledger {
    /// What is left: addresses, or request lines.
    pub fn leftovers(&self) -> Vec<String> {
        let mut known = std::collections::HashSet::new();
        let left = self.owed.iter().filter(|owed| !owed.is_gone);
        // An address is told once; a request line as often as it was sent.
        let left = left.filter(|owed| owed.path.is_none() || known.insert(&owed.told));
        let told: Vec<String> = left.map(|owed| owed.told.clone()).collect();
        told.into_iter().chain(self.altered.iter().cloned()).collect()
    }
}

impl<'r> Runner<'r> {
    /// Notes a request that may have made something.
    pub(super) fn may_have_made(&mut self, operation: &Operation, exchange: &Exchange) {
        let Some(judged) = self.resources.kind(operation.index) else { return };
        let status = exchange.status().unwrap_or(0);
        let makes = match judged.kind {
            Kind::Create => true,
            Kind::Query => false,
            Kind::Own | Kind::Action | Kind::Setting => {
                operation.method != http::Method::DELETE
                    && (status == 201
                        || clones(operation)
                        || self.resources.answers_item_of(operation.index).is_some())
            }
        };
        if makes {
            // Until it is found out what was made, the request stands for it.
            let line = self.line_of(exchange);
            (self.on_event)(Event::Made { address: &line });
            self.ledger.unsettled.push(Unsettled { operation: operation.index, exchange: exchange.clone() });
        }
    }

    /// The line of a request that has made something, as it is told.
    fn line_of(&self, exchange: &Exchange) -> String {
        format!("{} {}", exchange.request.method, self.address(&exchange.request.path))
    }

    /// Reads the list of what is about to be created into, once, so that it can be told later what was
    /// there before.
    pub(in crate::check) async fn take_stock(&mut self, operation: &'r Operation, parts: &Parts) {
        let Some(index) = self.resources.created_by(operation.index) else { return };
        let Some(collection) = self.collection(index) else { return };
        let parents = parents_of(collection, operation, parts);
        // What stands below an object of this run's own needs no such proof.
        let is_below_own = self.is_below_own(operation, &Self::path_values(operation, parts));
        if is_below_own
            || self.pool.has_stock(index, &parents)
            || !self.looked_into.insert((index, text(&parents)))
        {
            return;
        }
        if let Some((entries, is_complete)) = Box::pin(self.entries(index, &parents)).await {
            let id = |entry: &Value| self.pool.id(index, entry, &collection.parameter).cloned();
            // What holds a text of this run's was made on the way.
            let others = entries.iter().filter(|entry| !entry.to_string().contains(&self.options.name));
            let ids = others.filter_map(id).filter(|id| resources::is_safe_id(&parameter::text(id)));
            let ids: Vec<Value> = ids.collect();
            self.pool.list(index, &parents, ids);
            if is_complete {
                self.pool.complete_stock(index, &parents);
            }
        }
    }

    /// The entries of a collection below these parents, and whether they are all; by GET, else by a query.
    /// What they show is not taken for what was there before.
    async fn entries(&mut self, index: usize, parents: &[Value]) -> Option<(Vec<Value>, bool)> {
        let collection = self.collection(index)?;
        if let Some(list) = &collection.list {
            let operation = self.operation(Some(list.operation))?;
            let address = self.addressed(operation, parents)?;
            self.is_searching = true;
            let walked = Box::pin(self.walk(operation, collection, list, &address, None)).await;
            self.is_searching = false;
            let (walk, _) = walked?;
            return Some((walk.entries().cloned().collect(), walk.is_complete));
        }
        let (query, at) = collection.finder.as_ref()?;
        let operation = self.operation(Some(*query))?;
        let mut parts = self.addressed(operation, parents)?;
        let planned = plan::base(self.contract, self.resources, self.settings, operation)?.body;
        parts.body = planned.as_ref().and_then(|planned| smallest(operation, planned)).or(planned);
        let request = build(operation, &parts).ok()?;
        let ask = Ask { intent: Intent::Valid(Valid::MadeUp), ..Ask::plain(operation) };
        let turn = Box::pin(self.send_as(operation, request, ask, false)).await?;
        let body: Value = serde_json::from_slice(&turn.exchange.response()?.body).ok()?;
        let entries = body.pointer(at)?.as_array().filter(|_| turn.is_success())?.clone();
        let is_complete = entries.len() < SHORT;
        Some((entries, is_complete))
    }

    /// Whether one of the objects that a path names is this run's own.
    fn is_below_own(&self, operation: &Operation, values: &[Value]) -> bool {
        operation.template.names().iter().enumerate().any(|(at, name)| {
            let collection = self.resources.of_parameter(operation.index, name);
            collection
                .is_some_and(|index| values.get(..=at).is_some_and(|values| self.pool.is_own(index, values)))
        })
    }

    /// Finds out what accepted requests have made.
    pub(in crate::check) async fn settle_made(&mut self) {
        while let Some(made) = self.ledger.unsettled.pop() {
            let line = self.line_of(&made.exchange);
            Box::pin(self.settle_one(made)).await;
            let is_owed = self.ledger.owed.iter().any(|owed| owed.told == line && !owed.is_gone);
            if !is_owed {
                (self.on_event)(Event::Removed { address: &line });
            }
        }
        for renamed in std::mem::take(&mut self.ledger.renamed) {
            Box::pin(self.follow_rename(renamed)).await;
        }
    }

    /// What a request made at its own path (a PUT under a name that was made up), or nobody knows where.
    fn settle_place(&mut self, operation: &Operation, exchange: &Exchange, line: String, is_below_own: bool) {
        let path = exchange.request.path.trim_end_matches('/').to_owned();
        if operation.method != http::Method::PUT {
            // It goes with the object of this run's own that it stands below.
            if !is_below_own {
                self.owe(None, Vec::new(), line, false);
            }
            return;
        }
        let is_own = is_below_own || self.ledger.absent.contains(&path);
        let told = self.address(&path);
        let is_known = self.ledger.owed.iter().any(|owed| owed.told == told && !owed.is_gone);
        if !is_known {
            (self.on_event)(Event::Made { address: &told });
            self.ledger.owed.push(Owed {
                collection: None,
                values: path_values(operation, &path),
                path: Some(path),
                told,
                is_own,
                is_gone: false,
            });
        }
    }

    /// Adds to what is owed; an object of this run's own may be used from now on.
    fn owe(&mut self, collection: Option<usize>, values: Vec<Value>, line: String, is_own: bool) {
        let is_safe = values.last().is_some_and(|id| resources::is_safe_id(&parameter::text(id)));
        let known = collection.and_then(|index| self.collection(index)).filter(|_| is_safe);
        let path = known.and_then(|collection| collection.item_path(&values));
        let told = path.as_ref().map_or(line, |path| self.address(path));
        (self.on_event)(Event::Made { address: &told });
        if let (true, Some(index), true) = (is_own, collection, path.is_some()) {
            self.pool.add_own(index, values.clone());
        }
        self.ledger.owed.push(Owed { collection, values, path, told, is_own, is_gone: false });
    }

    /// Notes that what stood at a path, and all below it, is there no longer.
    pub(in crate::check) fn removed(&mut self, path: &str) {
        let below = format!("{path}/");
        let base = self.address("");
        let mut gone = Vec::new();
        for owed in &mut self.ledger.owed {
            let is_there = match &owed.path {
                Some(at) => at == path || at.starts_with(&below),
                // What has no address of its own goes with what its request was sent to.
                None => owed.told.split_once(base.as_str()).is_some_and(|(_, at)| at.starts_with(&below)),
            };
            if is_there && !owed.is_gone {
                owed.is_gone = true;
                gone.push(owed.clone());
            }
        }
        for owed in &gone {
            (self.on_event)(Event::Removed { address: &owed.told });
        }
        let collections = &self.resources.collections;
        self.pool.forget(|index, values| {
            let at = collections.get(index).and_then(|collection| collection.item_path(values));
            at.is_some_and(|at| at == path || at.starts_with(&below))
        });
    }

    /// Takes away what this run made, the last first, since it may lie within what came before: by
    /// DELETE, else by hiding it. What stays is a leftover.
    pub(in crate::check) async fn tidy(&mut self) {
        self.begin_to_tidy();
        self.settle_made().await;
        self.put_back().await;
        self.take_all_away().await;
        if self.has_written && !self.is_harmed() {
            self.search_the_rest().await;
            self.take_all_away().await;
        }
        self.look_again().await;
    }

    async fn take_all_away(&mut self) {
        for owed in self.ledger.owed.clone().into_iter().rev() {
            let is_there = self.ledger.owed.iter().any(|known| known.told == owed.told && !known.is_gone);
            if owed.is_own && is_there {
                self.take_away(&owed).await;
            }
        }
    }

    /// What was made without a trace, or on the way, is looked for in every list that was read before.
    async fn search_the_rest(&mut self) {
        let mut places = self.pool.stocks();
        for owed in self.ledger.owed.iter().filter(|owed| !owed.is_gone) {
            let top = owed.collection.filter(|index| self.collection(*index).is_some_and(|c| c.depth() == 0));
            places.extend(
                top.filter(|index| !places.iter().any(|(known, _)| known == index))
                    .map(|index| (index, Vec::new())),
            );
        }
        for (index, parents) in places.into_iter().take(MAX_LISTS) {
            if !self.may_send().await {
                return;
            }
            let mut found = self.search(index, &parents).await;
            for owed in &mut self.ledger.owed {
                if owed.collection == Some(index) && owed.path.is_none() && !owed.is_gone && found > 0 {
                    owed.is_gone = true;
                    found -= 1;
                }
            }
        }
    }

    async fn take_away(&mut self, owed: &Owed) {
        let Some(path) = &owed.path else { return };
        let collection = owed.collection.and_then(|index| self.collection(index));
        let destroy = match collection {
            Some(collection) => self.cleaner(collection.destroy),
            None => self.contract.operations.iter().find(|operation| {
                operation.method == http::Method::DELETE
                    && self
                        .contract
                        .find(path)
                        .is_some_and(|found| found.operations.contains(&operation.index))
            }),
        };
        let destroy = destroy.filter(|operation| !resources::is_refusal(operation));
        if let Some(destroy) = destroy {
            let Some(parts) = self.addressed(destroy, &owed.values) else { return };
            let Ok(request) = build(destroy, &parts) else { return };
            for _ in 0..MAX_WAITS {
                let turn = self.send_as(destroy, request.clone(), Ask::plain(destroy), false).await;
                let Some(turn) = turn else { return };
                match turn.exchange.status() {
                    Some(429) => {}
                    Some(404 | 410) => return self.removed(path),
                    Some(500..) | None if !self.is_harmed() => {}
                    _ => return,
                }
                if !self.wait(retry_after(&turn.exchange).unwrap_or(Duration::from_secs(1))).await {
                    return;
                }
            }
        } else if let Some(collection) = collection
            && let Some(soft) = &collection.soft_delete
            && let Some(update) = self.cleaner(collection.update.or(collection.replace))
            && let Some(parts) =
                self.with_body(update, &owed.values, &serde_json::json!({ &soft.member: true }))
            && let Ok(request) = build(update, &parts)
        {
            let turn = self.send_as(update, request, Ask::made_up(update), false).await;
            if turn.is_some_and(|turn| turn.is_success()) {
                self.removed(path);
            }
        }
    }

    /// An operation for removing what was made. That a run is about others leaves it its duty to clean up;
    /// what the user forbids stays forbidden.
    fn cleaner(&self, index: Option<usize>) -> Option<&'r Operation> {
        let operation = self.contract.operations.get(index?)?;
        let reason = self.settings.skipped.get(&operation.index);
        reason.is_none_or(|reason| reason == ONLY).then_some(operation)
    }

    /// Waits within what is left of the time for clean-up; `false` where that is not enough.
    async fn wait(&mut self, pause: Duration) -> bool {
        if pause > MAX_WAIT || self.tidy_until().is_some_and(|until| Instant::now() + pause > until) {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }

    /// A DELETE that succeeds need not remove: one object of each collection is asked for again, and all
    /// of them where that one is still there.
    async fn look_again(&mut self) {
        let mut collections: Vec<usize> =
            self.ledger.owed.iter().filter(|owed| owed.is_gone).filter_map(|owed| owed.collection).collect();
        collections.sort_unstable();
        collections.dedup();
        for index in collections {
            let Some(collection) = self.collection(index) else { continue };
            let deletes = self.cleaner(collection.destroy).is_some_and(|o| !resources::is_refusal(o));
            let Some(retrieve) = self.cleaner(collection.retrieve).filter(|_| deletes) else { continue };
            for at in 0..self.ledger.owed.len() {
                let Some(owed) = self.ledger.owed.get(at).cloned() else { break };
                if owed.collection != Some(index) || !owed.is_gone || owed.path.is_none() {
                    continue;
                }
                let Some(parts) = self.addressed(retrieve, &owed.values) else { break };
                let Ok(request) = build(retrieve, &parts) else { break };
                let Some(turn) = self.send_as(retrieve, request, Ask::plain(retrieve), false).await else {
                    break;
                };
                if !turn.is_success() {
                    break;
                }
                if let Some(owed) = self.ledger.owed.get_mut(at) {
                    owed.is_gone = false;
                }
            }
        }
    }
}

/// How long a `Retry-After` in seconds asks to wait (RFC 9110 §10.2.3).
pub(in crate::check) fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let value = exchange.response()?.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

fn text(values: &[Value]) -> Vec<String> {
    values.iter().map(parameter::text).collect()
}

/// The values of the parents that a create names in its path.
fn parents_of(collection: &Collection, operation: &Operation, parts: &Parts) -> Vec<Value> {
    let value = |name: &String| {
        let found = parts.parameters.iter().find(|(l, n, _)| *l == Location::Path && n == name);
        found.map(|(_, _, value)| value.clone())
    };
    operation.template.names().iter().take(collection.depth()).filter_map(value).collect()
}
