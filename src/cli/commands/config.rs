//! `counterpart config`: what is in force, and where each value comes from.

mod entries;
mod flags;
mod masked;
pub(super) mod schema;

use std::collections::BTreeSet;
use std::ffi::OsString;

use serde_json::{Value, json};

use crate::cli::args::{self, Inspect, InspectFormat};
use crate::cli::documents;
use crate::cli::output::{OK, Stop, print, print_json};
use crate::cli::resolve;
use crate::config::{Source, json as as_json, nearest, wfc};
use crate::machine::Machine;
use crate::project::{BUNDLED, Config, Reader, companion};
use crate::redact;
use crate::report::safe;
use entries::Entry;

/// Columns that a value takes; a longer one is cut.
const WIDTH: usize = 60;

/// A value that is in force.
struct Row {
    name: String,
    value: toml::Value,
    origin: Origin,
}

/// Where a value comes from.
enum Origin {
    /// An argument of the command line.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of a file.
    File(String, Option<(usize, usize)>),
    /// Nobody said anything else.
    Default,
}

pub(super) fn run(inspect: &Inspect, config: Config) -> Result<u8, Stop> {
    if let Some(kind) = inspect.schema {
        print_json(&schema::of(kind))?;
        return Ok(OK);
    }
    let rows = match inspect.command.first().map(String::as_str) {
        None => in_force(&[("mock", vec![]), ("check", vec![])], config)?,
        Some(name @ ("mock" | "check")) => in_force(&[(name, inspect.command[1..].to_vec())], config)?,
        Some(other) => {
            let help = nearest(other, ["mock", "check"]);
            return Err(Stop::usage(format!("config shows what mock and check use, not {other:?}; {help}")));
        }
    };
    match inspect.format {
        InspectFormat::Json => print_json(&rows.iter().map(object).collect::<Vec<Value>>())?,
        InspectFormat::Table => print(&table(&rows))?,
    }
    Ok(OK)
}

/// Everything that is in force for some commands, each with its arguments.
fn in_force(commands: &[(&str, Vec<String>)], config: Config) -> Result<Vec<Row>, Stop> {
    let command = args::command();
    let mut config = config;
    let mut rows = Vec::new();
    let mut doc = None;
    for (name, arguments) in commands {
        let line = ["counterpart", name].into_iter().map(OsString::from);
        let line: Vec<OsString> = line.chain(arguments.iter().map(OsString::from)).collect();
        let matches =
            command.clone().try_get_matches_from(&line).map_err(|error| Stop::usage(error.to_string()))?;
        // What is wrong with a value is told as the command itself tells it.
        let (_, found) = resolve::with_configuration(&line, &matches)?;
        if !arguments.is_empty() {
            config = found;
        }
        let Some((_, sub)) = matches.subcommand() else { continue };
        doc = doc.or_else(|| sub.try_get_many::<String>("doc").ok().flatten()?.next().cloned());
        rows.extend(flags::rows(&command, name, sub, &config));
    }
    let documents = documents_of(doc.as_deref(), &config)?;
    let mut said: BTreeSet<String> = rows.iter().map(|row| row.name.clone()).collect();
    let mut files: Vec<(String, String, Source)> = Vec::new();
    for file in keys_files(&rows) {
        let machine = Machine { takes_pipes: false, ..Machine::default() };
        let text = String::from_utf8_lossy(&machine.read(&file)?).into_owned();
        if !wfc::is_meant(&file, &text) {
            files.push((file, text, Source::Keys));
        }
    }
    if let Some(text) = &config.text {
        files.push((config.name.clone(), text.reveal().to_owned(), Source::Config));
    }
    if let Some(doc) = &doc {
        rows.push(document(doc, Origin::Flag("argument".to_owned())));
    } else if config.settings.spec.is_none() && config.settings.document.is_empty() {
        rows.push(document(BUNDLED, Origin::Default));
    }
    for document in documents {
        if let Some((name, text)) =
            companion(&document, &Machine::default()).map_err(crate::cli::diagnostics::not_loaded)?
        {
            files.push((name, text, Source::Companion));
        }
    }
    for (file, text, source) in files {
        let found = entries::of(&file, &text, source);
        let units: Vec<String> = found.iter().map(|entry| entry.unit.clone()).collect();
        let is_new = |entry: &Entry| !said.contains(&entry.unit);
        rows.extend(found.into_iter().filter(is_new).map(|entry| Row {
            origin: Origin::File(file.clone(), entry.position),
            name: entry.name,
            value: entry.value,
        }));
        said.extend(units);
    }
    Ok(rows)
}

fn document(doc: &str, origin: Origin) -> Row {
    Row { name: "document".to_owned(), value: toml::Value::from(redact::address(doc)), origin }
}

/// The documents that a command would take.
fn documents_of(doc: Option<&str>, config: &Config) -> Result<Vec<String>, Stop> {
    let asked = documents::named_or_all(doc, config)?;
    let spec = config.settings.spec.as_ref().map(|spec| config.locate(spec));
    let default = spec.unwrap_or_else(|| BUNDLED.to_owned());
    Ok(asked.into_iter().map(|one| one.doc.unwrap_or_else(|| default.clone())).collect())
}

/// The keys files that are named.
fn keys_files(rows: &[Row]) -> BTreeSet<String> {
    let named = rows.iter().filter(|row| ["mock.keys", "check.keys"].contains(&row.name.as_str()));
    named.filter_map(|row| row.value.as_str()).map(str::to_owned).collect()
}

fn object(row: &Row) -> Value {
    let from = match &row.origin {
        Origin::Flag(flag) => json!({ "kind": "flag", "flag": flag }),
        Origin::Variable(variable) => json!({ "kind": "environment", "variable": variable }),
        Origin::File(file, at) => json!({
            "kind": "file", "file": file, "line": at.map(|(line, _)| line), "column": at.map(|(_, column)| column),
        }),
        Origin::Default => json!({ "kind": "default" }),
    };
    json!({ "name": row.name, "value": as_json(&row.value), "from": from })
}

fn table(rows: &[Row]) -> String {
    let value = |row: &Row| {
        let text = row.value.to_string().replace('\n', " ");
        let cut: String = text.chars().take(WIDTH - 1).collect();
        if text.chars().count() > WIDTH { format!("{cut}…") } else { text }
    };
    let origin = |row: &Row| match &row.origin {
        Origin::Flag(flag) => flag.clone(),
        Origin::Variable(variable) => format!("${variable}"),
        Origin::File(file, Some((line, _))) => format!("{file}:{line}"),
        Origin::File(file, None) => file.clone(),
        Origin::Default => "default".to_owned(),
    };
    let cells: Vec<[String; 3]> =
        rows.iter().map(|row| [row.name.clone(), value(row), origin(row)]).collect();
    let width = |at: usize| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let (names, values) = (width(0), width(1));
    let line = |[name, value, origin]: &[String; 3]| {
        format!("{:names$}  {:values$}  {}\n", safe(name).to_string(), safe(value).to_string(), safe(origin))
    };
    cells.iter().map(line).collect()
}
