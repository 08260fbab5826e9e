use http::Method;
use rstest::rstest;

use super::*;
use crate::check::scripted::{BASE, Bench, Scripted};

#[rstest]
#[case::absolute("http://pets.test/pets?offset=2", Ok("/pets?offset=2"))]
#[case::path("/pets?offset=2", Ok("/pets?offset=2"))]
#[case::query("?offset=2", Ok("/pets?offset=2"))]
#[case::other_host("http://cats.test/pets", Err("points to another host"))]
#[case::other_port("http://pets.test:81/pets", Err("points to another port"))]
#[case::other_scheme("https://pets.test/pets", Ok("/pets"))]
#[case::unreadable("http://[", Err("cannot be read"))]
#[tokio::test]
async fn a_link_is_followed_to_the_target_alone(#[case] link: &str, #[case] expected: Result<&str, &str>) {
    let target = Scripted::default();
    Bench::pets()
        .phase(&target, async |session| {
            let from = Request::new(Method::HEAD, "/pets");
            let request = follow(session, &from, link);
            assert_eq!(
                request.as_ref().map(Request::target).map_err(|why| *why),
                expected.map(str::to_owned)
            );
            assert!(request.is_ok_and(|request| request.method == Method::GET) || expected.is_err());
        })
        .await;
    assert_eq!(target.sent(), [""; 0], "{BASE}");
}

fn listing(tell: impl Fn(&mut Listing)) -> Listing {
    let bench = Bench::pets();
    let mut listing = bench.resources.collections[0].list.clone().unwrap();
    tell(&mut listing);
    listing
}

/// Nothing says that there are more pages; but a round number of entries may be a full page.
#[rstest]
#[case::short(9, None, true, false)]
#[case::long(10, None, true, true)]
#[case::odd_and_uncut(11, None, false, false)]
#[case::round_and_uncut(15, None, false, true)]
#[case::counted(15, Some(15), true, false)]
#[case::more_counted(3, Some(4), true, true)]
fn a_page_may_be_followed_by_others(
    #[case] entries: usize,
    #[case] count: Option<u64>,
    #[case] has_limit: bool,
    #[case] expected: bool,
) {
    let listing = listing(|listing| {
        if !has_limit {
            (listing.pages.limit, listing.pages.offset) = (None, None);
        }
    });
    let walk = Walk { pages: vec![vec![Value::Null; entries]], count, ..Walk::default() };
    assert_eq!(is_cut(&listing, &walk, None), expected);
}
