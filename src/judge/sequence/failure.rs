//! Whether a server fails on what it may refuse: `server-error`, `connection-failed`.

use super::observe;
use crate::contract::Operation;
use crate::exchange::{Exchange, Failure};
use crate::judge::Evaluation;
use crate::rules::Rule;

/// What a request that is odd in one way shows of the server; it may be answered with any status below 500.
pub fn failure(operation: &Operation, odd: &str, exchange: &Exchange) -> Evaluation {
    let mut evaluation = Evaluation::default();
    match &exchange.outcome {
        Ok(response) => {
            let status = response.status.as_u16();
            evaluation.looks(Rule::ServerError);
            // Who does not know a method says so with 501 (RFC 9110 §15.6.2).
            let knows_not = status == 501 && exchange.request.method != operation.method;
            if status >= 500 && !knows_not && !operation.documents(status) {
                evaluation.saw(
                    observe(
                        Rule::ServerError,
                        operation,
                        format!("the server failed with {status} at {odd}"),
                    )
                    .because("a status below 500", status.to_string())
                    .of_status(),
                );
            }
        }
        Err(Failure::Closed(_) | Failure::Protocol(_) | Failure::Timeout(_)) => {
            let why = exchange.outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
            let mut seen =
                observe(Rule::ConnectionFailed, operation, format!("no response came to {odd}: {why}"))
                    .because("a complete response", why);
            "response".clone_into(&mut seen.at);
            evaluation.saw(seen);
        }
        // Nobody was reached, or more came than is read; that an answer ends early, plain requests show as well.
        Err(
            Failure::Connect(_)
            | Failure::TooLarge(_)
            | Failure::Truncated(_)
            | Failure::Unsigned(_)
            | Failure::Unpaced(_),
        ) => {}
    }
    evaluation
}

#[cfg(test)]
mod tests {
    use super::super::any_operation;
    use super::*;
    use crate::exchange::{Request, Response};
    use http::{HeaderMap, Method, StatusCode};
    use rstest::rstest;
    use std::time::Duration;

    fn answer(status: u16) -> Response {
        let status = StatusCode::from_u16(status).unwrap();
        Response { status, headers: HeaderMap::new(), body: "".into(), is_cut: false }
    }

    #[rstest]
    #[case::refused(Ok(answer(400)), "server-error")]
    #[case::taken(Ok(answer(201)), "server-error")]
    #[case::failed(Ok(answer(500)), "server-error!")]
    #[case::closed(Err(Failure::Closed("reset".to_owned())), "connection-failed!")]
    #[case::not_there(Err(Failure::Connect("refused".to_owned())), "")]
    fn failures(#[case] outcome: Result<Response, Failure>, #[case] expected: &str) {
        let exchange = Exchange {
            case: String::new(),
            url: String::new(),
            request: Request::new(Method::POST, "/x"),
            outcome,
            elapsed: Duration::ZERO,
        };
        assert_eq!(failure(&any_operation(), "an emoji", &exchange).told(), expected);
    }
}
