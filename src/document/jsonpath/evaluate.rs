//! Finds the nodes that a query selects, with their places.

use std::collections::HashSet;

use serde_json::Value;

use super::path::Path;
use super::select::{Budget, Exhausted, Selecting, Step};
use crate::document::pointer;

/// A node that was reached, and from which other one.
struct Reached<'v> {
    parent: usize,
    step: Step<'v>,
    value: &'v Value,
}

/// The pointers of the nodes that a query selects, each once.
pub fn locate(path: &Path, root: &Value, budget: &mut Budget) -> Result<Vec<String>, Exhausted> {
    let mut selecting = Selecting::new(root, budget);
    // The root is its own parent.
    let mut reached = vec![Reached { parent: 0, step: Step::Index(0), value: root }];
    let mut found = vec![0];
    for segment in &path.segments {
        let from = if segment.descends { below(&found, &mut reached, &mut selecting)? } else { found };
        let (mut next, mut known) = (Vec::new(), HashSet::new());
        for parent in from {
            let Some(node) = reached.get(parent).map(|reached| reached.value) else { continue };
            for selector in &segment.selectors {
                for (step, value) in selecting.select(node, selector)? {
                    // A node of a tree has an address of its own.
                    if known.insert(std::ptr::from_ref(value)) {
                        next.push(reached.len());
                        reached.push(Reached { parent, step, value });
                    }
                }
            }
        }
        found = next;
    }
    let mut pointers = Vec::new();
    for index in found {
        let pointer = pointer_of(&reached, index);
        selecting.spend(1 + pointer.len() / 32)?;
        pointers.push(pointer);
    }
    Ok(pointers)
}

/// Nodes and everything below them, each once.
fn below<'v>(
    from: &[usize],
    reached: &mut Vec<Reached<'v>>,
    selecting: &mut Selecting<'v, '_>,
) -> Result<Vec<usize>, Exhausted> {
    let (mut all, mut known) = (Vec::new(), HashSet::new());
    let mut open: Vec<usize> = from.iter().rev().copied().collect();
    while let Some(index) = open.pop() {
        let Some(node) = reached.get(index).map(|reached| reached.value) else { continue };
        if !known.insert(std::ptr::from_ref(node)) {
            continue;
        }
        all.push(index);
        for (step, value) in selecting.children(node)?.into_iter().rev() {
            open.push(reached.len());
            reached.push(Reached { parent: index, step, value });
        }
    }
    Ok(all)
}

fn pointer_of(reached: &[Reached<'_>], index: usize) -> String {
    let mut steps = Vec::new();
    let mut at = index;
    while let Some(Reached { parent, step, .. }) = reached.get(at).filter(|_| at > 0) {
        steps.push(*step);
        at = *parent;
    }
    steps.into_iter().rev().fold(String::new(), |above, step| match step {
        Step::Name(name) => pointer::join(&above, name),
        Step::Index(index) => format!("{above}/{index}"),
    })
}
