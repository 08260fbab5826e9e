//! By which of the alternatives of a document the target takes the key of a run.
//!
//! A key that is for no scheme by name goes out by the first alternative that an operation has. Many documents name
//! several ways, of which such a key fits one: a user's token in a header, an API key in the query.

use std::collections::HashSet;

use super::{Credential, Credentials, placement, schemes};
use crate::contract::{Operation, Requirement, SchemeKind};

/// Alternatives that are tried for one kind of operation.
const MAX_TRIED: usize = 4;

/// What is known of the alternatives.
#[derive(Debug, Clone, Default)]
pub(super) struct Ways {
    /// The schemes of the alternative that let the key in where the first one did not.
    chosen: Option<Vec<String>>,
    /// Alternatives that were tried to no avail.
    tried: HashSet<Vec<Vec<String>>>,
}

impl Ways {
    pub fn chosen(&self) -> Option<Vec<String>> {
        self.chosen.clone()
    }

    /// The alternative by which an operation is asked.
    pub fn requirement<'o>(&self, operation: &'o Operation) -> Option<&'o Requirement> {
        let chosen = self.chosen.as_ref();
        let chosen = chosen.and_then(|by| operation.security.iter().find(|other| other.schemes == *by));
        chosen.or_else(|| schemes::requirement(operation))
    }
}

impl Credentials<'_> {
    /// The other ways in which a key that was refused may be sent, each with that key; none where the user says how it
    /// is sent, where it is for one scheme, and where they were tried before.
    pub(in crate::check) fn other_ways(
        &mut self,
        operation: &Operation,
        key: &Credential,
    ) -> Vec<Credential> {
        if self.sources.placement.is_some() || key.scheme.is_some() || !key.beside.is_empty() {
            return Vec::new();
        }
        let all: Vec<Vec<String>> = if operation.is_silent_on_keys {
            self.contract.schemes.keys().map(|name| vec![name.clone()]).collect()
        } else {
            operation.security.iter().map(|one| one.schemes.clone()).collect()
        };
        let now = self.now(operation, key);
        if self.ways.chosen.is_some() || !self.ways.tried.insert(all.clone()) {
            return Vec::new();
        }
        let is_pair = key.token.reveal().contains(':');
        let kind = |name: &String| self.contract.schemes.get(name).map(|scheme| &scheme.kind);
        let fits = |name: &String| match kind(name) {
            Some(SchemeKind::Basic) => is_pair,
            Some(SchemeKind::MutualTls | SchemeKind::Unknown(_)) | None => false,
            Some(_) => true,
        };
        let others = all
            .into_iter()
            .filter(|schemes| *schemes != now && schemes.len() == 1 && schemes.iter().all(fits));
        others.take(MAX_TRIED).map(|schemes| Credential { by: Some(schemes), ..key.clone() }).collect()
    }

    /// The schemes by which a key of no scheme goes out with an operation.
    fn now(&self, operation: &Operation, key: &Credential) -> Vec<String> {
        if !operation.is_silent_on_keys {
            return self.ways.requirement(operation).map(|one| one.schemes.clone()).unwrap_or_default();
        }
        let kind = placement::undeclared(self.contract, None, key.token.reveal());
        let mut schemes = self.contract.schemes.iter();
        schemes
            .find(|(_, scheme)| scheme.kind == *kind)
            .map(|(name, _)| vec![name.clone()])
            .unwrap_or_default()
    }

    /// Sends keys from now on as this one was sent.
    pub(in crate::check) fn send_like(&mut self, key: &Credential) {
        self.ways.chosen.clone_from(&key.by);
    }
}
