//! The orders of a list.

use serde_json::Value;

use crate::check::attempt::Attempt;
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::session::Session;
use crate::config::state::member;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, Operation};
use crate::generate::request::{Parts, build};
use crate::judge::sequence::{narrow, page, told};
use crate::resources::{CollectionId, Listing, Order, Sort};
use crate::rules::Rule;

/// Entries of a list that are looked at in order.
const MOST_ENTRIES: u64 = 100;
/// Orders that one list is asked for at most.
const MAX_VALUES: usize = 12;

/// Asks for each order, and compares the one way with the other.
pub(super) async fn sorts(session: &mut Session<'_>, list: &Operation, listing: &Listing, parts: &Parts) {
    let Some(Sort { parameter, values, direction }) = &listing.sort else { return };
    let mut orders: Vec<(&str, Vec<Value>)> = Vec::new();
    for value in values.iter().take(MAX_VALUES) {
        let mut asked = parts.clone();
        if let Some((turn, up)) = direction {
            asked.set(Location::Query, turn, Value::from(up.as_str()));
        }
        asked.set(Location::Query, parameter, Value::from(value.as_str()));
        let Some(turn) = dispatch::turn(session, list, &asked, Attempt::plain(list)).await else { continue };
        let Some(got) = entries(list, listing, &turn) else { continue };
        if session.recorder.say(list, &turn, page::sort(list, parameter, value, &got)) {
            return;
        }
        let order = Order::of(value);
        let keys: Vec<Value> = got.iter().filter_map(|entry| member(entry, order.member).cloned()).collect();
        let is_strict =
            list.parameter(Location::Query, parameter).is_some_and(|p| p.prose().contains("code point"));
        let asked = format!("{parameter}={value}");
        if keys.len() == got.len()
            && session.recorder.say(list, &turn, told::in_order(list, &asked, (order, is_strict), &keys))
        {
            return;
        }
        let is_other = |known: &Order<'_>| known.member == order.member && known.descends != order.descends;
        if let Some((_, others)) = orders.iter().find(|(known, _)| is_other(&Order::of(known)))
            && session.recorder.say(list, &turn, narrow::turned(list, parameter, value, (others, &keys)))
        {
            return;
        }
        orders.push((value, keys));
    }
}

/// The list of what this run has made is in order with all that, too: its objects differ more than others.
pub(super) async fn with_made(session: &mut Session<'_>, made: CollectionId) {
    let Some(list) = session.collection(made).and_then(|known| known.list.as_ref()) else { return };
    let Some(operation) = session.operation(Some(list.operation)) else { return };
    let own = session.pool.first_own(made, &Vec::new());
    if session.recorder.is_muted(Rule::SortIgnored) || session.recorder.has_seen(Rule::SortIgnored, operation)
    {
        return;
    }
    let Some(mut parts) = own.and_then(|own| session.addressed(operation, &own)) else { return };
    if let Some(limit) = &list.pages.limit {
        let schema = operation.parameter(Location::Query, limit).and_then(|p| p.value_schema());
        let most = schema.and_then(|schema| {
            let view = View::of(schema, Direction::Request);
            view.nodes().find_map(|node| node.get("maximum")?.as_u64())
        });
        parts.set(Location::Query, limit, most.map_or(MOST_ENTRIES, |most| most.min(MOST_ENTRIES)).into());
    }
    sorts(session, operation, list, &parts).await;
}

/// The entries of an answer.
pub(super) fn entries(list: &Operation, listing: &Listing, turn: &Evidence) -> Option<Vec<Value>> {
    turn.sound(list)?.pointer(&listing.entries)?.as_array().cloned()
}

/// Sends a request for a list that the server may refuse: what refuses it is found out elsewhere.
pub(super) async fn ask(session: &mut Session<'_>, list: &Operation, parts: &Parts) -> Option<Evidence> {
    let request = build(list, parts).ok()?;
    let ask = Attempt::made_up(list);
    let intent = ask.intent.clone();
    let turn = dispatch::send_as(session, list, request, ask, false).await?;
    if !(400..500).contains(&turn.status()) {
        session.recorder.judge(list, &intent, &turn, None);
    }
    turn.is_success().then_some(turn)
}
