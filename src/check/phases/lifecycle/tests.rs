use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use http::header::AUTHORIZATION;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Reply, Scripted, Told, altered, answer};
use crate::exchange::Request;

async fn lived(bench: &Bench, target: &Scripted) -> Told {
    bench.phase(target, async |session| run(session, CollectionId::nth(0)).await).await
}

fn is_mine(pet: &Value) -> bool {
    pet["name"].as_str().is_some_and(|name| name.contains("qtestq"))
}

fn hides_mine(_: &Request, reply: Reply) -> Reply {
    altered(reply, |page| {
        page["results"].as_array_mut().unwrap().retain(|pet| !is_mine(pet));
    })
}

/// A server on which a pet that is gone can be deleted once more.
fn always_gone(_: &Request, reply: Reply) -> Reply {
    if reply.as_ref().is_ok_and(|response| response.status == 404) {
        answer(204, &Value::Null)
    } else {
        reply
    }
}

#[rstest]
#[case::honest(Scripted::with(&["rex"]), &[])]
#[case::unlisted(Scripted::with(&["rex"]).twist("GET /pets", hides_mine), &["create-not-listed list"])]
#[case::unreadable(Scripted::with(&["rex"]).refuse("GET /pets/2", 404), &["create-not-found create"])]
#[case::deaf(
    Scripted::with(&["rex"]).reply("PATCH /pets/2", 200, json!({"id": 2, "name": "x"})),
    &["update-not-kept change"],
)]
#[case::deaf_to_put(
    Scripted::with(&["rex"]).reply("PUT /pets/2", 200, json!({"id": 2, "name": "x"})),
    &["update-not-kept replace"],
)]
#[case::immortal(Scripted::with(&["rex"]).reply("DELETE /pets/2", 204, Value::Null), &["delete-not-gone drop"])]
#[case::twice(Scripted::with(&["rex"]).twist("DELETE /pets/*", always_gone), &["delete-missing-status drop"])]
#[case::another(
    Scripted::with(&["rex"]).twist("GET /pets/2", |_, reply| altered(reply, |pet| {
        if is_mine(pet) { pet["id"] = json!(7); }
    })),
    &["identity-changed read"],
)]
#[case::garbled(
    Scripted::with(&["rex"]).twist("POST /pets", |_, reply| altered(reply, |pet| pet["size"] = json!(77))),
    &["create-altered create"],
)]
#[case::broken(Scripted::with(&["rex"]).refuse("POST /pets", 500), &["server-error create"])]
#[tokio::test(start_paused = true)]
async fn a_lie_about_a_life_is_seen(#[case] target: Scripted, #[case] expected: &[&str]) {
    let told = lived(&Bench::pets(), &target).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

#[tokio::test(start_paused = true)]
async fn an_honest_life_is_looked_at_from_all_sides() {
    let target = Scripted::with(&["rex"]);
    let told = lived(&Bench::pets(), &target).await;
    let expected = [
        "create-not-listed list",
        "create-altered create",
        "create-not-found create",
        "read-had-effect read",
        "identity-changed read",
        "update-not-kept change",
        "update-clobbered change",
        "delete-not-gone drop",
        "delete-missing-status drop",
    ];
    let missing: Vec<_> =
        expected.iter().filter(|rule| !told.looked.contains(&(**rule).to_owned())).collect();
    assert!(missing.is_empty(), "{missing:?} {:?}", told.looked);
    assert_eq!(target.names(), ["rex"]);
    assert_eq!(told.left, [""; 0]);
}

#[rstest]
#[case::refused("POST /pets", 400)]
#[case::unauthorized("POST /pets", 401)]
#[case::failed("POST /pets", 503)]
#[tokio::test(start_paused = true)]
async fn without_a_create_there_is_no_life(#[case] what: &str, #[case] status: u16) {
    let target = Scripted::with(&["rex"]).refuse(what, status);
    let told = lived(&Bench::pets(), &target).await;
    let touches = |line: &String| line.contains("/pets/");
    assert!(!target.sent().iter().any(touches), "{:?}", target.sent());
    assert_eq!((told.left, told.events), (Vec::new(), Vec::new()), "nothing was made");
}

/// An object that was there before is never changed, whatever a create answers.
#[tokio::test(start_paused = true)]
async fn an_object_of_others_is_left_alone() {
    let target = Scripted::with(&["rex"]).reply("POST /pets", 201, json!({"id": 1, "name": "rex"}));
    let told = lived(&Bench::pets(), &target).await;
    let writes = |line: &String| ["PATCH", "PUT", "DELETE"].iter().any(|method| line.starts_with(method));
    assert!(!target.sent().iter().any(writes), "{:?}", target.sent());
    assert_eq!(target.names(), ["rex"]);
    assert_eq!(told.seen, [""; 0]);
}

/// Requests that are refused but carried out.
#[rstest]
#[case::create("POST /pets", "denied-request-had-effect create")]
#[case::update("PATCH /pets/2", "denied-request-had-effect change")]
#[case::delete("DELETE /pets/2", "denied-request-had-effect drop")]
#[tokio::test(start_paused = true)]
async fn a_refusal_must_have_no_effect(#[case] what: &str, #[case] expected: &str) {
    let two_faced = |request: &Request, reply: Reply| {
        if request.headers.contains_key(AUTHORIZATION) {
            reply
        } else {
            answer(401, &json!({"error": "key"}))
        }
    };
    let target = Scripted::with(&["rex"]).twist(what, two_faced);
    let told = lived(&Bench::guarded(), &target).await;
    assert!(told.seen.contains(&expected.to_owned()), "{:?}", told.seen);
    let honest = Scripted::with(&["rex"]).guarded();
    let told = lived(&Bench::guarded(), &honest).await;
    assert!(!told.seen.iter().any(|seen| seen == expected), "{:?}", told.seen);
    assert!(told.looked.contains(&expected.to_owned()), "{:?}", told.looked);
}

/// A server whose pets run until somebody writes something, or as long as it says.
#[rstest]
#[case::keeps_it(|_: bool, _: &Value| json!(true), &[])]
#[case::moves_by_itself(|is_written: bool, _: &Value| json!(!is_written), &[])]
#[case::takes_what_is_sent(
    |_: bool, stored: &Value| if stored.is_null() { json!(true) } else { stored.clone() },
    &["update-clobbered change"],
)]
#[tokio::test(start_paused = true)]
async fn a_read_only_member_is_not_written(
    #[case] running: fn(bool, &Value) -> Value,
    #[case] expected: &[&str],
) {
    let mut tree = crate::check::scripted::pets();
    tree["components"]["schemas"]["Pet"]["properties"]["running"] =
        json!({"type": "boolean", "readOnly": true});
    let is_written = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_written);
    let show = move |reply: Reply| {
        let is_written = seen.load(Ordering::Relaxed);
        altered(reply, |pet| pet["running"] = running(is_written, &pet["running"]))
    };
    let shown = show.clone();
    let target = Scripted::with(&["rex"])
        .twist("PATCH /pets/2", move |request, reply| {
            let is_meant = request.body.windows(9).any(|part| part == b"\"running\"");
            is_written.fetch_or(is_meant, Ordering::Relaxed);
            show(reply)
        })
        .twist("GET /pets/2", move |_, reply| {
            if reply.as_ref().is_ok_and(|r| r.status == 200) { shown(reply) } else { reply }
        });
    let told = lived(&Bench::of(tree), &target).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
    assert!(told.looked.contains(&"update-clobbered change".to_owned()));
}

/// A list that shows a new object only later is not a finding.
#[tokio::test(start_paused = true)]
async fn a_list_may_take_a_moment() {
    let begun = crate::check::clock::now();
    let target = Scripted::with(&["rex"]).twist("GET /pets", move |request, reply| {
        if begun.elapsed() < SETTLING { hides_mine(request, reply) } else { reply }
    });
    assert_eq!(lived(&Bench::pets(), &target).await.seen, [""; 0]);
    assert!(begun.elapsed() >= SETTLING);
}

/// A member that each read changes is reported once, and not used to judge changes.
#[tokio::test(start_paused = true)]
async fn a_member_that_reads_change() {
    let reads = AtomicU64::new(0);
    let target = Scripted::with(&["rex"]).twist("GET /pets/2", move |_, reply| {
        altered(reply, |pet| {
            if let Some(name) = pet["name"].as_str() {
                pet["name"] = json!(format!("{name} {}", reads.fetch_add(1, Ordering::Relaxed)));
            }
        })
    });
    let told = lived(&Bench::pets(), &target).await;
    assert!(told.seen.contains(&"read-had-effect read".to_owned()), "{:?}", told.seen);
    assert!(!told.seen.iter().any(|seen| seen.starts_with("update-clobbered")), "{:?}", told.seen);
}

#[rstest]
#[case::gone_already(Scripted::default(), &[])]
#[case::answered(Scripted::default().reply("DELETE /pets/7", 204, Value::Null), &["delete-missing-status drop"])]
#[tokio::test(start_paused = true)]
async fn a_second_delete(#[case] target: Scripted, #[case] expected: &[&str]) {
    let mut bench = Bench::pets();
    let given = crate::check::plan::Given {
        params: [("petId".to_owned(), "7".to_owned())].into_iter().collect(),
        disposable: true,
        ..crate::check::plan::Given::default()
    };
    bench.settings.given.insert("drop".to_owned(), given);
    let drop = bench.index("drop");
    let told = bench.phase(&target, async |session| delete_twice::run(session, drop).await).await;
    assert_eq!(told.seen, expected);
    assert!(target.count("DELETE /pets/7") >= 1);
}

/// Pets with a photo.
fn with_photo() -> Bench {
    let mut tree = crate::check::scripted::pets();
    let mut photo = tree["paths"]["/pets/{petId}"]["get"].clone();
    photo["operationId"] = json!("photo");
    photo["responses"]["200"]["content"] = json!({"application/json": {"schema": {"type": "object"}}});
    let parameters = tree["paths"]["/pets/{petId}"]["parameters"].clone();
    tree["paths"]["/pets/{petId}/photo"] = json!({"parameters": parameters, "get": photo});
    Bench::of(tree)
}

/// What is inside an object goes with it.
#[rstest]
#[case::kept(Scripted::with(&["rex"]).reply("GET /pets/2/photo", 200, json!({})), &["delete-not-gone drop"])]
#[case::gone(Scripted::with(&["rex"]), &[])]
#[tokio::test(start_paused = true)]
async fn what_is_inside_a_deleted_object(#[case] target: Scripted, #[case] expected: &[&str]) {
    let told = lived(&with_photo(), &target).await;
    assert_eq!(target.count("GET /pets/2/photo"), 1);
    assert_eq!(told.seen, expected);
}

/// Pets whose code is their own.
fn with_code() -> Bench {
    let mut tree = crate::check::scripted::pets();
    let code = json!({"type": "string"});
    tree["components"]["schemas"]["Pet"]["properties"]["code"] = code.clone();
    tree["components"]["schemas"]["Pet"]["required"] = json!(["name", "code"]);
    let item = &mut tree["paths"]["/pets/{petId}"];
    item["patch"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["code"] = code;
    for method in ["patch", "put"] {
        item[method]["description"] = json!("A `code` that another pet has is refused with 409.");
        item[method]["responses"]["409"] = item[method]["responses"]["4XX"].clone();
    }
    Bench::of(tree)
}

/// A change to the code of another object of this run's is refused, and one that leaves an object its own is not.
#[rstest]
#[case::taken(0, &["invalid-accepted change", "invalid-accepted replace"])]
#[case::refused(1, &[])]
#[case::its_own_is_refused(2, &["valid-rejected change", "valid-rejected replace"])]
#[tokio::test(start_paused = true)]
async fn a_change_to_a_key_that_is_taken(#[case] refused: usize, #[case] expected: &[&str]) {
    use std::sync::{Arc, Mutex};
    let codes: Arc<Mutex<Vec<Value>>> = Arc::default();
    let made = Arc::clone(&codes);
    let code = |request: &Request| serde_json::from_slice::<Value>(&request.body).ok()?.get("code").cloned();
    let target = Scripted::default()
        .twist("POST /pets", move |request, reply| {
            made.lock().unwrap().extend(code(request));
            reply
        })
        .twist("P*", move |request, reply| {
            let codes = codes.lock().unwrap();
            let is_taken =
                code(request).is_some_and(|code| codes.iter().take(refused).any(|known| *known == code));
            if is_taken { answer(409, &json!({"error": "taken"})) } else { reply }
        });
    // It reads no code that is none.
    let target = target.twist("GET /pets/2", |_, reply| {
        altered(reply, |pet| {
            if pet["id"].is_number() && !pet["code"].is_string() {
                pet["code"] = json!("odd");
            }
        })
    });
    let told = with_code()
        .phase(&target, async |session| {
            steps::fresh_below(session, CollectionId::nth(0), &Vec::new()).await;
            run(session, CollectionId::nth(0)).await;
        })
        .await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

/// A 304 has the headers that the document requires of it.
#[rstest]
#[case::without(false)]
#[case::with(true)]
#[tokio::test(start_paused = true)]
async fn an_unchanged_object_still_has_its_tag(#[case] is_tagged: bool) {
    let mut tree = crate::check::scripted::pets();
    let tag = json!({"ETag": {"required": true, "schema": {"type": "string"}}});
    tree["paths"]["/pets/{petId}"]["get"]["responses"]["304"] =
        json!({"description": "same", "headers": tag});
    let target = Scripted::with(&["rex"]).twist("GET /pets/2", move |request, reply| {
        let is_known = request.headers.contains_key(http::header::IF_NONE_MATCH);
        let mut reply = if is_known { answer(304, &Value::Null)? } else { reply? };
        if is_tagged || !is_known {
            reply.headers.insert(http::header::ETAG, http::HeaderValue::from_static("\"1\""));
        }
        Ok(reply)
    });
    let told = lived(&Bench::of(tree), &target).await;
    assert_ne!(told.seen.contains(&"header-missing read".to_owned()), is_tagged, "{:?}", told.seen);
    assert!(told.looked.contains(&"status-unexpected read".to_owned()), "{:?}", told.looked);
}

/// A change that is refused for one member has changed another one.
#[tokio::test(start_paused = true)]
async fn a_refused_change_is_refused_as_a_whole() {
    let mut tree = crate::check::scripted::pets();
    let number = json!({"type": "integer"});
    for name in ["height", "weight"] {
        tree["components"]["schemas"]["Pet"]["properties"][name] = number.clone();
        let body = &mut tree["paths"]["/pets/{petId}"]["patch"]["requestBody"];
        body["content"]["application/json"]["schema"]["properties"][name] = number.clone();
    }
    // It has taken all but what it refuses.
    let target = Scripted::with(&["rex"])
        .twist("PATCH /pets/2", |request, reply| {
            let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            if sent["weight"].is_object() { answer(422, &json!({"error": "weight"})) } else { reply }
        })
        .twist("GET /pets/2", |_, reply| {
            altered(reply, |pet| {
                if pet["weight"].is_object() {
                    pet["weight"] = json!(1);
                }
            })
        });
    let told = lived(&Bench::of(tree), &target).await;
    assert_eq!(told.seen.first().map(String::as_str), Some("refused-method-had-effect change"), "{told:#?}");
}

/// Links of an answer lead to what is there.
#[rstest]
#[case::there("$response.body#/id", &[])]
#[case::nowhere("$response.body#/size", &["location-broken create"])]
#[case::of_no_value("$response.body#/colour", &[])]
#[tokio::test(start_paused = true)]
async fn links_are_followed(#[case] expression: &str, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    tree["paths"]["/pets"]["post"]["responses"]["201"]["links"] =
        json!({"read": {"operationId": "read", "parameters": {"petId": expression}}});
    let size = json!({"type": "integer", "minimum": 70, "maximum": 70});
    tree["components"]["schemas"]["Pet"]["properties"]["size"] = size;
    tree["components"]["schemas"]["Pet"]["required"] = json!(["name", "size"]);
    let target = Scripted::with(&["rex"]);
    let told = lived(&Bench::of(tree), &target).await;
    let of_links: Vec<&String> = told.seen.iter().filter(|seen| seen.starts_with("location")).collect();
    assert_eq!(of_links, expected, "{:#?}", target.sent());
}

/// A server that knows JSON Patch, or only seems to.
fn patches(request: &Request, reply: Reply, is_deaf: bool, tests: bool) -> Reply {
    let Ok(Value::Array(patch)) = serde_json::from_slice::<Value>(&request.body) else { return reply };
    let is_tested = patch.iter().any(|step| step["op"] == "test");
    if is_tested && tests {
        return answer(409, &json!({"error": "test"}));
    }
    if is_deaf || is_tested {
        return answer(200, &json!({"id": 2, "name": "x"}));
    }
    answer(422, &json!({"error": "no"}))
}

#[rstest]
#[case::refused(false, true, &[])]
#[case::deaf(true, true, &["update-not-kept change"])]
#[tokio::test(start_paused = true)]
async fn json_patches(#[case] is_deaf: bool, #[case] tests: bool, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    tree["paths"]["/pets/{petId}"]["patch"]["requestBody"]["content"] =
        json!({"application/json-patch+json": {"schema": {"type": "array", "items": {"type": "object"}}}});
    let target = Scripted::with(&["rex"])
        .twist("PATCH /pets/2", move |request, reply| patches(request, reply, is_deaf, tests));
    let told = lived(&Bench::of(tree), &target).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}

/// A list is read, whatever else is in it: half a pair of UTF-16 is JSON, and no text can hold it.
#[tokio::test(start_paused = true)]
async fn a_list_with_half_a_character_is_read() {
    let target = Scripted::with(&["rex"]).twist("GET /pets", |_, reply| {
        let mut response = reply?;
        let page = String::from_utf8(response.body.to_vec()).unwrap();
        response.body = page.replace("\"rex\"", "\"\\ud83e\"").into();
        Ok(response)
    });
    let told = lived(&Bench::pets(), &target).await;
    assert_eq!((&told.seen, &told.left), (&Vec::new(), &Vec::new()), "{:#?}", target.sent());
    assert!(told.looked.contains(&"create-not-listed list".to_owned()));
}

/// A pet is a cat or a dog with a home, of which one part may be lost.
#[rstest]
#[case::kept(false, &[])]
#[case::lost(true, &["create-altered create"])]
#[tokio::test(start_paused = true)]
async fn the_other_alternative_is_created_in_full(#[case] loses: bool, #[case] expected: &[&str]) {
    let mut tree = crate::check::scripted::pets();
    let name = json!({"type": "string"});
    let home = json!({"type": "object", "properties": {"street": name, "zip": name}});
    let cat = json!({"type": "object", "required": ["name", "kind"], "additionalProperties": false,
        "properties": {"name": name, "kind": {"const": "cat"}}});
    let dog = json!({"type": "object", "required": ["name", "kind"], "additionalProperties": false,
        "properties": {"name": name, "kind": {"const": "dog"}, "home": home}});
    tree["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]["schema"] =
        json!({"oneOf": [cat, dog]});
    tree["components"]["schemas"]["Pet"]["properties"]["kind"] = name;
    tree["components"]["schemas"]["Pet"]["properties"]["home"] = home;
    let target = Scripted::with(&["rex"]).twist("POST /pets", move |_, reply| {
        altered(reply, |pet| {
            if loses && let Some(home) = pet.get_mut("home").and_then(Value::as_object_mut) {
                home.shift_remove("zip");
            }
        })
    });
    let told = lived(&Bench::of(tree), &target).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
    // It is removed with the rest when the run ends.
    assert_eq!(told.left.len(), 1, "{:?}", told.left);
}
