//! Who sends a request, and what they may do.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;

use super::Auth;
use super::context::RequestContext;
use crate::config::Key;
use crate::contract::scopes::{Grant, ScopeRules};
use crate::contract::{Contract, Location, Operation, PerOperation, SchemeKind, parameter};

/// Whoever presented a credential.
#[derive(Debug)]
pub(super) struct KeyHolder {
    /// What logs and the journal say; never the token.
    pub name: String,
    /// What it may do; `None` for whatever it likes.
    pub grant: Option<Grant>,
    /// Whose it is.
    pub owner: Option<String>,
    /// Path parameters that it is limited to.
    pub only: Vec<(String, Vec<String>)>,
}

impl KeyHolder {
    fn of(contract: &Contract, rules: &ScopeRules, key: &Key) -> Self {
        Self {
            name: key.name.clone(),
            grant: Some(contract.scopes.grant(rules, key.scopes.as_deref().unwrap_or_default())),
            owner: key.owner.clone(),
            only: key.only.iter().map(|(name, values)| (name.clone(), values.clone())).collect(),
        }
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
    /// Nobody issued it.
    Unknown,
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
            Self::Open | Self::Missing | Self::Unknown => None,
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
    /// Configured keys, by token.
    keys: HashMap<String, Arc<KeyHolder>>,
    /// Self-describing keys that were seen, by token; replaced whole when one is added.
    seen: ArcSwap<HashMap<String, Arc<KeyHolder>>>,
    /// By operation: the scopes of each requirement, as numbers; worked out when first asked for.
    required: PerOperation<OnceLock<Vec<Vec<usize>>>>,
}

impl Authenticator {
    pub fn new(contract: Arc<Contract>, mode: Auth, rules: ScopeRules, keys: &[Key]) -> Self {
        let holder =
            |key: &Key| (key.token.reveal().to_owned(), Arc::new(KeyHolder::of(&contract, &rules, key)));
        Self {
            keys: keys.iter().map(holder).collect(),
            seen: ArcSwap::default(),
            required: contract.operations.iter().map(|_| OnceLock::new()).collect(),
            contract,
            mode,
            rules,
        }
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
        for (requirement, scopes) in operation.security.iter().zip(compiled) {
            if requirement.schemes.is_empty() {
                return Access::Open;
            }
            let Some(token) = self.token(&requirement.schemes, context) else { continue };
            let Some(holder) = self.holder(&token) else {
                refusal.get_or_insert(Access::Unknown);
                continue;
            };
            let lacking = holder.grant.as_ref().and_then(|grant| self.contract.scopes.missing(scopes, grant));
            if let Some(scope) = lacking {
                let scope = scope.to_owned();
                if !matches!(refusal, Some(Access::Lacking(..))) {
                    refusal = Some(Access::Lacking(holder, scope));
                }
                continue;
            }
            let limit = holder.only.iter().find(|(name, values)| {
                context.path_value(name).is_some_and(|value| !values.iter().any(|v| v == value))
            });
            if let Some((name, _)) = limit {
                let name = name.clone();
                return Access::Elsewhere(holder, name);
            }
            return Access::Granted(holder);
        }
        match refusal {
            Some(refusal) => refusal,
            None if self.can_be_presented(operation) => Access::Missing,
            None => Access::Open,
        }
    }

    /// The credential for a requirement: the last of its schemes, where all are presented.
    fn token(&self, schemes: &[String], context: &RequestContext<'_>) -> Option<String> {
        let mut token = None;
        for scheme in schemes.iter().filter_map(|name| self.contract.schemes.get(name)) {
            token = presented(&scheme.kind, &context.request.headers, context.request.query.as_deref());
            token.as_ref()?;
        }
        token
    }

    /// Whether a message can hold a credential: mutual TLS puts nothing into it, and of unknown schemes
    /// nobody knows.
    fn can_be_presented(&self, operation: &Operation) -> bool {
        operation.security.iter().flat_map(|r| &r.schemes).any(|name| {
            let scheme = self.contract.schemes.get(name);
            scheme
                .is_some_and(|scheme| !matches!(scheme.kind, SchemeKind::MutualTls | SchemeKind::Unknown(_)))
        })
    }

    /// Who holds a token: a configured key, a self-describing one, a JWT, or anybody where being there
    /// is enough.
    fn holder(&self, token: &str) -> Option<Arc<KeyHolder>> {
        if let Some(holder) = self.keys.get(token) {
            return Some(Arc::clone(holder));
        }
        if let Some(scopes) = token.strip_prefix("mock:") {
            return Some(self.self_describing(token, || split_scopes(scopes)));
        }
        if self.mode == Auth::Scopes {
            return jwt_scopes(token).map(|scopes| self.self_describing(token, || scopes));
        }
        Some(Arc::new(KeyHolder { name: "any".to_owned(), grant: None, owner: None, only: Vec::new() }))
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
        let holder = Arc::new(KeyHolder { name, grant, owner: None, only: Vec::new() });
        if seen.len() < MAX_REMEMBERED {
            self.seen.rcu(|map| {
                let mut map = HashMap::clone(map);
                map.insert(token.to_owned(), Arc::clone(&holder));
                map
            });
        }
        holder
    }
}

fn split_scopes(text: &str) -> Vec<String> {
    text.split(['+', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// The credential that a message presents under a scheme.
fn presented(kind: &SchemeKind, headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let authorization = |word: &str| {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
        let (scheme, rest) = value.split_once(' ')?;
        (scheme.eq_ignore_ascii_case(word) && !rest.trim().is_empty()).then(|| rest.trim().to_owned())
    };
    match kind {
        SchemeKind::Bearer => authorization("bearer"),
        SchemeKind::Http(word) => authorization(word),
        SchemeKind::Basic => {
            let pair = unbase64(&authorization("basic")?)?;
            // The user is `mock` and the password the scopes.
            Some(pair)
        }
        SchemeKind::ApiKey(Location::Query, name) => parameter::pairs(query?)
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned()),
        SchemeKind::ApiKey(Location::Cookie, name) => {
            crate::exchange::cookie(headers, name).map(str::to_owned)
        }
        SchemeKind::ApiKey(_, name) => {
            headers.get(name.as_str())?.to_str().ok().map(str::to_owned).filter(|value| !value.is_empty())
        }
        SchemeKind::MutualTls | SchemeKind::Unknown(_) => Some(String::new()),
    }
}

/// The scopes of a JWT (RFC 7519), without checking its signature: `scope`, `scp` or
/// `permissions`.
fn jwt_scopes(token: &str) -> Option<Vec<String>> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Value = serde_json::from_str(&unbase64(payload)?).ok()?;
    let claim = ["scope", "scp", "permissions"].iter().find_map(|name| claims.get(*name))?;
    Some(match claim {
        Value::String(text) => split_scopes(text),
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    })
}

/// UTF-8 text that is written in base64.
fn unbase64(text: &str) -> Option<String> {
    String::from_utf8(crate::exchange::base64::decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Auth::Scopes, None, "missing")]
    #[case(Auth::Scopes, Some("Bearer nobody"), "unknown")]
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
        let auth = Authenticator::new(Arc::clone(&contract), mode, ScopeRules::default(), &[key]);
        let mut request = crate::exchange::Request::new(http::Method::GET, "");
        if let Some(sent) = sent {
            request.headers.insert(AUTHORIZATION, sent.parse().unwrap());
        }
        let values = ["7"];
        let mut context = RequestContext::plain(&contract.operations[0], &values, None);
        context.request = &request;
        let found = match auth.check(&context) {
            Access::Open => "open".to_owned(),
            Access::Granted(holder) => format!("granted {}", holder.name),
            Access::Missing => "missing".to_owned(),
            Access::Unknown => "unknown".to_owned(),
            Access::Lacking(holder, scope) => format!("{} lacks {scope}", holder.name),
            Access::Elsewhere(holder, name) => format!("{} is limited by {name}", holder.name),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn scopes_of_a_jwt() {
        let claims = crate::exchange::base64::encode(b"{\"scp\": [\"a:read\", \"b:write\"]}");
        let scopes = jwt_scopes(&format!("e30.{}.sig", claims.trim_end_matches('=')));
        assert_eq!(scopes, Some(vec!["a:read".to_owned(), "b:write".to_owned()]));
        assert_eq!(jwt_scopes("opaque"), None);
    }
}
