//! The input of a run, the events it reports, and its result.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::credentials::Sources;
use super::phases::probe::Cause;
use super::plan::{Plan, Settings};
use super::target::Target;
use crate::contract::Contract;
use crate::resources::Resources;
use crate::run::{Answer, Run};

/// How long after its end a run may begin to remove what it made: beyond the deadline, after the
/// first error of a run that ends there, after it was stopped.
pub const RESERVE: Duration = Duration::from_secs(30);

/// Reads that are under way at the same time, where nobody says how many.
pub const JOBS: u8 = 4;

/// Bounds of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The mark of the run, six letters: in `Counterpart-Case`, and in every text that it makes up.
    pub name: String,
    /// When the run begins, where its caller has a clock.
    pub begun: Option<Timestamp>,
    /// Whether all that is sent is kept for reports.
    pub keeps_traffic: bool,
    /// Seed of random choices.
    pub seed: u64,
    /// Reads that are under way at the same time, at most.
    pub jobs: u8,
    /// Writes that are under way at the same time, at most: of parts of the API that have nothing to do with
    /// each other.
    pub write_jobs: u8,
    /// Least time between two requests.
    pub pause: Option<Duration>,
    /// The run ends after this long; the rest is inconclusive. Removing what was made may take
    /// [`RESERVE`] more.
    pub deadline: Option<Duration>,
    /// The run ends after this many requests; the rest is inconclusive. Removing what was made takes
    /// one more for each object. `None` is a number that depends on how many operations there are.
    pub max_requests: Option<usize>,
    /// Answers that take longer are findings.
    pub slow: Option<Duration>,
    /// The run ends at the first error.
    pub fail_fast: bool,
}

/// The events of a run.
#[derive(Debug, Clone)]
pub enum Event<'e> {
    /// A step or a sequence is about to begin.
    Begins {
        /// Steps and sequences that are over.
        done: usize,
        /// Steps and sequences of the plan.
        planned: usize,
        /// Requests sent.
        sent: usize,
        /// Findings so far.
        found: usize,
        /// Id of the operation.
        operation: &'e str,
    },
    /// An object was made, which the run owes to remove.
    Made {
        /// Its address.
        address: &'e str,
    },
    /// What was made was removed, or hidden where nothing removes it.
    Removed {
        /// Its address.
        address: &'e str,
    },
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// What was found; no policy is applied yet.
    pub run: Run,
    /// Set where nothing but the first look was sent.
    pub stopped: Option<Cause>,
    /// The first answer of each operation in each case with each status and media type.
    pub answers: Vec<Answer>,
    /// Answers that were asked for ahead and turned out not to be wanted.
    pub unused: usize,
    /// Whether a bound ended the run before its plan did.
    pub is_cut_short: bool,
}

/// The receiver of a run's events.
pub type Listener<'l> = &'l mut (dyn FnMut(Event<'_>) + Send);

/// Everything that a run needs, all of it passed in by the caller.
pub struct Job<'j> {
    /// What the target is held to.
    pub contract: &'j Contract,
    /// What was inferred of its resources.
    pub resources: &'j Resources,
    /// What to send.
    pub plan: &'j Plan,
    /// What the plan was made from.
    pub settings: &'j Settings,
    /// Where keys come from.
    pub sources: &'j Sources,
    /// What requests are sent to.
    pub target: &'j dyn Target,
    /// Bounds.
    pub options: &'j Options,
    /// Becomes `true` when the run should end: after the request in flight, and after what it made
    /// was removed.
    pub stop: watch::Receiver<bool>,
}
