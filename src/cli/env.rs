//! The environment and the clock.

#![expect(clippy::disallowed_methods, reason = "the environment and the clock are read here")]

/// A variable of the environment.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether this runs in continuous integration, where nobody answers and logs are kept.
pub(super) fn is_ci() -> bool {
    environment("CI").is_some_and(|ci| !ci.is_empty() && ci != "false")
}

/// `COUNTERPART_TOKEN`.
pub(super) fn token() -> Option<String> {
    environment("COUNTERPART_TOKEN").filter(|token| !token.is_empty())
}

/// The time now.
pub(super) fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
