use super::*;
use crate::contract::build;
use crate::document::Document;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[case::sole("/pets", &["rows"], Some("/rows"))]
#[case::called_like_the_path("/user-admin", &["rootRoles", "users"], Some("/users"))]
#[case::in_the_plural("/category", &["a", "categories"], Some("/categories"))]
#[case::as_lists_are("/pets", &["errors", "items"], Some("/items"))]
#[case::nobody_can_tell("/pets", &["errors", "shops"], None)]
fn a_list_is_found_by_its_name(#[case] path: &str, #[case] members: &[&str], #[case] expected: Option<&str>) {
    let list = json!({"type": "array", "items": {"type": "object"}});
    let members: serde_json::Map<String, Value> =
        members.iter().map(|name| ((*name).to_owned(), list.clone())).collect();
    let schema = json!({"type": "object", "properties": members});
    let answer = json!({"200": {"description": "x", "content": {"application/json": {"schema": schema}}}});
    let tree = json!({"openapi": "3.1.0", "paths": {path: {"get": {"responses": answer}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    assert_eq!(listing_at(&contract.operations[0]).as_deref(), expected);
}

/// The listing of a GET with these query parameters, as name and type, whose answer wraps the entries.
fn listed(parameters: &[(&str, &str)], told: Option<&State>) -> Listing {
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, kind)| match *kind {
            "order" => json!({"name": name, "in": "query", "schema": {"enum": ["name", "-age", "mood"]}}),
            kind => json!({"name": name, "in": "query", "schema": {"type": kind}}),
        })
        .collect();
    let entry = json!({"type": "object", "properties": {
        "name": {"type": "string"}, "age": {"type": "integer"}, "toys": {"type": "array"},
    }});
    let answer = json!({"type": "object", "properties": {
        "pets": {"type": "array", "items": entry},
        "next": {"type": "string"}, "prev": {"type": "string"}, "total": {"type": "integer"},
    }});
    let responses = json!({"200": {"content": {"application/json": {"schema": answer}}}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"get": {
        "parameters": parameters, "responses": responses,
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    listing(contract.operations.first().unwrap(), told).unwrap()
}

#[rstest]
#[case::offset(&[("limit", "integer"), ("offset", "integer")], "limit offset - -", true)]
#[case::numbers(&[("per_page", "integer"), ("Page", "integer")], "per_page - Page -", true)]
#[case::number_alone(&[("page", "integer")], "- - page -", false)]
#[case::cursor(&[("page_size", "integer"), ("after", "string")], "page_size - - after", false)]
#[case::texts_do_not_count(&[("limit", "string"), ("skip", "string")], "- - - -", false)]
#[case::odata(&[("$top", "integer"), ("$skip", "integer")], "$top $skip - -", true)]
fn pages_are_cut_by_parameters(
    #[case] parameters: &[(&str, &str)],
    #[case] expected: &str,
    #[case] moves: bool,
) {
    let pages = listed(parameters, None).pages;
    let names = [&pages.limit, &pages.offset, &pages.page, &pages.cursor];
    let names: Vec<&str> = names.iter().map(|name| name.as_deref().unwrap_or("-")).collect();
    assert_eq!((names.join(" ").as_str(), pages.move_by_parameter()), (expected, moves));
    let links = [&pages.next, &pages.previous, &pages.count].map(|at| at.as_deref().unwrap_or_default());
    assert_eq!(links, ["/next", "/prev", "/total"]);
}

/// Where no page is asked for, some lists come as a whole, whatever the length of a page is.
#[rstest]
#[case::in_words(json!({"type": "integer"}), "If omitted, all results are returned.", None)]
#[case::by_its_default(json!({"type": "integer", "default": 0, "minimum": 1}), "", None)]
#[case::from_nought(json!({"type": "integer", "default": 0, "minimum": 0}), "", Some("per_page"))]
#[case::the_first(json!({"type": "integer"}), "If omitted, the first of all pages is meant.", Some("per_page"))]
#[case::says_nothing(json!({"type": "integer", "default": 1, "minimum": 1}), "", Some("per_page"))]
fn a_list_may_be_whole_unless_a_page_is_asked_for(
    #[case] schema: Value,
    #[case] said: &str,
    #[case] expected: Option<&str>,
) {
    let parameters = json!([
        {"name": "page", "in": "query", "description": said, "schema": schema},
        {"name": "per_page", "in": "query", "schema": {"type": "integer"}},
    ]);
    let answer = json!({"type": "array", "items": {"type": "object"}});
    let responses = json!({"200": {"content": {"application/json": {"schema": answer}}}});
    let get = json!({"parameters": parameters, "responses": responses});
    let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"get": get}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let pages = listing(contract.operations.first().unwrap(), None).unwrap().pages;
    assert_eq!((pages.limit.as_deref(), pages.page.is_some()), (expected, expected.is_some()));
}

#[test]
fn parameters_search_filter_and_order() {
    let parameters =
        [("q", "string"), ("name", "string"), ("toys", "array"), ("limit", "integer"), ("sort", "order")];
    let listing = listed(&parameters, None);
    assert_eq!((listing.entries.as_str(), listing.search), ("/pets", Some(("q".to_owned(), Vec::new()))));
    let filters: Vec<&str> = listing.filters.iter().map(|filter| filter.parameter.as_str()).collect();
    assert_eq!(filters, ["name"]);
    let orders = vec!["name".to_owned(), "-age".to_owned()];
    let sort = Sort { parameter: "sort".to_owned(), values: orders, direction: None };
    assert_eq!(listing.sort, Some(sort));
}

#[test]
fn what_is_told_goes_before_what_is_inferred() {
    let text = "collection = '/pets'\npage-size = 7\norder = '-age'\nsearch = ['name']\n\
                filters = { young = { values = { true = { age = 1 } } }, q = 'name' }";
    let told: State = toml::from_str(text).unwrap();
    let listing = listed(&[("q", "string"), ("young", "boolean")], Some(&told));
    assert_eq!((listing.pages.size, listing.order.as_deref()), (Some(7), Some("-age")));
    assert_eq!(listing.search, Some(("q".to_owned(), vec!["name".to_owned()])));
    let entry = json!({"name": "Rex", "age": 1});
    let kept = |parameter: &str, value: &str| {
        let filter = listing.filters.iter().find(|filter| filter.parameter == parameter).unwrap();
        filter.keeps(&entry, value, &|_| None)
    };
    assert_eq!((kept("young", "true"), kept("young", "false")), (Some(true), None));
    assert_eq!((kept("q", "Rex"), kept("q", "Max")), (Some(true), Some(false)));
}

/// What the members of an answer say about its page, for a read with these query parameters.
fn said(parameters: &[(&str, &str)], members: &Value) -> Vec<String> {
    let parameters: Vec<Value> = parameters
        .iter()
        .map(|(name, kind)| json!({"name": name, "in": "query", "schema": {"type": kind}}))
        .collect();
    let mut answer = json!({"type": "object", "properties": members});
    answer["properties"]["rows"] = json!({"type": "array", "items": {"type": "object"}});
    let responses = json!({"200": {"content": {"application/json": {"schema": answer}}}});
    let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"get": {
        "parameters": parameters, "responses": responses,
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let pages = listing(contract.operations.first().unwrap(), None).unwrap().pages;
    pages.members.iter().map(|member| format!("{} {:?}", member.at, member.tells)).collect()
}

const NUMBER: &str = "integer";

#[rstest]
#[case::nested(
    json!({"meta": {"properties": {"pagination": {"properties": {
        "total": {"type": NUMBER}, "count": {"type": NUMBER}, "current_page": {"type": NUMBER},
    }}}}}),
    &["/meta/pagination/total Total", "/meta/pagination/count Shown", "/meta/pagination/current_page Number(Own)"]
)]
#[case::links(
    json!({"_links": {"properties": {
        "self": {"properties": {"href": {"type": "string"}}}, "next": {"properties": {"href": {"type": "string"}}},
    }}}),
    &["/_links/self/href Link(Own)", "/_links/next/href Link(Next)"]
)]
#[case::flags(
    json!({"has_more": {"type": "boolean"}, "last": {"type": "boolean"}, "totalPages": {"type": NUMBER}}),
    &["/has_more Has(Next)", "/last Is(Last)", "/totalPages PageCount"]
)]
#[case::marks(
    json!({"next_cursor": {"type": ["string", "null"]}, "cursors": {"properties": {"before": {"type": "string"}}}}),
    &["/next_cursor Mark(Next)", "/cursors/before Mark(Previous)"]
)]
#[case::other_members(
    json!({"status": {"type": "string"}, "owner": {"properties": {"total": {"type": NUMBER}}}, "total": {"type": "string"}}),
    &[]
)]
fn an_answer_tells_about_its_page(#[case] members: Value, #[case] expected: &[&str]) {
    assert_eq!(said(&[("limit", "integer"), ("cursor", "string")], &members), expected);
}

#[rstest]
#[case::unlisted(json!([{"name": "sort", "in": "query", "schema": {"type": "string"}}]), "-age,name", None, Some("age↓ name"))]
#[case::unknown(json!([{"name": "sort", "in": "query"}]), "mood", None, None)]
#[case::suffixed(json!([{"name": "order_by", "in": "query"}]), "age:desc,name asc", None, Some("age↓ name"))]
#[case::turned(
    json!([{"name": "order", "in": "query", "schema": {"enum": ["ASC", "DESC"]}}, {"name": "sort_by", "in": "query"}]),
    "age", Some("DESC"), Some("age↓")
)]
#[case::turned_back(json!([{"name": "sort_dir", "in": "query"}, {"name": "sort", "in": "query"}]), "-age", Some("desc"), Some("age"))]
fn an_order_names_members(
    #[case] parameters: Value,
    #[case] value: &str,
    #[case] direction: Option<&str>,
    #[case] expected: Option<&str>,
) {
    let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"get": {
        "parameters": parameters, "responses": {"200": {}},
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let sort = Sort::of(contract.operations.first().unwrap(), &IndexMap::new()).unwrap();
    assert_eq!(sort.direction.is_some(), direction.is_some());
    let orders = sort.orders(value, direction, &|name| ["age", "name"].contains(&name));
    let shown = orders.map(|orders| {
        let each = orders.iter().map(|o| format!("{}{}", o.member, if o.descends { "↓" } else { "" }));
        each.collect::<Vec<_>>().join(" ")
    });
    assert_eq!(shown.as_deref(), expected);
}

#[rstest]
#[case("created", "created", false)]
#[case("-created", "created", true)]
fn orders_name_a_member(#[case] text: &str, #[case] member: &str, #[case] descends: bool) {
    assert_eq!(Order::of(text), Order { member, descends });
}

#[rstest]
#[case::plural("/users", "statuses", Some("status"))]
#[case::own_id("/orders", "ids", Some("order_id"))]
#[case::own_id_spelled_another_way("/orders", "IDs", Some("order_id"))]
#[case::nothing_alike("/orders", "colors", None)]
fn a_list_of_values_is_about_a_member(
    #[case] path: &str,
    #[case] name: &str,
    #[case] expected: Option<&str>,
) {
    let entry = json!({"type": "object", "properties": {
        "order_id": {"type": "string"}, "status": {"type": "string"},
    }});
    let answer = json!({"type": "array", "items": entry});
    let parameter =
        json!({"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string"}}});
    let tree = json!({"openapi": "3.1.0", "paths": {path: {"get": {
        "parameters": [parameter],
        "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let found = listing(&contract.operations[0], None).unwrap();
    let keeps = found.filters.first().map(|filter| &filter.keeps);
    let member =
        keeps.and_then(|keeps| if let Keeps::Member(member) = keeps { Some(member.as_str()) } else { None });
    assert_eq!(member, expected);
}

/// A switch that is called like a member may say how much of entries is shown.
#[rstest]
#[case::shows("Whether to include the `signed` fields", None)]
#[case::filters("Only signed pets", Some("signed"))]
fn a_switch_may_be_no_filter(#[case] said: &str, #[case] expected: Option<&str>) {
    let entry = json!({"type": "object", "properties": {"signed": {"type": "boolean"}}});
    let schema = json!({"type": "array", "items": entry});
    let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"get": {
        "parameters": [{"name": "signed", "in": "query", "description": said, "schema": {"type": "boolean"}}],
        "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
    }}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let listing = listing(&contract.operations[0], None).unwrap();
    assert_eq!(listing.filters.first().map(|filter| filter.parameter.as_str()), expected);
    let narrowings = narrowings(&contract.operations[0], "id", &listing);
    assert_eq!(narrowings.first().map(|known| known.parameter.as_str()), expected);
}
