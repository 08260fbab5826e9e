//! The `counterpart` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    counterpart::command(std::env::args_os())
}
