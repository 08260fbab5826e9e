//! Which documents a command line means, with what the configuration says about each.

#![expect(clippy::disallowed_methods, reason = "finds out which paths lead to the same file")]

use std::path::Path;

use super::output::Stop;
use crate::config::document::Document;
use crate::project::Config;

/// A document that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// A path, `-`, an address or the bundled one's name; where it is left out, `spec` of the configuration.
    pub doc: Option<String>,
    /// What its folders of fixtures and snapshots are called, where `[[document]]` says it.
    pub name: Option<String>,
    /// Its overlays, in order, where the configuration names some.
    pub overlays: Vec<String>,
    /// A file of keys for it alone.
    pub keys: Option<String>,
    /// The address of an implementation.
    pub url: Option<String>,
    /// The path below which a mock serves it, without a slash at its end.
    pub prefix: String,
}

/// All `[[document]]`s.
pub(super) fn all(config: &Config) -> Result<Vec<Asked>, Stop> {
    config.settings.document.iter().map(|document| of(document, config)).collect()
}

/// The document that an argument names; the configuration may say more about that file.
pub(super) fn one(doc: Option<&str>, config: &Config) -> Result<Asked, Stop> {
    let Some(doc) = doc else { return Ok(Asked::default()) };
    let real = |path: &str| Path::new(path).canonicalize().ok();
    let there = real(doc);
    let is_it = |file: &str| {
        let known = config.locate(file);
        known == doc || (there.is_some() && there == real(&known))
    };
    let mut asked = match config.settings.document.iter().find(|document| is_it(&document.spec)) {
        Some(document) => of(document, config)?,
        None if config.settings.spec.as_deref().is_some_and(is_it) => {
            Asked { overlays: config.overlays(), ..Asked::default() }
        }
        None => Asked::default(),
    };
    asked.doc = Some(doc.to_owned());
    // Who names one document gives its whole address, and gets it at the root.
    asked.prefix.clear();
    Ok(asked)
}

fn of(document: &Document, config: &Config) -> Result<Asked, Stop> {
    let overlays = document.overlay.iter().chain(&document.overlays);
    Ok(Asked {
        doc: Some(config.locate(&document.spec)),
        name: Some(document.name.clone()),
        overlays: overlays.map(|file| config.locate(file)).collect(),
        keys: document.keys.as_ref().map(|file| config.locate(file)),
        url: document.url.clone(),
        prefix: normal(&document.prefix)?,
    })
}

/// A prefix without the slash at its end.
pub(super) fn normal(prefix: &str) -> Result<String, Stop> {
    let trimmed = prefix.trim_end_matches('/');
    if trimmed.is_empty() || trimmed.starts_with('/') {
        return Ok(trimmed.to_owned());
    }
    Err(Stop::usage(format!("the prefix {prefix:?} does not begin with a slash; write \"/{trimmed}\"")))
}

/// Refuses an overlay for which of several documents nobody can tell.
pub(super) fn overlay_is_clear(overlays: &[String], asked: &[Asked]) -> Result<(), Stop> {
    if overlays.is_empty() || asked.len() < 2 {
        return Ok(());
    }
    Err(Stop::usage(
        "--overlay does not say which of the documents it is for; name it under its [[document]], or name one document",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let text = "spec = \"a.yaml\"\noverlay = \"o.yaml\"\n[[document]]\nname = \"b\"\nspec = \"b.yaml\"\nurl = \"http://b\"\n\
                    prefix = \"/b/\"\noverlay = \"1.yaml\"\noverlays = [\"2.yaml\", \"https://example.org/3.yaml\"]\nkeys = \"k.toml\"\n";
        Config { folder: "f".into(), settings: toml::from_str(text).unwrap(), ..Config::default() }
    }

    #[test]
    fn files_are_relative_to_the_configuration() {
        let expected = Asked {
            doc: Some("f/b.yaml".to_owned()),
            name: Some("b".to_owned()),
            overlays: ["f/1.yaml", "f/2.yaml", "https://example.org/3.yaml"].map(str::to_owned).into(),
            keys: Some("f/k.toml".to_owned()),
            url: Some("http://b".to_owned()),
            prefix: "/b".to_owned(),
        };
        assert_eq!(all(&config()).unwrap(), std::slice::from_ref(&expected));
        assert_eq!(one(Some("f/b.yaml"), &config()).unwrap(), Asked { prefix: String::new(), ..expected });
    }

    #[test]
    fn the_overlays_of_spec_belong_to_that_file() {
        assert_eq!(one(Some("f/a.yaml"), &config()).unwrap().overlays, ["f/o.yaml"]);
        assert!(one(Some("a.yaml"), &config()).unwrap().overlays.is_empty());
        // Where no document is named, loading takes them with `spec`.
        assert_eq!(one(None, &config()).unwrap(), Asked::default());
    }

    #[test]
    fn prefixes_begin_with_a_slash() {
        assert!(normal("pets/").unwrap_err().message.contains("write \"/pets\""));
    }
}
