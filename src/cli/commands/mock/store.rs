//! `--store`: what replicas of a mock share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::documents::Mounted;
use crate::cli::args::{LoginMode, Mock};
use crate::cli::env;
use crate::cli::output::{Stop, tell as say};
use crate::fleet::{Link, StoreAddress};
use crate::mock::{self, Fleet};

/// Joins the replicas that share a store, where one is named.
pub(super) async fn join(args: &Mock) -> Result<Option<Arc<Fleet>>, Stop> {
    let Some(address) = &args.store else { return Ok(None) };
    let of_login = [
        ("--login immediate", args.login == LoginMode::Immediate),
        ("--login-redirect", !args.login_redirect.is_empty()),
        ("--login-lifetime", args.login_lifetime.is_some()),
    ];
    if let Some((flag, _)) = of_login.into_iter().find(|(_, is_set)| *is_set) {
        return Err(Stop::usage(format!(
            "{flag} cannot be used with --store: who logs in at one replica is not known to the others; \
             give clients keys instead (--keys)"
        )));
    }
    let address = StoreAddress::parse(address).map_err(|why| Stop::usage(format!("--store: {why}")))?;
    let link = Link::connect(address).await.map_err(|why| unusable(&why))?;
    Fleet::join(link, env::clock).await.map(Some).map_err(|why| unusable(&why))
}

fn unusable(why: &str) -> Stop {
    Stop::usage(format!("--store: {why}; is it running, and are user and password right?"))
}

/// Says what a mock with a store does not share.
pub(super) fn tell(args: &Mock, mounted: &[Mounted]) {
    let logs_in =
        |one: &Mounted| !mock::login_lines(&one.project.contract, args.base_path.as_deref(), "").is_empty();
    if args.store.is_some() && mounted.iter().any(logs_in) {
        say(
            "warning",
            "logins are not shared by --store: who logs in at one replica is not known to the others",
        );
    }
}

/// Set when another replica has reloaded.
pub(super) fn told(fleet: Option<&Fleet>) -> Arc<AtomicBool> {
    let is_told = Arc::new(AtomicBool::new(false));
    if let Some(fleet) = fleet {
        let set = Arc::clone(&is_told);
        fleet.on_reload(move || set.store(true, Ordering::Relaxed));
    }
    is_told
}
