use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::document::Document;

const HEAD: &str = "overlay: 1.1.0\ninfo: {title: o, version: '1'}\n";

fn document() -> Value {
    json!({
        "info": {"title": "t", "license": {"name": "MIT"}},
        "tags": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}],
        "paths": {
            "/x": {"get": {"parameters": [{"name": "p"}], "x-hidden": true}, "post": {}},
            "/y": {"get": {"parameters": [{"name": "q"}]}},
        },
    })
}

fn overlaid(actions: &str) -> Result<(Document, Vec<Problem>), Vec<Problem>> {
    let overlay = format!("{HEAD}actions:\n{actions}");
    with(&[("o.yaml", &overlay)])
}

fn with(overlays: &[(&str, &str)]) -> Result<(Document, Vec<Problem>), Vec<Problem>> {
    let overlays: Vec<_> =
        overlays.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let mut bring = |name: &str| Err(bundle::Refusal::left_out(format!("{name} is not there")));
    Document::overlaid("d.yaml", document().to_string().as_bytes(), &overlays, &mut bring)
}

fn place(document: &Document, pointer: &str) -> (String, String) {
    let place = document.place(pointer);
    (place.file.to_string(), place.pointer)
}

#[rstest]
#[case::merged("- {target: $.info, update: {title: new, license: {url: u}}}", "/info", json!({"title": "new", "license": {"name": "MIT", "url": "u"}}))]
#[case::joined("- {target: \"$.paths['/x'].get\", update: {parameters: [{name: n}]}}", "/paths/~1x/get/parameters", json!([{"name": "p"}, {"name": "n"}]))]
#[case::appended("- {target: $.tags, update: {name: e}}", "/tags/4", json!({"name": "e"}))]
#[case::several_appended("- {target: $.tags, update: [{name: e}, {name: f}]}", "/tags/5", json!({"name": "f"}))]
#[case::everywhere("- {target: $.paths.*.get, update: {deprecated: true}}", "/paths/~1y/get/deprecated", json!(true))]
#[case::other_kind("- {target: $.info, update: {license: none}}", "/info/license", json!("none"))]
#[case::value("- {target: $.info.title, update: new}", "/info/title", json!("new"))]
#[case::copied("- {target: \"$.paths['/y']\", copy: \"$.paths['/x']\"}", "/paths/~1y", json!({"get": {"parameters": [{"name": "q"}, {"name": "p"}], "x-hidden": true}, "post": {}}))]
#[case::removed("- {target: $.paths.*.post, remove: true}", "/paths/~1x", json!({"get": {"parameters": [{"name": "p"}], "x-hidden": true}}))]
#[case::removed_by_condition("- {target: \"$.paths[?@.get['x-hidden']]\", remove: true}", "/paths", json!({"/y": {"get": {"parameters": [{"name": "q"}]}}}))]
#[case::removed_from_a_list("- {target: '$.tags[0,2]', remove: true}", "/tags", json!([{"name": "b"}, {"name": "d"}]))]
#[case::removed_inside_what_is_removed("- {target: '$.tags[0,1][\"name\"]', remove: true}\n- {target: '$..[?@.name]', remove: true}", "/tags", json!([{}, {}]))]
#[case::in_order("- {target: $.tags, update: {name: e}}\n- {target: '$.tags[4]', update: {name: f}}", "/tags/4", json!({"name": "f"}))]
fn changes(#[case] actions: &str, #[case] pointer: &str, #[case] expected: Value) {
    let (document, problems) = overlaid(actions).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(document.tree.pointer(pointer), Some(&expected));
}

#[test]
fn places_lead_back_to_the_file_that_they_are_written_in() {
    let (document, problems) = overlaid(
        "- {target: $.paths.*.get, update: {parameters: [{name: n}], summary: s}}\n\
         - {target: '$.tags[1]', remove: true}\n\
         - {target: '$.tags', update: {name: e}}\n\
         - {target: '$.tags[0]', remove: true}\n\
         - {target: '$.paths', update: {/z: {}}}\n\
         - {target: \"$.paths['/z']\", copy: \"$.paths['/x']\"}\n",
    )
    .unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    for (pointer, file, expected) in [
        ("/info/title", "d.yaml", "/info/title"),
        ("/paths/~1x/get", "d.yaml", "/paths/~1x/get"),
        ("/paths/~1x/get/summary", "o.yaml", "/actions/0/update/summary"),
        ("/paths/~1y/get/parameters/0/name", "d.yaml", "/paths/~1y/get/parameters/0/name"),
        ("/paths/~1y/get/parameters/1/name", "o.yaml", "/actions/0/update/parameters/0/name"),
        ("/tags/0/name", "d.yaml", "/tags/2/name"),
        ("/tags/1", "d.yaml", "/tags/3"),
        ("/tags/2/name", "o.yaml", "/actions/2/update/name"),
        ("/paths/~1z", "o.yaml", "/actions/4/update/~1z"),
        ("/paths/~1z/get", "o.yaml", "/actions/5/copy"),
    ] {
        assert_eq!(place(&document, pointer), (file.to_owned(), expected.to_owned()), "{pointer}");
    }
}

#[test]
fn a_problem_of_a_reference_is_shown_where_it_is_written() {
    let (_, problems) = overlaid("- {target: $.info, update: {license: {$ref: lost.yaml}}}").unwrap();
    let places: Vec<_> = problems.iter().map(|p| (&*p.place.file, p.place.pointer.as_str())).collect();
    assert_eq!(places, [("o.yaml", "/actions/0/update/license/$ref")]);
}

#[rstest]
#[case("- {target: $.infos, update: {}}", "/actions/0/target", "\"$.infos\" selects nothing")]
#[case("- {target: $.infos, remove: true}", "/actions/0/target", "selects nothing")]
#[case("- {target: '$.tags[0]', remove: true, update: {}}", "/actions/0/update", "no effect")]
fn warns(#[case] actions: &str, #[case] pointer: &str, #[case] message: &str) {
    let (_, problems) = overlaid(actions).unwrap();
    let [only] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(
        (only.level, &*only.place.file, only.place.pointer.as_str()),
        (Level::Warning, "o.yaml", pointer)
    );
    assert!(only.message.contains(message), "{only:?}");
}

#[rstest]
#[case("- {target: '$.a b', update: {}}", "/actions/0/target", "is not a JSONPath")]
#[case("- {target: $.info, updaet: {}}", "/actions/0/updaet", "unknown member \"updaet\"")]
#[case("- {target: $.info, description: d}", "/actions/0", "neither")]
#[case("- {target: $.info, remove: false}", "/actions/0", "neither")]
#[case("- {target: $.info, remove: 'yes'}", "/actions/0/remove", "true or false")]
#[case("- {update: {}}", "/actions/0", "no `target`")]
#[case("- {target: 1, update: {}}", "/actions/0/target", "must be a text")]
#[case("- 1", "/actions/0", "must be an object")]
#[case(
    "- {target: $.info, update: 1}",
    "/actions/0/target",
    "selects an object, at #/info, and the update is a number"
)]
#[case("- {target: $.info.title, update: {}}", "/actions/0/target", "selects a text, at #/info/title")]
#[case("- {target: $, remove: true}", "/actions/0/target", "whole document")]
#[case("- {target: $.info, copy: $.tags.*}", "/actions/0/copy", "selects 4 nodes")]
#[case("- {target: $.info, copy: $.tags, update: {}}", "/actions/0", "`update` and `copy`")]
fn refuses(#[case] actions: &str, #[case] pointer: &str, #[case] message: &str) {
    let problems = overlaid(actions).unwrap_err();
    let problem = problems.iter().find(|problem| problem.message.contains(message));
    let problem = problem.unwrap_or_else(|| panic!("{problems:?}"));
    assert_eq!(
        (problem.level, &*problem.place.file, problem.place.pointer.as_str()),
        (Level::Error, "o.yaml", pointer)
    );
}

#[rstest]
#[case("- 1", "", "must be an object")]
#[case("info: {}\nactions: []", "", "`overlay` is missing")]
#[case("overlay: 2.0.0\nactions: []", "/overlay", "\"2.0.0\" is not supported")]
#[case("overlay: 1.0.0\ninfo: {title: t, version: v}", "", "a list of `actions`")]
#[case(
    "overlay: 1.0.0\ninfo: {title: t, version: v}\nactoins: []\nactions: []",
    "/actoins",
    "unknown member"
)]
#[case("overlay: [", "", "cannot be read")]
#[case(
    "overlay: 1.0.0\nactions: [{target: $.info.title, update: new}]",
    "/actions/0/target",
    "selects a text"
)]
fn refuses_what_is_no_overlay(#[case] text: &str, #[case] pointer: &str, #[case] message: &str) {
    let problems = with(&[("o.yaml", text)]).unwrap_err();
    let problem = problems.iter().find(|problem| problem.level == Level::Error).unwrap();
    assert_eq!(problem.place.pointer, pointer);
    assert!(problem.message.contains(message), "{problem:?}");
}

#[rstest]
#[case("./d.yaml", true)]
#[case("https://example.org/v1/d.yaml?x=1", true)]
#[case("other.yaml", false)]
fn an_overlay_for_another_document_is_told(#[case] extends: &str, #[case] is_it: bool) {
    let overlay = format!("{HEAD}extends: {extends}\nactions: []\n");
    let (_, problems) = with(&[("o/o.yaml", &overlay)]).unwrap();
    assert_eq!(problems.is_empty(), is_it, "{problems:?}");
}

#[rstest]
#[case("", "the key `info` is missing")]
#[case("info: {title: o}\n", "version")]
#[case("info: {title: o, version: '1', more: 1}\n", "unknown member \"more\"")]
fn an_overlay_says_what_it_is(#[case] info: &str, #[case] told: &str) {
    let text = format!("overlay: 1.1.0\n{info}actions: []\n");
    let problems = with(&[("o.yaml", &text)]).map_or_else(|problems| problems, |(_, problems)| problems);
    assert!(problems.iter().any(|problem| problem.message.contains(told)), "{problems:?}");
}

/// Nobody knows what stdin is called.
#[rstest]
#[case("-", true)]
#[case("d.yaml", false)]
fn an_overlay_may_be_for_what_has_no_name(#[case] document: &str, #[case] is_silent: bool) {
    let text = format!("{HEAD}extends: other.yaml\nactions: []\n");
    let (_, _, problems) = apply(&document.into(), json!({}), &[("o.yaml".to_owned(), text.into())]).unwrap();
    assert_eq!(problems.is_empty(), is_silent, "{problems:?}");
}

#[test]
fn overlays_are_applied_in_order() {
    let overlay = |title: &str| format!("{HEAD}actions: [{{target: $.info, update: {{title: {title}}}}}]");
    let (document, _) = with(&[("1.yaml", &overlay("one")), ("2.yaml", &overlay("two"))]).unwrap();
    assert_eq!(document.at("/info/title"), Some(&json!("two")));
    assert_eq!(place(&document, "/info/title").0, "2.yaml");
}

#[rstest]
#[case::doubling(json!([{"target": "$..[?length(@) == 0]", "update": {"a": {}, "b": {}}}]), 40, "more nodes than is allowed")]
#[case::repeated(json!([{"target": "$..*..*..*..*", "update": {"a": {}}}]), 40, "selects a")]
#[case::deep(json!([{"target": "$", "update": {"a": {}}}, {"target": "$..[?length(@) == 0]", "update": {"a": {"a": {"a": {}}}}}]), 50, "nested more than 128 times")]
#[case::shrinking(json!([{"target": "$.list[0]", "remove": true}]), 4_000, "more nodes than is allowed")]
#[case::searching(json!([{"target": "$..[?count($..*) == 0]", "remove": true}]), 1, "more nodes than is allowed")]
fn hostile_overlays_end(#[case] actions: Value, #[case] times: usize, #[case] message: &str) {
    let once = actions.as_array().unwrap();
    let actions: Vec<&Value> = std::iter::repeat_n(once, times).flatten().collect();
    let text =
        json!({"overlay": "1.0.0", "info": {"title": "t", "version": "v"}, "actions": actions}).to_string();
    let mut tree = document();
    tree["list"] = vec![0; 2_000].into();
    let overlay = [("o.json".to_owned(), text.into_bytes())];
    let problems = within(Limits::new(1_000_000, 50_000), &"d.yaml".into(), tree, &overlay).unwrap_err();
    assert!(problems.iter().any(|problem| problem.message.contains(message)), "{message}: {problems:?}");
}

#[test]
fn many_problems_are_summed_up() {
    let actions = vec![json!({"target": "$.nothing", "remove": true}); 10_000];
    let text =
        json!({"overlay": "1.0.0", "info": {"title": "t", "version": "v"}, "actions": actions}).to_string();
    let (_, problems) = with(&[("o.json", &text)]).unwrap();
    assert_eq!(problems.len(), MOST_PROBLEMS + 1);
    assert!(problems.last().unwrap().message.starts_with("9950 more problems"), "{:?}", problems.last());
}

fn trees() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z/~]{0,4}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-z/~$0-9]{0,3}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_overlay_without_actions_changes_nothing(tree in trees()) {
        let overlay = vec![("o.yaml".to_owned(), format!("{HEAD}actions: []").into_bytes())];
        let (after, origins, problems) = apply(&"d.yaml".into(), tree.clone(), &overlay).unwrap();
        prop_assert_eq!(after.to_string(), tree.to_string());
        prop_assert!(problems.is_empty());
        prop_assert_eq!(origins.find("/a/0").pointer, "/a/0");
    }

    /// Every node is where its place says, in the document or in the overlay.
    #[test]
    fn every_place_has_the_node(tree in trees(), update in trees(), remove in "[a-z0-9]") {
        let text = json!({
            "overlay": "1.1.0", "info": {"title": "t", "version": "v"},
            "actions": [
                {"target": "$", "update": update},
                {"target": format!("$..['{remove}']"), "remove": true},
                {"target": "$..[0]", "remove": true},
                {"target": "$", "update": {"last": [1]}},
                {"target": "$.last", "update": 2},
            ],
        });
        let overlay = vec![("o.yaml".to_owned(), text.to_string().into_bytes())];
        let Ok((after, origins, _)) = apply(&"d.yaml".into(), tree.clone(), &overlay) else { return Ok(()) };
        let mut open = vec![(String::new(), &after)];
        while let Some((at, node)) = open.pop() {
            let origin = origins.find(&at);
            let written = if origin.file.is_some() { text.pointer(&origin.pointer) } else { tree.pointer(&origin.pointer) };
            match node {
                Value::Object(members) => open.extend(members.iter().map(|(name, value)| (super::super::pointer::join(&at, name), value))),
                Value::Array(items) => open.extend(items.iter().enumerate().map(|(index, value)| (format!("{at}/{index}"), value))),
                value => prop_assert_eq!(written, Some(value), "{}", at),
            }
        }
    }
}
