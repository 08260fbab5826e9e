//! The catalogue: the name, family, default severity and meaning of each rule, once.

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
#[error("unknown rule {0:?}")]
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
        "the response status is not documented for this operation"
        "Clients are written for the documented statuses; nobody handles another one. An undocumented 2xx or 3xx is an error. An undocumented 4xx is an error only if the operation documents another status for the same kind of refusal."
        "Add the status to the operation's responses, or make the server answer with a documented one."
        StatusUnexpected "status-unexpected" Error
        "the status is documented, but wrong for this request"
        "A request that the document allows was refused, or the other way round; or a refusal has the status of another kind of refusal."
        "Compare the request with the operation's description: either the server or the document is wrong."
        ServerError "server-error" Error
        "the server failed with a 5xx that is not documented"
        "A 5xx says that the server, not the client, is at fault (RFC 9110 §15.6). No input may cause one, malformed input included."
        "Look for the case id of the finding in the server's log."
    }
    Body "body" {
        BodySchema "body-schema" Error
        "the body does not match the documented schema"
        "A client that decodes the body by the schema fails or loses data. Every response must match its schema, error objects included."
        "Correct the response, or the schema at the line shown. A known deviation can be waived by its pointer."
        BodyMissing "body-missing" Error
        "a documented body is missing"
        "A client that expects the documented content has nothing to decode."
        "Send the documented body, or document the response without content."
        BodyUnexpected "body-unexpected" Warning
        "a body was sent where none is documented"
        "Error for 205, and for a 204 that announces content (RFC 9110 §15.3.5, §15.3.6); a warning elsewhere, because documents often omit it."
        "Document the content, or do not send it."
        BodyMalformed "body-malformed" Error
        "the body cannot be parsed as its media type says"
        "The `Content-Type` promises a syntax that the octets do not have."
        "Compare the body shown with its Content-Type."
        MediaType "media-type" Error
        "the body's media type is not documented for this status"
        "Clients choose their decoder by the media type; they have none for an undocumented one."
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
        "a 405 came without the Allow header, or with a wrong one"
        "A 405 must name the methods that the resource does support (RFC 9110 §15.5.6). Where it names others than the document, it is a warning."
        "Send `Allow` with every 405, with the methods of the document."
        ChallengeMissing "challenge-missing" Warning
        "a 401 came without the WWW-Authenticate header"
        "A 401 must carry a challenge that says how to authenticate (RFC 9110 §11.6.1). Many APIs leave it out, so it is a warning unless the document requires the header."
        "Send `WWW-Authenticate`, or set `challenge-missing = \"off\"` under [rules]."
    }
    Auth "auth" {
        AuthMissingAccepted "auth-missing-accepted" Error
        "a request without a credential succeeded"
        "The document requires a credential, but the server does not."
        "Require the credential, or document the operation as public (`security: []`)."
        AuthUnknownAccepted "auth-unknown-accepted" Error
        "a request with an unknown credential succeeded"
        "Any invented key is accepted."
        "Check the credential before anything else."
        AuthStatus "auth-status" Error
        "a request without a valid credential was refused with the wrong status"
        "A missing or unknown credential must be answered with 401 (RFC 9110 §15.5.2); a 403 says that signing in again will not help. An error if 401 is documented, else a warning."
        "Answer 401."
        OtherOwnerAccepted "other-owner-accepted" Error
        "a key of one owner read or changed an object of another"
        "The configuration says that these objects are private (`private = true` under `[[state]]`), and an object that one owner's key had created was read, changed or deleted with the key of another owner. A scope says what a key may do, and not whose objects it may do it to."
        "Check whose object it is, and answer 404 or 403; or remove `private`."
    }
    Scope "scope" {
        ScopeLackingAccepted "scope-lacking-accepted" Error
        "a key without the required scope succeeded"
        "The document requires a scope that the key did not have. Holders of a narrow key can do more than they were given."
        "Enforce the scope. If one scope includes another, say so with `implies` under [scopes]."
        ScopeMinimalRefused "scope-minimal-refused" Error
        "the key with exactly the required scopes was refused"
        "The document says that these scopes are enough. Users who follow it are locked out, and resort to wider keys."
        "Accept the key, or document the scope that is really needed."
        ScopeStatus "scope-status" Error
        "a key that lacks a scope was refused with the wrong status"
        "A valid key without permission must be answered with 403 (RFC 9110 §15.5.4). A 404 may hide that the object exists, so it is a warning."
        "Answer 403."
        ScopeChallenge "scope-challenge" Warning
        "the challenge of a 403 names other scopes than the operation's"
        "Clients ask for the scopes that `WWW-Authenticate` names (RFC 6750 §3.1), and get a token that is too narrow or too wide. An error if the document has the header for the 403."
        "Name just the scopes that the document has for this operation."
        DeniedRequestHadEffect "denied-request-had-effect" Error
        "a request was denied but took effect"
        "The refusal came after the work was done."
        "Check the credential before changing anything."
        KeyLimitIgnored "key-limit-ignored" Error
        "a key that is limited worked beyond its limit"
        "The keys file says that this key is valid only for the values under `only`, or not for the operations under `denied`."
        "Enforce the limit of the key, or correct `only` or `denied` in the keys file."
    }
    Method "method" {
        MethodUndocumentedAccepted "method-undocumented-accepted" Warning
        "an undocumented method was accepted"
        "The server offers more than the document describes. Nobody tests or protects what nobody knows about."
        "Document the method, or refuse it with 405."
        MethodStatus "method-status" Warning
        "an undocumented method was refused with an unusual status"
        "An unsupported method must be answered with 405 (RFC 9110 §15.5.6); 401, 403, 404 and 501 are accepted too."
        "Answer 405 with `Allow`."
    }
    Input "input" {
        InvalidAccepted "invalid-accepted" Error
        "input that the document forbids was accepted"
        "The server does not enforce a bound, an enum or a required field, so wrong data is stored or silently ignored."
        "Enforce what the document says, or relax the document."
        ValidRejected "valid-rejected" Error
        "input that the document allows was refused"
        "A client that follows the document is refused."
        "Accept the input, or document the restriction."
    }
    State "state" {
        CreateNotFound "create-not-found" Error
        "a created object cannot be read"
        "A 2xx response to a create promises that the object exists."
        "Store the object before answering."
        CreateNotListed "create-not-listed" Error
        "a created object is not in the list"
        "The object can be read by its id, but the collection does not show it."
        "Include it in the list, or document the filter that hides it."
        CreateAltered "create-altered" Error
        "a created object reads back with other values"
        "A field that was sent was lost or changed. Normalised values (trimmed text, another letter case or time zone, another notation of a number), members that the server adds, and secrets do not count."
        "Store the value that was sent, refuse it, or mark the field as read-only."
        UpdateNotKept "update-not-kept" Error
        "an update was confirmed but not kept"
        "The server reported success, but a later read shows the old value."
        "Store the change before answering."
        UpdateClobbered "update-clobbered" Error
        "an update changed fields that were not sent"
        "A PATCH must leave other fields unchanged (RFC 5789), and a read-only field takes no value that is sent."
        "Change only the fields in the request."
        ReplaceMerged "replace-merged" Error
        "a replacement kept fields that were not sent"
        "A PUT replaces the whole representation (RFC 9110 §9.3.4). An error if the document promises a default for the omitted field; a warning if the body is the whole resource; otherwise not reported."
        "Remove the fields that the request omits, or use PATCH."
        DeleteNotGone "delete-not-gone" Error
        "a deleted object still exists"
        "Reads and lists must agree that the object is gone."
        "Remove it everywhere, or document a soft delete."
        DeleteMissingStatus "delete-missing-status" Error
        "a second delete succeeded"
        "The operation documents 404 or 410 for an object that does not exist."
        "Answer with the documented status, or remove it from the document."
        RefusedMethodHadEffect "refused-method-had-effect" Error
        "a request was refused but took effect"
        "An object was changed or deleted although the server refused the method (405), the body of a change, or a create whose key is taken."
        "Refuse before changing anything."
        ReadHadEffect "read-had-effect" Error
        "a read changed a field"
        "GET and HEAD are safe (RFC 9110 §9.2.1): reading may change nothing but logs."
        "Move the side effect to an unsafe method, or mark the field as read-only."
        IdentityChanged "identity-changed" Error
        "the object has another id than the one in the path"
        "The id in the path and the id in the body differ."
        "Return the requested object."
        LocationBroken "location-broken" Error
        "the Location of a create does not exist"
        "A 201 may name the new resource in `Location` (RFC 9110 §10.2.2); a request to that address must succeed."
        "Send an address that exists, or leave the header out."
        ActionNotKept "action-not-kept" Error
        "an action was confirmed but had no effect"
        "The server reported success, but what the action should change reads back unchanged."
        "Carry the action out before answering."
        UnknownFound "unknown-found" Error
        "an id that cannot exist was accepted"
        "The server reports success for an object that nobody created, so clients never learn that their reference is stale."
        "Answer 404."
        TargetHarmed "target-harmed" Error
        "the target no longer answers as before"
        "After an unsafe request, a read that worked before failed for ten seconds: another status class, another media type, or all entries of others gone. The run then only deletes its own objects, and reports nothing that happens afterwards."
        "Look at the listed requests. If one of them is an action that may do this, leave it out with --skip; otherwise the server failed on it."
    }
    Page "page" {
        PageLimit "page-limit" Error
        "a page holds more entries than its limit"
        "Clients rely on the limit parameter for the size of a page."
        "Apply the limit."
        PageOffset "page-offset" Error
        "the offset does not move the page"
        "A client that pages by offset gets the same entries again and again."
        "Apply the offset."
        PageOverlap "page-overlap" Error
        "pages overlap or leave entries out"
        "Clients see entries twice or never."
        "Sort by a unique key before splitting into pages."
        PageLink "page-link" Error
        "a page link is broken"
        "The link to the next or previous page cannot be followed, points elsewhere, or is missing."
        "Build links from the address of the request."
        PageCount "page-count" Error
        "the count disagrees with the entries"
        "The total, in the body or in a header, and the number of entries over all pages differ."
        "Count the entries that the list returns."
        PageLoop "page-loop" Error
        "the pages never end"
        "The links lead back to a page that was already seen, or to more pages than is sensible."
        "Send the last page without a next link."
        FilterIgnored "filter-ignored" Error
        "a filter has no effect"
        "Entries that the filter excludes are returned."
        "Apply the filter, or remove the parameter from the document."
        SortIgnored "sort-ignored" Error
        "a sort order has no effect"
        "Entries are not in the requested order."
        "Apply the order, or remove the parameter from the document."
        FormatIgnored "format-ignored" Error
        "the requested format was not sent"
        "The parameter or `Accept` names a documented format, but the response has another format, or different data in it."
        "Send the requested format."
        HeadDiffers "head-differs" Error
        "HEAD and GET disagree"
        "HEAD must answer as GET would, without the content (RFC 9110 §9.3.2)."
        "Use the same handler for both."
    }
    Callback "callback" {
        CallbackInvalid "callback-invalid" Error
        "a callback is not as the document describes it"
        "Its method, its body, or a parameter that it must have. Checked only if --callback-url is set, and the request can say where callbacks go."
        "Send the callback as documented, or correct its description."
    }
    Transport "transport" {
        ResponseTruncated "response-truncated" Error
        "the response was cut off"
        "The body is shorter than announced, or the connection was closed."
        "Look for the case id in the server's log."
        ResponseSlow "response-slow" Warning
        "the response took longer than the limit set by --slow"
        "Checked only if --slow or [check] slow is set."
        "Make the operation faster, or raise the limit."
        ConnectionFailed "connection-failed" Error
        "the request got no response"
        "The target answered before, but not this time, retries included."
        "Look for the case id in the server's log."
    }
    Snapshot "snapshot" {
        SnapshotChanged "snapshot-changed" Error
        "the response differs from its reviewed snapshot"
        "The response has changed since somebody last reviewed it."
        "Run `counterpart review`."
        SnapshotNew "snapshot-new" Error
        "the response has no snapshot yet"
        "In CI a new snapshot cannot be reviewed, so it is an error. Elsewhere it is a warning, and the run exits 1 until it is reviewed."
        "Run the check locally, then `counterpart review`."
    }
    Waiver "waiver" {
        WaiverExpired "waiver-expired" Error
        "a waiver has expired"
        "The finding that it waived counts again."
        "Fix the deviation, or move `until` to a later date."
        WaiverUnused "waiver-unused" Warning
        "a waiver matched nothing"
        "The deviation is fixed, or the waiver no longer matches it."
        "Delete the waiver."
    }
}
