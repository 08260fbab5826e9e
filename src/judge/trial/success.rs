//! `status-unexpected` and `valid-rejected`: what a request that keeps the contract may meet.

use super::{Intent, Observation, Sheet, Trial, Valid};
use crate::exchange::Response;
use crate::rules::Severity::{Error, Warning};

pub(super) fn valid(trial: &Trial<'_>, response: &Response, sheet: &mut Sheet) {
    let status = response.status.as_u16();
    let valid = match trial.intent {
        Intent::Valid(valid) => *valid,
        Intent::WiderKey => Valid::Plain,
        _ => return,
    };
    if trial.operation.is_success(status) {
        sheet.looks("valid-rejected");
        sheet.looks("status-unexpected");
        return;
    }
    match status {
        // An undocumented 2xx or 3xx, and a 5xx, have rules of their own.
        ..=399 | 500.. => {}
        // The key, the object's state and the server's load: other rules, or no fault at all.
        401 | 402 | 403 | 406 | 409 | 410 | 412 | 423 | 424 | 425 | 428 | 429 | 451 => {}
        404 if trial.found => sheet.saw(
            Observation::status("status-unexpected", Error, trial, status)
                .message("an object that the target itself names was answered with 404")
                .expected("success"),
        ),
        404 => {}
        405 => sheet.saw(
            Observation::status("status-unexpected", Error, trial, status)
                .message(format!("a documented method was refused with {status}"))
                .expected("success"),
        ),
        _ => {
            let severity = match valid {
                Valid::Plain | Valid::Named => Error,
                // The value is merely not excluded; the server may know better.
                Valid::MadeUp => Warning,
            };
            let severity = if status == 415 { Error } else { severity };
            sheet.saw(
                Observation::status("valid-rejected", severity, trial, status)
                    .message(format!("a request that the document allows was refused with {status}"))
                    .expected("success"),
            );
        }
    }
}
