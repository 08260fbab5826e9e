//! What is asked of the store about one session, and what it says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::copy::{Part, Shared};
use super::fleet::Fleet;
use super::keys::Keys;
use super::scripts;
use crate::fleet::{Ask, Failure, Reply};

/// Most octets that the parts of a session take in the store, as texts. Its state is bounded more narrowly; this holds
/// whatever a replica thinks.
const MAX_OCTETS: usize = 192 << 20;
/// Whoever was too late has so long before others may go first again.
const TURN: Duration = Duration::from_millis(30);
/// How long somebody waits whose turn it is not.
const WAIT: Duration = Duration::from_millis(1);
/// How often.
const MAX_WAITS: usize = 100;
/// A store that is there again so soon is asked once more.
const SOON: Duration = Duration::from_millis(150);
/// How often a session is begun to be loaded, where it changes faster than it is read.
const MAX_LOADS: usize = 5;
/// Parts that are read at a time.
const PARTS: usize = 500;

/// A version of a session: which session of that name it is, since one may end and another begin, a number, and which change
/// made it, since a store that was restored may give the number once more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Version {
    /// Empty before anything was changed.
    session: String,
    number: u64,
    change: String,
}

/// What made a version.
pub(super) struct Made {
    /// The name of the change.
    name: String,
    /// The parts with their values; an empty one is not there.
    pub parts: Vec<(String, String)>,
}

/// What was changed since a version.
pub(super) enum News {
    /// That cannot be told any more, or it is another session.
    Lost,
    Since {
        version: Version,
        changes: Vec<Made>,
        /// What the parts are that were asked for.
        values: Vec<(String, String)>,
    },
}

/// What becomes of a change.
pub(super) enum Landing {
    /// It made this version.
    Made(Version),
    /// Others were faster; `own` is whether the first of the changes since is the change itself.
    Behind { own: bool, news: News },
    /// There is no room for it.
    Full,
}

/// Parts with their values; an empty one is not there.
pub(super) type Values = [(String, String)];

/// Makes the next version of a session, if the copy was at the latest one.
pub(super) async fn commit(
    fleet: &Fleet,
    keys: &Keys,
    version: &Version,
    values: &Values,
) -> Result<Landing, Failure> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("{}-{}", fleet.name(), NEXT.fetch_add(1, Ordering::Relaxed));
    let arguments = [
        version.session.clone(),
        version.number.to_string(),
        name.clone(),
        name.clone(),
        keys.lives.as_millis().to_string(),
        MAX_OCTETS.to_string(),
        fleet.name().to_owned(),
        TURN.as_millis().to_string(),
        version.change.clone(),
    ];
    let mut is_again = false;
    for _ in 0..MAX_WAITS {
        let ask =
            Ask::of(&scripts::COMMIT, &[&keys.state, &keys.log]).and(arguments.iter().map(String::as_str));
        let ask = ask.and(values.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
        let reply = match fleet.link().ask(ask).await {
            // Where the connection was lost at once, there is time for another one. Sent twice, it still counts once: the
            // name tells.
            Err(Failure::Lost) if !is_again && fleet.is_back(SOON).await => {
                is_again = true;
                continue;
            }
            asked => asked?.list(),
        };
        let said = reply.first().and_then(Reply::text).unwrap_or_default();
        return Ok(match said.as_str() {
            "ok" => Landing::Made(version_in(&reply)),
            "full" => Landing::Full,
            "busy" => {
                tokio::time::sleep(WAIT).await;
                continue;
            }
            _ => {
                let news = news(reply, values.iter().map(|(name, _)| name.clone()));
                if is_again && matches!(news, News::Lost) {
                    // Nobody knows what became of it the first time.
                    return Err(Failure::Lost);
                }
                let own = matches!(&news, News::Since { changes, .. }
                    if changes.first().is_some_and(|change| change.name == name));
                Landing::Behind { own, news }
            }
        });
    }
    Err(Failure::Refused("another replica has the turn for too long".to_owned()))
}

/// What was changed since a version, and what some parts are now.
pub(super) async fn since(
    fleet: &Fleet,
    keys: &Keys,
    version: &Version,
    names: &[String],
) -> Result<News, Failure> {
    let ask = Ask::of(&scripts::SINCE, &[&keys.state, &keys.log])
        .with(version.session.as_str())
        .with(version.number.to_string())
        .with(version.change.as_str())
        .with(keys.lives.as_millis().to_string())
        .and(names.iter().map(String::as_str));
    let reply = fleet.link().ask(ask).await?.list();
    if reply.first().and_then(Reply::text).as_deref() == Some("ok") {
        // There is no such session, as before.
        let values = names.iter().map(|name| (name.clone(), String::new())).collect();
        return Ok(News::Since { version: Version::default(), changes: Vec::new(), values });
    }
    Ok(news(reply, names.iter().cloned()))
}

/// Loads a whole session into the copy: its parts as they are when each is read, then what was changed since the first.
pub(super) async fn load(fleet: &Fleet, keys: &Keys, shared: &Shared) -> Result<Version, Failure> {
    for _ in 0..MAX_LOADS {
        shared.empty();
        let (mut begun, mut cursor) = (None, "0".to_owned());
        loop {
            let ask = Ask::of(&scripts::SCAN, &[&keys.state]).with(cursor.as_str()).with(PARTS.to_string());
            let mut reply = fleet.link().ask(ask).await?.list().into_iter();
            let session = reply.next().and_then(|reply| reply.text()).unwrap_or_default();
            let number = reply.next().and_then(|reply| reply.number()).unwrap_or_default();
            let change = reply.next().and_then(|reply| reply.text()).unwrap_or_default();
            begun.get_or_insert(Version { session, number, change });
            cursor = reply.next().and_then(|reply| reply.text()).unwrap_or_default();
            for (name, value) in pairs(reply.next().map(Reply::list).unwrap_or_default()) {
                set(shared, &name, &value);
            }
            if cursor == "0" || cursor.is_empty() {
                break;
            }
        }
        let begun = begun.unwrap_or_default();
        match since(fleet, keys, &begun, &[]).await? {
            News::Since { version, changes, .. } => {
                for (name, value) in changes.iter().flat_map(|change| &change.parts) {
                    set(shared, name, value);
                }
                return Ok(version);
            }
            News::Lost => {}
        }
    }
    Err(Failure::Refused("the session changes faster than it can be read".to_owned()))
}

fn set(shared: &Shared, name: &str, value: &str) {
    if let Some(part) = Part::named(name) {
        shared.set(part, Some(value).filter(|value| !value.is_empty()));
    }
}

/// Reads session, number and change behind the first word.
fn version_in(reply: &[Reply]) -> Version {
    Version {
        session: reply.get(1).and_then(Reply::text).unwrap_or_default(),
        number: reply.get(2).and_then(Reply::number).unwrap_or_default(),
        change: reply.get(3).and_then(Reply::text).unwrap_or_default(),
    }
}

fn news(reply: Vec<Reply>, names: impl Iterator<Item = String>) -> News {
    if reply.first().and_then(Reply::text).as_deref() != Some("behind") {
        return News::Lost;
    }
    let version = version_in(&reply);
    let mut rest = reply.into_iter().skip(4).map(Reply::list);
    let changes = rest.next().unwrap_or_default().into_iter().map(made).collect();
    let values = rest
        .next()
        .unwrap_or_default()
        .iter()
        .map(|value| value.text().unwrap_or_default())
        .collect::<Vec<_>>();
    News::Since { version, changes, values: names.zip(values).collect() }
}

/// An entry of the stream.
fn made(entry: Reply) -> Made {
    let fields = entry.list().into_iter().nth(1).map(Reply::list).unwrap_or_default();
    let mut parts = pairs(fields);
    let name = if parts.is_empty() { String::new() } else { parts.remove(0).1 };
    Made { name, parts }
}

fn pairs(fields: Vec<Reply>) -> Vec<(String, String)> {
    let mut fields = fields.into_iter().map(|field| field.text().unwrap_or_default());
    std::iter::from_fn(|| Some((fields.next()?, fields.next()?))).collect()
}
