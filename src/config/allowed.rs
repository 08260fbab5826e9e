//! Which tables each kind of configuration may contain.

use super::{Settings, Source, nearest, text};

/// Values of `auth` under `[mock]`.
pub const AUTH: &[&str] = &["scopes", "present", "off"];

/// What only `counterpart.toml` may hold: addresses, keys, commands, and what belongs to a project.
const OWN: &[&str] = &[
    "spec",
    "overlay",
    "overlays",
    "fixtures",
    "keys",
    "introspect",
    "mint",
    "mock",
    "check",
    "rules",
    "scenario",
    "document",
    "limit",
    "webhook",
];
/// What a keys file holds.
const KEYS: &[&str] = &["keys", "introspect", "mint"];

/// Keys of `[mock]` and `[check]` that a companion may hold all the same.
pub(super) const COMPANIONS: &[(&str, &[&str])] = &[("mock", &["auth"]), ("check", &["params", "request"])];

impl Source {
    /// Whether it may hold all of a table.
    pub(super) fn may_hold(self, table: &str) -> bool {
        match self {
            Self::Config => true,
            Self::Companion => !OWN.contains(&table),
            Self::Keys => KEYS.contains(&table),
        }
    }
}

/// Something that a source may not hold.
pub(super) struct Mistake {
    /// JSON pointer of it.
    pub at: String,
    pub message: String,
    pub help: String,
}

/// Everything that a source holds and may not.
pub(super) fn mistakes(settings: &Settings, source: Source) -> Vec<Mistake> {
    let refusal = |table: &'static str| {
        let (who, help) = match source {
            Source::Keys => (
                "keys file",
                "it contains only [[keys]], introspect and [mint]; move the rest to counterpart.toml",
            ),
            _ => ("companion", "a companion sets no address, key or command; move this to counterpart.toml"),
        };
        let message = format!("a {who} cannot contain `{table}`");
        Mistake { at: format!("/{table}"), message, help: help.to_owned() }
    };
    let tables =
        held(settings, source).into_iter().filter(|(table, is_held)| *is_held && !source.may_hold(table));
    let tables = tables.map(|(table, _)| refusal(table));
    tables.chain(auth(settings, source)).chain(introspect(settings)).collect()
}

/// Each table, and whether the settings have one. What a companion may hold of it does not count there.
fn held(settings: &Settings, source: Source) -> Vec<(&'static str, bool)> {
    let Settings {
        spec,
        overlay,
        overlays,
        fixtures,
        scopes,
        keys,
        introspect,
        mint,
        mock,
        check,
        rules,
        waive,
        snapshot,
        scenario,
        document,
        errors,
        state,
        limit,
        credential,
        extra,
        webhook,
        unset: _,
    } = settings;
    let is_companion = source == Source::Companion;
    let of_check = !check.params.is_empty() || !check.request.is_empty();
    vec![
        ("spec", spec.is_some()),
        ("overlay", overlay.is_some()),
        ("overlays", !overlays.is_empty()),
        ("fixtures", fixtures.is_some()),
        ("scopes", !scopes.is_empty()),
        ("keys", !keys.is_empty()),
        ("introspect", introspect.is_some()),
        ("mint", mint.is_some()),
        ("mock", mock.keys().any(|flag| !is_companion || flag != "auth")),
        ("check", !check.flags.is_empty() || (of_check && !is_companion)),
        ("rules", !rules.is_empty()),
        ("waive", !waive.is_empty()),
        ("snapshot", snapshot.is_some()),
        ("scenario", !scenario.is_empty()),
        ("document", !document.is_empty()),
        ("errors", !errors.is_empty()),
        ("state", !state.is_empty()),
        ("limit", !limit.rate.is_empty()),
        ("credential", !credential.is_empty()),
        ("extra", !extra.is_empty()),
        ("webhook", !webhook.is_empty()),
    ]
}

/// What is unclear about who tells the scopes of keys.
fn introspect(settings: &Settings) -> Option<Mistake> {
    let introspect = settings.introspect.as_ref()?;
    let mistake = |at: &str, message: &str, help: &str| {
        Some(Mistake { at: at.to_owned(), message: message.to_owned(), help: help.to_owned() })
    };
    let (has_id, has_secret) = (introspect.client_id.is_some(), introspect.client_secret.is_some());
    match &introspect.scopes {
        Some(pointer) if !pointer.starts_with('/') => mistake(
            "/introspect/scopes",
            "`scopes` of introspect is no JSON pointer",
            "write a JSON pointer, for example scopes = \"/scopes\"",
        ),
        scopes if (has_id || has_secret) && (scopes.is_some() || has_id != has_secret) => mistake(
            "/introspect",
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
        at: "/mock/auth".to_owned(),
        message: format!("unknown value {word:?} of `auth`"),
        help: nearest(&word, AUTH.iter().copied()),
    })
}
