//! `counterpart demo`: mocks the bundled API and checks the mock, in one process.

use super::check::reports;
use crate::cli::args::Common;
use crate::cli::output::{Stop, print_bytes};
use crate::library::{CheckError, Project};
use crate::report::Format;
use crate::run::policy::{Policy, exit_code};

pub(super) async fn run(common: &Common) -> Result<u8, Stop> {
    let api = Project::core7().map_err(|error| Stop::usage(error.to_string()))?;
    let mock = api.mock().stateful().start().await.map_err(|error| Stop::io(error.to_string()))?;
    let failed = |error: CheckError| Stop::io(error.to_string());
    let run = api.check(mock.url()).mint("mock:{scopes}").run().await.map_err(failed)?;
    print_bytes(&reports::rendered(common, Format::Console, &run))?;
    Ok(exit_code(&run, &Policy::default()))
}
