//! Callbacks of the target, as they come in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::contract::{Contract, OperationId};
use crate::exchange::Request;

/// Callbacks that are kept; what comes beyond is passed over.
const MAX: usize = 1_000;
/// Octets of their bodies that are kept.
const MAX_OCTETS: usize = 16 << 20;

/// Where callbacks come in, and how long a run waits for them.
#[derive(Debug, Clone)]
pub struct Callbacks {
    /// The address below which each operation has one of its own, without a slash at its end.
    pub url: String,
    /// What came.
    pub inbox: Arc<Inbox>,
    /// How long the first callback of an operation may take after everything was sent.
    pub wait: Duration,
}

impl Callbacks {
    /// The address that requests for an operation name. None is the beginning of another.
    pub fn address(&self, contract: &Contract, operation: OperationId) -> Option<String> {
        let place = contract.operations.iter().position(|known| known.index == operation)?;
        Some(format!("{}/{place}-callback", self.url))
    }
}

/// What came in.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Addresses that are waited for, with the status that each is answered with.
    expected: Mutex<Vec<(String, u16)>>,
    came: Mutex<(Vec<(String, Request)>, usize)>,
    news: Notify,
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inbox {
    /// Waits for what comes to a path, and to longer ones, and says with which status it is answered.
    pub fn expect(&self, path: impl Into<String>, status: u16) {
        held(&self.expected).push((path.into(), status));
    }

    /// The status for what comes to a path; `None` where nobody waits for it.
    pub fn status(&self, path: &str) -> Option<u16> {
        let expected = held(&self.expected);
        expected.iter().find(|(known, _)| path.starts_with(known)).map(|(_, status)| *status)
    }

    /// Keeps a request.
    pub fn put(&self, request: Request) {
        let Some(known) =
            held(&self.expected).iter().find(|(known, _)| request.path.starts_with(known)).cloned()
        else {
            return;
        };
        let mut came = held(&self.came);
        let octets = came.1.saturating_add(request.body.len());
        if came.0.len() < MAX && octets <= MAX_OCTETS {
            came.1 = octets;
            came.0.push((known.0, request));
        }
        drop(came);
        self.news.notify_waiters();
    }

    /// What came to a path that was expected.
    pub(super) fn of(&self, path: &str) -> Vec<Request> {
        held(&self.came)
            .0
            .iter()
            .filter(|(known, _)| known == path)
            .map(|(_, request)| request.clone())
            .collect()
    }

    /// Waits until something came to each of these paths.
    pub(super) async fn until_each(&self, paths: &[String]) {
        loop {
            let news = self.news.notified();
            let mut news = std::pin::pin!(news);
            // What comes from here on is heard of.
            news.as_mut().enable();
            if paths.iter().all(|path| held(&self.came).0.iter().any(|(known, _)| known == path)) {
                return;
            }
            news.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    fn request(path: &str, size: usize) -> Request {
        let mut request = Request::new(Method::POST, path);
        request.body = vec![b'x'; size].into();
        request
    }

    #[tokio::test]
    async fn what_is_expected_is_kept_within_bounds() {
        let inbox = Arc::new(Inbox::default());
        inbox.expect("/run/1-callback", 204);
        assert_eq!((inbox.status("/run/1-callback/x"), inbox.status("/run/11-callback")), (Some(204), None));
        let (waiter, path) = (Arc::clone(&inbox), "/run/1-callback".to_owned());
        let waiting = tokio::spawn(async move { waiter.until_each(&[path]).await });
        inbox.put(request("/other", 0));
        assert!(inbox.of("/run/1-callback").is_empty());
        inbox.put(request("/run/1-callback/x", MAX_OCTETS));
        waiting.await.unwrap();
        inbox.put(request("/run/1-callback", 1));
        assert_eq!(inbox.of("/run/1-callback").len(), 1, "there is no room for more");
    }
}
