//! Everything of an operation that a request can show.

use std::collections::HashMap;
use std::sync::Arc;

use super::collected::{Collected, Point, Wire};
use super::place::{Met, Place};
use crate::contract::body::Body;
use crate::contract::schema::Outline;
use crate::contract::{Location, MediaBody, Operation, Parameter, Schema};
use crate::judge::{At, Kind, Received, Violation};
use crate::run::PointKind;

/// How deep a value is looked into, itself included: a schema may contain itself.
const MAX_DEPTH: usize = 5;
/// Most places of a value: of one that has more, only what is less deep is looked at.
const MAX_PLACES: usize = 300;
/// Most schemas whose outlines are kept.
const MAX_KEPT: usize = 100;
/// So many reasons are worked out of one value: where there are as many, there may be more.
const MAX_REASONS: usize = 20;

/// Everything of an operation that a request can show.
#[derive(Debug, Default)]
pub struct Points {
    all: Vec<Point>,
    /// By parameter, in the order of the operation.
    parameters: Vec<Place>,
    /// By content of the body, in the order of the operation: the body itself, and an item of a stream.
    bodies: Vec<(Place, Place)>,
    /// That a body which must be there is left out.
    no_body: Option<usize>,
}

/// Outlines of schemas that several operations refer to, worked out once.
#[derive(Debug, Default)]
pub struct Outlines(HashMap<String, Arc<Outline>>);

impl Outlines {
    fn of(&mut self, schema: Option<&Arc<Schema>>) -> Arc<Outline> {
        let Some(schema) = schema else { return Arc::default() };
        let worked_out = || Arc::new(schema.outline_within(MAX_DEPTH, MAX_PLACES));
        let Some(address) = schema.refers_to() else { return worked_out() };
        match self.0.get(&address) {
            Some(known) => Arc::clone(known),
            None if self.0.len() >= MAX_KEPT => worked_out(),
            None => Arc::clone(self.0.entry(address).or_insert_with(worked_out)),
        }
    }
}

impl Points {
    /// Those of an operation.
    pub fn of(operation: &Operation, outlines: &mut Outlines) -> Self {
        let mut collected = Collected::default();
        let parameters =
            operation.parameters.iter().map(|parameter| of_parameter(parameter, outlines, &mut collected));
        let parameters = parameters.collect();
        let contents = operation.body.iter().flat_map(|body| &body.content);
        let bodies = contents.map(|content| of_content(content, outlines, &mut collected)).collect();
        let no_body = operation.body.as_ref().filter(|body| body.required);
        let no_body = no_body.and_then(|_| collected.point(PointKind::Invalid, "body required".to_owned()));
        Self { all: collected.into_all(), parameters, bodies, no_body }
    }

    /// All of them.
    pub fn all(&self) -> &[Point] {
        &self.all
    }

    /// Which of them a request shows, as places among all, each once. `violations` are those of the request;
    /// `is_wanted` says of which it matters.
    pub fn met(
        &self,
        received: &Received<'_>,
        violations: &[Violation],
        is_wanted: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut met = Met { points: Vec::new(), is_wanted };
        for ((parameter, value), place) in received.parameters.iter().zip(&self.parameters) {
            let is_own = |violation: &&Violation| {
                matches!(&violation.at, At::Parameter(location, name)
                    if *location == parameter.location && *name == parameter.name)
            };
            let violations = violations.iter().filter(is_own);
            match value {
                Some(value) => measure(place, std::slice::from_ref(value), violations, &mut met),
                None => met.add(place.left_out),
            }
        }
        let of_body = || violations.iter().filter(|violation| violation.at == At::RequestBody);
        if of_body().any(|violation| violation.kind == Kind::Missing) {
            met.add(self.no_body);
        }
        if let Some((described, Ok(body))) = &received.body {
            let contents = received.operation.body.iter().flat_map(|body| &body.content);
            let place = contents.zip(&self.bodies).find(|(content, _)| std::ptr::eq(*content, *described));
            match (body, place) {
                (Body::Value(value), Some((_, (whole, _)))) => {
                    measure(whole, std::slice::from_ref(value), of_body(), &mut met);
                }
                (Body::Items(items), Some((_, (_, list)))) => measure(list, items, of_body(), &mut met),
                _ => {}
            }
        }
        met.points.sort_unstable();
        met.points.dedup();
        met.points
    }
}

/// Adds what values at one place show: a value, or each item of a stream.
fn measure<'v>(
    place: &Place,
    values: &[serde_json::Value],
    violations: impl Iterator<Item = &'v Violation>,
    met: &mut Met<'_>,
) {
    let mut broken = Vec::new();
    let mut is_known = true;
    let mut reasons = 0;
    for violation in violations {
        let Some(mismatch) = &violation.mismatch else {
            is_known &= violation.kind != Kind::Unjudged;
            continue;
        };
        reasons += 1;
        is_known &= place.broken(mismatch, met, &mut broken);
    }
    let mut kept = Met { points: Vec::new(), ..*met };
    let item = place.items.as_deref().filter(|_| place.is_stream).unwrap_or(place);
    for value in values {
        item.met(value, met, &mut kept);
    }
    if is_known && reasons < MAX_REASONS {
        met.points.extend(kept.points.into_iter().filter(|at| !broken.contains(at)));
    }
}

fn of_parameter(parameter: &Parameter, outlines: &mut Outlines, collected: &mut Collected) -> Place {
    let name = format!("{}.{}", parameter.location, parameter.name);
    let wire = if parameter.location == Location::Path { Wire::Path } else { Wire::Text };
    let outline = outlines.of(parameter.value_schema());
    let mut place = Place::of(&outline, &name, wire, collected);
    if parameter.required && wire != Wire::Path {
        place.left_out = collected.point(PointKind::Invalid, format!("{name} required"));
    }
    place.sent = collected.point(PointKind::Parameters, name);
    place
}

fn of_content(content: &MediaBody, outlines: &mut Outlines, collected: &mut Collected) -> (Place, Place) {
    let wire = if content.is_json() { Wire::Json } else { Wire::Text };
    let whole = Place::of(&outlines.of(content.schema.as_ref()), "body", wire, collected);
    let item = Place::of(&outlines.of(content.item_schema.as_ref()), "body/*", wire, collected);
    (whole, Place::stream(item))
}

#[cfg(test)]
mod tests;
