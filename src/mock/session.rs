//! Sessions: state, journal, set answers and counters, kept apart by name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use http::HeaderMap;
use http::header::COOKIE;

use super::control::SetAnswer;
use super::journal::Journal;
use super::state::store::Store;

/// The header and the cookie that name a session.
pub(super) const NAME: &str = "counterpart-session";
/// The beginning of a path that names a session.
pub(super) const PREFIX: &str = "/__session/";
/// Sessions that are kept beside the nameless one; past it the one unused for longest goes.
const MAX_SESSIONS: usize = 64;
/// How long an unused session is kept, in seconds.
const IDLE: i64 = 30 * 60;
/// Longest name.
const MAX_NAME: usize = 100;

/// What one session keeps.
pub(super) struct Session {
    /// Its name; empty for the one that nameless requests share.
    pub name: String,
    /// Objects, where the mock keeps state.
    pub store: Mutex<Store>,
    /// Answered requests.
    pub journal: Journal,
    /// Answers set by control.
    pub set: Mutex<Vec<SetAnswer>>,
    /// How many there are, so that nobody locks to find none.
    pub set_count: AtomicU64,
    /// Calls of each operation.
    pub calls: Vec<AtomicU32>,
    used: AtomicI64,
}

impl Session {
    fn new(name: &str, journal: usize, operations: usize) -> Self {
        Self {
            name: name.to_owned(),
            store: Mutex::default(),
            journal: Journal::new(journal),
            set: Mutex::default(),
            set_count: AtomicU64::new(0),
            calls: (0..operations).map(|_| AtomicU32::new(0)).collect(),
            used: AtomicI64::new(0),
        }
    }
}

/// All sessions of a mock.
pub(super) struct Sessions {
    /// The one that nameless requests share.
    pub shared: Arc<Session>,
    named: ArcSwap<HashMap<String, Arc<Session>>>,
    adding: Mutex<()>,
    journal: usize,
    operations: usize,
}

impl Sessions {
    pub fn new(journal: usize, operations: usize) -> Self {
        Self {
            shared: Arc::new(Session::new("", journal, operations)),
            named: ArcSwap::default(),
            adding: Mutex::new(()),
            journal,
            operations,
        }
    }

    /// The session of that name, made where it is not there. `now` is in seconds.
    ///
    /// # Errors
    /// The name is empty, too long, or holds other than letters, digits, `-`, `_` and `.`.
    pub fn named(&self, name: &str, now: i64) -> Result<Arc<Session>, String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
            return Err("a session's name is 1 to 100 letters, digits, '-', '_' or '.'".to_owned());
        }
        let live =
            |session: &Arc<Session>| now - session.used.load(std::sync::atomic::Ordering::Relaxed) < IDLE;
        if let Some(session) = self.named.load().get(name).filter(|session| live(session)) {
            session.used.store(now, std::sync::atomic::Ordering::Relaxed);
            return Ok(Arc::clone(session));
        }
        let _one_at_a_time = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut named: HashMap<String, Arc<Session>> = HashMap::clone(&self.named.load());
        named.retain(|_, session| live(session));
        if named.len() >= MAX_SESSIONS
            && let Some(oldest) = named
                .iter()
                .min_by_key(|(_, session)| session.used.load(std::sync::atomic::Ordering::Relaxed))
                .map(|(name, _)| name.clone())
        {
            named.remove(&oldest);
        }
        let session = Arc::clone(
            named
                .entry(name.to_owned())
                .or_insert_with(|| Arc::new(Session::new(name, self.journal, self.operations))),
        );
        session.used.store(now, std::sync::atomic::Ordering::Relaxed);
        self.named.store(Arc::new(named));
        Ok(session)
    }

    /// The name that a request gives its session, by header or cookie.
    pub fn name_in(headers: &HeaderMap) -> Option<String> {
        if let Some(value) = headers.get(NAME) {
            return Some(String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|cookies| {
            cookies.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case(NAME).then(|| value.trim().to_owned())
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_bounded_and_end_when_unused() {
        let sessions = Sessions::new(0, 0);
        let first = sessions.named("a", 0).unwrap();
        assert!(Arc::ptr_eq(&first, &sessions.named("a", 10).unwrap()));
        assert!(!Arc::ptr_eq(&first, &sessions.named("a", 10 + IDLE).unwrap()));
        for index in 0..2 * MAX_SESSIONS {
            sessions.named(&format!("s{index}"), 2000).unwrap();
        }
        assert!(sessions.named.load().len() <= MAX_SESSIONS);
        assert!(sessions.named("../x", 0).is_err() && sessions.named("", 0).is_err());
    }
}
