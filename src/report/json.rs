//! The `json` report: the run as it is, one line of JSON per member kept readable.

use crate::run::Run;

pub(super) fn render(run: &Run) -> Vec<u8> {
    // A run is plain data with text keys, which always serialises.
    let mut bytes = serde_json::to_vec_pretty(run).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
