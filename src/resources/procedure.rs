//! What the name of a procedure says, in an API that takes POST for all it does.

use super::names;

/// First words of a POST that reads, in an API whose procedures all take POST: `get_plan`, `list_types`, and `get` alone.
const READERS: &[&str] = &["get", "list", "describe", "count"];

/// What may come of such a POST beside an answer: something is made, handed out once, or kept for the one who asks.
const HANDS_OUT: &str = "and code create credential download key lease link lock login new next nonce or otp password pin pop \
    presigned reset secret session set signed ticket token unique upload url";

/// Whether a word is `get`, or a phrase that begins with a word for reading and hands nothing out: `get_plan`.
pub(super) fn reads(word: &str) -> bool {
    let words = names::words(word);
    let Some((verb, rest)) = words.split_first() else { return false };
    let hands_out = |word: &String| {
        HANDS_OUT.split(' ').any(|known| known == word || word.strip_suffix('s') == Some(known))
    };
    (rest.is_empty() && verb == "get")
        || (!rest.is_empty() && READERS.contains(&verb.as_str()) && !rest.iter().any(hands_out))
}
