//! A keys file to fill in, with the fewest keys for a plan.

use std::fmt::Write as _;

use crate::check::Plan;
use crate::check::plan::{WantedKey, fewest};
use crate::contract::scopes::ScopeRules;
use crate::project::Project;
use crate::report::safe;

/// The template, with what it is; empty where no key is needed.
pub(super) fn shown(project: &Project, plan: &Plan, rules: &ScopeRules) -> String {
    let keys = fewest(&project.contract, plan, rules);
    let mut out = String::new();
    if keys.is_empty() {
        return out;
    }
    let how_many =
        if keys.len() == 1 { "1 key tests".to_owned() } else { format!("{} keys test", keys.len()) };
    let _ = writeln!(out, "\n# {how_many} every case of scopes; a --keys file with them:");
    let has_scopes = keys.iter().any(|key| !key.scopes.is_empty());
    for key in &keys {
        let name = name(key, has_scopes, &rules.wildcard);
        let variable: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let quoted: Vec<String> = key.scopes.iter().map(|scope| format!("{:?}", safe(scope))).collect();
        let _ = writeln!(
            out,
            "[[keys]]\nname = {name:?}\ntoken = \"${{{variable}_KEY}}\"\nscopes = [{}]",
            quoted.join(", ")
        );
        if let Some(scheme) = &key.scheme {
            let _ = writeln!(out, "scheme = {:?}", safe(scheme));
        }
    }
    out
}

/// `annotation-read`, `all`, `no-scope`; with the scheme where there are several.
fn name(key: &WantedKey, has_scopes: bool, wildcard: &str) -> String {
    let plain = |text: &str| -> String {
        let one = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        text.chars().map(one).collect::<String>().trim_matches('-').to_owned()
    };
    let scopes = match &key.scopes[..] {
        [] if has_scopes => "no-scope".to_owned(),
        [] => "key".to_owned(),
        [one] if one == wildcard => "all".to_owned(),
        scopes => scopes.iter().map(|scope| plain(scope)).collect::<Vec<_>>().join("-"),
    };
    match &key.scheme {
        Some(scheme) => format!("{}-{scopes}", plain(scheme)),
        None => scopes,
    }
}
