//! How findings are written in a blob.
//!
//! Left out is what follows from the rest (fault categories), what does not exist before a run is judged (groups, what
//! follows from what), and the octets of bodies, which may hold secrets.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Bodies, Consequence, DocumentPlace, Finding, Waived};
use crate::rules::{FaultCategory, Rule, Severity};
use crate::run::stored::stored_list;
use crate::run::{Excerpt, KeyInfo, MessageShown};

stored_list!(findings Finding FindingDef);
stored_list!(waived_findings Waived WaivedDef);

/// [`Finding`].
#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding")]
pub(in crate::run) struct FindingDef {
    id: String,
    cause: String,
    rule: Rule,
    #[serde(skip)]
    wfc: Option<FaultCategory>,
    severity: Severity,
    operation: String,
    document_name: Option<Arc<str>>,
    message: String,
    expected: String,
    actual: String,
    at: String,
    instance: String,
    key: Option<KeyInfo>,
    #[serde(skip)]
    causes: Vec<Consequence>,
    places: usize,
    statuses: Vec<u16>,
    #[serde(skip)]
    members: Vec<Finding>,
    flaky: bool,
    #[serde(skip)]
    known: bool,
    #[serde(with = "place")]
    document: Option<DocumentPlace>,
    request: MessageShown,
    response: Option<MessageShown>,
    reproduce: String,
    excerpt: Option<Excerpt>,
    #[serde(skip)]
    bodies: Bodies,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Waived")]
struct WaivedDef {
    #[serde(with = "FindingDef")]
    finding: Finding,
    reason: String,
}

/// A place with the text of its line.
mod place {
    use super::{Deserialize, Deserializer, DocumentPlace, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Whole {
        pointer: String,
        file: String,
        line: usize,
        text: String,
    }

    #[expect(clippy::ref_option, reason = "serde hands it over like this")]
    pub(super) fn serialize<S: Serializer>(
        place: &Option<DocumentPlace>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let whole = place.clone().map(|DocumentPlace { pointer, file, line, text }| Whole {
            pointer,
            file,
            line,
            text,
        });
        whole.serialize(serializer)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<DocumentPlace>, D::Error> {
        let whole = Option::<Whole>::deserialize(from)?;
        Ok(whole.map(|Whole { pointer, file, line, text }| DocumentPlace { pointer, file, line, text }))
    }
}
