use http::header::AUTHORIZATION;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Reply, Scripted, answer, key, pets};
use crate::exchange::Request;

/// What an issuer does wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    None,
    AnySecret,
    AnyScope,
    TooWide,
    TooNarrow,
}

/// Tokens are their scopes, with dots between them.
fn issue(request: &Request, lie: Lie) -> Reply {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    if field("client_secret") != "s3cret" && lie != Lie::AnySecret {
        return answer(401, &json!({"error": "no"}));
    }
    let known = |scope: &&str| ["pets", "vets"].contains(scope) || lie == Lie::AnyScope;
    let scopes: Vec<&str> = field("scope").split(' ').filter(known).collect();
    let held = match lie {
        Lie::TooWide => "pets.vets".to_owned(),
        Lie::TooNarrow => "none".to_owned(),
        _ => scopes.join("."),
    };
    let token = json!({"access_token": format!("token-of-{held}"), "token_type": "Bearer", "scope": scopes.join(" ")});
    answer(200, &token)
}

fn guarded(request: &Request, reply: Reply, scope: &str) -> Reply {
    let key = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lets_in = key.contains(scope) || key == "Bearer token-k";
    if lets_in { reply } else { answer(403, &json!({"error": "scope"})) }
}

#[rstest]
#[case::honest(Lie::None, &[])]
#[case::any_secret(Lie::AnySecret, &["auth-unknown-accepted token"])]
#[case::any_scope(Lie::AnyScope, &["invalid-accepted token"])]
#[case::too_wide(Lie::TooWide, &["scope-lacking-accepted token"])]
#[case::too_narrow(Lie::TooNarrow, &["scope-minimal-refused token"])]
#[tokio::test(start_paused = true)]
async fn what_an_issuer_grants(#[case] lie: Lie, #[case] expected: &[&str]) {
    let mut tree = pets();
    tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
    tree["paths"]["/pets"]["get"]["security"] = json!([{"key": ["pets"]}]);
    let text = json!({"type": "string"});
    let body = json!({"type": "object", "properties": {
        "grant_type": text, "client_id": text, "client_secret": text, "scope": text}});
    let example = json!({"grant_type": "client_credentials", "client_id": "c", "client_secret": "s3cret", "scope": "pets vets"});
    let granted = json!({"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}, "401": {"description": ""}});
    let list = tree["paths"]["/pets"]["get"]["responses"].clone();
    tree["paths"]["/vets"] =
        json!({"get": {"operationId": "vets", "security": [{"key": ["vets"]}], "responses": list}});
    tree["paths"]["/token"] = json!({"post": {"operationId": "token", "responses": granted, "requestBody": {
        "content": {"application/x-www-form-urlencoded": {"schema": body, "example": example}}}}});
    let mut bench = Bench::of(tree);
    bench.sources.named = vec![key("k", &["pets", "vets"])];
    bench.settings.actions.insert(bench.index("token"));
    let target = Scripted::with(&["a"])
        .twist("POST /token", move |request, _| issue(request, lie))
        .twist("GET /vets*", |request, _| {
            guarded(request, answer(200, &json!({"count": 0, "results": []})), "vets")
        })
        .twist("GET /pets*", |request, reply| guarded(request, reply, "pets"));
    let told = bench.phase(&target, async |session| run(session).await).await;
    assert_eq!(told.seen, expected, "{:#?}", target.sent());
}
