//! `introspect`: the scopes of keys that do not name theirs are asked for.

use crate::check::credentials::{Sources, put_plainly};
use crate::cli::output::Stop;
use crate::client;
use crate::client::introspect::{Asking, Introspector};
use crate::config::{Introspect, Key};
use crate::contract::Contract;

/// Fills in the scopes of keys that do not name theirs.
///
/// # Errors
/// The first key whose scopes cannot be had.
pub(super) async fn fill(
    keys: &mut [Key],
    introspect: Introspect,
    sources: &Sources,
    contract: &Contract,
    way: &client::Options,
) -> Result<(), Stop> {
    let Introspect { url, scopes, client_id, client_secret } = introspect;
    let asking = match scopes {
        Some(pointer) => Asking::Itself(pointer),
        None => Asking::Form(client_id.zip(client_secret)),
    };
    let introspector = Introspector::new(way, &url, asking)
        .map_err(|error| Stop::usage(format!("introspect, url: {error}")))?;
    for key in keys.iter_mut().filter(|key| key.scopes.is_none()) {
        let place =
            |request: &mut _| put_plainly(contract, sources, key.scheme.as_deref(), &key.token, request);
        let scopes = introspector.scopes(&key.token, place).await;
        let refused = |why| Stop::usage(format!("the scopes of the key {:?} are not known: {why}", key.name));
        key.scopes = Some(scopes.map_err(refused)?);
    }
    Ok(())
}
