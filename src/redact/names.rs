//! Names under which clients send what nobody else must see, in any API.

/// Words that say it alone.
const WORDS: [&str; 19] = [
    "apikey",
    "accesskey",
    "accesstoken",
    "authtoken",
    "authorization",
    "bearer",
    "credential",
    "credentials",
    "csrf",
    "jwt",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "sid",
    "signature",
    "xsrf",
];

/// Words of which the second says it behind one of the first.
const PAIRS: [(&[&str], &str); 3] = [
    (
        &[
            "access",
            "account",
            "api",
            "app",
            "auth",
            "functions",
            "host",
            "license",
            "master",
            "private",
            "shared",
            "signing",
            "subscription",
        ],
        "key",
    ),
    (
        &[
            "access", "api", "app", "auth", "bearer", "csrf", "deploy", "id", "job", "personal", "private",
            "refresh", "security", "session", "user", "vault", "xsrf",
        ],
        "token",
    ),
    (&["session"], "id"),
];

/// Whether a header field or a parameter of this name holds a secret. `page_token` and `key` alone do not.
pub fn is_secret(name: &str) -> bool {
    let words = words(name);
    let pairs = words.iter().zip(words.iter().skip(1));
    let is_pair = |first: &str, second: &str| {
        PAIRS.iter().any(|(before, word)| *word == second && before.contains(&first))
    };
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || matches!(words.iter().map(String::as_str).collect::<Vec<_>>()[..], ["token" | "auth" | "session"])
        || pairs.into_iter().any(|(first, second)| is_pair(first, second))
}

/// The words of a name, in lower case: `X-Auth-Token`, `authToken` and `auth_token` end in the same ones.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_small = false;
    for c in name.chars().take(200) {
        let begins = !c.is_ascii_alphanumeric() || (was_small && c.is_ascii_uppercase());
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_lowercase());
        }
        was_small = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty() && word != "x");
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("api_key", true)]
    #[case("X-Auth-Token", true)]
    #[case("accessToken", true)]
    #[case("token", true)]
    #[case("Proxy-Authorization", true)]
    #[case("client_secret", true)]
    #[case("X-Functions-Key", true)]
    #[case("X-CSRF", true)]
    #[case("X-Session", true)]
    #[case("session_count", false)]
    #[case("page_token", false)]
    #[case("next-token", false)]
    #[case("key", false)]
    #[case("X-Request-Id", false)]
    #[case("idempotency-key", false)]
    fn secrets_have_such_names(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_secret(name), expected);
    }
}
