//! Whether the target is still well: reads that worked before, and requests since then that could have done
//! harm.

use std::collections::HashSet;
use std::sync::Arc;

use crate::check::credentials::KeyChoice;
use crate::check::evidence::Evidence;
use crate::contract::OperationId;
use crate::exchange::{Exchange, Request};

/// Requests that are named where the target was harmed.
const MOST_NAMED: usize = 12;

/// A read that was answered with success, and what its answer was like.
#[derive(Debug, Clone)]
pub(in crate::check) struct Probe {
    /// Which operation.
    pub operation: OperationId,
    pub request: Request,
    pub key: KeyChoice,
    pub media_type: Option<String>,
    /// Entries that this run did not make, by all that they hold of an id.
    pub entries: HashSet<String>,
}

/// An unsafe request that was sent since the target was last seen well.
#[derive(Debug, Clone)]
pub(in crate::check) struct Suspect {
    /// Which operation.
    pub operation: OperationId,
    /// The request, as it is shown.
    pub line: String,
    pub evidence: Evidence,
}

/// What is known of the target's health. There may be thousands of suspects, and each fork of a session has them.
#[derive(Debug, Clone, Default)]
pub(in crate::check) struct Health {
    probe: Option<Probe>,
    /// Requests before the latest one: which operation, and the request as it is shown.
    earlier: Vec<Arc<(OperationId, String)>>,
    /// The latest request that nobody has looked behind.
    last: Option<Arc<Suspect>>,
    /// Changes that were looked behind in the unit that is played: which operation, and what it was sent.
    looked_behind: HashSet<(OperationId, String)>,
    /// Unsafe requests of parts of the run beside this one, as they are shown.
    pub beside: Vec<String>,
    harm: Option<String>,
}

/// That a target was harmed: what the run says, and what is blamed.
#[derive(Debug)]
pub(in crate::check) struct Harm {
    /// What could have done it.
    pub message: String,
    /// The read that shows it.
    pub read: String,
    /// What that read is answered with.
    pub found: String,
    /// The latest request that could have done it.
    pub suspect: Option<Suspect>,
}

impl Health {
    /// Why the run ended early, where the target was harmed.
    pub fn harm(&self) -> Option<&str> {
        self.harm.as_deref()
    }

    pub fn is_harmed(&self) -> bool {
        self.harm.is_some()
    }

    pub fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// Whether another read would be a better probe: there is none, or it shows nothing of others.
    pub fn wants_probe(&self) -> bool {
        self.probe.as_ref().is_none_or(|probe| probe.entries.is_empty())
    }

    /// Takes a read for the probe; one that shows what others made before any other.
    pub fn offer(&mut self, probe: Probe) {
        if self.probe.is_none() || !probe.entries.is_empty() {
            self.probe = Some(probe);
        }
    }

    /// Waits for another read, since this one is answered otherwise from now on.
    pub fn forget_probe(&mut self) {
        self.probe = None;
    }

    pub fn suspect(&mut self, suspect: Suspect) {
        if let Some(last) = self.last.replace(Arc::new(suspect)) {
            self.earlier.push(Arc::new((last.operation, last.line.clone())));
        }
    }

    /// The latest request that nobody has looked behind.
    pub fn last_suspect(&self) -> Option<&Suspect> {
        self.last.as_deref()
    }

    /// The target is well: nothing that was sent so far has harmed it. Gives the operations that were sent.
    pub fn clear(&mut self) -> Vec<OperationId> {
        let earlier = std::mem::take(&mut self.earlier);
        let last = self.last.take();
        earlier.iter().map(|known| known.0).chain(last.map(|last| last.operation)).collect()
    }

    /// Forgets how changes went: each unit finds out by itself, so that no unit depends on another.
    pub fn begins_unit(&mut self) {
        self.looked_behind.clear();
    }

    /// Whether a change of an object of this run's needs no look behind it: the same was sent before, but for the tokens of
    /// the run, and harmed nothing. `sent` is its body without tokens.
    pub fn may_wait(&mut self, operation: OperationId, sent: String) -> bool {
        self.probe.is_some() && !self.looked_behind.insert((operation, sent))
    }

    /// The probe is answered otherwise than before, and goes on being so.
    pub fn harmed(&mut self, probe: &Probe, seen: &Exchange) -> Harm {
        let earlier = std::mem::take(&mut self.earlier);
        let last = self.last.take();
        let found = match &seen.outcome {
            Ok(response) if response.status.is_success() => "other entries than before".to_owned(),
            Ok(response) => response.status.as_u16().to_string(),
            Err(failure) => failure.to_string(),
        };
        let lines = earlier.iter().map(|known| &known.1).chain(last.iter().map(|last| &last.line));
        let lines: Vec<&str> = lines.chain(&self.beside).map(String::as_str).collect();
        let message = match lines.as_slice() {
            [] => "the target no longer answers as before".to_owned(),
            [one] => format!("the target no longer answers as before after {one}"),
            many => {
                let (more, named) = many.split_at(many.len().saturating_sub(MOST_NAMED));
                let more =
                    if more.is_empty() { String::new() } else { format!("{} more, and of: ", more.len()) };
                format!("the target no longer answers as before after one of: {more}{}", named.join(", "))
            }
        };
        let read = format!("{} {}", probe.request.method, probe.request.target());
        self.harm = Some(format!("{message}; {read} is answered with: {found}"));
        Harm { message, read, found, suspect: last.map(Arc::unwrap_or_clone) }
    }
}

#[cfg(test)]
mod tests;
