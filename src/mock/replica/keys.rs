//! The keys under which a session is in the store.

use std::time::Duration;

/// How long a session is kept that nobody uses.
const NAMED: Duration = Duration::from_mins(30);
/// As [`NAMED`], for the one that nameless requests share.
const NAMELESS: Duration = Duration::from_hours(7 * 24);

/// The keys of a session in the store. All have the same hash tag, so that they lie on one slot of a cluster.
pub(in crate::mock) struct Keys {
    pub state: String,
    pub log: String,
    pub journal: String,
    /// How many octets the journal has.
    pub journal_octets: String,
    /// Before the name of a key that calls.
    pub calls: String,
    pub lives: Duration,
}

impl Keys {
    pub fn of(session: &str) -> Self {
        // No session can be called like this.
        let tag = if session.is_empty() { "*" } else { session };
        let key = |what: &str| format!("counterpart:{{{tag}}}:{what}");
        Self {
            state: key("state"),
            log: key("log"),
            journal: key("journal"),
            journal_octets: key("journal-octets"),
            calls: key("calls:"),
            lives: if session.is_empty() { NAMELESS } else { NAMED },
        }
    }
}
