//! The catalogue: each rule's name, family, default severity and meaning, once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Shown; does not fail the run.
    Warning,
    /// Fails the run.
    Error,
}

/// What the catalogue says about one rule.
#[derive(Debug)]
struct Entry {
    name: &'static str,
    family: Family,
    severity: Severity,
    summary: &'static str,
    meaning: &'static str,
    remedy: &'static str,
}

impl Rule {
    /// Stable name, as in a report and in `--skip`.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// The family that it belongs to.
    pub const fn family(self) -> Family {
        self.entry().family
    }

    /// Severity where the observation itself does not call for another.
    pub const fn severity(self) -> Severity {
        self.entry().severity
    }

    /// One line.
    pub const fn summary(self) -> &'static str {
        self.entry().summary
    }

    /// What it means and why it matters.
    pub const fn meaning(self) -> &'static str {
        self.entry().meaning
    }

    /// How to settle or waive it.
    pub const fn remedy(self) -> &'static str {
        self.entry().remedy
    }
}

impl Family {
    /// Its rules, in the catalogue's order.
    pub fn rules(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(move |rule| rule.family() == self)
    }
}

/// No rule, or no family, has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule {0:?}")]
pub struct UnknownRule(pub String);

/// What a name in the catalogue is: shown, read and written as its text.
macro_rules! named {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $type {
            type Err = UnknownRule;

            fn from_str(name: &str) -> Result<Self, UnknownRule> {
                let known = Self::ALL.iter().find(|known| known.name() == name);
                known.copied().ok_or_else(|| UnknownRule(name.to_owned()))
            }
        }
    };
}

named!(Rule);
named!(Family);

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! catalogue {
    ($($family:ident $title:literal {
        $($rule:ident $name:literal $severity:ident $summary:literal $meaning:literal $remedy:literal)*
    })*) => {
        /// A family of rules.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, clippy::allow_attributes, reason = "the name says it")]
        #[non_exhaustive]
        pub enum Family { $($family),* }

        impl Family {
            /// Every family, in the catalogue's order.
            pub const ALL: &[Self] = &[$(Self::$family),*];

            /// Stable name, as in `--skip`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$family => $title),* }
            }
        }

        /// A rule. `counterpart explain RULE` shows what it means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule { $($(#[doc = $summary] $rule),*),* }

        impl Rule {
            /// Every rule, family by family.
            pub const ALL: &[Self] = &[$($(Self::$rule),*),*];

            const fn entry(self) -> &'static Entry {
                match self {
                    $($(Self::$rule => &Entry {
                        name: $name, family: Family::$family, severity: Severity::$severity,
                        summary: $summary, meaning: $meaning, remedy: $remedy,
                    },)*)*
                }
            }
        }
    };
}

catalogue! {
    Status "status" {
        StatusUndocumented "status-undocumented" Error
        "the answer's status is not documented for this operation"
        "Clients are written against the documented statuses; one that is not there is one that nobody handles. An undocumented 2xx or 3xx is an error. An undocumented 4xx is one only where the operation documents another status for the same kind of refusal."
        "Add the status to the operation's responses, or make the server answer with a documented one."
        StatusUnexpected "status-unexpected" Error
        "the status is documented, but wrong for this request"
        "A request that the document allows got a refusal, or the other way round; or one kind of refusal was given the status of another."
        "Compare the request shown with the operation's description; the server or the document is wrong about it."
        ServerError "server-error" Error
        "the server failed with a 5xx that is not documented"
        "A 5xx says that the server, not the client, is at fault (RFC 9110 §15.6). No input may cause one, malformed input included."
        "Look for the case id of the finding in the server's log."
    }
    Body "body" {
        BodySchema "body-schema" Error
        "the body does not match the documented schema"
        "A client that decodes the body by the schema fails or loses data. Every answer is held to its schema, error objects included."
        "Correct the answer or the schema at the line shown; a known deviation can be waived by its pointer."
        BodyMissing "body-missing" Error
        "a body is documented, but none was sent"
        "A client that waits for the documented content gets nothing to decode."
        "Send the documented body, or document the response without content."
        BodyUnexpected "body-unexpected" Warning
        "a body was sent where none is documented"
        "Error for 205, and for a 204 that announces content (RFC 9110 §15.3.5, §15.3.6); a warning elsewhere, because documents often forget to tell."
        "Document the content, or send none."
        BodyMalformed "body-malformed" Error
        "the body cannot be parsed as its media type says"
        "The `Content-Type` promises a syntax that the octets do not have."
        "Compare the body shown with its Content-Type."
        MediaType "media-type" Error
        "the body's media type is not documented for this status"
        "A client picks its decoder by the media type; an undocumented one has none."
        "Add the media type to the response's content, or send a documented one."
    }
    Header "header" {
        HeaderMissing "header-missing" Error
        "a header that the document requires is missing"
        "The response object marks this header as required."
        "Send the header, or make it optional in the document."
        HeaderSchema "header-schema" Error
        "a header's value does not match its schema"
        "Clients read the header by its documented schema."
        "Correct the value or the header's schema."
        AllowMissing "allow-missing" Error
        "a 405 came without the Allow header"
        "A 405 must name the methods that the resource does support (RFC 9110 §15.5.6)."
        "Add `Allow` to every 405."
        ChallengeMissing "challenge-missing" Warning
        "a 401 came without the WWW-Authenticate header"
        "A 401 must carry a challenge that says how to authenticate (RFC 9110 §11.6.1). Many APIs leave it out, so it is a warning unless the document requires the header."
        "Add `WWW-Authenticate`, or set `challenge-missing = \"off\"` under [rules]."
    }
    Auth "auth" {
        AuthMissingAccepted "auth-missing-accepted" Error
        "a request without a credential succeeded"
        "The document requires a credential, and the server does not."
        "Require the credential, or document the operation as open (`security: []`)."
        AuthUnknownAccepted "auth-unknown-accepted" Error
        "a request with an unknown credential succeeded"
        "Any made-up key opens this operation."
        "Check the credential before anything else."
        AuthStatus "auth-status" Error
        "a request without a valid credential was refused with the wrong status"
        "A missing or unknown credential is 401 (RFC 9110 §15.5.2); 403 tells a client that signing in again will not help. An error where 401 is documented, else a warning."
        "Answer 401."
    }
    Scope "scope" {
        ScopeLackingAccepted "scope-lacking-accepted" Error
        "a key without the required scope succeeded"
        "The document requires a scope that the key did not hold. Whoever holds a narrower key can do more than they were given."
        "Enforce the scope; or, where one scope includes another, say so with `implies` under [scopes]."
        ScopeMinimalRefused "scope-minimal-refused" Error
        "the key with just the required scopes was refused"
        "The document says that these scopes are enough. Users who follow it are locked out and hand out wider keys instead."
        "Accept the key, or document the scope that is really needed."
        ScopeStatus "scope-status" Error
        "a key that lacks a scope was refused with the wrong status"
        "A valid key that may not do this is 403 (RFC 9110 §15.5.4). A 404 may hide that the object exists and is a warning."
        "Answer 403."
        DeniedRequestHadEffect "denied-request-had-effect" Error
        "a request was denied and took effect all the same"
        "The refusal came after the work was done."
        "Check the credential before changing anything."
        KeyLimitIgnored "key-limit-ignored" Error
        "a key that is limited to some resources worked on others"
        "The keys file says that this key holds only for the values named there."
        "Check what the key is limited to, or correct `only` in the keys file."
    }
    Method "method" {
        MethodUndocumentedAccepted "method-undocumented-accepted" Warning
        "a method that the document does not name was accepted"
        "The server offers more than the document tells; what nobody knows of, nobody tests or protects."
        "Document the method, or refuse it with 405."
        MethodStatus "method-status" Warning
        "an undocumented method was refused with an odd status"
        "An unsupported method is 405 (RFC 9110 §15.5.6); 401, 403, 404 and 501 are taken too."
        "Answer 405 with `Allow`."
    }
    Input "input" {
        InvalidAccepted "invalid-accepted" Error
        "input that the document forbids was accepted"
        "A bound, an enum or a required field of the document is not enforced, so that wrong data is stored or silently ignored."
        "Enforce what the document says, or loosen the document."
        ValidRejected "valid-rejected" Error
        "input that the document allows was refused"
        "A client that follows the document is turned away."
        "Accept the input, or document the restriction."
    }
    State "state" {
        CreateNotFound "create-not-found" Error
        "what was created cannot be read"
        "A 2xx to a create is a promise that the object exists."
        "Store what was created before answering."
        CreateNotListed "create-not-listed" Error
        "what was created is not in the list"
        "The object can be read by its id, but the collection does not show it."
        "Include it in the list, or document the filter that hides it."
        CreateAltered "create-altered" Error
        "what was created reads back with other values"
        "A field that was sent was lost or changed. Normalised spellings (trimmed text, another letter case or time zone, another spelling of a number), members that the server adds and secrets do not count."
        "Store what was sent, refuse it, or mark the field as read-only."
        UpdateNotKept "update-not-kept" Error
        "an update was confirmed and not kept"
        "The server answered success, but a later read shows the old value."
        "Store the change before answering."
        UpdateClobbered "update-clobbered" Error
        "an update changed fields that were not sent"
        "A PATCH leaves alone what it does not name (RFC 5789)."
        "Change only the fields that the request names."
        ReplaceMerged "replace-merged" Error
        "a replacement kept fields that were not sent"
        "A PUT replaces the whole representation (RFC 9110 §9.3.4). An error where the document promises a default for what was left out; a warning where the body is the whole resource; elsewhere nothing is said."
        "Drop what the request leaves out, or use PATCH."
        DeleteNotGone "delete-not-gone" Error
        "what was deleted is still there"
        "Reads and lists must agree that the object is gone."
        "Remove it everywhere, or document a soft delete."
        DeleteMissingStatus "delete-missing-status" Error
        "a second delete answered with success"
        "The operation documents 404 or 410 for an object that is not there."
        "Answer the documented status, or drop it from the document."
        RefusedMethodHadEffect "refused-method-had-effect" Error
        "a method was refused with 405 and took effect all the same"
        "The object changed or went although the server said that it refuses the method."
        "Refuse before doing anything."
        ReadHadEffect "read-had-effect" Error
        "a read changed a field"
        "GET and HEAD are safe (RFC 9110 §9.2.1): nothing but logs may change by reading."
        "Move the side effect to an unsafe method, or mark the field as read-only."
        IdentityChanged "identity-changed" Error
        "the object answers under another id than it was asked for"
        "The id in the path and the id in the body differ."
        "Return the object that was asked for."
        LocationBroken "location-broken" Error
        "the Location of a create leads nowhere"
        "A 201 may name the new resource in `Location` (RFC 9110 §10.2.2); the address must answer."
        "Send an address that exists, or none."
        ActionNotKept "action-not-kept" Error
        "an action was confirmed and had no effect"
        "The server answered success, but what the action should change reads as before."
        "Carry the action out before answering."
        UnknownFound "unknown-found" Error
        "an id that cannot exist was found"
        "The server answers success for an object that nobody created, so a client never learns that its reference is stale."
        "Answer 404."
        TargetHarmed "target-harmed" Error
        "the target stopped answering as before"
        "After an unsafe request, a read that was answered before failed for ten seconds: another status class, another media type, or all entries of others gone. The run sends nothing else but what removes its own objects, and holds nothing that follows against the target."
        "Look at the requests that are named. If one of them is an action that may do this, leave it out with --skip; if not, the server broke on it."
    }
    Page "page" {
        PageLimit "page-limit" Error
        "a page holds more entries than its limit"
        "Clients size their pages by the limit parameter."
        "Apply the limit."
        PageOffset "page-offset" Error
        "the offset does not move the page"
        "A client that pages by offset sees the same entries again and again."
        "Apply the offset."
        PageOverlap "page-overlap" Error
        "pages overlap or leave entries out"
        "Entries are seen twice or never."
        "Sort by a unique key before cutting pages."
        PageLink "page-link" Error
        "a page link is broken"
        "The link to the next or previous page cannot be followed, or leads elsewhere."
        "Build links from the address that was asked."
        PageCount "page-count" Error
        "the count disagrees with the entries"
        "The total and the number of entries over all pages differ."
        "Count what the list shows."
        PageLoop "page-loop" Error
        "the pages never end"
        "Following the links comes back to a page that was already seen, or goes past any sensible number."
        "End the last page without a next link."
        FilterIgnored "filter-ignored" Error
        "a filter has no effect"
        "Entries that the filter excludes are returned."
        "Apply the filter, or drop the parameter from the document."
        SortIgnored "sort-ignored" Error
        "a sort order has no effect"
        "Entries do not come in the order that was asked for."
        "Apply the order, or drop the parameter from the document."
        FormatIgnored "format-ignored" Error
        "the format asked for was not sent"
        "The parameter or `Accept` names a documented format, and another came back, or the same data reads differently in it."
        "Send the format that was asked for."
        HeadDiffers "head-differs" Error
        "HEAD and GET disagree"
        "HEAD answers as GET would, without the content (RFC 9110 §9.3.2)."
        "Answer HEAD from the same handler."
    }
    Transport "transport" {
        ResponseTruncated "response-truncated" Error
        "the answer broke off before its end"
        "The body is shorter than announced, or the connection was cut."
        "Look for the case id in the server's log."
        ResponseSlow "response-slow" Warning
        "the answer took longer than the limit set by --slow"
        "Only judged where --slow or [check] slow is set."
        "Speed the operation up, or raise the limit."
        ConnectionFailed "connection-failed" Error
        "the request got no answer"
        "The target answered before, and not this time, retries included."
        "Look for the case id in the server's log."
    }
    Snapshot "snapshot" {
        SnapshotChanged "snapshot-changed" Error
        "the answer differs from its reviewed snapshot"
        "What the endpoint answers has changed since a person last looked at it."
        "Run `counterpart review`."
        SnapshotNew "snapshot-new" Error
        "the answer has no snapshot yet"
        "In CI a new snapshot cannot be reviewed, so it is an error there; elsewhere it is a warning, and the run ends with 1 until it is reviewed."
        "Run the check locally and `counterpart review`."
    }
    Waiver "waiver" {
        WaiverExpired "waiver-expired" Error
        "a waiver is past its date"
        "The finding that it accepted counts again."
        "Mend the deviation, or renew `until`."
        WaiverUnused "waiver-unused" Warning
        "a waiver waived nothing"
        "The deviation is gone, or the waiver no longer describes it."
        "Delete the waiver."
    }
}
