//! Suggestions for misspelled names.

/// More names than these are counted and not listed.
const MAX_LISTED: usize = 20;

/// `did you mean …?`, else what is known.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(candidate) = within(word, known.iter().copied(), word.len().max(4) / 2) {
        return format!("did you mean {candidate:?}?");
    }
    match known.get(..MAX_LISTED) {
        Some(first) if known.len() > MAX_LISTED => {
            format!("expected one of {} and {} more", first.join(", "), known.len() - MAX_LISTED)
        }
        _ if known.is_empty() => "there are none".to_owned(),
        _ => format!("expected one of {}", known.join(", ")),
    }
}

/// The name that a word is a slip of the pen for: two letters at most are wrong, and not half of it.
pub fn near<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    within(word, known, (word.chars().count() / 3).min(2))
}

/// The nearest name, where it is so near.
fn within<'k>(word: &str, known: impl IntoIterator<Item = &'k str>, most: usize) -> Option<&'k str> {
    let distances = known.into_iter().map(|name| (strsim::damerau_levenshtein(word, name), name));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= most)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("lits", "did you mean \"list\"?")]
    #[case("crate", "did you mean \"create\"?")]
    #[case("something-else", "expected one of list, create")]
    fn the_nearest_is_meant(#[case] word: &str, #[case] help: &str) {
        assert_eq!(nearest(word, ["list", "create"]), help);
    }

    #[rstest]
    #[case("timeuot", Some("timeout"))]
    #[case("timout", Some("timeout"))]
    #[case("time", None)]
    #[case("url", None)]
    fn a_slip_of_the_pen(#[case] word: &str, #[case] meant: Option<&str>) {
        assert_eq!(near(word, ["timeout", "uri-list"]), meant);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (10..40).map(|number| format!("name-{number}")).collect();
        let help = nearest("entirely different", names.iter().map(String::as_str));
        assert!(help.ends_with("name-29 and 10 more"), "{help}");
    }
}
