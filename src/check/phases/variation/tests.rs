use http::Method;
use serde_json::{Value, json};

use crate::check::scripted::{Bench, Reply, Scripted, altered, answer, pets};
use crate::exchange::Request;
use crate::rules::{Rule, Severity};

fn has_emoji(request: &Request) -> bool {
    String::from_utf8_lossy(&request.body).contains('\u{1f642}')
}

fn refused(request: &Request, reply: Reply) -> Reply {
    if request.method == Method::POST && has_emoji(request) {
        return answer(422, &json!({"error": "no"}));
    }
    reply
}

fn cut(_: &Request, reply: Reply) -> Reply {
    altered(reply, |pet| {
        if let Some(name) = pet.get_mut("name") {
            let kept: String = name.as_str().unwrap_or_default().chars().filter(char::is_ascii).collect();
            *name = Value::from(kept);
        }
    })
}

#[tokio::test(start_paused = true)]
async fn the_value_that_is_refused_is_found() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", refused);
    let mut tree = pets();
    tree["components"]["schemas"]["Pet"]["properties"]["name"]["maxLength"] = json!(60);
    let outcome = Bench::of(tree).run(&target).await;
    let told: Vec<_> = outcome
        .run
        .findings
        .iter()
        // The target does not know the bound.
        .filter(|f| f.rule == Rule::ValidRejected)
        .map(|f| (f.rule.name(), f.operation.as_str(), f.instance.as_str(), f.severity))
        .collect();
    assert_eq!(told, [("valid-rejected", "create", "/name", Severity::Error)]);
    assert_eq!(target.names(), ["rex"], "what was made on the way is gone");
}

/// A free text may be the name of something, of which the document says nothing.
#[tokio::test(start_paused = true)]
async fn a_free_text_may_be_refused() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", refused);
    let outcome = Bench::pets().run(&target).await;
    assert!(outcome.run.findings.is_empty(), "{:?}", outcome.run.findings);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_taken_must_read_back() {
    let target = Scripted::with(&["rex"]).twist("POST /pets", cut);
    let outcome = Bench::pets().run(&target).await;
    let told: Vec<_> = outcome.run.findings.iter().map(|f| (f.rule.name(), f.instance.as_str())).collect();
    assert_eq!(told, [("create-altered", "/name")]);
}
