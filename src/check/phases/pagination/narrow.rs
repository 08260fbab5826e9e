//! The query parameters of a list that leave entries out: each value by itself, two parameters together, bounds that an
//! entry just meets, and on the pages behind the first.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Read, is_cut_wrongly, is_fixed, may_be_empty};
use crate::check::dispatch::{listing, listing::beside};
use crate::check::evidence::Evidence;
use crate::check::phases::sorting::{self, entries};
use crate::check::session::Session;
use crate::config::state::member;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, Parameter};
use crate::judge::sequence::narrow;
use crate::judge::sequence::page::{self, Walk};
use crate::resources::{Meaning, ordering};
use crate::rules::Rule;

/// Values that one parameter is tried with at most.
const MAX_VALUES: usize = 8;
/// Values that are taken from entries, where the document lists none.
const MAX_SEEN: usize = 2;
/// Parameters of which the pages behind the first are looked at.
const MAX_WALKS: usize = 3;
/// Pairs of parameters that are tried for one list.
const MAX_PAIRS: usize = 4;

/// A parameter, what it asks for, and the part of its value that does where that is an object.
#[derive(Debug, Clone)]
struct Narrowing<'o> {
    parameter: &'o Parameter,
    part: Option<String>,
    meaning: Meaning,
}

impl Narrowing<'_> {
    fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{}[{part}]", self.parameter.name),
            None => self.parameter.name.clone(),
        }
    }

    /// The value as it is sent; `None` where the document forbids it.
    fn sent(&self, value: &Value) -> Option<Value> {
        let sent = match &self.part {
            Some(part) => json!({ part: value }),
            None => value.clone(),
        };
        let is_allowed = self
            .parameter
            .value_schema()
            .is_none_or(|schema| schema.is_valid(Direction::Request, &sent) == Ok(true));
        is_allowed.then_some(sent)
    }
}

/// Asks with each of them.
pub(super) async fn run(session: &mut Session<'_>, read: &Read<'_>) {
    let narrowings = narrowings(session, read);
    let mut good: Vec<(&Narrowing<'_>, Value)> = Vec::new();
    for narrowing in &narrowings {
        let mut is_good = true;
        for value in values(narrowing, read) {
            is_good &= ask(session, read, &[(narrowing, &value)]).await;
            if !is_good {
                break;
            }
            good.push((narrowing, value));
        }
    }
    pairs(session, read, &good).await;
    if is_paged_wrongly(session, read) {
        return;
    }
    let mut walked: BTreeSet<String> = BTreeSet::new();
    for (narrowing, value) in &good {
        if walked.len() < MAX_WALKS
            && !walked.contains(&narrowing.name())
            && pages(session, read, narrowing, value).await
        {
            walked.insert(narrowing.name());
        }
    }
}

/// What the parameters of a list ask for, but those that the user fixed.
fn narrowings<'o>(session: &Session<'_>, read: &Read<'o>) -> Vec<Narrowing<'o>> {
    let known = read.listing.narrowings.iter().filter(|known| !is_fixed(session, &known.parameter));
    let found = known.filter_map(|known| {
        let parameter = read.list.parameter(Location::Query, &known.parameter)?;
        Some(Narrowing { parameter, part: known.part.clone(), meaning: known.meaning.clone() })
    });
    found.collect()
}

/// Values to ask with: all that the document lists, else some that entries hold.
fn values(narrowing: &Narrowing<'_>, read: &Read<'_>) -> Vec<Value> {
    let held: Vec<&Value> = read
        .entries()
        .filter_map(|entry| member(entry, narrowing.meaning.member()))
        .filter(|v| !v.is_null())
        .collect();
    let mut distinct: Vec<Value> = Vec::new();
    for value in held.into_iter().filter(|value| value.is_string() || value.is_number()) {
        if !distinct.contains(value) {
            distinct.push(value.clone());
        }
    }
    let found = match &narrowing.meaning {
        Meaning::Equal(_) => {
            let view = narrowing.parameter.value_schema().map(|schema| View::of(schema, Direction::Request));
            let kinds = view.as_ref().map(View::kinds).unwrap_or_default();
            let listed: Vec<Value> =
                view.iter().flat_map(View::choices).filter(|v| !v.is_null()).cloned().collect();
            if kinds.boolean && !kinds.string {
                vec![json!(true), json!(false)]
            } else if listed.is_empty() {
                distinct.truncate(MAX_SEEN);
                distinct
            } else {
                listed
            }
        }
        Meaning::Among(_) => match distinct.as_slice() {
            [one, .., other] => vec![json!([one, other])],
            _ => Vec::new(),
        },
        Meaning::Every(name) => two_of(read, name).into_iter().collect(),
        Meaning::AtLeast(..) | Meaning::AtMost(..) => {
            distinct.sort_by(|one, other| ordering(one, other).unwrap_or(std::cmp::Ordering::Equal));
            let middle = distinct.get(distinct.len() / 2);
            middle.into_iter().map(|value| eased(value, &narrowing.meaning)).collect()
        }
    };
    found.into_iter().filter(|value| narrowing.sent(value).is_some()).take(MAX_VALUES).collect()
}

/// A bound that an entry just meets. A fraction that a server works out is shown rounded, so it is met by a little more.
fn eased(value: &Value, meaning: &Meaning) -> Value {
    let Some(number) = value.as_f64().filter(|number| number.fract() != 0.0) else { return value.clone() };
    let by = (number.abs() / 1_000.0).max(0.001);
    let bound = if matches!(meaning, Meaning::AtLeast(..)) { number - by } else { number + by };
    json!((bound * 1e6).round() / 1e6)
}

/// Two values that one entry has together, and another entry only one of them.
fn two_of(read: &Read<'_>, name: &str) -> Option<Value> {
    let lists: Vec<&Vec<Value>> =
        read.entries().filter_map(|entry| member(entry, name)?.as_array()).collect();
    let pairs = lists.iter().flat_map(|list| list.windows(2));
    let has_one = |pair: &[Value]| {
        lists.iter().any(|list| pair.iter().filter(|value| list.contains(value)).count() == 1)
    };
    pairs.into_iter().find(|pair| has_one(pair)).map(|pair| json!(pair))
}

/// Asks with some of them together; returns whether nothing was found.
async fn ask(session: &mut Session<'_>, read: &Read<'_>, asked: &[(&Narrowing<'_>, &Value)]) -> bool {
    let mut parts = read.parts.clone();
    for (narrowing, value) in asked {
        let Some(sent) = narrowing.sent(value) else { return true };
        parts.set(Location::Query, &narrowing.parameter.name, sent);
    }
    let Some(turn) = sorting::ask(session, read.list, &parts).await else {
        return true;
    };
    let Some(got) = entries(read.list, read.listing, &turn) else { return true };
    let told: Vec<(&Meaning, String, &Value)> =
        asked.iter().map(|(n, value)| (&n.meaning, n.name(), *value)).collect();
    let told: Vec<(&Meaning, &str, &Value)> =
        told.iter().map(|(m, name, value)| (*m, name.as_str(), *value)).collect();
    let excludes =
        |entry: &Value| told.iter().any(|(meaning, _, value)| meaning.keeps(entry, value) == Some(false));
    if got.iter().all(excludes) && !may_be_empty(session, read.list, read.listing, &turn) {
        return true;
    }
    if session.recorder.say(read.list, &turn, narrow::left_in(read.list, &told, &got)) {
        return false;
    }
    if !is_all(read, &got) || is_paged_wrongly(session, read) {
        return true;
    }
    if let Some(identity) = read.identity.as_ref().filter(|_| read.whole.is_complete) {
        let whole: Vec<Value> = read.entries().cloned().collect();
        let missing = narrow::left_out(read.list, &told, (&whole, &got), &|entry| identity.name(entry));
        if session.recorder.say(read.list, &turn, missing) {
            return false;
        }
    }
    !miscounted(session, read, &turn, &got)
}

/// If pages are cut or counted wrongly, what a filter leaves on them is not a new finding.
fn is_paged_wrongly(session: &Session<'_>, read: &Read<'_>) -> bool {
    let counts = [Rule::PageLimit, Rule::PageCount];
    is_cut_wrongly(session, read.list)
        || counts.iter().any(|rule| session.recorder.has_seen(*rule, read.list))
}

/// Whether a page holds all that was asked for: it is shorter than the first page of the whole list.
fn is_all(read: &Read<'_>, got: &[Value]) -> bool {
    read.whole.pages.len() < 2 || got.len() < read.whole.pages.first().map_or(0, Vec::len)
}

/// Whether the total beside the entries is not their number.
fn miscounted(session: &mut Session<'_>, read: &Read<'_>, turn: &Evidence, got: &[Value]) -> bool {
    let Some(answer) = turn.exchange.response() else { return false };
    let Some(body) = turn.sound(read.list) else { return false };
    let Some((total, at)) = beside::total(read.listing, answer, &body) else { return false };
    let walked = Walk { pages: vec![got.to_vec()], totals: vec![Some(total)], ..Walk::default() };
    session.recorder.say(read.list, turn, page::totals(read.list, &at, &walked, got.len()).warned())
}

/// Two parameters together: both hold. Tried where an entry meets both, and another one only one of them.
async fn pairs(session: &mut Session<'_>, read: &Read<'_>, good: &[(&Narrowing<'_>, Value)]) {
    let mut tried: BTreeSet<(String, String)> = BTreeSet::new();
    for (place, (one, first)) in good.iter().enumerate() {
        for (other, second) in good.iter().skip(place + 1) {
            let names = (one.parameter.name.clone(), other.parameter.name.clone());
            if names.0 == names.1 || tried.contains(&names) {
                continue;
            }
            let meets = |entry: &Value| (one.meaning.keeps(entry, first), other.meaning.keeps(entry, second));
            let both = read.entries().any(|entry| meets(entry) == (Some(true), Some(true)));
            let only_first = read.entries().any(|entry| meets(entry) == (Some(true), Some(false)));
            let only_second = read.entries().any(|entry| meets(entry) == (Some(false), Some(true)));
            if !both || !only_first || !only_second {
                continue;
            }
            if tried.len() >= MAX_PAIRS || !ask(session, read, &[(*one, first), (*other, second)]).await {
                return;
            }
            tried.insert(names);
        }
    }
}

/// The filter holds on the pages behind the first, too. Returns whether there were any.
async fn pages(session: &mut Session<'_>, read: &Read<'_>, narrowing: &Narrowing<'_>, value: &Value) -> bool {
    let Some(limit) = &read.listing.pages.limit else { return true };
    let meets = |entry: &&Value| narrowing.meaning.keeps(entry, value) == Some(true);
    let fits = read.entries().filter(meets).count();
    let (Some(sent), true) = (narrowing.sent(value), fits > 1 && fits < read.whole.len()) else {
        return false;
    };
    let mut parts = read.parts.clone();
    parts.set(Location::Query, limit, json!(fits - 1));
    parts.set(Location::Query, &narrowing.parameter.name, sent);
    let walked = listing::walk(session, read.list, read.collection, read.listing, &parts, None).await;
    let Some((walked, turn)) = walked else { return true };
    let got: Vec<Value> = walked.entries().cloned().collect();
    let name = narrowing.name();
    let asked = [(&narrowing.meaning, name.as_str(), value)];
    if session.recorder.say(read.list, &turn, narrow::left_in(read.list, &asked, &got)) {
        return true;
    }
    if let Some(identity) = read
        .identity
        .as_ref()
        .filter(|_| read.whole.is_complete && walked.is_complete && walked.pages.len() > 1)
    {
        let whole: Vec<Value> = read.entries().cloned().collect();
        let missing = narrow::left_out(read.list, &asked, (&whole, &got), &|entry| identity.name(entry));
        session.recorder.say(read.list, &turn, missing);
    }
    true
}

/// A search and a filter together: neither makes the other one be ignored.
pub(super) async fn with_search(session: &mut Session<'_>, read: &Read<'_>, parameter: &str, nonsense: &str) {
    let narrowings = narrowings(session, read);
    let equal = narrowings.iter().find(|n| matches!(n.meaning, Meaning::Equal(_)));
    let Some((narrowing, value)) = equal.and_then(|n| Some((n, values(n, read).into_iter().next()?))) else {
        return;
    };
    let Some(sent) = narrowing.sent(&value) else { return };
    let mut parts = read.parts.clone();
    parts.set(Location::Query, parameter, json!(nonsense));
    parts.set(Location::Query, &narrowing.parameter.name, sent);
    let Some(turn) = sorting::ask(session, read.list, &parts).await else {
        return;
    };
    if let Some(got) = entries(read.list, read.listing, &turn) {
        let together = format!("{parameter} with {}", narrowing.name());
        let whole = got.len().max(1);
        session.recorder.say(read.list, &turn, page::search(read.list, &together, false, whole, got.len()));
    }
}
