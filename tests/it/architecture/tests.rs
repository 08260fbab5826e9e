//! That each guard fires: on made-up text with what it forbids, and not on the same text at home or in tests.

use rstest::rstest;

use super::files::{self, Source};
use super::{absent, against_the_direction, away_from_home};

/// What a guard finds wrong.
type Guard = fn(&[Source]) -> Vec<String>;

/// Ways to break each rule; `true` where the guard must fire.
#[rstest]
#[case::upward(against_the_direction, "judge.rs", "use crate::mock::Options;", true)]
#[case::downward(against_the_direction, "mock.rs", "use crate::judge::validate;", false)]
#[case::in_a_group(against_the_direction, "judge.rs", "use crate::{contract, mock::Options};", true)]
#[case::in_a_nested_group(
    against_the_direction,
    "judge.rs",
    "use crate::{rules::{self}, mock::{self}};",
    true
)]
#[case::in_a_body(against_the_direction, "judge.rs", "fn f() { crate::mock::serve() }", true)]
#[case::by_super(against_the_direction, "judge.rs", "fn f(_: super::mock::Options) {}", true)]
#[case::by_a_glob(against_the_direction, "judge.rs", "use crate::mock::*;", true)]
#[case::in_a_macro(against_the_direction, "judge.rs", "fn f() { vec![crate::mock::A]; }", true)]
#[case::in_an_odd_macro(against_the_direction, "judge.rs", "odd! { a => crate::mock::A; }", true)]
#[case::after_tests(
    against_the_direction,
    "judge.rs",
    "#[cfg(test)] mod tests {} fn f() { crate::mock::serve() }",
    true
)]
#[case::in_tests(against_the_direction, "judge.rs", "#[cfg(test)] mod tests { use crate::mock::A; }", false)]
#[case::in_unix_tests(
    against_the_direction,
    "judge.rs",
    "#[cfg(all(test, unix))] use crate::mock::A;",
    false
)]
#[case::not_only_in_tests(against_the_direction, "judge.rs", "#[cfg(not(test))] use crate::mock::A;", true)]
#[case::of_the_other_half(against_the_direction, "mock.rs", "use crate::check::Plan;", true)]
#[case::by_a_new_name(against_the_direction, "judge.rs", "use crate::Anew;", true)]
#[case::crate_imported(away_from_home, "judge.rs", "use reqwest::Client;", true)]
#[case::crate_without_import(away_from_home, "judge.rs", "fn f() { reqwest::Client::new(); }", true)]
#[case::crate_in_a_group(away_from_home, "judge.rs", "use {http::Uri, axum::Router};", true)]
#[case::crate_from_the_root(away_from_home, "judge.rs", "fn f(c: &::axum::Router) {}", true)]
#[case::crate_renamed(away_from_home, "judge.rs", "use axum as server;", true)]
#[case::crate_in_a_derive(away_from_home, "judge.rs", "#[derive(clap::Parser)] struct A;", true)]
#[case::crate_declared(away_from_home, "judge.rs", "extern crate axum;", true)]
#[case::crate_beside_its_home(away_from_home, "contract/lint.rs", "use jsonschema::Draft;", true)]
#[case::crate_at_home(away_from_home, "contract/schema/engine.rs", "use jsonschema::Draft;", false)]
#[case::word_in_a_comment(away_from_home, "judge.rs", "/// As reqwest::Client does.\nfn f() {}", false)]
#[case::socket(absent::sockets, "check/plan.rs", "use tokio::net::TcpStream;", true)]
#[case::socket_by_its_module(
    absent::sockets,
    "report.rs",
    "use std::net; fn f() { net::TcpStream::connect(1) }",
    true
)]
#[case::socket_of_a_server(absent::sockets, "judge.rs", "fn f() { hyper::server::conn() }", true)]
#[case::address(absent::sockets, "contract/schema/types.rs", "use std::net::{IpAddr, Ipv4Addr};", false)]
#[case::socket_at_home(absent::sockets, "mock/server.rs", "use tokio::net::TcpListener;", false)]
#[case::file(absent::files_opened, "document/read.rs", "fn f() { std::fs::read(\"a\") }", true)]
#[case::file_by_its_module(
    absent::files_opened,
    "mock.rs",
    "use std::{fs, io}; fn f() { fs::read(\"a\") }",
    true
)]
#[case::file_at_home(absent::files_opened, "cli/fs.rs", "use std::fs;", false)]
#[case::variable(absent::environment, "check.rs", "fn f() { std::env::var(\"A\") }", true)]
#[case::variable_at_home(absent::environment, "cli/env.rs", "use std::env;", false)]
#[case::instant(absent::clocks, "mock.rs", "use std::time::Instant; fn f() { Instant::now() }", true)]
#[case::instant_as_a_value(
    absent::clocks,
    "mock.rs",
    "use std::time; fn f() { g(time::Instant::now) }",
    true
)]
#[case::timestamp(absent::clocks, "report.rs", "fn f() { jiff::Timestamp::now() }", true)]
#[case::timestamp_given(absent::clocks, "report.rs", "use jiff::Timestamp; fn f(now: Timestamp) {}", false)]
#[case::timestamp_at_home(absent::clocks, "cli/output.rs", "fn f() { jiff::Timestamp::now() }", false)]
#[case::printed(absent::printing, "check/run.rs", "fn f() { println!(\"a\") }", true)]
#[case::printed_in_a_closure(absent::printing, "mock.rs", "fn f() { g(|| eprintln!()) }", true)]
#[case::printed_by_hand(absent::printing, "mock.rs", "use std::io::stdout; fn f() { stdout().lock() }", true)]
#[case::written_to_a_text(absent::printing, "mock.rs", "fn f() { writeln!(text, \"a\") }", false)]
#[case::version_key(absent::versions, "mock.rs", "fn f(tree: &Value) { tree[\"openapi\"]; }", true)]
#[case::version_value(absent::versions, "check/plan.rs", "fn f(v: &str) { v.starts_with(\"3.1\") }", true)]
#[case::version_in_a_macro(
    absent::versions,
    "judge.rs",
    "fn f(v: &str) { matches!(v, \"3.0.0\" | \"3.0.3\") }",
    true
)]
#[case::version_by_its_type(absent::versions, "resources.rs", "use crate::contract::schema::Dialect;", true)]
#[case::version_at_home(
    absent::versions,
    "contract/build.rs",
    "fn f(tree: &Value) { tree[\"openapi\"]; }",
    false
)]
#[case::fault_called(absent::faults_called, "mock/auth.rs", "use super::faults::Faults;", true)]
#[case::fault_called_by_its_new_name(absent::faults_called, "mock/auth.rs", "use super::Fault;", true)]
#[case::fault_called_in_a_body(
    absent::faults_called,
    "mock/auth.rs",
    "fn f() { crate::mock::faults::rules() }",
    true
)]
#[case::fault_named(
    absent::faults_called,
    "mock/auth.rs",
    "use crate::rules::Rule; fn f() { Rule::AuthStatus }",
    true
)]
#[case::fault_in_the_service(absent::faults_called, "mock/service.rs", "use super::faults::Faults;", false)]
#[case::rule_name(absent::rule_names, "judge.rs", "const RULE: &str = \"body-schema\";", true)]
#[case::rule_name_at_home(
    absent::rule_names,
    "rules/catalogue.rs",
    "const RULE: &str = \"body-schema\";",
    false
)]
#[case::rule_name_in_a_sentence(
    absent::rule_names,
    "judge.rs",
    "const A: &str = \"see body-schema\";",
    false
)]
#[case::operation_of_core7(absent::bundled_api, "judge.rs", "const A: &str = \"annotations_list\";", true)]
#[case::field_of_core7(absent::bundled_api, "judge.rs", "fn f() { tree[\"date_marker\"] }", true)]
#[case::comment_on_core7(absent::bundled_api, "judge.rs", "// As in annotations_list.\nfn f() {}", false)]
#[case::test_on_core7(
    absent::bundled_api,
    "judge.rs",
    "#[cfg(test)]\nmod tests {\n    const A: &str = \"date_marker\";\n}",
    false
)]
#[case::after_a_test_on_core7(
    absent::bundled_api,
    "judge.rs",
    "#[cfg(test)]\nfn f() {}\nconst A: &str = \"date_marker\";",
    true
)]
fn a_guard_fires(#[case] guard: Guard, #[case] path: &str, #[case] text: &str, #[case] fires: bool) {
    // What the made-up files use of others.
    let others = [
        ("lib.rs", "pub use mock::Anew;"),
        ("mock.rs", "pub use faults::Fault; pub struct Anew;"),
        ("mock/faults.rs", "pub struct Fault;"),
        ("check.rs", ""),
        ("contract.rs", ""),
        ("judge.rs", ""),
        ("rules.rs", ""),
    ];
    let others = others.into_iter().filter(|(other, _)| *other != path);
    let sources: Vec<Source> =
        others.chain([(path, text)]).map(|(path, text)| Source::parse(path, text)).collect();
    assert_eq!(!guard(&sources).is_empty(), fires, "{:#?}", guard(&sources));
}

#[test]
fn a_module_for_tests_is_no_part_of_the_product() {
    let parsed = [
        ("mock.rs", "#[cfg(test)] mod testing; #[cfg(test)] mod tests {} mod state;"),
        ("mock/testing.rs", ""),
        ("mock/testing/more.rs", ""),
        ("mock/state.rs", "#[cfg(unix)] mod tests;"),
        ("mock/state/tests.rs", ""),
        ("other.rs", "#![cfg(test)]"),
    ];
    let sources = files::without_tests(parsed.map(|(path, text)| Source::parse(path, text)).into());
    let for_tests: Vec<&str> =
        sources.iter().filter(|source| source.is_for_tests).map(|source| source.path.as_str()).collect();
    assert_eq!(for_tests, ["mock/testing.rs", "mock/testing/more.rs", "other.rs"]);
}

#[rstest]
#[case::none("use super::b::B;", "", &[])]
#[case::imports("use super::b::B;", "use super::a::A;", &["m/a", "m/b"])]
#[case::paths("fn f() { super::b::g() }", "fn g() { crate::m::a::f() }", &["m/a", "m/b"])]
#[case::through_what_is_named_anew("use crate::m::Renamed;", "use super::{a::A};", &["m/a", "m/b"])]
#[case::a_child("mod c;", "use super::a::c::C;", &[])]
fn circles_are_seen(#[case] a: &str, #[case] b: &str, #[case] circle: &[&str]) {
    let parsed =
        [("m.rs", "mod a; mod b; pub use b::B as Renamed;"), ("m/a.rs", a), ("m/a/c.rs", ""), ("m/b.rs", b)];
    let sources: Vec<Source> = parsed.iter().map(|(path, text)| Source::parse(path, text)).collect();
    let found: Vec<Vec<String>> =
        files::circles(&sources).into_iter().map(|circle| circle.into_iter().collect()).collect();
    assert_eq!(found.concat(), circle);
}

#[rstest]
#[case::its_own("m/a", "m/a.rs", 9, true)]
#[case::few("m/a", "m/a.rs", 8, false)]
#[case::a_top("mock/service", "mock/service.rs", 9, false)]
fn siblings_are_counted(#[case] name: &str, #[case] path: &str, #[case] count: usize, #[case] fires: bool) {
    let folder = name.split('/').next().expect("a folder");
    let beside: Vec<String> = (0..count).map(|index| format!("{folder}/b{index}.rs")).collect();
    let uses: Vec<String> = (0..count).map(|index| format!("use super::b{index}::{{A, B}};")).collect();
    let mut sources: Vec<Source> = beside.iter().map(|path| Source::parse(path, "")).collect();
    sources.push(Source::parse(path, &uses.concat()));
    let found = super::meddling(&sources);
    let expected: Vec<(String, usize)> = fires.then(|| (name.to_owned(), count)).into_iter().collect();
    assert_eq!(found, expected);
}

#[rstest]
#[case::index("mock.rs", "fn f() { self.contract.operations[index].id }", 1)]
#[case::get("mock.rs", "fn f() { project.contract.operations.get(index)?.id }", 1)]
#[case::by_a_method("mock.rs", "fn f() { engine.contract().operations.get(index) }", 1)]
#[case::by_a_reference("mock.rs", "fn f() { (&contract.operations)[index] }", 1)]
#[case::by_a_variable("mock.rs", "fn f() { let operations = &contract.operations; operations[1] }", 1)]
#[case::in_a_macro("mock.rs", "fn f() { format!(\"{}\", contract.operations[0].id) }", 1)]
#[case::all("mock.rs", "fn f() { contract.operations.iter() }", 0)]
#[case::a_part("mock.rs", "fn f() { &operations[1..] }", 0)]
#[case::of_a_report("mock.rs", "fn f() { run.operations[0] }", 0)]
#[case::in_the_contract("contract/path.rs", "fn f() { contract.operations[index] }", 0)]
#[case::in_a_test("mock.rs", "#[cfg(test)] fn f() { contract.operations[index] }", 0)]
fn operations_by_their_place_are_counted(#[case] path: &str, #[case] text: &str, #[case] count: usize) {
    let found: usize = super::indexing(&[Source::parse(path, text)]).iter().map(|(_, count)| count).sum();
    assert_eq!(found, count);
}

#[test]
fn lengths_are_measured() {
    let source = Source::parse("a.rs", "fn f(a: u8, b: u8) {\n\n}\n\nimpl A {\n    fn g(&self) {}\n}\n");
    assert_eq!(source.lines, 7);
    assert_eq!(source.functions, [("f".to_owned(), 3, 2), ("g".to_owned(), 1, 1)]);
}
