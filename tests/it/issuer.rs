//! Keys from an OAuth2 issuer: asked for, renewed, refused, and never shown.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::program::program;

/// What the client's password is; it must be seen nowhere.
const CANARY: &str = "canary-4711/+ secret";

/// A request as the small server sees it.
pub struct Asked {
    pub line: String,
    pub authorization: String,
    pub body: String,
}

pub type Answer = (u16, Value);

/// A small server that answers with JSON.
pub fn serve(answer: impl Fn(&Asked) -> Answer + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            let mut asked = Asked { line: String::new(), authorization: String::new(), body: String::new() };
            let _ = reader.read_line(&mut asked.line);
            let (mut field, mut length) = (String::new(), 0);
            while reader.read_line(&mut field).is_ok_and(|read| read > 2) {
                let (name, value) = field.split_once(':').unwrap_or_default();
                match name.to_ascii_lowercase().as_str() {
                    "authorization" => value.trim().clone_into(&mut asked.authorization),
                    "content-length" => length = value.trim().parse().unwrap_or(0),
                    _ => {}
                }
                field.clear();
            }
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            asked.body = text(&body);
            let (status, body) = answer(&asked);
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nWWW-Authenticate: Bearer\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

/// The scopes that a token request names.
fn scopes(asked: &Asked) -> Vec<String> {
    let pair = asked.body.split('&').find_map(|pair| pair.strip_prefix("scope=")).unwrap_or_default();
    let plain = pair.replace("%20", " ").replace("%3A", ":").replace("%2A", "*");
    plain.split_whitespace().map(str::to_owned).collect()
}

fn keys(folder: &Path, token_url: &str) {
    let table = "client-id = \"runner\", client-secret = \"${CANARY}\", audience = \"https://api\"";
    put(folder, "keys.toml", &format!("[mint]\noauth2 = {{ token-url = \"{token_url}\", {table} }}\n"));
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut all = vec!["check", "--keys", "keys.toml"];
    all.extend(arguments);
    command(folder, &all).env("CANARY", CANARY).output().expect("the binary runs")
}

/// Neither the password, nor the name and password as they are sent, nor a token.
fn shows_no_secret(folder: &Path, output: &Output) {
    let mut shown = vec![text(&output.stdout), text(&output.stderr)];
    for file in std::fs::read_dir(folder).expect("a folder") {
        shown.push(text(&std::fs::read(file.expect("a file").path()).unwrap_or_default()));
    }
    for secret in ["canary-4711", "Y2FuYXJ5LTQ3MT", "cnVubmVyOmNhbmFy", "mock:", "granted-"] {
        assert!(!shown.iter().any(|text| text.contains(secret)), "{secret}: {shown:#?}");
    }
}

#[test]
fn a_check_with_keys_of_an_issuer_conforms() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    keys(folder.path(), &format!("{}/__counterpart/token", mock.url));
    let reports = ["json=r.json", "junit=r.xml", "html=r.html", "access=r.csv", "console"];
    let mut arguments = vec!["--url", &mock.url];
    arguments.extend(reports.iter().flat_map(|report| ["--report", report]));
    let output = check(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).ends_with("18 operations, 18 conform\n"), "{}", text(&output.stdout));
    shows_no_secret(folder.path(), &output);
}

/// A documented `tokenUrl` of the mock is an issuer too.
#[test]
fn a_documented_token_url_serves() {
    let folder = empty();
    put(
        folder.path(),
        "api.yaml",
        "openapi: 3.1.0\ncomponents:\n  securitySchemes:\n    o:\n      type: oauth2\n      flows: {clientCredentials: {tokenUrl: /oauth/token, scopes: {'a:read': reads, 'b:read': reads}}}\nsecurity: [{o: ['a:read']}]\npaths:\n  /a:\n    get:\n      operationId: a\n      responses: {200: {content: {application/json: {schema: {type: object}}}}, 401: {}, 403: {}}\n",
    );
    let mock = Mock::start(folder.path(), &["api.yaml", "--auth", "scopes"]);
    keys(folder.path(), &format!("{}/oauth/token", mock.url));
    let output = check(folder.path(), &["api.yaml", "--url", &mock.url]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// What is granted decides, not what was asked for.
#[test]
fn an_issuer_that_grants_less_leaves_cases_untried() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &["--stateful"]);
    let issuer = serve(|asked| {
        let granted: Vec<String> = scopes(asked).into_iter().filter(|s| s == "annotation:read").collect();
        (
            200,
            json!({"access_token": format!("mock:{}", granted.join("+")), "token_type": "bearer", "scope": granted.join(" ")}),
        )
    });
    keys(folder.path(), &format!("{issuer}/token"));
    let output = check(folder.path(), &["--url", &mock.url, "--report", "json"]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let verdicts: Vec<_> = run["operations"].as_array().expect("operations").iter().collect();
    for operation in verdicts {
        let name = operation["operation"].as_str().expect("a name");
        let is_held = ["annotations_list", "annotations_retrieve"].contains(&name);
        assert_eq!(operation["verdict"], if is_held { "conforms" } else { "inconclusive" }, "{operation}");
    }
    let rows: Vec<&Value> = run["access"].as_array().expect("access").iter().collect();
    let untried: Vec<_> = rows
        .iter()
        .filter(|row| row["operation"] == "cohorts_list" && row["case"] == "minimal key")
        .map(|row| (row["verdict"].clone(), row["why"].clone()))
        .collect();
    assert_eq!(untried, [(json!("not-tried"), json!("the issuer did not grant \"cohort:read\""))]);
    assert_eq!(run["findings"], json!([]));
    shows_no_secret(folder.path(), &output);
}

/// The client names itself by HTTP Basic, else in the body, and goes on as it was understood.
#[test]
fn an_issuer_that_wants_the_client_in_the_body_gets_it() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let issuer = serve(move |asked| {
        noted.lock().expect("a lock").push((
            asked.line.clone(),
            asked.authorization.clone(),
            asked.body.clone(),
        ));
        if !asked.authorization.is_empty() {
            return (400, json!({"error": "invalid_client"}));
        }
        (200, json!({"access_token": format!("mock:{}", scopes(asked).join("+")), "expires_in": 3600}))
    });
    keys(folder.path(), &format!("{issuer}/token?tenant=1"));
    let arguments = [
        "--url",
        &mock.url,
        "--header",
        "X-Own: 1",
        "--only",
        "annotations_list,cohorts_list",
        "--skip",
        "page,state",
    ];
    let output = check(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let seen = seen.lock().expect("a lock");
    assert!(seen.iter().all(|(line, _, _)| line == "POST /token?tenant=1 HTTP/1.1\r\n"), "{seen:?}");
    assert_eq!(seen.iter().filter(|(_, authorization, _)| !authorization.is_empty()).count(), 1);
    // `runner:canary-4711%2F%2B%20secret`: each part encoded as in a form.
    assert_eq!(seen[0].1, "Basic cnVubmVyOmNhbmFyeS00NzExJTJGJTJCJTIwc2VjcmV0");
    let body = &seen.last().expect("a request").2;
    for part in [
        "grant_type=client_credentials",
        "client_id=runner",
        "client_secret=canary-4711%2F%2B%20secret",
        "audience=https%3A%2F%2Fapi",
    ] {
        assert!(body.split('&').any(|pair| pair == part), "{part}: {body}");
    }
    shows_no_secret(folder.path(), &output);
}

#[test]
fn an_issuer_that_fails_says_so() {
    let folder = empty();
    let mock = Mock::start(folder.path(), &[]);
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    let refusing = serve(move |asked| {
        *counted.lock().expect("a lock") += 1;
        // It repeats what it should not.
        let told = format!("no client with the password {CANARY} in {}", asked.authorization);
        (401, json!({"error": "invalid_client", "error_description": told}))
    });
    let moved = serve(|_| (302, json!({})));
    let empty_handed = serve(|_| (200, json!({"token": "x"})));
    let odd = serve(|_| (200, json!({"access_token": "granted-1", "token_type": "DPoP"})));
    for (url, why) in [
        (refusing.as_str(), "answered 401: invalid_client: no client with the password [secret]"),
        ("http://127.0.0.1:9", "does not answer: connection failed"),
        (moved.as_str(), "answered 302, and redirects are not followed"),
        (empty_handed.as_str(), "returned no access_token"),
        (odd.as_str(), "returned a token of type \"DPoP\", not Bearer"),
    ] {
        keys(folder.path(), &format!("{url}/token"));
        let output = check(folder.path(), &["--url", &mock.url, "--report", "json"]);
        assert_eq!(output.status.code(), Some(4), "{url}: {}", text(&output.stderr));
        let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let told = run["operations"][0]["why"].as_str().expect("a reason");
        assert!(told.contains(&format!("the issuer {url}/token {why}")), "{told}");
        shows_no_secret(folder.path(), &output);
        let console = check(folder.path(), &["--url", &mock.url]);
        assert_eq!(text(&console.stdout).matches("\ninconclusive ").count(), 1, "{}", text(&console.stdout));
        assert!(text(&console.stdout).contains(&format!(" and 15 more: the issuer {url}/token {why}")));
    }
    assert_eq!(*count.lock().expect("a lock"), 4, "each of two runs asks in two ways, and no more");
    keys(folder.path(), "token");
    let output = check(folder.path(), &["--url", &mock.url]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("token-url: cannot use the address \"token\": not a URL"));
}

/// A target that knows the tokens of its issuer, each for some requests.
const TWO: &str = "openapi: 3.1.0\ncomponents:\n  securitySchemes: {b: {type: http, scheme: bearer}}\n  responses: {ok: {content: {application/json: {schema: {type: object}}}}}\npaths:\n";

fn document(folder: &Path, paths: usize) {
    let path = |number: usize| {
        format!(
            "  /p{number}:\n    get:\n      operationId: p{number}\n      security: [{{b: ['s:read']}}]\n      responses: {{200: {{$ref: '#/components/responses/ok'}}, 401: {{$ref: '#/components/responses/ok'}}, 403: {{$ref: '#/components/responses/ok'}}}}\n"
        )
    };
    put(folder, "two.yaml", &(TWO.to_owned() + &(0..paths).map(path).collect::<String>()));
}

/// Answers as target and issuer: a token serves `uses` times, and no token serves once `last` were
/// issued and used up.
fn revoking(uses: usize, last: usize, lifetime: u64) -> (String, Arc<Mutex<usize>>) {
    let issued = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&issued);
    let tokens: Mutex<HashMap<String, (Vec<String>, usize)>> = Mutex::new(HashMap::new());
    let url = serve(move |asked| {
        let mut tokens = tokens.lock().expect("a lock");
        let mut issued = counted.lock().expect("a lock");
        if asked.line.starts_with("POST /token ") {
            // Only keys that suffice come to an end.
            let suffices = scopes(asked).iter().any(|scope| scope == "s:read");
            *issued += 1;
            let token = format!("granted-{issued}");
            let left = if !suffices {
                usize::MAX
            } else if *issued > last {
                0
            } else {
                uses
            };
            tokens.insert(token.clone(), (scopes(asked), left));
            let scope = scopes(asked).join(" ");
            return (200, json!({"access_token": token, "scope": scope, "expires_in": lifetime}));
        }
        if !asked.line.starts_with("GET ") {
            return (501, json!({}));
        }
        let token = asked.authorization.strip_prefix("Bearer ").unwrap_or_default();
        match tokens.get_mut(token).filter(|(_, left)| *left > 0) {
            None => (401, json!({"why": "no such token"})),
            Some((scopes, left)) => {
                *left -= 1;
                if scopes.iter().any(|scope| scope == "s:read") { (200, json!({})) } else { (403, json!({})) }
            }
        }
    });
    (url, issued)
}

/// A key that is revoked while the run goes on is made anew, and nothing is said of it.
#[test]
fn a_key_that_is_refused_later_is_renewed() {
    let folder = empty();
    document(folder.path(), 6);
    let (url, issued) = revoking(4, usize::MAX, 3600);
    keys(folder.path(), &format!("{url}/token"));
    let output = check(folder.path(), &["two.yaml", "--url", &url, "--skip", "page"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("findings    0 errors, 0 warnings"), "{}", text(&output.stdout));
    assert!(*issued.lock().expect("a lock") > 3);
    shows_no_secret(folder.path(), &output);
}

/// A key that is refused where it was accepted, made anew too, is dead: one line, and no finding.
#[test]
fn a_dead_key_leaves_its_cases_inconclusive() {
    let folder = empty();
    document(folder.path(), 6);
    let (url, _) = revoking(2, 2, 3600);
    keys(folder.path(), &format!("{url}/token"));
    let output = check(folder.path(), &["two.yaml", "--url", &url, "--skip", "page", "--report", "json"]);
    assert_eq!(output.status.code(), Some(4), "{}{}", text(&output.stdout), text(&output.stderr));
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(run["findings"], json!([]));
    let last = run["operations"].as_array().and_then(|all| all.last()).expect("an operation");
    assert_eq!(
        last["why"],
        "the key \"s:read\" was accepted before and is now refused, even after it was renewed"
    );
    // A key that cannot be made anew is dead at once.
    let uses = Mutex::new(0);
    let url = serve(move |asked| {
        if !asked.line.starts_with("GET ") {
            return (501, json!({}));
        }
        let mut uses = uses.lock().expect("a lock");
        *uses += usize::from(asked.authorization == "Bearer granted");
        if asked.authorization == "Bearer granted" && *uses < 4 { (200, json!({})) } else { (401, json!({})) }
    });
    let output =
        command(folder.path(), &["check", "two.yaml", "--url", &url, "--skip", "page", "--report", "json"])
            .env("COUNTERPART_TOKEN", "granted")
            .output()
            .expect("the binary runs");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let last = run["operations"].as_array().and_then(|all| all.last()).expect("an operation");
    assert_eq!(last["why"], "the key \"token\" was accepted before and is now refused");
}

/// A 401 that the request earned, though its key is good, is the target's.
#[test]
fn a_refusal_of_a_good_key_is_a_finding() {
    let folder = empty();
    document(folder.path(), 3);
    let target = serve(|asked| {
        if !asked.line.starts_with("GET ") {
            return (501, json!({}));
        }
        let is_known = asked.authorization == "Bearer good-token";
        if is_known && !asked.line.contains("/p1") { (200, json!({})) } else { (401, json!({})) }
    });
    put(
        folder.path(),
        "keys.toml",
        "[[keys]]\nname = \"good\"\ntoken = \"good-token\"\nscopes = [\"s:read\"]\n",
    );
    let output = check(folder.path(), &["two.yaml", "--url", &target, "--skip", "page", "--report", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let run: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found: Vec<_> = run["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| (finding["rule"].clone(), finding["operation"].clone()))
        .collect();
    assert_eq!(found, [(json!("scope-minimal-refused"), json!("p1"))]);
}

/// Keys are made anew before they expire; a program can say when, too.
#[test]
fn keys_are_renewed_before_they_expire() {
    let folder = empty();
    document(folder.path(), 6);
    let program = format!("{} 'mint made'", program());
    let mock = Mock::start(folder.path(), &["two.yaml", "--auth", "scopes", "--delay", "50ms"]);
    let output =
        counterpart(folder.path(), &["check", "two.yaml", "--url", &mock.url, "--mint-command", &program]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let made = std::fs::read_to_string(folder.path().join("made")).expect("a file").lines().count();
    assert!(made > 4, "{made} keys");
}
