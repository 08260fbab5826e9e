//! Where the keys of a check come from: named ones, and those that a template or a program makes.

use std::process::Stdio;
use std::time::Duration;

use indexmap::IndexMap;

use crate::cli::args::Check;
use crate::cli::{Stop, load};
use crate::conform::keys::{Credential, Limited, Minted, Minter, Sources};
use crate::exchange::Secret;
use crate::run::KeyInfo;
use crate::settings::{Mint, Source};

pub(super) fn sources(
    args: &Check,
    loaded: &load::Loaded,
    params: &IndexMap<String, String>,
) -> Result<Sources, Stop> {
    let mut minting = loaded.settings.mint.clone();
    let mut keys = loaded.settings.keys.clone();
    if let Some(file) = &args.keys {
        let from_file = load::settings_file(Source::Keys, file)?;
        keys.splice(0..0, from_file.keys);
        minting = from_file.mint.or(minting);
    }
    if let Some(template) = &args.mint {
        minting = Some(Mint { template: Some(template.clone()), command: None });
    }
    if let Some(command) = &args.mint_command {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words =
            words.ok_or_else(|| Stop::usage(format!("{command:?} is no command; check its quotes")))?;
        minting = Some(Mint { template: None, command: Some(words) });
    }
    let minter = match minting {
        Some(Mint { template: Some(template), .. }) => {
            if !template.contains("{scopes}") {
                return Err(Stop::usage(format!(
                    "the template {template:?} has no {{scopes}}; write 'mock:{{scopes}}'"
                )));
            }
            Some(self::template(template))
        }
        Some(Mint { command: Some(words), .. }) => Some(command(words)),
        _ => None,
    };
    let placement = match &args.credential {
        None => None,
        Some(header) => match header.split_once(':') {
            Some((name, value)) if value.contains("{key}") => {
                Some((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => {
                return Err(Stop::usage(format!(
                    "{header:?} says nothing of a key; write 'Authorization: token {{key}}'"
                )));
            }
        },
    };
    let mut named = Vec::new();
    let mut limited = Vec::new();
    for key in keys {
        let only: Vec<(String, Vec<String>)> = key.only.into_iter().collect();
        let holder = Credential { token: key.token, info: KeyInfo { name: key.name, scopes: key.scopes } };
        // A key that holds for what this run asks serves like any other.
        let serves =
            only.iter().all(|(name, values)| params.get(name).is_some_and(|value| values.contains(value)));
        if serves {
            named.push(holder.clone());
        }
        if !only.is_empty() {
            limited.push(Limited { key: holder, only });
        }
    }
    Ok(Sources { limited, named, minter, token: load::token().map(Secret::new), placement })
}

/// Makes keys by writing them: the scopes joined by `+` in the place of `{scopes}`.
pub(in crate::cli) fn template(template: String) -> Minter {
    Box::new(move |scopes| {
        let token = Secret::new(template.replace("{scopes}", &scopes.join("+")));
        Box::pin(async move { Ok(Minted { token, scopes: None }) })
    })
}

/// Makes keys by running a program with the scopes as further arguments. It prints the token, or
/// JSON with `access_token` and `scope`.
fn command(words: Vec<String>) -> Minter {
    Box::new(move |scopes| {
        let words = words.clone();
        Box::pin(async move {
            let (program, arguments) = words.split_first().ok_or("there is no command")?;
            let output = tokio::process::Command::new(program)
                .args(arguments)
                .args(&scopes)
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .kill_on_drop(true)
                .output();
            let output = tokio::time::timeout(Duration::from_mins(1), output)
                .await
                .map_err(|_| format!("{program} made no key within 60 seconds"))?
                .map_err(|error| format!("{program} cannot be run: {error}"))?;
            if !output.status.success() {
                return Err(format!("{program} made no key: {}", output.status));
            }
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if let Ok(serde_json::Value::Object(answer)) = serde_json::from_str(&text) {
                let token = answer.get("access_token").and_then(|token| token.as_str());
                let token = token.ok_or_else(|| format!("{program} printed no access_token"))?;
                let granted = answer.get("scope").and_then(|scope| scope.as_str());
                let granted = granted.map(|scope| scope.split_whitespace().map(str::to_owned).collect());
                return Ok(Minted { token: Secret::new(token), scopes: granted });
            }
            if text.is_empty() {
                return Err(format!("{program} printed no key"));
            }
            Ok(Minted { token: Secret::new(text), scopes: None })
        })
    })
}
