//! Suggestions for misspelled names.

/// `did you mean …?`, else all that is known.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, candidate)) if distance <= word.len().max(4) / 2 => {
            format!("did you mean {candidate:?}?")
        }
        _ => format!("expected one of {}", known.join(", ")),
    }
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
}
