//! Which collection is meant.

/// A collection of one document's [`Resources`](super::Resources). Only these give it out, and it means
/// nothing to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(pub(super) usize);

#[cfg(test)]
impl CollectionId {
    /// The collection at a place, in the order in which the document first names them.
    pub const fn nth(place: usize) -> Self {
        Self(place)
    }
}
