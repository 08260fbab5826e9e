//! What kinds of value a schema allows, for reading values from text that has no types.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Direction, Schema};

/// The kinds of value that a schema allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "JSON has just these kinds")]
pub struct Kinds {
    /// A string; also where the schema names no kind at all.
    pub string: bool,
    /// A number with a fraction.
    pub number: bool,
    /// A whole number.
    pub integer: bool,
    /// `true` or `false`.
    pub boolean: bool,
    /// `null`.
    pub null: bool,
    /// An array.
    pub array: bool,
    /// An object.
    pub object: bool,
}

/// The outer shape of a schema: its kinds, those of its items and those of its members.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Kinds of the value itself.
    pub kinds: Kinds,
    /// Kinds of an array's items.
    pub items: Kinds,
    /// Kinds of an object's members, and of their items.
    pub members: HashMap<String, (Kinds, Kinds)>,
}

impl Shape {
    pub(super) fn of(schema: &Schema, direction: Direction) -> Self {
        let root = schema.normal(direction);
        let walk = Walk { schema };
        let mut shape = Self { kinds: walk.kinds(&root), items: walk.items(&root), members: HashMap::new() };
        walk.members(&root, &mut HashSet::new(), &mut shape.members);
        shape
    }
}

impl Kinds {
    const ANY: Self = Self {
        string: true,
        number: false,
        integer: false,
        boolean: false,
        null: false,
        array: false,
        object: false,
    };

    fn add(&mut self, name: &str) {
        match name {
            "string" => self.string = true,
            "number" => self.number = true,
            "integer" => self.integer = true,
            "boolean" => self.boolean = true,
            "null" => self.null = true,
            "array" => self.array = true,
            "object" => self.object = true,
            _ => {}
        }
    }

    fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Reads a text as the kind that the schema wants. A text that fits none stays a string, so
    /// that the schema's refusal names it.
    pub fn read(self, text: &str) -> Value {
        if self.string {
            return Value::String(text.to_owned());
        }
        if (self.integer || self.number)
            && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && let Ok(number) = serde_json::from_str::<serde_json::Number>(text)
        {
            return Value::Number(number);
        }
        match text {
            "true" if self.boolean => Value::Bool(true),
            "false" if self.boolean => Value::Bool(false),
            "null" | "" if self.null => Value::Null,
            _ if (self.object || self.array) && text.starts_with(['{', '[']) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
            }
            _ => Value::String(text.to_owned()),
        }
    }
}

/// Goes through a schema and all that is combined into one place.
pub(super) struct Walk<'s> {
    pub schema: &'s Schema,
}

impl Walk<'_> {
    pub fn kinds(&self, node: &Value) -> Kinds {
        let mut kinds = Kinds::default();
        self.collect(node, &mut HashSet::new(), &mut kinds);
        if kinds.is_empty() { Kinds::ANY } else { kinds }
    }

    fn items(&self, node: &Value) -> Kinds {
        let mut found = None;
        self.visit(node, &mut HashSet::new(), &mut |node| {
            if let Some(items) = node.get("items") {
                found = Some(self.kinds(items));
            }
        });
        found.unwrap_or(Kinds::ANY)
    }

    fn collect(&self, node: &Value, seen: &mut HashSet<String>, kinds: &mut Kinds) {
        self.visit(node, seen, &mut |node| match node.get("type") {
            Some(Value::String(name)) => kinds.add(name),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).for_each(|n| kinds.add(n)),
            _ => {
                let listed = node.get("enum").and_then(Value::as_array);
                for value in listed.into_iter().flatten().chain(node.get("const")) {
                    kinds.add(match value {
                        Value::String(_) => "string",
                        Value::Number(n) if n.is_f64() => "number",
                        Value::Number(_) => "integer",
                        Value::Bool(_) => "boolean",
                        Value::Null => "null",
                        Value::Array(_) => "array",
                        Value::Object(_) => "object",
                    });
                }
                if node.get("properties").is_some() {
                    kinds.add("object");
                }
            }
        });
    }

    fn members(
        &self,
        node: &Value,
        seen: &mut HashSet<String>,
        members: &mut HashMap<String, (Kinds, Kinds)>,
    ) {
        self.visit(node, seen, &mut |node| {
            for (name, member) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
                members.entry(name.clone()).or_insert_with(|| (self.kinds(member), self.items(member)));
            }
        });
    }

    /// Visits a schema and everything combined into the same place.
    pub fn visit(&self, node: &Value, seen: &mut HashSet<String>, visitor: &mut dyn FnMut(&Value)) {
        if let Some(reference) = node.get("$ref").and_then(Value::as_str)
            && seen.insert(reference.to_owned())
            && let Some(target) = self.schema.follow(reference)
        {
            self.visit(&target, seen, visitor);
        }
        visitor(node);
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for part in node.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                self.visit(part, seen, visitor);
            }
        }
    }
}
