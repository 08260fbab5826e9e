//! The tree of a document, and places in it.

use std::sync::Arc;

use serde_json::Value;

use super::origins::Origins;
use super::{Place, pointer};

/// The member of the root under which the texts that references need are kept, in order.
pub const FILES: &str = "x-counterpart-files";
/// A document as a tree, with the name it is shown under.
#[derive(Debug, Clone)]
pub struct Document {
    /// As the user named it: a path, an address, `-` or the name of a bundled document.
    pub name: Arc<str>,
    /// The tree. Map order is the document's.
    pub tree: Arc<Value>,
    /// Names of the other texts that were loaded for references, in the order of [`FILES`].
    pub files: Arc<[Arc<str>]>,
    /// Where the nodes that overlays brought or moved were written.
    pub origins: Arc<Origins>,
}

impl Document {
    /// A document of one text, from its tree.
    pub fn of(name: impl Into<Arc<str>>, tree: Value) -> Self {
        Self { name: name.into(), tree: Arc::new(tree), files: Arc::default(), origins: Arc::default() }
    }

    /// The node that a JSON pointer names, also where the pointer goes through references.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.tree.pointer(pointer).or_else(|| self.through(pointer))
    }

    /// Bundlers write pointers through nodes that are references themselves.
    fn through(&self, pointer: &str) -> Option<&Value> {
        let mut node = &*self.tree;
        let mut left = 64;
        for token in pointer::tokens(pointer) {
            loop {
                let next = match node {
                    Value::Array(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
                    Value::Object(members) => members.get(&token),
                    _ => None,
                };
                if let Some(next) = next {
                    node = next;
                    break;
                }
                left -= 1;
                let reference = node.get("$ref")?.as_str()?.strip_prefix('#').filter(|_| left > 0)?;
                node = self
                    .tree
                    .pointer(&percent_encoding::percent_decode_str(reference).decode_utf8_lossy())?;
            }
        }
        Some(node)
    }

    /// A place in this document, in an overlay, or in a text that was loaded for a reference.
    pub fn place(&self, pointer: impl Into<String>) -> Place {
        let pointer: String = pointer.into();
        if let Some(inside) = pointer.strip_prefix('/').and_then(|p| p.strip_prefix(FILES)) {
            let (number, rest) = inside
                .get(1..)
                .map_or(("", ""), |inside| inside.find('/').map_or((inside, ""), |end| inside.split_at(end)));
            if let Some(file) = number.parse::<usize>().ok().and_then(|number| self.files.get(number)) {
                return Place { file: Arc::clone(file), pointer: rest.to_owned(), position: None };
            }
        }
        let origin = self.origins.find(&pointer);
        let file = origin.file.unwrap_or_else(|| Arc::clone(&self.name));
        Place { file, pointer: origin.pointer, position: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_leads_through_references_and_not_round_in_them() {
        let document = Document::of(
            "t",
            json!({"a": {"$ref": "#/b"}, "b": {"x": 1}, "c": {"$ref": "#/d"}, "d": {"$ref": "#/c"}}),
        );
        assert_eq!(document.at("/a/x"), Some(&json!(1)));
        assert_eq!((document.at("/a/y"), document.at("/c/x")), (None, None));
    }
}
