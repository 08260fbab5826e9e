//! `check --snapshots`: compares what was answered with the reviewed files, and leaves what differs
//! for review.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::args::Check;
use super::review::settle;
use super::{Stop, load};
use crate::contract::{Contract, Operation};
use crate::redact::Redactor;
use crate::rules::Severity;
use crate::run::pending::{Change, Label, Pending};
use crate::run::policy::finding_id;
use crate::run::{Answer, DocumentPlace, Finding, MessageShown, Run, Verdict};
use crate::snapshot::file::File;
use crate::snapshot::{self, Learnt, Note, Taken};

/// Lines that a difference shows around what differs.
const AROUND: usize = 2;

/// Where snapshots stand, and where those that wait for review go.
pub(super) struct Store {
    reviewed: PathBuf,
    /// `None` where nothing may be written.
    pending: Option<PathBuf>,
    settings: snapshot::Settings,
    /// The command that reviews what waits.
    review: String,
    /// Where nobody can review what is new, it is an error.
    is_ci: bool,
}

impl Store {
    /// The store that the flags and the configuration name, if any.
    pub fn of(args: &Check, loaded: &load::Loaded) -> Result<Option<Self>, Stop> {
        let told = loaded.settings.snapshot.as_ref();
        let Some(folder) = &args.snapshots else {
            return match &args.pending {
                None => Ok(None),
                Some(_) => {
                    Err(Stop::usage("--pending collects what differs from --snapshots DIR; name both"))
                }
            };
        };
        let settings = snapshot::Settings::of(told).map_err(Stop::usage)?;
        let name = &loaded.contract.name;
        let reviewed = Path::new(folder).join(name);
        let is_ci = load::is_ci();
        let pending = match &args.pending {
            Some(folder) => Some(Path::new(folder).join(name)),
            None if is_ci => None,
            None => Some(reviewed.clone()),
        };
        let mut words = vec!["counterpart", "review", folder];
        words.extend(args.pending.iter().flat_map(|folder| ["--pending", folder]));
        // Only an octet that no argument can have cannot be quoted.
        let review = shlex::try_join(words).unwrap_or_default();
        Ok(Some(Self { reviewed, pending, settings, review, is_ci }))
    }

    /// Compares a run's answers; what differs is added to the run and written for review. What is
    /// not there any more is told of where the whole document was checked.
    pub fn compare(
        &self,
        contract: &Contract,
        answers: &[Answer],
        is_whole: bool,
        run: &mut Run,
    ) -> Result<(), Stop> {
        for folder in [Some(&self.reviewed), self.pending.as_ref()].into_iter().flatten() {
            settle::finish(folder.parent().unwrap_or(folder))?;
        }
        let known = self.learnt()?;
        let learnt = snapshot::learn(contract, answers, &self.settings, &known);
        self.learning(contract, &known, &learnt, run)?;
        let all = known.with(&learnt);
        let taken = snapshot::take(contract, &run.target, answers, &self.settings, &all);
        for one in &taken {
            let Some(answer) = answers.get(one.answer) else { continue };
            let Some(operation) = contract.operations.get(answer.operation) else { continue };
            self.one(contract, operation, one, answer, run)?;
        }
        let taken: HashSet<&str> = taken.iter().map(|one| one.name.as_str()).collect();
        for name in named(&self.reviewed, ".snap")? {
            if name != Learnt::FILE && !taken.contains(name.as_str()) {
                self.left_over(contract, &name, is_whole, run);
            }
        }
        let is_gone = |name: &&str| snapshot::operation_named(contract, name).is_none();
        let gone: Vec<&str> = known.operations().filter(is_gone).collect();
        if !gone.is_empty() {
            let name = Learnt::FILE;
            let message = format!("{name} lists what is no operation of the document: {}", gone.join(", "));
            run.findings.push(self.about("snapshot-changed", Severity::Warning, "", 0, name, message));
        }
        Ok(())
    }

    /// The reviewed list of places whose values differ from look to look.
    fn learnt(&self) -> Result<Learnt, Stop> {
        let path = self.reviewed.join(Learnt::FILE);
        let Some(text) = read(&path)? else { return Ok(Learnt::default()) };
        let learnt = File::parse(&text).and_then(|file| Learnt::parse(&file.contents));
        learnt.ok_or_else(|| {
            Stop::usage(format!(
                "{} cannot be read: it is JSON with pointers by operation, or a merge left marks in it",
                path.display()
            ))
        })
    }

    /// Places that were learnt just now wait for review like any other change.
    fn learning(
        &self,
        contract: &Contract,
        known: &Learnt,
        learnt: &Learnt,
        run: &mut Run,
    ) -> Result<(), Stop> {
        let changes = learnt.beside(known, contract);
        let old = if known.is_empty() { String::new() } else { known.write() };
        if changes.is_empty() {
            return self.settled(Learnt::FILE);
        }
        let new = known.with(learnt).write();
        let file = File {
            expression: "values that differ between two looks at the same thing".to_owned(),
            info: None,
            contents: new.clone(),
        };
        let note = Note { changes: changes.clone(), ..Note::default() };
        let message = format!("two looks differ at {}", listed(&changes));
        let rule = if known.is_empty() { "snapshot-new" } else { "snapshot-changed" };
        let finding = self.about(rule, self.severity(known.is_empty()), "", 0, Learnt::FILE, message);
        let pending = Pending {
            finding: finding.id.clone(),
            name: Learnt::FILE.to_owned(),
            operation: String::new(),
            is_new: known.is_empty(),
            diff: snapshot::lines(&old, &new, &[], AROUND),
            changes,
        };
        self.wait(file, &note, finding, pending, run)
    }

    /// Removes what waited for review and is settled by the answer itself.
    fn settled(&self, name: &str) -> Result<(), Stop> {
        let Some(pending) = self.pending_path(name).filter(|pending| pending.exists()) else { return Ok(()) };
        std::fs::remove_file(&pending).map_err(|error| failed("remove", &pending, &error))
    }

    fn pending_path(&self, name: &str) -> Option<PathBuf> {
        self.pending.as_ref().map(|folder| folder.join(format!("{name}.new")))
    }

    fn one(
        &self,
        contract: &Contract,
        operation: &Operation,
        taken: &Taken,
        answer: &Answer,
        run: &mut Run,
    ) -> Result<(), Stop> {
        let reviewed = read(&self.reviewed.join(&taken.name))?;
        if let Some(result) = run.operations.iter_mut().find(|result| result.operation == operation.id) {
            result.looked("snapshot-changed", reviewed.is_some());
            result.looked("snapshot-new", true);
        }
        let old = reviewed.as_deref().and_then(File::parse);
        if old.as_ref().is_some_and(|old| old.contents == taken.contents) {
            return self.settled(&taken.name);
        }
        let changes = match &old {
            Some(old) => snapshot::changes(&old.contents, &taken.contents, operation, &answer.response),
            None => Vec::new(),
        };
        // Links to the target lead to the documented server, which the mock knows as itself.
        let server = contract.servers.first().map_or(run.target.as_str(), String::as_str);
        let body = std::str::from_utf8(&answer.response.body).ok();
        let body = body.map(|body| snapshot::elsewhere(body, &run.target, server));
        let response = Redactor::default().response(&answer.response);
        let note = Note {
            changes: changes.clone(),
            body,
            request: answer.request.clone(),
            response: MessageShown { body: None, ..response.clone() },
        };
        let file = File { expression: taken.request.clone(), info: None, contents: taken.contents.clone() };
        let (rule, message) = match (&old, &reviewed) {
            (Some(_), _) => ("snapshot-changed", told(&changes)),
            (None, Some(_)) => {
                ("snapshot-changed", format!("{} is no snapshot, or a merge left marks in it", taken.name))
            }
            (None, None) => ("snapshot-new", format!("{} is not there yet", taken.name)),
        };
        let severity = self.severity(reviewed.is_none());
        let mut finding = self.about(rule, severity, &operation.id, taken.status, &taken.name, message);
        finding.request = answer.request.clone();
        finding.response = Some(response);
        let pending = Pending {
            finding: finding.id.clone(),
            name: taken.name.clone(),
            operation: operation.id.clone(),
            is_new: old.is_none(),
            diff: snapshot::lines(
                old.as_ref().map_or("", |old| old.contents.as_str()),
                &taken.contents,
                &changes,
                AROUND,
            ),
            changes,
        };
        self.wait(file, &note, finding, pending, run)
    }

    /// Writes what waits for review, where something may be written, and tells of it.
    fn wait(
        &self,
        mut file: File,
        note: &Note,
        mut finding: Finding,
        pending: Pending,
        run: &mut Run,
    ) -> Result<(), Stop> {
        finding.actual = match self.pending_path(&pending.name) {
            Some(path) => {
                file.info = serde_json::to_string(note).ok();
                write(&path, &file.write())?;
                path.display().to_string()
            }
            None => "nothing is written in CI".to_owned(),
        };
        run.findings.push(finding);
        run.pending.push(pending);
        Ok(())
    }

    /// A finding about one of the files. The norm is the reviewed file, and it is what annotations
    /// point at.
    fn about(
        &self,
        rule: &'static str,
        severity: Severity,
        operation: &str,
        status: u16,
        name: &str,
        message: String,
    ) -> Finding {
        let reviewed = self.reviewed.join(name).display().to_string();
        Finding {
            at: "response".to_owned(),
            expected: reviewed.clone(),
            document: Some(DocumentPlace { file: reviewed, line: 1, ..DocumentPlace::default() }),
            reproduce: self.review.clone(),
            ..Finding::bare(
                finding_id(rule, operation, Some(status), name),
                rule,
                severity,
                operation,
                message,
            )
        }
    }

    /// A reviewed file that no answer of this run belongs to.
    fn left_over(&self, contract: &Contract, name: &str, is_whole: bool, run: &mut Run) {
        let Some(operation) = snapshot::operation_of(contract, name) else {
            let message = format!("{name} belongs to no operation of the document; remove it");
            run.findings.push(self.about("snapshot-changed", Severity::Warning, "", 0, name, message));
            return;
        };
        let conforms = run
            .operations
            .iter()
            .any(|result| result.operation == operation.id && result.verdict == Verdict::Conforms);
        if is_whole && conforms {
            let message = format!("no answer was like {name}; remove it where none will be");
            run.findings.push(self.about(
                "snapshot-changed",
                Severity::Warning,
                &operation.id,
                0,
                name,
                message,
            ));
        }
    }

    fn severity(&self, is_new: bool) -> Severity {
        if is_new && !self.is_ci { Severity::Warning } else { Severity::Error }
    }
}

/// The changes that weigh most, in one line.
fn told(changes: &[Change]) -> String {
    let mut changes: Vec<Change> = changes.to_vec();
    changes.sort_by_key(|change| match change.label {
        Label::Breaks => 0,
        Label::Unknown => 1,
        Label::Allowed => 2,
    });
    format!("the answer has changed: {}", listed(&changes))
}

/// Some changes and how many more there are.
fn listed(changes: &[Change]) -> String {
    let shown: Vec<String> =
        changes.iter().take(3).map(|change| format!("`{}`, {}", change.change, change.label)).collect();
    let more = changes.len().saturating_sub(3);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{more}", shown.join("; "))
}

/// The text of a file, where it is there.
fn read(path: &Path) -> Result<Option<String>, Stop> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Names of the files of a folder with that end, sorted; none where it is not there.
pub(super) fn named(folder: &Path, end: &str) -> Result<Vec<String>, Stop> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read", folder, &error)),
    };
    let names = entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
    names.sort();
    Ok(names)
}

/// Writes a file so that it is there as a whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed("make", folder, &error))?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| failed("write", path, &error))
}

pub(super) fn failed(what: &str, path: &Path, error: &std::io::Error) -> Stop {
    Stop::io(format!("cannot {what} {}: {}", path.display(), load::reason(error)))
}
