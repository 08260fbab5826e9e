//! Requests that the document forbids, each in one place and by one rule.

use std::collections::HashSet;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use super::{Input, Planner, Step, destroys};
use crate::contract::schema::Field;
use crate::contract::{
    Direction, Location, MediaBody, Operation, Parameter, RequestBody, Schema, StatusKey, body, is_json,
};
use crate::document::pointer;
use crate::exchange::media_type as media_type_of;
use crate::generate::negative::{self, Forbidden};
use crate::generate::request::write_body;
use crate::judge::At;
use crate::judge::exchange::{Intent, Invalid};
use crate::resources::Resources;
use crate::resources::reach::runs_by_itself_at;

/// Places in the document of the schemas whose rules are all broken by requests that are planned already.
pub(super) type Tried = HashSet<String>;

/// Rules of one body that were broken in another one already, and are broken again.
const MAX_REPEATED: usize = 10;

/// What a request does that is forbidden, without its octets.
struct Wrong {
    at: At,
    instance: String,
    label: String,
    keyword: &'static str,
}

impl Wrong {
    fn of(at: At, forbidden: &Forbidden) -> Self {
        Self {
            at,
            instance: forbidden.at.clone(),
            label: forbidden.label.clone(),
            keyword: forbidden.keyword,
        }
    }

    /// As a whole: by its syntax or its media type.
    fn whole(label: &str, keyword: &'static str) -> Self {
        let (instance, label) = (String::new(), label.to_owned());
        Self { at: At::RequestBody, instance, label, keyword }
    }

    fn step(self, base: &Step) -> Step {
        let Self { at, instance, label, keyword } = self;
        Step {
            label: format!("{at}{instance}: {label}"),
            intent: Intent::Invalid(Invalid { at, instance, label, keyword }),
            access: None,
            ..base.clone()
        }
    }
}

impl Planner<'_> {
    /// Every request for one operation that the document forbids.
    pub(super) fn invalid(
        &self,
        operation: &Operation,
        base: &Step,
        tried: &mut Tried,
        steps: &mut Vec<Step>,
    ) {
        let first = steps.len();
        self.all_invalid(operation, base, tried, steps);
        let mut at = 0;
        steps.retain(|step| {
            at += 1;
            at <= first || !self.may_name_another(operation, step)
        });
    }

    /// Whether a wrong value for a member that names an object may be read as the id of another one: many servers cut the
    /// fraction off a number, and take true for 1.
    fn may_name_another(&self, operation: &Operation, step: &Step) -> bool {
        let Intent::Invalid(invalid) = &step.intent else { return false };
        let Some((media_type, octets)) = step.body.as_ref().filter(|_| invalid.at == At::RequestBody) else {
            return false;
        };
        let described = operation.body.as_ref().and_then(|body| body.content_for(media_type));
        let schema = described.and_then(|described| described.schema.as_deref());
        let names = pointer::tokens(&invalid.instance).filter(|name| name.parse::<usize>().is_err());
        let refers = names.last().is_some_and(|name| self.resources.refers(schema, &name));
        let sent: Value = serde_json::from_slice(octets).unwrap_or_default();
        refers && sent.pointer(&invalid.instance).is_some_and(may_be_a_number)
    }

    fn all_invalid(&self, operation: &Operation, base: &Step, tried: &mut Tried, steps: &mut Vec<Step>) {
        self.invalid_parameters(operation, base, steps);
        self.invalid_name(operation, base, steps);
        // Invalid input to what destroys could destroy; it goes nowhere.
        let Some(documented) = operation.body.as_ref().filter(|_| !destroys(operation)) else { return };
        let json = documented.content.iter().find(|content| content.is_json());
        if let Some(described) = json {
            unreadable(&described.full_type(), base, steps);
        }
        other_types(operation, documented, base, steps);
        let Some((described, sent)) = read_body(operation, base) else { return };
        invalid_bodies((operation, described), &sent, base, tried, steps);
        answered_choices((operation, described), &sent, base, steps);
        // Of the same in another form, one for each keyword.
        for twin in documented.content.iter().filter(|twin| twin.media_type != described.media_type) {
            let mut known: HashSet<&str> = HashSet::new();
            let mut own = Vec::new();
            invalid_bodies((operation, twin), &sent, base, &mut Tried::new(), &mut own);
            own.retain(|step| match &step.intent {
                Intent::Invalid(invalid) => known.insert(invalid.keyword),
                _ => false,
            });
            steps.extend(own);
        }
    }

    fn invalid_parameters(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        for (location, name, forbidden) in negative::forbidden_parameters(operation) {
            let is_left = |parameter: &Parameter| {
                self.fixed(operation, parameter).is_some() || Resources::orders(operation, parameter)
            };
            if operation.parameter(location, &name).is_some_and(is_left) {
                continue;
            }
            let wrong = Wrong::of(At::Parameter(location, name.clone()), &forbidden);
            let mut step = wrong.step(base);
            step.inputs.retain(|(l, n, _)| *l != location || *n != name);
            step.inputs.push((location, name, Input::Value(forbidden.value)));
            steps.push(step);
        }
    }

    /// A name for a new object that is none.
    fn invalid_name(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        for (location, name, input) in &base.inputs {
            let (Location::Path, Input::Value(value)) = (*location, input) else { continue };
            let Some(parameter) = operation.parameter(Location::Path, name) else { continue };
            let is_own = self.new_name(operation, parameter).is_some();
            let schema = parameter.schema.as_deref().filter(|_| is_own);
            let forbidden = schema.map(|schema| negative::forbidden(schema, value, name)).unwrap_or_default();
            // Only what goes into a path as it is.
            let is_plain = |text: &str| {
                !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
            };
            let plain = forbidden.into_iter().filter(|one| one.value.as_str().is_some_and(is_plain));
            for forbidden in plain {
                let mut step = Wrong::of(At::Parameter(Location::Path, name.clone()), &forbidden).step(base);
                step.inputs.retain(|(l, n, _)| *l != Location::Path || n != name);
                step.inputs.push((Location::Path, name.clone(), Input::Value(forbidden.value)));
                steps.push(step);
            }
        }
    }
}

fn may_be_a_number(value: &Value) -> bool {
    match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::Array(items) => items.iter().any(may_be_a_number),
        _ => false,
    }
}

/// JSON that cannot be read, and no body at all.
fn unreadable(media_type: &str, base: &Step, steps: &mut Vec<Step>) {
    let mut add = |label: &str, octets: Vec<u8>| {
        let mut step = Wrong::whole(label, "syntax").step(base);
        step.body = Some((media_type.to_owned(), octets));
        steps.push(step);
    };
    add("JSON that ends too early", b"{\"counterpart\": ".to_vec());
    let Some((_, octets)) = base.body.as_ref().filter(|(sent, _)| is_json(sent)) else { return };
    let trimmed = octets.trim_ascii_end();
    if let Some((last @ (b'}' | b']'), head)) = trimmed.split_last()
        && head.len() > 1
    {
        add("JSON with a comma too many", head.iter().chain(b",").chain([last]).copied().collect());
        add("JSON with something after it", trimmed.iter().chain(b" x").copied().collect());
    }
}

/// Media types that are not documented, a charset that JSON does not have, and no body where one is required.
fn other_types(operation: &Operation, documented: &RequestBody, base: &Step, steps: &mut Vec<Step>) {
    let refusal = operation.responses.iter().find(|response| response.status == StatusKey::Code(415));
    let says = refusal.is_some();
    // JSON is UTF-8 whatever its label says, so that a label is refused only by who says so.
    let says_charset = refusal.is_some_and(|refusal| refusal.description.to_lowercase().contains("charset"));
    let covers = |media_type: &str| documented.content.iter().any(|content| content.covers(media_type));
    let is_json_documented = documented.content.iter().any(MediaBody::is_json);
    let mut add = |label: &str, body: (String, Vec<u8>)| {
        let mut step = Wrong::whole(label, "media type").step(base);
        step.body = Some(body);
        steps.push(step);
    };
    if !covers("application/xml") && is_json_documented {
        let body = ("application/xml".to_owned(), b"<counterpart/>".to_vec());
        add("the media type application/xml", body);
    }
    let Some((media_type, octets)) = base.body.as_ref() else { return };
    // Many read whatever comes as what they expect; who documents 415 says that they do not.
    if says && is_json(media_type) {
        for other in ["text/plain", "application/json"].into_iter().filter(|other| !covers(other)) {
            add(&format!("the same octets as {other}"), (other.to_owned(), octets.clone()));
        }
    }
    if says_charset && !media_type.contains(';') {
        let latin = format!("{media_type}; charset=iso-8859-1");
        add("the charset iso-8859-1", (latin, octets.clone()));
    }
    if says && !is_json_documented && !covers("application/json") {
        let value = read_body(operation, base).map(|(_, value)| value).unwrap_or_default();
        add("JSON where it is not documented", ("application/json".to_owned(), value.to_string().into()));
    }
    // A file or a text may be empty, a form that is one text too; and where an object without members is allowed, nothing
    // at all may stand for it.
    let is_structured = is_json(media_type)
        || body::is_xml(media_type)
        || media_type.starts_with("application/x-www-form-urlencoded")
        || media_type.starts_with("multipart/");
    let is_nothing_allowed = read_body(operation, base).is_some_and(|(described, _)| {
        let allows = |schema: &Schema, value| schema.is_valid(Direction::Request, &value) == Ok(true);
        described.schema.as_deref().is_none_or(|schema| {
            allows(schema, json!({})) || (!is_json(media_type) && allows(schema, json!("")))
        })
    });
    if documented.required && is_structured && !operation.is_safe() && !is_nothing_allowed {
        let mut step = Wrong::whole("no body where one is required", "required").step(base);
        step.body = Some((media_type.clone(), Vec::new()));
        steps.push(step);
    }
}

fn invalid_bodies(
    (operation, described): (&Operation, &MediaBody),
    sent: &Value,
    base: &Step,
    tried: &mut Tried,
    steps: &mut Vec<Step>,
) {
    let Some(schema) = described.schema.as_deref() else { return };
    // What another operation has tried of the same schema is tried once for each keyword. A schema that several bodies
    // refer to in a part of theirs is broken in each of them, some times: what reads them may be code of its own.
    let is_new = tried.insert(shared(schema));
    let mut again: HashSet<(&str, String)> = HashSet::new();
    let mut repeated = 0;
    for forbidden in negative::forbidden(schema, sent, "") {
        if !shows_something(operation, schema, &forbidden) {
            continue;
        }
        let is_first = again.insert((forbidden.keyword, forbidden.label.clone()));
        let is_known = !tried.insert(format!("{} {}", forbidden.rule, forbidden.label));
        repeated += usize::from(is_new && is_known && !is_first);
        let is_new = is_new && (!is_known || repeated <= MAX_REPEATED);
        // What must be there is written down for each operation anew by many.
        if !is_new && !is_first && forbidden.keyword != "required" {
            continue;
        }
        let Some(body) = write_body(described, Direction::Request, &forbidden.value) else { continue };
        // In a form every value is text: only what is still forbidden when it is read again counts.
        let is_kept = described.is_json()
            || (is_flat(&forbidden.value)
                && read(described, &body)
                    .is_some_and(|read| schema.is_valid(Direction::Request, &read) == Ok(false)));
        if is_kept {
            let mut step = Wrong::of(At::RequestBody, &forbidden).step(base);
            step.body = Some(body);
            steps.push(step);
        }
    }
}

/// What a body has in common with others: the schema that it refers to, or that of its items.
fn shared(schema: &Schema) -> String {
    let normal = schema.normal(Direction::Request);
    let items = normal.get("items").and_then(|items| items.get("$ref")?.as_str());
    items.and_then(Schema::pointer_of).unwrap_or_else(|| schema.target())
}

/// Choices that only answers have: who reads all of them by one list takes them.
fn answered_choices(
    (operation, described): (&Operation, &MediaBody),
    sent: &Value,
    base: &Step,
    steps: &mut Vec<Step>,
) {
    let Some(schema) = described.schema.as_deref() else { return };
    let answers = operation.successes().into_iter().flat_map(|response| &response.content);
    let Some(answer) = answers.filter(|content| content.is_json()).find_map(|c| c.schema.as_deref()) else {
        return;
    };
    // As it is, or in an envelope.
    let outer = answer.fields(Direction::Response, &[]);
    let inner = outer.keys().flat_map(|name| answer.fields(Direction::Response, &[name.as_str()]));
    let shown: Vec<(String, Field)> = inner.chain(outer.clone()).collect();
    for (name, taken) in schema.fields(Direction::Request, &[]) {
        let more = shown.iter().filter(|(known, _)| *known == name).flat_map(|(_, field)| &field.choices);
        let Some(value) =
            more.filter(|choice| choice.is_string()).find(|choice| !taken.choices.contains(choice))
        else {
            continue;
        };
        let Some(mut body) = sent.as_object().cloned().filter(|_| !taken.choices.is_empty()) else {
            continue;
        };
        body.insert(name.clone(), value.clone());
        let forbidden = Forbidden {
            at: pointer::join("", &name),
            label: format!("{value}, which only answers have"),
            keyword: "enum",
            value: Value::Object(body),
            rule: String::new(),
        };
        let is_forbidden = schema.is_valid(Direction::Request, &forbidden.value) == Ok(false);
        let body = write_body(described, Direction::Request, &forbidden.value);
        if let Some(body) = body.filter(|_| is_forbidden && shows_something(operation, schema, &forbidden)) {
            let mut step = Wrong::of(At::RequestBody, &forbidden).step(base);
            step.body = Some(body);
            steps.push(step);
        }
    }
}

/// Whether it would be a fault to take a forbidden body, and harmless.
fn shows_something(operation: &Operation, schema: &Schema, forbidden: &Forbidden) -> bool {
    let is_null = forbidden.wrong().is_some_and(Value::is_null);
    let last = pointer::tokens(&forbidden.at).last();
    if forbidden.keyword == "type" {
        let allows = |nothing: Value| schema.is_valid(Direction::Request, &nothing) == Ok(true);
        let may_be_shown = match last {
            // Where nothing at all is allowed, anything that holds nothing may stand for it.
            None => !allows(json!({})) && !allows(json!([])),
            // Nothing where an item should be is no item to whoever reads it.
            Some(last) if last.parse::<usize>().is_ok() => !is_null,
            Some(_) => !is_null || operation.method != Method::PATCH || names_null(schema, &forbidden.at),
        };
        if !may_be_shown {
            return false;
        }
    }
    // A server that reads it all the same would act by it.
    let steps: Vec<String> = pointer::tokens(&forbidden.at).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    !runs_by_itself_at(schema, &steps)
}

/// Whether a schema says of other members beside this one that they may be null. In a change null may stand for a member
/// that goes (RFC 7396 §1); who says where it may tells the others by that.
fn names_null(schema: &Schema, at: &str) -> bool {
    let steps: Vec<String> = pointer::tokens(at).collect();
    let around: Vec<&str> = steps.iter().rev().skip(1).rev().map(String::as_str).collect();
    schema.fields(Direction::Request, &around).values().any(|field| field.kinds.null && !field.kinds.object)
}

/// A structure in a field is text to those who want a text.
fn is_flat(value: &Value) -> bool {
    let is_plain = |value: &Value| !value.is_object() && !value.is_null();
    let Some(members) = value.as_object() else { return false };
    members.values().all(|member| match member {
        Value::Array(items) => items.iter().all(|item| is_plain(item) && !item.is_array()),
        member => is_plain(member),
    })
}

/// The body of a plain request as it is read, with what describes it.
pub(in crate::check) fn read_body<'o>(
    operation: &'o Operation,
    base: &Step,
) -> Option<(&'o MediaBody, Value)> {
    let sent = base.body.as_ref()?;
    let essence = sent.0.split(';').next().unwrap_or_default().trim();
    let described = operation.body.as_ref()?.content_for(essence)?;
    Some((described, read(described, sent)?))
}

/// A body as whoever gets it reads it.
pub(in crate::check) fn read(
    described: &MediaBody,
    (media_type, octets): &(String, Vec<u8>),
) -> Option<Value> {
    if is_json(media_type) {
        return serde_json::from_slice(octets).ok();
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).ok()?);
    let essence = media_type_of(&headers)?;
    let is_form = essence == "application/x-www-form-urlencoded" || essence.starts_with("multipart/");
    let octets = Bytes::copy_from_slice(octets);
    match body::read(described, Direction::Request, &essence, &headers, &octets) {
        Ok(body::Body::Value(value)) if is_form => Some(value),
        _ => None,
    }
}
