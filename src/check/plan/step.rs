//! One request of a plan, and operations without a request.

use http::Method;
use serde_json::Value;

use super::tier::Tier;
use crate::check::credentials::KeyChoice;
use crate::contract::{Contract, Location, Operation, OperationId, StatusKey};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::CollectionId;
use crate::rules::Rule;
use crate::run::KeyKind;

/// One request to be sent.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which operation.
    pub operation: OperationId,
    /// What it tries, for a person.
    pub label: String,
    /// What it is for.
    pub intent: Intent,
    /// The key it needs.
    pub key: KeyChoice,
    /// Values of parameters, or where they will come from.
    pub inputs: Vec<(Location, String, Input)>,
    /// The body.
    pub body: Option<(String, Vec<u8>)>,
    /// The body as the document gives it, tried where `body`, which differs from it in its names, is
    /// refused.
    pub verbatim: Option<(String, Vec<u8>)>,
    /// `Accept`.
    pub accept: Option<String>,
    /// The kind of key that it tries, where it is a case of the access matrix.
    pub access: Option<KeyKind>,
    /// Whether it is sent a second time at once, and the two answers kept.
    pub is_twice: bool,
    /// What goes before it, and what behind.
    pub tier: Tier,
    /// Its place in the plan.
    pub number: usize,
}

impl Step {
    /// Whether it is the plain request of its operation.
    pub(in crate::check) fn is_plain(&self) -> bool {
        matches!(self.intent, Intent::Valid(Valid::Plain | Valid::MadeUp))
    }

    /// How many requests it takes.
    pub fn requests(&self) -> usize {
        1 + usize::from(self.is_twice)
    }

    /// Whether values of it are made up.
    pub(in crate::check) fn is_made_up(&self) -> bool {
        self.intent == Intent::Valid(Valid::MadeUp)
    }

    /// Where a request belongs. One that destroys what nothing makes again comes behind the refusals that need
    /// the same object, so that all of them go together.
    pub(super) fn tier_in(&self, operation: &Operation) -> Tier {
        let is_made =
            self.inputs.iter().any(|(_, _, input)| matches!(input, Input::Fresh(_) | Input::Own(_)));
        if destroys(operation) && !is_made {
            return Tier::Plain;
        }
        match self.intent {
            Intent::Valid(Valid::Plain | Valid::MadeUp) => Tier::Plain,
            // A plan has none that somebody else sends.
            Intent::Valid(_) | Intent::Observed => Tier::Variation,
            Intent::NoKey | Intent::UnknownKey | Intent::Lacking { .. } | Intent::WiderKey => Tier::Access,
            Intent::UnknownId => Tier::State,
            Intent::Invalid(_) | Intent::NotAcceptable => Tier::Forbidden,
        }
    }

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
            Intent::NotAcceptable | Intent::Observed => Rule::StatusUnexpected,
        }
    }
}

/// Whether a step shows, harmlessly, whether the target is there: it reads, and needs no object.
pub(in crate::check) fn shows_target(contract: &Contract, step: &Step) -> bool {
    let is_safe = contract.at(step.operation).is_some_and(Operation::is_safe);
    is_safe && step.is_plain() && step.inputs.iter().all(|(_, _, input)| matches!(input, Input::Value(_)))
}

/// As [`shows_target`], of a step with a plain value for an object of which no list was asked for yet.
pub(in crate::check) fn may_show_target(contract: &Contract, step: &Step) -> bool {
    let is_safe = contract.at(step.operation).is_some_and(Operation::is_safe);
    let is_there = |input: &Input| matches!(input, Input::Value(_) | Input::Seen { member: None, .. });
    is_safe && step.is_plain() && step.inputs.iter().all(|(_, _, input)| is_there(input))
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// It is known.
    Value(Value),
    /// The id of an object that is there: listed by the target, else made by this run.
    Any(CollectionId),
    /// A member of an object of a collection, if an answer has shown one; else the value that is
    /// here.
    Member {
        /// The collection.
        collection: CollectionId,
        /// The member.
        member: String,
        /// The value where none was shown.
        otherwise: Value,
    },
    /// An object of a collection whose list the document leaves out, where the target has that list all the same; a
    /// member of that name that any answer has shown; else the value that is here.
    Seen {
        /// The collection.
        of: Option<CollectionId>,
        /// The member; `None` where its name may be that of anything.
        member: Option<String>,
        /// The value where none was shown.
        otherwise: Value,
    },
    /// The id of an object that this run made.
    Own(CollectionId),
    /// The id of an object that this run makes for this step alone.
    Fresh(CollectionId),
    /// The id of an object below which something is made: this run's own where one can be made, else
    /// one that the target lists.
    Parent(CollectionId),
    /// The id of an object below which something is made that nothing removes: this run's own alone.
    OwnParent(CollectionId),
}

impl Input {
    /// Whether it is the id of an object of a collection.
    pub(in crate::check) fn is_object(&self) -> bool {
        !matches!(self, Self::Value(_) | Self::Member { .. } | Self::Seen { .. })
    }
}

/// An operation that cannot be called.
#[derive(Debug, Clone)]
pub struct Unplanned {
    /// Its index.
    pub operation: OperationId,
    /// Why.
    pub why: String,
    /// TOML that would settle it.
    pub settle: Option<String>,
    /// Whether it is an action or a setting that nobody asked for.
    pub is_action: bool,
}

/// Whether an operation removes objects for good: a DELETE that documents success.
pub(in crate::check) fn destroys(operation: &Operation) -> bool {
    operation.method == Method::DELETE
        && operation.successes().iter().any(|r| r.status != StatusKey::Code(405))
}

/// Why nothing is made in an object that others made, where nothing would remove it.
pub(super) fn leaves(operation: &Operation, parameter: &str, reason: &str) -> Unplanned {
    Unplanned {
        operation: operation.index,
        why: format!(
            "an action: name it, or allow it with --actions ({reason}, and this run cannot create the {parameter:?} in its path)"
        ),
        settle: Some(settle(operation, parameter, false)),
        is_action: true,
    }
}

/// Reasons why a create needs an object of this run's own above what it makes.
pub(super) const STAYS: &str = "nothing deletes what it creates";
pub(super) const IS_DEED: &str = "what it creates is something that is done to the object above it";

/// The table that would give an operation its object.
pub(in crate::check) fn settle(operation: &Operation, parameter: &str, disposable: bool) -> String {
    let disposable = if disposable { "\ndisposable = true" } else { "" };
    format!(
        "[[check.request]]\noperation = {:?}\nparams = {{ {parameter} = \"…\" }}{disposable}",
        operation.id
    )
}
