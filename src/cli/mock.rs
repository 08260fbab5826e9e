//! `counterpart mock`.

use std::io::Write;
use std::process::ExitStatus;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::args::{AuthMode, Common, ErrorsMode, Mock, ValidateMode};
use super::signals::Signals;
use super::{OK, Stop, load, print_bytes, problems, say};
use crate::contract;
use crate::mock::{self, App, Auth, Options, Validate, fault};
use crate::resource::Resources;
use crate::settings::{Key, Source};

pub(super) fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

pub(super) async fn run(common: &Common, args: Mock, config: load::Config) -> Result<u8, Stop> {
    let mut loaded = load::document(common, args.doc.as_deref(), config)?;
    if args.strict {
        loaded.problems.extend(contract::lint(&loaded.contract));
    }
    if !loaded.problems.is_empty() {
        let shown = problems::show(&loaded.problems, &loaded.texts);
        if args.strict {
            return Err(Stop::usage(format!("the mock is strict and does not start\n{}", shown.trim_end())));
        }
        if !common.quiet {
            say(shown.trim_end());
        }
    }
    let keys = keys(args.keys.as_deref(), &loaded.settings.keys)?;
    let port = args.port.unwrap_or(if args.command.is_empty() { 4010 } else { 0 });
    let listener = listen(&args.host, port).await?;
    let origin = origin(&listener, &args.host)?;
    if !is_loopback(&listener) && !common.quiet {
        say(&format!("{} the mock can be reached from other machines", problems::word("warning")));
    }
    let mut options = Options::new(origin.clone(), clock);
    options.auth = match args.auth {
        Some(AuthMode::Scopes) => Auth::Scopes,
        Some(AuthMode::Present) => Auth::Present,
        Some(AuthMode::Off) => Auth::Off,
        None if loaded.is_bundled || !keys.is_empty() => Auth::Scopes,
        None => Auth::Present,
    };
    options.scopes = loaded.settings.scope_rules();
    options.keys = keys;
    options.errors.clone_from(&loaded.settings.errors);
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
    options.dynamic = args.dynamic;
    options.items = args.items;
    options.seed = args.seed;
    options.state.clone_from(&loaded.settings.state);
    options.max_body = args.max_body;
    options.journal = args.journal;
    options.allow_hosts.clone_from(&args.allow_host);
    if !["127.0.0.1", "0.0.0.0", "::"].contains(&args.host.as_str()) {
        options.allow_hosts.push(args.host.clone());
    }
    // Worked out only where a lie is to be told: it costs time on a large document.
    let resources = std::cell::LazyCell::new(|| Resources::of(&loaded.contract, &loaded.settings.state));
    for text in &args.fault {
        let fault = fault::parse(text, &loaded.contract, &resources).map_err(Stop::usage)?;
        if fault::needs_state(fault.rule) && !args.stateful {
            return Err(Stop::usage(format!(
                "{text} can be told only by a mock that keeps state; add --stateful"
            )));
        }
        options.faults.push(fault);
    }
    if !common.quiet && args.command.is_empty() {
        options.log = Some(log());
    }
    drop(resources);
    let app = App::new(loaded.contract, loaded.fixtures, options);
    if args.command.is_empty() {
        print_bytes(format!("listening on {origin}\n").as_bytes())?;
        mock::serve(listener, app, stop_signal()).await.map_err(|error| Stop::io(error.to_string()))?;
        return Ok(OK);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(mock::serve(listener, app, async {
        let _ = stopped.await;
    }));
    let status = child(&args.command, &origin).await;
    drop(stop);
    let _ = server.await;
    status.map(code_of)
}

/// The keys of a file over those of the configuration.
pub(super) fn keys(file: Option<&str>, configured: &[Key]) -> Result<Vec<Key>, Stop> {
    let mut keys = match file {
        Some(file) => load::settings_file(Source::Keys, file)?.keys,
        None => Vec::new(),
    };
    keys.extend(configured.iter().cloned());
    Ok(keys)
}

pub(super) async fn listen(host: &str, port: u16) -> Result<TcpListener, Stop> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        let help = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another process listens there: choose another with -p, or -p 0 for a free one"
            }
            _ => "",
        };
        Stop::io(format!("cannot listen on {host}:{port}: {error}{help}"))
    })
}

pub(super) fn origin(listener: &TcpListener, host: &str) -> Result<String, Stop> {
    let address = listener.local_addr().map_err(|error| Stop::io(error.to_string()))?;
    let host = match host {
        "0.0.0.0" | "::" => "127.0.0.1".to_owned(),
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    };
    Ok(format!("http://{host}:{}", address.port()))
}

fn is_loopback(listener: &TcpListener) -> bool {
    listener.local_addr().is_ok_and(|address| address.ip().is_loopback())
}

/// Lines go through a channel to a thread of their own, so that no request waits for a terminal.
fn log() -> tokio::sync::mpsc::UnboundedSender<String> {
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel::<String>();
    std::thread::spawn(move || {
        while let Some(line) = lines.blocking_recv() {
            let mut batch = line;
            while let Ok(next) = lines.try_recv() {
                batch.push('\n');
                batch.push_str(&next);
            }
            batch.push('\n');
            let _ = anstream::stderr().write_all(batch.as_bytes());
        }
    });
    sender
}

/// Ctrl-C or SIGTERM.
pub(super) async fn stop_signal() {
    Signals::new().next().await;
}

async fn child(command: &[String], origin: &str) -> Result<ExitStatus, Stop> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Stop::usage("there is no command to run"))?;
    tokio::process::Command::new(program)
        .args(arguments)
        .env("COUNTERPART_URL", origin)
        .kill_on_drop(true)
        .status()
        .await
        .map_err(|error| Stop::usage(format!("cannot run {program}: {error}")))
}

fn code_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            // As shells report it.
            return u8::try_from(128 + signal).unwrap_or(1);
        }
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
