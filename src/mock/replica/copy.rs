//! The copy of a session that a replica works on, part by part.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use arc_swap::ArcSwapOption;

use crate::exchange::budget::Budget;
use crate::mock::overrides::Overrides;
use crate::mock::state::{Change, Changes, Store};

/// A part of a session that has a value of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A part of the state of a document.
    State(Arc<str>, Change),
    /// A set answer.
    Answer(u64),
    /// The scenario that it plays.
    Scenario,
}

impl Part {
    /// Its name in the store.
    pub fn name(&self) -> String {
        match self {
            // A document may be called anything, so that its length goes before it.
            Self::State(document, change) => format!("d{}:{document}{}", document.len(), change.name()),
            Self::Answer(nth) => format!("a{nth}"),
            Self::Scenario => "p".to_owned(),
        }
    }

    /// The part of that name; `None` where it is none that this version knows.
    pub fn named(name: &str) -> Option<Self> {
        let (kind, rest) = name.split_at_checked(1)?;
        match kind {
            "d" => {
                let (length, rest) = rest.split_once(':')?;
                let (document, change) = rest.split_at_checked(length.parse().ok()?)?;
                Some(Self::State(document.into(), Change::named(change)?))
            }
            "a" => rest.parse().ok().map(Self::Answer),
            "p" if rest.is_empty() => Some(Self::Scenario),
            _ => None,
        }
    }
}

/// The state of one document.
struct Document {
    store: Arc<Mutex<Store>>,
    changes: Changes,
}

/// What replicas share of a session, as this one has it.
pub(in crate::mock) struct Shared {
    documents: RwLock<HashMap<Arc<str>, Document>>,
    pub overrides: Arc<Overrides>,
    pub scenario: Arc<ArcSwapOption<String>>,
    /// The scenario that sessions begin with.
    first: Option<Arc<String>>,
    /// The scenario as the others know it.
    told: Mutex<Option<Arc<String>>>,
    /// For the objects of all sessions.
    budget: Arc<Budget>,
}

impl Shared {
    pub fn new(
        overrides: Arc<Overrides>,
        scenario: Arc<ArcSwapOption<String>>,
        budget: &Arc<Budget>,
    ) -> Self {
        let first = scenario.load_full();
        let told = Mutex::new(first.clone());
        Self { documents: RwLock::default(), overrides, scenario, first, told, budget: Arc::clone(budget) }
    }

    /// The state of a document, made where it is not there.
    pub fn store(&self, document: &str) -> Arc<Mutex<Store>> {
        let mut documents = self.documents.write().unwrap_or_else(PoisonError::into_inner);
        let made = documents.entry(document.into()).or_insert_with(|| {
            let changes = Changes::default();
            let store = Store::recording(&self.budget, &changes);
            Document { store: Arc::new(Mutex::new(store)), changes }
        });
        Arc::clone(&made.store)
    }

    /// The parts that were changed since this was asked last.
    pub(super) fn changed(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for (name, document) in &*self.documents.read().unwrap_or_else(PoisonError::into_inner) {
            let changes = document.changes.take().into_iter();
            parts.extend(changes.map(|change| Part::State(Arc::clone(name), change)));
        }
        parts.extend(self.overrides.take_changed().into_iter().map(Part::Answer));
        let (playing, mut told) = (self.scenario.load_full(), lock(&self.told));
        if playing != *told {
            *told = playing;
            parts.push(Part::Scenario);
        }
        parts
    }

    /// What a part is now; `None` where it is not there.
    pub(super) fn value(&self, part: &Part) -> Option<String> {
        match part {
            Part::State(document, change) => {
                let documents = self.documents.read().unwrap_or_else(PoisonError::into_inner);
                lock(&documents.get(document)?.store).value(change)
            }
            Part::Answer(nth) => self.overrides.value(*nth),
            Part::Scenario => {
                let playing = self.scenario.load();
                (*playing != self.first).then(|| serde_json::json!(playing.as_deref()).to_string())
            }
        }
    }

    /// Sets a part to what the store has of it.
    pub(super) fn set(&self, part: Part, value: Option<&str>) {
        match part {
            Part::State(document, change) => {
                let documents = self.documents.read().unwrap_or_else(PoisonError::into_inner);
                if let Some(document) = documents.get(&document) {
                    lock(&document.store).set(change, value);
                }
            }
            Part::Answer(nth) => self.overrides.set(nth, value),
            Part::Scenario => {
                let named = value.and_then(|text| serde_json::from_str::<Option<String>>(text).ok());
                let playing = named.map_or_else(|| self.first.clone(), |name| name.map(Arc::new));
                lock(&self.told).clone_from(&playing);
                self.scenario.store(playing);
            }
        }
    }

    /// Whether the sessions of this replica hold more than they may together.
    pub(super) fn is_too_much(&self) -> bool {
        self.budget.is_overdrawn()
    }

    /// Forgets everything, because the store has something else.
    pub fn empty(&self) {
        for document in self.documents.read().unwrap_or_else(PoisonError::into_inner).values() {
            lock(&document.store).empty();
            drop(document.changes.take());
        }
        self.overrides.empty();
        drop(self.overrides.take_changed());
        self.set(Part::Scenario, None);
    }
}

pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Part::State("shop\n1:x".into(), Change::Calls("l".to_owned())))]
    #[case(Part::State("".into(), Change::Made))]
    #[case(Part::Answer(7))]
    #[case(Part::Scenario)]
    fn a_name_says_which_part_it_is(#[case] part: Part) {
        assert_eq!(Part::named(&part.name()), Some(part));
    }

    #[rstest]
    #[case("#version")]
    #[case("d9:shop")]
    #[case("dx:shop")]
    #[case("")]
    fn other_names_mean_nothing(#[case] name: &str) {
        assert_eq!(Part::named(name), None);
    }
}
