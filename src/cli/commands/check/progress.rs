//! How far a check is: a bar on a terminal, else a line every ten seconds.

use std::convert::Infallible;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use crate::check;
use crate::cli::args::Common;
use crate::cli::env;
use crate::cli::output::say;
use crate::report::safe;

/// How often a line is printed.
const EVERY: Duration = Duration::from_secs(10);

/// How far a run is.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    done: usize,
    planned: usize,
    sent: usize,
    found: usize,
}

/// Shows how far a run is.
pub(super) struct Progress {
    bar: ProgressBar,
    has_lines: bool,
    reached: watch::Sender<Reached>,
}

impl Progress {
    /// A bar on a terminal; in CI, whose logs keep every frame, and where nobody looks, lines.
    pub fn new(common: &Common) -> Self {
        let has_bar = !common.quiet && !env::is_ci() && std::io::stderr().is_terminal();
        let bar = if has_bar { bar() } else { ProgressBar::hidden() };
        Self { bar, has_lines: !common.quiet && !has_bar, reached: watch::Sender::default() }
    }

    /// Takes note of an event.
    pub fn note(&self, event: &check::Event<'_>) {
        let check::Event::Begins { done, planned, sent, found, operation } = *event else { return };
        self.reached.send_replace(Reached { done, planned, sent, found });
        self.bar.set_length(planned as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(format!("{sent} requests · {}", safe(operation)));
    }

    /// Prints a line every ten seconds, where there is no bar.
    pub async fn print(&self) -> Infallible {
        let mut seconds = 0;
        loop {
            tokio::time::sleep(EVERY).await;
            seconds += EVERY.as_secs();
            if self.has_lines {
                say(&line(seconds, *self.reached.borrow()));
            }
        }
    }

    /// Does something while the bar is out of the way.
    pub fn suspend(&self, act: impl FnOnce()) {
        self.bar.suspend(act);
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn line(seconds: u64, reached: Reached) -> String {
    let Reached { done, planned, sent, found } = reached;
    let share = (done * 100).checked_div(planned).unwrap_or(0);
    format!("{seconds} s: {share} % of the plan, {sent} requests, {found} findings")
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏ "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Reached::default(), "10 s: 0 % of the plan, 0 requests, 0 findings")]
    #[case(
        Reached { done: 3, planned: 8, sent: 140, found: 2 },
        "10 s: 37 % of the plan, 140 requests, 2 findings"
    )]
    fn a_line_says_how_far_it_is(#[case] reached: Reached, #[case] expected: &str) {
        assert_eq!(line(10, reached), expected);
    }
}
