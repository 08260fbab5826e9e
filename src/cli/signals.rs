//! Ctrl-C, SIGTERM and SIGHUP.

#[cfg(unix)]
use rustix::process::Signal as Kind;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals since this was made; one that comes while nobody waits is kept for the next wait.
pub(super) struct Signals {
    /// `None` where the system gives no such signal, or it is left alone.
    #[cfg(unix)]
    kinds: [Option<Signal>; 3],
}

#[cfg(unix)]
impl Signals {
    /// Those that ask to end.
    pub(super) fn new() -> Self {
        let [interrupt, terminate] =
            [SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok());
        Self { kinds: [interrupt, terminate, None] }
    }

    /// Those, and the end of the terminal.
    pub(super) fn with_hang_up() -> Self {
        let Self { kinds: [interrupt, terminate, _] } = Self::new();
        Self { kinds: [interrupt, terminate, signal(SignalKind::hangup()).ok()] }
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        self.received().await;
    }

    /// Waits for the next one: which it is.
    pub(super) async fn received(&mut self) -> Kind {
        async fn one(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        }
        let [interrupt, terminate, hang_up] = &mut self.kinds;
        tokio::select! {
            () = one(interrupt) => Kind::INT,
            () = one(terminate) => Kind::TERM,
            () = one(hang_up) => Kind::HUP,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Ctrl-C.
    pub(super) fn new() -> Self {
        Self {}
    }

    /// The same.
    pub(super) fn with_hang_up() -> Self {
        Self {}
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }

    /// Waits for the next one.
    pub(super) async fn received(&mut self) {
        self.next().await;
    }
}
