//! The command that a mock is started for. What ends the mock ends the command too, with all that it started.

#[cfg(unix)]
mod below;

use std::process::ExitStatus;
use std::time::Duration;

use crate::cli::output::Stop;
use crate::cli::signals::Signals;

/// What a command gets to end after a signal, before it is told again, and once more before it is killed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs a command until it ends; its exit code.
pub(in crate::cli::commands) async fn run(command: &[String], origin: &str) -> Result<u8, Stop> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Stop::usage("the command to run is missing"))?;
    let mut start = tokio::process::Command::new(program);
    start.args(arguments).env("COUNTERPART_URL", origin).kill_on_drop(true);
    let mut family = Family::prepare(&mut start);
    // Before the command starts, so that no signal comes in between.
    let mut signals = Signals::with_hang_up();
    let mut child = start.spawn().map_err(|error| Stop::usage(format!("cannot run {program}: {error}")))?;
    let pid = child.id();
    let (mut is_asked, mut is_reminded) = (false, false);
    let mut patience = std::pin::pin!(tokio::time::sleep(PATIENCE));
    loop {
        tokio::select! {
            status = child.wait() => {
                if is_asked {
                    family.end(pid).await;
                }
                let status = status.map_err(|error| Stop::io(format!("cannot wait for {program}: {error}")))?;
                return Ok(code_of(status));
            }
            signal = signals.received() => {
                family.pass_on(pid, signal);
                if !is_asked {
                    is_asked = true;
                    patience.set(tokio::time::sleep(PATIENCE));
                }
            }
            () = &mut patience, if is_asked => {
                if is_reminded {
                    family.kill(pid);
                    let _ = child.start_kill();
                } else {
                    is_reminded = true;
                    family.remind(pid);
                }
                patience.set(tokio::time::sleep(PATIENCE));
            }
        }
    }
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

#[cfg(unix)]
mod family {
    use std::io::IsTerminal;
    use std::time::Duration;

    use rustix::process::{Pid, Signal};
    use rustix::process::{kill_process, kill_process_group, test_kill_process_group};

    use super::below::{Process, below};

    /// A command and what it starts. They have a process group of their own, so that a signal reaches all of
    /// them.
    ///
    /// At a terminal they stay in the mock's group: only one group may read from the terminal, and Ctrl-C goes to
    /// all of it. Others may be in that group too, as a script that started the mock, so that signals go to each
    /// process instead.
    pub(super) struct Family {
        is_apart: bool,
        /// Beside the command itself, where they share the mock's group.
        others: Vec<Process>,
    }

    impl Family {
        pub fn prepare(start: &mut tokio::process::Command) -> Self {
            let is_apart = !std::io::stdin().is_terminal();
            if is_apart {
                start.process_group(0);
            }
            Self { is_apart, others: Vec::new() }
        }

        /// Passes a signal on. An interrupt at a terminal has reached everybody already, if it came from there.
        pub fn pass_on(&mut self, pid: Option<u32>, signal: Signal) {
            let Some(pid) = read(pid) else { return };
            if !self.is_apart {
                // Who they are cannot be told any more when the command is gone.
                self.others = below(pid);
            }
            if self.is_apart || signal != Signal::INT {
                self.send(pid, signal);
            }
        }

        /// Tells everybody again who is still there: an interrupt may have come to the mock alone.
        pub fn remind(&mut self, pid: Option<u32>) {
            let Some(pid) = read(pid).filter(|_| !self.is_apart) else { return };
            self.others = below(pid);
            self.send(pid, Signal::INT);
        }

        pub fn kill(&mut self, pid: Option<u32>) {
            self.pass_on(pid, Signal::KILL);
        }

        fn send(&self, pid: Pid, signal: Signal) {
            // Who is gone already needs no signal.
            if self.is_apart {
                let _ = kill_process_group(pid, signal);
                return;
            }
            let _ = kill_process(pid, signal);
            self.send_others(signal);
        }

        fn send_others(&self, signal: Signal) {
            for other in self.others.iter().filter(|other| other.is_there()) {
                let _ = kill_process(other.pid, signal);
            }
        }

        fn has_others(&self, pid: Pid) -> bool {
            if self.is_apart {
                test_kill_process_group(pid).is_ok()
            } else {
                self.others.iter().any(Process::is_there)
            }
        }

        /// Ends what a command that is gone has left running.
        pub async fn end(&self, pid: Option<u32>) {
            let Some(pid) = read(pid) else { return };
            for attempt in 0..20 {
                if !self.has_others(pid) {
                    return;
                }
                // A shell's background jobs ignore an interrupt.
                let signal = if attempt < 10 { Signal::TERM } else { Signal::KILL };
                if self.is_apart {
                    let _ = kill_process_group(pid, signal);
                } else {
                    self.send_others(signal);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }

    fn read(pid: Option<u32>) -> Option<Pid> {
        Pid::from_raw(i32::try_from(pid?).ok()?)
    }
}

#[cfg(not(unix))]
mod family {
    /// A command, which gets Ctrl-C from its console.
    pub(super) struct Family;

    impl Family {
        pub fn prepare(_: &mut tokio::process::Command) -> Self {
            Self
        }

        pub fn pass_on(&mut self, _: Option<u32>, (): ()) {}

        pub fn remind(&mut self, _: Option<u32>) {}

        pub fn kill(&mut self, _: Option<u32>) {}

        pub async fn end(&self, _: Option<u32>) {}
    }
}

use family::Family;
