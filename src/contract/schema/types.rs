//! The types that a schema allows, to read values from untyped text.

use serde_json::Value;

use crate::exchange::NameMap;

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
    pub members: NameMap<(Kinds, Kinds)>,
}

impl Kinds {
    /// Text alone.
    pub const TEXT: Self = Self {
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

    /// Whether a value is of one of these kinds; where none is known, any is.
    pub fn hold(self, value: &Value) -> bool {
        self == Self::default()
            || match value {
                Value::Null => self.null,
                Value::Bool(_) => self.boolean,
                Value::Number(number) => {
                    self.number || (self.integer && number.as_f64().is_some_and(|n| n.fract() == 0.0))
                }
                Value::String(_) => self.string,
                Value::Array(_) => self.array,
                Value::Object(_) => self.object,
            }
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

/// Adds the kinds that one node names: by `type`, else by its values and members.
pub(super) fn add_kinds(node: &Value, kinds: &mut Kinds) {
    match node.get("type") {
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
    }
}

/// What is described of one place of a value: references followed, alternatives taken together.
#[derive(Debug, Default)]
pub struct Outline {
    /// Members that are described by their names.
    pub members: NameMap<Outline>,
    /// What other members are, where that is said.
    pub others: Option<Box<Outline>>,
    /// What the items of a list are.
    pub items: Option<Box<Outline>>,
    /// The values that are listed (`enum`, `const`).
    pub choices: Vec<Value>,
    /// Whether members may be there that it does not name: nothing is said of members, or patterns are.
    pub is_open: bool,
    /// What it may be.
    pub kinds: Kinds,
    /// The keywords that a value can break by itself, each once.
    pub keywords: Vec<&'static str>,
    /// The members that must be there.
    pub required: Vec<String>,
    /// Whether it is no part of a request: only the server writes it.
    pub is_foreign: bool,
}

impl Outline {
    /// What a member of an object is: as its name says, else as other members are.
    pub fn member(&self, name: &str) -> Option<&Outline> {
        self.members.get(name).or(self.others.as_deref())
    }
}
