//! Which wider keys are tried where the key with just the required scopes was refused.

use super::cases::{is_broad, is_same_resource};
use super::{Credential, Keys, schemes};
use crate::contract::Operation;

/// How many single scopes are tried beside the required ones.
const SINGLES: usize = 6;
/// How many scopes one key is asked to hold.
const MOST: usize = 200;

/// Scopes of wider keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wider {
    /// Everything that there is.
    pub all: Vec<String>,
    /// The required ones with a little more, from sharp to blunt.
    pub narrow: Vec<Vec<String>>,
}

impl Keys<'_> {
    /// Wider keys than one that was refused; `None` where there are none.
    pub fn wider(&self, operation: &Operation, refused: &Credential) -> Option<Wider> {
        let requirement = schemes::requirement(operation)?;
        let required = &requirement.scopes;
        let mut found: Vec<Vec<String>> = Vec::new();
        let mut all = Vec::new();
        if self.sources.minter.is_some() {
            let vocabulary = self.contract.scopes.names();
            let kin = |scope: &&String| {
                !required.contains(scope)
                    && !is_broad(scope)
                    && required.iter().any(|required| is_same_resource(scope, required))
            };
            let with = |scope: &String| required.iter().chain([scope]).cloned().collect();
            found = vocabulary.iter().filter(kin).take(SINGLES).map(with).collect();
            let wildcard = Some(&self.rules.wildcard).filter(|wildcard| !wildcard.is_empty());
            for scope in required.iter().chain(wildcard).chain(vocabulary).take(MOST) {
                if !all.contains(scope) {
                    all.push(scope.clone());
                }
            }
        } else {
            let holders = self.sources.holders(requirement);
            let others = holders.filter(|key| key.token != refused.token);
            let holds_more = |key: &&Credential| {
                self.rules.missing(required, &key.info.scopes).is_none()
                    || self.rules.missing(&refused.info.scopes, &key.info.scopes).is_none()
            };
            found.extend(others.filter(holds_more).map(|key| key.info.scopes.clone()));
            found.sort_by_key(Vec::len);
            found.dedup();
            all = found.pop().unwrap_or_default();
            found.truncate(SINGLES);
        }
        let is_more = !all.is_empty() && all != refused.info.scopes;
        is_more.then_some(Wider { all, narrow: found })
    }

    /// From now on a key with these scopes is what suffices for an operation.
    pub fn suffices(&mut self, operation: &Operation, scopes: Vec<String>) {
        self.enough.insert(operation.index, scopes);
    }
}
