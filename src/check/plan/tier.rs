//! What goes first where a run is bounded.

/// What a case is for, in the order of sending. Where a bound ends a run, the last of these are cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The plain request of an operation.
    #[default]
    Plain,
    /// Other keys, and none.
    Access,
    /// What is kept, and what is listed.
    State,
    /// Other values that the document allows.
    Variation,
    /// What the document forbids.
    Forbidden,
    /// What is odd, and must only not break the target.
    Odd,
    /// What destroys objects of others, behind all else.
    Ruin,
}

impl Tier {
    /// All, in the order of sending.
    pub const ALL: [Self; 7] =
        [Self::Plain, Self::Access, Self::State, Self::Variation, Self::Forbidden, Self::Odd, Self::Ruin];

    /// Whether other cases leave room for what is of it.
    pub fn is_due(self) -> bool {
        matches!(self, Self::Plain | Self::Ruin)
    }
}
