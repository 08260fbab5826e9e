//! Whether a request meets the conditions of a fixture.

use std::cell::OnceCell;

use serde_json::Value;

use super::context::RequestContext;
use crate::contract::parameter;
use crate::fixtures::{Condition, Subject, Test};

/// Whether a condition holds. `body` caches the request's, which is parsed when a condition first asks for it.
pub(super) fn holds(
    condition: &Condition,
    context: &RequestContext<'_>,
    body: &OnceCell<Option<Value>>,
) -> bool {
    let request = context.request;
    let text = |value: &str| Value::String(value.to_owned());
    let value = match &condition.subject {
        Subject::Path(name) => context.path_value(name).map(text),
        Subject::Query(name) => {
            let value = request.query.as_deref().and_then(|query| parameter::first_of(query, name));
            value.as_deref().map(text)
        }
        Subject::Header(name) => request.headers.get(name.as_str()).and_then(|v| v.to_str().ok()).map(text),
        Subject::Body(pointer) => {
            let parsed = body.get_or_init(|| serde_json::from_slice(&request.body).ok());
            parsed.as_ref().and_then(|value| value.pointer(pointer)).cloned()
        }
    };
    match (&condition.test, value) {
        (Test::Present(wanted), value) => value.is_some() == *wanted,
        (test, value) => test.passes(value.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Request;
    use crate::mock::testing;
    use http::Method;
    use rstest::rstest;
    use serde_json::json;

    fn path(name: &str) -> Subject {
        Subject::Path(name.to_owned())
    }

    fn query(name: &str) -> Subject {
        Subject::Query(name.to_owned())
    }

    fn header(name: &str) -> Subject {
        Subject::Header(name.to_owned())
    }

    fn body(pointer: &str) -> Subject {
        Subject::Body(pointer.to_owned())
    }

    #[rstest]
    #[case(path("id"), Test::Is(json!("7")), true)]
    #[case(path("id"), Test::Is(json!(7)), true)]
    #[case(path("other"), Test::Present(false), true)]
    #[case(query("q"), Test::Is(json!("a b")), true)]
    #[case(query("Q"), Test::Present(true), false)]
    #[case(header("X-Trace"), Test::Is(json!("on")), true)]
    #[case(header("x-other"), Test::Present(true), false)]
    #[case(body("/name"), Test::Is(json!("rex")), true)]
    #[case(body("/name"), Test::Is(json!("tom")), false)]
    #[case(body("/none"), Test::Present(true), false)]
    fn conditions(#[case] subject: Subject, #[case] test: Test, #[case] expected: bool) {
        let contract = testing::contract(json!({"openapi": "3.1.0", "paths": {"/things/{id}": {
            "put": {"responses": {"204": {"description": "done"}}},
        }}}));
        let mut request = Request::new(Method::PUT, "");
        request.query = Some("q=a%20b".to_owned());
        request.headers.insert("x-trace", "on".parse().unwrap());
        request.body = "{\"name\": \"rex\"}".into();
        let values = ["7"];
        let mut context = RequestContext::plain(&contract.operations[0], &values, None);
        context.request = &request;
        assert_eq!(holds(&Condition { subject, test }, &context, &OnceCell::new()), expected);
    }
}
