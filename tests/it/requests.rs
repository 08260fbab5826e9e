//! How a check sends requests: at the rate that the target asks for, signed, with headers and time-outs of
//! their own. Against small servers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

use crate::command::{command, empty, put, text};

/// A request as the small server sees it.
#[derive(Clone)]
struct Asked {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
    at: Instant,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

type Log = Arc<Mutex<Vec<Asked>>>;
/// Status, further header lines, body.
type Answer = (u16, String, Value);

/// A small server that answers with JSON and keeps what it was asked; `answer` gets the number of the request.
fn serve(answer: impl Fn(&Asked, usize) -> Answer + Send + 'static) -> (String, Log) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let log = Log::default();
    let kept = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let at = Instant::now();
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            let mut words = line.split_whitespace().map(str::to_owned);
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let (mut headers, mut field) = (BTreeMap::new(), String::new());
            while reader.read_line(&mut field).is_ok_and(|read| read > 2) {
                let (name, value) = field.split_once(':').unwrap_or_default();
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
                field.clear();
            }
            let length = headers.get("content-length").and_then(|n: &String| n.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let asked = Asked { method, target, headers, body: text(&body), at };
            let number = kept.lock().expect("a lock").len();
            let (status, lines, body) = answer(&asked, number);
            kept.lock().expect("a lock").push(asked);
            let body = body.to_string();
            let head = format!("Content-Type: application/json\r\nConnection: close\r\n{lines}");
            let length = body.len();
            let _ = stream.write_all(
                format!("HTTP/1.1 {status} X\r\n{head}Content-Length: {length}\r\n\r\n{body}").as_bytes(),
            );
        }
    });
    (url, log)
}

fn ok() -> Answer {
    (200, String::new(), json!({}))
}

/// A document with reads of these paths, and a POST to the first.
fn document(paths: &[&str]) -> Value {
    let object = json!({"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}});
    let mut tree = json!({"openapi": "3.1.0", "info": {"title": "Requests", "version": "1"}, "paths": {}});
    for path in paths {
        let id = path.trim_start_matches('/');
        tree["paths"][path]["get"] = json!({"operationId": id, "responses": {"200": object}});
    }
    tree
}

/// A check: the exit code, the report, what was said on stderr.
fn check(at: &Path, document: &Value, url: &str, arguments: &[&str]) -> (i32, Value, String) {
    put(at, "api.json", &document.to_string());
    let mut all = vec!["check", "api.json", "--url", url, "--report", "json"];
    all.extend(arguments);
    let output = command(at, &all).output().expect("the binary runs");
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), report, text(&output.stderr))
}

#[test]
fn a_limited_rate_is_waited_for() {
    let folder = empty();
    let (url, log) = serve(|_, number| match number {
        0 => (429, "Retry-After: 1\r\n".to_owned(), json!({"error": "slow down"})),
        1 => (200, "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1\r\n".to_owned(), json!({})),
        _ => ok(),
    });
    let (code, report, said) = check(folder.path(), &document(&["/a"]), &url, &["--skip", "input"]);
    assert_eq!(code, 0, "{said}{report}");
    let log = log.lock().expect("a lock");
    let line = |at: usize| log.get(at).map(|asked| format!("{} {}", asked.method, asked.target));
    assert_eq!((line(0), line(1)), (Some("GET /a".to_owned()), Some("GET /a".to_owned())), "sent again");
    for pair in log.windows(2).take(2) {
        let waited = pair[1].at - pair[0].at;
        assert!(waited.as_millis() >= 950, "{waited:?}");
    }
}

/// A document whose reads ask for a key with a scope.
fn guarded(paths: &[&str]) -> Value {
    let mut tree = document(paths);
    tree["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
    tree["security"] = json!([{"key": ["things:read"]}]);
    tree
}

#[rstest::rstest]
#[case::flag(&["--no-auth"], "")]
#[case::word(&["--auth", "none"], "")]
#[case::configuration(&[], "[check]\nauth = \"none\"\n")]
#[case::said_twice(&["--no-auth"], "[check]\nauth = \"none\"\n")]
#[case::last_word(&["--auth", "none"], "[check]\nauth = \"keys\"\n")]
#[case::configured_flag(&[], "[check]\nno-auth = true\n[[keys]]\nname = \"k\"\ntoken = \"${PATH}\"\n")]
fn an_open_target_is_checked_without_keys(#[case] arguments: &[&str], #[case] configuration: &str) {
    let folder = empty();
    put(folder.path(), "counterpart.toml", configuration);
    let (url, log) = serve(|_, _| ok());
    let (code, report, said) = check(folder.path(), &guarded(&["/a"]), &url, arguments);
    assert_eq!(code, 0, "{said}{report}");
    assert!(log.lock().expect("a lock").iter().all(|asked| asked.header("authorization").is_empty()));
    assert_eq!((&report["findings"], &report["access"]), (&json!([]), &json!([])));
    let untested = report["operations"][0]["untested"].as_array().cloned().unwrap_or_default();
    let rules: Vec<&str> = untested
        .iter()
        .filter(|entry| entry["why"] == "the target is checked without keys (--no-auth)")
        .filter_map(|entry| entry["rule"].as_str())
        .collect();
    let expected =
        ["auth-missing-accepted", "auth-unknown-accepted", "scope-minimal-refused", "scope-lacking-accepted"];
    assert_eq!(rules, expected, "{untested:?}");
}

#[test]
fn a_flag_asks_for_keys_where_the_configuration_does_not() {
    let folder = empty();
    put(folder.path(), "counterpart.toml", "[check]\nno-auth = true\n");
    let (url, log) = serve(|_, _| ok());
    check(folder.path(), &guarded(&["/a"]), &url, &["--auth", "keys", "--mint", "mock:{scopes}"]);
    assert!(
        log.lock()
            .expect("a lock")
            .iter()
            .any(|asked| asked.header("authorization") == "Bearer mock:things:read")
    );
}

#[test]
fn who_gives_no_key_is_told_how() {
    let folder = empty();
    let (url, _) = serve(|_, _| (401, "WWW-Authenticate: Bearer\r\n".to_owned(), json!({})));
    let tree = guarded(&["/a"]);
    let (code, report, said) = check(folder.path(), &tree, &url, &[]);
    let told = format!("{report}{said}");
    assert_eq!(code, 4, "{told}");
    for way in ["COUNTERPART_TOKEN", "--keys", "[[keys]]", "--mint", "oauth2", "--no-auth"] {
        assert!(told.contains(way), "{way}: {told}");
    }
}

/// A program that signs, as a shell script.
#[cfg(unix)]
fn program(at: &Path, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    put(at, name, &format!("#!/bin/sh\n{script}\n"));
    let path = at.join(name);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    path.display().to_string()
}

#[cfg(unix)]
#[test]
fn every_request_is_signed() {
    let folder = empty();
    // The signature is a checksum of all that the program gets.
    let script = "sum=$(tee -a seen.jsonl | cksum | cut -d' ' -f1); echo >> seen.jsonl\necho \"X-Signature: sig-$1-$sum\"";
    let sign = program(folder.path(), "sign.sh", script);
    put(folder.path(), "counterpart.toml", &format!("[check]\nsign-command = [{sign:?}, \"two words\"]\n"));
    let (url, log) = serve(|asked, number| match number {
        0 => (503, String::new(), json!({})),
        1 => (429, "Retry-After: 0\r\n".to_owned(), json!({})),
        // It repeats its signature where nobody expects it.
        _ => (
            200,
            String::new(),
            json!({"seen": asked.header("x-signature"), "key": asked.header("authorization")}),
        ),
    });
    let mut tree = guarded(&["/a"]);
    tree["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] =
        json!({"type": "object", "properties": {"seen": {"type": "integer"}}});
    let (code, report, said) = check(folder.path(), &tree, &url, &["--mint", "mock:{scopes}"]);
    assert_eq!(code, 1, "{said}{report}");
    let log = log.lock().expect("a lock");
    let signatures: Vec<&str> = log.iter().map(|asked| asked.header("x-signature")).collect();
    assert!(signatures.iter().all(|signature| signature.starts_with("sig-two words-")), "{signatures:?}");
    let seen = std::fs::read_to_string(folder.path().join("seen.jsonl")).expect("what was signed");
    let seen: Vec<Value> = seen.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(seen.len(), log.len(), "one for each request, retries included");
    for (told, asked) in seen.iter().zip(log.iter()) {
        assert_eq!(
            told["headers"]["authorization"].as_str().unwrap_or_default(),
            asked.header("authorization")
        );
        assert_eq!(told["headers"]["counterpart-case"], asked.header("counterpart-case"));
        assert_eq!((&told["method"], &told["path"]), (&json!(asked.method), &json!(asked.target)));
        assert_eq!((&told["body"], &told["encoding"]), (&json!(asked.body), &json!("text")));
    }
    for signature in signatures {
        assert!(!report.to_string().contains(signature), "{report}");
    }
}

#[cfg(unix)]
#[rstest::rstest]
#[case::no_program("./nothing-here --x", 2, "there is no program \"./nothing-here\"", 0)]
#[case::no_command("nothing-here-4711", 2, "there is no program \"nothing-here-4711\"", 0)]
#[case::odd_quotes("sign 'x", 2, "check its quotes", 0)]
#[case::fails("./fails.sh", 3, "the requests cannot be signed: ./fails.sh failed: exit status: 7", 0)]
#[case::prints_nothing("./silent.sh", 3, "the requests cannot be signed: it printed no header", 0)]
fn who_cannot_sign_ends_the_run(
    #[case] command: &str,
    #[case] expected: i32,
    #[case] why: &str,
    #[case] requests: usize,
) {
    let folder = empty();
    program(folder.path(), "fails.sh", "exit 7");
    program(folder.path(), "silent.sh", "cat > /dev/null");
    let (url, log) = serve(|_, _| ok());
    let (code, _, said) = check(folder.path(), &document(&["/a"]), &url, &["--sign-command", command]);
    assert_eq!(code, expected, "{said}");
    assert!(said.contains(why), "{said}");
    assert_eq!(log.lock().expect("a lock").len(), requests);
}

#[test]
fn an_operation_has_headers_and_a_time_limit_of_its_own() {
    let folder = empty();
    let table = "[[check.request]]\noperation = \"a\"\n\
                 headers = { X-Tenant = \"7\", Authorization = \"Bearer mine\" }\ntimeout = \"150ms\"\n";
    put(folder.path(), "counterpart.toml", table);
    let (url, log) = serve(|asked, _| {
        if asked.target == "/b" {
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        let is_keyed = !asked.header("authorization").is_empty();
        (if is_keyed { 200 } else { 401 }, "WWW-Authenticate: Bearer\r\n".to_owned(), json!({}))
    });
    let tree = guarded(&["/a", "/b"]);
    let arguments = ["--mint", "mock:{scopes}", "--skip", "scope,auth-unknown-accepted"];
    let (code, report, said) = check(folder.path(), &tree, &url, &arguments);
    assert_eq!(code, 0, "{said}{report}");
    let log = log.lock().expect("a lock");
    for (path, tenant) in [("/a", "7"), ("/b", "")] {
        let mut asked = log.iter().filter(|asked| asked.target == path).peekable();
        assert!(asked.peek().is_some() && asked.all(|asked| asked.header("x-tenant") == tenant), "{path}");
    }
    drop(log);
    let slow = table.replace("\"a\"", "\"b\"");
    put(folder.path(), "counterpart.toml", &slow);
    let (code, report, said) = check(folder.path(), &tree, &url, &arguments);
    assert_eq!(code, 1, "{said}{report}");
    assert!(report.to_string().contains("no complete response within 150ms"), "{report}");
}

/// A target that tells keys what they may do: `reader` a little, `dead` nothing any more.
fn telling(asked: &Asked) -> Answer {
    let token = asked.body.strip_prefix("token=").map_or_else(
        || asked.header("authorization").trim_start_matches("Bearer ").to_owned(),
        str::to_owned,
    );
    let is_active = token == "reader-token";
    match asked.target.as_str() {
        "/me" if is_active => (200, String::new(), json!({"scopes": ["things:read"]})),
        "/introspect" if asked.header("authorization") != "Basic YzpzZWNyZXQtcGFzc3dvcmQ=" => {
            (401, String::new(), json!({}))
        }
        "/introspect" if is_active => {
            (200, String::new(), json!({"active": true, "scope": "things:read other"}))
        }
        "/introspect" => (200, String::new(), json!({"active": false})),
        _ if is_active => ok(),
        _ => (401, "WWW-Authenticate: Bearer\r\n".to_owned(), json!({})),
    }
}

#[rstest::rstest]
#[case::by_itself("{ url = \"/me\", scopes = \"/scopes\" }", "reader", &["things:read"], "")]
#[case::rfc_7662(
    "{ url = \"/introspect\", client-id = \"c\", client-secret = \"secret-password\" }",
    "reader", &["things:read", "other"], ""
)]
#[case::elsewhere(
    "{ url = \"URL/introspect\", client-id = \"c\", client-secret = \"secret-password\" }",
    "reader", &["things:read", "other"], ""
)]
#[case::not_active(
    "{ url = \"/introspect\", client-id = \"c\", client-secret = \"secret-password\" }",
    "dead", &[], "the scopes of the key \"dead\" are not known: URL/introspect says that the key is not active"
)]
#[case::refused("{ url = \"/me\", scopes = \"/scopes\" }", "dead", &[], "the key \"dead\" are not known: URL/me answered 401")]
fn scopes_are_asked_for(
    #[case] introspect: &str,
    #[case] name: &str,
    #[case] scopes: &[&str],
    #[case] refusal: &str,
) {
    let folder = empty();
    let (url, log) = serve(|asked, _| telling(asked));
    let keys = format!(
        "introspect = {introspect}\n[[keys]]\nname = \"none\"\ntoken = \"none-token\"\nscopes = []\n\
         [[keys]]\nname = \"{name}\"\ntoken = \"{name}-token\"\n"
    );
    put(folder.path(), "keys.toml", &keys.replace("URL", &url));
    let arguments = ["--keys", "keys.toml"];
    let (code, report, said) = check(folder.path(), &guarded(&["/a"]), &url, &arguments);
    for secret in ["reader-token", "dead-token", "secret-password"] {
        assert!(!said.contains(secret) && !report.to_string().contains(secret), "{said}{report}");
    }
    if !refusal.is_empty() {
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(&refusal.replace("URL", &url)), "{said}");
        assert_eq!(log.lock().expect("a lock").len(), 1, "nothing else is sent");
        return;
    }
    let access = report["access"].as_array().cloned().unwrap_or_default();
    let minimal = access.iter().find(|case| case["case"] == "minimal key").expect("a case");
    assert_eq!(
        (&minimal["key"], &minimal["granted"], &minimal["verdict"]),
        (&json!(name), &json!(scopes), &json!("ok"))
    );
    let (code, _, said) =
        check(folder.path(), &guarded(&["/a"]), "http://127.0.0.1:9", &["--keys", "keys.toml", "--plan"]);
    assert_eq!(code, 0, "a plan asks nobody: {said}");
}

/// The keys of two owners in one file: the first does the work, the other is kept out or is not.
#[rstest::rstest]
#[case::healthy(&[], &["a", "b"], &[], None)]
#[case::lying(&["--fault", "other-owner-accepted@pets_change"], &["a", "b"], &["pets_change"], None)]
#[case::one_owner(&[], &["a", "a"], &[], Some("no key of another owner was given"))]
fn what_is_private_is_kept_from_other_owners(
    #[case] faults: &[&str],
    #[case] owners: &[&str],
    #[case] found: &[&str],
    #[case] untested: Option<&str>,
) {
    let folder = empty();
    let keys: Vec<String> = (1..).zip(owners).map(|(number, owner)| {
        format!("[[keys]]\nname = \"k{number}\"\ntoken = \"token-{number}\"\nowner = \"{owner}\"\nscopes = [\"pets:read\", \"pets:write\"]\n")
    }).collect();
    put(folder.path(), "keys.toml", &keys.concat());
    let shop = crate::support::root().join("specs/tiny/shop.yaml").display().to_string();
    let mut arguments = vec!["--stateful", "--auth", "scopes", "--keys", "keys.toml", &shop];
    arguments.extend(faults);
    let mock = crate::command::Mock::start(folder.path(), &arguments);
    let arguments = ["check", &shop, "--url", &mock.url, "--keys", "keys.toml", "--report", "json"];
    let output = command(folder.path(), &arguments).output().expect("the binary runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let of_rule = |list: &Value| -> Vec<Value> {
        let entries = list.as_array().into_iter().flatten();
        entries.filter(|entry| entry["rule"] == "other-owner-accepted").cloned().collect()
    };
    let findings = of_rule(&report["findings"]);
    let operations: Vec<&str> = findings.iter().filter_map(|finding| finding["operation"].as_str()).collect();
    assert_eq!(operations, found, "{report}");
    let change =
        report["operations"].as_array().into_iter().flatten().find(|one| one["operation"] == "pets_change");
    let why = of_rule(&change.expect("the operation")["untested"]);
    assert_eq!(why.first().and_then(|entry| entry["why"].as_str()), untested, "{why:?}");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(found.len()), "{report}");
}
