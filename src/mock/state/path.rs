//! Paths of collections: templates, and the concrete ones that objects are kept under.

/// The concrete path of a collection: its parameters are the first of the request's.
pub(super) fn concrete(template: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') { values.next().copied().unwrap_or(segment) } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Whether a concrete path is one of a collection.
pub(super) fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    template.split('/').all(|wanted| segments.next().is_some_and(|s| wanted.starts_with('{') || s == wanted))
        && segments.next().is_none()
}

/// How many parameters a template has.
pub(super) fn parameters(template: &str) -> usize {
    template.split('/').filter(|segment| segment.starts_with('{')).count()
}

/// The last segment.
pub(super) fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/shops/{shop}/pets", &["1", "2"], "/shops/1/pets")]
    #[case("/pets", &["1"], "/pets")]
    #[case("/shops/{shop}/pets", &[], "/shops/{shop}/pets")]
    fn concrete_paths(#[case] template: &str, #[case] values: &[&str], #[case] path: &str) {
        assert_eq!(concrete(template, values), path);
    }

    #[rstest]
    #[case("/shops/1/pets", true)]
    #[case("/shops/1/pets/2", false)]
    #[case("/shops/1", false)]
    #[case("/zoos/1/pets", false)]
    fn paths_of_a_collection(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(matches("/shops/{shop}/pets", path), expected);
        assert_eq!(
            (parameters("/shops/{shop}/pets"), last_segment(path)),
            (1, path.rsplit_once('/').unwrap().1)
        );
    }
}
