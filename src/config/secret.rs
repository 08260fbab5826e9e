//! Secrets in a configuration: `${NAME}` from the environment; literals only in a keys file.

use serde::{Deserialize, Deserializer};

use super::{Settings, Source};
use crate::exchange::Secret;

pub(super) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    secret(deserializer).map(Some)
}

/// A mistake: the table, what to look for in the text, what is wrong, and what helps.
pub(super) struct Mistake {
    pub table: &'static str,
    pub needle: String,
    pub message: String,
    pub help: &'static str,
}

/// Replaces `${NAME}` by its value in every secret.
pub(super) fn bring(
    settings: &mut Settings,
    source: Source,
    env: &dyn Fn(&str) -> Option<String>,
) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for key in &mut settings.keys {
        match brought(&key.token, source, env) {
            Ok(token) => key.token = token,
            Err(Some(variable)) => mistakes.push(Mistake {
                table: "keys",
                message: format!("the variable {variable} of the key {:?} is not set", key.name),
                needle: variable,
                help: "set it in the environment",
            }),
            Err(None) => mistakes.push(Mistake {
                table: "keys",
                message: format!("the key {:?} contains a literal token", key.name),
                needle: key.name.clone(),
                help: "write token = \"${NAME}\" and set it in the environment, or move the key to a --keys file",
            }),
        }
    }
    let oauth2 = settings.mint.as_mut().and_then(|mint| mint.oauth2.as_mut());
    let introspect = settings.introspect.as_mut().and_then(|introspect| introspect.client_secret.as_mut());
    let of_mint = oauth2.map(|oauth2| ("mint", &mut oauth2.client_secret));
    for (table, client_secret) in of_mint.into_iter().chain(introspect.map(|secret| ("introspect", secret))) {
        match brought(client_secret, source, env) {
            Ok(secret) => *client_secret = secret,
            Err(Some(variable)) => mistakes.push(Mistake {
                table,
                message: format!("the variable {variable} of client-secret is not set"),
                needle: variable,
                help: "set it in the environment",
            }),
            Err(None) => mistakes.push(Mistake {
                table,
                message: "client-secret is a literal".to_owned(),
                needle: "client-secret".to_owned(),
                help: if table == "mint" {
                    "write client-secret = \"${NAME}\" and set it in the environment, or move [mint] to a --keys file"
                } else {
                    "write client-secret = \"${NAME}\" and set it in the environment, or move introspect to a --keys file"
                },
            }),
        }
    }
    mistakes
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
        let line = line.to_ascii_lowercase();
        is_title
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
    let text = written.reveal();
    match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        Some(variable) => env(variable).map(Secret::new).ok_or_else(|| Some(variable.to_owned())),
        None if source == Source::Config => Err(None),
        None => Ok(written.clone()),
    }
}
