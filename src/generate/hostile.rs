//! Values that servers stumble over: none of them does anything where it is read, run or rendered, and none asks a
//! server to wait or for much.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::contract::{Direction, Schema};
use crate::document::pointer;

/// A body that is odd, as octets of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// What is odd, for a person.
    pub label: &'static str,
    /// The octets.
    pub octets: Vec<u8>,
}

/// Emoji, letters that are written from right to left, combining marks, a letter beyond 16 bits, quotes.
pub const TEXT: &str = " \u{1F98A}\u{200D}\u{1F680} \u{05E9}\u{05DC}\u{05D5}\u{05DD} \u{0645}\u{0631} e\u{0301}\u{0323} \u{1D49C} '&<>\"";
/// The shortest text that is odd.
const SHORT: &str = "\u{1F98A}\u{05E9}";
/// What search languages and patterns read something into; none of it is complete.
pub const PUNCTUATION: &str = "([{*+?\\^$|%_'\"";
/// A number in digits that is larger than any machine's own.
const HUGE: &str = "100000000000000000000";
/// Array in array: deeper than anything that is meant, and not so deep that a sound parser which calls itself for
/// each level must give up.
const DEPTH: usize = 500;
/// Places of a body that are made odd.
const MOST: usize = 40;
/// What lists whose first entry is null are called.
pub const NULL_ITEM: &str = "null for an item";
/// Stands for a piece of JSON that no value can hold.
const RAW: &str = "\u{1}counterpart-raw\u{1}";

/// Ids that name nothing, in the order of what they find most: of another form, too long, and letters that few
/// expect. A path carries them in percent-encoding.
pub fn ids(schema: Option<&Schema>) -> Vec<(&'static str, Value)> {
    let is_valid =
        |value: &Value| schema.is_none_or(|schema| schema.is_valid(Direction::Request, value) == Ok(true));
    let letters = ("an id of letters", json!("no-such-form"));
    let long = ("an id of 200 characters", json!("x".repeat(200)));
    let emoji = ("an id with an emoji", json!("no\u{1F98A}such"));
    if is_valid(&json!(7)) && !is_valid(&json!("no-such-form")) {
        return vec![letters, ("an id of 21 digits", json!(HUGE)), ("a negative id", json!(-1))];
    }
    let nul = ("an id with U+0000", json!("no\u{0}such"));
    if is_valid(&json!("no-such-form")) { vec![emoji, long, nul] } else { vec![letters, long, emoji] }
}

/// Bodies that are no object, or that can hardly be read: whoever takes an object for granted fails on them.
pub fn roots() -> Vec<Odd> {
    let nested = ["[".repeat(DEPTH), "]".repeat(DEPTH)].concat();
    vec![
        Odd { label: "the body null", octets: b"null".to_vec() },
        Odd { label: "arrays in arrays, 500 deep", octets: nested.into_bytes() },
    ]
}

/// A body with odd values in as many places as may have them. `is_free` says which places may be changed at all, and
/// `is_bulk` where a large number could ask for much work.
pub fn bodies(
    schema: Option<&Schema>,
    sent: &Value,
    is_free: &dyn Fn(&str) -> bool,
    is_bulk: &dyn Fn(&str) -> bool,
) -> Vec<Odd> {
    let is_free_number = |at: &str| is_free(at) && !is_bulk(at);
    let places = Places { schema, sent, is_free };
    let numbers = Places { schema, sent, is_free: &is_free_number };
    let mut found = Vec::new();
    let mut add = |label: &'static str, odd: Option<Vec<u8>>| {
        found.extend(odd.map(|octets| Odd { label, octets }));
    };
    add("unusual letters in texts", places.unusual());
    add("a text with U+0000", places.allowed_texts(&|text| json!(format!("{text}\u{0}"))));
    add("an escaped lone surrogate", places.raw_texts("\\ud83e"));
    add("numbers beyond all bounds (1e400)", numbers.numbers("1e400"));
    add("whole numbers near 2^63", numbers.integers());
    add("null for objects", places.nulls());
    add(NULL_ITEM, places.null_items());
    add("odd names in a map", places.names());
    add("a member that comes twice", twice(sent));
    found
}

/// The places of a body that can be odd each by itself.
pub fn places(sent: &Value) -> Vec<String> {
    leaves(sent).into_iter().map(|(at, _)| at).collect()
}

/// What becomes of a text; texts of a form that the document fixes are not free.
fn behind(odd: &dyn Fn(&str) -> Value) -> impl Fn(&Value) -> Vec<Value> {
    move |value: &Value| value.as_str().filter(|_| !looks_fixed(value)).map(odd).into_iter().collect()
}

/// The members of a body, and how each can be made odd.
struct Places<'a> {
    schema: Option<&'a Schema>,
    sent: &'a Value,
    is_free: &'a dyn Fn(&str) -> bool,
}

impl Places<'_> {
    fn allows(&self, body: &Value) -> bool {
        self.schema.is_none_or(|schema| schema.is_valid(Direction::Request, body) == Ok(true))
    }

    /// Changes each place that may be, one after the other, and keeps a change that the schema allows.
    fn changed(&self, start: Value, change: &dyn Fn(&Value) -> Vec<Value>) -> Option<Value> {
        let mut body = start;
        let mut is_odd = body != *self.sent;
        for (at, value) in leaves(self.sent).into_iter().filter(|(at, _)| (self.is_free)(at)) {
            for new in change(&value) {
                let mut next = body.clone();
                let Some(place) = next.pointer_mut(&at) else { continue };
                *place = new;
                if self.allows(&next) {
                    body = next;
                    is_odd = true;
                    break;
                }
            }
        }
        is_odd.then_some(body)
    }

    /// Texts and numbers that the schema allows and that few try.
    fn unusual(&self) -> Option<Vec<u8>> {
        let mut start = self.sent.clone();
        for name in self.absent_texts() {
            let mut next = start.clone();
            if let Some(object) = next.as_object_mut() {
                object.insert(name, json!(TEXT.trim()));
            }
            if self.allows(&next) {
                start = next;
            }
        }
        for name in self.absent_numbers() {
            let mut next = start.clone();
            if let Some(object) = next.as_object_mut() {
                object.insert(name, json!(1e-7));
            }
            if self.allows(&next) {
                start = next;
            }
        }
        let odd = |value: &Value| match value {
            // As much of it as the text may hold.
            Value::String(text) => {
                let behind = [TEXT, SHORT].iter().map(|odd| json!(format!("{text}{odd}")));
                behind.chain([TEXT, SHORT].iter().map(|odd| json!(odd.trim()))).collect()
            }
            Value::Number(_) => vec![json!(1e-7)],
            _ => Vec::new(),
        };
        serde_json::to_vec(&self.changed(start, &odd)?).ok()
    }

    /// Free texts that the document has and the body leaves out.
    fn absent_texts(&self) -> Vec<String> {
        let Some(schema) = self.schema else { return Vec::new() };
        let fields = schema.fields(Direction::Request, &[]).into_iter();
        let absent = fields.filter(|(name, field)| {
            let is_text = field.kinds.string && field.format.is_none() && field.choices.is_empty();
            is_text && self.sent.get(name).is_none() && (self.is_free)(&pointer::join("", name))
        });
        absent.map(|(name, _)| name).take(MOST).collect()
    }

    /// Numbers with a fraction that the document has and the body leaves out.
    fn absent_numbers(&self) -> Vec<String> {
        let Some(schema) = self.schema else { return Vec::new() };
        let fields = schema.fields(Direction::Request, &[]).into_iter();
        let absent = fields.filter(|(name, field)| {
            let is_broken = field.kinds.number && field.choices.is_empty();
            is_broken && self.sent.get(name).is_none() && (self.is_free)(&pointer::join("", name))
        });
        absent.map(|(name, _)| name).take(MOST).collect()
    }

    /// Every free text with something behind it, whether the schema allows it or not.
    fn texts(&self, odd: &dyn Fn(&str) -> Value) -> Option<Vec<u8>> {
        let free = Places { schema: None, ..*self };
        serde_json::to_vec(&free.changed(self.sent.clone(), &behind(odd))?).ok()
    }

    /// The same where the schema allows it, so that what is refused for another text hides nothing; where it allows
    /// none, all the same.
    fn allowed_texts(&self, odd: &dyn Fn(&str) -> Value) -> Option<Vec<u8>> {
        let allowed = self.changed(self.sent.clone(), &behind(odd));
        allowed.and_then(|body| serde_json::to_vec(&body).ok()).or_else(|| self.texts(odd))
    }

    /// Every free text with a piece behind it that no value can hold.
    fn raw_texts(&self, piece: &str) -> Option<Vec<u8>> {
        let marked = self.texts(&|text| json!(format!("{text}{RAW}")))?;
        let (mark, text) = (json!(RAW).to_string(), String::from_utf8(marked).ok()?);
        Some(text.replace(mark.trim_matches('"'), piece).into_bytes())
    }

    fn numbers(&self, raw: &str) -> Option<Vec<u8>> {
        let change = |value: &Value| value.is_number().then(|| json!(RAW)).into_iter().collect();
        let free = Places { schema: None, ..*self };
        let text = free.changed(self.sent.clone(), &change)?.to_string();
        Some(text.replace(&json!(RAW).to_string(), raw).into_bytes())
    }

    /// The largest whole number of 64 bits where the schema allows it, else one more than that.
    fn integers(&self) -> Option<Vec<u8>> {
        let is_whole = |value: &Value| value.is_i64() || value.is_u64();
        let largest = |value: &Value| is_whole(value).then(|| json!(i64::MAX)).into_iter().collect();
        let beyond = |value: &Value| is_whole(value).then(|| json!(1_u64 << 63)).into_iter().collect();
        let mut start = self.sent.clone();
        let fields = self.schema.map(|schema| schema.fields(Direction::Request, &[])).unwrap_or_default();
        for (name, _) in fields.into_iter().filter(|(_, field)| field.kinds.integer) {
            let mut next = start.clone();
            let is_free = (self.is_free)(&pointer::join("", &name)) && next.get(&name).is_none();
            if let Some(object) = next.as_object_mut().filter(|_| is_free) {
                object.insert(name, json!(i64::MAX));
            }
            if self.allows(&next) {
                start = next;
            }
        }
        let free = Places { schema: None, ..*self };
        let body = self.changed(start, &largest).or_else(|| free.changed(self.sent.clone(), &beyond))?;
        serde_json::to_vec(&body).ok()
    }

    fn nulls(&self) -> Option<Vec<u8>> {
        let mut body = self.sent.clone();
        let object = body.as_object_mut()?;
        let mut is_odd = false;
        if let Some(schema) = self.schema {
            for (name, field) in schema.fields(Direction::Request, &[]) {
                let may_change = (self.is_free)(&pointer::join("", &name));
                if may_change && field.kinds.object && !field.kinds.array {
                    object.insert(name, Value::Null);
                    is_odd = true;
                }
            }
        }
        is_odd.then(|| serde_json::to_vec(&body).ok()).flatten()
    }

    /// Lists whose first entry is null.
    fn null_items(&self) -> Option<Vec<u8>> {
        let mut body = self.sent.clone();
        let is_free = |name: &str| (self.is_free)(&pointer::join("", name));
        let mut is_odd = false;
        for (_, value) in body.as_object_mut()?.iter_mut().filter(|(name, _)| is_free(name)) {
            if let Some(first) = value.as_array_mut().and_then(|items| items.first_mut()) {
                *first = Value::Null;
                is_odd = true;
            }
        }
        is_odd.then(|| serde_json::to_vec(&body).ok()).flatten()
    }

    fn names(&self) -> Option<Vec<u8>> {
        let mut body = self.sent.clone();
        let object = body.as_object_mut()?;
        let mut is_odd = false;
        for (name, value) in self.sent.as_object()? {
            let Some(map) = value.as_object().filter(|_| (self.is_free)(&pointer::join("", name))) else {
                continue;
            };
            let fields = self.schema.map(|schema| schema.fields(Direction::Request, &[name.as_str()]));
            if fields.is_none_or(|fields| fields.is_empty()) {
                let value = map.values().next().cloned().unwrap_or_else(|| json!("x"));
                let names = ["constructor", "17", "a.b$c", "\u{1F98A}", ""].iter();
                let odd: Map<String, Value> = names.map(|name| ((*name).to_owned(), value.clone())).collect();
                object.insert(name.clone(), Value::Object(odd));
                is_odd = true;
            }
        }
        is_odd.then(|| serde_json::to_vec(&body).ok()).flatten()
    }
}

/// Whether a text has a form that looks fixed: a date, a uuid, an address.
fn looks_fixed(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let is_stamp = text.len() >= 10 && text.bytes().take(4).all(|b| b.is_ascii_digit());
    text.contains("://") || text.contains('@') || is_stamp
}

/// The first member of an object, once more.
fn twice(sent: &Value) -> Option<Vec<u8>> {
    let (name, value) = sent.as_object()?.iter().next()?;
    let text = sent.to_string();
    let first = format!("{}:{value}", json!(name));
    Some(format!("{{{first},{}", text.get(1..)?).into_bytes())
}

/// Pointers to the plain values of a body, with these.
fn leaves(body: &Value) -> Vec<(String, Value)> {
    fn walk(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        if found.len() >= MOST {
            return;
        }
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| walk(&pointer::join(at, name), value, found));
            }
            Value::Array(items) => {
                let numbered = items.iter().enumerate();
                numbered.for_each(|(index, item)| walk(&format!("{at}/{index}"), item, found));
            }
            _ => found.push((at.to_owned(), value.clone())),
        }
    }
    let mut found = Vec::new();
    walk("", body, &mut found);
    found
}
