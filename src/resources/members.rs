//! What the name of a member or a parameter says about it: an id, a reference to another object, a secret, a
//! time that the server sets.

use super::names::{letters, singular, words};

/// Members that a path may take in the place of an id, the likeliest first.
pub const NAMES_IN_PATHS: &[&str] = &["name", "key", "slug", "username", "handle", "code", "title", "login"];
/// Members that give an object its name.
const NAMES: &[&str] =
    &["name", "title", "slug", "key", "username", "login", "label", "tag", "handle", "code"];
/// Members that distinguish an object and are no names that people use.
const KEYS: &[&str] = &["sku", "number", "identifier", "serial", "plate"];
/// Members that say something about an object in free text.
const PROSE: &[&str] =
    &["description", "content", "comment", "text", "note", "notes", "message", "summary", "subject", "body"];
/// Words in the name of what describes an object.
const DESCRIBING: &[&str] = &["description", "title", "note", "notes", "comment", "summary", "label", "text"];
/// Words at the end of a name that refers to an object.
const REFERENCES: &[&str] = &["id", "ids", "uuid", "uuids", "ref", "slug", "identifier", "reference"];
/// Path parameters that count objects rather than name them.
const POSITIONS: &[&str] = &["index", "idx", "position", "pos", "offset", "rank", "ordinal"];
/// Members whose values no target shows in clear.
const NEVER_SHOWN: &[&str] =
    &["password", "secret", "token", "private_key", "privatekey", "passphrase", "api_key"];

/// Members that are another one after each change, by their letters.
const VERSIONS: &[&str] =
    &["version", "revision", "rev", "etag", "generation", "resourceversion", "lockversion"];
/// Words of names that say when something ends.
const ENDS: &[&str] = &[
    "end",
    "ends",
    "ending",
    "until",
    "till",
    "through",
    "expires",
    "expire",
    "expiry",
    "expiration",
    "finish",
    "finishes",
    "stop",
    "stops",
    "due",
    "deadline",
];

/// Last words of names of members that say of what kind an object is, and do nothing by themselves.
const KINDS: &[&str] = &[
    "algorithm",
    "category",
    "charset",
    "class",
    "currency",
    "encoding",
    "engine",
    "format",
    "kind",
    "language",
    "locale",
    "platform",
    "provider",
    "protocol",
    "severity",
    "timezone",
    "type",
    "unit",
];

/// Whether a member says when something ends that another one says the beginning of: `ends_at`, `validTo`.
pub fn ends_period(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| ENDS.contains(&word.as_str()))
        || [words.first(), words.last()].into_iter().flatten().any(|word| word == "to")
}

/// Whether a member says of what kind its object is, by the last word of its name: other objects may have the same value.
pub fn says_kind(name: &str) -> bool {
    words(name).last().is_some_and(|word| KINDS.contains(&word.as_str()))
}

/// Whether a text stands for one that is not shown: `*****`, `<redacted>`.
pub fn is_mask(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let stars = text.chars().filter(|c| matches!(c, '*' | '•' | '●')).count();
    (stars >= 3 && stars * 2 >= text.chars().count())
        || ["redacted", "hidden", "masked", "secret"].contains(&bare.to_ascii_lowercase().as_str())
}

/// Whether a member holds the id of the object itself, and not that of another one.
pub fn is_own_id(name: &str) -> bool {
    ["id", "uuid", "guid", "_id"].contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a path may call objects by a member: `name`, `userName`, `usernames`.
pub fn may_stand_in_path(name: &str) -> bool {
    words(name).iter().any(|word| NAMES_IN_PATHS.contains(&singular(word).as_str()))
}

/// Whether a member gives its object a name: `title`, `user_name` and `userName`, but not `rename`.
pub fn is_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends_in = |tail: &&str| {
        lower.strip_suffix(tail).is_some_and(|head| {
            head.ends_with('_') || name.get(head.len()..).is_some_and(|t| t.starts_with(char::is_uppercase))
        })
    };
    NAMES.contains(&lower.as_str()) || NAMES.iter().any(ends_in)
}

/// Whether a member is called as what distinguishes its object from others of the same kind is: `sku`, but not
/// `product_sku`, which may name another object.
pub fn is_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || KEYS.contains(&name.as_str())
}

/// Whether a member says something about its object in free text.
pub fn is_prose(name: &str) -> bool {
    PROSE.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a member describes its object: other things hardly hang on what it says.
pub fn describes(name: &str) -> bool {
    words(name).iter().any(|word| DESCRIBING.contains(&word.as_str()))
}

/// Whether the last word of a name refers to an object: `user_id`, `ownerUuid`. Such a member may name
/// something that is not there.
pub fn refers(name: &str) -> bool {
    words(name).last().is_some_and(|word| is_reference(word))
}

/// Whether a word at the end of a name says that it refers to an object.
pub fn is_reference(word: &str) -> bool {
    REFERENCES.contains(&word)
}

/// Whether a member names another object, so that it takes no other value than an id of one. Narrower
/// than [`refers`]: a `slug` or a `reference` may be a text of the object's own.
pub fn names_another(name: &str) -> bool {
    ["_id", "_ids", "-id", "Id", "Ids", "ID", "_uuid", "Uuid", "_ref", "Ref"]
        .iter()
        .any(|tail| name.len() > tail.len() && name.ends_with(tail))
}

/// Whether a member is called as what identifies something is: `id`, `user_id`, `userId`, `person_ids`.
/// If such a value appears twice, that is not a coincidence.
pub fn identifies(name: &str) -> bool {
    let name = name.strip_suffix('s').unwrap_or(name);
    ["id", "Id", "ID"].iter().any(|end| {
        name.strip_suffix(end)
            .is_some_and(|start| start.is_empty() || *end != "id" || start.ends_with(['_', '-']))
    })
}

/// Whether a path parameter counts objects rather than names them: the id of an object then leads to
/// another one.
pub fn is_position(parameter: &str) -> bool {
    POSITIONS.contains(&parameter.to_ascii_lowercase().as_str())
}

/// Whether the value of a member is kept secret: hashed, masked or left out.
pub fn is_secret(name: &str) -> bool {
    let name = letters(name);
    let holds = ["password", "passwd", "passphrase", "secret", "apikey", "privatekey", "credential"];
    holds.iter().any(|word| name.contains(word))
        || name.ends_with("token")
        || ["pin", "otp", "cvc", "cvv", "pwd", "tokens"].contains(&name.as_str())
}

/// Whether no target shows the value of a member in clear, so that nobody who read it could put it back.
/// Narrower than [`is_secret`]: a `password_policy` may be read and written.
pub fn is_never_shown(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    NEVER_SHOWN.iter().any(|secret| name == *secret || name.ends_with(&format!("_{secret}")))
}

/// Whether the server itself keeps a member up to date.
pub fn is_kept_by_server(name: &str) -> bool {
    let name = letters(name);
    let stems = ["created", "updated", "modified", "lastmodified", "lastupdated"];
    let tails = ["", "at", "on", "by", "date", "time", "timestamp"];
    let is_stamp = stems.iter().any(|stem| name.strip_prefix(stem).is_some_and(|tail| tails.contains(&tail)));
    is_stamp || VERSIONS.contains(&name.as_str())
}

/// Whether a member says how often its object was written.
pub fn is_version(name: &str) -> bool {
    VERSIONS.contains(&letters(name).as_str())
}

/// Whether a time is that of an object's creation.
pub fn is_time_of_creation(name: &str) -> bool {
    begins(name, &["created", "inserted", "added"])
}

/// Whether a time is that of an object's last change. A new object was changed when it was made.
pub fn is_time_of_change(name: &str) -> bool {
    begins(name, &["updated", "modified", "last_modified", "changed"])
}

fn begins(name: &str, words: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    words.iter().any(|word| name.starts_with(word))
}

/// Whether a member counts the objects that a word names: `comment_count`, `commentsTotal`, `num_comments`.
pub fn counts(name: &str, word: &str) -> bool {
    let (name, many) = (letters(name), letters(word));
    let one = singular(&many);
    [many, one].iter().filter(|word| !word.is_empty()).any(|word| {
        let behind =
            name.strip_prefix(word.as_str()).is_some_and(|rest| ["count", "counts", "total"].contains(&rest));
        let before = name.strip_suffix(word.as_str());
        behind || before.is_some_and(|rest| ["num", "numberof", "total", "nof"].contains(&rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(is_own_id as fn(&str) -> bool, &["id", "ID", "_id", "uuid"], &["pet_id", "identifier"])]
    #[case::names(is_name, &["name", "user_name", "userName", "Slug"], &["rename", "content"])]
    #[case::keys(is_key, &["sku", "Code", "name"], &["product_sku", "country_code", "kind"])]
    #[case::prose(is_prose, &["content", "Description"], &["name", "user_content", "kind"])]
    #[case::describing(describes, &["description", "short_note", "titleText"], &["name", "noted"])]
    #[case::references(refers, &["user_id", "ownerUuid", "slug"], &["paid", "sort"])]
    #[case::ends(ends_period, &["endsAt", "valid_to", "expires", "due_date"], &["sends", "token", "starts_at"])]
    #[case::others(names_another, &["pet_id", "petIds", "ownerRef"], &["id", "slug", "reference", "paid"])]
    #[case::identities(identifies, &["id", "user_id", "userId", "person_ids"], &["paid", "valid", "name"])]
    #[case::positions(is_position, &["index", "Rank"], &["id", "rank_id"])]
    #[case::secrets(
        is_secret,
        &["password", "clientSecret", "api_key", "accessToken", "password_policy"],
        &["spinner", "tokenizer"],
    )]
    #[case::never_shown(is_never_shown, &["password", "smtp_api_key"], &["password_policy", "clientSecret"])]
    #[case::kept(
        is_kept_by_server,
        &["updated_at", "lastModified", "version", "modifiedBy"],
        &["updates", "conversion"],
    )]
    #[case::creation(is_time_of_creation, &["created_at", "InsertedOn"], &["updated_at", "recreated"])]
    #[case::change(is_time_of_change, &["updated_at", "last_modified"], &["created_at"])]
    fn names_tell(#[case] tells: fn(&str) -> bool, #[case] of: &[&str], #[case] not_of: &[&str]) {
        for name in of {
            assert!(tells(name), "{name}");
        }
        for name in not_of {
            assert!(!tells(name), "{name}");
        }
    }

    #[rstest]
    #[case("comment_count", "comments", true)]
    #[case("commentsTotal", "comments", true)]
    #[case("num_comments", "comments", true)]
    #[case("numberOfBoxes", "boxes", true)]
    #[case("count", "comments", false)]
    #[case("comment_country", "comments", false)]
    fn members_count_by_their_names(#[case] name: &str, #[case] word: &str, #[case] expected: bool) {
        assert_eq!(counts(name, word), expected);
    }
}
