//! The command line: the only module that reads arguments and prints, and the home of the exit codes.

mod args;
mod commands;
mod diagnostics;
mod disk;
mod documents;
mod env;
mod flags;
mod fs;
mod output;
mod resolve;
mod signals;
mod thresholds;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use args::Args;
use output::{OK, Stop, USAGE};

/// Flags by which other programs take a key.
const KEY_FLAGS: &[&str] =
    &["--token", "--key", "--api-key", "--apikey", "--bearer", "--access-token", "--password"];

/// A usage error, with what to do instead where a key was given as an argument.
fn hinted(mut error: clap::Error) -> clap::Error {
    let is_key = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) => KEY_FLAGS.contains(&flag.as_str()),
        _ => false,
    };
    if error.kind() == ErrorKind::UnknownArgument && is_key {
        let tip = "keys are no arguments, which everybody on the machine can read: set COUNTERPART_TOKEN, or name a file \
                   with --keys";
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        error.remove(ContextKind::SuggestedArg);
    }
    error
}

/// Runs a command line and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = match args::command().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { OK };
            // Nobody can be told when even this cannot be printed.
            let _ = hinted(error).print();
            return ExitCode::from(code);
        }
    };
    let result = resolve::with_configuration(&arguments, &matches).and_then(|(matches, config)| {
        let args = Args::from_arg_matches(&matches).map_err(|error| Stop::usage(error.to_string()))?;
        args.common.color.write_global();
        output::write_json(args.common.log_format == args::LogFormat::Json);
        if let Some((name @ ("mock" | "check" | "config"), own)) = matches.subcommand() {
            let keys = own.try_get_one::<String>("keys").ok().flatten();
            flags::refuse_unknown(&args::command(), name, &config, keys.map(Path::new))?;
        }
        commands::dispatch(args, config, &arguments)
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            stop.tell();
            ExitCode::from(stop.code)
        }
    }
}
