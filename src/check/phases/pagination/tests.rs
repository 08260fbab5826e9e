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

/// What the document says of the list in words.
#[rstest]
#[case::in_order(&["ann", "bob", "cid"], &[])]
#[case::out_of_order(&["bob", "ann", "cid"], &["sort-ignored list"])]
#[tokio::test(start_paused = true)]
async fn the_order_that_is_documented(#[case] names: &[&str], #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    tree["paths"]["/pets"]["get"]["summary"] = json!("All pets, by name");
    let (bench, target) = (Bench::of(tree), Scripted::with(names));
    let told = bench.phase(&target, async |session| run(session, CollectionId::nth(0)).await).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

#[rstest]
#[case::right("How many pets there are", json!({"total": 4, "bySize": {"1": 0}}), &[])]
#[case::wrong("How many pets there are", json!({"total": 3}), &["page-count stats"])]
#[case::wrong_in_part("How many pets there are", json!({"total": 4, "bySize": {"1": 2}}), &["page-count stats"])]
#[case::of_something_else("Facts about pets", json!({"total": 3}), &[])]
#[case::of_some("How many open pets there are", json!({"total": 3}), &[])]
#[tokio::test(start_paused = true)]
async fn numbers_beside_a_list(#[case] summary: &str, #[case] numbers: Value, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    let answer =
        json!({"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}});
    tree["paths"]["/pets/stats"] =
        json!({"get": {"operationId": "stats", "summary": summary, "responses": answer}});
    let target = target().reply("GET /pets/stats", 200, numbers);
    let bench = Bench::of(tree);
    let told = bench.phase(&target, async |session| run(session, CollectionId::nth(0)).await).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

/// A mark of a page that is none is refused where the document says so.
#[rstest]
#[case::refused("Another one is refused", 400, &[])]
#[case::taken("Another one is refused", 200, &["invalid-accepted list"])]
#[case::nothing_said("The mark of a page", 200, &[])]
#[tokio::test(start_paused = true)]
async fn a_mark_that_is_none(#[case] said: &str, #[case] status: u16, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    let cursor = json!({"name": "cursor", "in": "query", "description": said, "schema": {"type": "string"}});
    tree["paths"]["/pets"]["get"]["parameters"] = json!([cursor]);
    let page = json!({"count": 1, "results": [{"id": 1, "name": "a"}]});
    let target = Scripted::with(&["a"]).reply("GET /pets?cursor=no-such-mark", status, page);
    let bench = Bench::of(tree);
    let told = bench.phase(&target, async |session| run(session, CollectionId::nth(0)).await).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

/// A search for a word of an entry finds it, in any letter case where that is documented.
#[rstest]
#[case::by_word("Pets whose name contains this", false, &[])]
#[case::any_case("Pets whose name contains this, letter case aside", true, &[])]
#[case::case_counts("Pets whose name contains this, letter case aside", false, &["filter-ignored list"])]
#[tokio::test(start_paused = true)]
async fn a_search_finds(#[case] said: &str, #[case] any_case: bool, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    let search = json!({"name": "q", "in": "query", "description": said, "schema": {"type": "string"}});
    tree["paths"]["/pets"]["get"]["parameters"].as_array_mut().unwrap().push(search);
    let target = Scripted::with(&["Hector", "Paris"]).twist("GET /pets?q=*", move |request, reply| {
        altered(reply, |page| {
            let asked = query(request).trim_start_matches("q=").to_owned();
            let finds = |name: &str| {
                name.contains(&asked) || (any_case && name.to_lowercase().contains(&asked.to_lowercase()))
            };
            let found: Vec<Value> = page["results"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|pet| finds(pet["name"].as_str().unwrap()))
                .cloned()
                .collect();
            page["count"] = json!(found.len());
            page["results"] = json!(found);
        })
    });
    let bench = Bench::of(tree);
    let told = bench.phase(&target, async |session| run(session, CollectionId::nth(0)).await).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}
