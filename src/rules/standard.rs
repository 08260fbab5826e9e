//! Where the standard that a rule holds a server to can be read.

use super::{Family, Rule};

/// The published specification of OpenAPI.
const OPENAPI: &str = "https://spec.openapis.org/oas/latest.html";
/// How a meaning cites a standard, up to its number.
const CITES: &str = "RFC ";

impl Rule {
    /// The address of the section that it goes by: what its meaning cites, else what its family is about. What has to do
    /// with files of the user alone has none.
    pub fn standard(self) -> Option<String> {
        cited(self.meaning()).or_else(|| {
            let section = match self.family() {
                Family::Status => "responses-object",
                Family::Body => "media-type-object",
                Family::Header => "header-object",
                Family::Auth | Family::Scope => "security-requirement-object",
                Family::Method => "path-item-object",
                Family::Input => "schema-object",
                Family::Callback => "callback-object",
                Family::Page => "parameter-object",
                Family::State => return Some(rfc("9110", Some("9.3"))),
                Family::Transport => return Some(rfc("9112", Some("8"))),
                Family::Snapshot | Family::Waiver => return None,
            };
            Some(format!("{OPENAPI}#{section}"))
        })
    }
}

/// The first RFC that a text cites, with its section where it names one.
fn cited(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(CITES)?;
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let rest = rest.get(number.len()..)?.strip_prefix(" §");
    let section =
        rest.map(|rest| rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect::<String>());
    let section =
        section.as_deref().map(|section| section.trim_end_matches('.')).filter(|section| !section.is_empty());
    (!number.is_empty()).then(|| rfc(&number, section))
}

fn rfc(number: &str, section: Option<&str>) -> String {
    let section = section.map_or_else(String::new, |section| format!("#section-{section}"));
    format!("https://www.rfc-editor.org/rfc/rfc{number}{section}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Rule::ServerError, Some("https://www.rfc-editor.org/rfc/rfc9110#section-15.6"))]
    #[case(Rule::UpdateClobbered, Some("https://www.rfc-editor.org/rfc/rfc5789"))]
    #[case(Rule::BodySchema, Some("https://spec.openapis.org/oas/latest.html#media-type-object"))]
    #[case(Rule::CreateNotFound, Some("https://www.rfc-editor.org/rfc/rfc9110#section-9.3"))]
    #[case(Rule::WaiverUnused, None)]
    fn a_rule_leads_to_its_standard(#[case] rule: Rule, #[case] expected: Option<&str>) {
        assert_eq!(rule.standard().as_deref(), expected);
    }

    #[rstest]
    #[case("see RFC 9110 §15.5.6.", Some("https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6"))]
    #[case("see RFC x", None)]
    #[case("nothing", None)]
    fn citations(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(cited(text).as_deref(), expected);
    }
}
