//! `counterpart mock`.

pub(super) mod child;
mod documents;
mod junit;
mod store;
mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::cli::args::{
    AuthMode, Command, Common, Dynamic, ErrorsMode, LogFormat, LoginMode, Mock, MockDeny, Secured,
    ValidateMode, World,
};
use crate::cli::output::{FINDINGS, OK, Stop, print_bytes, say, tell};
use crate::cli::signals::Signals;
use crate::cli::thresholds::{Denied, Threshold, complaints};
use crate::cli::{diagnostics, disk, env, fs, resolve};
use crate::mock::{
    self, Auth, Chaos, Consent, Document, Door, Fleet, Identity, Lines, Live, LoginOptions, Options,
    Validate, faults, scenario,
};
use crate::project::{Config, Inputs, Project};
use crate::report::{safe, safe_json, without_commands};
use crate::resources::Resources;
use documents::Mounted;

pub(super) async fn run(
    common: &Common,
    args: Mock,
    config: Config,
    arguments: &[OsString],
) -> Result<u8, Stop> {
    usable(&args)?;
    let mounted = documents::load(common, &args, &config)?;
    let inputs = documents::inputs(&mounted, &args);
    let mut shown = String::new();
    documents::tell(common, &args, &mounted, &mut shown)?;
    let operations: usize = mounted.iter().map(|one| one.project.contract.operations.len()).sum();
    if let Some(Threshold::Count(least)) = args.min_operations
        && least > operations
    {
        return Err(Stop::usage(format!(
            "--min-operations {least}: the document has only {operations} operations"
        )));
    }
    let port = args.port.unwrap_or(if args.command.is_empty() { 4010 } else { 0 });
    let fleet = store::join(&args).await?;
    let door = open((&args.host, port), &args.tls, &args.allow_host).await?;
    let origin = origin(&door, &args.host)?;
    if !is_loopback(door.listener()) && !common.quiet {
        tell("warning", "the mock can be reached from other machines");
    }
    if !common.quiet {
        for line in mock::unchecked(mounted.iter().map(|one| &*one.project.contract)) {
            tell("warning", line);
        }
    }
    let fixed = Fixed {
        origin: origin.clone(),
        log: (!common.quiet && args.command.is_empty()).then(|| log(common.log_format)),
        lines: if common.log_format == LogFormat::Json { Lines::Json } else { Lines::Text },
        fleet,
    };
    if mounted.len() > 1 && !common.quiet {
        for one in &mounted {
            say(&format!("{} is served at {origin}{}", one.project.name, one.prefix));
        }
    }
    if !common.quiet {
        tell_logins(&args, &mounted, &origin);
        store::tell(&args, &mounted);
    }
    let live = Live::new(build(&args, mounted, &fixed)?);
    if args.watch {
        let arguments = arguments.to_vec();
        watch(Reloading { common: common.clone(), arguments, fixed, live: live.clone(), shown }, inputs);
    }
    if args.command.is_empty() {
        print_bytes(format!("listening on {origin}\n").as_bytes())?;
        mock::serve(door, live, stop_signal()).await.map_err(|error| Stop::io(error.to_string()))?;
        return Ok(OK);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(mock::serve(door, live.clone(), async {
        let _ = stopped.await;
    }));
    let code = child::run(&args.command, &origin).await;
    drop(stop);
    let _ = server.await;
    let code = code?;
    let denied = Denied {
        violations: args.deny.contains(&MockDeny::Violations),
        unknown: args.deny.contains(&MockDeny::Unknown),
    };
    let sum = live.sum();
    if let Some(report) = &args.report {
        fs::write(Path::new(junit::file(report).map_err(Stop::usage)?), junit::render(&sum).as_bytes())?;
    }
    let said = complaints(&sum, denied, args.min_operations);
    for text in &said {
        tell("error", text);
    }
    // The command's own exit code says more.
    Ok(if code == OK && !said.is_empty() { FINDINGS } else { code })
}

/// What a reload needs.
struct Reloading {
    common: Common,
    arguments: Vec<OsString>,
    fixed: Fixed,
    live: Live,
    /// The problems that were told last.
    shown: String,
}

/// Reloads when something changes, or when another replica has reloaded.
fn watch(mut of: Reloading, inputs: Inputs) {
    let is_told = store::told(of.fixed.fleet.as_deref());
    watch::start(inputs, is_told, move |cause| {
        match reload(&of.common, &of.arguments, &of.fixed, &of.live, &mut of.shown) {
            Ok(inputs) => {
                if let Some(fleet) = of.fixed.fleet.as_ref().filter(|_| cause == watch::Cause::Change) {
                    fleet.tell_reload();
                }
                Some(inputs)
            }
            Err(stop) => {
                stop.tell();
                tell("warning", "the change cannot be used; the mock keeps serving the previous version");
                None
            }
        }
    });
}

/// Says where users log in.
fn tell_logins(args: &Mock, mounted: &[Mounted], origin: &str) {
    for one in mounted {
        let address = format!("{origin}{}", one.prefix);
        for line in mock::login_lines(&one.project.contract, args.base_path.as_deref(), &address) {
            say(&safe(&line));
        }
    }
}

/// Refuses flags that do not go together.
fn usable(args: &Mock) -> Result<(), Stop> {
    if let Some(report) = &args.report {
        let file = Path::new(junit::file(report).map_err(Stop::usage)?);
        fs::try_folder(file.parent().unwrap_or(Path::new(".")))?;
    }
    let alone = [
        ("--deny", !args.deny.is_empty()),
        ("--min-operations", args.min_operations.is_some()),
        ("--report", args.report.is_some()),
    ];
    for (flag, is_set) in alone {
        if is_set && args.command.is_empty() {
            return Err(Stop::usage(format!(
                "{flag} needs a command to judge: counterpart mock {flag} … -- npm test"
            )));
        }
    }
    if let Some(denied) = args.deny.first().and_then(clap::ValueEnum::to_possible_value)
        && matches!(args.validate, ValidateMode::Off)
    {
        return Err(Stop::usage(format!("--deny {} cannot be used with --validate off", denied.get_name())));
    }
    if args.watch && args.doc.iter().any(|doc| doc == "-") {
        return Err(Stop::usage("--watch cannot read the document from stdin; pass a path"));
    }
    Ok(())
}

/// What stays the same when everything else is reloaded.
struct Fixed {
    origin: String,
    log: Option<mock::Log>,
    lines: Lines,
    fleet: Option<Arc<Fleet>>,
}

/// Reloads everything and replaces what was served. Host, port, size of the journal
/// and command stay as they were.
fn reload(
    common: &Common,
    arguments: &[OsString],
    fixed: &Fixed,
    live: &Live,
    shown: &mut String,
) -> Result<Inputs, Stop> {
    let (read, config) = resolve::again(arguments)?;
    let Command::Mock(args) = read.command else { return Err(Stop::usage("not the command `mock`")) };
    let mounted = documents::load(common, &args, &config)?;
    documents::tell(common, &args, &mounted, shown)?;
    let inputs = documents::inputs(&mounted, &args);
    let operations: usize = mounted.iter().map(|one| one.project.contract.operations.len()).sum();
    let names: Vec<String> = mounted.iter().map(|one| one.project.name.clone()).collect();
    live.replace(build(&args, mounted, fixed)?);
    if !common.quiet {
        say(&format!("reloaded {}: {operations} operations", names.join(", ")));
    }
    Ok(inputs)
}

/// The documents with everything that the mock must know of them.
fn build(args: &Mock, mounted: Vec<Mounted>, fixed: &Fixed) -> Result<Vec<Document>, Stop> {
    let mut documents = Vec::new();
    for Mounted { prefix, mut project, .. } in mounted {
        let options = options(args, &mut project, fixed)?;
        let (name, contract, fixtures) = (project.name, project.contract, project.fixtures);
        documents.push(Document { name, prefix, contract, fixtures, options });
    }
    for text in &args.fault {
        add_fault(text, args, &mut documents)?;
    }
    Ok(documents)
}

/// Adds a fault to the first document that it can be applied to.
fn add_fault(text: &str, args: &Mock, documents: &mut [Document]) -> Result<(), Stop> {
    let mut refusal = None;
    for document in documents {
        let resources = Resources::of(&document.contract, &document.options.state);
        match faults::parse(text, &document.contract, &resources) {
            Ok(fault) if faults::needs_state(fault.rule) && !args.stateful => {
                return Err(Stop::usage(format!(
                    "--fault {text} needs a mock that keeps state; add --stateful"
                )));
            }
            Ok(fault) => {
                document.options.faults.push(fault);
                return Ok(());
            }
            Err(why) => refusal = refusal.or(Some(why)),
        }
    }
    refusal.map_or(Ok(()), |why| Err(Stop::usage(why)))
}

fn options(args: &Mock, project: &mut Project, fixed: &Fixed) -> Result<Options, Stop> {
    if let Some(file) = &args.keys {
        // Those of the file go first.
        project.settings.keys.splice(0..0, disk::keys_file(file)?.keys);
    }
    let settings = &project.settings;
    let is_dynamic = matches!(args.dynamic, Some(Dynamic::Plausible | Dynamic::Edge));
    let (scenarios, wrong) =
        scenario::read(&settings.scenario, &project.contract, &project.fixtures, is_dynamic);
    if !wrong.is_empty() {
        return Err(diagnostics::stop(&wrong, &project.texts));
    }
    if let Some(name) = &args.scenario {
        scenarios.check(name).map_err(Stop::usage)?;
    }
    let mut options = project.mock_options(fixed.origin.clone(), env::clock);
    options.auth = args.auth.map_or(options.auth, auth_of);
    options.problem_errors = matches!(args.errors, ErrorsMode::Problem);
    options.validate = match args.validate {
        ValidateMode::Error => Validate::Error,
        ValidateMode::Warn => Validate::Warn,
        ValidateMode::Off => Validate::Off,
    };
    options.base_path.clone_from(&args.base_path);
    options.cors = !args.no_cors;
    options.delay = args.delay.unwrap_or_default();
    options.stateful = args.stateful;
    options.closed = args.state == World::Closed;
    options.dynamic = is_dynamic;
    options.edges = args.dynamic == Some(Dynamic::Edge);
    options.items = args.items;
    options.seed = args.seed;
    let share = args.chaos.filter(|share| *share > 0.0);
    options.chaos = share.map(|share| Chaos { share, seed: args.seed });
    options.max_body = args.max_body;
    options.journal = args.journal;
    options.allow_hosts.clone_from(&args.allow_host);
    options.callbacks_to.clone_from(&args.callbacks_to);
    if !["127.0.0.1", "0.0.0.0", "::"].contains(&args.host.as_str()) {
        options.allow_hosts.push(args.host.clone());
    }
    options.resource_metadata.clone_from(&args.resource_metadata);
    options.login = login(args);
    options.scenarios = scenarios;
    options.scenario.clone_from(&args.scenario);
    options.log.clone_from(&fixed.log);
    options.lines = fixed.lines;
    options.fleet.clone_from(&fixed.fleet);
    Ok(options)
}

/// How users log in.
fn login(args: &Mock) -> LoginOptions {
    let otherwise = LoginOptions::default();
    LoginOptions {
        consent: match args.login {
            LoginMode::Page => Consent::Page,
            LoginMode::Immediate => Consent::Immediate,
        },
        redirects: args.login_redirect.clone(),
        lifetime: args.login_lifetime.unwrap_or(otherwise.lifetime),
    }
}

pub(super) fn auth_of(mode: AuthMode) -> Auth {
    match mode {
        AuthMode::Scopes => Auth::Scopes,
        AuthMode::Present => Auth::Present,
        AuthMode::Off => Auth::Off,
    }
}

pub(super) async fn listen(host: &str, port: u16) -> Result<TcpListener, Stop> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let help = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another process uses this port: pass another one with -p, or -p 0 for a free one"
            }
            _ => "",
        };
        Stop::io(format!("cannot listen on {host}:{port}: {error}{help}"))
    })
}

/// Opens a door at an address, for clients that speak TLS where that is asked for.
pub(super) async fn open((host, port): (&str, u16), tls: &Secured, names: &[String]) -> Result<Door, Stop> {
    let identity = match (&tls.tls_cert, &tls.tls_key) {
        (Some(certificate), Some(key)) => {
            Some(Identity { certificate: fs::read(certificate)?, key: fs::read(key)? })
        }
        _ if tls.tls => {
            let own = ["localhost", "127.0.0.1", "::1", host].map(str::to_owned);
            let hosts = own.into_iter().chain(names.iter().cloned()).collect();
            Some(Identity::self_made(hosts).map_err(|why| Stop::usage(format!("--tls: {why}")))?)
        }
        _ => None,
    };
    let listener = listen(host, port).await?;
    match identity {
        None => Ok(listener.into()),
        Some(identity) => Door::secured(listener, &identity)
            .map_err(|why| Stop::usage(format!("cannot speak TLS by --tls-cert and --tls-key: {why}"))),
    }
}

pub(super) fn origin(door: &Door, host: &str) -> Result<String, Stop> {
    let address = door.listener().local_addr().map_err(|error| Stop::io(error.to_string()))?;
    let host = match host {
        "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    };
    let scheme = if door.is_secured() { "https" } else { "http" };
    Ok(format!("{scheme}://{host}:{}", address.port()))
}

pub(super) fn is_loopback(listener: &TcpListener) -> bool {
    listener.local_addr().is_ok_and(|address| address.ip().is_loopback())
}

/// Lines go through a channel to a thread of their own, so that no request waits for a terminal.
pub(super) fn log(format: LogFormat) -> mock::Log {
    let (log, mut lines) = mock::log();
    std::thread::spawn(move || {
        while let Some(lines) = lines.take() {
            let shown = |line: &String| match format {
                LogFormat::Json => safe_json(line).into_owned(),
                LogFormat::Text => without_commands(&safe(line)).into_owned(),
            };
            let batch = lines.iter().map(shown).collect::<Vec<_>>().join("\n") + "\n";
            let _ = anstream::stderr().write_all(batch.as_bytes());
        }
    });
    log
}

/// Ctrl-C or SIGTERM.
pub(super) async fn stop_signal() {
    Signals::new().next().await;
}
