//! Prints results and messages, and defines the exit codes.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use super::env;
use crate::project::ReadError;
use crate::report::{safe_json, without_commands};

/// 0: conforms, done.
pub(super) const OK: u8 = 0;
/// 1: findings.
pub(super) const FINDINGS: u8 = 1;
/// 2: bad usage, document, fixture or configuration.
pub(super) const USAGE: u8 = 2;
/// 3: the target never answered, or own input or output failed.
pub(super) const IO: u8 = 3;
/// 4: inconclusive.
pub(super) const INCONCLUSIVE: u8 = 4;
/// 130: Ctrl-C, as shells report it (128 and the signal's number).
pub(super) const INTERRUPTED: u8 = 130;

/// Why a command cannot go on: an exit code and what to say.
#[derive(Debug)]
pub(super) struct Stop {
    pub code: u8,
    pub message: String,
    /// The same as JSON objects, where it is about several things.
    pub objects: Vec<serde_json::Value>,
}

impl Stop {
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into(), objects: Vec::new() }
    }

    pub fn io(message: impl Into<String>) -> Self {
        Self { code: IO, message: message.into(), objects: Vec::new() }
    }

    pub fn interrupted(message: impl Into<String>) -> Self {
        Self { code: INTERRUPTED, message: message.into(), objects: Vec::new() }
    }

    /// Says it.
    pub fn tell(&self) {
        if is_json() && !self.objects.is_empty() {
            self.objects.iter().for_each(tell_object);
        } else {
            tell("error", &self.message);
        }
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unusable(message) => Self::usage(message),
            ReadError::Failed(message) => Self::io(message),
        }
    }
}

/// Chooses JSON for everything that is said on stderr.
pub(super) fn write_json(is_json: bool) {
    JSON.store(is_json, Ordering::Relaxed);
}

/// `error:` or `warning:` in colour.
pub(super) fn word(word: &str) -> String {
    let color = if word == "error" { anstyle::AnsiColor::Red } else { anstyle::AnsiColor::Yellow };
    let style = color.on_default().bold();
    format!("{style}{word}:{style:#}")
}

/// Prints lines of text to stdout, none of which is a workflow command.
pub(super) fn print(text: &str) -> Result<(), Stop> {
    print_bytes(without_commands(text).as_bytes())
}

/// Prints JSON to stdout.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    print_bytes(format!("{}\n", safe_json(&text)).as_bytes())
}

/// Prints a result to stdout, as it is.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Stop> {
    let mut out = anstream::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // A reader that has seen enough, such as `head`, is not a failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Stop::io(format!("cannot write to stdout: {error}"))),
    }
}

/// Whether stderr is JSON, as `--log-format` says; one choice for the process,
/// like that of colours.
static JSON: AtomicBool = AtomicBool::new(false);

pub(super) fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// Prints something that is not a result, on stderr.
pub(super) fn say(text: &str) {
    tell("info", text);
}

/// Says something of a level: `info`, `warning` or `error`.
pub(super) fn tell(level: &str, text: &str) {
    if is_json() {
        tell_object(&serde_json::json!({ "level": level, "message": text }));
        return;
    }
    let text = without_commands(text);
    // Nobody can be told when stderr is gone.
    let _ = match level {
        "info" => writeln!(anstream::stderr(), "{text}"),
        level => writeln!(anstream::stderr(), "{} {text}", word(level)),
    };
}

/// Says an object with a `level` and a `message`, and when it was said.
pub(super) fn tell_object(object: &serde_json::Value) {
    let mut said = serde_json::json!({ "at": env::clock().to_string() });
    if let (Some(said), Some(object)) = (said.as_object_mut(), object.as_object()) {
        said.extend(object.clone());
    }
    let _ = writeln!(anstream::stderr(), "{}", safe_json(&said.to_string()));
}
