use rstest::rstest;

use super::*;
use crate::check::scripted::{BASE, Bench, Reply, Scripted, Told, altered};
use crate::exchange::Request;

fn target() -> Scripted {
    Scripted::with(&["a", "b", "c", "d"])
}

async fn paged(target: &Scripted) -> Told {
    Bench::pets().phase(target, async |session| run(session, CollectionId::nth(0)).await).await
}

fn query(request: &Request) -> &str {
    request.query.as_deref().unwrap_or_default()
}

fn next(link: &'static str) -> impl Fn(&Request, Reply) -> Reply {
    move |_, reply| altered(reply, |page| page["next"] = json!(link))
}

#[rstest]
#[case::honest(target(), &[])]
#[case::too_many(
    target().twist("GET /pets*", |request, reply| altered(reply, |page| if query(request).contains("limit=2") {
        page["results"] = json!([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}]);
    })),
    &["page-limit list"],
)]
#[case::stuck(
    target().twist("GET /pets?*", |_, reply| altered(reply, |page| {
        page["results"] = json!([{"id": 1, "name": "a"}]);
        page["next"] = Value::Null;
    })),
    &["page-offset list"],
)]
#[case::miscounted(
    target().twist("GET /pets*", |_, reply| altered(reply, |page| page["count"] = json!(9))),
    &["page-count list"],
)]
#[case::overlapping(
    target().twist("GET /pets?limit=2&offset=2", |_, reply| altered(reply, |page| {
        page["results"] = json!([{"id": 2, "name": "b"}, {"id": 3, "name": "c"}]);
    })),
    &["page-overlap list"],
)]
#[case::a_loop(target().twist("GET /pets", next("/pets")), &["page-loop list"])]
// Each reading of the list sees it; a report shows it once.
#[case::to_another_host(target().twist("GET /pets", next("http://other.test/pets?offset=1")), &["page-link list"; 2])]
#[case::to_another_path(target().twist("GET /pets", next("/cats")), &["page-link list"; 2])]
#[case::to_nowhere(
    target().twist("GET /pets", next("/pets?offset=99")).refuse("GET /pets?offset=99", 404),
    &["page-link list"; 2],
)]
#[tokio::test(start_paused = true)]
async fn a_lie_about_pages_is_seen(#[case] target: Scripted, #[case] expected: &[&str]) {
    let told = paged(&target).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn another_host_is_never_asked() {
    let target = target().twist("GET /pets*", next("http://other.test/pets?offset=1"));
    paged(&target).await;
    assert!(target.sent().iter().all(|line| line.starts_with("GET /pets")), "{:?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn pages_without_end_are_given_up() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let pages = AtomicU64::new(0);
    let target = target().twist("GET /pets*", move |_, reply| {
        let page = pages.fetch_add(1, Ordering::Relaxed);
        altered(reply, |body| {
            body["results"] = json!([{"id": page, "name": "a"}, {"id": page + 1000, "name": "b"}]);
            body["next"] = json!(format!("{BASE}/pets?offset={}", page + 1));
        })
    });
    paged(&target).await;
    let most = crate::check::plan::Sequence::Pages(CollectionId::nth(0)).bound();
    assert!(target.sent().len() <= most, "{} of {most}", target.sent().len());
}

#[rstest]
#[case::none(&[], "the list is empty")]
#[case::one(&["a"], "the list has only one entry")]
#[tokio::test(start_paused = true)]
async fn a_short_list_gives_no_occasion(#[case] names: &[&str], #[case] why: &str) {
    let told = paged(&Scripted::with(names)).await;
    assert_eq!(told.seen, [""; 0]);
    assert!(told.untested.contains(&format!("page-limit list: {why}")), "{:?}", told.untested);
}

#[rstest]
#[case::refused(401)]
#[case::failed(500)]
#[tokio::test(start_paused = true)]
async fn a_list_that_is_not_answered_shows_nothing(#[case] status: u16) {
    let target = target().refuse("GET /pets*", status);
    let told = paged(&target).await;
    assert!(!told.seen.iter().any(|seen| seen.starts_with("page-")), "{:?}", told.seen);
    assert_eq!(target.count("GET /pets?"), 0, "there is nothing to go on with");
}

/// A server that filters by two parameters, and on the pages behind the first maybe not by the second.
fn filtering(forgets: bool) -> Scripted {
    Scripted::default().twist("GET /pets*", move |request, _| {
        let pairs = query(request).split('&').filter_map(|pair| pair.split_once('='));
        let pairs: Vec<(&str, &str)> = pairs.collect();
        let number =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).and_then(|(_, v)| v.parse().ok());
        let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(10));
        let meets = |pet: &&Value| {
            pairs.iter().all(|(name, value)| match *name {
                "age" => pet["age"].as_i64() == value.parse().ok(),
                "size" => (forgets && offset > 0) || pet["size"].as_i64() == value.parse().ok(),
                _ => true,
            })
        };
        let pets: Vec<Value> =
            (0..8).map(|id| json!({"id": id, "name": "x", "age": id % 2, "size": id / 4})).collect();
        let all: Vec<&Value> = pets.iter().filter(meets).collect();
        let page: Vec<&&Value> = all.iter().skip(offset).take(limit).collect();
        let rest: String = pairs
            .iter()
            .filter(|(name, _)| *name != "offset")
            .fold(String::new(), |all, (n, v)| all + &format!("&{n}={v}"));
        let more = offset + page.len();
        let next = (more < all.len() && !page.is_empty()).then(|| format!("{BASE}/pets?offset={more}{rest}"));
        crate::check::scripted::answer(200, &json!({"count": all.len(), "next": next, "results": page}))
    })
}

/// Each filter holds on the pages behind the first.
#[rstest]
#[case::honest(false, &[])]
#[case::forgetful(true, &["filter-ignored list"])]
#[tokio::test(start_paused = true)]
async fn a_filter_holds_on_all_pages(#[case] forgets: bool, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    let number = json!({"type": "integer"});
    for name in ["age", "size"] {
        tree["components"]["schemas"]["Pet"]["properties"][name] = number.clone();
        let filter = json!({"name": name, "in": "query", "schema": number});
        tree["paths"]["/pets"]["get"]["parameters"].as_array_mut().unwrap().push(filter);
    }
    let (bench, target) = (Bench::of(tree), filtering(forgets));
    let told = bench.phase(&target, async |session| run(session, CollectionId::nth(0)).await).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}
