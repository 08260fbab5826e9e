//! Faults of the mock (`--fault RULE@OPERATION`), one per rule, each with exactly one change.
//!
//! They prove that the runner finds what it claims to find. The mock itself does not know them: `service`
//! calls them at fixed points, and the state through `state::StateHooks`.

mod access;
mod callback;
mod input;
mod occasion;
mod pagination;
mod response;
mod state;
mod transport;

use crate::rules::{Family, Rule};
use std::sync::atomic::AtomicBool;

use crate::config::nearest;
use crate::contract::{Contract, Operation, OperationId};
use crate::resources::Resources;
use occasion::OCCASIONS;

/// A fault at one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that should find it.
    pub rule: Rule,
    /// Which operation.
    pub operation: OperationId,
}

/// The faults of a mock.
#[derive(Debug, Default)]
pub(super) struct Faults {
    active: Vec<Fault>,
    /// Whether the one slow response was given.
    was_slow: AtomicBool,
    /// Whether the mock is harmed, so that it answers nothing any more.
    is_harmed: AtomicBool,
}

impl Faults {
    pub fn new(active: Vec<Fault>) -> Self {
        Self { active, ..Self::default() }
    }

    /// Those at an operation.
    pub fn at(&self, operation: OperationId) -> OperationFaults<'_> {
        OperationFaults { faults: self, operation }
    }

    fn has(&self, operation: OperationId, rule: Rule) -> bool {
        self.active.iter().any(|fault| fault.operation == operation && fault.rule == rule)
    }
}

/// The faults at one operation, as hooks: each method is called at one step of a request, and changes
/// nothing where its fault is not active.
#[derive(Debug, Clone, Copy)]
pub(super) struct OperationFaults<'f> {
    faults: &'f Faults,
    operation: OperationId,
}

impl OperationFaults<'_> {
    fn has_any(&self) -> bool {
        self.faults.active.iter().any(|fault| fault.operation == self.operation)
    }

    fn has(&self, rule: Rule) -> bool {
        self.faults.has(self.operation, rule)
    }
}

/// Names of the rules that have a fault.
pub fn rules() -> impl Iterator<Item = Rule> {
    OCCASIONS.iter().map(|occasion| occasion.rule)
}

/// Whether an operation gives occasion for a fault.
pub fn has_occasion(rule: Rule, operation: &Operation, resources: &Resources) -> bool {
    OCCASIONS.iter().any(|occasion| occasion.rule == rule && (occasion.is_given)(operation, resources))
}

/// Whether a fault needs a mock that keeps state.
pub fn needs_state(rule: Rule) -> bool {
    match rule {
        Rule::HeadDiffers | Rule::FormatIgnored => false,
        Rule::DeniedRequestHadEffect => true,
        _ => matches!(rule.family(), Family::State | Family::Page),
    }
}

/// Reads `RULE@OPERATION`.
///
/// # Errors
/// What is not known of it, with the nearest that is; or that the operation gives no occasion.
pub fn parse(text: &str, contract: &Contract, resources: &Resources) -> Result<Fault, String> {
    let (rule, id) =
        text.split_once('@').ok_or_else(|| format!("invalid fault {text:?}; write RULE@OPERATION"))?;
    let occasion = OCCASIONS.iter().find(|occasion| occasion.rule.name() == rule).ok_or_else(|| {
        let known = rules().map(Rule::name);
        format!("no fault for the rule {rule:?}; {}", nearest(rule, known))
    })?;
    let operation = contract.operation(id).ok_or_else(|| {
        let known = contract.operations.iter().map(|operation| operation.id.as_str());
        format!("unknown operation {id:?}; {}", nearest(id, known))
    })?;
    if !(occasion.is_given)(operation, resources) {
        return Err(format!("the fault {rule} does not apply to the operation {id}"));
    }
    Ok(Fault { rule: occasion.rule, operation: operation.index })
}
