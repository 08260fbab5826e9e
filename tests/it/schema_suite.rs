//! The official JSON-Schema-Test-Suite (draft 2020-12), as bodies of requests and of responses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterpart::contract::{Contract, Direction, build};
use counterpart::document::Document;
use counterpart::document::bundle::Refusal;
use counterpart::exchange::{Request, Response};
use counterpart::generate::value::{Taste, value};
use counterpart::judge;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

/// The formats that OpenAPI names (its registry), as far as the suite has them.
const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uri",
    "uri-reference",
    "uuid",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/json-schema")
}

/// The texts that schemas of the suite refer to, by address.
fn remotes() -> BTreeMap<String, PathBuf> {
    let mut remotes = BTreeMap::new();
    let mut add = |folder: PathBuf, address: &str| {
        let mut waiting = vec![folder.clone()];
        while let Some(at) = waiting.pop() {
            for entry in std::fs::read_dir(&at).expect("run tests/json-schema/install").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    let below = path.strip_prefix(&folder).expect("it is below").display().to_string();
                    remotes.insert(format!("{address}{below}"), path);
                }
            }
        }
    };
    add(root().join("json/remotes"), "http://localhost:1234/");
    let schemas = root().join("python/jsonschema_specifications/schemas/draft202012");
    add(schemas.join("vocabularies"), "https://json-schema.org/draft/2020-12/meta/");
    remotes
        .insert("https://json-schema.org/draft/2020-12/schema".to_owned(), schemas.join("metaschema.json"));
    remotes
}

fn contract(schema: &Value, remotes: &BTreeMap<String, PathBuf>) -> Result<Contract, String> {
    let content = json!({ "application/json": { "schema": { "$ref": "schema.json" } } });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "suite", "version": "1" },
        "paths": { "/it": { "post": {
            "requestBody": { "required": true, "content": content },
            "responses": { "200": { "description": "", "content": content } },
        } } },
    });
    let mut bring = |name: &str| match remotes.get(name) {
        _ if name == "schema.json" => Ok(schema.to_string().into_bytes()),
        Some(path) => Ok(std::fs::read(path).expect("it was listed")),
        None => Err(Refusal { message: format!("{name} is not there"), help: String::new() }),
    };
    let (document, _) = Document::parse("openapi.json", document.to_string().as_bytes(), &mut bring)
        .map_err(|problem| problem.message.clone())?;
    let (contract, _) = build("suite", &document).map_err(|problems| format!("{problems:?}"))?;
    Ok(contract)
}

/// Whether a body is accepted: of a request, and of a response.
fn verdicts(contract: &Contract, body: &Value) -> [bool; 2] {
    let operation = contract.operations.first().expect("there is one");
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().expect("a header"));
    let body: bytes::Bytes = body.to_string().into();
    let request = Request {
        method: Method::POST,
        path: "/it".to_owned(),
        query: None,
        headers: headers.clone(),
        body: body.clone(),
    };
    let response = Response { status: StatusCode::OK, headers, body, is_cut: false };
    [
        judge::request(operation, &[], &request).is_empty(),
        judge::response(operation, &Method::POST, &response).violations.is_empty(),
    ]
}

/// What the suite says that is not so here, on purpose.
fn is_ours(title: &str) -> bool {
    // OpenAPI's formats are asserted; the suite's own tests of `format` expect annotations.
    title.starts_with("format: ")
        // `$vocabulary` of a meta-schema is not read, so its keywords always count.
        || title == "vocabulary: schema that uses custom metaschema with with no validation vocabulary"
}

/// Visits every group of the suite: its title, its contract, its tests.
fn each_group(mut visit: impl FnMut(&str, &Result<Contract, String>, &[Value])) {
    let remotes = remotes();
    let folder = root().join("json/tests/draft2020-12");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("run tests/json-schema/install")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.extend(FORMATS.iter().map(|format| folder.join(format!("optional/format/{format}.json"))));
    files.sort();
    for file in files {
        let groups = std::fs::read(&file).expect("it was listed");
        let groups: Vec<Value> = serde_json::from_slice(&groups).expect("JSON");
        let name = file.file_stem().expect("a file").to_string_lossy();
        for group in groups {
            let title = format!("{name}: {}", group["description"].as_str().unwrap_or_default());
            if !is_ours(&title) {
                let tests = group["tests"].as_array().map(Vec::as_slice).unwrap_or_default();
                visit(&title, &contract(&group["schema"], &remotes), tests);
            }
        }
    }
}

#[test]
fn every_verdict_of_the_official_suite_is_ours() {
    let (mut count, mut found) = (0, Vec::new());
    each_group(|title, contract, tests| {
        for test in tests {
            count += 1;
            let wanted = test["valid"] == true;
            match contract {
                Ok(contract) if verdicts(contract, &test["data"]) == [wanted; 2] => {}
                Ok(_) => found.push(format!("{title}: {} should be {wanted}", test["description"])),
                Err(why) => found.push(format!("{title}: does not load: {why}")),
            }
        }
    });
    assert!(count > 1_400, "{count}");
    assert!(found.is_empty(), "{} of {count}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_value_is_made_for_every_schema_of_the_official_suite() {
    let mut found = Vec::new();
    each_group(|title, contract, tests| {
        let Some(contract) =
            contract.as_ref().ok().filter(|_| tests.iter().any(|test| test["valid"] == true))
        else {
            return;
        };
        let content = &contract.operations.first().expect("there is one").responses[0].content[0];
        let schema = content.schema.as_ref().expect("it has one");
        for seed in [None, Some(1), Some(2), Some(3)] {
            let taste = Taste { seed, ..Taste::default() };
            match value(schema, Direction::Response, taste) {
                Ok(made) if verdicts(contract, &made) == [true; 2] => {}
                Ok(made) => panic!("{title}: {made} is not valid"),
                Err(_) => found.push(title.to_owned()),
            }
        }
    });
    found.dedup();
    assert!(found.is_empty(), "{found:?}");
}
