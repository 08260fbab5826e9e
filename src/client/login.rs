//! Logs in at an address that the user names, and takes the credential from the answer.

use http::header::{ACCEPT, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use reqwest::Url;
use serde_json::Value;

use super::{Client, Error, Options};
use crate::config::wfc::{From, Login, Takes};
use crate::exchange::{Request, Response, Secret};
use crate::redact;

/// Answers are small; larger ones are none.
const MAX_ANSWER: usize = 1 << 20;

/// Logs in. A path is one of the target's host, whatever base path the target has; only the target gets the headers
/// and signatures that are meant for it.
///
/// # Errors
/// Why there is no credential, without secrets.
pub async fn log_in(target: &Options, login: &Login) -> Result<Secret, String> {
    let (client, mut request) = request(target, login).map_err(|error| error.to_string())?;
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*"));
    for (name, value) in &login.headers {
        let (Ok(name), Ok(mut value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.reveal()))
        else {
            continue;
        };
        value.set_sensitive(true);
        request.headers.insert(name, value);
    }
    if let Some(body) = &login.body {
        request.body = body.reveal().to_owned().into();
    }
    let shown = format!("{}{}", client.base(), request.path);
    let outcome = client.send(&request, "login").await.outcome;
    let response = outcome.map_err(|why| format!("{shown} does not answer: {why}"))?;
    taken(&login.takes, &response).map_err(|why| format!("{shown} {why}"))
}

fn request(target: &Options, login: &Login) -> Result<(Client, Request), Error> {
    let refuse = |why| Error::Url(redact::address(&login.address), why);
    let mut options = target.clone();
    options.max_body = MAX_ANSWER;
    let base = Url::parse(&target.url).map_err(|_| Error::Url(redact::address(&target.url), "not a URL"))?;
    let url = if login.address.starts_with('/') {
        base.join(&login.address)
    } else {
        options.headers.clear();
        options.signer = None;
        Url::parse(&login.address)
    };
    let url = url.map_err(|_| refuse("neither a path nor a URL; write /PATH or https://HOST/PATH"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let host = url.host_str().unwrap_or_default().to_owned();
        return Err(Error::Url(host, "must not contain credentials; use payloadUserPwd or headers"));
    }
    if login.address.starts_with('/') && url.origin() != base.origin() {
        return Err(refuse("leads to another host; write it as externalEndpointURL"));
    }
    options.url = url.origin().ascii_serialization();
    let mut request = Request::new(login.method.clone(), url.path());
    request.query = url.query().map(str::to_owned);
    Ok((Client::new(&options)?, request))
}

/// The credential in an answer.
fn taken(takes: &Takes, response: &Response) -> Result<Secret, String> {
    let status = response.status.as_u16();
    // A page that logs in often leads to another one.
    let is_in = response.status.is_success() || (*takes == Takes::Cookies && (300..400).contains(&status));
    if !is_in {
        return Err(format!("answered {status}"));
    }
    match takes {
        Takes::Cookies => {
            let lines = response.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
            let pairs: Vec<&str> = lines
                .filter_map(|line| line.split(';').next())
                .map(str::trim)
                .filter(|p| p.contains('='))
                .collect();
            if pairs.is_empty() { Err("set no cookie".to_owned()) } else { Ok(Secret::new(pairs.join("; "))) }
        }
        Takes::Token { from: From::Header(name), .. } => {
            let value = response.headers.get(name.as_str()).and_then(|value| value.to_str().ok());
            value.map(Secret::new).ok_or_else(|| format!("answered without the header {name}"))
        }
        Takes::Token { from: From::Body(pointer), .. } => {
            let answer = response.json().ok_or_else(|| "did not answer with JSON".to_owned())?;
            match answer.pointer(pointer) {
                Some(Value::String(token)) if !token.is_empty() => Ok(Secret::new(token.as_str())),
                Some(Value::Number(token)) => Ok(Secret::new(token.to_string())),
                _ => Err(format!("has no token at {pointer}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method, StatusCode};
    use rstest::rstest;

    fn login(address: &str) -> Login {
        Login {
            address: address.to_owned(),
            method: Method::POST,
            headers: Vec::new(),
            body: None,
            takes: Takes::Cookies,
            secrets: Vec::new(),
        }
    }

    fn token(from: From) -> Takes {
        let (name, template) = ("Authorization".to_owned(), "{key}".to_owned());
        Takes::Token { from, in_query: false, name, template }
    }

    #[rstest]
    #[case::cookies(Takes::Cookies, 200, Ok("a=1; b=2"))]
    #[case::led_on(Takes::Cookies, 302, Ok("a=1; b=2"))]
    #[case::refused(Takes::Cookies, 401, Err("answered 401"))]
    #[case::body(token(From::Body("/t/0".to_owned())), 200, Ok("canary"))]
    #[case::not_there(token(From::Body("/x".to_owned())), 200, Err("has no token at /x"))]
    #[case::header(token(From::Header("X-Token".to_owned())), 201, Ok("canary"))]
    #[case::no_header(token(From::Header("X-Other".to_owned())), 200, Err("answered without the header X-Other"))]
    #[case::led_on_without(token(From::Body("/t/0".to_owned())), 302, Err("answered 302"))]
    fn a_credential_is_taken_from_the_answer(
        #[case] takes: Takes,
        #[case] status: u16,
        #[case] expected: Result<&str, &str>,
    ) {
        let mut headers = HeaderMap::new();
        headers.append("set-cookie", "a=1; Path=/; HttpOnly".parse().unwrap());
        headers.append("set-cookie", "b=2".parse().unwrap());
        headers.insert("x-token", "canary".parse().unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        let response = Response { status, headers, body: r#"{"t": ["canary"]}"#.into(), is_cut: false };
        let taken = taken(&takes, &response);
        assert_eq!(taken.as_ref().map(Secret::reveal).map_err(String::as_str), expected);
    }

    /// A path is one of the target's host; another host gets nothing that is meant for the target.
    #[rstest]
    #[case("/login?a=b", "http://t", "/login", true)]
    #[case("https://id.test/in", "https://id.test", "/in", false)]
    fn an_address_names_its_host(
        #[case] address: &str,
        #[case] base: &str,
        #[case] path: &str,
        #[case] is_target: bool,
    ) {
        let mut options = Options::new("http://t/base");
        options.headers.push(("x-canary".to_owned(), "1".to_owned()));
        let (client, request) = request(&options, &login(address)).unwrap();
        assert_eq!((client.base(), request.path.as_str()), (base, path));
        assert_eq!(client.headers.contains_key("x-canary"), is_target);
    }

    #[rstest]
    #[case("//other.test/in", "another host")]
    #[case("ftp://x/y", "must begin with")]
    #[case("login", "neither a path nor a URL")]
    #[case("https://u:canary@x/y", "must not contain credentials")]
    fn addresses_that_cannot_be_used(#[case] address: &str, #[case] why: &str) {
        let mut target = Options::new("http://t");
        target.retries = 0;
        let error = request(&target, &login(address)).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("canary"), "{error}");
    }
}
