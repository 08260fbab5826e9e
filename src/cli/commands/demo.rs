//! `counterpart demo`: the bundled API, mocked and checked in one process.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::check::{self, Target};
use super::mock;
use crate::cli::args::Common;
use crate::cli::output::{Stop, print_bytes};
use crate::cli::{bundled, env, load};
use crate::conform::Options as RunOptions;
use crate::conform::keys::Sources;
use crate::mock::{Auth, Live, Options, serve};
use crate::report::Format;
use crate::run::policy::Policy;

pub(super) async fn run(common: &Common) -> Result<u8, Stop> {
    let loaded = load::document(common, Some(bundled::NAME), load::Config::default())?;
    let listener = mock::listen("127.0.0.1", 0).await?;
    let origin = mock::origin(&listener, "127.0.0.1")?;
    let mut options = Options::new(origin.clone(), env::clock);
    options.auth = Auth::Scopes;
    options.scopes = loaded.settings.scope_rules();
    options.errors.clone_from(&loaded.settings.errors);
    options.stateful = true;
    options.state.clone_from(&loaded.settings.state);
    options.named = loaded.settings.named_objects();
    let app = Live::of(Arc::clone(&loaded.contract), loaded.fixtures.clone(), options);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, app, async {
        let _ = stopped.await;
    }));
    let settings = check::plan_settings(&loaded, &[], true)?;
    let sources =
        Sources { minter: Some(check::keys::template("mock:{scopes}".to_owned())), ..Sources::default() };
    let target = Target {
        client: check::client(&crate::client::Options::new(origin))?,
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
    let (run, code, _) = check::execute(common, &loaded, &target, &policy, None).await?;
    print_bytes(&check::rendered(common, Format::Console, &run))?;
    drop(stop);
    let _ = server.await;
    Ok(code)
}
