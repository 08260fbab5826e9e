//! What `docs/architecture.md` says must be absent: a guard for each, which is held against `src/` here and
//! against made-up text in `tests`.

use counterpart::contract::Operation;
use counterpart::mock::faults;
use counterpart::rules::Rule;

use super::files::{self, Source, files};
use super::none;
use crate::support::{Api, CORE7};

/// Crates and modules that open connections.
const SOCKETS: &[&str] =
    &["std::net", "std::os::unix::net", "tokio::net", "hyper", "hyper_util", "tower", "axum", "reqwest"];
/// What `std::net` holds that is no socket.
const ADDRESSES: &[&str] = &["IpAddr", "Ipv4Addr", "Ipv6Addr", "AddrParseError"];

/// Nothing below the halves knows a socket, nor does a report or a snapshot; `client` is the runner's way out.
pub fn sockets(sources: &[Source]) -> Vec<String> {
    let may = ["mock", "client", "library", "cli", "main"];
    let is_address = |path: &String| {
        let inner = path.strip_prefix("std::net::").and_then(|rest| rest.split("::").next());
        inner.is_some_and(|name| ADDRESSES.contains(&name))
    };
    named(sources, &may, SOCKETS, |path| !is_address(path))
}

/// Modules that read what this machine has.
const MACHINE: [&str; 3] = ["machine", "cli", "main"];

pub fn files_opened(sources: &[Source]) -> Vec<String> {
    named(sources, &MACHINE, &["std::fs", "tokio::fs"], |_| true)
}

pub fn environment(sources: &[Source]) -> Vec<String> {
    named(sources, &MACHINE, &["std::env"], |_| true)
}

/// Modules that read the clock until it is given to them. This list may only shrink.
const READ_THE_CLOCK: &[&str] = &["check", "client"];

/// Calls that say what time it is.
const CLOCKS: &[&str] = &[
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "tokio::time::Instant::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
];

pub fn clocks(sources: &[Source]) -> Vec<String> {
    named(sources, &MACHINE, CLOCKS, |_| true)
}

const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

pub fn printing(sources: &[Source]) -> Vec<String> {
    let streams =
        ["std::io::stdout", "std::io::stderr", "tokio::io::stdout", "tokio::io::stderr", "anstream"];
    let mut wrong = named(sources, &["cli", "main"], &streams, |_| true);
    for source in sources.iter().filter(|source| !["cli", "main"].contains(&source.room())) {
        let printing = source.macros.iter().filter(|name| PRINTING.contains(&name.as_str()));
        wrong.extend(printing.map(|name| format!("{} calls {name}!", source.path)));
    }
    wrong
}

/// The keys under which a document says its version, and the values there.
pub fn versions(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| !["document", "contract"].contains(&source.room())) {
        let is_version = |text: &&String| {
            ["openapi", "swagger", "/openapi", "/swagger"].contains(&text.as_str())
                || ["2.0", "3.0", "3.1", "3.2"].iter().any(|version| text.starts_with(version))
        };
        wrong.extend(
            source.literals.iter().filter(is_version).map(|text| format!("{}: {text:?}", source.path)),
        );
        let dialects = source.paths.iter().filter(|path| path.iter().any(|name| name == "Dialect"));
        wrong.extend(dialects.map(|path| format!("{}: {}", source.path, path.join("::"))));
    }
    wrong
}

/// Faults are laid over the mock: of its files only `service` calls them, and none names one.
pub fn faults_called(sources: &[Source]) -> Vec<String> {
    let is_fault = |source: &Source| source.is_in("mock::faults");
    let mut wrong = Vec::new();
    for (from, targets) in files::uses(sources) {
        let from = &sources[from];
        let may = from.path == "mock/service.rs" || from.room() != "mock" || is_fault(from);
        if !may && targets.iter().any(|to| is_fault(&sources[*to])) {
            wrong.push(format!("{} uses the faults", from.path));
        }
    }
    let is_fault_of = |path: &[String]| {
        path.starts_with(&["rules".to_owned()])
            && faults::rules().any(|rule| path.ends_with(&[format!("{rule:?}")]))
    };
    for source in sources.iter().filter(|source| source.room() == "mock" && !is_fault(source)) {
        let named = source.paths.iter().filter(|path| is_fault_of(path));
        wrong.extend(named.map(|path| format!("{} names {}", source.path, path.join("::"))));
    }
    wrong
}

/// Rules are values: their names are written down once.
pub fn rule_names(sources: &[Source]) -> Vec<String> {
    // That one is also a key of error objects and of what stands beside fixtures.
    let rules = Rule::ALL.iter().filter(|rule| **rule != Rule::MediaType);
    let names: Vec<&str> = rules.map(|rule| rule.name()).collect();
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.room() != "rules") {
        let named = source.literals.iter().filter(|text| names.contains(&text.as_str()));
        wrong.extend(named.map(|name| format!("{} writes {name:?}", source.path)));
    }
    wrong
}

/// Fields of the bundled API that are its own.
const FIELDS: &[&str] =
    &["hedgehog", "date_marker", "insight_short_id", "is_static", "person_ids", "annotation:", "cohort:"];

/// Nothing knows the bundled API: no operation, no path, no field that is its own.
pub fn bundled_api(sources: &[Source]) -> Vec<String> {
    let core7 = Api::of(CORE7);
    let operations = || core7.contract.operations.iter();
    let mut names: Vec<&str> = operations().map(|operation| operation.id.as_str()).collect();
    names.extend(operations().map(Operation::path));
    names.extend(FIELDS);
    let mut wrong = Vec::new();
    for source in sources {
        for (index, line) in source.code.iter().enumerate() {
            if names.iter().any(|name| line.contains(name)) {
                wrong.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    wrong
}

/// The files outside some modules that name a path of another crate.
fn named(sources: &[Source], may: &[&str], what: &[&str], counts: impl Fn(&String) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| !may.contains(&source.room())) {
        let paths = what.iter().flat_map(|beginning| source.names(beginning)).filter(&counts);
        wrong.extend(paths.map(|path| format!("{} uses {path}", source.path)));
    }
    wrong
}

/// Whether what is wrong is wrong in one of some modules.
fn is_of(told: &str, modules: &[&str]) -> bool {
    modules.iter().any(|module| told.strip_prefix(module).is_some_and(|rest| rest.starts_with(['/', '.'])))
}

#[test]
fn nothing_below_the_halves_knows_a_socket() {
    none(&sockets(&files().product));
}

#[test]
fn only_the_command_line_opens_files() {
    none(&files_opened(&files().product));
}

#[test]
fn only_the_command_line_reads_the_environment() {
    none(&environment(&files().product));
}

#[test]
fn only_the_command_line_reads_the_clock() {
    let wrong = clocks(&files().product);
    let (known, new): (Vec<_>, Vec<_>) = wrong.into_iter().partition(|told| is_of(told, READ_THE_CLOCK));
    none(&new);
    for module in READ_THE_CLOCK {
        assert!(
            known.iter().any(|told| is_of(told, &[module])),
            "{module} reads no clock: take it out of the list"
        );
    }
}

#[test]
fn only_the_command_line_prints() {
    none(&printing(&files().product));
}

#[test]
fn nothing_after_the_contract_asks_for_the_version_of_openapi() {
    none(&versions(&files().product));
}

#[test]
fn faults_are_called_in_the_service_alone() {
    none(&faults_called(&files().product));
}

#[test]
fn the_bundled_api_is_not_known_in_the_source() {
    none(&bundled_api(&files().product));
}

#[test]
fn rules_are_named_in_their_catalogue_alone() {
    none(&rule_names(&files().product));
}
