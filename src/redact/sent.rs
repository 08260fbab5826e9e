//! Secrets that an exchange carries, so that they are hidden wherever else they stand in it: clients of a proxy use keys
//! that nobody told it, and a target may send them back.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use serde_json::Value;

use super::{Redactor, is_secret, is_unsure};
use crate::contract::parameter;

use crate::exchange::{Request, Secret, base64, cookies, media_type};

/// Most secrets of one exchange that are looked for.
const MOST: usize = 64;
/// Longer ones are no keys, in octets.
const LONGEST: usize = 8 << 10;
/// Larger bodies are not looked into, in octets.
const MAX_BODY: usize = 64 << 10;

impl Redactor {
    /// This one, and what an exchange shows to be a secret: by where it stands (credentials and cookies), and by its name
    /// (fields, parameters, members of JSON and of forms). `answer` is its header section and its body.
    pub fn knowing(&self, request: &Request, answer: Option<(&HeaderMap, &[u8])>) -> Cow<'_, Self> {
        let mut secrets = self.carried_by(request);
        if let Some((headers, body)) = answer {
            let values = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
            let cookies = values.filter_map(|line| line.split(';').next()?.split_once('='));
            secrets.extend(cookies.filter_map(|(_, value)| sure(value)));
            secrets.extend(in_body(headers, body));
        }
        secrets.truncate(MOST);
        if secrets.is_empty() {
            return Cow::Borrowed(self);
        }
        let (headers, params) = (self.headers.clone(), self.params.clone());
        Cow::Owned(Self { forms: self.forms.and(secrets), headers, params, by_name: self.by_name })
    }

    /// What a request shows to be a secret.
    pub fn carried_by(&self, request: &Request) -> Vec<Secret> {
        let mut secrets: Vec<Secret> = Vec::new();
        for (name, value) in request.headers.iter().filter(|(name, _)| **name != COOKIE) {
            let Ok(value) = value.to_str() else { continue };
            if [AUTHORIZATION, PROXY_AUTHORIZATION].contains(name) {
                let word = value.split_once(' ').map_or(value, |(_, word)| word).trim();
                secrets.extend(sure(word));
                // A user and a password (RFC 7617 §2).
                let pair = base64::decode(word).and_then(|pair| String::from_utf8(pair).ok());
                let password = pair.as_deref().and_then(|pair| pair.split_once(':'));
                secrets.extend(password.and_then(|(_, password)| sure(password)));
            } else if self.headers.iter().any(|known| known == name.as_str()) || is_secret(name.as_str()) {
                secrets.extend(sure(value));
            }
        }
        secrets.extend(cookies(&request.headers).filter_map(|(_, value)| sure(value)));
        for (name, value) in parameter::pairs(request.query.as_deref().unwrap_or_default()) {
            if self.params.iter().any(|known| *known == name) || is_secret(&name) {
                secrets.extend(sure(&value));
            }
        }
        secrets.extend(in_body(&request.headers, &request.body));
        secrets
    }
}

/// A text that can be told from ordinary text. A key of the mock is no secret.
fn sure(text: &str) -> Option<Secret> {
    let is_sure = (1..=LONGEST).contains(&text.len()) && !text.starts_with("mock:") && !is_unsure(text);
    is_sure.then(|| Secret::new(text))
}

/// Texts in a body that are named like secrets.
fn in_body(headers: &HeaderMap, body: &[u8]) -> Vec<Secret> {
    if body.is_empty() || body.len() > MAX_BODY {
        return Vec::new();
    }
    if media_type(headers).is_some_and(|kind| kind == "application/x-www-form-urlencoded") {
        let text = String::from_utf8_lossy(body);
        let pairs = parameter::pairs(&text);
        return pairs
            .iter()
            .filter(|(name, _)| is_secret(name))
            .filter_map(|(_, value)| sure(value))
            .collect();
    }
    let mut found = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        members(&value, &mut found);
    }
    found
}

fn members(value: &Value, found: &mut Vec<Secret>) {
    match value {
        Value::Object(inner) => {
            for (name, member) in inner {
                match member {
                    Value::String(text) if is_secret(name) => found.extend(sure(text)),
                    member => members(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue, Method};
    use rstest::rstest;

    const KEY: &str = "c4n/ary+0815=key";

    fn request(headers: &[(&'static str, &str)], query: &str, body: &str) -> Request {
        let mut request = Request::new(Method::POST, "/a");
        request.query = Some(query.to_owned());
        request.body = body.to_owned().into();
        for (name, value) in headers {
            request.headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        request
    }

    #[rstest]
    #[case::bearer(request(&[("authorization", &format!("Bearer {KEY}"))], "", ""))]
    #[case::bare(request(&[("authorization", KEY)], "", ""))]
    #[case::basic(request(&[("authorization", "Basic dTpjNG4vYXJ5KzA4MTU9a2V5")], "", ""))]
    #[case::cookie(request(&[("cookie", &format!("a=1; b={KEY}"))], "", ""))]
    #[case::field(request(&[("x-api-key", KEY)], "", ""))]
    #[case::documented_field(request(&[("x-own", KEY)], "", ""))]
    #[case::query(request(&[], "a=1&api_key=c4n%2Fary%2B0815%3Dkey", ""))]
    #[case::documented_query(request(&[], "own=c4n%2Fary%2B0815%3Dkey", ""))]
    #[case::member(request(&[], "", &format!("{{\"a\":[{{\"password\":\"{KEY}\"}}]}}")))]
    #[case::form(request(
        &[("content-type", "application/x-www-form-urlencoded")], "", "a=1&client_secret=c4n%2Fary%2B0815%3Dkey"
    ))]
    fn what_a_request_carries_is_hidden_elsewhere(#[case] request: Request) {
        let redactor = Redactor::new([]).with_names(["x-own"], ["own"]);
        let known = redactor.knowing(&request, None);
        for form in [KEY, "c4n%2Fary%2B0815%3Dkey", "YzRuL2FyeSswODE1PWtleQ"] {
            assert_eq!(known.text(&format!("<{form}>")), "<[secret]>");
        }
    }

    #[test]
    fn what_an_answer_carries_is_hidden_elsewhere() {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("sid=s3ss1on-c4nary; Path=/"));
        let (redactor, plain) = (Redactor::new([]), request(&[], "", ""));
        let known = redactor.knowing(&plain, Some((&headers, br#"{"access_token": "t0k3n-c4nary"}"#)));
        assert_eq!(known.text("s3ss1on-c4nary t0k3n-c4nary"), "[secret] [secret]");
    }

    #[rstest]
    #[case::of_the_mock(&[("authorization", "Bearer mock:pets:read")])]
    #[case::short(&[("cookie", "user=12345"), ("x-api-key", "a1b2")])]
    #[case::a_word(&[("x-api-key", "loans"), ("authorization", "Bearer Development")])]
    #[case::no_secret(&[("x-request-id", "0123456789")])]
    fn ordinary_text_is_shown(#[case] headers: &[(&'static str, &str)]) {
        let redactor = Redactor::new([]);
        assert!(matches!(
            redactor.knowing(&request(headers, "page_token=0123456789", ""), None),
            Cow::Borrowed(_)
        ));
    }
}
