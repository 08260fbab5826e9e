//! A unit case for every rule that the phases of the runner look for themselves: a target on which it holds
//! and one that breaks it. `judge::tests` has the cases of all others.

mod learnt;
mod sets;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::attempt::Attempt;
use super::credentials::{Limited, Stranger};
use super::dispatch;
use super::evidence::{Evidence, Keyed};
use super::phases::{actions, key_limits, lifecycle, pagination};
use super::scripted::{Bench, Reply, Scripted, Told, altered, answer, key, pets};
use crate::config::state::{Action, State};
use crate::exchange::{Exchange, Request};
use crate::judge::exchange::{Intent, Valid};
use crate::judge::tests::{Cases, cases};
use crate::resources::{CollectionId, Resources};
use crate::rules::Rule;

/// What comes of a rule on an honest target and on one that lies.
async fn told(rule: Rule) -> [Told; 2] {
    match rule {
        Rule::DeniedRequestHadEffect => {
            let bench = Bench::guarded();
            [life(&bench, target().guarded()).await, life(&bench, target().twist("POST /pets", denied)).await]
        }
        Rule::RefusedMethodHadEffect => {
            let bench = undeletable();
            let refused = target().refuse("DELETE /pets/2", 405);
            let carried_out = target().twist("DELETE /pets/2", |_, _| answer(405, &json!({"error": "no"})));
            [life(&bench, refused).await, life(&bench, carried_out).await]
        }
        Rule::LocationBroken => {
            let honest = target().twist("POST /pets", |_, reply| located(reply, "/pets/2"));
            let lying = target().twist("POST /pets", |_, reply| located(reply, "/pets/99"));
            [life(&Bench::pets(), honest).await, life(&Bench::pets(), lying).await]
        }
        Rule::CreateNotListed => lived(target().twist("GET /pets", without_mine)).await,
        Rule::CreateNotFound => lived(target().refuse("GET /pets/2", 404)).await,
        Rule::DeleteNotGone => lived(target().reply("DELETE /pets/2", 204, Value::Null)).await,
        Rule::DeleteMissingStatus => lived(target().twist("DELETE /pets/*", never_missing)).await,
        Rule::ReadHadEffect => lived(target().twist("GET /pets/2", counting())).await,
        Rule::PageLink => {
            let lying = Scripted::with(&["a", "b", "c"])
                .twist("GET /pets", |_, reply| altered(reply, |page| page["next"] = json!("/cats")));
            [paged(&Scripted::with(&["a", "b", "c"])).await, paged(&lying).await]
        }
        Rule::KeyLimitIgnored => {
            [limited(&target().refuse("GET /pets/1", 403)).await, limited(&target()).await]
        }
        Rule::OtherOwnerAccepted => [owned(true).await, owned(false).await],
        Rule::ActionNotKept => [acted(true).await, acted(false).await],
        Rule::TargetHarmed => {
            let target = || Scripted::with(&["rex", "mia"]);
            [harmed(&target()).await, harmed(&target().spoiled_later("GET /pets", 500)).await]
        }
        Rule::ResponseSlow => [timed(1).await, timed(3).await],
        other => panic!("{other} has no case here"),
    }
}

fn target() -> Scripted {
    Scripted::with(&["rex"])
}

async fn life(bench: &Bench, target: Scripted) -> Told {
    bench.phase(&target, async |session| lifecycle::run(session, CollectionId::nth(0)).await).await
}

/// A life on the honest target and on another.
async fn lived(lying: Scripted) -> [Told; 2] {
    [life(&Bench::pets(), target()).await, life(&Bench::pets(), lying).await]
}

async fn paged(target: &Scripted) -> Told {
    Bench::pets().phase(target, async |session| pagination::run(session, CollectionId::nth(0)).await).await
}

/// What is refused without a key, but done.
fn denied(request: &Request, reply: Reply) -> Reply {
    if request.headers.contains_key(AUTHORIZATION) { reply } else { answer(401, &json!({"error": "key"})) }
}

fn located(reply: Reply, address: &'static str) -> Reply {
    let mut response = reply?;
    response.headers.insert(LOCATION, HeaderValue::from_static(address));
    Ok(response)
}

/// A list that leaves out what the run made.
fn without_mine(_: &Request, reply: Reply) -> Reply {
    let is_mine = |pet: &Value| pet["name"].as_str().is_some_and(|name| name.contains("qtestq"));
    altered(reply, |page| page["results"].as_array_mut().unwrap().retain(|pet| !is_mine(pet)))
}

/// A target that deletes what is not there.
fn never_missing(_: &Request, reply: Reply) -> Reply {
    if reply.as_ref().is_ok_and(|response| response.status == 404) {
        answer(204, &Value::Null)
    } else {
        reply
    }
}

/// A pet that counts how often it was read.
fn counting() -> impl Fn(&Request, Reply) -> Reply {
    let reads = AtomicU64::new(0);
    move |_, reply| {
        altered(reply, |pet| {
            if let Some(name) = pet["name"].as_str() {
                pet["name"] = json!(format!("{name} {}", reads.fetch_add(1, Ordering::Relaxed)));
            }
        })
    }
}

/// Pets of which the document says that they cannot be deleted.
fn undeletable() -> Bench {
    let mut tree = pets();
    tree["paths"]["/pets/{petId}"]["delete"]["responses"] = json!({"405": {"description": "never"}});
    Bench::of(tree)
}

/// A key that holds for another pet than the one that it asks for.
async fn limited(target: &Scripted) -> Told {
    let mut bench = Bench::guarded();
    let only = vec![("petId".to_owned(), vec!["2".to_owned()])];
    bench.sources.limited = vec![Limited { key: key("limited", &["pets"]), only }];
    bench
        .phase(target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(1)]);
            key_limits::run(session).await;
        })
        .await
}

/// A life among the keys of two owners, of whom only one sees the pet where the target keeps it to itself.
async fn owned(keeps_out: bool) -> Told {
    let mut bench = Bench::guarded();
    let private = State { collection: "/pets".to_owned(), private: true, ..State::default() };
    bench.resources = Resources::of(&bench.contract, &[private]);
    bench.sources.strangers = vec![Stranger { owner: "b".to_owned(), key: key("b", &["pets"]) }];
    let is_stranger =
        |request: &Request| request.headers.get("authorization").is_some_and(|key| key == "Bearer token-b");
    let honest = target().guarded();
    let target = if keeps_out {
        let hide = move |request: &Request, reply| {
            if is_stranger(request) { answer(404, &json!({"error": "no"})) } else { reply }
        };
        let leave_out = move |request: &Request, reply| {
            if is_stranger(request) { without_mine(request, reply) } else { reply }
        };
        honest
            .twist("GET /pets/2", hide)
            .twist("PATCH /pets/2", hide)
            .twist("PUT /pets/2", hide)
            .twist("GET /pets", leave_out)
            .refuse_times("DELETE /pets/2", 404, 1)
    } else {
        honest
    };
    life(&bench, target).await
}

/// An action that puts a pet into a group, on a target that does it or not.
async fn acted(is_kept: bool) -> Told {
    let mut tree = pets();
    let ids = json!({"type": "object", "required": ["pets"], "properties": {
        "pets": {"type": "array", "minItems": 1, "items": {"type": "integer", "const": 7}}}});
    tree["paths"]["/adopt"] = json!({"post": {"operationId": "adopt",
        "requestBody": {"required": true, "content": {"application/json": {"schema": ids}}},
        "responses": {"200": {"description": "done"}}}});
    let mut bench = Bench::of(tree);
    let adopt = bench.index("adopt");
    bench.settings.actions.insert(adopt);
    let action =
        Action { operation: "adopt".to_owned(), adds: Some("/pets".to_owned()), ..Action::default() };
    let state = State { collection: "/pets".to_owned(), action: vec![action], ..State::default() };
    bench.resources = Resources::of(&bench.contract, &[state]);
    let adopted = std::sync::Arc::new(AtomicU64::new(0));
    let seen = std::sync::Arc::clone(&adopted);
    let target = target()
        .twist("POST /adopt", move |_, _| {
            adopted.fetch_add(1, Ordering::Relaxed);
            answer(200, &json!({}))
        })
        .twist("GET /pets", move |_, reply| {
            altered(reply, |page| {
                if is_kept && seen.load(Ordering::Relaxed) > 0 {
                    page["results"].as_array_mut().unwrap().push(json!({"id": 7, "name": "new"}));
                    page["count"] = json!(2);
                }
            })
        });
    bench.phase(&target, async |session| actions::run(session, adopt).await).await
}

/// Looks at the list, and again after something was deleted.
async fn harmed(target: &Scripted) -> Told {
    Bench::pets()
        .phase(target, async |session| {
            for (id, values) in [("list", vec![]), ("drop", vec![json!(1)])] {
                let mut operations = session.contract.operations.iter();
                let operation = operations.find(|operation| operation.id == id).unwrap();
                let parts = session.addressed(operation, &values).unwrap();
                dispatch::turn(session, operation, &parts, Attempt::plain(operation)).await;
            }
        })
        .await
}

/// An answer that took so many seconds, where two are allowed.
async fn timed(seconds: u64) -> Told {
    let mut bench = Bench::pets();
    bench.options.slow = Some(Duration::from_secs(2));
    bench
        .phase(&target(), async |session| {
            let list = &session.contract.operations[0];
            let exchange = Exchange {
                case: "qtestq/1".to_owned(),
                url: "http://pets.test/pets".to_owned(),
                request: Request::new(Method::GET, "/pets"),
                outcome: answer(200, &json!({"count": 0, "results": []})),
                elapsed: Duration::from_secs(seconds),
            };
            let keyed = Keyed { exchange, key: None, placed: Vec::new() };
            session.recorder.judge(list, &Intent::Valid(Valid::Plain), &Evidence::from(keyed), None);
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn every_rule_of_the_phases_holds_in_one_case_and_is_broken_in_another() {
    for rule in Rule::ALL.iter().filter(|rule| matches!(cases(**rule), Cases::Runner)) {
        let [honest, lying] = Box::pin(told(*rule)).await;
        let is_of = |entry: &String| entry.split(' ').next() == Some(rule.name());
        assert!(honest.looked.iter().any(is_of), "{rule} does not look: {honest:#?}");
        assert!(!honest.seen.iter().any(is_of), "{rule} does not hold: {honest:#?}");
        assert!(lying.seen.iter().any(is_of), "{rule} is not broken: {lying:#?}");
    }
}
