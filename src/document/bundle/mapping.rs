//! The mappings of discriminators: what names a schema in a text of its own becomes a pointer, as references do.

use serde_json::Value;

use super::index::Index;
use super::{Texts, absolute, found};

/// Rewrites each target that names a text of the bundle; a mapping brings no text by itself.
pub(super) fn rewrite(texts: &mut Texts, index: &Index) {
    for number in 0..texts.all.len() {
        let mut tree = std::mem::take(&mut texts.all[number].tree);
        walk(&mut tree, &mut |target| target_of(texts, index, number, target));
        texts.all[number].tree = tree;
    }
}

/// Where a target leads, as a reference into the bundle.
fn target_of(texts: &Texts, index: &Index, number: usize, target: &str) -> Option<String> {
    let (text, fragment) = target.split_once('#').unwrap_or((target, ""));
    let meant = match text {
        // A pointer into the same text; that of the document itself stays.
        "" if number > 0 && !fragment.is_empty() => number,
        "" => return None,
        text => *texts.known.get(&absolute(&texts.all[number].name, text))?.as_ref().ok()?,
    };
    found(index, (meant, String::new()), fragment).map(|(found, _)| found)
}

/// Goes through all that a tree holds, and changes the targets of mappings.
fn walk(node: &mut Value, change: &mut impl FnMut(&str) -> Option<String>) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                if let Some(Value::Object(mapping)) = members
                    .get_mut("discriminator")
                    .and_then(|discriminator| discriminator.get_mut("mapping"))
                {
                    for target in mapping.values_mut() {
                        if let Some(new) = target.as_str().and_then(&mut *change) {
                            *target = Value::String(new);
                        }
                    }
                }
                open.extend(members.values_mut());
            }
            _ => {}
        }
    }
}
