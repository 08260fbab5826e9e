//! Ctrl-C and SIGTERM.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals since this was made; one that comes while nobody waits is kept for the next wait.
pub(super) struct Signals {
    /// `None` where the system gives no such signal.
    #[cfg(unix)]
    kinds: [Option<Signal>; 2],
}

impl Signals {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(unix)]
            kinds: [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()),
        }
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) {
        async fn one(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        }
        let [interrupt, terminate] = &mut self.kinds;
        tokio::select! {
            () = one(interrupt) => {}
            () = one(terminate) => {}
        }
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
