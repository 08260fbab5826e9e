//! Gets a key with certain scopes: a named key, several together, or a new one.

use std::time::Duration;

use super::{Credential, Credentials, Made, cases, list};
use crate::check::clock;
use crate::client::token::Granted;
use crate::contract::{Operation, Requirement, SchemeKind};
use crate::run::KeyInfo;

/// A key is renewed this long before it expires, so that no request meets its end; one that holds
/// shortly, a fifth of its time.
const MARGIN: Duration = Duration::from_secs(30);

impl Credentials<'_> {
    /// Whether a key that the user gave is not sent with a request of an operation, of which the document says nothing.
    pub(in crate::check) fn may_be_wanted(&self, operation: &Operation) -> bool {
        operation.is_silent_on_keys
            && !self.is_off
            && !self.is_sent_unasked
            && self.sources.has_keys()
            && !self.contract.declares_no_security()
    }

    /// Sends the key with requests of operations of which the document says nothing; `false` takes that back.
    pub(in crate::check) fn send_unasked(&mut self, is_sent: bool) {
        self.is_sent_unasked = is_sent;
    }

    /// The key for an operation that may be called without one, but takes one too (an empty requirement beside others,
    /// OpenAPI 3.1 §4.8.30): without it many targets answer as to a guest, who sees next to nothing. `None` where none can
    /// be had.
    pub(super) async fn optional(&mut self, operation: &Operation) -> Option<Credential> {
        let requirement = self.ways.requirement(operation).filter(|_| self.sources.has_keys())?.clone();
        let is_header_there =
            |name: &str| self.sources.headers.iter().any(|header| header.eq_ignore_ascii_case(name));
        if ["authorization", "cookie"].into_iter().any(is_header_there) && self.sources.placement.is_none() {
            return None;
        }
        let scopes = requirement.scopes.clone();
        let mut key = self.minimal(operation, &requirement, &scopes).await.ok()?;
        if self.dead.contains_key(&key.info.name) {
            return None;
        }
        self.accompany(&requirement, &mut key).await.ok()?;
        key.by = self.ways.chosen();
        Some(key)
    }

    /// The key for a document that declares no security at all: what the user gave is sent with
    /// every request, unless a header of the user is there already.
    pub(super) async fn undeclared(&mut self, operation: &Operation) -> Result<Option<Credential>, String> {
        let is_sent = self.is_sent_unasked && operation.is_silent_on_keys;
        let is_taken = self.sources.headers.iter().any(|name| name.eq_ignore_ascii_case("authorization"));
        if !(is_sent || self.contract.declares_no_security())
            || (is_taken && self.sources.placement.is_none())
        {
            return Ok(None);
        }
        let named = self.sources.named.iter().find(|key| key.scheme.is_none()).cloned();
        let key = match self.token().or(named) {
            None if self.sources.minter.is_some() => {
                let all = Some(self.rules.wildcard.clone()).filter(|wildcard| !wildcard.is_empty());
                let all: Vec<String> = all.into_iter().collect();
                Some(self.exact(&Requirement { schemes: Vec::new(), scopes: Vec::new() }, &all).await?)
            }
            key => key,
        };
        match key.as_ref().and_then(|key| self.dead.get(&key.info.name)) {
            Some(why) => Err(why.clone()),
            None => Ok(key.map(|key| Credential { by: self.ways.chosen(), ..key })),
        }
    }

    /// The key that just suffices.
    pub(super) async fn minimal(
        &mut self,
        operation: &Operation,
        requirement: &Requirement,
        required: &[String],
    ) -> Result<Credential, String> {
        let unplaced = requirement.schemes.iter().find(|name| {
            let kind = self.contract.schemes.get(*name).map(|scheme| &scheme.kind);
            matches!(kind, Some(SchemeKind::Unknown(_))) && self.sources.placement.is_none()
        });
        if let Some(scheme) = unplaced {
            return Err(format!(
                "cannot tell how to send a key for the security scheme {scheme:?}; use --credential"
            ));
        }
        if let Some(why) = self.sources.lacks(operation) {
            return Err(why);
        }
        let enough = |key: &&Credential| self.rules.missing(required, &key.info.scopes).is_none();
        let extra =
            |key: &&Credential| key.info.scopes.iter().filter(|scope| !required.contains(scope)).count();
        if let Some(key) = self.sources.holders(requirement).filter(enough).min_by_key(extra) {
            return Ok(key.clone());
        }
        if let Some(key) = self.sources.together(requirement, self.rules) {
            return Ok(key);
        }
        if self.sources.minter.is_some() {
            let key = self.exact(requirement, required).await?;
            return match self.rules.missing(required, &key.info.scopes) {
                None => Ok(key),
                Some(scope) => Err(format!("the issuer did not grant {scope:?}")),
            };
        }
        self.token().ok_or_else(|| format!("no key has {}", list(required)))
    }

    pub(super) async fn lacking(
        &mut self,
        requirement: &Requirement,
        scopes: &[String],
        required: &[String],
    ) -> Result<Credential, String> {
        let missing = self.rules.missing(required, scopes);
        let lacks = |key: &&Credential| {
            let held = self.sources.held_with(requirement, key);
            let lacks = self.rules.missing(required, &held);
            lacks.is_some() && lacks == missing
        };
        let fits = |key: &&Credential| key.info.scopes.is_empty() == scopes.is_empty();
        let exact = |key: &&Credential| key.info.scopes == scopes;
        let named = || self.sources.holders(requirement).filter(lacks);
        // One that may have more than the document says proves less.
        let blurred = |key: &&Credential| match missing {
            Some(missing) => key.info.scopes.iter().any(|held| cases::may_imply(held, missing)),
            None => false,
        };
        if let Some(key) = named().find(exact).or_else(|| named().filter(fits).min_by_key(blurred)) {
            return Ok(key.clone());
        }
        let key = self.made(scopes).await?;
        match self.rules.missing(required, &self.sources.held_with(requirement, &key)) {
            Some(_) => Ok(key),
            None => Err(format!("the issuer granted {}, which is enough", list(&key.info.scopes))),
        }
    }

    /// A key that holds just these scopes, for a requirement.
    pub(super) async fn exact(
        &mut self,
        requirement: &Requirement,
        scopes: &[String],
    ) -> Result<Credential, String> {
        let holders = self.sources.holders(requirement);
        if let Some(key) = holders.into_iter().find(|key| key.info.scopes == scopes) {
            return Ok(key.clone());
        }
        self.made(scopes).await
    }

    /// A key that is made to hold just these scopes.
    pub(super) async fn made(&mut self, scopes: &[String]) -> Result<Credential, String> {
        let now = clock::now();
        match self.minted.get(scopes) {
            Some(Ok(made)) if made.renew_at.is_some_and(|at| at <= now) => self.retire(scopes),
            Some(made) => return made.as_ref().map(|made| made.key.clone()).map_err(Clone::clone),
            None => {}
        }
        let Some(minter) = &self.sources.minter else {
            return Err(format!("no key has exactly {}", list(scopes)));
        };
        if self.is_fork {
            std::future::pending::<()>().await;
        }
        let made = minter(scopes.to_vec()).await.map(|granted| {
            let Granted { token, expires_in, scopes: held } = granted;
            let held = held.unwrap_or_else(|| scopes.to_vec());
            let lasts = expires_in.map(|lasts| lasts.saturating_sub(MARGIN.min(lasts / 5)));
            Made {
                key: Credential::new(token, KeyInfo { name: list(&held), scopes: held }),
                // From before it was asked for: the issuer's clock runs from some time since.
                renew_at: lasts.and_then(|lasts| now.checked_add(lasts)),
            }
        });
        let key = made.as_ref().map(|made| made.key.clone()).map_err(Clone::clone);
        self.minted.insert(scopes.to_vec(), made);
        key
    }
}
