//! The connections that are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::activity::Activity;
use super::holding::Holdings;

/// All connections, by number.
#[derive(Debug, Default)]
pub(super) struct House {
    guests: Mutex<HashMap<u64, Arc<Activity>>>,
    /// What all of them hold.
    pub holdings: Arc<Holdings>,
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
        let activity = Arc::new(Activity::new(&self.holdings));
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

    /// Lets those end that hold the most, until all hold as much as they may together: first of those that wait for their
    /// clients.
    pub fn evict_heaviest(&self) {
        let mut guests = self.guests();
        while self.holdings.are_too_much() {
            let heaviest =
                guests.iter().max_by_key(|(_, guest)| (guest.waits_for_client(), guest.held.octets()));
            let heaviest = heaviest.filter(|(_, guest)| guest.held.octets() > 0).map(|(number, _)| *number);
            let Some(guest) = heaviest.and_then(|number| guests.remove(&number)) else { return };
            guest.evict();
        }
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
    async fn whoever_holds_most_goes_first() {
        let house = Arc::new(House::default());
        let (_places, guests): (Vec<_>, Vec<_>) = (0..3).map(|number| house.enter(number, 9)).unzip();
        for (guest, octets) in guests.iter().zip([5 << 20, 10 << 20, 1 << 20]) {
            guest.held.add(octets);
        }
        house.evict_heaviest();
        assert_eq!(house.guests().len(), 3);
        guests[2].held.add(1 << 20);
        house.holdings.grow_too_much().await;
        house.evict_heaviest();
        guests[1].ends().await;
        let held: Vec<usize> = guests.iter().map(|guest| guest.held.octets() >> 20).collect();
        assert_eq!(held, [5, 0, 2]);
        assert_eq!(house.guests().len(), 2);
    }

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
