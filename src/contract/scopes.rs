//! Decides whether a key may call an operation: from the requirement, the scopes of the key and the scope
//! rules to a yes, or the first missing scope.
//!
//! The mock enforces the answer and the runner chooses keys by it.

use std::collections::{BTreeMap, HashMap};

use super::security::Requirement;

/// How a held scope satisfies a required one: `[scopes]` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeRules {
    /// A scope that satisfies every other; empty for none.
    pub wildcard: String,
    /// Whether `x:write` satisfies `x:read`.
    pub write_implies_read: bool,
    /// How several scopes in one requirement combine.
    pub combine: Combine,
    /// A hierarchy that the document does not describe: having the key is having the values; `*`
    /// is every scope.
    pub implies: BTreeMap<String, Vec<String>>,
    /// Whether a key that holds for other objects is told so before it is told which scope it lacks.
    pub limits_first: bool,
}

/// How several scopes in one requirement combine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Combine {
    /// All are needed: OpenAPI's meaning.
    #[default]
    All,
    /// Any one is enough.
    Any,
}

impl ScopeRules {
    /// Whether holding `held` is enough for `required`.
    pub fn satisfies(&self, held: &str, required: &str) -> bool {
        if held == required || (!self.wildcard.is_empty() && held == self.wildcard) {
            return true;
        }
        if self.write_implies_read
            && let (Some(resource), Some(read)) =
                (held.strip_suffix(":write"), required.strip_suffix(":read"))
            && resource == read
        {
            return true;
        }
        // A hierarchy may have several levels; each name is looked at once.
        let mut seen = vec![held];
        let mut next = 0;
        while let Some(name) = seen.get(next).copied() {
            next += 1;
            for implied in self.implies.get(name).into_iter().flatten() {
                if implied == required || implied == "*" {
                    return true;
                }
                if !seen.contains(&implied.as_str()) {
                    seen.push(implied);
                }
            }
        }
        false
    }

    /// The first scope of `required` that nothing held satisfies; `None` when access is allowed.
    pub fn missing<'r>(&self, required: &'r [String], held: &[String]) -> Option<&'r str> {
        let lacks = |scope: &&String| !held.iter().any(|held| self.satisfies(held, scope));
        match self.combine {
            Combine::All => required.iter().find(lacks).map(String::as_str),
            Combine::Any if required.iter().all(|scope| lacks(&scope)) => {
                required.first().map(String::as_str)
            }
            Combine::Any => None,
        }
    }
}

/// Every scope that a document names, numbered, so that a key's grant is a set of bits.
#[derive(Debug, Default, Clone)]
pub struct ScopeTable {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl ScopeTable {
    pub(super) fn insert(&mut self, scope: &str) {
        if !self.index.contains_key(scope) {
            self.index.insert(scope.to_owned(), self.names.len());
            self.names.push(scope.to_owned());
        }
    }

    /// All names, in the order in which the document first names them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What a key with these scopes satisfies. Done once for a key.
    pub fn grant(&self, rules: &ScopeRules, held: &[String]) -> Grant {
        let mut bits = vec![0_u64; self.names.len().div_ceil(64)];
        for (index, name) in self.names.iter().enumerate() {
            if held.iter().any(|held| rules.satisfies(held, name)) {
                bits[index / 64] |= 1 << (index % 64);
            }
        }
        Grant { bits, combine: rules.combine }
    }

    /// Turns a requirement into numbers. Done once for an operation.
    pub fn compile(&self, requirement: &Requirement) -> Vec<usize> {
        requirement.scopes.iter().filter_map(|scope| self.index.get(scope).copied()).collect()
    }

    /// The first missing scope of a compiled requirement; `None` when access is allowed.
    pub fn missing(&self, required: &[usize], grant: &Grant) -> Option<&str> {
        let missing = match grant.combine {
            Combine::All => required.iter().find(|scope| !grant.has(**scope)),
            Combine::Any if required.iter().any(|scope| grant.has(*scope)) => None,
            Combine::Any => required.first(),
        };
        missing.map(|scope| self.names[*scope].as_str())
    }
}

/// The scopes of the document that a key satisfies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    bits: Vec<u64>,
    combine: Combine,
}

impl Grant {
    fn has(&self, scope: usize) -> bool {
        self.bits.get(scope / 64).is_some_and(|word| word & (1 << (scope % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rules() -> ScopeRules {
        ScopeRules {
            wildcard: "*".to_owned(),
            write_implies_read: true,
            combine: Combine::All,
            implies: BTreeMap::from([
                ("admin".to_owned(), vec!["repo".to_owned()]),
                ("repo".to_owned(), vec!["repo:status".to_owned(), "admin".to_owned()]),
                ("root".to_owned(), vec!["*".to_owned()]),
            ]),
            limits_first: false,
        }
    }

    #[rstest]
    #[case(&["a:read"], &["a:read"], None)]
    #[case(&["a:read"], &["a:write"], None)]
    #[case(&["a:write"], &["a:read"], Some("a:write"))]
    #[case(&["a:read", "b:read"], &["a:read"], Some("b:read"))]
    #[case(&["a:read", "b:read"], &["*"], None)]
    #[case(&["a:read"], &[], Some("a:read"))]
    #[case(&[], &[], None)]
    #[case(&["repo:status"], &["admin"], None)]
    #[case(&["x"], &["admin"], Some("x"))]
    #[case(&["x"], &["root"], None)]
    #[case(&["a:read"], &["ab:write"], Some("a:read"))]
    fn missing(#[case] required: &[&str], #[case] held: &[&str], #[case] expected: Option<&str>) {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let (required, held) = (own(required), own(held));
        assert_eq!(rules().missing(&required, &held), expected);
        // The table that the mock uses gives the same answer.
        let mut table = ScopeTable::default();
        for scope in &required {
            table.insert(scope);
        }
        let requirement = Requirement { schemes: vec!["k".to_owned()], scopes: required };
        let compiled = table.compile(&requirement);
        assert_eq!(table.missing(&compiled, &table.grant(&rules(), &held)), expected);
    }
}
