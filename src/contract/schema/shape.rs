//! The outer shape of a schema, worked out once.

use std::collections::HashMap;

use super::{Direction, Kinds, Schema, View};

/// The outer shape of a schema: its kinds, those of its items and those of its members.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Kinds of the value itself.
    pub kinds: Kinds,
    /// Kinds of an array's items.
    pub items: Kinds,
    /// Kinds of an object's members, and of their items.
    pub members: HashMap<String, (Kinds, Kinds)>,
}

impl Shape {
    pub(super) fn of(schema: &Schema, direction: Direction) -> Self {
        let view = View::of(schema, direction);
        let items = |view: &View<'_>| view.items().map_or(Kinds::TEXT, |items| items.kinds());
        let member = |name: &str| view.described(name).map(|member| (member.kinds(), items(&member)));
        let members = view.members();
        Self {
            kinds: view.kinds(),
            items: items(&view),
            members: members.iter().filter_map(|name| Some(((*name).to_owned(), member(name)?))).collect(),
        }
    }
}
