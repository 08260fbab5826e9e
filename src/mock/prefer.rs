//! What a client asks of the mock itself: `Prefer` (RFC 7240) and its twins in the query.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::error_response::problem;
use super::replay::{self, PreparedResponses, Response};
use crate::contract::{Operation, style};
use crate::exchange::Request;
use crate::produce::Taste;
use crate::settings::{self, nearest};

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefer {
    /// A status: `code=404`.
    pub code: Option<u16>,
    /// A named example or fixture.
    pub example: Option<String>,
    /// A made value instead of a fixture or an example.
    pub dynamic: bool,
    /// A wait.
    pub delay: Option<Duration>,
    /// A scenario, for this request.
    pub scenario: Option<String>,
    /// Told by a configuration: a code that nobody documents plays a failure, as an outage is one.
    pub is_configured: bool,
}

/// The words that are known.
const WORDS: &[&str] = &["code", "example", "dynamic", "delay", "wait"];

impl Prefer {
    /// Reads what a request asks for; `None` in the usual case that it asks for nothing.
    pub fn read(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let in_query = query.filter(|query| query.contains("__"));
        if in_query.is_none() && !headers.contains_key("prefer") {
            return None;
        }
        let mut prefer = Self::default();
        for line in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
            for (name, value) in words(line) {
                prefer.set(name, value);
            }
        }
        for (name, value) in in_query.map(style::pairs).unwrap_or_default() {
            if let Some(name) = name.strip_prefix("__") {
                prefer.set(name, &value);
            }
        }
        (prefer != Self::default()).then_some(prefer)
    }

    /// Reads what a configuration asks for, where every word must be understood.
    ///
    /// # Errors
    /// A word that is not known, or a value that it does not take.
    pub fn strict(text: &str) -> Result<Self, String> {
        let mut prefer = Self::default();
        for (name, value) in words(text) {
            let known = name.to_ascii_lowercase();
            if !WORDS.contains(&known.as_str()) {
                return Err(format!("{name:?} is no preference; {}", nearest(name, WORDS.iter().copied())));
            }
            prefer.set(name, value);
            match known.as_str() {
                "code" if prefer.code.is_none() => {
                    return Err(format!("{value:?} is no status from 200 to 599"));
                }
                "dynamic" if !["true", "false"].contains(&value) => {
                    return Err(format!("`dynamic` is true or false, not {value:?}"));
                }
                "delay" | "wait" => {
                    settings::duration(value)?;
                }
                _ => {}
            }
        }
        if prefer == Self::default() {
            return Err(format!("{text:?} asks for nothing"));
        }
        Ok(Self { is_configured: true, ..prefer })
    }

    /// What is said here, and for the rest what a scenario says.
    #[must_use]
    pub fn over(mut self, told: Option<&Self>) -> Self {
        let Some(told) = told else { return self };
        // A body of one's own choice is not mixed with the scenario's.
        if !self.is_answer() {
            (self.code, self.dynamic, self.is_configured) = (told.code, told.dynamic, told.is_configured);
            self.example.clone_from(&told.example);
        }
        self.delay = self.delay.or(told.delay);
        self
    }

    /// Whether it says what is answered, and not only when.
    pub fn is_answer(&self) -> bool {
        self.code.is_some() || self.example.is_some() || self.dynamic
    }

    fn set(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "code" => self.code = value.parse().ok().filter(|code| (200..600).contains(code)),
            "example" => self.example = Some(value.to_owned()),
            "dynamic" => self.dynamic = value != "false",
            "delay" | "wait" => self.delay = settings::duration(value).ok(),
            "scenario" => self.scenario = Some(value.to_owned()),
            // RFC 7240 §2: preferences that are not known are ignored.
            _ => {}
        }
    }
}

/// The preferences of one line, with their values; `true` where none is given.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split([',', ';']).filter(|part| !part.trim().is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, "true"));
        (name.trim(), value.trim().trim_matches('"'))
    })
}

/// The answer that `Prefer` asks for.
pub(super) fn preferred(
    operation: &Operation,
    table: &PreparedResponses,
    path_values: &[&str],
    request: &Request,
    media_type: Option<&str>,
    prefer: &Prefer,
    taste: Taste,
) -> Response {
    let known = || {
        let statuses: Vec<String> = operation.responses.iter().map(|r| r.status.to_string()).collect();
        json!({ "codes": statuses, "examples": table.names() })
    };
    let chosen = match (prefer.code, &prefer.example) {
        (Some(code), None) if prefer.is_configured && operation.response(code).is_none() => {
            Some(problem(code, "this is what the scenario plays", None))
        }
        (Some(code), _) if operation.response(code).is_none() => {
            let detail = format!("{} does not document {code}", operation.id);
            return problem(404, &detail, Some(("available", known())));
        }
        (Some(code), name) => table
            .with_status(code, name.as_deref())
            .cloned()
            .or_else(|| made(operation, code, name.is_some(), taste)),
        (None, Some(name)) => table.named(name).cloned(),
        (None, None) if prefer.dynamic => made(operation, table.success, false, taste),
        (None, None) => table.success(request, operation, path_values, media_type, 0),
    };
    let Some(mut answer) = chosen else {
        let Some(what) = &prefer.example else { return table.no_answer() };
        let detail = format!("{} has no example {what:?}", operation.id);
        return problem(404, &detail, Some(("available", known())));
    };
    if let Some(code) = prefer.code.and_then(|code| StatusCode::from_u16(code).ok()) {
        answer.status = code;
    }
    if let Some(delay) = prefer.delay {
        answer.delay = delay;
    }
    answer
}

/// A made answer for a documented status.
fn made(operation: &Operation, code: u16, is_named: bool, taste: Taste) -> Option<Response> {
    if is_named {
        return None;
    }
    let response = operation.response(code)?;
    match response.content.first() {
        Some(content) => replay::generated(response, content, taste).ok().map(|prepared| prepared.answer),
        None => Some(Response::empty(StatusCode::from_u16(code).ok()?, "generated")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn reads_header_and_query() {
        let mut headers = HeaderMap::new();
        headers.insert("prefer", "code=404, example=\"gone\"; wait=2, respond-async".parse().unwrap());
        let prefer = Prefer::read(&headers, Some("a=b&__dynamic=true")).unwrap();
        assert_eq!(prefer.code, Some(404));
        assert_eq!(prefer.example.as_deref(), Some("gone"));
        assert_eq!(prefer.delay, Some(Duration::from_secs(2)));
        assert!(prefer.dynamic);
        assert_eq!(Prefer::read(&HeaderMap::new(), Some("a=b")), None);
    }

    #[rstest]
    #[case("code=503, delay=2", Ok(()))]
    #[case("example=\"a b\"; dynamic=false", Ok(()))]
    #[case("cod=503", Err("did you mean \"code\"?"))]
    #[case("code=5x3", Err("no status"))]
    #[case("code=503, delay=soon", Err("no unit of time"))]
    #[case("dynamic=yes", Err("true or false"))]
    #[case("scenario=other", Err("no preference"))]
    #[case(" ", Err("asks for nothing"))]
    fn a_configuration_is_read_strictly(#[case] text: &str, #[case] expected: Result<(), &str>) {
        match (Prefer::strict(text), expected) {
            (Ok(_), Ok(())) => {}
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_says_more_than_its_scenario() {
        let read = |text: &str| Prefer::strict(text).unwrap();
        let told = read("code=503, delay=2");
        assert_eq!(read("delay=1").over(Some(&told)), read("code=503, delay=1"));
        assert_eq!(read("example=x").over(Some(&told)), read("example=x, delay=2"));
    }
}
