//! How operations are called in a report.

use std::borrow::Cow;

/// The id of an operation, after its document where there are several.
pub(super) fn named<'n>(document: Option<&str>, operation: &'n str) -> Cow<'n, str> {
    match document {
        None => Cow::Borrowed(operation),
        Some(document) if operation.is_empty() => Cow::Owned(document.to_owned()),
        Some(document) => Cow::Owned(format!("{document}: {operation}")),
    }
}
