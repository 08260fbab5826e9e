//! Variants of the plain request: other media types, values that the document names, and what is unknown.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::{Input, Planner, Step, destroys};
use crate::contract::body::{self, Body};
use crate::contract::media_type::MediaType;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, MediaBody, Operation, Schema, examples, is_json};
use crate::generate::request::write_body;
use crate::generate::variation;
use crate::judge::exchange::{Intent, Place, Valid};
use crate::resources::{self, Collection, Resources};

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
        for parameter in operation.parameters.iter().filter(|known| known.location != Location::Path) {
            let (location, name) = (parameter.location, parameter.name.as_str());
            if self.fixed(operation, parameter).is_some() {
                continue;
            }
            let is_query = location == Location::Query;
            let is_order = Resources::orders(operation, parameter);
            // The example of a mark belongs to a page of another list.
            let is_mark = self.resources.is_mark(operation.index, name);
            if parameter.schema.is_none() || is_order || is_mark {
                continue;
            }
            let values = variation::named_values(parameter).into_iter();
            let mut values: Vec<_> = values
                .map(|one| (one.label, one.value, one.is_named && !is_of_length(one.keyword)))
                .collect();
            let example = examples::of_parameter(parameter).next().filter(|_| is_query);
            values.extend(example.map(|(_, value)| (format!("the example {value}"), value, true)));
            if is_query && self.resources.is_place_in_list(operation.index, name) {
                // How far a list goes is the target's to know.
                let schema = parameter.value_schema();
                let least = schema.map_or(0, |schema| {
                    let view = View::of(schema, Direction::Request);
                    view.nodes().filter_map(|node| node.get("minimum")?.as_u64()).max().unwrap_or(0)
                });
                values.retain(|(_, value, _)| value.as_u64().is_none_or(|place| place <= least));
            }
            for (label, value, is_named) in values {
                let place = Place::parameter(location, name);
                let valid = if is_named { Valid::Named } else { Valid::Open };
                let label = format!("{name} = {label}");
                let intent = Intent::Valid(valid(place));
                let mut step = Step { label, intent, access: None, ..base.clone() };
                step.inputs.retain(|(l, n, _)| *l != location || n != name);
                step.inputs.push((location, name.to_owned(), Input::Value(value)));
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
        // Nor where the plain request itself asks for a made-up one.
        let is_made_up = |(location, name, input): &(Location, String, Input)| {
            *location == Location::Path && name == target && matches!(input, Input::Value(_))
        };
        if !known.is_some_and(Collection::names_objects) || base.inputs.iter().any(is_made_up) {
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

    /// The plain body in the other media types that the document names.
    pub(super) fn twins(operation: &Operation, base: &Step, steps: &mut Vec<Step>) {
        if operation.is_safe() || destroys(operation) {
            return;
        }
        let Some((described, _, sent)) = json_body(operation, base) else { return };
        let others = operation.body.iter().flat_map(|body| &body.content);
        for other in others.filter(|other| other.media_type != described.media_type) {
            let written = write_body(other, Direction::Request, &sent);
            // What was a number in JSON may be a text in a form, and then match another alternative.
            if let Some(body) = written.filter(|body| reads_as_allowed(other, body)) {
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
}

/// Whether a keyword bounds the length of a text alone: what a text has to say, as a key to sort by, it leaves open.
fn is_of_length(keyword: &str) -> bool {
    ["minLength", "maxLength"].contains(&keyword)
}

/// Whether a body is allowed as it is read from its octets; what cannot be read as a value is not known to be wrong.
fn reads_as_allowed(described: &MediaBody, (media_type, octets): &(String, Vec<u8>)) -> bool {
    let Some(schema) = described.schema.as_deref() else { return true };
    let (essence, octets) = (MediaType::parse(media_type).essence, Bytes::from(octets.clone()));
    // It has the boundary of a form with several parts.
    let headers =
        HeaderValue::from_str(media_type).map(|value| HeaderMap::from_iter([(CONTENT_TYPE, value)]));
    match body::read(described, Direction::Request, &essence, &headers.unwrap_or_default(), &octets) {
        Ok(Body::Value(value)) => schema.is_valid(Direction::Request, &value) != Ok(false),
        _ => true,
    }
}

/// The JSON body of a plain request, with what describes it.
pub(super) fn json_body<'o>(
    operation: &'o Operation,
    base: &Step,
) -> Option<(&'o MediaBody, &'o Schema, Value)> {
    let described = operation.body.as_ref()?.content.iter().find(|content| content.is_json())?;
    let (media_type, octets) = base.body.as_ref()?;
    let sent = is_json(media_type).then(|| serde_json::from_slice(octets).ok())??;
    Some((described, described.schema.as_ref()?, sent))
}
