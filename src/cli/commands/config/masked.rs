//! Values as they may be shown.

use crate::config::{AUTH, text};
use crate::redact;

const SHOWN: &str = "[secret]";

/// A value under a name, without what may be a secret. `${NAME}` says where a secret comes from, and is none.
pub(super) fn value(name: &str, value: &toml::Value) -> toml::Value {
    match value {
        toml::Value::String(written) => toml::Value::from(string(name, written)),
        toml::Value::Array(items) if is_command(name) => {
            let program = items.first().map(text).unwrap_or_default();
            toml::Value::from(if items.len() > 1 { format!("{program} …") } else { program })
        }
        toml::Value::Array(items) => {
            toml::Value::Array(items.iter().map(|item| self::value(name, item)).collect())
        }
        toml::Value::Table(members) => toml::Value::Table(
            members.iter().map(|(name, value)| (name.clone(), self::value(name, value))).collect(),
        ),
        other if is_secret(name) => {
            toml::Value::from(if other.is_bool() { text(other) } else { SHOWN.to_owned() })
        }
        other => other.clone(),
    }
}

fn string(name: &str, written: &str) -> String {
    let is_variable = written.starts_with("${") && written.ends_with('}');
    // `auth` of `[mock]` says what is asked for, and elsewhere it may be a key.
    let is_word = name == "auth" && AUTH.contains(&written);
    // A template is none either, where nothing of a key is in it.
    let is_open_template = (["mint", "template"].contains(&name) && written == "mock:{scopes}")
        || (name == "credential" && written.contains("{key}"));
    if is_variable || is_word || is_open_template {
        written.to_owned()
    } else if is_command(name) {
        match written.split_once(char::is_whitespace) {
            Some((program, _)) => format!("{program} …"),
            None => written.to_owned(),
        }
    } else if name == "header" {
        match written.split_once(':') {
            Some((header, _)) => format!("{header}: {SHOWN}"),
            None => SHOWN.to_owned(),
        }
    } else if is_secret(name) {
        SHOWN.to_owned()
    } else if written.contains("://") {
        redact::address(written)
    } else {
        written.to_owned()
    }
}

/// A program, whose arguments may be secrets.
fn is_command(name: &str) -> bool {
    ["command", "mint-command", "sign-command"].contains(&name)
}

fn is_secret(name: &str) -> bool {
    // A path or an address beside a secret is none.
    let is_named = redact::is_secret(name) && !name.ends_with("-url");
    is_named
        || ["mint", "template", "token", "authorization", "cookie"]
            .contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("token", "'canary'", "\"[secret]\"")]
    #[case("token", "'${TOKEN}'", "\"${TOKEN}\"")]
    #[case("header", "['X-Key: canary']", "[\"X-Key: [secret]\"]")]
    #[case("mint", "'canary:{scopes}'", "\"[secret]\"")]
    #[case("credential", "'X-Key: {key}'", "\"X-Key: {key}\"")]
    #[case("mint", "'mock:{scopes}'", "\"mock:{scopes}\"")]
    #[case("mint-command", "'./make --key canary'", "\"./make …\"")]
    #[case("command", "['./make', 'canary']", "\"./make …\"")]
    #[case("url", "'http://u:canary@h/'", "\"http://[secret]@h/\"")]
    #[case(
        "oauth2",
        "{ client-secret = 'canary', token-url = 'http://h/t' }",
        "{ client-secret = \"[secret]\", token-url = \"http://h/t\" }"
    )]
    #[case(
        "headers",
        "{ Authorization = 'canary', X-Tenant = '7' }",
        "{ Authorization = \"[secret]\", X-Tenant = \"7\" }"
    )]
    #[case("timeout", "30", "30")]
    #[case("auth", "'scopes'", "\"scopes\"")]
    #[case("auth", "'canary'", "\"[secret]\"")]
    fn secrets_are_not_shown(#[case] name: &str, #[case] written: &str, #[case] expected: &str) {
        let mut table: toml::Table = format!("v = {written}").parse().unwrap();
        assert_eq!(value(name, &table.remove("v").unwrap()).to_string(), expected);
    }
}
