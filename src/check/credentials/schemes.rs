//! Which alternative of a security requirement the available keys can satisfy, and which key is for which
//! scheme.

use super::{Credential, Sources};
use crate::contract::scopes::ScopeRules;
use crate::contract::{Contract, Operation, Requirement, SchemeKind};
use crate::run::KeyInfo;

/// What is said where there is no key at all: every way to give one.
const NO_KEY: &str = "no key was given: set COUNTERPART_TOKEN, name keys in a --keys file or under [[keys]], have them made by --mint, --mint-command or oauth2 under [mint], or pass --no-auth if the target asks for none";

/// The alternative that an operation is asked by: the first that asks for a credential.
pub(in crate::check) fn requirement(operation: &Operation) -> Option<&Requirement> {
    operation.security.iter().find(|requirement| !requirement.schemes.is_empty())
}

/// Brings the first alternative that can be served to the front of each operation's list, so that
/// the run asks by it.
pub fn prefer(contract: &mut Contract, sources: &Sources, rules: &ScopeRules) {
    let schemes = &contract.schemes;
    for operation in &mut contract.operations {
        let serves = |requirement: &Requirement| {
            let is_placed =
                |name: &String| schemes.get(name).is_some_and(|scheme| sources.places(&scheme.kind));
            !requirement.schemes.is_empty()
                && requirement.schemes.iter().all(is_placed)
                && sources.serves(requirement, rules)
        };
        if let Some(at) = operation.security.iter().position(serves) {
            let chosen = operation.security.remove(at);
            operation.security.insert(0, chosen);
        }
    }
}

impl Sources {
    /// Whether it is known how a key of such a scheme is sent.
    fn places(&self, kind: &SchemeKind) -> bool {
        self.placement.is_some() || !matches!(kind, SchemeKind::Unknown(_))
    }

    /// Whether there is any key at all.
    pub fn has_keys(&self) -> bool {
        !self.named.is_empty() || self.minter.is_some() || self.token.is_some()
    }

    /// Named keys that may be sent for a requirement.
    pub(super) fn holders<'s>(
        &'s self,
        requirement: &'s Requirement,
    ) -> impl Iterator<Item = &'s Credential> {
        self.named.iter().filter(|key| key.is_for(requirement))
    }

    /// Whether the keys that there are meet a requirement.
    fn serves(&self, requirement: &Requirement, rules: &ScopeRules) -> bool {
        if self.without_key(requirement).is_some() {
            return false;
        }
        self.minter.is_some()
            || self.token.is_some()
            || self
                .holders(requirement)
                .any(|key| rules.missing(&requirement.scopes, &key.info.scopes).is_none())
            || self.together(requirement, rules).is_some()
    }

    /// The first scheme of a requirement for which there is no key.
    fn without_key<'q>(&self, requirement: &'q Requirement) -> Option<&'q str> {
        if self.minter.is_some() || self.token.is_some() {
            return None;
        }
        let has = |scheme: &String| {
            self.named.iter().any(|key| key.scheme.as_ref().is_none_or(|own| own == scheme))
        };
        requirement.schemes.iter().find(|scheme| !has(scheme)).map(String::as_str)
    }

    /// What is missing for an operation: the scheme of each alternative that has no key.
    pub(super) fn lacks(&self, operation: &Operation) -> Option<String> {
        if self.named.is_empty() && !self.has_keys() {
            return Some(NO_KEY.to_owned());
        }
        let mut lacking: Vec<String> = Vec::new();
        for requirement in operation.security.iter().filter(|r| !r.schemes.is_empty()) {
            let scheme = self.without_key(requirement)?;
            let scheme = format!("{scheme:?}");
            if !lacking.contains(&scheme) {
                lacking.push(scheme);
            }
        }
        (!lacking.is_empty()).then(|| format!("no key for the security scheme {}", lacking.join(" or ")))
    }

    /// The scopes that a request has with a key: its own, and those of the keys that go along for other schemes.
    pub(super) fn held_with(&self, requirement: &Requirement, key: &Credential) -> Vec<String> {
        let own = |scheme: &String| self.named.iter().find(|other| other.scheme.as_ref() == Some(scheme));
        let others = requirement.schemes.iter().filter(|scheme| key.scheme.as_ref() != Some(*scheme));
        // A key for any scheme is the first one's, where each has a key of its own.
        let is_first = key.scheme.is_none() && requirement.schemes.iter().all(|scheme| own(scheme).is_some());
        let mut held = key.info.scopes.clone();
        for scheme in others.skip(usize::from(is_first)) {
            match own(scheme) {
                Some(other) => held.extend(other.info.scopes.iter().cloned()),
                // It is sent for that scheme too.
                None if key.scheme.is_none() => {}
                None => match self.named.iter().find(|other| other.scheme.is_none()) {
                    Some(any) => held.extend(any.info.scopes.iter().cloned()),
                    None => held.extend(requirement.scopes.iter().cloned()),
                },
            }
        }
        held
    }

    /// A key for each scheme of a requirement, where none alone holds the scopes but all together do.
    pub(super) fn together(&self, requirement: &Requirement, rules: &ScopeRules) -> Option<Credential> {
        let mut keys = requirement.schemes.iter().map(|scheme| {
            let own = self.named.iter().filter(|key| key.scheme.as_ref() == Some(scheme));
            own.max_by_key(|key| {
                key.info.scopes.iter().filter(|scope| requirement.scopes.contains(scope)).count()
            })
        });
        let mut first = keys.next()??.clone();
        let mut names = vec![first.info.name];
        let mut scopes = first.info.scopes;
        for key in keys {
            let key = key?;
            first.beside.extend(key.as_beside());
            names.push(key.info.name.clone());
            scopes.extend(key.info.scopes.iter().cloned());
        }
        first.info = KeyInfo { name: names.join(" with "), scopes };
        rules.missing(&requirement.scopes, &first.info.scopes).is_none().then_some(first)
    }
}
