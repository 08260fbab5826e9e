//! The file format of insta: metadata between `---`, then the contents.

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
    /// Reads a file; line ends of either kind. `None` where it is none, or where a merge left marks
    /// of a conflict in it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n");
        // A row of equals signs alone underlines a heading in many a text.
        let is_mark = |line: &str| ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark));
        if text.lines().any(is_mark) {
            return None;
        }
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

    /// Writes it, with line feeds.
    pub fn write(&self) -> String {
        let expression = serde_json::Value::from(self.expression.as_str());
        let info = self.info.as_ref().map_or_else(String::new, |info| format!("info: {info}\n"));
        format!("---\nsource: counterpart\nexpression: {expression}\n{info}---\n{}", self.contents)
    }
}
