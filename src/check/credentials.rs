//! Chooses the key for each case: a named key, a minted one, or one token of unknown scopes.

mod acceptance;
mod cases;
mod obtaining;
mod placement;
mod schemes;
mod sources;
mod template;
mod ways;
mod wider;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use super::clock::Instant;
use crate::client::token::Granted;
use crate::contract::scopes::ScopeRules;
use crate::contract::{Contract, Location, Operation, OperationId, Requirement, SchemeKind};
use crate::exchange::Secret;
use crate::redact::Redactor;
use crate::run::KeyInfo;
use acceptance::Acceptance;
pub(super) use acceptance::Proof;
pub(super) use cases::is_broad;
pub use cases::{Case, cases, weighed};
pub use placement::{place, put_plainly, take_out};
pub use schemes::prefer;
pub(super) use schemes::requirement;
pub use sources::{Denied, Limited, Sources, Stranger};
pub use template::template;
use ways::Ways;
pub use wider::Wider;

/// Makes a key that holds just these scopes.
pub type Minter =
    Box<dyn Fn(Vec<String>) -> Pin<Box<dyn Future<Output = Result<Granted, String>> + Send>> + Send + Sync>;

/// A key with its name and what it holds.
#[derive(Debug, Clone)]
pub struct Credential {
    /// What goes on the wire.
    pub token: Secret,
    /// What reports say.
    pub info: KeyInfo,
    /// The scheme that it is for; it is sent for no other. `None` where it serves any.
    pub scheme: Option<String>,
    /// Keys for the other schemes that the same requirement asks for.
    pub beside: Vec<Beside>,
    /// The schemes of the alternative by which it is sent; `None` for the first one that an operation has.
    pub by: Option<Vec<String>>,
}

/// A key that goes along with another one, for a scheme of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The scheme.
    pub scheme: String,
    /// What goes on the wire.
    pub token: Secret,
}

impl Credential {
    /// A key for any scheme.
    pub fn new(token: Secret, info: KeyInfo) -> Self {
        Self { token, info, scheme: None, beside: Vec::new(), by: None }
    }

    /// The key, for one scheme alone where one is named.
    #[must_use]
    pub fn of_scheme(mut self, scheme: Option<String>) -> Self {
        self.scheme = scheme;
        self
    }

    /// Whether the key may be sent for a requirement.
    fn is_for(&self, requirement: &Requirement) -> bool {
        self.scheme.as_ref().is_none_or(|scheme| requirement.schemes.contains(scheme))
    }

    fn as_beside(&self) -> Option<Beside> {
        Some(Beside { scheme: self.scheme.clone()?, token: self.token.clone() })
    }
}

/// Which key a case needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChoice {
    /// No credential at all.
    Nothing,
    /// One that nobody issued.
    Unknown,
    /// The limited key of that number.
    Limited(usize),
    /// The key of another owner of that number.
    Stranger(usize),
    /// The key of that number that may not do everything.
    Denied(usize),
    /// Just these scopes, which must be enough.
    Minimal(Vec<String>),
    /// These scopes, wider than what is required.
    Wider {
        /// What the key should hold.
        scopes: Vec<String>,
    },
    /// These scopes, which must not be enough for the required ones.
    Lacking {
        /// What the key should hold.
        scopes: Vec<String>,
        /// What is required.
        required: Vec<String>,
    },
}

impl KeyChoice {
    /// The key that suffices for an operation.
    pub fn sufficient(operation: &Operation) -> Self {
        if operation.is_open() { Self::Nothing } else { Self::Minimal(operation.scopes().to_vec()) }
    }
}

/// The keys of a run.
#[derive(Clone)]
pub struct Credentials<'r> {
    contract: &'r Contract,
    sources: &'r Sources,
    rules: &'r ScopeRules,
    minted: HashMap<Vec<String>, Result<Made, String>>,
    /// Tokens that were replaced by newer ones; they are secrets still.
    retired: Vec<Secret>,
    /// Names of keys that the target takes no longer, and why that is known.
    dead: HashMap<String, String>,
    /// Names of keys that were not refused, each with the request that shows it.
    accepted: HashMap<String, Acceptance>,
    /// Scopes that do for an operation whose documented ones were refused.
    enough: HashMap<OperationId, Vec<String>>,
    /// Whether these are a fork's, which waits where a key would have to be made.
    is_fork: bool,
    /// No key is sent.
    is_off: bool,
    /// The key is sent where the document says nothing of keys, too.
    is_sent_unasked: bool,
    /// By which of several alternatives the target takes keys.
    ways: Ways,
}

/// A key that was made.
#[derive(Clone)]
struct Made {
    key: Credential,
    /// When it is renewed, if it expires.
    renew_at: Option<Instant>,
}

/// Why nothing is known of keys at a target that is open to everybody.
pub(super) const NO_AUTH: &str = "the target is checked without keys (--no-auth)";

/// A token that nobody issued. Not like any real token, so that no scanner takes it for a leak.
const UNKNOWN: &str = "counterpart-unknown-key";

impl<'r> Credentials<'r> {
    /// Keys for a document's operations from these sources, under these scope rules.
    pub fn new(contract: &'r Contract, sources: &'r Sources, rules: &'r ScopeRules) -> Self {
        Self {
            contract,
            sources,
            rules,
            minted: HashMap::new(),
            retired: Vec::new(),
            dead: HashMap::new(),
            accepted: HashMap::new(),
            enough: HashMap::new(),
            is_off: false,
            is_sent_unasked: false,
            ways: Ways::default(),
            is_fork: false,
        }
    }

    /// The keys of a fork: those that are there, and no others.
    pub(super) fn fork(&self) -> Self {
        Self { is_fork: true, ..self.clone() }
    }

    /// No key is sent where the target is open to everybody.
    #[must_use]
    pub fn switched_off(mut self, is_off: bool) -> Self {
        self.is_off = is_off;
        self
    }

    /// Notes a token that the target has granted and that must not be shown.
    pub(super) fn hide(&mut self, token: Secret) {
        self.retired.push(token);
    }

    /// Every token that was used, for removing them from what is shown.
    pub fn secrets(&self) -> Vec<Secret> {
        let minted = self.minted.values().filter_map(|made| made.as_ref().ok());
        let minted = minted.map(|made| made.key.token.clone()).chain(self.retired.iter().cloned());
        let named = self.sources.named.iter().map(|key| key.token.clone());
        let limited = self.sources.limited.iter().map(|limited| limited.key.token.clone());
        let strangers = self.sources.strangers.iter().map(|stranger| stranger.key.token.clone());
        let denied = self.sources.denied.iter().map(|denied| denied.key.token.clone());
        let others = limited.chain(strangers).chain(denied);
        minted.chain(named).chain(others).chain(self.sources.token.clone()).collect()
    }

    /// Removes every key of this run, and further secrets.
    pub(super) fn redactor(&self, further: Vec<Secret>) -> Redactor {
        let placement = self.sources.placement.as_ref().map(|(name, _)| name.as_str());
        let headers = self.contract.key_names(Location::Header).chain(placement);
        let hidden = self.sources.hidden.iter().cloned();
        Redactor::new(self.secrets().into_iter().chain(hidden).chain(further))
            .with_names(headers, self.contract.key_names(Location::Query))
    }

    /// A key of another owner that has what an operation asks for: its number, and whose it is. Where several keys go
    /// together, nobody knows which are of one owner.
    pub(super) fn stranger(&self, operation: &Operation) -> Option<(usize, &'r str)> {
        let requirement = schemes::requirement(operation).filter(|asked| asked.schemes.len() == 1)?;
        let has_enough = |stranger: &Stranger| {
            let key = &stranger.key;
            key.is_for(requirement) && self.rules.missing(&requirement.scopes, &key.info.scopes).is_none()
        };
        let strangers = self.sources.strangers.iter().enumerate();
        let mut fitting = strangers.filter(|(_, stranger)| has_enough(stranger));
        fitting.next().map(|(index, stranger)| (index, stranger.owner.as_str()))
    }

    /// Keys that may not call some operations.
    pub(super) fn denied(&self) -> &'r [Denied] {
        &self.sources.denied
    }

    /// A key that is for one scheme alone and holds these scopes.
    pub(super) fn of_scheme(&self, scheme: &str, scopes: &[String]) -> Option<&'r Credential> {
        let is_one = |key: &&Credential| {
            key.scheme.as_deref() == Some(scheme) && self.rules.missing(scopes, &key.info.scopes).is_none()
        };
        self.sources.named.iter().find(is_one)
    }

    /// Keys that hold for some objects alone.
    pub(super) fn limited(&self) -> &'r [Limited] {
        &self.sources.limited
    }

    /// The key for a case of an operation; `Ok(None)` where it needs none.
    ///
    /// # Errors
    /// Why no such key can be had.
    pub async fn get(
        &mut self,
        operation: &Operation,
        choice: &KeyChoice,
    ) -> Result<Option<Credential>, String> {
        if self.is_off {
            let is_plain = operation.is_open() || matches!(choice, KeyChoice::Minimal(_));
            return if is_plain { Ok(None) } else { Err(NO_AUTH.to_owned()) };
        }
        let Some(requirement) = self.ways.requirement(operation).filter(|_| !operation.is_open()) else {
            return if *choice == KeyChoice::Nothing {
                match self.optional(operation).await {
                    Some(key) => Ok(Some(key)),
                    None => self.undeclared(operation).await,
                }
            } else {
                self.open(choice)
            };
        };
        if matches!(choice, KeyChoice::Nothing | KeyChoice::Unknown)
            && let Some(name) = self.header_in_the_way(operation)
        {
            return Err(format!("--header sets {name}"));
        }
        if *choice == KeyChoice::Nothing {
            return Ok(None);
        }
        let mut key = match choice {
            KeyChoice::Nothing
            | KeyChoice::Unknown
            | KeyChoice::Limited(_)
            | KeyChoice::Stranger(_)
            | KeyChoice::Denied(_) => match self.open(choice)? {
                Some(key) if key.is_for(requirement) => key,
                _ => return Err("that key is for another scheme".to_owned()),
            },
            KeyChoice::Minimal(required) => match self.enough.get(&operation.index).cloned() {
                Some(scopes) => self.exact(requirement, &scopes).await?,
                None => self.minimal(operation, requirement, required).await?,
            },
            KeyChoice::Wider { scopes } => self.exact(requirement, scopes).await.and_then(|key| {
                let enough = self.rules.missing(scopes, &key.info.scopes).is_none();
                if enough { Ok(key) } else { Err(format!("the issuer granted {}", list(&key.info.scopes))) }
            })?,
            KeyChoice::Lacking { scopes, required } => self.lacking(requirement, scopes, required).await?,
        };
        if let Some(why) = self.dead.get(&key.info.name) {
            return Err(why.clone());
        }
        if *choice != KeyChoice::Unknown {
            self.accompany(requirement, &mut key).await?;
        }
        key.by = self.ways.chosen();
        Ok(Some(key))
    }

    /// A key that needs no making.
    fn open(&self, choice: &KeyChoice) -> Result<Option<Credential>, String> {
        match choice {
            KeyChoice::Unknown => {
                let info = KeyInfo { name: "unknown".to_owned(), scopes: Vec::new() };
                Ok(Some(Credential::new(Secret::new(UNKNOWN), info)))
            }
            KeyChoice::Stranger(index) => match self.sources.strangers.get(*index) {
                Some(stranger) => Ok(Some(stranger.key.clone())),
                None => Err("no such key".to_owned()),
            },
            KeyChoice::Denied(index) => match self.sources.denied.get(*index) {
                Some(denied) => Ok(Some(denied.key.clone())),
                None => Err("no such key".to_owned()),
            },
            KeyChoice::Limited(index) => match self.sources.limited.get(*index) {
                Some(limited) => Ok(Some(limited.key.clone())),
                None => Err("no such key".to_owned()),
            },
            _ => Ok(None),
        }
    }

    fn token(&self) -> Option<Credential> {
        let info = KeyInfo { name: "token".to_owned(), scopes: Vec::new() };
        self.sources.token.clone().map(|token| Credential::new(token, info))
    }

    /// Whether a header is one that keys are sent in.
    pub(super) fn is_key(&self, name: &str) -> bool {
        let placement = self.sources.placement.as_ref().map(|(name, _)| name.as_str());
        let mut places = self.contract.key_names(Location::Header).chain(placement);
        ["authorization", "cookie"].contains(&name) || places.any(|place| place.eq_ignore_ascii_case(name))
    }

    /// A header of the user's that may be a credential of the operation, so that a request that
    /// should go without one has one.
    fn header_in_the_way(&self, operation: &Operation) -> Option<&'r str> {
        let schemes = operation.security.iter().flat_map(|requirement| &requirement.schemes);
        let kinds = schemes.filter_map(|name| self.contract.schemes.get(name)).map(|scheme| &scheme.kind);
        let mut places = vec!["authorization"];
        places.extend(self.sources.placement.as_ref().map(|(name, _)| name.as_str()));
        places.extend(kinds.filter_map(|kind| match kind {
            SchemeKind::ApiKey(Location::Cookie, _) => Some("cookie"),
            SchemeKind::ApiKey(Location::Header, name) => Some(name.as_str()),
            _ => None,
        }));
        let is_one = |name: &&String| places.iter().any(|place| place.eq_ignore_ascii_case(name));
        self.sources.headers.iter().find(is_one).map(String::as_str)
    }

    /// Adds the keys for the other schemes of a requirement. A key for any scheme leaves those to
    /// others that have a key of their own.
    async fn accompany(&mut self, requirement: &Requirement, key: &mut Credential) -> Result<(), String> {
        let sources = self.sources;
        let is_own = |scheme: &String| key.scheme.as_ref() == Some(scheme);
        let needed = |name: &&String| !is_own(name) && !key.beside.iter().any(|other| other.scheme == **name);
        let mut others: Vec<String> = requirement.schemes.iter().filter(needed).cloned().collect();
        let of = |scheme: &String| sources.named.iter().find(|other| other.scheme.as_ref() == Some(scheme));
        if key.scheme.is_none() {
            if others.iter().all(|scheme| of(scheme).is_some()) {
                others = others.split_off(others.len().min(1));
            }
            key.beside.extend(others.iter().filter_map(of).filter_map(Credential::as_beside));
            return Ok(());
        }
        for scheme in others {
            let any = || sources.named.iter().find(|other| other.scheme.is_none());
            let other = of(&scheme).or_else(any).map(|other| other.token.clone());
            let token = match other.or_else(|| sources.token.clone()) {
                Some(token) => token,
                None if sources.minter.is_some() => self.made(&requirement.scopes).await?.token,
                None => return Err(format!("no key for the security scheme {scheme:?}")),
            };
            key.beside.push(Beside { scheme, token });
        }
        Ok(())
    }

    /// The key for a case, renewed if it was minted; `None` if there is no other.
    ///
    /// # Errors
    /// Why no such key can be had any more.
    pub async fn renewed(
        &mut self,
        operation: &Operation,
        choice: &KeyChoice,
        old: &Credential,
    ) -> Result<Option<Credential>, String> {
        let is_old =
            |made: &Result<Made, String>| made.as_ref().is_ok_and(|made| made.key.token == old.token);
        let scopes = self.minted.iter().find(|(_, made)| is_old(made)).map(|(scopes, _)| scopes.clone());
        if let Some(scopes) = scopes {
            self.retire(&scopes);
        }
        let new = self.get(operation, choice).await?;
        Ok(new.filter(|new| new.token != old.token))
    }

    /// Notes that the target takes a key no longer: [`Credentials::get`] gives the reason instead of it.
    pub fn bury(&mut self, key: &Credential, why: String) {
        self.dead.insert(key.info.name.clone(), why);
    }

    /// Takes every key for good again, so that what it made can be removed even if it was refused meanwhile.
    pub fn forgive(&mut self) {
        self.dead.clear();
    }

    fn retire(&mut self, scopes: &[String]) {
        if let Some(Ok(made)) = self.minted.remove(scopes) {
            self.retired.push(made.key.token);
        }
    }
}

/// Scopes for a person: `a:read + b:write`.
pub fn list(scopes: &[String]) -> String {
    if scopes.is_empty() { "no scope".to_owned() } else { scopes.join(" + ") }
}

#[cfg(test)]
mod tests;
