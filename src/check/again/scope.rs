//! What must be sent to try findings again.

use std::collections::BTreeSet;

use crate::check::plan::{ONLY, Settings, Sought};
use crate::contract::{Contract, Operation, OperationId};
use crate::resources::{Collection, CollectionId, Resources};
use crate::rules::{Family, Rule};

/// Leaves out whatever says nothing about the findings. Where one of them is unknown, nothing is left out.
pub fn choose(contract: &Contract, resources: &Resources, sought: Vec<Sought>, settings: &mut Settings) {
    let rules: Option<Vec<Rule>> = sought.iter().map(|sought| sought.rule).collect();
    if let Some(rules) = rules {
        let named = sought.iter().flat_map(|sought| &sought.operations);
        let chosen: BTreeSet<OperationId> =
            named.filter_map(|id| contract.operation(id)).map(|operation| operation.index).collect();
        let others = contract.operations.iter().map(|operation| operation.index);
        let others = others.filter(|index| !chosen.contains(index));
        settings.skipped.extend(others.map(|index| (index, ONLY.to_owned())));
        for family in Family::ALL.iter().filter(|family| !rules.iter().any(|rule| needs(*rule, **family))) {
            settings.muted.insert(*family);
        }
        settings.helpers = helpers(contract, resources, settings, &rules, &chosen);
    }
    settings.sought = sought;
}

/// Whether the requests that are sent for a family may show a finding of a rule.
fn needs(rule: Rule, family: Family) -> bool {
    match (rule.family(), rule) {
        (own, _) if is_about_life(rule) => family == own || family == Family::State,
        // Any valid request can be refused, and any request can do harm.
        (_, Rule::ScopeMinimalRefused | Rule::ValidRejected | Rule::TargetHarmed) => true,
        (Family::Auth | Family::Scope, _) => matches!(family, Family::Auth | Family::Scope),
        (own @ (Family::Method | Family::Page | Family::Input), _) => family == own,
        // Any response has a status, headers and a body.
        _ => true,
    }
}

/// Whether a rule is about the life of an object that the run makes.
fn is_about_life(rule: Rule) -> bool {
    let is_other = matches!(rule, Rule::DeniedRequestHadEffect | Rule::OtherOwnerAccepted);
    is_other || (rule.family() == Family::State && rule != Rule::TargetHarmed)
}

/// The operations of the collections that the chosen ones belong to: what sequences need of them.
fn helpers(
    contract: &Contract,
    resources: &Resources,
    settings: &Settings,
    rules: &[Rule],
    chosen: &BTreeSet<OperationId>,
) -> BTreeSet<OperationId> {
    let runs = |family| rules.iter().any(|rule| needs(*rule, family));
    if !runs(Family::State) && !runs(Family::Page) {
        return BTreeSet::new();
    }
    let may_write = settings.may_make || rules.iter().any(|rule| is_about_life(*rule));
    let may_help = |index: &OperationId| {
        !chosen.contains(index) && (may_write || contract.at(*index).is_some_and(Operation::is_safe))
    };
    let collections: BTreeSet<CollectionId> =
        chosen.iter().flat_map(|index| around(contract, resources, *index)).collect();
    let collections = collections.into_iter().filter_map(|index| resources.collection(index));
    collections.flat_map(operations).filter(may_help).collect()
}

/// The collections that an operation belongs to or acts on.
fn around(contract: &Contract, resources: &Resources, index: OperationId) -> Vec<CollectionId> {
    let id = contract.at(index).map_or("", |operation| operation.id.as_str());
    let role = resources.role(index).map(|(collection, _)| collection);
    let acts = resources.actions(id).map(|(collection, _)| collection);
    role.into_iter().chain(resources.created_by(index)).chain(resources.shown_by(index)).chain(acts).collect()
}

/// What a document can do with the objects of a collection.
fn operations(collection: &Collection) -> impl Iterator<Item = OperationId> {
    let Collection { list, finder, dictionary, create, retrieve, update, replace, destroy, .. } = collection;
    let list = list.as_ref().map(|list| list.operation);
    let finder = finder.as_ref().map(|(query, _)| *query);
    [list, finder, *dictionary, *create, *retrieve, *update, *replace, *destroy].into_iter().flatten()
}
