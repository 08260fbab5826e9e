//! Variants of the plain request: values that the document lists, and values that it forbids.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::{Input, Planner, Step, destroys};
use crate::contract::{Direction, Location, MediaBody, Operation, Schema, body, examples, is_json};
use crate::exchange::media_type as media_type_of;
use crate::generate::negative;
use crate::generate::request::write_body;
use crate::judge::At;
use crate::judge::exchange::{Intent, Invalid, Place, Valid};
use crate::resources::{self, Collection, Resources, Role};

impl Planner<'_> {
    /// Other documented media types, and the values that the document names for its parameters.
    pub(super) fn variants(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        let named = |label: String, place: Place| Step {
            label,
            intent: Intent::Valid(Valid::Named(place)),
            access: None,
            ..base.clone()
        };
        let mut types: Vec<&str> = Vec::new();
        for content in operation.successes().iter().flat_map(|r| &r.content) {
            if !types.contains(&content.media_type.as_str()) && !content.media_type.contains('*') {
                types.push(&content.media_type);
            }
        }
        if types.len() > 1 {
            for media_type in types {
                let mut step =
                    named(format!("as {media_type}"), Place::parameter(Location::Header, "Accept"));
                step.accept = Some(media_type.to_owned());
                steps.push(step);
            }
        }
        for parameter in operation.parameters_in(Location::Query) {
            if self.fixed(operation, parameter).is_some() {
                continue;
            }
            let is_order = Resources::orders(operation, &parameter.name);
            // The example of a mark belongs to a page of another list.
            let is_mark = self.resources.is_mark(operation.index, &parameter.name);
            if parameter.schema.is_none() || is_order || is_mark {
                continue;
            }
            let mut values = negative::named_values(parameter);
            values.extend(examples::of_parameter(parameter).next().map(|(_, value)| negative::Variant {
                label: format!("the example {value}"),
                keyword: "example",
                value,
                coercible: false,
            }));
            for variant in values {
                let place = Place::parameter(Location::Query, parameter.name.as_str());
                let mut step = named(format!("{} = {}", parameter.name, variant.label), place);
                step.inputs.retain(|(l, n, _)| *l != Location::Query || *n != parameter.name);
                step.inputs.push((Location::Query, parameter.name.clone(), Input::Value(variant.value)));
                steps.push(step);
            }
        }
    }

    /// Nought for a plain whole number in the path, which the document allows where it names no bound.
    pub(super) fn noughts(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        for (location, name, input) in &base.inputs {
            let (Location::Path, Input::Value(value)) = (*location, input) else { continue };
            let Some(parameter) = operation.parameter(Location::Path, name) else { continue };
            let names_object = self
                .resources
                .of_parameter(operation.index, name)
                .and_then(|index| self.resources.collection(index))
                .is_some_and(Collection::is_counted);
            let nought = Value::from(0);
            let allows = |schema: &Schema| schema.is_valid(Direction::Request, &nought) == Ok(true);
            let is_free = self.fixed(operation, parameter).is_none() && !names_object;
            if is_free
                && value.is_number()
                && *value != nought
                && parameter.value_schema().is_some_and(|schema| allows(schema))
            {
                let mut step = Step {
                    label: format!("{name} = 0"),
                    intent: Intent::Valid(Valid::MadeUp),
                    access: None,
                    ..base.clone()
                };
                step.inputs.retain(|(l, n, _)| *l != Location::Path || n != name);
                step.inputs.push((Location::Path, name.clone(), Input::Value(nought)));
                steps.push(step);
            }
        }
    }

    pub(super) fn unknown_id(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        let Some(target) = self.resources.target(operation) else { return };
        // Where no answer names such objects, it is unknown which exist: it may be a plain value, of which
        // none is unknown.
        let collection = self.resources.of_parameter(operation.index, target);
        let known = collection.and_then(|index| self.resources.collection(index));
        if !known.is_some_and(Collection::names_objects) {
            return;
        }
        let fixed = operation
            .parameter(Location::Path, target)
            .is_some_and(|parameter| self.fixed(operation, parameter).is_some());
        let Some(id) = (!fixed).then(|| resources::unknown_id(operation, target)).flatten() else { return };
        let mut step = Step {
            label: format!("an unknown {target}"),
            intent: Intent::UnknownId,
            access: None,
            ..base.clone()
        };
        step.inputs.retain(|(l, n, _)| *l != Location::Path || n != target);
        step.inputs.push((Location::Path, target.to_owned(), Input::Value(id)));
        steps.push(step);
    }

    /// Values that the document names for members of a body, one at a time, on an object of this
    /// run's own.
    pub(super) fn named_members(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        let owns = base.inputs.iter().any(|(_, _, input)| matches!(input, Input::Own(_)));
        if !owns || !matches!(self.resources.role(operation.index), Some((_, Role::Update | Role::Replace))) {
            return;
        }
        let Some((described, schema, sent)) = json_body(operation, base) else { return };
        for (at, variant) in negative::named_members(schema, &sent) {
            let body = negative::with_member(&sent, &at, &variant);
            steps.push(Step {
                label: format!("{at}: {}", variant.label),
                intent: Intent::Valid(Valid::Named(Place { at: At::RequestBody, instance: at.clone() })),
                access: None,
                body: write_body(described, Direction::Request, &body),
                ..base.clone()
            });
        }
    }

    /// The plain body in the other media types that the document names.
    pub(super) fn twins(operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        if operation.is_safe() || destroys(operation) {
            return;
        }
        let Some((described, _, sent)) = json_body(operation, base) else { return };
        let others = operation.body.iter().flat_map(|body| &body.content);
        for other in others.filter(|other| other.media_type != described.media_type) {
            if let Some(body) = write_body(other, Direction::Request, &sent) {
                steps.push(Step {
                    label: format!("as {}", other.media_type),
                    intent: Intent::Valid(Valid::MadeUp),
                    access: None,
                    body: Some(body),
                    ..base.clone()
                });
            }
        }
    }

    pub(super) fn invalid(&self, operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        let broken = |at: At, instance: &str, label: String, keyword: &'static str, coercible: bool| Step {
            label: format!("{at}{instance}: {label}"),
            intent: Intent::Invalid(Invalid { at, instance: instance.to_owned(), label, keyword, coercible }),
            access: None,
            ..base.clone()
        };
        for (location, name, variant) in negative::forbidden_parameters(operation) {
            let fixed =
                operation.parameter(location, &name).is_some_and(|p| self.fixed(operation, p).is_some());
            if fixed || (location == Location::Query && Resources::orders(operation, &name)) {
                continue;
            }
            let at = At::Parameter(location, name.clone());
            let mut step = broken(at, "", variant.label, variant.keyword, false);
            step.inputs.retain(|(l, n, _)| *l != location || *n != name);
            step.inputs.push((location, name, Input::Value(variant.value)));
            steps.push(step);
        }
        // Invalid input to what destroys could destroy; it goes nowhere.
        let Some(documented) = operation.body.as_ref().filter(|_| !destroys(operation)) else { return };
        let Some(described) = documented.content.iter().find(|content| is_json(&content.media_type)) else {
            for (at, variant, body) in forbidden_fields(operation, base) {
                let mut step = broken(At::RequestBody, &at, variant.label, variant.keyword, false);
                step.body = Some(body);
                steps.push(step);
            }
            return;
        };
        let mut malformed =
            broken(At::RequestBody, "", "JSON that ends too early".to_owned(), "syntax", false);
        malformed.body = Some((described.media_type.clone(), b"{\"counterpart\": ".to_vec()));
        steps.push(malformed);
        if !documented.content.iter().any(|content| content.covers("application/xml")) {
            let mut odd =
                broken(At::RequestBody, "", "the media type application/xml".to_owned(), "media type", false);
            odd.body = Some(("application/xml".to_owned(), b"<counterpart/>".to_vec()));
            steps.push(odd);
        }
        let sent: Option<Value> =
            base.body.as_ref().and_then(|(_, octets)| serde_json::from_slice(octets).ok());
        let (Some(schema), Some(sent)) = (&described.schema, sent) else { return };
        for (at, variant) in negative::forbidden_members(schema, &sent) {
            let body = negative::with_member(&sent, &at, &variant);
            let mut step = broken(At::RequestBody, &at, variant.label, variant.keyword, variant.coercible);
            step.body = write_body(described, Direction::Request, &body);
            steps.push(step);
        }
    }
}

/// A body that its schema forbids: where, in which way, and its octets.
type Forbidden = (String, negative::Variant, (String, Vec<u8>));

/// Fields of a form with what their schemas forbid. In a form every value is text, so that only counts
/// what is still forbidden when it is read again.
fn forbidden_fields(operation: &Operation, base: &Step) -> Vec<Forbidden> {
    let Some((media_type, octets)) = &base.body else { return Vec::new() };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let described = operation.body.as_ref().and_then(|documented| documented.content_for(essence));
    let Some((described, schema)) = described.and_then(|d| Some((d, d.schema.as_ref()?))) else {
        return Vec::new();
    };
    let read = |(media_type, octets): &(String, Vec<u8>)| -> Option<Value> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).ok()?);
        let essence = media_type_of(&headers)?;
        let is_form = essence == "application/x-www-form-urlencoded" || essence.starts_with("multipart/");
        let octets = Bytes::copy_from_slice(octets);
        match body::read(described, Direction::Request, &essence, &headers, &octets) {
            Ok(body::Body::Value(value)) if is_form => Some(value),
            _ => None,
        }
    };
    let Some(sent) = read(&(media_type.clone(), octets.clone())) else { return Vec::new() };
    // Of a form that says less than its schema wants to know, nothing can be left out to any effect.
    if schema.is_valid(Direction::Request, &sent) == Ok(false) {
        return Vec::new();
    }
    // A structure in a field is text to those who want a text.
    let is_plain = |variant: &negative::Variant| !variant.value.is_object() && !variant.value.is_array();
    let variants = negative::forbidden_members(schema, &sent).into_iter();
    let variants = variants.filter(|(_, variant)| is_plain(variant));
    let written = variants.filter_map(|(at, variant)| {
        let changed = negative::with_member(&sent, &at, &variant);
        let body = write_body(described, Direction::Request, &changed)?;
        let is_forbidden = schema.is_valid(Direction::Request, &read(&body)?) == Ok(false);
        is_forbidden.then_some((at, variant, body))
    });
    written.collect()
}

/// The JSON body of a plain request, with what describes it.
fn json_body<'o>(operation: &'o Operation, base: &Step) -> Option<(&'o MediaBody, &'o Schema, Value)> {
    let described = operation.body.as_ref()?.content.iter().find(|content| is_json(&content.media_type))?;
    let (media_type, octets) = base.body.as_ref()?;
    let sent = is_json(media_type).then(|| serde_json::from_slice(octets).ok())??;
    Some((described, described.schema.as_ref()?, sent))
}
