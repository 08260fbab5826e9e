//! Phase: what a token endpoint of the document grants for client credentials (RFC 6749 §4.4).
//!
//! A client with a wrong secret gets nothing, and a token does what was asked for and granted, neither more nor less.

use serde_json::{Map, Value};

use super::bare;
use super::members::{body_of, sent_members, taken};
use crate::check::attempt::Attempt;
use crate::check::credentials::{Credential, KeyChoice};
use crate::check::dispatch;
use crate::check::evidence::Evidence;
use crate::check::session::Session;
use crate::check::steps;
use crate::client::token::Granted;
use crate::contract::{Direction, Operation};
use crate::generate::request::{Parts, build, write_body};
use crate::judge::Evaluation;
use crate::judge::sequence::observe;
use crate::rules::{Family, Rule};

/// A scope that no document has.
const NO_SCOPE: &str = "counterpart:none";

/// Asks each token endpoint that was called.
pub(in crate::check) async fn run(session: &mut Session<'_>) {
    if session.settings.no_auth || session.recorder.is_muted(Family::Scope) {
        return;
    }
    for operation in &session.contract.operations {
        let Some(issuer) = session.subject(operation).filter(|operation| {
            operation.is_login()
                && session.recorder.has_succeeded(operation)
                && taken(operation).contains_key("scope")
        }) else {
            continue;
        };
        let Some(parts) = steps::plain_parts(session, issuer).await else { continue };
        let body = sent_members(issuer, parts.body.as_ref());
        if body.get("grant_type").and_then(Value::as_str) == Some("client_credentials") {
            one(session, issuer, (&parts, &body)).await;
        }
    }
}

async fn one(
    session: &mut Session<'_>,
    issuer: &Operation,
    (parts, body): (&Parts, &Map<String, Value>),
) -> Option<()> {
    if let Some(secret) = body.get("client_secret").and_then(Value::as_str) {
        // As long as the right one, whatever the bounds.
        let wrong: String = secret.chars().rev().collect();
        let wrong = if wrong == secret { secret.to_uppercase() } else { wrong };
        let turn = ask(session, issuer, (parts, body), ("client_secret", &wrong)).await?;
        let seen = granted(issuer, &turn).is_some().then(|| {
            let seen = observe(Rule::AuthUnknownAccepted, issuer, "a client with a wrong secret got a token");
            seen.because("401", turn.status().to_string()).of_status()
        });
        if session.recorder.say(issuer, &turn, Evaluation::of(Rule::AuthUnknownAccepted, seen)) {
            return None;
        }
    }
    let turn = ask(session, issuer, (parts, body), ("scope", NO_SCOPE)).await?;
    let holds_it =
        |granted: &Granted| granted.scopes.as_ref().is_some_and(|all| all.iter().any(|s| s == NO_SCOPE));
    if granted(issuer, &turn).is_some_and(|granted| holds_it(&granted)) {
        let seen =
            observe(Rule::InvalidAccepted, issuer, "a scope that the document does not know was granted");
        session.recorder.say(
            issuer,
            &turn,
            seen.because("a refusal", turn.status().to_string()).of_status().warning(),
        );
        return None;
    }
    narrow(session, issuer, (parts, body)).await
}

/// A token for the scopes of one read lets its holder do that, and nothing that needs others.
async fn narrow(
    session: &mut Session<'_>,
    issuer: &Operation,
    (parts, body): (&Parts, &Map<String, Value>),
) -> Option<()> {
    let asked_before: Vec<&str> =
        body.get("scope").and_then(Value::as_str).unwrap_or_default().split(' ').collect();
    let reads: Vec<&Operation> = guarded(session);
    // What the client is known to have may be asked for.
    let is_had = |read: &&&Operation| {
        body.get("scope").is_none()
            || read.scopes().iter().all(|scope| asked_before.contains(&scope.as_str()))
    };
    let own = *reads.iter().find(is_had)?;
    let turn = ask(session, issuer, (parts, body), ("scope", &own.scopes().join(" "))).await?;
    let granted = granted(issuer, &turn)?;
    session.credentials.hide(granted.token.clone());
    let told = granted.scopes.clone().unwrap_or_else(|| own.scopes().to_vec());
    let lacks = |read: &Operation| session.settings.scopes.missing(read.scopes(), &told).is_some();
    let is_foreign =
        |read: &&&Operation| lacks(read) && !session.recorder.has_seen(Rule::ScopeLackingAccepted, read);
    let foreign = reads.iter().find(is_foreign).copied();
    if !lacks(own) {
        let used = with_token(session, own, &granted).await?;
        if matches!(used.status(), 401 | 403) {
            let what =
                format!("a token for {} was refused by {}, which needs no more", told.join(" "), own.id);
            let seen = observe(Rule::ScopeMinimalRefused, issuer, what)
                .because("success", used.status().to_string());
            session.recorder.say(issuer, &used, seen.of_status().warning());
            return None;
        }
        // What else may be wrong with the read is found out elsewhere.
        (200..300).contains(&used.status()).then_some(())?;
    }
    let foreign = foreign?;
    let used = with_token(session, foreign, &granted).await?;
    let seen = used.is_success().then(|| {
        let what = format!(
            "a token for {} was taken by {}, which needs {}",
            told.join(" "),
            foreign.id,
            foreign.scopes().join(" ")
        );
        observe(Rule::ScopeLackingAccepted, issuer, what)
            .because("403", used.status().to_string())
            .of_status()
    });
    session.recorder.say(issuer, &used, Evaluation::of(Rule::ScopeLackingAccepted, seen));
    Some(())
}

/// Reads that want scopes and that keys which have them were let in to.
fn guarded<'r>(session: &Session<'r>) -> Vec<&'r Operation> {
    let reads = session.contract.operations.iter().filter(|operation| {
        operation.is_safe() && !operation.scopes().is_empty() && session.recorder.has_succeeded(operation)
    });
    reads.filter_map(|operation| session.operation(Some(operation.index))).collect()
}

/// Asks for a token with another value for one member.
async fn ask(
    session: &mut Session<'_>,
    issuer: &Operation,
    (parts, body): (&Parts, &Map<String, Value>),
    (name, value): (&str, &str),
) -> Option<Evidence> {
    let mut body = body.clone();
    body.insert(name.to_owned(), Value::from(value));
    let described = body_of(issuer)?;
    let body = Value::Object(body);
    let is_allowed =
        described.schema.as_ref().is_none_or(|s| s.is_valid(Direction::Request, &body) == Ok(true));
    let parts = Parts {
        body: Some(write_body(described, Direction::Request, &body).filter(|_| is_allowed)?),
        ..parts.clone()
    };
    let request = build(issuer, &parts).ok()?;
    let turn = dispatch::send_as(session, issuer, request, Attempt::made_up(issuer), false).await?;
    // Whoever fails or limits the rate says nothing.
    (turn.status() < 500 && turn.status() != 429 && turn.status() > 0).then_some(turn)
}

fn granted(issuer: &Operation, turn: &Evidence) -> Option<Granted> {
    turn.sound(issuer).filter(|_| turn.is_success()).as_ref().and_then(Granted::read)
}

/// Reads with a token that was just granted.
async fn with_token(session: &mut Session<'_>, read: &Operation, granted: &Granted) -> Option<Evidence> {
    let parts = steps::plain_parts(session, read).await?;
    let mut request = build(read, &parts).ok()?;
    let known = session.credentials.get(read, &KeyChoice::sufficient(read)).await.ok()??;
    let key = Credential { token: granted.token.clone(), ..known };
    session.credentials.put_on(read, &key, &mut request);
    bare::send(session, read, request).await
}

#[cfg(test)]
mod tests;
