//! What each file of `src/` says, read from the syntax and not from the text: whole files, grouped imports,
//! qualified paths, macros and attributes. Only what is compiled for tests alone is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ItemUse, Macro, Signature, Token, UseTree};

use crate::support::root;

/// A path as its segments.
type Segments = Vec<String>;

/// A file of `src/` as a module.
#[derive(Debug)]
pub struct Source {
    /// Below `src/`, with `/` between folders.
    pub path: String,
    /// As in `judge::exchange`; empty for the crate itself.
    pub module: Segments,
    /// Whether all of it is compiled for tests alone.
    pub is_for_tests: bool,
    /// Lines, tests included.
    pub lines: usize,
    /// The text, with empty lines in place of comments and of what is for tests alone.
    pub code: Vec<String>,
    /// Functions: name, lines, parameters.
    pub functions: Vec<(String, usize, usize)>,
    /// Paths of other crates that it names, aliases of imports followed: `std::fs::read`.
    pub foreign: BTreeSet<Segments>,
    /// Macros that it calls, without `!`.
    pub macros: BTreeSet<String>,
    /// Its texts.
    pub literals: BTreeSet<String>,
    /// How often it takes an operation of a contract by its place.
    pub indexed_operations: usize,
    /// Paths of this crate that it names, from the crate down.
    pub paths: BTreeSet<Segments>,
    /// What it names anew: `pub use a::B as C`.
    exports: BTreeMap<String, Segments>,
    /// Modules below it that are for tests alone.
    test_modules: BTreeSet<Segments>,
}

/// The files of `src/`, read once.
pub struct Files {
    /// Those that are part of the product.
    pub product: Vec<Source>,
    /// Those that are compiled for tests alone.
    pub tests: Vec<Source>,
}

pub fn files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = root().join("src");
        let read = |path: PathBuf| {
            let inside = path.strip_prefix(&folder).expect("below src");
            let inside: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
            Source::parse(&inside.join("/"), &std::fs::read_to_string(&path).expect("text"))
        };
        let sources = without_tests(below(&folder).into_iter().map(read).collect());
        let (tests, product) = sources.into_iter().partition(|source| source.is_for_tests);
        Files { product, tests }
    })
}

/// Marks the files that others declare as modules for tests, and whatever lies below these.
pub fn without_tests(mut sources: Vec<Source>) -> Vec<Source> {
    let modules: Vec<Segments> = sources.iter().flat_map(|source| source.test_modules.clone()).collect();
    for source in &mut sources {
        source.is_for_tests |= modules.iter().any(|module| source.module.starts_with(module));
    }
    sources
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

impl Source {
    /// A file from its path below `src/` and its text.
    pub fn parse(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let bare = path.trim_end_matches(".rs");
        let module: Segments =
            if bare == "lib" { Vec::new() } else { bare.split('/').map(str::to_owned).collect() };
        let mut reader = Reader { module: module.clone(), ..Reader::default() };
        reader.visit_file(&file);
        let foreign = reader.follow_aliases();
        let for_tests = |number: usize| reader.test_lines.iter().any(|range| range.contains(&number));
        let code = text.lines().enumerate().map(|(index, line)| {
            let is_code = !line.trim_start().starts_with("//") && !for_tests(index + 1);
            if is_code { line.to_owned() } else { String::new() }
        });
        Self {
            path: path.to_owned(),
            is_for_tests: is_for_tests(&file.attrs),
            lines: text.lines().count(),
            code: code.collect(),
            foreign,
            module,
            functions: reader.functions,
            macros: reader.macros,
            literals: reader.literals,
            indexed_operations: reader.indexed_operations,
            paths: reader.paths,
            exports: reader.exports,
            test_modules: reader.test_modules,
        }
    }

    /// The module of the crate that it belongs to: `mock` for `mock/state.rs`, `lib` for the crate itself.
    pub fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// Whether it is a file of a module: itself or one below.
    pub fn is_in(&self, module: &str) -> bool {
        self.module.join("::") == module || self.module.join("::").starts_with(&format!("{module}::"))
    }

    /// The paths of other crates that it names and that begin with another, joined.
    pub fn names(&self, beginning: &str) -> impl Iterator<Item = String> {
        let joined = self.foreign.iter().map(|path| path.join("::"));
        joined.filter(move |path| path == beginning || path.starts_with(&format!("{beginning}::")))
    }
}

#[derive(Default)]
struct Reader {
    module: Segments,
    functions: Vec<(String, usize, usize)>,
    paths: BTreeSet<Segments>,
    exports: BTreeMap<String, Segments>,
    /// Paths that begin with neither `crate`, `self` nor `super`.
    others: BTreeSet<Segments>,
    /// What imports call paths, of this crate from it down (`Ok`) and of others (`Err`).
    aliases: BTreeMap<String, Result<Segments, Segments>>,
    macros: BTreeSet<String>,
    literals: BTreeSet<String>,
    indexed_operations: usize,
    test_modules: BTreeSet<Segments>,
    test_lines: Vec<std::ops::RangeInclusive<usize>>,
}

impl Reader {
    /// A path from the crate down; `None` where it begins with something else.
    fn absolute(&self, segments: &[String]) -> Option<Segments> {
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
        while let Some((_, left)) = rest.split_first().filter(|(next, _)| *next == "super") {
            base.pop();
            rest = left;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    fn uses(&mut self, segments: &[String]) {
        match self.absolute(segments) {
            Some(path) => drop(self.paths.insert(path)),
            None => drop(self.others.insert(segments.to_vec())),
        }
    }

    /// Puts back what imports call paths; gives those of other crates.
    fn follow_aliases(&mut self) -> BTreeSet<Segments> {
        let mut foreign: BTreeSet<Segments> =
            self.aliases.values().filter_map(|path| path.clone().err()).collect();
        for path in std::mem::take(&mut self.others) {
            let Some((first, rest)) = path.split_first() else { continue };
            let whole = |base: &Segments| base.iter().chain(rest).cloned().collect::<Segments>();
            match self.aliases.get(first) {
                Some(Ok(base)) => drop(self.paths.insert(whole(base))),
                Some(Err(base)) => drop(foreign.insert(whole(base))),
                None => drop(foreign.insert(path)),
            }
        }
        foreign
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
            UseTree::Name(name) if name.ident == "self" => {
                let called = before.last().cloned().unwrap_or_default();
                self.import(before, called, false);
            }
            UseTree::Name(name) => self.import(&with(&name.ident), name.ident.to_string(), is_public),
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(&rename.ident) };
                self.import(&path, rename.rename.to_string(), is_public);
            }
        }
    }

    fn import(&mut self, path: &[String], called: String, is_public: bool) {
        let whole = self.absolute(path).ok_or_else(|| path.to_vec());
        self.paths.extend(whole.clone().ok());
        self.aliases.insert(called.clone(), whole);
        if is_public {
            let own = || self.module.iter().cloned().chain(path.to_vec()).collect();
            let target = self.absolute(path).unwrap_or_else(own);
            self.exports.insert(called, target);
        }
    }

    fn function(&mut self, signature: &Signature, span: proc_macro2::Span) {
        let lines = span.end().line - span.start().line + 1;
        self.functions.push((signature.ident.to_string(), lines, signature.inputs.len()));
    }

    /// Paths and texts where no parser knows the syntax: in macros and in attributes.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut words: Segments = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.uses(&std::mem::take(&mut words));
                    }
                    words.push(ident.to_string());
                }
                other => {
                    self.uses(&std::mem::take(&mut words));
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => {
                            if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                                self.literals.insert(text.value());
                            }
                        }
                        _ => {}
                    }
                }
            }
            colons = 0;
        }
        self.uses(&words);
    }

    /// Whether something is for tests alone, which is then noted and not looked at.
    fn leaves_out(&mut self, attributes: &[Attribute], whole: proc_macro2::Span) -> bool {
        let is_left_out = is_for_tests(attributes);
        if is_left_out {
            self.test_lines.push(whole.start().line..=whole.end().line);
        }
        is_left_out
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = attribute.meta.require_list().ok().filter(|list| list.path.is_ident("cfg"));
        condition.is_some_and(|list| {
            let text = list.tokens.to_string().replace(' ', "");
            let all = text.strip_prefix("all(").and_then(|rest| rest.strip_suffix(')'));
            text == "test" || all.is_some_and(|all| all.split(',').any(|part| part == "test"))
        })
    })
}

fn attributes(item: &syn::Item) -> &[Attribute] {
    use syn::Item;
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The last name of an expression: `contract` in `self.project.contract` and in `engine.contract()`.
fn last_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => Some(name.to_string()),
            syn::Member::Unnamed(_) => None,
        },
        Expr::MethodCall(call) => Some(call.method.to_string()),
        Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Expr::Reference(reference) => last_name(&reference.expr),
        Expr::Paren(inner) => last_name(&inner.expr),
        _ => None,
    }
}

/// Whether an expression is the list of a contract's operations: `x.contract.operations`, or a variable
/// `operations`.
fn is_operations(expression: &Expr) -> bool {
    match expression {
        Expr::Field(field) => {
            last_name(expression).is_some_and(|name| name == "operations")
                && last_name(&field.base).is_some_and(|name| name == "contract")
        }
        Expr::Reference(reference) => is_operations(&reference.expr),
        Expr::Paren(inner) => is_operations(&inner.expr),
        Expr::Path(path) => path.path.is_ident("operations"),
        _ => false,
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a syn::Item) {
        if self.leaves_out(attributes(item), item.span()) {
            if let syn::Item::Mod(module) = item {
                let below = self.module.iter().cloned().chain([module.ident.to_string()]);
                self.test_modules.insert(below.collect());
            }
            return;
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'a syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !self.leaves_out(attributes, item.span()) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.tree(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_item_extern_crate(&mut self, item: &'a syn::ItemExternCrate) {
        self.uses(&[item.ident.to_string()]);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.uses(&segments);
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        // Comments are attributes whose texts are no part of the program.
        if attribute.path().is_ident("doc") {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        self.macros.extend(item.path.segments.last().map(|segment| segment.ident.to_string()));
        self.tokens(item.tokens.clone());
        // Most are called like functions.
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(item.tokens.clone());
        for argument in arguments.iter().flatten() {
            // It lives no longer than this function, so nothing may be kept of it.
            Reader::visit_expr(self, argument);
        }
        visit::visit_path(self, &item.path);
    }

    fn visit_lit_str(&mut self, literal: &'a syn::LitStr) {
        self.literals.insert(literal.value());
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        let is_one = !matches!(*index.index, Expr::Range(_));
        self.indexed_operations += usize::from(is_one && is_operations(&index.expr));
        visit::visit_expr_index(self, index);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.indexed_operations += usize::from(call.method == "get" && is_operations(&call.receiver));
        visit::visit_expr_method_call(self, call);
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

/// Which files a file uses, of any module: paths lead through what is named anew to where it stands. A
/// module and what lies below it count as one room, so that neither uses the other.
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

/// For each file, the modules beside it that it uses.
pub fn siblings(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, targets) in uses(sources) {
        let Some((_, parent)) = sources[from].module.split_last() else { continue };
        let beside = targets.iter().filter_map(|to| sources[*to].module.strip_prefix(parent)?.first());
        found.entry(sources[from].module.join("/")).or_default().extend(beside.cloned());
    }
    found
}
