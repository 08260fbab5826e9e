//! The texts of a document, to show lines of them.

use std::collections::HashMap;

use crate::document::position::{Positions, Span};
use crate::document::{Place, Problem};
use crate::run::Run;

/// Larger texts are not read again to find a line, in octets.
const MAX_SEARCHED: usize = 32 << 20;

/// Texts by the name that they are shown under.
#[derive(Debug, Clone, Default)]
pub struct SourceTexts {
    texts: Vec<(String, String)>,
}

impl SourceTexts {
    /// One text.
    pub fn one(name: &str, text: &str) -> Self {
        Self { texts: vec![(name.to_owned(), text.to_owned())] }
    }

    /// Adds a text.
    pub fn add(&mut self, name: &str, octets: &[u8]) {
        self.texts.push((name.to_owned(), String::from_utf8_lossy(octets).into_owned()));
    }

    /// Whether there is a text of that name.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// For looking places up.
    pub fn lines(&self) -> Lines<'_> {
        Lines { texts: self, read: HashMap::new(), begins: HashMap::new(), steps: HashMap::new() }
    }

    /// Looks up the line of the document that each finding names.
    pub fn fill_lines(&self, run: &mut Run) {
        if run.findings.is_empty() && run.waived.is_empty() {
            return;
        }
        let mut lines = self.lines();
        let findings = run.findings.iter_mut().chain(run.waived.iter_mut().map(|waived| &mut waived.finding));
        let all = findings.flat_map(|finding| {
            let own = finding.document.as_mut();
            own.into_iter().chain(finding.members.iter_mut().filter_map(|member| member.document.as_mut()))
        });
        for place in all {
            // A place in a configuration is known by its line.
            let mut sought = Place::new(&place.file, place.pointer.as_str());
            sought.position = (place.line > 0).then_some((place.line, 1));
            if let Some((span, line)) = lines.find(&sought) {
                let line = line.unwrap_or_default();
                place.at_line(span.line, span.column.saturating_sub(line.skipped), line.text);
            }
        }
    }

    /// Looks up the lines of problems, for reports that know no texts.
    pub fn fill_positions<'p>(&self, problems: impl Iterator<Item = &'p mut Problem>) {
        let mut lines = self.lines();
        for problem in problems {
            let found = lines.find(&problem.place);
            problem.place.position = found.map(|(span, _)| (span.line, span.column));
        }
    }

    fn get(&self, name: &str) -> Option<&(String, String)> {
        self.texts.iter().find(|(known, _)| known == name)
    }
}

/// Characters of a line that are given before a place.
const BEFORE: usize = 160;
/// And from it on.
const BEHIND: usize = 400;
/// Longer lines are not given whole, in octets. A minified document is one line.
const MAX_LINE: usize = 4 << 10;
/// So many characters apart are the places that are remembered of a long line.
const STEP: usize = 1 << 10;

/// A line of a text around a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line<'t> {
    /// The line, or the part of a long one that is around the place.
    pub text: &'t str,
    /// Characters of the line before that part.
    pub skipped: usize,
}

/// Looks places up; each text is read again at most once, and each of its lines measured at most once.
pub struct Lines<'t> {
    texts: &'t SourceTexts,
    read: HashMap<&'t str, Positions<'t>>,
    /// Where lines begin.
    begins: HashMap<&'t str, Vec<usize>>,
    /// Where each [`STEP`]th character of a long line begins, by text and line.
    steps: HashMap<(&'t str, usize), Vec<usize>>,
}

impl<'t> Lines<'t> {
    /// Whether a place is a member whose key is written as a number, which JSON cannot.
    pub fn is_number(&mut self, place: &Place) -> bool {
        self.texts.get(&place.file).is_some_and(|(name, text)| {
            self.read.entry(name).or_insert_with(|| Positions::read(text)).is_number(&place.pointer)
        })
    }

    /// The position of a place, and its line. A line of a text that is not kept is not shown.
    pub fn find(&mut self, place: &Place) -> Option<(Span, Option<Line<'t>>)> {
        if let Some((line, column)) = place.position {
            let span = Span { line, column, width: 1 };
            return Some((span, self.line(&place.file, line, column)));
        }
        let (name, text) = self.texts.get(&place.file).filter(|(_, text)| text.len() <= MAX_SEARCHED)?;
        let positions = self.read.entry(name).or_insert_with(|| Positions::read(text));
        let span = positions.find(&place.pointer)?;
        Some((span, self.line(&place.file, span.line, span.column)))
    }

    /// The line of that number around a column, both from 1.
    fn line(&mut self, file: &str, number: usize, column: usize) -> Option<Line<'t>> {
        let (name, text) = self.texts.get(file)?;
        let begins = self.begins.entry(name).or_insert_with(|| {
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
        });
        let from = *begins.get(number.saturating_sub(1))?;
        let to = begins.get(number).map_or(text.len(), |next| next - 1);
        let line = text.get(from..to)?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.len() <= MAX_LINE {
            return Some(Line { text: line, skipped: 0 });
        }
        let steps = self
            .steps
            .entry((name, number))
            .or_insert_with(|| line.char_indices().step_by(STEP).map(|(at, _)| at).collect());
        let at = |character: usize| {
            let step = steps.get(character / STEP).copied().unwrap_or(line.len());
            let rest = line.get(step..).unwrap_or_default();
            rest.char_indices().nth(character % STEP).map_or(line.len(), |(further, _)| step + further)
        };
        let skipped = column.saturating_sub(1 + BEFORE);
        let part = line.get(at(skipped)..at(column + BEHIND))?;
        Some(Line { text: part, skipped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::short("a: 1\nb: 2\r\n", (2, 1), Line { text: "b: 2", skipped: 0 })]
    #[case::last("a: 1\nb: 2", (2, 4), Line { text: "b: 2", skipped: 0 })]
    fn lines_are_given_whole(#[case] text: &str, #[case] at: (usize, usize), #[case] expected: Line<'_>) {
        let texts = SourceTexts::one("t", text);
        let mut place = Place::new("t", "");
        place.position = Some(at);
        assert_eq!(texts.lines().find(&place).unwrap().1, Some(expected));
    }

    #[rstest]
    #[case::start(1)]
    #[case::middle(5_000)]
    #[case::at_a_step(1 + BEFORE + STEP)]
    #[case::end(9_999)]
    #[case::beyond(20_000)]
    fn of_a_long_line_there_is_what_is_around(#[case] column: usize) {
        let line: String = ('\u{e0}'..='\u{ff}').cycle().take(10_000).collect();
        let texts = SourceTexts::one("t", &line);
        let mut place = Place::new("t", "");
        place.position = Some((1, column));
        let found = texts.lines().find(&place).unwrap().1.unwrap();
        let skipped = column.saturating_sub(1 + BEFORE);
        let expected: String = line.chars().skip(skipped).take(column + BEHIND - skipped).collect();
        assert_eq!(found, Line { text: &expected, skipped });
    }
}
