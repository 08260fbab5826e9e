//! Which tables each kind of configuration may contain.

use super::{Settings, Source, nearest, text};

/// Values of `auth` under `[mock]`.
const AUTH: &[&str] = &["scopes", "present", "off"];

/// Something that a source may not hold.
pub(super) struct Mistake {
    pub table: &'static str,
    /// What to look for in the text.
    pub needle: &'static str,
    pub message: String,
    pub help: String,
}

/// Everything that a source holds and may not.
pub(super) fn mistakes(settings: &Settings, source: Source) -> Vec<Mistake> {
    let held: &[(&'static str, bool)] = &[
        ("spec", settings.spec.is_some()),
        ("overlay", settings.overlay.is_some()),
        ("overlays", !settings.overlays.is_empty()),
        ("fixtures", settings.fixtures.is_some()),
        ("keys", !settings.keys.is_empty()),
        ("mint", settings.mint.is_some()),
        ("mock", settings.mock.keys().any(|flag| source != Source::Companion || flag != "auth")),
        ("check", !settings.check.flags.is_empty()),
        ("rules", !settings.rules.is_empty()),
        ("scenario", !settings.scenario.is_empty()),
        ("document", !settings.document.is_empty()),
    ];
    let refusal = |table: &'static str| match source {
        Source::Companion => Some(Mistake {
            table,
            needle: table,
            message: format!("a companion cannot contain `{table}`"),
            help: "a companion sets no address, key or command; move this to counterpart.toml".to_owned(),
        }),
        Source::Keys if !["keys", "mint"].contains(&table) => Some(Mistake {
            table,
            needle: table,
            message: format!("a keys file cannot contain `{table}`"),
            help: "it contains only [[keys]] and [mint]; move the rest to counterpart.toml".to_owned(),
        }),
        Source::Keys | Source::Config => None,
    };
    let tables = held.iter().filter(|(_, is_held)| *is_held).filter_map(|(table, _)| refusal(table));
    tables.chain(auth(settings, source)).collect()
}

/// A value of `auth` that a companion may not have. In a configuration it is a flag, and judged as such.
fn auth(settings: &Settings, source: Source) -> Option<Mistake> {
    let word = settings.mock.get("auth").map(text).filter(|_| source == Source::Companion)?;
    (!AUTH.contains(&word.as_str())).then(|| Mistake {
        table: "mock",
        needle: "auth",
        message: format!("unknown value {word:?} of `auth`"),
        help: nearest(&word, AUTH.iter().copied()),
    })
}
