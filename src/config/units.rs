//! Durations and rates, as people write them.

use std::time::Duration;

/// A duration: `2`, `300ms`, `1.5s`, `5m`, `1h`.
///
/// # Errors
/// What is wrong with the text.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("unknown time unit {other:?}; use ms, s, m or h")),
    };
    let number: f64 =
        number.parse().map_err(|_| format!("invalid duration {text:?}; write 2, 300ms or 5m"))?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

/// A limit of time, which is more than nothing.
///
/// # Errors
/// What is wrong with the text.
pub fn span(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("no time at all is no limit; write 30s or 500ms, or leave it out".to_owned()),
        span => Ok(span),
    }
}

/// A number of things, of which there is at least one.
///
/// # Errors
/// What is wrong with the text.
pub fn count(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(0) => Err("with 0 nothing could be done; write 1 or more, or leave it out".to_owned()),
        Ok(count) => Ok(count),
        Err(_) => Err(format!("invalid number {text:?}; write 1 or more")),
    }
}

/// A size in bytes: `1000`, `64k`, `200MB`, `1GiB`; a unit is a power of 1024.
///
/// # Errors
/// What is wrong with the text.
pub fn size(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim().to_ascii_lowercase();
    let shift = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return Err(format!("unknown unit {unit:?}; use k, MB or GB")),
    };
    let number: usize = number.parse().map_err(|_| format!("invalid size {text:?}; write 64k or 200MB"))?;
    number.checked_mul(1 << shift).ok_or_else(|| format!("{text:?} is too large"))
}

/// A share in percent: `80`, `80%`, `87.5 %`.
///
/// # Errors
/// What is wrong with the text.
pub fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    match number.parse::<f64>() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
        _ => Err(format!("invalid share {text:?}; write a number from 0 to 100")),
    }
}

/// A share of all: `5%`, or `0.05`.
///
/// # Errors
/// What is wrong with the text. A bare 1 may mean 1% or all.
pub fn probability(text: &str) -> Result<f64, String> {
    let wrong = |why: &str| format!("invalid share {text:?}{why}; write 5% or 0.05");
    let (number, most) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    match number.parse::<f64>() {
        Ok(1.0) if most < 2.0 => Err(format!("{text:?} may mean 1% or all; write 1% or 100%")),
        Ok(number) if (0.0..=most).contains(&number) => Ok(number / most),
        Ok(number) if number > most && number <= 100.0 => Err(wrong(": a number without % is at most 1")),
        Ok(_) => Err(wrong(": it is from 0 to 100%")),
        Err(_) => Err(wrong("")),
    }
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
        other => return Err(format!("unknown time unit {other:?}; use s, m or h")),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number / seconds),
        _ => Err(format!("invalid rate {text:?}; write 8/s or 480/m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("1000", Ok(1000))]
    #[case("64k", Ok(65_536))]
    #[case("200MB", Ok(200 << 20))]
    #[case("1GiB", Ok(1 << 30))]
    #[case("x", Err(()))]
    #[case("1 parsec", Err(()))]
    #[case("99999999999999999999", Err(()))]
    fn sizes(#[case] text: &str, #[case] octets: Result<usize, ()>) {
        assert_eq!(size(text).map_err(|_| ()), octets);
    }

    #[rstest]
    #[case("0")]
    #[case("0ms")]
    #[case("0.0h")]
    fn nothing_is_no_limit(#[case] text: &str) {
        assert!(span(text).unwrap_err().contains("leave it out"));
        assert_eq!(span("1ms"), Ok(Duration::from_millis(1)));
    }

    #[rstest]
    #[case("1", Ok(1))]
    #[case("0", Err("leave it out"))]
    #[case("-1", Err("1 or more"))]
    #[case("many", Err("1 or more"))]
    fn counts(#[case] text: &str, #[case] expected: Result<usize, &str>) {
        match (count(text), expected) {
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (read, expected) => assert_eq!(read.map_err(|_| ""), expected),
        }
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

    #[rstest]
    #[case("80", Some(80.0))]
    #[case("87.5 %", Some(87.5))]
    #[case("0", Some(0.0))]
    #[case("100.1", None)]
    #[case("-1", None)]
    #[case("NaN", None)]
    #[case("most", None)]
    fn shares(#[case] text: &str, #[case] expected: Option<f64>) {
        assert_eq!(percent(text).ok(), expected);
    }

    #[rstest]
    #[case("5%", Ok(0.05))]
    #[case("0.05", Ok(0.05))]
    #[case("100 %", Ok(1.0))]
    #[case("0", Ok(0.0))]
    #[case("5", Err("without % is at most 1"))]
    #[case("1", Err("write 1% or 100%"))]
    #[case("101%", Err("from 0 to 100%"))]
    #[case("-1%", Err("from 0 to 100%"))]
    #[case("NaN", Err("from 0 to 100%"))]
    #[case("often", Err("write 5% or 0.05"))]
    fn probabilities(#[case] text: &str, #[case] expected: Result<f64, &str>) {
        match (probability(text), expected) {
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (read, expected) => assert_eq!(read.map_err(|_| ""), expected),
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (duration(&text), rate(&text), percent(&text), probability(&text));
        }
    }
}
