//! A finding: what is wrong with the target, with all its evidence.

pub(super) mod stored;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::access::KeyInfo;
use super::excerpt::Excerpt;
use super::message::MessageShown;
use super::name::named;
use crate::rules::{FaultCategory, Rule, Severity};

/// A defect of the target, or several that have one cause.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Finding {
    /// Hash of rule, operation, status class and schema pointer: it survives edits of values and
    /// lines. Of several findings with one cause it is that of the cause, without an operation.
    pub id: String,
    /// The id of its cause: findings that have it in common are mended together.
    #[doc(hidden)]
    pub cause: String,
    /// Name of the rule.
    pub rule: Rule,
    /// Its fault category in Web Fuzzing Commons, where there is one.
    pub wfc: Option<FaultCategory>,
    /// How much it weighs.
    pub severity: Severity,
    /// Id of the operation.
    pub operation: String,
    /// Name of its document, in a run over several.
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
    /// Findings that follow from this one.
    pub causes: Vec<Consequence>,
    /// At how many places the same thing was seen.
    pub places: usize,
    /// The statuses of the answers that showed it, in order.
    pub statuses: Vec<u16>,
    /// The findings that this one stands for, each about one operation, in the document's order; empty where it stands
    /// for itself.
    pub members: Vec<Finding>,
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
    /// What is around the fault in a body that is too long to be shown.
    #[doc(hidden)]
    pub excerpt: Option<Excerpt>,
    /// The bodies whole, for waivers that compare values.
    #[doc(hidden)]
    pub bodies: Bodies,
}

/// What follows from a finding: it is mended with it, and not told of by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Consequence {
    /// The rule.
    pub rule: Rule,
    /// Id of the operation.
    pub operation: String,
}

/// As reports show it.
impl fmt::Display for Consequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rule, self.operation)
    }
}

impl Serialize for Consequence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An operation that a finding is about.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct Affected<'f> {
    /// Its id.
    pub operation: &'f str,
    /// Name of its document, in a run over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_name: Option<&'f str>,
    /// The worst that was found there and is not known.
    pub severity: Severity,
    /// Whether the baseline knows all of it.
    pub known: bool,
    /// The statuses of the answers that showed it.
    pub statuses: Vec<u16>,
    /// How often it was seen there.
    pub places: usize,
    /// What was found there.
    pub findings: Vec<FoundThere<'f>>,
}

/// One of the findings that another stands for: what tells it from the others.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct FoundThere<'f> {
    /// Its own id.
    pub id: &'f str,
    /// One line: what is wrong.
    pub message: &'f str,
    /// The part of the exchange.
    pub at: &'f str,
    /// JSON pointer inside `at`.
    pub instance: &'f str,
    /// The line of the document that says otherwise.
    pub document: Option<&'f DocumentPlace>,
    /// A curl command to paste.
    pub reproduce: &'f str,
}

impl<'f> Affected<'f> {
    fn of(finding: &'f Finding) -> Self {
        let mut affected = Self {
            operation: &finding.operation,
            document_name: finding.document_name.as_deref(),
            severity: finding.severity,
            known: finding.known,
            statuses: Vec::new(),
            places: 0,
            findings: Vec::new(),
        };
        affected.add(finding);
        affected
    }

    fn add(&mut self, finding: &'f Finding) {
        self.severity = match (self.known, finding.known) {
            (true, false) => finding.severity,
            (false, true) => self.severity,
            _ => self.severity.max(finding.severity),
        };
        self.known &= finding.known;
        self.places += finding.places;
        self.statuses.extend(&finding.statuses);
        self.statuses.sort_unstable();
        self.statuses.dedup();
        self.findings.push(FoundThere {
            id: &finding.id,
            message: &finding.message,
            at: &finding.at,
            instance: &finding.instance,
            document: finding.document.as_ref(),
            reproduce: &finding.reproduce,
        });
    }

    /// Its id, after the document where there are several.
    pub fn name(&self) -> Cow<'_, str> {
        named(self.document_name, self.operation)
    }
}

/// With its operations, which follow from the findings that it stands for.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("Finding", 22)?;
        shown.serialize_field("id", &self.id)?;
        shown.serialize_field("rule", &self.rule)?;
        shown.serialize_field("wfc", &self.wfc)?;
        shown.serialize_field("severity", &self.severity)?;
        shown.serialize_field("operation", &self.operation)?;
        if let Some(name) = &self.document_name {
            shown.serialize_field("document_name", name)?;
        }
        shown.serialize_field("message", &self.message)?;
        shown.serialize_field("expected", &self.expected)?;
        shown.serialize_field("actual", &self.actual)?;
        shown.serialize_field("at", &self.at)?;
        shown.serialize_field("instance", &self.instance)?;
        shown.serialize_field("key", &self.key)?;
        shown.serialize_field("causes", &self.causes)?;
        shown.serialize_field("places", &self.places)?;
        shown.serialize_field("operations", &self.operations())?;
        shown.serialize_field("flaky", &self.flaky)?;
        shown.serialize_field("known", &self.known)?;
        shown.serialize_field("document", &self.document)?;
        shown.serialize_field("request", &self.request)?;
        shown.serialize_field("response", &self.response)?;
        shown.serialize_field("reproduce", &self.reproduce)?;
        shown.end()
    }
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
            cause: id.clone(),
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
            statuses: Vec::new(),
            members: Vec::new(),
            flaky: false,
            known: false,
            document: None,
            request: MessageShown::default(),
            response: None,
            reproduce: String::new(),
            excerpt: None,
            bodies: Bodies::default(),
        }
    }

    /// The id of its operation, after the document where there are several; empty where it is about none.
    pub fn operation_name(&self) -> Cow<'_, str> {
        named(self.document_name.as_deref(), &self.operation)
    }

    /// The findings about one operation each that this one stands for.
    pub fn each(&self) -> &[Self] {
        if self.members.is_empty() { std::slice::from_ref(self) } else { &self.members }
    }

    /// As [`Finding::each`], by value.
    pub(crate) fn into_each(self) -> Vec<Self> {
        if self.members.is_empty() { vec![self] } else { self.members }
    }

    /// The operations that it is about, each with what was seen there.
    pub fn operations(&self) -> Vec<Affected<'_>> {
        let mut affected: Vec<Affected<'_>> = Vec::new();
        for finding in self.each().iter().filter(|finding| !finding.operation.is_empty()) {
            let is_same = |known: &&mut Affected<'_>| {
                (known.operation, known.document_name)
                    == (&finding.operation, finding.document_name.as_deref())
            };
            match affected.iter_mut().find(is_same) {
                Some(known) => known.add(finding),
                None => affected.push(Affected::of(finding)),
            }
        }
        affected
    }

    /// Notes the status of another answer that shows it. Where the finding is about undocumented statuses, each of them
    /// stays visible.
    pub(crate) fn saw(&mut self, status: Option<u16>) {
        let Some(status) = status else { return };
        let Err(at) = self.statuses.binary_search(&status) else { return };
        self.statuses.insert(at, status);
        if self.rule == Rule::StatusUndocumented {
            let all: Vec<String> = self.statuses.iter().map(ToString::to_string).collect();
            self.actual = all.join(", ");
            if self.message.starts_with("the status") {
                self.message = format!("the statuses {} are not documented", self.actual);
            }
        }
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
    /// Puts in its line, counted from 1, with a window of the line's text around the column, counted from 1 in
    /// characters. A document without line breaks is one line of many megabytes.
    pub(crate) fn at_line(&mut self, line: usize, column: usize, text: &str) {
        self.line = line;
        self.text = window(text.trim_end(), column.saturating_sub(1));
    }
}

/// Characters of a line that are shown.
const WINDOW: usize = 160;
/// Of these, how many before the column.
const BEFORE: usize = 40;

/// The part of a line around a character; whole where it is short.
fn window(text: &str, column: usize) -> String {
    if text.len() <= WINDOW {
        return text.to_owned();
    }
    let at = |chars: usize| {
        let found =
            if text.is_ascii() { Some(chars) } else { text.char_indices().nth(chars).map(|(at, _)| at) };
        found.unwrap_or(text.len()).min(text.len())
    };
    let first = column.saturating_sub(BEFORE);
    let (start, end) = (at(first), at(first + WINDOW));
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{before}{}{after}", text.get(start..end).unwrap_or_default())
}

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
    #[case("  type: string  ", 3, "  type: string")]
    #[case("", 9, "")]
    #[case(&"x".repeat(WINDOW), 5, &"x".repeat(WINDOW))]
    fn a_short_line_is_shown_whole(#[case] text: &str, #[case] column: usize, #[case] shown: &str) {
        let mut place = DocumentPlace::default();
        place.at_line(1, column, text);
        assert_eq!(place.text, shown);
    }

    #[rstest]
    #[case::ascii("a")]
    #[case::wide("ä")]
    fn a_long_line_is_shown_around_the_column(#[case] filler: &str) {
        let text = format!("{}!{}", filler.repeat(1_000), filler.repeat(1_000_000));
        let mut place = DocumentPlace::default();
        place.at_line(1, 1_001, &text);
        assert_eq!(place.text.chars().count(), WINDOW + 2);
        assert_eq!(place.text.chars().position(|c| c == '!'), Some(BEFORE + 1));
        place.at_line(1, 1, &text);
        assert!(place.text.starts_with(filler) && place.text.ends_with('…'));
        place.at_line(1, 5_000_000, &text);
        assert_eq!(place.text, "…", "a column beyond the line");
    }
}
