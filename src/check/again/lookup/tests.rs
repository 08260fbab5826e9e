use rstest::rstest;

use super::*;
use crate::check::scripted::Bench;
use crate::run::policy::finding_id;

fn looked_up(id: &str) -> Lookup {
    let bench = Bench::pets();
    find(&bench.contract, &bench.resources, &Settings::default(), "shop", id.parse().unwrap())
}

const READ: &str = "/paths/~1pets~1{petId}/get";

#[rstest]
#[case::its_own_place(Rule::UpdateNotKept, "read", Some(200), READ, 2)]
#[case::no_response(Rule::ConnectionFailed, "read", None, READ, 0)]
#[case::security(Rule::AuthStatus, "read", Some(403), "/paths/~1pets~1{petId}/get/security", 4)]
#[case::no_such_status(Rule::ServerError, "read", Some(500), "/paths/~1pets~1{petId}/get/responses", 5)]
#[case::behind_a_reference(
    Rule::BodySchema,
    "read",
    Some(200),
    "/components/schemas/Pet/properties/name/type",
    2
)]
fn an_id_is_found_in_the_document(
    #[case] rule: Rule,
    #[case] operation: &str,
    #[case] status: Option<u16>,
    #[case] place: &str,
    #[case] class: u16,
) {
    let id = finding_id(rule, operation, status, place);
    let expected = Found { rule, class, operations: BTreeSet::from([Bench::pets().index(operation)]) };
    assert_eq!(looked_up(&id).found.as_ref(), Some(&expected));
    // As one of several documents, it has another id.
    let labelled = looked_up(&labelled("shop", &id));
    assert_eq!(labelled.found, Some(expected));
    assert_eq!(looked_up(&crate::run::labelled("other", &id)).found, None);
}

#[test]
fn what_is_reported_once_belongs_to_all_that_share_the_place() {
    let at = |name: &str| Bench::pets().index(name);
    let parameter = "/paths/~1pets~1{petId}/parameters/0";
    let found = looked_up(&finding_id(Rule::InvalidAccepted, "", Some(200), parameter)).found.unwrap();
    assert_eq!(found.operations, BTreeSet::from(["read", "change", "replace", "drop"].map(at)));
}

#[rstest]
#[case::another_operation(Rule::BodySchema, "no_such", READ)]
#[case::another_place(Rule::BodySchema, "read", "/components/schemas/Toy")]
#[case::snapshots(Rule::SnapshotChanged, "read", READ)]
fn an_id_of_nothing_is_not_found(#[case] rule: Rule, #[case] operation: &str, #[case] place: &str) {
    let id = finding_id(rule, operation, Some(200), place);
    assert_eq!(looked_up(&id), Lookup { found: None, is_complete: true });
}
