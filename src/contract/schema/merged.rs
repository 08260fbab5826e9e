//! Everything that a schema and its parts say about one place of a value.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use super::compiled::Schema;
use super::direction::Direction;
use super::types::{Kinds, add_kinds};
use crate::document::pointer;

/// The schemas that are about one place: the one that is there, what it refers to and what is
/// combined with it (`allOf`, `anyOf`, `oneOf`), nearest first.
#[derive(Debug, Clone)]
pub struct View<'s> {
    schema: &'s Schema,
    spots: Vec<Spot>,
    /// The last step of the first reference: a component's name.
    component: Option<String>,
}

/// A node of a normal form.
#[derive(Debug, Clone)]
struct Spot {
    normal: Arc<Value>,
    at: String,
}

impl Spot {
    fn node(&self) -> Option<&Value> {
        self.normal.pointer(&self.at)
    }

    fn below(&self, steps: &[&str]) -> Option<Self> {
        let at = steps.iter().fold(self.at.clone(), |at, step| pointer::join(&at, step));
        self.normal.pointer(&at)?;
        Some(Self { normal: Arc::clone(&self.normal), at })
    }
}

/// Whether what has a media type is written as text, which a schema may describe as one.
fn is_text(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/').unwrap_or((&essence, ""));
    kind == "text" || ["json", "xml", "yaml", "javascript"].iter().any(|text| subtype.contains(text))
}

/// How a value is written in XML (OpenAPI 3.1 §4.8.26 XML Object).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Xml {
    /// The name of its element or attribute, where it is not that of its member.
    pub name: Option<String>,
    /// The prefix of that name.
    pub prefix: Option<String>,
    /// The namespace of that name.
    pub namespace: Option<String>,
    /// What kind of node it is.
    pub node: Node,
    /// Whether the items of a list are in an element of their own.
    pub wrapped: bool,
}

/// Kinds of XML node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Node {
    /// An element.
    #[default]
    Element,
    /// An attribute of the element around it.
    Attribute,
    /// The text of the element around it (OpenAPI 3.2: `nodeType: text` or `cdata`).
    Text,
}

impl<'s> View<'s> {
    /// The place of the schema itself.
    pub fn of(schema: &'s Schema, direction: Direction) -> Self {
        let own = schema.pointer().rsplit_once('/').map(|(_, name)| pointer::unescape(name));
        let is_component = schema.pointer().contains("/schemas/") || schema.pointer().contains("/$defs/");
        let start = Spot { normal: schema.normal(direction), at: String::new() };
        let mut view = Self::at(schema, vec![start]);
        if is_component && own.is_some() {
            view.component = own.filter(|name| name != "schema" && name != "items");
        }
        view
    }

    fn at(schema: &'s Schema, start: Vec<Spot>) -> Self {
        let mut view = Self { schema, spots: Vec::new(), component: None };
        let mut seen = HashSet::new();
        // References may lead to one another any number of times: no call for each.
        let mut waiting: Vec<Spot> = start.into_iter().rev().collect();
        while let Some(spot) = waiting.pop() {
            view.collect(spot, &mut seen, &mut waiting);
        }
        view
    }

    /// Adds a node, and puts its parts where the next one is taken from.
    fn collect(&mut self, spot: Spot, seen: &mut HashSet<String>, waiting: &mut Vec<Spot>) {
        let Some(node) = spot.node() else { return };
        let reference = node.get("$ref").and_then(Value::as_str).map(str::to_owned);
        let parts: Vec<Spot> = ["allOf", "anyOf", "oneOf"]
            .iter()
            .flat_map(|keyword| {
                let count = node.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
                (0..count).filter_map(|index| spot.below(&[keyword, &index.to_string()])).collect::<Vec<_>>()
            })
            .collect();
        self.spots.push(spot);
        waiting.extend(parts.into_iter().rev());
        if let Some(reference) = reference
            && seen.insert(reference.clone())
            && let Some(normal) = self.schema.follow(&reference)
        {
            if self.component.is_none() {
                let at = Schema::pointer_of(&reference).unwrap_or_default();
                self.component = at.rsplit_once('/').map(|(_, name)| pointer::unescape(name));
            }
            waiting.push(Spot { normal, at: String::new() });
        }
    }

    /// How many nodes say something of it.
    pub fn size(&self) -> usize {
        self.spots.len()
    }

    /// The nodes themselves, nearest first.
    pub fn nodes(&self) -> impl Iterator<Item = &Value> {
        self.spots.iter().filter_map(Spot::node)
    }

    /// The member that says which schema a value is of (OpenAPI 3.1 §4.8.25).
    pub fn tag(&self) -> Option<&str> {
        self.nodes().find_map(|node| node.get("discriminator")?.get("propertyName")?.as_str())
    }

    fn below(&self, steps: &[&str]) -> Option<View<'s>> {
        let start: Vec<Spot> = self.spots.iter().filter_map(|spot| spot.below(steps)).collect();
        (!start.is_empty()).then(|| Self::at(self.schema, start))
    }

    /// The kinds of value that it allows; a string where no kind is named.
    pub fn kinds(&self) -> Kinds {
        self.named_kinds().unwrap_or(Kinds::TEXT)
    }

    /// The kinds of value that it names; `None` where it names none, and so allows every one.
    pub fn named_kinds(&self) -> Option<Kinds> {
        let mut kinds = Kinds::default();
        self.nodes().for_each(|node| add_kinds(node, &mut kinds));
        (kinds != Kinds::default()).then_some(kinds)
    }

    /// Names of the members that are described, in the document's order.
    pub fn members(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let mut known: HashSet<&str> = HashSet::new();
        for members in self.nodes().filter_map(|node| node.get("properties")?.as_object()) {
            names.extend(members.keys().map(String::as_str).filter(|name| known.insert(name)));
        }
        names
    }

    /// All members that are described, as [`View::described`] finds each.
    pub fn each_described(&self) -> Vec<(String, View<'s>)> {
        let mut spots: IndexMap<&str, Vec<Spot>> = IndexMap::new();
        for spot in &self.spots {
            let members = spot.node().and_then(|node| node.get("properties")?.as_object());
            for name in members.into_iter().flat_map(serde_json::Map::keys) {
                spots.entry(name).or_default().extend(spot.below(&["properties", name]));
            }
        }
        spots.into_iter().map(|(name, spots)| (name.to_owned(), Self::at(self.schema, spots))).collect()
    }

    /// A member of an object that is described by its name.
    pub fn described(&self, name: &str) -> Option<View<'s>> {
        self.below(&["properties", name])
    }

    /// A member of an object: as it is described, else as members without a description are.
    pub fn member(&self, name: &str) -> Option<View<'s>> {
        self.described(name).or_else(|| self.others())
    }

    /// What members without a description are, where that is said.
    pub fn others(&self) -> Option<View<'s>> {
        self.below(&["additionalProperties"])
    }

    /// Whether it is an object of which nothing is said: any member may have any value.
    pub fn is_free(&self) -> bool {
        const SAID: [&str; 3] = ["properties", "additionalProperties", "patternProperties"];
        self.kinds().object
            && !self.nodes().any(|node| SAID.iter().any(|keyword| node.get(*keyword).is_some()))
    }

    /// Whether patterns say which other members there may be.
    pub fn has_patterns(&self) -> bool {
        self.nodes().any(|node| node.get("patternProperties").is_some())
    }

    /// The items of a list.
    pub fn items(&self) -> Option<View<'s>> {
        self.below(&["items"])
    }

    /// Whether an object must have that member.
    pub fn requires(&self, name: &str) -> bool {
        self.nodes()
            .filter_map(|node| node.get("required")?.as_array())
            .any(|names| names.iter().any(|known| known == name))
    }

    /// Names of the members that an object must have.
    pub fn required(&self) -> HashSet<&str> {
        let lists = self.nodes().filter_map(|node| node.get("required")?.as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// A keyword whose value is a text: the nearest.
    pub fn text(&self, keyword: &str) -> Option<String> {
        self.nodes().find_map(|node| node.get(keyword)?.as_str().map(str::to_owned))
    }

    /// Whether only the server writes it.
    pub fn is_read_only(&self) -> bool {
        self.nodes().any(|node| node.get("readOnly") == Some(&Value::Bool(true)))
    }

    /// Whether its values are listed (`enum`, `const`).
    pub fn is_listed(&self) -> bool {
        self.nodes().any(|node| node.get("enum").is_some() || node.get("const").is_some())
    }

    /// The values that are listed (`enum`, `const`).
    pub fn listed(&self) -> impl Iterator<Item = &Value> {
        self.nodes().flat_map(|node| {
            let listed = node.get("enum").and_then(Value::as_array).into_iter().flatten();
            listed.chain(node.get("const"))
        })
    }

    /// The values that are listed, each once.
    pub fn choices(&self) -> Vec<&Value> {
        self.listed().collect::<IndexSet<&Value>>().into_iter().collect()
    }

    /// Whether its text stands for bytes as they are: `format: binary`, or a media type that is no text without an
    /// encoding (OpenAPI 3.1 §4.6.1.2).
    pub fn is_binary(&self) -> bool {
        let is_raw = |node: &Value| {
            let media_type = node.get("contentMediaType").and_then(Value::as_str);
            media_type.is_some_and(|named| !is_text(named)) && node.get("contentEncoding").is_none()
        };
        self.nodes().any(|node| node.get("format").is_some_and(|format| format == "binary") || is_raw(node))
    }

    /// The name of the component that describes it.
    pub fn component(&self) -> Option<&str> {
        self.component.as_deref()
    }

    /// How it is written in XML.
    pub fn xml(&self) -> Xml {
        let own = |key: &str| self.nodes().find_map(|node| node.get("xml")?.get(key).cloned());
        let text = |key: &str| own(key).and_then(|value| value.as_str().map(str::to_owned));
        let text = |key: &str| text(key).filter(|text| !text.is_empty());
        let flag = |key: &str| own(key).and_then(|value| value.as_bool()).unwrap_or(false);
        let kind = text("nodeType");
        Xml {
            name: text("name"),
            prefix: text("prefix"),
            namespace: text("namespace"),
            node: match kind.as_deref() {
                Some("attribute") => Node::Attribute,
                Some("text" | "cdata") => Node::Text,
                None if flag("attribute") => Node::Attribute,
                _ => Node::Element,
            },
            // OpenAPI 3.2: a list that is an element wraps its items.
            wrapped: flag("wrapped") || (kind.as_deref() == Some("element") && self.kinds().array),
        }
    }
}
