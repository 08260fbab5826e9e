//! Why the run stops after the first look.

use std::fmt;

use super::redirect::Redirect;
use crate::contract::{Contract, OperationId, SchemeKind};
use crate::exchange::Exchange;

/// Why nothing but the first look was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// No request got an answer.
    NoAnswer(String),
    /// Requests cannot be signed, or not sent at the rate that is shared.
    Unsent(String),
    /// Everything is 404.
    NotFound {
        /// The address that would work, where the document's base path suggests one.
        suggestion: Option<String>,
    },
    /// Everything is 401.
    Unauthorized {
        /// Which scheme wants what.
        wants: String,
    },
    /// Everything that needs a key refuses it with 401, while what needs none answers.
    KeyRefused {
        /// How many operations were asked.
        asked: usize,
        /// Which scheme wants what.
        wants: String,
    },
    /// Pages for people, not for programs.
    Html {
        /// The address that would work, where the document's base path suggests one.
        suggestion: Option<String>,
    },
    /// Every request is redirected.
    Redirected(Redirect),
    /// Something else, named by what came back.
    Odd(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(why) => write!(f, "the target does not answer: {why}"),
            Self::Unsent(why) => f.write_str(why),
            Self::NotFound { suggestion: Some(url) } => {
                write!(f, "every path is answered with 404, but the document has a base path; try --url {url}")
            }
            Self::NotFound { suggestion: None } => {
                f.write_str("every path is answered with 404; check that --url is the address to which the document's paths are appended")
            }
            Self::Unauthorized { wants } => write!(f, "every request is refused with 401; {wants}"),
            Self::KeyRefused { asked, wants } => {
                let what = if *asked == 1 { "the operation" } else { "every operation tried" };
                write!(f, "the key is refused with 401 by {what} that needs one ({asked}); {wants}")
            }
            Self::Html { suggestion: Some(url) } => {
                write!(f, "the target answers with HTML pages, and the document has a base path; try --url {url}")
            }
            Self::Html { suggestion: None } => f.write_str("the target answers with HTML pages; it may be a login page, a proxy, or the wrong address"),
            Self::Redirected(redirect) => redirect.fmt(f),
            Self::Odd(seen) => write!(f, "no operation answered as documented: {seen}"),
        }
    }
}

/// Names the cause when none of the first requests was answered as documented; `None` where the
/// run should go on: at least one was, or the target is there and refuses this key.
pub(super) fn cause(contract: &Contract, base: &str, first: &[(OperationId, &Exchange)]) -> Option<Cause> {
    if first.is_empty() {
        return None;
    }
    let operation = |index: OperationId| contract.at(index);
    // A documented 404 is also what is answered where nothing is.
    let succeeded = first.iter().any(|(index, exchange)| {
        let is_documented = |status: u16| operation(*index).is_some_and(|o| o.is_success(status));
        exchange.status().is_some_and(|status| status != 404 && is_documented(status))
    });
    if succeeded {
        return None;
    }
    let statuses: Vec<u16> = first.iter().filter_map(|(_, exchange)| exchange.status()).collect();
    if statuses.is_empty() {
        let why = first.iter().find_map(|(_, exchange)| exchange.outcome.as_ref().err());
        return Some(Cause::NoAnswer(why.map(ToString::to_string).unwrap_or_default()));
    }
    let html = first.iter().all(|(_, exchange)| {
        exchange.response().and_then(crate::exchange::Response::media_type).is_some_and(|t| t == "text/html")
    });
    let all = |status: u16| statuses.iter().all(|seen| *seen == status);
    if all(404) {
        return Some(Cause::NotFound { suggestion: with_base_path(contract, base) });
    }
    let redirected: Option<Vec<Redirect>> =
        first.iter().map(|(_, exchange)| Redirect::of(exchange)).collect();
    if let Some(redirect) = redirected.and_then(|all| all.into_iter().next()) {
        return Some(Cause::Redirected(redirect));
    }
    if html {
        return Some(Cause::Html { suggestion: with_base_path(contract, base) });
    }
    if all(401) {
        return Some(Cause::Unauthorized { wants: wants(contract) });
    }
    // A key that may do nothing is not a reason to stop: its operations stay inconclusive.
    if statuses.contains(&403) {
        return None;
    }
    let seen: Vec<String> = first
        .iter()
        .map(|(index, exchange)| {
            let id = operation(*index).map_or("", |o| o.id.as_str());
            exchange
                .status()
                .map_or_else(|| format!("{id} got no response"), |status| format!("{id} got {status}"))
        })
        .collect();
    Some(Cause::Odd(seen.join(", ")))
}

/// The address with the base path that the document states (`servers`, `basePath`), where it ends in none of
/// those.
pub fn with_base_path(contract: &Contract, base: &str) -> Option<String> {
    let base = base.trim_end_matches('/');
    let has = |path: &String| base.ends_with(path.trim_end_matches('/'));
    if contract.base_paths.iter().any(has) {
        return None;
    }
    contract.base_paths.first().map(|path| format!("{base}{}", path.trim_end_matches('/')))
}

/// The cause where each of the operations that need a key refused it.
pub(super) fn key_refused(contract: &Contract, asked: usize) -> Cause {
    Cause::KeyRefused { asked, wants: wants(contract) }
}

fn wants(contract: &Contract) -> String {
    let told: Vec<String> = contract
        .schemes
        .values()
        .map(|scheme| {
            let how = match &scheme.kind {
                SchemeKind::Bearer => "`Authorization: Bearer …`".to_owned(),
                SchemeKind::Basic => "`Authorization: Basic …`".to_owned(),
                SchemeKind::Http(word) => format!("`Authorization: {word} …`"),
                SchemeKind::ApiKey(location, name) => format!("the {location} parameter {name:?}"),
                SchemeKind::MutualTls => "a client certificate (--cert, --key)".to_owned(),
                SchemeKind::Unknown(kind) => format!("a credential of the unknown type {kind:?}"),
            };
            format!("{} wants {how}", scheme.name)
        })
        .collect();
    if told.is_empty() {
        "the document defines no security scheme; use --credential to say how to send a key".to_owned()
    } else {
        format!("{} (pass keys with COUNTERPART_TOKEN, --keys or --mint)", told.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::build;
    use crate::document::Document;

    #[rstest]
    #[case::missing("http://t", json!(["/api/v1"]), Some("http://t/api/v1"))]
    #[case::with_a_slash("http://t/", json!(["/api/v1/"]), Some("http://t/api/v1"))]
    #[case::there("http://t/api/v1", json!(["/api/v1"]), None)]
    #[case::another_is_there("http://t/v2", json!(["/v1", "/v2"]), None)]
    #[case::none("http://t", json!([]), None)]
    fn a_base_path_may_be_missing(#[case] base: &str, #[case] paths: Value, #[case] expected: Option<&str>) {
        let servers: Vec<Value> =
            paths.as_array().unwrap().iter().map(|path| json!({ "url": path })).collect();
        let tree = json!({"openapi": "3.1.0", "servers": servers, "paths": {"/x": {"get": {"responses": {"200": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        assert_eq!(with_base_path(&contract, base).as_deref(), expected);
    }
}
