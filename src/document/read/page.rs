//! Pages for people in the place of a document: documentation, a login, an error page.

use crate::document::{Place, Problem};

/// So much of a page is searched, in octets.
const MAX_SEARCHED: usize = 1 << 20;

/// What is said of a text that is a page; `None` where it is none.
pub(super) fn problem(name: &str, text: &str) -> Option<Problem> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let head: String = start.chars().take(15).collect::<String>().to_ascii_lowercase();
    let is_page = ["<!doctype html", "<html", "<head", "<body"].iter().any(|begin| head.starts_with(begin));
    // `<<` is a key of YAML that merges.
    if !is_page && (!head.starts_with('<') || head.starts_with("<<")) {
        return None;
    }
    let mut place = Place::new(name, "");
    place.position = Some((1, 1));
    if !is_page {
        let help = "an OpenAPI document is YAML or JSON; check that this is the right file";
        return Some(Problem::error(place, "this is XML, not an OpenAPI document").help(help));
    }
    let help = match named(start) {
        Some(document) => format!("the page names {document:?}, which may be the document: use that address"),
        None => "give the address of the document itself, which often ends in /openapi.json; \
                 this may be its documentation or a login"
            .to_owned(),
    };
    Some(Problem::error(place, "this is an HTML page, not an OpenAPI document").help(help))
}

/// What looks like the address of a document among the texts in quotes of a page.
fn named(page: &str) -> Option<&str> {
    let mut end = page.len().min(MAX_SEARCHED);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    let is_document = |text: &&str| {
        let path = text.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let has_word = ["openapi", "swagger", "api-docs", "schema"].iter().any(|word| path.contains(word));
        let is_text = [".json", ".yaml", ".yml", "api-docs"].iter().any(|end| path.ends_with(end));
        has_word && is_text && text.len() < 200 && !text.contains(char::is_whitespace)
    };
    page.get(..end)?.split(['"', '\'', '`']).find(is_document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("<!DOCTYPE html>\n<html><script>ui({url: '/openapi.json'})</script>", Some("\"/openapi.json\""))]
    #[case("\u{feff}  <html><a href=\"/v3/api-docs\">x</a>", Some("\"/v3/api-docs\""))]
    #[case("<html>Log in, openapi.json", Some("often ends in"))]
    #[case("<?xml version='1.0'?><a/>", Some("YAML or JSON"))]
    #[case("openapi: 3.1.0", None)]
    #[case("{}", None)]
    #[case("<<: {openapi: 3.1.0}", None)]
    #[case("", None)]
    fn pages_are_known(#[case] text: &str, #[case] help: Option<&str>) {
        let found = problem("x", text).and_then(|problem| problem.help);
        assert_eq!(found.is_some(), help.is_some());
        assert!(found.unwrap_or_default().contains(help.unwrap_or_default()));
    }
}
