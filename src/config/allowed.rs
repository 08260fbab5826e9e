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
        ("introspect", settings.introspect.is_some()),
        ("mint", settings.mint.is_some()),
        ("mock", settings.mock.keys().any(|flag| source != Source::Companion || flag != "auth")),
        ("check", !settings.check.flags.is_empty()),
        ("rules", !settings.rules.is_empty()),
        ("scenario", !settings.scenario.is_empty()),
        ("document", !settings.document.is_empty()),
        ("limit", !settings.limit.rate.is_empty()),
    ];
    let refusal = |table: &'static str| match source {
        Source::Companion => Some(Mistake {
            table,
            needle: table,
            message: format!("a companion cannot contain `{table}`"),
            help: "a companion sets no address, key or command; move this to counterpart.toml".to_owned(),
        }),
        Source::Keys if !["keys", "introspect", "mint"].contains(&table) => Some(Mistake {
            table,
            needle: table,
            message: format!("a keys file cannot contain `{table}`"),
            help: "it contains only [[keys]], introspect and [mint]; move the rest to counterpart.toml"
                .to_owned(),
        }),
        Source::Keys | Source::Config => None,
    };
    let extra =
        [("extra", !settings.extra.is_empty()), ("credential", !settings.credential.is_empty())].into_iter();
    let extra = extra.filter(|(_, is_held)| *is_held && source == Source::Keys);
    let extra: Vec<Mistake> = extra.filter_map(|(table, _)| refusal(table)).collect();
    let tables = held.iter().filter(|(_, is_held)| *is_held).filter_map(|(table, _)| refusal(table));
    tables.chain(extra).chain(auth(settings, source)).chain(introspect(settings)).collect()
}

/// What is unclear about who tells the scopes of keys.
fn introspect(settings: &Settings) -> Option<Mistake> {
    let introspect = settings.introspect.as_ref()?;
    let mistake = |needle, message: &str, help: &str| {
        Some(Mistake { table: "introspect", needle, message: message.to_owned(), help: help.to_owned() })
    };
    let (has_id, has_secret) = (introspect.client_id.is_some(), introspect.client_secret.is_some());
    match &introspect.scopes {
        Some(pointer) if !pointer.starts_with('/') => mistake(
            "scopes",
            "`scopes` of introspect is no JSON pointer",
            "write a JSON pointer, for example scopes = \"/scopes\"",
        ),
        scopes if (has_id || has_secret) && (scopes.is_some() || has_id != has_secret) => mistake(
            "introspect",
            "introspect is unclear",
            "with `client-id` and `client-secret` the address is asked by RFC 7662; with `scopes` the key asks for itself",
        ),
        _ => None,
    }
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
