//! What all documents of a run come to: the exit code, and why.

use crate::cli::output::tell;
use crate::report::safe;
use crate::run::policy::{self, Policy};
use crate::run::{Run, thresholds};

/// A document that was checked and judged; its name, where there are several.
pub(in crate::cli::commands) type Judged<'j> = (Option<&'j str>, &'j Run, &'j Policy);

/// The exit code and what it stands for: the worst that the documents come to. Says what was not looked at and should
/// have been.
pub(in crate::cli::commands) fn verdict(judged: &[Judged<'_>]) -> (u8, String) {
    // A finding weighs more than an open question.
    let codes: Vec<u8> = judged.iter().map(|(_, run, policy)| policy::exit_code(run, policy)).collect();
    for (name, run, policy) in judged {
        let name = name.map(|name| format!("{}: ", safe(name))).unwrap_or_default();
        for complaint in thresholds::complaints(run, policy.thresholds) {
            let lines: Vec<_> = complaint.lines().map(safe).collect();
            tell("error", &format!("{name}{}", lines.join("\n")));
        }
    }
    let code = [1, 4].into_iter().find(|code| codes.contains(code)).unwrap_or(0);
    let decisive = judged.iter().zip(&codes).filter(|(_, own)| **own == code);
    let mut why: Vec<String> =
        decisive.map(|((_, run, policy), _)| policy::exit_reason(run, policy)).collect();
    why.dedup();
    (code, why.join("; "))
}
