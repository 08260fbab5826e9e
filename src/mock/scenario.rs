//! Scenarios: the answers of operations while `[scenario.NAME]` is active.

use indexmap::{IndexMap, IndexSet};
use serde_json::json;

use super::prefer::Prefer;
use super::response::Response;
use crate::config::nearest;
use crate::config::scenario::Scenario;
use crate::contract::{Contract, Direction, Operation, OperationId, PerOperation, examples};
use crate::document::Problem;
use crate::exchange::Request;
use crate::fixtures::Fixtures;
use crate::run::policy::fits;

/// What each operation answers, by scenario.
#[derive(Debug, Clone, Default)]
pub struct Scenarios(IndexMap<String, PerOperation<Option<Prefer>>>);

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
            "counterpart.toml has no [scenario.NAME]".to_owned()
        } else {
            nearest(name, self.0.keys().map(String::as_str))
        };
        Err(format!("unknown scenario {name:?}; {help}"))
    }

    /// Their names, in the order of the configuration.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn of(&self, name: &str, operation: OperationId) -> Option<&Prefer> {
        self.0.get(name)?.get(operation)?.as_ref()
    }

    /// What a request asks for, else what the scenario says that its session plays.
    ///
    /// # Errors
    /// The response to a request for a scenario that is not there.
    pub(super) fn preference(
        &self,
        playing: Option<&str>,
        operation: OperationId,
        request: &Request,
    ) -> Result<Option<Prefer>, Box<Response>> {
        let Some(prefer) = Prefer::read(&request.headers, request.query.as_deref()) else {
            return Ok(playing.and_then(|name| self.of(name, operation)).cloned());
        };
        let Some(name) = &prefer.scenario else { return Ok(Some(prefer)) };
        self.check(name).map_err(|why| Box::new(self.unknown(&why)))?;
        let scenario = self.of(name, operation);
        Ok(Some(prefer.over(scenario)))
    }

    /// The response where a scenario is not there.
    pub(super) fn unknown(&self, why: &str) -> Response {
        Response::problem(404, why, Some(("available", json!({ "scenarios": self.names() }))))
    }
}

/// Reads the scenarios of the configuration, for one document. Where several globs fit an
/// operation its own name wins, else the glob with the most letters.
///
/// The problems are values that cannot be answered: an example that an operation does not have, or a
/// word that `Prefer` does not have. A code that it does not document plays a failure. `is_dynamic`
/// says that fixtures and examples of successes are skipped.
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
                        "write what Prefer takes: \"code=503, delay=2\", \"example=NAME\", \"dynamic=true\"";
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
                    // One such operation is enough for a glob that matches many.
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
            let message = format!("{glob:?} matches no operation");
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
        "there is none; add a fixture with that name".to_owned()
    } else {
        nearest(wanted, names)
    };
    Err((format!("{} has no example {wanted:?}{of}", operation.id), help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn scenarios() -> Scenarios {
        let outage = [Some(Prefer::strict("code=503").unwrap()), None].into_iter().collect();
        Scenarios(IndexMap::from([("outage".to_owned(), outage)]))
    }

    #[rstest]
    #[case(None, 0, "", Ok(None))]
    #[case(Some("outage"), 0, "", Ok(Some(503)))]
    #[case(Some("outage"), 1, "", Ok(None))]
    #[case(Some("outage"), 0, "__code=404", Ok(Some(404)))]
    #[case(None, 0, "__scenario=outage", Ok(Some(503)))]
    #[case(None, 0, "__scenario=outrage", Err(404))]
    fn a_request_goes_before_the_session(
        #[case] playing: Option<&str>,
        #[case] operation: usize,
        #[case] query: &str,
        #[case] expected: Result<Option<u16>, u16>,
    ) {
        let mut request = Request::new(http::Method::GET, "");
        request.query = Some(query.to_owned());
        let found = scenarios().preference(playing, OperationId::nth(operation), &request);
        let found = found
            .map(|prefer| prefer.and_then(|prefer| prefer.code))
            .map_err(|refused| refused.status.as_u16());
        assert_eq!(found, expected);
    }

    #[test]
    fn the_nearest_scenario_is_named() {
        let why = scenarios().check("outrage").unwrap_err();
        assert!(why.contains("did you mean \"outage\"?"), "{why}");
        assert!(Scenarios::default().check("outage").unwrap_err().contains("[scenario.NAME]"));
    }
}
