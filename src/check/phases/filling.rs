//! Phase: objects for a list that has too few entries to show its pages, as that of a new service has.

use std::collections::HashSet;

use crate::check::session::Session;
use crate::check::steps;
use crate::contract::parameter;
use crate::resources::CollectionId;

/// Entries below which pages, filters and orders show nothing.
const TOO_FEW: usize = 2;
/// Entries that a list is filled up to: two pages of two, of which the last is shorter.
const ENOUGH: usize = 3;

/// Makes objects of a collection until its list has enough entries. Each is removed at the end of the run.
pub(in crate::check) async fn run(session: &mut Session<'_>, index: CollectionId) {
    let Some(collection) = session.collection(index) else { return };
    let list = session.operation(collection.list.as_ref().map(|list| list.operation));
    let operations = [list, session.operation(collection.create)];
    let have_succeeded =
        operations.iter().all(|operation| operation.is_some_and(|o| session.recorder.has_succeeded(o)));
    // Only where it is known how what is made is removed.
    if !have_succeeded || !session.ledger.is_in_hand(index) || !session.pool.has_made(index) {
        return;
    }
    if entries(session, index) >= TOO_FEW {
        return;
    }
    while entries(session, index) < ENOUGH {
        if session.must_end().is_some() || steps::fresh_below(session, index, &Vec::new()).await.is_none() {
            return;
        }
    }
}

/// How many objects of a collection are known to be there.
fn entries(session: &Session<'_>, index: CollectionId) -> usize {
    let listed = session.pool.listed_of(index).into_iter().filter_map(|mut values| values.pop());
    let ids: HashSet<String> =
        listed.chain(session.pool.own_of(index)).map(|id| parameter::text(&id)).collect();
    ids.len()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::check::attempt::Attempt;
    use crate::check::dispatch;
    use crate::check::scripted::{Bench, Scripted};

    /// A run has listed and made one more.
    #[rstest]
    #[case::a_new_service(&[], 3)]
    #[case::enough_with_its_own(&["rex"], 2)]
    #[case::enough(&["rex", "ida", "max"], 4)]
    #[tokio::test(start_paused = true)]
    async fn a_short_list_is_filled(#[case] names: &[&str], #[case] expected: usize) {
        let (bench, target) = (Bench::pets(), Scripted::with(names));
        let (list, create) = (bench.index("list"), bench.index("create"));
        bench
            .phase(&target, async |session| {
                for index in [list, create] {
                    let operation = session.contract.at(index).unwrap();
                    let mut parts = steps::plain_parts(session, operation).await.unwrap();
                    session.marks.stamp(&mut parts);
                    let made =
                        dispatch::turn(session, operation, &parts, Attempt::plain(operation)).await.unwrap();
                    session.recorder.state_mut(index).unwrap().success = made.exchange.status();
                }
                run(session, CollectionId::nth(0)).await;
                assert_eq!(entries(session, CollectionId::nth(0)), expected, "{:?}", target.sent());
            })
            .await;
    }
}
