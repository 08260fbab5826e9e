//! The document of the scripted target.

use serde_json::{Value, json};

/// The document of pets.
pub fn pets() -> Value {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let pet = json!({"$ref": "#/components/schemas/Pet"});
    let item = json!({"name": "petId", "in": "path", "required": true, "schema": {"type": "integer"}});
    let query =
        |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0}});
    let page = json!({"type": "object", "required": ["count", "results"], "properties": {
        "count": {"type": "integer"},
        "next": {"type": ["string", "null"]},
        "results": {"type": "array", "items": pet},
    }});
    let gone =
        json!({"description": "no", "content": content(json!({"type": "object", "required": ["error"]}))});
    let one =
        json!({"200": {"description": "one", "content": content(pet.clone())}, "404": gone, "4XX": gone});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {"operationId": "list", "parameters": [query("limit"), query("offset")],
                    "responses": {"200": {"description": "page", "content": content(page)}, "4XX": gone}},
                "post": {"operationId": "create",
                    "requestBody": {"required": true, "content": content(pet.clone())},
                    "responses": {"201": {"description": "made", "content": content(pet.clone())}, "4XX": gone}},
            },
            "/pets/{petId}": {
                "parameters": [item],
                "get": {"operationId": "read", "responses": one},
                "patch": {"operationId": "change",
                    "requestBody": {"content": content(json!({"type": "object", "properties": {
                        "name": {"type": "string"}, "size": {"type": "integer"}}}))},
                    "responses": one},
                "put": {"operationId": "replace",
                    "requestBody": {"content": content(pet)}, "responses": one},
                "delete": {"operationId": "drop", "responses": {"204": {"description": "gone"}, "404": gone, "4XX": gone}},
            },
        },
        "components": {"schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {
            "id": {"type": "integer", "readOnly": true},
            "name": {"type": "string"},
            "size": {"type": "integer"},
        }}}},
    })
}
