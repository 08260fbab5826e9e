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
    /// The document that it was taken by, as seen from the folder of all snapshots, where it is a file.
    pub document: Option<String>,
    /// JSON that only pending snapshots have: what changed.
    pub info: Option<String>,
    /// Contents with a line feed at their end.
    pub contents: String,
    /// Whether what looks like the marks of a merge conflict came with the answer.
    pub has_own_marks: bool,
}

/// Says in the head that the marks of a conflict below are those of the answer.
const OWN_MARKS: &str = "conflict_markers: part of the response";

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
            } else if let Some(value) = line.strip_prefix("input_file: ") {
                file.document = serde_json::from_str(value).ok();
            } else if line == OWN_MARKS {
                file.has_own_marks = true;
            }
        }
        Some(file)
    }

    /// Whether a merge left the marks of a conflict in it. An answer may have them too; the head says so then.
    pub fn is_torn(&self) -> bool {
        !self.has_own_marks && has_marks(&self.contents)
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
        let document = self.document.as_ref().map(|path| serde_json::Value::from(path.as_str()));
        let document = document.map_or_else(String::new, |path| format!("input_file: {path}\n"));
        let has_marks = self.has_own_marks || has_marks(&self.contents);
        let marks = if has_marks { format!("{OWN_MARKS}\n") } else { String::new() };
        format!(
            "---\nsource: counterpart\nexpression: {expression}\n{document}{info}{marks}---\n{}",
            self.contents
        )
    }
}

/// Whether a text has the marks of a conflict: all three of them, in their order, because each alone may be part
/// of any text.
fn has_marks(text: &str) -> bool {
    let mut marks = ["<<<<<<< ", "=======", ">>>>>>> "].into_iter().peekable();
    for line in text.lines() {
        marks.next_if(|mark| line.starts_with(mark));
    }
    marks.peek().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: &str = "<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n";

    /// What is written is whole; what a merge does to it afterwards is not.
    #[test]
    fn marks_that_came_with_the_answer_are_no_conflict() {
        let file = File { expression: "GET /x".to_owned(), contents: MARKS.to_owned(), ..File::default() };
        let read = File::parse(&file.write()).unwrap();
        assert!(!read.is_torn() && read.has_own_marks);
        assert_eq!(File::parse(&read.write()), Some(read.clone()), "accepting keeps it so");
        let other = read.contents.replace('2', "3");
        let line = read.line_of_first_difference(&other);
        assert_eq!(read.write().lines().nth(line - 1), Some("2"));
        let plain = File { contents: "1\n".to_owned(), ..File::default() }.write();
        assert!(!plain.contains(OWN_MARKS));
        assert!(File::parse(&plain.replace("1\n", MARKS)).unwrap().is_torn());
    }
}
