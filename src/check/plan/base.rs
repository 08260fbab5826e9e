//! The plain request of an operation, and whether it may be sent at all.

use super::step::{Input, Step, Unplanned, destroys, settle};
use super::{Planner, Tier, settings::Given};
use crate::check::credentials::KeyChoice;
use crate::contract::{Location, Operation};
use crate::judge::exchange::{Intent, Valid};
use crate::resources::{self, Collection, kind::Kind};
use crate::run::KeyKind;

impl Planner<'_> {
    pub(super) fn given(&self, operation: &Operation) -> Option<&Given> {
        self.settings.given.get(&operation.id)
    }

    /// The plainest request that should succeed.
    pub(super) fn base(&self, operation: &Operation) -> Result<Step, Unplanned> {
        let mut made_up = false;
        let mut inputs = Vec::new();
        let creates = self.kind(operation) == Some(Kind::Create);
        let target = if creates { None } else { self.resources.target(operation) };
        self.may_change(operation, target)?;
        for parameter in &operation.parameters {
            if !parameter.required && self.fixed(operation, parameter).is_none() {
                continue;
            }
            if let Some(name) = self.new_name(operation, parameter) {
                inputs.push((parameter.location, parameter.name.clone(), Input::Value(name)));
                continue;
            }
            let is_target = parameter.location == Location::Path && target == Some(parameter.name.as_str());
            let input = self.input(operation, parameter, is_target, &mut made_up)?;
            inputs.push((parameter.location, parameter.name.clone(), input));
        }
        self.name_in_parameters(operation, &mut inputs);
        let (body, verbatim) = self.body(operation, &mut made_up)?;
        Ok(Step {
            operation: operation.index,
            label: "plain".to_owned(),
            intent: Intent::Valid(if made_up { Valid::MadeUp } else { Valid::Plain }),
            key: KeyChoice::sufficient(operation),
            inputs,
            body,
            verbatim,
            accept: None,
            access: (!self.settings.no_auth && !operation.is_open() && !operation.is_login())
                .then_some(KeyKind::Minimal),
            is_twice: false,
            tier: Tier::Plain,
            number: 0,
        })
    }

    pub(super) fn kind(&self, operation: &Operation) -> Option<Kind> {
        self.resources.kind(operation.index).map(|judged| judged.kind)
    }

    /// An unsafe request makes an object, asks, or goes to what this run made. Anything else goes out
    /// only where a `[[check.request]]` or `--actions` asks for it; what is named is destroyed only where
    /// it is called disposable.
    fn may_change(&self, operation: &Operation, target: Option<&str>) -> Result<(), Unplanned> {
        let given = self.given(operation);
        let is_asked_for = given.is_some() || self.settings.actions.contains(&operation.index);
        let Some(judged) = self.resources.kind(operation.index) else {
            if is_asked_for || !self.resources.reading_harms(operation.index) {
                return Ok(());
            }
            let why = "an action: name it, or allow it with --actions (its path suggests that even a read changes something)";
            return Err(Unplanned {
                operation: operation.index,
                why: why.to_owned(),
                settle: Some(format!("[[check.request]]\noperation = {:?}", operation.id)),
                is_action: true,
            });
        };
        let refuse = |why: String, is_action: bool| {
            let settle = match target {
                Some(target) => settle(operation, target, destroys(operation)),
                None => format!("[[check.request]]\noperation = {:?}", operation.id),
            };
            Err(Unplanned { operation: operation.index, why, settle: Some(settle), is_action })
        };
        if matches!(judged.kind, Kind::Create | Kind::Query)
            || self.settings.actions.contains(&operation.index)
        {
            return Ok(());
        }
        let is_named = match target {
            Some(target) => given.is_some_and(|given| given.params.contains_key(target)),
            None => given.is_some(),
        };
        if is_named && destroys(operation) && !given.is_some_and(|given| given.disposable) {
            return refuse(
                "it destroys the configured object, which is not marked as disposable".to_owned(),
                false,
            );
        }
        if is_named {
            return Ok(());
        }
        let is_fixed = |target: &&str| {
            let parameter = operation.parameter(Location::Path, target);
            parameter.is_some_and(|parameter| self.fixed(operation, parameter).is_some())
        };
        let fixed = target.filter(is_fixed);
        match (judged.kind, fixed) {
            (Kind::Own, None) => Ok(()),
            (_, Some(target)) => {
                let why = format!(
                    "an action: name it, or allow it with --actions ({target:?} is set to an object that this run did not create)"
                );
                refuse(why, true)
            }
            // Whoever names the operation, but no object, means the one that the run picks.
            (Kind::Action | Kind::Setting, None) if given.is_some() => Ok(()),
            (kind, None) => {
                let article = if kind == Kind::Setting { "a setting" } else { "an action" };
                refuse(format!("{article}: name it, or allow it with --actions ({})", judged.why), true)
            }
        }
    }

    /// Whether a create may make something inside an object that this run did not create: it can be deleted
    /// again, or the user allows it.
    pub(super) fn may_leave(&self, operation: &Operation) -> bool {
        let made = self.resources.created_by(operation.index);
        let made = made.and_then(|index| self.resources.collection(index));
        let is_removable = made.is_some_and(|made| {
            let destroy = made.destroy.and_then(|index| self.contract.at(index));
            destroy.is_some_and(|destroy| !resources::is_refusal(destroy)) || made.soft_delete.is_some()
        });
        is_removable || self.given(operation).is_some() || self.settings.actions.contains(&operation.index)
    }

    /// Whether a create does something to the object above what it makes, and the user did not ask for it.
    pub(super) fn is_deed(&self, operation: &Operation) -> bool {
        let made = self.resources.created_by(operation.index);
        let is_deed =
            made.and_then(|index| self.resources.collection(index)).is_some_and(Collection::holds_deeds);
        is_deed && self.given(operation).is_none() && !self.settings.actions.contains(&operation.index)
    }

    /// Whether a request may be sent twice for no other reason than to see it twice: it reads, or it
    /// goes to what this run makes and destroys nothing.
    pub(super) fn may_repeat(&self, operation: &Operation, base: &Step) -> bool {
        let kind = self.kind(operation);
        let is_own = base.inputs.iter().any(|(_, _, input)| matches!(input, Input::Own(_)))
            || kind == Some(Kind::Create);
        operation.is_safe()
            || kind == Some(Kind::Query)
            || (is_own && self.given(operation).is_none() && !destroys(operation))
    }
}
