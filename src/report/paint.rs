//! Terminal colours of reports.

use anstyle::{AnsiColor, Style as Ansi};

/// How the console report looks.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much is told.
    pub detail: Detail,
}

/// How much the console report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Totals alone.
    Totals,
    /// The worst of everything, on three screens.
    Brief,
    /// Everything, untested checks and unseen statuses included.
    Full,
}

impl Style {
    /// Whether everything is told.
    pub(super) fn is_full(self) -> bool {
        self.detail == Detail::Full
    }
}

/// Puts colours around text, or not.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub bool);

impl Paint {
    fn with(self, style: Ansi, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub fn red(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default().bold(), text)
    }

    pub fn green(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    pub fn bold(self, text: &str) -> String {
        self.with(Ansi::new().bold(), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with(Ansi::new().dimmed(), text)
    }
}
