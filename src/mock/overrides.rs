//! Answers that were set through control, for the next calls of an operation.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use super::answer::{Answer, Override};
use super::replay::PreparedResponses;
use super::response::{Response, Source};
use crate::exchange::budget::{Budget, Share, weight};

/// Most responses that can be set in one session; more are a mistake.
const MAX: usize = 10_000;

impl Override {
    /// What it takes, in octets.
    fn weight(&self) -> usize {
        let Answer { headers, example, body, .. } = &self.answer;
        let headers = headers.iter().map(|(name, value)| 128 + name.len() + value.len());
        let texts = self.operation.len() + example.as_ref().map_or(0, String::len);
        size_of::<Self>() + texts + headers.sum::<usize>() + body.as_ref().map_or(0, weight)
    }

    /// Whether it is for this operation of a document.
    pub fn is_for(&self, document: &str, operation: &str) -> bool {
        let name = self.operation.as_str();
        let behind = || name.strip_prefix(document)?.strip_prefix('/');
        name == operation || (!document.is_empty() && behind() == Some(operation))
    }

    /// The response; `None` where it names an example that the operation does not have.
    fn respond(&self, prepared: &PreparedResponses) -> Option<Response> {
        let Answer { status, headers, example, body, delay, .. } = &self.answer;
        let code = status.unwrap_or(prepared.success);
        let status = StatusCode::from_u16(code).ok()?;
        let mut response = match (body, example) {
            (Some(body), _) => Response::json(status, body),
            (None, Some(name)) => prepared.named(name)?.clone(),
            (None, None) => {
                let prepared = prepared.with_status(code, None).cloned();
                prepared.unwrap_or_else(|| Response::empty(status, Source::Control))
            }
        };
        response.status = status;
        response.source = Source::Control;
        for (name, value) in headers {
            response.set(name, value);
        }
        response.delay = delay.unwrap_or(response.delay);
        Some(response)
    }
}

/// Why an answer is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unset {
    /// It cannot be given.
    #[error("{0}")]
    Refused(String),
    /// There is no room for it.
    #[error("too many answers are set, or they are too large; remove some with DELETE answers")]
    Full,
}

/// A response that is set.
#[derive(Debug)]
struct Set {
    /// In which order they came.
    nth: u64,
    one: Override,
    _share: Share,
}

/// The responses that are set in one session.
#[derive(Debug)]
pub(super) struct Overrides {
    budget: Arc<Budget>,
    list: Mutex<Vec<Set>>,
    /// How many there are, so that nobody locks to find none.
    count: AtomicUsize,
    /// The number of the next one.
    next: AtomicU64,
    /// Which were changed, where anybody wants to know.
    changed: Option<Mutex<Vec<u64>>>,
}

impl Overrides {
    /// None, within the budget of all sessions.
    pub fn new(budget: &Arc<Budget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            list: Mutex::default(),
            count: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            changed: None,
        }
    }

    /// Writes down from now on which are changed.
    #[must_use]
    pub fn recording(self) -> Self {
        Self { changed: Some(Mutex::default()), ..self }
    }

    fn note(&self, nth: u64) {
        if let Some(changed) = &self.changed {
            changed.lock().unwrap_or_else(PoisonError::into_inner).push(nth);
        }
    }

    /// Takes the numbers of those that were changed.
    pub fn take_changed(&self) -> Vec<u64> {
        let changed =
            self.changed.as_ref().map(|changed| changed.lock().unwrap_or_else(PoisonError::into_inner));
        changed.map(|mut changed| std::mem::take(&mut *changed)).unwrap_or_default()
    }

    /// What is set under a number, as a text.
    pub fn value(&self, nth: u64) -> Option<String> {
        let list = self.lock();
        list.iter().find(|set| set.nth == nth).map(|set| set.one.whole().to_string())
    }

    /// Sets what somebody else has under a number; what cannot be read is not there.
    pub fn set(&self, nth: u64, value: Option<&str>) {
        let mut list = self.lock();
        list.retain(|set| set.nth != nth);
        let mut share = Share::of(&self.budget);
        if let Some(one) = value.and_then(|text| serde_json::from_str::<Override>(text).ok())
            && share.grow(one.weight())
        {
            let at = list.partition_point(|set| set.nth < nth);
            list.insert(at, Set { nth, one, _share: share });
        }
        self.next.fetch_max(nth.saturating_add(1), Ordering::Relaxed);
        self.count.store(list.len(), Ordering::Relaxed);
    }

    /// Forgets them, because somebody else has others.
    pub fn empty(&self) {
        let mut list = self.lock();
        list.clear();
        self.next.store(0, Ordering::Relaxed);
        self.count.store(0, Ordering::Relaxed);
    }

    /// Sets a response for an operation that is known.
    ///
    /// # Errors
    /// Why it cannot be set.
    pub fn add(&self, one: Override) -> Result<(), Unset> {
        if one.answer.status.is_some_and(|code| !(200..600).contains(&code)) || one.answer.times == 0 {
            return Err(Unset::Refused("`code` must be 200 to 599, and `times` at least 1".to_owned()));
        }
        let mut share = Share::of(&self.budget);
        let mut list = self.lock();
        if list.len() >= MAX || !share.grow(one.weight()) {
            return Err(Unset::Full);
        }
        let nth = self.next.fetch_add(1, Ordering::Relaxed);
        list.push(Set { nth, one, _share: share });
        self.note(nth);
        self.count.store(list.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Those that are set, in the order in which they came.
    pub fn list(&self) -> Vec<Override> {
        self.lock().iter().map(|set| set.one.clone()).collect()
    }

    pub fn clear(&self) {
        let mut list = self.lock();
        list.drain(..).for_each(|set| self.note(set.nth));
        self.count.store(0, Ordering::Relaxed);
    }

    /// Takes away those that were set under this name of an operation.
    pub fn remove(&self, operation: &str) {
        let mut list = self.lock();
        list.retain(|set| {
            let stays = set.one.operation != operation;
            if !stays {
                self.note(set.nth);
            }
            stays
        });
        self.count.store(list.len(), Ordering::Relaxed);
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// The response for a call of an operation; it counts as one of its times.
    pub fn take(&self, document: &str, operation: &str, prepared: &PreparedResponses) -> Option<Response> {
        if self.is_empty() {
            return None;
        }
        let mut list = self.lock();
        let at = list.iter().position(|set| set.one.is_for(document, operation))?;
        let set = list.get_mut(at)?;
        self.note(set.nth);
        let times = &mut set.one.answer.times;
        *times = times.saturating_sub(1);
        let one = if *times == 0 { list.remove(at).one } else { set.one.clone() };
        self.count.store(list.len(), Ordering::Relaxed);
        drop(list);
        one.respond(prepared)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Set>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationId;
    use crate::mock::replay::{Replay, ReplaySettings};
    use rstest::rstest;
    use serde_json::{Value, json};

    fn read(value: Value) -> Override {
        serde_json::from_value(value).unwrap()
    }

    fn replay() -> Replay {
        let contract =
            crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {"/things": {"get": {
                "responses": {"200": {"description": "all", "content": {"application/json": {
                    "schema": {"type": "array"}, "examples": {"none": {"value": []}},
                }}}},
            }}}}));
        let fixtures = crate::fixtures::Fixtures::default();
        Replay::new(contract, fixtures, ReplaySettings::default(), std::collections::HashSet::new())
    }

    #[rstest]
    #[case(json!({}), Some((200, "[]")))]
    #[case(json!({"code": 503}), Some((503, "")))]
    #[case(json!({"body": {"a": 1}}), Some((200, "{\"a\":1}")))]
    #[case(json!({"example": "none", "code": 201}), Some((201, "[]")))]
    #[case(json!({"example": "other"}), None)]
    fn what_was_set_is_sent(#[case] mut set: Value, #[case] expected: Option<(u16, &str)>) {
        set["operation"] = json!("listThings");
        set["headers"] = json!({"x-set": "yes", "not allowed": "x"});
        set["delay"] = json!("2s");
        let overrides = Overrides::new(&Budget::of(1 << 20));
        overrides.add(read(set)).unwrap();
        let replay = replay();
        let response = overrides.take("", "listThings", replay.of(OperationId::nth(0)).unwrap());
        let found = response.as_ref().map(|r| (r.status.as_u16(), std::str::from_utf8(&r.body).unwrap()));
        assert_eq!(found, expected);
        if let Some(response) = response {
            assert_eq!(
                (response.headers["x-set"].as_bytes(), response.source),
                (&b"yes"[..], Source::Control)
            );
            assert_eq!(response.delay, std::time::Duration::from_secs(2));
        }
    }

    #[rstest]
    #[case("listThings", "", true)]
    #[case("listThings", "shop", true)]
    #[case("shop/listThings", "shop", true)]
    #[case("zoo/listThings", "shop", false)]
    #[case("/listThings", "", false)]
    fn operations_are_named_with_or_without_their_document(
        #[case] name: &str,
        #[case] document: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(read(json!({"operation": name})).is_for(document, "listThings"), expected);
    }

    #[test]
    fn each_is_sent_as_often_as_it_says() {
        let (overrides, replay) = (Overrides::new(&Budget::of(1 << 20)), replay());
        overrides.add(read(json!({"operation": "a", "times": 2, "code": 500}))).unwrap();
        overrides.add(read(json!({"operation": "a", "code": 501}))).unwrap();
        let statuses: Vec<u16> =
            std::iter::from_fn(|| overrides.take("", "a", replay.of(OperationId::nth(0))?))
                .map(|r| r.status.as_u16())
                .collect();
        assert_eq!(statuses, [500, 500, 501]);
        assert!(overrides.list().is_empty());
    }

    #[test]
    fn those_of_one_operation_can_be_taken_away() {
        let overrides = Overrides::new(&Budget::of(1 << 20));
        for operation in ["a", "b", "a"] {
            overrides.add(read(json!({"operation": operation, "code": 500}))).unwrap();
        }
        overrides.remove("a");
        let left: Vec<String> = overrides.list().into_iter().map(|one| one.operation).collect();
        assert_eq!(left, ["b"]);
    }

    #[test]
    fn what_is_set_in_all_sessions_has_a_budget() {
        let budget = Budget::of(100_000);
        let sessions = [Overrides::new(&budget), Overrides::new(&budget)];
        let lists = || read(json!({"operation": "a", "body": vec![json!([]); 1000]}));
        assert_eq!(sessions[0].add(lists()), Ok(()));
        assert_eq!(sessions[1].add(lists()), Err(Unset::Full));
        sessions[0].take("", "a", replay().of(OperationId::nth(0)).unwrap()).unwrap();
        assert_eq!(sessions[1].add(lists()), Ok(()));
    }

    #[rstest]
    #[case(json!({"operation": "a", "code": 99}))]
    #[case(json!({"operation": "a", "times": 0}))]
    fn nonsense_is_refused(#[case] set: Value) {
        assert!(Overrides::new(&Budget::of(1 << 20)).add(read(set)).is_err());
    }
}
