//! The file format of insta: metadata between `---`, then the contents.

/// A text with line feeds alone at the ends of its lines. What is written is read again in the same way, so
/// that no carriage return is left to be taken away then.
pub(super) fn line_feeds(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    lines.join("\n")
}

/// A snapshot file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct File {
    /// What was asked: `METHOD /path/template`.
    pub expression: String,
    /// JSON that only pending snapshots have: what changed.
    pub info: Option<String>,
    /// Contents with a line feed at their end.
    pub contents: String,
}

impl File {
    /// Reads a file; line ends of either kind. `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = line_feeds(text);
        let (head, contents) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
        let mut file = Self { contents: contents.to_owned(), ..Self::default() };
        for line in head.lines() {
            if let Some(value) = line.strip_prefix("expression: ") {
                file.expression = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
            } else if let Some(value) = line.strip_prefix("info: ") {
                file.info = Some(value.to_owned());
            }
        }
        Some(file)
    }

    /// Whether a merge left the marks of a conflict in it: all three of them, in their order, because
    /// each alone may be part of a text.
    pub fn is_torn(&self) -> bool {
        let mut marks = ["<<<<<<< ", "=======", ">>>>>>> "].into_iter().peekable();
        for line in self.contents.lines() {
            marks.next_if(|mark| line.starts_with(mark));
        }
        marks.peek().is_none()
    }

    /// The line, from 1, at which the contents begin to differ from others.
    pub fn line_of_first_difference(&self, other: &str) -> usize {
        let same = self.contents.lines().zip(other.lines()).take_while(|(one, other)| one == other).count();
        // The contents begin behind the head.
        let head = Self { contents: String::new(), ..self.clone() }.write().lines().count();
        head + same + 1
    }

    /// Writes it, with line feeds.
    pub fn write(&self) -> String {
        let expression = serde_json::Value::from(self.expression.as_str());
        let info = self.info.as_ref().map_or_else(String::new, |info| format!("info: {info}\n"));
        format!("---\nsource: counterpart\nexpression: {expression}\n{info}---\n{}", self.contents)
    }
}
