//! Objects and lists for a flattened schema.

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

use super::choice::Choice;
use super::edge::{self, Edge};
use super::maker::Maker;
use super::scalar::{self, Scalar};
use super::{MAX_LENGTH, Made, Unproducible};
use crate::contract::Direction;
use crate::document::pointer;
use crate::generate::agree::agree;
use crate::generate::fake::Dice;
use crate::generate::text;
use crate::resources::names::letters;

impl Maker<'_> {
    /// The value of a flat schema. `turn` counts the values of this place that were wrong.
    pub fn fill(&self, schema: &Map<String, Value>, turn: u32) -> Made {
        if let Some(value) = schema.get("const") {
            return Ok(value.clone());
        }
        let dice = self.dice();
        if dice.is_none() && !self.is_blamed_inside() {
            let listed = schema.get("examples").and_then(Value::as_array).and_then(|list| list.first());
            if let Some(example) = schema.get("example").or(listed).or_else(|| schema.get("default"))
                && let Some(example) = example_of(schema, example)
            {
                return Ok(example);
            }
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let mut fitting: Vec<&Value> =
                values.iter().filter(|value| scalar::is_kind(schema, value)).collect();
            fitting.sort_by_key(|value| value.is_null());
            let start = match (self.edge(), dice) {
                (Some(Edge::Largest), _) => fitting.len().saturating_sub(1),
                (Some(Edge::Null), _) => fitting.iter().position(|value| value.is_null()).unwrap_or(0),
                (Some(_), _) => 0,
                (None, dice) => dice.map_or(0, |mut dice| dice.below(fitting.len().max(1))),
            };
            let turn = turn as usize + start;
            let value = fitting.get(turn % fitting.len().max(1));
            return value.map(|value| Value::clone(value)).ok_or_else(|| {
                Unproducible::NotFound("no enum value has the type of the schema".to_owned())
            });
        }
        if turn == 0 && self.wants_null(schema) {
            return Ok(Value::Null);
        }
        match scalar::kind(schema, turn) {
            Some("object") => self.object(schema),
            Some("array") => self.array(schema, turn),
            Some("null") => Ok(Value::Null),
            Some(kind) => {
                let name = self.at.borrow().iter().rev().find(|name| name.parse::<usize>().is_err()).cloned();
                let name = name.as_deref().unwrap_or(self.wanted.name);
                Scalar { schema, turn, dice, name, edge: self.edge() }.make(kind)
            }
            // Nothing is said of it: any kind is as good, and what was wrong is not tried again.
            None => Ok(match turn % 9 {
                0 => json!("string"),
                1 => json!(0),
                2 => json!({}),
                3 => json!([]),
                4 => Value::Bool(true),
                5 => Value::Null,
                6 => json!(0.5),
                7 => json!({ "key1": "string" }),
                _ => json!(["string"]),
            }),
        }
    }

    /// Dice of this place, where values are to be plausible.
    pub fn dice(&self) -> Option<Dice> {
        self.wanted.taste.seed.map(|seed| Dice::new(seed, &self.pointer()))
    }

    /// The edge at which values are made, until something here was wrong.
    fn edge(&self) -> Option<Edge> {
        self.wanted.taste.edge.filter(|_| self.blamed() < 2)
    }

    /// Whether answers vary: a server leaves out now and then what it may leave out.
    fn varies(&self) -> bool {
        self.wanted.taste.seed.is_some()
            && self.wanted.taste.edge.is_none()
            && self.wanted.direction == Direction::Response
    }

    /// Whether the place is null where it may be: at that edge always, in plausible answers now and then.
    fn wants_null(&self, schema: &Map<String, Value>) -> bool {
        let kinds = schema.get("type").and_then(Value::as_array);
        let may_be_null =
            kinds.is_some_and(|kinds| kinds.len() > 1 && kinds.iter().any(|kind| kind == "null"));
        let at = self.at.borrow();
        let Some(name) = at.last().filter(|_| may_be_null) else { return false };
        match self.edge() {
            Some(edge) => edge == Edge::Null,
            None => {
                self.varies()
                    && !is_identity(name)
                    && Dice::new(self.wanted.taste.seed.unwrap_or(0), &format!("{} null", self.pointer()))
                        .below(8)
                        == 0
            }
        }
    }

    /// Whether a member that may be left out is left out of a plausible answer. What identifies an object
    /// stays, and so do the members of the whole, which are often the frame of a list.
    fn leaves_out(&self, name: &str) -> bool {
        let is_frame = self.at.borrow().is_empty();
        if !self.varies() || is_identity(name) {
            return false;
        }
        let place = format!("{} out", pointer::join(&self.pointer(), name));
        let rarely = if is_frame { 12 } else { 6 };
        Dice::new(self.wanted.taste.seed.unwrap_or(0), &place).below(rarely) == 0
    }

    /// Whether members that may be left out are made at the current place.
    pub fn wants_optional(&self) -> bool {
        self.at.borrow().len() < self.depth && self.blamed() % 4 < 2
    }

    fn object(&self, schema: &Map<String, Value>) -> Made {
        let size = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let least = size("minProperties").unwrap_or(0);
        if least > MAX_LENGTH {
            return Err(Unproducible::TooLarge(format!("at least {least} members")));
        }
        let least = usize::try_from(least).unwrap_or(0);
        let most = size("maxProperties").and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        let mut required: IndexSet<String> = strings(schema.get("required")).into_iter().collect();
        let dependent = schema.get("dependentRequired").and_then(Value::as_object);
        let properties = schema.get("properties").and_then(Value::as_object);
        let is_edge_wanted = self.edge().is_none_or(Edge::wants_optional);
        let is_optional_wanted = is_edge_wanted && self.wants_optional() && required.len() < most;
        let mut object = Map::new();
        // Required members that are not made yet.
        let mut missing = required.len();
        let mut left_out = Vec::new();
        // What becomes required by what is made is appended while the list is gone through.
        let names = properties.into_iter().flatten().map(|(name, _)| name.clone());
        let mut names: Vec<String> = names.collect();
        names.extend(
            required
                .iter()
                .filter(|name| !properties.is_some_and(|p| p.contains_key(*name)))
                .cloned()
                .collect::<Vec<_>>(),
        );
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            if object.contains_key(&name) {
                continue;
            }
            let needed = required.contains(&name);
            let member = member(schema, &name);
            let is_dropped = || self.blame.count(&pointer::join(&self.pointer(), &name)) > 3;
            let is_list = || member.get("type").is_some_and(|kind| kind == "array");
            let is_left_out = || self.leaves_out(&name) && !(self.at.borrow().is_empty() && is_list());
            let is_foreign = is_foreign(&member, self.wanted.direction);
            if !needed && (!is_optional_wanted || is_foreign || is_dropped() || is_left_out()) {
                left_out.push(name);
                continue;
            }
            if !needed && object.len() + missing >= most {
                left_out.push(name);
                continue;
            }
            match self.inside(&name, || self.make(&member)) {
                Ok(value) => {
                    missing -= usize::from(needed);
                    object.insert(name.clone(), value);
                    for more in dependent.map(|d| strings(d.get(&name))).unwrap_or_default() {
                        if required.insert(more.clone()) {
                            missing += usize::from(!object.contains_key(&more));
                            names.push(more);
                        }
                    }
                }
                Err(why @ Unproducible::TooLarge(_)) => return Err(why),
                Err(why) if needed => return Err(why),
                // An optional member that leads back to itself is where recursion ends.
                Err(_) => {}
            }
        }
        self.grow(schema, &mut object, &left_out, least)?;
        if self.varies() && !self.is_blamed_inside() {
            agree(&mut object);
        }
        Ok(Value::Object(object))
    }

    /// Adds members until there are enough: known ones first, then names by a pattern, then others.
    fn grow(
        &self,
        schema: &Map<String, Value>,
        object: &mut Map<String, Value>,
        left_out: &[String],
        least: usize,
    ) -> Result<(), Unproducible> {
        let mut spare = left_out.iter();
        for index in 0..MAX_LENGTH {
            if object.len() >= least {
                return Ok(());
            }
            let name = match spare.next() {
                Some(name) => name.clone(),
                _ => self.name(schema, index)?,
            };
            if object.contains_key(&name) {
                continue;
            }
            let made = self.inside(&name, || self.make(&member(schema, &name)));
            match made {
                Ok(value) => {
                    object.insert(name, value);
                }
                Err(_) if object.len() >= least => return Ok(()),
                Err(why @ Unproducible::TooLarge(_)) => return Err(why),
                Err(why) if index > 20 => return Err(why),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// A name that no member is described under.
    fn name(&self, schema: &Map<String, Value>, index: u64) -> Result<String, Unproducible> {
        let patterns = schema.get("patternProperties").and_then(Value::as_object);
        let is_closed = [schema.get("additionalProperties"), schema.get("unevaluatedProperties")]
            .contains(&Some(&Value::Bool(false)));
        let number = usize::try_from(index).unwrap_or(0);
        if let Some(pattern) =
            patterns.filter(|_| is_closed).and_then(|p| p.keys().nth(number % p.len().max(1)))
        {
            let length = number / patterns.map_or(1, Map::len).max(1);
            return text::matching(pattern, length).ok_or_else(|| {
                Unproducible::NotFound(format!("no member name matches the pattern {pattern}"))
            });
        }
        if let Some(names) = schema.get("propertyNames") {
            let flat = self.aside(|| self.flatten(names, &mut Choice::starting(0)))?;
            if let Some(values) = flat.get("enum").and_then(Value::as_array) {
                let value = values.get(number).and_then(Value::as_str).map(str::to_owned);
                return value
                    .ok_or_else(|| Unproducible::NotFound("too few member names are allowed".to_owned()));
            }
            let turn = u32::try_from(index).unwrap_or(0);
            let made = Scalar { schema: &flat, turn, dice: None, name: "", edge: None }.make("string")?;
            return Ok(made.as_str().unwrap_or_default().to_owned());
        }
        Ok(format!("key{}", index + 1))
    }

    fn array(&self, schema: &Map<String, Value>, turn: u32) -> Made {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let prefix: Vec<&Value> =
            schema.get("prefixItems").and_then(Value::as_array).into_iter().flatten().collect();
        let contains = schema.get("contains");
        let held = contains.map_or(0, |_| bound("minContains").unwrap_or(1));
        let least = bound("minItems").unwrap_or(0).max(if prefix.is_empty() { held } else { 0 });
        if least > MAX_LENGTH {
            return Err(Unproducible::TooLarge(format!("at least {least} items")));
        }
        let usual = match (self.wanted.taste.items, self.edge(), self.dice()) {
            (Some(items), None, _) => items as u64,
            (_, Some(edge), _) => edge::items(edge, bound("maxItems")),
            (None, None, Some(mut dice)) => 2 + dice.below(3) as u64,
            (None, None, None) => 1,
        };
        // What was wrong may be right without entries.
        let usual = if turn % 4 >= 2 || self.at.borrow().len() >= self.depth.max(1) { 0 } else { usual };
        let wanted = bound("maxItems").unwrap_or(u64::MAX).min(usual.min(MAX_LENGTH)).max(least);
        let wanted = usize::try_from(wanted).unwrap_or(1).max(if turn.is_multiple_of(2) {
            prefix.len().min(bound("maxItems").and_then(|m| usize::try_from(m).ok()).unwrap_or(usize::MAX))
        } else {
            0
        });
        let held = usize::try_from(held).unwrap_or(0);
        let is_unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        // Several plain entries are different ones, as far as that is right.
        let is_varied = is_unique || (self.wanted.taste.items.is_some() && turn == 0);
        let mut items: Vec<Value> = Vec::new();
        let mut tries = 0;
        while items.len() < wanted {
            let index = items.len();
            let rest = || schema.get("items").or_else(|| schema.get("unevaluatedItems"));
            let described = prefix.get(index).copied().or_else(rest);
            let is_held = contains.is_some() && index >= prefix.len() && index < prefix.len() + held;
            let item = match (described, contains.filter(|_| is_held || described.is_none())) {
                (Some(item), Some(contains)) => json!({ "allOf": [contains, item] }),
                (Some(item), None) => item.clone(),
                (None, Some(contains)) => contains.clone(),
                (None, None) => json!({ "type": "string" }),
            };
            let made = self.inside(&index.to_string(), || {
                self.aside(|| self.distinct(&item, if is_varied { index + tries } else { 0 }))
            });
            match made {
                Ok(value) if is_unique && items.contains(&value) => {
                    tries += 1;
                    if tries > wanted + 64 {
                        if items.len() >= usize::try_from(least).unwrap_or(0) {
                            break;
                        }
                        return Err(Unproducible::NotFound(
                            "too few different items are possible".to_owned(),
                        ));
                    }
                }
                Ok(value) => items.push(value),
                Err(why @ Unproducible::TooLarge(_)) => return Err(why),
                Err(_) if items.len() >= usize::try_from(least).unwrap_or(0) => break,
                Err(why) => return Err(why),
            }
        }
        Ok(Value::Array(items))
    }

    /// A value that differs with `number`, where its schema leaves a choice.
    fn distinct(&self, item: &Value, number: usize) -> Made {
        if number == 0 {
            return self.make(item);
        }
        let flat = self.flatten(item, &mut Choice::starting(self.blamed() as usize))?;
        let turn = u32::try_from(number).unwrap_or(0);
        let mut made = self.fill(&flat, turn)?;
        // An object differs by its first member that can.
        if let Value::Object(members) = &mut made {
            for (name, value) in members.iter_mut() {
                if let Some(other) = self.aside(|| self.other(&member(&flat, name), value, turn)) {
                    *value = other;
                    break;
                }
            }
        }
        if let Value::Array(inner) = &mut made
            && let Some(items) = flat.get("items")
            && let Ok(other) = self.distinct(items, number)
        {
            if let Some(first) = inner.first_mut() { *first = other } else { inner.push(other) }
        }
        Ok(made)
    }

    /// Another value of a member that is neither an object nor a list.
    fn other(&self, member: &Value, value: &Value, turn: u32) -> Option<Value> {
        if value.is_object() || value.is_array() {
            return None;
        }
        let flat = self.flatten(member, &mut Choice::starting(0)).ok()?;
        self.fill(&flat, turn).ok().filter(|other| other != value)
    }
}

/// An example of the kind that the schema names, also from the JSON text of a list or an object.
fn example_of(schema: &Map<String, Value>, example: &Value) -> Option<Value> {
    if scalar::is_kind(schema, example) {
        return Some(example.clone());
    }
    let parsed: Value = serde_json::from_str(example.as_str()?).ok()?;
    ((parsed.is_object() || parsed.is_array()) && scalar::is_kind(schema, &parsed)).then_some(parsed)
}

/// Whether a member of that name tells which object it is.
fn is_identity(name: &str) -> bool {
    let name = letters(name);
    name == "id" || name.ends_with("id") || ["uuid", "name", "key", "slug", "code"].contains(&name.as_str())
}

fn strings(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Everything that is said of a member by its name (JSON Schema 2020-12 §10.3.2).
fn member(schema: &Map<String, Value>, name: &str) -> Value {
    let mut said: Vec<&Value> = Vec::new();
    said.extend(schema.get("properties").and_then(|properties| properties.get(name)));
    for (pattern, member) in schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
    {
        if fancy_regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(name).unwrap_or(false)) {
            said.push(member);
        }
    }
    if said.is_empty() {
        said.extend(schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties")));
    }
    match said.as_slice() {
        [] => json!({ "type": "string" }),
        [Value::Bool(true)] => json!({ "type": "string" }),
        [one] => Value::clone(one),
        several => json!({ "allOf": several }),
    }
}

fn is_foreign(member: &Value, direction: Direction) -> bool {
    let mark = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    member.get(mark) == Some(&Value::Bool(true))
}
