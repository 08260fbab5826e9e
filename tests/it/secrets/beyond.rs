//! Secrets in what is no check: real traffic, stores, webhooks, logins, blobs and imports.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use super::{CANARY, FORMS, echoes, files};
use crate::command::{Mock, command, empty, put, text};
use crate::proxy::{Proxy, ask};
use crate::support::{raw, send};

/// The key as part of an address.
const WRITTEN: &str = "c4n%2Fary%2B0815%3Dkey";

/// Texts that were looked at, by name.
#[derive(Default)]
struct Places(BTreeMap<String, String>);

impl Places {
    fn see(&mut self, name: impl Into<String>, octets: impl AsRef<[u8]>) {
        self.0.insert(name.into(), text(octets.as_ref()));
    }

    /// Runs the binary to its end.
    fn run(&mut self, folder: &Path, arguments: &[&str]) -> Option<i32> {
        let output =
            command(folder, arguments).env("COUNTERPART_TOKEN", CANARY).output().expect("the binary runs");
        self.see(format!("{arguments:?} stdout"), &output.stdout);
        self.see(format!("{arguments:?} stderr"), &output.stderr);
        output.status.code()
    }

    /// Every file of a folder but for these, which were written by hand.
    fn see_files(&mut self, folder: &Path, but: &[&str]) {
        let mut found = Vec::new();
        files(folder, &mut found);
        for path in found {
            let name = path.strip_prefix(folder).expect("a file below").to_string_lossy().into_owned();
            if !but.contains(&name.as_str()) {
                self.see(format!("file {name}"), std::fs::read(&path).expect("a file"));
                self.see(format!("name {name}"), name);
            }
        }
    }

    fn are_clean(self) {
        let shown = |text: &str| FORMS.iter().find(|form| text.contains(**form)).copied();
        let hits: Vec<String> =
            self.0.iter().filter_map(|(name, text)| Some(format!("{name} shows {}", shown(text)?))).collect();
        assert!(hits.is_empty(), "{hits:#?}");
        println!("canary: {} places searched, {} forms", self.0.len(), FORMS.len());
    }
}

fn document() -> Value {
    let pet = json!({"type": "object", "properties": {"id": {"type": "integer"}, "url": {"type": "string"}}});
    let content = json!({"application/json": {"schema": pet}});
    let sent =
        json!({"post": {"requestBody": {"content": content}, "responses": {"200": {"description": "x"}}}});
    let flow = json!({"authorizationUrl": "/oauth2/authorize", "tokenUrl": "/oauth2/token", "scopes": {"read": "x"}});
    json!({
        "openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "security": [{"key": []}],
        "paths": {"/pets": {
            "get": {"operationId": "list", "responses": {"200": {"description": "all", "content": content}}},
            "post": {
                "operationId": "add", "callbacks": {"made": {"{$request.body#/url}": sent}},
                "requestBody": {"content": content},
                "responses": {"201": {"description": "one", "content": content}},
            },
        }},
        "webhooks": {"gone": sent},
        "components": {"securitySchemes": {
            "key": {"type": "http", "scheme": "bearer"},
            "login": {"type": "oauth2", "flows": {"authorizationCode": flow}},
        }},
    })
}

/// Requests of clients, with the key wherever clients put one.
fn requests() -> Vec<String> {
    let head = |fields: &str| format!("Host: localhost\r\nConnection: close\r\n{fields}");
    let body = json!({"id": 1, "password": CANARY, "note": CANARY}).to_string();
    let form = format!("grant_type=password&client_secret={WRITTEN}&note={WRITTEN}");
    let post = |path: &str, kind: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\n{}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            head(""),
            body.len()
        )
    };
    let get = |target: &str, fields: String| format!("GET {target} HTTP/1.1\r\n{}\r\n", head(&fields));
    vec![
        get("/pets", format!("Authorization: Bearer {CANARY}\r\n")),
        get("/pets", "Authorization: Basic dXNlcjpjNG4vYXJ5KzA4MTU9a2V5\r\n".to_owned()),
        get("/pets", format!("Cookie: a=1; session={CANARY}\r\n")),
        get("/pets", format!("X-Api-Key: {CANARY}\r\n")),
        get(&format!("/pets?api_key={WRITTEN}&x=1"), String::new()),
        get(&format!("/pets/{WRITTEN}"), format!("X-Auth-Token: {CANARY}\r\n")),
        post("/pets", "application/json", &body),
        post("/oauth2/token", "application/x-www-form-urlencoded", &form),
    ]
}

/// Nobody told the proxy any key: what clients send is one by its place and its name.
#[test]
fn real_traffic_tells_no_secret() {
    let folder = empty();
    let at = folder.path();
    put(at, "api.json", &document().to_string());
    let target = raw(|head| {
        let mut body = echoes();
        body["head"] = head.into();
        body.to_string()
    });
    let reports =
        ["console", "json", "junit", "sarif", "html", "markdown", "github", "gitlab", "access", "har"];
    let reports: Vec<String> =
        reports.iter().map(|format| format!("--report={format}=run.{format}")).collect();
    let mut arguments = vec!["api.json", "--url", &target, "--record", "recorded"];
    arguments.extend(reports.iter().map(String::as_str));
    let proxy = Proxy::start_with(at, &arguments);
    for request in requests() {
        assert!(ask(&proxy.host, &request).contains("c4n"), "the target sends it back");
    }
    let mut places = Places::default();
    let mut control = |path: &str| {
        let end = "Host: localhost\r\nConnection: close\r\n\r\n";
        let answer = ask(&proxy.host, &format!("GET /__counterpart/{path} HTTP/1.1\r\n{end}"));
        places.see(format!("control {path}"), &answer);
        answer
    };
    assert!(control("requests").contains(&format!("\"count\":{}", requests().len())));
    for path in ["coverage", "metrics", "operations"] {
        control(path);
    }
    for number in 1..=requests().len() {
        control(&format!("requests/{number}"));
        control(&format!("fixtures/{number}"));
    }
    let (said, code) = proxy.stop();
    assert_eq!(code, Some(0));
    places.see("stdout", said);
    places.see_files(at, &["api.json"]);
    assert!(
        places.0["file run.json"].contains("[secret]")
            && places.0.keys().any(|name| name.contains("recorded/"))
    );
    places.are_clean();
}

/// The mock's own parts: what is sent to it, and what it sends.
#[tokio::test]
async fn webhooks_callbacks_and_logins_tell_no_secret() {
    let folder = empty();
    let at = folder.path();
    put(at, "api.json", &document().to_string());
    let hook = "[[webhook]]\nname = \"gone\"\nurl = \"http://127.0.0.1:1/hook\"\nsecret = \"${HOOK}\"\n";
    put(
        at,
        "counterpart.toml",
        &format!("{hook}headers = {{ authorization = \"Bearer ${{HOOK}}\", x-api-key = \"${{HOOK}}\" }}\n"),
    );
    let mut started =
        command(at, &["mock", "api.json", "-p", "0", "--login", "immediate", "--auth", "present"]);
    let log = std::fs::File::create(at.join("log")).expect("a file");
    let mock = Mock::of(started.env("HOOK", CANARY).stderr(log));
    let key = format!("Bearer {CANARY}");
    let kind = ("content-type", "application/json");
    let url = format!("http://user:{WRITTEN}@127.0.0.1:1/x?token={WRITTEN}");
    let body = json!({"id": 1, "url": url}).to_string();
    send(&mock.url, "POST", "/pets", &[("authorization", &key), kind], &body).await;
    for body in [json!({"body": {"note": CANARY}, "headers": {"x-api-key": CANARY}}), json!({"url": url})] {
        send(&mock.url, "POST", "/__counterpart/webhooks/gone", &[kind], &body.to_string()).await;
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    for field in ["code", "refresh_token", "client_secret", "password", "token"] {
        for endpoint in ["token", "introspect", "revoke"] {
            let body = format!("grant_type=password&client_id=a&{field}={WRITTEN}");
            send(&mock.url, "POST", &format!("/oauth2/{endpoint}"), &[form], &body).await;
        }
    }
    let mut places = Places::default();
    for name in ["requests", "deliveries", "webhooks", "metrics", "coverage", "sessions", "health", ""] {
        let answer = send(&mock.url, "GET", &format!("/__counterpart/{name}"), &[], "").await;
        assert_eq!(answer.status.as_u16(), 200, "{name}");
        places.see(format!("control {name}"), &answer.body);
    }
    let listed: Value = serde_json::from_str(&places.0["control requests"]).expect("JSON");
    for number in 1..=listed["count"].as_u64().expect("a number") {
        for name in ["requests", "fixtures"] {
            let answer = send(&mock.url, "GET", &format!("/__counterpart/{name}/{number}"), &[], "").await;
            places.see(format!("control {name}/{number}"), &answer.body);
        }
    }
    drop(mock);
    places.see_files(at, &["api.json", "counterpart.toml"]);
    places.are_clean();
}

/// A store that does not answer, or wants another password.
fn refusing_store() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().filter_map(Result::ok) {
            let mut octets = [0; 4096];
            while socket.read(&mut octets).is_ok_and(|read| read > 0) {
                let said = format!("-WRONGPASS invalid username-password pair {CANARY}\r\n");
                if socket.write_all(said.as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn stores_blobs_and_imports_tell_no_secret() {
    let folder = empty();
    let at = folder.path();
    put(at, "api.json", &document().to_string());
    let mut places = Places::default();
    let port = refusing_store();
    for store in [
        format!("redis://user:{WRITTEN}@127.0.0.1:{port}/0"),
        format!("redis://:{WRITTEN}@127.0.0.1:99999"),
        format!("redis://user:{CANARY}@127.0.0.1:1"),
        format!("rediss://127.0.0.1:1/{WRITTEN}"),
        format!("redis://127.0.0.1:1/?password={WRITTEN}"),
        format!("{CANARY}@host"),
    ] {
        let check =
            ["check", "api.json", "--url", "http://127.0.0.1:1", "-vv", "--rate", "5/s", "--rate-store"];
        for arguments in [&check[..], &["mock", "api.json", "-p", "0", "--store"]] {
            let code = places.run(at, &[arguments, &[&store]].concat());
            assert!(matches!(code, Some(2 | 3)), "{arguments:?} {store}: {code:?}");
        }
    }
    // The names of commands hold the addresses that were given.
    places.0 = std::mem::take(&mut places.0)
        .into_values()
        .enumerate()
        .map(|(n, said)| (n.to_string(), said))
        .collect();
    let target = raw(|_| echoes().to_string());
    for shard in ["1/2", "2/2"] {
        let (blob, shard) = (format!("--report=blob={}.json", &shard[..1]), format!("--shard={shard}"));
        let code = places.run(at, &["check", "api.json", "--url", &target, &shard, &blob, "-vv"]);
        assert!(matches!(code, Some(0 | 1)), "{code:?}");
    }
    places.run(at, &["merge", "1.json", "2.json", "--report=html=merged.html", "--report=json=merged.json"]);
    put(at, "broken.json", &format!("{{\"{CANARY}\": {CANARY}"));
    assert_eq!(places.run(at, &["merge", "broken.json"]), Some(2));
    let request = json!({
        "method": "GET", "url": format!("http://x/pets?access_token={WRITTEN}"),
        "headers": [{"name": "Authorization", "value": format!("Bearer {CANARY}")}],
    });
    let content = json!({"mimeType": "application/json", "text": echoes().to_string()});
    let response = json!({"status": 200, "headers": [{"name": "Set-Cookie", "value": "s=s3ss1on-c4nary"}], "content": content});
    put(
        at,
        "session.har",
        &json!({"log": {"entries": [{"request": request, "response": response}]}}).to_string(),
    );
    assert_eq!(places.run(at, &["import", "har", "session.har", "api.json"]), Some(0));
    places.see_files(at, &["api.json", "broken.json", "session.har"]);
    assert!(
        places.0.contains_key("file merged.json") && places.0.keys().any(|name| name.contains("fixtures/"))
    );
    places.are_clean();
}
