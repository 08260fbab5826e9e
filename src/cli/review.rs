//! `counterpart review`: people decide about pending snapshots.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use console::{Key, Term};
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use super::args::Review;
use super::snapshots::{failed, named, write};
use super::{FINDINGS, OK, Stop, load, print_bytes, say};
use crate::report::safe;
use crate::run::policy::fits;
use crate::snapshot::file::File;
use crate::snapshot::{self, Change, Label, Note};

/// A snapshot that waits.
struct Pending {
    /// Below the folder: `<doc>/<name>.snap`.
    name: String,
    /// The reviewed file, which need not be there.
    reviewed: PathBuf,
    /// The pending one.
    path: PathBuf,
    old: Option<File>,
    new: File,
    changes: Vec<Change>,
    /// The body as it came.
    body: Option<String>,
}

/// What is decided about a snapshot.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    let mut waiting = find(Path::new(&folder), Path::new(&pending))?;
    waiting.retain(|one| {
        args.only.is_empty()
            || args.only.iter().any(|glob| fits(glob, &one.name) || fits(glob, base(&one.name)))
    });
    if let Some(label) = args.label {
        let wanted = Label::from(label);
        // A new snapshot has no changes, and so no label.
        waiting
            .retain(|one| !one.changes.is_empty() && one.changes.iter().all(|change| change.label == wanted));
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
        for one in &waiting {
            settle(one, decision, fixtures)?;
        }
        let word = if decision == Decision::Accept { "accepted" } else { "rejected" };
        print_bytes(format!("{word} {}\n", waiting.len()).as_bytes())?;
        return Ok(OK);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Stop::usage(format!(
            "{} snapshots wait; here is no terminal to review them in: use --list, --accept or --reject",
            waiting.len()
        )));
    }
    walk(&waiting, fixtures)
}

/// Everything that waits in a folder and the folders of documents in it.
fn find(folder: &Path, pending: &Path) -> Result<Vec<Pending>, Stop> {
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
            let Note { changes, body } = note.unwrap_or_default();
            let old = read(&reviewed).ok().and_then(|text| File::parse(&text));
            let name = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
            found.push(Pending { name, reviewed, path, old, new, changes, body });
        }
    }
    Ok(found)
}

/// A name without its folder and without `.snap`.
fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name).trim_end_matches(".snap")
}

/// Carries a decision out. The reviewed file is replaced as a whole before the pending one goes, so
/// that nothing is lost and nothing is half done at any moment.
fn settle(one: &Pending, decision: Decision, fixtures: Option<&Path>) -> Result<(), Stop> {
    if decision == Decision::Accept {
        if let Some(folder) = fixtures {
            to_fixture(one, folder)?;
        }
        write(&one.reviewed, &File { info: None, ..one.new.clone() }.write())?;
    }
    if decision != Decision::Skip {
        std::fs::remove_file(&one.path).map_err(|error| failed("remove", &one.path, &error))?;
    }
    Ok(())
}

/// Makes the mock answer as reality does.
fn to_fixture(one: &Pending, folder: &Path) -> Result<(), Stop> {
    let (group, name) = one.name.rsplit_once('/').unwrap_or(("", &one.name));
    let Some((path, media_type)) = snapshot::fixture_of(name, &one.new.contents) else { return Ok(()) };
    let path = folder.join(group).join(path);
    let Some(body) = &one.body else {
        say(&format!("{} is no text; no fixture is made of it", safe(&one.name)));
        return Ok(());
    };
    let pretty = serde_json::from_str::<serde_json::Value>(body).ok();
    let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value).ok()).map(|text| text + "\n");
    write(&path, pretty.as_ref().unwrap_or(body))?;
    match media_type {
        Some(media_type) => write(&path.with_extension("toml"), &format!("media-type = {media_type:?}\n")),
        None => Ok(()),
    }
}

fn list(waiting: &[Pending], format: super::args::ReviewFormat) -> Result<u8, Stop> {
    let mut out = String::new();
    match format {
        super::args::ReviewFormat::Json => {
            let rows: Vec<_> = waiting
                .iter()
                .map(|one| json!({"snapshot": one.name, "request": one.new.expression, "new": one.old.is_none(), "changes": one.changes}))
                .collect();
            out = serde_json::to_string_pretty(&rows).unwrap_or_default();
            out.push('\n');
        }
        super::args::ReviewFormat::Text => {
            for one in waiting {
                let kind = if one.old.is_none() { " (new)" } else { "" };
                let _ = writeln!(out, "{}{kind}", safe(&one.name));
                for change in &one.changes {
                    let _ = writeln!(out, "  {}  {}", safe(&change.change), change.label);
                }
            }
        }
    }
    print_bytes(out.as_bytes())?;
    Ok(if waiting.is_empty() { OK } else { FINDINGS })
}

fn paint(color: AnsiColor, text: &str) -> String {
    let style = Style::new().fg_color(Some(color.into()));
    format!("{style}{text}{style:#}")
}

fn labelled(change: &Change) -> String {
    let color = match change.label {
        Label::Allowed => AnsiColor::Green,
        Label::Breaks => AnsiColor::Red,
        Label::Unknown => AnsiColor::Yellow,
    };
    format!("{}  {}", safe(&change.change), paint(color, &change.label.to_string()))
}

/// What is asked about: one change in several snapshots, or one snapshot.
enum Question {
    Everywhere(Change, Vec<usize>),
    One(usize),
}

/// Asks about each, equal changes first.
fn walk(waiting: &[Pending], fixtures: Option<&Path>) -> Result<u8, Stop> {
    let mut same: BTreeMap<String, (Change, Vec<usize>)> = BTreeMap::new();
    for (index, one) in waiting.iter().enumerate() {
        if let [only] = one.changes.as_slice() {
            let entry = same.entry(format!("{only:?}")).or_insert_with(|| (only.clone(), Vec::new()));
            entry.1.push(index);
        }
    }
    let shared = same.into_values().filter(|(_, indices)| indices.len() > 1);
    let mut questions: Vec<Question> = shared.map(|(change, of)| Question::Everywhere(change, of)).collect();
    questions.extend((0..waiting.len()).map(Question::One));

    let term = Term::stdout();
    let io = |error: std::io::Error| Stop::io(format!("the terminal cannot be used: {error}"));
    let mut decided: Vec<Option<Decision>> = vec![None; waiting.len()];
    let mut history: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(question) = questions.get(at) {
        let open = |decided: &[Option<Decision>], of: &[usize]| -> Vec<usize> {
            of.iter().copied().filter(|index| decided.get(*index).is_some_and(Option::is_none)).collect()
        };
        let of = match question {
            Question::Everywhere(_, of) => open(&decided, of),
            Question::One(index) => open(&decided, &[*index]),
        };
        let Some(first) = of.first().and_then(|index| waiting.get(*index)) else {
            at += 1;
            continue;
        };
        show(question, first, of.len(), waiting.len());
        let (decision, whom) = loop {
            match term.read_key().map_err(io)? {
                Key::Char('a') => break (Some(Decision::Accept), of.clone()),
                Key::Char('r') => break (Some(Decision::Reject), of.clone()),
                Key::Char('s') => break (Some(Decision::Skip), of.clone()),
                Key::Char('A') => break (Some(Decision::Accept), all(&decided)),
                Key::Char('R') => break (Some(Decision::Reject), all(&decided)),
                Key::Char('S') => break (Some(Decision::Skip), all(&decided)),
                Key::Char('f') => break (Some(Decision::Accept), alike(waiting, first, &decided)),
                Key::Char('u') => break (None, Vec::new()),
                Key::Char('d') => diff(first, usize::MAX),
                Key::Char('i') => asked(first),
                Key::Char('q') | Key::Escape | Key::CtrlC => return finish(waiting, &decided, fixtures),
                _ => {}
            }
        };
        match decision {
            Some(decision) => {
                for index in &whom {
                    if let Some(slot) = decided.get_mut(*index) {
                        *slot = Some(decision);
                    }
                }
                history.push((at, whom));
                at += 1;
            }
            None => {
                if let Some((before, whom)) = history.pop() {
                    for index in whom {
                        decided[index] = None;
                    }
                    at = before;
                }
            }
        }
    }
    finish(waiting, &decided, fixtures)
}

fn all(decided: &[Option<Decision>]) -> Vec<usize> {
    (0..decided.len()).filter(|index| decided.get(*index).is_some_and(Option::is_none)).collect()
}

/// Every open snapshot with the same changes.
fn alike(waiting: &[Pending], first: &Pending, decided: &[Option<Decision>]) -> Vec<usize> {
    let is_alike = |index: &usize| waiting.get(*index).is_some_and(|one| one.changes == first.changes);
    all(decided).into_iter().filter(is_alike).collect()
}

/// Carries out what was decided; nothing was written before.
fn finish(waiting: &[Pending], decided: &[Option<Decision>], fixtures: Option<&Path>) -> Result<u8, Stop> {
    let mut counts = [0_usize; 3];
    for (one, decision) in waiting.iter().zip(decided) {
        let decision = decision.unwrap_or(Decision::Skip);
        settle(one, decision, fixtures)?;
        counts[decision as usize] += 1;
    }
    let [accepted, rejected, skipped] = counts;
    print_bytes(format!("accepted {accepted}, rejected {rejected}, skipped {skipped}\n").as_bytes())?;
    Ok(if skipped > 0 { FINDINGS } else { OK })
}

fn show(question: &Question, first: &Pending, count: usize, total: usize) {
    let mut out = String::from("\n");
    match question {
        Question::Everywhere(change, _) => {
            let _ = writeln!(
                out,
                "{} in {count} of {total} snapshots, as in {}:",
                labelled(change),
                safe(&first.name)
            );
        }
        Question::One(_) => {
            let kind = if first.old.is_none() { " (new)" } else { "" };
            let _ = writeln!(out, "{}{kind}  {}", safe(&first.name), safe(&first.new.expression));
            for change in &first.changes {
                let _ = writeln!(out, "  {}", labelled(change));
            }
        }
    }
    let _ = anstream::stdout().write_all(out.as_bytes());
    diff(first, 24);
    let keys = "a accept · r reject · s skip · A R S the rest · f accept this change everywhere · d whole diff · i request · u undo · q end\n";
    let _ = anstream::stdout().write_all(keys.as_bytes());
}

/// The changed lines with some around them; at most so many.
fn diff(one: &Pending, most: usize) {
    let old = one.old.as_ref().map_or("", |old| old.contents.as_str());
    let diff = TextDiff::from_lines(old, one.new.contents.as_str());
    let around = if most == usize::MAX { 10_000 } else { 2 };
    let mut lines = Vec::new();
    for group in diff.grouped_ops(around) {
        if !lines.is_empty() {
            lines.push("  ⋮".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches('\n');
            lines.push(match change.tag() {
                ChangeTag::Delete => paint(AnsiColor::Red, &format!("- {}", safe(text))),
                ChangeTag::Insert => paint(AnsiColor::Green, &format!("+ {}", safe(text))),
                ChangeTag::Equal => format!("  {}", safe(text)),
            });
        }
    }
    let more = lines.len().saturating_sub(most);
    lines.truncate(most);
    if more > 0 {
        lines.push(format!("  … {more} more lines; d shows them"));
    }
    let _ = anstream::stdout().write_all((lines.join("\n") + "\n").as_bytes());
}

/// What was asked, and the head of what came back.
fn asked(one: &Pending) {
    let head = one.new.contents.split("\n\n").next().unwrap_or_default();
    let lines: Vec<String> = head.lines().map(|line| format!("← {}", safe(line))).collect();
    let text = format!("→ {}\n{}\n", safe(&one.new.expression), lines.join("\n"));
    let _ = anstream::stdout().write_all(text.as_bytes());
}
