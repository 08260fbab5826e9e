//! A finding: what is wrong with the target, with all its evidence.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::access::KeyInfo;
use super::message::MessageShown;
use super::name::named;
use crate::rules::{FaultCategory, Rule, Severity};

/// A defect of the target.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Finding {
    /// Hash of rule, operation, status class and schema pointer: it survives edits of values and
    /// lines.
    pub id: String,
    /// Name of the rule.
    pub rule: Rule,
    /// Its fault category in Web Fuzzing Commons, where there is one.
    pub wfc: Option<FaultCategory>,
    /// How much it weighs.
    pub severity: Severity,
    /// Id of the operation.
    pub operation: String,
    /// Name of its document, in a run over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_name: Option<Arc<str>>,
    /// One line: what is wrong.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// `response.body`, `response.headers.NAME`, `response.status`, `request.query.NAME`, …
    pub at: String,
    /// JSON pointer inside `at`; empty for the whole.
    pub instance: String,
    /// The key that was used; never its token.
    pub key: Option<KeyInfo>,
    /// Findings that follow from this one: rule and operation of each.
    pub causes: Vec<String>,
    /// At how many places the same thing was seen.
    pub places: usize,
    /// Seen once and not again when repeated.
    pub flaky: bool,
    /// The baseline names it: it is shown and does not fail the run.
    pub known: bool,
    /// The line of the document that says otherwise.
    pub document: Option<DocumentPlace>,
    /// What was sent, secrets removed.
    pub request: MessageShown,
    /// What came back, secrets removed.
    pub response: Option<MessageShown>,
    /// A curl command to paste; the credential is `$COUNTERPART_TOKEN`.
    pub reproduce: String,
    /// The bodies whole, for waivers that compare values.
    #[serde(skip)]
    #[doc(hidden)]
    pub bodies: Bodies,
}

/// The bodies of an exchange as they went over the wire. They may contain secrets, so nothing
/// shows them.
#[derive(Clone, Default)]
pub struct Bodies {
    /// What was sent.
    pub request: Bytes,
    /// What came back.
    pub response: Bytes,
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bodies({} and {} bytes)", self.request.len(), self.response.len())
    }
}

impl Finding {
    /// A finding without a single exchange behind it: no places, messages or key.
    pub fn bare(id: String, rule: Rule, severity: Severity, operation: &str, message: String) -> Self {
        Self {
            id,
            rule,
            wfc: rule.fault_category(None, None),
            severity,
            operation: operation.to_owned(),
            document_name: None,
            message,
            expected: String::new(),
            actual: String::new(),
            at: String::new(),
            instance: String::new(),
            key: None,
            causes: Vec::new(),
            places: 1,
            flaky: false,
            known: false,
            document: None,
            request: MessageShown::default(),
            response: None,
            reproduce: String::new(),
            bodies: Bodies::default(),
        }
    }

    /// The id of its operation, after the document where there are several; empty where it is about none.
    pub fn operation_name(&self) -> Cow<'_, str> {
        named(self.document_name.as_deref(), &self.operation)
    }

    /// What is wrong, with what was expected and found where the message does not say so already.
    pub fn told(&self) -> String {
        let says = |text: &str| self.message.contains(text);
        if says(&self.expected) && (says(&self.actual) || says("is missing")) {
            return self.message.clone();
        }
        format!("{} (expected {}, found {})", self.message, self.expected, self.actual)
    }
}

/// A place in the document, or in the file that says what is expected instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct DocumentPlace {
    /// JSON pointer.
    pub pointer: String,
    /// The file.
    pub file: String,
    /// Line, from 1; 0 until it is looked up.
    pub line: usize,
    /// The text of that line, for pictures.
    #[serde(skip)]
    pub text: String,
}

impl DocumentPlace {
    /// Its line, or its pointer where the line is too long to be shown, as in a document without line breaks.
    pub fn shown(&self) -> &str {
        let is_long = self.text.chars().nth(LONGEST_LINE).is_some();
        if is_long { &self.pointer } else { self.text.trim_end() }
    }
}

/// Lines of a document are shown up to this length.
const LONGEST_LINE: usize = 240;

/// A finding that a waiver accepts.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Waived {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// The waiver's reason.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a body was sent", "no body", "7 bytes", "a body was sent (expected no body, found 7 bytes)")]
    #[case("expected a, found b", "a", "b", "expected a, found b")]
    #[case("nothing more to say", "", "", "nothing more to say")]
    fn nothing_is_told_twice(
        #[case] message: &str,
        #[case] expected: &str,
        #[case] actual: &str,
        #[case] told: &str,
    ) {
        let bare =
            Finding::bare(String::new(), Rule::BodySchema, Severity::Error, "list", message.to_owned());
        let finding = Finding { expected: expected.to_owned(), actual: actual.to_owned(), ..bare };
        assert_eq!(finding.told(), told);
    }

    #[rstest]
    #[case("  type: string  ", "  type: string")]
    #[case(&"x".repeat(LONGEST_LINE + 1), "/paths")]
    fn long_lines_are_shown_by_their_pointer(#[case] text: &str, #[case] shown: &str) {
        let place =
            DocumentPlace { pointer: "/paths".to_owned(), text: text.to_owned(), ..Default::default() };
        assert_eq!(place.shown(), shown);
    }
}
