//! The connections that are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::activity::Activity;

/// All connections, by number.
#[derive(Debug, Default)]
pub(super) struct House {
    guests: Mutex<HashMap<u64, Arc<Activity>>>,
}

/// The place of a connection, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    house: Arc<House>,
    number: u64,
}

impl House {
    /// Lets a connection in. Where the house is full, the one on which nothing happened for longest goes.
    pub fn enter(self: &Arc<Self>, number: u64, most: usize) -> (Place, Arc<Activity>) {
        while self.guests().len() >= most && self.evict_idlest() {}
        let activity = Arc::new(Activity::new());
        self.guests().insert(number, Arc::clone(&activity));
        (Place { house: Arc::clone(self), number }, activity)
    }

    /// Lets the connection end on which nothing happened for longest, the oldest of several; whether there
    /// was one.
    pub fn evict_idlest(&self) -> bool {
        let mut guests = self.guests();
        let idlest = guests.iter().max_by_key(|(number, guest)| (guest.quiet(), std::cmp::Reverse(**number)));
        let idlest = idlest.map(|(number, _)| *number).and_then(|number| guests.remove(&number));
        idlest.is_some_and(|guest| {
            guest.evict();
            true
        })
    }

    /// Counts a tick of every connection.
    pub fn tick(&self) {
        self.guests().values().for_each(|guest| guest.tick());
    }

    fn guests(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.house.guests().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_house_lets_the_idlest_go() {
        let house = Arc::new(House::default());
        let (first, idle) = house.enter(1, 2);
        let (second, _) = house.enter(2, 2);
        let (third, newest) = house.enter(3, 2);
        idle.ends().await;
        drop(second);
        assert_eq!(house.guests().len(), 1);
        drop((first, third));
        assert!(!house.evict_idlest());
        assert_eq!(newest.quiet(), 0);
    }
}
