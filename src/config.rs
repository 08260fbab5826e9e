//! `counterpart.toml`, companions and keys files: text to plain data, or a problem with its place.
//!
//! Nothing here opens a file or reads the environment; callers bring both.

mod allowed;
pub mod document;
pub mod scenario;
mod secret;
mod snapshot;
pub mod state;
mod token_source;

use crate::rules::{Rule, Severity};
use indexmap::IndexMap;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::contract::scopes::{Combine, ScopeRules};
use crate::document::{Place, Problem};
use crate::exchange::Secret;
use document::Document;
use scenario::Scenario;
pub use snapshot::{Snapshot, SnapshotMode, SnapshotOperation, SnapshotRedact};
use state::State;
pub use token_source::{Mint, Oauth2};

/// What a text is, which decides what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `counterpart.toml`: everything, and no literal token.
    Config,
    /// The companion of a document: what is true of that API everywhere; no address, no key and no
    /// command. Of `[mock]` it may hold `auth`.
    Companion,
    /// A `--keys` file: keys and how they are made.
    Keys,
}

/// Everything that can be configured; what a source leaves out is empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// The document.
    pub spec: Option<String>,
    /// The folder of fixtures.
    pub fixtures: Option<String>,
    /// How a held scope satisfies a required one.
    pub scopes: Scopes,
    /// Keys whose scopes are known.
    pub keys: Vec<Key>,
    /// How keys are made.
    pub mint: Option<Mint>,
    /// `[mock]`: flags of the command of that name.
    pub mock: IndexMap<String, toml::Value>,
    /// `[check]`: flags of the command of that name, and what cannot be found out.
    pub check: Check,
    /// Severities of rules.
    pub rules: IndexMap<String, RuleLevel>,
    /// Findings that are known and accepted.
    pub waive: Vec<Waive>,
    /// `[snapshot]`, for snapshot review.
    pub snapshot: Option<Snapshot>,
    /// `[scenario.NAME]`: answers by operation.
    pub scenario: IndexMap<String, Scenario>,
    /// `[[document]]`: several documents in one repository.
    pub document: Vec<Document>,
    /// The API's own error object, by what went wrong.
    pub errors: IndexMap<String, ErrorEntry>,
    /// `[[state]]`: what a document cannot say about a collection.
    pub state: Vec<State>,
}

/// `[scopes]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scopes {
    wildcard: Option<String>,
    write_implies_read: Option<bool>,
    combine: Option<CombineWord>,
    implies: IndexMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CombineWord {
    All,
    Any,
}

/// `[[keys]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name, which reports show.
    pub name: String,
    /// The token, or `${NAME}` of the environment.
    #[serde(deserialize_with = "secret::secret")]
    pub token: Secret,
    /// What it holds.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The scheme it is for, where the document has several.
    pub scheme: Option<String>,
    /// Its last day.
    #[serde(default, deserialize_with = "date")]
    pub expires: Option<Date>,
    /// Path parameters that it is limited to.
    #[serde(default)]
    pub only: IndexMap<String, Vec<String>>,
}

/// `[check]`: parameters and requests; every other key is a flag.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Check {
    /// Parameters that are fixed everywhere.
    pub params: IndexMap<String, toml::Value>,
    /// `[[check.request]]`.
    pub request: Vec<Request>,
    /// Flags of `counterpart check`.
    #[serde(flatten)]
    pub flags: IndexMap<String, toml::Value>,
}

/// `[[check.request]]`: how to get a success where it cannot be found out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The operation.
    pub operation: String,
    /// Path, query and header parameters.
    #[serde(default)]
    pub params: IndexMap<String, toml::Value>,
    /// The body.
    pub body: Option<toml::Value>,
    /// Whether its target may be destroyed.
    #[serde(default)]
    pub disposable: bool,
    /// Whether it stands in a companion.
    #[serde(skip)]
    pub from_companion: bool,
}

/// A severity, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// The rule is not judged.
    Off,
    /// Shown; does not fail the run.
    Warning,
    /// Fails the run.
    Error,
}

impl RuleLevel {
    /// The severity; `None` where the rule is off.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// `[[waive]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waive {
    /// The rule.
    pub rule: String,
    /// The operation, `*` standing for any text.
    pub operation: Option<String>,
    /// The place in the body.
    pub pointer: Option<String>,
    /// Only while the value there is just this.
    pub equals: Option<toml::Value>,
    /// Why.
    pub reason: String,
    /// The last day.
    #[serde(default, deserialize_with = "date")]
    pub until: Option<Date>,
}

/// One entry of `[errors]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorEntry {
    /// The status; that of the refusal where it is left out.
    pub status: Option<u16>,
    /// Header fields.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The body: a table, or a text that holds JSON (TOML has no null).
    #[serde(default, deserialize_with = "body")]
    pub body: Option<Value>,
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::Datetime(date) => date.to_string(),
        toml::Value::String(text) => text,
        other => return Err(serde::de::Error::custom(format!("{other} is no date; write 2027-06-30"))),
    };
    let day = text.get(..10).unwrap_or(&text);
    day.parse()
        .map(Some)
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is no date; write 2027-06-30")))
}

fn body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Ok(Some(match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => match serde_json::from_str(&text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
            _ => Value::String(text),
        },
        other => json(&other),
    }))
}

/// A TOML value as JSON; dates become text.
pub fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::Bool(*flag),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => Value::Array(items.iter().map(json).collect()),
        toml::Value::Table(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
    }
}

/// A TOML value as the text of a flag or a parameter.
pub fn text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Entry names of `[errors]`, those of invalid input apart, which begin with `invalid-`.
const ERRORS: &[&str] = &[
    "no-credential",
    "unknown-credential",
    "lacking-scope",
    "key-limit",
    "unknown-object",
    "unknown-path",
    "invalid-cursor",
    "method-not-allowed",
    "not-acceptable",
    "unsupported-media-type",
    "malformed-body",
    "invalid",
];

/// Reads a configuration.
///
/// # Errors
/// Every problem found, each with line and column where it is known.
pub fn parse(
    source: Source,
    name: &str,
    content: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Settings, Vec<Problem>> {
    let mut settings: Settings =
        toml::from_str(content).map_err(|error| vec![syntax(name, content, &error)])?;
    let mut problems = Vec::new();
    let mut refuse = |what: &str, needle: &str, message: String, help: &str| {
        let mut place = Place::new(name, what);
        place.position = position_of(content, needle);
        problems.push(Problem::error(place, message).help(help));
    };
    for mistake in allowed::mistakes(&settings, source) {
        refuse(mistake.table, mistake.needle, mistake.message, &mistake.help);
    }
    for mistake in secret::bring(&mut settings, source, env) {
        refuse(mistake.table, &mistake.needle, mistake.message, mistake.help);
    }
    for rule in settings.rules.keys().chain(settings.waive.iter().map(|waive| &waive.rule)) {
        if rule.parse::<Rule>().is_err() {
            let known = Rule::ALL.iter().map(|rule| rule.name());
            refuse("rules", rule, format!("there is no rule {rule:?}"), &nearest(rule, known));
        }
    }
    for waive in &settings.waive {
        if waive.reason.trim().is_empty() {
            refuse(
                "waive",
                &waive.rule,
                "a waiver needs a reason".to_owned(),
                "say why the finding is accepted",
            );
        }
    }
    for entry in settings.errors.keys() {
        if !ERRORS.contains(&entry.as_str()) && !entry.starts_with("invalid-") {
            let help = nearest(entry, ERRORS.iter().copied());
            refuse("errors", entry, format!("there is no error entry {entry:?}"), &help);
        }
    }
    if let Some(mint) = &settings.mint
        && !mint.is_clear()
    {
        refuse(
            "mint",
            "mint",
            "[mint] needs one of `template`, `command` and `oauth2`".to_owned(),
            "keep one of the three",
        );
    }
    if let Some(twice) = document::twice(&settings.document) {
        refuse("document", twice, format!("two documents are called {twice:?}"), document::CHOOSE);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for request in &mut settings.check.request {
        request.from_companion = source == Source::Companion;
    }
    scenario::place(&mut settings.scenario, name, content);
    Ok(settings)
}

fn syntax(name: &str, content: &str, error: &toml::de::Error) -> Problem {
    let mut place = Place::new(name, "");
    place.position = error.span().map(|span| line_and_column(content, span.start));
    let message = error.message().trim().replace('\n', " ");
    // serde lists what it knows: the nearest of it is the help.
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let help = match quoted.split_first() {
        Some((unknown, known)) if message.starts_with("unknown") && !known.is_empty() => {
            nearest(unknown, known.iter().copied())
        }
        _ => "see `counterpart init` for a commented configuration".to_owned(),
    };
    let short = message.split(", expected one of").next().unwrap_or(&message).to_owned();
    Problem::error(place, short).help(help)
}

fn line_and_column(content: &str, offset: usize) -> (usize, usize) {
    let before = content.get(..offset).unwrap_or(content);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()) + 1;
    (line, column)
}

fn position_of(content: &str, needle: &str) -> Option<(usize, usize)> {
    content.find(needle).map(|offset| line_and_column(content, offset))
}

/// `did you mean …?`, else all that is known.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, candidate)) if distance <= word.len().max(4) / 2 => {
            format!("did you mean {candidate:?}?")
        }
        _ => format!("known are {}", known.join(", ")),
    }
}

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
        self.fixtures = self.fixtures.or(below.fixtures);
        self.scopes.wildcard = self.scopes.wildcard.or(below.scopes.wildcard);
        self.scopes.write_implies_read = self.scopes.write_implies_read.or(below.scopes.write_implies_read);
        self.scopes.combine = self.scopes.combine.or(below.scopes.combine);
        fill(&mut self.scopes.implies, below.scopes.implies);
        let names: Vec<String> = self.keys.iter().map(|key| key.name.clone()).collect();
        self.keys.extend(below.keys.into_iter().filter(|key| !names.contains(&key.name)));
        self.mint = self.mint.or(below.mint);
        fill(&mut self.mock, below.mock);
        fill(&mut self.check.params, below.check.params);
        fill(&mut self.check.flags, below.check.flags);
        let named: Vec<String> = self.check.request.iter().map(|request| request.operation.clone()).collect();
        self.check.request.extend(below.check.request.into_iter().filter(|r| !named.contains(&r.operation)));
        fill(&mut self.rules, below.rules);
        self.waive.extend(below.waive);
        self.snapshot = self.snapshot.or(below.snapshot);
        fill(&mut self.scenario, below.scenario);
        self.document.extend(below.document);
        fill(&mut self.errors, below.errors);
        let told: Vec<String> = self.state.iter().map(|state| state.collection.clone()).collect();
        self.state.extend(below.state.into_iter().filter(|state| !told.contains(&state.collection)));
        self
    }

    /// The objects that `[[check.request]]` names: operation, parameter and value as text.
    pub fn named_objects(&self) -> Vec<(String, String, String)> {
        let params = |request: &Request| -> Vec<(String, String, String)> {
            let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let named = request.params.iter();
            named.map(|(name, value)| (request.operation.clone(), name.clone(), text(value))).collect()
        };
        self.check.request.iter().flat_map(params).collect()
    }

    /// The scope rules, with the defaults for what is not said.
    pub fn scope_rules(&self) -> ScopeRules {
        ScopeRules {
            wildcard: self.scopes.wildcard.clone().unwrap_or_default(),
            write_implies_read: self.scopes.write_implies_read.unwrap_or(false),
            combine: match self.scopes.combine {
                Some(CombineWord::Any) => Combine::Any,
                Some(CombineWord::All) | None => Combine::All,
            },
            implies: self.scopes.implies.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        }
    }
}

/// A duration: `2`, `300ms`, `1.5s`, `5m`, `1h`.
///
/// # Errors
/// What is wrong with the text.
pub fn duration(text: &str) -> Result<std::time::Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("{other:?} is no unit of time; use ms, s, m or h")),
    };
    let number: f64 = number.parse().map_err(|_| format!("{text:?} is no duration; write 2, 300ms or 5m"))?;
    std::time::Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

/// A rate per second: `8/s`, `480/m`, `8`.
///
/// # Errors
/// What is wrong with the text.
pub fn rate(text: &str) -> Result<f64, String> {
    let (number, per) = text.trim().split_once('/').unwrap_or((text.trim(), "s"));
    let seconds = match per {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("{other:?} is no unit of time; use s, m or h")),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number / seconds),
        _ => Err(format!("{text:?} is no rate; write 8/s or 480/m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::time::Duration;

    fn read(source: Source, text: &str) -> Result<Settings, Vec<Problem>> {
        parse(source, "c.toml", text, &|name| (name == "SET").then(|| "value".to_owned()))
    }

    #[rstest]
    #[case(Source::Config, "spek = \"x\"", "did you mean \"spec\"?")]
    #[case(Source::Config, "[rules]\nbody-shema = \"off\"", "did you mean \"body-schema\"?")]
    #[case(Source::Config, "[scopes]\nwildcart = \"*\"", "did you mean \"wildcard\"?")]
    #[case(Source::Config, "[errors]\nno-credentials = {}", "did you mean \"no-credential\"?")]
    #[case(Source::Config, "[[keys]]\nname = \"a\"\ntoken = \"literal\"", "--keys file")]
    #[case(Source::Config, "[[keys]]\nname = \"a\"\ntoken = \"${UNSET}\"", "environment")]
    #[case(Source::Config, "[[waive]]\nrule = \"body-schema\"\nreason = \" \"", "say why")]
    #[case(Source::Config, "[mint]", "keep one")]
    #[case(Source::Config, "[mint.oauth2]\ntoken-ulr = \"x\"", "did you mean \"token-url\"?")]
    #[case(
        Source::Config,
        "[mint]\noauth2 = { token-url = \"x\", client-id = \"i\", client-secret = \"canary\" }",
        "put [mint] into a --keys file"
    )]
    #[case(
        Source::Keys,
        "[mint]\noauth2 = { token-url = \"x\", client-id = \"i\", client-secret = \"${UNSET}\" }",
        "environment"
    )]
    #[case(
        Source::Config,
        "document = [{ name = \"a\", spec = \"x\" }, { name = \"a\", spec = \"y\" }]",
        "another"
    )]
    #[case(Source::Companion, "[check]\nurl = \"http://evil\"", "no address")]
    #[case(Source::Companion, "[mint]\ncommand = [\"rm\"]", "no command")]
    #[case(Source::Companion, "[mock]\nport = 1", "counterpart.toml")]
    #[case(Source::Companion, "[mock]\nauth = \"scoped\"", "did you mean \"scopes\"?")]
    #[case(Source::Keys, "[mock]\nauth = \"scopes\"", "[[keys]]")]
    #[case(Source::Keys, "spec = \"x\"", "[[keys]]")]
    fn refusals_help(#[case] source: Source, #[case] text: &str, #[case] help: &str) {
        let problems = read(source, text).unwrap_err();
        assert!(problems[0].help.as_deref().unwrap_or_default().contains(help), "{problems:?}");
        assert!(problems[0].place.position.is_some());
    }

    #[test]
    fn what_is_above_wins() {
        let below = read(
            Source::Companion,
            "[scopes]\nwildcard = \"*\"\nwrite-implies-read = true\n[check]\nparams = { a = 1, b = \"x\" }\n\
             [[check.request]]\noperation = \"o\"\n[errors]\ninvalid = { status = 400, body = '{\"attr\": null}' }",
        )
        .unwrap();
        let above = read(
            Source::Config,
            "[scopes]\nwildcard = \"all\"\n[check]\nurl = \"http://x\"\nparams = { a = 2 }\n\
             [[keys]]\nname = \"k\"\ntoken = \"${SET}\"\nexpires = 2027-01-01",
        )
        .unwrap();
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

    #[rstest]
    #[case("2", Ok(2000))]
    #[case("300ms", Ok(300))]
    #[case("1.5s", Ok(1500))]
    #[case("5m", Ok(300_000))]
    #[case("x", Err(()))]
    #[case("5y", Err(()))]
    fn durations(#[case] text: &str, #[case] millis: Result<u64, ()>) {
        assert_eq!(duration(text).map_err(|_| ()), millis.map(Duration::from_millis));
    }

    #[rstest]
    #[case("8/s", Some(8.0))]
    #[case("480/m", Some(8.0))]
    #[case("0", None)]
    fn rates(#[case] text: &str, #[case] per_second: Option<f64>) {
        assert_eq!(rate(text).ok(), per_second);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            for source in [Source::Config, Source::Companion, Source::Keys] {
                let _ = read(source, &text);
            }
            let _ = (duration(&text), rate(&text));
        }
    }
}
