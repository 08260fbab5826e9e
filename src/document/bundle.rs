//! Joins a document of several files into one tree.
//!
//! Each file that a reference points to is loaded once and kept beside the document, and every reference is
//! rewritten to a JSON pointer into that tree. Nothing is inlined, so cycles cost nothing.
//!
//! References are resolved by RFC 3986 §5 against `$id` (JSON Schema 2020-12 §8.2.1), `$self` (OpenAPI 3.2
//! §4.1.2.2.1) or the address of the file that contains them.

mod external;
mod index;
mod mapping;

use std::collections::HashMap;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

use self::index::Index;
use super::tree::{Document, FILES};
use super::{Place, Problem, pointer, read};

/// More texts than these are not loaded for one document.
const MAX_FILES: usize = 2_000;

/// Why a text that a reference points to is not loaded.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Refusal {
    /// A refusal with nothing to be done about it: what refers to the text counts for nothing.
    pub fn left_out(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: "the reference is ignored".to_owned() }
    }
}

/// Brings a text by its name: a path (relative to where the program runs, as the document's is) or
/// an address.
pub type Bring<'b> = dyn FnMut(&str) -> Result<Vec<u8>, Refusal> + 'b;

/// One text of the bundle.
struct Text {
    name: Arc<str>,
    tree: Value,
}

/// Makes one document of a text and of everything that its references name.
pub(super) fn bundle(name: Arc<str>, tree: Value, bring: &mut Bring<'_>) -> (Document, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut index = Index::default();
    index.read(0, &name, &tree);
    let mut texts =
        Texts { known: HashMap::from([(name.to_string(), Ok(0))]), all: vec![Text { name, tree }] };
    let mut next = 0;
    let mut changes: Vec<(usize, String, &'static str, String)> = Vec::new();
    while next < index.sites.len() {
        let site = &index.sites[next];
        next += 1;
        let (at, keyword, text) = (pointer::join(&site.pointer, site.keyword), site.keyword, site.text);
        let place_of = |texts: &Texts| Place::new(&texts.all[text].name, at.clone());
        let reference = site.reference.clone();
        let (target, fragment) = reference.split_once('#').unwrap_or((&reference, ""));
        let resource = match index.resource(site, target) {
            Some(resource) => resource,
            None => {
                // Where there is no such file, the address counts that an `$id` gives it.
                let named = absolute(&texts.all[text].name, target);
                let names = std::iter::once(named).chain(site.address(target)).collect();
                match texts.number(names, &mut index, bring) {
                    Ok(number) => (number, String::new()),
                    Err(refusal) => {
                        match instead(&texts.all[text].tree, &reference, &refusal) {
                            Ok((old, help)) => {
                                let message = format!("the reference {reference:?} is a bare name");
                                problems.push(Problem::warning(place_of(&texts), message).help(help));
                                changes.push((text, at, keyword, old));
                            }
                            Err((message, help)) => {
                                problems.push(Problem::error(place_of(&texts), message).help(help));
                            }
                        }
                        continue;
                    }
                }
            }
        };
        match found(&index, resource, fragment) {
            // Which anchor a dynamic reference leads to depends on the way there.
            Some((found, true)) if keyword == "$dynamicRef" => changes.push((text, at, keyword, found)),
            Some((found, _)) => changes.push((text, at, "$ref", found)),
            // It may find its anchor elsewhere.
            None if keyword == "$dynamicRef" => {}
            None => problems.push(
                Problem::error(
                    place_of(&texts),
                    format!("the reference {reference:?} points to an anchor that does not exist"),
                )
                .help("the reference is ignored"),
            ),
        }
    }
    for (text, at, keyword, reference) in changes {
        change(&mut texts.all[text].tree, &at, keyword, reference);
    }
    mapping::rewrite(&mut texts, &index);
    external::fill(&mut texts.all, &index.externals, bring, &mut problems);
    (joined(texts.all), problems)
}

/// Where a fragment of a resource leads in the bundle, and whether it names a dynamic anchor.
fn found(index: &Index, (text, resource): (usize, String), fragment: &str) -> Option<(String, bool)> {
    let whole = if text == 0 { String::new() } else { format!("/{FILES}/{}", text - 1) };
    if fragment.is_empty() || fragment.starts_with('/') {
        return Some((format!("#{whole}{}{fragment}", encoded(&resource)), false));
    }
    let name = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
    let (pointer, is_dynamic) = index.anchors.get(&(text, resource, name))?;
    Some((format!("#{whole}{}", encoded(pointer)), *is_dynamic))
}

/// The texts that were brought, the document's own first.
struct Texts {
    all: Vec<Text>,
    known: HashMap<String, Result<usize, Refusal>>,
}

impl Texts {
    /// The number of the first of several names that can be brought; else why the first cannot.
    fn number(
        &mut self,
        names: Vec<String>,
        index: &mut Index,
        bring: &mut Bring<'_>,
    ) -> Result<usize, Refusal> {
        let mut why = None;
        for name in names {
            if !self.known.contains_key(&name) {
                let number = fetch(&name, self.all.len(), bring).map(|tree| {
                    index.read(self.all.len(), &name, &tree);
                    self.all.push(Text { name: name.as_str().into(), tree });
                    self.all.len() - 1
                });
                self.known.insert(name.clone(), number);
            }
            match &self.known[&name] {
                Ok(number) => return Ok(*number),
                Err(refusal) => why = why.or_else(|| Some(refusal.clone())),
            }
        }
        Err(why.unwrap_or_else(|| Refusal::left_out("it names nothing")))
    }
}

/// What a reference to a text that is not there may mean, and the help for it; else what is wrong.
/// A bare name is how Swagger 1.x spelled a reference to a schema.
fn instead(tree: &Value, reference: &str, refusal: &Refusal) -> Result<(String, String), (String, String)> {
    match named_schema(tree, reference) {
        Some(old) => {
            Ok((format!("#{}", encoded(&old)), format!("it is read as \"#{old}\"; write it that way")))
        }
        None => Err((
            format!("the reference {reference:?} is not followed: {}", refusal.message),
            refusal.help.clone(),
        )),
    }
}

/// The tree of a text that a reference names; `count` texts are there already.
fn fetch(name: &str, count: usize, bring: &mut Bring<'_>) -> Result<Value, Refusal> {
    if count > MAX_FILES {
        return Err(Refusal {
            message: format!("the document refers to more than {MAX_FILES} files"),
            help: "the reference is ignored".to_owned(),
        });
    }
    read::read(&name.into(), &bring(name)?).map_err(|problem| Refusal {
        message: format!("{name} {}", problem.message),
        help: "references to it are ignored".to_owned(),
    })
}

/// The first text with the others under [`FILES`].
fn joined(mut texts: Vec<Text>) -> Document {
    let brought = texts.split_off(1);
    let mut root = texts.swap_remove(0);
    let (files, trees): (Vec<Arc<str>>, Vec<Value>) =
        brought.into_iter().map(|text| (text.name, text.tree)).unzip();
    if let Value::Object(members) = &mut root.tree {
        members.remove(FILES);
        if !trees.is_empty() {
            members.insert(FILES.to_owned(), Value::Array(trees));
        }
    }
    Document { files: files.into(), ..Document::of(root.name, root.tree) }
}

/// Writes a reference in place of the one that was there.
fn change(tree: &mut Value, at: &str, keyword: &str, reference: String) {
    let (parent, old) = at.rsplit_once('/').unwrap_or(("", at));
    if let Some(Value::Object(members)) = tree.pointer_mut(parent) {
        if old != keyword {
            members.remove(old);
        }
        members.insert(keyword.to_owned(), Value::String(reference));
    }
}

/// The pointer of the schema that a bare name means.
fn named_schema(tree: &Value, name: &str) -> Option<String> {
    ["/definitions", "/components/schemas"]
        .iter()
        .map(|folder| pointer::join(folder, name))
        .find(|pointer| tree.pointer(pointer).is_some())
}

/// A pointer as a fragment (RFC 6901 §6), as far as it would be read wrongly.
fn encoded(pointer: &str) -> String {
    pointer.replace('%', "%25")
}

/// The name of what a reference means, seen from a text: an address joined by RFC 3986, a path
/// joined by folders.
pub(super) fn absolute(from: &str, target: &str) -> String {
    if Url::parse(target).is_ok_and(|url| url.has_host() || url.scheme() == "file") {
        return target.to_owned();
    }
    if from.starts_with("http://") || from.starts_with("https://") {
        return Url::parse(from)
            .and_then(|base| base.join(target))
            .map_or_else(|_| target.to_owned(), Into::into);
    }
    let target = percent_decode_str(target).decode_utf8_lossy().replace('\\', "/");
    if target.starts_with('/') {
        return target;
    }
    let folder = from.rfind(['/', '\\']).map_or("", |end| &from[..=end]);
    let mut steps: Vec<&str> = Vec::new();
    let path = format!("{folder}{target}");
    for step in path.split(['/', '\\']) {
        match step {
            "." => {}
            ".." if steps.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests;
