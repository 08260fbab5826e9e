use http::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::check::scripted::{Bench, Reply, Scripted, altered, answer, pets};
use crate::exchange::Request;
use crate::rules::{Rule, Severity};

fn has_emoji(request: &Request) -> bool {
    String::from_utf8_lossy(&request.body).contains('\u{1f642}')
}

fn refused(request: &Request, reply: Reply) -> Reply {
    if request.method == Method::POST && has_emoji(request) {
        return answer(422, &json!({"error": "no"}));
    }
    reply
}

fn cut(_: &Request, reply: Reply) -> Reply {
    altered(reply, |pet| {
        if let Some(name) = pet.get_mut("name") {
            let kept: String = name.as_str().unwrap_or_default().chars().filter(char::is_ascii).collect();
            *name = Value::from(kept);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn the_value_that_is_refused_is_found() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", refused);
    let mut tree = pets();
    tree["components"]["schemas"]["Pet"]["properties"]["name"]["maxLength"] = json!(60);
    let outcome = Bench::of(tree).run(&target).await;
    let told: Vec<_> = outcome
        .run
        .findings
        .iter()
        // The target does not know the bound.
        .filter(|f| f.rule == Rule::ValidRejected)
        .map(|f| (f.rule.name(), f.operation.as_str(), f.instance.as_str(), f.severity))
        .collect();
    assert_eq!(told, [("valid-rejected", "create", "/name", Severity::Error)]);
    assert_eq!(target.names(), ["rex"], "what was made on the way is gone");
}

/// A free text may be the name of something, of which the document says nothing.
#[tokio::test(start_paused = true)]
async fn a_free_text_may_be_refused() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", refused);
    let outcome = Bench::pets().run(&target).await;
    assert!(outcome.run.findings.is_empty(), "{:?}", outcome.run.findings);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_taken_must_read_back() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", cut);
    let outcome = Bench::pets().run(&target).await;
    let told: Vec<_> = outcome.run.findings.iter().map(|f| (f.rule.name(), f.instance.as_str())).collect();
    assert_eq!(told, [("create-altered", "/name")]);
}

/// A server that takes no day behind a bound.
fn until(last: &'static str) -> impl Fn(&Request, Reply) -> Reply {
    move |request, reply| {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let day = sent["day"].as_str().unwrap_or_default();
        if day > last { answer(422, &json!({"error": "too far"})) } else { reply }
    }
}

#[rstest]
#[case::any_day("9999-12-31", &[])]
#[case::end_of_the_century("2099-12-31", &["/day"])]
#[case::seconds_of_32_bits("2038-01-19", &["/day"])]
#[case::a_rule_of_the_house("2030-12-31", &[])]
#[tokio::test(start_paused = true)]
async fn days_far_ahead(#[case] last: &'static str, #[case] expected: &[&str]) {
    let target = Scripted::with(&["rex"]).twist("POST /pets", until(last));
    let mut tree = pets();
    tree["components"]["schemas"]["Pet"]["properties"]["day"] = json!({"type": "string", "format": "date"});
    assert_eq!(rejected(tree, &target).await, expected);
}

async fn rejected(tree: Value, target: &Scripted) -> Vec<String> {
    let outcome = Bench::of(tree).run(target).await;
    let findings = outcome.run.findings.into_iter();
    findings.filter(|f| f.rule == Rule::ValidRejected).map(|f| f.instance).collect()
}

/// Two members that are refused together, and nothing in a closed schema says so.
#[rstest]
#[case::unrelated(["colour", "nickname"], true, &["/nickname"])]
#[case::of_one_thing(["home_street", "home_city"], true, &[])]
#[case::open(["colour", "nickname"], false, &[])]
#[tokio::test(start_paused = true)]
async fn pairs_of_members(
    #[case] names: [&'static str; 2],
    #[case] is_closed: bool,
    #[case] expected: &[&str],
) {
    let target = Scripted::with(&["rex"]).twist("POST /pets", move |request, reply| {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let has_both = names.iter().all(|name| sent.get(*name).is_some());
        if has_both { answer(422, &json!({"error": "not both"})) } else { reply }
    });
    let mut tree = pets();
    let pet = &mut tree["components"]["schemas"]["Pet"];
    if is_closed {
        pet["additionalProperties"] = json!(false);
    }
    for name in names {
        pet["properties"][name] = json!({"type": "string", "enum": ["x", "y"]});
    }
    assert_eq!(rejected(tree, &target).await, expected);
}

/// A list that is taken when it is short must be taken when it is as long as it may be.
#[rstest]
#[case::honest(9, &[])]
#[case::too_short(2, &["/marks"])]
#[case::none_at_all(0, &[])]
#[tokio::test(start_paused = true)]
async fn lists_that_the_plain_body_leaves_out(#[case] most: usize, #[case] expected: &[&str]) {
    let target = Scripted::with(&["rex"]).twist("POST /pets", move |request, reply| {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let is_long = sent["marks"].as_array().is_some_and(|marks| marks.len() > most);
        if is_long { answer(422, &json!({"error": "too many"})) } else { reply }
    });
    let mut tree = pets();
    tree["components"]["schemas"]["Pet"]["properties"]["marks"] =
        json!({"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 8}});
    assert_eq!(rejected(tree, &target).await, expected);
}

/// A choice that is refused since what another member names is not there is no fault; one that is refused alone is.
#[rstest]
#[case::another_is_missing("Shop does not exist", &[])]
#[case::alone("not that", &["/kind"])]
#[tokio::test(start_paused = true)]
async fn choices_that_want_something_else(#[case] why: &'static str, #[case] expected: &[&str]) {
    let target = Scripted::with(&["rex"]).twist("POST /pets", move |request, reply| {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if sent["kind"] == "of_shop" { answer(422, &json!({ "error": why })) } else { reply }
    });
    let mut tree = pets();
    let pet = &mut tree["components"]["schemas"]["Pet"];
    pet["properties"]["kind"] = json!({"type": "string", "enum": ["own", "of_shop"]});
    pet["properties"]["shop_id"] = json!({"type": "string"});
    pet["required"] = json!(["name", "kind", "shop_id"]);
    assert_eq!(rejected(tree, &target).await, expected);
}

/// A value inside a member that must be put in first, among others that are taken.
#[tokio::test(start_paused = true)]
async fn a_value_inside_a_member_that_is_left_out() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", |request, reply| {
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let is_most = sent.pointer("/play/hours") == Some(&json!(72));
        if is_most { answer(422, &json!({"error": "no"})) } else { reply }
    });
    let mut tree = pets();
    let properties = &mut tree["components"]["schemas"]["Pet"]["properties"];
    properties["coat"] = json!({"type": ["string", "null"], "enum": ["x", "y", null], "default": null});
    properties["play"] = json!({"type": "object", "default": {}, "properties": {
        "hours": {"type": "integer", "minimum": 1, "maximum": 72}}});
    assert_eq!(rejected(tree, &target).await, ["/play/hours"]);
}
