//! `counterpart init`: writes the first files of a project. Existing files are kept.

#![expect(clippy::disallowed_methods, reason = "makes the files of a project")]

mod start;

use std::fmt::Write as _;
use std::path::Path;

use super::config::schema;
use crate::cli::args::{Common, Kind};
use crate::cli::output::{OK, Stop, print, say, word};
use crate::cli::{diagnostics, disk, fs};
use crate::contract::Contract;
use crate::fixtures::scaffold;
use crate::project::Config;
use crate::report::safe;
use start::Start;

const TEMPLATE: &str = include_str!("init.toml");

/// Where the schemas for editors are written.
const SCHEMAS: [(&str, Kind); 3] = [
    (".counterpart/config.schema.json", Kind::Config),
    (".counterpart/keys.schema.json", Kind::Keys),
    (".counterpart/sidecar.schema.json", Kind::Sidecar),
];

pub(super) fn run(common: &Common, doc: Option<&str>, config: Config) -> Result<u8, Stop> {
    if doc == Some("-") {
        return Err(Stop::usage("init cannot read the document from stdin; pass a path or an address"));
    }
    let named = doc.map(str::to_owned).or_else(|| config.settings.spec.clone());
    let known = config.settings.spec.as_ref().map(|spec| config.locate(spec));
    let project = disk::project(common, doc, config)?;
    if !project.problems.is_empty() && !common.quiet {
        diagnostics::tell(&project.problems, &project.texts);
    }
    let mut told = String::new();
    let mut write = |folder: &str, path: &str, octets: &[u8]| -> Result<bool, Stop> {
        let is_new = create(Path::new(folder), Path::new(path), octets)?;
        let _ = writeln!(told, "{}  {}", if is_new { "wrote" } else { "kept" }, safe(path));
        Ok(is_new)
    };
    let spec = named.as_deref().filter(|_| !project.is_bundled);
    let start = Start::of(&project.contract, spec.unwrap_or_default());
    let text = configuration(&project.contract, &start, spec);
    let is_new = write("", "counterpart.toml", text.as_bytes())?;
    let (files, unmade) = scaffold::scaffold(&project.contract, &project.fixtures);
    let root = common.fixtures.as_deref().unwrap_or("fixtures");
    let folder = format!("{root}/{}", project.contract.name);
    for file in &files {
        write(root, &format!("{folder}/{}", file.path), &file.octets)?;
    }
    for (path, kind) in SCHEMAS {
        let state = if renew(Path::new(path), &schema::of(kind))? { "wrote" } else { "kept" };
        let _ = writeln!(told, "{state}  {path}");
    }
    for (path, line) in [(".gitattributes", "snapshots/** text eol=lf"), (".gitignore", "*.snap.new")] {
        let state = if ensure(Path::new(path), line)? { "wrote" } else { "kept" };
        let _ = writeln!(told, "{state}  {path}: {line}");
    }
    for unmade in &unmade {
        let name = safe(&unmade.operation);
        say(&format!("{} no fixture for {name} {}: {}", word("warning"), unmade.status, unmade.why));
    }
    // Where the configuration names the document, no command needs to.
    let is_named =
        spec.is_none_or(|spec| (is_new && !start::is_private(spec)) || known.as_deref() == Some(spec));
    told.push_str(&start.next(spec.filter(|_| !is_named), is_new));
    print(&told)?;
    Ok(OK)
}

/// The commented configuration, with what is known already.
fn configuration(contract: &Contract, start: &Start, spec: Option<&str>) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let spec = match spec {
        Some(spec) if !start::is_private(spec) => format!("spec = {}", quoted(spec)),
        Some(_) => "# The address of the document has a password or a key, so it is not written here.\n#spec = \"openapi.yaml\"".to_owned(),
        None => "#spec = \"openapi.yaml\"".to_owned(),
    };
    let operation = contract.operations.first().map_or("", |operation| operation.id.as_str());
    let scope = contract.scopes.names().first().map_or("read", |name| name.as_str());
    TEMPLATE
        .replace("SPEC", &spec)
        .replace("MINT", &start.mint())
        .replace("CHECK", &start.check())
        .replace("\"SCOPE\"", &quoted(scope))
        .replace("\"URL\"", &quoted(&start.url))
        .replace("\"OPERATION\"", &quoted(operation))
}

/// Writes a file that this program makes and nobody changes; whether it was not there, or another.
fn renew(path: &Path, schema: &serde_json::Value) -> Result<bool, Stop> {
    let text = serde_json::to_string_pretty(schema).unwrap_or_default() + "\n";
    if fs::text(path)?.is_some_and(|known| known == text) {
        return Ok(false);
    }
    fs::write(path, text.as_bytes()).map(|()| true)
}

/// Writes a file that is not there, below a folder; whether it was not.
fn create(folder: &Path, path: &Path, octets: &[u8]) -> Result<bool, Stop> {
    // A link that leads nowhere is there too.
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    fs::write_in(folder, path, octets).map(|()| true)
}

/// Adds a line to a file that lacks it; whether it did.
fn ensure(path: &Path, line: &str) -> Result<bool, Stop> {
    let known = fs::text(path)?.unwrap_or_default();
    if known.lines().any(|known| known.trim() == line) {
        return Ok(false);
    }
    let start = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
    fs::write(path, format!("{known}{start}{line}\n").as_bytes()).map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, parse};
    use crate::contract::build;
    use crate::document::Document;
    use serde_json::json;

    /// Commented settings must be valid when they are uncommented.
    #[test]
    fn every_setting_of_the_template_can_be_taken_up() {
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a \"b\"", "responses": {"200": {}}}}}}),
        );
        let (contract, _) = build("t", &document).unwrap();
        let start = Start::of(&contract, "a\\b.yaml");
        let text = configuration(&contract, &start, Some("a\\b.yaml"));
        let taken_up: String = text
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', ':'])).unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n");
        for text in [text, taken_up] {
            let settings = parse(Source::Config, "counterpart.toml", &text, &|_| Some("key".to_owned()));
            assert_eq!(settings.unwrap().spec.as_deref(), Some("a\\b.yaml"));
        }
    }
}
