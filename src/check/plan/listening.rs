//! Tells the target where to send callbacks.

use http::uri::PathAndQuery;
use serde_json::Value;

use super::step::{Input, Step};
use super::{Planner, Settings};
use crate::contract::expression::{Named, Part};
use crate::contract::{Contract, Direction, Location, MediaBody, Operation};

impl Planner<'_> {
    /// The address for callbacks of an operation, where callbacks are waited for and it has some.
    fn address(&self, operation: &Operation) -> Option<String> {
        let callbacks = self.settings.callbacks.as_ref()?;
        if self.contract.callbacks(operation.index).is_empty() {
            return None;
        }
        callbacks.address(self.contract, operation.index)
    }

    /// The parts of a request from which the addresses of callbacks are read.
    fn sources(&self, operation: &Operation) -> impl Iterator<Item = &Part> {
        self.contract.callbacks(operation.index).iter().filter_map(|callback| {
            match callback.url.begins_with()? {
                Named::Request(part) => Some(part),
                _ => None,
            }
        })
    }

    /// Puts the address into the body, where its schema takes it.
    pub(super) fn name_in_body(&self, operation: &Operation, described: &MediaBody, body: &mut Value) {
        let Some(address) = self.address(operation) else { return };
        for part in self.sources(operation) {
            let Part::Body(at) = part else { continue };
            let mut other = body.clone();
            if put(&mut other, at, &address)
                && described
                    .schema
                    .as_ref()
                    .is_none_or(|schema| schema.is_valid(Direction::Request, &other) == Ok(true))
            {
                *body = other;
            }
        }
    }

    /// Puts the address into parameters, where their schemas take it.
    pub(super) fn name_in_parameters(
        &self,
        operation: &Operation,
        inputs: &mut Vec<(Location, String, Input)>,
    ) {
        let Some(address) = self.address(operation) else { return };
        for part in self.sources(operation) {
            let (location, name) = match part {
                Part::Query(name) => (Location::Query, name),
                Part::Header(name) => (Location::Header, name),
                Part::Path(_) | Part::Body(_) => continue,
            };
            let Some(parameter) = operation.parameter(location, name) else { continue };
            let value = Value::from(address.as_str());
            let takes =
                |schema: &crate::contract::Schema| schema.is_valid(Direction::Request, &value) == Ok(true);
            if parameter.value_schema().is_none_or(|schema| takes(schema)) {
                inputs.retain(|(known, other, _)| *known != location || *other != parameter.name);
                inputs.push((location, parameter.name.clone(), Input::Value(value)));
            }
        }
    }
}

/// Puts a text at a pointer: in the place of what is there, or as a new member.
fn put(body: &mut Value, at: &str, text: &str) -> bool {
    if let Some(known) = body.pointer_mut(at) {
        *known = Value::from(text);
        return true;
    }
    let Some((above, name)) = at.rsplit_once('/') else { return false };
    let Some(Value::Object(members)) = body.pointer_mut(above) else { return false };
    members.insert(name.replace("~1", "/").replace("~0", "~"), Value::from(text));
    true
}

/// The path of the address that the plain request for an operation names for callbacks; `None` where it names none.
pub(in crate::check) fn named(
    contract: &Contract,
    settings: &Settings,
    steps: &[Step],
    operation: &Operation,
) -> Option<String> {
    let address = settings.callbacks.as_ref()?.address(contract, operation.index)?;
    let mut plain = steps.iter().filter(|step| step.operation == operation.index && step.is_plain());
    let names = |step: &Step| {
        let body = step.body.as_ref().and_then(|(_, octets)| std::str::from_utf8(octets).ok());
        // A form has it in other words.
        let escaped = crate::contract::parameter::escape(&address);
        body.is_some_and(|body| body.contains(&address) || body.contains(&escaped))
            || step
                .inputs
                .iter()
                .any(|(_, _, input)| matches!(input, Input::Value(Value::String(text)) if *text == address))
    };
    plain.any(names).then_some(())?;
    let uri: http::Uri = address.parse().ok()?;
    uri.path_and_query().map(PathAndQuery::path).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("/url", json!({"url": "x"}), Some(json!({"url": "U"})))]
    #[case("/url", json!({}), Some(json!({"url": "U"})))]
    #[case("/a/url", json!({"a": {}}), Some(json!({"a": {"url": "U"}})))]
    #[case("/a/url", json!({}), None)]
    #[case("/url", json!([]), None)]
    fn a_member_is_set(#[case] at: &str, #[case] mut body: Value, #[case] expected: Option<Value>) {
        let is_put = put(&mut body, at, "U");
        assert_eq!(is_put.then_some(body), expected);
    }
}
