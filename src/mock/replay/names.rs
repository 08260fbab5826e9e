//! By which names the responses of an operation can be asked for: those of fixtures and of documented examples.

use super::PreparedResponses;
use crate::mock::response::Response;

impl PreparedResponses {
    /// The response of that name, whatever its status.
    pub fn named(&self, name: &str) -> Option<&Response> {
        self.responses.iter().find(|prepared| prepared.name == name).map(|prepared| &prepared.response)
    }

    /// Names by which responses can be asked for, each with the status of the first that has it.
    pub fn examples(&self) -> Vec<(&str, u16)> {
        let mut examples: Vec<(&str, u16)> = Vec::new();
        for prepared in self.responses.iter().filter(|prepared| !prepared.name.is_empty()) {
            if !examples.iter().any(|(name, _)| *name == prepared.name) {
                examples.push((&prepared.name, prepared.response.status.as_u16()));
            }
        }
        examples
    }

    /// Names of the responses, with their statuses.
    pub fn names(&self) -> Vec<String> {
        let named = self.responses.iter().filter(|p| !p.name.is_empty());
        let mut names: Vec<String> = named.map(|p| format!("{} ({})", p.name, p.key)).collect();
        names.dedup();
        names
    }
}
