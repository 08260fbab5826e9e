//! Values that are kept for a while, and only so many of them.

use std::collections::{HashMap, VecDeque};

/// Values by key. The oldest goes where there are too many, and each when its time is over.
pub(in crate::mock) struct Kept<T> {
    /// With the second from which on it does not count.
    values: HashMap<String, (i64, T)>,
    /// The keys, oldest first.
    order: VecDeque<String>,
    most: usize,
}

impl<T> Kept<T> {
    /// At most so many.
    pub fn of(most: usize) -> Self {
        Self { values: HashMap::new(), order: VecDeque::new(), most }
    }

    /// Keeps a value until a second comes.
    pub fn put(&mut self, key: String, value: T, until: i64, now: i64) {
        let is_over = |values: &HashMap<String, (i64, T)>, key: &String| {
            values.get(key).is_none_or(|(until, _)| now >= *until)
        };
        while self
            .order
            .front()
            .is_some_and(|key| self.order.len() >= self.most || is_over(&self.values, key))
        {
            if let Some(key) = self.order.pop_front() {
                self.values.remove(&key);
            }
        }
        if self.values.insert(key.clone(), (until, value)).is_none() {
            self.order.push_back(key);
        }
    }

    /// The value of a key whose time is not over.
    pub fn get(&mut self, key: &str, now: i64) -> Option<&mut T> {
        self.values.get_mut(key).filter(|(until, _)| now < *until).map(|(_, value)| value)
    }

    /// The values whose time is not over.
    pub fn live(&mut self, now: i64) -> impl Iterator<Item = &mut T> {
        self.values.values_mut().filter(move |(until, _)| now < *until).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_by_age_and_by_number() {
        let mut kept = Kept::of(2);
        for (key, until) in [("a", 10), ("b", 20), ("c", 30)] {
            kept.put(key.to_owned(), until, until, 0);
        }
        assert_eq!((kept.get("a", 0).copied(), kept.get("b", 0).copied()), (None, Some(20)));
        assert_eq!((kept.get("b", 20).copied(), kept.get("c", 20).copied()), (None, Some(30)));
        assert_eq!(kept.live(20).count(), 1);
        kept.put("c".to_owned(), 31, 40, 25);
        kept.put("d".to_owned(), 1, 40, 25);
        assert_eq!((kept.get("c", 25).copied(), kept.order.len()), (Some(31), 2));
    }
}
