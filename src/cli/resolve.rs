//! Combines the settings of a command: flags over environment over configuration.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command, FromArgMatches};
use indexmap::IndexMap;

use super::args::{Args, command};
use super::output::Stop;
use super::{diagnostics, disk, flags};
use crate::config::{self, nearest};
use crate::document::{Problem, pointer};
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
    let extra = lines(&command, (name, sub), &config, &flags)
        .map_err(|problem| diagnostics::stop(std::slice::from_ref(&*problem), &config.texts()))?;
    if extra.is_empty() {
        return Ok((matches.clone(), config));
    }
    let at = arguments.iter().position(|argument| argument == name).map_or(arguments.len(), |at| at + 1);
    let mut all = arguments.to_vec();
    all.splice(at..at, extra.iter().map(|(_, argument)| argument.clone()));
    let matches =
        command.try_get_matches_from(all).map_err(|error| refused(&error, &config, name, &extra))?;
    Ok((matches, config))
}

/// The arguments that a configuration adds, each with its key.
fn lines(
    command: &Command,
    (name, sub): (&str, &ArgMatches),
    config: &Config,
    flags: &IndexMap<String, toml::Value>,
) -> Result<Vec<(String, OsString)>, Box<Problem>> {
    let known = flags::known(command, name);
    let mut extra = Vec::new();
    for (key, value) in flags {
        let wrong = |message: String, help: String| {
            Box::new(config.problem(&pointer::join(&format!("/{name}"), key), message).help(help))
        };
        let Some(arg) = known.clone().find(|arg| arg.get_long() == Some(key)) else {
            let help = nearest(key, known.filter_map(clap::Arg::get_long));
            return Err(wrong(format!("unknown key `{key}` under [{name}]"), help));
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
            let argument = match (arg.get_action(), value.as_str()) {
                (ArgAction::SetTrue, "true") => format!("--{key}"),
                (ArgAction::SetTrue, "false") => continue,
                (ArgAction::SetTrue, other) => {
                    let message = format!("`{key}` under [{name}] must be true or false, not {other}");
                    return Err(wrong(message, "write true or false, without quotes".to_owned()));
                }
                (ArgAction::Count, times) => {
                    let times = times.parse::<u8>().map_err(|_| {
                        wrong(
                            format!("`{key}` under [{name}] must be a number, not {times}"),
                            "write 1 or 2".to_owned(),
                        )
                    })?;
                    extra.extend((0..times).map(|_| (key.clone(), format!("--{key}").into())));
                    continue;
                }
                _ => format!("--{key}={value}"),
            };
            extra.push((key.clone(), argument.into()));
        }
    }
    Ok(extra)
}

/// What clap says of an argument that the configuration added, with the place there.
fn refused(error: &clap::Error, config: &Config, name: &str, extra: &[(String, OsString)]) -> Stop {
    let shown = error.to_string();
    let message = shown.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default().trim();
    let keys = extra.iter().map(|(key, _)| key);
    let named =
        keys.filter(|key| message.contains(&format!("'--{key} ")) || message.contains(&format!("'--{key}'")));
    let Some(key) = named.max_by_key(|key| key.len()) else {
        return Stop::usage(format!("{}: {message}", config.name));
    };
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    let problem = config.problem(&pointer::join(&format!("/{name}"), key), lines.join(" "));
    let help = format!("`counterpart {name} --help` says what --{key} takes");
    diagnostics::stop(&[problem.help(help)], &config.texts())
}
