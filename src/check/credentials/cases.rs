//! The cases of the access matrix, and which scopes may include one another without the document saying so.

use super::KeyChoice;
use crate::contract::Operation;
use crate::contract::scopes::ScopeRules;
use crate::judge::exchange::Intent;
use crate::run::{KeyInfo, KeyKind};

/// A case of the access matrix, beside the minimal key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Which kind of key it is.
    pub kind: KeyKind,
    /// `lacks person:read`, `without a key`, …
    pub label: String,
    /// The key.
    pub choice: KeyChoice,
    /// The first missing scope, for a wrong key that is known.
    pub missing: Option<String>,
    /// Success is only a warning: the key may have more than the document says.
    pub maybe_implied: bool,
}

/// The cases of an operation that asks for a credential: wider keys first, then wrong ones from
/// blunt to sharp. An operation whose body is the credential has none.
pub fn cases(operation: &Operation, vocabulary: &[String], rules: &ScopeRules) -> Vec<Case> {
    if operation.is_open() || operation.is_login() {
        return Vec::new();
    }
    let required = operation.scopes();
    let mut cases = Vec::new();
    let mut wider = |kind: KeyKind, scopes: Vec<String>| {
        if scopes != required && rules.missing(required, &scopes).is_none() {
            cases.push(Case {
                kind,
                label: kind.to_string(),
                choice: KeyChoice::Wider { scopes },
                missing: None,
                maybe_implied: false,
            });
        }
    };
    if !required.is_empty() {
        if rules.write_implies_read {
            let write = required.iter().map(|scope| match scope.strip_suffix(":read") {
                Some(resource) => format!("{resource}:write"),
                None => scope.clone(),
            });
            wider(KeyKind::Write, write.collect());
        }
        if !rules.wildcard.is_empty() {
            wider(KeyKind::Wildcard, vec![rules.wildcard.clone()]);
        }
    }
    let plain = |kind: KeyKind, choice| Case {
        kind,
        label: kind.to_string(),
        choice,
        missing: None,
        maybe_implied: false,
    };
    cases.push(plain(KeyKind::Nothing, KeyChoice::Nothing));
    cases.push(plain(KeyKind::Unknown, KeyChoice::Unknown));
    if required.is_empty() {
        return cases;
    }
    // What another alternative asks for is no key that lacks something.
    let is_enough = |scopes: &[String]| {
        let mut others = operation.security.iter().filter(|other| !other.scopes.is_empty());
        others.any(|other| rules.missing(&other.scopes, scopes).is_none())
    };
    let mut lacking = |kind: KeyKind, label: String, scopes: Vec<String>| {
        if is_enough(&scopes) {
            return;
        }
        let same = |case: &Case| matches!(&case.choice, KeyChoice::Lacking { scopes: known, .. } if *known == scopes);
        if let Some(missing) = rules.missing(required, &scopes)
            && !cases.iter().any(same)
        {
            let maybe_implied = scopes.iter().any(|held| may_imply(held, missing));
            let choice = KeyChoice::Lacking { scopes, required: required.to_vec() };
            cases.push(Case { kind, label, choice, missing: Some(missing.to_owned()), maybe_implied });
        }
    };
    lacking(KeyKind::NoScope, KeyKind::NoScope.to_string(), Vec::new());
    if required.len() > MAX_REQUIRED {
        return cases;
    }
    let strange: Vec<String> =
        vocabulary.iter().filter(|scope| !is_enough(std::slice::from_ref(scope))).cloned().collect();
    if let Some(scope) = unrelated(required, &strange, rules) {
        lacking(KeyKind::Unrelated, format!("only {scope}"), vec![scope]);
    }
    if required.len() > 1 {
        for left_out in required {
            let rest = required.iter().filter(|scope| *scope != left_out).cloned().collect();
            lacking(KeyKind::AllButOne, format!("lacks {left_out}"), rest);
        }
    }
    for (label, scopes) in reads_for_writes(required, vocabulary, rules) {
        lacking(KeyKind::ReadForWrite, label, scopes);
    }
    cases
}

/// The required scopes with one that reads in place of one that writes, each with what it is called.
fn reads_for_writes(
    required: &[String],
    vocabulary: &[String],
    rules: &ScopeRules,
) -> Vec<(String, Vec<String>)> {
    let swapped = required.iter().filter_map(|scope| {
        let read = format!("{}:read", scope.strip_suffix(":write")?);
        if !rules.write_implies_read && !vocabulary.contains(&read) {
            return None;
        }
        let scopes = required.iter().map(|other| if other == scope { &read } else { other });
        Some((format!("{read} for {scope}"), scopes.cloned().collect()))
    });
    swapped.collect()
}

/// An intent in the light of the key that was had for it, which may hold other scopes than were
/// wished for.
pub fn weighed(intent: &Intent, key: Option<&KeyInfo>) -> Intent {
    match (intent, key) {
        (Intent::Lacking { scope, maybe_implied: false }, Some(key)) => {
            let maybe_implied = key.scopes.iter().any(|held| may_imply(held, scope));
            Intent::Lacking { scope: scope.clone(), maybe_implied }
        }
        _ => intent.clone(),
    }
}

const READS: [&str; 5] = ["read", "list", "view", "get", "access"];
const WRITES: [&str; 10] =
    ["write", "create", "update", "delete", "edit", "post", "put", "patch", "add", "modify"];
const BROAD: [&str; 8] = ["admin", "all", "full", "root", "owner", "manage", "superuser", "*"];

/// The words of a scope, in lower case.
fn words(scope: &str) -> Vec<String> {
    let parts = scope.split([':', '.', '/', '_', '-', '!', '=', ' ']);
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
}

fn is_verb(word: &str) -> bool {
    READS.contains(&word) || WRITES.contains(&word)
}

/// The words that name the resource, each in the singular.
fn resource(scope: &str) -> Vec<String> {
    let words = words(scope).into_iter().filter(|word| !is_verb(word));
    words.map(|word| singular(&word)).collect()
}

fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) if !stem.is_empty() => format!("{stem}y"),
        _ if word.len() < 4 || word.ends_with("ss") => word.to_owned(),
        _ => match word.strip_suffix("es") {
            Some(stem) if ["s", "x", "sh", "ch"].iter().any(|end| stem.ends_with(end)) => stem.to_owned(),
            _ => word.strip_suffix('s').unwrap_or(word).to_owned(),
        },
    }
}

/// A scope that is a bare verb, or says that it is all.
pub(in crate::check) fn is_broad(scope: &str) -> bool {
    let words = words(scope);
    words.iter().any(|word| BROAD.contains(&word.as_str())) || words.iter().all(|word| is_verb(word))
}

/// Whether two scopes are about one resource: the words of one are among those of the other.
pub(super) fn is_same_resource(one: &str, other: &str) -> bool {
    let (one, other) = (resource(one), resource(other));
    let holds = |outer: &[String], inner: &[String]| inner.iter().all(|word| outer.contains(word));
    !one.is_empty() && !other.is_empty() && (holds(&one, &other) || holds(&other, &one))
}

/// Whether holding one scope may be enough for another, in a hierarchy that the document does not
/// say. A read scope never includes a write scope.
pub(super) fn may_imply(held: &str, required: &str) -> bool {
    let has = |scope: &str, verbs: &[&str]| words(scope).iter().any(|word| verbs.contains(&word.as_str()));
    let reads_for_write = has(held, &READS) && !has(held, &WRITES) && has(required, &WRITES);
    is_broad(held) || (is_same_resource(held, required) && !reads_for_write)
}

/// Of an operation that wants more scopes than these no single one is left out: there would be as many keys, each
/// with all the others.
const MAX_REQUIRED: usize = 100;

/// A scope of another resource: for what writes one that writes there, since who looks at the verb alone takes it; else
/// with another verb where there is one. Where there is none, one that may include the required scope without the
/// document telling.
fn unrelated(required: &[String], vocabulary: &[String], rules: &ScopeRules) -> Option<String> {
    let verb = |scope: &str| words(scope).into_iter().find(|word| is_verb(word));
    let candidates =
        || vocabulary.iter().filter(|scope| rules.missing(required, std::slice::from_ref(scope)).is_some());
    let elsewhere =
        |scope: &&String| !is_broad(scope) && !required.iter().any(|r| is_same_resource(r, scope));
    let other_verb = |scope: &&String| required.iter().all(|r| verb(r) != verb(scope));
    let writes = |scope: &String| verb(scope).is_some_and(|verb| WRITES.contains(&verb.as_str()));
    let also_writes = |scope: &&String| required.iter().any(writes) && writes(scope);
    candidates()
        .find(|scope| elsewhere(scope) && also_writes(scope))
        .or_else(|| candidates().find(|scope| elsewhere(scope) && other_verb(scope)))
        .or_else(|| candidates().find(elsewhere))
        // A single required scope is what "all but one" leaves out; a scope of the same resource is not
        // unrelated.
        .or_else(|| candidates().find(|scope| !required.contains(scope)))
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rules() -> ScopeRules {
        ScopeRules { wildcard: "*".to_owned(), write_implies_read: true, ..ScopeRules::default() }
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    #[rstest]
    #[case(&["a:write"], &["a:read", "a:write", "b:read"], Some("b:read"))]
    #[case::writes(&["a:write"], &["a:read", "a:write", "b:read", "b:write"], Some("b:write"))]
    #[case(&["a:read"], &["a:read", "b:read", "b:write"], Some("b:write"))]
    #[case(&["a:read"], &["a:read", "read", "x:admin"], Some("read"))]
    #[case(&["read:groups"], &["read:groups", "list:groups"], Some("list:groups"))]
    #[case(&["read:users"], &["read:users", "users:activity", "list:users", "read:hub"], Some("read:hub"))]
    #[case(&["read:users"], &["user:activity", "read:users", "tokens"], Some("tokens"))]
    #[case(&["a:read"], &["a:read", "a:write"], None)]
    fn the_unrelated_scope(#[case] required: &[&str], #[case] all: &[&str], #[case] scope: Option<&str>) {
        assert_eq!(unrelated(&strings(required), &strings(all), &rules()).as_deref(), scope);
    }

    /// Where success is only a warning.
    #[rstest]
    #[case("users:activity", "read:users", true)]
    #[case("read:users:name", "read:users", true)]
    #[case("list:users", "read:users", true)]
    #[case("read:users", "read:users:name", true)]
    #[case("user:list", "users:read", true)]
    #[case("categories:list", "category.read", true)]
    #[case("a:write", "a:read", true)]
    #[case("a:admin", "b:read", true)]
    #[case("write", "b:read", true)]
    #[case("a:read", "a:write", false)]
    #[case("read:users:name", "delete:users", false)]
    #[case("a:read", "b:read", false)]
    #[case("userdata:read", "user:read", false)]
    fn hierarchies_that_may_be(#[case] held: &str, #[case] required: &str, #[case] expected: bool) {
        assert_eq!(may_imply(held, required), expected);
        let key = KeyInfo { name: "k".to_owned(), scopes: strings(&[held]) };
        let intent = Intent::Lacking { scope: required.to_owned(), maybe_implied: false };
        let told = Intent::Lacking { scope: required.to_owned(), maybe_implied: expected };
        assert_eq!(weighed(&intent, Some(&key)), told);
    }
}
