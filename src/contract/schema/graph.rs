//! Schemas in the form in which values are judged by them: what each asserts by itself, and which others it
//! applies to the value or to its parts.

use std::sync::{Arc, OnceLock, Weak};

use serde_json::{Map, Value};

use super::assertions::Assertions;
use super::engine::Judge;
use crate::exchange::NameMap;

/// What a reference leads to: one schema with those that are written inside it.
#[derive(Debug)]
pub(super) struct Unit {
    /// JSON pointer in the document.
    pub pointer: String,
    /// The dynamic anchors of its schema resource.
    pub anchors: Arc<Anchors>,
    pub root: Node,
    /// Where its references lead: addresses of normal forms.
    pub refers: Vec<String>,
}

/// Dynamic anchors of a schema resource: the name, and the address of the schema that has it.
pub(super) type Anchors = Vec<(String, String)>;

/// One schema.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// `false`: no value is valid.
    pub never: bool,
    pub assertions: Assertions,
    /// Where this schema begins a resource inside its unit (`$id`).
    pub begins: Option<Arc<Anchors>>,
    pub reference: Option<Box<Reference>>,
    pub combined: Option<Box<Combined>>,
    pub members: Option<Box<Members>>,
    pub items: Option<Box<Items>>,
    pub unevaluated: Option<Box<Unevaluated>>,
}

impl Node {
    /// Whether no other schema is part of it, as with most parameters.
    pub(super) fn is_alone(&self) -> bool {
        let combines = self.reference.is_some() || self.combined.is_some();
        let descends = self.members.is_some() || self.items.is_some() || self.unevaluated.is_some();
        !combines && !descends
    }
}

/// `$ref`.
#[derive(Debug)]
pub(super) struct Reference {
    pub address: String,
    /// The pool owns units; each may lead back to itself.
    pub target: OnceLock<Weak<Unit>>,
}

/// Schemas that are applied to the value itself.
#[derive(Debug, Default)]
pub(super) struct Combined {
    pub all: Vec<Node>,
    pub any: Vec<Node>,
    pub one: Vec<Node>,
    pub not: Option<Node>,
    pub condition: Option<Condition>,
    /// `$dynamicRef`: the name of the anchor, and what it leads to where nothing on the way has it.
    pub dynamic: Option<(String, Reference)>,
}

/// `if`, `then` and `else`.
#[derive(Debug)]
pub(super) struct Condition {
    pub test: Node,
    pub then: Option<Node>,
    pub otherwise: Option<Node>,
}

/// Schemas for the members of an object.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub properties: NameMap<Node>,
    /// `patternProperties`.
    pub patterns: Vec<(String, Judge, Node)>,
    /// `additionalProperties`.
    pub additional: Option<Node>,
    /// `propertyNames`.
    pub names: Option<Node>,
    /// `dependentSchemas`, for the object itself.
    pub dependent: Vec<(String, Node)>,
}

/// Schemas for the items of a list.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// `prefixItems`.
    pub prefix: Vec<Node>,
    /// `items`, for those after the prefix.
    pub rest: Option<Node>,
    pub contains: Option<Contains>,
}

/// `contains`, `minContains` and `maxContains`.
#[derive(Debug)]
pub(super) struct Contains {
    pub node: Node,
    pub least: u64,
    pub most: Option<u64>,
}

/// Schemas for what no other schema looked at.
#[derive(Debug, Default)]
pub(super) struct Unevaluated {
    pub members: Option<Node>,
    pub items: Option<Node>,
}

/// What a compiler needs to know of the document around a schema.
pub(super) trait Around {
    /// Compiles assertions, or finds what was compiled before.
    ///
    /// # Errors
    /// Why they cannot be compiled.
    fn judge(&self, keywords: Map<String, Value>) -> Result<Arc<Judge>, String>;

    /// The dynamic anchors of the resource that begins at a place inside the unit.
    fn anchors(&self, path: &[String]) -> Arc<Anchors>;
}

/// Compiles a normal form, and lists where its references lead.
///
/// # Errors
/// Which keyword cannot be compiled, and why.
pub(super) fn compile(normal: &Value, around: &dyn Around) -> Result<(Node, Vec<String>), String> {
    let mut compiler = Compiler { around, path: Vec::new(), refers: Vec::new() };
    let root = compiler.node(normal)?;
    Ok((root, compiler.refers))
}

struct Compiler<'a> {
    around: &'a dyn Around,
    /// Where it is, in the normal form.
    path: Vec<String>,
    refers: Vec<String>,
}

impl Compiler<'_> {
    fn node(&mut self, schema: &Value) -> Result<Node, String> {
        let Value::Object(schema) = schema else {
            return Ok(Node { never: schema == &Value::Bool(false), ..Node::default() });
        };
        let assertions = Assertions::read(schema, |keywords| self.around.judge(keywords))?;
        let reference = schema.get("$ref").and_then(Value::as_str);
        let reference = reference.map(|address| Box::new(self.reference(address)));
        let begins = schema.contains_key("$id") && !self.path.is_empty();
        let unevaluated = Unevaluated {
            members: self.one(schema, "unevaluatedProperties")?,
            items: self.one(schema, "unevaluatedItems")?,
        };
        let is_unevaluated = unevaluated.members.is_some() || unevaluated.items.is_some();
        Ok(Node {
            never: false,
            assertions,
            begins: begins.then(|| self.around.anchors(&self.path)),
            reference,
            combined: self.combined(schema)?.map(Box::new),
            members: self.members(schema)?.map(Box::new),
            items: self.items(schema)?.map(Box::new),
            unevaluated: is_unevaluated.then(|| Box::new(unevaluated)),
        })
    }

    fn reference(&mut self, address: &str) -> Reference {
        self.refers.push(address.to_owned());
        Reference { address: address.to_owned(), target: OnceLock::new() }
    }

    fn at(&mut self, steps: &[&str], schema: &Value) -> Result<Node, String> {
        let before = self.path.len();
        self.path.extend(steps.iter().map(|step| (*step).to_owned()));
        let node = self.node(schema);
        self.path.truncate(before);
        node
    }

    fn one(&mut self, schema: &Map<String, Value>, keyword: &str) -> Result<Option<Node>, String> {
        schema.get(keyword).map(|value| self.at(&[keyword], value)).transpose()
    }

    fn list(&mut self, schema: &Map<String, Value>, keyword: &str) -> Result<Vec<Node>, String> {
        let list = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
        list.enumerate().map(|(index, value)| self.at(&[keyword, &index.to_string()], value)).collect()
    }

    fn map(&mut self, schema: &Map<String, Value>, keyword: &str) -> Result<Vec<(String, Node)>, String> {
        let map = schema.get(keyword).and_then(Value::as_object).into_iter().flatten();
        map.map(|(name, value)| Ok((name.clone(), self.at(&[keyword, name], value)?))).collect()
    }

    fn combined(&mut self, schema: &Map<String, Value>) -> Result<Option<Combined>, String> {
        let condition = match self.one(schema, "if")? {
            None => None,
            Some(test) => Some(Condition {
                test,
                then: self.one(schema, "then")?,
                otherwise: self.one(schema, "else")?,
            }),
        };
        let dynamic = schema.get("$dynamicRef").and_then(Value::as_str);
        let dynamic = dynamic.and_then(|reference| reference.split_once('#'));
        let combined = Combined {
            all: self.list(schema, "allOf")?,
            any: self.list(schema, "anyOf")?,
            one: self.list(schema, "oneOf")?,
            not: self.one(schema, "not")?,
            condition,
            dynamic: dynamic.map(|(address, name)| (name.to_owned(), self.reference(address))),
        };
        let is_empty = combined.all.is_empty() && combined.any.is_empty() && combined.one.is_empty();
        let is_plain = combined.not.is_none() && combined.condition.is_none() && combined.dynamic.is_none();
        Ok((!(is_empty && is_plain)).then_some(combined))
    }

    fn members(&mut self, schema: &Map<String, Value>) -> Result<Option<Members>, String> {
        let patterns = self.map(schema, "patternProperties")?;
        let patterns = patterns.into_iter().map(|(pattern, node)| {
            let judge = Judge::new(&serde_json::json!({ "pattern": pattern }))?;
            Ok::<_, String>((pattern, judge, node))
        });
        let members = Members {
            properties: self.map(schema, "properties")?.into_iter().collect(),
            patterns: patterns.collect::<Result<_, _>>()?,
            additional: self.one(schema, "additionalProperties")?,
            names: self.one(schema, "propertyNames")?,
            dependent: self.map(schema, "dependentSchemas")?,
        };
        let is_empty = members.properties.is_empty()
            && members.patterns.is_empty()
            && members.dependent.is_empty()
            && members.additional.is_none()
            && members.names.is_none();
        Ok((!is_empty).then_some(members))
    }

    fn items(&mut self, schema: &Map<String, Value>) -> Result<Option<Items>, String> {
        let count = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let contains = self.one(schema, "contains")?.map(|node| Contains {
            node,
            least: count("minContains").unwrap_or(1),
            most: count("maxContains"),
        });
        let items =
            Items { prefix: self.list(schema, "prefixItems")?, rest: self.one(schema, "items")?, contains };
        let is_empty = items.prefix.is_empty() && items.rest.is_none() && items.contains.is_none();
        Ok((!is_empty).then_some(items))
    }
}

impl Node {
    /// The reference, if it is nothing else.
    pub(super) fn alias(&self) -> Option<&Reference> {
        let is_alone = matches!(self.assertions, Assertions::None)
            && self.begins.is_none()
            && self.combined.is_none()
            && self.members.is_none()
            && self.items.is_none()
            && self.unevaluated.is_none();
        self.reference.as_deref().filter(|_| is_alone)
    }
}

impl Members {
    /// The schemas for the value of a member.
    pub(super) fn described_by(&self, name: &str) -> impl Iterator<Item = &Node> {
        let own = self.properties.get(name);
        let matching = self.matching(name);
        let additional = self.additional.as_ref().filter(|_| own.is_none() && matching.is_empty());
        own.into_iter().chain(matching.into_iter().map(|(_, node)| node)).chain(additional)
    }

    /// The patterns that a name matches, with the schemas for its value.
    pub(super) fn matching(&self, name: &str) -> Vec<(&str, &Node)> {
        if self.patterns.is_empty() {
            return Vec::new();
        }
        let name = Value::String(name.to_owned());
        let matching = self.patterns.iter().filter(|(_, judge, _)| judge.accepts(&name));
        matching.map(|(pattern, _, node)| (pattern.as_str(), node)).collect()
    }
}
