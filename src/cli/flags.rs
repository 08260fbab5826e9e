//! The flags that `[mock]` and `[check]` of a configuration may hold.

#![expect(clippy::disallowed_methods, reason = "looks whether a file of keys is one")]

use std::path::Path;

use clap::{Arg, ArgAction, Command};

use super::output::Stop;
use super::{env, fs};
use crate::config::near;
use crate::machine::variables;
use crate::project::Config;

/// Flags that a configuration says elsewhere: it cannot name its own path, and names overlays beside the document.
const ELSEWHERE: [&str; 2] = ["config", "overlay"];

/// The flags of a command that a configuration may hold under the name of the command.
pub(super) fn known<'c>(command: &'c Command, name: &str) -> impl Iterator<Item = &'c Arg> + Clone {
    let own: Vec<&Arg> = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments).collect();
    let global: Vec<&Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).collect();
    own.into_iter().chain(global).filter(|arg| {
        let is_helps =
            matches!(arg.get_action(), ArgAction::Help | ArgAction::HelpLong | ArgAction::HelpShort);
        let is_elsewhere = is_helps || ELSEWHERE.contains(&arg.get_id().as_str());
        arg.get_long().is_some() && !is_elsewhere && !matches!(arg.get_action(), ArgAction::Version)
    })
}

/// The variable of the environment that stands for a flag.
pub(super) fn variable(long: &str) -> String {
    format!("COUNTERPART_{}", long.to_ascii_uppercase().replace('-', "_"))
}

/// Refuses variables whose names look like slips of the pen: what they should say would be passed over. Others are
/// somebody's own, for `${NAME}` in a configuration or a file of keys, and those of keys beside the first stand in commands
/// to paste.
///
/// # Errors
/// Each such variable, with the one that is meant.
pub(super) fn refuse_unknown(
    command: &clap::Command,
    name: &str,
    config: &Config,
    keys: Option<&Path>,
) -> Result<(), Stop> {
    let commands = if name == "config" { vec!["mock", "check"] } else { vec![name] };
    let longs = |name: &&str| known(command, name).filter_map(clap::Arg::get_long).collect::<Vec<_>>();
    let mut all: Vec<String> = ["mock", "check", "proxy"].iter().flat_map(longs).map(variable).collect();
    all.push(env::TOKEN.to_owned());
    let mut meant: Vec<String> = commands.iter().flat_map(longs).map(variable).collect();
    meant.push(env::TOKEN.to_owned());
    let of_a_key = format!("{}_", env::TOKEN);
    let mut wrong = Vec::new();
    for name in variables().filter(|name| name.starts_with("COUNTERPART_") && !name.starts_with(&of_a_key)) {
        if all.contains(&name) || config.mentions(&name) {
            continue;
        }
        let meant = near(&name, meant.iter().map(String::as_str));
        if let Some(meant) = meant.filter(|_| !keys.is_some_and(|keys| may_mention(keys, &name))) {
            wrong.push(format!("the variable {name} means nothing; did you mean {meant}?"));
        }
    }
    wrong.sort();
    if wrong.is_empty() { Ok(()) } else { Err(Stop::usage(wrong.join("\n"))) }
}

/// Whether a file of keys may have a word. What comes from a pipe can be read once only, and not for this.
fn may_mention(keys: &Path, word: &str) -> bool {
    if !keys.is_file() {
        return true;
    }
    fs::read(&keys.to_string_lossy()).is_ok_and(|octets| String::from_utf8_lossy(&octets).contains(word))
}
