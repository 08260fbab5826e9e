//! One line on the screen: pieces of text in colours, cut to the columns that there are.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

use crate::report::safe;
use crate::run::pending::Label;

/// A line of any length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row(Vec<(Style, String)>);

impl Row {
    /// A line without colour.
    pub fn plain(text: &str) -> Self {
        Self::default().and(Style::new(), text)
    }

    /// A line in a colour.
    pub fn colored(color: AnsiColor, text: &str) -> Self {
        Self::default().and(Style::new().fg_color(Some(color.into())), text)
    }

    /// With a piece behind it. What a terminal might obey is shown as its code.
    #[must_use]
    pub fn and(mut self, style: Style, text: &str) -> Self {
        self.0.push((style, safe(text).into_owned()));
        self
    }

    /// With what the document says to a change.
    #[must_use]
    pub fn labelled(self, label: Label) -> Self {
        let color = match label {
            Label::Allowed => AnsiColor::Green,
            Label::Breaks => AnsiColor::Red,
            Label::Unknown => AnsiColor::Yellow,
        };
        self.and(Style::new().fg_color(Some(color.into())).bold(), &label.to_string())
    }

    /// The part from a column on that fits so many columns; a mark stands where more is.
    pub fn cut(&self, from: usize, columns: usize) -> String {
        let total: usize = self.0.iter().flat_map(|(_, text)| text.chars()).map(width).sum();
        let is_longer = total > from + columns;
        let end = from + columns - usize::from(is_longer && columns > 0);
        let mut out = String::new();
        let mut at = 0;
        if from > 0 && total > 0 {
            out.push('…');
        }
        let from = if from > 0 { from + 1 } else { 0 };
        for (style, text) in &self.0 {
            let mut piece = String::new();
            for c in text.chars() {
                let next = at + width(c);
                if at >= from && next <= end {
                    piece.push(c);
                }
                at = next;
            }
            if !piece.is_empty() {
                let _ = write!(out, "{style}{piece}{style:#}");
            }
        }
        if is_longer && columns > 0 {
            out.push('…');
        }
        out
    }
}

fn width(c: char) -> usize {
    c.width().unwrap_or_default()
}

/// The keys, as long as they leave most of the screen; else the one that matters most.
pub(super) fn legend(keys: &[&str], short: &str, (rows, columns): (usize, usize)) -> Vec<Row> {
    let whole = wrapped(keys, columns);
    if whole.len() <= rows / 4 { whole } else { wrapped(&[short], columns) }
}

/// Words in lines of at most so many columns; two spaces stand between them.
pub(super) fn wrapped(words: &[&str], columns: usize) -> Vec<Row> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let size = |text: &str| text.chars().map(width).sum::<usize>();
        match lines.last_mut() {
            Some(line) if size(line) + 2 + size(word) <= columns => {
                line.push_str("  ");
                line.push_str(word);
            }
            _ => lines.push((*word).to_owned()),
        }
    }
    lines.iter().map(|line| Row::default().and(Style::new().dimmed(), line)).collect()
}
