//! Whether a request meets the conditions of a fixture.

use std::cell::OnceCell;

use serde_json::Value;

use super::context::RequestContext;
use crate::contract::parameter::{self, Pair};
use crate::fixtures::{Condition, Subject};

/// A request as conditions look at it. Its query and its body are read when one first asks for them.
pub(super) struct Subjects<'c> {
    context: &'c RequestContext<'c>,
    query: OnceCell<Vec<Pair<'c>>>,
    body: OnceCell<Option<Value>>,
}

impl<'c> Subjects<'c> {
    pub fn of(context: &'c RequestContext<'c>) -> Self {
        Self { context, query: OnceCell::new(), body: OnceCell::new() }
    }

    /// Whether a condition holds.
    pub fn meet(&self, condition: &Condition) -> bool {
        let (context, test) = (self.context, &condition.test);
        match &condition.subject {
            Subject::Path(name) => test.passes_text(context.path_value(name)),
            Subject::Query(name) => {
                let value = self.query().iter().find(|pair| pair.name == *name).map(Pair::value);
                test.passes_text(value.as_deref())
            }
            Subject::Header(name) => {
                let field = context.request.headers.get(name.as_str());
                test.passes_text(field.and_then(|value| value.to_str().ok()))
            }
            Subject::Body(pointer) => test.passes(self.body().and_then(|value| value.pointer(pointer))),
        }
    }

    fn query(&self) -> &[Pair<'c>] {
        let query = self.context.request.query.as_deref();
        self.query.get_or_init(|| query.map(parameter::raw_pairs).unwrap_or_default())
    }

    fn body(&self) -> Option<&Value> {
        let body = &self.context.request.body;
        self.body.get_or_init(|| serde_json::from_slice(body).ok()).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Request;
    use crate::fixtures::Test;
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
        assert_eq!(Subjects::of(&context).meet(&Condition { subject, test }), expected);
    }
}
