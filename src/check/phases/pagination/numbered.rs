//! Pages that are asked for by their number, or by the entries before them.

use serde_json::{Value, json};

use super::{Read, numbers};
use crate::check::evidence::Evidence;
use crate::check::phases::sorting::{self, entries};
use crate::check::session::Session;
use crate::contract::Location;
use crate::judge::sequence::{observe, page};
use crate::resources::{Neighbour, Tells};
use crate::rules::Rule;

/// How far behind the last entry a page is asked for.
const BEYOND: usize = 1_000;

/// Asks for a page in the middle, and for one beyond the last.
pub(super) async fn run(session: &mut Session<'_>, read: &Read<'_>) {
    let pages = &read.listing.pages;
    let (Some(identity), Some(limit)) = (&read.identity, &pages.limit) else { return };
    let whole: Vec<&Value> = read.entries().collect();
    if whole.len() < 3 {
        return;
    }
    let (parameter, number, skipped) = match (&pages.offset, &pages.page) {
        (Some(offset), _) => (offset, 1, 1),
        (None, Some(page)) => (page, pages.first + 1, 2),
        (None, None) => return,
    };
    let Some(got) = ask(session, read, (parameter, number), Some((limit, 2))).await else { return };
    if numbers::consistent(session, read, &got.1, Some((limit, 2))) {
        return;
    }
    let wanted: Vec<String> = whole.iter().skip(skipped).take(2).map(|entry| identity.name(entry)).collect();
    let found: Vec<String> = got.0.iter().map(|entry| identity.name(entry)).collect();
    if wanted != found {
        // Others may have changed the list under our eyes.
        let again = ask(session, read, (parameter, 0), None).await;
        let is_calm = pages.offset.is_none()
            || again.is_some_and(|(again, _)| {
                let first = read.whole.pages.first();
                first.is_some_and(|first| {
                    again.iter().map(|e| identity.name(e)).eq(first.iter().map(|e| identity.name(e)))
                })
            });
        if is_calm {
            let asked = format!("{parameter}={number} with {limit}=2");
            session.recorder.say(read.list, &got.1, page::elsewhere(read.list, &asked, &wanted, &found));
        }
        return;
    }
    if !read.whole.is_complete {
        return;
    }
    let far = whole.len() + BEYOND;
    let Some((beyond, turn)) = ask(session, read, (parameter, far), None).await else { return };
    if pages.offset.is_none()
        && let (Some((at, one)), Some((_, other))) = (told(read, &got.1), told(read, &turn))
        && one == other
        && one != number as u64
        && one != far as u64
    {
        let message = format!("{at:?} is {one} on the page {number} and on the page {far}");
        let seen = observe(Rule::PageCount, read.list, message).because(number.to_string(), one.to_string());
        session.recorder.say(read.list, &got.1, seen.warning());
    }
    session.recorder.say(read.list, &turn, page::beyond(read.list, parameter, beyond.len()));
}

/// The number that an answer says its page has, with the place of it.
fn told(read: &Read<'_>, turn: &Evidence) -> Option<(String, u64)> {
    let body = turn.sound(read.list)?;
    let members = read.listing.pages.members.iter();
    let mut own = members.filter(|member| member.tells == Tells::Number(Neighbour::Own));
    own.find_map(|member| Some((member.at.clone(), body.pointer(&member.at)?.as_u64()?)))
}

async fn ask(
    session: &mut Session<'_>,
    read: &Read<'_>,
    (parameter, number): (&str, usize),
    limit: Option<(&str, usize)>,
) -> Option<(Vec<Value>, Evidence)> {
    let mut asked = read.parts.clone();
    asked.set(Location::Query, parameter, json!(number));
    if let Some((limit, length)) = limit {
        asked.set(Location::Query, limit, json!(length));
    }
    let turn = sorting::ask(session, read.list, &asked).await?;
    Some((entries(read.list, read.listing, &turn)?, turn))
}
