//! `counterpart explain RULE`.

use std::fmt::Write as _;

use crate::cli::output::{OK, Stop, print_bytes};
use crate::config::nearest;
use crate::rules::{Rule, Severity};

pub(super) fn run(name: &str) -> Result<u8, Stop> {
    let Ok(rule) = name.parse::<Rule>() else {
        let known = Rule::ALL.iter().map(|rule| rule.name());
        return Err(Stop::usage(format!("unknown rule {name:?}; {}", nearest(name, known))));
    };
    let severity = match rule.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let text = format!(
        "{} (family {}, {} by default)\n\n  {}.\n\n{}\n\nTo fix it: {}\n\nTo waive it, in counterpart.toml:\n\n  [[waive]]\n  rule = {:?}\n  operation = \"…\"\n  reason = \"…\"\n\nor, everywhere:\n\n  [rules]\n  {} = \"off\"\n",
        rule,
        rule.family(),
        severity,
        rule.summary(),
        rule.meaning(),
        rule.remedy(),
        rule.name(),
        rule
    );
    let mut text = text;
    if let Some(address) = rule.standard() {
        let _ = writeln!(text, "\nThe standard: {address}");
    }
    if crate::mock::faults::rules().any(|known| known == rule) {
        text.push_str("\nTo try it: counterpart mock --stateful --fault ");
        text.push_str(rule.name());
        text.push_str("@OPERATION\n");
    }
    for category in rule.fault_categories() {
        let _ = writeln!(text, "\nFault category of Web Fuzzing Commons: {} {}", category.code, category.id);
    }
    print_bytes(text.as_bytes())?;
    Ok(OK)
}
