//! `counterpart review`: people decide about pending snapshots.

mod apply;
mod decisions;
mod html;
mod report;
mod saved;
mod ui;
mod waiting;
mod web;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::args::{Review, ReviewFormat, ReviewLabel};
use crate::cli::fs;
use crate::cli::output::{FINDINGS, OK, Stop, print, print_bytes, print_json, say};
use crate::project::Config;
use crate::report::safe;
use crate::run::pending::Label;
use crate::run::policy::fits;
use apply::{Done, conclude};
use decisions::{Outcome, Session};
use waiting::{Decision, Folders, Kind, Waiting, base, count, find};

pub(super) async fn run(args: &Review, config: &Config) -> Result<u8, Stop> {
    let folders = Folders::of(args, config)?;
    // Found out before anybody decides.
    args.save.iter().try_for_each(|file| fs::try_place(Path::new(file)))?;
    let report = args.report.as_deref().map(report::wanted).transpose()?;
    let looks = args.list || report.is_some();
    let (mut waiting, all, rest) = pending(args, &folders, looks)?;
    if let Some((format, file)) = report {
        let text = report::render(format, &waiting);
        match file {
            Some(file) => fs::write(Path::new(file), text.as_bytes())?,
            None => print_bytes(crate::report::without_commands(&text).as_bytes())?,
        }
        return Ok(if waiting.is_empty() { rest } else { FINDINGS });
    }
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let decides = args.accept || args.reject || args.web || args.apply.is_some();
    if args.list || (args.unreferenced && !decides && !is_terminal) {
        if args.unreferenced && waiting.is_empty() {
            say("none is known; check --snapshots finds them where it may write");
        }
        return list(&waiting, args.format);
    }
    if let Some(file) = &args.apply {
        let decided = saved::read(Path::new(file), &waiting)?;
        return told(&conclude(&folders, None, &decided)?, rest);
    }
    if waiting.is_empty() {
        let told = match all {
            0 => "no snapshots are pending\n".to_owned(),
            all => format!("no pending snapshot matches; {} in all\n", count(all)),
        };
        print(&told)?;
        return Ok(rest);
    }
    let save = args.save.as_ref().map(PathBuf::from);
    if args.accept || args.reject {
        return at_once(args, &folders, save.as_deref(), (&mut waiting, rest));
    }
    if args.web {
        return in_page(folders, save, waiting, rest).await;
    }
    if !is_terminal {
        return Err(Stop::usage(format!(
            "{} to review, but no terminal; use --list, --accept, --reject, --apply, --report or --web",
            count(waiting.len())
        )));
    }
    let mut session = Session::of(waiting);
    if !ui::walk(&mut session)? {
        return Err(broken_off());
    }
    let decided = session.outcome();
    told(&conclude(&folders, save.as_deref(), &decided)?, rest)
}

fn broken_off() -> Stop {
    Stop::interrupted("interrupted; nothing was written")
}

/// What waits and was asked for, how much waits in all, and the exit code for when nothing of it is left.
fn pending(args: &Review, folders: &Folders, looks: bool) -> Result<(Vec<Waiting>, usize, u8), Stop> {
    let mut cut_off = Vec::new();
    if looks {
        // Looking changes nothing.
        cut_off = apply::cut_off(folders)?;
        if !cut_off.is_empty() {
            say(
                "an earlier review was interrupted; its decisions are left out here, and the next review carries them out",
            );
        }
    } else {
        apply::finish(folders)?;
    }
    let (mut waiting, unreadable) = find(folders)?;
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
    waiting.retain(|one| !args.unreferenced || one.kind == Kind::Removed);
    Ok((waiting, all, if unreadable.is_empty() { OK } else { FINDINGS }))
}

/// The same decision for everything.
fn at_once(
    args: &Review,
    folders: &Folders,
    save: Option<&Path>,
    (waiting, mut rest): (&mut Vec<Waiting>, u8),
) -> Result<u8, Stop> {
    let decision = if args.accept { Decision::Accept } else { Decision::Reject };
    let mut kept = 0;
    if args.accept && !args.unreferenced {
        // Who accepts what is new has not said that anything is to go.
        let before = waiting.len();
        waiting.retain(|one| one.kind != Kind::Removed);
        kept = before - waiting.len();
    }
    let all = waiting.iter();
    let decided: Vec<Outcome<'_>> =
        all.map(|waiting| Outcome { waiting, decision, accepted: Vec::new() }).collect();
    let done = conclude(folders, save, &decided)?;
    if save.is_some() {
        print(&done.told)?;
    } else {
        let word = if args.accept { "accepted" } else { "rejected" };
        print(&format!("{word} {}\n", decided.len()))?;
    }
    if kept > 0 {
        say(&format!("{} that no run made would be removed: review --unreferenced", count(kept)));
        rest = FINDINGS;
    }
    Ok(rest)
}

/// Decisions made in a browser.
async fn in_page(
    folders: Folders,
    save: Option<PathBuf>,
    waiting: Vec<Waiting>,
    rest: u8,
) -> Result<u8, Stop> {
    let file = save.as_ref().map(|file| file.display().to_string());
    let conclude = move |decided: &[Outcome<'_>]| conclude(&folders, save.as_deref(), decided);
    match web::walk(Session::of(waiting), file, Box::new(conclude)).await? {
        web::End::BrokenOff => Err(broken_off()),
        web::End::Concluded(done) => told(&done?, rest),
    }
}

/// Prints what came of a review; 1 where something still waits.
fn told(done: &Done, rest: u8) -> Result<u8, Stop> {
    print(&done.told)?;
    Ok(if done.skipped > 0 { FINDINGS } else { rest })
}

/// Whether the change that weighs most has that label; what is new, or was torn by a merge, has none.
fn is_labelled(one: &Waiting, label: ReviewLabel) -> bool {
    let has = |label: Label| one.note.changes.iter().any(|change| change.label == label);
    match label {
        ReviewLabel::New => one.kind == Kind::New,
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
                .map(|one| {
                    json!({
                        "snapshot": one.name, "request": one.new.expression, "new": one.kind == Kind::New,
                        "removed": one.kind == Kind::Removed, "changes": one.note.changes
                    })
                })
                .collect();
            print_json(&rows)?;
        }
        ReviewFormat::Text => {
            for one in waiting {
                let kind = match one.remark() {
                    "" => String::new(),
                    remark => format!(" ({remark})"),
                };
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
