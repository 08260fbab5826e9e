//! Lines that do not fit a screen, read page by page and sideways.

use console::Key;

use super::row::{Row, legend};

const KEYS: &[&str] = &["space b page", "↑ ↓ line", "← → sideways", "g G ends", "q back"];
/// Columns that an arrow moves sideways.
const SIDEWAYS: usize = 20;

/// The lines, and which of them are shown.
pub(super) struct Pager {
    title: String,
    rows: Vec<Row>,
    top: usize,
    left: usize,
    /// Lines on the last page that was shown.
    room: usize,
}

impl Pager {
    pub fn new(title: String, rows: Vec<Row>) -> Self {
        Self { title, rows, top: 0, left: 0, room: 1 }
    }

    /// The screen as it is now.
    pub fn page(&mut self, rows: usize, columns: usize) -> Vec<String> {
        let keys = legend(KEYS, "q back", (rows, columns));
        self.room = rows.saturating_sub(keys.len() + 1).max(1);
        self.top = self.top.min(self.rows.len().saturating_sub(self.room));
        let end = (self.top + self.room).min(self.rows.len());
        let place = format!("{}  lines {}-{end} of {}", self.title, self.top + 1, self.rows.len());
        let mut shown = vec![Row::plain(&place).cut(0, columns)];
        let lines = self.rows.iter().skip(self.top).take(self.room);
        shown.extend(lines.map(|row| row.cut(self.left, columns)));
        shown.extend(keys.iter().map(|row| row.cut(0, columns)));
        shown
    }

    /// Goes where a key leads; whether the person has seen enough.
    pub fn turn(&mut self, key: &Key) -> bool {
        match key {
            Key::Char('q' | 'd' | 'i' | '?') | Key::Escape | Key::Enter => return true,
            Key::Char(' ') | Key::PageDown => self.top += self.room,
            Key::Char('b') | Key::PageUp => self.top = self.top.saturating_sub(self.room),
            Key::Char('j') | Key::ArrowDown => self.top += 1,
            Key::Char('k') | Key::ArrowUp => self.top = self.top.saturating_sub(1),
            Key::Char('l') | Key::ArrowRight => self.left += SIDEWAYS,
            Key::Char('h') | Key::ArrowLeft => self.left = self.left.saturating_sub(SIDEWAYS),
            Key::Char('g') | Key::Home => self.top = 0,
            Key::Char('G') | Key::End => self.top = self.rows.len(),
            _ => {}
        }
        false
    }
}
