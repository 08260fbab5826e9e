//! Fixtures: `<operation>/<status>[.<name>].<ext>` with optional sidecars. Names, loading and
//! checking; files are read by the caller.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use http::HeaderMap;
use indexmap::IndexMap;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::config;
use crate::contract::body::{self, Body};
use crate::contract::{Contract, Direction, Location, StatusKey, is_json, parameter::text};
use crate::document::{Place, Problem};

/// All fixtures of a contract that can be used.
#[derive(Debug, Default, Clone)]
pub struct Fixtures {
    /// By operation, then status, then name; the nameless one first.
    pub all: Vec<Fixture>,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Index of the operation.
    pub operation: usize,
    /// Which status it answers with.
    pub status: StatusKey,
    /// Its name; empty for the default one.
    pub name: String,
    /// `Content-Type`; `None` for no body.
    pub media_type: Option<String>,
    /// Further header fields.
    pub headers: IndexMap<String, String>,
    /// A wait before answering.
    pub delay: Option<std::time::Duration>,
    /// All must hold for the fixture to be taken; empty for one that is taken otherwise.
    pub when: Vec<Condition>,
    /// The calls of a session for which it is taken: from, to, counted from 1.
    pub calls: Option<(u32, u32)>,
    /// The body as it is sent.
    pub body: Bytes,
    /// The file, relative to the document's fixtures.
    pub file: String,
}

/// A condition on a request.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What is looked at.
    pub subject: Subject,
    /// What it must be.
    pub test: Test,
}

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A path parameter.
    Path(String),
    /// A query parameter.
    Query(String),
    /// A header field.
    Header(String),
    /// A JSON pointer into the body.
    Body(String),
}

/// What a condition asks for.
#[derive(Debug, Clone)]
pub enum Test {
    /// This value; texts are compared as text.
    Is(Value),
    /// A match of this pattern.
    Matches(Regex),
    /// Being there, or not.
    Present(bool),
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Present(wanted), value) => value.is_some() == *wanted,
            (Self::Is(wanted), Some(value)) => wanted == value || text(wanted) == text(value),
            (Self::Matches(pattern), Some(value)) => pattern.is_match(&text(value)),
            (_, None) => false,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Sidecar {
    headers: IndexMap<String, String>,
    delay: Option<toml::Value>,
    media_type: Option<String>,
    when: toml::Table,
    call: Option<String>,
    extends: Option<String>,
    set: toml::Table,
}

/// The name of an operation in file names: characters outside `[A-Za-z0-9._-]` become `_`.
pub fn file_name(operation: &str) -> String {
    let name: String = operation
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect();
    let stem = name.split('.').next().unwrap_or(&name).to_ascii_uppercase();
    let reserved = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    if reserved || name.starts_with('.') { format!("_{name}") } else { name }
}

/// Longest name of an operation's folder: file systems allow 255 octets for a name, and a
/// snapshot's has more behind it.
const LONGEST: usize = 150;

/// Folder names of all operations. Names that are alike but for case get `-2` and so on, and one that
/// is too long is cut and gets a hash of the whole.
pub fn folders(contract: &Contract) -> Vec<String> {
    let mut known: HashSet<String> = HashSet::new();
    let mut folders = Vec::with_capacity(contract.operations.len());
    for operation in &contract.operations {
        let mut name = file_name(&operation.id);
        if name.len() > LONGEST {
            let hash = crate::run::policy::fnv(name.as_bytes());
            name = format!("{}-{hash:016x}", name.get(..LONGEST - 17).unwrap_or_default());
        }
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| known.insert(name.to_ascii_lowercase()));
        folders.push(free.unwrap_or(name));
    }
    folders
}

/// Extensions and the media types that they name.
const EXTENSIONS: &[(&str, &str)] = &[
    ("json", "application/json"),
    ("csv", "text/csv"),
    ("txt", "text/plain"),
    ("html", "text/html"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("svg", "image/svg+xml"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("bin", "application/octet-stream"),
    ("ndjson", "application/x-ndjson"),
];

fn media_type_of(extension: &str) -> Option<&'static str> {
    EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, media_type)| *media_type)
}

/// The extension for a media type, and whether it names just that one.
pub fn extension_of(media_type: &str) -> (&'static str, bool) {
    if let Some((extension, _)) = EXTENSIONS.iter().find(|(_, known)| *known == media_type) {
        return (extension, true);
    }
    let extension = match media_type {
        json if is_json(json) => "json",
        xml if xml.ends_with("+xml") || xml == "text/xml" => "xml",
        text if text.starts_with("text/") => "txt",
        _ => "bin",
    };
    (extension, false)
}

/// The parts of `<status>[.<name>].<ext>`.
fn parts(file: &str) -> Option<(StatusKey, String, String)> {
    let (stem, extension) = file.rsplit_once('.')?;
    let (status, name) = stem.split_once('.').unwrap_or((stem, ""));
    Some((StatusKey::parse(status)?, name.to_owned(), extension.to_ascii_lowercase()))
}

impl Fixtures {
    /// Loads fixtures from files named relative to the document's folder of fixtures, `/` between
    /// the parts. Of two files with one name the later wins, so that a folder can be laid over
    /// what is compiled in.
    pub fn load(
        contract: &Contract,
        files: impl IntoIterator<Item = (String, Bytes)>,
    ) -> (Self, Vec<Problem>) {
        let mut by_path: IndexMap<String, Bytes> = IndexMap::new();
        for (path, octets) in files {
            by_path.insert(path, octets);
        }
        let mut loader = Loader { contract, problems: Vec::new(), all: Vec::new() };
        let folders = folders(contract);
        let mut sidecars: Vec<(usize, String, StatusKey, String, Sidecar)> = Vec::new();
        let mut taken: HashMap<(usize, StatusKey, String), Vec<usize>> = HashMap::new();
        for (path, octets) in &by_path {
            let Some((folder, file)) = path.split_once('/') else {
                loader.problem(
                    path,
                    "",
                    "a fixture stands in a folder of its operation's name",
                    "it is passed over",
                );
                continue;
            };
            let Some(operation) = folders.iter().position(|known| known == folder) else {
                let help = config::nearest(folder, folders.iter().map(String::as_str));
                loader.problem(path, "", format!("there is no operation {folder:?}"), &help);
                continue;
            };
            let Some((status, name, extension)) = parts(file) else {
                loader.problem(
                    path,
                    "",
                    format!("{file:?} names no status"),
                    "a fixture is called STATUS.EXT or STATUS.NAME.EXT, as in 200.json or 404.gone.json",
                );
                continue;
            };
            if extension == "toml" {
                match std::str::from_utf8(octets).map_err(|e| e.to_string()).and_then(|text| {
                    toml::from_str::<Sidecar>(text).map_err(|error| error.message().replace('\n', " "))
                }) {
                    Ok(sidecar) => sidecars.push((operation, path.clone(), status, name, sidecar)),
                    Err(why) => loader.problem(
                        path,
                        "",
                        format!("the sidecar cannot be read: {why}"),
                        "it may hold headers, delay, media-type, when, call, extends and set",
                    ),
                }
                continue;
            }
            let media_type = media_type_of(&extension);
            if media_type.is_none() && !octets.is_empty() {
                loader.problem(
                    path,
                    "",
                    format!("the extension {extension:?} names no media type"),
                    "name it in a sidecar: media-type = \"…\"",
                );
            }
            let index = loader.all.len();
            taken.entry((operation, status, name.clone())).or_default().push(index);
            loader.all.push(Fixture {
                operation,
                status,
                name,
                media_type: if octets.is_empty() { None } else { media_type.map(str::to_owned) },
                headers: IndexMap::new(),
                delay: None,
                when: Vec::new(),
                calls: None,
                body: octets.clone(),
                file: path.clone(),
            });
        }
        for (operation, path, status, name, sidecar) in sidecars {
            let own = taken.get(&(operation, status, name.clone())).cloned().unwrap_or_default();
            loader.apply(operation, &path, status, &name, &sidecar, &own);
        }
        let Loader { mut all, mut problems, .. } = loader;
        for fixture in &all {
            check(contract, fixture, &mut problems);
        }
        all.sort_by(|a, b| {
            (a.operation, a.status, &a.name, &a.file).cmp(&(b.operation, b.status, &b.name, &b.file))
        });
        (Self { all }, problems)
    }

    /// The fixtures of one operation.
    pub fn of(&self, operation: usize) -> impl Iterator<Item = &Fixture> {
        self.all.iter().filter(move |fixture| fixture.operation == operation)
    }
}

/// `2`, `1-2`, `3-`.
fn calls(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0);
    match text.split_once('-') {
        None => number(text).map(|number| (number, number)),
        Some((from, "")) => Some((number(from)?, u32::MAX)),
        Some((from, to)) => Some((number(from)?, number(to)?)).filter(|(from, to)| from <= to),
    }
}

struct Loader<'c> {
    contract: &'c Contract,
    problems: Vec<Problem>,
    all: Vec<Fixture>,
}

impl Loader<'_> {
    fn problem(&mut self, file: &str, at: &str, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::error(Place::new(file, at), message).help(help));
    }

    fn apply(
        &mut self,
        operation: usize,
        path: &str,
        status: StatusKey,
        name: &str,
        sidecar: &Sidecar,
        own: &[usize],
    ) {
        let when = self.conditions(operation, path, sidecar);
        let delay = sidecar.delay.as_ref().map(|delay| config::duration(&config::text(delay)));
        let delay = match delay.transpose() {
            Ok(delay) => delay,
            Err(why) => {
                self.problem(path, "/delay", why, "the delay is left out");
                None
            }
        };
        let calls = sidecar.call.as_deref().and_then(|text| {
            let calls = calls(text);
            if calls.is_none() {
                let what = format!("{text:?} names no calls");
                self.problem(path, "/call", what, "write \"1\", \"1-2\" or \"3-\"");
            }
            calls
        });
        let derived = match &sidecar.extends {
            Some(base) => self.derive(operation, path, base, &sidecar.set),
            None if own.is_empty() => {
                self.problem(
                    path,
                    "",
                    "there is no body beside this sidecar",
                    "add one, or derive it with `extends`",
                );
                return;
            }
            None => None,
        };
        if let Some((media_type, body)) = derived {
            self.all.push(Fixture {
                operation,
                status,
                name: name.to_owned(),
                media_type: sidecar.media_type.clone().or(media_type),
                headers: sidecar.headers.clone(),
                delay,
                when,
                calls,
                body,
                file: path.to_owned(),
            });
            return;
        }
        for index in own {
            if let Some(fixture) = self.all.get_mut(*index) {
                fixture.headers.clone_from(&sidecar.headers);
                fixture.delay = delay;
                fixture.when.clone_from(&when);
                fixture.calls = calls;
                if let Some(media_type) = &sidecar.media_type {
                    fixture.media_type = Some(media_type.clone());
                }
            }
        }
    }

    fn derive(
        &mut self,
        operation: usize,
        path: &str,
        base: &str,
        set: &toml::Table,
    ) -> Option<(Option<String>, Bytes)> {
        let (status, name) = base.split_once('.').unwrap_or((base, ""));
        let status = StatusKey::parse(status);
        let found = self
            .all
            .iter()
            .find(|f| f.operation == operation && Some(f.status) == status && f.name == name)
            .map(|f| (f.media_type.clone(), serde_json::from_slice::<Value>(&f.body)));
        let Some((media_type, Ok(mut value))) = found else {
            self.problem(
                path,
                "/extends",
                format!("there is no JSON fixture {base:?} to extend"),
                "it is left out",
            );
            return None;
        };
        for (pointer, replacement) in set {
            let replacement = config::json(replacement);
            if let Some(node) = value.pointer_mut(pointer) {
                *node = replacement;
                continue;
            }
            let parent = pointer.rsplit_once('/').and_then(|(parent, last)| {
                value.pointer_mut(parent).and_then(Value::as_object_mut).map(|object| (object, last))
            });
            match parent {
                Some((object, last)) => {
                    object.insert(crate::document::pointer::unescape(last), replacement);
                }
                None => {
                    self.problem(
                        path,
                        "/set",
                        format!("{pointer:?} leads nowhere in {base:?}"),
                        "it is not set",
                    );
                }
            }
        }
        serde_json::to_vec_pretty(&value).ok().map(|body| (media_type, body.into()))
    }

    fn conditions(&mut self, operation: usize, path: &str, sidecar: &Sidecar) -> Vec<Condition> {
        let mut flat: Vec<(String, toml::Value)> = Vec::new();
        for (key, value) in &sidecar.when {
            // Both `"query.q" = "x"` and `[when.query] q = "x"`.
            match value {
                toml::Value::Table(inner) if !key.contains('.') && !is_test(inner) => {
                    flat.extend(inner.iter().map(|(name, value)| (format!("{key}.{name}"), value.clone())));
                }
                value => flat.push((key.clone(), value.clone())),
            }
        }
        let mut conditions = Vec::new();
        for (key, value) in flat {
            match self.condition(operation, &key, &value) {
                Ok(condition) => conditions.push(condition),
                Err(why) => self.problem(path, "/when", why, "the condition never holds"),
            }
        }
        conditions
    }

    fn condition(&self, operation: usize, key: &str, value: &toml::Value) -> Result<Condition, String> {
        let (part, name) =
            key.split_once('.').ok_or_else(|| format!("{key:?} names no part of a request"))?;
        let known = |location| {
            self.contract.operations.get(operation).is_some_and(|o| o.parameter(location, name).is_some())
        };
        let subject = match part {
            "path" if known(Location::Path) => Subject::Path(name.to_owned()),
            "path" => return Err(format!("the operation has no path parameter {name:?}")),
            "query" => Subject::Query(name.to_owned()),
            "header" => Subject::Header(name.to_ascii_lowercase()),
            "body" => Subject::Body(name.trim_matches('"').to_owned()),
            other => {
                return Err(format!("{other:?} is no part of a request; use path, query, header or body"));
            }
        };
        let test = match value {
            toml::Value::Table(table) if is_test(table) => match (table.get("matches"), table.get("present"))
            {
                (Some(toml::Value::String(pattern)), None) => {
                    Test::Matches(Regex::new(pattern).map_err(|error| error.to_string())?)
                }
                (None, Some(toml::Value::Boolean(present))) => Test::Present(*present),
                _ => return Err(format!("{key:?} wants matches = \"…\" or present = true")),
            },
            value => Test::Is(config::json(value)),
        };
        Ok(Condition { subject, test })
    }
}

fn is_test(table: &toml::Table) -> bool {
    table.contains_key("matches") || table.contains_key("present")
}

/// Whether a fixture keeps the contract; every way in which it does not is a problem.
fn check(contract: &Contract, fixture: &Fixture, problems: &mut Vec<Problem>) {
    let Some(operation) = contract.operations.get(fixture.operation) else { return };
    let mut wrong = |at: &str, message: String, help: &str| {
        problems.push(Problem::error(Place::new(&fixture.file, at), message).help(help));
    };
    let Some(response) =
        operation.responses.iter().find(|r| r.status == fixture.status).or_else(|| match fixture.status {
            StatusKey::Code(code) => operation.response(code),
            _ => None,
        })
    else {
        let known: Vec<String> = operation.responses.iter().map(|r| r.status.to_string()).collect();
        let help = format!("documented are {}", known.join(", "));
        wrong("", format!("{} does not document the status {}", operation.id, fixture.status), &help);
        return;
    };
    let Some(media_type) = &fixture.media_type else {
        if !response.content.is_empty() && fixture.body.is_empty() {
            wrong(
                "",
                format!("{} is documented with a body, and the fixture is empty", fixture.status),
                "add the body",
            );
        }
        return;
    };
    if response.content.is_empty() {
        // Documents often forget to tell; a fixture may know better.
        return;
    }
    let Some(described) = response.content_for(media_type) else {
        let known: Vec<&str> = response.content.iter().map(|c| c.media_type.as_str()).collect();
        wrong(
            "",
            format!("the media type {media_type} is not documented"),
            &format!("documented are {}", known.join(", ")),
        );
        return;
    };
    match body::read(described, Direction::Response, media_type, &HeaderMap::new(), &fixture.body) {
        Err(why) => {
            let kind = if is_json(media_type) { "JSON" } else { media_type };
            wrong("", format!("it is no {kind}: {why}"), "correct the syntax");
        }
        Ok(Body::Opaque) => {}
        Ok(Body::Items(items)) => {
            let checked = described.item_schema.as_ref().map(|schema| {
                items
                    .iter()
                    .map(|item| schema.check(Direction::Response, item).unwrap_or_default())
                    .enumerate()
            });
            for (index, mismatches) in checked.into_iter().flatten() {
                for mismatch in mismatches {
                    let message = format!("expected {}, found {}", mismatch.expected, mismatch.actual);
                    let at = format!("/{index}{}", mismatch.instance);
                    wrong(&at, message, &format!("the document says so at {}", mismatch.schema));
                }
            }
        }
        Ok(Body::Value(value)) => {
            let checked = described.schema.as_ref().map(|schema| schema.check(Direction::Response, &value));
            for mismatch in checked.and_then(Result::ok).unwrap_or_default() {
                let message = format!("expected {}, found {}", mismatch.expected, mismatch.actual);
                wrong(&mismatch.instance, message, &format!("the document says so at {}", mismatch.schema));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn load(files: &[(&str, &str)]) -> (Fixtures, Vec<Problem>) {
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {"/a/{id}": {"get": {
                "operationId": "a get",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {
                        "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}},
                    }}}},
                    "404": {"description": "gone"},
                },
            }}}}),
        );
        let (contract, _) = build("t", &document).unwrap();
        Fixtures::load(
            &contract,
            files.iter().map(|(p, b)| ((*p).to_owned(), Bytes::copy_from_slice(b.as_bytes()))),
        )
    }

    #[test]
    fn loads_bodies_and_sidecars() {
        let (fixtures, problems) = load(&[
            ("a_get/200.json", "{\"n\": 1}"),
            (
                "a_get/200.two.toml",
                "extends = \"200\"\nset = { \"/n\" = 2 }\n[when]\n\"path.id\" = \"2\"\n\"query.q\" = { present = false }",
            ),
            ("a_get/200.slow.json", "{\"n\": 3}"),
            (
                "a_get/200.slow.toml",
                "delay = \"10ms\"\nheaders = { x-a = \"b\" }\n[when.header]\nx = { matches = \"^t\" }",
            ),
            ("a_get/404.empty", ""),
        ]);
        assert_eq!(problems, []);
        let names: Vec<_> =
            fixtures.all.iter().map(|f| (f.status.to_string(), f.name.as_str(), f.when.len())).collect();
        assert_eq!(
            names,
            [
                ("200".to_owned(), "", 0),
                ("200".to_owned(), "slow", 1),
                ("200".to_owned(), "two", 2),
                ("404".to_owned(), "", 0)
            ]
        );
        assert_eq!(serde_json::from_slice::<Value>(&fixtures.all[2].body).unwrap(), json!({"n": 2}));
        assert_eq!(fixtures.all[3].media_type, None);
    }

    #[rstest]
    #[case("b/200.json", "{}", "there is no operation \"b\"")]
    #[case("a_get/x.json", "{}", "names no status")]
    #[case("a_get/200.json", "{", "it is no JSON")]
    #[case("a_get/200.json", "{}", "expected member \"n\"")]
    #[case("a_get/500.json", "{}", "does not document the status 500")]
    #[case("a_get/200.csv", "a", "media type text/csv is not documented")]
    #[case("a_get/200.odd", "a", "names no media type")]
    #[case("a_get/200.toml", "wen = 1", "the sidecar cannot be read")]
    #[case("a_get/200.toml", "", "there is no body beside")]
    #[case("a_get/200.empty", "", "the fixture is empty")]
    fn wrong_fixtures_are_named(#[case] path: &str, #[case] body: &str, #[case] message: &str) {
        let (_, problems) = load(&[(path, body)]);
        assert!(problems.iter().any(|p| p.message.contains(message)), "{problems:?}");
    }

    #[rstest]
    #[case("a b/c", "a_b_c")]
    #[case("con", "_con")]
    #[case("..", "_..")]
    fn file_names(#[case] operation: &str, #[case] name: &str) {
        assert_eq!(file_name(operation), name);
    }
}
