//! `counterpart review`: people decide about pending snapshots.

mod session;
mod settle;
mod walk;

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;

use serde_json::json;

use super::args::{Review, ReviewFormat, ReviewLabel};
use super::{FINDINGS, OK, Stop, files, load, print_bytes, say};
use crate::report::safe;
use crate::run::pending::Label;
use crate::run::policy::fits;
use crate::snapshot::Note;
use crate::snapshot::file::File;

/// The folders of one review.
struct Folders {
    /// What was reviewed.
    reviewed: PathBuf,
    /// What waits.
    pending: PathBuf,
    /// Where fixtures are made of what is accepted, if they are.
    fixtures: Option<PathBuf>,
}

impl Folders {
    fn of(args: &Review, config: &load::Config) -> Result<Self, Stop> {
        let settings = &config.settings;
        let told = settings.snapshot.as_ref().and_then(|snapshot| snapshot.dir.as_ref());
        let told = told.map(|dir| config.folder.join(dir));
        let asked = args.dir.as_ref().map(PathBuf::from);
        for folder in asked.iter().chain(args.pending.as_ref().map(PathBuf::from).iter()) {
            if !folder.is_dir() {
                return Err(Stop::usage(format!("there is no folder {}", folder.display())));
            }
        }
        let reviewed = asked.or(told).unwrap_or_else(|| PathBuf::from("snapshots"));
        let fixtures = settings.fixtures.as_ref().map(|dir| config.folder.join(dir));
        let fixtures = fixtures.unwrap_or_else(|| PathBuf::from("fixtures"));
        Ok(Self {
            pending: args.pending.as_ref().map_or_else(|| reviewed.clone(), PathBuf::from),
            reviewed,
            fixtures: args.to_fixtures.then_some(fixtures),
        })
    }
}

/// A snapshot that waits.
struct Waiting {
    /// Below the folder: `<doc>/<name>.snap`.
    name: String,
    /// The pending file.
    path: PathBuf,
    /// Its text, as it is reviewed.
    text: String,
    /// Whether there is no reviewed one.
    is_new: bool,
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

/// So many snapshots, in words.
fn count(snapshots: usize) -> String {
    format!("{snapshots} snapshot{}", if snapshots == 1 { "" } else { "s" })
}

pub(super) fn run(args: &Review, config: &load::Config) -> Result<u8, Stop> {
    let folders = Folders::of(args, config)?;
    let mut cut_off = Vec::new();
    if args.list {
        // Looking changes nothing.
        cut_off = settle::cut_off(&folders)?;
        if !cut_off.is_empty() {
            say("a review was cut off; what it decided is left out, and the next review does it");
        }
    } else {
        settle::finish(&folders)?;
    }
    let (mut waiting, unreadable) = find(&folders)?;
    for path in &unreadable {
        say(&format!("{} is no snapshot; remove it", path.display()));
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
            0 => "nothing waits for review\n".to_owned(),
            all => format!("nothing of what waits was chosen; {} in all\n", count(all)),
        };
        print_bytes(told.as_bytes())?;
        return Ok(rest);
    }
    let decision = match (args.accept, args.reject) {
        (true, _) => Some(Decision::Accept),
        (_, true) => Some(Decision::Reject),
        _ => None,
    };
    if let Some(decision) = decision {
        let decided: Vec<(&Waiting, Decision)> = waiting.iter().map(|one| (one, decision)).collect();
        settle::carry_out(&folders, &decided)?;
        let word = if decision == Decision::Accept { "accepted" } else { "rejected" };
        print_bytes(format!("{word} {}\n", waiting.len()).as_bytes())?;
        return Ok(rest);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Stop::usage(format!(
            "{} to review, and no terminal: use --list, --accept or --reject",
            count(waiting.len())
        )));
    }
    let Some(session) = walk::walk(&waiting)? else {
        return Err(Stop::interrupted("interrupted; nothing was written"));
    };
    let decided = session.outcome();
    settle::carry_out(&folders, &decided)?;
    let count = |wanted: Decision| decided.iter().filter(|(_, decision)| *decision == wanted).count();
    let [accepted, rejected, skipped] = [Decision::Accept, Decision::Reject, Decision::Skip].map(count);
    print_bytes(format!("accepted {accepted}, rejected {rejected}, skipped {skipped}\n").as_bytes())?;
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

/// Everything that waits in a folder and the folders of documents in it, and what cannot be read.
fn find(folders: &Folders) -> Result<(Vec<Waiting>, Vec<PathBuf>), Stop> {
    let pending = &folders.pending;
    let mut groups = vec![String::new()];
    if let Ok(entries) = std::fs::read_dir(pending) {
        let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        groups.extend(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    }
    groups.sort();
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for group in groups {
        for file in files::named(&pending.join(&group), ".snap.new")? {
            let path = pending.join(&group).join(&file);
            let name = file.strip_suffix(".new").unwrap_or(&file);
            let name = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let Some(new) = File::parse(&text) else {
                unreadable.push(path);
                continue;
            };
            let note = new.info.as_deref().and_then(|info| serde_json::from_str(info).ok());
            let old = files::text(&folders.reviewed.join(&name))?;
            found.push(Waiting {
                path,
                text,
                is_new: old.is_none(),
                old: old.as_deref().and_then(File::parse),
                new,
                note: note.unwrap_or_default(),
                name,
            });
        }
    }
    Ok((found, unreadable))
}

/// A name without its folder and without `.snap`.
fn base(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.strip_suffix(".snap").unwrap_or(name)
}

fn list(waiting: &[Waiting], format: ReviewFormat) -> Result<u8, Stop> {
    let mut out = String::new();
    match format {
        ReviewFormat::Json => {
            let rows: Vec<_> = waiting
                .iter()
                .map(|one| json!({"snapshot": one.name, "request": one.new.expression, "new": one.is_new, "changes": one.note.changes}))
                .collect();
            out = serde_json::to_string_pretty(&rows).unwrap_or_default();
            out.push('\n');
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
    print_bytes(out.as_bytes())?;
    Ok(if waiting.is_empty() { OK } else { FINDINGS })
}
