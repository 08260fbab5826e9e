//! Wider keys to try when the key with exactly the required scopes was refused.

use super::cases::{is_broad, is_same_resource};
use super::{Credential, Credentials, schemes};
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

impl Credentials<'_> {
    /// Wider keys than one that was refused; `None` where there are none.
    ///
    /// `told` is what the refusal said: scopes that it names go first.
    pub fn wider(&self, operation: &Operation, refused: &Credential, told: &str) -> Option<Wider> {
        let requirement = schemes::requirement(operation)?;
        let required = &requirement.scopes;
        let mut found: Vec<Vec<String>> = Vec::new();
        let mut all = Vec::new();
        if self.sources.minter.is_some() {
            let mut vocabulary = self.contract.scopes.names().to_vec();
            let offered = self.contract.schemes.values().flat_map(|scheme| &scheme.offered);
            for scope in offered {
                if !vocabulary.contains(scope) {
                    vocabulary.push(scope.clone());
                }
            }
            let kin = |scope: &&String| {
                !required.contains(scope)
                    && !is_broad(scope)
                    && required.iter().any(|required| is_same_resource(scope, required))
            };
            let is_named = |scope: &&String| !required.contains(scope) && names(told, scope);
            let named = || vocabulary.iter().filter(is_named);
            let kin: Vec<&String> =
                named().chain(vocabulary.iter().filter(kin).filter(|s| !is_named(s))).take(SINGLES).collect();
            let with = |scope: &&String| required.iter().chain([*scope]).cloned().collect();
            found = kin.iter().map(with).collect();
            // An issuer may have no key for just these together.
            found.extend(kin.iter().map(|scope| vec![(*scope).clone()]));
            let wildcard = Some(&self.rules.wildcard).filter(|wildcard| !wildcard.is_empty());
            for scope in required.iter().chain(wildcard).chain(&vocabulary).take(MOST) {
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

/// Whether a text names a scope, and not just a part of a longer one.
fn names(text: &str, scope: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.' | '_' | '-' | '!');
    text.match_indices(scope).any(|(start, found)| {
        let before = text.get(..start).and_then(|head| head.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(|c| is_part(c) && c != '.')
    })
}

#[cfg(test)]
mod tests {
    use super::names;
    use rstest::rstest;

    #[rstest]
    #[case("requires any of [list:services]", "list:services", true)]
    #[case("requires read:users:name", "read:users", false)]
    #[case("missing scope 'a:write'.", "a:write", true)]
    fn a_refusal_names_scopes(#[case] text: &str, #[case] scope: &str, #[case] expected: bool) {
        assert_eq!(names(text, scope), expected);
    }
}
