//! What a file of settings says, entry by entry, as `Settings::over` merges them.

use toml::{Table, Value};

use super::masked;
use crate::config::{Places, Source, text};
use crate::document::pointer;

/// Tables whose members are entries of their own.
const BY_MEMBER: [&str; 4] = ["scopes", "rules", "errors", "scenario"];
/// Lists whose entries have a name, and which member that is.
const NAMED: [(&str, &str); 4] =
    [("keys", "name"), ("state", "collection"), ("extra", "path"), ("document", "name")];

/// An entry.
pub(super) struct Entry {
    pub name: String,
    /// What an entry of a file below must not have to count.
    pub unit: String,
    pub value: Value,
    pub position: Option<(usize, usize)>,
}

/// The entries of a text, in its order. Flags of `[mock]` and `[check]` are not among those of a configuration.
pub(super) fn of(file: &str, content: &str, source: Source) -> Vec<Entry> {
    let Ok(table) = content.parse::<Table>() else { return Vec::new() };
    let mut reading = Reading { file, places: Places::read(content), found: Vec::new() };
    for (key, value) in &table {
        reading.top(key, value, source);
    }
    reading.found.sort_by_key(|entry| entry.position);
    reading.found
}

struct Reading<'f> {
    file: &'f str,
    places: Places,
    found: Vec<Entry>,
}

impl Reading<'_> {
    fn add(&mut self, at: &str, name: String, unit: String, value: &Value) {
        let last = at.rsplit('/').next().unwrap_or_default();
        let value = masked::value(last, value);
        self.found.push(Entry { name, unit, value, position: self.places.find(at) });
    }

    fn top(&mut self, key: &str, value: &Value, source: Source) {
        let at = pointer::join("", key);
        let unique = |what: &str| format!("{what} of {}", self.file);
        match (key, value) {
            ("check", Value::Table(members)) => self.check(members),
            ("mock", Value::Table(_)) if source == Source::Config => {}
            ("mock", Value::Table(members)) => self.members(&at, key, members, None),
            ("overlays", _) => {
                let unit = unique(&at);
                self.add(&at, key.to_owned(), unit, value);
            }
            ("waive", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let at = pointer::join(&at, &index.to_string());
                    let rule = item.get("rule").map(text).unwrap_or_default();
                    let unit = format!("{at} of {}", self.file);
                    self.add(&at, format!("waive.{rule}"), unit, item);
                }
            }
            (_, Value::Array(items)) if NAMED.iter().any(|(list, _)| *list == key) => {
                let member = NAMED.iter().find(|(list, _)| *list == key).map_or("", |(_, member)| member);
                for (index, item) in items.iter().enumerate() {
                    let name = format!("{key}.{}", item.get(member).map(text).unwrap_or_default());
                    self.add(&pointer::join(&at, &index.to_string()), name.clone(), name, item);
                }
            }
            (_, Value::Table(members)) if BY_MEMBER.contains(&key) => self.members(&at, key, members, None),
            (_, Value::Table(members)) => self.members(&at, key, members, Some(key)),
            _ => self.add(&at, key.to_owned(), key.to_owned(), value),
        }
    }

    /// The members of a table, each for itself or all as one `unit`.
    fn members(&mut self, at: &str, name: &str, members: &Table, unit: Option<&str>) {
        for (member, value) in members {
            let (at, name) = (pointer::join(at, member), format!("{name}.{member}"));
            match value {
                Value::Table(inside) if name == "scopes.implies" => self.members(&at, &name, inside, None),
                _ => self.add(&at, name.clone(), unit.map_or(name, str::to_owned), value),
            }
        }
    }

    /// `[check]`, of which flags are shown elsewhere.
    fn check(&mut self, members: &Table) {
        if let Some(Value::Table(params)) = members.get("params") {
            self.members("/check/params", "check.params", params, None);
        }
        for (index, request) in
            members.get("request").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            let name = format!("check.request.{}", request.get("operation").map(text).unwrap_or_default());
            // How an operation is called, and what it is called with, each replace their like.
            let has = |member: &str| request.get(member).is_some();
            let is_manner =
                (has("headers") || has("timeout")) && !has("params") && !has("body") && !has("disposable");
            let unit = if is_manner { format!("{name} headers") } else { name.clone() };
            self.add(&format!("/check/request/{index}"), name, unit, request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, parse};

    /// What `over` keeps of two files is what is shown of them.
    #[test]
    fn entries_are_merged_as_settings_are() {
        let upper = "[scopes]\nwildcard = \"*\"\n[check.params]\na = 1\n[[check.request]]\noperation = \"o\"\n\
                     [[state]]\ncollection = \"/a\"\n[[waive]]\nrule = \"body-schema\"\nreason = \"x\"\n\
                     [errors]\ninvalid = {}\n[snapshot]\ndir = \"s\"\n[[extra]]\npath = \"/x\"\n";
        let lower = "[scopes]\nwildcard = \"a\"\ncombine = \"any\"\n[check.params]\na = 2\nb = 3\n\
                     [[check.request]]\noperation = \"o\"\n[[check.request]]\noperation = \"o\"\ntimeout = 1\n\
                     [[state]]\ncollection = \"/a\"\n[[state]]\ncollection = \"/b\"\n[[waive]]\n\
                     rule = \"body-schema\"\nreason = \"x\"\n[errors]\ninvalid = {}\ninvalid-cursor = {}\n\
                     [snapshot]\nmode = \"shape\"\n[[extra]]\npath = \"/y\"\n";
        let read = |source, text| -> Settings { parse(source, "c.toml", text, &|_| None).unwrap() };
        let merged = read(Source::Config, upper).over(read(Source::Companion, lower));
        let above = of("c.toml", upper, Source::Config);
        let units: Vec<String> = above.iter().map(|entry| entry.unit.clone()).collect();
        let below = of("api.toml", lower, Source::Companion);
        let shown: Vec<Entry> =
            above.into_iter().chain(below.into_iter().filter(|entry| !units.contains(&entry.unit))).collect();
        let count = |start: &str| shown.iter().filter(|entry| entry.name.starts_with(start)).count();
        assert_eq!(count("check.params."), merged.check.params.len());
        assert_eq!(count("check.request."), merged.check.request.len());
        assert_eq!(count("state."), merged.state.len());
        assert_eq!(count("waive."), merged.waive.len());
        assert_eq!(count("errors."), merged.errors.len());
        assert_eq!(count("extra."), merged.extra.len());
        assert_eq!((count("scopes."), count("snapshot.")), (2, 1));
        assert!(merged.snapshot.unwrap().mode.is_none());
    }
}
