//! `counterpart demo`: the bundled API, mocked and checked in one process.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::check::execute::{Target, execute};
use super::check::{keys, options, reports};
use super::mock;
use crate::check::credentials::Sources;
use crate::check::{self, Options as RunOptions};
use crate::cli::args::Common;
use crate::cli::output::{Stop, print_bytes};
use crate::cli::{diagnostics, disk, env};
use crate::mock::{Live, serve};
use crate::project::{BUNDLED, Config};
use crate::report::Format;
use crate::run::policy::Policy;

pub(super) async fn run(common: &Common) -> Result<u8, Stop> {
    let project = disk::project(common, Some(BUNDLED), Config::default())?;
    let listener = mock::listen("127.0.0.1", 0).await?;
    let origin = mock::origin(&listener, "127.0.0.1")?;
    let mut options = project.mock_options(origin.clone(), env::clock);
    options.stateful = true;
    let app = Live::of(Arc::clone(&project.contract), project.fixtures.clone(), options);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, app, async {
        let _ = stopped.await;
    }));
    let settings = project.plan_settings(true).map_err(diagnostics::not_loaded)?;
    let sources = Sources { minter: Some(keys::template("mock:{scopes}".to_owned())), ..Sources::default() };
    let resources = project.resources();
    let plan = check::plan(&project.contract, &resources, &settings);
    let target = Target {
        resources,
        plan,
        client: options::client(&crate::client::Options::new(origin))?,
        sources,
        settings,
        options: RunOptions {
            name: "demo".to_owned(),
            seed: 1,
            pause: None,
            deadline: None,
            max_requests: None,
            slow: None,
            fail_fast: false,
        },
    };
    let policy = Policy::default();
    let (run, code, _) = execute(common, &project, &target, &policy, None).await?;
    print_bytes(&reports::rendered(common, Format::Console, &run))?;
    drop(stop);
    let _ = server.await;
    Ok(code)
}
