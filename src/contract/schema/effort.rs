//! How much work schemas were, so that whoever needs many values can stop in time, at the same one each time.
//!
//! A clock would say so as well, and another thing on each machine.

use std::cell::Cell;

thread_local! {
    static SPENT: Cell<u64> = const { Cell::new(0) };
}

/// What this thread has spent so far, in steps of judging a value.
pub fn spent() -> u64 {
    SPENT.get()
}

/// Adds steps.
pub fn spend(steps: u64) {
    SPENT.set(SPENT.get().saturating_add(steps));
}

/// So much may be spent from now on.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    end: u64,
}

impl Allowance {
    /// An allowance of so many steps.
    pub fn of(steps: u64) -> Self {
        Self { end: spent().saturating_add(steps) }
    }

    /// Whether nothing is left of it.
    pub fn is_spent(self) -> bool {
        spent() >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_ends() {
        let allowance = Allowance::of(10);
        spend(9);
        assert!(!allowance.is_spent());
        spend(1);
        assert!(allowance.is_spent());
    }
}
