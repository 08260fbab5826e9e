//! Facts that follow from a schema's merged view.

use super::compiled::Schema;
use super::direction::Direction;
use super::merged::View;
use super::types::{Kinds, Shape};

impl Schema {
    /// The name of the component that describes a value, where one does.
    pub fn component(&self, direction: Direction) -> Option<String> {
        View::of(self, direction).component().map(str::to_owned)
    }

    /// Whether it describes a dictionary: an object of objects under any keys.
    pub fn is_dictionary(&self, direction: Direction) -> bool {
        let view = View::of(self, direction);
        let is_object =
            |view: &View<'_>| view.named_kinds().is_some_and(|kinds| kinds.object && !kinds.array);
        is_object(&view) && view.members().is_empty() && view.member("\u{1}").as_ref().is_some_and(is_object)
    }

    /// What kinds of value it allows in a request, for reading text.
    pub fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| Shape::of(self, Direction::Request))
    }
}

impl Shape {
    pub(super) fn of(schema: &Schema, direction: Direction) -> Self {
        let view = View::of(schema, direction);
        let items = |view: &View<'_>| view.items().map_or(Kinds::TEXT, |items| items.kinds());
        let members = view.each_described().into_iter();
        let members = members.map(|(name, member)| (name, (member.kinds(), items(&member))));
        Self { kinds: view.kinds(), items: items(&view), members: members.collect() }
    }
}
