//! The `access` report: the scope matrix as CSV (RFC 4180), one record per case.

use super::safe;
use crate::run::{AccessVerdict, Expected, Run};

pub(super) fn render(run: &Run) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let head = ["operation", "required", "case", "key", "granted", "expected", "status", "verdict", "why"];
    // Of several documents each record names its own, in a column before the others.
    let document = (!run.documents.is_empty()).then_some("document");
    // Writing to memory does not fail.
    let _ = writer.write_record(document.into_iter().chain(head));
    for case in &run.access {
        let required: Vec<String> = case.required.iter().map(|all| all.join(" + ")).collect();
        let record = [
            case.operation.clone(),
            required.join(" or "),
            case.case.clone(),
            case.key.clone(),
            case.granted.join(" + "),
            match case.expected {
                Expected::Accepted => "accepted".to_owned(),
                Expected::Refused => "refused".to_owned(),
            },
            case.status.map(|status| status.to_string()).unwrap_or_default(),
            match case.verdict {
                AccessVerdict::Ok => "ok".to_owned(),
                AccessVerdict::Finding => "finding".to_owned(),
                AccessVerdict::NotTried => "not-tried".to_owned(),
            },
            case.why.clone().unwrap_or_default(),
        ];
        let document = document.map(|_| case.document_name.as_deref().unwrap_or_default().to_owned());
        let _ = writer.write_record(document.iter().chain(&record).map(|cell| inert(cell)));
    }
    writer.into_inner().unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: &str) -> String {
    let cell = safe(cell);
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.into_owned() }
}
