//! The catalogue of rules: each rule's name, family, default severity and meaning, once.
//!
//! Judge, faults, reports, `explain` and the documentation read it; nothing else names a rule.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Shown; does not fail the run.
    Warning,
    /// Fails the run.
    Error,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Stable name, as in a report and in `--skip`.
    pub name: &'static str,
    /// Family, as in `--skip`.
    pub family: &'static str,
    /// Severity where the observation itself does not call for another.
    pub severity: Severity,
    /// One line.
    pub summary: &'static str,
    /// What it means and why it matters.
    pub meaning: &'static str,
    /// How to settle or waive it.
    pub remedy: &'static str,
}

/// Looks a rule up by its name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().find(|rule| rule.name == name)
}

/// The families, in the catalogue's order.
pub fn families() -> Vec<&'static str> {
    let mut families: Vec<&str> = Vec::new();
    for rule in CATALOGUE {
        if !families.contains(&rule.family) {
            families.push(rule.family);
        }
    }
    families
}

macro_rules! catalogue {
    ($($family:literal { $($name:literal $severity:ident $summary:literal $meaning:literal $remedy:literal)* })*) => {
        /// Every rule, family by family.
        pub const CATALOGUE: &[Rule] = &[$($(Rule {
            name: $name, family: $family, severity: Severity::$severity,
            summary: $summary, meaning: $meaning, remedy: $remedy,
        },)*)*];
    };
}

catalogue! {
    "status" {
        "status-undocumented" Error
        "the answer's status is not documented for this operation"
        "Clients are written against the documented statuses; one that is not there is one that nobody handles. An undocumented 2xx or 3xx is an error. An undocumented 4xx is one only where the operation documents another status for the same kind of refusal."
        "Add the status to the operation's responses, or make the server answer with a documented one."
        "status-unexpected" Error
        "the status is documented, but wrong for this request"
        "A request that the document allows got a refusal, or the other way round; or one kind of refusal was given the status of another."
        "Compare the request shown with the operation's description; the server or the document is wrong about it."
        "server-error" Error
        "the server failed with a 5xx that is not documented"
        "A 5xx says that the server, not the client, is at fault (RFC 9110 §15.6). No input may cause one, malformed input included."
        "Look for the case id of the finding in the server's log."
    }
    "body" {
        "body-schema" Error
        "the body does not match the documented schema"
        "A client that decodes the body by the schema fails or loses data. Every answer is held to its schema, error objects included."
        "Correct the answer or the schema at the line shown; a known deviation can be waived by its pointer."
        "body-missing" Error
        "a body is documented, but none was sent"
        "A client that waits for the documented content gets nothing to decode."
        "Send the documented body, or document the response without content."
        "body-unexpected" Warning
        "a body was sent where none is documented"
        "Error for 205, and for a 204 that announces content (RFC 9110 §15.3.5, §15.3.6); a warning elsewhere, because documents often forget to tell."
        "Document the content, or send none."
        "body-malformed" Error
        "the body cannot be parsed as its media type says"
        "The `Content-Type` promises a syntax that the octets do not have."
        "Compare the body shown with its Content-Type."
        "media-type" Error
        "the body's media type is not documented for this status"
        "A client picks its decoder by the media type; an undocumented one has none."
        "Add the media type to the response's content, or send a documented one."
    }
    "header" {
        "header-missing" Error
        "a header that the document requires is missing"
        "The response object marks this header as required."
        "Send the header, or make it optional in the document."
        "header-schema" Error
        "a header's value does not match its schema"
        "Clients read the header by its documented schema."
        "Correct the value or the header's schema."
        "allow-missing" Error
        "a 405 came without the Allow header"
        "A 405 must name the methods that the resource does support (RFC 9110 §15.5.6)."
        "Add `Allow` to every 405."
        "challenge-missing" Warning
        "a 401 came without the WWW-Authenticate header"
        "A 401 must carry a challenge that says how to authenticate (RFC 9110 §11.6.1). Many APIs leave it out, so it is a warning unless the document requires the header."
        "Add `WWW-Authenticate`, or set `challenge-missing = \"off\"` under [rules]."
    }
    "auth" {
        "auth-missing-accepted" Error
        "a request without a credential succeeded"
        "The document requires a credential, and the server does not."
        "Require the credential, or document the operation as open (`security: []`)."
        "auth-unknown-accepted" Error
        "a request with an unknown credential succeeded"
        "Any made-up key opens this operation."
        "Check the credential before anything else."
        "auth-status" Error
        "a request without a valid credential was refused with the wrong status"
        "A missing or unknown credential is 401 (RFC 9110 §15.5.2); 403 tells a client that signing in again will not help. An error where 401 is documented, else a warning."
        "Answer 401."
    }
    "scope" {
        "scope-lacking-accepted" Error
        "a key without the required scope succeeded"
        "The document requires a scope that the key did not hold. Whoever holds a narrower key can do more than they were given."
        "Enforce the scope; or, where one scope includes another, say so with `implies` under [scopes]."
        "scope-minimal-refused" Error
        "the key with just the required scopes was refused"
        "The document says that these scopes are enough. Users who follow it are locked out and hand out wider keys instead."
        "Accept the key, or document the scope that is really needed."
        "scope-status" Error
        "a key that lacks a scope was refused with the wrong status"
        "A valid key that may not do this is 403 (RFC 9110 §15.5.4). A 404 may hide that the object exists and is a warning."
        "Answer 403."
        "denied-request-had-effect" Error
        "a request was denied and took effect all the same"
        "The refusal came after the work was done."
        "Check the credential before changing anything."
        "key-limit-ignored" Error
        "a key that is limited to some resources worked on others"
        "The keys file says that this key holds only for the values named there."
        "Check what the key is limited to, or correct `only` in the keys file."
    }
    "method" {
        "method-undocumented-accepted" Warning
        "a method that the document does not name was accepted"
        "The server offers more than the document tells; what nobody knows of, nobody tests or protects."
        "Document the method, or refuse it with 405."
        "method-status" Warning
        "an undocumented method was refused with an odd status"
        "An unsupported method is 405 (RFC 9110 §15.5.6); 401, 403, 404 and 501 are taken too."
        "Answer 405 with `Allow`."
    }
    "input" {
        "invalid-accepted" Error
        "input that the document forbids was accepted"
        "A bound, an enum or a required field of the document is not enforced, so that wrong data is stored or silently ignored."
        "Enforce what the document says, or loosen the document."
        "valid-rejected" Error
        "input that the document allows was refused"
        "A client that follows the document is turned away."
        "Accept the input, or document the restriction."
    }
    "state" {
        "create-not-found" Error
        "what was created cannot be read"
        "A 2xx to a create is a promise that the object exists."
        "Store what was created before answering."
        "create-not-listed" Error
        "what was created is not in the list"
        "The object can be read by its id, but the collection does not show it."
        "Include it in the list, or document the filter that hides it."
        "create-altered" Error
        "what was created reads back with other values"
        "A field that was sent was lost or changed. Normalised spellings (trimmed text, another letter case or time zone, another spelling of a number), members that the server adds and secrets do not count."
        "Store what was sent, refuse it, or mark the field as read-only."
        "update-not-kept" Error
        "an update was confirmed and not kept"
        "The server answered success, but a later read shows the old value."
        "Store the change before answering."
        "update-clobbered" Error
        "an update changed fields that were not sent"
        "A PATCH leaves alone what it does not name (RFC 5789)."
        "Change only the fields that the request names."
        "replace-merged" Error
        "a replacement kept fields that were not sent"
        "A PUT replaces the whole representation (RFC 9110 §9.3.4). An error where the document promises a default for what was left out; a warning where the body is the whole resource; elsewhere nothing is said."
        "Drop what the request leaves out, or use PATCH."
        "delete-not-gone" Error
        "what was deleted is still there"
        "Reads and lists must agree that the object is gone."
        "Remove it everywhere, or document a soft delete."
        "delete-missing-status" Error
        "a second delete answered with success"
        "The operation documents 404 or 410 for an object that is not there."
        "Answer the documented status, or drop it from the document."
        "refused-method-had-effect" Error
        "a method was refused with 405 and took effect all the same"
        "The object changed or went although the server said that it refuses the method."
        "Refuse before doing anything."
        "read-had-effect" Error
        "a read changed a field"
        "GET and HEAD are safe (RFC 9110 §9.2.1): nothing but logs may change by reading."
        "Move the side effect to an unsafe method, or mark the field as read-only."
        "identity-changed" Error
        "the object answers under another id than it was asked for"
        "The id in the path and the id in the body differ."
        "Return the object that was asked for."
        "location-broken" Error
        "the Location of a create leads nowhere"
        "A 201 may name the new resource in `Location` (RFC 9110 §10.2.2); the address must answer."
        "Send an address that exists, or none."
        "action-not-kept" Error
        "an action was confirmed and had no effect"
        "The server answered success, but what the action should change reads as before."
        "Carry the action out before answering."
        "unknown-found" Error
        "an id that cannot exist was found"
        "The server answers success for an object that nobody created, so a client never learns that its reference is stale."
        "Answer 404."
        "target-harmed" Error
        "the target stopped answering as before"
        "After an unsafe request, a read that was answered before failed for ten seconds: another status class, another media type, or all entries of others gone. The run sends nothing else but what removes its own objects, and holds nothing that follows against the target."
        "Look at the requests that are named. If one of them is an action that may do this, leave it out with --skip; if not, the server broke on it."
    }
    "page" {
        "page-limit" Error
        "a page holds more entries than its limit"
        "Clients size their pages by the limit parameter."
        "Apply the limit."
        "page-offset" Error
        "the offset does not move the page"
        "A client that pages by offset sees the same entries again and again."
        "Apply the offset."
        "page-overlap" Error
        "pages overlap or leave entries out"
        "Entries are seen twice or never."
        "Sort by a unique key before cutting pages."
        "page-link" Error
        "a page link is broken"
        "The link to the next or previous page cannot be followed, or leads elsewhere."
        "Build links from the address that was asked."
        "page-count" Error
        "the count disagrees with the entries"
        "The total and the number of entries over all pages differ."
        "Count what the list shows."
        "page-loop" Error
        "the pages never end"
        "Following the links comes back to a page that was already seen, or goes past any sensible number."
        "End the last page without a next link."
        "filter-ignored" Error
        "a filter has no effect"
        "Entries that the filter excludes are returned."
        "Apply the filter, or drop the parameter from the document."
        "sort-ignored" Error
        "a sort order has no effect"
        "Entries do not come in the order that was asked for."
        "Apply the order, or drop the parameter from the document."
        "format-ignored" Error
        "the format asked for was not sent"
        "The parameter or `Accept` names a documented format, and another came back, or the same data reads differently in it."
        "Send the format that was asked for."
        "head-differs" Error
        "HEAD and GET disagree"
        "HEAD answers as GET would, without the content (RFC 9110 §9.3.2)."
        "Answer HEAD from the same handler."
    }
    "transport" {
        "response-truncated" Error
        "the answer broke off before its end"
        "The body is shorter than announced, or the connection was cut."
        "Look for the case id in the server's log."
        "response-slow" Warning
        "the answer took longer than the limit set by --slow"
        "Only judged where --slow or [check] slow is set."
        "Speed the operation up, or raise the limit."
        "connection-failed" Error
        "the request got no answer"
        "The target answered before, and not this time, retries included."
        "Look for the case id in the server's log."
    }
    "snapshot" {
        "snapshot-changed" Error
        "the answer differs from its reviewed snapshot"
        "What the endpoint answers has changed since a person last looked at it."
        "Run `counterpart review`."
        "snapshot-new" Error
        "the answer has no snapshot yet"
        "In CI a new snapshot cannot be reviewed, so it is an error there; elsewhere it is a warning, and the run ends with 1 until it is reviewed."
        "Run the check locally and `counterpart review`."
    }
    "waiver" {
        "waiver-expired" Error
        "a waiver is past its date"
        "The finding that it accepted counts again."
        "Mend the deviation, or renew `until`."
        "waiver-unused" Warning
        "a waiver waived nothing"
        "The deviation is gone, or the waiver no longer describes it."
        "Delete the waiver."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        let mut names: Vec<_> = CATALOGUE.iter().map(|r| r.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(count, 56);
        assert_eq!(rule("body-schema").map(|r| r.family), Some("body"));
        assert_eq!(families().len(), 12);
    }
}
