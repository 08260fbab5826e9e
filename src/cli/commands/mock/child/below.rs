//! The processes that a process has started, and those that these have started; known where the system keeps them
//! in `/proc`, and nowhere else.

#![expect(clippy::disallowed_methods, reason = "the system tells of processes by files")]

use std::collections::HashMap;

use rustix::process::Pid;

/// A process as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: Pid,
    /// When it was started, by the system's clock: its number may be another process's later.
    started: u64,
}

impl Process {
    /// Whether it still runs.
    pub fn is_there(&self) -> bool {
        seen(self.pid.as_raw_nonzero().get()).is_some_and(|now| now.process == *self && !now.is_over)
    }
}

/// What the system says of a process.
struct Seen {
    process: Process,
    parent: i32,
    /// It ended, and nobody has asked how.
    is_over: bool,
}

/// All below a process, but not itself.
pub(super) fn below(root: Pid) -> Vec<Process> {
    let Ok(folders) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = folders.filter_map(|folder| folder.ok()?.file_name().to_str()?.parse().ok());
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for one in numbers.filter_map(seen).filter(|one| !one.is_over) {
        children.entry(one.parent).or_default().push(one.process);
    }
    let mut found: Vec<Process> = Vec::new();
    let mut open = vec![root.as_raw_nonzero().get()];
    // Each is taken out, so that this ends whatever the system says.
    while let Some(parent) = open.pop() {
        let mine = children.remove(&parent).unwrap_or_default();
        open.extend(mine.iter().map(|process| process.pid.as_raw_nonzero().get()));
        found.extend(mine);
    }
    found
}

fn seen(number: i32) -> Option<Seen> {
    let text = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name stands in brackets, and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let process = Process { pid: Pid::from_raw(number)?, started: fields.get(19)?.parse().ok()? };
    Some(Seen {
        process,
        parent: fields.get(1)?.parse().ok()?,
        is_over: matches!(*fields.first()?, "Z" | "X"),
    })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn those_below_are_found_until_they_are_gone() {
        // A name with brackets and blanks in it, and a process below that one.
        let mut shell = Command::new("sh");
        let mut shell =
            shell.args(["-c", "sleep 60 & echo; wait", "a ) (b"]).stdout(Stdio::piped()).spawn().unwrap();
        std::io::Read::read(&mut shell.stdout.take().unwrap(), &mut [0]).unwrap();
        let found = below(Pid::from_child(&shell));
        assert_eq!(found.len(), 1);
        assert!(found[0].is_there() && !Process { started: 0, ..found[0].clone() }.is_there());
        let this = below(rustix::process::getpid());
        assert!(this.contains(&found[0]), "{this:?}");
        rustix::process::kill_process(found[0].pid, rustix::process::Signal::KILL).unwrap();
        shell.wait().unwrap();
        assert!(!found[0].is_there());
    }
}
