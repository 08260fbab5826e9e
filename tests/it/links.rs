//! The links of the pages lead somewhere, and every page of `docs/` is on the site.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::root;

fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("docs"), root().join("packaging")];
    while let Some(folder) = folders.pop() {
        for path in
            std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).map(|entry| entry.path())
        {
            let is_ours = path.file_name().is_none_or(|name| name != "node_modules");
            if path.is_dir() && is_ours {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.extend(
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(|name| root().join(name)),
    );
    found
}

/// A page without its blocks and its spans of code.
fn prose(page: &str) -> String {
    let outside: String = page.split("```").step_by(2).collect();
    let span = regex::Regex::new("`[^`\n]*`").expect("a pattern");
    span.replace_all(&outside, "").into_owned()
}

/// Where the links of a page lead.
fn links(page: &str) -> Vec<String> {
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").expect("a pattern");
    link.captures_iter(&prose(page)).map(|found| found[1].to_owned()).collect()
}

/// What leads to the headings of a page, as GitHub and mdBook make it.
fn anchors(page: &str) -> BTreeSet<String> {
    let outside: String = page.split("```").step_by(2).collect();
    let headings =
        outside.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |heading: &str| -> String {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(slug).collect()
}

/// What is wrong with a link of a page.
fn wrong(page: &Path, link: &str) -> Option<String> {
    if ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
        return None;
    }
    let told = |why: &str| Some(format!("{}: {link} {why}", page.display()));
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { page.to_path_buf() } else { page.with_file_name(file) };
    let Ok(target) = target.canonicalize() else { return told("leads nowhere") };
    let docs = root().join("docs").canonicalize().expect("docs");
    let is_on_site = page.canonicalize().is_ok_and(|page| page.starts_with(&docs));
    if is_on_site && !target.starts_with(&docs) {
        return told("leaves the site");
    }
    let anchor = anchor?;
    let is_there = std::fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor));
    if is_there { None } else { told("names no heading there") }
}

#[test]
fn every_link_leads_somewhere() {
    let mut found = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("text");
        for link in links(&text) {
            count += 1;
            found.extend(wrong(&page, &link));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(count > 50, "{count} links");
}

#[test]
fn a_link_to_nothing_is_noticed() {
    let page = root().join("docs/mock.md");
    let text = "[a](nowhere.md) `[b](code.md)` [c](state.md#no-such-heading) [d](../README.md) [e](#chaos)";
    let found: Vec<String> = links(text).iter().filter_map(|link| wrong(&page, link)).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn every_page_is_on_the_site() {
    let docs = root().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).expect("the summary");
    let listed: BTreeSet<PathBuf> = links(&summary).iter().map(|link| docs.join(link)).collect();
    let here = pages().into_iter().filter(|page| page.starts_with(&docs) && !page.ends_with("SUMMARY.md"));
    assert_eq!(here.collect::<BTreeSet<PathBuf>>(), listed);
}
