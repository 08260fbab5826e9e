//! Octets of memory that several things share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde_json::Value;

/// So many octets, which whoever holds something takes a share of.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of so many octets.
    pub fn of(most: usize) -> Arc<Self> {
        Arc::new(Self { most, used: AtomicUsize::new(0) })
    }

    /// Takes octets, if that many are left.
    pub fn take(&self, octets: usize) -> bool {
        let taken = |used: usize| used.checked_add(octets).filter(|sum| *sum <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// Whether that many octets are left.
    pub fn has(&self, octets: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(octets) <= self.most
    }

    /// As [`Budget::take`]; whoever holds alone may hold more.
    pub fn take_first(&self, octets: usize) -> bool {
        let taken = |used: usize| used.checked_add(octets).filter(|sum| used == 0 || *sum <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// Takes octets, whether they are left or not; whether they were.
    pub fn add(&self, octets: usize) -> bool {
        self.used.fetch_add(octets, Ordering::Relaxed).saturating_add(octets) <= self.most
    }

    /// Gives octets back.
    pub fn give(&self, octets: usize) {
        self.used.fetch_sub(octets, Ordering::Relaxed);
    }

    /// Whether more is held than there should be.
    pub fn is_overdrawn(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.most
    }
}

/// A part of a budget, given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    octets: usize,
}

impl Share {
    /// A share of nothing.
    pub fn of(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), octets: 0 }
    }

    /// Takes more, if that much is left.
    pub fn grow(&mut self, octets: usize) -> bool {
        let grows = self.budget.take(octets);
        if grows {
            self.octets += octets;
        }
        grows
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.give(self.octets);
    }
}

/// Octets that count as long as anybody holds them.
struct Held {
    octets: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

/// Octets that are in a budget until all of them were sent; `None` where there is no room for them.
pub fn held(octets: &Bytes, budget: &Arc<Budget>) -> Option<Bytes> {
    let is_taken = budget.take_first(octets.len());
    let share = || Share { budget: Arc::clone(budget), octets: octets.len() };
    is_taken.then(share).map(|share| Bytes::from_owner(Held { octets: octets.clone(), _share: share }))
}

/// What a value takes in memory: a list of lists takes twenty times its text.
pub fn weight(value: &Value) -> usize {
    const VALUE: usize = std::mem::size_of::<Value>();
    const MAP: usize = 400;
    const MEMBER: usize = 40;
    match value {
        Value::String(text) => VALUE + text.len(),
        Value::Array(items) => VALUE + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| MEMBER + name.len() + weight(value);
            MAP + members.iter().map(member).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => VALUE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_share_is_given_back() {
        let budget = Budget::of(10);
        let mut first = Share::of(&budget);
        let mut second = Share::of(&budget);
        assert!(first.grow(6) && !second.grow(5) && second.grow(4));
        drop((first, second));
        assert!(budget.take(10) && !budget.take(1));
        assert!(!budget.add(1) && budget.is_overdrawn());
    }

    #[test]
    fn octets_count_while_somebody_holds_them() {
        let budget = Budget::of(10);
        let first = held(&Bytes::from_static(b"larger than that"), &budget).unwrap();
        assert!(held(&Bytes::from_static(b"x"), &budget).is_none());
        let part = first.slice(3..4);
        drop(first);
        assert!(held(&Bytes::from_static(b"x"), &budget).is_none());
        drop(part);
        assert!(budget.take(10));
    }

    #[test]
    fn small_values_weigh_more_than_their_text() {
        let lists = json!(vec![json!([]); 1000]);
        assert!(weight(&lists) > 10 * lists.to_string().len(), "{}", weight(&lists));
        assert!(weight(&json!("x".repeat(1000))) < 1100);
    }
}
