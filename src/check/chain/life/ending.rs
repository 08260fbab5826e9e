//! How an object's life ends: hidden and brought back, destroyed, destroyed again.

use crate::rules::Rule;
use serde_json::{Map, Value, json};

use super::Object;
use crate::check::chain::Ask;
use crate::check::execute::Runner;
use crate::contract::Operation;
use crate::generate::request::Parts;
use crate::judge::Evaluation;
use crate::judge::sequence::{life, observe};
use crate::resources;

impl<'r> Runner<'r> {
    /// Hides it, so that reads and lists agree, and brings it back.
    pub(super) async fn hide(&mut self, object: &Object<'r>, was_listed: bool) {
        let Some(soft) = &object.collection.soft_delete else { return };
        let Some(update) = self.operation(object.collection.update) else { return };
        let body = |hidden: bool| json!({ &soft.member: hidden });
        let Some(hide) = self.with_body(update, &object.values, &body(true)) else { return };
        let Some(show) = self.with_body(update, &object.values, &body(false)) else { return };
        let Some(retrieve) = self.operation(object.collection.retrieve) else { return };
        let Some(address) = self.addressed(retrieve, &object.values) else { return };
        let Some(turn) = self.turn(update, &hide, Ask::made_up(update)).await else { return };
        if !turn.is_success() {
            return;
        }
        let Some(read) = self.turn(retrieve, &address, Ask::made_up(retrieve)).await else { return };
        let still = |what: &str| {
            observe(
                Rule::DeleteNotGone,
                update,
                format!("an object was hidden with {:?} and {what}", soft.member),
            )
        };
        let shows = read.sound(retrieve).map(|value| value.get(&soft.member) == Some(&Value::Bool(true)));
        let mut is_gone = read.is_gone();
        let hides = soft.from_retrieve == Some(true);
        match shows {
            // Whoever finds every id finds this one too.
            Some(true) if hides && !self.has_seen(Rule::UnknownFound, retrieve) => {
                self.say(update, &read, still("can still be read").because("404", "200"));
            }
            None if hides && is_gone => self.held(update, Rule::DeleteNotGone),
            Some(_) if !hides => {
                let sent = Map::from_iter([(soft.member.clone(), Value::Bool(true))]);
                let value = read.sound(retrieve).unwrap_or_default();
                let lost = life::update_not_kept(update, &sent, &value);
                if self.say(update, &read, lost) {
                    return;
                }
            }
            _ => {}
        }
        is_gone |= soft.from_list == Some(true);
        if is_gone
            && was_listed
            && let Some(is_listed) = self.listed(object).await
        {
            let seen = is_listed.then(|| still("is still listed"));
            self.say(update, &turn, Evaluation::of(Rule::DeleteNotGone, seen));
        }
        let Some(turn) = self.turn(update, &show, Ask::made_up(update)).await else { return };
        let Some(read) = self.turn(retrieve, &address, Ask::made_up(retrieve)).await else { return };
        let is_missing = read.is_gone() || (was_listed && self.listed(object).await == Some(false));
        if !turn.is_success() && !turn.is_gone() {
            return;
        }
        if is_missing {
            let message = format!("a hidden object was brought back with {:?} and is not there", soft.member);
            self.say(update, &read, observe(Rule::UpdateNotKept, update, message));
        } else if read.is_success() {
            self.held(update, Rule::UpdateNotKept);
        }
    }

    /// Destroys it: it is gone everywhere, and cannot be destroyed again.
    pub(super) async fn end(&mut self, object: &Object<'r>) {
        let Some(destroy) = self.operation(object.collection.destroy) else { return };
        if resources::is_refusal(destroy) {
            return;
        }
        let Some(parts) = self.addressed(destroy, &object.values) else { return };
        for ask in self.denied(destroy) {
            let Some(turn) = self.turn(destroy, &parts, ask).await else { continue };
            let Some(retrieve) = self.operation(object.collection.retrieve) else { continue };
            let Some(address) = self.addressed(retrieve, &object.values) else { continue };
            if !turn.is_denied() {
                return;
            }
            let Some(read) = self.turn(retrieve, &address, Ask::made_up(retrieve)).await else { continue };
            if read.is_gone() {
                let seen = observe(
                    Rule::DeniedRequestHadEffect,
                    destroy,
                    "a DELETE was refused and deleted all the same",
                );
                self.say(destroy, &turn, seen.because("the object", read.status().to_string()));
                return;
            }
            if read.is_success() {
                self.held(destroy, Rule::DeniedRequestHadEffect);
            }
        }
        let Some(turn) = self.turn(destroy, &parts, Ask::plain(destroy)).await else { return };
        if !turn.is_success() {
            return;
        }
        let still = |what: &str| observe(Rule::DeleteNotGone, destroy, format!("what was deleted {what}"));
        if let Some(retrieve) = self.operation(object.collection.retrieve)
            && let Some(address) = self.addressed(retrieve, &object.values)
            && let Some(read) = self.turn(retrieve, &address, Ask::made_up(retrieve)).await
        {
            if read.is_success() && !self.has_seen(Rule::UnknownFound, retrieve) {
                let seen = still("can still be read").because("404", read.status().to_string());
                self.say(destroy, &read, seen);
                return;
            }
            if read.is_gone() {
                self.held(destroy, Rule::DeleteNotGone);
            }
        }
        match self.listed(object).await {
            Some(true) => {
                self.say(destroy, &turn, still("is still listed"));
                return;
            }
            Some(false) => self.held(destroy, Rule::DeleteNotGone),
            None => {}
        }
        self.destroy_again(destroy, &parts).await;
    }

    /// Destroys what was destroyed.
    pub(in crate::check::chain) async fn again(&mut self, index: usize) {
        let Some(destroy) = self.operation(Some(index)).filter(|destroy| self.succeeded(destroy)) else {
            return;
        };
        if let Some(parts) = self.plain_parts(destroy).await {
            self.destroy_again(destroy, &parts).await;
        }
    }

    /// Whether something reads at the path that a request goes to.
    async fn is_there(&mut self, destroy: &'r Operation, parts: &Parts) -> bool {
        let operations = self.contract.operations.iter();
        let read = operations
            .filter(|other| other.method == http::Method::GET)
            .find(|other| resources::is_same_path(other.path(), destroy.path()));
        let Some(read) = self.operation(read.map(|read| read.index)) else { return false };
        let Some(address) = self.addressed(read, &Self::path_values(destroy, parts)) else { return false };
        self.turn(read, &address, Ask::made_up(read)).await.is_some_and(|turn| turn.is_success())
    }

    /// Destroys twice in a row. A first success may be of what came back in between: by a read that
    /// makes what it does not find, by a replacement, by a create that names its object itself.
    async fn destroy_again(&mut self, destroy: &'r Operation, parts: &Parts) {
        if !destroy.documents(404) && !destroy.documents(410) {
            return;
        }
        for is_sure in [false, true] {
            // Where something is there again, it may be another object: ids are used anew, or count places.
            if is_sure && self.is_there(destroy, parts).await {
                return;
            }
            let Some(turn) = self.turn(destroy, parts, Ask::made_up(destroy)).await else { return };
            if turn.is_gone() {
                self.held(destroy, Rule::DeleteMissingStatus);
            } else if turn.is_success() && is_sure {
                let message = "a second DELETE of the same object succeeded";
                let seen = observe(Rule::DeleteMissingStatus, destroy, message)
                    .because("404", turn.status().to_string())
                    .of_status();
                self.say(destroy, &turn, seen);
            }
            if !turn.is_success() {
                return;
            }
        }
    }
}
