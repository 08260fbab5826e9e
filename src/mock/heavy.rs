//! Work that can take long leaves the threads that all clients share.

use std::hint::black_box;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

/// From this size on, a body may take long, in octets; below it, some milliseconds.
const LARGE: usize = 64 << 10;

/// Answers that take longer are worked out beside the rest.
const LONG: SignedDuration = SignedDuration::from_millis(10);
/// So many quick answers in a row show that those of an operation are quick again.
const QUICK_AGAIN: u8 = 64;

/// Whether the answers of an operation take long, by those before: a small body may be judged by a schema that takes
/// any time, and the first answer has its schemas compiled.
#[derive(Debug)]
pub(super) struct Pace(AtomicU8);

impl Default for Pace {
    fn default() -> Self {
        Self(AtomicU8::new(1))
    }
}

impl Pace {
    fn may_be_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }

    fn took(&self, time: SignedDuration) {
        let next = if time > LONG { QUICK_AGAIN } else { self.0.load(Ordering::Relaxed).saturating_sub(1) };
        self.0.store(next, Ordering::Relaxed);
    }
}

/// A place for each piece of work that may take long at the same time; one processor is left to the rest.
#[derive(Debug)]
pub(super) struct Bench {
    places: Semaphore,
    /// Whether somebody is about to sweep.
    is_swept: Arc<AtomicBool>,
}

/// How long after work on something large what it left is given back to the system, several times: threads that are not
/// needed any more take until then to end.
const SWEEPS: [Duration; 5] = {
    let soon = Duration::from_millis(150);
    [soon, soon, soon, soon, Duration::from_secs(2)]
};
/// Larger than what the allocator divides among threads.
const SWEEP: usize = 48 << 20;

/// Lets the allocator give back what was freed: it does so when a block is freed that it has from the system, some time
/// after the rest, and not by itself. The block is never written to, so that it takes no memory.
fn sweep() {
    drop(black_box(Vec::<u8>::with_capacity(SWEEP)));
}

impl Bench {
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let places = Semaphore::new(processors.saturating_sub(1).max(1));
        Self { places, is_swept: Arc::default() }
    }

    /// Works on something of a size: at once if it is small, else when it is its turn, and on a thread that
    /// serves no other client meanwhile.
    pub async fn work<T>(&self, octets: usize, work: impl FnOnce() -> T) -> T {
        if octets < LARGE {
            return work();
        }
        let done = self.beside(work).await;
        self.sweep_later();
        done
    }

    /// As [`Bench::work`], on what an operation answers: also what is small is not worked on at once where such
    /// answers have taken long.
    pub async fn answer<T>(
        &self,
        (pace, clock): (&Pace, fn() -> Timestamp),
        octets: usize,
        work: impl FnOnce() -> T,
    ) -> T {
        let timed = || {
            let begun = clock();
            let done = work();
            pace.took(clock().duration_since(begun));
            done
        };
        if octets < LARGE && !pace.may_be_long() {
            return timed();
        }
        let done = self.beside(timed).await;
        if octets >= LARGE {
            self.sweep_later();
        }
        done
    }

    fn sweep_later(&self) {
        if self.is_swept.swap(true, Ordering::Relaxed) {
            return;
        }
        let is_swept = Arc::clone(&self.is_swept);
        tokio::spawn(async move {
            for pause in SWEEPS {
                tokio::time::sleep(pause).await;
                is_swept.store(false, Ordering::Relaxed);
                sweep();
            }
        });
    }

    /// Works on something when it is its turn, on a thread that serves no other client meanwhile.
    pub async fn beside<T>(&self, work: impl FnOnce() -> T) -> T {
        let _place = self.places.acquire().await;
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

    #[test]
    fn what_took_long_may_do_so_again() {
        let pace = Pace::default();
        assert!(pace.may_be_long(), "of the first nothing is known");
        pace.took(SignedDuration::ZERO);
        assert!(!pace.may_be_long());
        pace.took(LONG + LONG);
        for _ in 0..QUICK_AGAIN {
            assert!(pace.may_be_long());
            pace.took(LONG);
        }
        assert!(!pace.may_be_long());
    }

    #[tokio::test]
    async fn one_thread_is_enough() {
        assert_eq!(Bench::new().work(LARGE, || 7).await, 7);
    }
}
