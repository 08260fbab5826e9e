//! Faults in credentials and scopes.

use crate::rules::Rule;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};

use super::OperationFaults;
use crate::mock::auth::Access;
use crate::mock::response::Response;

impl OperationFaults<'_> {
    /// What becomes of a credential that was checked.
    pub fn access(&self, access: Access) -> Access {
        match access {
            Access::Missing if self.has(Rule::AuthMissingAccepted) => Access::Open,
            Access::Unknown(_) if self.has(Rule::AuthUnknownAccepted) => Access::Open,
            Access::Lacking(holder, _) if self.has(Rule::ScopeLackingAccepted) => Access::Granted(holder),
            Access::Elsewhere(holder, _) if self.has(Rule::KeyLimitIgnored) => Access::Granted(holder),
            Access::Granted(holder) if self.has(Rule::ScopeMinimalRefused) => {
                Access::Lacking(holder, "*".to_owned())
            }
            access => access,
        }
    }

    /// The response to a request that was denied with this status.
    pub fn denied(&self, status: u16, response: &mut Response) {
        if status == 403 && self.has(Rule::ScopeChallenge) {
            let wrong = HeaderValue::from_static("Bearer error=\"insufficient_scope\", scope=\"another\"");
            response.headers.insert(WWW_AUTHENTICATE, wrong);
        }
        let other = match status {
            401 if self.has(Rule::AuthStatus) => StatusCode::FORBIDDEN,
            403 if self.has(Rule::ScopeStatus) => StatusCode::UNAUTHORIZED,
            _ => return,
        };
        response.status = other;
        if other == StatusCode::UNAUTHORIZED {
            response.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }

    /// Whether a denied request is carried out anyway.
    pub fn carries_out_denied(&self) -> bool {
        self.has(Rule::DeniedRequestHadEffect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationId;
    use crate::mock::auth::{Invalid, KeyHolder};
    use crate::mock::faults::{Fault, Faults};
    use rstest::rstest;
    use std::sync::Arc;

    fn holder() -> Arc<KeyHolder> {
        Arc::new(KeyHolder::named("key", None))
    }

    #[rstest]
    #[case(Rule::AuthMissingAccepted, Access::Missing, "Open")]
    #[case(Rule::AuthMissingAccepted, Access::Unknown(Invalid::Unissued), "Unknown")]
    #[case(Rule::AuthUnknownAccepted, Access::Unknown(Invalid::Unissued), "Open")]
    #[case(Rule::ScopeLackingAccepted, Access::Lacking(holder(), "a".to_owned()), "Granted")]
    #[case(Rule::ScopeMinimalRefused, Access::Granted(holder()), "Lacking")]
    #[case(Rule::KeyLimitIgnored, Access::Elsewhere(holder(), "id".to_owned()), "Granted")]
    fn a_fault_turns_a_decision(#[case] rule: Rule, #[case] access: Access, #[case] expected: &str) {
        let faults = Faults::new(vec![Fault { rule, operation: OperationId::nth(3) }]);
        let before = format!("{access:?}");
        let other = faults.at(OperationId::nth(2)).access(access);
        assert_eq!(format!("{other:?}"), before);
        let found = format!("{:?}", faults.at(OperationId::nth(3)).access(other));
        assert!(found.starts_with(expected), "{found}");
    }

    #[rstest]
    #[case(Rule::AuthStatus, 401, 403)]
    #[case(Rule::ScopeStatus, 403, 401)]
    #[case(Rule::ScopeStatus, 401, 401)]
    fn statuses(#[case] rule: Rule, #[case] status: u16, #[case] expected: u16) {
        let faults = Faults::new(vec![Fault { rule, operation: OperationId::nth(0) }]);
        let mut response = Response::problem(status, "why", None);
        faults.at(OperationId::nth(0)).denied(status, &mut response);
        assert_eq!(response.status.as_u16(), expected);
        assert_eq!(response.headers.contains_key(WWW_AUTHENTICATE), status == 403);
    }
}
