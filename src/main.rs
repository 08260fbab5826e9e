//! The `counterpart` command.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::disallowed_methods, reason = "the command line begins here")]
fn main() -> ExitCode {
    counterpart::command(std::env::args_os())
}
