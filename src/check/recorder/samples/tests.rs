use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, answer};
use crate::exchange::{Request, Secret};
use crate::judge::exchange::Valid;

fn kept(is_wanted: bool, intents: &[(Intent, u16)]) -> Vec<Answer> {
    let bench = Bench::pets();
    let list = bench.contract.at(bench.index("list")).unwrap();
    let mut samples = Samples::new(is_wanted);
    for (number, (intent, status)) in intents.iter().enumerate() {
        let exchange = Exchange {
            case: format!("qtestq/{number}"),
            url: "http://t/pets/qtestqaab".to_owned(),
            request: Request::new(http::Method::GET, "/pets/qtestqaab"),
            outcome: answer(*status, &json!({"number": number, "name": "qtestqaaa", "key": "hush-0815"})),
            elapsed: std::time::Duration::ZERO,
        };
        samples.keep(list, intent, &exchange, Vec::new(), None);
    }
    samples.answers(&Redactor::new([Secret::new("hush-0815")]), "qtestq")
}

#[rstest]
#[case::nothing_wanted(false, &[(Intent::Valid(Valid::Plain), 200)], &[])]
#[case::the_first(true, &[(Intent::Valid(Valid::Plain), 200), (Intent::Valid(Valid::MadeUp), 200)], &[":200"])]
#[case::each_status(true, &[(Intent::Valid(Valid::Plain), 200), (Intent::Valid(Valid::Plain), 500)], &[":200", ":500"])]
#[case::each_case(true, &[(Intent::NoKey, 401), (Intent::UnknownKey, 401)], &["no-key:401", "unknown-key:401"])]
#[case::not_earned(true, &[(Intent::NoKey, 200)], &[])]
#[case::a_repetition(true, &[(Intent::WiderKey, 200)], &[])]
#[case::named(true, &[(Intent::Lacking { scope: "a".to_owned(), maybe_implied: false }, 403)], &["lacks-a:403"])]
fn answers_of_each_kind_are_kept_once(
    #[case] is_wanted: bool,
    #[case] intents: &[(Intent, u16)],
    #[case] expected: &[&str],
) {
    let answers = kept(is_wanted, intents);
    let told: Vec<String> =
        answers.iter().map(|a| format!("{}:{}", a.case, a.response.status.as_u16())).collect();
    assert_eq!(told, expected);
}

#[test]
fn neither_secrets_nor_marks_are_kept() {
    let answers = kept(true, &[(Intent::Valid(Valid::Plain), 200)]);
    let text = String::from_utf8_lossy(&answers[0].response.body).into_owned();
    assert!(!text.contains("hush-0815") && !text.contains("qtestq"), "{text}");
    assert!(text.contains("[run]"), "{text}");
    assert_eq!(answers[0].request.url.as_deref(), Some("http://t/pets/[run]"));
}
