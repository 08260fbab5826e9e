//! What accepted requests have made, and what shows that it is this run's own: a text of the very request,
//! a list that did not show it before, an object of this run's own above it. An id alone shows nothing: it
//! may be that of another object, or may lead to another one.

use http::Method;
use serde_json::Value;

use super::{MAX_SEARCHES, Owed, Unsettled, path_values, text};
use crate::check::chain::Ask;
use crate::check::execute::Runner;
use crate::contract::{Direction, Operation, StatusKey, is_json, parameter};
use crate::exchange::{Exchange, Response};
use crate::generate::request::build;
use crate::judge::exchange::{Intent, Valid};
use crate::resources::kind::{Kind, clones};
use crate::resources::members::{NAMES_IN_PATHS, is_position};
use crate::resources::{self, Collection, Role, identities, is_marked};

/// A change of an object of this run's own whose answer tells of another id.
pub(super) struct Renamed {
    collection: usize,
    old: Vec<Value>,
    new: Vec<Value>,
    line: String,
}

impl<'r> Runner<'r> {
    /// Finds out what one accepted request has made.
    pub(super) async fn settle_one(&mut self, made: Unsettled) {
        let Some(operation) = self.contract.operations.get(made.operation) else { return };
        let Some(response) = made.exchange.response() else { return };
        let request = &made.exchange.request;
        let creates = self.resources.created_by(operation.index);
        // 200 where 201 is documented says that the object was there already.
        let is_made =
            response.status != 200 || !operation.responses.iter().any(|r| r.status == StatusKey::Code(201));
        if creates.is_some() && !is_made {
            return;
        }
        let line = format!("{} {}", request.method, self.address(&request.path));
        let here = path_values(operation, &request.path);
        let is_below_own = self.is_below_own(operation, &here);
        let collection = creates.or_else(|| self.resources.answers_item_of(operation.index));
        let Some(index) = collection else {
            if self.settle_copy(operation, &made.exchange, &line).await {
                return;
            }
            self.settle_place(operation, &made.exchange, line, is_below_own);
            return;
        };
        let Some(collection) = self.collection(index) else { return };
        let parents: Vec<Value> = here.iter().take(collection.depth()).cloned().collect();
        // Below an object of this run's own everything is its own; elsewhere that proves nothing.
        let is_below_own = collection.depth() > 0 && self.is_below_own(operation, &parents);
        let token = token_in(&request.body, &self.options.name);
        let found = self.candidates(collection, &made.exchange, token.as_deref());
        let is_named =
            self.pool.is_called_by_name(index) || self.leads_nowhere(index, &parents, &found).await;
        if is_named && self.settle_by_name(index, &parents, &request.body, token.as_deref()).await {
            return;
        }
        if found.is_empty() {
            if !self.settle_by_name(index, &parents, &request.body, token.as_deref()).await {
                let tries = self.ledger.searches.entry(index).or_default();
                *tries += 1;
                if *tries > MAX_SEARCHES || self.search(index, &parents).await == 0 {
                    self.owe(Some(index), Vec::new(), line, is_below_own);
                    // It goes with the object of this run's own that it stands below.
                    let owed = self.ledger.owed.last_mut().filter(|_| is_below_own);
                    if let Some(owed) = owed {
                        owed.path = Some(request.path.trim_end_matches('/').to_owned());
                    }
                }
            }
            return;
        }
        for (id, is_marked) in found {
            let values: Vec<Value> = parents.iter().cloned().chain([id]).collect();
            if self.is_owed(index, &values) {
                continue;
            }
            let was_listed = self.pool.was_listed(index, &values);
            if was_listed == Some(true) {
                // It was there before. Where it has taken a text of this run's, it was changed.
                if is_marked {
                    self.owe(Some(index), values, line.clone(), false);
                }
                continue;
            }
            let is_own = if is_marked || is_below_own || was_listed == Some(false) {
                self.is_addressed(index, &values, &request.body).await
            } else {
                match &token {
                    Some(token) => self.reads_with(collection, &values, token).await,
                    None => false,
                }
            };
            self.owe(Some(index), values, line.clone(), is_own);
        }
    }

    /// Finds a copy that a POST to an object of this run's own has made beside it. Only what reads with the
    /// text of the request is one: the id that is answered may be that of something else.
    async fn settle_copy(&mut self, operation: &Operation, exchange: &Exchange, line: &str) -> bool {
        let is_own = self.resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Own);
        let target = self.resources.target(operation).filter(|_| is_own && operation.method == Method::POST);
        let index = target.and_then(|target| self.resources.of_parameter(operation.index, target));
        let Some((index, collection)) = index.and_then(|index| Some((index, self.collection(index)?))) else {
            return false;
        };
        let here = path_values(operation, &exchange.request.path);
        let parents: Vec<Value> = here.iter().take(collection.depth()).cloned().collect();
        let is_itself =
            |id: &Value| here.get(collection.depth()).map(parameter::text) == Some(parameter::text(id));
        if let Some(token) = token_in(&exchange.request.body, &self.options.name) {
            for (id, _) in self.candidates(collection, exchange, Some(&token)) {
                let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
                let is_new = !is_itself(&id)
                    && self.pool.was_listed(index, &values) != Some(true)
                    && !self.is_owed(index, &values);
                if is_new && self.reads_with(collection, &values, &token).await {
                    self.owe(Some(index), values, line.to_owned(), true);
                    return true;
                }
            }
            if self.settle_by_name(index, &parents, &exchange.request.body, Some(&token)).await {
                return true;
            }
        }
        if clones(operation) {
            self.owe(None, Vec::new(), line.to_owned(), false);
        }
        clones(operation)
    }

    /// The ids of what a request may have made, each with whether that object holds the text of the request.
    fn candidates(
        &self,
        collection: &Collection,
        exchange: &Exchange,
        token: Option<&str>,
    ) -> Vec<(Value, bool)> {
        let Some(response) = exchange.response() else { return Vec::new() };
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let mut found: Vec<(Value, bool)> = identities(&body, &collection.path, &collection.parameter)
            .into_iter()
            .filter_map(|answered| {
                let holds = token.is_some_and(|token| is_marked(answered.object, token, &|_| true));
                (answered.is_meant || holds).then_some((answered.id, holds))
            })
            .collect();
        if found.iter().any(|(_, holds)| *holds) {
            found.retain(|(_, holds)| *holds);
        }
        if found.is_empty() {
            found.extend(self.located(collection, exchange).map(|id| (id, false)));
        }
        found
    }

    /// Whether the first id that a create of a collection answers is not found, so that the path may want
    /// something else.
    async fn leads_nowhere(&mut self, index: usize, parents: &[Value], found: &[(Value, bool)]) -> bool {
        let (Some(collection), [(id, _)]) = (self.collection(index), found) else { return false };
        if self.ledger.addressed.contains_key(&index) || self.pool.has_made(index) {
            return false;
        }
        let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
        let read = self.read_item(collection, &values).await;
        read.is_some_and(|read| matches!(read.status.as_u16(), 400 | 404 | 410 | 422))
    }

    /// Takes the name that was sent for the id, where the answer tells none, or one that leads nowhere: its
    /// object must read with it.
    async fn settle_by_name(
        &mut self,
        index: usize,
        parents: &[Value],
        sent: &[u8],
        token: Option<&str>,
    ) -> bool {
        let (Some(token), Some(collection)) = (token, self.collection(index)) else { return false };
        let Ok(sent) = serde_json::from_slice::<Value>(sent) else { return false };
        let usual = resources::id_name(&sent, &collection.parameter);
        for name in usual.into_iter().chain(NAMES_IN_PATHS.iter().copied()) {
            let id = sent.get(name).filter(|id| id.as_str().is_some_and(|id| id.contains(token)));
            let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))) else { continue };
            let values: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
            if !self.reads_with(collection, &values, token).await {
                continue;
            }
            self.pool.call_by(index, name);
            if !self.is_owed(index, &values) {
                self.owe(Some(index), values, String::new(), true);
            }
            return true;
        }
        false
    }

    fn is_owed(&self, index: usize, values: &[Value]) -> bool {
        self.ledger.owed.iter().any(|owed| is_that(owed, index, values) && !owed.is_gone)
    }

    /// Whether the id that a create answers leads to what it made; looked up once for each collection.
    /// A path may count objects, or name them by something else.
    async fn is_addressed(&mut self, index: usize, values: &[Value], sent: &[u8]) -> bool {
        if let Some(known) = self.ledger.addressed.get(&index) {
            return *known;
        }
        let (Some(collection), Some(id)) = (self.collection(index), values.last()) else { return false };
        if self.cleaner(collection.retrieve).is_none() {
            return !is_position(&collection.parameter);
        }
        // What cannot be read is told of by other rules.
        let Some(read) = self.read_item(collection, values).await.filter(|r| r.status.is_success()) else {
            return true;
        };
        let Ok(body) = serde_json::from_slice::<Value>(&read.body) else { return true };
        let token = token_in(sent, &self.options.name);
        let known = identities(&body, &collection.path, &collection.parameter);
        if known.is_empty() && token.is_none() {
            return true;
        }
        let is_same = known.iter().any(|answered| {
            parameter::text(&answered.id) == parameter::text(id) || resembles(answered.object, sent)
        }) || token.is_some_and(|token| holds(&read, &token));
        self.ledger.addressed.insert(index, is_same);
        is_same
    }

    async fn read_item(&mut self, collection: &'r Collection, values: &[Value]) -> Option<Response> {
        let retrieve = self.cleaner(collection.retrieve)?;
        let parts = self.addressed(retrieve, values)?;
        let request = build(retrieve, &parts).ok()?;
        let ask = Ask { intent: Intent::Valid(Valid::MadeUp), ..Ask::plain(retrieve) };
        let intent = ask.intent.clone();
        let turn = Box::pin(self.send_as(retrieve, request, ask, false)).await?;
        // What is not found may be a wrong guess; what is found is an answer like any other.
        if turn.is_success() {
            self.judge_turn(retrieve, &intent, &turn, None);
        }
        turn.exchange.outcome.ok()
    }

    /// Whether an object reads with a text.
    async fn reads_with(&mut self, collection: &'r Collection, values: &[Value], text: &str) -> bool {
        let read = self.read_item(collection, values).await;
        read.is_some_and(|read| read.status.is_success() && holds(&read, text))
    }

    /// The id that the `Location` of an answer leads to (RFC 9110 §10.2.2).
    fn located(&self, collection: &Collection, exchange: &Exchange) -> Option<Value> {
        let location = exchange.response()?.headers.get(http::header::LOCATION)?.to_str().ok()?;
        let request = self.follow(&exchange.request, location).ok()?;
        let (above, id) = request.path.trim_end_matches('/').rsplit_once('/')?;
        let last = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        (last(above) == last(&collection.path)).then(|| Value::from(id)).filter(|_| resources::is_safe_id(id))
    }

    /// Looks through a list for what this run made: entries with a text of its own in a member that a
    /// create sends, and entries that were not there before. What was there before is never among them,
    /// whatever it holds. Tells how many there are that were not known.
    pub(super) async fn search(&mut self, index: usize, parents: &[Value]) -> usize {
        let Some(collection) = self.collection(index) else { return 0 };
        let Some((entries, _)) = self.entries(index, parents).await else { return 0 };
        let line = format!("{} {}", Method::POST, self.address(&collection.path));
        let sent = collection.create.and_then(|create| self.contract.operations.get(create)).map(sends);
        let counts = |name: &str| {
            sent.as_ref().is_none_or(|sent| sent.is_empty() || sent.iter().any(|known| known == name))
        };
        let mut found = 0;
        for entry in entries {
            let Some(id) = self.pool.id(index, &entry, &collection.parameter).cloned() else { continue };
            let values: Vec<Value> = parents.iter().cloned().chain([id]).collect();
            let known = self.ledger.owed.iter_mut().find(|owed| is_that(owed, index, &values));
            if let Some(known) = known {
                // A DELETE that succeeds need not remove.
                known.is_gone = false;
                continue;
            }
            let is_marked = is_marked(&entry, &self.options.name, &counts);
            let is_new = match self.pool.was_listed(index, &values) {
                Some(was_listed) => !was_listed,
                None => is_marked,
            };
            if is_new {
                found += 1;
                let is_own = is_marked && self.is_addressed(index, &values, &[]).await;
                self.owe(Some(index), values, line.clone(), is_own);
            }
        }
        found
    }

    /// Notes a change whose answer gives an object of this run's own another id.
    pub(in crate::check::execute) fn may_be_renamed(&mut self, operation: &Operation, exchange: &Exchange) {
        let Some((index, Role::Update | Role::Replace)) = self.resources.role(operation.index) else {
            return;
        };
        let Some(collection) = self.collection(index) else { return };
        let old = path_values(operation, &exchange.request.path);
        let body: Option<Value> =
            exchange.response().and_then(|response| serde_json::from_slice(&response.body).ok());
        let id = body.as_ref().and_then(|body| resources::id_of(body, &collection.parameter));
        let Some(id) = id.filter(|id| resources::is_safe_id(&parameter::text(id))) else { return };
        let Some((was, parents)) = old.split_last() else { return };
        if parameter::text(was) == parameter::text(id) || !self.pool.is_own(index, &old) {
            return;
        }
        let new: Vec<Value> = parents.iter().cloned().chain([id.clone()]).collect();
        let line = format!("{} {}", exchange.request.method, self.address(&exchange.request.path));
        self.ledger.renamed.push(Renamed { collection: index, old, new, line });
    }

    /// Follows an object of this run's own to another id, where nothing is left under the old one and the
    /// new one shows a text of this run's. The id may be that of another object altogether.
    pub(super) async fn follow_rename(&mut self, renamed: Renamed) {
        let Renamed { collection: index, old, new, line } = renamed;
        let Some(collection) = self.collection(index) else { return };
        if self.pool.was_listed(index, &new) == Some(true) || self.pool.is_own(index, &new) {
            return;
        }
        if self.cleaner(collection.retrieve).is_none() {
            self.owe(Some(index), new, line, false);
            return;
        }
        let is_left = self.read_item(collection, &old).await;
        let name = self.options.name.clone();
        if is_left.is_none_or(|read| !matches!(read.status.as_u16(), 404 | 410))
            || !self.reads_with(collection, &new, &name).await
        {
            return;
        }
        let Some(path) = collection.item_path(&new) else { return };
        let told = self.address(&path);
        for owed in &mut self.ledger.owed {
            if is_that(owed, index, &old) {
                owed.values.clone_from(&new);
                owed.path = Some(path.clone());
                owed.told.clone_from(&told);
            }
        }
        self.pool.rename(index, &old, &new);
    }
}

fn is_that(owed: &Owed, index: usize, values: &[Value]) -> bool {
    owed.collection == Some(index) && text(&owed.values) == text(values)
}

fn holds(response: &Response, text: &str) -> bool {
    std::str::from_utf8(&response.body).is_ok_and(|body| body.contains(text))
}

/// Whether an object shows a text under the very name that it was sent with.
fn resembles(object: &Value, sent: &[u8]) -> bool {
    let Ok(Value::Object(sent)) = serde_json::from_slice(sent) else { return false };
    sent.iter().any(|(name, value)| {
        value.as_str().is_some_and(|text| text.len() > 3) && object.get(name) == Some(value)
    })
}

/// The token that a request carries: the run's letters and the three that count, where they follow.
fn token_in(octets: &[u8], run: &str) -> Option<String> {
    let text = std::str::from_utf8(octets).ok().filter(|_| !run.is_empty())?;
    let tail = text.get(text.find(run)?..)?;
    let whole = tail.get(..run.len() + 3).filter(|token| token.bytes().all(|b| b.is_ascii_lowercase()));
    Some(whole.unwrap_or(run).to_owned())
}

/// The members that a create sends, down to the second level.
fn sends(create: &Operation) -> Vec<String> {
    let contents = create.body.iter().flat_map(|body| &body.content);
    let Some(schema) = contents.filter(|c| is_json(&c.media_type)).find_map(|c| c.schema.as_deref()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for (name, field) in schema.fields(Direction::Request, &[]) {
        if field.kinds.object {
            names.extend(schema.fields(Direction::Request, &[&name]).into_keys());
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"name": "Interview"}), true)]
    #[case(json!({"title": "Interview"}), false)]
    #[case(json!({"name": "x"}), false)]
    #[case(json!([]), false)]
    fn what_was_sent_is_known_again(#[case] read: Value, #[case] expected: bool) {
        assert_eq!(resembles(&read, br#"{"name": "Interview", "kind": "x"}"#), expected);
        assert!(!resembles(&json!({"kind": "x"}), br#"{"kind": "x"}"#), "too short to tell");
    }

    #[rstest]
    #[case("{\"name\": \"x-abcdefaab\"}", Some("abcdefaab"))]
    #[case("{\"name\": \"abcdef\"}", Some("abcdef"))]
    #[case("{\"name\": \"abcdefAB\"}", Some("abcdef"))]
    #[case("{}", None)]
    fn a_request_carries_its_token(#[case] body: &str, #[case] expected: Option<&str>) {
        assert_eq!(token_in(body.as_bytes(), "abcdef").as_deref(), expected);
    }
}
