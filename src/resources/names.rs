//! Names in any spelling: `isActive`, `is_active` and `Is-Active` are the same name.

/// The words of a name in lower case.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A name in lower case, without `_` and `-`.
pub fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '-'], "")
}

/// The ASCII letters and digits of a name in lower case, and nothing else.
pub fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `pets` → `pet`, `categories` → `category`, `boxes` → `box`; `status` and `address` are singular as they are.
pub fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    if ["ss", "tus", "sis"].iter().any(|tail| word.ends_with(tail)) {
        return word.to_owned();
    }
    let is_sibilant =
        ["sses", "tuses", "iases", "xes", "ches", "shes"].iter().any(|tail| word.ends_with(tail));
    let tail = if is_sibilant { "es" } else { "s" };
    word.strip_suffix(tail).unwrap_or(word).to_owned()
}

/// Whether a word is one for several things: `pets`, `media`.
pub fn is_of_many(word: &str) -> bool {
    let last = words(word).pop().unwrap_or_default();
    let is_plain = !word.contains(['{', '.', ':']);
    let is_known = last.ends_with("data") || ["media", "people"].contains(&last.as_str());
    is_plain && (is_known || singular(&last) != last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("bulkDelete", &["bulk", "delete"])]
    #[case("bulk_delete", &["bulk", "delete"])]
    #[case("X-Client-IP", &["x", "client", "ip"])]
    #[case("line2Text", &["line2", "text"])]
    #[case("__", &[])]
    fn names_have_words(#[case] name: &str, #[case] expected: &[&str]) {
        assert_eq!(words(name), expected);
    }

    #[rstest]
    #[case("Last-Modified_At", "lastmodifiedat", "lastmodifiedat")]
    #[case("$top", "$top", "top")]
    fn spellings_are_ignored(#[case] name: &str, #[case] as_plain: &str, #[case] as_letters: &str) {
        assert_eq!((plain(name).as_str(), letters(name).as_str()), (as_plain, as_letters));
    }

    #[rstest]
    #[case("pets", "pet")]
    #[case("categories", "category")]
    #[case("boxes", "box")]
    #[case("classes", "class")]
    #[case("sheep", "sheep")]
    #[case("statuses", "status")]
    #[case("status", "status")]
    #[case("addresses", "address")]
    #[case("address", "address")]
    #[case("menus", "menu")]
    #[case("apis", "api")]
    #[case("causes", "cause")]
    #[case("aliases", "alias")]
    fn one_of_many(#[case] word: &str, #[case] expected: &str) {
        assert_eq!(singular(word), expected);
    }

    #[rstest]
    #[case("pets", true)]
    #[case("line-items", true)]
    #[case("metadata", true)]
    #[case("series", true)]
    #[case("status", false)]
    #[case("{id}", false)]
    #[case("me", false)]
    fn some_words_are_for_several(#[case] word: &str, #[case] expected: bool) {
        assert_eq!(is_of_many(word), expected);
    }
}
