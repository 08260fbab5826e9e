//! Which waivers of a run accepted something.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Policy, Waiver, about, fits, is_live, settle};
use crate::rules::{Rule, Severity};
use crate::run::finding::stored::FindingDef;
use crate::run::{Finding, Run, Verdict};

/// What came of a waiver in a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WaiverUse {
    /// What is said of it where it accepts nothing.
    #[serde(with = "FindingDef")]
    pub(crate) finding: Finding,
    /// Its day is past.
    is_expired: bool,
    /// It accepted a finding.
    is_used: bool,
    /// What it is about was sent.
    has_run: bool,
}

impl WaiverUse {
    pub(super) fn of(run: &Run, policy: &Policy, waiver: &Waiver, is_used: bool) -> Self {
        let is_expired = !is_live(waiver, policy.today);
        let (rule, severity) = if is_expired {
            (Rule::WaiverExpired, Severity::Error)
        } else {
            (Rule::WaiverUnused, Severity::Warning)
        };
        let has_run = run.operations.iter().any(|operation| {
            operation.requests > 0
                && operation.verdict != Verdict::Skipped
                && waiver.operation.as_deref().is_none_or(|glob| fits(glob, &operation.operation))
        });
        Self { finding: about(waiver, rule, severity), is_expired, is_used, has_run }
    }

    /// What it is known by.
    pub fn key(&self) -> (String, String, String) {
        let place = self.finding.document.as_ref();
        (
            place.map(|place| place.file.clone()).unwrap_or_default(),
            self.finding.instance.clone(),
            self.finding.message.clone(),
        )
    }

    /// Adds what came of it in another part of the run.
    pub fn join(&mut self, other: &Self) {
        self.is_used |= other.is_used;
        self.has_run |= other.has_run;
    }
}

/// Tells of waivers that accepted nothing, and settles verdicts and counts: the second half of
/// [`apply_all`](super::apply_all). What several documents share counts for all of them, and is told of once.
pub fn conclude(runs: &mut [(&mut Run, &Policy, Vec<WaiverUse>)]) {
    let all = runs.iter().flat_map(|(_, _, waivers)| waivers);
    let used: HashSet<_> = all.filter(|waiver| waiver.is_used).map(WaiverUse::key).collect();
    let mut told = HashSet::new();
    for (run, policy, waivers) in runs {
        let mut told_here = HashSet::new();
        for waiver in waivers.iter().filter(|waiver| !told.contains(&waiver.key())) {
            let is_unused = !used.contains(&waiver.key()) && waiver.has_run && !policy.is_part;
            if waiver.is_expired || is_unused {
                told_here.insert(waiver.key());
                run.findings.push(waiver.finding.clone());
            }
        }
        told.extend(told_here);
        settle(run, policy);
    }
}
