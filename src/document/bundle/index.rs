//! Finds the references of a text, and what its `$id`s and anchors name.

use std::collections::HashMap;

use serde_json::{Map, Value};
use url::Url;

use crate::document::pointer;

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
pub(super) struct Site {
    pub text: usize,
    pub pointer: String,
    pub keyword: &'static str,
    pub reference: String,
    /// `$id` or `$self` in force, and the pointer of what carries it.
    base: Option<(Url, String)>,
}

impl Site {
    /// The address that a target has, where the base in force is one.
    pub fn address(&self, target: &str) -> Option<String> {
        let (base, _) = self.base.as_ref().filter(|(base, _)| base.has_host())?;
        base.join(target).ok().map(|url| without_fragment(&url))
    }
}

/// An Example Object whose value is in a text of its own.
pub(super) struct External {
    /// The text that has the object, and where it stands there.
    pub text: usize,
    pub pointer: String,
    /// The media type that it is an example of, where that is seen.
    pub media_type: Option<String>,
    /// What `externalValue` says.
    pub target: String,
}

#[derive(Default)]
pub(super) struct Index {
    /// Resources by `$id` or `$self`: text and pointer.
    resources: HashMap<String, (usize, String)>,
    /// `$anchor` and `$dynamicAnchor`: text, pointer of the resource and name, to the pointer and whether it is
    /// dynamic.
    pub anchors: HashMap<(usize, String, String), (String, bool)>,
    pub sites: Vec<Site>,
    /// Example Objects whose value is in a text of its own.
    pub externals: Vec<External>,
}

impl Index {
    /// Reads the text of that number and name.
    pub fn read(&mut self, text: usize, name: &str, tree: &Value) {
        let address = address(name);
        let own = tree.get("$self").and_then(Value::as_str);
        let own = own.and_then(|own| joined(address.as_ref(), own));
        if let Some(own) = &own {
            self.resources.insert(without_fragment(own), (text, String::new()));
        }
        let base = own.or(address).map(|base| (base, String::new()));
        let mut walk = Walk { index: self, text, path: Vec::new() };
        walk.node(tree, false, base.as_ref(), "");
    }

    /// The text and pointer that the part before `#` names, where it is known without bringing it.
    pub fn resource(&self, site: &Site, target: &str) -> Option<(usize, String)> {
        if target.is_empty() {
            let resource = site.base.as_ref().map_or(String::new(), |(_, pointer)| pointer.clone());
            return Some((site.text, resource));
        }
        let url = joined(site.base.as_ref().map(|(base, _)| base), target)?;
        self.resources.get(&without_fragment(&url)).cloned()
    }
}

/// The address of a text, against which a relative `$id` is resolved. That of a file serves only to compare
/// one with another.
fn address(name: &str) -> Option<Url> {
    Url::parse(name).ok().filter(Url::has_host).or_else(|| Url::parse("file:///").ok()?.join(name).ok())
}

fn joined(base: Option<&Url>, target: &str) -> Option<Url> {
    base.map_or_else(|| Url::parse(target).ok(), |base| base.join(target).ok())
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
            if let Some(id) = text("$id").filter(|id| !id.starts_with('#'))
                && let Some(url) = joined(base.map(|(base, _)| base), id)
            {
                let at = self.pointer();
                self.index.resources.insert(without_fragment(&url), (self.text, at.clone()));
                own = Some((url, at));
            }
            let resource = own.as_ref().map_or(resource, |(_, at)| at);
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(name) = text(keyword) {
                    let key = (self.text, resource.to_owned(), name.to_owned());
                    let at = self.pointer();
                    self.index.anchors.entry(key).or_insert((at, keyword == "$dynamicAnchor"));
                }
            }
        }
        if !are_names {
            self.external(members);
        }
        let base = own.as_ref().or(base);
        let resource = own.as_ref().map_or(resource, |(_, at)| at);
        for keyword in ["$ref", "$dynamicRef"] {
            // Inside the root's own resource a pointer is a pointer; most references are that.
            let is_plain = |reference: &str| {
                let is_pointer = reference == "#" || reference.starts_with("#/");
                keyword == "$ref" && self.text == 0 && resource.is_empty() && is_pointer
            };
            if let Some(reference) = text(keyword).filter(|reference| !is_plain(reference)) {
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

    /// Notes an Example Object whose value is elsewhere; the path leads to it.
    fn external(&mut self, members: &Map<String, Value>) {
        if let Some(Value::String(target)) = members.get("externalValue")
            && !members.contains_key("value")
        {
            let media_type = self.path.iter().rev().nth(2).and_then(|step| match step {
                Step::Name(name) if name.contains('/') && !name.starts_with('/') => Some((*name).to_owned()),
                _ => None,
            });
            let (text, pointer) = (self.text, self.pointer());
            self.index.externals.push(External { text, pointer, media_type, target: target.clone() });
        }
    }

    /// Example Objects may be references; their values are data.
    fn examples(&mut self, examples: &'v Value, base: Option<&(Url, String)>) {
        self.path.push(Step::Name("examples"));
        for (name, example) in examples.as_object().into_iter().flatten() {
            if let Some(members) = example.as_object() {
                self.path.push(Step::Name(name));
                self.external(members);
                self.path.pop();
            }
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
