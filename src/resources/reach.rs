//! Members that affect more than their own value, recognised by name: a change of one triggers something,
//! moves other objects, or must follow special rules.

use serde_json::Value;

use super::names::{plain, words};
use crate::contract::{Direction, Schema};

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
    acts(name) || words(name).iter().any(|word| word == "schedule")
}

/// As [`runs_by_itself`], of the member of a body that these names lead to, and of those around it. A schedule that is no
/// more than dates and times is an entry in a calendar.
pub fn runs_by_itself_at(schema: &Schema, steps: &[&str]) -> bool {
    steps.iter().enumerate().any(|(at, name)| {
        let is_entry = || is_entry_in_calendar(schema, steps.get(..=at).unwrap_or(steps));
        runs_by_itself(name) && (acts(name) || !is_entry())
    })
}

/// Whether a member called `schedule` has a date or a time, and nothing that says what is done, or that it is done again.
pub fn is_entry_in_calendar(schema: &Schema, steps: &[&str]) -> bool {
    const TIMES: [&str; 3] = ["date", "date-time", "time"];
    const REPEATS: &str = "\
        enabled active paused every interval frequency repeat repeats recurring recurrence rrule period cadence \
        days weekdays method url command task type kind";
    let is_named = |name: &&str| words(name).iter().any(|word| word == "schedule") && !acts(name);
    if !steps.last().is_some_and(is_named) {
        return false;
    }
    let fields = schema.fields(Direction::Request, steps);
    let has_time = fields.values().any(|field| field.format.as_deref().is_some_and(|of| TIMES.contains(&of)));
    let repeats = |name: &String| acts(name) || words(name).iter().any(|word| is_among(REPEATS, word));
    has_time && !fields.iter().any(|(name, field)| repeats(name) || field.kinds.object || field.kinds.array)
}

/// Whether a member says what is done, and not just when.
fn acts(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "trigger",
        "triggers",
        "rule",
        "rules",
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
pub fn starts_something(schema: Option<&Schema>, body: &Value) -> bool {
    let runs = |name: &String| match schema {
        Some(schema) => runs_by_itself_at(schema, &[name]),
        None => runs_by_itself(name),
    };
    body.as_object().is_some_and(|members| members.keys().any(runs))
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
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

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
    #[case::runs_though_it_is_a_schedule(acts, &["schedule_job"], &["schedule", "work_schedule"])]
    #[case::places(is_place_in_order, &["position", "sort_order"], &["positions", "orders"])]
    fn names_tell(#[case] tells: fn(&str) -> bool, #[case] of: &[&str], #[case] not_of: &[&str]) {
        for name in of {
            assert!(tells(name), "{name}");
        }
        for name in not_of {
            assert!(!tells(name), "{name}");
        }
    }

    #[rstest]
    #[case::an_appointment(json!({"starts": {"type": "string", "format": "date-time"}, "remind": {"type": "integer"}}), true)]
    #[case::a_cron_text(json!({"cron": {"type": "string"}, "since": {"type": "string", "format": "date"}}), false)]
    #[case::repeated(json!({"starts": {"type": "string", "format": "date-time"}, "every": {"type": "integer"}}), false)]
    #[case::with_an_action(json!({"at": {"type": "string", "format": "time"}, "action": {"type": "string"}}), false)]
    #[case::without_a_time(json!({"name": {"type": "string"}}), false)]
    #[case::with_parts(json!({"at": {"type": "string", "format": "time"}, "then": {"type": "object"}}), false)]
    fn a_schedule_may_be_an_entry_in_a_calendar(#[case] members: Value, #[case] expected: bool) {
        let inner = json!({"type": "object", "properties": members});
        let properties = json!({"schedule": inner, "schedule_job": inner, "name": {"type": "string"}});
        let body = json!({"schema": {"type": "object", "properties": properties}});
        let post = json!({"requestBody": {"content": {"application/json": body}}, "responses": {}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"post": post}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let body = contract.operations[0].body.as_ref().unwrap();
        let schema = body.content[0].schema.clone().unwrap();
        assert_eq!(runs_by_itself_at(&schema, &["schedule", "starts"]), !expected);
        assert_eq!(starts_something(Some(&schema), &json!({"schedule": {}})), !expected);
        assert!(runs_by_itself_at(&schema, &["schedule_job"]));
        assert!(!runs_by_itself_at(&schema, &["name"]));
    }
}
