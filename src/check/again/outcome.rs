//! What came of trying findings again.

use crate::check::plan::Sought;
use crate::rules::{Family, Rule, Selector};
use crate::run::{OperationResult, Retried, RetryResult, Run, Verdict};

/// Keeps of a run what it says about the findings that it was to try again.
pub fn narrow(run: &mut Run, sought: &[Sought], is_cut_short: bool) {
    if sought.is_empty() {
        return;
    }
    run.findings.retain(|finding| sought.iter().any(|sought| sought.means(finding)));
    let findings = &run.findings;
    run.pending.retain(|pending| findings.iter().any(|finding| finding.id == pending.finding));
    run.retried = sought.iter().map(|sought| retried(run, sought, is_cut_short)).collect();
    run.problems.clear();
    let is_meant = |rule: Rule| sought.iter().any(|sought| sought.rule.is_none_or(|known| known == rule));
    let is_access = |rule: Rule| matches!(rule.family(), Family::Auth | Family::Scope);
    if !Rule::ALL.iter().any(|rule| is_access(*rule) && is_meant(*rule)) {
        run.access.clear();
    }
    for operation in run.operations.iter_mut().filter(|operation| operation.verdict != Verdict::Skipped) {
        operation.looked.retain(|rule| is_meant(*rule));
        operation
            .untested
            .retain(|known| Rule::ALL.iter().any(|rule| known.rule.covers(*rule) && is_meant(*rule)));
        let about: Vec<&Retried> = sought
            .iter()
            .zip(&run.retried)
            .filter(|(sought, _)| sought.operations.contains(&operation.operation))
            .map(|(_, retried)| retried)
            .collect();
        settle(operation, &about);
    }
}

/// The verdict on an operation is what came of its findings.
fn settle(operation: &mut OperationResult, about: &[&Retried]) {
    if let Some(untried) = about.iter().find(|retried| retried.result == RetryResult::NotTried) {
        operation.verdict = Verdict::Inconclusive;
        operation.why.clone_from(&untried.why);
    } else if !about.is_empty() {
        operation.verdict = Verdict::Conforms;
        (operation.why, operation.needs, operation.settle) = (None, None, None);
    }
}

fn retried(run: &Run, sought: &Sought, is_cut_short: bool) -> Retried {
    let found = run.findings.iter().find(|finding| sought.means(finding));
    let why = match found {
        Some(_) => None,
        None => untried(run, sought, is_cut_short),
    };
    let result = match (found, &why) {
        (Some(_), _) => RetryResult::Found,
        (None, Some(_)) => RetryResult::NotTried,
        (None, None) => RetryResult::Gone,
    };
    let operation = found.map(|finding| finding.operation.clone());
    Retried {
        id: sought.id.clone(),
        rule: sought.rule.or(found.map(|finding| finding.rule)),
        operation: operation.or_else(|| sought.operations.first().cloned()),
        document_name: None,
        result,
        why,
    }
}

/// Why a finding that was not seen may be there all the same.
fn untried(run: &Run, sought: &Sought, is_cut_short: bool) -> Option<String> {
    let Some(rule) = sought.rule else {
        let open =
            run.operations.iter().filter(|operation| operation.verdict == Verdict::Inconclusive).count();
        let why = || format!("nothing says which operation it is about, and {open} were inconclusive");
        return (open > 0 || is_cut_short).then(why);
    };
    let is_its = |operation: &&OperationResult| sought.operations.contains(&operation.operation);
    let operations = || run.operations.iter().filter(is_its);
    if operations().any(|operation| is_tried(operation, rule, sought.class)) && !is_cut_short {
        return None;
    }
    let reason = |operation: &OperationResult| {
        let untested = operation.untested.iter().find(|known| known.rule.covers(rule));
        operation.why.clone().or_else(|| untested.map(|known| known.why.clone()))
    };
    let unseen = || match sought.class {
        _ if is_cut_short => "the run ended before".to_owned(),
        class @ 1..=5 if is_of_class(rule) => format!("no response with a status {class}xx came"),
        _ => "no response showed it".to_owned(),
    };
    Some(operations().find_map(reason).unwrap_or_else(unseen))
}

/// Whether a rule looked at an operation, in a response of the class that the finding is about.
fn is_tried(operation: &OperationResult, rule: Rule, class: u16) -> bool {
    let class = class.to_string();
    let was_seen = || operation.statuses.keys().any(|status| status.starts_with(&class));
    operation.verdict != Verdict::Skipped
        && operation.looked.contains(&rule)
        && (!is_of_class(rule) || was_seen())
}

/// Whether findings of a rule are about what a response holds, whatever its status.
fn is_of_class(rule: Rule) -> bool {
    matches!(Selector::from(rule).family(), Family::Body | Family::Header)
}

#[cfg(test)]
mod tests;
