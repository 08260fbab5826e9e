//! Callbacks and webhooks that follow from a request.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::{Call, Service};
use crate::config::webhook::{Change, Webhook};
use crate::contract::expression::Happened;
use crate::contract::is_sent_by_itself;
use crate::exchange::Request;
use crate::mock::context::Observations;
use crate::mock::deliveries::{Cause, DELIVERY, Letter, Outbox, Plan, Wishes, compose};
use crate::mock::response::{Response, Source};
use crate::mock::session::Session;
use crate::resources::Role;

impl Service {
    /// Sends what follows from a request: the callbacks of its operation, and the webhooks for what it changed.
    pub(super) async fn notify(
        &self,
        call: &Call<'_>,
        request: &Request,
        response: &Response,
        observations: &Observations,
    ) {
        let Some(outbox) = &self.outbox else { return };
        let is_done = response.status.is_success()
            && call.operation.is_success(response.status.as_u16())
            && response.interruption.is_none();
        let change = self.change(call, response, observations);
        let has_callbacks = !self.contract.callbacks(call.operation.index).is_empty();
        if !is_done || request.headers.contains_key(DELIVERY) || !(has_callbacks || change.is_some()) {
            return;
        }
        let own = if response.is_delay_final { std::time::Duration::ZERO } else { self.options.delay };
        let wait = own + response.delay + observations.unlucky_wait();
        // Bodies that are made may take any time.
        let send = || {
            let about = told_of(call, request, response);
            self.call_back(outbox, call, (request, response, &about), wait);
            if let Some((change, collection)) = change {
                let is_for = |hook: &&Webhook| hook.is_for(change, collection);
                for hook in self.options.webhooks.iter().filter(is_for) {
                    let plan = Plan { delay: wait + hook.delay, retries: hook.retries };
                    let wishes = Wishes { about: about.clone(), ..wishes(hook) };
                    let session = call.address.session;
                    let cause = Cause::Change(call.address.id);
                    // What cannot be sent is among the deliveries.
                    let _ = self.post(outbox, (session, cause), (&hook.name, &hook.url), &wishes, plan);
                }
            }
        };
        self.bench.beside(send).await;
    }

    /// Sends the callbacks of an operation.
    fn call_back(
        &self,
        outbox: &Outbox,
        call: &Call<'_>,
        (request, response, about): (&Request, &Response, &[Map<String, Value>]),
        delay: std::time::Duration,
    ) {
        let names = call.operation.template.names().iter().map(String::as_str);
        let path: Vec<(&str, &str)> = names.zip(call.path_values.iter().copied()).collect();
        let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let happened = Happened {
            url: &format!("{}{}{query}", self.options.origin, call.address.whole),
            request,
            path: &path,
            status: response.status.as_u16(),
            headers: &response.headers,
            body: &response.body,
        };
        for callback in self.contract.callbacks(call.operation.index) {
            // A request that leaves out where to call wants no call.
            let Ok(url) = callback.url.evaluate(&happened) else { continue };
            let wishes = Wishes { about: about.to_vec(), ..Wishes::default() };
            let Ok(mut draft) = compose(&callback.operation, &wishes) else { continue };
            call.faults.spoil(&mut draft.request.body);
            let letter = Letter {
                cause: Cause::Callback(call.address.id),
                name: callback.name.clone(),
                operation: callback.operation.id.clone(),
                url,
                draft,
            };
            let deliveries = &call.address.session.data.deliveries;
            let _ = outbox.post(deliveries, letter, Plan { delay, retries: 0 });
        }
    }

    /// What a request changed: how, and in which collection.
    fn change(
        &self,
        call: &Call<'_>,
        response: &Response,
        observations: &Observations,
    ) -> Option<(Change, &str)> {
        if self.options.webhooks.is_empty() {
            return None;
        }
        let (collection, role) = self.engine.as_ref()?.kind_of_change(call.operation.index)?;
        let change = match role {
            Role::Create => Change::Created,
            Role::Replace if response.status == http::StatusCode::CREATED => Change::Created,
            Role::Update | Role::Replace | Role::Change => Change::Updated,
            Role::Destroy => Change::Deleted,
            Role::List | Role::Retrieve => return None,
        };
        // What was set or asked for changes nothing.
        let is_of_state =
            response.source == Source::State || (change == Change::Deleted && observations.decided.is_none());
        is_of_state.then_some((change, collection))
    }

    /// Sends a webhook of the document; its number among the deliveries.
    ///
    /// # Errors
    /// Why it is not sent.
    fn post(
        &self,
        outbox: &Outbox,
        (session, cause): (&Session, Cause),
        (name, url): (&str, &str),
        wishes: &Wishes<'_>,
        plan: Plan,
    ) -> Result<u64, String> {
        let webhook = self.contract.webhooks.iter().find(|webhook| webhook.name == name);
        let operation = &webhook.ok_or_else(|| format!("the document has no webhook {name:?}"))?.operation;
        let draft = compose(operation, wishes)?;
        let (name, url) = (name.to_owned(), url.to_owned());
        let letter = Letter { cause, name, operation: operation.id.clone(), url, draft };
        let (delivery, sent) = outbox.post(&session.data.deliveries, letter, plan);
        sent.map(|()| delivery.id)
    }

    /// Sends a webhook that control asks for: to an address, else where the configuration says.
    ///
    /// # Errors
    /// Why it is not sent.
    pub(in crate::mock) fn send_webhook(
        &self,
        session: &Session,
        name: &str,
        asked: &Asked,
    ) -> Result<u64, String> {
        let outbox = self.outbox.as_ref().ok_or("this mock sends nothing")?;
        let cannot_be_sent = |(name, value): &(&String, &String)| {
            is_sent_by_itself(name)
                || HeaderName::from_bytes(name.as_bytes()).is_err()
                || HeaderValue::from_str(value).is_err()
        };
        if let Some((name, _)) = asked.headers.iter().flatten().find(cannot_be_sent) {
            return Err(format!(
                "the header {name:?} cannot be sent with this value, or follows from the connection"
            ));
        }
        let configured = self.options.webhooks.iter().find(|hook| hook.name == name);
        let url = asked.url.as_deref().or(configured.map(|hook| hook.url.as_str()));
        let url =
            url.ok_or("no address is known; give `url`, or write a [[webhook]] with `name` and `url`")?;
        let mut wishes = configured.map(wishes).unwrap_or_default();
        wishes.body = asked.body.as_ref();
        wishes.headers = asked.headers.as_ref().or(wishes.headers);
        let plan = configured.map(|hook| Plan { delay: hook.delay, retries: hook.retries });
        self.post(outbox, (session, Cause::Control), (name, url), &wishes, plan.unwrap_or_default())
    }
}

/// What control asks for of a webhook.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::mock) struct Asked {
    /// Where it goes.
    url: Option<String>,
    /// What is sent, which need not match the document.
    body: Option<Value>,
    /// Header fields.
    headers: Option<indexmap::IndexMap<String, String>>,
}

/// What the configuration says of each request.
fn wishes(hook: &Webhook) -> Wishes<'_> {
    let signed = hook.secret.as_ref().map(|secret| (secret, hook.signature_header.as_str()));
    Wishes { headers: Some(&hook.headers), signed, ..Wishes::default() }
}

/// The objects that a request was about: that of the answer, also where it is in an envelope, that of the request, and
/// the parameters of the path.
fn told_of(call: &Call<'_>, request: &Request, response: &Response) -> Vec<Map<String, Value>> {
    let mut about = Vec::new();
    for body in [&response.body, &request.body] {
        if let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) {
            let inner = members.values().find_map(Value::as_object).cloned();
            about.push(members);
            about.extend(inner);
        }
    }
    let names = call.operation.template.names().iter();
    let of_path = names.zip(call.path_values).flat_map(|(name, value)| {
        // As a number where it is one; what fits is asked of the schema.
        let value = value.parse::<i64>().map_or_else(|_| Value::from(*value), Value::from);
        let is_last = call.operation.template.names().last() == Some(name);
        let id = is_last.then(|| ("id".to_owned(), value.clone()));
        std::iter::once((name.clone(), value)).chain(id)
    });
    about.push(of_path.collect());
    about
}
