//! Reads a configuration and reports its problems with their places.

use http::{HeaderName, HeaderValue};

use super::error_name::ErrorName;
use super::position::{Places, position};
use super::suggest::nearest;
use super::{Settings, Source, allowed, document, scenario, secret};
use crate::contract::is_sent_by_itself;
use crate::document::{Place, Problem, pointer};
use crate::rules::Rule;

const INIT: &str = "`counterpart init` writes a commented configuration";

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
        toml::from_str(content).map_err(|error| vec![syntax(name, content, &error, INIT)])?;
    let places = Places::read(content);
    let mut problems = Vec::new();
    let problem = |at: &str, message: String, help: &str| {
        let mut place = Place::new(name, at);
        place.position = places.find(at);
        Problem::error(place, message).help(help)
    };
    let mut refuse = |at: &str, message: String, help: &str| problems.push(problem(at, message, help));
    for mistake in allowed::mistakes(&settings, source) {
        refuse(&mistake.at, mistake.message, &mistake.help);
    }
    for mistake in secret::bring(&mut settings, source, env) {
        if mistake.is_of_keys {
            settings.unset.push(problem(&mistake.at, mistake.message, &mistake.help));
        } else {
            refuse(&mistake.at, mistake.message, &mistake.help);
        }
    }
    rules(&settings, &mut refuse);
    headers(&settings, &mut refuse);
    webhooks(&settings, &mut refuse);
    whole(&settings, &mut refuse);
    if !problems.is_empty() {
        return Err(problems);
    }
    let place = |at: String| {
        let mut place = Place::new(name, at.as_str());
        place.position = places.find(&at);
        Some(place)
    };
    for (index, request) in settings.check.request.iter_mut().enumerate() {
        request.from_companion = source == Source::Companion;
        request.place = place(format!("/check/request/{index}"));
    }
    if let Some(mint) = &mut settings.mint {
        mint.place = place(if mint.command.is_some() { "/mint/command" } else { "/mint" }.to_owned());
    }
    for (index, waive) in settings.waive.iter_mut().enumerate() {
        waive.place = place(format!("/waive/{index}"));
    }
    scenario::place(&mut settings.scenario, name, content);
    Ok(settings)
}

/// Takes a mistake: where it is (a JSON pointer), what is wrong, and what helps.
type Refuse<'r> = dyn FnMut(&str, String, &str) + 'r;

/// Names of rules and of refusals, and waivers.
fn rules(settings: &Settings, refuse: &mut Refuse<'_>) {
    let levels = settings.rules.keys().map(|rule| (pointer::join("/rules", rule), rule));
    let waived = settings.waive.iter().enumerate();
    let waived = waived.map(|(index, waive)| (format!("/waive/{index}/rule"), &waive.rule));
    for (at, rule) in levels.chain(waived).filter(|(_, rule)| rule.parse::<Rule>().is_err()) {
        let known = Rule::ALL.iter().map(|rule| rule.name());
        refuse(&at, format!("unknown rule {rule:?}"), &nearest(rule, known));
    }
    for (index, _) in settings.waive.iter().enumerate().filter(|(_, waive)| waive.reason.trim().is_empty()) {
        let help = "add `reason`: why the finding is accepted";
        refuse(&format!("/waive/{index}/reason"), "a waiver needs a reason".to_owned(), help);
    }
    for entry in settings.errors.keys().filter(|entry| entry.parse::<ErrorName>().is_err()) {
        let names: Vec<_> = ErrorName::ALL.iter().map(ErrorName::name).collect();
        let help = nearest(entry, names.iter().map(AsRef::as_ref));
        refuse(&pointer::join("/errors", entry), format!("unknown entry {entry:?}"), &help);
    }
}

/// Addresses and headers of `[[webhook]]`.
fn webhooks(settings: &Settings, refuse: &mut Refuse<'_>) {
    for (index, webhook) in settings.webhook.iter().enumerate() {
        if let Err(why) = webhook.check_url() {
            let help = "write where it is sent, for example \"http://127.0.0.1:9000/hooks\"";
            refuse(&format!("/webhook/{index}/url"), format!("the address {why}"), help);
        }
        let field = std::iter::once((&webhook.signature_header, "x"));
        let headers = webhook.headers.iter().map(|(name, value)| (name, value.as_str()));
        for (name, value) in headers.chain(field) {
            let is_allowed =
                HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok();
            if !is_allowed || is_sent_by_itself(name) {
                let help = "a name has letters, digits and \"-\", and a value is one line";
                refuse(&format!("/webhook/{index}"), format!("the header {name:?} cannot be sent"), help);
            }
        }
    }
}

/// Headers of `[[check.request]]`.
fn headers(settings: &Settings, refuse: &mut Refuse<'_>) {
    for (index, request) in settings.check.request.iter().enumerate() {
        for (name, value) in &request.headers {
            let at = pointer::join(&format!("/check/request/{index}/headers"), name);
            if is_sent_by_itself(name) {
                let help = "leave it out, or pass it with --header";
                refuse(&at, format!("the header {name:?} follows from the connection"), help);
            } else if HeaderName::from_bytes(name.as_bytes()).is_err()
                || HeaderValue::from_str(value).is_err()
            {
                let help = "a name has letters, digits and \"-\", and a value is one line";
                refuse(&at, format!("the header {name:?} cannot be sent"), help);
            }
        }
    }
}

/// Tables that are unclear, or contradict each other.
fn whole(settings: &Settings, refuse: &mut Refuse<'_>) {
    if let Some(mint) = &settings.mint {
        if !mint.is_clear() {
            let message = "[mint] needs exactly one of `template`, `command` and `oauth2`".to_owned();
            refuse("/mint", message, "keep one of the three");
        }
        if mint.oauth2.as_ref().is_some_and(|oauth2| !oauth2.is_clear()) {
            let message = "`oauth2` does not say who asks for tokens".to_owned();
            let help = "give `client-id` and `client-secret`, or `username` and `password`, or all four";
            refuse("/mint/oauth2", message, help);
        }
    }
    if settings.spec.is_none() && (settings.overlay.is_some() || !settings.overlays.is_empty()) {
        let at = if settings.overlay.is_some() { "/overlay" } else { "/overlays" };
        let help = "add `spec`, or move the overlay below its [[document]]";
        refuse(at, "an overlay needs the `spec` that it is for".to_owned(), help);
    }
    if let Some((index, twice)) = document::twice(&settings.document) {
        let at = format!("/document/{index}/name");
        refuse(&at, format!("two documents have the name {twice:?}"), document::CHOOSE);
    }
}

/// A text that is no TOML, or says what nobody knows; `otherwise` helps where no name is near.
pub fn syntax(name: &str, content: &str, error: &toml::de::Error, otherwise: &str) -> Problem {
    let mut place = Place::new(name, "");
    place.position = error.span().map(|span| position(content, span.start));
    let message = error.message().trim().replace('\n', " ");
    // serde lists what it knows: the nearest of it is the help.
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let help = match quoted.split_first() {
        Some((unknown, known)) if message.starts_with("unknown") && !known.is_empty() => {
            nearest(unknown, known.iter().copied())
        }
        _ => otherwise.to_owned(),
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
    #[case(Source::Keys, "[scopes]\nwildcard = \"*\"", "[[keys]]")]
    #[case(Source::Config, "[mint]\noauth2 = { token-url = \"x\", username = \"u\" }", "`password`")]
    #[case(
        Source::Config,
        "[mint]\noauth2 = { token-url = \"x\", username = \"u\", password = \"canary\" }",
        "environment"
    )]
    fn refusals_help(#[case] source: Source, #[case] text: &str, #[case] help: &str) {
        let problems = read(source, text).unwrap_err();
        assert!(problems[0].help.as_deref().unwrap_or_default().contains(help), "{problems:?}");
        assert!(problems[0].place.position.is_some());
    }

    /// A comment that says the same is not the place.
    #[rstest]
    #[case("# ${UNSET} spek\n\n[[keys]]\nname = \"a\"\ntoken = \"${UNSET}\"", (5, 1))]
    #[case("# body-shema\n[rules]\n  body-shema = \"off\"", (3, 3))]
    #[case("# [[waive]]\n[[waive]]\nrule = \"body-schema\"\nreason = \"x\"\n[[waive]]\nrule = \"x\"\nreason = \"x\"", (6, 1))]
    fn the_place_is_that_of_the_mistake(#[case] text: &str, #[case] expected: (usize, usize)) {
        assert_eq!(read(Source::Config, text).unwrap_err()[0].place.position, Some(expected));
    }

    /// Commands that ask for no keys work without the passwords for them.
    #[rstest]
    #[case("oauth2 = { token-url = \"x\", client-id = \"${SET}\", client-secret = \"${UNSET}\" }", 1)]
    #[case("oauth2 = { token-url = \"x\", username = \"${UNSET}\", password = \"${UNSET}\" }", 2)]
    #[case("oauth2 = { token-url = \"x\", username = \"u\", password = \"${SET}\" }", 0)]
    fn variables_of_mint_are_missed_later(#[case] mint: &str, #[case] expected: usize) {
        let settings = read(Source::Config, &format!("[mint]\n{mint}")).unwrap();
        assert_eq!(settings.unset.len(), expected, "{:?}", settings.unset);
        assert!(read(Source::Keys, &format!("[mint]\n{mint}")).is_ok() == (expected == 0));
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
