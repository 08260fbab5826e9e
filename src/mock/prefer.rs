//! What a client asks of the mock itself: `Prefer` (RFC 7240), or the same in the query.

use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;

use super::context::RequestContext;
use super::replay::{PreparedResponses, Replay};
use super::response::Response;
use crate::config::{self, nearest};
use crate::contract::parameter;
use crate::generate::Taste;

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
    /// Whether the configuration says so: a code that nobody documents then plays a failure, as in an outage.
    pub is_configured: bool,
    /// A status that is none, as it was sent.
    unusable: Option<String>,
    /// Whether `Prefer` itself asks, so that the answer says what was heeded.
    is_header: bool,
}

const PREFER: HeaderName = HeaderName::from_static("prefer");
/// The words that are known.
const WORDS: &[&str] = &["code", "example", "dynamic", "delay", "wait"];

impl Prefer {
    /// Reads what a request asks for; `None` in the usual case that it asks for nothing.
    pub fn read(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let in_query = query.filter(|query| query.as_bytes().windows(2).any(|two| two == b"__"));
        if in_query.is_none() && !headers.contains_key(PREFER) {
            return None;
        }
        let mut prefer = Self::default();
        let mut seen = Vec::new();
        // RFC 7240 §2: of several with one name the first counts. The address is nearer than the header.
        for (name, value) in in_query.map(parameter::pairs).unwrap_or_default() {
            if let Some(name) = name.strip_prefix("__") {
                prefer.set_once(name, &value, &mut seen);
            }
        }
        for line in headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok()) {
            for (name, value) in words(line) {
                prefer.is_header |= prefer.set_once(name, value, &mut seen);
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
                return Err(format!("unknown preference {name:?}; {}", nearest(name, WORDS.iter().copied())));
            }
            prefer.set(name, value);
            match known.as_str() {
                "code" if prefer.code.is_none() => {
                    return Err(format!("invalid status {value:?}; use 200 to 599"));
                }
                "dynamic" if !["true", "false"].contains(&value) => {
                    return Err(format!("`dynamic` must be true or false, not {value:?}"));
                }
                "delay" | "wait" => {
                    config::duration(value)?;
                }
                _ => {}
            }
        }
        if prefer == Self::default() {
            return Err(format!("{text:?} contains no preference"));
        }
        Ok(Self { is_configured: true, ..prefer })
    }

    /// What is said here, and for the rest what a scenario says.
    #[must_use]
    pub fn over(mut self, scenario: Option<&Self>) -> Self {
        let Some(scenario) = scenario else { return self };
        // A body of one's own choice is not mixed with the scenario's.
        if !self.is_answer() {
            (self.code, self.dynamic, self.is_configured) =
                (scenario.code, scenario.dynamic, scenario.is_configured);
            self.example.clone_from(&scenario.example);
        }
        self.delay = self.delay.or(scenario.delay);
        self
    }

    /// Whether it says what is answered, and not only when.
    pub fn is_answer(&self) -> bool {
        self.code.is_some() || self.example.is_some() || self.dynamic || self.unusable.is_some()
    }

    /// Sets what was not set before; tells whether it is a preference that is known.
    fn set_once(&mut self, name: &str, value: &str, seen: &mut Vec<String>) -> bool {
        let name = match name.to_ascii_lowercase() {
            name if name == "wait" => "delay".to_owned(),
            name => name,
        };
        if seen.contains(&name) {
            return false;
        }
        let is_known = self.set(&name, value);
        seen.push(name);
        is_known
    }

    fn set(&mut self, name: &str, value: &str) -> bool {
        match name.to_ascii_lowercase().as_str() {
            "code" => {
                self.code = value.parse().ok().filter(|code| (200..600).contains(code));
                self.unusable = Some(value.to_owned()).filter(|_| self.code.is_none());
            }
            "example" => self.example = Some(value.to_owned()),
            "dynamic" => self.dynamic = value != "false",
            "delay" | "wait" => self.delay = config::duration(value).ok(),
            "scenario" => self.scenario = Some(value.to_owned()),
            // RFC 7240 §2: preferences that are not known are ignored.
            _ => return false,
        }
        true
    }

    /// Lets a response wait as long as is asked for, whatever the mock's own delay is.
    pub fn postpone(&self, response: &mut Response) {
        if let Some(delay) = self.delay {
            response.delay = delay;
            response.is_delay_final = true;
        }
    }

    /// Who asks for this answer, for people.
    pub fn asker(&self) -> &'static str {
        if self.is_configured { "the active scenario asks for it" } else { "the request asks for it" }
    }

    /// Says on a response which preferences were heeded (RFC 7240 §3).
    pub fn tell(&self, response: &mut Response) {
        if let Some(applied) = self.applied() {
            response.set("preference-applied", &applied);
        }
    }

    /// What of a request's `Prefer` was heeded, where it was a header.
    fn applied(&self) -> Option<String> {
        let mut applied: Vec<String> = Vec::new();
        applied.extend(self.code.map(|code| format!("code={code}")));
        applied.extend(self.example.as_ref().map(|name| format!("example=\"{}\"", name.replace('"', ""))));
        applied.extend(self.dynamic.then(|| "dynamic=true".to_owned()));
        applied.extend(self.scenario.as_ref().map(|name| format!("scenario={name}")));
        applied.extend(self.delay.map(|delay| format!("delay={}ms", delay.as_millis())));
        (self.is_header && !applied.is_empty()).then(|| applied.join(", "))
    }
}

/// The preferences of one line, with their values; `true` where none is given.
fn words(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split([',', ';']).filter(|part| !part.trim().is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, "true"));
        (name.trim(), value.trim().trim_matches('"'))
    })
}

/// The response that `Prefer` asks for.
pub(super) fn preferred(
    context: &RequestContext<'_>,
    prepared: &PreparedResponses,
    prefer: &Prefer,
    taste: Taste,
) -> Response {
    let operation = context.operation;
    let known = || {
        let statuses: Vec<String> = operation.responses.iter().map(|r| r.status.to_string()).collect();
        json!({ "codes": statuses, "examples": prepared.names() })
    };
    if let Some(code) = &prefer.unusable {
        let detail = format!("{code:?} is not a status from 200 to 599");
        return Response::problem(404, &detail, Some(("available", known())));
    }
    let chosen = match (prefer.code, &prefer.example) {
        (Some(code), None) if prefer.is_configured && operation.response(code).is_none() => {
            Some(Response::problem(code, "the active scenario asks for this", None))
        }
        (Some(code), _) if operation.response(code).is_none() => {
            let detail = format!("{} does not document the status {code}", operation.id);
            return Response::problem(404, &detail, Some(("available", known())));
        }
        (Some(code), Some(name)) => prepared.with_status(code, Some(name)).cloned(),
        (Some(code), None) if prefer.dynamic => Replay::made(operation, code, taste),
        (Some(code), None) => {
            prepared.with_status(code, None).cloned().or_else(|| Replay::made(operation, code, taste))
        }
        (None, Some(name)) => prepared.named(name).cloned(),
        (None, None) if prefer.dynamic => Replay::made(operation, prepared.success, taste),
        (None, None) => prepared.choose(context),
    };
    let Some(mut response) = chosen else {
        let Some(what) = &prefer.example else { return prepared.unavailable() };
        let detail = format!("{} has no example {what:?}", operation.id);
        return Response::problem(404, &detail, Some(("available", known())));
    };
    if let Some(code) = prefer.code.and_then(|code| StatusCode::from_u16(code).ok()) {
        response.status = code;
    }
    // A named example is shown as it is.
    if prefer.example.is_none() {
        prepared.put_id(context, &mut response);
    }
    prefer.postpone(&mut response);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationId;
    use crate::mock::response::Source;
    use rstest::rstest;

    #[test]
    fn the_first_of_several_counts() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "code=404, wait=1, code=503, foo".parse().unwrap());
        headers.append("prefer", "delay=0, dynamic=true".parse().unwrap());
        let prefer = Prefer::read(&headers, None).unwrap();
        assert_eq!(
            (prefer.code, prefer.delay, prefer.dynamic),
            (Some(404), Some(Duration::from_secs(1)), true)
        );
        assert_eq!(prefer.applied().unwrap(), "code=404, dynamic=true, delay=1000ms");
        let of_query = Prefer::read(&headers, Some("__code=422")).unwrap();
        assert_eq!(of_query.code, Some(422));
        assert_eq!(Prefer::read(&HeaderMap::new(), Some("__code=422")).unwrap().applied(), None);
    }

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
    #[case("code=5x3", Err("invalid status"))]
    #[case("code=503, delay=soon", Err("unknown time unit"))]
    #[case("dynamic=yes", Err("true or false"))]
    #[case("scenario=other", Err("unknown preference"))]
    #[case(" ", Err("contains no preference"))]
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

    #[rstest]
    #[case("code=404", 404, Source::Example)]
    #[case("example=gone", 404, Source::Example)]
    #[case("example=other", 404, Source::Problem)]
    #[case("code=200, example=gone", 404, Source::Problem)]
    #[case("code=503", 503, Source::Problem)]
    #[case("dynamic=true", 200, Source::Generated)]
    #[case("code=404, dynamic=true", 404, Source::Generated)]
    #[case("delay=1", 200, Source::Generated)]
    fn what_is_asked_for_is_sent(#[case] text: &str, #[case] status: u16, #[case] source: Source) {
        let contract = crate::mock::testing::contract(
            json!({"openapi": "3.1.0", "paths": {"/things": {"get": {
                "responses": {
                    "200": {"description": "all", "content": {"application/json": {"schema": {"type": "array"}}}},
                    "404": {"description": "none", "content": {"application/json": {
                        "schema": {"type": "object"}, "examples": {"gone": {"value": {}}},
                    }}},
                },
            }}}}),
        );
        let settings = crate::mock::replay::ReplaySettings::default();
        let fixtures = crate::fixtures::Fixtures::default();
        let replay = Replay::new(
            std::sync::Arc::clone(&contract),
            fixtures,
            settings,
            std::collections::HashSet::new(),
        );
        let context = RequestContext::plain(&contract.operations[0], &[], Some("application/json"));
        let prefer = Prefer::strict(text).unwrap();
        let response =
            preferred(&context, replay.of(OperationId::nth(0)).unwrap(), &prefer, Taste::default());
        assert_eq!((response.status.as_u16(), response.source), (status, source));
        assert_eq!(response.delay, prefer.delay.unwrap_or_default());
        assert_eq!(response.is_delay_final, prefer.delay.is_some());
        let mut headers = HeaderMap::new();
        headers.insert("prefer", "code=abc".parse().unwrap());
        let prefer = Prefer::read(&headers, None).unwrap();
        let refused = preferred(&context, replay.of(OperationId::nth(0)).unwrap(), &prefer, Taste::default());
        let body: serde_json::Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!((refused.status.as_u16(), &body["available"]["codes"]), (404, &json!(["200", "404"])));
    }
}
