//! `counterpart init`: writes the first files of a project. Existing files are kept.

#![expect(clippy::disallowed_methods, reason = "makes the files of a project")]

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::args::Common;
use crate::cli::output::{OK, Stop, print, say, word};
use crate::cli::{diagnostics, disk, fs};
use crate::contract::Contract;
use crate::fixtures::scaffold;
use crate::project::Config;
use crate::redact;
use crate::report::safe;

const TEMPLATE: &str = include_str!("init.toml");

pub(super) fn run(common: &Common, doc: Option<&str>, config: Config) -> Result<u8, Stop> {
    if doc == Some("-") {
        return Err(Stop::usage("init cannot read the document from stdin; pass a path or an address"));
    }
    let named = doc.map(str::to_owned).or_else(|| config.settings.spec.clone());
    let project = disk::project(common, doc, config)?;
    if !project.problems.is_empty() && !common.quiet {
        diagnostics::tell(&project.problems, &project.texts);
    }
    let mut told = String::new();
    let mut write = |folder: &str, path: &str, octets: &[u8]| -> Result<(), Stop> {
        let state = if create(Path::new(folder), Path::new(path), octets)? { "wrote" } else { "kept" };
        let _ = writeln!(told, "{state}  {}", safe(path));
        Ok(())
    };
    let spec = named.as_deref().filter(|_| !project.is_bundled);
    write("", "counterpart.toml", configuration(&project.contract, spec).as_bytes())?;
    let (files, unmade) = scaffold::scaffold(&project.contract, &project.fixtures);
    let root = common.fixtures.as_deref().unwrap_or("fixtures");
    let folder = format!("{root}/{}", project.contract.name);
    for file in &files {
        write(root, &format!("{folder}/{}", file.path), &file.octets)?;
    }
    for (path, line) in [(".gitattributes", "snapshots/** text eol=lf"), (".gitignore", "*.snap.new")] {
        let state = if ensure(Path::new(path), line)? { "wrote" } else { "kept" };
        let _ = writeln!(told, "{state}  {path}: {line}");
    }
    for unmade in &unmade {
        let name = safe(&unmade.operation);
        say(&format!("{} no fixture for {name} {}: {}", word("warning"), unmade.status, unmade.why));
    }
    let doc = match (spec, doc) {
        // The configuration names it.
        (Some(spec), _) if !spec.contains("://") => String::new(),
        (_, Some(doc)) if doc.contains("://") => format!(" {}", redact::address(doc)),
        (_, Some(doc)) => format!(" {doc}"),
        _ => String::new(),
    };
    let _ = write!(
        told,
        "\nnext:\n  counterpart mock{doc}\n  counterpart check{doc} --url http://127.0.0.1:4010 --skip state,page\n"
    );
    print(&told)?;
    Ok(OK)
}

/// The commented configuration, with what is known already.
fn configuration(contract: &Contract, spec: Option<&str>) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let spec = match spec {
        Some(spec) if !spec.contains("://") => format!("spec = {}", quoted(spec)),
        _ => "#spec = \"openapi.yaml\"".to_owned(),
    };
    let operation = contract.operations.first().map_or("", |operation| operation.id.as_str());
    let scope = contract.scopes.names().first().map_or("read", |name| name.as_str());
    let url = contract.servers.first().map_or("http://127.0.0.1:8000", String::as_str);
    TEMPLATE
        .replace("SPEC", &spec)
        .replace("\"SCOPE\"", &quoted(scope))
        .replace("\"URL\"", &quoted(url))
        .replace("\"OPERATION\"", &quoted(operation))
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
        let text = configuration(&contract, Some("a\\b.yaml"));
        let taken_up: String = text
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n");
        for text in [text, taken_up] {
            let settings = parse(Source::Config, "counterpart.toml", &text, &|_| Some("key".to_owned()));
            assert_eq!(settings.unwrap().spec.as_deref(), Some("a\\b.yaml"));
        }
    }
}
