//! Scenarios: what operations answer while one is played, as `[scenario.NAME]` tells it.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use serde_json::json;

use super::App;
use super::error_response::problem;
use super::prefer::Prefer;
use super::replay::Response;
use super::session::Session;
use crate::contract::{Contract, Direction, Operation, examples};
use crate::document::Problem;
use crate::exchange::Request;
use crate::produce::fixture::Fixtures;
use crate::run::policy::fits;
use crate::settings::nearest;
use crate::settings::scenario::Scenario;

/// What each operation answers, by scenario.
#[derive(Debug, Clone, Default)]
pub struct Scenarios(IndexMap<String, Vec<Option<Prefer>>>);

impl Scenarios {
    /// Says which scenarios there are.
    ///
    /// # Errors
    /// There is none of that name; the text names the nearest.
    pub fn check(&self, name: &str) -> Result<(), String> {
        if self.0.contains_key(name) {
            return Ok(());
        }
        let help = if self.0.is_empty() {
            "there is no [scenario.NAME] in counterpart.toml".to_owned()
        } else {
            nearest(name, self.0.keys().map(String::as_str))
        };
        Err(format!("there is no scenario {name:?}; {help}"))
    }

    /// Their names, in the order of the configuration.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn of(&self, name: &str, operation: usize) -> Option<&Prefer> {
        self.0.get(name)?.get(operation)?.as_ref()
    }
}

/// Reads what the configuration tells of scenarios, for one document. Where several globs fit an
/// operation its own name wins, else the glob with the most letters.
///
/// The problems are values that cannot be answered: an example that an operation does not have, or a
/// word that `Prefer` does not have. A code that it does not document plays a failure. `is_dynamic` says that fixtures and
/// examples of successes are passed over.
pub fn read(
    told: &IndexMap<String, Scenario>,
    contract: &Contract,
    fixtures: &Fixtures,
    is_dynamic: bool,
) -> (Scenarios, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut all = IndexMap::new();
    for (name, scenario) in told {
        let mut chosen: Vec<Option<((bool, usize), Prefer)>> = vec![None; contract.operations.len()];
        for (glob, wish) in scenario {
            let prefer = match Prefer::strict(&wish.text) {
                Ok(prefer) => prefer,
                Err(why) => {
                    let help =
                        "it is what Prefer takes: \"code=503, delay=2\", \"example=NAME\", \"dynamic=true\"";
                    problems.push(Problem::error(wish.place.clone(), why).help(help));
                    continue;
                }
            };
            let weight = (!glob.contains('*'), glob.chars().filter(|c| *c != '*').count());
            for (operation, slot) in contract.operations.iter().zip(&mut chosen) {
                if !fits(glob, &operation.id) {
                    continue;
                }
                if let Err((why, help)) = answerable(&prefer, operation, fixtures, is_dynamic) {
                    problems.push(Problem::error(wish.place.clone(), why).help(help));
                    // One such operation tells enough of a glob that fits many.
                    break;
                }
                if slot.as_ref().is_none_or(|(known, _)| *known < weight) {
                    *slot = Some((weight, prefer.clone()));
                }
            }
        }
        all.insert(name.clone(), chosen.into_iter().map(|slot| slot.map(|(_, prefer)| prefer)).collect());
    }
    (Scenarios(all), problems)
}

/// Globs of scenarios that fit no operation of any of these documents.
pub fn idle(told: &IndexMap<String, Scenario>, contracts: &[&Contract]) -> Vec<Problem> {
    let operations = || contracts.iter().flat_map(|contract| &contract.operations);
    let mut problems = Vec::new();
    for (glob, wish) in told.values().flatten() {
        if !operations().any(|operation| fits(glob, &operation.id)) {
            let help = nearest(glob, operations().map(|operation| operation.id.as_str()));
            let message = format!("{glob:?} fits no operation");
            problems.push(Problem::error(wish.place.clone(), message).help(help));
        }
    }
    problems
}

/// Whether an operation has what is asked for; else why not, and what there is.
fn answerable(
    prefer: &Prefer,
    operation: &Operation,
    fixtures: &Fixtures,
    is_dynamic: bool,
) -> Result<(), (String, String)> {
    let Some(wanted) = &prefer.example else { return Ok(()) };
    let success = operation.successes().first().map(|response| response.status);
    let is_used = |status| !is_dynamic || Some(status) != success;
    let of_fixtures = fixtures.of(operation.index).map(|fixture| (fixture.status, fixture.name.as_str()));
    let of_document = operation.responses.iter().flat_map(|response| {
        let named = response.content.iter().flat_map(|c| examples::of_body(c, Direction::Response));
        named.map(|(name, _)| (response.status, name))
    });
    let names: IndexSet<&str> = of_fixtures
        .chain(of_document)
        .filter(|(status, name)| !name.is_empty() && is_used(*status))
        .filter(|(status, _)| prefer.code.is_none_or(|code| status.covers(code)))
        .map(|(_, name)| name)
        .collect();
    if names.contains(wanted.as_str()) {
        return Ok(());
    }
    let of = prefer.code.map_or_else(String::new, |code| format!(" for {code}"));
    let help = if names.is_empty() {
        "it has none; add a fixture of that name".to_owned()
    } else {
        nearest(wanted, names)
    };
    Err((format!("{} has no example {wanted:?}{of}", operation.id), help))
}

impl App {
    /// What a request asks for, else what the scenario tells that its session plays.
    pub(super) fn wish(
        &self,
        session: &Session,
        operation: &Operation,
        request: &Request,
    ) -> Result<Option<Prefer>, Box<Response>> {
        let scenarios = &self.inner.options.scenarios;
        let Some(prefer) = Prefer::read(&request.headers, request.query.as_deref()) else {
            if scenarios.0.is_empty() {
                return Ok(None);
            }
            let playing = session.kept.scenario.load();
            let wish = playing.as_ref().and_then(|name| scenarios.of(name, operation.index));
            return Ok(wish.cloned());
        };
        let Some(name) = &prefer.scenario else { return Ok(Some(prefer)) };
        if let Err(why) = scenarios.check(name) {
            return Err(Box::new(self.unknown_scenario(&why)));
        }
        let told = scenarios.of(name, operation.index);
        Ok(Some(prefer.over(told)))
    }

    fn unknown_scenario(&self, why: &str) -> Response {
        let known = json!({ "scenarios": self.inner.options.scenarios.names() });
        problem(404, why, Some(("available", known)))
    }

    /// Sets the scenario of a session, or takes it away.
    pub(super) fn play(&self, session: &Session, name: Option<String>) -> Option<Response> {
        if let Some(name) = &name
            && let Err(why) = self.inner.options.scenarios.check(name)
        {
            return Some(self.unknown_scenario(&why));
        }
        session.kept.scenario.store(name.map(Arc::new));
        None
    }
}
