//! What helps where a target is not the API that was meant: a few looks, which only read, at what is near.

use std::time::Duration;

use http::Method;
use tokio::time::sleep;

use crate::check::Cause;
use crate::client::Client;
use crate::contract::{Contract, Operation};
use crate::exchange::{Exchange, Request};
use crate::report::safe;

/// Where APIs often are.
const PREFIXES: [&str; 9] = ["", "/api", "/v1", "/api/v1", "/v2", "/api/v2", "/api/v3", "/rest", "/rest/v1"];
/// So many operations are tried at each address.
const MAX_TRIED: usize = 2;
/// A path that no API has.
const NOWHERE: &str = "/counterpart-finds-nothing-here";
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A target, and how it may be looked at.
pub(super) struct Around<'t> {
    pub client: &'t Client,
    pub contract: &'t Contract,
    pub has_keys: bool,
    /// Whether further requests may be sent.
    pub may_look: bool,
    /// What passes between two requests.
    pub pause: Option<Duration>,
}

/// What to do about a run that stopped after its first look.
pub(super) async fn of(cause: &Cause, around: &Around<'_>) -> Option<String> {
    match cause {
        Cause::NoAnswer(why) => Some(no_answer(around.client, why).await),
        Cause::NotFound { .. } | Cause::Html { .. } if around.may_look => elsewhere(around).await,
        Cause::Unauthorized { .. } | Cause::KeyRefused { .. } => Some(if around.has_keys {
            "the target does not know the key: check that it is this target's, complete, and not expired"
                .to_owned()
        } else {
            "no key was given: set COUNTERPART_TOKEN, or name a file of keys with --keys".to_owned()
        }),
        // Some servers answer so to what is not encrypted.
        Cause::Odd(seen) if seen.split(", ").all(|one| one.ends_with("got 400")) => {
            other_scheme(around.client).await
        }
        Cause::NotFound { .. }
        | Cause::Html { .. }
        | Cause::Redirected(_)
        | Cause::Odd(_)
        | Cause::Unsent(_) => None,
    }
}

/// What to do about a target that does not answer.
pub(super) async fn no_answer(client: &Client, why: &str) -> String {
    if let Some(help) = other_scheme(client).await {
        return help;
    }
    let why = why.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if has(&["certificate"]) {
        "pass the authority that signed it with --ca FILE, or accept any certificate with --insecure"
    } else if has(&["dns", "lookup", "resolve", "name or service"]) {
        "check the name of the host in --url"
    } else if has(&["no complete response"]) {
        "raise --timeout if the target is slow"
    } else {
        "start the target, or check the port in --url; with --wait 30s a check waits until it answers"
    }
    .to_owned()
}

/// Whether the same port answers when it is asked with the other one of http and https.
async fn other_scheme(client: &Client) -> Option<String> {
    let (scheme, rest) = client.base().split_once("://")?;
    let (other, what) = match scheme {
        "https" => ("http", "the port does not speak TLS"),
        _ => ("https", "the port speaks TLS"),
    };
    let url = format!("{other}://{rest}");
    let seen = look(&client.beside(&url).ok()?, "/").await;
    let answers = match &seen.outcome {
        Ok(_) => true,
        // Only who speaks TLS has a certificate that can be refused.
        Err(why) => other == "https" && why.to_string().contains("certificate"),
    };
    answers.then(|| format!("{what}; use --url {}", safe(&url)))
}

/// The address below which the document's paths are found.
async fn elsewhere(around: &Around<'_>) -> Option<String> {
    let Around { client: own, contract, pause, .. } = around;
    let is_plain =
        |operation: &&Operation| operation.method == Method::GET && !operation.path().contains('{');
    let tried: Vec<&Operation> = contract.operations.iter().filter(is_plain).take(MAX_TRIED).collect();
    if tried.is_empty() {
        return None;
    }
    let base = own.base();
    let addresses = addresses(base, contract.all_base_paths());
    for address in &addresses {
        let Ok(client) = own.beside(address) else { continue };
        for operation in &tried {
            if let Some(pause) = pause {
                sleep(*pause).await;
            }
            let seen = look(&client, operation.path()).await;
            let status = seen.status()?;
            if !is_html(&seen) && is_the_api(&client, operation, status).await {
                return Some(format!(
                    "{} is answered with {status} below {}; use --url {}",
                    safe(&format!("GET {}", operation.path())),
                    safe(address),
                    safe(address)
                ));
            }
        }
    }
    let paths: Vec<&str> =
        addresses.iter().filter_map(|address| address.strip_prefix(origin(base))).collect();
    let paths: Vec<&str> = paths.into_iter().filter(|path| !path.is_empty()).collect();
    Some(format!("the document's paths are not below {} either", safe(&paths.join(", "))))
}

/// Whether a status shows the operation, and not a server that answers anything.
async fn is_the_api(client: &Client, operation: &Operation, status: u16) -> bool {
    let shows = operation.is_success(status) || matches!(status, 401 | 403);
    shows && look(client, NOWHERE).await.status().is_some_and(|nowhere| nowhere != status)
}

fn is_html(seen: &Exchange) -> bool {
    seen.response().and_then(crate::exchange::Response::media_type).is_some_and(|kind| kind == "text/html")
}

async fn look(client: &Client, path: &str) -> Exchange {
    client.send_within(&Request::new(Method::GET, path), "elsewhere", PATIENCE).await
}

/// An address without its path.
fn origin(base: &str) -> &str {
    let host = base.find("://").map_or(0, |at| at + 3);
    let end = base.get(host..).and_then(|rest| rest.find('/')).map_or(base.len(), |at| host + at);
    base.get(..end).unwrap_or(base)
}

/// Where the paths of a document may be, other than at an address itself.
fn addresses(base: &str, base_paths: &[String]) -> Vec<String> {
    let base = base.trim_end_matches('/');
    let documented = base_paths.iter().map(|path| path.trim_end_matches('/'));
    let prefixes: Vec<&str> = documented.chain(PREFIXES).collect();
    let mut found: Vec<String> = Vec::new();
    for root in [origin(base), base] {
        for prefix in &prefixes {
            let address = format!("{root}{prefix}");
            if address != base && !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_own_paths_come_first() {
        let found = addresses("http://h:1", &["/shop/v2".to_owned()]);
        assert_eq!(found[..3], ["http://h:1/shop/v2", "http://h:1/api", "http://h:1/v1"]);
        let found = addresses("http://h:1/wrong/", &[]);
        assert_eq!(found[..2], ["http://h:1", "http://h:1/api"]);
        assert!(found.contains(&"http://h:1/wrong/api".to_owned()) && found.len() < 20);
    }
}
