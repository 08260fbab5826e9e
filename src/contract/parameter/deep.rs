//! `deepObject`: `p[a]=1&p[b][c]=2`.
//!
//! The specification does not define lists and nested objects. They are written as most servers read them,
//! and read in each of the usual ways.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::text::{Pair, escape};
use crate::contract::message::Parameter;
use crate::contract::schema::{Direction, Kinds, View};

/// What the pairs name, before it is known what kind each is.
#[derive(Debug, Default)]
struct Tree {
    texts: Vec<String>,
    members: IndexMap<String, Tree>,
}

/// Deeper names are text.
const MAX_DEPTH: usize = 32;

pub(super) fn read(parameter: &Parameter, pairs: &[Pair<'_>]) -> Option<Value> {
    let mut tree = Tree::default();
    for pair in pairs {
        let Some(path) = pair.name.strip_prefix(parameter.name.as_str()) else { continue };
        let Some(path) = path.strip_prefix('[').and_then(|path| path.strip_suffix(']')) else { continue };
        let mut node = &mut tree;
        for step in path.splitn(MAX_DEPTH, "][") {
            node = node.members.entry(step.to_owned()).or_default();
        }
        node.texts.push(pair.value().into_owned());
    }
    let view = parameter.value_schema().map(|schema| View::of(schema, Direction::Request));
    if tree.members.is_empty() {
        // `p=1&p=2`, for a list.
        let kinds = view.as_ref().map_or(Kinds::TEXT, View::kinds);
        let own = pairs.iter().filter(|pair| kinds.array && pair.name == parameter.name);
        tree.texts = own.map(|pair| pair.value().into_owned()).collect();
        if tree.texts.is_empty() {
            return None;
        }
    }
    Some(value(tree, view.as_ref()))
}

fn object(tree: Tree, view: Option<&View<'_>>) -> Map<String, Value> {
    let member = |name: &str| view.and_then(|view| view.member(name));
    let read = |(name, tree): (String, Tree)| {
        let value = value(tree, member(&name).as_ref());
        (name, value)
    };
    tree.members.into_iter().map(read).collect()
}

fn value(mut tree: Tree, view: Option<&View<'_>>) -> Value {
    let kinds = view.map_or(Kinds::TEXT, View::kinds);
    // `p[a][]=1`, `p[a][0]=1`.
    let is_list = tree.members.keys().all(|name| name.parse::<u32>().is_ok() || name.is_empty());
    let is_named_list = is_list && !tree.members.is_empty();
    if kinds.array && is_list && (is_named_list || !kinds.string || tree.texts.len() > 1) {
        let items = view.and_then(View::items);
        let item = items.as_ref().map_or(Kinds::TEXT, View::kinds);
        let mut list: Vec<Value> = tree.texts.iter().map(|text| item.read(text)).collect();
        for (name, tree) in tree.members {
            if name.is_empty() {
                list.extend(tree.texts.iter().map(|text| item.read(text)));
            } else {
                list.push(value(tree, items.as_ref()));
            }
        }
        return Value::Array(list);
    }
    if !tree.members.is_empty() {
        return Value::Object(object(tree, view));
    }
    tree.texts.pop().map_or(Value::Null, |text| kinds.read(&text))
}

/// Writes a list that is a parameter of its own: `p[]=1&p[]=2`, `p[0][a]=1`.
pub(super) fn write_list(name: &str, items: &[Value], one: &dyn Fn(&Value) -> String) -> Vec<String> {
    let written = items.iter().enumerate().flat_map(|(index, item)| match item {
        Value::Object(_) => write(&format!("{name}%5B{index}%5D"), item, one),
        item => vec![format!("{name}%5B%5D={}", one(item))],
    });
    written.collect()
}

pub(super) fn write(name: &str, value: &Value, one: &dyn Fn(&Value) -> String) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, value)| write(&format!("{name}%5B{}%5D", escape(key)), value, one))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| match item {
                Value::Object(_) => write(&format!("{name}%5B{index}%5D"), item, one),
                item => vec![format!("{name}%5B%5D={}", one(item))],
            })
            .collect(),
        value => vec![format!("{name}={}", one(value))],
    }
}
