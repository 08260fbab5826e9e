//! Keys from an issuer: the client credentials grant of OAuth 2.0 (RFC 6749 §4.4), and the password grant (§4.3).
//!
//! The token request goes to the address that the user named and nowhere else. Redirects are not followed,
//! and headers that are meant for the target are not sent.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use reqwest::Url;
use serde_json::Value;

use super::{Client, Error, Options};
use crate::contract::parameter::escape;
use crate::exchange::{Request, Response, Secret, base64};
use crate::redact::{self, Redactor};

/// Answers of an issuer are small; larger ones are none.
const MAX_ANSWER: usize = 1 << 20;
/// Characters of an issuer's explanation that are shown.
const MAX_SHOWN: usize = 200;

/// A key as its issuer granted it.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token.
    pub token: Secret,
    /// How long it holds, where the issuer says so.
    pub expires_in: Option<Duration>,
    /// What was granted, where the issuer says so; else what was asked for.
    pub scopes: Option<Vec<String>>,
}

impl Granted {
    /// A token of which nothing else is known.
    pub fn bare(token: Secret) -> Self {
        Self { token, expires_in: None, scopes: None }
    }

    /// Reads a successful answer (RFC 6749 §5.1): `access_token`, `expires_in` in seconds, `scope`
    /// with spaces between the scopes. A list of scopes and a number in quotes are read too, as some
    /// issuers write them. `None` where there is no token. A lifetime of 0 means nothing.
    pub fn read(answer: &Value) -> Option<Self> {
        let token = answer.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
        let seconds = match answer.get("expires_in") {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(number) => number.as_f64(),
            None => None,
        };
        let expires_in = seconds.filter(|seconds| *seconds > 0.0);
        let scopes = match answer.get("scope") {
            Some(Value::String(text)) => Some(text.split_whitespace().map(str::to_owned).collect()),
            Some(Value::Array(scopes)) => {
                Some(scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ => None,
        };
        Some(Self {
            token: Secret::new(token),
            expires_in: expires_in.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            scopes,
        })
    }
}

/// A name and its password.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: Secret,
}

/// Who asks an issuer for tokens.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The token endpoint.
    pub token_url: String,
    /// The client's identifier and its password.
    pub client: Option<Login>,
    /// A user's name and password, for the password grant.
    pub user: Option<Login>,
    /// Whether the document knows scopes; where it knows none, it does not matter which ones a token has.
    pub has_scopes: bool,
    /// Which API the tokens are for, where the issuer serves several.
    pub audience: Option<String>,
}

/// A token endpoint.
#[derive(Debug)]
pub struct Issuer {
    client: Client,
    registration: Registration,
    path: String,
    query: Option<String>,
    /// Whether the client names itself in the body, because the header was not taken.
    is_in_body: AtomicBool,
    has_granted: AtomicBool,
    /// Why asking again is in vain.
    broken: OnceLock<String>,
}

impl Issuer {
    /// An issuer that is reached as the target is: its certificates, proxy and time-out.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn new(target: &Options, registration: Registration) -> Result<Self, Error> {
        let shown = redact::address(&registration.token_url);
        let refuse = |why| Error::Url(shown.clone(), why);
        let url = Url::parse(&registration.token_url)
            .map_err(|_| refuse("not a URL; expected https://HOST/PATH"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("must begin with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Err(Error::Url(host, "must not contain credentials; use client-id and client-secret"));
        }
        if url.fragment().is_some() {
            return Err(refuse("must not contain a fragment (RFC 6749 §3.2)"));
        }
        let mut options = target.clone();
        options.url = url.origin().ascii_serialization();
        options.headers.clear();
        options.signer = None;
        options.max_body = MAX_ANSWER;
        Ok(Self {
            client: Client::new(&options)?,
            path: url.path().to_owned(),
            query: url.query().map(str::to_owned),
            registration,
            is_in_body: AtomicBool::new(false),
            has_granted: AtomicBool::new(false),
            broken: OnceLock::new(),
        })
    }

    /// Asks for a token with just these scopes. The client names itself by HTTP Basic (RFC 6749
    /// §2.3.1), and where that is not taken, in the body. An issuer that never granted anything is
    /// not asked again once it did not answer or did not know the client.
    ///
    /// # Errors
    /// Why there is no token, for a person and without secrets.
    pub async fn grant(&self, scopes: &[String]) -> Result<Granted, String> {
        if let Some(why) = self.broken.get() {
            return Err(why.clone());
        }
        let is_in_body = self.is_in_body.load(Ordering::Relaxed);
        let mut answer = self.ask(scopes, is_in_body).await?;
        if !is_in_body && self.registration.client.is_some() && answer.knows_no_client() {
            let second = self.ask(scopes, true).await?;
            // The first refusal is the telling one where this way is not offered at all.
            if !second.knows_no_client() && second.error() != Some("invalid_request") {
                self.is_in_body.store(true, Ordering::Relaxed);
                answer = second;
            }
        }
        if !answer.is_success() {
            let why = self.refusal(&answer);
            // A user who is refused again and again may be locked out.
            let is_in_vain = answer.knows_no_client()
                || (self.registration.user.is_some() && answer.error() != Some("invalid_scope"));
            return Err(if is_in_vain { self.breaks(why) } else { why });
        }
        let granted = answer.body.as_ref().and_then(Granted::read);
        let granted =
            granted.ok_or_else(|| format!("the issuer {} returned no access_token", self.shown()))?;
        // RFC 6749 §7.1: a token of a type that is not understood must not be used.
        if let Some(kind) = answer.text("token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(self.safe(&format!(
                "the issuer {} returned a token of type {kind:?}, not Bearer",
                self.shown()
            )));
        }
        self.has_granted.store(true, Ordering::Relaxed);
        if self.registration.has_scopes && scopes.is_empty() && granted.scopes.is_none() {
            return Err(format!(
                "the issuer {} does not say which scopes a token has that was requested without any",
                self.shown()
            ));
        }
        Ok(granted)
    }

    async fn ask(&self, scopes: &[String], is_in_body: bool) -> Result<Answer, String> {
        let mut form = match &self.registration.user {
            None => vec![("grant_type", "client_credentials")],
            Some(Login { name, password }) => {
                vec![("grant_type", "password"), ("username", name), ("password", password.reveal())]
            }
        };
        let scope = scopes.join(" ");
        if !scopes.is_empty() {
            form.push(("scope", &scope));
        }
        if let Some(audience) = &self.registration.audience {
            form.push(("audience", audience));
        }
        let mut request = Request::new(Method::POST, &self.path);
        request.query.clone_from(&self.query);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(CONTENT_TYPE, kind);
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match &self.registration.client {
            Some(client) if is_in_body => {
                form.push(("client_id", &client.name));
                form.push(("client_secret", client.password.reveal()));
            }
            Some(client) => {
                let basic = format!("Basic {}", base64::encode(client.pair().as_bytes()));
                if let Ok(mut value) = HeaderValue::from_str(&basic) {
                    value.set_sensitive(true);
                    request.headers.insert(AUTHORIZATION, value);
                }
            }
            None => {}
        }
        let pairs: Vec<String> =
            form.into_iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        request.body = pairs.join("&").into();
        match self.client.send(&request, "token").await.outcome {
            Ok(response) => Ok(Answer::of(&response)),
            Err(why) => Err(self.breaks(format!("the issuer {} does not answer: {why}", self.shown()))),
        }
    }

    /// Its address, without the query.
    fn shown(&self) -> String {
        format!("{}{}", self.client.base(), self.path)
    }

    /// A text of the issuer without the passwords, in whatever form.
    fn safe(&self, text: &str) -> String {
        let Registration { client, user, .. } = &self.registration;
        let logins = client.iter().chain(user);
        let secrets = logins.flat_map(|login| [login.password.clone(), Secret::new(login.pair())]);
        Redactor::new(secrets).text(text)
    }

    /// Remembers that asking is in vain, unless it was not so before.
    fn breaks(&self, why: String) -> String {
        if !self.has_granted.load(Ordering::Relaxed) {
            let _ = self.broken.set(why.clone());
        }
        why
    }

    fn refusal(&self, answer: &Answer) -> String {
        let mut text = format!("the issuer {} answered {}", self.shown(), answer.status);
        if (300..400).contains(&answer.status) {
            text.push_str(", and redirects are not followed");
        }
        for part in
            [answer.error(), answer.text("error_description"), answer.text("detail")].into_iter().flatten()
        {
            text.push_str(": ");
            text.extend(part.chars().take(MAX_SHOWN));
        }
        self.safe(&text)
    }
}

impl Login {
    /// Name and password as they are encoded for HTTP Basic (RFC 6749 §2.3.1).
    fn pair(&self) -> String {
        format!("{}:{}", escape(&self.name), escape(self.password.reveal()))
    }
}

/// What an issuer answered.
struct Answer {
    status: u16,
    /// Its JSON, where it has any.
    body: Option<Value>,
}

impl Answer {
    fn of(response: &Response) -> Self {
        Self { status: response.status.as_u16(), body: response.json() }
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.body.as_ref()?.get(name)?.as_str()
    }

    fn error(&self) -> Option<&str> {
        self.text("error")
    }

    /// Whether the client was not recognised (RFC 6749 §5.2).
    fn knows_no_client(&self) -> bool {
        self.status == 401 || (self.status == 400 && self.error() == Some("invalid_client"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"access_token": "t"}), None, None)]
    #[case(json!({"access_token": "t", "expires_in": 60, "scope": "a  b"}), Some(60), Some(&["a", "b"][..]))]
    #[case(json!({"access_token": "t", "expires_in": "60", "scope": ["a"]}), Some(60), Some(&["a"][..]))]
    #[case(json!({"access_token": "t", "expires_in": 0, "scope": ""}), None, Some(&[][..]))]
    #[case(json!({"access_token": "t", "expires_in": -1e300, "scope": null}), None, None)]
    #[case(json!({"access_token": "t", "expires_in": 1e300}), None, None)]
    fn answers_are_read(
        #[case] answer: Value,
        #[case] seconds: Option<u64>,
        #[case] scopes: Option<&[&str]>,
    ) {
        let granted = Granted::read(&answer).unwrap();
        assert_eq!(granted.token.reveal(), "t");
        assert_eq!(granted.expires_in, seconds.map(Duration::from_secs));
        let scopes = scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect());
        assert_eq!(granted.scopes, scopes);
    }

    #[test]
    fn an_answer_without_a_token_grants_nothing() {
        for answer in [json!({}), json!({"access_token": ""}), json!({"access_token": 1}), json!("t")] {
            assert!(Granted::read(&answer).is_none(), "{answer}");
        }
    }

    #[rstest]
    #[case(200, json!({}), true, false)]
    #[case(299, json!(null), true, false)]
    #[case(300, json!(null), false, false)]
    #[case(401, json!({"error": "access_denied"}), false, true)]
    #[case(400, json!({"error": "invalid_client"}), false, true)]
    #[case(400, json!({"error": "invalid_scope"}), false, false)]
    #[case(500, json!({"error": "invalid_client"}), false, false)]
    fn an_answer_is_judged_by_status_and_error(
        #[case] status: u16,
        #[case] body: Value,
        #[case] is_success: bool,
        #[case] knows_no_client: bool,
    ) {
        let answer = Answer { status, body: Some(body) };
        assert_eq!((answer.is_success(), answer.knows_no_client()), (is_success, knows_no_client));
    }

    #[rstest]
    #[case("token", "not a URL")]
    #[case("ftp://x/token", "https://")]
    #[case("https://u:canary@x/token", "client-secret")]
    #[case("https://x/token#f", "fragment")]
    fn addresses_that_cannot_be_used(#[case] token_url: &str, #[case] why: &str) {
        let registration = Registration {
            token_url: token_url.to_owned(),
            client: Some(Login { name: "id".to_owned(), password: Secret::new("canary") }),
            user: None,
            has_scopes: true,
            audience: None,
        };
        let error = Issuer::new(&Options::new("http://x"), registration).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("canary"), "{error}");
    }
}
