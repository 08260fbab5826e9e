//! What makes keys: a template, a program or an issuer.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use crate::check::credentials::{Minter, template};
use crate::cli::args::Check;
use crate::cli::output::{Stop, say};
use crate::cli::{diagnostics, fs};
use crate::client;
use crate::client::token::{Granted, Issuer, Login, Registration};
use crate::config::{Mint, Oauth2};
use crate::document::Problem;
use crate::exchange::Secret;
use crate::project::Project;

/// What makes keys: flags go before a keys file (`own`), and that before the configuration.
///
/// # Errors
/// It cannot work: a program that is not there, an address that is none, a variable that is not set.
pub(super) fn minter(
    args: &Check,
    project: &Project,
    own: Option<Mint>,
    way: &client::Options,
) -> Result<Option<Minter>, Stop> {
    let (whose, mint) = if let Some(text) = &args.mint {
        ("--mint", Mint { template: Some(text.clone()), ..Mint::default() })
    } else if let Some(line) = &args.mint_command {
        let words = shlex::split(line).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| Stop::usage("cannot parse --mint-command; check its quotes"))?;
        ("--mint-command", Mint { command: Some(words), ..Mint::default() })
    } else if let Some(mint) = own {
        ("[mint]", mint)
    } else if let Some(mint) = project.settings.mint.clone() {
        match all_set(project, "/mint") {
            _ if args.plan => {}
            // Who names keys can do without.
            Err(_) if args.keys.is_some() => {
                let unset = unset(project, "/mint").next().map(|problem| problem.message.clone());
                say(&format!("{}, so only the keys of --keys are used", unset.unwrap_or_default()));
                return Ok(None);
            }
            settled => settled?,
        }
        ("[mint]", mint)
    } else {
        return Ok(None);
    };
    Ok(Some(match mint {
        Mint { template: Some(text), .. } => {
            if !text.contains("{scopes}") {
                return Err(Stop::usage(format!(
                    "{whose}: the key template does not contain {{scopes}}; write 'mock:{{scopes}}', or name a program by --mint-command"
                )));
            }
            template(text)
        }
        Mint { command: Some(words), place, .. } => {
            if let Some(program) = words.first().filter(|program| !fs::has_program(program)) {
                let (message, help) = (
                    format!("{whose}: there is no program {program:?}"),
                    "give its path, or a program of a folder in PATH",
                );
                let problem = place.map(|place| [Problem::error(place, message.as_str()).help(help)]);
                return Err(match problem {
                    Some(problem) => diagnostics::stop(&problem, &project.texts),
                    None => Stop::usage(format!("{message}; {help}")),
                });
            }
            command(words)
        }
        Mint { oauth2: Some(oauth2), .. } => issuer(oauth2, project, way)?,
        Mint { .. } => return Ok(None),
    }))
}

/// Refuses to go on where the environment lacks a variable of a table.
///
/// # Errors
/// The variables that are not set, each with its place.
pub(super) fn all_set(project: &Project, table: &str) -> Result<(), Stop> {
    let unset: Vec<Problem> = unset(project, table).cloned().collect();
    if unset.is_empty() { Ok(()) } else { Err(diagnostics::stop(&unset, &project.texts)) }
}

/// The variables of a table that the environment lacks.
fn unset<'p>(project: &'p Project, table: &str) -> impl Iterator<Item = &'p Problem> {
    project.settings.unset.iter().filter(move |problem| problem.place.pointer.starts_with(table))
}

/// Makes keys by asking an issuer, who is reached the way that the target is.
fn issuer(oauth2: Oauth2, project: &Project, way: &client::Options) -> Result<Minter, Stop> {
    let Oauth2 { token_url, client_id, client_secret, username, password, audience } = oauth2;
    let login = |(name, password)| Login { name, password };
    let registration = Registration {
        token_url,
        client: client_id.zip(client_secret).map(login),
        user: username.zip(password).map(login),
        has_scopes: !project.contract.scopes.names().is_empty(),
        audience,
    };
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
