//! Who sends a request, and what they may do.

mod presented;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Auth;
use super::context::RequestContext;
use super::issuer::{Ended, Issuer};
use crate::config::Key;
use crate::contract::scopes::{Grant, ScopeRules};
use crate::contract::{Contract, PerOperation, SchemeKind};
use crate::exchange::{NameMap, Request};
use presented::{claims, presented, split_scopes};

/// Whoever presented a credential.
#[derive(Debug)]
pub(super) struct KeyHolder {
    /// What logs and the journal say; never the token.
    pub name: Arc<str>,
    /// What it may do; `None` for whatever it likes.
    pub grant: Option<Grant>,
    /// Its scopes, as they were given.
    pub scopes: Vec<String>,
    /// Whose it is.
    pub owner: Option<Arc<str>>,
    /// Path parameters that it is limited to.
    pub only: Vec<(String, Vec<String>)>,
    /// The scheme that it is for, where it is for one alone.
    scheme: Option<String>,
    /// Its last day.
    expires: Option<Date>,
}

impl KeyHolder {
    fn of(contract: &Contract, rules: &ScopeRules, key: &Key) -> Self {
        Self {
            name: key.name.as_str().into(),
            grant: Some(contract.scopes.grant(rules, key.scopes.as_deref().unwrap_or_default())),
            scopes: key.scopes.clone().unwrap_or_default(),
            owner: key.owner.as_deref().map(Into::into),
            only: key.only.iter().map(|(name, values)| (name.clone(), values.clone())).collect(),
            scheme: key.scheme.clone(),
            expires: key.expires,
        }
    }

    /// A holder of whom only the name and the scopes are known.
    pub fn named(name: impl Into<Arc<str>>, grant: Option<Grant>) -> Self {
        let (scopes, only) = (vec!["*".to_owned()], Vec::new());
        Self { name: name.into(), grant, scopes, owner: None, only, scheme: None, expires: None }
    }
}

/// What became of a request's credential.
#[derive(Debug)]
pub(super) enum Access {
    /// No credential is needed, or none is checked.
    Open,
    /// It may go on.
    Granted(Arc<KeyHolder>),
    /// None was presented.
    Missing,
    /// It is not valid, for this reason.
    Unknown(Invalid),
    /// It lacks this scope.
    Lacking(Arc<KeyHolder>, String),
    /// It is limited to other values of this path parameter.
    Elsewhere(Arc<KeyHolder>, String),
}

impl Access {
    /// Whoever holds the credential, where somebody does.
    pub fn holder(&self) -> Option<&KeyHolder> {
        match self {
            Self::Granted(holder) | Self::Lacking(holder, _) | Self::Elsewhere(holder, _) => Some(holder),
            Self::Open | Self::Missing | Self::Unknown(_) => None,
        }
    }
}

/// Why a credential is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Invalid {
    /// Nobody issued it.
    Unissued,
    /// Its time is over.
    Expired,
    /// Its time has not come (`nbf` of a JWT).
    Early,
    /// It was revoked (RFC 7009).
    Revoked,
    /// It is for another scheme.
    OtherScheme(String),
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unissued => f.write_str("the credential is unknown"),
            Self::Expired => f.write_str("the credential has expired"),
            Self::Early => f.write_str("the credential is not valid yet"),
            Self::Revoked => f.write_str("the credential was revoked"),
            Self::OtherScheme(scheme) => write!(f, "the credential is for the scheme {scheme}"),
        }
    }
}

/// Grants of self-describing keys that are remembered; past it they are worked out each time.
const MAX_REMEMBERED: usize = 1_024;

/// Checks the credentials of requests to one document.
pub(super) struct Authenticator {
    contract: Arc<Contract>,
    mode: Auth,
    rules: ScopeRules,
    clock: fn() -> Timestamp,
    /// Whose tokens are known.
    issuer: Option<Arc<Issuer>>,
    /// Configured keys, by token.
    keys: NameMap<Arc<KeyHolder>>,
    /// Self-describing keys that were seen, by token, and what tokens of the issuer allow, by scopes; replaced whole
    /// when one is added.
    seen: ArcSwap<NameMap<Arc<KeyHolder>>>,
    /// By operation: the scopes of each requirement, as numbers; worked out when first asked for.
    required: PerOperation<OnceLock<Vec<Vec<usize>>>>,
}

impl Authenticator {
    pub fn new(
        contract: Arc<Contract>,
        mode: Auth,
        rules: ScopeRules,
        keys: &[Key],
        clock: fn() -> Timestamp,
    ) -> Self {
        let holder =
            |key: &Key| (key.token.reveal().to_owned(), Arc::new(KeyHolder::of(&contract, &rules, key)));
        Self {
            issuer: None,
            keys: keys.iter().map(holder).collect(),
            seen: ArcSwap::default(),
            required: contract.operations.iter().map(|_| OnceLock::new()).collect(),
            contract,
            mode,
            rules,
            clock,
        }
    }

    /// Knows the tokens of an issuer too.
    pub fn trusting(self, issuer: Option<Arc<Issuer>>) -> Self {
        Self { issuer, ..self }
    }

    /// Whether a request may call its operation: the first requirement that its credential meets decides,
    /// else the most telling refusal.
    pub fn check(&self, context: &RequestContext<'_>) -> Access {
        let operation = context.operation;
        if self.mode == Auth::Off || operation.security.is_empty() {
            return Access::Open;
        }
        let Some(compiled) = self.required.get(operation.index) else { return Access::Open };
        let compiled = compiled.get_or_init(|| {
            operation.security.iter().map(|requirement| self.contract.scopes.compile(requirement)).collect()
        });
        let mut refusal: Option<Access> = None;
        // What nobody knows lets everybody in who is not known by anything else.
        let mut is_let_in = false;
        for (requirement, scopes) in operation.security.iter().zip(compiled) {
            if requirement.schemes.is_empty() {
                return Access::Open;
            }
            if !requirement.schemes.iter().any(|name| self.is_known(name)) {
                is_let_in = true;
                continue;
            }
            let Some((scheme, token)) = self.token(&requirement.schemes, context) else { continue };
            let holder = match self.holder(&token, scheme) {
                Ok(holder) => holder,
                Err(invalid) => {
                    refusal.get_or_insert(Access::Unknown(invalid));
                    continue;
                }
            };
            let limit = holder.only.iter().find(|(name, values)| {
                context.path_value(name).is_some_and(|value| !values.iter().any(|v| v == value))
            });
            if let Some((name, _)) = limit.filter(|_| self.rules.limits_first) {
                let name = name.clone();
                return Access::Elsewhere(holder, name);
            }
            let lacking = holder.grant.as_ref().and_then(|grant| self.contract.scopes.missing(scopes, grant));
            if let Some(scope) = lacking {
                let scope = scope.to_owned();
                if !matches!(refusal, Some(Access::Lacking(..))) {
                    refusal = Some(Access::Lacking(holder, scope));
                }
                continue;
            }
            if let Some((name, _)) = limit {
                let name = name.clone();
                return Access::Elsewhere(holder, name);
            }
            return Access::Granted(holder);
        }
        if is_let_in { Access::Open } else { refusal.unwrap_or(Access::Missing) }
    }

    /// Whether it will ever be said of a request what [`Authenticator::check`] says now: its credentials neither end
    /// nor can be revoked.
    pub fn is_lasting(&self, request: &Request) -> bool {
        let is_issued = |token: &str| {
            let issuer = self.issuer.as_deref();
            issuer.is_some_and(|issuer| issuer.read(token, (self.clock)().as_second()).is_some())
        };
        let lasts = |token: &str| match self.keys.get(token) {
            Some(holder) => holder.expires.is_none(),
            None => token.starts_with("mock:") || (self.mode == Auth::Present && !is_issued(token)),
        };
        self.mode == Auth::Off
            || self.contract.schemes.values().all(|scheme| {
                let token = presented(&scheme.kind, &request.headers, request.query.as_deref());
                token.is_none_or(|token| lasts(&token))
            })
    }

    /// Who sends a request that no operation documents, by any scheme of the document.
    pub fn identify(&self, request: &Request) -> Access {
        if self.mode == Auth::Off || self.contract.schemes.is_empty() {
            return Access::Open;
        }
        let mut refusal = Access::Missing;
        for scheme in self.contract.schemes.values() {
            let token = presented(&scheme.kind, &request.headers, request.query.as_deref());
            match token.map(|token| self.holder(&token, &scheme.name)) {
                Some(Ok(holder)) => return Access::Granted(holder),
                Some(Err(invalid)) => refusal = Access::Unknown(invalid),
                None => {}
            }
        }
        refusal
    }

    /// The credential for a requirement, with its scheme: the last one, where all are presented.
    fn token<'s>(
        &'s self,
        schemes: &[String],
        context: &RequestContext<'s>,
    ) -> Option<(&'s str, Cow<'s, str>)> {
        let mut found = None;
        let schemes = schemes.iter().filter(|name| self.is_known(name));
        for scheme in schemes.filter_map(|name| self.contract.schemes.get(name)) {
            let token = presented(&scheme.kind, &context.request.headers, context.request.query.as_deref())?;
            found = Some((scheme.name.as_str(), token));
        }
        found
    }

    /// Whether it is known where messages hold the credentials of a scheme.
    fn is_known(&self, scheme: &str) -> bool {
        let known = self.contract.schemes.get(scheme);
        known.is_some_and(|scheme| !matches!(scheme.kind, SchemeKind::Unknown(_)))
    }

    /// Who holds a token that was presented under a scheme: a configured key, a self-describing one, a token of the
    /// mock's own issuer, another JWT, or anybody where being there is enough.
    fn holder(&self, token: &str, scheme: &str) -> Result<Arc<KeyHolder>, Invalid> {
        if let Some(holder) = self.keys.get(token) {
            if let Some(own) = holder.scheme.as_ref().filter(|own| *own != scheme) {
                return Err(Invalid::OtherScheme(own.clone()));
            }
            let today = || TimeZone::UTC.to_datetime((self.clock)()).date();
            let is_over = holder.expires.is_some_and(|last| today() > last);
            return if is_over { Err(Invalid::Expired) } else { Ok(Arc::clone(holder)) };
        }
        if let Some(scopes) = token.strip_prefix("mock:") {
            return Ok(self.self_describing(token, || split_scopes(scopes)));
        }
        let issuer = self.issuer.as_deref();
        match issuer.and_then(|issuer| issuer.read(token, (self.clock)().as_second())) {
            // By the scopes, which come again and again; tokens are new with each login. No other key has a space.
            Some(Ok(access)) => {
                let scopes = format!(" {}", access.scopes.join(" "));
                return Ok(self.self_describing(&scopes, || access.scopes.clone()));
            }
            Some(Err(Ended::Forged)) => return Err(Invalid::Unissued),
            Some(Err(Ended::Expired)) => return Err(Invalid::Expired),
            Some(Err(Ended::Revoked)) => return Err(Invalid::Revoked),
            None => {}
        }
        if self.mode != Auth::Scopes {
            return Ok(Arc::new(KeyHolder::named("any", None)));
        }
        let claims = claims(token).ok_or(Invalid::Unissued)?;
        let now = (self.clock)().as_second();
        if claims.expires.is_some_and(|end| now >= end) {
            return Err(Invalid::Expired);
        }
        if claims.begins.is_some_and(|start| now < start) {
            return Err(Invalid::Early);
        }
        Ok(self.self_describing(token, || claims.scopes))
    }

    fn self_describing(&self, token: &str, scopes: impl FnOnce() -> Vec<String>) -> Arc<KeyHolder> {
        let seen = self.seen.load();
        if let Some(holder) = seen.get(token) {
            return Arc::clone(holder);
        }
        let scopes = scopes();
        // `mock:*` holds everything, whatever the API's own wildcard is called.
        let grant = if scopes.iter().any(|scope| scope == "*") {
            None
        } else {
            Some(self.contract.scopes.grant(&self.rules, &scopes))
        };
        let name = if scopes.is_empty() { "key without scopes".to_owned() } else { scopes.join("+") };
        let holder = Arc::new(KeyHolder { scopes, ..KeyHolder::named(name, grant) });
        if seen.len() < MAX_REMEMBERED {
            self.seen.rcu(|map| {
                let mut map = NameMap::clone(map);
                map.insert(token.to_owned(), Arc::clone(&holder));
                map
            });
        }
        holder
    }
}

/// What the mock does not check of credentials, a line for each kind of scheme that the documents have.
pub fn unchecked<'c>(contracts: impl Iterator<Item = &'c Contract>) -> Vec<&'static str> {
    let kinds: Vec<&SchemeKind> =
        contracts.flat_map(|contract| contract.schemes.values()).map(|scheme| &scheme.kind).collect();
    let tls = kinds.contains(&&SchemeKind::MutualTls);
    let digest = kinds.iter().any(|kind| matches!(kind, SchemeKind::Http(word) if word == "digest"));
    let tls =
        tls.then_some("the mock does not check client certificates (mutual TLS); it lets such requests in");
    let digest = digest
        .then_some("the mock does not verify digests (RFC 7616); the user in them is taken for the key");
    tls.into_iter().chain(digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Auth::Scopes, None, "missing")]
    #[case(Auth::Scopes, Some("Bearer nobody"), "the credential is unknown")]
    #[case(Auth::Scopes, Some("Bearer secret0"), "the credential is for the scheme basic")]
    #[case(Auth::Scopes, Some("Bearer secret1"), "the credential has expired")]
    #[case(
        Auth::Scopes,
        Some("Bearer e30.eyJzY29wZSI6ICJhOnJlYWQiLCAiZXhwIjogMTAwMH0.sig"),
        "the credential has expired"
    )]
    #[case(
        Auth::Scopes,
        Some("Bearer e30.eyJzY29wZSI6ICJhOnJlYWQiLCAibmJmIjogMTAwMX0.sig"),
        "the credential is not valid yet"
    )]
    #[case(Auth::Scopes, Some("Bearer mock:a:read"), "granted a:read")]
    #[case(Auth::Scopes, Some("bearer mock:*"), "granted *")]
    #[case(Auth::Scopes, Some("Bearer mock:b:read"), "b:read lacks a:read")]
    #[case(Auth::Scopes, Some("Bearer mock:"), "key without scopes lacks a:read")]
    #[case(Auth::Scopes, Some("Bearer secret"), "limited is limited by id")]
    #[case(Auth::Scopes, Some("Bearer e30.eyJzY29wZSI6ICJhOnJlYWQifQ.sig"), "granted a:read")]
    #[case(Auth::Scopes, Some("Basic bW9jazphOnJlYWQ="), "granted a:read")]
    #[case(Auth::Present, Some("Bearer nobody"), "granted any")]
    #[case(Auth::Present, Some("Bearer mock:b:read"), "b:read lacks a:read")]
    #[case(Auth::Off, None, "open")]
    fn credentials(#[case] mode: Auth, #[case] sent: Option<&str>, #[case] expected: &str) {
        let contract = crate::mock::testing::contract(serde_json::json!({
            "openapi": "3.1.0",
            "paths": {"/things/{id}": {"get": {
                "security": [{"bearer": ["a:read"]}, {"basic": ["a:read"]}],
                "responses": {"204": {"description": "done"}},
            }}},
            "components": {"securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"},
            }},
        }));
        let key: Key =
            toml::from_str("name = 'limited'\ntoken = 'secret'\nscopes = ['a:read']\nonly = { id = ['1'] }")
                .unwrap();
        let others: Vec<Key> = ["scheme = 'basic'", "expires = '1969-12-31'"]
            .iter()
            .enumerate()
            .map(|(index, line)| {
                toml::from_str(&format!("name = 'k'\ntoken = 'secret{index}'\nscopes = ['a:read']\n{line}"))
                    .unwrap()
            })
            .collect();
        let clock = || Timestamp::from_second(1_000).unwrap();
        let keys = [key, others[0].clone(), others[1].clone()];
        let auth = Authenticator::new(Arc::clone(&contract), mode, ScopeRules::default(), &keys, clock);
        let mut request = crate::exchange::Request::new(http::Method::GET, "");
        if let Some(sent) = sent {
            request.headers.insert(http::header::AUTHORIZATION, sent.parse().unwrap());
        }
        let values = ["7"];
        let mut context = RequestContext::plain(&contract.operations[0], &values, None);
        context.request = &request;
        let found = match auth.check(&context) {
            Access::Open => "open".to_owned(),
            Access::Granted(holder) => format!("granted {}", holder.name),
            Access::Missing => "missing".to_owned(),
            Access::Unknown(why) => why.to_string(),
            Access::Lacking(holder, scope) => format!("{} lacks {scope}", holder.name),
            Access::Elsewhere(holder, name) => format!("{} is limited by {name}", holder.name),
        };
        assert_eq!(found, expected);
    }
}
