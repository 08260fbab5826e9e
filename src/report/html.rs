//! The `html` report: one self-contained page that works offline, with or without scripts.
//!
//! Everything is in the markup; the script only hides what a filter excludes, and opens what a link leads to. The page is
//! bounded: long bodies are shown around what is wrong in them, and where there is no room for more, the page says so.

mod attributes;
mod coverage;
mod filters;
mod finding;
mod head;
mod message;
mod pending;
mod tables;

use std::fmt::Write as _;

use attributes::Index;

use super::escape::escaped;
use crate::run::Run;

const STYLE: &str = concat!(include_str!("difference.css"), include_str!("html/style.css"));
const SCRIPT: &str = include_str!("html/script.js");

pub(super) fn render(run: &Run) -> Vec<u8> {
    let title = format!("{} {}", run.document.title, run.document.version);
    // A document may have no name; a page has one.
    let title = escaped(Some(title.trim()).filter(|title| !title.is_empty()).unwrap_or("Check"));
    let mut out = String::new();
    // Nothing is fetched, nothing is sent, and no text of the target becomes a script.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title} · Counterpart</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n"
    );
    let index = Index::of(run);
    head::write(&mut out, run, &title);
    filters::write(&mut out, run);
    out.push_str("<main>\n");
    finding::section(&mut out, run, &index);
    tables::leftovers(&mut out, run);
    pending::write(&mut out, run, &index);
    tables::operations(&mut out, run, &index);
    tables::access(&mut out, run, &index);
    coverage::write(&mut out, run, &index);
    tables::problems(&mut out, run);
    let _ = write!(
        out,
        "</main>\n<footer>Counterpart {} · seed {}</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&run.counterpart),
        run.seed
    );
    out.into_bytes()
}
