//! The reference of the site is what the program and the schemas say. `INSTA_UPDATE=always` writes it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::command::{command, empty, put, text};
use crate::support::root;

fn printed(arguments: &[&str]) -> String {
    let folder = empty();
    let output = command(folder.path(), arguments).env_remove("COLUMNS").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Holds a page against what it should be.
fn is_current(page: &str, wanted: &str) {
    let path = root().join(page);
    if std::fs::read_to_string(&path).is_ok_and(|found| found == wanted) {
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "as insta does, which is asked the same way")]
    let updates = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    assert!(updates, "{page} is out of date: run with INSTA_UPDATE=always");
    put(&root(), page, wanted);
}

#[test]
fn the_page_of_commands_is_the_help() {
    let whole = printed(&["--help"]);
    let commands =
        whole.split_once("Commands:\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("commands").0;
    let names = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next().filter(|name| !name.is_empty() && *name != "help"));
    let mut page = "# Commands and flags\n\nWhat `--help` of each command prints. `counterpart man COMMAND` prints the same \
                    as a manual page, and `counterpart completions SHELL` completes it.\n"
        .to_owned();
    let mut count = 0;
    for name in [""].into_iter().chain(names) {
        let title = format!("counterpart {name}");
        let help = if name.is_empty() { whole.clone() } else { printed(&[name, "--help"]) };
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        let _ = write!(page, "\n## {}\n\n```text\n{}\n```\n", title.trim(), help.join("\n").trim_end());
        count += 1;
    }
    assert!(count > 10, "{count} commands");
    is_current("docs/reference/commands.md", &page);
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

/// What a schema takes, in words.
fn kind(schema: &Value, whole: &Value) -> String {
    let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"));
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return kind(whole.pointer(reference.trim_start_matches('#')).expect("a definition"), whole);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(words).collect::<Vec<_>>().join(", ");
    }
    if let Some(value) = schema.get("const") {
        return words(value);
    }
    if let Some(kinds) = schema.get("type") {
        let names: Vec<&str> = match kinds {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        return names.join(" or ");
    }
    let parts = ["allOf", "anyOf", "oneOf"].iter().find_map(|part| schema.get(*part)?.as_array());
    let mut kinds: Vec<String> =
        parts.into_iter().flatten().map(|part| kind(part, whole)).filter(|kind| !kind.is_empty()).collect();
    kinds.dedup();
    kinds.join(" or ")
}

/// A line for each member, those inside of others with the whole way to it. What refers to itself is told once.
fn members(schema: &Value, whole: &Value, at: &str, above: &[&str], rows: &mut String) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        if !above.contains(&reference) {
            let inside = whole.pointer(reference.trim_start_matches('#')).expect("a definition");
            members(inside, whole, at, &[above, &[reference]].concat(), rows);
        }
        return;
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        for inside in schema.get(part).and_then(Value::as_array).into_iter().flatten() {
            members(inside, whole, at, above, rows);
        }
    }
    if let Some(items) = schema.get("items") {
        members(items, whole, &format!("{at}[]"), above, rows);
    }
    if let Some(any @ Value::Object(_)) = schema.get("additionalProperties") {
        members(any, whole, &format!("{at}.NAME"), above, rows);
    }
    for (name, inside) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let way = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let mut said = inside;
        if let Some(reference) = inside.get("$ref").and_then(Value::as_str) {
            said = whole.pointer(reference.trim_start_matches('#')).expect("a definition");
        }
        let about = inside.get("description").or_else(|| said.get("description")).and_then(Value::as_str);
        let line =
            format!("| `{way}` | {} | {} |\n", cell(&kind(said, whole)), cell(about.unwrap_or_default()));
        if !rows.contains(&line) {
            rows.push_str(&line);
        }
        members(inside, whole, &way, above, rows);
    }
}

fn table(schema: &Value) -> String {
    let mut rows = String::new();
    members(schema, schema, "", &[], &mut rows);
    assert!(rows.lines().count() > 3, "{rows}");
    format!("| member | is | |\n|---|---|---|\n{rows}")
}

#[test]
fn the_page_of_settings_is_the_schemas() {
    let mut page = "# Settings\n\nThe members of the files that Counterpart reads, as the JSON Schemas in `docs/schemas` have \
                    them. `[]` is each entry of a list, and `NAME` a name of your choice. \
                    [Configuration](../configuration.md) explains.\n"
        .to_owned();
    for kind in ["config", "companion", "keys", "sidecar"] {
        let schema: Value = serde_json::from_str(&printed(&["config", "--schema", kind])).expect("JSON");
        let title = schema["title"].as_str().expect("a title");
        let about = schema["description"].as_str().expect("a description");
        let _ = write!(page, "\n## {title}\n\n{about}\n\n{}", table(&schema));
    }
    is_current("docs/reference/settings.md", &page);
}

#[test]
fn the_page_of_the_report_is_its_schema() {
    let schema = std::fs::read_to_string(root().join("docs/report.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let about = schema["description"].as_str().expect("a description");
    let page = format!(
        "# The JSON report\n\n`counterpart check --report json=report.json` writes it, and \
         [report.schema.json](../report.schema.json) describes it. {about}\n\n{}",
        table(&schema)
    );
    is_current("docs/reference/report.md", &page);
}
