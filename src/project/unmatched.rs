//! What a configuration says about parts of a document that are not there: mostly slips of the pen.

use std::collections::BTreeSet;

use super::configuration::Config;
use crate::config::nearest;
use crate::contract::{Contract, Operation};
use crate::document::Problem;
use crate::document::pointer;
use crate::run::policy;

/// Warnings about names of the configuration that the document does not have.
pub(super) fn problems(contract: &Contract, config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut warn = |at: &str, message: String, help: String| {
        let problem = config.problem(at, message).help(help);
        found.push(Problem::warning(problem.place, problem.message).help(problem.help.unwrap_or_default()));
    };
    let ids = || contract.operations.iter().map(|operation| operation.id.as_str());
    let settings = &config.settings;
    for (index, state) in settings.state.iter().enumerate() {
        let plain = |path: &str| path.trim_end_matches('/').to_owned();
        let mut paths = contract.operations.iter().map(Operation::path);
        if !paths.any(|path| plain(path) == plain(&state.collection)) {
            let known = contract.operations.iter().map(Operation::path);
            let message = format!("the document has no path {:?}", state.collection);
            warn(&format!("/state/{index}/collection"), message, nearest(&state.collection, known));
        }
        for (at, action) in state.action.iter().enumerate() {
            if contract.operation(&action.operation).is_none() {
                let at = format!("/state/{index}/action/{at}/operation");
                warn(&at, unknown(&action.operation), nearest(&action.operation, ids()));
            }
        }
    }
    for (index, webhook) in settings.webhook.iter().enumerate() {
        let names = || contract.webhooks.iter().map(|webhook| webhook.name.as_str());
        if !names().any(|name| name == webhook.name) {
            let message = format!("the document has no webhook {:?}", webhook.name);
            warn(&format!("/webhook/{index}/name"), message, nearest(&webhook.name, names()));
        }
        let plain = |path: &str| path.trim_end_matches('/').to_owned();
        let paths = || contract.operations.iter().map(Operation::path);
        if let Some(of) = webhook.of.as_ref().filter(|of| !paths().any(|path| plain(path) == plain(of))) {
            let message = format!("the document has no path {of:?}");
            warn(&format!("/webhook/{index}/of"), message, nearest(of, paths()));
        }
    }
    for name in settings.check.params.keys().filter(|name| !has_parameter(contract, name)) {
        let message = format!("no operation has a parameter {name:?}");
        let known: BTreeSet<&str> = parameters(contract).collect();
        warn(&pointer::join("/check/params", name), message, nearest(name, known));
    }
    for (index, waive) in settings.waive.iter().enumerate() {
        let Some(glob) = &waive.operation else { continue };
        if !ids().any(|id| policy::fits(glob, id)) {
            let message = format!("{glob:?} matches no operation, so this waiver waives nothing");
            warn(&format!("/waive/{index}/operation"), message, nearest(glob, ids()));
        }
    }
    let snapshot = settings.snapshot.iter().flat_map(|snapshot| snapshot.operation.keys());
    for name in snapshot.filter(|name| contract.operation(name).is_none()) {
        warn(&pointer::join("/snapshot/operation", name), unknown(name), nearest(name, ids()));
    }
    found
}

fn unknown(operation: &str) -> String {
    format!("unknown operation {operation:?}")
}

/// Whether an operation has a parameter of that name.
pub fn has_parameter(contract: &Contract, name: &str) -> bool {
    parameters(contract).any(|known| known == name)
}

/// Names of all parameters; some are there several times.
pub fn parameters(contract: &Contract) -> impl Iterator<Item = &str> {
    let all = contract.operations.iter().flat_map(|operation| &operation.parameters);
    all.map(|parameter| parameter.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Places, Source, parse};
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("[[state]]\ncollection = \"/pet/\"", Some((2, "did you mean \"/pets\"?")))]
    #[case("[[state]]\ncollection = \"/pets/\"", None)]
    #[case("[[state]]\ncollection = \"/pets\"\n[[state.action]]\noperation = \"lst\"", Some((4, "did you mean \"list\"?")))]
    #[case("[check]\nparams = { limt = 1 }", Some((2, "did you mean \"limit\"?")))]
    #[case("[check.params]\nlimit = 1", None)]
    #[case("[[waive]]\nrule = \"body-schema\"\noperation = \"lits\"\nreason = \"x\"", Some((3, "did you mean \"list\"?")))]
    #[case("[[waive]]\nrule = \"body-schema\"\noperation = \"li*\"\nreason = \"x\"", None)]
    #[case("[[webhook]]\nname = \"mad\"\nurl = \"http://localhost\"\nof = \"/pets\"", Some((2, "did you mean \"made\"?")))]
    #[case("[[webhook]]\nname = \"made\"\nurl = \"http://localhost\"\nof = \"/pet\"", Some((4, "did you mean \"/pets\"?")))]
    #[case("[snapshot.operation.lisst]\nmode = \"shape\"", Some((1, "did you mean \"list\"?")))]
    fn names_that_nothing_has(#[case] text: &str, #[case] expected: Option<(usize, &str)>) {
        let tree = json!({"openapi": "3.1.0", "webhooks": {"made": {"post": {}}}, "paths": {"/pets": {"get": {
            "operationId": "list", "responses": {"200": {}},
            "parameters": [{"name": "limit", "in": "query", "schema": {}}],
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let settings = parse(Source::Config, "c.toml", text, &|_| None).unwrap();
        let config =
            Config { name: "c.toml".into(), settings, places: Places::read(text), ..Config::default() };
        let found = problems(&contract, &config);
        let told = found.first().map(|p| (p.place.position.unwrap().0, p.help.as_deref().unwrap()));
        assert_eq!((told, found.len()), (expected, usize::from(expected.is_some())));
    }
}
