//! What goes first where a run is bounded.

use super::{Input, Step, destroys};
use crate::contract::Operation;
use crate::judge::exchange::{Intent, Valid};
use crate::rules::Rule;

/// What a case is for, in the order of sending. Where a bound ends a run, the last of these are cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The plain request of an operation.
    #[default]
    Plain,
    /// Other keys, and none.
    Access,
    /// What is kept, and what is listed.
    State,
    /// Other values that the document allows.
    Variation,
    /// What the document forbids.
    Forbidden,
    /// What is odd, and must only not break the target.
    Odd,
    /// What destroys objects of others, behind all else.
    Ruin,
}

impl Tier {
    /// All, in the order of sending.
    pub const ALL: [Self; 7] =
        [Self::Plain, Self::Access, Self::State, Self::Variation, Self::Forbidden, Self::Odd, Self::Ruin];

    /// Whether other cases leave room for what is of it.
    pub fn is_due(self) -> bool {
        matches!(self, Self::Plain | Self::Ruin)
    }

    /// Where a request belongs. One that destroys what nothing makes again comes behind the refusals that need
    /// the same object, so that all of them go together.
    pub(super) fn of(operation: &Operation, step: &Step) -> Self {
        let is_made =
            step.inputs.iter().any(|(_, _, input)| matches!(input, Input::Fresh(_) | Input::Own(_)));
        if destroys(operation) && !is_made {
            return Self::Plain;
        }
        match step.intent {
            Intent::Valid(Valid::Plain | Valid::MadeUp) => Self::Plain,
            Intent::Valid(_) => Self::Variation,
            Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. } | Intent::WiderKey => Self::Access,
            Intent::UnknownId => Self::State,
            Intent::Invalid(_) | Intent::NotAcceptable => Self::Forbidden,
        }
    }
}

impl Step {
    /// The rule that would look at its answer before all others.
    pub(in crate::check) fn rule(&self) -> Rule {
        match self.intent {
            Intent::Valid(_) => Rule::ValidRejected,
            Intent::WiderKey => Rule::ScopeMinimalRefused,
            Intent::NoKey => Rule::AuthMissingAccepted,
            Intent::UnknownKey => Rule::AuthUnknownAccepted,
            Intent::Lacking { .. } => Rule::ScopeLackingAccepted,
            Intent::UnknownId => Rule::UnknownFound,
            Intent::Invalid(_) => Rule::InvalidAccepted,
            Intent::NotAcceptable => Rule::StatusUnexpected,
        }
    }
}
