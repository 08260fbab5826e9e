//! What each file of `src/` uses of the others, read from the syntax and not from the text: whole files,
//! grouped imports and qualified paths. Only what is compiled for tests alone is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemUse, Macro, Signature, UseTree};

use crate::support::root;

/// A file of `src/` as a module.
pub struct Source {
    /// Below `src/`.
    pub path: PathBuf,
    /// As in `judge::exchange`; empty for the crate itself.
    pub module: Vec<String>,
    /// Lines, tests included.
    pub lines: usize,
    /// Functions: name, lines, parameters.
    pub functions: Vec<(String, usize, usize)>,
    /// Paths that it names, from the crate down.
    paths: BTreeSet<Vec<String>>,
    /// What it names anew: `pub use a::B as C`.
    exports: BTreeMap<String, Vec<String>>,
}

/// Every file of `src/` but the program's own.
pub fn sources() -> Vec<Source> {
    let folder = root().join("src");
    let files = below(&folder);
    let inside = |path: &PathBuf| path.strip_prefix(&folder).expect("below src").to_path_buf();
    files
        .iter()
        .map(inside)
        .filter(|path| path != Path::new("main.rs"))
        .map(|path| read(&folder, path))
        .collect()
}

/// The paths of all Rust files in a folder and those below it, in order.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read(folder: &Path, path: PathBuf) -> Source {
    let text = std::fs::read_to_string(folder.join(&path)).expect("text");
    let mut module: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module == ["lib"] {
        module.clear();
    }
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = Reader { module: module.clone(), ..Reader::default() };
    reader.visit_file(&file);
    let Reader { functions, paths, exports, .. } = reader;
    Source { path, module, lines: text.lines().count(), functions, paths, exports }
}

#[derive(Default)]
struct Reader {
    module: Vec<String>,
    functions: Vec<(String, usize, usize)>,
    paths: BTreeSet<Vec<String>>,
    exports: BTreeMap<String, Vec<String>>,
}

impl Reader {
    /// A path from the crate down; `None` where it begins with something else.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        let mut rest = rest;
        if first == "super" {
            base.pop();
        }
        while let Some((next, left)) = rest.split_first().filter(|(next, _)| *next == "super") {
            let _ = next;
            base.pop();
            rest = left;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn uses(&mut self, segments: &[String]) {
        self.paths.extend(self.absolute(segments));
    }

    fn tree(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let with = |name: &dyn ToString| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), is_public),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before, is_public);
                }
            }
            UseTree::Glob(_) => self.uses(before),
            UseTree::Name(name) if name.ident == "self" => self.uses(before),
            UseTree::Name(name) => {
                let path = with(&name.ident);
                self.uses(&path);
                if is_public {
                    self.export(name.ident.to_string(), &path);
                }
            }
            UseTree::Rename(rename) => {
                let path = with(&rename.ident);
                self.uses(&path);
                if is_public {
                    self.export(rename.rename.to_string(), &path);
                }
            }
        }
    }

    fn export(&mut self, name: String, path: &[String]) {
        let own = || self.module.iter().cloned().chain(path.to_vec()).collect();
        let target = self.absolute(path).unwrap_or_else(own);
        self.exports.insert(name, target);
    }

    fn function(&mut self, signature: &Signature, span: proc_macro2::Span) {
        let lines = span.end().line - span.start().line + 1;
        self.functions.push((signature.ident.to_string(), lines, signature.inputs.len()));
    }

    /// Paths inside a macro's own syntax, which no parser knows.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut words: Vec<String> = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => words.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => continue,
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    self.uses(&std::mem::take(&mut words));
                    continue;
                }
                _ => {}
            }
            let starts =
                words.iter().rposition(|word| word == "crate" || word == "super").unwrap_or(words.len());
            if starts > 0 && starts < words.len() {
                words.drain(..starts);
            }
        }
        self.uses(&words);
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.tree(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.uses(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_impl_item_fn(self, item);
    }
}

/// Which files a file uses: paths lead through what is named anew to where it stands. A module and what
/// lies below it count as one room, so that neither uses the other.
pub fn uses(sources: &[Source]) -> BTreeMap<usize, BTreeSet<usize>> {
    let at: BTreeMap<&[String], usize> =
        sources.iter().enumerate().map(|(index, source)| (source.module.as_slice(), index)).collect();
    let resolve = |path: &[String]| -> Option<usize> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let deepest = (0..=path.len()).rev().find(|end| at.contains_key(&path[..*end]))?;
            let index = at[&path[..deepest]];
            let Some(target) = path.get(deepest).and_then(|name| sources[index].exports.get(name)) else {
                return Some(index);
            };
            let rest = path[deepest + 1..].to_vec();
            path = target.iter().cloned().chain(rest).collect();
        }
        None
    };
    let mut edges: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (from, source) in sources.iter().enumerate() {
        for to in source.paths.iter().filter_map(|path| resolve(path)) {
            let other = &sources[to].module;
            let is_family = source.module.starts_with(other) || other.starts_with(&source.module);
            if !is_family {
                edges.entry(from).or_default().insert(to);
            }
        }
    }
    edges
}

/// Groups of files that use each other, directly or through others.
pub fn circles(sources: &[Source]) -> BTreeSet<BTreeSet<String>> {
    let edges = uses(sources);
    let reach = |from: usize| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            for to in edges.get(&next).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(*to);
                }
            }
        }
        seen
    };
    let reached: Vec<BTreeSet<usize>> = (0..sources.len()).map(reach).collect();
    let name = |index: usize| sources[index].module.join("/");
    (0..sources.len())
        .filter(|index| reached[*index].contains(index))
        .map(|index| {
            let others = reached[index].iter().filter(|other| reached[**other].contains(&index));
            others.map(|other| name(*other)).chain([name(index)]).collect()
        })
        .collect()
}
