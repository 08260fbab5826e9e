//! The `json` report: the run as it is. `docs/report.schema.json` describes it.

use serde::Serialize;

use crate::run::Run;

pub(super) fn render(run: &Run) -> Vec<u8> {
    pretty(run)
}

/// Plain data with text keys, which always serialises.
pub(super) fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
