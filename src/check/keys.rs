//! Which key serves which case: named keys, minted ones, or one token of unknown scopes.

mod cases;
mod place;
mod schemes;
mod template;
mod wider;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::client::token::Granted;
use crate::contract::scopes::ScopeRules;
use crate::contract::{Contract, Location, Operation, Requirement, SchemeKind};
use crate::exchange::Secret;
use crate::run::KeyInfo;
pub use cases::{Case, cases, weighed};
pub use place::place;
pub use schemes::prefer;
pub use template::template;
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
        Self { token, info, scheme: None, beside: Vec::new() }
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

/// A key that holds for some values of path parameters alone.
#[derive(Debug, Clone)]
pub struct Limited {
    /// The key.
    pub key: Credential,
    /// Path parameters and the values that it holds for.
    pub only: Vec<(String, Vec<String>)>,
}

/// Where keys come from.
#[derive(Default)]
pub struct Sources {
    /// Keys that are limited: they must be refused elsewhere.
    pub limited: Vec<Limited>,
    /// Keys whose scopes are known.
    pub named: Vec<Credential>,
    /// Makes keys for any scopes.
    pub minter: Option<Minter>,
    /// One key of unknown scopes: it serves every request that should succeed.
    pub token: Option<Secret>,
    /// `Authorization: token {key}`: how a key is sent where the document cannot say it.
    pub placement: Option<(String, String)>,
    /// Names of the headers that go with every request, keys or not.
    pub headers: Vec<String>,
}

/// Which key a case needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// No credential at all.
    Nothing,
    /// One that nobody issued.
    Unknown,
    /// The limited key of that number.
    Limited(usize),
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

/// The keys of a run.
pub struct Keys<'r> {
    contract: &'r Contract,
    sources: &'r Sources,
    rules: &'r ScopeRules,
    minted: HashMap<Vec<String>, Result<Made, String>>,
    /// Tokens that were replaced by newer ones; they are secrets still.
    retired: Vec<Secret>,
    /// Names of keys that the target takes no longer, and why that is known.
    dead: HashMap<String, String>,
    /// Scopes that do for an operation whose documented ones were refused, by its index.
    enough: HashMap<usize, Vec<String>>,
}

/// A key that was made.
struct Made {
    key: Credential,
    /// When it is made anew, where it expires.
    renew_at: Option<Instant>,
}

/// A key is renewed this long before it expires, so that no request meets its end; one that holds
/// shortly, a fifth of its time.
const MARGIN: Duration = Duration::from_secs(30);

/// A token that nobody issued. Not like any real token, so that no scanner takes it for a leak.
const UNKNOWN: &str = "counterpart-unknown-key";

impl<'r> Keys<'r> {
    /// Keys for a document's operations from these sources, under these scope rules.
    pub fn new(contract: &'r Contract, sources: &'r Sources, rules: &'r ScopeRules) -> Self {
        Self {
            contract,
            sources,
            rules,
            minted: HashMap::new(),
            retired: Vec::new(),
            dead: HashMap::new(),
            enough: HashMap::new(),
        }
    }

    /// Every token that was used, for removing them from what is shown.
    pub fn secrets(&self) -> Vec<Secret> {
        let minted = self.minted.values().filter_map(|made| made.as_ref().ok());
        let minted = minted.map(|made| made.key.token.clone()).chain(self.retired.iter().cloned());
        let named = self.sources.named.iter().map(|key| key.token.clone());
        let limited = self.sources.limited.iter().map(|limited| limited.key.token.clone());
        minted.chain(named).chain(limited).chain(self.sources.token.clone()).collect()
    }

    /// The key for a case of an operation; `Ok(None)` where it needs none.
    ///
    /// # Errors
    /// Why no such key can be had.
    pub async fn get(&mut self, operation: &Operation, wish: &Wish) -> Result<Option<Credential>, String> {
        let Some(requirement) = schemes::requirement(operation).filter(|_| !operation.is_open()) else {
            return if *wish == Wish::Nothing { self.undeclared().await } else { self.open(wish) };
        };
        if matches!(wish, Wish::Nothing | Wish::Unknown)
            && let Some(name) = self.header_in_the_way(operation)
        {
            return Err(format!("--header sets {name}"));
        }
        if *wish == Wish::Nothing {
            return Ok(None);
        }
        let mut key = match wish {
            Wish::Nothing | Wish::Unknown | Wish::Limited(_) => match self.open(wish)? {
                Some(key) if key.is_for(requirement) => key,
                _ => return Err("that key is for another scheme".to_owned()),
            },
            Wish::Minimal(required) => match self.enough.get(&operation.index).cloned() {
                Some(scopes) => self.exact(requirement, &scopes).await?,
                None => self.minimal(operation, requirement, required).await?,
            },
            Wish::Wider { scopes } => self.exact(requirement, scopes).await.and_then(|key| {
                let enough = self.rules.missing(scopes, &key.info.scopes).is_none();
                if enough { Ok(key) } else { Err(format!("the issuer granted {}", list(&key.info.scopes))) }
            })?,
            Wish::Lacking { scopes, required } => self.lacking(requirement, scopes, required).await?,
        };
        if let Some(why) = self.dead.get(&key.info.name) {
            return Err(why.clone());
        }
        if *wish != Wish::Unknown {
            self.accompany(requirement, &mut key).await?;
        }
        Ok(Some(key))
    }

    /// A key that needs no making.
    fn open(&self, wish: &Wish) -> Result<Option<Credential>, String> {
        match wish {
            Wish::Unknown => {
                let info = KeyInfo { name: "unknown".to_owned(), scopes: Vec::new() };
                Ok(Some(Credential::new(Secret::new(UNKNOWN), info)))
            }
            Wish::Limited(index) => match self.sources.limited.get(*index) {
                Some(limited) => Ok(Some(limited.key.clone())),
                None => Err("there is no such key".to_owned()),
            },
            _ => Ok(None),
        }
    }

    /// The key for a document that declares no security at all: what the user gave is sent with
    /// every request, unless a header of the user's stands there already.
    async fn undeclared(&mut self) -> Result<Option<Credential>, String> {
        let is_taken = self.sources.headers.iter().any(|name| name.eq_ignore_ascii_case("authorization"));
        if !self.contract.declares_no_security() || (is_taken && self.sources.placement.is_none()) {
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
            None => Ok(key),
        }
    }

    fn token(&self) -> Option<Credential> {
        let info = KeyInfo { name: "token".to_owned(), scopes: Vec::new() };
        self.sources.token.clone().map(|token| Credential::new(token, info))
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
        let kind = |name: &String| self.contract.schemes.get(name).map(|scheme| &scheme.kind);
        let needed = |name: &&String| {
            !is_own(name)
                && !key.beside.iter().any(|other| other.scheme == **name)
                && !matches!(kind(name), Some(SchemeKind::MutualTls))
        };
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
                None => return Err(format!("no key is for the scheme {scheme:?}")),
            };
            key.beside.push(Beside { scheme, token });
        }
        Ok(())
    }

    /// The key for a case, made anew where it was made; `None` where there is no other.
    ///
    /// # Errors
    /// Why no such key can be had any more.
    pub async fn renewed(
        &mut self,
        operation: &Operation,
        wish: &Wish,
        old: &Credential,
    ) -> Result<Option<Credential>, String> {
        let is_old =
            |made: &Result<Made, String>| made.as_ref().is_ok_and(|made| made.key.token == old.token);
        let scopes = self.minted.iter().find(|(_, made)| is_old(made)).map(|(scopes, _)| scopes.clone());
        if let Some(scopes) = scopes {
            self.retire(&scopes);
        }
        let new = self.get(operation, wish).await?;
        Ok(new.filter(|new| new.token != old.token))
    }

    /// Notes that the target takes a key no longer: [`Keys::get`] gives the reason instead of it.
    pub fn bury(&mut self, key: &Credential, why: String) {
        self.dead.insert(key.info.name.clone(), why);
    }

    fn retire(&mut self, scopes: &[String]) {
        if let Some(Ok(made)) = self.minted.remove(scopes) {
            self.retired.push(made.key.token);
        }
    }

    async fn minimal(
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
                "how a key for the scheme {scheme:?} is sent is not known; say it with --credential"
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
        self.token().ok_or_else(|| format!("no key holds {}", list(required)))
    }

    async fn lacking(
        &mut self,
        requirement: &Requirement,
        scopes: &[String],
        required: &[String],
    ) -> Result<Credential, String> {
        let missing = self.rules.missing(required, scopes);
        let fits = |key: &&Credential| {
            self.rules.missing(required, &key.info.scopes).is_some()
                && self.rules.missing(required, &key.info.scopes) == missing
                && key.info.scopes.is_empty() == scopes.is_empty()
        };
        let exact = |key: &&Credential| key.info.scopes == scopes;
        let named = || self.sources.holders(requirement);
        // One that may hold more than the document tells proves less.
        let blurred = |key: &&Credential| match missing {
            Some(missing) => key.info.scopes.iter().any(|held| cases::may_imply(held, missing)),
            None => false,
        };
        if let Some(key) = named().find(exact).or_else(|| named().filter(fits).min_by_key(blurred)) {
            return Ok(key.clone());
        }
        let key = self.exact(requirement, scopes).await?;
        match self.rules.missing(required, &key.info.scopes) {
            Some(_) => Ok(key),
            None => Err(format!("the issuer granted {}, which is enough", list(&key.info.scopes))),
        }
    }

    /// A key that holds just these scopes, for a requirement.
    async fn exact(&mut self, requirement: &Requirement, scopes: &[String]) -> Result<Credential, String> {
        let holders = self.sources.holders(requirement);
        if let Some(key) = holders.into_iter().find(|key| key.info.scopes == scopes) {
            return Ok(key.clone());
        }
        self.made(scopes).await
    }

    /// A key that is made to hold just these scopes.
    async fn made(&mut self, scopes: &[String]) -> Result<Credential, String> {
        let now = Instant::now();
        match self.minted.get(scopes) {
            Some(Ok(made)) if made.renew_at.is_some_and(|at| at <= now) => self.retire(scopes),
            Some(made) => return made.as_ref().map(|made| made.key.clone()).map_err(Clone::clone),
            None => {}
        }
        let Some(minter) = &self.sources.minter else {
            return Err(format!("no key holds just {}", list(scopes)));
        };
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

/// Scopes for a person: `a:read + b:write`.
pub fn list(scopes: &[String]) -> String {
    if scopes.is_empty() { "no scope".to_owned() } else { scopes.join(" + ") }
}

#[cfg(test)]
mod tests;
