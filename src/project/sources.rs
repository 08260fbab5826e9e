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
        Lines { texts: self, read: HashMap::new(), begins: HashMap::new() }
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
            if let Some((span, text)) = lines.find(&sought) {
                place.at_line(span.line, span.column, text.unwrap_or_default());
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

/// Looks places up; each text is read again at most once.
pub struct Lines<'t> {
    texts: &'t SourceTexts,
    read: HashMap<&'t str, Positions<'t>>,
    /// Where lines begin.
    begins: HashMap<&'t str, Vec<usize>>,
}

impl<'t> Lines<'t> {
    /// Whether a place is a member whose key is written as a number, which JSON cannot.
    pub fn is_number(&mut self, place: &Place) -> bool {
        self.texts.get(&place.file).is_some_and(|(name, text)| {
            self.read.entry(name).or_insert_with(|| Positions::read(text)).is_number(&place.pointer)
        })
    }

    /// The position of a place, and its line. A line of a text that is not kept is not shown.
    pub fn find(&mut self, place: &Place) -> Option<(Span, Option<&'t str>)> {
        let known = self.texts.get(&place.file);
        let begins = &mut self.begins;
        let mut line = |number: usize| {
            let (name, text) = known?;
            let begins = begins.entry(name).or_insert_with(|| {
                std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
            });
            text.get(*begins.get(number.saturating_sub(1))?..)?.lines().next()
        };
        if let Some((number, column)) = place.position {
            return Some((Span { line: number, column, width: 1 }, line(number)));
        }
        let (name, text) = known.filter(|(_, text)| text.len() <= MAX_SEARCHED)?;
        let positions = self.read.entry(name).or_insert_with(|| Positions::read(text));
        let span = positions.find(&place.pointer)?;
        Some((span, line(span.line)))
    }
}
