//! The `json` report: the run as it is. `docs/report.schema.json` describes it.

use serde::Serialize;

use super::safe_json;
use crate::run::Run;

pub(super) fn render(run: &Run) -> Vec<u8> {
    pretty(run)
}

/// Plain data with text keys, which always serialises; characters that nobody sees are escaped.
pub(super) fn pretty(value: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut bytes = safe_json(&text).into_owned().into_bytes();
    bytes.push(b'\n');
    bytes
}
