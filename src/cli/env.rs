//! The environment variables that every command reads.

pub(super) use crate::machine::{clock, environment, today};

/// Whether this runs in continuous integration, where nobody answers and logs are kept.
pub(super) fn is_ci() -> bool {
    environment("CI").is_some_and(|ci| !ci.is_empty() && ci != "false")
}

/// The variable that holds one key.
pub(super) const TOKEN: &str = "COUNTERPART_TOKEN";

/// `COUNTERPART_TOKEN`.
pub(super) fn token() -> Option<String> {
    environment(TOKEN).filter(|token| !token.is_empty())
}
