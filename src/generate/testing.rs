//! A request body of one schema, for the unit tests of generators.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::contract::{Schema, build};
use crate::document::Document;

/// A schema, as that of a JSON request body.
pub fn schema_of(schema: &Value) -> Arc<Schema> {
    let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"post": {
        "requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": {}},
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    contract.operations[0].body.as_ref().unwrap().content[0].schema.clone().unwrap()
}
