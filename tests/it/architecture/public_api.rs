//! The public face of the crate, read from the source and held against a recorded file.
//!
//! It is read with `syn`, so that every toolchain can compare it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, UseTree, Visibility};

use super::files;
use crate::support::{root, snapshot};

/// Whether an item is shown to users: it is public, documented and there without `internals`.
fn is_shown(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    let hides = |attribute: &Attribute| {
        let text = attribute.to_token_stream().to_string();
        text.contains("doc (hidden)") || text == "# [cfg (feature = \"internals\")]"
    };
    matches!(visibility, Visibility::Public(_)) && !attributes.iter().any(hides)
}

/// The names that a tree of `use` exports.
fn exported(tree: &UseTree, names: &mut Vec<String>) {
    match tree {
        UseTree::Path(path) => exported(&path.tree, names),
        UseTree::Name(name) => names.push(name.ident.to_string()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| exported(tree, names)),
        UseTree::Rename(_) | UseTree::Glob(_) => panic!("the face names what it exports"),
    }
}

/// Tokens as one line of Rust.
fn line(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" ::", "::"),
        (":: ", "::"),
        ("& ", "&"),
        (" ,", ","),
        (" ;", ";"),
        (" :", ":"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("- >", "->"),
        ("->", " ->"),
        ("  ->", " ->"),
        (" . ", "."),
        ("impl<", "impl <"),
        ("# ", "#"),
    ] {
        text = text.replace(from, to);
    }
    text
}

/// What users see of one type.
#[derive(Default)]
struct Face {
    head: String,
    members: Vec<String>,
    methods: Vec<String>,
    traits: Vec<String>,
}

impl Face {
    fn read(&mut self, item: &Item, name: &str) {
        match item {
            Item::Struct(found) if found.ident == name && is_shown(&found.vis, &[]) => {
                self.head = format!("struct {}{}", found.ident, line(&found.generics));
                let fields = found.fields.iter().filter(|field| is_shown(&field.vis, &field.attrs));
                self.members.extend(
                    fields
                        .filter_map(|field| Some(format!("{}: {}", field.ident.as_ref()?, line(&field.ty)))),
                );
            }
            Item::Enum(found) if found.ident == name && is_shown(&found.vis, &[]) => {
                self.head = format!("enum {}", found.ident);
                self.members.extend(
                    found
                        .variants
                        .iter()
                        .map(|variant| format!("{}{}", variant.ident, line(&variant.fields))),
                );
            }
            Item::Impl(found) if line(&found.self_ty).split('<').next() == Some(name) => {
                match &found.trait_ {
                    Some((_, path, _)) => {
                        if found.attrs.iter().all(|attribute| {
                            is_shown(
                                &Visibility::Public(syn::token::Pub::default()),
                                std::slice::from_ref(attribute),
                            )
                        }) {
                            self.traits.push(line(path));
                        }
                    }
                    None => {
                        for item in &found.items {
                            match item {
                                ImplItem::Fn(method) if is_shown(&method.vis, &method.attrs) => {
                                    self.methods.push(line(&method.sig));
                                }
                                ImplItem::Const(constant) if is_shown(&constant.vis, &constant.attrs) => {
                                    self.methods.push(format!(
                                        "const {}: {}",
                                        constant.ident,
                                        line(&constant.ty)
                                    ));
                                }
                                _ => {}
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// Every exported type with its members, methods and traits.
#[test]
fn the_public_face_is_the_recorded_one() {
    let parse = |path: &std::path::Path| -> syn::File {
        let text = std::fs::read_to_string(path).expect("a file of the source");
        syn::parse_file(&text).expect("Rust")
    };
    let mut names = Vec::new();
    let lib = parse(&root().join("src/lib.rs"));
    for item in &lib.items {
        match item {
            Item::Use(found) if matches!(found.vis, Visibility::Public(_)) => {
                exported(&found.tree, &mut names);
            }
            Item::Fn(found) if is_shown(&found.vis, &found.attrs) => panic!("{} is public", found.sig.ident),
            Item::Mod(found) if is_shown(&found.vis, &found.attrs) => panic!("{} is public", found.ident),
            _ => {}
        }
    }
    // Where a type of the same name stands in another module, the one with documentation for users counts.
    let homes: BTreeMap<&str, &str> = BTreeMap::from([
        ("Project", "library"),
        ("Session", "library"),
        ("Answer", "mock/answer"),
        ("Kind", "contract/kind"),
        ("Line", "run"),
        ("Place", "document"),
        ("Source", "mock/response"),
        ("Rule", "rules"),
        ("Check", "library"),
        ("Finding", "run"),
        ("Label", "run"),
        ("Change", "run"),
        ("Format", "report"),
    ]);
    let source = root().join("src");
    let files: Vec<(String, syn::File)> = files::below(&source)
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&source).expect("below src").to_string_lossy().into_owned();
            (inside, parse(&path))
        })
        .collect();
    names.sort();
    let mut shown = String::new();
    for name in &names {
        let mut face = Face::default();
        let home = homes.get(name.as_str()).copied().unwrap_or_default();
        for (_, file) in files.iter().filter(|(path, _)| path.starts_with(home)) {
            file.items.iter().for_each(|item| face.read(item, name));
        }
        if face.head.is_empty() {
            // Made by a macro, as the catalogue of rules is.
            face.head = format!("enum {name} (by macro)");
        }
        let _ = writeln!(shown, "{}", face.head);
        face.traits.sort();
        for text in face.members.iter().chain(&face.methods) {
            let _ = writeln!(shown, "    {text}");
        }
        for text in &face.traits {
            let _ = writeln!(shown, "    impl {text}");
        }
    }
    snapshot("public_api", &shown);
}
