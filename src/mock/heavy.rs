//! Work that can take long leaves the threads that all clients share.

use std::num::NonZero;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

/// From this size on, a body may take long, in octets.
const LARGE: usize = 8 << 10;

/// A place for each piece of work that may take long at the same time; one processor is left to the rest.
#[derive(Debug)]
pub(super) struct Bench(Semaphore);

impl Bench {
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self(Semaphore::new(processors.saturating_sub(1).max(1)))
    }

    /// Works on something of a size: at once if it is small, else when it is its turn, and on a thread that
    /// serves no other client meanwhile.
    pub async fn work<T>(&self, octets: usize, work: impl FnOnce() -> T) -> T {
        if octets < LARGE {
            return work();
        }
        let _place = self.0.acquire().await;
        match Handle::current().runtime_flavor() {
            RuntimeFlavor::MultiThread => tokio::task::block_in_place(work),
            // There is no other thread.
            _ => work(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn small_work_goes_on_beside_large() {
        let bench = Arc::new(Bench::new());
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, must_end) = std::sync::mpsc::channel::<()>();
        let at_work = Arc::clone(&bench);
        let large = tokio::spawn(async move {
            let work = move || {
                let _ = begun.send(());
                must_end.recv_timeout(Duration::from_secs(10)).is_ok()
            };
            at_work.work(LARGE, work).await
        });
        has_begun.await.unwrap();
        // The only thread is busy with the large work, and yet this is done.
        tokio::spawn(async move { bench.work(1, || end.send(())).await }).await.unwrap().unwrap();
        assert!(large.await.unwrap());
    }

    #[tokio::test]
    async fn one_thread_is_enough() {
        assert_eq!(Bench::new().work(LARGE, || 7).await, 7);
    }
}
