//! Secrets in a configuration: `${NAME}` from the environment; literals only in a keys file.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer};

use super::{Settings, Source};
use crate::exchange::Secret;

pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    secret(deserializer).map(Some)
}

/// A mistake: where it is (a JSON pointer), what is wrong, and what helps.
pub(super) struct Mistake {
    pub at: String,
    pub message: String,
    pub help: String,
    /// Whether only who asks for keys needs what is missing.
    pub is_of_keys: bool,
}

/// Replaces `${NAME}` by its value in every secret.
pub(super) fn bring(
    settings: &mut Settings,
    source: Source,
    env: &dyn Fn(&str) -> Option<String>,
) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (index, key) in settings.keys.iter_mut().enumerate() {
        let (at, whose) = (format!("/keys/{index}/token"), format!("the key {:?}", key.name));
        let place = Place { at, name: "token", whose, table: "the key", is_of_keys: false };
        mistakes.extend(place.bring(&mut key.token, source, env));
    }
    for (index, webhook) in settings.webhook.iter_mut().enumerate() {
        let Some(secret) = webhook.secret.as_mut() else { continue };
        let (at, whose) =
            (format!("/webhook/{index}/secret"), format!("the secret of the webhook {:?}", webhook.name));
        let place = Place { at, name: "secret", whose, table: WEBHOOK, is_of_keys: false };
        mistakes.extend(place.bring(secret, source, env));
    }
    let of_keys = |table: &'static str, at: &str, name: &'static str| {
        let whose = format!("`{name}` of {table}");
        Place { at: format!("/{at}/{name}"), name, whose, table, is_of_keys: source == Source::Config }
    };
    if let Some(secret) =
        settings.introspect.as_mut().and_then(|introspect| introspect.client_secret.as_mut())
    {
        mistakes.extend(of_keys("introspect", "introspect", "client-secret").bring(secret, source, env));
    }
    if let Some(oauth2) = settings.mint.as_mut().and_then(|mint| mint.oauth2.as_mut()) {
        let secrets =
            [("client-secret", oauth2.client_secret.as_mut()), ("password", oauth2.password.as_mut())];
        for (name, secret) in secrets {
            let bring = |secret| of_keys("[mint]", "mint/oauth2", name).bring(secret, source, env);
            mistakes.extend(secret.and_then(bring));
        }
        // A name is no secret, and may be a literal.
        for (name, text) in [("client-id", oauth2.client_id.as_mut()), ("username", oauth2.username.as_mut())]
        {
            let Some(text) = text.filter(|text| variable(text).is_some()) else { continue };
            let mut secret = Secret::new(text.clone());
            mistakes.extend(of_keys("[mint]", "mint/oauth2", name).bring(&mut secret, source, env));
            secret.reveal().clone_into(text);
        }
    }
    mistakes
}

/// What no file of keys can hold.
const WEBHOOK: &str = "the webhook";

/// Where a secret is.
struct Place {
    at: String,
    /// What it is called there.
    name: &'static str,
    whose: String,
    /// What to move to a file of keys.
    table: &'static str,
    is_of_keys: bool,
}

impl Place {
    /// Brings one secret; what is wrong with it.
    fn bring(
        self,
        secret: &mut Secret,
        source: Source,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Mistake> {
        let Self { at, name, whose, table, is_of_keys } = self;
        let (message, help, is_of_keys) = match brought(secret, source, env) {
            Ok(value) => {
                *secret = value;
                return None;
            }
            Err(Some(variable)) => {
                let help = format!("set {variable} in the environment");
                (format!("the variable {variable} of {whose} is not set"), help, is_of_keys)
            }
            Err(None) => {
                let mut help = format!("write {name} = \"${{NAME}}\" and set it in the environment");
                if table != WEBHOOK {
                    let _ = write!(help, ", or move {table} to a --keys file");
                }
                (format!("{whose} is a literal, which who reads this file can use"), help, false)
            }
        };
        Some(Mistake { at, message, help, is_of_keys })
    }
}

/// Words of a line whose value may be a secret; an address may have one in it.
const TELLING: [&str; 9] =
    ["token", "secret", "password", "key", "header", "credential", "authorization", "mint", "://"];

impl Source {
    /// A text as its lines may be shown: behind the names stands no value that may be a secret.
    pub fn shown(self, text: &str) -> String {
        let mut is_inside = false;
        let lines = text.split('\n').map(|line| {
            let was_inside = is_inside;
            // A value of several lines begins or ends.
            is_inside ^= (line.matches("\"\"\"").count() + line.matches("'''").count()) % 2 == 1;
            match line.split_once('=') {
                _ if !was_inside && self.may_show(line) => line.to_owned(),
                Some((name, _)) if !was_inside => format!("{name}= …"),
                _ => "…".to_owned(),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn may_show(self, line: &str) -> bool {
        let is_title = line.trim_start().starts_with('[') && !line.contains('=');
        let value = line.split_once('=').map_or("", |(_, value)| value.trim());
        let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        // Where a secret comes from is none.
        let is_variable = inside
            .and_then(variable)
            .is_some_and(|name| name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_'));
        let line = line.to_ascii_lowercase();
        is_title
            || is_variable
            || line.trim().is_empty()
            || (self != Self::Keys && !TELLING.iter().any(|word| line.contains(word)))
    }
}

/// A secret as it is used. An error names the variable that is not set, or none where the literal is
/// the mistake.
fn brought(
    written: &Secret,
    source: Source,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Secret, Option<String>> {
    match variable(written.reveal()) {
        Some(variable) => env(variable).map(Secret::new).ok_or_else(|| Some(variable.to_owned())),
        None if source == Source::Config => Err(None),
        None => Ok(written.clone()),
    }
}

/// The variable that a text stands for.
fn variable(text: &str) -> Option<&str> {
    text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
}
