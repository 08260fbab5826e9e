use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::dispatch::stock;
use crate::check::scripted::{BASE, Bench, Reply, Scripted, Told, altered, answer, pets};
use crate::check::steps;

#[rstest]
#[case(json!({"name": "Interview"}), true)]
#[case(json!({"title": "Interview"}), false)]
#[case(json!({"name": "x"}), false)]
#[case(json!([]), false)]
fn what_was_sent_is_known_again(#[case] read: Value, #[case] expected: bool) {
    assert_eq!(resembles(&read, br#"{"name": "Interview", "kind": "x"}"#), expected);
    assert!(!resembles(&json!({"kind": "x"}), br#"{"kind": "x"}"#), "too short to tell");
}

/// Makes one pet. Tells what is owed for it, and whether an object is the run's own.
async fn made(target: &Scripted, with_stock: bool) -> (Told, Vec<Value>) {
    let bench = Bench::pets();
    let create = bench.index("create");
    let mut own = Vec::new();
    let told = bench
        .phase(target, async |session| {
            let create = session.contract.at(create).unwrap();
            let mut parts = steps::plain_parts(session, create).await.unwrap();
            if with_stock {
                stock::take_stock(session, create, &parts).await;
            }
            session.marks.stamp(&mut parts);
            dispatch::turn(session, create, &parts, Attempt::plain(create)).await;
            own = session.pool.own_of(CollectionId::nth(0));
        })
        .await;
    (told, own)
}

fn hides_the_name(_: &crate::exchange::Request, reply: Reply) -> Reply {
    hides_the_name_of(reply)
}

fn hides_the_name_of(reply: Reply) -> Reply {
    altered(reply, |pet| pet["name"] = json!("hidden"))
}

#[rstest]
#[case::honest(Scripted::with(&["rex"]), Some(2), vec![format!("{BASE}/pets/2")])]
#[case::refused(Scripted::with(&["rex"]).refuse("POST /pets", 422), None, vec![])]
#[case::no_answer(Scripted::with(&["rex"]).cut_off("POST /pets"), None, vec![])]
#[case::there_already(Scripted::with(&["rex"]).reply("POST /pets", 200, json!({"id": 1, "name": "rex"})), None, vec![])]
#[case::of_others(Scripted::with(&["rex"]).reply("POST /pets", 201, json!({"id": 1, "name": "rex"})), None, vec![])]
#[case::without_id(Scripted::with(&["rex"]).twist("POST /pets", |_, _| answer(201, &json!({}))), Some(2), vec![format!("{BASE}/pets/2")])]
#[case::the_id_alone(Scripted::with(&["rex"]).twist("POST /pets", |_, _| answer(201, &json!(2))), Some(2), vec![format!("{BASE}/pets/2")])]
#[case::a_word(Scripted::with(&["rex"]).reply("POST /pets", 201, json!("created")), None, vec![format!("POST {BASE}/pets")])]
#[case::never_made(Scripted::with(&["rex"]).reply("POST /pets", 201, json!({})), None, vec![format!("POST {BASE}/pets")])]
#[tokio::test(start_paused = true)]
async fn what_a_create_has_made(
    #[case] target: Scripted,
    #[case] own: Option<u64>,
    #[case] left: Vec<String>,
) {
    let (told, known) = made(&target, true).await;
    assert_eq!(known, own.map(Value::from).into_iter().collect::<Vec<_>>(), "{:?}", target.sent());
    assert_eq!(told.left, left);
}

/// Where nothing reads an object, the list says which id it has.
#[tokio::test(start_paused = true)]
async fn an_answered_id_may_be_that_of_something_else() {
    let target =
        Scripted::with(&["rex"]).twist("POST /pets", |_, reply| altered(reply, |pet| pet["id"] = json!(77)));
    let mut document = pets();
    document["paths"]["/pets/{petId}"].as_object_mut().unwrap().shift_remove("get");
    let bench = Bench::of(document);
    let create = bench.index("create");
    let told = bench
        .phase(&target, async |session| {
            let create = session.contract.at(create).unwrap();
            let mut parts = steps::plain_parts(session, create).await.unwrap();
            session.marks.stamp(&mut parts);
            dispatch::turn(session, create, &parts, Attempt::plain(create)).await;
            assert_eq!(session.pool.own_of(CollectionId::nth(0)), [json!(2)]);
        })
        .await;
    assert_eq!(told.left, [format!("{BASE}/pets/2")]);
}

/// Without the run's text in the answer, only a list from before shows that an object is new.
#[rstest]
#[case::a_list_from_before(true, true)]
#[case::nothing(false, false)]
#[tokio::test(start_paused = true)]
async fn an_id_alone_shows_nothing(#[case] with_stock: bool, #[case] is_own: bool) {
    let target =
        Scripted::with(&["rex"]).twist("POST /pets", hides_the_name).twist("GET /pets/*", hides_the_name);
    let (told, own) = made(&target, with_stock).await;
    assert_eq!(!own.is_empty(), is_own, "{:?}", target.sent());
    assert_eq!(told.left, [format!("{BASE}/pets/2")], "it is owed all the same");
}

/// Where nothing lists and nothing reads what was sent, a create that says twice that it made something, with two ids, made
/// both. One that answers the same id again, a number, the status for what was there, or an id that leads nowhere, may tell of
/// something else.
#[rstest]
#[case::another_id(201, "p{}", "200", 200, &["p2", "p3"])]
#[case::the_same_id(201, "p77", "200", 200, &[])]
#[case::was_there(200, "p{}", "200", 200, &[])]
#[case::no_other_status(200, "p{}", "201", 200, &["p2", "p3"])]
#[case::a_number(201, "{}", "200", 200, &[])]
#[case::leads_nowhere(201, "p{}", "200", 404, &[])]
#[tokio::test(start_paused = true)]
async fn two_ids_show_that_each_is_new(
    #[case] status: u16,
    #[case] named: &'static str,
    #[case] other: &str,
    #[case] read: u16,
    #[case] own: &[&str],
) {
    let target = Scripted::with(&["rex"])
        .twist("GET /pets/*", move |request, _| {
            let id = request.path.rsplit('/').next();
            answer(read, &json!({"id": id, "name": "hidden"}))
        })
        .twist("POST /pets", move |_, reply| {
            let mut reply = altered(hides_the_name_of(reply), |pet| {
                pet["id"] = json!(named.replace("{}", &pet["id"].to_string()));
            })?;
            reply.status = http::StatusCode::from_u16(status).unwrap();
            Ok(reply)
        });
    let mut document = pets();
    document["paths"]["/pets/{petId}"]["parameters"][0]["schema"]["type"] = json!("string");
    document["components"]["schemas"]["Pet"]["properties"]["id"]["type"] = json!("string");
    document["paths"]["/pets"].as_object_mut().unwrap().shift_remove("get");
    let responses = document["paths"]["/pets"]["post"]["responses"].as_object_mut().unwrap();
    let made = responses.get("201").cloned().unwrap();
    if other == "201" {
        responses.shift_remove("201");
    }
    responses.insert("200".to_owned(), made);
    let bench = Bench::of(document);
    let create = bench.index("create");
    bench
        .phase(&target, async |session| {
            let create = session.contract.at(create).unwrap();
            for _ in 0..2 {
                let mut parts = steps::plain_parts(session, create).await.unwrap();
                session.marks.stamp(&mut parts);
                dispatch::turn(session, create, &parts, Attempt::plain(create)).await;
            }
            let mut known = session.pool.own_of(CollectionId::nth(0));
            known.sort_by_key(parameter::text);
            assert_eq!(json!(known), json!(own), "{:?}", target.sent());
        })
        .await;
}

/// Where a target counts, what was not there before a create and is there after it is new, though nothing tells so.
#[tokio::test(start_paused = true)]
async fn what_was_not_there_before_is_new() {
    let target =
        Scripted::with(&["rex"]).twist("POST /pets", hides_the_name).twist("GET /pets/*", hides_the_name);
    let mut document = pets();
    document["paths"]["/pets"].as_object_mut().unwrap().shift_remove("get");
    let bench = Bench::of(document);
    let create = bench.index("create");
    bench
        .phase(&target, async |session| {
            let create = session.contract.at(create).unwrap();
            for expected in [json!([]), json!([3])] {
                ahead::look_ahead(session, CollectionId::nth(0)).await;
                let mut parts = steps::plain_parts(session, create).await.unwrap();
                session.marks.stamp(&mut parts);
                dispatch::turn(session, create, &parts, Attempt::plain(create)).await;
                let own = session.pool.own_of(CollectionId::nth(0));
                assert_eq!(json!(own), expected, "{:?}", target.sent());
            }
        })
        .await;
}

/// An object of this run's own is linked with one that is there; nothing else is, and no link stays.
#[rstest]
#[case::documented(true)]
#[case::not_ended(false)]
#[tokio::test(start_paused = true)]
async fn a_link_is_made_on_the_own_side_and_ended(#[case] ends: bool) {
    let mut document = pets();
    let id =
        |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer"}});
    let list = json!({"200": {"description": "all", "content": {"application/json": {"schema": {"type": "array",
        "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}}});
    let done = json!({"204": {"description": "done"}});
    document["paths"]["/tags"] = json!({"get": {"operationId": "tags", "responses": list}});
    document["paths"]["/pets/{petId}/tags"] =
        json!({"parameters": [id("petId")], "get": {"operationId": "worn", "responses": list}});
    document["paths"]["/pets/{petId}/tags/{tag}"] = json!({"parameters": [id("petId"), id("tag")],
        "put": {"operationId": "link", "responses": done}, "delete": {"operationId": "unlink", "responses": done}});
    let linked = std::sync::Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let (made, ended) = (linked.clone(), linked.clone());
    let path = |request: &crate::exchange::Request| request.path.clone();
    let target = Scripted::with(&["rex"])
        .reply("GET /tags", 200, json!([{"id": 5}]))
        .reply("GET /pets/1/tags", 200, json!([{"id": 5}]))
        .twist("PUT /pets/*", move |request, reply| {
            if !request.path.contains("/tags/") {
                return reply;
            }
            made.lock().unwrap().insert(path(request));
            answer(204, &json!(null))
        })
        .twist("DELETE /pets/*", move |request, reply| {
            if !request.path.contains("/tags/") {
                return reply;
            }
            if !ends {
                return answer(404, &json!({"error": "no"}));
            }
            ended.lock().unwrap().remove(&path(request));
            answer(204, &json!(null))
        });
    let outcome = Bench::of(document).run(&target).await;
    let links: Vec<String> = target.sent().into_iter().filter(|line| line.contains("/tags/")).collect();
    assert!(links.iter().any(|line| line.starts_with("PUT")), "{:?}", target.sent());
    assert!(links.iter().all(|line| !line.contains("/pets/1/") && line.contains("/tags/5")), "{links:?}");
    assert_eq!(linked.lock().unwrap().is_empty(), ends, "{links:?}");
    assert_eq!(outcome.run.leftovers, [] as [String; 0], "what is linked goes with its object");
}
