//! The command that a mock is started for. What ends the mock ends the command too, with all that it started.

use std::process::ExitStatus;
use std::time::Duration;

use crate::cli::output::Stop;
use crate::cli::signals::Signals;

/// What a command gets to end after a signal, before it is killed.
const PATIENCE: Duration = Duration::from_secs(4);

/// Runs a command until it ends; its exit code.
pub(super) async fn run(command: &[String], origin: &str) -> Result<u8, Stop> {
    let (program, arguments) =
        command.split_first().ok_or_else(|| Stop::usage("the command to run is missing"))?;
    let mut start = tokio::process::Command::new(program);
    start.args(arguments).env("COUNTERPART_URL", origin).kill_on_drop(true);
    let family = Family::prepare(&mut start);
    // Before the command starts, so that no signal comes in between.
    let mut signals = Signals::with_hang_up();
    let mut child = start.spawn().map_err(|error| Stop::usage(format!("cannot run {program}: {error}")))?;
    let pid = child.id();
    let mut is_asked = false;
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
                family.kill(pid);
                let _ = child.start_kill();
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

    /// A command and what it starts. They have a process group of their own, so that a signal reaches all of
    /// them. At a terminal they stay in the mock's: only its group may read from the terminal, which sends
    /// Ctrl-C to all of it.
    pub(super) struct Family {
        is_apart: bool,
    }

    impl Family {
        pub fn prepare(start: &mut tokio::process::Command) -> Self {
            let is_apart = !std::io::stdin().is_terminal();
            if is_apart {
                start.process_group(0);
            }
            Self { is_apart }
        }

        pub fn pass_on(&self, pid: Option<u32>, signal: Signal) {
            let Some(pid) = read(pid) else { return };
            // Who is gone already needs no signal.
            let _ = match signal {
                signal if self.is_apart => kill_process_group(pid, signal),
                Signal::INT => Ok(()),
                signal => kill_process(pid, signal),
            };
        }

        pub fn kill(&self, pid: Option<u32>) {
            self.pass_on(pid, Signal::KILL);
        }

        /// Ends what a command that is gone has left running.
        pub async fn end(&self, pid: Option<u32>) {
            let Some(pid) = read(pid).filter(|_| self.is_apart) else { return };
            for attempt in 0..20 {
                if test_kill_process_group(pid).is_err() {
                    return;
                }
                // A shell's background jobs ignore an interrupt.
                let _ = kill_process_group(pid, if attempt < 10 { Signal::TERM } else { Signal::KILL });
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

        pub fn pass_on(&self, _: Option<u32>, (): ()) {}

        pub fn kill(&self, _: Option<u32>) {}

        pub async fn end(&self, _: Option<u32>) {}
    }
}

use family::Family;
