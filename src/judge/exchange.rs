//! Rules about one exchange, given what it was sent for.
//!
//! One file per rule or family. Each rule is a function from a [`Trial`] to entries on the [`Evaluation`]:
//! that it checked something, and what it found. Rules keep no state; whatever a rule must know is in the
//! trial.

mod access;
mod answer;
mod beside;
mod conflict;
mod input;
mod negotiated;
mod success;
mod transport;

use crate::contract::{Location, Operation};
use crate::exchange::{Exchange, Response};
use crate::rules::{Rule, Severity};

pub use super::observation::{Observation, Told};
use super::{At, Evaluation, Kind, Violation};
pub use answer::allow_names;

/// What a request was sent for.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// It keeps the contract and should meet the documented success.
    Valid(Valid),
    /// It should be let in: a wider key than the minimal one.
    WiderKey,
    /// No credential: 401.
    NoKey,
    /// A credential that nobody issued: 401.
    UnknownKey,
    /// A key that lacks this scope: 403. The flag is set where holding what it holds may be a
    /// hierarchy that the document does not describe.
    Lacking {
        /// The first missing scope.
        scope: String,
        /// Success is only a warning.
        maybe_implied: bool,
    },
    /// An id that cannot exist: 404.
    UnknownId,
    /// Input that the document forbids: 400, 415, 422.
    Invalid(Invalid),
    /// An `Accept` that nothing documented satisfies: 406, or any answer.
    NotAcceptable,
    /// A request that somebody else made, of which nobody knows what it should meet.
    Observed,
}

/// In which way a request keeps the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Valid {
    /// The plainest request, made of what the document names itself or of ids that were found.
    Plain,
    /// The plainest request, with values that were made up where the document names none.
    MadeUp,
    /// A request that was accepted, with the value at this place changed to another that the document
    /// names.
    Named(Place),
    /// As [`Valid::Named`], with a value that nothing excludes.
    Open(Place),
    /// Many values are changed at once. That it is refused is said of the one that is to blame.
    Packed,
}

/// A place in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The part of the request.
    pub at: At,
    /// JSON pointer inside it; empty for all of it.
    pub instance: String,
}

impl Place {
    /// A parameter as a whole.
    pub fn parameter(location: Location, name: impl Into<String>) -> Self {
        Self { at: At::Parameter(location, name.into()), instance: String::new() }
    }

    /// The innermost name.
    pub(crate) fn name(&self) -> String {
        match &self.at {
            At::Parameter(_, name) if self.instance.is_empty() => name.clone(),
            _ => crate::document::pointer::tokens(&self.instance).last().unwrap_or_default(),
        }
    }
}

/// In which way a request breaks the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    /// The part of the request.
    pub at: At,
    /// JSON pointer inside it.
    pub instance: String,
    /// What was done: `a text of 401 characters`.
    pub label: String,
    /// The keyword that forbids it; `syntax` and `media type` for the body as a whole.
    pub keyword: &'static str,
}

impl Invalid {
    /// The way in which a request of somebody else breaks the contract.
    pub fn of(violation: &Violation) -> Self {
        let keyword = match violation.kind {
            Kind::Malformed => "syntax",
            Kind::MediaType => "media type",
            Kind::Missing => "required",
            _ => "type",
        };
        let instance = violation.instance().to_owned();
        Self { at: violation.at.clone(), instance, label: violation.message.clone(), keyword }
    }

    /// Whether the document says in so many words that the value is not among those that are taken, and that it is refused:
    /// then only one that is passed over without harm may be answered.
    pub fn is_stated(&self, operation: &Operation) -> bool {
        const KEYWORDS: [&str; 6] = ["enum", "minimum", "maximum", "minLength", "maxLength", "pattern"];
        KEYWORDS.contains(&self.keyword) && (operation.documents(400) || operation.documents(422))
    }

    /// Whether no server can read the body, whatever it would take.
    pub fn is_unreadable(&self) -> bool {
        ["syntax", "media type"].contains(&self.keyword)
    }
}

/// One exchange and what it was for.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The operation that was called.
    pub operation: &'a Operation,
    /// What for.
    pub intent: &'a Intent,
    /// What was sent and what came back.
    pub exchange: &'a Exchange,
    /// The status that the plain request with the minimal key got, where that was a success.
    pub success: Option<u16>,
    /// The status that the plain request with the minimal key got, whatever it was.
    pub plain: Option<u16>,
    /// The media type that the request asked for, where it asked for one.
    pub asked: Option<&'a str>,
    /// The answer to the same request without the bad value.
    pub baseline: Option<&'a Response>,
    /// Whether every object that the path names was found at the target itself.
    pub found: bool,
}

impl Trial<'_> {
    /// Whether the request was let in: any answer that the minimal key gets, a documented refusal
    /// of the method included.
    fn was_accepted(&self, status: u16) -> bool {
        match self.success {
            // Where all that is documented is a refusal or a redirect, which may lead to a login page, it
            // says nothing about who was let in.
            Some(300..=404 | 406..) => (200..300).contains(&status),
            Some(success) => status == success || (200..300).contains(&status),
            None => (200..300).contains(&status) || (status < 400 && self.operation.is_success(status)),
        }
    }
}

impl Observation {
    /// An observation about the status, at the operation's own place in the document.
    fn status(rule: Rule, severity: Severity, trial: &Trial<'_>, status: u16) -> Self {
        let summary = rule.summary();
        let document = match trial.operation.response(status) {
            Some(response) => response.pointer.clone(),
            None => format!("{}/responses", trial.operation.pointer),
        };
        Self {
            rule,
            severity,
            message: summary.to_owned(),
            expected: String::new(),
            actual: status.to_string(),
            at: "response.status".to_owned(),
            instance: String::new(),
            document,
            told: Told::EachOperation,
        }
    }

    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    fn document(mut self, pointer: impl Into<String>) -> Self {
        self.document = pointer.into();
        self
    }
}

type Check = fn(&Trial<'_>, &Response, &mut Evaluation);

/// Every rule on a trial with a response. The order is the order in which causes come before what
/// follows from them.
const CHECKS: &[Check] = &[
    answer::server_error,
    answer::documented,
    answer::allow,
    answer::challenge,
    access::keys,
    access::challenge,
    negotiated::repeated,
    negotiated::format,
    negotiated::language,
    success::valid,
    input::invalid,
    input::unknown_id,
    negotiated::not_acceptable,
];

/// What a trial shows: which rules looked, and what they saw.
pub fn judge(trial: &Trial<'_>) -> Evaluation {
    let mut evaluation = Evaluation::default();
    transport::arrival(trial, &mut evaluation);
    if let Ok(response) = &trial.exchange.outcome {
        for check in CHECKS {
            check(trial, response, &mut evaluation);
        }
    }
    evaluation
}

#[cfg(test)]
impl<'t> Trial<'t> {
    /// A request of an operation whose plain request succeeded.
    pub(crate) fn after_success(
        operation: &'t Operation,
        intent: &'t Intent,
        exchange: &'t Exchange,
    ) -> Self {
        let (success, plain) = (Some(200), Some(200));
        Self { operation, intent, exchange, success, plain, asked: None, baseline: None, found: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Contract, build};
    use crate::document::Document;
    use crate::exchange::{Failure, Request};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
    use rstest::rstest;
    use serde_json::json;
    use std::time::Duration;

    fn contract() -> Contract {
        let count = |required: bool| json!({"required": required, "schema": {"type": "integer"}});
        let responses = json!({
            "200": {
                "headers": {"X-Always": count(true), "X-Often": count(false)},
                "content": {
                    "application/json": {"schema": {"type": "object"}},
                    "application/x-broken+json": {"schema": {"$ref": "#/nowhere"}},
                    "image/png": {"schema": {"type": "string"}},
                }
            },
            "204": {},
            "401": {"headers": {"WWW-Authenticate": count(true)}},
            "403": {"content": {"application/json": {"schema": {"type": "object"}}}},
        });
        let tree = json!({
            "openapi": "3.1.0",
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            "paths": {
                "/guarded": {"get": {"security": [{"key": ["read"]}], "responses": responses}},
                "/open": {"get": {"responses": responses}},
            }
        });
        build("t", &Document::of("t", tree)).unwrap().0
    }

    fn answer(status: u16, headers: &str, body: &str) -> Response {
        let field = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let headers: HeaderMap = headers.split("; ").filter(|line| !line.is_empty()).map(field).collect();
        let body = Bytes::copy_from_slice(body.as_bytes());
        Response { status: StatusCode::from_u16(status).unwrap(), headers, body, is_cut: false }
    }

    fn told(path: &str, intent: &Intent, outcome: Result<Response, Failure>) -> String {
        let contract = contract();
        let operation = contract.operations.iter().find(|operation| operation.path() == path).unwrap();
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request: Request::new(Method::GET, path),
            outcome,
            elapsed: Duration::ZERO,
        };
        judge(&Trial::after_success(operation, intent, &exchange)).told()
    }

    /// What looks at each answer that came to its end.
    const ALWAYS: [Rule; 3] = [Rule::ConnectionFailed, Rule::ResponseTruncated, Rule::ServerError];

    fn of_answer(intent: &Intent, answer: Response) -> String {
        let told = told("/guarded", intent, Ok(answer));
        for rule in ALWAYS {
            assert!(told.contains(rule.name()), "{told}");
        }
        let others: Vec<&str> =
            told.split(' ').filter(|rule| !ALWAYS.iter().any(|always| always.name() == *rule)).collect();
        others.join(" ")
    }

    const JSON: &str = "content-type: application/json; x-always: 1";

    #[rstest]
    #[case::whole(
        200,
        JSON,
        "{}",
        "body-malformed body-missing body-schema header-missing header-schema media-type"
    )]
    #[case::no_content(204, "", "", "body-unexpected")]
    #[case::no_body(200, "x-always: 1; x-often: x", "", "body-missing! header-missing header-schema!")]
    #[case::no_header(200, "content-type: image/png", "x", "body-missing header-missing! media-type")]
    #[case::other_type(
        200,
        "content-type: text/html; x-always: 1",
        "x",
        "body-missing header-missing header-schema media-type!"
    )]
    #[case::malformed(200, JSON, "{", "body-malformed! body-missing header-missing header-schema media-type")]
    #[case::unjudged(
        200,
        "content-type: application/x-broken+json; x-always: 1",
        "{}",
        "body-malformed body-missing header-missing header-schema media-type"
    )]
    fn what_is_documented_is_looked_at(
        #[case] status: u16,
        #[case] headers: &str,
        #[case] body: &str,
        #[case] expected: &str,
    ) {
        let told = of_answer(&Intent::NotAcceptable, answer(status, headers, body));
        assert_eq!(told, format!("{expected} status-undocumented"));
    }

    fn lacking() -> Intent {
        Intent::Lacking { scope: "read".to_owned(), maybe_implied: false }
    }

    fn invalid() -> Intent {
        let label = String::new();
        let instance = String::new();
        Intent::Invalid(Invalid { at: At::RequestBody, instance, label, keyword: "type" })
    }

    const PLAIN: Intent = Intent::Valid(Valid::Plain);

    /// Answers without content, which only the intent explains.
    #[rstest]
    #[case::let_in(
        PLAIN,
        204,
        "body-unexpected scope-minimal-refused status-undocumented status-unexpected valid-rejected"
    )]
    #[case::refused(PLAIN, 403, "body-missing! scope-minimal-refused! status-undocumented")]
    #[case::rejected(PLAIN, 400, "valid-rejected!")]
    #[case::perhaps_not_there(PLAIN, 404, "")]
    #[case::in_conflict(PLAIN, 409, "")]
    #[case::not_allowed(PLAIN, 405, "allow-missing! status-unexpected!")]
    #[case::undocumented(PLAIN, 202, "scope-minimal-refused status-undocumented!")]
    #[case::wider(
        Intent::WiderKey,
        204,
        "body-unexpected scope-minimal-refused status-undocumented status-unexpected valid-rejected"
    )]
    #[case::no_key(
        Intent::NoKey,
        401,
        "auth-missing-accepted auth-status body-unexpected challenge-missing! status-undocumented"
    )]
    #[case::no_key_let_in(Intent::NoKey, 204, "auth-missing-accepted! body-unexpected status-undocumented")]
    #[case::no_key_and_load(Intent::NoKey, 429, "")]
    #[case::no_key_and_failure(Intent::NoKey, 503, "server-error!")]
    #[case::unknown_key(Intent::UnknownKey, 404, "auth-status! auth-unknown-accepted")]
    #[case::lacking(lacking(), 403, "body-missing! scope-lacking-accepted scope-status status-undocumented")]
    #[case::lacking_let_in(lacking(), 204, "body-unexpected scope-lacking-accepted! status-undocumented")]
    #[case::invalid(invalid(), 400, "invalid-accepted status-undocumented! status-unexpected")]
    #[case::invalid_taken(invalid(), 204, "body-unexpected invalid-accepted! status-undocumented")]
    #[case::invalid_refused(invalid(), 403, "body-missing! status-undocumented status-unexpected!")]
    #[case::invalid_and_load(invalid(), 429, "")]
    #[case::unknown_id(Intent::UnknownId, 404, "status-undocumented! status-unexpected unknown-found")]
    #[case::unknown_id_found(Intent::UnknownId, 204, "body-unexpected status-undocumented unknown-found!")]
    fn the_intent_decides_who_looks(#[case] intent: Intent, #[case] status: u16, #[case] expected: &str) {
        let told = of_answer(&intent, answer(status, "", ""));
        assert_eq!(told, expected);
    }

    #[test]
    fn an_open_operation_asks_for_no_key() {
        let told = told("/open", &PLAIN, Ok(answer(204, "", "")));
        assert!(!told.contains("scope-") && told.contains(Rule::ValidRejected.name()), "{told}");
    }

    #[rstest]
    #[case(Failure::Connect(String::new()), "connection-failed!")]
    #[case(Failure::Timeout(Duration::ZERO), "connection-failed!")]
    #[case(Failure::Truncated(String::new()), "connection-failed response-truncated!")]
    #[case(Failure::TooLarge(1), "connection-failed response-truncated!")]
    fn without_an_answer_nothing_else_looks(#[case] failure: Failure, #[case] expected: &str) {
        assert_eq!(told("/guarded", &PLAIN, Err(failure)), expected);
    }
}
