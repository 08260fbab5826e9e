//! Reads a configuration and reports its problems with their places.

use http::{HeaderName, HeaderValue};

use super::error_name::ErrorName;
use super::position::{line_and_column, position_of};
use super::suggest::nearest;
use super::{Settings, Source, allowed, document, scenario, secret};
use crate::contract::is_sent_by_itself;
use crate::document::{Place, Problem};
use crate::rules::Rule;

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
            refuse("rules", rule, format!("unknown rule {rule:?}"), &nearest(rule, known));
        }
    }
    for (name, value) in settings.check.request.iter().flat_map(|request| &request.headers) {
        if is_sent_by_itself(name) {
            let help = "leave it out, or pass it with --header";
            refuse("check", name, format!("the header {name:?} follows from the connection"), help);
        } else if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
            let help = "a name has letters, digits and \"-\", and a value is one line";
            refuse("check", name, format!("the header {name:?} cannot be sent"), help);
        }
    }
    for waive in &settings.waive {
        if waive.reason.trim().is_empty() {
            refuse(
                "waive",
                &waive.rule,
                "a waiver needs a reason".to_owned(),
                "add `reason`: why the finding is accepted",
            );
        }
    }
    for entry in settings.errors.keys() {
        if entry.parse::<ErrorName>().is_err() {
            let names: Vec<_> = ErrorName::ALL.iter().map(ErrorName::name).collect();
            let help = nearest(entry, names.iter().map(AsRef::as_ref));
            refuse("errors", entry, format!("unknown entry {entry:?}"), &help);
        }
    }
    if let Some(mint) = &settings.mint
        && !mint.is_clear()
    {
        refuse(
            "mint",
            "mint",
            "[mint] needs exactly one of `template`, `command` and `oauth2`".to_owned(),
            "keep one of the three",
        );
    }
    if settings.spec.is_none() && (settings.overlay.is_some() || !settings.overlays.is_empty()) {
        refuse(
            "overlay",
            "overlay",
            "an overlay needs the `spec` that it is for".to_owned(),
            "add `spec`, or move the overlay below its [[document]]",
        );
    }
    if let Some(twice) = document::twice(&settings.document) {
        refuse("document", twice, format!("two documents have the name {twice:?}"), document::CHOOSE);
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
        _ => "`counterpart init` writes a commented configuration".to_owned(),
    };
    let short = message.split(", expected one of").next().unwrap_or(&message);
    // A value that is quoted may be a token; what was expected in its place says enough.
    let short =
        match short.split_once(": string \"").and_then(|(what, rest)| Some((what, rest.rsplit_once('"')?.1)))
        {
            Some((what, rest)) => format!("{what}: a string{rest}"),
            None => short.to_owned(),
        };
    Problem::error(place, short).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

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
    #[case(
        Source::Config,
        "[[waive]]\nrule = \"body-schema\"\nreason = \" \"",
        "why the finding is accepted"
    )]
    #[case(
        Source::Config,
        "[[check.request]]\noperation = \"a\"\nheaders = { \"a b\" = \"c\" }",
        "a name has letters"
    )]
    #[case(
        Source::Companion,
        "[[check.request]]\noperation = \"a\"\nheaders = { Host = \"evil.example\" }",
        "leave it out"
    )]
    #[case(
        Source::Config,
        "[[check.request]]\noperation = \"a\"\ntimeot = \"30s\"",
        "did you mean \"timeout\"?"
    )]
    #[case(Source::Config, "[mint]", "keep one")]
    #[case(Source::Config, "introspect = { ulr = \"/me\" }", "did you mean \"url\"?")]
    #[case(Source::Keys, "introspect = { url = \"/me\", scopes = \"scopes\" }", "JSON pointer")]
    #[case(Source::Keys, "introspect = { url = \"/me\", client-id = \"a\" }", "the key asks for itself")]
    #[case(
        Source::Config,
        "introspect = { url = \"/me\", client-id = \"a\", client-secret = \"canary\" }",
        "move introspect to a --keys file"
    )]
    #[case(Source::Companion, "introspect = { url = \"/me\" }", "no address")]
    #[case(Source::Config, "[mint.oauth2]\ntoken-ulr = \"x\"", "did you mean \"token-url\"?")]
    #[case(
        Source::Config,
        "[mint]\noauth2 = { token-url = \"x\", client-id = \"i\", client-secret = \"canary\" }",
        "move [mint] to a --keys file"
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
    #[case(Source::Config, "overlays = [\"x\"]", "below its [[document]]")]
    #[case(Source::Companion, "overlay = \"x\"", "move this to counterpart.toml")]
    #[case(Source::Companion, "[mint]\ncommand = [\"rm\"]", "or command")]
    #[case(Source::Companion, "[mock]\nport = 1", "counterpart.toml")]
    #[case(Source::Companion, "[mock]\nauth = \"scoped\"", "did you mean \"scopes\"?")]
    #[case(Source::Keys, "[mock]\nauth = \"scopes\"", "[[keys]]")]
    #[case(Source::Keys, "spec = \"x\"", "[[keys]]")]
    fn refusals_help(#[case] source: Source, #[case] text: &str, #[case] help: &str) {
        let problems = read(source, text).unwrap_err();
        assert!(problems[0].help.as_deref().unwrap_or_default().contains(help), "{problems:?}");
        assert!(problems[0].place.position.is_some());
    }

    #[rstest]
    #[case::open_string("[[keys]]\nname = \"a\"\ntoken = \"c4nary-0815")]
    #[case::no_quotes("[[keys]]\nname = \"a\"\ntoken = c4nary-0815\n")]
    #[case::two_values("[[keys]]\nname = \"a\"\ntoken = \"c4nary-0815\" \"x\"\n")]
    #[case::not_a_table("keys = \"c4nary-0815\"\n")]
    #[case::not_a_list("keys = [\"c4nary-0815\"]\n")]
    #[case::in_one_line("keys = [{ name = \"a\", token = \"c4nary-0815\", scopes = 1 }]\n")]
    #[case::on_lines("[[keys]]\ntoken = \"\"\"\nc4nary-0815\n\"\"\"\nscopes = 1\n")]
    #[case::header("[check]\nheader = [\"X-Key: c4nary-0815\"\n")]
    #[case::address("[check]\nurl = \"http://u:c4nary-0815@host\n")]
    fn a_mistake_beside_a_secret_does_not_show_it(#[case] text: &str) {
        for source in [Source::Config, Source::Keys] {
            let problems = read(source, text).unwrap_err();
            let shown = format!("{problems:?}\n{}", source.shown(text));
            assert!(!shown.contains("c4nary"), "{shown}");
            assert_eq!(source.shown(text).lines().count(), text.lines().count());
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            for source in [Source::Config, Source::Companion, Source::Keys] {
                let _ = read(source, &text);
            }
        }
    }
}
