//! Plausible values by format and by the name of the member, from a seed: the same seed gives the
//! same values.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::resources::names::letters;

/// Choices that depend on a seed and on a place, so that one place never moves another.
#[derive(Debug, Clone, Copy)]
pub struct Dice(u64);

impl Dice {
    /// Dice for a place.
    pub fn new(seed: u64, place: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (seed, place).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % count).unwrap_or(0)
    }

    fn one<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words.get(self.below(words.len())).copied().unwrap_or_default()
    }
}

const FIRST: &[&str] = &[
    "Ada", "Alan", "Barbara", "Claude", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Ken", "Margaret",
    "Radia",
];
const LAST: &[&str] = &[
    "Allen", "Dijkstra", "Hamilton", "Hopper", "Knuth", "Lamarr", "Liskov", "Lovelace", "Perlman", "Shannon",
    "Thompson", "Turing",
];
/// Cities, each with its country.
const PLACES: &[(&str, &str)] = &[
    ("Amsterdam", "NL"),
    ("Berlin", "DE"),
    ("Kyoto", "JP"),
    ("Lagos", "NG"),
    ("Lima", "PE"),
    ("London", "GB"),
    ("Montreal", "CA"),
    ("Nairobi", "KE"),
    ("Oslo", "NO"),
    ("Sydney", "AU"),
    ("Toronto", "CA"),
    ("Vienna", "AT"),
];
const CITIES: &[&str] = &[
    "Amsterdam",
    "Berlin",
    "Kyoto",
    "Lagos",
    "Lima",
    "London",
    "Montreal",
    "Nairobi",
    "Oslo",
    "Sydney",
    "Toronto",
    "Vienna",
];
const COUNTRIES: &[&str] = &["AT", "AU", "CA", "DE", "GB", "JP", "KE", "NG", "NL", "NO", "PE", "US"];
const COUNTRIES_3: &[&str] =
    &["AUT", "AUS", "CAN", "DEU", "GBR", "JPN", "KEN", "NGA", "NLD", "NOR", "PER", "USA"];
const COUNTRY_NAMES: &[&str] =
    &["Australia", "Austria", "Canada", "Germany", "Japan", "Kenya", "Nigeria", "Norway", "Peru"];
const GENDERS: &[&str] = &["female", "male", "nonbinary"];
const STREETS: &[&str] = &[
    "Canal Street",
    "Garden Lane",
    "Harbour Road",
    "Hill Street",
    "Market Square",
    "Mill Lane",
    "Park Avenue",
    "Station Road",
];
const WORDS: &[&str] = &[
    "amber", "bright", "calm", "delta", "early", "field", "green", "harbour", "island", "jolly", "kind",
    "lively", "morning", "north", "open", "plain", "quiet", "river", "silver", "tidy", "upper", "valley",
    "warm", "young",
];
const COLORS: &[&str] = &["#1d4aff", "#2fa77b", "#5b3cc4", "#b62ad9", "#d4380d", "#f7a501"];

/// A seed for a place of its own.
pub(super) fn seed_of(seed: u64, place: &str) -> u64 {
    Dice::new(seed, place).0
}

/// The country of a city that is known.
pub(super) fn country_of(city: &str) -> Option<&'static str> {
    PLACES.iter().find(|(known, _)| *known == city).map(|(_, country)| *country)
}

/// Names of days on which people were born.
const BIRTHDAYS: &[&str] = &["birthday", "birthdate", "dateofbirth", "dob", "born"];

/// A text of a format, by the name of its member too: people were born before the rest happened.
pub(super) fn format_of(name: &str, format: &str, dice: &mut Dice) -> Option<String> {
    let is_birthday = BIRTHDAYS.iter().any(|word| has(name, word));
    match format {
        "date" | "date-time" if is_birthday => {
            let day = birthday(dice);
            Some(if format == "date" { day } else { format!("{day}T00:00:00Z") })
        }
        "duration" => Some(duration(dice)),
        "byte" | "base64" => Some(crate::exchange::base64::encode(text("", dice).as_bytes())),
        format => self::format(format, dice),
    }
}

fn birthday(dice: &mut Dice) -> String {
    format!("{}-{:02}-{:02}", 1950 + dice.below(55), 1 + dice.below(12), 1 + dice.below(28))
}

/// A duration (ISO 8601), from minutes to hours.
fn duration(dice: &mut Dice) -> String {
    match (dice.below(4), 5 * (1 + dice.below(11))) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

/// A text of a format; `None` for a format that has no plausible texts of its own.
pub(super) fn format(format: &str, dice: &mut Dice) -> Option<String> {
    let (year, month, day) = (2022 + dice.below(4), 1 + dice.below(12), 1 + dice.below(28));
    let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
    Some(match format {
        "date" => format!("{year}-{month:02}-{day:02}"),
        "date-time" => format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        "time" => format!("{hour:02}:{minute:02}:{second:02}Z"),
        "email" | "idn-email" => email(dice),
        "hostname" | "idn-hostname" => host(dice),
        "uri" | "url" | "iri" => format!("https://{}/{}", host(dice), dice.one(WORDS)),
        "ipv4" => format!("192.0.2.{}", 1 + dice.below(254)),
        "ipv6" => format!("2001:db8::{:x}", 1 + dice.below(65_534)),
        "uuid" => {
            let (high, low) = (dice.next(), dice.next());
            format!(
                "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
                high >> 32,
                (high >> 16) & 0xffff,
                high & 0xfff,
                low >> 52,
                low & 0xffff_ffff_ffff
            )
        }
        _ => return None,
    })
}

fn email(dice: &mut Dice) -> String {
    format!("{}.{}@example.com", dice.one(FIRST).to_lowercase(), dice.one(LAST).to_lowercase())
}

/// A host name that nobody has (RFC 2606).
fn host(dice: &mut Dice) -> String {
    format!("{}.example.com", dice.one(WORDS))
}

/// Whether a member's name has that word, in any spelling.
fn has(name: &str, word: &str) -> bool {
    letters(name).ends_with(word)
}

/// Texts by the name of a member, likeliest first; bounds and patterns decide among them.
pub(super) fn texts(name: &str, dice: &mut Dice) -> Vec<String> {
    let mut texts = vec![text(name, dice)];
    if ["country", "countrycode", "nationality"].iter().any(|word| has(name, word)) {
        texts.extend([COUNTRIES, COUNTRIES_3, COUNTRY_NAMES].map(|words| dice.one(words).to_owned()));
    } else if ["gender", "sex"].iter().any(|word| has(name, word)) {
        texts.extend(["F", "M", "X"].map(str::to_owned));
    }
    texts
}

/// A text by the name of its member.
fn text(name: &str, dice: &mut Dice) -> String {
    let any = |words: &[&str]| words.iter().any(|word| has(name, word));
    let number = 1 + dice.below(120);
    let (one, other) = (dice.one(WORDS), dice.one(WORDS));
    if any(&["email", "mail"]) {
        email(dice)
    } else if any(&["firstname", "givenname"]) {
        dice.one(FIRST).to_owned()
    } else if any(&["lastname", "familyname", "surname"]) {
        dice.one(LAST).to_owned()
    } else if any(&["username", "login", "nickname", "handle"]) {
        format!("{}{number}", dice.one(FIRST).to_lowercase())
    } else if any(&["fullname", "displayname", "author", "owner", "contact", "person"]) {
        format!("{} {}", dice.one(FIRST), dice.one(LAST))
    } else if any(&["phone", "phonenumber", "mobile", "fax"]) {
        // A number that is kept free for fiction.
        format!("+1202555{:04}", 100 + dice.below(100))
    } else if any(&["city", "town"]) {
        dice.one(CITIES).to_owned()
    } else if any(&["iso3", "alpha3", "countrycode3"]) {
        dice.one(COUNTRIES_3).to_owned()
    } else if any(&["country", "countrycode", "iso2", "alpha2", "nationality"]) {
        dice.one(COUNTRIES).to_owned()
    } else if any(&["gender", "sex"]) {
        dice.one(GENDERS).to_owned()
    } else if any(&["duration"]) {
        duration(dice)
    } else if any(BIRTHDAYS) {
        birthday(dice)
    } else if any(&["street", "address", "line1"]) {
        format!("{number} {}", dice.one(STREETS))
    } else if any(&["zip", "zipcode", "postcode", "postalcode"]) {
        format!("{:05}", 10_000 + dice.below(89_999))
    } else if any(&["url", "uri", "href", "link", "website", "homepage"]) {
        format!("https://{}/{one}", host(dice))
    } else if any(&["host", "hostname", "domain"]) {
        host(dice)
    } else if any(&["company", "organization", "organisation"]) {
        format!("{} & {}", dice.one(LAST), dice.one(LAST))
    } else if any(&["currency", "currencycode"]) {
        dice.one(&["CAD", "EUR", "GBP", "JPY", "USD"]).to_owned()
    } else if any(&["language", "locale", "lang"]) {
        dice.one(&["de", "en", "es", "fr", "ja", "pt"]).to_owned()
    } else if any(&["timezone", "tz"]) {
        dice.one(&["Africa/Nairobi", "America/New_York", "Asia/Tokyo", "Europe/Berlin", "UTC"]).to_owned()
    } else if any(&["color", "colour"]) {
        dice.one(COLORS).to_owned()
    } else if any(&["createdat", "updatedat", "timestamp", "datetime"]) {
        format("date-time", dice).unwrap_or_default()
    } else if any(&["date"]) {
        format("date", dice).unwrap_or_default()
    } else if any(&["uuid", "guid"]) {
        format("uuid", dice).unwrap_or_default()
    } else if any(&["slug", "key", "code", "tag", "label", "type", "status", "category"]) {
        format!("{one}-{other}")
    } else if any(&["id"]) {
        format!("{one}_{number}")
    } else if any(&["description", "content", "comment", "text", "body", "message", "summary", "note", "bio"])
    {
        format!("{} {other} {} by the {}.", capital(one), dice.one(WORDS), dice.one(WORDS))
    } else if any(&["version"]) {
        format!("{}.{}.{}", dice.below(5), dice.below(20), dice.below(10))
    } else {
        format!("{} {other}", capital(one))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Names of numbers that count seconds since 1970.
const TIMES: &[&str] = &[
    "timestamp",
    "createdat",
    "updatedat",
    "deletedat",
    "startedat",
    "finishedat",
    "expiresat",
    "created",
    "updated",
    "modified",
    "lastlogin",
    "unixtime",
    "epoch",
    "exp",
    "iat",
    "nbf",
];

/// A number by the name of its member, in parts of 10⁻¹².
pub(super) fn number(name: &str, whole: bool, dice: &mut Dice) -> i128 {
    let any = |words: &[&str]| words.iter().any(|word| has(name, word));
    let cents = |dice: &mut Dice, below: usize| {
        i128::try_from(dice.below(below * 100)).unwrap_or(0) * 10_i128.pow(10)
    };
    let units = |number: usize| i128::try_from(number).unwrap_or(0) * 10_i128.pow(12);
    if any(&["latitude", "lat"]) {
        cents(dice, 180) - units(90)
    } else if any(&["longitude", "lng", "lon"]) {
        cents(dice, 360) - units(180)
    } else if any(&["age"]) {
        units(18 + dice.below(60))
    } else if any(&["year"]) {
        units(2022 + dice.below(4))
    } else if any(&["price", "amount", "cost", "total", "balance"]) && !whole {
        cents(dice, 500)
    } else if any(&["percent", "percentage", "score", "rate"]) {
        units(dice.below(101))
    } else if whole && any(&["timestampms", "atms", "epochms", "epochmillis", "timemillis"]) {
        units((1_700_000_000 + dice.below(50_000_000)) * 1_000)
    } else if any(TIMES) {
        units(1_700_000_000 + dice.below(50_000_000))
    } else if any(&["durationms", "elapsedms", "latencyms", "tookms", "millis", "milliseconds"]) {
        units(1 + dice.below(5_000))
    } else if any(&["duration", "expiresin", "ttl", "timeout", "seconds", "maxage", "elapsed"]) {
        units(60 * (1 + dice.below(60)))
    } else if any(&["quantity", "qty", "stock"]) && whole {
        units(1 + dice.below(20))
    } else if any(&["height"]) && whole {
        units(150 + dice.below(50))
    } else if any(&["weight"]) && whole {
        units(50 + dice.below(50))
    } else if whole {
        units(1 + dice.below(1_000))
    } else {
        cents(dice, 1_000)
    }
}
