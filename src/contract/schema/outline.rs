//! What a schema describes of a value, as one tree: references followed, alternatives taken together.

use std::collections::{HashMap, HashSet};

use super::compiled::Schema;
use super::direction::Direction;
use super::merged::View;
use super::types::Outline;

/// So deep is it worked out, and so many places are; what is below is not looked at.
const MAX_DEPTH: usize = 16;
const MAX_PLACES: usize = 4_000;

impl Schema {
    /// What it describes of a request, worked out once.
    pub fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| {
            let mut left = MAX_PLACES;
            place(&View::of(self, Direction::Request), 0, &mut left)
        })
    }
}

fn place(view: &View<'_>, depth: usize, left: &mut usize) -> Outline {
    if depth >= MAX_DEPTH || *left == 0 {
        return Outline { is_open: true, ..Outline::default() };
    }
    *left -= 1;
    let members: HashMap<String, Outline> = view
        .each_described()
        .into_iter()
        .map(|(name, member)| (name, place(&member, depth + 1, left)))
        .collect();
    let mut below = |view: Option<View<'_>>| view.map(|view| Box::new(place(&view, depth + 1, left)));
    let others = below(view.others());
    let items = below(view.items());
    let mut known = HashSet::new();
    let choices = view.choices().into_iter().filter(|choice| known.insert(choice.to_string())).cloned();
    Outline {
        is_open: members.is_empty() || view.has_patterns(),
        choices: choices.collect(),
        members,
        others,
        items,
    }
}
