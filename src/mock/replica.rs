//! Replicas of a mock that share what their sessions hold, by a store (`--store`).
//!
//! Each replica has a copy of the sessions that it serves, and answers a request by the same engine that a mock alone
//! answers it by, on that copy. What the request changed is then made the next version of the session, if the copy was at
//! the latest one; a request that changed nothing asks just that. Only then is it answered. Where others were faster, their
//! changes are brought into the copy and the request is carried out again. So every answer follows from all that was
//! answered before it, at whatever replica.
//!
//! Requests that come while the store is asked are carried out on what is not certain yet, and wait for one answer
//! together. Where the first of them fails, all are carried out again.

mod copy;
mod fleet;
mod flight;
mod journal;
mod keys;
mod scripts;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use indexmap::IndexSet;
use tokio::sync::oneshot;

pub(in crate::mock) use copy::Shared;
pub use fleet::{Fleet, Member};

use self::copy::{Part, lock};
use self::flight::{Landing, News, Values, Version};
use self::keys::Keys;
use super::heavy::{Bench, Pace};
use super::journal::{Entry, Journal};
use crate::config::Quota;
use crate::fleet::Failure;
use crate::redact::Redactor;

/// How often a request is carried out again because others were faster.
const MAX_CONFLICTS: usize = 50;
/// How often it is tried, with what it takes to have a copy.
const MAX_ATTEMPTS: usize = 4 * MAX_CONFLICTS;

/// Why a request that needs the store is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::mock) enum Unshared {
    /// The store does not do what it is asked.
    #[error("{0}; whether the request was carried out is not known")]
    Store(Failure),
    /// Others were always faster.
    #[error("too many others change the session at the same time; the request was not carried out")]
    Crowded,
    /// There is no room.
    #[error("there is no room for what the sessions hold; remove some of it")]
    Full,
}

/// Where a request is worked on.
pub(in crate::mock) struct Place<'p> {
    pub bench: &'p Bench,
    /// How long such work has taken.
    pub pace: (&'p Pace, fn() -> jiff::Timestamp),
    /// How large it is.
    pub octets: usize,
}

/// What becomes of those who wait.
#[derive(Debug, Clone)]
enum Verdict {
    /// What they saw was the latest version, and what they changed is the next.
    Holds,
    /// They must be carried out again; whether the store was asked after they came, so that the copy is as the session was
    /// meanwhile.
    Again { is_fresh: bool },
    /// The store could not be asked.
    Fails(Unshared),
}

/// Requests that wait for one answer of the store, and what they changed.
#[derive(Default)]
struct Batch {
    waiting: Vec<oneshot::Sender<Verdict>>,
    changed: IndexSet<Part>,
}

impl Batch {
    fn settle(&mut self, verdict: &Verdict) {
        for waiting in self.waiting.drain(..) {
            // Who has gone away needs no answer.
            let _ = waiting.send(verdict.clone());
        }
        self.changed.clear();
    }
}

/// How a copy stands to what the store has.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing is known of the session.
    Unknown,
    /// Some parts must be asked for, since what was made of them here did not count.
    Doubtful,
    /// It is at its version, but for what waits.
    Known,
}

struct Copy {
    standing: Standing,
    version: Version,
    doubtful: HashSet<Part>,
    /// What the store is asked about.
    flying: Batch,
    /// What comes next.
    open: Batch,
    /// Whether somebody sees to it.
    is_driven: bool,
}

/// A session that replicas share.
pub(in crate::mock) struct Replica {
    pub fleet: Arc<Fleet>,
    keys: Keys,
    shared: Shared,
    copy: Mutex<Copy>,
}

impl Replica {
    /// The session of a name; empty for the one that nameless requests share.
    pub fn new(fleet: Arc<Fleet>, session: &str, shared: Shared) -> Self {
        let copy = Copy {
            standing: Standing::Unknown,
            version: Version::default(),
            doubtful: HashSet::new(),
            flying: Batch::default(),
            open: Batch::default(),
            is_driven: false,
        };
        Self { fleet, keys: Keys::of(session), shared, copy: Mutex::new(copy) }
    }

    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Keeps an entry where all replicas find it; without secrets, since others may read there.
    pub async fn keep(&self, journal: &Journal, entry: Entry, redactor: &Redactor) {
        if self.fleet.is_up() {
            self.fleet.journals.write(&self.keys, journal.capacity(), entry.wire(redactor)).await;
        }
    }

    /// The entries of all replicas, oldest first.
    ///
    /// # Errors
    /// As [`Unshared`] says.
    pub async fn entries(&self) -> Result<Vec<Arc<Entry>>, Unshared> {
        let texts = self.fleet.journals.read(&self.keys).await.map_err(Unshared::Store)?;
        let mut entries: Vec<Entry> = texts.iter().filter_map(|text| Entry::of_wire(text)).collect();
        entries.sort_by_key(|entry| entry.id);
        Ok(entries.into_iter().map(Arc::new).collect())
    }

    /// Forgets them.
    ///
    /// # Errors
    /// As [`Unshared`] says.
    pub async fn clear_entries(&self) -> Result<(), Unshared> {
        self.fleet.journals.clear(&self.keys).await.map_err(Unshared::Store)
    }

    /// Counts a call of a key, unless it is one too many; then the seconds after which there is room.
    ///
    /// # Errors
    /// As [`Unshared`] says.
    pub async fn count(&self, key: &str, quotas: &[Quota]) -> Result<Option<u64>, Unshared> {
        let counted = self.fleet.count(&format!("{}{key}", self.keys.calls), quotas).await;
        counted.map_err(Unshared::Store)
    }

    /// Works on the session as it is for all replicas, and makes what was changed hold for all. The work may be done
    /// several times; only what it did last counts.
    ///
    /// # Errors
    /// As [`Unshared`] says.
    pub async fn transact<T>(
        self: &Arc<Self>,
        place: &Place<'_>,
        mut work: impl FnMut() -> T,
    ) -> Result<T, Unshared> {
        // Whether the copy is known to be as the session was, or later, at some time since this was asked for.
        let (mut conflicts, mut is_fresh) = (0, false);
        for _ in 0..MAX_ATTEMPTS {
            if !self.fleet.is_up() {
                return Err(Unshared::Store(Failure::Away));
            }
            let attempt = || self.attempt(is_fresh, &mut work);
            let (done, verdict) = place.bench.answer(place.pace, place.octets, attempt).await;
            match (verdict.await, done) {
                (Ok(Verdict::Holds), Some(done)) => return Ok(done),
                // It was waited for the copy alone.
                (Ok(Verdict::Holds | Verdict::Again { .. }), None) => is_fresh = false,
                (Ok(Verdict::Again { is_fresh: now }), Some(_)) if conflicts < MAX_CONFLICTS => {
                    conflicts += 1;
                    is_fresh = now;
                }
                (Ok(Verdict::Again { .. }), Some(_)) => break,
                (Ok(Verdict::Fails(why)), _) => return Err(why),
                (Err(_), _) => return Err(Unshared::Store(Failure::Away)),
            }
        }
        Err(Unshared::Crowded)
    }

    /// As [`Replica::transact`], beside the caller, who needs no runtime. Where the store is away it is not done: then the
    /// session is read anew anyway.
    pub fn transact_later(self: &Arc<Self>, work: impl FnMut() + Send + 'static) {
        let (replica, mut work) = (Arc::clone(self), work);
        self.fleet.spawn(async move {
            let (bench, pace) = (Bench::new(), Pace::default());
            let place = Place { bench: &bench, pace: (&pace, replica.fleet.clock()), octets: 0 };
            let _ = replica.transact(&place, &mut work).await;
        });
    }

    /// Does the work on the copy, where that is one; who waits is told what becomes of it. What only looked at a copy that
    /// is fresh, and at nothing that is not certain yet, has seen the session as it was meanwhile: it need not wait.
    fn attempt<T>(
        self: &Arc<Self>,
        is_fresh: bool,
        work: &mut impl FnMut() -> T,
    ) -> (Option<T>, oneshot::Receiver<Verdict>) {
        let (waiting, verdict) = oneshot::channel();
        let mut copy = lock(&self.copy);
        let is_certain = copy.flying.changed.is_empty() && copy.open.changed.is_empty();
        let done = (copy.standing == Standing::Known).then(|| {
            let done = work();
            copy.open.changed.extend(self.shared.changed());
            done
        });
        if is_fresh && is_certain && done.is_some() && copy.open.changed.is_empty() {
            let _ = waiting.send(Verdict::Holds);
            return (done, verdict);
        }
        copy.open.waiting.push(waiting);
        if !std::mem::replace(&mut copy.is_driven, true) {
            // On a task of its own, so that it goes on when this client goes away.
            tokio::spawn(Arc::clone(self).drive());
        }
        (done, verdict)
    }

    /// Asks the store until nobody waits any more.
    async fn drive(self: Arc<Self>) {
        loop {
            // Whoever is about to come comes along.
            tokio::task::yield_now().await;
            let Some(next) = self.next() else { return };
            match next {
                Next::Load => {
                    let loaded = flight::load(&self.fleet, &self.keys, &self.shared).await;
                    self.brought(loaded);
                }
                Next::Ask(version, names) => {
                    let news = flight::since(&self.fleet, &self.keys, &version, &names).await;
                    self.told(news);
                }
                Next::Commit(version, values) => {
                    let landing = flight::commit(&self.fleet, &self.keys, &version, &values).await;
                    self.landed(landing, &values);
                }
            }
        }
    }

    fn next(&self) -> Option<Next> {
        let mut copy = lock(&self.copy);
        if copy.open.waiting.is_empty() && copy.open.changed.is_empty() {
            copy.is_driven = false;
            return None;
        }
        let version = copy.version.clone();
        Some(match copy.standing {
            Standing::Unknown => Next::Load,
            Standing::Doubtful => Next::Ask(version, copy.doubtful.iter().map(Part::name).collect()),
            Standing::Known => {
                copy.flying = std::mem::take(&mut copy.open);
                let parts = copy.flying.changed.iter();
                let values = parts.map(|part| (part.name(), self.shared.value(part).unwrap_or_default()));
                Next::Commit(version, values.collect())
            }
        })
    }

    /// What becomes of the copy when it was loaded.
    fn brought(&self, loaded: Result<Version, Failure>) {
        let mut copy = lock(&self.copy);
        match loaded {
            // Nothing of it is kept where it does not fit beside the other sessions.
            Ok(_) if self.shared.is_too_much() => {
                self.shared.empty();
                copy.open.settle(&Verdict::Fails(Unshared::Full));
            }
            Ok(version) => {
                copy.version = version;
                copy.standing = Standing::Known;
                copy.doubtful.clear();
                copy.open.settle(&Verdict::Holds);
            }
            Err(why) => copy.open.settle(&Verdict::Fails(Unshared::Store(why))),
        }
    }

    /// What becomes of the copy when doubtful parts were asked for.
    fn told(&self, news: Result<News, Failure>) {
        let mut copy = lock(&self.copy);
        match news {
            Ok(News::Lost) => {
                copy.standing = Standing::Unknown;
                copy.open.settle(&Verdict::Again { is_fresh: false });
            }
            Ok(News::Since { version, changes, values }) => {
                for (name, value) in changes.iter().flat_map(|change| &change.parts).chain(&values) {
                    self.set(name, value);
                }
                copy.version = version;
                copy.doubtful.clear();
                copy.standing = if self.shared.is_too_much() { Standing::Unknown } else { Standing::Known };
                copy.open.settle(&Verdict::Holds);
            }
            Err(why) => copy.open.settle(&Verdict::Fails(Unshared::Store(why))),
        }
    }

    /// What becomes of the copy, and of those who wait, when a version was to be made.
    fn landed(&self, landing: Result<Landing, Failure>, values: &Values) {
        let mut copy = lock(&self.copy);
        let fails = match landing {
            Ok(Landing::Made(version)) => {
                copy.version = version;
                copy.flying.settle(&Verdict::Holds);
                return;
            }
            Ok(Landing::Behind { own, news: News::Since { version, changes, values: now } }) => {
                return self.caught_up(&mut copy, own, version, (&changes, values, &now));
            }
            Ok(Landing::Behind { news: News::Lost, .. }) => None,
            Ok(Landing::Full) => Some(Unshared::Full),
            Err(why) => Some(Unshared::Store(why)),
        };
        let Copy { flying, open, doubtful, .. } = &mut *copy;
        doubtful.extend(flying.changed.drain(..).chain(open.changed.drain(..)));
        let again = Verdict::Again { is_fresh: false };
        let verdict = fails.clone().map_or(again.clone(), Verdict::Fails);
        flying.settle(&verdict);
        // What was built on it must be carried out again where it is not known to be too much.
        open.settle(if fails == Some(Unshared::Full) { &again } else { &verdict });
        copy.standing = if fails.is_none() { Standing::Unknown } else { Standing::Doubtful };
    }

    /// Brings in what others changed meanwhile. `own` is whether the change that was to be made is the first of these, of
    /// which the answer got lost.
    fn caught_up(
        &self,
        copy: &mut Copy,
        own: bool,
        version: Version,
        (changes, asked, now): (&[flight::Made], &Values, &Values),
    ) {
        let others = changes.get(usize::from(own)..).unwrap_or_default();
        for (name, value) in others.iter().flat_map(|change| &change.parts) {
            self.set(name, value);
        }
        copy.version = version;
        if own && others.is_empty() {
            copy.flying.settle(&Verdict::Holds);
            return;
        }
        for (name, value) in now {
            self.set(name, value);
        }
        let known: HashSet<&str> = others
            .iter()
            .flat_map(|change| &change.parts)
            .chain(asked)
            .map(|(name, _)| name.as_str())
            .collect();
        let doubtful = copy.open.changed.drain(..).filter(|part| !known.contains(part.name().as_str()));
        copy.doubtful.extend(doubtful);
        if self.shared.is_too_much() {
            copy.standing = Standing::Unknown;
        } else if !copy.doubtful.is_empty() {
            copy.standing = Standing::Doubtful;
        }
        copy.flying.settle(&if own { Verdict::Holds } else { Verdict::Again { is_fresh: true } });
        copy.open.settle(&Verdict::Again { is_fresh: false });
    }

    fn set(&self, name: &str, value: &str) {
        // What a newer version calls something is not for this one.
        if let Some(part) = Part::named(name) {
            self.shared.set(part, Some(value).filter(|value| !value.is_empty()));
        }
    }
}

/// What the store is asked next.
enum Next {
    /// All of the session.
    Load,
    /// What was changed since a version, and what these parts are.
    Ask(Version, Vec<String>),
    /// To make the next version.
    Commit(Version, Vec<(String, String)>),
}
