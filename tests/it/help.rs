//! The help and the manual pages of the built binary.

use crate::command::{counterpart, empty, text};
use crate::support::snapshot;

fn printed(arguments: &[&str]) -> String {
    let folder = empty();
    let output = counterpart(folder.path(), arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn the_page_of_the_program_names_its_commands() {
    snapshot("man_counterpart", &printed(&["man"]));
}

#[test]
fn the_page_of_lint_has_flags_examples_and_exit_codes() {
    snapshot("man_lint", &printed(&["man", "lint"]));
}

#[test]
fn the_summary_of_check_has_one_heading_per_group() {
    let help = printed(&["check", "-h"]);
    let headings: Vec<&str> =
        help.lines().filter(|line| !line.starts_with([' ', '\n']) && line.ends_with(':')).collect();
    let expected = [
        "Arguments:",
        "Options:",
        "Target:",
        "Credentials:",
        "Selection:",
        "Writes:",
        "Limits:",
        "Verdict:",
        "Snapshots:",
        "Output:",
        "Project:",
    ];
    assert_eq!(headings, expected);
    assert!(!help.contains("[env:"), "only the long help names variables:\n{help}");
}

#[test]
fn a_page_of_an_unknown_command_is_bad_usage() {
    let folder = empty();
    let output = counterpart(folder.path(), &["man", "chek"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "error: unknown command \"chek\"; did you mean \"check\"?\n");
}
