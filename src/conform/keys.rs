//! Which key serves which case: named keys, minted ones, or one token of unknown scopes.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue};

use crate::client::token::Granted;
use crate::contract::access::ScopeRules;
use crate::contract::{Contract, Location, Operation, SchemeKind, style};
use crate::exchange::{Request, Secret};
use crate::redact::{Placed, base64};
use crate::run::{KeyInfo, KeyKind};

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
    sources: &'r Sources,
    rules: &'r ScopeRules,
    minted: HashMap<Vec<String>, Result<Made, String>>,
    /// Tokens that were replaced by newer ones; they are secrets still.
    retired: Vec<Secret>,
    /// Names of keys that the target takes no longer, and why that is known.
    dead: HashMap<String, String>,
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
    /// Keys from these sources, under these scope rules.
    pub fn new(sources: &'r Sources, rules: &'r ScopeRules) -> Self {
        Self { sources, rules, minted: HashMap::new(), retired: Vec::new(), dead: HashMap::new() }
    }

    /// Every token that was used, for removing them from what is shown.
    pub fn secrets(&self) -> Vec<Secret> {
        let minted = self.minted.values().filter_map(|made| made.as_ref().ok());
        let minted = minted.map(|made| made.key.token.clone()).chain(self.retired.iter().cloned());
        let named = self.sources.named.iter().map(|key| key.token.clone());
        let limited = self.sources.limited.iter().map(|limited| limited.key.token.clone());
        minted.chain(named).chain(limited).chain(self.sources.token.clone()).collect()
    }

    /// The key for a case; `Ok(None)` where it needs none.
    ///
    /// # Errors
    /// Why no such key can be had.
    pub async fn get(&mut self, wish: &Wish) -> Result<Option<Credential>, String> {
        let key = match wish {
            Wish::Nothing => return Ok(None),
            Wish::Unknown => Credential {
                token: Secret::new(UNKNOWN),
                info: KeyInfo { name: "unknown".to_owned(), scopes: Vec::new() },
            },
            Wish::Limited(index) => match self.sources.limited.get(*index) {
                Some(limited) => limited.key.clone(),
                None => return Err("there is no such key".to_owned()),
            },
            Wish::Minimal(required) => self.minimal(required).await?,
            Wish::Wider { scopes } => self.exact(scopes).await.and_then(|key| {
                let enough = self.rules.missing(scopes, &key.info.scopes).is_none();
                if enough { Ok(key) } else { Err(format!("the issuer granted {}", list(&key.info.scopes))) }
            })?,
            Wish::Lacking { scopes, required } => self.lacking(scopes, required).await?,
        };
        match self.dead.get(&key.info.name) {
            Some(why) => Err(why.clone()),
            None => Ok(Some(key)),
        }
    }

    /// The key for a case, made anew where it was made; `None` where there is no other.
    ///
    /// # Errors
    /// Why no such key can be had any more.
    pub async fn renewed(&mut self, wish: &Wish, old: &Credential) -> Result<Option<Credential>, String> {
        let is_old =
            |made: &Result<Made, String>| made.as_ref().is_ok_and(|made| made.key.token == old.token);
        let scopes = self.minted.iter().find(|(_, made)| is_old(made)).map(|(scopes, _)| scopes.clone());
        if let Some(scopes) = scopes {
            self.retire(&scopes);
        }
        let new = self.get(wish).await?;
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

    async fn minimal(&mut self, required: &[String]) -> Result<Credential, String> {
        let enough = |key: &&Credential| self.rules.missing(required, &key.info.scopes).is_none();
        let extra =
            |key: &&Credential| key.info.scopes.iter().filter(|scope| !required.contains(scope)).count();
        if let Some(key) = self.sources.named.iter().filter(enough).min_by_key(extra) {
            return Ok(key.clone());
        }
        if self.sources.minter.is_some() {
            let key = self.exact(required).await?;
            return match self.rules.missing(required, &key.info.scopes) {
                None => Ok(key),
                Some(scope) => Err(format!("the issuer did not grant {scope:?}")),
            };
        }
        if let Some(token) = &self.sources.token {
            let info = KeyInfo { name: "token".to_owned(), scopes: Vec::new() };
            return Ok(Credential { token: token.clone(), info });
        }
        Err(if self.sources.named.is_empty() {
            "no key was given".to_owned()
        } else {
            format!("no key holds {}", list(required))
        })
    }

    async fn lacking(&mut self, scopes: &[String], required: &[String]) -> Result<Credential, String> {
        let missing = self.rules.missing(required, scopes);
        let fits = |key: &&Credential| {
            self.rules.missing(required, &key.info.scopes).is_some()
                && self.rules.missing(required, &key.info.scopes) == missing
                && key.info.scopes.is_empty() == scopes.is_empty()
        };
        let exact = |key: &&Credential| key.info.scopes == scopes;
        let named = self.sources.named.iter();
        if let Some(key) = named.clone().find(exact).or_else(|| named.clone().find(fits)) {
            return Ok(key.clone());
        }
        let key = self.exact(scopes).await?;
        match self.rules.missing(required, &key.info.scopes) {
            Some(_) => Ok(key),
            None => Err(format!("the issuer granted {}, which is enough", list(&key.info.scopes))),
        }
    }

    async fn exact(&mut self, scopes: &[String]) -> Result<Credential, String> {
        if let Some(key) = self.sources.named.iter().find(|key| key.info.scopes == scopes) {
            return Ok(key.clone());
        }
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
                key: Credential { token, info: KeyInfo { name: list(&held), scopes: held } },
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

/// Puts a key on a request the way the operation's first requirement says.
pub fn place(
    contract: &Contract,
    operation: &Operation,
    sources: &Sources,
    key: &Credential,
    request: &mut Request,
) -> Vec<Placed> {
    let token = key.token.reveal();
    if let Some((name, template)) = &sources.placement {
        put_header(request, name, &template.replace("{key}", token));
        return vec![Placed::Header(name.clone(), template.clone())];
    }
    let Some(requirement) = operation.security.iter().find(|r| !r.schemes.is_empty()) else {
        return Vec::new();
    };
    let mut placed = Vec::new();
    for scheme in requirement.schemes.iter().filter_map(|name| contract.schemes.get(name)) {
        placed.extend(match &scheme.kind {
            SchemeKind::Bearer => {
                put_header(request, AUTHORIZATION.as_str(), &format!("Bearer {token}"));
                Some(Placed::Header("Authorization".to_owned(), "Bearer {key}".to_owned()))
            }
            SchemeKind::Http(word) => {
                put_header(request, AUTHORIZATION.as_str(), &format!("{word} {token}"));
                Some(Placed::Header("Authorization".to_owned(), format!("{word} {{key}}")))
            }
            SchemeKind::Basic => {
                let pair = if token.contains(':') { token.to_owned() } else { format!("{token}:") };
                put_header(request, AUTHORIZATION.as_str(), &format!("Basic {}", base64(pair.as_bytes())));
                Some(Placed::Basic)
            }
            SchemeKind::ApiKey(Location::Query, name) => {
                let pair = format!("{}={}", style::escape(name), style::escape(token));
                request.query = Some(match request.query.take() {
                    Some(query) => format!("{query}&{pair}"),
                    None => pair,
                });
                Some(Placed::Query(name.clone()))
            }
            SchemeKind::ApiKey(Location::Cookie, name) => {
                let own = format!("{name}={token}");
                let others = request.headers.get(COOKIE).and_then(|value| value.to_str().ok());
                let line = others.map_or_else(|| own.clone(), |others| format!("{others}; {own}"));
                put_header(request, COOKIE.as_str(), &line);
                Some(Placed::Cookie(name.clone()))
            }
            SchemeKind::ApiKey(_, name) => {
                put_header(request, name, token);
                Some(Placed::Header(name.clone(), "{key}".to_owned()))
            }
            SchemeKind::MutualTls | SchemeKind::Unknown(_) => None,
        });
    }
    placed
}

fn put_header(request: &mut Request, name: &str, value: &str) {
    if let (Ok(name), Ok(mut value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
    {
        value.set_sensitive(true);
        request.headers.insert(name, value);
    }
}

/// A case of the access matrix, beside the minimal key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which kind of key it is.
    pub kind: KeyKind,
    /// `lacks person:read`, `without a key`, …
    pub label: String,
    /// The key.
    pub wish: Wish,
    /// The first missing scope, for a wrong key that is known.
    pub missing: Option<String>,
    /// Success is only a warning: the key may hold more than the document tells.
    pub maybe_implied: bool,
}

/// The cases of an operation that asks for a credential: wider keys first, then wrong ones from
/// blunt to sharp.
pub fn cases(operation: &Operation, vocabulary: &[String], rules: &ScopeRules) -> Vec<Case> {
    if operation.is_open() {
        return Vec::new();
    }
    let required = operation.scopes();
    let mut cases = Vec::new();
    let mut wider = |kind: KeyKind, scopes: Vec<String>| {
        if scopes != required && rules.missing(required, &scopes).is_none() {
            cases.push(Case {
                kind,
                label: kind.to_string(),
                wish: Wish::Wider { scopes },
                missing: None,
                maybe_implied: false,
            });
        }
    };
    if !required.is_empty() {
        if rules.write_implies_read {
            let write = required.iter().map(|scope| match scope.strip_suffix(":read") {
                Some(resource) => format!("{resource}:write"),
                None => scope.clone(),
            });
            wider(KeyKind::Write, write.collect());
        }
        if !rules.wildcard.is_empty() {
            wider(KeyKind::Wildcard, vec![rules.wildcard.clone()]);
        }
    }
    let plain = |kind: KeyKind, wish| Case {
        kind,
        label: kind.to_string(),
        wish,
        missing: None,
        maybe_implied: false,
    };
    cases.push(plain(KeyKind::Nothing, Wish::Nothing));
    cases.push(plain(KeyKind::Unknown, Wish::Unknown));
    if required.is_empty() {
        return cases;
    }
    let mut lacking = |kind: KeyKind, label: String, scopes: Vec<String>, maybe_implied: bool| {
        let same =
            |case: &Case| matches!(&case.wish, Wish::Lacking { scopes: known, .. } if *known == scopes);
        if let Some(missing) = rules.missing(required, &scopes)
            && !cases.iter().any(same)
        {
            let wish = Wish::Lacking { scopes, required: required.to_vec() };
            cases.push(Case { kind, label, wish, missing: Some(missing.to_owned()), maybe_implied });
        }
    };
    lacking(KeyKind::NoScope, KeyKind::NoScope.to_string(), Vec::new(), false);
    if let Some((scope, maybe_implied)) = unrelated(required, vocabulary, rules) {
        lacking(KeyKind::Unrelated, format!("only {scope}"), vec![scope], maybe_implied);
    }
    if required.len() > 1 {
        for left_out in required {
            let rest = required.iter().filter(|scope| *scope != left_out).cloned().collect();
            lacking(KeyKind::AllButOne, format!("lacks {left_out}"), rest, false);
        }
    }
    for scope in required {
        let Some(resource) = scope.strip_suffix(":write") else { continue };
        let read = format!("{resource}:read");
        if rules.write_implies_read || vocabulary.contains(&read) {
            let scopes = required.iter().map(|s| if s == scope { read.clone() } else { s.clone() }).collect();
            lacking(KeyKind::ReadForWrite, format!("{read} for {scope}"), scopes, false);
        }
    }
    cases
}

/// A scope of another resource, with another verb where there is one; the flag is set where only a
/// scope is left that may include the required one without the document telling.
fn unrelated(required: &[String], vocabulary: &[String], rules: &ScopeRules) -> Option<(String, bool)> {
    let words = |scope: &str| -> Vec<String> {
        scope.split([':', '.', '/', '_', '-']).map(str::to_ascii_lowercase).collect()
    };
    const VERBS: [&str; 12] = [
        "read", "write", "list", "create", "update", "delete", "view", "edit", "get", "post", "put", "patch",
    ];
    const BROAD: [&str; 8] = ["admin", "all", "full", "root", "owner", "manage", "superuser", "*"];
    let broad = |scope: &str| {
        let words = words(scope);
        words.iter().any(|word| BROAD.contains(&word.as_str()))
            || words.iter().all(|word| VERBS.contains(&word.as_str()))
    };
    let of = |scope: &str| {
        words(scope).into_iter().filter(|word| !VERBS.contains(&word.as_str())).collect::<Vec<_>>()
    };
    let verb = |scope: &str| words(scope).into_iter().find(|word| VERBS.contains(&word.as_str()));
    let candidates =
        || vocabulary.iter().filter(|scope| rules.missing(required, std::slice::from_ref(scope)).is_some());
    let elsewhere = |scope: &&String| !broad(scope) && required.iter().all(|r| of(r) != of(scope));
    let other_verb = |scope: &&String| required.iter().all(|r| verb(r) != verb(scope));
    candidates()
        .find(|scope| elsewhere(scope) && other_verb(scope))
        .or_else(|| candidates().find(elsewhere))
        .map(|scope| (scope.clone(), false))
        .or_else(|| {
            // A single required scope is what "all but one" leaves out; a companion of it is no
            // stranger.
            candidates().find(|scope| !required.contains(scope)).map(|scope| (scope.clone(), true))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rules() -> ScopeRules {
        ScopeRules { wildcard: "*".to_owned(), write_implies_read: true, ..ScopeRules::default() }
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    #[rstest]
    #[case(&["a:write"], &["a:read", "a:write", "b:read"], Some(("b:read", false)))]
    #[case(&["a:read"], &["a:read", "b:read", "b:write"], Some(("b:write", false)))]
    #[case(&["a:read"], &["a:read", "read", "x:admin"], Some(("read", true)))]
    #[case(&["read:groups"], &["read:groups", "list:groups"], Some(("list:groups", true)))]
    #[case(&["a:read"], &["a:read", "a:write"], None)]
    fn the_unrelated_scope(
        #[case] required: &[&str],
        #[case] all: &[&str],
        #[case] scope: Option<(&str, bool)>,
    ) {
        let found = unrelated(&strings(required), &strings(all), &rules());
        assert_eq!(found, scope.map(|(s, m)| (s.to_owned(), m)));
    }

    #[tokio::test]
    async fn named_keys_serve_the_cases_they_fit() {
        let named = |name: &str, scopes: &[&str]| Credential {
            token: Secret::new(name),
            info: KeyInfo { name: name.to_owned(), scopes: strings(scopes) },
        };
        let sources = Sources {
            named: vec![named("all", &["*"]), named("reader", &["a:read"]), named("other", &["b:read"])],
            ..Sources::default()
        };
        let rules = rules();
        let mut keys = Keys::new(&sources, &rules);
        let required = strings(&["a:read"]);
        let minimal = keys.get(&Wish::Minimal(required.clone())).await.unwrap().unwrap();
        assert_eq!(minimal.info.name, "reader", "the one that holds the least beyond what is asked");
        let lacking = Wish::Lacking { scopes: strings(&["c:read"]), required };
        assert_eq!(keys.get(&lacking).await.unwrap().unwrap().info.name, "other");
        assert!(keys.get(&Wish::Wider { scopes: strings(&["a:write"]) }).await.is_err());
    }
}
