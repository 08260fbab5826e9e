//! `check --snapshots`: compares what was answered with the reviewed files, and leaves what differs
//! for review.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::args::Check;
use super::{Stop, load};
use crate::contract::{Contract, Operation};
use crate::exchange::Response;
use crate::rules::Severity;
use crate::run::policy::finding_id;
use crate::run::{Finding, Run};
use crate::snapshot::file::File;
use crate::snapshot::{self, Change, Label, Note, Taken};

/// Where snapshots stand, and where those that wait for review go.
pub(super) struct Store {
    reviewed: PathBuf,
    /// `None` where nothing may be written.
    pending: Option<PathBuf>,
    settings: snapshot::Settings,
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
        let is_ci = load::environment("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        let pending = match &args.pending {
            Some(folder) => Some(Path::new(folder).join(name)),
            None if is_ci => None,
            None => Some(reviewed.clone()),
        };
        Ok(Some(Self { reviewed, pending, settings }))
    }

    /// Compares a run's answers; what differs is added to the run and written for review.
    pub fn compare(
        &self,
        contract: &Contract,
        answers: &[(usize, Response)],
        run: &mut Run,
    ) -> Result<(), Stop> {
        let taken = snapshot::take(contract, answers, &self.settings);
        for one in &taken {
            let Some((index, response)) = answers.get(one.answer) else { continue };
            let Some(operation) = contract.operations.get(*index) else { continue };
            run.findings.extend(self.one(operation, one, response)?);
        }
        let known: HashSet<&str> = taken.iter().map(|one| one.name.as_str()).collect();
        for name in named(&self.reviewed, ".snap")? {
            if !known.contains(name.as_str()) && snapshot::operation_of(contract, &name).is_none() {
                let message = format!("{name} belongs to no operation of the document");
                let mut finding = about("snapshot-changed", "", 0, &name, message);
                finding.severity = Severity::Warning;
                run.findings.push(finding);
            }
        }
        Ok(())
    }

    fn one(
        &self,
        operation: &Operation,
        taken: &Taken,
        response: &Response,
    ) -> Result<Option<Finding>, Stop> {
        let path = self.reviewed.join(&taken.name);
        let reviewed = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed("read", &path, &error)),
        };
        let old = reviewed.as_deref().and_then(File::parse);
        let pending = self.pending.as_ref().map(|folder| folder.join(format!("{}.new", taken.name)));
        if old.as_ref().is_some_and(|old| old.contents == taken.contents) {
            // What waited for review is settled by the answer itself.
            if let Some(pending) = pending.filter(|pending| pending.exists()) {
                std::fs::remove_file(&pending).map_err(|error| failed("remove", &pending, &error))?;
            }
            return Ok(None);
        }
        let changes = match &old {
            Some(old) => snapshot::changes(&old.contents, &taken.contents, operation, response),
            None => Vec::new(),
        };
        if let Some(pending) = &pending {
            let body = String::from_utf8(response.body.to_vec()).ok();
            let note = Note { changes: changes.clone(), body };
            let file = File {
                expression: taken.request.clone(),
                info: serde_json::to_string(&note).ok(),
                contents: taken.contents.clone(),
            };
            write(pending, &file.write())?;
        }
        let (rule, message) = match (&old, &reviewed) {
            (Some(_), _) => ("snapshot-changed", told(&changes)),
            (None, Some(_)) => {
                ("snapshot-changed", format!("{} is no snapshot, or a merge left marks in it", taken.name))
            }
            (None, None) => ("snapshot-new", format!("{} is not there yet", taken.name)),
        };
        let mut finding = about(rule, &operation.id, taken.status, &taken.name, message);
        path.display().to_string().clone_into(&mut finding.expected);
        finding.actual =
            pending.map_or_else(|| "nothing is written in CI".to_owned(), |path| path.display().to_string());
        Ok(Some(finding))
    }
}

/// The changes in one line, the worst first.
fn told(changes: &[Change]) -> String {
    let mut changes: Vec<&Change> = changes.iter().collect();
    changes.sort_by_key(|change| match change.label {
        Label::Breaks => 0,
        Label::Unknown => 1,
        Label::Allowed => 2,
    });
    let shown: Vec<String> =
        changes.iter().take(3).map(|change| format!("`{}`, {}", change.change, change.label)).collect();
    let more = changes.len().saturating_sub(3);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("the answer has changed: {}{more}", shown.join("; "))
}

fn about(rule: &'static str, operation: &str, status: u16, name: &str, message: String) -> Finding {
    Finding {
        at: "response".to_owned(),
        reproduce: "counterpart review".to_owned(),
        ..Finding::bare(
            finding_id(rule, operation, Some(status), name),
            rule,
            Severity::Error,
            operation,
            message,
        )
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
