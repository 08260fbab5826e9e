use rstest::rstest;
use serde_json::json;

use super::*;
use crate::check::scripted::{Bench, Scripted};
use crate::resources::CollectionId;

/// A target that takes whatever this is.
fn taking(fits: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Scripted {
    Scripted::with(&["rex"]).twist("*", move |request, reply| {
        let refused = crate::check::scripted::answer(401, &json!({"error": "key"}));
        if fits(request) { reply } else { refused }
    })
}

fn sent(request: &Request) -> &str {
    request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[rstest]
#[case::strict(taking(|request| sent(request) == "Bearer known-secret-key"), &[])]
#[case::by_its_begin(taking(|request| sent(request).starts_with("Bearer know")), &["auth-unknown-accepted read"])]
#[case::by_its_first_part(taking(|request| sent(request).starts_with("Bearer known-secret-key")), &["auth-unknown-accepted read"])]
#[case::head(taking(|request| request.method == Method::HEAD), &["auth-unknown-accepted read"])]
#[tokio::test(start_paused = true)]
async fn odd_credentials(#[case] target: Scripted, #[case] expected: &[&str]) {
    let mut bench = Bench::guarded();
    bench.sources.named.clear();
    bench.sources.token = Some(crate::exchange::Secret::new("known-secret-key"));
    let operation = bench.contract.operation("read").unwrap().index;
    let told = bench
        .phase(&target, async |session| {
            session.pool.list(CollectionId::nth(0), &[], vec![json!(1)]);
            let state = session.recorder.state_mut(operation).unwrap();
            state.success = Some(200);
            state.statuses.insert("200".to_owned(), 1);
            run(session, operation).await;
        })
        .await;
    let mut seen = told.seen.clone();
    seen.dedup();
    assert_eq!(seen, expected);
}

#[rstest]
#[case::a_password("secret", &["a"], false)]
#[case::its_scopes("a b", &["a", "b"], true)]
#[case::everything("*", &[], true)]
#[case::others("c", &["a"], false)]
fn a_password_may_say_what_a_key_may_do(
    #[case] password: &str,
    #[case] scopes: &[&str],
    #[case] expected: bool,
) {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let info = crate::run::KeyInfo { name: "k".to_owned(), scopes };
    let key = Credential::new(crate::exchange::Secret::new("mock:x"), info);
    assert_eq!(is_description(password, &key), expected);
}
