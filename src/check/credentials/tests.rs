//! Tests which key is chosen for which case, by name, scopes and scheme.

use http::{HeaderMap, Method};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::client::token::Granted;
use crate::contract::build;
use crate::document::Document;
use crate::exchange::Request;

fn rules() -> ScopeRules {
    ScopeRules { wildcard: "*".to_owned(), write_implies_read: true, ..ScopeRules::default() }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

/// A document with one operation that asks for this.
fn contract(security: &Value) -> Contract {
    let tree = json!({
        "openapi": "3.1.0",
        "components": {"securitySchemes": {
            "staff": {"type": "http", "scheme": "bearer"},
            "partner": {"type": "apiKey", "in": "query", "name": "key"},
            "old": {"type": "http", "scheme": "basic"},
            "odd": {"type": "odd"},
        }},
        "paths": {
            "/x": {"get": {"security": security, "responses": {"200": {}}}},
            "/y": {"get": {"security": [{"staff": ["read:users", "list:users", "users:activity", "b:read"]}], "responses": {"200": {}}}},
        }
    });
    build("t", &Document::of("t", tree)).unwrap().0
}

/// `name scope…`, with `name@scheme` where it is for one scheme; the token is the name.
fn named(text: &str) -> Credential {
    let mut words = text.split(' ');
    let (name, scheme) = words.next().unwrap().split_once('@').map_or((text, None), |(n, s)| (n, Some(s)));
    let name = name.split(' ').next().unwrap();
    let info = KeyInfo { name: name.to_owned(), scopes: words.map(str::to_owned).collect() };
    Credential::new(Secret::new(format!("t-{name}")), info).of_scheme(scheme.map(str::to_owned))
}

fn sources(keys: &[&str]) -> Sources {
    Sources { named: keys.iter().map(|key| named(key)).collect(), ..Sources::default() }
}

fn minting() -> Sources {
    let minter: Minter = Box::new(|scopes| {
        let token = Secret::new(format!("mock:{}", scopes.join("+")));
        Box::pin(async move { Ok(Granted::bare(token)) })
    });
    Sources { minter: Some(minter), ..Sources::default() }
}

/// What a request carries for a case, or why there is no key.
async fn sent(security: Value, sources: &Sources, choice: Option<KeyChoice>) -> String {
    let mut contract = contract(&security);
    let rules = rules();
    prefer(&mut contract, sources, &rules);
    let operation = &contract.operations[0];
    let choice = choice.unwrap_or_else(|| KeyChoice::Minimal(operation.scopes().to_vec()));
    let key = match Credentials::new(&contract, sources, &rules).get(operation, &choice).await {
        Ok(Some(key)) => key,
        Ok(None) => return "nothing".to_owned(),
        Err(why) => return why,
    };
    let mut request = Request::new(Method::GET, "/x");
    place(&contract, operation, sources, &key, &mut request);
    shown(&request.headers, request.query.as_deref())
}

#[rstest]
#[case("key=string&page=1", Some("page=1"))]
#[case("page=1&k%65y=string&key=x", Some("page=1"))]
#[case("key=string", None)]
#[case("keys=1&flag", Some("keys=1&flag"))]
fn a_key_is_taken_out_of_a_query(#[case] query: &str, #[case] left: Option<&str>) {
    let mut request = Request::new(Method::GET, "/x");
    request.query = Some(query.to_owned());
    take_out(&mut request, "key");
    assert_eq!(request.query.as_deref(), left);
}

fn shown(headers: &HeaderMap, query: Option<&str>) -> String {
    let fields = headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    fields.chain(query.map(str::to_owned)).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn named_keys_serve_the_cases_they_fit() {
    let contract = contract(&json!([{"staff": ["a:read"]}]));
    let operation = &contract.operations[0];
    let sources = sources(&["all *", "reader a:read", "kin a:list", "other b:read"]);
    let rules = rules();
    let mut keys = Credentials::new(&contract, &sources, &rules);
    let required = strings(&["a:read"]);
    let minimal = keys.get(operation, &KeyChoice::Minimal(required.clone())).await.unwrap().unwrap();
    assert_eq!(minimal.info.name, "reader", "the one that holds the least beyond what is asked");
    let lacking = KeyChoice::Lacking { scopes: strings(&["c:read"]), required };
    let lacking = keys.get(operation, &lacking).await.unwrap().unwrap();
    assert_eq!(lacking.info.name, "other", "not the one that may hold more than the document tells");
    assert!(keys.get(operation, &KeyChoice::Wider { scopes: strings(&["a:write"]) }).await.is_err());
}

const BASIC: &str = "authorization: Basic dC1vOg==";

#[rstest]
#[case::own_scheme(json!([{"staff": ["a"]}]), &["p@partner a", "s@staff a"], "authorization: Bearer t-s")]
#[case::basic(json!([{"old": []}]), &["s@staff a", "o@old"], BASIC)]
#[case::no_key_of_that_scheme(json!([{"partner": []}]), &["s@staff a"], "no key for the security scheme \"partner\"")]
#[case::any_scheme(json!([{"partner": []}]), &["s@staff a", "k"], "key=t-k")]
#[case::second_alternative(json!([{"partner": []}, {"staff": ["a"]}]), &["s@staff a"], "authorization: Bearer t-s")]
#[case::not_enough_for_the_first(json!([{"staff": ["a"]}, {"partner": []}]), &["s@staff b", "p@partner"], "key=t-p")]
#[case::first_that_is_known(json!([{"odd": []}, {"partner": []}]), &["k"], "key=t-k")]
#[case::no_alternative(
    json!([{"partner": []}, {"old": []}]), &["s@staff a"],
    "no key for the security scheme \"partner\" or \"old\""
)]
#[case::both(json!([{"staff": ["a"], "partner": []}]), &["s@staff a", "p@partner"], "authorization: Bearer t-s key=t-p")]
#[case::both_hold_a_part(
    json!([{"staff": ["a"], "partner": ["b"]}]), &["s@staff a", "p@partner b"],
    "authorization: Bearer t-s key=t-p"
)]
#[case::one_of_both(json!([{"staff": ["a"], "partner": []}]), &["s@staff a"], "no key for the security scheme \"partner\"")]
#[case::one_key_for_both(json!([{"staff": ["a"], "partner": []}]), &["k a"], "authorization: Bearer t-k key=t-k")]
#[case::own_key_beside_any(
    json!([{"staff": ["a"], "partner": []}]), &["k a", "p@partner"],
    "authorization: Bearer t-k key=t-p"
)]
#[case::unknown_kind(
    json!([{"odd": []}]), &["k"],
    "cannot tell how to send a key for the security scheme \"odd\"; use --credential"
)]
#[case::too_little(json!([{"staff": ["a"]}]), &["s@staff b"], "no key has a")]
#[case::none_given(json!([{"staff": ["a"]}]), &[], "no key was given: set COUNTERPART_TOKEN, name keys in a --keys file or under [[keys]], have them made by --mint, --mint-command or oauth2 under [mint], or pass --no-auth if the target asks for none")]
#[tokio::test]
async fn each_key_goes_where_its_scheme_says(
    #[case] security: Value,
    #[case] keys: &[&str],
    #[case] expected: &str,
) {
    assert_eq!(sent(security, &sources(keys), None).await, expected);
}

/// A key that lacks a scope does not go along with one that has it.
#[rstest]
#[case::the_lesser_of_its_scheme(&["s@staff a", "t@staff b", "p@partner"], false, "authorization: Bearer t-t key=t-p")]
#[case::the_other_scheme_has_no_scopes(&["s@staff a", "p@partner"], false, "no key has exactly b")]
#[case::the_other_key_has_it(&["s@staff b", "p@partner a"], false, "no key has exactly b")]
#[case::made(&["p@partner"], true, "authorization: Bearer mock:b key=t-p")]
#[case::one_key_for_both(&["k b"], false, "authorization: Bearer t-k key=t-k")]
#[tokio::test]
async fn a_lesser_key_stays_lesser_among_schemes(
    #[case] keys: &[&str],
    #[case] mints: bool,
    #[case] expected: &str,
) {
    let mut all = sources(keys);
    all.minter = if mints { minting().minter } else { None };
    let choice = KeyChoice::Lacking { scopes: strings(&["b"]), required: strings(&["a"]) };
    assert_eq!(sent(json!([{"staff": ["a"], "partner": []}]), &all, Some(choice)).await, expected);
    let none = KeyChoice::Lacking { scopes: Vec::new(), required: strings(&["a"]) };
    let sent =
        sent(json!([{"staff": ["a"], "partner": []}]), &sources(&["s@staff a", "p@partner"]), Some(none))
            .await;
    assert_eq!(
        sent, "no key has exactly no scope",
        "the key for the other scheme holds nothing, but goes with one that does"
    );
}

#[tokio::test]
async fn a_placement_of_the_users_takes_no_key_of_a_scheme() {
    let placement = Some(("X-Auth".to_owned(), "token {key}".to_owned()));
    let any = Sources { placement: placement.clone(), ..sources(&["k a"]) };
    assert_eq!(sent(json!([{"staff": ["a"]}]), &any, None).await, "x-auth: token t-k");
    let own = Sources { placement, ..sources(&["o@old a"]) };
    assert_eq!(sent(json!([{"old": ["a"]}]), &own, None).await, BASIC);
}

#[rstest]
#[case::none(KeyChoice::Nothing, "Authorization", "--header sets Authorization")]
#[case::unknown(KeyChoice::Unknown, "authorization", "--header sets authorization")]
#[case::harmless(KeyChoice::Nothing, "X-Tenant", "nothing")]
#[case::with_a_key(KeyChoice::Minimal(Vec::new()), "Authorization", "authorization: Bearer t-s")]
#[tokio::test]
async fn a_header_that_may_be_a_key_defeats_a_case(
    #[case] choice: KeyChoice,
    #[case] header: &str,
    #[case] expected: &str,
) {
    let sources = Sources { headers: vec![header.to_owned()], ..sources(&["s@staff a"]) };
    assert_eq!(sent(json!([{"staff": []}]), &sources, Some(choice)).await, expected);
}

#[rstest]
#[case::token(Some("t"), false, None, None, "authorization: Bearer t")]
#[case::placed(Some("t"), false, Some("X-Key"), None, "x-key: t")]
#[case::minted(None, true, None, None, "authorization: Bearer mock:*")]
#[case::header_of_the_users(Some("t"), false, None, Some("Authorization"), "nothing")]
#[case::no_key(None, false, None, None, "nothing")]
#[tokio::test]
async fn a_document_without_security_gets_what_the_user_gave(
    #[case] token: Option<&str>,
    #[case] mints: bool,
    #[case] header: Option<&str>,
    #[case] other: Option<&str>,
    #[case] expected: &str,
) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"get": {"responses": {"200": {}}}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let sources = Sources {
        token: token.map(Secret::new),
        placement: header.map(|name| (name.to_owned(), "{key}".to_owned())),
        headers: other.iter().map(|name| (*name).to_owned()).collect(),
        ..if mints { minting() } else { Sources::default() }
    };
    let rules = rules();
    let operation = &contract.operations[0];
    let key =
        Credentials::new(&contract, &sources, &rules).get(operation, &KeyChoice::Nothing).await.unwrap();
    let mut request = Request::new(Method::GET, "/x");
    if let Some(key) = &key {
        place(&contract, operation, &sources, key, &mut request);
    }
    let sent = if key.is_some() { shown(&request.headers, None) } else { "nothing".to_owned() };
    assert_eq!(sent, expected);
}

#[test]
fn wider_keys_are_few_and_of_the_same_resource() {
    let contract = contract(&json!([{"staff": ["read:users"]}]));
    let operation = &contract.operations[0];
    let rules = rules();
    let minting = minting();
    let keys = Credentials::new(&contract, &minting, &rules);
    let wider = keys.wider(operation, &named("k read:users"), "").unwrap();
    assert_eq!(wider.all, strings(&["read:users", "*", "list:users", "users:activity", "b:read"]));
    let narrow: [&[&str]; 4] = [
        &["read:users", "list:users"],
        &["read:users", "users:activity"],
        &["list:users"],
        &["users:activity"],
    ];
    assert_eq!(wider.narrow, narrow.map(strings));
    let told = keys.wider(operation, &named("k read:users"), "requires any of [b:read]").unwrap();
    assert_eq!(told.narrow.first(), Some(&strings(&["read:users", "b:read"])), "what a refusal names");
    let sources = sources(&["k read:users", "more read:users x", "p@partner read:users y", "all *"]);
    let keys = Credentials::new(&contract, &sources, &rules);
    let wider = keys.wider(operation, &named("k read:users"), "").unwrap();
    assert_eq!(wider, Wider { all: strings(&["read:users", "x"]), narrow: vec![strings(&["*"])] });
    let keys =
        Credentials::new(&contract, &Sources { token: Some(Secret::new("t")), ..Sources::default() }, &rules)
            .wider(operation, &named("token"), "");
    assert_eq!(keys, None, "one token is all there is");
}
