//! `check --snapshots`: compares responses with the reviewed files, and writes differences for review.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::owner;
use crate::cli::args::Check;
use crate::cli::output::Stop;
use crate::cli::{env, fs};
use crate::contract::{Contract, Operation};
use crate::project::Project;
use crate::rules::{Rule, Severity};
use crate::run::pending::{Change, Label, Pending};
use crate::run::policy::finding_id;
use crate::run::{Answer, DocumentPlace, Finding, MessageShown, Run, Verdict};
use crate::snapshot::file::File;
use crate::snapshot::{self, Learnt, Names, Note, Taken};

/// Lines that a difference shows around what differs.
const AROUND: usize = 2;

/// Where snapshots are, and where pending ones go.
pub(in crate::cli::commands) struct Store {
    reviewed: PathBuf,
    /// `None` where nothing may be written.
    pending: Option<PathBuf>,
    /// The folder that pending ones stay in.
    root: PathBuf,
    settings: snapshot::Settings,
    /// The document, as its snapshots name it.
    document: Option<String>,
    /// How what waits is reviewed, or why nothing does.
    review: String,
    /// Where nobody can review what is new, it is an error.
    is_ci: bool,
}

/// A comparison: what a run is compared with, and the result.
struct Comparison<'r> {
    contract: &'r Contract,
    names: Names,
    /// Whether everything was sent that the document gives occasion for.
    is_whole: bool,
    run: &'r mut Run,
}

impl Store {
    /// The store that the flags and the configuration name, if any.
    pub fn of(args: &Check, project: &Project) -> Result<Option<Self>, Stop> {
        let told = project.settings.snapshot.as_ref();
        let Some(folder) = &args.snapshots else {
            return match &args.pending {
                None => Ok(None),
                Some(_) => {
                    Err(Stop::usage("--pending collects what differs from --snapshots DIR; pass both"))
                }
            };
        };
        if Path::new(folder).exists() && !Path::new(folder).is_dir() {
            return Err(Stop::usage(format!("--snapshots {folder}: it is not a folder")));
        }
        let settings = snapshot::Settings::of(told).map_err(Stop::usage)?;
        let name = &project.contract.name;
        let reviewed = Path::new(folder).join(name);
        let document = project.inputs.document.as_deref();
        owner::check((Path::new(folder), &reviewed), document, &project.contract)?;
        let document = owner::seen_from(Path::new(folder), document);
        let is_ci = env::is_ci();
        let pending = match &args.pending {
            Some(folder) => Some(Path::new(folder).join(name)),
            None if is_ci => None,
            None => Some(reviewed.clone()),
        };
        let root = PathBuf::from(args.pending.as_ref().unwrap_or(folder));
        if let Some(pending) = &pending {
            // Found out before anything is sent.
            fs::try_folder(pending)?;
            let one = pending.join(Learnt::FILE);
            if !fs::stays_in(&root, &one) {
                return Err(fs::leads_out(&root, &one));
            }
        }
        let mut words = vec!["counterpart", "review", folder];
        words.extend(args.pending.iter().flat_map(|folder| ["--pending", folder]));
        let review = match pending {
            // Only an octet that no argument can have cannot be quoted.
            Some(_) => shlex::try_join(words).unwrap_or_default(),
            None => "nothing is written in CI; pass --pending DIR to collect it for review".to_owned(),
        };
        Ok(Some(Self { reviewed, pending, root, settings, document, review, is_ci }))
    }

    /// Compares a run's answers; what differs is added to the run and written for review. What is
    /// missing is reported if the whole document was checked.
    pub fn compare(
        &self,
        contract: &Contract,
        answers: &[Answer],
        is_whole: bool,
        run: &mut Run,
    ) -> Result<(), Stop> {
        let mut of = Comparison { contract, names: Names::of(contract), is_whole, run };
        let (known, is_torn) = self.learnt()?;
        let learnt = snapshot::learn(contract, &of.names, answers, &self.settings, &known);
        self.learning(&mut of, &known, &learnt, is_torn)?;
        let all = known.with(&learnt);
        let taken = snapshot::take(contract, &of.names, &of.run.target, answers, &self.settings, &all);
        for one in &taken {
            let Some(answer) = answers.get(one.answer) else { continue };
            let Some(operation) = contract.at(answer.operation) else { continue };
            self.one(&mut of, operation, one, answer)?;
        }
        let taken: HashSet<&str> = taken.iter().map(|one| one.name.as_str()).collect();
        self.settle(&of, &taken)?;
        for name in fs::named(&self.reviewed, ".snap")? {
            if name != Learnt::FILE && !taken.contains(name.as_str()) {
                self.left_over(&mut of, &name)?;
            }
        }
        let is_gone = |name: &&str| of.names.operation(contract, name).is_none();
        let gone: Vec<&str> = known.operations().filter(is_gone).collect();
        if !gone.is_empty() {
            let name = Learnt::FILE;
            let message =
                format!("{name} lists operations that are not in the document: {}", gone.join(", "));
            of.run.findings.push(self.about(
                Rule::SnapshotChanged,
                Severity::Warning,
                "",
                (0, name, ""),
                message,
            ));
        }
        Ok(())
    }

    /// Removes what waited and is settled by now: it is answered otherwise, or was to be removed, which is found
    /// out anew.
    fn settle(&self, of: &Comparison<'_>, taken: &HashSet<&str>) -> Result<(), Stop> {
        let Some(folder) = &self.pending else { return Ok(()) };
        for name in fs::named(folder, ".snap.new")? {
            let base = name.strip_suffix(".new").unwrap_or(&name);
            if base == Learnt::FILE || taken.contains(base) {
                continue;
            }
            let path = folder.join(&name);
            let is_unknown = of.names.operation_of(of.contract, base).is_none();
            let is_settled = of.is_whole && of.conforms(base);
            if is_settled || ((of.is_whole || is_unknown) && note(&path)?.is_removal) {
                fs::remove(&path)?;
            }
        }
        Ok(())
    }

    /// The reviewed list of places whose values differ from look to look, and whether there is one
    /// that cannot be read.
    fn learnt(&self) -> Result<(Learnt, bool), Stop> {
        let Some(text) = fs::text(&self.reviewed.join(Learnt::FILE))? else {
            return Ok((Learnt::default(), false));
        };
        let learnt = File::parse(&text).and_then(|file| Learnt::parse(&file.contents));
        Ok((learnt.clone().unwrap_or_default(), learnt.is_none()))
    }

    /// Places that were learnt just now wait for review like any other change.
    fn learning(
        &self,
        of: &mut Comparison<'_>,
        known: &Learnt,
        learnt: &Learnt,
        is_torn: bool,
    ) -> Result<(), Stop> {
        let changes = learnt.beside(known, of.contract, &of.names);
        if changes.is_empty() && !is_torn {
            return self.settled(Learnt::FILE);
        }
        let is_new = known.is_empty() && !is_torn;
        let old = if known.is_empty() { String::new() } else { known.write() };
        let new = known.with(learnt).write();
        let file = File {
            expression: "values that differ between two identical requests".to_owned(),
            contents: new.clone(),
            ..File::default()
        };
        let message = if is_torn {
            format!("{} is not a list of places, or contains merge conflict markers", Learnt::FILE)
        } else {
            format!("two identical requests differ at {}", listed(&changes))
        };
        let pending = Pending {
            finding: String::new(),
            name: Learnt::FILE.to_owned(),
            operation: String::new(),
            document_name: None,
            is_new,
            diff: snapshot::lines(&old, &new, &[], AROUND),
            changes: changes.clone(),
        };
        let finding = self.finding(&pending, 0, message);
        let note = Note { changes, ..Note::default() };
        self.wait(of, file, note, finding, pending)
    }

    fn one(
        &self,
        of: &mut Comparison<'_>,
        operation: &Operation,
        taken: &Taken,
        answer: &Answer,
    ) -> Result<(), Stop> {
        let reviewed = fs::text(&self.reviewed.join(&taken.name))?;
        if let Some(result) = of.run.operations.iter_mut().find(|result| result.operation == operation.id) {
            result.note_looked(Rule::SnapshotChanged, reviewed.is_some());
            result.note_looked(Rule::SnapshotNew, true);
        }
        let old = reviewed.as_deref().and_then(File::parse);
        let whole = old.as_ref().filter(|old| !old.is_torn());
        if whole.is_some_and(|old| old.contents == taken.contents) {
            return self.settled(&taken.name);
        }
        let changes = match whole {
            Some(old) => snapshot::changes(&old.contents, &taken.contents, operation, &answer.response),
            None => Vec::new(),
        };
        // Links to the target lead to the documented server, which the mock knows as itself.
        let server = of.contract.servers.first().map_or(of.run.target.as_str(), String::as_str);
        let body = std::str::from_utf8(&answer.response.body).ok();
        let note = Note {
            changes: changes.clone(),
            case: answer.case.clone(),
            body: body.map(|body| snapshot::elsewhere(body, &of.run.target, server)),
            media_type: answer.response.media_type(),
            request: answer.request.clone(),
            response: MessageShown { body: None, ..answer.shown.clone() },
            ..Note::default()
        };
        let file =
            File { expression: taken.request.clone(), contents: taken.contents.clone(), ..File::default() };
        let message = match (whole, &reviewed) {
            (Some(_), _) => told(&changes),
            (None, Some(_)) => {
                format!("{} is not a snapshot, or contains merge conflict markers", taken.name)
            }
            (None, None) => format!("{} does not exist yet", taken.name),
        };
        let pending = Pending {
            finding: String::new(),
            name: taken.name.clone(),
            operation: operation.id.clone(),
            document_name: None,
            is_new: reviewed.is_none(),
            diff: snapshot::lines(
                old.as_ref().map_or("", |old| old.contents.as_str()),
                &taken.contents,
                &changes,
                AROUND,
            ),
            changes,
        };
        let mut finding = self.finding(&pending, taken.status, message);
        finding.request = answer.request.clone();
        finding.response = Some(answer.shown.clone());
        finding.document = match &old {
            Some(old) => finding
                .document
                .map(|place| DocumentPlace { line: old.line_of_first_difference(&taken.contents), ..place }),
            // What is expected of it is in the document alone.
            None => {
                let place = of.contract.place(&operation.pointer);
                let file = place.file.to_string();
                Some(DocumentPlace { pointer: place.pointer, file, ..DocumentPlace::default() })
            }
        };
        self.wait(of, file, note, finding, pending)
    }

    /// Writes a pending snapshot, if writing is allowed, and reports it.
    fn wait(
        &self,
        of: &mut Comparison<'_>,
        mut file: File,
        mut note: Note,
        mut finding: Finding,
        mut pending: Pending,
    ) -> Result<(), Stop> {
        finding.actual = match self.pending_path(&pending.name) {
            Some(path) => {
                // What a review accepted of the very same snapshot stays accepted.
                let before = fs::text(&path)?.as_deref().and_then(File::parse);
                if before.is_some_and(|before| before.contents == file.contents) {
                    note.accepted = self::note(&path)?.accepted;
                    note.accepted.retain(|change| note.changes.contains(change));
                }
                file.info = serde_json::to_string(&note).ok();
                file.document.clone_from(&self.document);
                fs::write_in(&self.root, &path, file.write().as_bytes())?;
                path.display().to_string()
            }
            None => "nothing is written in CI".to_owned(),
        };
        pending.finding.clone_from(&finding.id);
        of.run.findings.push(finding);
        of.run.pending.push(pending);
        Ok(())
    }

    /// Removes what waited for review and is settled by the answer itself.
    fn settled(&self, name: &str) -> Result<(), Stop> {
        self.pending_path(name).map_or(Ok(()), |path| fs::remove(&path))
    }

    fn pending_path(&self, name: &str) -> Option<PathBuf> {
        self.pending.as_ref().map(|folder| folder.join(format!("{name}.new")))
    }

    /// The finding about a pending snapshot. What changed is part of its id, so that a baseline
    /// that knows one change hides no other.
    fn finding(&self, pending: &Pending, status: u16, message: String) -> Finding {
        let rule = if pending.is_new { Rule::SnapshotNew } else { Rule::SnapshotChanged };
        let severity = if pending.is_new && !self.is_ci { Severity::Warning } else { Severity::Error };
        let mut changes: Vec<&str> = pending.changes.iter().map(|change| change.change.as_str()).collect();
        changes.sort_unstable();
        self.about(rule, severity, &pending.operation, (status, &pending.name, &changes.join("\n")), message)
    }

    /// A finding about one of the files. The norm is the reviewed file, and it is what annotations
    /// point at. What distinguishes it from others: the status, the name of the file, what changed.
    fn about(
        &self,
        rule: Rule,
        severity: Severity,
        operation: &str,
        (status, name, changes): (u16, &str, &str),
        message: String,
    ) -> Finding {
        let reviewed = self.reviewed.join(name).display().to_string();
        let id = finding_id(rule, operation, Some(status), &format!("{name}\n{changes}"));
        Finding {
            at: "response".to_owned(),
            expected: reviewed.clone(),
            document: Some(DocumentPlace { file: reviewed, line: 1, ..DocumentPlace::default() }),
            reproduce: self.review.clone(),
            ..Finding::bare(id, rule, severity, operation, message)
        }
    }

    /// A reviewed file that no answer of this run belongs to: a review can remove it.
    fn left_over(&self, of: &mut Comparison<'_>, name: &str) -> Result<(), Stop> {
        let (operation, message) = match of.names.operation_of(of.contract, name) {
            None => ("", format!("{name} belongs to no operation of the document")),
            Some(operation) if of.is_whole && of.conforms(name) => {
                (operation.id.as_str(), format!("this run got no response for {name}"))
            }
            Some(_) => return Ok(()),
        };
        let rule = Rule::SnapshotChanged;
        let mut finding = self.about(rule, Severity::Warning, operation, (0, name, "gone"), message);
        finding.reproduce = match self.pending_path(name) {
            None => shlex::try_join(["rm", finding.expected.as_str()]).unwrap_or_default(),
            Some(path) => {
                let reviewed = fs::text(&self.reviewed.join(name))?.as_deref().and_then(File::parse);
                let expression = reviewed.map(|file| file.expression).unwrap_or_default();
                let info = serde_json::to_string(&Note { is_removal: true, ..Note::default() }).ok();
                let file = File { expression, info, ..File::default() };
                fs::write_in(&self.root, &path, file.write().as_bytes())?;
                format!("{} --unreferenced", self.review)
            }
        };
        of.run.findings.push(finding);
        Ok(())
    }
}

/// What a pending file says beside its contents.
fn note(path: &Path) -> Result<Note, Stop> {
    let file = fs::text(path)?.as_deref().and_then(File::parse);
    Ok(file.and_then(|file| serde_json::from_str(&file.info?).ok()).unwrap_or_default())
}

impl Comparison<'_> {
    /// Whether the operation of a file was seen in its documented success.
    fn conforms(&self, file: &str) -> bool {
        let operation = self.names.operation_of(self.contract, file);
        let result = operation
            .and_then(|operation| self.run.operations.iter().find(|result| result.operation == operation.id));
        result.is_some_and(|result| result.verdict == Verdict::Conforms)
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
    format!("the response has changed: {}", listed(&changes))
}

/// Some changes and how many more there are.
fn listed(changes: &[Change]) -> String {
    let shown: Vec<String> =
        changes.iter().take(3).map(|change| format!("`{}`, {}", change.change, change.label)).collect();
    let more = changes.len().saturating_sub(3);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{more}", shown.join("; "))
}
