//! Places in the text of a configuration.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::document::pointer;

/// Where each key of a TOML text is, by JSON pointer: line and column, each from 1.
#[derive(Debug, Clone, Default)]
pub struct Places {
    at: BTreeMap<String, (usize, usize)>,
}

impl Places {
    /// The keys of a text; none where it is no TOML.
    pub fn read(content: &str) -> Self {
        let mut places = Self::default();
        if let Ok(table) = DeTable::parse(content) {
            let begins: Vec<usize> =
                std::iter::once(0).chain(content.match_indices('\n').map(|(at, _)| at + 1)).collect();
            places.table(table.get_ref(), "", &|offset| line_and_column(content, &begins, offset));
        }
        places
    }

    /// Where a key is; where there is no such key, what it would be in.
    pub fn find(&self, at: &str) -> Option<(usize, usize)> {
        let mut at = at;
        loop {
            if let Some(place) = self.at.get(at) {
                return Some(*place);
            }
            at = at.rsplit_once('/')?.0;
        }
    }

    fn table(&mut self, table: &DeTable<'_>, above: &str, place: &dyn Fn(usize) -> (usize, usize)) {
        for (key, value) in table {
            let at = pointer::join(above, key.get_ref());
            self.at.insert(at.clone(), place(key.span().start));
            self.value(value, &at, place);
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, at: &str, place: &dyn Fn(usize) -> (usize, usize)) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, at, place),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let at = pointer::join(at, &index.to_string());
                    self.at.insert(at.clone(), place(item.span().start));
                    self.value(item, &at, place);
                }
            }
            _ => {}
        }
    }
}

/// The line and the column of an octet, each from 1.
pub(super) fn position(content: &str, offset: usize) -> (usize, usize) {
    let before = content.get(..offset).unwrap_or(content);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()) + 1;
    (line, column)
}

/// As [`position`], where it is known at which octets lines begin.
fn line_and_column(content: &str, begins: &[usize], offset: usize) -> (usize, usize) {
    let line = begins.partition_point(|begin| *begin <= offset);
    let begin = begins.get(line.saturating_sub(1)).copied().unwrap_or(0);
    let column = content.get(begin..offset).map_or(0, |text| text.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, (1, 1))]
    #[case(5, (2, 2))]
    #[case(10, (3, 3))]
    #[case(99, (3, 4))]
    fn lines_and_columns_count_from_1(#[case] offset: usize, #[case] expected: (usize, usize)) {
        assert_eq!(position("ab\nüc\nü d", offset), expected);
    }

    #[rstest]
    #[case("/a", Some((1, 1)))]
    #[case("/t/b", Some((3, 1)))]
    #[case("/t/ü/c", Some((4, 9)))]
    #[case("/list/1", Some((7, 1)))]
    #[case("/list/1/x", Some((8, 3)))]
    #[case::what_it_would_be_in("/list/1/none/below", Some((7, 1)))]
    #[case("/none", None)]
    fn keys_have_places(#[case] at: &str, #[case] expected: Option<(usize, usize)>) {
        let text = "a = 1\n[t]\nb = 2\n\"ü\" = { c = 3 }\n[[list]]\nx = 1\n[[list]]\n  x = 2\n";
        assert_eq!(Places::read(text).find(at), expected);
        assert_eq!(Places::read("[").find(at), None);
    }
}
