//! Why a run ends with its exit code.

use super::{Policy, exit_code};
use crate::rules::Severity;
use crate::run::thresholds;
use crate::run::{Finding, RetryResult, Run, Verdict};

/// What the exit code stands for, in a few words.
pub fn exit_reason(run: &Run, policy: &Policy) -> String {
    let retried = |result| run.retried.iter().filter(|retried| retried.result == result).count();
    match exit_code(run, policy) {
        0 if run.retried.is_empty() => "nothing speaks against the target".to_owned(),
        0 => "nothing of it was found again".to_owned(),
        1 if !run.retried.is_empty() => {
            format!("{} found again", counted(retried(RetryResult::Found), "finding"))
        }
        1 => failing(run, policy),
        _ if !run.retried.is_empty() => {
            format!("{} could not be tried", counted(retried(RetryResult::NotTried), "finding"))
        }
        _ => {
            let open =
                run.operations.iter().filter(|operation| operation.verdict == Verdict::Inconclusive).count();
            format!("{} inconclusive; --allow-inconclusive accepts that", counted(open, "operation"))
        }
    }
}

fn failing(run: &Run, policy: &Policy) -> String {
    let new = || run.findings.iter().filter(|finding| !finding.known);
    let count = |is: &dyn Fn(&Finding) -> bool| new().filter(|finding| is(finding)).count();
    let errors = count(&|finding| finding.severity == Severity::Error);
    let warnings = count(&|finding| finding.severity == Severity::Warning);
    let pending = count(&|finding| run.pending_of(finding).is_some());
    let mut reasons = Vec::new();
    if errors > 0 {
        reasons.push(counted(errors, "error"));
    }
    if warnings > 0 && policy.deny_warnings {
        reasons.push(format!("{}, denied", counted(warnings, "warning")));
    }
    if pending > 0 {
        reasons.push(format!("{} pending", counted(pending, "snapshot")));
    }
    let complaints = thresholds::complaints(run, policy.thresholds);
    reasons.extend(complaints.iter().filter_map(|complaint| complaint.lines().next()).map(str::to_owned));
    reasons.join(", ")
}

fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::run::policy::tests::run;

    #[rstest]
    #[case::error(Severity::Error, Verdict::Fails, false, "1 error")]
    #[case::warning(Severity::Warning, Verdict::Conforms, false, "nothing speaks against the target")]
    #[case::denied(Severity::Warning, Verdict::Conforms, true, "1 warning, denied")]
    #[case::open(
        Severity::Warning,
        Verdict::Inconclusive,
        false,
        "1 operation inconclusive; --allow-inconclusive accepts that"
    )]
    fn the_reason_fits_the_code(
        #[case] severity: Severity,
        #[case] verdict: Verdict,
        #[case] deny_warnings: bool,
        #[case] expected: &str,
    ) {
        let mut run = run();
        run.findings[0].severity = severity;
        run.operations[0].verdict = verdict;
        assert_eq!(exit_reason(&run, &Policy { deny_warnings, ..Policy::default() }), expected);
    }
}
