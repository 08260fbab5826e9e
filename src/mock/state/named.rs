//! Objects that exist because the configuration or a fixture names them, in collections that nothing
//! lists, creates or reads.

use std::collections::{HashMap, HashSet};

use crate::contract::{Contract, Operation, parameter};
use crate::fixtures::{Fixtures, Subject, Test};
use crate::resources::{CollectionId, Resources};

/// By collection: the ids that are named. Of a collection without any, every object exists.
pub(in crate::mock) type NamedObjects = HashMap<CollectionId, HashSet<String>>;

/// What is named: by `named` (operation, parameter, value), and by fixtures of successes that are
/// answered for one id.
pub(in crate::mock) fn named(
    contract: &Contract,
    resources: &Resources,
    named: &[(String, String, String)],
    fixtures: &Fixtures,
) -> NamedObjects {
    let mut known = NamedObjects::new();
    let mut add = |operation: &Operation, parameter: &str, id: String| {
        if resources.target(operation) == Some(parameter)
            && let Some(index) = resources.of_parameter(operation.index, parameter)
        {
            known.entry(index).or_default().insert(id);
        }
    };
    for (id, parameter, value) in named {
        if let Some(operation) = contract.operation(id) {
            add(operation, parameter, value.clone());
        }
    }
    for operation in &contract.operations {
        let succeeds = |status| operation.successes().iter().any(|response| response.status == status);
        let shown = fixtures.of(operation.index).filter(|fixture| succeeds(fixture.status));
        for condition in shown.flat_map(|fixture| &fixture.when) {
            if let (Subject::Path(parameter), Test::Is(id)) = (&condition.subject, &condition.test) {
                add(operation, parameter, parameter::text(id));
            }
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(&[], &[])]
    #[case(&[("deleteThing", "id", "7")], &["7"])]
    #[case(&[("deleteThing", "other", "7")], &[])]
    #[case(&[("noSuch", "id", "7")], &[])]
    fn configured_objects(#[case] configured: &[(&str, &str, &str)], #[case] expected: &[&str]) {
        let contract = crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {"/things/{id}": {
            "delete": {"operationId": "deleteThing", "responses": {"204": {"description": "done"}}},
        }}}));
        let resources = Resources::of(&contract, &[]);
        let configured: Vec<_> =
            configured.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect();
        let named = named(&contract, &resources, &configured, &Fixtures::default());
        let ids: Vec<&String> = named.values().flatten().collect();
        assert_eq!(ids, expected);
    }
}
