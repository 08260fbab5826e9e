//! Answers that were set through control, for the next calls of an operation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use super::answer::{Answer, Override};
use super::replay::PreparedResponses;
use super::response::{Response, Source};

/// Most responses that can be set in one session; more are a mistake.
const MAX: usize = 10_000;

impl Override {
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

/// The responses that are set in one session.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    list: Mutex<Vec<Override>>,
    /// How many there are, so that nobody locks to find none.
    count: AtomicUsize,
}

impl Overrides {
    /// Sets a response for an operation that is known.
    ///
    /// # Errors
    /// Why it cannot be set.
    pub fn add(&self, one: Override) -> Result<(), &'static str> {
        if one.answer.status.is_some_and(|code| !(200..600).contains(&code)) || one.answer.times == 0 {
            return Err("`code` must be 200 to 599, and `times` at least 1");
        }
        let mut list = self.lock();
        if list.len() >= MAX {
            return Err("too many answers are set; remove them with DELETE answers");
        }
        list.push(one);
        self.count.store(list.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Those that are set, in the order in which they came.
    pub fn list(&self) -> Vec<Override> {
        self.lock().clone()
    }

    pub fn clear(&self) {
        let mut list = self.lock();
        list.clear();
        self.count.store(0, Ordering::Relaxed);
    }

    /// The response for a call of an operation; it counts as one of its times.
    pub fn take(&self, document: &str, operation: &str, prepared: &PreparedResponses) -> Option<Response> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut list = self.lock();
        let at = list.iter().position(|one| one.is_for(document, operation))?;
        let one = list.get_mut(at)?;
        let times = &mut one.answer.times;
        *times = times.saturating_sub(1);
        let one = if *times == 0 { list.remove(at) } else { one.clone() };
        self.count.store(list.len(), Ordering::Relaxed);
        drop(list);
        one.respond(prepared)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Override>> {
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
        let overrides = Overrides::default();
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
        let (overrides, replay) = (Overrides::default(), replay());
        overrides.add(read(json!({"operation": "a", "times": 2, "code": 500}))).unwrap();
        overrides.add(read(json!({"operation": "a", "code": 501}))).unwrap();
        let statuses: Vec<u16> =
            std::iter::from_fn(|| overrides.take("", "a", replay.of(OperationId::nth(0))?))
                .map(|r| r.status.as_u16())
                .collect();
        assert_eq!(statuses, [500, 500, 501]);
        assert!(overrides.list().is_empty());
    }

    #[rstest]
    #[case(json!({"operation": "a", "code": 99}))]
    #[case(json!({"operation": "a", "times": 0}))]
    fn nonsense_is_refused(#[case] set: Value) {
        assert!(Overrides::default().add(read(set)).is_err());
    }
}
