use rstest::rstest;

use super::*;
use crate::check::evidence::Evidence;
use crate::exchange::{Request, Response};
use crate::judge::sequence::{any_operation, observe};

/// What a rule saw in one exchange.
struct Seen {
    rule: Rule,
    status: u16,
    url: &'static str,
    body: &'static str,
    change: fn(&mut Observation),
}

const PLAIN: Seen =
    Seen { rule: Rule::ServerError, status: 500, url: "http://t/a", body: "", change: |_| {} };

fn cause(seen: &Seen) -> String {
    let mut observation = observe(seen.rule, &any_operation(), "it is odd");
    (seen.change)(&mut observation);
    let response = Response {
        status: http::StatusCode::from_u16(seen.status).unwrap(),
        headers: http::HeaderMap::new(),
        body: seen.body.into(),
        is_cut: false,
    };
    let exchange = Exchange {
        case: String::new(),
        url: seen.url.to_owned(),
        request: Request::new(http::Method::GET, "/a"),
        outcome: Ok(response),
        elapsed: std::time::Duration::ZERO,
    };
    let evidence = Evidence { exchange, key: None, placed: Vec::new() };
    // Two findings have two ids of their own, so that only what they have in common makes them alike.
    let own = format!("{seen:p}");
    of(&own, &Recorded { observation, operation: any_operation().index, evidence })
}

fn of_rule(rule: Rule, status: u16, change: fn(&mut Observation)) -> Seen {
    Seen { rule, status, change, ..PLAIN }
}

fn failed(body: &'static str, change: fn(&mut Observation)) -> Seen {
    Seen { body, change, ..PLAIN }
}

fn found_as(body: &'static str) -> Seen {
    Seen { rule: Rule::UnknownFound, status: 200, body, ..PLAIN }
}

fn refused(url: &'static str, body: &'static str) -> Seen {
    let change: fn(&mut Observation) = |seen| seen.at = "request.query.since".to_owned();
    Seen { rule: Rule::ValidRejected, status: 400, url, body, change }
}

fn of_envelope(seen: &mut Observation, path: &str, at: &str, actual: &str) {
    seen.document = format!("/paths/{path}/get/responses/200/content/x/schema/properties/ids/items/type");
    (seen.instance, seen.actual, seen.expected) = (at.to_owned(), actual.to_owned(), "string".to_owned());
}

#[rstest]
#[case::by_parts_that_share_a_parameter(
    refused("http://t/a?since=9", "1 error for PetFilter: no time"),
    refused("http://t/b?since=9", "1 error for ShopFilter: no time"),
    true
)]
#[case::for_another_reason(
    refused("http://t/a?since=9", "1 error for PetFilter: no time"),
    refused("http://t/b?since=9", "1 error for PetFilter: too old"),
    false
)]
#[case::found_in_the_same_words(found_as("{}"), found_as("{}"), true)]
#[case::found_in_other_words(found_as("{\"name\": \"a\"}"), found_as("{}"), false)]
#[case::found_without_a_word(found_as(""), found_as(""), false)]
#[case::a_habit(of_rule(Rule::AuthStatus, 403, |s| s.expected = "401".into()), of_rule(Rule::AuthStatus, 403, |s| s.expected = "401".into()), true)]
#[case::another_status(of_rule(Rule::AuthStatus, 403, |_| {}), of_rule(Rule::AuthStatus, 404, |_| {}), false)]
#[case::no_allow(of_rule(Rule::AllowMissing, 405, |s| s.message = "GET".into()), of_rule(Rule::AllowMissing, 405, |s| s.message = "PUT".into()), true)]
#[case::another_allow(of_rule(Rule::AllowMissing, 405, |s| s.expected = "GET, PUT".into()), of_rule(Rule::AllowMissing, 405, |s| s.expected = "GET".into()), false)]
#[case::type_and_enum(
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/properties/p/type".into()),
    of_rule(Rule::BodySchema, 201, |s| s.document = "/components/schemas/U/properties/p/enum".into()),
    true,
)]
#[case::another_member(
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/properties/p/type".into()),
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/properties/q/type".into()),
    false,
)]
#[case::a_member_called_type(
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/properties/type".into()),
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/properties/enum".into()),
    false,
)]
#[case::missing_is_not_wrong(
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/required".into()),
    of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/type".into()),
    false,
)]
#[case::a_copied_error_object(
    of_rule(Rule::BodySchema, 400, |s| s.document = "/paths/~1a/get/responses/400/schema/type".into()),
    of_rule(Rule::BodySchema, 400, |s| s.document = "/paths/~1b/get/responses/400/schema/type".into()),
    true,
)]
#[case::a_copied_envelope(
    of_rule(Rule::BodySchema, 200, |s| of_envelope(s, "~1a", "/ids/0", "7")),
    of_rule(Rule::BodySchema, 200, |s| of_envelope(s, "~1b", "/ids/3", "12")),
    true,
)]
#[case::of_another_kind(
    of_rule(Rule::BodySchema, 200, |s| of_envelope(s, "~1a", "/ids/0", "7")),
    of_rule(Rule::BodySchema, 200, |s| of_envelope(s, "~1b", "/ids/0", "null")),
    false,
)]
#[case::far_inside(
    of_rule(Rule::BodySchema, 200, |s| of_envelope(s, "~1a", "/rows/0/ids", "7")),
    of_rule(Rule::BodySchema, 200, |s| of_envelope(s, "~1b", "/rows/0/ids", "7")),
    false,
)]
#[case::same_words(failed("{\"at\": \"12:01\", \"why\": \"no such table\"}", |_| {}), failed("{\"at\": \"12:02\", \"why\": \"no such table\"}", |_| {}), true)]
#[case::other_words(failed("no such table", |_| {}), failed("division by zero", |_| {}), false)]
#[case::another_failure(failed("", |_| {}), Seen { status: 503, ..PLAIN }, false)]
#[case::odd_at_other_places(
    failed("", |s| s.message = "the server failed with 500 at a lone surrogate (/name)".into()),
    failed("", |s| s.message = "the server failed with 500 at a lone surrogate (/tag)".into()),
    true,
)]
#[case::odd_in_other_ways(
    failed("", |s| s.message = "the server failed with 500 at a lone surrogate".into()),
    failed("", |s| s.message = "the server failed with 500 at a huge number".into()),
    false,
)]
#[case::an_octet_that_no_part_can_keep(
    failed("select from pets", |s| s.message = "the server failed with 500 at an id with U+0000".into()),
    failed("select from shops", |s| s.message = "the server failed with 500 at an id with U+0000".into()),
    true,
)]
#[case::what_each_part_reads_for_itself(
    failed("select from pets", |s| s.message = "the server failed with 500 at the body null".into()),
    failed("select from shops", |s| s.message = "the server failed with 500 at the body null".into()),
    false,
)]
#[case::what_was_sent_is_no_word_of_the_server(
    refused("http://t/a?since=nine", "bad value nine"),
    refused("http://t/b?since=ten-ten", "bad value ten-ten"),
    true
)]
#[case::refused_otherwise(refused("http://t/a", "too large"), refused("http://t/b", "too old"), false)]
#[case::ignored_text(
    of_rule(Rule::InvalidAccepted, 200, |s| (s.told, s.at, s.message) = (Told::OncePerPlace, "request.query.a".into(), "a was accepted: a text".into())),
    of_rule(Rule::InvalidAccepted, 200, |s| (s.told, s.at, s.message) = (Told::OncePerPlace, "request.query.b".into(), "b was accepted: a text".into())),
    true,
)]
#[case::a_bound_of_one_parameter(
    of_rule(Rule::InvalidAccepted, 200, |s| (s.at, s.message) = ("request.query.a".into(), "a was accepted: too large".into())),
    of_rule(Rule::InvalidAccepted, 200, |s| (s.at, s.message) = ("request.query.b".into(), "b was accepted: too large".into())),
    false,
)]
#[case::a_body_is_its_operations(
    of_rule(Rule::InvalidAccepted, 200, |s| s.at = "request.body".into()),
    of_rule(Rule::InvalidAccepted, 200, |s| s.at = "request.body".into()),
    false,
)]
#[case::the_life_of_an_object(of_rule(Rule::DeleteNotGone, 200, |_| {}), of_rule(Rule::DeleteNotGone, 200, |_| {}), false)]
fn one_cause(#[case] one: Seen, #[case] other: Seen, #[case] is_one: bool) {
    assert_eq!(cause(&one) == cause(&other), is_one, "{} and {}", cause(&one), cause(&other));
}

/// What no document tells can be known from its id; a place in the document is found by it.
#[rstest]
#[case(of_rule(Rule::AuthStatus, 403, |_| {}), true)]
#[case(of_rule(Rule::BodySchema, 200, |s| s.document = "/components/schemas/U/type".into()), false)]
fn habits_are_marked(#[case] seen: Seen, #[case] is_habit: bool) {
    let id: policy::FindingId = cause(&seen).parse().unwrap();
    assert_eq!(id.is_of_a_habit(), is_habit);
}

#[rstest]
#[case("No such user: '00-dead'", "No such user: '#'")]
#[case("Zeit: 12ms – ä7", "Zeit: # – #")]
#[case("", "")]
fn words_without_digits_stay(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(plain(text, &HashSet::new()), expected);
}
