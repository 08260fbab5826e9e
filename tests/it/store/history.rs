//! Whether a history of requests to one object could have come of one request after the other (Herlihy and Wing,
//! "Linearizability", 1990; the search is that of Wing and Gong, 1993, which remembers where it has been).

use std::collections::HashSet;
use std::time::Instant;

/// What a request did to the object, or saw of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It was given this value.
    Write(u64),
    /// It was removed.
    Remove,
    /// It had this value.
    Read(u64),
    /// It was not there: of whatever kind the request was.
    Missed,
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub act: Act,
    pub begun: Instant,
    /// When it was answered; `None` where nobody knows whether it was carried out.
    pub ended: Option<Instant>,
}

/// It could not have been like that.
struct Impossible;

/// What becomes of an object of this value by an act.
fn follow(value: Option<u64>, act: Act) -> Result<Option<u64>, Impossible> {
    match (act, value) {
        (Act::Write(next), Some(_)) => Ok(Some(next)),
        (Act::Remove, Some(_)) | (Act::Missed, None) => Ok(None),
        (Act::Read(seen), Some(value)) if seen == value => Ok(Some(value)),
        _ => Err(Impossible),
    }
}

/// Whether there is an order of the requests, each somewhere between its begin and its end, in which each could have
/// answered as it did.
pub fn is_linearisable(first: u64, events: &[Event]) -> bool {
    assert!(events.len() <= 64, "too many to look at");
    let mut seen = HashSet::new();
    let mut left = vec![(0_u64, Some(first))];
    while let Some((done, value)) = left.pop() {
        if !seen.insert((done, value)) {
            continue;
        }
        let is_left = |at: usize| done & (1 << at) == 0;
        let open = || events.iter().enumerate().filter(|(at, _)| is_left(*at));
        if open().all(|(_, event)| event.ended.is_none()) {
            return true;
        }
        let first_end = open().filter_map(|(_, event)| event.ended).min();
        for (at, event) in open().filter(|(_, event)| first_end.is_none_or(|end| event.begun <= end)) {
            if let Ok(next) = follow(value, event.act) {
                left.push((done | 1 << at, next));
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::time::Duration;

    /// Requests with the numbers of the instants at which they began and ended.
    fn history(events: &[(Act, u64, Option<u64>)]) -> Vec<Event> {
        let zero = Instant::now();
        let at = |number| zero + Duration::from_secs(number);
        let event = |(act, begun, ended): &(Act, u64, Option<u64>)| Event {
            act: *act,
            begun: at(*begun),
            ended: ended.map(at),
        };
        events.iter().map(event).collect()
    }

    #[rstest]
    #[case::one_after_the_other(&[(Act::Write(1), 0, Some(1)), (Act::Read(1), 2, Some(3))], true)]
    #[case::stale(&[(Act::Write(1), 0, Some(1)), (Act::Read(0), 2, Some(3))], false)]
    #[case::either_at_once(&[(Act::Write(1), 0, Some(3)), (Act::Read(0), 1, Some(2))], true)]
    #[case::back_again(
        &[(Act::Write(1), 0, Some(9)), (Act::Read(1), 1, Some(2)), (Act::Read(0), 3, Some(4))], false)]
    #[case::lost(&[(Act::Write(1), 0, Some(1)), (Act::Write(2), 0, Some(1)), (Act::Read(0), 2, Some(3))], false)]
    #[case::unknown_may_be_done(&[(Act::Write(1), 0, None), (Act::Read(1), 2, Some(3))], true)]
    #[case::unknown_may_not(&[(Act::Write(1), 0, None), (Act::Read(0), 2, Some(3))], true)]
    #[case::unknown_may_be_late(
        &[(Act::Write(1), 0, None), (Act::Read(0), 2, Some(3)), (Act::Read(1), 4, Some(5))], true)]
    #[case::never_written(&[(Act::Read(7), 0, Some(1))], false)]
    #[case::removed(&[(Act::Remove, 0, Some(1)), (Act::Missed, 2, Some(3))], true)]
    #[case::removed_and_there(&[(Act::Remove, 0, Some(1)), (Act::Read(0), 2, Some(3))], false)]
    #[case::removed_twice(&[(Act::Remove, 0, Some(1)), (Act::Remove, 2, Some(3))], false)]
    #[case::missed_too_early(&[(Act::Missed, 0, Some(1)), (Act::Remove, 2, Some(3))], false)]
    fn histories(#[case] events: &[(Act, u64, Option<u64>)], #[case] expected: bool) {
        assert_eq!(is_linearisable(0, &history(events)), expected);
    }
}
