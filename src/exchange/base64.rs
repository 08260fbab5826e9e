//! Base64 (RFC 4648).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes octets in the standard alphabet, with padding (§4).
pub fn encode(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len().div_ceil(3) * 4);
    for chunk in octets.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            if index <= chunk.len() {
                let sextet = (bits >> (18 - 6 * index)) & 63;
                out.push(char::from(ALPHABET[usize::try_from(sextet).unwrap_or(0)]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Writes octets in the alphabet for addresses, without padding (§5).
pub fn encode_url(octets: &[u8]) -> String {
    encode(octets).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Reads either alphabet (§4 and §5), padding optional; `None` for anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let sextet = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("", "")]
    #[case("f", "Zg==")]
    #[case("fo", "Zm8=")]
    #[case("foobar", "Zm9vYmFy")]
    fn examples_of_the_rfc(#[case] text: &str, #[case] encoded: &str) {
        assert_eq!(encode(text.as_bytes()), encoded);
        assert_eq!(decode(encoded).as_deref(), Some(text.as_bytes()));
        assert_eq!(decode(encoded.trim_end_matches('=')).as_deref(), Some(text.as_bytes()));
        assert_eq!(decode(&encode_url(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        assert_eq!(encode_url(&[0xfb, 0xff]), "-_8");
    }

    #[rstest]
    #[case("-_8", Some(vec![251, 255]))]
    #[case("+/8=", Some(vec![251, 255]))]
    #[case("!", None)]
    fn either_alphabet(#[case] encoded: &str, #[case] octets: Option<Vec<u8>>) {
        assert_eq!(decode(encoded), octets);
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(octets in any::<Vec<u8>>()) {
            prop_assert_eq!(decode(&encode(&octets)), Some(octets));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}
