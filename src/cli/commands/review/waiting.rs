//! The pending snapshots and their folders.

#![expect(clippy::disallowed_methods, reason = "reads the snapshots that wait")]

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::args::Review;
use crate::cli::fs;
use crate::cli::output::Stop;
use crate::project::Config;
use crate::run::pending::{Change, Line, Sign};
use crate::snapshot::file::File;
use crate::snapshot::{self, Note};

/// The folders of one review.
pub(super) struct Folders {
    /// What was reviewed.
    pub reviewed: PathBuf,
    /// What waits.
    pub pending: PathBuf,
    /// Where fixtures are made of what is accepted, if they are.
    pub fixtures: Option<PathBuf>,
}

impl Folders {
    /// The folders that the flags and the configuration name.
    pub fn of(args: &Review, config: &Config) -> Result<Self, Stop> {
        let settings = &config.settings;
        let told = settings.snapshot.as_ref().and_then(|snapshot| snapshot.dir.as_ref());
        let told = told.map(|dir| config.folder.join(dir));
        let asked = args.dir.as_ref().map(PathBuf::from);
        for folder in asked.iter().chain(args.pending.as_ref().map(PathBuf::from).iter()) {
            if !folder.is_dir() {
                return Err(Stop::usage(format!("no such folder: {}", folder.display())));
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
#[derive(Debug)]
pub(super) struct Waiting {
    /// Below the folder: `<doc>/<name>.snap`.
    pub name: String,
    /// The pending file.
    pub path: PathBuf,
    /// Its text, as it is reviewed.
    pub text: String,
    pub kind: Kind,
    pub old: Option<File>,
    pub new: File,
    pub note: Note,
}

/// What is new about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no reviewed one yet.
    New,
    /// It differs from the reviewed one.
    Changed,
    /// No answer belongs to the reviewed one any more; accepting it removes that.
    Removed,
}

impl Waiting {
    /// The lines that differ; `changes` are those that are labelled.
    pub fn lines(&self, changes: &[Change], around: usize) -> Vec<Line> {
        let old = self.old.as_ref().map_or("", |old| old.contents.as_str());
        snapshot::lines(old, &self.new.contents, changes, around)
    }

    /// The lines around one change.
    pub fn lines_at(&self, change: &Change, around: usize) -> Vec<Line> {
        let lines = self.lines(std::slice::from_ref(change), around);
        let groups = lines.split(|line| line.sign == Sign::Gap);
        let told: Vec<&[Line]> =
            groups.filter(|group| group.iter().any(|line| line.label.is_some())).collect();
        if told.is_empty() { lines } else { told.concat() }
    }

    /// What it is about, in words: nothing where it is a change.
    pub fn remark(&self) -> &'static str {
        match self.kind {
            Kind::New => "new",
            Kind::Changed => "",
            Kind::Removed => "no response any more",
        }
    }

    /// Whether the reviewed file is no snapshot, or was torn by a merge.
    pub fn is_torn(&self) -> bool {
        self.kind == Kind::Changed && self.old.as_ref().is_none_or(File::is_torn)
    }
}

/// What is decided about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    Accept,
    Reject,
    Skip,
}

/// So many snapshots, in words.
pub(super) fn count(snapshots: usize) -> String {
    format!("{snapshots} snapshot{}", if snapshots == 1 { "" } else { "s" })
}

/// Everything that waits in a folder and the folders of documents in it, and what cannot be read.
pub(super) fn find(folders: &Folders) -> Result<(Vec<Waiting>, Vec<PathBuf>), Stop> {
    let pending = &folders.pending;
    let mut groups = vec![String::new()];
    if let Ok(entries) = std::fs::read_dir(pending) {
        // A folder that is a link holds what belongs to somebody else.
        let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        let folders = entries.filter_map(Result::ok).filter(is_folder);
        groups.extend(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    }
    groups.sort();
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for group in groups {
        for file in fs::named(&pending.join(&group), ".snap.new")? {
            let path = pending.join(&group).join(&file);
            let name = file.strip_suffix(".new").unwrap_or(&file);
            let name = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let Some(new) = File::parse(&text) else {
                unreadable.push(path);
                continue;
            };
            let note = new.info.as_deref().and_then(|info| serde_json::from_str(info).ok());
            let note: Note = note.unwrap_or_default();
            let old = fs::text(&folders.reviewed.join(&name))?;
            found.push(Waiting {
                path,
                text,
                kind: match &old {
                    _ if note.is_removal => Kind::Removed,
                    None => Kind::New,
                    Some(_) => Kind::Changed,
                },
                old: old.as_deref().and_then(File::parse),
                new,
                note,
                name,
            });
        }
    }
    Ok((found, unreadable))
}

/// A name without its folder and without `.snap`.
pub(super) fn base(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.strip_suffix(".snap").unwrap_or(name)
}
