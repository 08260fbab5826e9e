//! Reads an overlay.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document::jsonpath::{self, Path};
use crate::document::{Place, Problem, read};

/// An overlay, as far as it can be used.
pub struct Overlay {
    pub file: Arc<str>,
    /// The document that it is for.
    pub extends: Option<String>,
    /// Whether single values can be updated: since 1.1.
    pub updates_values: bool,
    pub actions: Vec<Action>,
}

/// One change.
pub struct Action {
    /// Where it is in the overlay.
    pub pointer: String,
    /// The target as it is written.
    pub text: String,
    pub target: Path,
    pub change: Change,
}

/// What is done to the target.
pub enum Change {
    Update(Value),
    /// A node of the document is the update: since 1.1.
    Copy(Path),
    Remove,
}

/// Reads an overlay and says what is wrong with it; nothing where it is no overlay at all.
pub fn read(file: &Arc<str>, octets: &[u8], problems: &mut Vec<Problem>) -> Option<Overlay> {
    let tree = match read::read(file, octets) {
        Ok(tree) => tree,
        Err(problem) => {
            problems.push(problem.help("an overlay is a YAML or JSON object"));
            return None;
        }
    };
    let mut reader = Reader { file, problems };
    let root = reader.object(&tree, "")?;
    let version = match root.get("overlay") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => {
            reader.error("", "the key `overlay` is missing", "begin the overlay with `overlay: 1.0.0`");
            return None;
        }
    };
    let is = |known: &str| version == known || version.starts_with(&format!("{known}."));
    if !is("1.0") && !is("1.1") {
        let message = format!("Overlay version {version:?} is not supported");
        reader.error("/overlay", message, "supported versions are 1.0 and 1.1");
        return None;
    }
    reader.known(root, "", &["overlay", "info", "extends", "actions"]);
    reader.info(root.get("info"));
    let extends = root.get("extends").and_then(|value| reader.text(value, "/extends")).map(str::to_owned);
    let actions = reader.actions(root.get("actions"));
    Some(Overlay { file: Arc::clone(file), extends, updates_values: is("1.1"), actions })
}

struct Reader<'r> {
    file: &'r Arc<str>,
    problems: &'r mut Vec<Problem>,
}

impl Reader<'_> {
    fn error(&mut self, at: &str, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::error(Place::new(self.file, at), message).help(help));
    }

    fn warn(&mut self, at: &str, message: impl Into<String>, help: &str) {
        self.problems.push(Problem::warning(Place::new(self.file, at), message).help(help));
    }

    fn object<'v>(&mut self, value: &'v Value, at: &str) -> Option<&'v Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.error(at, "this must be an object", "see https://spec.openapis.org/overlay/v1.0.0.html");
        }
        object
    }

    fn text<'v>(&mut self, value: &'v Value, at: &str) -> Option<&'v str> {
        let text = value.as_str();
        if text.is_none() {
            self.error(at, "this must be a text", "put quotes around it");
        }
        text
    }

    /// Refuses members that the specification does not name.
    fn known(&mut self, members: &Map<String, Value>, at: &str, names: &[&str]) {
        for name in members.keys().filter(|name| !names.contains(&name.as_str()) && !name.starts_with("x-")) {
            let at = crate::document::pointer::join(at, name);
            let help = format!("known members are {}, and those that begin with x-", names.join(", "));
            self.error(&at, format!("unknown member {name:?}"), &help);
        }
    }

    fn info(&mut self, info: Option<&Value>) {
        const HELP: &str = "an overlay needs `info` with `title` and `version`; nothing here depends on it";
        let Some(info) = info else {
            self.warn("", "the key `info` is missing", HELP);
            return;
        };
        let Some(info) = self.object(info, "/info") else { return };
        self.known(info, "/info", &["title", "version", "description"]);
        for name in ["title", "version"] {
            if !info.contains_key(name) {
                self.warn("/info", format!("the key `{name}` is missing"), HELP);
            }
        }
    }

    fn actions(&mut self, actions: Option<&Value>) -> Vec<Action> {
        let Some(actions) = actions.and_then(Value::as_array) else {
            let at = if actions.is_some() { "/actions" } else { "" };
            self.error(
                at,
                "an overlay needs a list of `actions`",
                "each has a `target`, and `update` or `remove`",
            );
            return Vec::new();
        };
        let actions = actions.iter().enumerate();
        actions.filter_map(|(index, action)| self.action(action, format!("/actions/{index}"))).collect()
    }

    fn action(&mut self, action: &Value, pointer: String) -> Option<Action> {
        let members = self.object(action, &pointer)?;
        self.known(members, &pointer, &["target", "description", "update", "copy", "remove"]);
        let Some(target) = members.get("target") else {
            self.error(&pointer, "the action has no `target`", "add a JSONPath, for example $.info");
            return None;
        };
        let at = format!("{pointer}/target");
        let text = self.text(target, &at)?.to_owned();
        let target = self.path(&text, &at, "target");
        let change = self.change(members, &pointer);
        Some(Action { pointer, text, target: target?, change: change? })
    }

    fn path(&mut self, text: &str, at: &str, member: &str) -> Option<Path> {
        match jsonpath::parse(text) {
            Ok(path) => Some(path),
            Err(mistake) => {
                let message = format!("the {member} {text:?} is not a JSONPath (RFC 9535)");
                self.error(at, message, &format!("at character {}: {}", mistake.at + 1, mistake.message));
                None
            }
        }
    }

    fn change(&mut self, members: &Map<String, Value>, pointer: &str) -> Option<Change> {
        let removes = match members.get("remove") {
            None => false,
            Some(Value::Bool(removes)) => *removes,
            Some(_) => {
                self.error(
                    &format!("{pointer}/remove"),
                    "`remove` must be true or false",
                    "write `remove: true`",
                );
                return None;
            }
        };
        let (update, copy) = (members.get("update"), members.get("copy"));
        if removes {
            if let Some(name) = ["update", "copy"].iter().find(|name| members.contains_key(**name)) {
                let message = format!("`{name}` has no effect beside `remove: true`");
                self.warn(&format!("{pointer}/{name}"), message, "keep one of the two");
            }
            return Some(Change::Remove);
        }
        match (update, copy) {
            (Some(_), Some(_)) => {
                self.error(pointer, "the action has `update` and `copy`", "make two actions of it");
                None
            }
            (Some(update), None) => Some(Change::Update(update.clone())),
            (None, Some(copy)) => {
                let at = format!("{pointer}/copy");
                let text = self.text(copy, &at)?;
                self.path(text, &at, "copy").map(Change::Copy)
            }
            (None, None) => {
                let message = "the action has neither `update` nor `remove: true`";
                self.error(pointer, message, "say what to do with the target");
                None
            }
        }
    }
}
