//! Members that no two objects share, by their names and by what the document says of a conflict.

use super::members::is_key;
use super::names;
use crate::contract::{Operation, StatusKey};

/// Words by which a document says that a conflict is about what another object has.
const TAKEN: [&str; 7] = ["exist", "taken", "already", "duplicate", "unique", "in use", "that another"];
/// Words that say so of a member wherever a conflict is documented, whether its number is beside them or not.
const NEW: [&str; 3] = ["must be new", "must be unique", "has to be unique"];
/// Words by which a document says that a refusal is about an object that is not there.
pub const UNKNOWN: [&str; 5] = ["exist", "refer", "unknown", "no such", "not known"];

/// Whether a create refuses (409) what has a member in common with another object, as far as names and prose tell.
pub fn is_unique(create: &Operation, name: &str) -> bool {
    let about = names::letters(name);
    let prose = format!("{}. {}", create.summary, create.description).to_lowercase();
    let mut clauses = prose.split(['.', ',', ';']);
    let is_said = |clause: &str| clause.contains(&about) && NEW.iter().any(|words| clause.contains(words));
    distinguishes(name)
        && (says(create, 409, &TAKEN, &about) || (create.documents(409) && clauses.any(is_said)))
}

/// Whether a member is called as what no two objects share: not a mere name.
pub fn distinguishes(name: &str) -> bool {
    let letters = names::letters(name);
    (is_key(name) && !["name", "title", "label", "tag", "number"].contains(&letters.as_str()))
        || ["email", "username", "sku", "isbn"].contains(&letters.as_str())
}

/// Whether the document says of a status that it is for this, and names what it is about: at the status, or in a
/// sentence about the operation that has both: "An email that another account has is refused with 409."
pub fn says(operation: &Operation, status: u16, words: &[&str], about: &str) -> bool {
    let documented = operation.responses.iter().find(|response| response.status == StatusKey::Code(status));
    documented.is_some_and(|documented| {
        let tells = |text: &str| text.contains(about) && words.iter().any(|word| text.contains(word));
        let number = status.to_string();
        let prose = format!("{}. {}", operation.summary, operation.description).to_lowercase();
        let mut sentences = prose.split(". ").filter(|sentence| sentence.contains(&number));
        tells(&documented.description.to_lowercase())
            || sentences.any(|sentence| {
                // Line breaks stand for spaces.
                tells(&sentence.split_whitespace().collect::<Vec<_>>().join(" "))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("email", "An account with this email exists already.", true)]
    #[case("email", "The account is locked.", false)]
    #[case("email", "The name is taken.", false)]
    #[case("title", "This title is taken.", false)]
    #[case("code", "The code must be unique.", true)]
    fn what_the_document_says_of_a_conflict(#[case] name: &str, #[case] text: &str, #[case] expected: bool) {
        let responses = json!({"201": {"description": ""}, "409": {"description": text}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {"responses": responses}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        assert_eq!(is_unique(&contract.operations[0], name), expected);
    }

    #[rstest]
    #[case("An `email` that another\ncontact has is refused with 409.", true)]
    #[case("Members stay. An `email` that another contact has is refused with 409. So is a draft.", true)]
    #[case("Its email must be new, and its plan known (else 422)", true)]
    #[case("An `email` that another contact has is refused.", false)]
    #[case("A locked account is refused with 409. The `email` that another contact has is fine.", false)]
    fn what_the_document_says_of_an_operation(#[case] text: &str, #[case] expected: bool) {
        let responses = json!({"201": {"description": ""}, "409": {"description": "No."}});
        let post = json!({"description": text, "responses": responses});
        let tree = json!({"openapi": "3.1.0", "paths": {"/a": {"post": post}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        assert_eq!(is_unique(&contract.operations[0], "email"), expected);
    }
}
