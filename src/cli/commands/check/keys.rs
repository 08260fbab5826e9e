//! The sources of keys: named keys, and keys from a template, a program or an issuer.

use indexmap::IndexMap;

use super::{introspect, minting, wfc};
use crate::check::credentials::{Credential, Denied, Limited, Sources, Stranger};
use crate::cli::args::Check;
use crate::cli::disk::KeysFile;
use crate::cli::output::{Stop, say, tell};
use crate::cli::{disk, env};
use crate::client::{self, Client};
use crate::config::{Key, near, nearest};
use crate::contract::{Location, SchemeKind};
use crate::exchange::Secret;
use crate::project::{Project, select};
use crate::redact;
use crate::run::KeyInfo;

/// Takes a `--header` that carries a credential of the document out of what goes with every request, where no
/// key is given otherwise: sent always, it would hide what the target does without one.
pub(super) fn header(args: &Check, project: &Project, way: &mut client::Options) -> Option<(String, String)> {
    let settings = &project.settings;
    let is_given = args.keys.is_some()
        || args.mint.is_some()
        || args.mint_command.is_some()
        || args.credential.is_some()
        || env::token().is_some()
        || settings.mint.is_some()
        || !settings.keys.is_empty();
    if is_given || args.is_open() || project.contract.declares_no_security() {
        return None;
    }
    let contract = &project.contract;
    let is_authorization =
        |kind: &SchemeKind| matches!(kind, SchemeKind::Bearer | SchemeKind::Basic | SchemeKind::Http(_));
    let authorizes = contract.schemes.values().any(|scheme| is_authorization(&scheme.kind));
    let is_credential = |(name, _): &(String, String)| {
        let is_named = contract.key_names(Location::Header).any(|key| key.eq_ignore_ascii_case(name));
        is_named || (authorizes && name.eq_ignore_ascii_case("authorization"))
    };
    let at = way.headers.iter().position(is_credential)?;
    let (name, value) = way.headers.remove(at);
    say(&format!(
        "the header {name:?} of --header is sent as the key, and left out where a request should have none"
    ));
    Some((name, value))
}

/// Adds the key of a header, as [`header`] gives it.
pub(super) fn with_header(mut sources: Sources, header: Option<(String, String)>) -> Sources {
    if let Some((name, value)) = header {
        sources.token = Some(Secret::new(value));
        sources.placement = Some((name, "{key}".to_owned()));
    }
    sources
}

/// Every key of the flags and the settings, and how to get further ones.
pub(super) async fn sources(
    args: &Check,
    project: &Project,
    params: &IndexMap<String, String>,
    (way, client): (&client::Options, &Client),
) -> Result<Sources, Stop> {
    let headers: Vec<String> = way.headers.iter().map(|(name, _)| name.clone()).collect();
    if args.is_open() {
        return Ok(Sources { headers, ..Sources::default() });
    }
    let mut own = None;
    let mut keys = project.settings.keys.clone();
    let mut introspect = project.settings.introspect.clone();
    let mut users = Vec::new();
    match args.keys.as_deref().map(disk::keys_or_users).transpose()? {
        Some(KeysFile::Settings(from_file)) => {
            keys.splice(0..0, from_file.keys);
            own = from_file.mint;
            introspect = from_file.introspect.or(introspect);
        }
        Some(KeysFile::Users(found)) => users = found,
        None => {}
    }
    let minter = minting::minter(args, project, own, way)?;
    let placement = args.credential.as_deref().map(placement).transpose()?;
    let mut sources =
        Sources { minter, placement, token: env::token().map(Secret::new), ..Sources::default() };
    if let Some(introspect) = introspect.filter(|_| !args.plan && keys.iter().any(|key| key.scopes.is_none()))
    {
        minting::all_set(project, "/introspect")?;
        if let Some(limit) = args.wait {
            super::wait(client, limit).await?;
        }
        introspect::fill(&mut keys, introspect, &sources, &project.contract, way).await?;
    }
    if !users.is_empty() {
        if let Some(limit) = args.wait.filter(|_| !args.plan) {
            super::wait(client, limit).await?;
        }
        wfc::add(&mut sources, users, &project.contract, (!args.plan).then_some(way)).await?;
    }
    // One owner's keys do the work: what they create may be hidden from the others.
    let owner = keys.iter().find_map(|key| key.owner.clone());
    for key in keys {
        tell_scheme(&key, project);
        tell_scopes(&key, project);
        let only: Vec<(String, Vec<String>)> = key.only.into_iter().collect();
        let info = KeyInfo { name: key.name, scopes: key.scopes.unwrap_or_default() };
        let holder = Credential::new(key.token, info).of_scheme(key.scheme);
        if !key.denied.is_empty() {
            // Of several documents, another one may have them.
            let (operations, unknown) = select::denied(project, &holder.info.name, &key.denied);
            for unknown in unknown {
                say(&unknown.to_string());
            }
            sources.denied.push(Denied { key: holder, operations });
            continue;
        }
        if let Some(other) = key.owner.filter(|other| Some(other) != owner.as_ref()) {
            sources.strangers.push(Stranger { owner: other, key: holder });
            continue;
        }
        // A key that holds for what this run asks serves like any other.
        let serves =
            only.iter().all(|(name, values)| params.get(name).is_some_and(|value| values.contains(value)));
        if serves {
            sources.named.push(holder.clone());
        }
        if !only.is_empty() {
            sources.limited.push(Limited { key: holder, only });
        }
    }
    sources.headers = headers;
    sources.hidden.extend(hidden(way));
    tell_unsure(&sources);
    tell_placement(&sources, project);
    Ok(sources)
}

/// Says how keys are sent where the document asks for none.
fn tell_placement(sources: &Sources, project: &Project) {
    let is_header = sources.headers.iter().any(|name| name.eq_ignore_ascii_case("authorization"));
    if project.contract.declares_no_security() && sources.has_keys() && sources.placement.is_none() {
        say(if !project.contract.schemes.is_empty() && !is_header {
            "no operation of the document asks for a key, so it is sent as the first of the document's schemes that it fits; use --credential to change that"
        } else if is_header {
            "the document declares no security and --header already sets Authorization, so the key is not sent; use --credential to send it"
        } else {
            "the document declares no security, so the key is sent as `Authorization: Bearer …`; use --credential to change that"
        });
    }
}

/// The values of headers that carry a credential, whole and behind the word for its scheme.
fn hidden(way: &client::Options) -> Vec<Secret> {
    let named =
        way.headers.iter().filter(|(name, _)| redact::is_secret(name) || name.eq_ignore_ascii_case("cookie"));
    let parts = named.flat_map(|(_, value)| [value.as_str()].into_iter().chain(value.split([' ', ';', '='])));
    parts.map(Secret::new).collect()
}

/// Warns of keys that cannot be told from ordinary text.
fn tell_unsure(sources: &Sources) {
    let named = sources.named.iter().map(|key| (format!("the key {:?}", key.info.name), &key.token));
    let token = sources.token.iter().map(|token| ("COUNTERPART_TOKEN".to_owned(), token));
    for (name, _) in named.chain(token).filter(|(_, token)| redact::is_unsure(token.reveal())) {
        tell(
            "warning",
            &format!(
                "{name} is shorter than 8 characters or looks like a word, so it is hidden only where a key stands"
            ),
        );
    }
}

/// Reads `--credential`: the header that a key is sent in, and its value.
fn placement(header: &str) -> Result<(String, String), Stop> {
    match header.split_once(':') {
        Some((name, value)) if value.contains("{key}") => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(Stop::usage(
            "--credential has no colon, or no {key} behind it; write 'Authorization: token {key}'",
        )),
    }
}

/// Tells of a scope that looks like a slip of the pen. A key may have scopes of other documents too.
fn tell_scopes(key: &Key, project: &Project) {
    let known = project.contract.scopes.names();
    let held = key.scopes.iter().flatten();
    for scope in held.filter(|scope| !known.contains(scope)) {
        let is_missing = |name: &&str| key.scopes.iter().flatten().all(|held| held != name);
        if let Some(meant) = near(scope, known.iter().map(String::as_str)).filter(is_missing) {
            say(&format!(
                "the key {:?} has the scope {scope:?}, which the document does not know; did you mean {meant:?}?",
                key.name
            ));
        }
    }
}

/// Tells of a key for a scheme that the document does not describe.
fn tell_scheme(key: &Key, project: &Project) {
    let schemes = &project.contract.schemes;
    if let Some(scheme) = key.scheme.as_ref().filter(|scheme| !schemes.contains_key(*scheme)) {
        say(&format!(
            "the key {:?} is for the security scheme {scheme:?}, which the document does not define; {}",
            key.name,
            nearest(scheme, schemes.keys().map(String::as_str))
        ));
    }
}
