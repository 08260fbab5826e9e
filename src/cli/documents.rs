//! Which documents a command line means, with what the configuration says about each.

#![expect(clippy::disallowed_methods, reason = "finds out which paths lead to the same file")]

use std::path::Path;

use url::Url;

use super::diagnostics;
use super::output::Stop;
use crate::config::document::Document;
use crate::document::Extends;
use crate::machine::Machine;
use crate::project::{Config, Reader, SourceTexts};

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

/// The service that a document came from, where that is on this machine: its address without a path.
pub(super) fn service_here(document: &str) -> Option<String> {
    let url = Url::parse(document).ok().filter(|url| url.scheme().starts_with("http"))?;
    let host = url.host_str()?;
    let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    is_here.then(|| url.origin().ascii_serialization())
}

/// All `[[document]]`s.
pub(super) fn all(config: &Config) -> Result<Vec<Asked>, Stop> {
    config.settings.document.iter().map(|document| of(document, config)).collect()
}

/// The document that an argument names; without one, all `[[document]]`s, else `spec`.
pub(super) fn named_or_all(doc: Option<&str>, config: &Config) -> Result<Vec<Asked>, Stop> {
    match doc {
        None if !config.settings.document.is_empty() => all(config),
        doc => Ok(vec![one(doc, config)?]),
    }
}

/// The document that an argument names; the configuration may say more about that file.
pub(super) fn one(doc: Option<&str>, config: &Config) -> Result<Asked, Stop> {
    let Some(doc) = doc else { return Ok(Asked::default()) };
    let is_it = |file: &str| is_same_place(&config.locate(file), doc);
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

/// Gives each `--overlay` to the document that it is for: the only one, else the one that its `extends` names.
pub(super) fn give_overlays(files: &[String], asked: &mut [Asked]) -> Result<(), Stop> {
    if let [only] = asked {
        only.overlays.extend(files.iter().cloned());
        return Ok(());
    }
    for file in files {
        let meant = document_of(file, asked)?;
        for one in asked.iter_mut().filter(|one| one.doc.as_ref() == Some(&meant)) {
            one.overlays.push(file.clone());
        }
    }
    Ok(())
}

/// Which of several documents an overlay is for.
fn document_of(file: &str, asked: &[Asked]) -> Result<String, Stop> {
    const WAYS: &str = "name the document in its `extends`, or name the overlay under its [[document]]";
    let octets = match file {
        // It can be read once, and is read when it is applied.
        "-" => {
            return Err(Stop::usage(format!(
                "--overlay -: there are several documents; use a file, and {WAYS}"
            )));
        }
        file => Machine::default().read(file)?,
    };
    let extends = Extends::read(file, &octets).map_err(|problems| {
        let mut texts = SourceTexts::default();
        texts.add(file, &octets);
        diagnostics::stop(&problems, &texts)
    })?;
    let Some(extends) = extends else {
        let message = format!("--overlay {file} does not say which of the documents it is for; {WAYS}");
        return Err(Stop::usage(message));
    };
    let names = || asked.iter().filter_map(|one| one.doc.as_deref());
    if let Some(doc) = names().find(|doc| is_same_place(&extends.place, doc)) {
        return Ok(doc.to_owned());
    }
    // A copy of the document has its name.
    let mut called: Vec<&str> = names().filter(|doc| extends.is_called_like(doc)).collect();
    called.dedup();
    match called.as_slice() {
        [only] => Ok((*only).to_owned()),
        _ => Err(Stop::usage(format!(
            "--overlay {file} extends {:?}, seen from its own place {}, which is none of {}; {WAYS}",
            extends.written,
            extends.place,
            names().collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// Whether two names lead to the same file, or are the same address.
fn is_same_place(one: &str, other: &str) -> bool {
    let real = |path: &str| Path::new(path).canonicalize().ok();
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
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
