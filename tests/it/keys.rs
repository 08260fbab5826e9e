//! What keys a check sends, and what it makes of their refusal, against small servers.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::command::{command, empty, put, text};

/// A request as the small server sees it.
struct Asked {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// The values of a header field, one for each time that it was sent.
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The scopes of a key that names them itself.
    fn scopes(&self) -> Option<Vec<&str>> {
        let key = self.all("authorization").first().copied()?.strip_prefix("Bearer mock:")?;
        Some(key.split('+').collect())
    }
}

type Log = Arc<Mutex<Vec<Asked>>>;

/// A small server that answers with JSON and keeps what it was asked.
fn serve(answer: impl Fn(&Asked) -> (u16, Value) + Send + 'static) -> (String, Log) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let log = Log::default();
    let kept = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            let mut words = line.split_whitespace().map(str::to_owned);
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let mut headers = Vec::new();
            let mut field = String::new();
            while reader.read_line(&mut field).is_ok_and(|read| read > 2) {
                let (name, value) = field.split_once(':').unwrap_or_default();
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                field.clear();
            }
            let asked = Asked { method, target, headers };
            let length = asked.all("content-length").first().and_then(|n| n.parse().ok()).unwrap_or(0);
            let _ = reader.read_exact(&mut vec![0; length]);
            let is_known = ["GET", "HEAD", "POST", "DELETE"].contains(&asked.method.as_str());
            let (status, body) = if is_known { answer(&asked) } else { (404, json!({})) };
            let body = if status == 204 { String::new() } else { body.to_string() };
            let head = "Content-Type: application/json\r\nWWW-Authenticate: Bearer\r\nConnection: close";
            let length = body.len();
            kept.lock().expect("a lock").push(asked);
            let _ = stream.write_all(
                format!("HTTP/1.1 {status} X\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
            );
        }
    });
    (url, log)
}

/// A check of a document: the exit code, the report, what was said on stderr.
fn check(
    at: &Path,
    document: &Value,
    url: &str,
    arguments: &[&str],
    token: Option<&str>,
) -> (i32, Value, String) {
    put(at, "api.json", &document.to_string());
    let mut all = vec!["check", "api.json", "--url", url, "--report", "json"];
    all.extend(arguments);
    let mut command = command(at, &all);
    if let Some(token) = token {
        command.env("COUNTERPART_TOKEN", token);
    }
    let output = command.output().expect("the binary runs");
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), report, text(&output.stderr))
}

/// An operation that asks for this and answers with an object.
fn operation(id: &str, security: Value) -> Value {
    let object = json!({"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}});
    let mut operation =
        json!({"operationId": id, "responses": {"200": object, "401": object, "403": object}});
    if !security.is_null() {
        operation["security"] = security;
    }
    operation
}

fn document(paths: &[(&str, &str, Value)]) -> Value {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Keys", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {}
    });
    for (path, method, operation) in paths {
        document["paths"][*path][*method] = operation.clone();
    }
    document
}

fn findings(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.map(|f| (text(&f["rule"]), text(&f["severity"]), text(&f["message"]))).collect()
}

fn verdicts(report: &Value) -> HashMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let operations = report["operations"].as_array().into_iter().flatten();
    operations.map(|o| (text(&o["operation"]), (text(&o["verdict"]), text(&o["why"])))).collect()
}

#[test]
fn a_key_that_is_refused_everywhere_is_one_message() {
    let folder = empty();
    let guarded = |id| operation(id, json!([{"key": []}]));
    let document = document(&[
        ("/health", "get", operation("health", Value::Null)),
        ("/a", "get", guarded("a")),
        ("/b", "get", guarded("b")),
        ("/c", "post", guarded("c")),
    ]);
    let (url, log) =
        serve(|asked| if asked.target == "/health" { (200, json!({})) } else { (401, json!({})) });
    let (code, _, said) = check(folder.path(), &document, &url, &[], Some("stale"));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("401") && said.contains("Bearer"), "{said}");
    let log = log.lock().expect("a lock");
    assert!(log.iter().all(|asked| asked.method == "GET"), "nothing unsafe was sent");
    assert!(log.len() <= 3, "{}", log.len());
}

#[test]
fn one_operation_that_wants_another_credential_ends_nothing() {
    let folder = empty();
    let guarded = |id| operation(id, json!([{"key": []}]));
    let document = document(&[("/a", "get", guarded("a")), ("/b", "get", guarded("b"))]);
    let (url, _) = serve(|asked| match (asked.target.as_str(), asked.all("authorization").as_slice()) {
        ("/b", ["Bearer good"]) => (200, json!({})),
        ("/a", ["Bearer good"]) => (403, json!({})),
        _ => (401, json!({})),
    });
    let (code, report, said) = check(folder.path(), &document, &url, &[], Some("good"));
    assert_eq!((code, findings(&report)), (4, Vec::new()), "{said}");
    let why = "refused with 403; another kind of credential or another value may be needed";
    assert_eq!(verdicts(&report)["a"], ("inconclusive".to_owned(), why.to_owned()));
    assert_eq!(verdicts(&report)["b"].0, "conforms");
}

#[test]
fn what_a_wider_key_gets_is_judged_all_the_same() {
    let folder = empty();
    let document = document(&[
        ("/users", "get", operation("users", json!([{"key": ["read:users"]}]))),
        ("/hub", "get", operation("hub", json!([{"key": ["list:users", "admin"]}]))),
    ]);
    let (url, _) = serve(|asked| {
        let needs: &[&str] =
            if asked.target == "/users" { &["list:users"] } else { &["list:users", "admin"] };
        match asked.scopes() {
            None => (401, json!({})),
            Some(held) if needs.iter().all(|scope| held.contains(scope)) => (200, json!([])),
            Some(_) => (403, json!({})),
        }
    });
    let (code, report, said) = check(folder.path(), &document, &url, &["--mint", "mock:{scopes}"], None);
    assert_eq!(code, 1, "{said}");
    let found = findings(&report);
    let refused: Vec<_> = found.iter().filter(|(rule, ..)| rule == "scope-minimal-refused").collect();
    assert_eq!(refused.len(), 1, "{found:?}");
    assert!(refused[0].2.ends_with("a key with read:users + list:users was answered with 200"), "{found:?}");
    let bodies = found.iter().filter(|(rule, ..)| rule == "body-schema").count();
    assert_eq!(bodies, 2, "the answer to the wider key is judged: {found:?}");
    assert!(report["operations"][0]["statuses"]["200"].as_u64() > Some(0));
}

#[test]
fn a_finer_scope_of_the_same_resource_is_a_warning() {
    let folder = empty();
    let document = document(&[
        ("/users", "get", operation("users", json!([{"key": ["read:users"]}]))),
        ("/active", "get", operation("active", json!([{"key": ["users:activity"]}]))),
    ]);
    let (url, _) = serve(|asked| match asked.scopes() {
        None => (401, json!({})),
        Some(held) if held.iter().any(|scope| scope.contains("users")) => (200, json!({})),
        Some(_) => (403, json!({})),
    });
    let (code, report, said) = check(folder.path(), &document, &url, &["--mint", "mock:{scopes}"], None);
    let found = findings(&report);
    assert_eq!(code, 0, "{said}{found:?}");
    assert!(
        found.iter().any(|(rule, weight, _)| rule == "scope-lacking-accepted" && weight == "warning"),
        "{report:#}"
    );
}

#[test]
fn a_document_without_security_is_sent_the_key() {
    let folder = empty();
    let mut document = document(&[("/a", "get", operation("a", Value::Null))]);
    document["components"] = json!({});
    let (url, log) = serve(|asked| match asked.all("authorization").as_slice() {
        ["Bearer good" | "Basic abc"] => (200, json!({})),
        _ => (401, json!({})),
    });
    let (code, report, said) = check(folder.path(), &document, &url, &[], Some("good"));
    assert_eq!((code, report["access"].as_array().map(Vec::len)), (0, Some(0)), "{said}");
    assert!(
        said.contains("the document declares no security, so the key is sent as `Authorization: Bearer …`")
    );
    let header = ["--header", "Authorization: Basic abc"];
    let (code, _, said) = check(folder.path(), &document, &url, &header, None);
    assert_eq!(code, 0, "{said}");
    assert!(log.lock().expect("a lock").iter().all(|asked| asked.all("authorization").len() == 1));
}

#[test]
fn each_scheme_takes_its_own_key_and_no_report_shows_one() {
    let folder = empty();
    let at = folder.path();
    let mut document = document(&[
        ("/both", "get", operation("both", json!([{"key": ["a"], "app": []}]))),
        ("/either", "get", operation("either", json!([{"other": []}, {"app": []}]))),
        ("/other", "get", operation("other", json!([{"other": []}]))),
    ]);
    let schemes = &mut document["components"]["securitySchemes"];
    schemes["app"] = json!({"type": "apiKey", "in": "query", "name": "app"});
    schemes["other"] = json!({"type": "http", "scheme": "basic"});
    let key = |name: &str, scheme: &str, scopes: &str| {
        format!(
            "[[keys]]\nname = {name:?}\ntoken = \"c4nary-{name}\"\nscheme = {scheme:?}\nscopes = [{scopes}]\n"
        )
    };
    put(at, "keys.toml", &(key("first", "key", "\"a\"") + &key("second", "app", "")));
    let (url, log) = serve(|asked| {
        let bearer = asked.all("authorization") == ["Bearer c4nary-first"];
        let app = asked.target.split(['?', '&']).any(|pair| pair == "app=c4nary-second");
        match asked.target.split('?').next() {
            Some("/both") if bearer && app => (200, json!([])),
            Some("/either") if app && asked.all("authorization").is_empty() => (200, json!({})),
            _ => (401, json!({})),
        }
    });
    let (_, report, said) = check(at, &document, &url, &["--keys", "keys.toml"], None);
    let verdicts = verdicts(&report);
    assert_eq!(verdicts["either"].0, "conforms", "{said}{report:#}");
    let why = "no key for the security scheme \"other\"".to_owned();
    assert_eq!(verdicts["other"], ("inconclusive".to_owned(), why));
    let command = report["findings"][0]["reproduce"].as_str().expect("a command");
    assert!(command.contains("Bearer $COUNTERPART_TOKEN\""), "{command}");
    assert!(command.contains("app='\"$COUNTERPART_TOKEN_APP\"'"), "{command}");
    assert!(!report.to_string().contains("c4nary"), "{report:#}");
    for asked in log.lock().expect("a lock").iter() {
        let fields = asked.headers.iter().map(|(_, value)| value.as_str()).collect::<String>();
        assert!(!fields.contains("second") && !asked.target.contains("first"), "{}", asked.target);
    }
}

#[test]
fn a_header_is_sent_once_and_defeats_no_case() {
    let folder = empty();
    let document = document(&[("/a", "get", operation("a", json!([{"key": []}])))]);
    let (url, log) = serve(|asked| match asked.all("authorization").as_slice() {
        ["Bearer good"] => (200, json!({})),
        _ => (401, json!({})),
    });
    let arguments = ["--header", "Authorization: Basic abc", "--header", "Accept: text/html"];
    let (_, report, said) = check(folder.path(), &document, &url, &arguments, Some("good"));
    assert!(findings(&report).is_empty(), "{said}");
    let access = report["access"].as_array().expect("a matrix");
    let tried = |case: &str| access.iter().find(|row| row["case"] == case).expect("a case");
    assert_eq!(tried("minimal key")["verdict"], "ok");
    for case in ["without a key", "unknown key"] {
        assert_eq!(tried(case)["verdict"], "not-tried");
        assert_eq!(tried(case)["why"], "--header sets Authorization");
    }
    for asked in log.lock().expect("a lock").iter() {
        assert_eq!((asked.all("authorization").len(), asked.all("accept").len()), (1, 1));
    }
}

#[test]
fn a_header_that_is_a_credential_is_the_key() {
    let folder = empty();
    let mut document = document(&[("/a", "get", operation("a", json!([{"key": []}])))]);
    document["components"]["securitySchemes"]["key"] =
        json!({"type": "apiKey", "in": "header", "name": "X-Key"});
    let (url, log) = serve(|asked| match asked.all("x-key").as_slice() {
        ["good"] => (200, json!({})),
        _ => (401, json!({})),
    });
    let arguments = ["--header", "x-key: good"];
    let (code, report, said) = check(folder.path(), &document, &url, &arguments, None);
    assert_eq!(code, 0, "{said}{report:#}");
    assert!(said.contains("the header \"x-key\" of --header is sent as the key"), "{said}");
    let access = report["access"].as_array().expect("a matrix");
    assert!(access.iter().all(|row| row["verdict"] == "ok") && access.len() > 2, "{access:?}");
    let sent: Vec<usize> = log.lock().expect("a lock").iter().map(|asked| asked.all("x-key").len()).collect();
    assert!(sent.contains(&0) && sent.contains(&1), "{sent:?}");
    assert!(!report.to_string().contains("good"), "{report:#}");
}

/// Many documents have the key among the parameters too.
#[test]
fn a_key_takes_the_place_of_its_parameter() {
    let folder = empty();
    let mut asking = operation("a", json!([{"key": []}]));
    asking["parameters"] =
        json!([{"name": "app", "in": "query", "required": true, "schema": {"type": "string"}}]);
    let mut document = document(&[("/a", "get", asking)]);
    document["components"]["securitySchemes"]["key"] =
        json!({"type": "apiKey", "in": "query", "name": "app"});
    let (url, log) = serve(|asked| match asked.target.as_str() {
        "/a?app=good" => (200, json!({})),
        _ => (401, json!({})),
    });
    let (code, report, said) = check(folder.path(), &document, &url, &[], Some("good"));
    assert_eq!(code, 0, "{said}{report:#}");
    let log = log.lock().expect("a lock");
    assert!(log.iter().any(|asked| asked.target == "/a"), "one goes without a key");
    assert!(log.iter().all(|asked| asked.target.matches("app=").count() <= 1));
}

/// Some documents describe how a key is sent, and forget to ask for it.
#[test]
fn a_scheme_that_no_operation_asks_for_is_used() {
    let folder = empty();
    let mut document = document(&[("/a", "get", operation("a", Value::Null))]);
    document["components"]["securitySchemes"] = json!({
        "kerberos": {"type": "http", "scheme": "negotiate"}, "login": {"type": "http", "scheme": "basic"},
    });
    let (url, log) = serve(|asked| match asked.all("authorization").as_slice() {
        ["Basic YTpi"] => (200, json!({})),
        _ => (401, json!({})),
    });
    let (code, _, said) = check(folder.path(), &document, &url, &[], Some("a:b"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("no operation of the document asks for a key"), "{said}");
    assert!(log.lock().expect("a lock").iter().all(|asked| asked.all("authorization") == ["Basic YTpi"]));
}

#[test]
fn what_another_scheme_guards_is_asked_before_the_run_ends() {
    let folder = empty();
    let mut document = document(&[
        ("/a", "get", operation("a", json!([{"session": []}]))),
        ("/b", "get", operation("b", json!([{"session": []}]))),
        ("/open", "get", operation("open", Value::Null)),
        ("/c/{id}", "get", operation("c", json!([{"key": []}]))),
    ]);
    document["components"]["securitySchemes"]["session"] =
        json!({"type": "apiKey", "in": "cookie", "name": "sid"});
    document["paths"]["/c/{id}"]["get"]["parameters"] =
        json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}, "example": "1"}]);
    let (url, _) = serve(|asked| match asked.all("authorization").as_slice() {
        ["Bearer good"] if asked.target == "/c/1" => (200, json!({})),
        ["Bearer good"] if asked.target.starts_with("/c/") => (404, json!({})),
        _ if asked.target == "/open" => (200, json!({})),
        _ => (401, json!({})),
    });
    let (code, report, said) = check(folder.path(), &document, &url, &[], Some("good"));
    assert_eq!(code, 4, "{said}");
    assert_eq!(verdicts(&report)["c"].0, "conforms");
}

#[test]
fn what_every_scope_is_refused_for_a_made_up_value_is_no_finding() {
    let folder = empty();
    let mut refused = operation("change", json!([{"key": ["write:users"]}]));
    let text = json!({"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}});
    refused["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": text}}});
    let mut item = operation("user", json!([{"key": ["read:users"]}]));
    item["parameters"] =
        json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    item["responses"]["404"] = json!({"description": "gone", "content": {"application/json": {}}});
    let document = document(&[
        ("/users", "post", refused),
        ("/users", "get", operation("users", json!([{"key": ["read:users"]}]))),
        ("/users/{id}", "get", item),
    ]);
    let (url, _) = serve(|asked| match (asked.method.as_str(), asked.scopes()) {
        (_, None) => (401, json!({})),
        ("GET", _) if asked.target != "/users" => (404, json!({})),
        ("GET" | "HEAD", Some(held)) if held.contains(&"read:users") => (200, json!({})),
        _ => (403, json!({})),
    });
    let (code, report, said) = check(folder.path(), &document, &url, &["--mint", "mock:{scopes}"], None);
    assert_eq!((code, findings(&report)), (4, Vec::new()), "{said}");
    let why = "refused with 403; another kind of credential or another value may be needed";
    assert_eq!(verdicts(&report)["change"], ("inconclusive".to_owned(), why.to_owned()));
}

#[test]
fn what_a_sufficient_key_meets_afterwards_takes_back_what_was_said_of_wrong_ones() {
    let folder = empty();
    let mut drop = operation("drop", json!([{"key": []}]));
    drop["responses"]["204"] = json!({"description": "gone"});
    drop["parameters"] =
        json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let request = "[[check.request]]\noperation = \"drop\"\nparams = { id = \"1\" }\ndisposable = true\n";
    put(folder.path(), "counterpart.toml", request);
    let document = document(&[("/x/{id}", "delete", drop), ("/a", "get", operation("a", Value::Null))]);
    let (url, _) = serve(|asked| if asked.target == "/a" { (200, json!({})) } else { (404, json!({})) });
    let (_, report, said) = check(folder.path(), &document, &url, &[], Some("good"));
    let found = findings(&report);
    assert!(found.iter().all(|(rule, ..)| rule != "auth-status"), "{said}{found:?}");
    let access = report["access"].as_array().expect("a matrix");
    let bare = access.iter().find(|row| row["case"] == "without a key").expect("a case");
    assert_eq!(bare["why"], "a sufficient key was also answered with 404", "{access:#?}");
}
