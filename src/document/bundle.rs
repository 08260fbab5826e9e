//! Joins a document of several files into one tree.
//!
//! Each file that a reference points to is loaded once and kept beside the document, and every reference is
//! rewritten to a JSON pointer into that tree. Nothing is inlined, so cycles cost nothing.
//!
//! References are resolved by RFC 3986 §5 against `$id` (JSON Schema 2020-12 §8.2.1), `$self` (OpenAPI 3.2
//! §4.1.2.2.1) or the address of the file that contains them.

use std::collections::HashMap;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use url::Url;

use super::tree::{Document, FILES};
use super::{Place, Problem, pointer, read};

/// More texts than these are not loaded for one document.
const MAX_FILES: usize = 2_000;

/// Why a text that a reference points to is not loaded.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Refusal {
    /// A refusal with nothing to be done about it: what refers to the text counts for nothing.
    pub fn left_out(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: "the reference is ignored".to_owned() }
    }
}

/// Brings a text by its name: a path (relative to where the program runs, as the document's is) or
/// an address.
pub type Bring<'b> = dyn FnMut(&str) -> Result<Vec<u8>, Refusal> + 'b;

/// Keywords whose members are names, not keywords.
const NAMED: &[&str] = &[
    "properties",
    "patternProperties",
    "dependentSchemas",
    "$defs",
    "definitions",
    "schemas",
    "responses",
    "parameters",
    "headers",
    "content",
    "encoding",
    "requestBodies",
    "securitySchemes",
    "securityDefinitions",
    "links",
    "callbacks",
    "paths",
    "pathItems",
    "webhooks",
    "mediaTypes",
    "additionalOperations",
    "components",
];
/// Keywords whose value is data, in which nothing is a reference.
const DATA: &[&str] = &["example", "default", "enum", "const", "value", "dataValue", "mapping", "scopes"];

/// A reference that is not a plain pointer into its own text.
struct Site {
    text: usize,
    pointer: String,
    keyword: &'static str,
    reference: String,
    /// `$id` or `$self` in force, and the pointer of what carries it.
    base: Option<(Url, String)>,
}

/// One text of the bundle.
struct Text {
    name: Arc<str>,
    tree: Value,
}

#[derive(Default)]
struct Index {
    /// Resources by `$id` or `$self`: text and pointer.
    resources: HashMap<String, (usize, String)>,
    /// `$anchor` and `$dynamicAnchor`: text, pointer of the resource and name, to the pointer.
    anchors: HashMap<(usize, String, String), String>,
    sites: Vec<Site>,
}

/// Makes one document of a text and of everything that its references name.
pub(super) fn bundle(name: Arc<str>, tree: Value, bring: &mut Bring<'_>) -> (Document, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut index = Index::default();
    index.read(0, &tree);
    let mut texts = vec![Text { name, tree }];
    let mut known: HashMap<String, Result<usize, Refusal>> =
        HashMap::from([(texts[0].name.to_string(), Ok(0))]);
    let mut next = 0;
    let mut changes: Vec<(usize, String, &'static str, String)> = Vec::new();
    while next < index.sites.len() {
        let site = &index.sites[next];
        next += 1;
        let (at, keyword, text) = (pointer::join(&site.pointer, site.keyword), site.keyword, site.text);
        let place_of = |texts: &[Text]| Place::new(&texts[text].name, at.clone());
        let reference = site.reference.clone();
        let (target, fragment) = reference.split_once('#').unwrap_or((&reference, ""));
        let resource = match index.resource(site, target) {
            Some(resource) => resource,
            None => {
                let name = absolute(&texts[site.text].name, target);
                if !known.contains_key(&name) {
                    let number = fetch(&name, texts.len(), bring).map(|tree| {
                        index.read(texts.len(), &tree);
                        texts.push(Text { name: name.as_str().into(), tree });
                        texts.len() - 1
                    });
                    known.insert(name.clone(), number);
                }
                match &known[&name] {
                    Ok(number) => (*number, String::new()),
                    Err(refusal) => {
                        match instead(&texts[text].tree, &reference, refusal) {
                            Ok((old, help)) => {
                                let message = format!("the reference {reference:?} is a bare name");
                                problems.push(Problem::warning(place_of(&texts), message).help(help));
                                changes.push((text, at, keyword, old));
                            }
                            Err((message, help)) => {
                                problems.push(Problem::error(place_of(&texts), message).help(help));
                            }
                        }
                        continue;
                    }
                }
            }
        };
        let whole = if resource.0 == 0 { String::new() } else { format!("/{FILES}/{}", resource.0 - 1) };
        let found = if fragment.is_empty() || fragment.starts_with('/') {
            Some(format!("#{whole}{}{fragment}", encoded(&resource.1)))
        } else {
            let name = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
            let key = (resource.0, resource.1, name);
            index.anchors.get(&key).map(|pointer| format!("#{whole}{}", encoded(pointer)))
        };
        match found {
            Some(found) => changes.push((text, at, keyword, found)),
            // A dynamic reference may find its anchor elsewhere at run time.
            None if keyword == "$dynamicRef" => {}
            None => problems.push(
                Problem::error(
                    place_of(&texts),
                    format!("the reference {reference:?} points to an anchor that does not exist"),
                )
                .help("the reference is ignored"),
            ),
        }
    }
    for (text, at, keyword, reference) in changes {
        change(&mut texts[text].tree, &at, keyword, reference);
    }
    (joined(texts), problems)
}

/// What a reference to a text that is not there may mean, and the help for it; else what is wrong.
/// A bare name is how Swagger 1.x spelled a reference to a schema.
fn instead(tree: &Value, reference: &str, refusal: &Refusal) -> Result<(String, String), (String, String)> {
    match named_schema(tree, reference) {
        Some(old) => {
            Ok((format!("#{}", encoded(&old)), format!("it is read as \"#{old}\"; write it that way")))
        }
        None => Err((
            format!("the reference {reference:?} is not followed: {}", refusal.message),
            refusal.help.clone(),
        )),
    }
}

/// The tree of a text that a reference names; `count` texts are there already.
fn fetch(name: &str, count: usize, bring: &mut Bring<'_>) -> Result<Value, Refusal> {
    if count > MAX_FILES {
        return Err(Refusal {
            message: format!("the document refers to more than {MAX_FILES} files"),
            help: "the reference is ignored".to_owned(),
        });
    }
    read::read(&name.into(), &bring(name)?).map_err(|problem| Refusal {
        message: format!("{name} {}", problem.message),
        help: "references to it are ignored".to_owned(),
    })
}

/// The first text with the others under [`FILES`].
fn joined(mut texts: Vec<Text>) -> Document {
    let brought = texts.split_off(1);
    let mut root = texts.swap_remove(0);
    let (files, trees): (Vec<Arc<str>>, Vec<Value>) =
        brought.into_iter().map(|text| (text.name, text.tree)).unzip();
    if let Value::Object(members) = &mut root.tree {
        members.remove(FILES);
        if !trees.is_empty() {
            members.insert(FILES.to_owned(), Value::Array(trees));
        }
    }
    Document { files: files.into(), ..Document::of(root.name, root.tree) }
}

/// Writes a reference in place. A dynamic reference that leaves its resource becomes a plain one.
fn change(tree: &mut Value, at: &str, keyword: &str, reference: String) {
    let parent = at.rfind('/').map_or("", |end| &at[..end]);
    if let Some(Value::Object(members)) = tree.pointer_mut(parent) {
        if keyword == "$dynamicRef" {
            members.remove(keyword);
        }
        members.insert("$ref".to_owned(), Value::String(reference));
    }
}

/// The pointer of the schema that a bare name means.
fn named_schema(tree: &Value, name: &str) -> Option<String> {
    ["/definitions", "/components/schemas"]
        .iter()
        .map(|folder| pointer::join(folder, name))
        .find(|pointer| tree.pointer(pointer).is_some())
}

/// A pointer as a fragment (RFC 6901 §6), as far as it would be read wrongly.
fn encoded(pointer: &str) -> String {
    pointer.replace('%', "%25")
}

impl Index {
    fn read(&mut self, text: usize, tree: &Value) {
        let own = tree.get("$self").and_then(Value::as_str).and_then(|own| Url::parse(own).ok());
        let base = own.map(|own| {
            self.resources.insert(without_fragment(&own), (text, String::new()));
            (own, String::new())
        });
        let mut walk = Walk { index: self, text, path: Vec::new() };
        walk.node(tree, false, base.as_ref(), "");
    }

    /// The text and pointer that the part before `#` names, where it is known without bringing it.
    fn resource(&self, site: &Site, target: &str) -> Option<(usize, String)> {
        if target.is_empty() {
            let resource = site.base.as_ref().map_or(String::new(), |(_, pointer)| pointer.clone());
            return Some((site.text, resource));
        }
        let url = match &site.base {
            Some((base, _)) => base.join(target).ok()?,
            None => Url::parse(target).ok()?,
        };
        self.resources.get(&without_fragment(&url)).cloned()
    }
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

struct Walk<'i, 'v> {
    index: &'i mut Index,
    text: usize,
    path: Vec<Step<'v>>,
}

enum Step<'v> {
    Name(&'v str),
    Index(usize),
}

impl<'v> Walk<'_, 'v> {
    fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |at, step| match step {
            Step::Name(name) => pointer::join(&at, name),
            Step::Index(index) => format!("{at}/{index}"),
        })
    }

    /// `resource` is the pointer of the nearest node with an `$id`, for anchors.
    fn node(&mut self, node: &'v Value, are_names: bool, base: Option<&(Url, String)>, resource: &str) {
        match node {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if item.is_object() || item.is_array() {
                        self.path.push(Step::Index(index));
                        self.node(item, are_names, base, resource);
                        self.path.pop();
                    }
                }
            }
            Value::Object(members) => self.object(members, are_names, base, resource),
            _ => {}
        }
    }

    fn object(
        &mut self,
        members: &'v Map<String, Value>,
        are_names: bool,
        base: Option<&(Url, String)>,
        resource: &str,
    ) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let mut own = None;
        if !are_names {
            if let Some(id) = text("$id").filter(|id| !id.starts_with('#')) {
                let url = base.map_or_else(|| Url::parse(id).ok(), |(base, _)| base.join(id).ok());
                if let Some(url) = url {
                    let at = self.pointer();
                    self.index.resources.insert(without_fragment(&url), (self.text, at.clone()));
                    own = Some((url, at));
                }
            }
            let resource = own.as_ref().map_or(resource, |(_, at)| at);
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(name) = text(keyword) {
                    let key = (self.text, resource.to_owned(), name.to_owned());
                    let at = self.pointer();
                    self.index.anchors.entry(key).or_insert(at);
                }
            }
        }
        let base = own.as_ref().or(base);
        let resource = own.as_ref().map_or(resource, |(_, at)| at);
        for keyword in ["$ref", "$dynamicRef"] {
            // Inside the root's own resource a pointer is a pointer; most references are that.
            let is_plain = |reference: &str| {
                self.text == 0 && resource.is_empty() && (reference == "#" || reference.starts_with("#/"))
            };
            if let Some(reference) = text(keyword).filter(|reference| !is_plain(reference)) {
                // What is dynamic stays so inside its own resource.
                if keyword == "$dynamicRef" && reference.starts_with('#') && !reference.starts_with("#/") {
                    continue;
                }
                let pointer = self.pointer();
                self.index.sites.push(Site {
                    text: self.text,
                    pointer,
                    keyword,
                    reference: reference.to_owned(),
                    base: base.cloned(),
                });
            }
        }
        for (name, value) in members {
            if !value.is_object() && !value.is_array() {
                continue;
            }
            let child_names = if are_names {
                // A callback's own members are expressions.
                matches!(self.path.last(), Some(Step::Name("callbacks"))) || is_components(&self.path)
            } else {
                let name = name.as_str();
                if DATA.contains(&name) || (name.starts_with("x-") && name != "x-webhooks") {
                    continue;
                }
                if name == "examples" {
                    self.examples(value, base);
                    continue;
                }
                NAMED.contains(&name)
            };
            self.path.push(Step::Name(name));
            self.node(value, child_names, base, resource);
            self.path.pop();
        }
    }

    /// Example Objects may be references; their values are data.
    fn examples(&mut self, examples: &'v Value, base: Option<&(Url, String)>) {
        self.path.push(Step::Name("examples"));
        for (name, example) in examples.as_object().into_iter().flatten() {
            let reference = example.get("$ref").and_then(Value::as_str);
            if let Some(reference) = reference.filter(|r| self.text != 0 || !r.starts_with("#/")) {
                self.path.push(Step::Name(name));
                let pointer = self.pointer();
                self.path.pop();
                self.index.sites.push(Site {
                    text: self.text,
                    pointer,
                    keyword: "$ref",
                    reference: reference.to_owned(),
                    base: base.cloned(),
                });
            }
        }
        self.path.pop();
    }
}

/// The maps of the Components Object hold maps of names.
fn is_components(path: &[Step<'_>]) -> bool {
    matches!(path, [Step::Name("components")])
}

/// The name of what a reference means, seen from a text: an address joined by RFC 3986, a path
/// joined by folders.
pub(super) fn absolute(from: &str, target: &str) -> String {
    if Url::parse(target).is_ok_and(|url| url.has_host() || url.scheme() == "file") {
        return target.to_owned();
    }
    if from.starts_with("http://") || from.starts_with("https://") {
        return Url::parse(from)
            .and_then(|base| base.join(target))
            .map_or_else(|_| target.to_owned(), Into::into);
    }
    let target = percent_decode_str(target).decode_utf8_lossy().replace('\\', "/");
    if target.starts_with('/') {
        return target;
    }
    let folder = from.rfind(['/', '\\']).map_or("", |end| &from[..=end]);
    let mut steps: Vec<&str> = Vec::new();
    let path = format!("{folder}{target}");
    for step in path.split(['/', '\\']) {
        match step {
            "." => {}
            ".." if steps.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests;
