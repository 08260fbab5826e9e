use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::credentials::KeyChoice;
use crate::check::evidence::Keyed;
use crate::check::plan::Step;
use crate::check::scripted::{Bench, Reply, answer, key};
use crate::exchange::Request;
use crate::judge::exchange::{Intent, Valid};
use crate::judge::sequence::observe;
use crate::run::AccessVerdict;

fn recorder(bench: &Bench) -> Recorder<'_> {
    Recorder::new(&bench.contract, &bench.resources, &bench.settings, bench.options.slow)
}

fn keyed(reply: Reply) -> Keyed {
    let exchange = Exchange {
        case: "qtestq/1".to_owned(),
        url: "http://t/pets".to_owned(),
        request: Request::new(http::Method::GET, "/pets"),
        outcome: reply,
        elapsed: Duration::from_secs(2),
    };
    Keyed { exchange, key: Some(key("k", &["pets"])), placed: Vec::new() }
}

fn page() -> Reply {
    answer(200, &json!({"count": 0, "results": []}))
}

fn no(status: u16) -> Reply {
    answer(status, &json!({"error": "no"}))
}

/// The plain step of an operation, with another intent where one is given.
fn step(bench: &Bench, operation: &str, intent: Option<Intent>) -> Step {
    let steps = bench.plan().steps;
    let index = bench.index(operation);
    let plain = steps.into_iter().find(|step| step.operation == index && step.is_plain()).unwrap();
    match intent {
        Some(intent) => Step { intent, access: Some(crate::run::KeyKind::Nothing), ..plain },
        None => plain,
    }
}

fn answered(recorder: &mut Recorder<'_>, bench: &Bench, step: &Step, reply: Reply) {
    let operation = bench.contract.at(step.operation).unwrap();
    let keyed = keyed(reply);
    recorder.count(operation, &keyed.exchange);
    recorder.judge_step(operation, &StepAnswer { step, keyed: &keyed, found: true });
}

#[rstest]
#[case::success(page(), Some(200), None)]
#[case::refused(no(400), None, Some("the plain request was answered with 400"))]
#[case::locked(no(403), None, Some("the plain request was answered with 403"))]
#[case::silent(Err(crate::exchange::Failure::Connect("no".to_owned())), None, Some("connection failed: no"))]
fn the_plain_answer_makes_the_state(
    #[case] reply: Reply,
    #[case] success: Option<u16>,
    #[case] why: Option<&str>,
) {
    let bench = Bench::guarded();
    let mut recorder = recorder(&bench);
    let plain = step(&bench, "list", None);
    answered(&mut recorder, &bench, &plain, reply);
    // What comes later changes nothing of it.
    answered(&mut recorder, &bench, &plain, no(418));
    let state = recorder.state(plain.operation).unwrap();
    assert_eq!((state.success, state.why.as_deref(), state.tried), (success, why, true));
    assert_eq!(state.requests, 2);
    assert_eq!(state.baseline.is_some(), success.is_some());
}

#[rstest]
#[case::refused(page(), no(401), AccessVerdict::Ok)]
#[case::let_in(page(), page(), AccessVerdict::Finding)]
#[case::silent(page(), Err(crate::exchange::Failure::Connect("no".to_owned())), AccessVerdict::NotTried)]
#[case::the_same_for_all(no(404), no(404), AccessVerdict::NotTried)]
fn who_is_let_in(#[case] plain: Reply, #[case] reply: Reply, #[case] expected: AccessVerdict) {
    let bench = Bench::guarded();
    let mut recorder = recorder(&bench);
    answered(&mut recorder, &bench, &step(&bench, "list", None), plain);
    answered(&mut recorder, &bench, &step(&bench, "list", Some(Intent::NoKey)), reply);
    let access = recorder.take_access();
    assert_eq!(access.last().map(|case| case.verdict), Some(expected), "{access:#?}");
    assert_eq!(access.len(), 2);
}

/// A wrong key met 404 before the sufficient one did too: that says nothing about keys.
#[test]
fn a_refusal_is_taken_back_where_the_sufficient_key_meets_the_same() {
    let bench = Bench::guarded();
    let mut recorder = recorder(&bench);
    answered(&mut recorder, &bench, &step(&bench, "drop", Some(Intent::NoKey)), no(404));
    let before = recorder.seen().iter().filter(|seen| seen.observation.rule == Rule::AuthStatus).count();
    answered(&mut recorder, &bench, &step(&bench, "drop", None), no(404));
    assert!(!recorder.seen().iter().any(|seen| seen.observation.rule == Rule::AuthStatus));
    assert!(recorder.take_access().iter().all(|case| case.verdict != AccessVerdict::Finding));
    assert_eq!(before, 1);
}

#[rstest]
#[case::key(NotSent::Key("no key".to_owned()), Some("no key"), None)]
#[case::object(NotSent::Object("no pet".to_owned(), Some(Missing { parameter: "pet".to_owned(), settle: "toml".to_owned() })), Some("no pet"), Some("toml"))]
#[case::pointless(NotSent::Pointless("why"), Some("why"), None)]
#[case::over(NotSent::Over("the end".to_owned()), Some("the end"), None)]
fn a_plain_step_that_was_not_sent(
    #[case] reason: NotSent,
    #[case] why: Option<&str>,
    #[case] settle: Option<&str>,
) {
    let bench = Bench::guarded();
    let mut recorder = recorder(&bench);
    let plain = step(&bench, "list", None);
    let is_over = matches!(reason, NotSent::Over(_));
    recorder.not_sent(&plain, reason);
    let state = recorder.state(plain.operation).unwrap();
    assert_eq!((state.why.as_deref(), state.settle.as_deref()), (why, settle));
    assert_eq!(state.tried, !is_over, "what the end left may be tried yet");
    assert_eq!(recorder.take_access().len(), usize::from(!is_over));
}

#[rstest]
#[case(Intent::NoKey, Rule::AuthMissingAccepted)]
#[case(Intent::UnknownKey, Rule::AuthUnknownAccepted)]
#[case(Intent::Lacking { scope: "a".to_owned(), maybe_implied: false }, Rule::ScopeLackingAccepted)]
#[case(Intent::WiderKey, Rule::ScopeMinimalRefused)]
fn a_case_of_access_that_was_not_sent_is_untested(#[case] intent: Intent, #[case] rule: Rule) {
    let bench = Bench::guarded();
    let mut recorder = recorder(&bench);
    let step = step(&bench, "list", Some(intent));
    for _ in 0..2 {
        recorder.not_sent(&step, NotSent::Pointless("why"));
    }
    let state = recorder.state(step.operation).unwrap();
    assert_eq!(state.untested, [Untested::new(rule, "plain: why")]);
    assert!(!state.tried);
}

#[rstest]
#[case(Some(1), true)]
#[case(Some(3), false)]
#[case(None, false)]
fn slow_answers_are_told(#[case] limit: Option<u64>, #[case] expected: bool) {
    let mut bench = Bench::pets();
    bench.options.slow = limit.map(Duration::from_secs);
    let mut recorder = recorder(&bench);
    let list = bench.contract.at(bench.index("list")).unwrap();
    recorder.judge(list, &Intent::Valid(Valid::Plain), &Evidence::from(keyed(page())), None);
    assert_eq!(recorder.has_seen(Rule::ResponseSlow, list), expected);
    assert_eq!(recorder.state(list.index).unwrap().looked.contains(&Rule::ResponseSlow), limit.is_some());
}

#[rstest]
#[case(false)]
#[case(true)]
fn a_muted_rule_neither_looks_nor_sees(#[case] is_muted: bool) {
    let mut bench = Bench::pets();
    if is_muted {
        bench.settings.muted.insert(Rule::PageLoop);
    }
    let mut recorder = recorder(&bench);
    let list = bench.contract.at(bench.index("list")).unwrap();
    let evidence = Evidence::from(keyed(page()));
    assert_eq!(recorder.say(list, &evidence, observe(Rule::PageLoop, list, "a loop")), !is_muted);
    recorder.not_tested(list.index, Rule::PageLoop, "why");
    let state = recorder.state(list.index).unwrap();
    assert_eq!((state.looked.len(), state.untested.len()), if is_muted { (0, 0) } else { (1, 1) });
    assert_eq!(
        recorder.has_error(),
        !is_muted && observe(Rule::PageLoop, list, "").severity == Severity::Error
    );
    recorder.forget_case("qtestq/1");
    assert!(recorder.seen().is_empty());
}

#[test]
fn an_operation_may_be_turned_down() {
    let mut state = OperationState::default();
    assert!(!state.is_turned_down());
    state.statuses.insert("422".to_owned(), 1);
    assert!(state.is_turned_down());
    state.statuses.insert("404".to_owned(), 1);
    assert!(!state.is_turned_down(), "the object may be what is missing");
}

#[test]
fn a_key_with_more_scopes_opens_the_operation_again() {
    let bench = Bench::guarded();
    let mut recorder = recorder(&bench);
    let plain = step(&bench, "list", None);
    let list = bench.contract.at(plain.operation).unwrap();
    answered(&mut recorder, &bench, &plain, no(403));
    assert!(recorder.has_seen(Rule::ScopeMinimalRefused, list), "{:?}", recorder.seen());
    recorder.let_in_with_more(list, "; more does");
    assert!(recorder.seen().iter().any(|seen| seen.observation.message.ends_with("; more does")));
    assert!(!recorder.state(list.index).unwrap().tried);
    recorder.take_back_minimal(list, "another reason");
    assert!(!recorder.has_seen(Rule::ScopeMinimalRefused, list));
    assert_eq!(recorder.state(list.index).unwrap().why.as_deref(), Some("another reason"));
    assert_eq!(plain.key, KeyChoice::Minimal(vec!["pets".to_owned()]));
}
