//! Places in the text of a configuration.

/// The line and the column of an octet, each from 1.
pub(super) fn line_and_column(content: &str, offset: usize) -> (usize, usize) {
    let before = content.get(..offset).unwrap_or(content);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()) + 1;
    (line, column)
}

/// Where a text first appears.
pub(super) fn position_of(content: &str, needle: &str) -> Option<(usize, usize)> {
    content.find(needle).map(|offset| line_and_column(content, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a", Some((1, 1)))]
    #[case("c", Some((2, 2)))]
    #[case("d", Some((3, 3)))]
    #[case("x", None)]
    fn lines_and_columns_count_from_1(#[case] needle: &str, #[case] expected: Option<(usize, usize)>) {
        assert_eq!(position_of("ab\nüc\nü d", needle), expected);
    }
}
