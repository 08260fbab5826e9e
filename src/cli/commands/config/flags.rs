//! The flags of a command that are in force.

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command};

use super::{Origin, Row, masked};
use crate::cli::flags;
use crate::document::pointer;
use crate::project::Config;

/// The flags of a command that have a value, each with where it comes from. What is said for every command is
/// shown where somebody said it.
pub(super) fn rows(command: &Command, name: &str, sub: &ArgMatches, config: &Config) -> Vec<Row> {
    let written = match name {
        "mock" => &config.settings.mock,
        _ => &config.settings.check.flags,
    };
    let row = |arg: &clap::Arg| {
        let long = arg.get_long()?;
        let id = arg.get_id().as_str();
        let (value, origin) = match sub.value_source(id) {
            Some(ValueSource::CommandLine) => (raw(sub, arg), Origin::Flag(format!("--{long}"))),
            Some(ValueSource::EnvVariable) => (raw(sub, arg), Origin::Variable(flags::variable(long))),
            source => match (written.get(long), source) {
                (Some(value), _) => {
                    let at = pointer::join(&format!("/{name}"), long);
                    (value.clone(), Origin::File(config.name.clone(), config.places.find(&at)))
                }
                (None, Some(_)) if !arg.is_global_set() && arg.get_action().takes_values() => {
                    (raw(sub, arg), Origin::Default)
                }
                (None, _) => return None,
            },
        };
        Some(Row { name: format!("{name}.{long}"), value: masked::value(long, &value), origin })
    };
    flags::known(command, name).filter_map(row).collect()
}

/// What was written, one text or a list of them.
fn raw(sub: &ArgMatches, arg: &clap::Arg) -> toml::Value {
    let id = arg.get_id().as_str();
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse => toml::Value::Boolean(sub.get_flag(id)),
        ArgAction::Count => toml::Value::Integer(sub.get_count(id).into()),
        action => {
            let raw = sub.try_get_raw(id).ok().flatten().into_iter().flatten();
            let mut texts: Vec<toml::Value> =
                raw.map(|text| toml::Value::from(text.to_string_lossy().into_owned())).collect();
            match texts.pop() {
                Some(one) if texts.is_empty() && !matches!(action, ArgAction::Append) => one,
                last => {
                    texts.extend(last);
                    toml::Value::Array(texts)
                }
            }
        }
    }
}
