//! XML by the schema's `xml` object (OpenAPI 3.1 §4.8.26): elements for members, attributes and
//! wrapped lists where it says so.
//!
//! Names are compared without their prefix, because a prefix is the writer's choice.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use crate::contract::parameter;
use crate::contract::schema::{Node, View, Xml};

/// Elements inside elements; deeper is refused.
const MAX_DEPTH: usize = 128;
/// Says that an element has no value (XML Schema Part 1 §2.6.2).
const NIL: &str = "nil";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element as it is written.
#[derive(Debug, Default)]
struct Element {
    /// Without prefix.
    name: String,
    /// Names without prefix; declarations of namespaces and what XML Schema adds are left out.
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
    is_nil: bool,
}

/// Reads XML as the value that the schema describes; `None` where no schema describes it.
///
/// # Errors
/// It is not well-formed, or its root is another element than the schema names.
pub(super) fn read(view: Option<&View<'_>>, text: &str) -> Result<Option<Value>, String> {
    let root = parse(text)?;
    let Some(view) = view else { return Ok(None) };
    if let Some(name) = view.xml().name.filter(|name| *name != root.name) {
        return Err(format!("the root element is <{}>, but <{name}> is documented", root.name));
    }
    Ok(Some(value(&root, Some(view))))
}

fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| format!("{error} (octet {at})"))?;
        let closed = match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(format!("elements are nested more than {MAX_DEPTH} deep"));
                }
                open.push(element(&start).map_err(|why| format!("{why} (octet {at})"))?);
                None
            }
            Event::Empty(start) => Some(element(&start).map_err(|why| format!("{why} (octet {at})"))?),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                add(&mut open, &text.xml10_content(), at)?;
                None
            }
            Event::CData(text) => {
                add(&mut open, &text.xml10_content(), at)?;
                None
            }
            Event::GeneralRef(reference) => {
                let resolved = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                let name = reference.xml10_content();
                match (resolved, resolve_predefined_entity(&name)) {
                    (Some(character), _) => add(&mut open, &character.to_string(), at)?,
                    (None, Some(text)) => add(&mut open, text, at)?,
                    // Entities of a document type are never expanded.
                    (None, None) => return Err(format!("unknown entity &{name}; (octet {at})")),
                }
                None
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => None,
            Event::Eof => break,
        };
        if let Some(closed) = closed {
            match open.last_mut() {
                Some(around) => around.children.push(closed),
                None if root.is_none() => root = Some(closed),
                None => return Err(format!("a second root element <{}> (octet {at})", closed.name)),
            }
        }
    }
    match open.last() {
        Some(open) => Err(format!("the element <{}> is not closed", open.name)),
        None => root.ok_or_else(|| "the root element is missing".to_owned()),
    }
}

fn add(open: &mut [Element], text: &str, at: u64) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(format!("text outside the root element (octet {at})")),
    }
    Ok(())
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: start.local_name().as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        let prefix = attribute.key.prefix();
        let prefix = prefix.as_ref().map(AsRef::as_ref);
        let name = attribute.key.local_name().as_ref().to_owned();
        match (prefix, name.as_str()) {
            (Some("xmlns"), _) | (None, "xmlns") => {}
            (Some("xsi"), NIL) => element.is_nil = value == "true" || value == "1",
            (Some("xsi" | "xml"), _) => {}
            _ => element.attributes.push((name, value.into_owned())),
        }
    }
    Ok(element)
}

fn value(element: &Element, view: Option<&View<'_>>) -> Value {
    if element.is_nil {
        return Value::Null;
    }
    let Some(view) = view else { return unknown(element) };
    let kinds = view.kinds();
    let is_simple = element.children.is_empty() && element.attributes.is_empty();
    if kinds.array && !kinds.object && !(kinds.string && is_simple) {
        let items = view.items();
        return Value::Array(element.children.iter().map(|child| value(child, items.as_ref())).collect());
    }
    // A text where an object is described is that text, unless a member stands for it.
    let is_text = is_simple && !element.text.trim().is_empty();
    let has_text = || view.members().into_iter().any(|name| is_text_of(view, name));
    if kinds.object && is_text && !has_text() {
        return element.text.clone().into();
    }
    if kinds.object && !(kinds.string && is_simple) {
        return Value::Object(object(element, view));
    }
    if !is_simple {
        return unknown(element);
    }
    if kinds.string { element.text.clone().into() } else { kinds.read(element.text.trim()) }
}

/// Whether a member is the text of its element.
fn is_text_of(view: &View<'_>, name: &str) -> bool {
    view.described(name).is_some_and(|member| matches!(member.xml().node, Node::Text))
}

/// An element that no schema describes: text, or an object of what is in it.
fn unknown(element: &Element) -> Value {
    if element.children.is_empty() && element.attributes.is_empty() {
        return element.text.clone().into();
    }
    let mut members = Map::new();
    rest(element, &[], None, &mut members);
    Value::Object(members)
}

fn object(element: &Element, view: &View<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    let mut taken: Vec<String> = Vec::new();
    for (name, member) in view.each_described() {
        let xml = member.xml();
        let own = xml.name.clone().unwrap_or_else(|| name.clone());
        let text = |text: &str| {
            let kinds = member.kinds();
            if kinds.string { text.into() } else { kinds.read(text.trim()) }
        };
        match xml.node {
            Node::Attribute => {
                if let Some((_, sent)) = element.attributes.iter().find(|(known, _)| *known == own) {
                    members.insert(name.clone(), text(sent));
                }
                taken.push(format!("@{own}"));
            }
            Node::Text => {
                members.insert(name.clone(), text(&element.text));
            }
            Node::Element => {
                let kinds = member.kinds();
                let items = member.items();
                let (own, is_spread) = if kinds.array && !xml.wrapped {
                    (item_name(items.as_ref(), &name), true)
                } else {
                    (own, false)
                };
                let found: Vec<&Element> = element.children.iter().filter(|c| c.name == own).collect();
                if is_spread && (found.len() > 1 || !(kinds.string || kinds.object)) {
                    let list: Vec<Value> = found.iter().map(|child| value(child, items.as_ref())).collect();
                    // A list without items leaves no trace.
                    if !list.is_empty() || view.requires(&name) {
                        members.insert(name.clone(), Value::Array(list));
                    }
                } else if let Some(child) = found.first() {
                    members.insert(name.clone(), value(child, Some(&member)));
                }
                taken.push(own);
            }
        }
    }
    rest(element, &taken, Some(view), &mut members);
    members
}

/// What no member describes: attributes, and elements, several of one name as a list.
fn rest(element: &Element, taken: &[String], view: Option<&View<'_>>, members: &mut Map<String, Value>) {
    for (name, text) in &element.attributes {
        if !taken.contains(&format!("@{name}")) {
            members.entry(name.clone()).or_insert_with(|| text.clone().into());
        }
    }
    for child in element.children.iter().filter(|child| !taken.contains(&child.name)) {
        let member = view.and_then(|view| view.member(&child.name));
        let is_list = member.as_ref().is_some_and(|member| member.kinds().array);
        let item = match &member {
            Some(list) if is_list => value(child, list.items().as_ref()),
            member => value(child, member.as_ref()),
        };
        match members.get_mut(&child.name) {
            Some(Value::Array(list)) => list.push(item),
            Some(first) => *first = Value::Array(vec![first.take(), item]),
            None if is_list => {
                members.insert(child.name.clone(), Value::Array(vec![item]));
            }
            None => {
                members.insert(child.name.clone(), item);
            }
        }
    }
}

/// The name of a list's items: their own, else that of the list.
fn item_name(items: Option<&View<'_>>, list: &str) -> String {
    items.and_then(|items| items.xml().name).unwrap_or_else(|| list.to_owned())
}

/// Writes a value as XML; `None` where it contains what XML cannot express: an invalid name, or a
/// character that is none of XML's (XML 1.0 §2.2 and §2.3).
pub(super) fn write(view: Option<&View<'_>>, value: &Value) -> Option<String> {
    let xml = view.map(View::xml).unwrap_or_default();
    let component = view.and_then(View::component).filter(|name| is_name(name));
    let name = xml.name.clone().or_else(|| component.map(str::to_owned)).unwrap_or_else(|| "root".to_owned());
    let mut writer =
        Writer { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), bound: Vec::new() };
    writer.element(&name, &xml, view, value)?;
    Some(writer.out)
}

struct Writer {
    out: String,
    /// Prefixes that the elements around this one declare.
    bound: Vec<String>,
}

impl Writer {
    fn element(&mut self, name: &str, xml: &Xml, view: Option<&View<'_>>, value: &Value) -> Option<()> {
        let bound = self.bound.len();
        let name = self.start(name, xml)?;
        match value {
            Value::Null => {
                let _ = write!(self.out, " xmlns:xsi=\"{INSTANCE}\" xsi:{NIL}=\"true\"/>");
            }
            Value::Object(members) => {
                self.attributes(view, members)?;
                self.out.push('>');
                for (member, value) in members {
                    self.member(member, view.and_then(|view| view.member(member)).as_ref(), value)?;
                }
                let _ = write!(self.out, "</{name}>");
            }
            Value::Array(list) => {
                self.out.push('>');
                let items = view.and_then(View::items);
                let own = items.as_ref().and_then(|items| items.xml().name);
                let component = items.as_ref().and_then(View::component).filter(|name| is_name(name));
                let local = name.rsplit(':').next().unwrap_or(&name).to_owned();
                let item = own.or_else(|| component.map(str::to_owned)).unwrap_or(local);
                self.items(&item, items.as_ref(), list)?;
                let _ = write!(self.out, "</{name}>");
            }
            value => {
                let _ = write!(self.out, ">{}</{name}>", text(value)?);
            }
        }
        self.bound.truncate(bound);
        Some(())
    }

    /// `<name` with the declaration of its namespace; gives the name with its prefix.
    fn start(&mut self, name: &str, xml: &Xml) -> Option<String> {
        let prefix = xml.prefix.as_ref().filter(|prefix| is_name(prefix) && !prefix.contains(':'));
        // A prefix that nothing declares would make the text no XML with namespaces.
        let prefix = prefix.filter(|prefix| xml.namespace.is_some() || self.bound.contains(prefix));
        let full = prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}:{name}"));
        if !is_name(name) {
            return None;
        }
        let _ = write!(self.out, "<{full}");
        if let Some(namespace) = &xml.namespace {
            let colon = prefix.map_or_else(String::new, |prefix| format!(":{prefix}"));
            let _ = write!(self.out, " xmlns{colon}=\"{}\"", attribute(namespace)?);
            self.bound.extend(prefix.cloned());
        }
        Some(full)
    }

    fn attributes(&mut self, view: Option<&View<'_>>, members: &Map<String, Value>) -> Option<()> {
        for (name, value) in members {
            let Some(xml) = view.and_then(|view| view.described(name)).map(|member| member.xml()) else {
                continue;
            };
            if xml.node != Node::Attribute || value.is_null() {
                continue;
            }
            let name = xml.name.unwrap_or_else(|| name.clone());
            let prefix = xml.prefix.filter(|prefix| self.bound.contains(prefix));
            let full = prefix.map_or_else(|| name.clone(), |prefix| format!("{prefix}:{name}"));
            if !is_name(&name) {
                return None;
            }
            let _ = write!(self.out, " {full}=\"{}\"", attribute(&parameter::text(value))?);
        }
        Some(())
    }

    fn member(&mut self, name: &str, view: Option<&View<'_>>, value: &Value) -> Option<()> {
        let xml = view.map(View::xml).unwrap_or_default();
        match (xml.node, value) {
            (Node::Attribute, _) => Some(()),
            (Node::Text, value) => {
                self.out.push_str(&text(value)?);
                Some(())
            }
            (Node::Element, Value::Array(list)) if !xml.wrapped => {
                let items = view.and_then(View::items);
                self.items(&item_name(items.as_ref(), name), items.as_ref(), list)
            }
            (Node::Element, Value::Array(list)) => {
                let own = xml.name.clone().unwrap_or_else(|| name.to_owned());
                let bound = self.bound.len();
                let full = self.start(&own, &xml)?;
                self.out.push('>');
                let items = view.and_then(View::items);
                self.items(&item_name(items.as_ref(), &own), items.as_ref(), list)?;
                let _ = write!(self.out, "</{full}>");
                self.bound.truncate(bound);
                Some(())
            }
            (Node::Element, value) => {
                let own = xml.name.clone().unwrap_or_else(|| name.to_owned());
                self.element(&own, &xml, view, value)
            }
        }
    }

    fn items(&mut self, name: &str, view: Option<&View<'_>>, list: &[Value]) -> Option<()> {
        let xml = view.map(View::xml).unwrap_or_default();
        list.iter().try_for_each(|item| self.element(name, &xml, view, item))
    }
}

/// Whether a text is a name without a colon (Namespaces in XML 1.0 §3), by the letters that are in
/// use: others of XML's are refused.
fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic());
    text.starts_with(is_letter)
        && text.chars().all(|c| is_letter(c) || c.is_ascii_digit() || c == '-' || c == '.')
}

fn text(value: &Value) -> Option<String> {
    let text = parameter::text(value);
    let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    // A line end is always read as a line feed (XML 1.0 §2.11).
    text.chars().all(is_char).then(|| escape(text.as_str()).replace('\r', "&#13;"))
}

fn attribute(value: &str) -> Option<String> {
    let text = text(&Value::String(value.to_owned()))?;
    // White space in attributes is read as blanks (XML 1.0 §3.3.3).
    Some(text.replace('\t', "&#9;").replace('\n', "&#10;"))
}
