//! One file for each command.

mod check;
mod config;
mod demo;
mod explain;
mod health;
mod import;
mod init;
mod lint;
mod list;
mod merge;
mod mock;
mod proxy;
mod review;

use std::ffi::OsString;
use std::num::NonZero;
use std::time::Duration;

use super::args::{self, Args, Command, manual};
use super::output::{OK, Stop, print_bytes};
use crate::config::nearest;
use crate::project::Config;

/// Runs the command that was asked for.
pub(super) fn dispatch(args: Args, config: Config, arguments: &[OsString]) -> Result<u8, Stop> {
    let common = args.common;
    match args.command {
        Command::Demo => block_on(demo::run(&common)),
        Command::Mock(mock) => block_on(mock::run(&common, *mock, config, arguments)),
        Command::Check(check) => block_on(check::run(&common, *check, config)),
        Command::Merge(merge) => merge::run(&common, &merge),
        Command::Proxy(proxy) => block_on(proxy::run(&common, *proxy, config)),
        Command::Health(health) => block_on(health::run(&health)),
        Command::Import(import) => import::run(&common, &import, config),
        Command::List(list) => list::run(&common, &list, &config),
        Command::Lint(lint) => lint::run(&common, &lint, &config),
        Command::Config(inspect) => config::run(&inspect, config),
        Command::Init { doc } => init::run(&common, doc.as_deref(), config),
        Command::Review(review) => block_on(review::run(&review, &config)),
        Command::Explain { rule } => explain::run(&rule),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut args::command(), "counterpart", &mut std::io::stdout());
            Ok(OK)
        }
        Command::Man { command } => man(command.as_deref()),
    }
}

/// `counterpart man [COMMAND]`.
fn man(name: Option<&str>) -> Result<u8, Stop> {
    let program = args::command();
    let Some(page) = manual::page(program.clone(), name) else {
        let name = name.unwrap_or_default();
        let help = nearest(name, manual::names(&program));
        return Err(Stop::usage(format!("unknown command {name:?}; {help}")));
    };
    print_bytes(&page.map_err(|error| Stop::io(error.to_string()))?)?;
    Ok(OK)
}

/// Threads beside those of the runtime, and one for each of them. A mock moves to another one whenever it works on
/// something large; without a bound a busy machine has hundreds of them before the first one is free again, each with
/// memory of its own.
const MORE_THREADS: usize = 1;
/// After that long without work such a thread ends, and gives back the memory that it has left.
const IDLE_TIME: Duration = Duration::from_millis(100);

fn block_on<T>(future: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(processors + MORE_THREADS)
        .thread_keep_alive(IDLE_TIME)
        .build()
        .map_err(|error| Stop::io(format!("cannot start the async runtime: {error}")))?
        .block_on(future)
}
