//! Texts, numbers and booleans for a flattened schema.

use serde_json::{Map, Number, Value, json};

use super::edge::{self, Edge};
use super::merge::MORE_PATTERNS;
use super::{MAX_LENGTH, Made, Unproducible};
use crate::generate::fake::{self, Dice};
use crate::generate::{names, text};
use crate::resources::members::ends_period;

/// So often must a value of the likely type be wrong before others are tried.
const OTHER_TYPES_FROM: u32 = 8;

/// The kind to make: the first that is named and not `null`, else what the keywords imply. Each
/// turn takes the next one that is named.
pub(super) fn kind(schema: &Map<String, Value>, turn: u32) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => return Some(kind),
        Some(Value::Array(kinds)) => {
            let mut names: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            names.sort_by_key(|kind| *kind == "null");
            return names.get(turn as usize / 3 % names.len().max(1)).copied();
        }
        _ => {}
    }
    // No keyword says anything of values of another type than its own.
    if turn >= OTHER_TYPES_FROM {
        return None;
    }
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
    if has(&[
        "properties",
        "required",
        "additionalProperties",
        "minProperties",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "unevaluatedProperties",
    ]) {
        Some("object")
    } else if has(&["items", "prefixItems", "minItems", "uniqueItems", "contains"]) {
        Some("array")
    } else if has(&["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]) {
        Some("number")
    } else if has(&["minLength", "maxLength", "pattern", "format"]) {
        Some("string")
    } else {
        None
    }
}

/// Whether a value is of a type that the schema names.
pub(super) fn is_kind(schema: &Map<String, Value>, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("number") => value.is_number(),
        _ => true,
    };
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is),
        Some(kind) => is(kind),
        None => true,
    }
}

/// A value that the schema refuses for its type.
pub(super) fn refused_by(schema: &Map<String, Value>) -> Option<Value> {
    schema.get("type")?;
    [json!("string"), json!(0), json!({}), Value::Bool(true)]
        .into_iter()
        .find(|value| !is_kind(schema, value))
}

/// A text, a number or a truth that is to be made.
#[derive(Clone, Copy)]
pub(super) struct Scalar<'s> {
    /// What is said of it.
    pub schema: &'s Map<String, Value>,
    /// Each turn leads to another value.
    pub turn: u32,
    /// Where it is to be plausible.
    pub dice: Option<Dice>,
    /// The nearest member around it.
    pub name: &'s str,
    /// The edge at which it is to be made.
    pub edge: Option<Edge>,
}

impl Scalar<'_> {
    /// A value of that kind.
    ///
    /// # Errors
    /// Why none can be made.
    pub fn make(mut self, kind: &str) -> Made {
        // A plausible value that was wrong once gives way to a plain one.
        self.dice = self.dice.filter(|_| self.turn == 0);
        if let Some(edge) = self.edge.filter(|_| self.turn == 0) {
            let made = match kind {
                "integer" | "number" => edge::number(edge, kind == "integer", self.schema),
                "boolean" => None,
                _ => edge::string(edge, self.schema).map(Value::String),
            };
            if let Some(made) = made {
                return Ok(made);
            }
        }
        match kind {
            "integer" => self.number(true),
            "number" => self.number(false),
            "boolean" => Ok(Value::Bool(match self.dice {
                Some(mut dice) => dice.below(2) == 0,
                None => self.turn.is_multiple_of(2),
            })),
            _ => self.string(),
        }
    }

    fn string(&self) -> Made {
        let Self { schema, turn, dice, name, .. } = *self;
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        let least = bound("minLength").unwrap_or(0);
        if least > MAX_LENGTH * 16 {
            return Err(Unproducible::TooLarge(format!("at least {least} characters")));
        }
        let least = usize::try_from(least).unwrap_or(0);
        let most = bound("maxLength").and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        let encoded = schema.get("contentEncoding").and_then(Value::as_str).map(|encoding| match encoding {
            "base64" => "byte",
            other => other,
        });
        let format = schema.get("format").and_then(Value::as_str).or(encoded);
        let patterns: Vec<&str> = schema
            .get("pattern")
            .into_iter()
            .chain(schema.get(MORE_PATTERNS).and_then(Value::as_array).into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let fits = |made: &str| {
            let length = made.chars().count();
            length >= least
                && length <= most
                && patterns.iter().all(|pattern| {
                    fancy_regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(made).unwrap_or(false))
                })
        };
        if let Some(mut dice) = dice {
            let made = format.and_then(|format| {
                let plain = |dice: &mut Dice| text::of_format(format, dice.below(1_000));
                fake::format_of(name, format, &mut dice).or_else(|| plain(&mut dice))
            });
            let made = made.map_or_else(|| fake::texts(name, &mut dice), |made| vec![made]);
            if let Some(made) = made.into_iter().find(|made| fits(made)) {
                return Ok(Value::String(made));
            }
        }
        // What ends comes after what begins.
        let is_time = matches!(format.or_else(|| names::kind(name)), Some("date" | "date-time" | "time"));
        let turn = turn as usize + usize::from(is_time && ends_period(name));
        // A format that nobody knows is a name, too.
        let is_known = |format: &&str| text::of_format(format, turn).is_some();
        let named = match format {
            Some(format) if is_known(&format) => Vec::new(),
            Some(format) if names::kind(format).is_some() => names::samples(format, turn),
            _ => names::samples(name, turn),
        };
        if let Some(made) = named.into_iter().find(|made| fits(made)) {
            return Ok(Value::String(made));
        }
        let sample = format.map_or_else(|| text::word(turn), |format| text::sample(format, turn));
        if fits(&sample) {
            return Ok(Value::String(sample));
        }
        if patterns.is_empty() {
            return Ok(Value::String(text::fitted(&sample, format, least, most)));
        }
        for pattern in &patterns {
            let short =
                least.saturating_sub(text::matching(pattern, 0).map_or(0, |made| made.chars().count()));
            for (extra, turn) in
                [0, short].into_iter().flat_map(|extra| (0..8).map(move |t| (extra + t / 2, turn + t)))
            {
                if let Some(made) = text::varied(pattern, extra, turn).filter(|made| fits(made)) {
                    return Ok(Value::String(made));
                }
            }
        }
        let found = patterns.iter().find_map(|pattern| text::matching(pattern, least));
        found.map(Value::String).ok_or_else(|| {
            Unproducible::NotFound(format!("no text matches the pattern {}", patterns.first().unwrap_or(&"")))
        })
    }

    /// The number nearest to 0 within the bounds; each turn goes a step further.
    fn number(&self, whole: bool) -> Made {
        let Self { schema, turn, dice, name, .. } = *self;
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_number).and_then(scaled);
        let one = 10_i128.pow(DECIMALS);
        let multiple = bound("multipleOf").filter(|step| *step > 0);
        // Whole multiples of a broken step are multiples of both.
        let step = match (multiple, whole) {
            (Some(step), true) if step % one != 0 => {
                (1..=10_000).map(|n| step * n).find(|s| s % one == 0).unwrap_or(one)
            }
            (Some(step), _) => step,
            (None, true) => one,
            (None, false) => 0,
        };
        let nudge = if step > 0 { 1 } else { one / 2 };
        let low = bound("exclusiveMinimum").map(|limit| limit + nudge);
        let high = bound("exclusiveMaximum").map(|limit| limit - nudge);
        let mut least = bound("minimum").into_iter().chain(low).max();
        let mut most = bound("maximum").into_iter().chain(high).min();
        if let (Some(l), Some(m)) = (least, most)
            && l > m
            && step == 0
        {
            // A half is too far between narrow exclusive bounds.
            let edge = |keyword: &str, other: i128| bound(keyword).unwrap_or(other);
            let middle = edge("exclusiveMinimum", l).midpoint(edge("exclusiveMaximum", m));
            (least, most) = (Some(middle), Some(middle));
        }
        let inside = |value: i128| least.is_none_or(|l| value >= l) && most.is_none_or(|m| value <= m);
        let wanted = match dice {
            Some(mut dice) => fake::number(name, whole, &mut dice),
            None => names::number(name).map_or(0, |number| i128::from(number) * one),
        };
        let near = |value: i128| {
            let value = most.map_or(value, |most| value.min(most));
            let value = least.map_or(value, |least| value.max(least));
            if step == 0 {
                return value;
            }
            let up = value.div_euclid(step) * step + if value.rem_euclid(step) == 0 { 0 } else { step };
            if inside(up) { up } else { value.div_euclid(step) * step }
        };
        let base = near(wanted);
        let stride = if step > 0 { step } else { one };
        let further = [base + stride * i128::from(turn), base - stride * i128::from(turn)]
            .into_iter()
            .find(|value| inside(*value))
            .or_else(|| {
                // Between narrow bounds only parts of one are left.
                let (least, most) = (least?, most?);
                (step == 0).then(|| least + (most - least) / i128::from(turn + 1))
            });
        let value = further.unwrap_or(base);
        if !inside(value) {
            return Err(Unproducible::NotFound("no number is within the bounds".to_owned()));
        }
        unscaled(value)
            .map(Value::Number)
            .ok_or_else(|| Unproducible::NotFound("no number is within the bounds".to_owned()))
    }
}

/// Decimals that are reckoned with.
const DECIMALS: u32 = 12;

/// A number as a whole number of 10⁻¹² parts.
fn scaled(number: &Number) -> Option<i128> {
    if let Some(whole) = number.as_i128() {
        return whole.checked_mul(10_i128.pow(DECIMALS));
    }
    let text = format!("{:.12}", number.as_f64()?);
    let (whole, parts) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{parts:0<12}").parse().ok()
}

/// Undoes [`scaled`]; whole numbers have no point.
fn unscaled(value: i128) -> Option<Number> {
    let one = 10_i128.pow(DECIMALS);
    if value % one == 0 {
        return Number::from_i128(value / one);
    }
    let sign = if value < 0 { "-" } else { "" };
    let (whole, parts) = (value.abs() / one, value.abs() % one);
    let text = format!("{sign}{whole}.{parts:012}");
    text.trim_end_matches('0').parse::<f64>().ok().and_then(Number::from_f64)
}
