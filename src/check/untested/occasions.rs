//! The rules about single answers that an operation gives occasion for, by what it documents.

use http::Method;

use crate::check::plan::{Plan, Sequence};
use crate::contract::{Contract, HeaderDoc, MediaBody, Operation};
use crate::resources::MediaTypeParameter;
use crate::rules::Rule;

/// Those that look at the answer of any request, or at what its success documents.
pub(super) fn of_answers(operation: &Operation) -> Vec<Rule> {
    let successes = operation.successes();
    let content: Vec<&MediaBody> = successes.iter().flat_map(|response| &response.content).collect();
    // A refused method and a missing key have rules of their own for these.
    let is_own = |header: &&HeaderDoc| {
        ["allow", "www-authenticate"].iter().any(|own| header.name.eq_ignore_ascii_case(own))
    };
    let headers = || successes.iter().flat_map(|response| &response.headers).filter(|header| !is_own(header));
    let is_parsed = |body: &&MediaBody| body.is_json();
    [
        (true, Rule::StatusUndocumented),
        (true, Rule::StatusUnexpected),
        (true, Rule::ServerError),
        (content.iter().any(|body| body.schema.is_some()), Rule::BodySchema),
        (!content.is_empty(), Rule::BodyMissing),
        (!successes.is_empty() && content.is_empty(), Rule::BodyUnexpected),
        (content.iter().any(is_parsed), Rule::BodyMalformed),
        (!content.is_empty(), Rule::MediaType),
        (headers().any(|header| header.required), Rule::HeaderMissing),
        (headers().any(|header| header.required && header.schema.is_some()), Rule::HeaderSchema),
        (true, Rule::ValidRejected),
        (true, Rule::ResponseTruncated),
        (true, Rule::ConnectionFailed),
    ]
    .into_iter()
    .filter(|(is_due, _)| *is_due)
    .map(|(_, rule)| rule)
    .collect()
}

/// Those about keys.
pub(super) fn of_keys(operation: &Operation) -> Vec<Rule> {
    if operation.is_open() || operation.is_login() {
        return Vec::new();
    }
    let mut found = vec![Rule::AuthMissingAccepted, Rule::AuthUnknownAccepted];
    if !operation.scopes().is_empty() {
        found.extend([Rule::ScopeMinimalRefused, Rule::ScopeLackingAccepted]);
    }
    found
}

/// Those of the sequences that are planned for an operation.
pub(super) fn of_sequences(contract: &Contract, plan: &Plan, operation: &Operation) -> Vec<Rule> {
    let mut found = Vec::new();
    for sequence in plan.sequences.iter().chain(&plan.last_sequences) {
        match *sequence {
            Sequence::Methods(index) if index == operation.index => {
                found.push(Rule::MethodUndocumentedAccepted);
            }
            Sequence::Representations(index) if index == operation.index => {
                let mut same_path = contract.with_path(operation.path());
                if !same_path.any(|other| other.method == Method::HEAD) {
                    found.push(Rule::HeadDiffers);
                }
                if !MediaTypeParameter::of(operation).is_empty() {
                    found.push(Rule::FormatIgnored);
                }
            }
            Sequence::Located(index) if index == operation.index && names_location(operation) => {
                found.push(Rule::LocationBroken);
            }
            _ => {}
        }
    }
    found
}

/// Whether a success documents that it says where the object is (RFC 9110 §10.2.2).
fn names_location(operation: &Operation) -> bool {
    let mut headers = operation.successes().into_iter().flat_map(|response| &response.headers);
    headers.any(|header| header.name.eq_ignore_ascii_case("location"))
}
