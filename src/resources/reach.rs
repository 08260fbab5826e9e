//! Members that affect more than their own value, recognised by name: a change of one triggers something,
//! moves other objects, or must follow special rules.

use serde_json::Value;

use super::names::{plain, words};

/// What does things when it is switched.
const SWITCHES: &str = "\
    active activated admin approved archived banned blocked cancelled canceled closed confirmed \
    deactivated default deleted disabled draft enabled finished force frozen hidden live locked \
    maintenance paused primary private protected public published readonly removed revoked root \
    running shutdown staff stopped superuser suspended terminated trashed verified visible void";
/// What has rules of its own, or reaches others.
const RULED: &str = "\
    position rank ordinal status state phase stage lifecycle email mail phone url uri href link \
    webhook callback endpoint host hostname username login slug id ids uuid guid key etag version \
    revision created updated modified password passwd passphrase secret secrets token tokens \
    credential credentials cron schedule permission permissions acl role roles scope scopes";
/// Switches that take something from other objects.
const TAKING: &str = "\
    default primary current main overwrite force replace upsert truncate cascade recursive purge \
    reset shutdown reboot restart";
/// Switches by which somebody says that something is meant.
const ASSENTS: &[&str] = &["force", "forced", "confirm", "confirmed", "confirmation", "really", "sure"];
/// Places in an order that others have, too.
const PLACES: &str = "position rank order sortorder ordinal";

/// Whether a member does things when it is switched.
pub fn is_switch(name: &str) -> bool {
    words(name).iter().any(|word| is_among(SWITCHES, word))
}

/// Whether a member has rules of its own, or reaches others: states, addresses, ids, secrets, rights.
pub fn has_rules(name: &str) -> bool {
    words(name).iter().any(|word| is_among(RULED, word))
}

/// Whether a switch takes something from other objects, or makes a request overwrite them: `is_default`,
/// `make_primary`, `force`.
pub fn takes_from_others(name: &str) -> bool {
    let name = plain(name);
    let bare = ["is", "as", "make", "set"].iter().find_map(|head| name.strip_prefix(head));
    is_among(TAKING, bare.unwrap_or(&name))
}

/// Whether a switch says no more than that a request is meant: `force`, `is_confirmed`, `confirmDelete`.
pub fn is_assent(name: &str) -> bool {
    words(name).iter().any(|word| ASSENTS.contains(&word.as_str()))
}

/// Whether a member says how often something is done, so that nought means without a pause.
pub fn is_pace(name: &str) -> bool {
    words(name).iter().any(|word| {
        ["interval", "intervals", "period", "frequency", "every", "cadence"].contains(&word.as_str())
    })
}

/// Whether a member says how much of something is done, kept or waited for, so that a large value is felt.
pub fn asks_for_more(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "delay",
        "timeout",
        "wait",
        "sleep",
        "replicas",
        "instances",
        "workers",
        "threads",
        "concurrency",
        "parallelism",
        "size",
        "bytes",
        "retries",
        "attempts",
        "repeat",
        "ttl",
        "retention",
    ];
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a member says what a server does by itself from now on, and when: with other values it may never end.
pub fn runs_by_itself(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "trigger",
        "triggers",
        "rule",
        "rules",
        "schedule",
        "schedules",
        "cron",
        "automation",
        "automations",
        "hook",
        "hooks",
        "webhook",
        "webhooks",
        "action",
        "actions",
        "job",
        "jobs",
        "command",
        "script",
        "workflow",
        "workflows",
        "pipeline",
        "alarm",
        "alarms",
    ];
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a body makes a server act by itself: then odd and varied values go nowhere, since it may never end.
pub fn starts_something(body: &Value) -> bool {
    body.as_object().is_some_and(|members| members.keys().any(|name| runs_by_itself(name)))
}

/// Whether a number is a place in an order that others have, too.
pub fn is_place_in_order(name: &str) -> bool {
    is_among(PLACES, &plain(name))
}

fn is_among(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::switches(is_switch as fn(&str) -> bool, &["active", "isActive", "is_locked"], &["activity", "name"])]
    #[case::rules(has_rules, &["status", "callback_url", "userId", "apiKey"], &["title", "identity"])]
    #[case::taking(
        takes_from_others,
        &["is_default", "makePrimary", "force", "overwrite"],
        &["active", "defaults", "default_name"],
    )]
    #[case::assent(is_assent, &["force", "confirmDelete", "is_confirmed"], &["cascade", "enforced", "recursive"])]
    #[case::runs(runs_by_itself, &["trigger", "cron_schedule", "on_trigger_actions"], &["ruler", "title"])]
    #[case::places(is_place_in_order, &["position", "sort_order"], &["positions", "orders"])]
    fn names_tell(#[case] tells: fn(&str) -> bool, #[case] of: &[&str], #[case] not_of: &[&str]) {
        for name in of {
            assert!(tells(name), "{name}");
        }
        for name in not_of {
            assert!(!tells(name), "{name}");
        }
    }
}
