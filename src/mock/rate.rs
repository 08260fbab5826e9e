//! `[limit]`: how often a key may call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::config::Quota;

/// Most keys that are counted; beyond it the count begins again.
const MAX_KEYS: usize = 1_024;

/// When the keys of one session called, newest last.
#[derive(Debug, Default)]
pub(super) struct Calls {
    by_key: Mutex<HashMap<String, VecDeque<Timestamp>>>,
}

impl Calls {
    /// Counts a call of a key, unless it is one too many.
    ///
    /// # Errors
    /// The seconds after which the key may call again.
    pub fn count(&self, key: &str, quotas: &[Quota], now: Timestamp) -> Result<(), u64> {
        let Some(longest) = quotas.iter().map(|quota| quota.window).max() else { return Ok(()) };
        let mut by_key = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        if by_key.len() >= MAX_KEYS && !by_key.contains_key(key) {
            by_key.clear();
        }
        let calls = by_key.entry(key.to_owned()).or_default();
        let age = |call: &Timestamp| now.duration_since(*call).unsigned_abs();
        while calls.front().is_some_and(|call| age(call) >= longest) {
            calls.pop_front();
        }
        for quota in quotas {
            let within = calls.iter().filter(|call| age(call) < quota.window);
            let count = within.clone().count();
            // The call that must be out of the window before there is room.
            let Some(first) = within.clone().nth((count + 1).saturating_sub(quota.calls).saturating_sub(1))
            else {
                continue;
            };
            if count >= quota.calls {
                return Err(quota
                    .window
                    .saturating_sub(age(first))
                    .as_millis()
                    .div_ceil(1000)
                    .try_into()
                    .unwrap_or(1));
            }
        }
        calls.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::time::Duration;

    #[rstest]
    #[case(&[0, 1, 2], Ok(()))]
    #[case(&[0, 1, 2, 3], Err(57))]
    #[case(&[0, 1, 2, 60], Ok(()))]
    #[case(&[0, 10, 20, 61], Ok(()))]
    #[case(&[0, 61, 122, 183, 184], Err(3416))]
    fn a_window_moves(#[case] at: &[i64], #[case] expected: Result<(), u64>) {
        let quota = |calls, seconds| Quota { calls, window: Duration::from_secs(seconds) };
        let (calls, quotas) = (Calls::default(), [quota(3, 60), quota(4, 3600)]);
        let results: Vec<_> = at
            .iter()
            .map(|second| calls.count("k", &quotas, Timestamp::from_second(*second).unwrap()))
            .collect();
        assert_eq!(results.last(), Some(&expected), "{results:?}");
        assert_eq!(calls.count("other", &quotas, Timestamp::from_second(184).unwrap()), Ok(()));
    }
}
