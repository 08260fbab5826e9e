use super::*;
use crate::contract::{Location, build};
use crate::document::Document;
use rstest::rstest;
use serde_json::{Value, json};

/// The kind of one operation of a document with these paths: path → methods with their responses.
fn kind_of(paths: &Value, method: &str, path: &str) -> Option<Kind> {
    let components = json!({"schemas": {
        "Pet": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
        "Mode": {"type": "object", "properties": {"on": {"type": "boolean"}}},
    }});
    let tree = json!({"openapi": "3.1.0", "components": components, "paths": paths});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let resources = Resources::of(&contract, &[]);
    let found = contract.operations.iter().find(|o| o.method == method && o.path() == path).unwrap();
    resources.kind(found.index).map(|judged| judged.kind)
}

fn answer(status: &str, schema: &Value) -> Value {
    json!({"responses": {status: {"content": {"application/json": {"schema": schema}}}}})
}

/// The same operation with a body of JSON.
fn taking(operation: &Value) -> Value {
    let mut taking = operation.clone();
    taking["requestBody"] = json!({"content": {"application/json": {"schema": pet()}}});
    taking
}

fn pet() -> Value {
    json!({"$ref": "#/components/schemas/Pet"})
}

fn pets() -> Value {
    json!({"type": "array", "items": pet()})
}

#[rstest]
#[case("/logout", "", true)]
#[case("/admin/restart", "Restarts it", true)]
#[case("/deleteAccount", "", true)]
#[case("/reset", "Get the state of the reset", false)]
#[case("/logs", "", false)]
#[case("/settings", "", false)]
fn some_paths_are_not_read(#[case] path: &str, #[case] summary: &str, #[case] expected: bool) {
    let tree =
        json!({"openapi": "3.1.0", "paths": {path: {"get": {"summary": summary, "responses": {"200": {}}}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    assert_eq!(reading_harms(&contract, &contract.operations[0]), expected);
}

#[rstest]
#[case::told_by_the_summary("/createGroup", "creates a new group", &["get"], true)]
#[case::told_by_a_twin("/set-text", "", &["get", "post"], true)]
#[case::a_name("/start-time", "Start Time", &["get"], false)]
#[case::it_reads("/create-options", "Returns the options", &["get", "post"], false)]
#[case::one_word("/archive", "", &["get", "post"], false)]
#[case::no_verb("/padUsers", "the users of a pad", &["get", "post"], false)]
fn some_reads_are_procedures(
    #[case] path: &str,
    #[case] summary: &str,
    #[case] methods: &[&str],
    #[case] expected: bool,
) {
    let mut item = json!({});
    for method in methods {
        item[*method] = json!({"summary": summary, "responses": {"200": {}}});
    }
    let tree = json!({"openapi": "3.1.0", "paths": {path: item}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    assert_eq!(reading_harms(&contract, &contract.operations[0]), expected);
}

#[rstest]
#[case::whole("get put delete", true, false, Some(Kind::Create))]
#[case::cannot_be_removed("get put", true, false, Some(Kind::Setting))]
#[case::is_not_read("put delete", true, false, Some(Kind::Action))]
#[case::says_nothing("get put delete", false, false, Some(Kind::Setting))]
#[case::something_else_makes_them("get put delete", true, true, Some(Kind::Own))]
fn what_is_put_under_its_name(
    #[case] methods: &str,
    #[case] has_body: bool,
    #[case] has_post: bool,
    #[case] expected: Option<Kind>,
) {
    let mut item = json!({});
    for method in methods.split(' ') {
        let plain = answer("200", &pet());
        item[method] = if method == "put" && has_body { taking(&plain) } else { plain };
    }
    let mut above = json!({"get": answer("200", &pets())});
    if has_post {
        above["post"] = taking(&answer("200", &pet()));
    }
    assert_eq!(kind_of(&json!({"/pets": above, "/pets/{name}": item}), "PUT", "/pets/{name}"), expected);
}

#[test]
fn what_renames_works_on_no_object_of_its_path() {
    let done = json!({"responses": {"200": {}}});
    let paths = json!({
        "/pet": {"get": answer("200", &pets()), "post": answer("200", &pet())},
        "/pet/{id}": {"delete": done},
        "/pet/{new_name}": {"put": done},
    });
    assert_eq!(kind_of(&paths, "PUT", "/pet/{new_name}"), Some(Kind::Action));
    assert_eq!(kind_of(&paths, "DELETE", "/pet/{id}"), Some(Kind::Own));
}

#[rstest]
#[case::alone("delete", false, &["405"], true)]
#[case::among_others("delete", false, &["404", "405"], true)]
#[case::of_a_read("get", false, &["405"], true)]
#[case::it_has_a_body("post", true, &["405"], false)]
#[case::errors("delete", false, &["400", "404"], false)]
#[case::a_success("post", true, &["200", "405"], false)]
fn refusals(#[case] method: &str, #[case] has_body: bool, #[case] statuses: &[&str], #[case] expected: bool) {
    let responses: Value = statuses.iter().map(|status| ((*status).to_owned(), json!({}))).collect();
    let mut operation = json!({ "responses": responses });
    if has_body {
        operation["requestBody"] = json!({"content": {"application/json": {}}});
    }
    let tree = json!({"openapi": "3.1.0", "paths": {"/a": {method: operation}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    assert_eq!(is_refusal(&contract.operations[0]), expected);
}

#[rstest]
#[case::not_asked_for(false, false)]
#[case::cannot_do_without(true, true)]
fn a_read_may_take_orders(#[case] required: bool, #[case] harms: bool) {
    let orders = json!({"type": "string", "enum": ["LIST", "DISABLE ALL", "RESET"]});
    let plain = json!({"type": "string", "enum": ["short", "long"]});
    let parameters = json!([
        {"name": "cmd", "in": "query", "required": required, "schema": orders},
        {"name": "form", "in": "query", "schema": plain},
    ]);
    let tree = json!({"openapi": "3.1.0", "paths": {"/health": {"get": {"parameters": parameters, "responses": {"200": {}}}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let operation = &contract.operations[0];
    assert_eq!(reading_harms(&contract, operation), harms);
    let orders = |name| Resources::orders(operation, operation.parameter(Location::Query, name).unwrap());
    assert_eq!(["cmd", "form"].map(orders), [true, false]);
}

fn shop() -> Value {
    let done = json!({"responses": {"200": {}}});
    let made = answer("201", &pet());
    let mut paths = json!({
        "/pets": {"get": answer("200", &pets()), "post": made, "delete": done},
        "/pets/{id}": {"get": answer("200", &pet()), "put": done, "patch": done, "delete": done},
        "/pets/{id}/feed": {"post": done},
        "/pets/{id}/restore": {"post": made},
        "/pets/{id}/toys": {"get": answer("200", &pets()), "post": done},
        "/pets/search": {"post": answer("200", &pets())},
        "/pets/save_search": {"post": done},
        "/pets:query": {"post": answer("200", &pets())},
        "/adopt": {"post": made},
        "/found/{id}": {"get": answer("200", &pet()), "delete": done},
        "/login": {"post": made},
        "/logins": {"get": answer("200", &pets()), "post": done},
        "/runs": {"post": done},
        "/runs/{run}": {"get": done},
        "/restore": {"post": done},
        "/restore/{id}": {"get": done},
        "/__flush__": {"post": {"responses": {"default": {}}}},
        "/shutdown": {"post": {"responses": {"202": {}}}},
        "/_delete_by_query": {"post": answer("200", &pet())},
        "/mode": {"get": answer("200", &json!({"$ref": "#/components/schemas/Mode"})), "put": done, "delete": done},
        "/events": {"post": {"responses": {"201": {}}}},
        "/wallpaper": {"post": {"responses": {"201": {}}}, "delete": {"responses": {"204": {}}}},
        "/policy": {"get": answer("200", &json!({"$ref": "#/components/schemas/Mode"})), "post": taking(&answer("201", &json!({"$ref": "#/components/schemas/Mode"})))},
        "/found/{id}/notes": {"post": {"responses": {"201": {}}}},
        "/count": {"post": {"responses": {"200": {}, "204": {}}}},
        "/pets/{id}/{section}": {"get": done},
        "/pets/{section}": {"post": done},
        "/shutdownServer": {"post": made},
        "/requests": {"get": answer("200", &pets()), "post": {"operationId": "markAllRead", "responses": {"200": {}}}},
        "/notes": {"get": answer("200", &pets()), "post": {"summary": "Deletes all notes", "responses": {"200": {}}}},
        "/notes/search": {"post": {"summary": "Delete by search", "responses": {"200": {}}}},
        "/pets/upload": {"post": taking(&answer("200", &pet()))},
        "/pets/import": {"post": answer("200", &pet())},
        "/pets/add": {"post": taking(&answer("200", &pets()))},
        "/pets/register": {"post": taking(&answer("202", &pet()))},
        "/backups/import": {"post": taking(&answer("201", &pet()))},
        "/backups": {"get": answer("200", &pets()), "post": done},
        "/backups/{id}": {"get": answer("200", &pet())},
        "/backups/{id}/restore": {"post": done},
        "/backups/{id}/verify": {"post": done},
    });
    let links = json!({
        "/tags": {"get": answer("200", &pets())},
        "/pets/{id}/tags": {"get": answer("200", &pets())},
        "/pets/{id}/tags/{tag}": {"put": done, "delete": done, "post": done},
        "/pets/{id}/labels/{label}": {"put": done, "delete": done},
        "/scopes": {"get": answer("200", &pets())},
        "/pets/{id}/scopes/{scope}": {"put": done},
        "/found/{id}/tags/{tag}": {"put": done, "delete": done},
        "/users": {"get": answer("200", &pets())},
        "/pets/{id}/users/{user}": {"put": done, "delete": done},
    });
    for (path, operations) in links.as_object().unwrap() {
        paths[path] = operations.clone();
    }
    paths
}

/// A document in which each POST documents 201, and `login` whatever is given.
fn made_by_default(login: &Value) -> Value {
    let created = json!({"responses": {"201": {}}});
    json!({
        "/pets": {"get": answer("200", &pets()), "post": created},
        "/login": {"post": login},
        "/first-owner": {"post": created},
        "/adopt": {"post": answer("201", &pet())},
        "/pets/{id}": {"get": answer("200", &pet()), "delete": {"responses": {"204": {}}}},
    })
}

#[rstest]
#[case::in_a_list("/pets", "201", Kind::Create)]
#[case::answers_an_object("/adopt", "201", Kind::Create)]
#[case::says_nothing("/first-owner", "201", Kind::Action)]
#[case::chosen_by_somebody("/first-owner", "200", Kind::Create)]
fn where_each_post_has_201_that_says_nothing(#[case] path: &str, #[case] login: &str, #[case] kind: Kind) {
    let paths = made_by_default(&json!({"responses": {login: {}}}));
    assert_eq!(kind_of(&paths, "POST", path), Some(kind));
}

#[rstest]
#[case("GET", "/pets", None)]
#[case("POST", "/pets", Some(Kind::Create))]
#[case("DELETE", "/pets", Some(Kind::Action))]
#[case("PUT", "/pets/{id}", Some(Kind::Own))]
#[case("DELETE", "/pets/{id}", Some(Kind::Own))]
#[case("POST", "/pets/{id}/feed", Some(Kind::Own))]
#[case::answers_its_object("POST", "/pets/{id}/restore", Some(Kind::Own))]
#[case::list_below("POST", "/pets/{id}/toys", Some(Kind::Create))]
#[case("POST", "/pets/search", Some(Kind::Query))]
#[case("POST", "/pets/save_search", Some(Kind::Action))]
#[case("POST", "/pets:query", Some(Kind::Query))]
#[case::made_elsewhere("POST", "/adopt", Some(Kind::Create))]
#[case::nothing_creates_it("DELETE", "/found/{id}", Some(Kind::Action))]
#[case::a_verb("POST", "/login", Some(Kind::Action))]
#[case::a_collection("POST", "/logins", Some(Kind::Create))]
#[case::parent_of_items("POST", "/runs", Some(Kind::Create))]
#[case::a_verb_without_get("POST", "/restore", Some(Kind::Action))]
#[case("POST", "/__flush__", Some(Kind::Action))]
#[case("POST", "/shutdown", Some(Kind::Action))]
#[case("POST", "/_delete_by_query", Some(Kind::Action))]
#[case("PUT", "/mode", Some(Kind::Setting))]
#[case("DELETE", "/mode", Some(Kind::Action))]
#[case::no_identity("POST", "/events", Some(Kind::Create))]
#[case::one_thing("POST", "/wallpaper", Some(Kind::Action))]
#[case::one_object("POST", "/policy", Some(Kind::Setting))]
#[case::no_identity_of("POST", "/found/{id}/notes", Some(Kind::Action))]
#[case::not_only_ok("POST", "/count", Some(Kind::Action))]
#[case::to_an_object("POST", "/pets/{section}", Some(Kind::Own))]
#[case::a_verb_and_a_noun("POST", "/shutdownServer", Some(Kind::Action))]
#[case::by_its_id("POST", "/requests", Some(Kind::Action))]
#[case::by_its_summary("POST", "/notes", Some(Kind::Action))]
#[case::a_query_that_deletes("POST", "/notes/search", Some(Kind::Action))]
#[case::beyond_its_object("POST", "/backups/{id}/restore", Some(Kind::Action))]
#[case::made_under_a_word("POST", "/pets/upload", Some(Kind::Create))]
#[case::takes_nothing("POST", "/pets/import", Some(Kind::Action))]
#[case::answers_several("POST", "/pets/add", Some(Kind::Action))]
#[case::not_made_yet("POST", "/pets/register", Some(Kind::Action))]
#[case::brings_back("POST", "/backups/import", Some(Kind::Action))]
#[case::links("PUT", "/pets/{id}/tags/{tag}", Some(Kind::Own))]
#[case::unlinks("DELETE", "/pets/{id}/tags/{tag}", Some(Kind::Own))]
#[case::links_what_nobody_lists("PUT", "/pets/{id}/labels/{label}", Some(Kind::Action))]
#[case::links_for_good("PUT", "/pets/{id}/scopes/{scope}", Some(Kind::Action))]
#[case::links_what_nobody_makes("PUT", "/found/{id}/tags/{tag}", Some(Kind::Action))]
#[case::links_people("PUT", "/pets/{id}/users/{user}", Some(Kind::Action))]
#[case::on_its_object("POST", "/backups/{id}/verify", Some(Kind::Own))]
fn kinds(#[case] method: &str, #[case] path: &str, #[case] kind: Option<Kind>) {
    assert_eq!(kind_of(&shop(), method, path), kind);
}

/// A POST to an object makes it where nothing else does; where a POST above it makes such objects, it works on one.
#[rstest]
#[case::made_above(true, Kind::Own)]
#[case::made_there(false, Kind::Create)]
fn what_is_posted_to_an_object(#[case] is_made_above: bool, #[case] expected: Kind) {
    let made = json!({"responses": {"201": {}}});
    let mut paths = json!({
        "/uploads": {"get": answer("200", &pets())},
        "/uploads/{name}": {"post": made, "delete": {"responses": {"204": {}}},
            "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}]},
    });
    if is_made_above {
        paths["/uploads"]["post"] = answer("201", &pet());
    }
    assert_eq!(kind_of(&paths, "POST", "/uploads/{name}"), Some(expected));
}

/// A POST beside a GET may only take in a body what the GET takes in its query.
#[rstest]
#[case::both_read("Retrieve the flags of a context", "Retrieve the flags of a context", Kind::Query)]
#[case::one_makes("Lists pets", "Adds a pet", Kind::Create)]
#[case::one_reads_and_does("Lists pets", "Returns a new pet and starts it", Kind::Create)]
fn what_reads_as_a_get_does(#[case] get: &str, #[case] post: &str, #[case] expected: Kind) {
    let mut paths =
        json!({"/flags": {"get": answer("200", &pets()), "post": taking(&answer("200", &pets()))}});
    paths["/flags"]["get"]["summary"] = json!(get);
    paths["/flags"]["post"]["summary"] = json!(post);
    assert_eq!(kind_of(&paths, "POST", "/flags"), Some(expected));
}

#[rstest]
#[case("/pets/find-by-tag", Kind::Query)]
#[case("/pets/searchByTag", Kind::Query)]
#[case("/pets/remove-by-tag", Kind::Action)]
#[case("/pets/find-homes", Kind::Action)]
#[case("/pets/get", Kind::Query)]
#[case("/pets/get_plan", Kind::Query)]
#[case("/pets/listToys", Kind::Query)]
#[case("/pets/get_or_create", Kind::Action)]
#[case("/pets/get-token", Kind::Action)]
#[case("/pets/getUploadUrls", Kind::Action)]
#[case("/pets/list", Kind::Query)]
#[case("/pets/describe", Kind::Action)]
fn what_finds_by_something_asks(#[case] path: &str, #[case] expected: Kind) {
    let paths = json!({path: {"post": taking(&answer("200", &pets()))}});
    assert_eq!(kind_of(&paths, "POST", path), Some(expected));
}

#[rstest]
#[case("archivePet", "", true)]
#[case("dropPet", "Archives a pet", true)]
#[case("dropPet", "Deletes a pet from the archive", false)]
fn some_deletes_only_put_away(#[case] id: &str, #[case] summary: &str, #[case] expected: bool) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/pets/{id}": {"delete": {
        "operationId": id, "summary": summary, "responses": {"204": {}}}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    assert_eq!(words::puts_away(&contract.operations[0]), expected);
}
