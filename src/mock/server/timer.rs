//! The time-outs of a connection, counted in ticks: a timer of the runtime for each request would cost more than to
//! read its header section.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use hyper_util::rt::TokioTimer;

use super::activity::{Activity, TICK};

/// Measures the time of one connection. It waits up to a tick longer than it is asked to, and never less.
pub(super) struct TickTimer {
    activity: Arc<Activity>,
    began: Instant,
}

impl TickTimer {
    pub fn of(activity: &Arc<Activity>) -> Self {
        Self { activity: Arc::clone(activity), began: TokioTimer::new().now() }
    }
}

impl Timer for TickTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let left = deadline.saturating_duration_since(self.began);
        // A part of the tick under way is over, so that it does not count.
        let ticks = u32::try_from(left.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let ticks = ticks.saturating_add(u32::from(left.subsec_nanos() > 0));
        Box::pin(TickSleep { activity: Arc::clone(&self.activity), until: ticks })
    }

    fn now(&self) -> Instant {
        self.began + TICK.saturating_mul(self.activity.ticks())
    }
}

/// Ends at a tick.
struct TickSleep {
    activity: Arc<Activity>,
    until: u32,
}

impl Sleep for TickSleep {}

impl Future for TickSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.activity.ticks() >= self.until {
            return Poll::Ready(());
        }
        // The task of the connection is woken, which is the only one that waits.
        self.activity.set_alarm(self.until);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::task::Waker;

    #[rstest]
    #[case(Duration::from_secs(3), 4)]
    #[case(Duration::from_millis(2_100), 4)]
    #[case(Duration::ZERO, 1)]
    fn a_sleep_ends_at_its_tick(#[case] duration: Duration, #[case] ticks: u32) {
        let activity = Arc::new(Activity::new(&Arc::default()));
        let timer = TickTimer::of(&activity);
        activity.tick();
        activity.tick();
        let mut sleep = timer.sleep(duration);
        let mut poll = || sleep.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        for tick in 0..ticks {
            assert_eq!(poll(), Poll::Pending, "after {tick} ticks");
            activity.tick();
        }
        assert_eq!(poll(), Poll::Ready(()));
    }

    #[tokio::test]
    async fn a_tick_wakes_whoever_waits_for_it() {
        let activity = Arc::new(Activity::new(&Arc::default()));
        let ended = {
            let activity = Arc::clone(&activity);
            let timer = TickTimer::of(&activity);
            tokio::spawn(async move {
                let mut sleep = timer.sleep(Duration::from_secs(2));
                tokio::select! {
                    biased;
                    () = activity.ends() => false,
                    () = &mut sleep => true,
                }
            })
        };
        for _ in 0..3 {
            tokio::task::yield_now().await;
            activity.tick();
        }
        assert!(ended.await.unwrap());
    }
}
