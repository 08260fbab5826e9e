//! The JSON Schemas of configuration files agree with what parses these files, and with every example.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use counterpart::config::{Settings, json as as_json};
use rstest::rstest;
use serde_json::{Value, json};

use crate::command::{counterpart, empty, put, text};
use crate::support::root;

const KINDS: [&str; 4] = ["config", "companion", "keys", "sidecar"];

fn schema(kind: &str) -> Value {
    let folder = empty();
    let output = counterpart(folder.path(), &["config", "--schema", kind]);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What keeps a text from being of a kind.
fn wrong(schema: &Value, content: &str) -> Vec<String> {
    let table: toml::Table = match content.parse() {
        Ok(table) => table,
        Err(error) => return vec![error.to_string()],
    };
    let validator = jsonschema::options().build(schema).expect("a schema that can be compiled");
    let value = as_json(&toml::Value::Table(table));
    validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_published_schemas_are_those_of_the_program() {
    for kind in KINDS {
        let path = root().join(format!("docs/schemas/{kind}.schema.json"));
        let folder = empty();
        let printed = text(&counterpart(folder.path(), &["config", "--schema", kind]).stdout);
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        if published != printed {
            #[expect(clippy::disallowed_methods, reason = "as insta does, which is asked the same way")]
            let updates = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
            assert!(updates, "{} is out of date: run with INSTA_UPDATE=always", path.display());
            put(&root(), &format!("docs/schemas/{kind}.schema.json"), &printed);
        }
    }
}

/// Objects of a schema that have no other keys than those that are named: how to write one with some members, and
/// the names.
fn closed(
    schema: &Value,
    whole: &Value,
    around: &dyn Fn(Value) -> Value,
    found: &mut Vec<(Value, BTreeSet<String>)>,
) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let inside = whole.pointer(reference.trim_start_matches('#')).expect("a definition");
        return closed(inside, whole, around, found);
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        for inside in schema.get(part).and_then(Value::as_array).into_iter().flatten() {
            closed(inside, whole, around, found);
        }
    }
    if let Some(items) = schema.get("items") {
        closed(items, whole, &|inside| around(json!([inside])), found);
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        let names = properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect();
        found.push((around(json!({ "zz-unknown": 1 })), names));
    } else if let Some(any @ Value::Object(_)) = schema.get("additionalProperties") {
        closed(any, whole, &|inside| around(json!({ "name": inside })), found);
    }
    for (name, inside) in properties.into_iter().flatten() {
        closed(inside, whole, &|inside| around(json!({ name: inside })), found);
    }
}

/// Each table takes just the keys that the schema names: the parser itself says which ones it knows.
#[test]
fn schema_and_parser_know_the_same_keys() {
    let schema = schema("config");
    let mut found = Vec::new();
    closed(&schema, &schema, &|inside| inside, &mut found);
    let mut compared = 0;
    for (written, names) in found {
        let content = toml::to_string(&written).expect("TOML");
        let refused = toml::from_str::<Settings>(&content);
        // The names of flags and of rules are judged later, by the tables that the schema is made of.
        let Err(error) = refused else {
            let is_later =
                ["[check]", "[mock]", "[rules]", "[errors]"].iter().any(|table| content.contains(table));
            assert!(is_later, "the parser takes any key: {content}");
            continue;
        };
        let message = error.message();
        if !message.starts_with("unknown field") {
            // What stands under such names is read in several ways, or by tables that the schema is made of.
            let is_other = ["filters", "[rules]", "[errors]"].iter().any(|name| content.contains(name));
            assert!(is_other, "{content}: {message}");
            continue;
        }
        let known: BTreeSet<String> = message.split('`').skip(3).step_by(2).map(str::to_owned).collect();
        assert_eq!(known, names, "{content}");
        compared += 1;
    }
    assert!(compared > 20, "{compared} tables");
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_of_the_repository_keeps_its_schema() {
    let of = |folders: &[&str]| {
        let mut found = Vec::new();
        for folder in folders {
            files(&root().join(folder), &mut found);
        }
        found
    };
    let kinds = [("companion", of(&["specs"])), ("sidecar", of(&["fixtures", "tests/fixtures"]))];
    for (kind, files) in kinds {
        let schema = schema(kind);
        assert!(!files.is_empty());
        for file in files {
            let content = std::fs::read_to_string(&file).expect("text");
            assert_eq!(wrong(&schema, &content), Vec::<String>::new(), "{}", file.display());
        }
    }
}

#[test]
fn every_example_of_the_pages_keeps_a_schema() {
    let schemas = KINDS.map(schema);
    let mut pages = vec![root().join("README.md")];
    pages.extend(
        std::fs::read_dir(root().join("docs"))
            .expect("docs")
            .filter_map(Result::ok)
            .map(|entry| entry.path()),
    );
    let mut count = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|end| end == "md")) {
        let content = std::fs::read_to_string(page).expect("text");
        for block in content.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            let told: Vec<Vec<String>> = schemas.iter().map(|schema| wrong(schema, block)).collect();
            assert!(told.iter().any(Vec::is_empty), "{}:\n{block}\n{told:#?}", page.display());
            count += 1;
        }
    }
    assert!(count > 10, "{count} examples");
}

#[test]
fn what_init_writes_keeps_the_schema_that_it_names() {
    let folder = empty();
    std::fs::copy(root().join("specs/tiny/shop.yaml"), folder.path().join("shop.yaml")).expect("a copy");
    let output = counterpart(folder.path(), &["init", "shop.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let content = std::fs::read_to_string(folder.path().join("counterpart.toml")).expect("a file");
    let named = content.lines().next().and_then(|line| line.strip_prefix("#:schema ./")).expect("the line");
    let schema = std::fs::read_to_string(folder.path().join(named)).expect("the schema beside it");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let taken_up: String = content
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', ':'])).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    for content in [content, taken_up] {
        assert_eq!(wrong(&schema, &content), Vec::<String>::new(), "{content}");
    }
    let slips = [
        "[check]\ntiemout = 3",
        "[scopse]",
        "[rules]\nbody-shema = \"off\"",
        "[rules]\nbody-schema = \"of\"",
    ];
    for slip in slips {
        assert!(!wrong(&schema, slip).is_empty(), "{slip}");
    }
}

#[test]
fn config_says_where_each_value_comes_from() {
    let folder = empty();
    put(folder.path(), "api.yaml", include_str!("../mistakes/api.yaml"));
    put(
        folder.path(),
        "api.toml",
        "[scopes]\nwildcard = \"*\"\ncombine = \"any\"\n[check]\nparams = { limit = 1 }\n",
    );
    put(
        folder.path(),
        "counterpart.toml",
        "spec = \"api.yaml\"\n\n[scopes]\nwildcard = \"all\"\n\n[check]\nurl = \"http://user:canary@127.0.0.1:9\"\nheader = [\"X-Key: canary\"]\n\
         keys = \"keys.toml\"\nslow = 2\ntimeout = 9\n\n[mint.oauth2]\ntoken-url = \"http://127.0.0.1:9/token\"\nclient-id = \"me\"\n\
         client-secret = \"${NOWHERE}\"\n\n[[waive]]\nrule = \"body-schema\"\nreason = \"known\"\n",
    );
    put(
        folder.path(),
        "keys.toml",
        "[[keys]]\nname = \"reader\"\ntoken = \"canary\"\nscopes = [\"pets:read\"]\n",
    );
    let shown = |format: &str| {
        let arguments = ["config", "--format", format, "check", "--timeout", "5", "--credential", "X: {key}"];
        let output = crate::command::command(folder.path(), &arguments)
            .env("COUNTERPART_RETRIES", "7")
            .output()
            .expect("the binary runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let (table, rows) = (shown("table"), shown("json"));
    assert!(!table.contains("canary") && !rows.contains("canary"), "{table}{rows}");
    insta::with_settings!({ omit_expression => true, snapshot_path => root().join("tests/snapshots"), prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("config", table);
    });
    let rows: Vec<Value> = serde_json::from_str(&rows).expect("JSON");
    let from = |name: &str| {
        rows.iter().find(|row| row["name"] == name).map(|row| row["from"].clone()).expect("a row")
    };
    assert_eq!(from("check.timeout"), json!({"kind": "flag", "flag": "--timeout"}));
    assert_eq!(from("check.retries"), json!({"kind": "environment", "variable": "COUNTERPART_RETRIES"}));
    assert_eq!(
        from("check.slow"),
        json!({"kind": "file", "file": "counterpart.toml", "line": 10, "column": 1})
    );
    assert_eq!(from("check.seed"), json!({"kind": "default"}));
    assert_eq!(from("scopes.combine"), json!({"kind": "file", "file": "api.toml", "line": 3, "column": 1}));
}

#[test]
fn what_the_catalogue_of_schemas_is_given_holds() {
    let folder = root().join("packaging/schemastore");
    let schema = schema("config");
    for (name, is_right) in [("test", true), ("negative_test", false)] {
        let mut found = Vec::new();
        files(&folder.join(name), &mut found);
        assert!(!found.is_empty());
        for file in found {
            let content = std::fs::read_to_string(&file).expect("text");
            let wrong = wrong(&schema, &content);
            assert_eq!(wrong.is_empty(), is_right, "{}: {wrong:#?}", file.display());
        }
    }
    let entry = std::fs::read_to_string(folder.join("catalog.json")).expect("text");
    let entry: Value = serde_json::from_str(&entry).expect("JSON");
    assert_eq!(entry["fileMatch"], json!(["counterpart.toml"]));
}

#[rstest]
#[case::companion("companion", "[scopes]\nwildcard = \"*\"\n", "[check]\nurl = \"http://127.0.0.1\"\n")]
#[case::keys(
    "keys",
    "[[keys]]\nname = \"a\"\ntoken = \"t\"\nscopes = [\"pets:read\"]\n",
    "[[keys]]\nname = \"a\"\ntoken = 7\n"
)]
#[case::keys_with_a_flag("keys", "[[keys]]\nname = \"a\"\ntoken = \"t\"\n", "[check]\ntimeout = 3\n")]
#[case::sidecar("sidecar", "delay = 2\n[when]\n\"path.id\" = \"498\"\n", "[headers]\nx = { y = 1 }\n")]
#[case::sidecar_with_an_unknown_key(
    "sidecar",
    "media-type = \"text/plain\"\n",
    "mediatype = \"text/plain\"\n"
)]
fn a_right_file_keeps_its_schema_and_a_wrong_one_does_not(
    #[case] kind: &str,
    #[case] right: &str,
    #[case] broken: &str,
) {
    let schema = schema(kind);
    assert_eq!(wrong(&schema, right), Vec::<String>::new());
    assert!(!wrong(&schema, broken).is_empty(), "{broken}");
}

#[test]
fn a_wrong_report_does_not_keep_its_schema() {
    let folder = empty();
    let mock = crate::command::Mock::start(folder.path(), &["--fault", "body-schema@cohorts_list"]);
    let line = ["check", "--url", &mock.url, "--mint", "mock:{scopes}", "--read-only", "--report", "json"];
    let report: Value = serde_json::from_slice(&counterpart(folder.path(), &line).stdout).expect("JSON");
    let schema = std::fs::read_to_string(root().join("docs/report.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::options().build(&schema).expect("a schema that can be compiled");
    assert!(validator.is_valid(&report));
    let slips: [(&str, Value); 5] = [
        ("/findings/0/severity", json!("fatal")),
        ("/findings/0/operation", json!(7)),
        ("/operations/0/verdict", json!("passes")),
        ("/summary/requests", json!("many")),
        ("/summary", json!({})),
    ];
    for (at, value) in slips {
        let mut broken = report.clone();
        *broken.pointer_mut(at).unwrap_or_else(|| panic!("no {at}")) = value;
        assert!(!validator.is_valid(&broken), "{at}");
    }
}
