//! `counterpart proxy`: passes requests on to a target, and judges both sides.

pub(super) mod recorded;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::check::options::way;
use super::check::{reports, repository};
use super::mock::{auth_of, child, is_loopback, log, open, origin, stop_signal};
use crate::check::Observer;
use crate::cli::args::{Common, LogFormat, Proxy, ProxyDeny};
use crate::cli::documents::{self, Asked};
use crate::cli::output::{FINDINGS, OK, Stop, print_bytes, tell};
use crate::cli::thresholds::{Denied, complaints};
use crate::cli::{diagnostics, disk, env, fs};
use crate::client::forward::Forward;
use crate::contract::{Contract, OperationId};
use crate::exchange::Exchange;
use crate::judge::Violation;
use crate::mock::{
    self, Document, Door, Forwarded, Lines, Live, Octets, Options, Passage, Upstream, Validate, Witness,
};
use crate::project::{Config, Project};
use crate::recording::Recording;
use crate::report::Format;
use crate::rules::Severity;
use crate::run::Run;
use crate::run::policy::{self, Policy};

/// How long what went through last may take to be judged at the end.
const SETTLING: Duration = Duration::from_secs(10);

pub(super) async fn run(common: &Common, args: Proxy, config: Config) -> Result<u8, Stop> {
    let reports = reports::wanted(&args.report)?;
    reports::try_places(&reports)?;
    if let Some(folder) = &args.record {
        fs::try_folder(Path::new(folder))?;
    }
    let mut asked: Vec<Asked> = vec![documents::one(args.doc.as_deref(), &config)?];
    documents::give_overlays(&common.overlay, &mut asked)?;
    let Some(asked) = asked.pop() else { return Err(Stop::usage("there is no document")) };
    let project = disk::load(common, asked, config.clone())?;
    if !common.quiet && !project.problems.is_empty() {
        diagnostics::tell(&project.problems, &project.texts);
    }
    let forward = forward(&args, &config)?;
    let base = forward.base();
    let port = args.port.unwrap_or(if args.command.is_empty() { 4010 } else { 0 });
    let door = open((&args.host, port), &args.tls, &args.allow_host).await?;
    let own = origin(&door, &args.host)?;
    if own == base {
        return Err(Stop::usage(format!("--url {base} is the proxy itself; give the address of the target")));
    }
    if !is_loopback(door.listener()) && !common.quiet {
        tell("warning", "the proxy, and the target behind it, can be reached from other machines");
    }
    let keeps_traffic = reports.iter().any(|(format, _)| *format == Format::Har);
    let begun = env::clock();
    let witness = Arc::new(Observed {
        contract: Arc::clone(&project.contract),
        observer: Mutex::new(Observer::new(Arc::clone(&project.contract), begun, keeps_traffic)),
        begun,
        recording: args.record.as_ref().map(|_| Mutex::default()),
    });
    let passage = Passage::new(Arc::new(Target(forward)), Arc::clone(&witness) as Arc<dyn Witness>)
        .enforcing(args.enforce)
        .falling_back(args.fallback.is_some());
    let passage = Arc::new(passage);
    let options = mock_options(common, &args, &project, (&own, &passage));
    let document = Document {
        name: project.name.clone(),
        prefix: String::new(),
        contract: Arc::clone(&project.contract),
        fixtures: project.fixtures.clone(),
        options,
    };
    let live = Live::new(vec![document]);
    let code = serve(&args, door, &live, &own, &base).await?;
    passage.settled(SETTLING).await;
    let duration = u64::try_from(env::clock().duration_since(begun).as_millis()).unwrap_or(0);
    let mut run = held(&witness.observer).run(&base, duration);
    run.problems.clone_from(&project.problems);
    run.commit = repository::commit(&project.contract.document.name);
    policy::apply(
        &mut run,
        &Policy { allow_inconclusive: true, ..Policy::of(&project.settings, env::today()) },
    );
    project.texts.fill_lines(&mut run);
    reports::write(common, &reports, &run)?;
    if let Some((folder, recording)) = args.record.as_ref().zip(witness.recording.as_ref()) {
        recorded::write(folder, &project, &held(recording).files(&project.contract), common.quiet)?;
    }
    let said = said(&args, &live, &run);
    for text in &said {
        tell("error", text);
    }
    // The command's own exit code says more.
    Ok(if code == OK && !said.is_empty() { FINDINGS } else { code })
}

/// The way to the target.
fn forward(args: &Proxy, config: &Config) -> Result<Forward, Stop> {
    let in_file = config.settings.check.flags.get("url").map(crate::config::text);
    let url = args.url.clone().or(in_file).ok_or_else(|| {
        Stop::usage(
            "--url is missing; give the address of the service behind the proxy, for example --url http://127.0.0.1:8000",
        )
    })?;
    let mut options = way(url, &args.certificates)?;
    options.timeout = args.timeout;
    Forward::new(&options).map_err(|error| Stop::usage(error.to_string()))
}

fn mock_options(
    common: &Common,
    args: &Proxy,
    project: &Project,
    (own, passage): (&str, &Arc<Passage>),
) -> Options {
    let mut options = project.mock_options(own, env::clock);
    options.auth = auth_of(args.auth);
    options.validate = if args.enforce { Validate::Error } else { Validate::Warn };
    options.stateful = args.fallback.is_some();
    options.max_body = args.max_body;
    options.journal = args.journal;
    options.allow_hosts.clone_from(&args.allow_host);
    options.log = (!common.quiet && args.command.is_empty()).then(|| log(common.log_format));
    options.lines = if common.log_format == LogFormat::Json { Lines::Json } else { Lines::Text };
    options.passage = Some(Arc::clone(passage));
    options
}

/// Serves until a signal, or until the command has ended, whose code is given.
async fn serve(args: &Proxy, door: Door, live: &Live, own: &str, base: &str) -> Result<u8, Stop> {
    if args.command.is_empty() {
        print_bytes(format!("listening on {own}, passing on to {base}\n").as_bytes())?;
        mock::serve(door, live.clone(), stop_signal()).await.map_err(|error| Stop::io(error.to_string()))?;
        return Ok(OK);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(mock::serve(door, live.clone(), async {
        let _ = stopped.await;
    }));
    let code = child::run(&args.command, own).await;
    drop(stop);
    let _ = server.await;
    code
}

/// What is denied and was there.
fn said(args: &Proxy, live: &Live, run: &Run) -> Vec<String> {
    let denies = |what: ProxyDeny| args.deny.contains(&what);
    let denied = Denied { violations: denies(ProxyDeny::Violations), unknown: denies(ProxyDeny::Unknown) };
    let mut said = complaints(&live.sum(), denied, args.min_operations);
    let count = |severity: Severity| {
        run.findings.iter().filter(|finding| finding.severity == severity && !finding.known).count()
    };
    let kinds = [
        (ProxyDeny::Findings, Severity::Error, "broke the document in", "way"),
        (ProxyDeny::Warnings, Severity::Warning, "gave", "warning"),
    ];
    for (what, severity, verb, noun) in kinds {
        let count = count(severity);
        if denies(what) && count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            said.push(format!("the answers of the target {verb} {count} {noun}{plural}"));
        }
    }
    said
}

/// The target behind the proxy.
struct Target(Forward);

impl Upstream for Target {
    fn forward(&self, request: http::Request<Octets>) -> Forwarded {
        let forward = self.0.clone();
        Box::pin(async move { forward.send(request).await })
    }

    fn path(&self) -> &str {
        self.0.path()
    }

    fn base(&self) -> String {
        self.0.base()
    }
}

/// Judges what went through, one exchange after the other, and records it where that is asked for.
struct Observed {
    contract: Arc<Contract>,
    observer: Mutex<Observer>,
    begun: Timestamp,
    recording: Option<Mutex<Recording>>,
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Witness for Observed {
    fn saw(
        &self,
        operation: OperationId,
        violations: &[Violation],
        exchange: &Exchange,
        at: Timestamp,
    ) -> Vec<String> {
        let after = at.duration_since(self.begun).unsigned_abs();
        if let (Some(recording), Some(operation)) = (&self.recording, self.contract.at(operation)) {
            let values = operation.template.values(&exchange.request.path);
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            held(recording).add(operation, &values, exchange, after);
        }
        held(&self.observer).see(operation, violations, exchange, after)
    }

    fn has_answered(&self, operation: OperationId) -> bool {
        held(&self.observer).has_answered(operation)
    }
}
