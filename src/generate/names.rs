//! Guesses values by the name of a member or parameter, where the schema says nothing.

use super::text;
use crate::resources::names::words;

/// Ends of names, and the kind of value that they suggest.
const KINDS: &[(&str, &[&str])] = &[
    ("email", &["email", "emailaddress", "mailaddress", "mail"]),
    ("uri", &["url", "uri", "website", "homepage", "href"]),
    ("uuid", &["uuid", "guid"]),
    ("date", &["date", "birthday", "birthdate"]),
    ("date-time", &["datetime", "timestamp"]),
    ("phone", &["phone", "telephone", "mobile", "fax", "msisdn", "phonenumber", "mobilenumber", "faxnumber"]),
    ("ipv4", &["ip", "ipv4", "ipaddress", "ipaddr"]),
    ("ipv6", &["ipv6"]),
    ("hostname", &["hostname", "host", "domain", "domainname", "fqdn"]),
    ("port", &["port", "portnumber"]),
    ("timezone", &["timezone", "tz"]),
    ("condition", &["ifmatch"]),
    ("currency", &["currency", "currencycode"]),
    ("country", &["country", "countrycode"]),
    ("language", &["language", "languagecode", "lang", "locale"]),
];

/// The kind of value that a name suggests, by its last word or its last two.
pub(super) fn kind(name: &str) -> Option<&'static str> {
    let words = words(name);
    let one = words.last()?;
    let two = words.len().checked_sub(2).map(|at| words[at..].concat());
    let is = |known: &str, word: &str| word == known || word.strip_suffix('s') == Some(known);
    let found = |word: &str| KINDS.iter().find(|(_, known)| known.iter().any(|known| is(known, word)));
    two.as_deref().and_then(found).or_else(|| found(one)).map(|(kind, _)| *kind)
}

/// Texts that a member of that name may have, the plainest first; each turn gives others.
pub(super) fn samples(name: &str, turn: usize) -> Vec<String> {
    let pick = |lists: &[&[&str]]| -> Vec<String> {
        lists.iter().filter_map(|list| list.get(turn % list.len().max(1))).map(|t| (*t).to_owned()).collect()
    };
    match kind(name) {
        None => Vec::new(),
        // Numbers that are kept free for fiction.
        Some("phone") => {
            let number = 100 + turn % 100;
            vec![format!("+1202555{number:04}"), format!("202555{number:04}"), format!("202-555-{number:04}")]
        }
        // Any object that is there (RFC 9110 §13.1.1).
        Some("condition") => vec!["*".to_owned()],
        Some("port") => vec![(8080 + turn).to_string()],
        Some("timezone") => {
            pick(&[&["UTC", "Europe/London", "Asia/Tokyo"], &["Europe/London", "Asia/Tokyo"]])
        }
        Some("currency") => pick(&[&["USD", "EUR", "GBP", "JPY"], &["usd", "eur", "gbp", "jpy"]]),
        Some("country") => pick(&[
            &["US", "GB", "DE", "JP"],
            &["USA", "GBR", "DEU", "JPN"],
            &["us", "gb", "de", "jp"],
            &["United States", "Germany", "Japan"],
        ]),
        Some("language") => pick(&[
            &["en", "de", "fr", "ja"],
            &["en-US", "de-DE", "fr-FR"],
            &["eng", "deu", "fra"],
            &["English"],
        ]),
        Some(format) => text::of_format(format, turn).into_iter().collect(),
    }
}

/// A number that a member of that name may have.
pub(super) fn number(name: &str) -> Option<i64> {
    (kind(name) == Some("port")).then_some(8080)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("email", Some("email"))]
    #[case("contactEmail", Some("email"))]
    #[case("email_address", Some("email"))]
    #[case("emails", Some("email"))]
    #[case("avatarURL", Some("uri"))]
    #[case("image_url", Some("uri"))]
    #[case("UUID", Some("uuid"))]
    #[case("start-date", Some("date"))]
    #[case("phoneNumber", Some("phone"))]
    #[case("ip", Some("ipv4"))]
    #[case("X-Client-IP", Some("ipv4"))]
    #[case("ipAddress", Some("ipv4"))]
    #[case("hostname", Some("hostname"))]
    #[case("port", Some("port"))]
    #[case("If-Match", Some("condition"))]
    #[case("If-None-Match", None)]
    #[case("time_zone", Some("timezone"))]
    #[case("currency", Some("currency"))]
    #[case("country_code", Some("country"))]
    #[case("language", Some("language"))]
    // Ends of other words.
    #[case("zip", None)]
    #[case("ship", None)]
    #[case("report", None)]
    #[case("update", None)]
    #[case("name", None)]
    #[case("", None)]
    #[case("___", None)]
    fn kinds(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(kind(name), expected);
    }
}
