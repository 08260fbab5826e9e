//! Callbacks and webhooks.

use http::Method;
use indexmap::IndexMap;

use super::{Builder, METHODS, Node, verb};
use crate::contract::expression::Expression;
use crate::contract::operation::{Operation, OperationId};
use crate::contract::outgoing::{Callback, Webhook};
use crate::contract::path::Template;
use crate::contract::per_operation::PerOperation;
use crate::contract::security::Scheme;

/// More callbacks than these are not read of a document; by references few lines can ask for any number.
const MAX_CALLBACKS: usize = 10_000;

impl<'d> Builder<'d, '_> {
    /// The webhooks of the document; before OpenAPI 3.1 they were usually written as `x-webhooks`.
    pub(super) fn webhooks(&mut self, schemes: &IndexMap<String, Scheme>) -> Vec<Webhook> {
        let found = ["/webhooks", "/x-webhooks"].into_iter().find_map(|at| self.at(at));
        let Some(webhooks) = found.and_then(|found| self.follow(found)) else { return Vec::new() };
        let mut all = Vec::new();
        for (name, item) in webhooks.members().filter(|(name, _)| !name.starts_with("x-")) {
            let operations = self.outgoing(item, schemes, |method| format!("{name}.{method}"));
            all.extend(operations.into_iter().map(|operation| Webhook { name: name.to_owned(), operation }));
        }
        all
    }

    /// The callbacks of each operation. Those of callbacks themselves are left out.
    pub(super) fn callbacks(
        &mut self,
        operations: &[Operation],
        schemes: &IndexMap<String, Scheme>,
    ) -> PerOperation<Vec<Callback>> {
        let mut left = MAX_CALLBACKS;
        operations.iter().map(|operation| self.callbacks_of(operation, schemes, &mut left)).collect()
    }

    fn callbacks_of(
        &mut self,
        operation: &Operation,
        schemes: &IndexMap<String, Scheme>,
        left: &mut usize,
    ) -> Vec<Callback> {
        let mut all = Vec::new();
        let node = self.at(&operation.pointer);
        let Some(callbacks) = node.and_then(|node| self.section(&node, "callbacks")) else { return all };
        for (name, callback) in callbacks.members().filter(|(name, _)| !name.starts_with("x-")) {
            let Some(callback) = self.follow(callback) else { continue };
            for (key, item) in callback.members().filter(|(key, _)| !key.starts_with("x-")) {
                let url = match Expression::parse(key) {
                    Ok(url) => url,
                    Err(why) => {
                        self.warn(&item.pointer, why, "the callback is ignored");
                        continue;
                    }
                };
                if *left == 0 {
                    let message = format!("the document has more than {MAX_CALLBACKS} callbacks");
                    self.problem(&item.pointer, message, "this one and those after it are ignored");
                    return all;
                }
                let id = |method: &str| format!("{}.{name}.{method}", operation.id);
                let operations = self.outgoing(item, schemes, id);
                *left = left.saturating_sub(operations.len().max(1));
                all.extend(operations.into_iter().map(|operation| Callback {
                    name: name.to_owned(),
                    url: url.clone(),
                    operation,
                }));
            }
        }
        all
    }

    /// The operations of a Path Item that others serve.
    fn outgoing(
        &mut self,
        item: Node<'d>,
        schemes: &IndexMap<String, Scheme>,
        id: impl Fn(&str) -> String,
    ) -> Vec<Operation> {
        let Some(item) = self.follow(item) else { return Vec::new() };
        let shared = self.parameters(item.get("parameters"));
        let template = Template::parse("/");
        let mut all = Vec::new();
        for (method, node) in METHODS.iter().filter_map(|method| Some((*method, item.get(method)?))) {
            if !node.value.is_object() {
                self.problem(&node.pointer, "an operation must be an object", "it is ignored");
                continue;
            }
            let Ok(verb) = Method::from_bytes(verb(method).as_bytes()) else { continue };
            // Not one of the contract's.
            let nowhere = OperationId(usize::MAX);
            let mut operation = self.operation((nowhere, &template, verb), &node, &shared, schemes);
            if node.text("operationId").is_none_or(|id| id.trim().is_empty()) {
                operation.id = id(method);
            }
            all.push(operation);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::contract::build;
    use crate::document::Document;

    fn body() -> Value {
        json!({"content": {"application/json": {"schema": {"type": "object"}}}})
    }

    #[test]
    fn callbacks_and_webhooks_are_read() {
        let tree = json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "components": {"callbacks": {"Done": {"{$request.body#/url}": {"post": {"requestBody": body()}}}}},
            "x-webhooks": {"made": {"post": {"operationId": "petMade", "requestBody": body()}}, "x-note": {"post": {}}},
            "paths": {
                "/pets": {"post": {"operationId": "addPet", "responses": {"201": {"description": ""}}, "callbacks": {
                    "done": {"$ref": "#/components/callbacks/Done"},
                    "bad": {"{nothing}": {"post": {}}, "$request.query.x": {"put": {}}},
                }}},
                "/other": {"get": {"responses": {"200": {"description": ""}}}},
            },
        });
        let (contract, problems) = build("t", &Document::of("t", tree)).unwrap();
        let [add, other] = contract.operations.as_slice() else { unreachable!("two operations") };
        let callbacks: Vec<(&str, &str)> = contract
            .callbacks(add.index)
            .iter()
            .map(|callback| (callback.name.as_str(), callback.operation.id.as_str()))
            .collect();
        assert_eq!(callbacks, [("done", "addPet.done.post"), ("bad", "addPet.bad.put")]);
        assert!(contract.callbacks(other.index).is_empty());
        assert!(problems.iter().any(|problem| problem.message.contains("{nothing}")
            || problem.message.contains("\"nothing\" is no runtime expression")));
        let webhooks: Vec<&str> = contract.webhooks.iter().map(|hook| hook.operation.id.as_str()).collect();
        assert_eq!(webhooks, ["petMade"]);
    }

    #[test]
    fn a_document_of_webhooks_alone_can_be_used() {
        let of = |webhooks: Value| {
            let tree =
                json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": webhooks});
            build("t", &Document::of("t", tree))
        };
        let made = json!({"post": {"requestBody": body(), "responses": {"200": {"description": "thanks"}}}});
        let (contract, problems) = of(json!({"made": made})).unwrap();
        assert_eq!((contract.operations.len(), contract.webhooks.len(), problems.len()), (0, 1, 0));
        assert!(of(json!({})).is_err());
    }
}
