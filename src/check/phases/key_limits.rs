//! Phase: keys that are limited to some objects must be refused for others.

use crate::check::attempt::Attempt;
use crate::check::credentials::KeyChoice;
use crate::check::dispatch;
use crate::check::plan::destroys;
use crate::check::session::Session;
use crate::check::steps;
use crate::contract::{Location, parameter};
use crate::generate::request::build;
use crate::judge::exchange::Intent;
use crate::judge::sequence::observe;
use crate::rules::Rule;

/// A key that is limited to some objects must be refused at others.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    let limited = session.credentials.limited();
    for (index, limited) in limited.iter().enumerate() {
        for operation in &session.contract.operations {
            let Some(operation) =
                session.operation(Some(operation.index)).filter(|o| !o.is_open() && !destroys(o))
            else {
                continue;
            };
            let lacks =
                session.settings.scopes.missing(operation.scopes(), &limited.key.info.scopes).is_some();
            if lacks
                || !session.recorder.has_succeeded(operation)
                || session.recorder.is_muted(Rule::KeyLimitIgnored)
            {
                continue;
            }
            let Some(parts) = steps::plain_parts(session, operation).await else { continue };
            let elsewhere = parts.parameters.iter().find(|(location, name, value)| {
                *location == Location::Path
                    && limited
                        .only
                        .iter()
                        .any(|(only, values)| only == name && !values.contains(&parameter::text(value)))
            });
            let Some((_, name, value)) = elsewhere else {
                session.recorder.untested(
                    operation,
                    &[Rule::KeyLimitIgnored],
                    "no value beyond the key's limit is known",
                );
                continue;
            };
            let what = format!("a key that is not valid for {name} = {value} was accepted");
            let Ok(request) = build(operation, &parts) else { continue };
            let ask = Attempt { key: KeyChoice::Limited(index), intent: Intent::WiderKey };
            let Some(turn) = dispatch::send_as(session, operation, request, ask, false).await else {
                continue;
            };
            if turn.is_success() {
                let seen = observe(Rule::KeyLimitIgnored, operation, what)
                    .because("403", turn.status().to_string())
                    .of_status();
                session.recorder.say(operation, &turn, seen);
            } else if turn.is_denied() {
                session.recorder.held(operation, Rule::KeyLimitIgnored);
            }
        }
    }
}

#[cfg(test)]
mod tests;
