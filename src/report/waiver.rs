//! The lines that accept a finding: in the configuration, and in a baseline.

use super::safe;
use crate::document::pointer;
use crate::run::Finding;
use crate::run::policy::place_of;

/// Characters of a message in a line of a baseline.
const MESSAGE: usize = 160;

/// What accepts a finding at one operation, to be pasted into `counterpart.toml`. The reason is left to the user: without
/// one the configuration is refused. What the configuration itself is to blame for has none.
pub fn lines(finding: &Finding) -> Vec<String> {
    if finding.at == "configuration" {
        return Vec::new();
    }
    let mut lines = vec!["[[waive]]".to_owned(), format!("rule = {}", quoted(finding.rule.name()))];
    if !finding.operation.is_empty() {
        lines.push(format!("operation = {}", quoted(&finding.operation)));
    }
    let place = generalised(&place_of(finding));
    if !place.is_empty() {
        lines.push(format!("pointer = {}", quoted(&place)));
    }
    lines.push("reason = \"\"".to_owned());
    lines
}

/// A line of a baseline: the id, and for people the rule, the operation and the message.
pub fn baseline_line(finding: &Finding) -> String {
    let name = finding.operation_name();
    let operation = if name.is_empty() { "-" } else { &name };
    // One line, whatever a server or a document says, and of a long message no more than is shown.
    let words = |text: &str| safe(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned();
    let beginning: String = finding.message.chars().take(2 * MESSAGE).collect();
    let message: String = words(&beginning).chars().take(MESSAGE).collect();
    format!("{} {} {} {message}", finding.id, finding.rule, words(operation))
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    safe(&toml::Value::from(text).to_string()).into_owned()
}

/// Positions in lists become `*`, so that the waiver covers the member at any position.
fn generalised(instance: &str) -> String {
    let step = |token: String| if token.parse::<usize>().is_ok() { "*".to_owned() } else { token };
    pointer::tokens(instance).fold(String::new(), |above, token| pointer::join(&above, &step(token)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, parse};
    use crate::rules::{Rule, Severity};
    use crate::run::policy::{self, Policy};
    use rstest::rstest;

    fn finding(operation: &str, at: &str, instance: &str) -> Finding {
        let bare = Finding::bare(
            "0123456789ab".to_owned(),
            Rule::BodySchema,
            Severity::Error,
            operation,
            "odd\n\u{1b}[31m".to_owned(),
        );
        Finding { at: at.to_owned(), instance: instance.to_owned(), ..bare }
    }

    /// The lines, with a reason, accept the finding, and none at another operation or place.
    #[rstest]
    #[case::in_a_list("list", "response.body", "/results/3/count", ("response.body", "/results/0/name"))]
    #[case::a_member_in_quotes("li\"st\\", "response.body", "/a\"b~1c", ("response.body", "/a"))]
    #[case::a_parameter("list", "request.query.limit", "", ("request.query.offset", ""))]
    #[case::a_body("list", "request.body", "/tags/0", ("request.body", "/name"))]
    fn they_accept_just_that(
        #[case] operation: &str,
        #[case] at: &str,
        #[case] instance: &str,
        #[case] other: (&str, &str),
    ) {
        let own = finding(operation, at, instance);
        let text = lines(&own).join("\n").replace("reason = \"\"", "reason = \"we know\"");
        let settings = parse(Source::Config, "counterpart.toml", &text, &|_| None).unwrap();
        let policy = Policy::of(&settings, jiff::civil::date(2026, 5, 1));
        let mut run = policy::tests::run();
        run.findings = vec![own, finding(operation, other.0, other.1), finding("another", at, instance)];
        policy::apply(&mut run, &policy);
        assert_eq!(run.waived.iter().map(|one| one.finding.each().len()).sum::<usize>(), 1, "{text}");
        let left = run.findings.iter().filter(|one| one.rule == Rule::BodySchema);
        assert_eq!(left.map(|one| one.each().len()).sum::<usize>(), 2, "{text}");
    }

    #[test]
    fn a_baseline_has_one_line_for_it() {
        assert_eq!(baseline_line(&finding("", "", "")), "0123456789ab body-schema - odd \\u{1b}[31m");
    }

    #[test]
    fn a_waiver_has_no_waiver() {
        assert!(lines(&finding("list", "configuration", "/waive/0")).is_empty());
    }
}
