//! The fault categories of Web Fuzzing Commons (<https://github.com/WebFuzzing/Commons>) that rules correspond to,
//! so that results of several tools compare.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Rule;

/// A fault category of Web Fuzzing Commons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FaultCategory {
    /// Its code.
    pub code: u16,
    /// Its name, as the published list has it.
    pub id: &'static str,
}

/// The findings of a rule that a category is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those with this status.
    Status(u16),
    /// Those whose request changes something.
    Unsafe,
    /// Those whose request has this method.
    Method(&'static str),
}

/// Categories of the published list: those that rules correspond to.
macro_rules! categories {
    ($($id:ident $code:literal)*) => {
        $(const $id: FaultCategory = FaultCategory { code: $code, id: stringify!($id) };)*
        #[cfg(test)]
        const ALL: &[FaultCategory] = &[$($id),*];
    };
}

categories! {
    HTTP_STATUS_500 100
    HTTP_STATUS_NO_204_IF_CONTENT 105
    HTTP_STATUS_NO_401_IF_NO_WWW_AUTHENTICATE 109
    HTTP_STATUS_NO_405_IF_NO_ALLOW 110
    HTTP_STATUS_NO_205_IF_CONTENT 111
    HTTP_NONWORKING_DELETE 113
    HTTP_SIDE_EFFECTS_FAILED_MODIFICATION 114
    HTTP_PARTIAL_UPDATE_PUT 117
    HTTP_INVALID_MERGE_PATCH 119
    HTTP_INVALID_LOCATION 120
    HTTP_OTHER_STATUS_5XX 121
    HTTP_CREATED_RESOURCE_NOT_FOUND 122
    SCHEMA_INVALID_RESPONSE 200
    SCHEMA_STATUS_NO_501_IF_IMPLEMENTED 205
    SCHEMA_VALIDATION_BYPASS 206
    SCHEMA_VALID_INPUT_REJECTED 207
    SECURITY_NOT_RECOGNIZED_AUTHENTICATED 305
    SECURITY_INCONSISTENT_WRITE_AUTHORIZATION 306
    SECURITY_ANONYMOUS_MODIFICATIONS 308
    SECURITY_HIDDEN_ACCESSIBLE_ENDPOINT 310
    SECURITY_DECLARED_AUTH_NOT_ENFORCED 311
    SECURITY_CALL_TIMEOUT 312
}

/// Which category the findings of a rule are of: the first line that fits.
const TABLE: &[(Rule, Which, FaultCategory)] = {
    use Which::{All, Method, Status, Unsafe};
    &[
        (Rule::ServerError, Status(500), HTTP_STATUS_500),
        (Rule::ServerError, Status(501), SCHEMA_STATUS_NO_501_IF_IMPLEMENTED),
        (Rule::ServerError, All, HTTP_OTHER_STATUS_5XX),
        (Rule::StatusUndocumented, All, SCHEMA_INVALID_RESPONSE),
        (Rule::BodySchema, All, SCHEMA_INVALID_RESPONSE),
        (Rule::BodyMissing, All, SCHEMA_INVALID_RESPONSE),
        (Rule::BodyUnexpected, Status(204), HTTP_STATUS_NO_204_IF_CONTENT),
        (Rule::BodyUnexpected, Status(205), HTTP_STATUS_NO_205_IF_CONTENT),
        (Rule::BodyUnexpected, All, SCHEMA_INVALID_RESPONSE),
        (Rule::BodyMalformed, All, SCHEMA_INVALID_RESPONSE),
        (Rule::MediaType, All, SCHEMA_INVALID_RESPONSE),
        (Rule::HeaderMissing, All, SCHEMA_INVALID_RESPONSE),
        (Rule::HeaderSchema, All, SCHEMA_INVALID_RESPONSE),
        (Rule::AllowMissing, All, HTTP_STATUS_NO_405_IF_NO_ALLOW),
        (Rule::ChallengeMissing, All, HTTP_STATUS_NO_401_IF_NO_WWW_AUTHENTICATE),
        (Rule::AuthMissingAccepted, Method("DELETE"), SECURITY_ANONYMOUS_MODIFICATIONS),
        (Rule::AuthMissingAccepted, Method("PATCH"), SECURITY_ANONYMOUS_MODIFICATIONS),
        (Rule::AuthMissingAccepted, Method("PUT"), SECURITY_ANONYMOUS_MODIFICATIONS),
        (Rule::AuthMissingAccepted, All, SECURITY_DECLARED_AUTH_NOT_ENFORCED),
        (Rule::AuthUnknownAccepted, All, SECURITY_DECLARED_AUTH_NOT_ENFORCED),
        (Rule::OtherOwnerAccepted, Unsafe, SECURITY_INCONSISTENT_WRITE_AUTHORIZATION),
        (Rule::ScopeLackingAccepted, Unsafe, SECURITY_INCONSISTENT_WRITE_AUTHORIZATION),
        (Rule::KeyLimitIgnored, Unsafe, SECURITY_INCONSISTENT_WRITE_AUTHORIZATION),
        (Rule::ScopeMinimalRefused, Status(401), SECURITY_NOT_RECOGNIZED_AUTHENTICATED),
        (Rule::ScopeStatus, Status(401), SECURITY_NOT_RECOGNIZED_AUTHENTICATED),
        (Rule::DeniedRequestHadEffect, Method("PATCH"), HTTP_SIDE_EFFECTS_FAILED_MODIFICATION),
        (Rule::DeniedRequestHadEffect, Method("PUT"), HTTP_SIDE_EFFECTS_FAILED_MODIFICATION),
        (Rule::MethodUndocumentedAccepted, All, SECURITY_HIDDEN_ACCESSIBLE_ENDPOINT),
        (Rule::InvalidAccepted, All, SCHEMA_VALIDATION_BYPASS),
        (Rule::ValidRejected, All, SCHEMA_VALID_INPUT_REJECTED),
        (Rule::CreateNotFound, All, HTTP_CREATED_RESOURCE_NOT_FOUND),
        (Rule::UpdateClobbered, Method("PATCH"), HTTP_INVALID_MERGE_PATCH),
        (Rule::ReplaceMerged, All, HTTP_PARTIAL_UPDATE_PUT),
        (Rule::DeleteNotGone, All, HTTP_NONWORKING_DELETE),
        (Rule::LocationBroken, All, HTTP_INVALID_LOCATION),
        (Rule::ResponseSlow, All, SECURITY_CALL_TIMEOUT),
    ]
};

impl Rule {
    /// The fault categories that findings of this rule may have.
    pub fn fault_categories(self) -> BTreeSet<FaultCategory> {
        TABLE.iter().filter(|(rule, ..)| *rule == self).map(|(.., category)| *category).collect()
    }

    /// The fault category of a finding of this rule, by the method of its request and the status of its answer.
    pub fn fault_category(self, method: Option<&str>, status: Option<u16>) -> Option<FaultCategory> {
        let fits = |which: Which| match which {
            Which::All => true,
            Which::Status(wanted) => status == Some(wanted),
            Which::Unsafe => method.is_some_and(|method| !matches!(method, "GET" | "HEAD" | "OPTIONS")),
            Which::Method(wanted) => method == Some(wanted),
        };
        let found = TABLE.iter().find(|(rule, which, _)| *rule == self && fits(*which));
        found.map(|(.., category)| *category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The published list, a line for each: code and id.
    const PUBLISHED: &str = include_str!("../../tests/wfc/fault-categories.csv");

    #[test]
    fn every_category_is_in_the_published_list() {
        for category in ALL {
            let line = format!("{},{}", category.code, category.id);
            assert!(PUBLISHED.lines().any(|known| known == line), "{line}");
            assert!(TABLE.iter().any(|(.., used)| used == category), "{line} is not used");
        }
    }

    /// A line behind one that is about all findings of its rule would never be reached.
    #[test]
    fn every_line_is_reached() {
        for (at, (rule, which, _)) in TABLE.iter().enumerate() {
            let hides = |(known, of, _): &&(Rule, Which, FaultCategory)| {
                known == rule && (*of == Which::All || of == which)
            };
            assert!(!TABLE[..at].iter().any(|line| hides(&line)), "{rule} {which:?}");
        }
    }

    #[rstest]
    #[case(Rule::ServerError, "GET", Some(500), Some(100))]
    #[case(Rule::ServerError, "GET", Some(501), Some(205))]
    #[case(Rule::ServerError, "GET", Some(503), Some(121))]
    #[case(Rule::BodyUnexpected, "DELETE", Some(204), Some(105))]
    #[case(Rule::BodyUnexpected, "DELETE", Some(200), Some(200))]
    #[case(Rule::ScopeLackingAccepted, "GET", Some(200), None)]
    #[case(Rule::ScopeLackingAccepted, "POST", Some(201), Some(306))]
    #[case(Rule::AuthMissingAccepted, "POST", Some(201), Some(311))]
    #[case(Rule::AuthMissingAccepted, "PUT", Some(200), Some(308))]
    #[case(Rule::ScopeStatus, "GET", Some(404), None)]
    #[case(Rule::PageLimit, "GET", Some(200), None)]
    fn a_finding_has_the_category_of_its_rule(
        #[case] rule: Rule,
        #[case] method: &str,
        #[case] status: Option<u16>,
        #[case] code: Option<u16>,
    ) {
        assert_eq!(rule.fault_category(Some(method), status).map(|category| category.code), code);
    }
}
