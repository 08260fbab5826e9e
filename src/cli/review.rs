//! `counterpart review`: people decide about pending snapshots.

mod session;
pub(super) mod settle;
mod walk;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Review, ReviewFormat, ReviewLabel};
use super::snapshots::{failed, named};
use super::{FINDINGS, OK, Stop, load, print_bytes};
use crate::report::safe;
use crate::run::pending::Label;
use crate::run::policy::fits;
use crate::snapshot::Note;
use crate::snapshot::file::File;

/// A snapshot that waits.
struct Waiting {
    /// Below the folder: `<doc>/<name>.snap`.
    name: String,
    /// The reviewed file, which need not be there.
    reviewed: PathBuf,
    /// The pending one.
    path: PathBuf,
    old: Option<File>,
    new: File,
    note: Note,
}

/// What is decided about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    Skip,
}

pub(super) fn run(args: &Review, config: &load::Config) -> Result<u8, Stop> {
    let told = config.settings.snapshot.as_ref().and_then(|snapshot| snapshot.dir.as_ref());
    let told = told.map(|dir| config.folder.join(dir).display().to_string());
    let folder = args.dir.clone().or(told).unwrap_or_else(|| "snapshots".to_owned());
    let pending = args.pending.clone().unwrap_or_else(|| folder.clone());
    let (folder, pending) = (Path::new(&folder), Path::new(&pending));
    settle::finish(pending)?;
    let mut waiting = find(folder, pending)?;
    waiting.retain(|one| {
        args.only.is_empty()
            || args.only.iter().any(|glob| fits(glob, &one.name) || fits(glob, base(&one.name)))
    });
    if let Some(label) = args.label {
        waiting.retain(|one| is_labelled(one, label));
    }
    if args.list {
        return list(&waiting, args.format);
    }
    if waiting.is_empty() {
        print_bytes(b"nothing waits for review\n")?;
        return Ok(OK);
    }
    let told = config.settings.fixtures.as_ref().map(|dir| config.folder.join(dir));
    let told = told.unwrap_or_else(|| PathBuf::from("fixtures"));
    let fixtures = args.to_fixtures.then_some(told.as_path());
    let decision = match (args.accept, args.reject) {
        (true, _) => Some(Decision::Accept),
        (_, true) => Some(Decision::Reject),
        _ => None,
    };
    if let Some(decision) = decision {
        let decided: Vec<(&Waiting, Decision)> = waiting.iter().map(|one| (one, decision)).collect();
        settle::carry_out(pending, &decided, fixtures)?;
        let word = if decision == Decision::Accept { "accepted" } else { "rejected" };
        print_bytes(format!("{word} {}\n", waiting.len()).as_bytes())?;
        return Ok(OK);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let wait = if waiting.len() == 1 { "snapshot waits" } else { "snapshots wait" };
        return Err(Stop::usage(format!(
            "{} {wait}; here is no terminal to review in: use --list, --accept or --reject",
            waiting.len()
        )));
    }
    let Some(session) = walk::walk(&waiting)? else {
        return Err(Stop::interrupted("interrupted; nothing was written"));
    };
    let decided = session.outcome();
    settle::carry_out(pending, &decided, fixtures)?;
    let count = |wanted: Decision| decided.iter().filter(|(_, decision)| *decision == wanted).count();
    let [accepted, rejected, skipped] = [Decision::Accept, Decision::Reject, Decision::Skip].map(count);
    print_bytes(format!("accepted {accepted}, rejected {rejected}, skipped {skipped}\n").as_bytes())?;
    Ok(if skipped > 0 { FINDINGS } else { OK })
}

/// Whether all that changed has that label.
fn is_labelled(one: &Waiting, label: ReviewLabel) -> bool {
    let wanted = match label {
        ReviewLabel::New => return one.old.is_none(),
        ReviewLabel::Allowed => Label::Allowed,
        ReviewLabel::Breaks => Label::Breaks,
        ReviewLabel::Unknown => Label::Unknown,
    };
    let changes = &one.note.changes;
    // One without changes is new, and has no label.
    !changes.is_empty() && changes.iter().all(|change| change.label == wanted)
}

/// Everything that waits in a folder and the folders of documents in it.
fn find(folder: &Path, pending: &Path) -> Result<Vec<Waiting>, Stop> {
    let mut groups = vec![String::new()];
    if let Ok(entries) = std::fs::read_dir(pending) {
        let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        groups.extend(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    }
    groups.sort();
    let mut found = Vec::new();
    for group in groups {
        for new in named(&pending.join(&group), ".snap.new")? {
            let path = pending.join(&group).join(&new);
            let name = new.trim_end_matches(".new");
            let reviewed = folder.join(&group).join(name);
            let read = |path: &Path| std::fs::read_to_string(path);
            let text = read(&path).map_err(|error| failed("read", &path, &error))?;
            let Some(new) = File::parse(&text) else {
                return Err(Stop::usage(format!("{} is no snapshot; remove it", path.display())));
            };
            let note = new.info.as_deref().and_then(|info| serde_json::from_str(info).ok());
            let note: Note = note.unwrap_or_default();
            let old = read(&reviewed).ok().and_then(|text| File::parse(&text));
            let name = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
            found.push(Waiting { name, reviewed, path, old, new, note });
        }
    }
    Ok(found)
}

/// A name without its folder and without `.snap`.
fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name).trim_end_matches(".snap")
}

fn list(waiting: &[Waiting], format: ReviewFormat) -> Result<u8, Stop> {
    let mut out = String::new();
    match format {
        ReviewFormat::Json => {
            let rows: Vec<_> = waiting
                .iter()
                .map(|one| json!({"snapshot": one.name, "request": one.new.expression, "new": one.old.is_none(), "changes": one.note.changes}))
                .collect();
            out = serde_json::to_string_pretty(&rows).unwrap_or_default();
            out.push('\n');
        }
        ReviewFormat::Text => {
            for one in waiting {
                let kind = if one.old.is_none() { " (new)" } else { "" };
                let _ = writeln!(out, "{}{kind}", safe(&one.name));
                for change in &one.note.changes {
                    let _ = writeln!(out, "  {}  {}", safe(&change.change), change.label);
                }
            }
        }
    }
    print_bytes(out.as_bytes())?;
    Ok(if waiting.is_empty() { OK } else { FINDINGS })
}
