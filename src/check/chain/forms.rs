//! HEAD beside GET, CSV beside JSON, and methods that nobody documented.

use crate::rules::Family;
use http::Method;
use serde_json::Value;

use super::Ask;
use crate::check::execute::Runner;
use crate::contract::{Location, Operation, is_json};
use crate::generate::request::{Parts, build};
use crate::judge::sequence::form;
use crate::resources::MediaTypeParameter;

/// A path that no server has.
const NOWHERE: &str = "counterpart-no-such-path-3f1a6c52";

impl<'r> Runner<'r> {
    pub(super) async fn forms(&mut self, index: usize) {
        let Some(operation) = self.operation(Some(index)).filter(|operation| self.succeeded(operation))
        else {
            return;
        };
        let Some(parts) = self.plain_parts(operation).await else { return };
        if operation.method == Method::GET {
            self.head(operation, &parts).await;
        }
        self.formats(operation, &parts).await;
    }

    async fn head(&mut self, operation: &'r Operation, parts: &Parts) {
        let documents_head = self
            .contract
            .operations
            .iter()
            .any(|other| other.method == Method::HEAD && other.template.is_like(&operation.template));
        if documents_head {
            return;
        }
        let Some(get) = self.turn(operation, parts, Ask::made_up(operation)).await else { return };
        let Ok(mut head) = build(operation, parts) else { return };
        head.method = Method::HEAD;
        let Some(head) = self.send_as(operation, head, Ask::made_up(operation), false).await else { return };
        if let (Some(one), Some(other)) = (get.exchange.response(), head.exchange.response()) {
            self.say(operation, &head, form::head(operation, one, other));
        }
    }

    /// A parameter whose values name the documented media types picks among them.
    async fn formats(&mut self, operation: &'r Operation, parts: &Parts) {
        for picks in MediaTypeParameter::of(operation) {
            self.same_in_all(operation, parts, &picks).await;
        }
    }

    async fn same_in_all(&mut self, operation: &'r Operation, parts: &Parts, picks: &MediaTypeParameter) {
        let MediaTypeParameter { name: parameter, values: named } = picks;
        let mut json = None;
        let mut csv = None;
        for (value, media_type) in named {
            let mut asked = parts.clone();
            asked.set(Location::Query, parameter, Value::from(value.as_str()));
            let Some(turn) = self.turn(operation, &asked, Ask::plain(operation)).await else { continue };
            let Some(response) = turn.exchange.response().cloned() else { continue };
            let offered: Vec<&str> = named.iter().map(|(_, media_type)| media_type.as_str()).collect();
            let other =
                form::format(operation, &format!("{parameter}={value}"), media_type, &offered, &response);
            if self.say(operation, &turn, other) || !response.status.is_success() {
                return;
            }
            if is_json(media_type) {
                json = turn.sound(operation);
            } else if media_type == "text/csv" {
                csv = Some((turn, response));
            }
        }
        let listing =
            self.resources.listed_by(operation.index).and_then(|index| self.collection(index)?.list.as_ref());
        if let (Some(json), Some((turn, csv)), Some(listing)) = (json, csv, listing)
            && let Some(entries) = json.pointer(&listing.entries).and_then(Value::as_array)
        {
            let seen = form::csv(operation, entries, &csv.body);
            self.say(operation, &turn, seen);
        }
    }

    /// A method that nobody documented. Only safe ones: GET, else PROPFIND, which RFC 4918 §9.1
    /// calls safe and which every HTTP parser knows.
    pub(super) async fn methods(&mut self, index: usize) {
        let Some(operation) = self.operation(Some(index)) else { return };
        let same_path = |other: &&Operation| other.template.is_like(&operation.template);
        let documents = |method: &Method| {
            self.contract.operations.iter().filter(same_path).any(|other| other.method == *method)
        };
        let Ok(propfind) = Method::from_bytes(b"PROPFIND") else { return };
        let Some(method) = [Method::GET, propfind].into_iter().find(|method| !documents(method)) else {
            return;
        };
        let Some(parts) = self.plain_parts(operation).await else { return };
        let Ok(mut sent) = build(operation, &parts) else { return };
        sent.method = method.clone();
        sent.headers.remove(http::header::CONTENT_TYPE);
        sent.body = bytes::Bytes::new();
        if self.is_of_another(operation, &sent.path, &method) {
            return;
        }
        let mut lost = sent.clone();
        lost.path = format!("/{NOWHERE}");
        lost.query = None;
        let Some(turn) = self.send_as(operation, sent, Ask::made_up(operation), false).await else { return };
        let Some(response) = turn.exchange.response() else { return };
        let seen = form::method(operation, method.as_str(), response);
        let mut is_fallback = form::is_fallback(operation, response, None);
        if !is_fallback && seen.seen.iter().any(|seen| seen.rule.family() == Family::Method) {
            // What any path gets tells nothing of this one.
            let nowhere = self.send_as(operation, lost, Ask::made_up(operation), false).await;
            let nowhere = nowhere.as_ref().and_then(|turn| turn.exchange.response());
            is_fallback = form::is_fallback(operation, response, nowhere);
        }
        if !is_fallback {
            self.say(operation, &turn, seen);
        }
    }

    /// Whether a path is, or may be, that of another template: of the one that fits it best, or of any
    /// that documents the method.
    fn is_of_another(&self, operation: &Operation, path: &str, method: &Method) -> bool {
        let is_other = |other: &&Operation| !other.template.is_like(&operation.template);
        let best = self.contract.find(path).map(|found| found.operations).unwrap_or_default();
        let is_best = |index: &usize| self.contract.operations.get(*index).is_some_and(|o| !is_other(&o));
        if !best.is_empty() && !best.iter().any(is_best) {
            return true;
        }
        let mut others = self.contract.operations.iter().filter(is_other);
        others.any(|other| other.method == *method && other.template.matches(path))
    }
}
