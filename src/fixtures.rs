//! Fixtures: responses in files `<operation>/<status>[.<name>].<ext>`, with optional sidecars.
//!
//! This module names, loads and checks them; the caller reads the files.

mod check;
mod condition;
mod load;
pub mod names;
pub mod scaffold;
mod sidecar;

use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;

use crate::config::schema;
use crate::contract::{Contract, OperationId, StatusKey};
use crate::document::Problem;

pub use condition::{Condition, Subject, Test};

/// All fixtures of a contract that can be used.
#[derive(Debug, Default, Clone)]
pub struct Fixtures {
    /// By operation, then status, then name; the nameless one first.
    pub all: Vec<Fixture>,
}

/// One response.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Which operation.
    pub operation: OperationId,
    /// Which status it answers with.
    pub status: StatusKey,
    /// Its name; empty for the default one.
    pub name: String,
    /// `Content-Type`; `None` for no body.
    pub media_type: Option<String>,
    /// Further header fields, with a line for each of their values.
    pub headers: IndexMap<String, Vec<String>>,
    /// A wait before answering.
    pub delay: Option<Duration>,
    /// All must hold for the fixture to be taken; empty for one that is taken otherwise.
    pub when: Vec<Condition>,
    /// The calls of a session for which it is taken: from, to, counted from 1.
    pub calls: Option<(u32, u32)>,
    /// Whether it is passed over by a mock that keeps state, whatever its conditions.
    pub without_state: bool,
    /// The body as it is sent.
    pub body: Bytes,
    /// The file, relative to the document's fixtures.
    pub file: String,
}

impl Fixtures {
    /// Loads fixtures from files named relative to the document's folder of fixtures, `/` between
    /// the parts. Of two files with one name the later wins, so that a folder can be laid over
    /// what is compiled in.
    pub fn load(
        contract: &Contract,
        files: impl IntoIterator<Item = (String, Bytes)>,
    ) -> (Self, Vec<Problem>) {
        let (loaded, mut problems) = load::load(contract, files.into_iter().collect());
        problems.extend(loaded.iter().flat_map(|(operation, fixture)| check::check(operation, fixture)));
        let mut all: Vec<Fixture> = loaded.into_iter().map(|(_, fixture)| fixture).collect();
        all.sort_by(|a, b| {
            (a.operation, a.status, &a.name, &a.file).cmp(&(b.operation, b.status, &b.name, &b.file))
        });
        (Self { all }, problems)
    }

    /// The fixtures of one operation.
    pub fn of(&self, operation: OperationId) -> impl Iterator<Item = &Fixture> {
        self.all.iter().filter(move |fixture| fixture.operation == operation)
    }
}

/// The JSON Schema of a sidecar.
pub fn schema() -> serde_json::Value {
    let mut schema = schema::of_type::<sidecar::Sidecar>();
    let what = "What belongs to the body of a fixture beside it, or derives one from another.";
    schema::name(&mut schema, ("sidecar of a fixture", what));
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn load(files: &[(&str, &str)]) -> (Fixtures, Vec<Problem>) {
        let document = Document::of(
            "t",
            json!({"openapi": "3.1.0", "paths": {"/a/{id}": {"get": {
                "operationId": "a get",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {
                        "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}},
                    }}}},
                    "404": {"description": "gone"},
                },
            }}}}),
        );
        let (contract, _) = build("t", &document).unwrap();
        Fixtures::load(
            &contract,
            files.iter().map(|(p, b)| ((*p).to_owned(), Bytes::copy_from_slice(b.as_bytes()))),
        )
    }

    #[test]
    fn loads_bodies_and_sidecars() {
        let (fixtures, problems) = load(&[
            ("a_get/200.json", "{\"n\": 1}"),
            (
                "a_get/200.two.toml",
                "extends = \"200\"\nset = { \"/n\" = 2 }\n[when]\n\"path.id\" = \"2\"\n\"query.q\" = { present = false }",
            ),
            ("a_get/200.slow.json", "{\"n\": 3}"),
            (
                "a_get/200.slow.toml",
                "delay = \"10ms\"\nheaders = { x-a = \"b\" }\n[when.header]\nx = { matches = \"^t\" }",
            ),
            ("a_get/404.empty", ""),
        ]);
        assert_eq!(problems, []);
        let names: Vec<_> =
            fixtures.all.iter().map(|f| (f.status.to_string(), f.name.as_str(), f.when.len())).collect();
        assert_eq!(
            names,
            [
                ("200".to_owned(), "", 0),
                ("200".to_owned(), "slow", 1),
                ("200".to_owned(), "two", 2),
                ("404".to_owned(), "", 0)
            ]
        );
        let slow = &fixtures.all[1];
        assert_eq!(
            (slow.delay, slow.headers["x-a"].as_slice()),
            (Some(Duration::from_millis(10)), &["b".to_owned()][..])
        );
        assert_eq!(serde_json::from_slice::<Value>(&fixtures.all[2].body).unwrap(), json!({"n": 2}));
        assert_eq!(fixtures.all[3].media_type, None);
    }

    #[test]
    fn the_later_of_two_files_wins() {
        let (fixtures, problems) =
            load(&[("a_get/200.json", "{\"n\": 1}"), ("a_get/200.json", "{\"n\": 2}")]);
        let bodies: Vec<&[u8]> = fixtures.all.iter().map(|fixture| &*fixture.body).collect();
        assert_eq!((bodies, problems), (vec![&b"{\"n\": 2}"[..]], vec![]));
    }

    #[rstest]
    #[case("200.json", "{}", "put a fixture into a folder")]
    #[case("b/200.json", "{}", "unknown operation \"b\"")]
    #[case("a_get/x.json", "{}", "does not begin with a status")]
    #[case("a_get/200.json", "{", "the fixture is not JSON")]
    #[case("a_get/200.json", "{}", "required member \"n\" is missing")]
    #[case("a_get/500.json", "{}", "does not document the status 500")]
    #[case("a_get/200.csv", "a", "media type text/csv is not documented")]
    #[case("a_get/200.odd", "a", "unknown extension \"odd\"")]
    #[case("a_get/200.toml", "wen = 1", "the sidecar cannot be read")]
    #[case("a_get/200.toml", "", "this sidecar has no body")]
    #[case("a_get/200.toml", "extends = '404'", "no JSON fixture \"404\" to extend")]
    #[case("a_get/200.toml", "delay = 'long'", "\"long\"")]
    #[case("a_get/200.toml", "call = '0'", "invalid range of calls \"0\"")]
    #[case("a_get/200.toml", "when = { 'path.no' = 1 }", "the operation has no path parameter \"no\"")]
    #[case(
        "a_get/200.toml",
        "extends = '200'\nheaders = { Content-Length = '3' }",
        "Content-Length follows from how"
    )]
    #[case("a_get/200.toml", "extends = '200'\nheaders = { x-a = 3 }", "the sidecar cannot be read")]
    #[case("a_get/200.empty", "", "the fixture is empty")]
    fn wrong_fixtures_are_named(#[case] path: &str, #[case] body: &str, #[case] message: &str) {
        let (_, problems) = load(&[(path, body)]);
        assert!(problems.iter().any(|p| p.message.contains(message)), "{problems:?}");
    }
}
