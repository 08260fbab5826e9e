//! The scripts that a store carries out, each as a whole.

use std::sync::LazyLock;

use crate::fleet::Lua;

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($file:literal)*;)*) => {$(
        $(#[$doc])*
        pub(super) static $name: LazyLock<Lua> =
            LazyLock::new(|| Lua::new(concat!($(include_str!($file), "\n"),*)));
    )*};
}

scripts! {
    /// Makes the next version of a session.
    COMMIT = "scripts/common.lua" "scripts/commit.lua";
    /// What was changed since a version.
    SINCE = "scripts/common.lua" "scripts/since.lua";
    /// The parts of a session, some at a time.
    SCAN = "scripts/scan.lua";
    /// Adds entries to a journal.
    JOURNAL = "scripts/journal.lua";
    /// Entries of a journal.
    ENTRIES = "scripts/entries.lua";
    /// Empties a journal.
    CLEAR = "scripts/clear.lua";
    /// Counts a call of a key.
    LIMIT = "scripts/limit.lua";
    /// A number for a new replica.
    JOIN = "scripts/join.lua";
    /// Tells that a replica is there.
    BEAT = "scripts/beat.lua";
}
