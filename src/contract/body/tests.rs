use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::contract::{Contract, build};
use crate::document::Document;

fn contract(media_type: &str, schema: &Value, encoding: &Value) -> Contract {
    let content = json!({media_type: {"schema": schema, "encoding": encoding}});
    let document = Document::of(
        "t",
        json!({
            "openapi": "3.1.0",
            "components": {"schemas": {
                "Tag": {"type": "object", "xml": {"name": "tag"}, "properties": {
                    "id": {"type": "integer", "xml": {"attribute": true}}, "name": {"type": "string"},
                }},
                "Pet": {"type": "object", "required": ["names"], "properties": {
                    "id": {"type": "integer", "xml": {"attribute": true}},
                    "names": {"type": "array", "items": {"type": "string"}},
                    "tags": {"type": "array", "xml": {"name": "tagged", "wrapped": true}, "items": {"$ref": "#/components/schemas/Tag"}},
                    "born": {"type": ["string", "null"]},
                    "good": {"type": "boolean"},
                }},
            }},
            "paths": {"/a": {"post": {"requestBody": {"content": content}, "responses": {"200": {}}}}},
        }),
    );
    build("t", &document).unwrap().0
}

/// A value as a body, in which no part has headers that the document wants.
fn plainly(described: &MediaBody, value: &Value) -> Option<(String, Vec<u8>)> {
    write(described, Direction::Request, value, &|_| None)
}

fn body_of(contract: &Contract) -> &MediaBody {
    &contract.operations[0].body.as_ref().unwrap().content[0]
}

fn back(described: &MediaBody, written: &(String, Vec<u8>)) -> Result<Body, String> {
    let (content_type, octets) = written;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    let media_type = content_type.split(';').next().unwrap();
    read(described, Direction::Request, media_type, &headers, &octets.clone().into())
}

fn written(media_type: &str, schema: &Value, value: &Value) -> (String, Option<Body>) {
    let contract = contract(media_type, schema, &json!({}));
    let described = body_of(&contract);
    let written = plainly(described, value).unwrap();
    let text = String::from_utf8(written.1.clone()).unwrap();
    (text.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", ""), back(described, &written).ok())
}

#[rstest]
#[case::members(
    json!({"$ref": "#/components/schemas/Pet"}),
    json!({"id": 1, "names": ["a", "b"], "tags": [{"id": 2, "name": "x"}], "born": null, "good": true}),
    "<Pet id=\"1\"><names>a</names><names>b</names><tagged><tag id=\"2\"><name>x</name></tag></tagged>\
     <born xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/><good>true</good></Pet>"
)]
#[case::an_empty_required_list_leaves_no_trace(
    json!({"$ref": "#/components/schemas/Pet"}), json!({"names": []}), "<Pet></Pet>"
)]
#[case::a_list_is_the_root(
    json!({"type": "array", "xml": {"name": "pets"}, "items": {"$ref": "#/components/schemas/Tag"}}),
    json!([{"id": 1, "name": "a"}]),
    "<pets><tag id=\"1\"><name>a</name></tag></pets>"
)]
#[case::namespaces(
    json!({"type": "object", "xml": {"name": "pet", "namespace": "http://e.org/p", "prefix": "p"}, "properties": {
        "name": {"type": "string", "xml": {"prefix": "p"}}, "kind": {"type": "string", "xml": {"prefix": "lost"}},
    }}),
    json!({"name": "a", "kind": "b"}),
    "<p:pet xmlns:p=\"http://e.org/p\"><p:name>a</p:name><kind>b</kind></p:pet>"
)]
#[case::wrapped_items_take_the_name_of_the_wrapper(
    json!({"type": "object", "xml": {"name": "r"}, "properties": {
        "animals": {"type": "array", "xml": {"name": "aliens", "wrapped": true}, "items": {"type": "string"}},
    }}),
    json!({"animals": ["a"]}),
    "<r><aliens><aliens>a</aliens></aliens></r>"
)]
#[case::text_beside_attributes(
    json!({"type": "object", "xml": {"name": "r"}, "properties": {
        "lang": {"type": "string", "xml": {"nodeType": "attribute"}}, "said": {"type": "string", "xml": {"nodeType": "text"}},
    }}),
    json!({"lang": "de\n", "said": "a < b & c\r\n"}),
    "<r lang=\"de&#10;\">a &lt; b &amp; c&#13;\n</r>"
)]
#[case::members_by_any_name(
    json!({"type": "object", "additionalProperties": {"type": "integer"}}), json!({"a": 1, "b": 2}), "<root><a>1</a><b>2</b></root>"
)]
fn xml_by_the_schema(#[case] schema: Value, #[case] value: Value, #[case] text: &str) {
    let (xml, read) = written("application/xml", &schema, &value);
    assert_eq!(xml, text);
    assert_eq!(read, Some(Body::Value(value)));
}

#[rstest]
#[case("<Pet><names>a</Pet>", "expected")]
#[case("<Pet>&bomb;</Pet>", "unknown entity &bomb;")]
#[case("<Pet/><Pet/>", "a second root element")]
#[case("", "the root element is missing")]
#[case("<Pet><names>", "not closed")]
#[case("x<Pet/>", "text outside")]
fn xml_that_is_none(#[case] text: &str, #[case] message: &str) {
    let contract = contract("application/xml", &json!({"$ref": "#/components/schemas/Pet"}), &json!({}));
    let why =
        back(body_of(&contract), &("application/xml".to_owned(), text.as_bytes().to_vec())).unwrap_err();
    assert!(why.contains(message), "{why}");
    let deep = "<a>".repeat(100_000);
    back(body_of(&contract), &("application/xml".to_owned(), deep.into_bytes())).unwrap_err();
}

#[test]
fn xml_with_another_root_is_refused_and_another_prefix_is_not() {
    let contract = contract("application/xml", &json!({"$ref": "#/components/schemas/Tag"}), &json!({}));
    let read =
        |text: &str| back(body_of(&contract), &("application/xml".to_owned(), text.as_bytes().to_vec()));
    assert!(read("<pet/>").unwrap_err().contains("but <tag> is documented"));
    let prefixed = "<?xml version='1.0'?><!-- c --><x:tag xmlns:x='u' id='3'><x:name><![CDATA[<a>]]>&#65;</x:name></x:tag>";
    assert_eq!(read(prefixed), Ok(Body::Value(json!({"id": 3, "name": "<a>A"}))));
}

#[rstest]
#[case(
    json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "at": {"type": ["number", "null"]}}}}),
    json!([{"id": 1, "name": "a, \"b\"", "at": null}, {"id": 2, "name": "c", "at": 1.5}]),
    "id,name,at\n1,\"a, \"\"b\"\"\",\n2,c,1.5\n"
)]
#[case(json!({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}), json!([[1, 2], [3, 4]]), "1,2\n3,4\n")]
fn csv_by_the_schema(#[case] schema: Value, #[case] value: Value, #[case] text: &str) {
    let (csv, read) = written("text/csv", &schema, &value);
    assert_eq!(csv, text);
    assert_eq!(read, Some(Body::Value(value)));
}

#[test]
fn a_table_by_the_schema_of_the_json_form_is_not_judged() {
    let contract = contract("text/csv", &json!({"type": "object", "required": ["results"]}), &json!({}));
    assert_eq!(back(body_of(&contract), &("text/csv".to_owned(), b"a,b\n1,2\n".to_vec())), Ok(Body::Opaque));
}

#[test]
fn forms_follow_their_encoding() {
    let schema = json!({"type": "object", "properties": {
        "filter": {"type": "object", "properties": {"a": {"type": "integer"}}},
        "ids": {"type": "array", "items": {"type": "integer"}},
        "plain": {"type": "array", "items": {"type": "string"}},
        "json": {"type": "object"},
    }});
    let value = json!({"filter": {"a": 1}, "ids": [1, 2], "plain": ["x", "y z"], "json": {"k": [1]}});
    let encoding = json!({"filter": {"style": "deepObject"}, "ids": {"style": "form", "explode": false}});
    let contract = contract("application/x-www-form-urlencoded", &schema, &encoding);
    let described = body_of(&contract);
    let written = plainly(described, &value).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&written.1),
        "filter%5Ba%5D=1&ids=1,2&plain=x&plain=y%20z&json=%7B%22k%22%3A%5B1%5D%7D"
    );
    assert_eq!(back(described, &written), Ok(Body::Value(value)));
}

#[test]
fn a_deep_list_takes_all_its_fields() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let schema =
        json!({"type": "object", "additionalProperties": false, "properties": {"expand": list, "name": {}}});
    let value = json!({"expand": ["x", "y"], "name": "z"});
    let encoding = json!({"expand": {"style": "deepObject", "explode": true}});
    let contract = contract("application/x-www-form-urlencoded", &schema, &encoding);
    let described = body_of(&contract);
    let written = plainly(described, &value).unwrap();
    assert_eq!(back(described, &written), Ok(Body::Value(value)));
}

/// `collectionFormat` of Swagger 2.0, in both kinds of form.
#[rstest]
#[case("csv", "1,2")]
#[case("ssv", "1 2")]
#[case("pipes", "1|2")]
#[case("tsv", "1\t2")]
fn lists_in_forms(#[case] format: &str, #[case] text: &str) {
    let field = json!({"name": "ids", "in": "formData", "type": "array", "items": {"type": "integer"}, "collectionFormat": format});
    let document = Document::of(
        "t",
        json!({"swagger": "2.0", "paths": {"/a": {"post": {
            "consumes": ["multipart/form-data", "application/x-www-form-urlencoded"],
            "parameters": [field], "responses": {"200": {"description": ""}},
        }}}}),
    );
    let (contract, _) = build("t", &document).unwrap();
    let value = json!({"ids": [1, 2]});
    for described in &contract.operations[0].body.as_ref().unwrap().content {
        let written = plainly(described, &value).unwrap();
        let body = String::from_utf8(written.1.clone()).unwrap();
        assert!(
            described.media_type != "multipart/form-data" || body.contains(&format!("\r\n\r\n{text}\r\n"))
        );
        assert_eq!(back(described, &written), Ok(Body::Value(value.clone())), "{body}");
        let last = body.rfind('2').unwrap();
        let wrong = (written.0, format!("{}two{}", &body[..last], &body[last + 1..]).into_bytes());
        assert_eq!(back(described, &wrong), Ok(Body::Value(json!({"ids": [1, "two"]}))), "{body}");
    }
}

#[test]
fn parts_have_the_headers_of_their_encoding() {
    let schema =
        json!({"type": "object", "properties": {"file": {"type": "string"}, "note": {"type": "string"}}});
    let encoding = json!({"file": {"headers": {
        "X-Rate": {"required": true, "schema": {"type": "integer", "maximum": 9}},
        "X-Tags": {"schema": {"type": "array", "items": {"type": "string"}, "maxItems": 2}},
        "Content-Type": {"required": true, "schema": {"const": "x"}},
        "Content-Disposition": {"required": true, "schema": {"type": "string"}},
    }}});
    let contract = contract("multipart/form-data", &schema, &encoding);
    let described = body_of(&contract);
    let value = json!({"file": "f", "note": "n"});
    let texts = |header: &HeaderDoc| match header.name.as_str() {
        "X-Rate" => Some("7".to_owned()),
        "X-Tags" => None,
        other => panic!("{other}"),
    };
    let (media_type, octets) = write(described, Direction::Request, &value, &texts).unwrap();
    let text = String::from_utf8(octets).unwrap();
    assert!(text.contains("name=\"file\"\r\nX-Rate: 7\r\n\r\nf\r\n"), "{text}");
    assert!(text.contains("name=\"note\"\r\n\r\nn\r\n"), "{text}");
    let read = |text: &str| back(described, &(media_type.clone(), text.as_bytes().to_vec()));
    assert_eq!(read(&text), Ok(Body::Value(value)));
    let wrong = |sent: &str| read(&text.replace("X-Rate: 7\r\n", sent)).unwrap_err();
    assert_eq!(wrong(""), "the header \"X-Rate\" of the part \"file\" is missing");
    let expected = "the header \"X-Rate\" of the part \"file\" is wrong: expected at most 9, found 10";
    assert_eq!(wrong("x-rate: 10\r\n"), expected);
    let many = wrong("X-Rate: 7\r\nX-Tags: a,b,c\r\n");
    assert!(many.starts_with("the header \"X-Tags\" of the part \"file\" is wrong: expected "), "{many}");
}

#[test]
fn parts_have_the_media_type_of_their_encoding() {
    let schema = json!({"type": "object", "properties": {
        "meta": {"type": "object", "properties": {"n": {"type": "integer"}}},
        "file": {"type": "string", "format": "binary"},
        "icon": {"type": "string", "format": "binary"},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "raw": {"anyOf": [{"type": "string", "contentMediaType": "application/octet-stream"}, {"type": "null"}]},
        "note": {"type": "string", "contentMediaType": "application/json"},
        "code": {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"},
    }});
    let value = json!({"meta": {"n": 1}, "file": "octets", "icon": "i", "tags": [1, 2], "raw": "r", "note": "n", "code": "aQ=="});
    let contract =
        contract("multipart/form-data", &schema, &json!({"icon": {"contentType": "image/*, text/plain"}}));
    let described = body_of(&contract);
    let written = plainly(described, &value).unwrap();
    let text = String::from_utf8_lossy(&written.1).into_owned();
    assert!(text.contains("name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"n\":1}"), "{text}");
    assert!(
        text.contains("name=\"file\"; filename=\"file\"\r\nContent-Type: application/octet-stream"),
        "{text}"
    );
    assert!(text.contains("name=\"icon\"; filename=\"icon\"\r\nContent-Type: image/png"), "{text}");
    assert!(text.contains("name=\"raw\"; filename=\"raw\""), "OpenAPI 3.1 has no format for octets: {text}");
    assert!(text.contains("name=\"note\"\r\n") && text.contains("name=\"code\"\r\n"), "{text}");
    assert_eq!(back(described, &written), Ok(Body::Value(value)));
    let other = text.replace("image/png", "application/pdf");
    assert_eq!(
        back(described, &(written.0, other.into_bytes())),
        Err("the part \"icon\" is application/pdf, but image/* or text/plain is documented".to_owned())
    );
}

#[rstest]
#[case("text/*", json!({"type": "string"}), json!("a"), "text/plain")]
#[case("image/*", json!({"type": "string"}), json!("a"), "image/png")]
#[case("*/*", json!({"type": "object"}), json!({}), "application/json")]
#[case("application/octet-stream", json!({"type": "string", "format": "binary"}), json!("a"), "application/octet-stream")]
fn ranges_are_written_as_one_of_theirs(
    #[case] range: &str,
    #[case] schema: Value,
    #[case] value: Value,
    #[case] written: &str,
) {
    let contract = contract(range, &schema, &json!({}));
    assert_eq!(plainly(body_of(&contract), &value).unwrap().0, written);
}

#[test]
fn a_textual_example_is_judged_as_what_it_says() {
    let contract = contract("application/xml", &json!({"$ref": "#/components/schemas/Tag"}), &json!({}));
    let judged =
        |text: &str| crate::contract::examples::value(body_of(&contract), Direction::Request, &json!(text));
    assert_eq!(judged("<tag id='1'/>"), Ok(Some(json!({"id": 1}))));
    assert!(judged("<tag").is_err());
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_-]{0,6}"
}

proptest! {
    #[test]
    fn reading_undoes_writing(
        texts in proptest::collection::btree_map(name(), "\\PC{1,12}", 1..4),
        lists in proptest::collection::btree_map("l[a-z]{1,4}", proptest::collection::vec(any::<i32>(), 1..4), 0..3),
        flags in proptest::collection::btree_map("f[a-z]{1,4}", any::<bool>(), 0..3),
        attributes in any::<bool>(), wrapped in any::<bool>(),
    ) {
        let mut members: BTreeMap<String, (Value, Value)> = BTreeMap::new();
        for (name, text) in texts {
            members.insert(name, (json!({"type": "string", "xml": {"attribute": attributes}}), json!(text)));
        }
        for (name, list) in lists {
            let schema = json!({"type": "array", "items": {"type": "integer"}, "xml": {"wrapped": wrapped}});
            members.insert(name, (schema, json!(list)));
        }
        for (name, flag) in flags {
            members.insert(name, (json!({"type": "boolean"}), json!(flag)));
        }
        let names: Vec<&String> = members.keys().collect();
        let properties: serde_json::Map<String, Value> = members.iter().map(|(n, (s, _))| (n.clone(), s.clone())).collect();
        let schema = json!({"type": "object", "properties": properties, "required": names});
        let value = Value::Object(members.iter().map(|(n, (_, v))| (n.clone(), v.clone())).collect());
        let table = json!({"type": "array", "items": schema});
        let rows = json!([value, value]);
        for (media_type, schema, value) in [
            ("application/json", &schema, &value),
            ("application/xml", &schema, &value),
            ("application/x-www-form-urlencoded", &schema, &value),
            ("multipart/form-data", &schema, &value),
            ("text/csv", &table, &rows),
        ] {
            let contract = contract(media_type, schema, &json!({}));
            let described = body_of(&contract);
            let written = plainly(described, value).expect("it can be written");
            prop_assert_eq!(back(described, &written), Ok(Body::Value(value.clone())), "{}", media_type);
        }
    }
}
