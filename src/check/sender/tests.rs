use std::time::Duration;

use http::Method;
use rstest::rstest;

use super::*;
use crate::check::scripted::{Bench, Scripted};
use crate::exchange::Response;

const SECOND: Duration = Duration::from_secs(1);

fn options(change: impl Fn(&mut Options)) -> Options {
    let mut options = Bench::pets().options;
    change(&mut options);
    options
}

fn get() -> Request {
    Request::new(Method::GET, "/pets")
}

#[tokio::test(start_paused = true)]
async fn requests_keep_their_distance() {
    let (target, options) = (Scripted::default(), options(|options| options.pause = Some(SECOND)));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    let begun = clock::now();
    for expected in [0, 1, 2] {
        sender.pace().await;
        assert_eq!(begun.elapsed(), SECOND * expected);
        let exchange = sender.send(&get(), None).await;
        assert_eq!(exchange.case, format!("qtestq/1.{}", expected + 1));
    }
    clock::sleep(SECOND * 3).await;
    sender.pace().await;
    assert_eq!(begun.elapsed(), SECOND * 5, "what has waited already waits no longer");
}

/// A stopped run waits no longer; clean-up keeps the rate anyway.
#[rstest]
#[case::at_plan(false, Duration::ZERO)]
#[case::cleaning(true, SECOND * 60)]
#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_waiting(#[case] is_cleaning: bool, #[case] expected: Duration) {
    let (target, options) = (Scripted::default(), options(|options| options.pause = Some(SECOND * 60)));
    let (stop, stopped) = watch::channel(false);
    let mut sender = Sender::new(&target, &options, stopped);
    sender.send(&get(), None).await;
    if is_cleaning {
        sender.begin_to_clean(false);
    }
    stop.send_replace(true);
    let begun = clock::now();
    sender.pace().await;
    assert_eq!(begun.elapsed(), expected);
    assert!(sender.is_stopped());
}

#[tokio::test(start_paused = true)]
async fn bounds_are_used_up() {
    let target = Scripted::default();
    let limits = options(|options| {
        options.max_requests = Some(2);
        options.deadline = Some(SECOND);
    });
    let mut sender = Sender::new(&target, &limits, watch::channel(false).1);
    for sent in 0..2 {
        assert_eq!((sender.used_up(), sender.sent()), (None, sent));
        sender.send(&get(), None).await;
    }
    assert_eq!(sender.used_up(), Some("the run's --max-requests were used up"));
    clock::sleep(SECOND).await;
    assert_eq!(sender.used_up(), Some("the run's deadline had passed"));
}

/// How long after the beginning of a clean-up, which comes two seconds after that of the run.
#[rstest]
#[case::no_bound(None, false, 1_000_000, true)]
#[case::over(None, true, 29, true)]
#[case::too_late(None, true, 30, false)]
#[case::before_the_deadline(Some(10), false, 37, true)]
#[case::after_the_deadline(Some(10), false, 38, false)]
#[case::over_before_the_deadline(Some(10), true, 30, false)]
#[tokio::test(start_paused = true)]
async fn clean_up_has_a_reserve(
    #[case] deadline: Option<u32>,
    #[case] is_over: bool,
    #[case] later: u32,
    #[case] expected: bool,
) {
    let (target, options) =
        (Scripted::default(), options(|options| options.deadline = deadline.map(|seconds| SECOND * seconds)));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    clock::sleep(SECOND * 2).await;
    assert!(sender.is_at_plan() && sender.may_clean());
    sender.begin_to_clean(is_over);
    assert!(!sender.is_at_plan());
    let then = clock::now() + SECOND * later;
    let is_in_time = sender.may_clean_at(then - Duration::from_millis(1));
    clock::sleep(SECOND * later).await;
    assert_eq!(sender.may_clean(), expected);
    assert!(is_in_time || !expected);
}

/// Reading an answer must not outlast the run.
#[rstest]
#[case::no_deadline(None, false, 1 << 20, 1 << 20)]
#[case::in_time(Some(10), false, 1 << 20, 1 << 20)]
#[case::too_late(Some(1), false, 8 << 20, BEGINNING)]
#[case::small_ones_are_always_read(Some(0), false, 1000, 1000)]
#[case::clean_up_has_its_reserve(Some(1), true, 8 << 20, 8 << 20)]
#[tokio::test(start_paused = true)]
async fn an_answer_is_read_in_the_time_that_is_left(
    #[case] deadline: Option<u32>,
    #[case] is_cleaning: bool,
    #[case] sent: usize,
    #[case] kept: usize,
) {
    let target = Scripted::default().twist("GET /pets", move |_, reply| {
        reply.map(|response| Response { body: vec![b' '; sent].into(), ..response })
    });
    let options = options(|options| options.deadline = deadline.map(|seconds| SECOND * seconds));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    if is_cleaning {
        sender.begin_to_clean(false);
    }
    let response = sender.send(&get(), None).await.outcome.unwrap();
    assert_eq!((response.body.len(), response.is_cut), (kept, kept < sent));
}

/// After a failure, what writes goes out on a connection of its own.
#[rstest]
#[case(Method::POST, true, "POST /pets!")]
#[case(Method::POST, false, "POST /pets")]
#[case(Method::GET, true, "GET /pets")]
#[tokio::test]
async fn a_shaken_connection_is_not_trusted(
    #[case] method: Method,
    #[case] is_shaken: bool,
    #[case] sent: &str,
) {
    let (target, options) = (Scripted::default(), options(|_| ()));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    sender.is_shaken = is_shaken;
    sender.send(&Request::new(method, "/pets"), None).await;
    assert_eq!(target.sent(), [sent]);
    assert_eq!(sender.address("/pets"), "http://pets.test/pets");
}

fn asked(path: &str) -> Asked {
    Asked { request: Request::new(Method::GET, path), timeout: None }
}

/// Sends requests for these paths side by side, for a part of that number; the answers in order.
async fn side_by_side(sender: &mut Sender<'_>, part: usize, paths: &[&str]) -> (Vec<Option<Exchange>>, bool) {
    let (mut abreast, mut number) = (Abreast::default(), Number::of_part(part));
    let mut answers = vec![None; paths.len()];
    for (at, path) in paths.iter().enumerate() {
        while !abreast.is_over && !abreast.has_room(sender) {
            let (at, exchange) = abreast.next(sender).await.unwrap();
            answers[at] = Some(exchange);
        }
        if abreast.has_room(sender) {
            abreast.send(sender, (at, asked(path)), &mut number).await;
        }
    }
    while let Some((at, exchange)) = abreast.next(sender).await {
        answers[at] = Some(exchange);
    }
    (answers, abreast.is_over)
}

/// Answers that were asked for ahead, for each of these paths.
async fn asked_ahead(sender: &mut Sender<'_>, paths: &[&str]) -> VecDeque<Exchange> {
    side_by_side(sender, 2, paths).await.0.into_iter().flatten().collect()
}

#[tokio::test]
async fn an_answer_that_was_asked_for_ahead_is_given_once() {
    let (target, options) = (Scripted::with(&["rex"]), options(|_| ()));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    let answers = asked_ahead(&mut sender, &["/pets", "/pets/1"]).await;
    sender.begin_part(2, answers);
    let cases = [
        sender.send(&get(), None).await.case,
        sender.send(&Request::new(Method::GET, "/pets/1"), None).await.case,
        sender.send(&get(), None).await.case,
    ];
    assert_eq!(cases, ["qtestq/2.1", "qtestq/2.2", "qtestq/2.3"]);
    assert_eq!(target.sent(), ["GET /pets", "GET /pets/1", "GET /pets"]);
    assert_eq!((sender.unused(), sender.sent()), (0, 3));
}

/// Answers to other requests than those that are made are dropped and counted.
#[rstest]
#[case::another_path(Request::new(Method::GET, "/pets/2"))]
#[case::another_method(Request::new(Method::HEAD, "/pets"))]
#[case::another_query(Request { query: Some("limit=1".to_owned()), ..get() })]
#[case::another_body(Request { body: "a".into(), ..get() })]
#[case::another_key(Request {
    headers: [(http::header::AUTHORIZATION, http::HeaderValue::from_static("k"))].into_iter().collect(),
    ..get()
})]
#[tokio::test]
async fn an_answer_is_for_its_own_request_alone(#[case] other: Request) {
    let (target, options) = (Scripted::with(&["rex"]), options(|_| ()));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    let answers = asked_ahead(&mut sender, &["/pets", "/pets/1"]).await;
    sender.begin_part(2, answers);
    assert_eq!(sender.send(&other, None).await.case, "qtestq/2.1");
    assert_eq!((sender.unused(), target.sent().len()), (2, 3));
    assert_eq!(sender.send(&get(), None).await.case, "qtestq/2.2", "what was dropped is not given later");
}

/// How many of three reads go out ahead, and whether others may follow.
#[rstest]
#[case::no_bound(|_: &mut Options| (), "*", 0, (3, false))]
#[case::far_from_the_end(|options: &mut Options| options.max_requests = Some(67), "*", 0, (3, false))]
#[case::near_the_end(|options: &mut Options| options.max_requests = Some(64), "*", 0, (0, true))]
#[case::a_failure(|_: &mut Options| (), "GET /pets/2", 500, (3, false))]
#[case::asks_for_patience(|_: &mut Options| (), "GET /pets/2", 429, (3, true))]
#[tokio::test(start_paused = true)]
async fn what_goes_side_by_side_keeps_the_bounds(
    #[case] change: fn(&mut Options),
    #[case] refused: &str,
    #[case] status: u16,
    #[case] expected: (usize, bool),
) {
    let target = Scripted::with(&["rex"]);
    let target = if status == 0 { target } else { target.refuse(refused, status) };
    let limits = options(change);
    let mut sender = Sender::new(&target, &limits, watch::channel(false).1);
    let (answers, is_over) = side_by_side(&mut sender, 2, &["/pets", "/pets/2", "/pets/1"]).await;
    assert_eq!((answers.iter().flatten().count(), is_over), expected);
    assert_eq!(sender.at_a_time(), if status == 500 { 1 } else { 4 });
}

/// What nobody takes is handed back, and not only counted.
#[tokio::test]
async fn an_answer_that_nobody_takes_is_not_lost() {
    let (target, options) = (Scripted::with(&["rex"]), options(|_| ()));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    let (mut abreast, mut number) = (Abreast::default(), Number::of_part(2));
    let create = Asked { request: Request::new(Method::POST, "/pets"), timeout: None };
    abreast.send(&mut sender, (0, create), &mut number).await;
    abreast.send(&mut sender, (0, asked("/pets")), &mut number).await;
    let mut answers = VecDeque::new();
    while let Some((_, exchange)) = abreast.next(&mut sender).await {
        answers.push_back(exchange);
    }
    sender.begin_part(2, answers);
    sender.expect_nothing();
    let mut lost: Vec<String> =
        sender.take_left_over().into_iter().map(|e| e.request.method.to_string()).collect();
    // Either answer may be there first.
    lost.sort();
    assert_eq!((sender.unused(), lost), (2, vec!["GET".to_owned(), "POST".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn reads_that_go_side_by_side_keep_their_distance_too() {
    let (target, options) = (Scripted::default(), options(|options| options.pause = Some(SECOND)));
    let mut sender = Sender::new(&target, &options, watch::channel(false).1);
    let begun = clock::now();
    let answers = asked_ahead(&mut sender, &["/pets", "/pets/1", "/pets/2"]).await;
    assert_eq!(begun.elapsed(), SECOND * 2);
    sender.begin_part(2, answers);
    sender.pace().await;
    sender.send(&get(), None).await;
    assert_eq!(begun.elapsed(), SECOND * 2, "what is there already is not waited for");
    // It was not asked for ahead, so it waits for its turn.
    sender.send(&Request::new(Method::GET, "/pets/7"), None).await;
    assert_eq!(begun.elapsed(), SECOND * 3);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_sends_nothing_side_by_side() {
    let (target, options) = (Scripted::default(), options(|_| ()));
    let (stop, stopped) = watch::channel(false);
    let mut sender = Sender::new(&target, &options, stopped);
    stop.send_replace(true);
    let (_, is_over) = side_by_side(&mut sender, 2, &["/pets", "/pets"]).await;
    assert!(is_over && target.sent().is_empty());
}

/// A part of the bounds is kept for what is still to come.
#[rstest]
#[case::requests(|limits: &mut Options| limits.max_requests = Some(10), "--max-requests")]
#[case::time(|limits: &mut Options| limits.deadline = Some(SECOND * 10), "deadline")]
#[tokio::test(start_paused = true)]
async fn bounds_leave_room_for_plain_requests(#[case] limit: fn(&mut Options), #[case] bound: &str) {
    let (target, limits) = (Scripted::default(), options(limit));
    let mut sender = Sender::new(&target, &limits, watch::channel(false).1);
    sender.keep_back(6);
    let mut sent = 0;
    while sender.used_up().is_none() {
        sender.send(&get(), None).await;
        clock::sleep(SECOND).await;
        sent += 1;
    }
    assert_eq!(sent, 4, "six are kept");
    let why = format!("the rest of the run's {bound} was kept for plain requests");
    assert_eq!(sender.used_up(), Some(why.as_str()));
    sender.keep_back(0);
    assert_eq!(sender.used_up(), None);
}
