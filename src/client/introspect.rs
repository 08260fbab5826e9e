//! Asks which scopes a key has: by RFC 7662, or at an address that tells a key about itself.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use reqwest::Url;
use serde_json::Value;

use super::{Client, Error, Options};
use crate::contract::parameter::escape;
use crate::exchange::{Request, Secret, base64};
use crate::redact;

/// Answers are small; larger ones are none.
const MAX_ANSWER: usize = 1 << 20;

/// How scopes are asked for.
#[derive(Debug, Clone)]
pub enum Asking {
    /// The token as a form (RFC 7662 §2.1), by a client with a password; without one, the token speaks for itself.
    Form(Option<(String, Secret)>),
    /// The token as the credential of a GET; the pointer leads to a list of scopes, or to a text of them.
    Itself(String),
}

/// An address that tells which scopes a key has.
#[derive(Debug)]
pub struct Introspector {
    client: Client,
    path: String,
    query: Option<String>,
    way: Asking,
}

impl Introspector {
    /// An address of the target, if it begins with `/`, else of the host that it names. Only the target gets the
    /// headers and signatures that are meant for it.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn new(target: &Options, url: &str, way: Asking) -> Result<Self, Error> {
        let mut options = target.clone();
        options.max_body = MAX_ANSWER;
        if url.starts_with('/') {
            let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
            let client = Client::new(&options)?;
            return Ok(Self { client, path: path.to_owned(), query: query.map(str::to_owned), way });
        }
        let shown = redact::address(url);
        let refuse = |why| Error::Url(shown.clone(), why);
        let parsed = Url::parse(url)
            .map_err(|_| refuse("neither a path nor a URL; write /PATH or https://HOST/PATH"))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(refuse("must begin with /, https:// or http://"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            let host = parsed.host_str().unwrap_or_default().to_owned();
            return Err(Error::Url(host, "must not contain credentials; use client-id and client-secret"));
        }
        options.url = parsed.origin().ascii_serialization();
        options.headers.clear();
        options.signer = None;
        let (path, query) = (parsed.path().to_owned(), parsed.query().map(str::to_owned));
        Ok(Self { client: Client::new(&options)?, path, query, way })
    }

    /// The scopes of a key; `place` puts the key on a request as the target wants it.
    ///
    /// # Errors
    /// Why they are not known, without secrets.
    pub async fn scopes(&self, token: &Secret, place: impl Fn(&mut Request)) -> Result<Vec<String>, String> {
        let mut request = Request::new(Method::GET, &self.path);
        request.query.clone_from(&self.query);
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match &self.way {
            Asking::Itself(_) => place(&mut request),
            Asking::Form(client) => {
                request.method = Method::POST;
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                request.headers.insert(CONTENT_TYPE, kind);
                request.body = format!("token={}", escape(token.reveal())).into();
                let credential = match client {
                    Some((id, password)) => {
                        let pair = format!("{}:{}", escape(id), escape(password.reveal()));
                        format!("Basic {}", base64::encode(pair.as_bytes()))
                    }
                    None => format!("Bearer {}", token.reveal()),
                };
                if let Ok(mut value) = HeaderValue::from_str(&credential) {
                    value.set_sensitive(true);
                    request.headers.insert(AUTHORIZATION, value);
                }
            }
        }
        let shown = format!("{}{}", self.client.base(), self.path);
        let outcome = self.client.send(&request, "introspect").await.outcome;
        let response = outcome.map_err(|why| format!("{shown} does not answer: {why}"))?;
        if !response.status.is_success() {
            return Err(format!("{shown} answered {}", response.status.as_u16()));
        }
        let answer = response.json().ok_or_else(|| format!("{shown} did not answer with JSON"))?;
        self.read(&answer).map_err(|why| format!("{shown} {why}"))
    }

    fn read(&self, answer: &Value) -> Result<Vec<String>, String> {
        let pointer = match &self.way {
            Asking::Itself(pointer) => pointer.as_str(),
            Asking::Form(_) => match answer.get("active").and_then(Value::as_bool) {
                Some(true) => "/scope",
                Some(false) => return Err("says that the key is not active".to_owned()),
                None => return Err("did not say whether the key is active".to_owned()),
            },
        };
        match answer.pointer(pointer) {
            Some(Value::String(text)) => Ok(text.split_whitespace().map(str::to_owned).collect()),
            Some(Value::Array(scopes)) if scopes.iter().all(Value::is_string) => {
                Ok(scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => Err(format!("has no scopes at {pointer}, neither a list nor a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::text(None, json!({"active": true, "scope": "a:read  b"}), Ok(&["a:read", "b"][..]))]
    #[case::no_scope(None, json!({"active": true, "scope": ""}), Ok(&[][..]))]
    #[case::inactive(None, json!({"active": false}), Err("says that the key is not active"))]
    #[case::odd(None, json!({"scope": "a"}), Err("did not say whether the key is active"))]
    #[case::untold(None, json!({"active": true}), Err("has no scopes at /scope, neither a list nor a text"))]
    #[case::list(Some("/key/scopes"), json!({"key": {"scopes": ["a", "b"]}}), Ok(&["a", "b"][..]))]
    #[case::text_there(Some("/s"), json!({"s": "a b"}), Ok(&["a", "b"][..]))]
    #[case::numbers(Some("/s"), json!({"s": [1]}), Err("has no scopes at /s, neither a list nor a text"))]
    fn answers_are_read(
        #[case] pointer: Option<&str>,
        #[case] answer: Value,
        #[case] expected: Result<&[&str], &str>,
    ) {
        let way = pointer.map_or(Asking::Form(None), |pointer| Asking::Itself(pointer.to_owned()));
        let introspector = Introspector::new(&Options::new("http://t"), "/x", way).unwrap();
        let expected: Result<Vec<String>, String> =
            expected.map(|scopes| scopes.iter().map(|s| (*s).to_owned()).collect()).map_err(str::to_owned);
        assert_eq!(introspector.read(&answer), expected);
    }

    #[rstest]
    #[case("introspect", "neither a path nor a URL")]
    #[case("ftp://x/y", "must begin with")]
    #[case("https://u:canary@x/y", "client-secret")]
    fn addresses_that_cannot_be_used(#[case] url: &str, #[case] why: &str) {
        let error =
            Introspector::new(&Options::new("http://t"), url, Asking::Form(None)).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("canary"), "{error}");
    }

    /// Other hosts get nothing that is meant for the target.
    #[rstest]
    #[case("/oauth/introspect?a=b", "http://t/base", true)]
    #[case("https://id.test/introspect?a=b", "https://id.test", false)]
    fn an_address_names_its_host(#[case] url: &str, #[case] base: &str, #[case] is_target: bool) {
        let mut options = Options::new("http://t/base");
        options.headers.push(("x-canary".to_owned(), "1".to_owned()));
        let introspector = Introspector::new(&options, url, Asking::Form(None)).unwrap();
        assert_eq!((introspector.client.base(), introspector.query.as_deref()), (base, Some("a=b")));
        assert_eq!(introspector.client.headers.contains_key("x-canary"), is_target);
    }
}
