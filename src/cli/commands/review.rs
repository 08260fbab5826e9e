//! `counterpart review`: people decide about pending snapshots.

mod apply;
mod decisions;
mod ui;
mod waiting;

use std::fmt::Write as _;
use std::io::IsTerminal;

use serde_json::json;

use crate::cli::args::{Review, ReviewFormat, ReviewLabel};
use crate::cli::output::{FINDINGS, OK, Stop, print, print_json, say};
use crate::project::Config;
use crate::report::safe;
use crate::run::pending::Label;
use crate::run::policy::fits;
use waiting::{Decision, Folders, Waiting, base, count, find};

pub(super) fn run(args: &Review, config: &Config) -> Result<u8, Stop> {
    let folders = Folders::of(args, config)?;
    let mut cut_off = Vec::new();
    if args.list {
        // Looking changes nothing.
        cut_off = apply::cut_off(&folders)?;
        if !cut_off.is_empty() {
            say(
                "an earlier review was interrupted; its decisions are left out here, and the next review carries them out",
            );
        }
    } else {
        apply::finish(&folders)?;
    }
    let (mut waiting, unreadable) = find(&folders)?;
    for path in &unreadable {
        say(&format!("{} is not a snapshot; remove it", path.display()));
    }
    waiting.retain(|one| !cut_off.contains(&one.name));
    let all = waiting.len();
    waiting.retain(|one| {
        let is_wanted = |glob: &String| fits(glob, &one.name) || fits(glob, base(&one.name));
        args.only.is_empty() || args.only.iter().any(is_wanted)
    });
    waiting.retain(|one| args.label.is_none_or(|label| is_labelled(one, label)));
    if args.list {
        return list(&waiting, args.format);
    }
    let rest = if unreadable.is_empty() { OK } else { FINDINGS };
    if waiting.is_empty() {
        let told = match all {
            0 => "no snapshots are pending\n".to_owned(),
            all => format!("no pending snapshot matches; {} in all\n", count(all)),
        };
        print(&told)?;
        return Ok(rest);
    }
    let decision = match (args.accept, args.reject) {
        (true, _) => Some(Decision::Accept),
        (_, true) => Some(Decision::Reject),
        _ => None,
    };
    if let Some(decision) = decision {
        let decided: Vec<(&Waiting, Decision)> = waiting.iter().map(|one| (one, decision)).collect();
        apply::carry_out(&folders, &decided)?;
        let word = if decision == Decision::Accept { "accepted" } else { "rejected" };
        print(&format!("{word} {}\n", waiting.len()))?;
        return Ok(rest);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Stop::usage(format!(
            "{} to review, but no terminal; use --list, --accept or --reject",
            count(waiting.len())
        )));
    }
    let Some(session) = ui::walk(&waiting)? else {
        return Err(Stop::interrupted("interrupted; nothing was written"));
    };
    let decided = session.outcome();
    apply::carry_out(&folders, &decided)?;
    let count = |wanted: Decision| decided.iter().filter(|(_, decision)| *decision == wanted).count();
    let [accepted, rejected, skipped] = [Decision::Accept, Decision::Reject, Decision::Skip].map(count);
    print(&format!("accepted {accepted}, rejected {rejected}, skipped {skipped}\n"))?;
    Ok(if skipped > 0 { FINDINGS } else { rest })
}

/// Whether the change that weighs most has that label; what is new, or was torn by a merge, has none.
fn is_labelled(one: &Waiting, label: ReviewLabel) -> bool {
    let has = |label: Label| one.note.changes.iter().any(|change| change.label == label);
    match label {
        ReviewLabel::New => one.is_new,
        ReviewLabel::Breaks => has(Label::Breaks),
        ReviewLabel::Unknown => has(Label::Unknown) && !has(Label::Breaks),
        ReviewLabel::Allowed => has(Label::Allowed) && !has(Label::Unknown) && !has(Label::Breaks),
    }
}

fn list(waiting: &[Waiting], format: ReviewFormat) -> Result<u8, Stop> {
    let mut out = String::new();
    match format {
        ReviewFormat::Json => {
            let rows: Vec<_> = waiting
                .iter()
                .map(|one| json!({"snapshot": one.name, "request": one.new.expression, "new": one.is_new, "changes": one.note.changes}))
                .collect();
            print_json(&rows)?;
        }
        ReviewFormat::Text => {
            for one in waiting {
                let kind = if one.is_new { " (new)" } else { "" };
                let _ = writeln!(out, "{}{kind}", safe(&one.name));
                for change in &one.note.changes {
                    let _ = writeln!(out, "  {}  {}", safe(&change.change), change.label);
                }
            }
        }
    }
    print(&out)?;
    Ok(if waiting.is_empty() { OK } else { FINDINGS })
}
