//! Words in the path, id and summary of an operation that say what it does.

use super::{names, procedure};
use crate::contract::Operation;
use crate::contract::path::Piece;

/// Last words of a POST that asks.
pub(super) const QUERIES: &[&str] = &[
    "filter",
    "search",
    "query",
    "count",
    "list",
    "paginate",
    "history",
    "lookup",
    "validate",
    "preview",
    "find",
    "aggregate",
    "autocomplete",
    "suggest",
    "estimate",
];

/// Those of them that give objects.
pub(super) const FINDERS: &[&str] = &["filter", "search", "query", "list", "find"];

/// Words that say what is done, not what is made. Each counts only as a whole segment, or behind `:`
/// or `.`, so that `/runs`, `/imports` and `/logins` stay collections.
const VERBS: &str = "\
    bootstrap init setup seed abort accept ack acknowledge activate add apply approve archive assign attach authenticate \
    authorize backup ban block boot bootstrap bulk_delete cancel capture charge claim clean cleanup \
    clear close commit compact complete confirm consume convert deactivate decline delete demote \
    deploy deprovision dequeue deregister destroy detach disable disconnect dismiss downgrade drain \
    drop empty enable erase evacuate evict execute execution expire failover finish flush format freeze halt \
    heartbeat hibernate impersonate import init initialise initialize install invalidate invite \
    invoke kill leave lock log_out login logoff logout maintenance mark merge migrate move mute \
    nack notify offline online open overwrite password pause pay pop power poweroff process promote \
    provision prune publish purge quit reactivate rebalance reboot rebuild recalculate reconfigure \
    recover redeem redeliver redeploy refresh refund regenerate reindex reinitialize reject rekey \
    release reload remove rename renew reopen repair replace replay requeue rerun reschedule resend \
    reset resize resolve restart restore resume retry revert revoke rollback rotate run sanitize \
    save scale seal send set setup shutdown sign_in sign_out signin signout signup sleep snooze \
    start step_down stop submit subscribe suspend swap switch sync synchronize terminate test \
    toggle touch transfer trigger truncate unarchive unassign unban unblock uninstall unlock \
    unmount unmute unpause unpublish unregister unseal unsubscribe update upgrade vacuum verify \
    void wake wipe withdraw";

/// Verbs that take away, overwrite or interrupt, and that hardly ever begin or end the name of a thing.
const DRASTIC: &[&str] = &[
    "cancel",
    "clear",
    "deactivate",
    "delete",
    "deregister",
    "destroy",
    "disable",
    "downgrade",
    "drop",
    "empty",
    "erase",
    "flush",
    "halt",
    "invalidate",
    "kill",
    "logoff",
    "logout",
    "mark",
    "merge",
    "migrate",
    "move",
    "overwrite",
    "poweroff",
    "purge",
    "quit",
    "reboot",
    "regenerate",
    "reload",
    "remove",
    "replace",
    "reset",
    "restart",
    "restore",
    "revoke",
    "rollback",
    "rotate",
    "set",
    "shutdown",
    "signout",
    "stop",
    "suspend",
    "terminate",
    "truncate",
    "uninstall",
    "unregister",
    "unsubscribe",
    "upgrade",
    "wipe",
];
/// What a GET must not be sent for. Milder ones of the above may well name what a GET reads.
const HARMFUL: &[&str] = &[
    "clear",
    "deactivate",
    "delete",
    "deregister",
    "destroy",
    "disconnect",
    "drop",
    "erase",
    "flush",
    "halt",
    "invalidate",
    "kill",
    "logoff",
    "logout",
    "poweroff",
    "purge",
    "quit",
    "reboot",
    "remove",
    "reset",
    "restart",
    "revoke",
    "shutdown",
    "signout",
    "stop",
    "terminate",
    "truncate",
    "uninstall",
    "unregister",
    "unsubscribe",
    "wipe",
];
/// What a GET does to the target where its path begins its last word with it, as `/createGroup` does, and something
/// else says the same. Alone they may well belong to a name: `/start-time`.
const CHANGING: &str = "add append approve archive assign ban block cancel change clone close copy create detach \
    disable edit enable grant import insert install invite lock make merge move mute open pause publish push register \
    rename replace restore resume revert run save send set start submit subscribe switch sync trigger unban unblock \
    unlock unmute unset update upgrade write";
/// What follows a verb and not a part of a name.
const DETERMINERS: &[&str] =
    &["a", "all", "an", "another", "any", "its", "new", "one", "that", "the", "this", "your"];
/// Words of an operation's id that say that it makes something, whatever else it does.
const MAKES: &[&str] = &["add", "create", "insert", "make", "new", "register"];
/// Last words of a path that say that what its body describes is made.
const MAKES_ABOVE: &[&str] = &["add", "create", "import", "new", "register", "upload"];
/// First words of a summary that say that an operation reads.
const READS: &[&str] =
    &["check", "describe", "fetch", "get", "list", "query", "read", "retrieve", "return", "show", "view"];
/// Things whose restoring changes everything else.
const COPIES: &[&str] =
    &["archive", "backup", "checkpoint", "dump", "export", "image", "migration", "savepoint", "snapshot"];
/// What is done with a copy.
const RESTORES: &[&str] =
    &["apply", "import", "load", "recover", "restore", "revert", "rollback", "run", "start"];
/// Things of which one is in force for all.
const REIGNING: &[&str] = &[
    "certificate",
    "config",
    "configuration",
    "firmware",
    "license",
    "licence",
    "mode",
    "release",
    "theme",
    "update",
    "upgrade",
    "version",
];
/// How one of them comes into force.
const ENTHRONES: &[&str] =
    &["activate", "apply", "deploy", "enable", "install", "promote", "publish", "rollback"];
/// Last words that make one object the one that counts, in the place of another, or give it power over all.
const CHOOSES: &str = "admin administrator choose default grantadmin impersonate makeadmin makecurrent makedefault \
    makeprimary owner root select setactive setadmin setcurrent setdefault setprimary sudo superuser switch use";

/// The last word of a path: its last segment, or what follows the last `:` or `.` there, without the
/// underscores around it.
pub(super) fn last_word(operation: &Operation) -> Option<(&str, bool)> {
    let segment = operation.template.segments().last()?;
    let Some(Piece::Literal(text)) = segment.last() else { return None };
    let (word, is_suffix) = match text.rfind([':', '.']) {
        Some(at) => (text.get(at + 1..)?, true),
        None if segment.iter().all(|piece| matches!(piece, Piece::Literal(_))) => (text.as_str(), false),
        None => return None,
    };
    Some((word.trim_matches(['_', '$', '-']), is_suffix))
}

/// Whether an operation is called after a question, as `/deployments/{id}/validate` is.
pub fn is_called_a_question(operation: &Operation) -> bool {
    last_word(operation)
        .is_some_and(|(word, _)| is_one_of(QUERIES, word) || finds_by(word) || procedure::reads(word))
}

/// Whether a word is among others, whatever its case and its hyphens.
pub(super) fn is_one_of(words: &[&str], word: &str) -> bool {
    let plain = names::plain(word);
    words.iter().any(|known| known.replace('_', "") == plain)
}

/// Whether a DELETE is said to put its object away and not to remove it: by its id or by its summary.
pub fn puts_away(operation: &Operation) -> bool {
    let puts = |word: &str| {
        ["archive", "trash", "bin", "softdelete"].contains(&word.strip_suffix('s').unwrap_or(word))
    };
    let summary = operation.summary.to_ascii_lowercase();
    let first = summary.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    operation.method == http::Method::DELETE
        && (puts(first) || names::words(&operation.id).first().is_some_and(|word| puts(word)))
}

/// Whether a word says by what something is looked for: `find-by-name`, `searchByTag`.
pub(super) fn finds_by(word: &str) -> bool {
    let words = names::words(word);
    matches!(words.as_slice(), [verb, by, _, ..] if by == "by" && FINDERS.contains(&verb.as_str()))
}

/// Whether the summary of an operation begins with a word for reading, and has none for doing anything else.
pub(super) fn is_told_to_read(operation: &Operation) -> bool {
    let summary = operation.summary.to_ascii_lowercase();
    let mut words = summary.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let reads = |word: &str| {
        READS.contains(&word) || word.strip_suffix('s').is_some_and(|word| READS.contains(&word))
    };
    let does = |word: &str| {
        let bare = word.strip_suffix('s').unwrap_or(word);
        is_verb(bare) || MAKES.contains(&bare) || DRASTIC.contains(&bare)
    };
    words.next().is_some_and(reads) && !words.any(does)
}

/// Whether a word of a path is a verb, or several words of which the first or the last is a drastic one:
/// `shutdownServer`, `bulk-delete`.
pub(super) fn is_verb(word: &str) -> bool {
    let verbs: Vec<&str> = VERBS.split(' ').collect();
    is_one_of(&verbs, word) || is_drastic_phrase(word)
}

fn is_drastic_phrase(word: &str) -> bool {
    let words = names::words(word);
    let is_verb = |word: Option<&String>| word.is_some_and(|word| DRASTIC.contains(&word.as_str()));
    words.len() > 1 && (is_verb(words.first()) || is_verb(words.last()))
}

/// Whether a word below a collection says that an object of it is made.
pub(super) fn makes_above(word: &str) -> bool {
    is_one_of(MAKES_ABOVE, word)
}

/// Whether a word says that a copy is made.
pub(super) fn is_copying(word: &str) -> bool {
    let copies = ["clone", "copy", "duplicate", "fork", "replicate", "branch", "instantiate"];
    names::words(word).iter().any(|word| copies.contains(&word.as_str()))
}

/// Whether an operation's id or its summary says that it takes away or overwrites.
pub(super) fn is_called_drastic(operation: &Operation) -> bool {
    let summary = operation.summary.to_ascii_lowercase();
    let first = summary.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_told =
        [first, first.strip_suffix('s').unwrap_or(first), first.strip_suffix("es").unwrap_or(first)]
            .iter()
            .any(|word| DRASTIC.contains(word));
    if is_told && !summary.contains("creat") {
        return true;
    }
    let parts: Vec<Vec<String>> = operation
        .id
        .split(|c: char| !c.is_alphanumeric())
        .map(names::words)
        .filter(|part| !part.is_empty())
        .collect();
    let makes = parts.iter().flatten().any(|word| MAKES.contains(&word.as_str()));
    let is_first = |part: &Vec<String>| part.first().is_some_and(|word| DRASTIC.contains(&word.as_str()));
    !makes && parts.iter().take(2).any(is_first)
}

/// Whether the name of a path that is read says that reading it does harm, as `GET /logout` does.
pub(super) fn reading_harms(operation: &Operation) -> bool {
    let Some((word, _)) = last_word(operation) else { return false };
    !begins_with_reading(operation)
        && (is_one_of(HARMFUL, word)
            || names::words(word).first().is_some_and(|w| HARMFUL.contains(&w.as_str())))
}

fn begins_with_reading(operation: &Operation) -> bool {
    let summary = operation.summary.to_ascii_lowercase();
    let first = summary.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    READS.contains(&first) || first.strip_suffix('s').is_some_and(|word| READS.contains(&word))
}

/// Whether a GET is a procedure that changes something: several words, of which the first is a verb, and either the prose
/// has the same verb for what it does, or the path takes a POST as well (`is_twin`).
pub(super) fn calls_for_change(operation: &Operation, is_twin: bool) -> bool {
    let words = last_word(operation).map(|(word, _)| names::words(word)).unwrap_or_default();
    let [verb, _, ..] = words.as_slice() else { return false };
    let is_told = |prose: &str| {
        let prose = prose.to_ascii_lowercase();
        let mut told = prose.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let is_verb = told.next().is_some_and(|first| {
            first.strip_prefix(verb.as_str()).is_some_and(|ending| ["", "s", "es"].contains(&ending))
        });
        is_verb && told.next().is_some_and(|next| DETERMINERS.contains(&next))
    };
    !begins_with_reading(operation)
        && CHANGING.split(' ').any(|known| known == verb)
        && (is_twin || is_told(&operation.summary) || is_told(&operation.description))
}

/// Whether a path parameter has what an object shall be called, and not what it is called: `/wallet/{new_name}`.
pub(super) fn is_new_value(parameter: &str) -> bool {
    matches!(names::words(parameter).as_slice(), [first, _, ..] if first == "new")
}

/// Whether what is done with an object reaches beyond it: a copy is restored, another one comes into force.
/// `thing` is the word of the path in front of the object's id.
pub(super) fn reaches_beyond(thing: &str, word: &str) -> bool {
    let things = names::words(thing);
    let is_among =
        |known: &[&str]| things.last().is_some_and(|thing| known.contains(&names::singular(thing).as_str()));
    is_one_of(&CHOOSES.split(' ').collect::<Vec<_>>(), word)
        || (is_one_of(RESTORES, word) && is_among(COPIES))
        || (is_one_of(ENTHRONES, word) && is_among(REIGNING))
}

/// What a parameter of a read may order the server to do.
const ORDERS: &str = "ack acknowledge approve cancel clear delete disable disconnect drain enable evict execute flush \
    install invalidate kill logout mute pause purge reboot rebuild recheck recreate regenerate reindex reject reload \
    remove rerun rescan reset resend restart restore resume revoke rollback rotate run send shutdown subscribe sync \
    silence stop terminate trigger truncate uninstall unmute unpause unsubscribe upgrade wipe";
/// Words behind an order.
const EXTENTS: &[&str] = &["after", "all", "cache", "everything", "first", "it", "now", "once"];
/// What a parameter of a read of one object may turn that object into; of a list it chooses.
const STATES: &[&str] = &[
    "acked",
    "acknowledged",
    "active",
    "archived",
    "blocked",
    "deleted",
    "disabled",
    "enabled",
    "locked",
    "muted",
    "paused",
    "pinned",
    "read",
    "seen",
    "starred",
    "state",
    "status",
    "unread",
];

/// Whether a query parameter of a read orders the server to do something, by its name: `recheck_all`. A
/// read of one object is not asked for `paused`, either: there is nothing to choose from.
pub(super) fn is_order(name: &str, is_list: bool) -> bool {
    let words = names::words(name);
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [word] => orders(word) || (!is_list && STATES.contains(word)),
        [first, rest @ ..] => orders(first) && rest.iter().all(|word| EXTENTS.contains(word)),
        [] => false,
    }
}

/// Whether a value that a document lists for a parameter is an order: `cmd=DISABLE ALL`.
pub(super) fn is_order_value(value: &str) -> bool {
    names::words(value).first().is_some_and(|word| orders(word))
}

fn orders(word: &str) -> bool {
    ORDERS.split(' ').any(|order| order == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("shutdownServer", true)]
    #[case("bulk-delete", true)]
    #[case("factory_reset", true)]
    #[case("purge", true)]
    #[case("LogOut", true)]
    #[case("test-runs", false)]
    #[case("openOrders", false)]
    #[case("settings", false)]
    #[case("deletions", false)]
    fn verbs_come_in_many_spellings(#[case] word: &str, #[case] expected: bool) {
        assert_eq!(is_verb(word), expected);
    }

    #[rstest]
    #[case("recheck_all", true, true)]
    #[case("purge", true, true)]
    #[case("resetNow", false, true)]
    #[case("paused", true, false)]
    #[case("paused", false, true)]
    #[case("run_id", false, false)]
    #[case("send_time", true, false)]
    #[case("limit", false, false)]
    fn some_parameters_are_orders(#[case] name: &str, #[case] is_list: bool, #[case] expected: bool) {
        assert_eq!(is_order(name, is_list), expected);
    }

    #[rstest]
    #[case("DISABLE ALL", true)]
    #[case("restart", true)]
    #[case("LIST", false)]
    #[case("runs", false)]
    fn some_values_are_orders(#[case] value: &str, #[case] expected: bool) {
        assert_eq!(is_order_value(value), expected);
    }

    #[rstest]
    #[case("new_name", true)]
    #[case("newName", true)]
    #[case("new", false)]
    #[case("news_id", false)]
    #[case("old_name", false)]
    fn some_parameters_have_new_values(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_new_value(name), expected);
    }

    #[rstest]
    #[case("backups", "restore", true)]
    #[case("db-snapshots", "Restore", true)]
    #[case("pets", "restore", false)]
    #[case("themes", "activate", true)]
    #[case("users", "activate", false)]
    #[case("users", "set-default", true)]
    #[case("user", "admin", true)]
    fn some_actions_reach_beyond_their_object(
        #[case] thing: &str,
        #[case] word: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(reaches_beyond(thing, word), expected);
    }
}
