//! A rate that several processes keep together.

use std::sync::LazyLock;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::link::{Ask, Failure, Link, Lua, Reply};

/// How long it is waited for a store that is away.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Gives the next place in a line of places that are so far from each other; how long it is until then. It is the generic
/// cell rate algorithm (ITU-T I.371 §A.2.2) without a burst.
static TURN: LazyLock<Lua> = LazyLock::new(|| {
    Lua::new(
        r"
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
        local next = turn + tonumber(ARGV[1])
        local lives = math.ceil((next - now) / 1000) + 60000
        redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', string.format('%.0f', lives))
        return string.format('%.0f', turn - now)
        ",
    )
});

/// A rate that all who have the same store keep together, for each target and each key.
#[derive(Debug, Clone)]
pub struct Bucket {
    link: Link,
    /// Between two requests.
    pause: Duration,
    target: String,
}

impl Bucket {
    /// For a target, with so much time between two requests.
    pub fn new(link: Link, target: &str, pause: Duration) -> Self {
        Self { link, pause, target: target.to_owned() }
    }

    /// Waits until it is the turn of a request with a key. The key itself is not in the store.
    ///
    /// # Errors
    /// As [`Failure`] says; it was waited for a store that is away.
    pub async fn turn(&self, key: &[u8]) -> Result<(), Failure> {
        let mut hasher = Sha256::new();
        hasher.update((self.target.len() as u64).to_be_bytes());
        hasher.update(&self.target);
        hasher.update(key);
        let digest = hasher.finalize();
        let digest = digest.iter().take(16).fold(0, |number: u128, octet| number << 8 | u128::from(*octet));
        let place = format!("counterpart:{{rate-{digest:032x}}}");
        for _ in 0..TRIES {
            match self.link.ask(Ask::of(&TURN, &[&place]).with(self.pause.as_micros().to_string())).await {
                Ok(reply) => {
                    let wait = Reply::number(&reply).unwrap_or_default();
                    tokio::time::sleep(Duration::from_micros(wait)).await;
                    return Ok(());
                }
                Err(why @ Failure::Refused(_)) => return Err(why),
                Err(Failure::Away | Failure::Lost) => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(Failure::Away)
    }
}
