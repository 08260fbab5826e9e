//! Operations that say how many objects a list has: `GET /products/count` beside `GET /products`.

/// Last words of paths that count what is beside them.
const STATISTICS: [&str; 7] = ["stats", "statistics", "count", "counts", "summary", "totals", "overview"];
/// Members that are the number of all.
const TOTALS: [&str; 3] = ["total", "count", "all"];

/// The path of the list that the operation at a path counts.
pub fn counted_at(path: &str) -> Option<&str> {
    let (list, word) = path.trim_end_matches('/').rsplit_once('/')?;
    (!list.is_empty() && STATISTICS.contains(&word)).then_some(list)
}

/// Whether a member is the number of all.
pub fn is_total(name: &str) -> bool {
    TOTALS.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/products/count", Some("/products"))]
    #[case("/shops/{shop}/products/stats/", Some("/shops/{shop}/products"))]
    #[case("/products/{id}", None)]
    #[case("/count", None)]
    fn some_paths_count_a_list(#[case] path: &str, #[case] expected: Option<&str>) {
        assert_eq!(counted_at(path), expected);
    }
}
