use super::*;
use crate::contract::{Direction, Location, Style, build};
use crate::document::Document;

fn document() -> Document {
    let tree = json!({
        "swagger": "2.0", "info": {"title": "Old", "version": "1"},
        "host": "api.example.org", "basePath": "/v2", "schemes": ["https"], "consumes": ["application/json"],
        "securityDefinitions": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "who": {"type": "oauth2", "flow": "application", "tokenUrl": "https://api.example.org/token", "scopes": {"pets:read": ""}},
        },
        "security": [{"who": ["pets:read"]}],
        "parameters": {"Limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 50}},
        "responses": {"Gone": {"description": "Gone", "schema": {"$ref": "#/definitions/Error"}}},
        "definitions": {
            "Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "note": {"type": "string", "x-nullable": true}}},
            "Error": {"type": "object", "properties": {"code": {"type": "integer"}}},
        },
        "paths": {
            "/pets": {
                "parameters": [{"name": "shop", "in": "header", "type": "string"}],
                "get": {
                    "operationId": "list", "produces": ["application/json"],
                    "parameters": [{"$ref": "#/parameters/Limit"}, {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"}],
                    "responses": {"200": {"description": "ok", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}, "headers": {"X-Total": {"type": "integer"}}}, "410": {"$ref": "#/responses/Gone"}},
                },
                "post": {
                    "operationId": "make",
                    "parameters": [{"name": "pet", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Pet"}}],
                    "responses": {"201": {"description": "made"}},
                },
            },
            "/pets/photo": {"post": {
                "operationId": "photo",
                "parameters": [{"name": "file", "in": "formData", "type": "file", "required": true}, {"name": "title", "in": "formData", "type": "string"}],
                "responses": {"204": {"description": "done"}},
            }},
        },
    });
    Document::of("old.json", tree)
}

#[test]
fn a_swagger_document_is_a_contract_like_any_other() {
    let (contract, problems) = build("old", &document()).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(
        (contract.title.as_str(), contract.servers.as_slice()),
        ("Old", &["https://api.example.org/v2".to_owned()][..])
    );
    let list = contract.operation("list").unwrap();
    assert_eq!(list.scopes(), ["pets:read"]);
    let tags = list.parameter(Location::Query, "tags").unwrap();
    assert_eq!((tags.style, tags.explode), (Style::PipeDelimited, false));
    assert!(list.parameter(Location::Header, "shop").is_some());
    let limit = list.parameter(Location::Query, "limit").unwrap().schema.as_ref().unwrap();
    assert_eq!(limit.is_valid(Direction::Request, &json!(51)), Ok(false));
    let pets = list.responses[0].content[0].schema.as_ref().unwrap();
    assert_eq!(pets.is_valid(Direction::Response, &json!([{"name": "x", "note": null}])), Ok(true));
    assert_eq!(pets.is_valid(Direction::Response, &json!([{}])), Ok(false));
    assert_eq!(list.responses[0].headers[0].name, "X-Total");
    assert_eq!(list.response(410).unwrap().content.len(), 1);
    let make = contract.operation("make").unwrap().body.as_ref().unwrap();
    assert!(make.required && make.content[0].media_type == "application/json");
    let photo = contract.operation("photo").unwrap().body.as_ref().unwrap();
    assert!(photo.required && photo.content[0].media_type == "multipart/form-data");
    assert_eq!(contract.schemes["who"].flows[0].token_path(), "token");
}

#[test]
fn places_lead_back_to_the_document() {
    let (_, moved) = swagger(&document().tree);
    let list = "/paths/~1pets/get";
    for (new, old) in [
        (format!("{list}/parameters/0/schema/maximum"), "/parameters/Limit/maximum".to_owned()),
        (
            format!("{list}/responses/200/content/application~1json/schema/items"),
            format!("{list}/responses/200/schema/items"),
        ),
        (
            format!("{list}/responses/410/content/application~1json/schema"),
            "/responses/Gone/schema".to_owned(),
        ),
        (
            "/paths/~1pets/post/requestBody/content/application~1json/schema".to_owned(),
            "/paths/~1pets/post/parameters/0/schema".to_owned(),
        ),
        (
            "/paths/~1pets~1photo/post/requestBody/content/multipart~1form-data/schema/properties/title"
                .to_owned(),
            "/paths/~1pets~1photo/post/parameters/1".to_owned(),
        ),
        ("/components/schemas/Pet/required".to_owned(), "/definitions/Pet/required".to_owned()),
        ("/info".to_owned(), "/info".to_owned()),
    ] {
        assert_eq!(moved.source(&new), old);
    }
}
