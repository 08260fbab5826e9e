use std::time::Duration;

use http::Method;
use rstest::rstest;

use super::*;
use crate::check::scripted::{Bench, Scripted};

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
        assert_eq!(exchange.case, format!("qtestq/{}", expected + 1));
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
