//! Ids of findings: the same in each run, and not of where a finding stands in it.

use std::fmt;
use std::str::FromStr;

use crate::rules::Rule;

/// Hash of rule, operation, status class and schema pointer: FNV-1a, 64 bits, of which 48 are
/// written as hex. It has no value and no line in it, so that it survives edits.
pub fn finding_id(rule: Rule, operation: &str, status: Option<u16>, schema: &str) -> String {
    let class = status.map_or(0, |status| status / 100);
    IdStart::new(rule, operation, class).id(schema).to_string()
}

/// What the id of a cause begins with that no document tells: a habit of a server, or the words of its answers.
pub(in crate::run) const HABIT: &str = "00";

/// The id of such a cause. It has no operation in it, so that it is the same whichever operations show it.
pub fn habit_id(rule: Rule, status: Option<u16>, what: &str) -> String {
    let id = finding_id(rule, "", status, what);
    format!("{HABIT}{}", id.get(HABIT.len()..).unwrap_or_default())
}

/// The id of a finding as a number: 48 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingId(u64);

/// As reports show it.
impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

impl FindingId {
    /// Whether it may be the id of a habit, of which the document says nothing.
    pub fn is_of_a_habit(self) -> bool {
        self.to_string().starts_with(HABIT)
    }
}

/// A text that is no id of a finding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id of a finding has 12 hex digits, and {0:?} has not")]
pub struct NoFindingId(pub String);

impl FromStr for FindingId {
    type Err = NoFindingId;

    fn from_str(text: &str) -> Result<Self, NoFindingId> {
        let is_hex = text.len() == 12 && text.bytes().all(|octet| octet.is_ascii_hexdigit());
        let number = is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| NoFindingId(text.to_owned()))
    }
}

/// What the ids of all findings of a rule, an operation and a status class begin with, hashed once for
/// many schema pointers.
#[derive(Debug, Clone, Copy)]
pub struct IdStart(u64);

impl IdStart {
    /// `class` is the first digit of the status; 0 where there was no response.
    pub fn new(rule: Rule, operation: &str, class: u16) -> Self {
        Self(fnv(format!("{rule}\n{operation}\n{class}\n").as_bytes()))
    }

    /// The id with a schema pointer.
    pub fn id(self, schema: &str) -> FindingId {
        FindingId(fnv_on(self.0, schema.as_bytes()) >> 16)
    }
}

/// FNV-1a, 64 bits.
pub fn fnv(octets: &[u8]) -> u64 {
    fnv_on(0xcbf2_9ce4_8422_2325, octets)
}

/// FNV-1a over further octets.
fn fnv_on(hash: u64, octets: &[u8]) -> u64 {
    let step = |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
    octets.iter().fold(hash, step)
}
