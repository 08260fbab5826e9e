//! What a check may do to a target: it changes only what it made, tells what it leaves, and stops when
//! the target is no longer well.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::command::{counterpart, put, text};

/// A request as a small server sees it.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// Status, further header lines, body.
pub(crate) type Said = (u16, &'static str, String);

/// A server that a test writes in a few lines; it ends with the tests.
pub(crate) struct Target {
    url: String,
    /// `METHOD path` of each request, in order.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Target {
    pub(crate) fn start(mut answer: impl FnMut(&Asked) -> Said + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Some(asked) = read(&stream) else { continue };
                log.lock().expect("a lock").push(format!("{} {}", asked.method, asked.path));
                say(stream, answer(&asked));
            }
        });
        Self { url, seen }
    }

    /// Requests with this method.
    pub(crate) fn with(&self, method: &str) -> Vec<String> {
        let seen = self.seen.lock().expect("a lock");
        seen.iter().filter(|line| line.starts_with(method)).cloned().collect()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let path = target.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, body: String::from_utf8_lossy(&body).into_owned() })
}

fn say(mut stream: TcpStream, (status, headers, body): Said) {
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
}

/// `check` of a document against a target: what it printed, and the report.
pub(crate) fn check(target: &Target, paths: &Value, more: &[&str], config: &str) -> (Output, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths,
    "components": {"schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {
        "id": {"type": "integer", "readOnly": true}, "name": {"type": "string"},
    }}}}});
    put(folder.path(), "api.json", &document.to_string());
    put(folder.path(), "counterpart.toml", config);
    let mut arguments =
        vec!["check", "api.json", "--url", &target.url, "--report", "json=r.json", "--report", "console"];
    arguments.extend(more);
    let output = counterpart(folder.path(), &arguments);
    let report =
        std::fs::read(folder.path().join("r.json")).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    (output, serde_json::from_slice(&report).expect("a report"))
}

/// The rules of the errors.
pub(crate) fn errors(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.filter(|f| f["severity"] == "error").filter_map(|f| f["rule"].as_str()).collect()
}

pub(crate) fn answer(status: &str, schema: &Value) -> Value {
    json!({"responses": {
        status: {"description": "x", "content": {"application/json": {"schema": schema}}},
        "404": {"description": "x", "content": {"application/json": {}}},
        "422": {"description": "x", "content": {"application/json": {}}},
    }})
}

pub(crate) fn pet() -> Value {
    json!({"$ref": "#/components/schemas/Pet"})
}

/// A collection of pets with all that belongs to one.
pub(crate) fn pets() -> Value {
    let body = json!({"required": true, "content": {"application/json": {"schema": pet()}}});
    let with = |mut operation: Value, id: &str| {
        operation["operationId"] = json!(id);
        operation
    };
    let mut create = with(answer("201", &pet()), "create");
    create["requestBody"] = body;
    let mut update = with(answer("200", &pet()), "update");
    update["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": {
        "type": "object", "properties": {"name": {"type": "string"}}}}}});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    json!({
        "/pets": {"get": with(answer("200", &json!({"type": "array", "items": pet()})), "list"), "post": create,
            "delete": {"operationId": "clear", "responses": {"204": {"description": "x"}}}},
        "/pets/{id}": {"parameters": id, "get": with(answer("200", &pet()), "read"), "patch": update,
            "delete": {"operationId": "remove", "responses": {"204": {"description": "x"}}}},
        "/shutdown": {"post": {"operationId": "shutdown", "responses": {"202": {"description": "x"}}}},
    })
}

/// Pets in memory, one of which was there before. `quirk` may answer in another way.
pub(crate) fn shop(
    mut quirk: impl FnMut(&Asked, &mut BTreeMap<u64, String>) -> Option<Said> + Send + 'static,
) -> Target {
    let mut pets = BTreeMap::from([(1, "Rex".to_owned())]);
    let mut next = 1;
    Target::start(move |asked| {
        if let Some(said) = quirk(asked, &mut pets) {
            return said;
        }
        let sent: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        if !sent.is_object() && matches!(asked.method.as_str(), "POST" | "PATCH") && asked.path != "/shutdown"
        {
            return (422, "", "{}".to_owned());
        }
        let shown = |id: u64, name: &str| json!({"id": id, "name": name}).to_string();
        let id: Option<u64> = asked.path.strip_prefix("/pets/").and_then(|id| id.parse().ok());
        let there = id.and_then(|id| pets.get(&id).cloned().map(|name| (id, name)));
        match (asked.method.as_str(), asked.path.as_str(), there) {
            ("GET", "/pets", _) => {
                let all: Vec<Value> = pets.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
                (200, "", json!(all).to_string())
            }
            ("POST", "/pets", _) => match sent["name"].as_str() {
                Some(name) => {
                    next += 1;
                    pets.insert(next, name.to_owned());
                    (201, "", shown(next, name))
                }
                None => (422, "", "{}".to_owned()),
            },
            ("DELETE", "/pets", _) => {
                pets.clear();
                (204, "", String::new())
            }
            ("GET", _, Some((id, name))) => (200, "", shown(id, &name)),
            ("PATCH", _, Some((id, name))) => match sent.get("name") {
                Some(Value::String(name)) => {
                    pets.insert(id, name.clone());
                    (200, "", shown(id, name))
                }
                None => (200, "", shown(id, &name)),
                Some(_) => (422, "", "{}".to_owned()),
            },
            ("DELETE", _, Some((id, _))) => {
                pets.remove(&id);
                (204, "", String::new())
            }
            ("POST", "/shutdown", _) => (202, "", String::new()),
            (_, "/shutdown", _) => (405, "allow: POST\r\n", String::new()),
            ("PROPFIND" | "HEAD", _, _) => (405, "allow: GET\r\n", String::new()),
            _ => (404, "", "{}".to_owned()),
        }
    })
}

#[test]
fn only_what_the_run_made_is_changed() {
    let target = shop(|_, _| None);
    let (output, report) = check(&target, &pets(), &[], "");
    assert!(!target.with("DELETE").contains(&"DELETE /pets".to_owned()));
    assert!(target.with("POST").iter().all(|line| line == "POST /pets"), "{:?}", target.with("POST"));
    let foreign = |line: &String| line.ends_with("/pets/1");
    assert!(!target.with("PATCH").iter().chain(&target.with("DELETE")).any(foreign));
    assert_eq!(report["leftovers"], json!([]));
    let kinds: BTreeMap<&str, &str> = report["operations"]
        .as_array()
        .expect("operations")
        .iter()
        .filter_map(|o| Some((o["operation"].as_str()?, o["kind"].as_str()?)))
        .collect();
    let expected = [
        ("clear", "action"),
        ("create", "create"),
        ("remove", "own"),
        ("shutdown", "action"),
        ("update", "own"),
    ];
    assert_eq!(kinds, BTreeMap::from(expected));
    let console = text(&output.stdout);
    assert!(console.contains("actions = [\"clear\", \"shutdown\"]"), "{console}");
    assert_eq!((errors(&report), output.status.code()), (Vec::new(), Some(4)), "{console}");
    let (output, _) = check(&target, &pets(), &[], "[check]\nskip = [\"clear\", \"shutdown\"]\n");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn a_target_that_an_action_harms_is_left_alone() {
    let mut is_down = false;
    let target = shop(move |asked, _| {
        is_down |= asked.path == "/shutdown" && asked.method == "POST";
        (is_down && asked.method != "POST").then(|| (503, "", String::new()))
    });
    let (output, report) =
        check(&target, &pets(), &["--actions", "shutdown", "--skip", "clear", "--retries", "0"], "");
    assert_eq!(errors(&report), ["target-harmed"], "{}", text(&output.stdout));
    let finding = &report["findings"][0];
    assert_eq!((finding["operation"].as_str(), output.status.code()), (Some("shutdown"), Some(1)));
    assert!(finding["message"].as_str().is_some_and(|m| m.contains("after POST http://")), "{finding}");
}

#[test]
fn a_wiped_target_is_harmed() {
    let target = shop(|_, _| None);
    let (_, report) = check(&target, &pets(), &["--actions", "clear", "--skip", "shutdown"], "");
    assert_eq!(errors(&report), ["target-harmed"]);
    assert_eq!(report["findings"][0]["operation"], "clear");
}

/// Whoever answers an object that was there before has made nothing, and that object is nobody's to remove.
#[test]
fn what_was_there_before_is_never_removed() {
    let target = shop(|asked, pets| {
        let name = pets.get(&1).cloned().unwrap_or_default();
        (asked.method == "POST" && asked.path == "/pets" && !asked.body.is_empty())
            .then(|| (201, "", json!({"id": 1, "name": name}).to_string()))
    });
    let (output, report) = check(&target, &pets(), &["--skip", "state"], "");
    assert!(target.with("DELETE").is_empty() && target.with("PATCH").is_empty(), "{}", text(&output.stdout));
    assert_eq!(report["leftovers"], json!([]));
}

#[test]
fn what_is_made_without_a_trace_is_found_by_its_text() {
    let mut next = 1;
    let target = shop(move |asked, pets| {
        let sent: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let name = sent["name"].as_str().filter(|_| asked.method == "POST" && asked.path == "/pets")?;
        next += 1;
        pets.insert(next, name.to_owned());
        Some((201, "", "{}".to_owned()))
    });
    let mut paths = pets();
    paths["/pets"]["post"]["responses"] = json!({"201": {"description": "x"}});
    let (output, report) = check(&target, &paths, &["--skip", "body,clear,shutdown"], "");
    assert_eq!(report["leftovers"], json!([]), "{}", text(&output.stdout));
    assert!(target.with("DELETE").len() > 1, "{:?}", target.with("DELETE"));
}

#[test]
fn what_cannot_be_removed_is_told() {
    let target = shop(|asked, _| (asked.method == "DELETE").then(|| (403, "", "{}".to_owned())));
    let (output, report) = check(&target, &pets(), &["--only", "create"], "");
    let left = report["leftovers"].as_array().expect("leftovers");
    assert!(
        !left.is_empty() && left.iter().all(|l| l.as_str().is_some_and(|l| l.contains("/pets/"))),
        "{left:?}"
    );
    let console = text(&output.stdout);
    assert!(left.iter().all(|l| console.contains(l.as_str().unwrap_or("?"))), "{console}");
}

#[test]
fn clean_up_waits_where_it_is_asked_to() {
    let mut refusals = 0;
    let target = shop(move |asked, _| {
        let limits = asked.method == "DELETE" && refusals < 2;
        refusals += usize::from(limits);
        limits.then(|| (429, "retry-after: 1\r\n", "{}".to_owned()))
    });
    let (output, report) = check(&target, &pets(), &["--only", "create"], "");
    assert_eq!(report["leftovers"], json!([]), "{}", text(&output.stdout));
    assert!(target.with("DELETE").len() > 2);
}

fn mode() -> Value {
    let schema = json!({"type": "object", "properties": {"level": {"type": "integer", "minimum": 0, "maximum": 9},
        "changed": {"type": "string", "readOnly": true}}});
    let mut put = answer("200", &schema);
    put["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    put["operationId"] = json!("set");
    let mut get = answer("200", &schema);
    get["operationId"] = json!("show");
    json!({"/mode": {"get": get, "put": put}})
}

/// A setting in memory; `accepts` tells whether a value is taken.
fn dial(accepts: impl Fn(i64) -> bool + Send + 'static) -> Target {
    let mut level = 3;
    Target::start(move |asked| {
        let sent: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        match (asked.method.as_str(), sent["level"].as_i64().filter(|new| accepts(*new))) {
            ("GET", _) => {}
            ("PUT", Some(new)) => level = new,
            ("PUT", None) => return (422, "", "{}".to_owned()),
            _ => return (405, "allow: GET, PUT\r\n", String::new()),
        }
        (200, "", json!({"level": level, "changed": "today"}).to_string())
    })
}

#[test]
fn a_setting_is_sent_only_when_asked_for_and_put_back() {
    let target = dial(|_| true);
    let (output, report) = check(&target, &mode(), &[], "");
    assert!(target.with("PUT").is_empty());
    assert_eq!(report["operations"][1]["kind"], "setting");
    assert_eq!(output.status.code(), Some(4));
    let (output, report) = check(&target, &mode(), &["--actions", "set"], "");
    assert!(target.with("PUT").len() > 2, "{}", text(&output.stdout));
    assert_eq!(report["leftovers"], json!([]));
    let read = |url: &str| {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).expect("a connection");
        write!(stream, "GET /mode HTTP/1.1\r\n\r\n").expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    assert!(read(&target.url).contains("\"level\":3"), "{}", read(&target.url));
}

#[test]
fn a_setting_that_cannot_be_sent_back_is_left_alone() {
    let target = dial(|new| new != 3);
    let (_, report) = check(&target, &mode(), &["--actions", "*"], "");
    assert_eq!(target.with("PUT").len(), 1, "only what it read was sent");
    let why = report["operations"][1]["why"].as_str().unwrap_or_default();
    assert!(why.contains("left alone"), "{why}");
}

#[test]
fn the_plan_tells_kinds_and_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": pets(),
        "components": {"schemas": {"Pet": {"type": "object"}}}});
    put(folder.path(), "api.json", &document.to_string());
    let output = counterpart(folder.path(), &["check", "api.json", "--url", "http://127.0.0.1:1", "--plan"]);
    let plan = text(&output.stdout);
    assert!(plan.contains("create · create: its path is the parent of an item's path"), "{plan}");
    assert!(plan.contains("shutdown cannot be called: an action"), "{plan}");
    let output = counterpart(
        folder.path(),
        &["check", "api.json", "--url", "http://127.0.0.1:1", "--actions", "shutdwn"],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("shutdown"), "{}", text(&output.stderr));
}

/// Three runs in a row find the same: what is made up differs, what is said of it does not.
#[test]
fn runs_repeat_themselves() {
    let target = shop(|_, _| None);
    let ids = || {
        let (_, report) = check(&target, &pets(), &[], "");
        let findings = report["findings"].as_array().expect("findings").clone();
        let ids: Vec<Value> = findings.into_iter().map(|finding| finding["id"].clone()).collect();
        (ids, report["run"].as_str().map(str::len))
    };
    let first = ids();
    assert_eq!(first.1, Some(6));
    assert_eq!(ids(), first);
    assert_eq!(ids(), first);
}
