//! `[snapshot]`: how snapshots are taken.

use super::normalize::Mode;
use crate::config;
use crate::contract::{Operation, StatusKey};
use crate::run::policy;

/// Header fields that are kept where nothing else is said.
const HEADERS: &[&str] = &["content-type", "allow"];

/// How snapshots are taken.
#[derive(Debug, Default)]
pub struct Settings {
    pub(super) mode: Mode,
    /// Modes of single operations, by a pattern of their names.
    pub(super) operations: Vec<(String, Mode)>,
    pub(super) statuses: Vec<StatusKey>,
    pub(super) headers: Vec<String>,
    /// Pointers whose values are volatile, and their placeholders.
    pub(super) redact: Vec<(String, String)>,
}

impl Settings {
    /// From `[snapshot]`.
    ///
    /// # Errors
    /// The invalid status.
    pub fn of(told: Option<&config::Snapshot>) -> Result<Self, String> {
        let default = config::Snapshot::default();
        let told = told.unwrap_or(&default);
        let mode = |mode: Option<config::SnapshotMode>| match mode {
            Some(config::SnapshotMode::Shape) => Mode::Shape,
            _ => Mode::Values,
        };
        let statuses = told.statuses.iter().map(|key| {
            StatusKey::parse(key).ok_or_else(|| format!("[snapshot] statuses: invalid status {key:?}"))
        });
        let statuses = statuses.collect::<Result<_, _>>()?;
        let headers = if told.headers.is_empty() {
            HEADERS.iter().map(|name| (*name).to_owned()).collect()
        } else {
            told.headers.iter().map(|name| name.to_ascii_lowercase()).collect()
        };
        Ok(Self {
            mode: mode(told.mode),
            operations: told
                .operation
                .iter()
                .map(|(name, own)| (name.clone(), mode(own.mode.or(told.mode))))
                .collect(),
            statuses,
            headers,
            redact: told.redact.iter().map(|entry| (entry.pointer.clone(), entry.r#as.clone())).collect(),
        })
    }

    /// Where nothing else is said, the documented successes are kept.
    pub(super) fn keeps(&self, operation: &Operation, status: u16) -> bool {
        if self.statuses.is_empty() {
            return operation.is_success(status);
        }
        self.statuses.iter().any(|key| key.covers(status))
    }

    pub(super) fn mode(&self, operation: &str) -> Mode {
        let own = self.operations.iter().find(|(pattern, _)| policy::fits(pattern, operation));
        own.map_or(self.mode, |(_, mode)| *mode)
    }
}
