use super::*;
use crate::contract::StatusKey;
use serde_json::json;

fn contract(tree: Value) -> (Contract, Vec<Problem>) {
    let document = Document::of("t.yaml", tree);
    build("t", &document).unwrap()
}

#[test]
fn reads_what_an_operation_says() {
    let (contract, problems) = contract(json!({
        "openapi": "3.0.3",
        "info": {"title": "T", "version": 1},
        "servers": [{"url": "https://x.example/{v}/", "variables": {"v": {"default": "v1"}}}],
        "security": [{"key": ["pet:read"]}],
        "paths": {"/pets/{petId}": {
            "parameters": [{"$ref": "#/components/parameters/Pet"}],
            "get": {"responses": {"200": {"description": "x"}, "4XX": {"description": "y"}, "default": {"description": "z"}}},
            "delete": {"operationId": "drop", "security": [], "responses": {"204": {"description": "gone"}}},
        }},
        "components": {
            "parameters": {"Pet": {"name": "petId", "in": "path", "required": true, "schema": {"type": "integer"}}},
            "securitySchemes": {"key": {"type": "http", "scheme": "Bearer"}},
        },
    }));
    assert_eq!(problems, []);
    let get = &contract.operations[0];
    assert_eq!((get.id.as_str(), get.path()), ("get_pets_petId", "/pets/{petId}"));
    assert_eq!(get.scopes(), ["pet:read"]);
    assert_eq!(get.response(404).unwrap().status, StatusKey::Class(4));
    assert_eq!(get.response(500).unwrap().status, StatusKey::Default);
    assert!(get.documents(404) && !get.documents(500));
    assert!(contract.operations[1].is_open());
    assert_eq!(*contract.base_paths, ["/v1"]);
    assert_eq!(contract.find("/pets/3").unwrap().operations, [0, 1].map(OperationId));
    assert_eq!(contract.version, "1");
}

#[test]
fn one_broken_part_stops_nothing_else() {
    let (contract, problems) = contract(json!({
        "openapi": "3.1.0",
        "paths": {
            "bad": {},
            "/a/{x}": {"get": {
                "operationId": "a",
                "parameters": [
                    {"in": "query"}, {"$ref": "#/nowhere"}, {"$ref": "#/loop"}, {"name": "q", "in": "body"},
                    {"name": "b", "in": "query"}, {"name": "b", "in": "query"}, {"name": "b", "in": "query", "required": true},
                ],
                "responses": {"2000": {}},
            }},
            "/b": {"get": {"operationId": "a", "responses": {"200": {}}}, "put": 1, "GET": {}, "x-b": 1, "summary": "b"},
        },
        "loop": {"$ref": "#/loop"},
    }));
    assert_eq!(contract.operations.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["a", "a-2"]);
    let mut places: Vec<_> = problems.iter().map(|p| p.place.pointer.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/paths/bad",
            "/paths/~1a~1{x}/get",
            "/paths/~1a~1{x}/get",
            "/paths/~1a~1{x}/get/parameters/0",
            "/paths/~1a~1{x}/get/parameters/1/$ref",
            "/paths/~1a~1{x}/get/parameters/2",
            "/paths/~1a~1{x}/get/parameters/3",
            "/paths/~1a~1{x}/get/parameters/6",
            "/paths/~1a~1{x}/get/responses/2000",
            "/paths/~1b/GET",
            "/paths/~1b/get/operationId",
            "/paths/~1b/put",
        ]
    );
}

#[test]
fn a_reference_may_stand_for_a_whole_list() {
    let (contract, problems) = contract(json!({
        "openapi": "3.0.3",
        "servers": {"$ref": "#/x/servers"},
        "paths": {"/a/{id}": {
            "parameters": [{"$ref": "#/x/list"}],
            "get": {
                "parameters": {"$ref": "#/x/list"},
                "responses": {"$ref": "#/x/responses"},
            },
        }},
        "x": {
            "list": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
                {"$ref": "#/x/one"},
            ],
            "one": {"name": "q", "in": "query", "schema": {"type": "string"}},
            "servers": [{"url": "/v2"}],
            "responses": {"200": {
                "description": "x",
                "headers": {"$ref": "#/x/headers"},
                "content": {"$ref": "#/x/content"},
            }},
            "headers": {"x-a": {"schema": {"type": "string"}}},
            "content": {"text/plain": {"examples": {"$ref": "#/x/examples"}}},
            "examples": {"b": {"value": "c"}},
        },
    }));
    assert_eq!(problems, []);
    let get = &contract.operations[0];
    let names: Vec<&str> = get.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!((names, &*get.base_paths), (vec!["id", "q"], &["/v2".to_owned()][..]));
    let response = get.response(200).unwrap();
    assert_eq!(response.headers[0].name, "x-a");
    assert_eq!(response.content[0].examples, [("b".to_owned(), json!("c"))]);
}

#[test]
fn what_frames_a_message_is_no_header_of_its_own() {
    let (contract, problems) =
        contract(json!({"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": {
            "description": "x",
            "headers": {"Content-Length": {"required": true}, "Transfer-Encoding": {}, "ETag": {}},
        }}}}}}));
    let names: Vec<&str> =
        contract.operations[0].responses[0].headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!((names, problems.len()), (vec!["ETag"], 2));
}

#[test]
fn too_many_servers_are_those_of_the_defaults() {
    let values: Vec<String> = (0..11).map(|value| value.to_string()).collect();
    let variable = json!({"default": "0", "enum": values});
    let (contract, problems) = contract(json!({
        "openapi": "3.0.3",
        "servers": [{"url": "/{a}/{b}", "variables": {"a": variable, "b": variable, "c": variable}}],
        "paths": {"/a": {"get": {"responses": {"200": {"description": "x"}}}}},
    }));
    assert_eq!((contract.base_paths.len(), problems.len()), (11, 1));
    assert_eq!(contract.base_paths[10], "/10/0");
}

#[test]
fn what_is_no_openapi_document_is_refused() {
    for tree in [
        json!([]),
        json!({}),
        json!({"swagger": "2.0"}),
        json!({"openapi": "4.0"}),
        json!({"openapi": "3.0.0", "paths": {}}),
    ] {
        let document = Document::of("t", tree);
        assert!(build("t", &document).is_err());
    }
}

/// A response that is described elsewhere is documented all the same, and nothing is known of its content.
#[test]
fn a_response_that_nobody_can_read_is_documented() {
    let (contract, problems) = contract(json!({"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {
        "200": {"$ref": "https://example.org/a.yaml#/responses/A"}, "404": {"$ref": "#/components/responses/B"}}}}}}));
    let get = &contract.operations[0];
    assert!(get.documents(200) && get.documents(404) && !get.documents(400));
    let content = get.response(200).unwrap().content_for("text/html").unwrap();
    assert!(content.schema.as_ref().unwrap().compile(crate::contract::Direction::Response).is_err());
    assert_eq!(problems.len(), 1, "what is elsewhere is told where documents are loaded: {problems:?}");
}

/// A charset says nothing to JSON: what is described with one is described without.
#[test]
fn json_with_and_without_a_charset_has_one_schema() {
    let schema = json!({"type": "object", "required": ["a"]});
    let content = json!({
        "application/json": {"example": {"a": 1}},
        "application/json; charset=utf-8": {"schema": schema},
        "application/json; version=2": {},
        "text/plain": {},
        "text/plain; charset=utf-8": {"schema": {"type": "string"}},
    });
    let get = json!({"responses": {"200": {"description": "x", "content": content}}});
    let (contract, _) = contract(json!({"openapi": "3.1.0", "paths": {"/x": {"get": get}}}));
    let content = &contract.operations[0].responses[0].content;
    let described: Vec<bool> = content.iter().map(|body| body.schema.is_some()).collect();
    assert_eq!(described, [true, true, false, false, true]);
}
