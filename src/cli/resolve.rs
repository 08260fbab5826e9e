//! Combines the settings of a command: flags over environment over configuration.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, FromArgMatches};

use super::args::{Args, command};
use super::disk;
use super::output::Stop;
use crate::config::{self, nearest};
use crate::project::Config;

/// Reads a command line once more, with the configuration as it is now.
pub(super) fn again(arguments: &[OsString]) -> Result<(Args, Config), Stop> {
    let matches =
        command().try_get_matches_from(arguments).map_err(|error| Stop::usage(error.to_string()))?;
    let (matches, config) = with_configuration(arguments, &matches)?;
    let args = Args::from_arg_matches(&matches).map_err(|error| Stop::usage(error.to_string()))?;
    Ok((args, config))
}

/// Finds the configuration and adds what it says under `[mock]` and `[check]` where neither a flag
/// nor the environment says it.
pub(super) fn with_configuration(
    arguments: &[OsString],
    matches: &ArgMatches,
) -> Result<(ArgMatches, Config), Stop> {
    let explicit = matches.subcommand().and_then(|(_, sub)| sub.get_one::<String>("config")).cloned();
    let explicit = explicit.or_else(|| matches.get_one::<String>("config").cloned());
    let config = disk::configuration(explicit.as_deref())?;
    let Some((name, sub)) = matches.subcommand() else { return Ok((matches.clone(), config)) };
    let flags = match name {
        "mock" => config.settings.mock.clone(),
        "check" => config.settings.check.flags.clone(),
        _ => return Ok((matches.clone(), config)),
    };
    let command = command();
    let known = || {
        let own = command.find_subcommand(name).into_iter().flat_map(clap::Command::get_arguments);
        // The configuration cannot name its own path, and names overlays beside the document.
        let elsewhere = ["config", "overlay"];
        let global = command.get_arguments().filter(|arg| arg.is_global_set());
        own.chain(global.filter(move |arg| !elsewhere.contains(&arg.get_id().as_str())))
    };
    let longs: Vec<&str> = known().filter_map(clap::Arg::get_long).collect();
    let mut extra: Vec<OsString> = Vec::new();
    for (key, value) in &flags {
        let arg = known().find(|arg| arg.get_long() == Some(key));
        let Some(arg) = arg else {
            let help = nearest(key, longs.iter().copied());
            return Err(Stop::usage(format!("{}: unknown key `{key}` under [{name}]; {help}", config.name)));
        };
        let id = arg.get_id().as_str();
        if matches!(sub.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
            continue;
        }
        let values = match value {
            toml::Value::Array(items) => items.iter().map(config::text).collect(),
            one => vec![config::text(one)],
        };
        for value in values {
            match (arg.get_action(), value.as_str()) {
                (ArgAction::SetTrue, "true") => extra.push(format!("--{key}").into()),
                (ArgAction::SetTrue, "false") => {}
                (ArgAction::SetTrue, other) => {
                    return Err(Stop::usage(format!(
                        "{}: `{key}` under [{name}] must be true or false, not {other}",
                        config.name
                    )));
                }
                _ => extra.push(format!("--{key}={value}").into()),
            }
        }
    }
    if extra.is_empty() {
        return Ok((matches.clone(), config));
    }
    let at = arguments.iter().position(|argument| argument == name).map_or(arguments.len(), |at| at + 1);
    let mut all = arguments.to_vec();
    all.splice(at..at, extra);
    let matches = command.try_get_matches_from(all).map_err(|error| {
        Stop::usage(format!("{}: {}", config.name, error.to_string().trim_start_matches("error: ")))
    })?;
    Ok((matches, config))
}
