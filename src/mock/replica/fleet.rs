//! All replicas of a mock, as one of them knows them.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::copy::lock;
use super::journal::Writer;
use super::scripts;
use crate::config::Quota;
use crate::fleet::{Ask, Failure, Link, Reply};

/// How often a replica tells that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// After so long without that it counts as gone.
const GONE: Duration = Duration::from_secs(5);
/// How long the name of a session that nobody uses is listed.
const LISTED: Duration = Duration::from_mins(30);
/// Most names of sessions that are told at a time.
const MAX_USED: usize = 1_000;
/// How often it is looked whether the store is back.
const LOOK: Duration = Duration::from_millis(10);

/// The keys of what all replicas share beside sessions.
const REPLICAS: &str = "counterpart:{replicas}:beats";
const SESSIONS: &str = "counterpart:{replicas}:sessions";
const RELOADS: &str = "counterpart:{replicas}:reloads";
const NUMBERS: &str = "counterpart:{replicas}:numbers";

/// The instant from which numbers of requests are counted, in milliseconds: 2026-01-01T00:00:00Z.
const EPOCH: i64 = 1_767_225_600_000;
/// Numbers of requests in a millisecond, and replicas that count them.
const IN_A_MILLISECOND: u64 = 16;
const SLOTS: u64 = 1024;

/// A replica, as `health` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The version of the program.
    pub version: String,
    /// A digest of the documents that it serves.
    pub document: String,
}

/// What was heard of the others last.
#[derive(Debug, Default)]
struct Heard {
    members: Vec<Member>,
    sessions: Vec<String>,
}

/// All replicas of a mock. What they share is in a store.
pub struct Fleet {
    link: Link,
    name: String,
    slot: u64,
    clock: fn() -> Timestamp,
    /// The last number of a request, without the slot.
    last: AtomicU64,
    document: Mutex<String>,
    heard: Mutex<Heard>,
    /// Sessions that were used since the last beat.
    used: Mutex<HashSet<String>>,
    /// How often all replicas have reloaded, as far as that was heard, and how often this one has since.
    reloads: AtomicU64,
    own_reloads: AtomicU64,
    runtime: Handle,
    on_reload: OnceLock<Box<dyn Fn() + Send + Sync>>,
    pub(super) journals: Writer,
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fleet({}, {:?})", self.name, self.link)
    }
}

impl Fleet {
    /// Joins the replicas that share a store. Needs a runtime.
    ///
    /// # Errors
    /// What the store says against it.
    pub async fn join(link: Link, clock: fn() -> Timestamp) -> Result<Arc<Self>, String> {
        let told = |why: Failure| format!("cannot use the store at {}: {why}", link.address());
        let number = link.ask(Ask::of(&scripts::JOIN, &[NUMBERS])).await.map_err(told)?;
        let number = number.number().unwrap_or_default();
        let fleet = Self {
            name: format!("{number}-{:x}", clock().as_millisecond()),
            slot: number % SLOTS,
            clock,
            last: AtomicU64::new(0),
            document: Mutex::default(),
            heard: Mutex::default(),
            used: Mutex::default(),
            reloads: AtomicU64::new(u64::MAX),
            own_reloads: AtomicU64::new(0),
            runtime: Handle::current(),
            on_reload: OnceLock::new(),
            journals: Writer::of(link.clone()),
            link,
        };
        fleet
            .beat()
            .await
            .map_err(|why| format!("cannot use the store at {}: {why}", fleet.link.address()))?;
        let fleet = Arc::new(fleet);
        tokio::spawn(Self::live(Arc::downgrade(&fleet)));
        Ok(fleet)
    }

    async fn live(fleet: Weak<Self>) {
        loop {
            tokio::time::sleep(BEAT).await;
            let Some(fleet) = fleet.upgrade() else { return };
            // What is not told now is told with the next beat.
            if fleet.beat().await == Ok(true) {
                let fleet = Arc::clone(&fleet);
                tokio::task::spawn_blocking(move || fleet.on_reload.get().map(|reload| reload()));
            }
        }
    }

    /// Tells that this replica is there, and hears of the others; whether another one has reloaded.
    async fn beat(&self) -> Result<bool, Failure> {
        let said = Member {
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            document: lock(&self.document).clone(),
        };
        let used: Vec<String> = lock(&self.used).drain().collect();
        let own = self.own_reloads.swap(0, Ordering::Relaxed);
        let ask = Ask::of(&scripts::BEAT, &[REPLICAS, SESSIONS, RELOADS])
            .with(self.name.as_str())
            .with(serde_json::json!(said).to_string())
            .with(GONE.as_millis().to_string())
            .with(LISTED.as_millis().to_string())
            .with(own.to_string())
            .and(used.iter().map(String::as_str));
        let reply = match self.link.ask(ask).await {
            Ok(reply) => reply.list(),
            Err(why) => {
                lock(&self.used).extend(used);
                self.own_reloads.fetch_add(own, Ordering::Relaxed);
                return Err(why);
            }
        };
        let texts = |reply: Option<&Reply>| {
            let list = reply.cloned().map(Reply::list).unwrap_or_default();
            list.iter().filter_map(Reply::text).collect::<Vec<String>>()
        };
        let members = texts(reply.get(1)).into_iter().skip(1).step_by(2);
        let mut members: Vec<Member> = members.filter_map(|text| serde_json::from_str(&text).ok()).collect();
        members.sort_by(|one, other| one.name.cmp(&other.name));
        *lock(&self.heard) = Heard { members, sessions: texts(reply.get(2)) };
        let all = reply.first().and_then(Reply::number).unwrap_or_default();
        let before = self.reloads.swap(all, Ordering::Relaxed);
        Ok(before != u64::MAX && all > before.saturating_add(own))
    }

    /// What time it is.
    pub(super) fn clock(&self) -> fn() -> Timestamp {
        self.clock
    }

    /// The link to the store.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The name of this replica.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the store is there.
    pub fn is_up(&self) -> bool {
        self.link.is_up()
    }

    /// Waits until the store is there, for a while; whether it is.
    pub(super) async fn is_back(&self, wait: Duration) -> bool {
        let back = async {
            while !self.is_up() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(wait, back).await.is_ok()
    }

    /// Lets something run beside whoever asks.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Says which documents this replica serves, by a digest of them.
    pub(in crate::mock) fn serves(&self, document: String) {
        *lock(&self.document) = document;
    }

    /// What is done when another replica has reloaded; only the first such thing counts.
    pub fn on_reload(&self, reload: impl Fn() + Send + Sync + 'static) {
        let _ = self.on_reload.set(Box::new(reload));
    }

    /// Tells the others that this one has reloaded.
    pub fn tell_reload(&self) {
        self.own_reloads.fetch_add(1, Ordering::Relaxed);
    }

    /// The replicas that were there a moment ago.
    pub(in crate::mock) fn members(&self) -> Vec<Member> {
        lock(&self.heard).members.clone()
    }

    /// The sessions that any of them used.
    pub(in crate::mock) fn sessions(&self) -> Vec<String> {
        lock(&self.heard).sessions.clone()
    }

    /// Notes that a session is used.
    pub(in crate::mock) fn uses(&self, session: &str) {
        let mut used = lock(&self.used);
        if used.len() < MAX_USED {
            used.insert(session.to_owned());
        }
    }

    /// The number of a request, which no other replica gives: by time, and small enough for any JSON.
    pub(in crate::mock) fn next_number(&self) -> u64 {
        let time = u64::try_from((self.clock)().as_millisecond() - EPOCH).unwrap_or(0);
        let next = |last: u64| Some((last + 1).max(time * IN_A_MILLISECOND));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        let own = last.map_or(0, |last| (last + 1).max(time * IN_A_MILLISECOND));
        own * SLOTS + self.slot
    }

    /// Counts a call of a key, unless it is one too many; then the seconds after which there is room.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub(in crate::mock) async fn count(&self, key: &str, quotas: &[Quota]) -> Result<Option<u64>, Failure> {
        let quotas =
            quotas.iter().flat_map(|quota| [quota.calls.to_string(), quota.window.as_millis().to_string()]);
        let ask = Ask::of(&scripts::LIMIT, &[key]).with(self.next_number().to_string()).and(quotas);
        let seconds = self.link.ask(ask).await?.number().unwrap_or_default();
        Ok((seconds > 0).then_some(seconds))
    }
}
