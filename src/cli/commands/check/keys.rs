//! The sources of keys: named keys, and keys from a template, a program or an issuer.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::{introspect, wfc};
use crate::check::credentials::{Credential, Denied, Limited, Minter, Sources, Stranger, template};
use crate::cli::args::Check;
use crate::cli::disk::KeysFile;
use crate::cli::output::{Stop, say, tell};
use crate::cli::{disk, env};
use crate::client::token::{Granted, Issuer, Registration};
use crate::client::{self, Client};
use crate::config::{Key, Mint, Oauth2, nearest};
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
    let mut minting = project.settings.mint.clone();
    let mut keys = project.settings.keys.clone();
    let mut introspect = project.settings.introspect.clone();
    let mut users = Vec::new();
    match args.keys.as_deref().map(disk::keys_or_users).transpose()? {
        Some(KeysFile::Settings(from_file)) => {
            keys.splice(0..0, from_file.keys);
            minting = from_file.mint.or(minting);
            introspect = from_file.introspect.or(introspect);
        }
        Some(KeysFile::Users(found)) => users = found,
        None => {}
    }
    let minter = minter(args, minting, way)?;
    let placement = args.credential.as_deref().map(placement).transpose()?;
    let mut sources =
        Sources { minter, placement, token: env::token().map(Secret::new), ..Sources::default() };
    if let Some(introspect) = introspect.filter(|_| !args.plan && keys.iter().any(|key| key.scopes.is_none()))
    {
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
    Ok(sources)
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

/// What makes keys: flags go before settings.
fn minter(args: &Check, minting: Option<Mint>, way: &client::Options) -> Result<Option<Minter>, Stop> {
    let mut minting = minting;
    if let Some(template) = &args.mint {
        minting = Some(Mint { template: Some(template.clone()), ..Mint::default() });
    }
    if let Some(command) = &args.mint_command {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| Stop::usage("cannot parse --mint-command; check its quotes"))?;
        minting = Some(Mint { command: Some(words), ..Mint::default() });
    }
    Ok(match minting {
        Some(Mint { template: Some(text), .. }) => {
            if !text.contains("{scopes}") {
                return Err(Stop::usage("the key template does not contain {scopes}; write 'mock:{scopes}'"));
            }
            Some(template(text))
        }
        Some(Mint { command: Some(words), .. }) => Some(command(words)),
        Some(Mint { oauth2: Some(oauth2), .. }) => Some(issuer(oauth2, way)?),
        _ => None,
    })
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

/// Makes keys by asking an issuer, who is reached the way that the target is.
fn issuer(oauth2: Oauth2, way: &client::Options) -> Result<Minter, Stop> {
    let Oauth2 { token_url, client_id, client_secret, audience } = oauth2;
    let registration = Registration { token_url, client_id, client_secret, audience };
    let issuer = Issuer::new(way, registration)
        .map_err(|error| Stop::usage(format!("[mint] oauth2, token-url: {error}")))?;
    let issuer = Arc::new(issuer);
    Ok(Box::new(move |scopes| {
        let issuer = Arc::clone(&issuer);
        Box::pin(async move { issuer.grant(&scopes).await })
    }))
}

/// Makes keys by running a program with the scopes as further arguments. It prints the token, or
/// JSON with `access_token`, `expires_in` and `scope`, as an issuer answers.
fn command(words: Vec<String>) -> Minter {
    Box::new(move |scopes| {
        let words = words.clone();
        Box::pin(async move {
            let (program, arguments) = words.split_first().ok_or("the command is empty")?;
            let output = tokio::process::Command::new(program)
                .args(arguments)
                .args(&scopes)
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .kill_on_drop(true)
                .output();
            let output = tokio::time::timeout(Duration::from_mins(1), output)
                .await
                .map_err(|_| format!("{program} printed no key within 60 seconds"))?
                .map_err(|error| format!("cannot run {program}: {error}"))?;
            if !output.status.success() {
                return Err(format!("{program} failed: {}", output.status));
            }
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if let Ok(answer @ serde_json::Value::Object(_)) = serde_json::from_str(&text) {
                return Granted::read(&answer)
                    .ok_or_else(|| format!("{program} printed JSON without access_token"));
            }
            if text.is_empty() {
                return Err(format!("{program} printed no key"));
            }
            Ok(Granted::bare(Secret::new(text)))
        })
    })
}
