//! Merges one configuration over another.

use indexmap::IndexMap;

use super::{Request, Settings};

impl Settings {
    /// This configuration over another: what is said here wins, entry by entry.
    #[must_use]
    pub fn over(mut self, below: Self) -> Self {
        fn fill<V>(upper: &mut IndexMap<String, V>, lower: IndexMap<String, V>) {
            for (name, value) in lower {
                upper.entry(name).or_insert(value);
            }
        }
        self.spec = self.spec.or(below.spec);
        self.overlay = self.overlay.or(below.overlay);
        self.overlays.extend(below.overlays);
        self.fixtures = self.fixtures.or(below.fixtures);
        self.scopes.wildcard = self.scopes.wildcard.or(below.scopes.wildcard);
        self.scopes.write_implies_read = self.scopes.write_implies_read.or(below.scopes.write_implies_read);
        self.scopes.limits_first = self.scopes.limits_first.or(below.scopes.limits_first);
        self.scopes.combine = self.scopes.combine.or(below.scopes.combine);
        fill(&mut self.scopes.implies, below.scopes.implies);
        let names: Vec<String> = self.keys.iter().map(|key| key.name.clone()).collect();
        self.keys.extend(below.keys.into_iter().filter(|key| !names.contains(&key.name)));
        self.introspect = self.introspect.or(below.introspect);
        self.mint = self.mint.or(below.mint);
        self.unset.extend(below.unset);
        fill(&mut self.mock, below.mock);
        fill(&mut self.check.params, below.check.params);
        fill(&mut self.check.flags, below.check.flags);
        // How an operation is called, and what it is called with, each replace their like.
        let key = |request: &Request| (request.operation.clone(), request.is_manner());
        let named: Vec<_> = self.check.request.iter().map(key).collect();
        self.check.request.extend(below.check.request.into_iter().filter(|r| !named.contains(&key(r))));
        fill(&mut self.rules, below.rules);
        self.waive.extend(below.waive);
        self.snapshot = self.snapshot.or(below.snapshot);
        fill(&mut self.scenario, below.scenario);
        self.document.extend(below.document);
        fill(&mut self.errors, below.errors);
        let told: Vec<String> = self.state.iter().map(|state| state.collection.clone()).collect();
        self.state.extend(below.state.into_iter().filter(|state| !told.contains(&state.collection)));
        if self.limit.rate.is_empty() {
            self.limit = below.limit;
        }
        if self.credential.is_empty() {
            self.credential = below.credential;
        }
        self.webhook.extend(below.webhook);
        let paths: Vec<String> = self.extra.iter().map(|extra| extra.path.clone()).collect();
        self.extra.extend(below.extra.into_iter().filter(|extra| !paths.contains(&extra.path)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, parse, text};

    fn read(source: Source, text: &str) -> Settings {
        parse(source, "c.toml", text, &|name| (name == "SET").then(|| "value".to_owned())).unwrap()
    }

    #[test]
    fn what_is_above_wins() {
        let below = read(
            Source::Companion,
            "[scopes]\nwildcard = \"*\"\nwrite-implies-read = true\n[check]\nparams = { a = 1, b = \"x\" }\n\
             [[check.request]]\noperation = \"o\"\n[errors]\ninvalid = { status = 400, body = '{\"attr\": null}' }",
        );
        let above = read(
            Source::Config,
            "[scopes]\nwildcard = \"all\"\n[check]\nurl = \"http://x\"\nparams = { a = 2 }\n\
             [[keys]]\nname = \"k\"\ntoken = \"${SET}\"\nexpires = 2027-01-01",
        );
        let merged = above.over(below);
        let rules = merged.scope_rules();
        assert_eq!((rules.wildcard.as_str(), rules.write_implies_read), ("all", true));
        assert_eq!(text(&merged.check.params["a"]), "2");
        assert_eq!(text(&merged.check.params["b"]), "x");
        assert!(merged.check.request[0].from_companion);
        assert_eq!(merged.errors["invalid"].body, Some(serde_json::json!({"attr": null})));
        assert_eq!(merged.keys[0].token.reveal(), "value");
        assert_eq!(merged.keys[0].expires, Some(jiff::civil::date(2027, 1, 1)));
    }
}
