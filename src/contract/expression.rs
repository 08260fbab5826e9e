//! Runtime expressions (OpenAPI 3.1 §4.8.20.4): values of a request and of its answer, named in a text.

use std::fmt;

use http::HeaderMap;
use serde_json::{Map, Value};

use super::parameter;
use crate::exchange::{Request, media_type};

/// A text with expressions in it: `{$request.body#/url}?id={$response.body#/id}`, or one expression alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Named(Named),
}

/// What an expression names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The whole address of the request.
    Url,
    /// Its method.
    Method,
    /// The status of the answer.
    StatusCode,
    /// A part of the request.
    Request(Part),
    /// A part of the answer.
    Response(Part),
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A header field, by its name.
    Header(String),
    /// A parameter of the query.
    Query(String),
    /// A parameter of the path.
    Path(String),
    /// The body, at a JSON pointer.
    Body(String),
}

/// A request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Happened<'h> {
    /// The whole address of the request.
    pub url: &'h str,
    /// The request.
    pub request: &'h Request,
    /// Names of the path's parameters, each with its value, percent-encoded.
    pub path: &'h [(&'h str, &'h str)],
    /// The status of the answer.
    pub status: u16,
    /// Its header fields.
    pub headers: &'h HeaderMap,
    /// Its body.
    pub body: &'h [u8],
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, part) = match self {
            Self::Url => return f.write_str("$url"),
            Self::Method => return f.write_str("$method"),
            Self::StatusCode => return f.write_str("$statusCode"),
            Self::Request(part) => ("$request", part),
            Self::Response(part) => ("$response", part),
        };
        match part {
            Part::Header(name) => write!(f, "{message}.header.{name}"),
            Part::Query(name) => write!(f, "{message}.query.{name}"),
            Part::Path(name) => write!(f, "{message}.path.{name}"),
            Part::Body(at) if at.is_empty() => write!(f, "{message}.body"),
            Part::Body(at) => write!(f, "{message}.body#{at}"),
        }
    }
}

impl Expression {
    /// Reads a text with expressions in braces, or one that is an expression as a whole.
    ///
    /// # Errors
    /// What is no expression.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('$') {
            return Ok(Self { pieces: vec![Piece::Named(named(text)?)] });
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, after) =
                after.split_once('}').ok_or_else(|| format!("a brace is not closed in {text:?}"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Named(named(inside)?));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// What it begins with, where that is no plain text.
    pub fn begins_with(&self) -> Option<&Named> {
        match self.pieces.first()? {
            Piece::Named(named) => Some(named),
            Piece::Text(_) => None,
        }
    }

    /// What it names, where it is one expression alone.
    pub fn sole(&self) -> Option<&Named> {
        match self.pieces.as_slice() {
            [Piece::Named(named)] => Some(named),
            _ => None,
        }
    }

    /// The text that it stands for.
    ///
    /// # Errors
    /// The first part of the messages that is not there.
    pub fn evaluate<'e>(&'e self, happened: &Happened<'_>) -> Result<String, &'e Named> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Named(named) => {
                    text.push_str(&parameter::text(&named.value(happened).ok_or(named)?));
                }
            }
        }
        Ok(text)
    }
}

/// Reads what is between braces.
fn named(text: &str) -> Result<Named, String> {
    let wrong = || {
        format!(
            "{text:?} is no runtime expression; write $url, $method, $statusCode, or such as $request.body#/url, \
             $request.query.NAME, $response.header.NAME"
        )
    };
    match text {
        "$url" => return Ok(Named::Url),
        "$method" => return Ok(Named::Method),
        "$statusCode" => return Ok(Named::StatusCode),
        _ => {}
    }
    let (message, part) = text.split_once('.').ok_or_else(wrong)?;
    let part = match part.split_once('.') {
        _ if part == "body" => Part::Body(String::new()),
        Some(("header", name)) if !name.is_empty() => Part::Header(name.to_ascii_lowercase()),
        Some(("query", name)) if !name.is_empty() => Part::Query(name.to_owned()),
        Some(("path", name)) if !name.is_empty() => Part::Path(name.to_owned()),
        _ => match part.strip_prefix("body#") {
            Some(at) if at.is_empty() || at.starts_with('/') => Part::Body(at.to_owned()),
            _ => return Err(wrong()),
        },
    };
    match message {
        "$request" => Ok(Named::Request(part)),
        "$response" => Ok(Named::Response(part)),
        _ => Err(wrong()),
    }
}

impl Named {
    /// The value; `None` where the messages do not have it.
    pub fn value(&self, happened: &Happened<'_>) -> Option<Value> {
        let Happened { url, request, path, status, headers, body } = happened;
        match self {
            Self::Url => Some(Value::from(*url)),
            Self::Method => Some(Value::from(request.method.as_str())),
            Self::StatusCode => Some(Value::from(*status)),
            Self::Request(Part::Query(name)) => {
                let pairs = parameter::pairs(request.query.as_deref().unwrap_or_default());
                let found = pairs.into_iter().find(|(known, _)| known == name)?;
                Some(Value::from(found.1.into_owned()))
            }
            Self::Request(Part::Path(name)) => {
                let (_, value) = path.iter().find(|(known, _)| known == name)?;
                Some(Value::from(
                    percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned(),
                ))
            }
            Self::Request(Part::Header(name)) => field(&request.headers, name),
            Self::Request(Part::Body(at)) => within(&request.headers, &request.body, at),
            Self::Response(Part::Header(name)) => field(headers, name),
            Self::Response(Part::Body(at)) => within(headers, body, at),
            // An answer has neither query nor path.
            Self::Response(Part::Query(_) | Part::Path(_)) => None,
        }
    }
}

fn field(headers: &HeaderMap, name: &str) -> Option<Value> {
    headers.get(name)?.to_str().ok().map(Value::from)
}

/// A value of a body. Members of a form are found as if it were an object.
fn within(headers: &HeaderMap, body: &[u8], at: &str) -> Option<Value> {
    if at.is_empty() {
        return std::str::from_utf8(body).ok().map(Value::from);
    }
    let whole = if media_type(headers).as_deref() == Some("application/x-www-form-urlencoded") {
        let pairs = parameter::pairs(std::str::from_utf8(body).ok()?);
        let pairs =
            pairs.into_iter().map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
        Value::Object(pairs.collect::<Map<_, _>>())
    } else {
        serde_json::from_slice::<Value>(body).ok()?
    };
    whole.pointer(at).filter(|value| !value.is_null()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use rstest::rstest;

    #[rstest]
    #[case("{$request.body#/url}", Ok("http://localhost:1/a"))]
    #[case("$request.body#/url", Ok("http://localhost:1/a"))]
    #[case("{$request.body#/urls/1}/{$request.path.id}", Ok("b/x y"))]
    #[case("http://h/?a={$request.query.a}&t={$request.header.X-Token}", Ok("http://h/?a=1 2&t=t"))]
    #[case("{$response.body#/id}-{$response.header.location}", Ok("7-/pets/7"))]
    #[case("{$method} {$url} {$statusCode}", Ok("POST http://h/pets 201"))]
    #[case("http://plain", Ok("http://plain"))]
    #[case("{$request.body#/gone}", Err("$request.body#/gone"))]
    #[case("{$response.query.a}", Err("$response.query.a"))]
    fn expressions_have_values(#[case] text: &str, #[case] expected: Result<&str, &str>) {
        let mut request = Request::new(Method::POST, "/pets");
        request.query = Some("b=2&a=1%202".to_owned());
        request.headers.insert("x-token", "t".parse().unwrap());
        request.body = r#"{"url": "http://localhost:1/a", "urls": ["a", "b"], "gone": null}"#.into();
        let headers = HeaderMap::from_iter([(http::header::LOCATION, "/pets/7".parse().unwrap())]);
        let happened = Happened {
            url: "http://h/pets",
            request: &request,
            path: &[("id", "x%20y")],
            status: 201,
            headers: &headers,
            body: b"{\"id\": 7}",
        };
        let expression = Expression::parse(text).unwrap();
        let found = expression.evaluate(&happened).map_err(ToString::to_string);
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn members_of_a_form_are_found() {
        let mut request = Request::new(Method::POST, "/");
        request.headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        request.body = "a=1&StatusCallback=http%3A%2F%2Flocalhost%2Fx".into();
        let (headers, url) = (HeaderMap::new(), "");
        let happened =
            Happened { url, request: &request, path: &[], status: 200, headers: &headers, body: b"" };
        let expression = Expression::parse("{$request.body#/StatusCallback}").unwrap();
        assert_eq!(expression.evaluate(&happened).unwrap(), "http://localhost/x");
    }

    #[rstest]
    #[case("{$request.boddy#/url}")]
    #[case("{id}")]
    #[case("{$url")]
    #[case("$request.header.")]
    #[case("$request.body#url")]
    #[case("$answer.body")]
    fn other_texts_are_refused(#[case] text: &str) {
        assert!(Expression::parse(text).is_err());
    }
}
