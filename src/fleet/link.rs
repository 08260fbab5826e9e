//! The link to a store: scripts that are answered in time, and whether the store is there.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisError, Script, Value};
use tokio::time::timeout;

use super::address::StoreAddress;

/// How long a store may take to answer; after that it counts as away. With what else a request needs, a client hears of it
/// within 300 ms.
const PATIENCE: Duration = Duration::from_millis(220);
/// Octets that a store may take another millisecond for.
const OCTETS_A_MILLISECOND: usize = 10_000;
/// How often the store is asked whether it is there.
const PULSE: Duration = Duration::from_millis(100);
/// After so many pulses without any answer, a new connection is made: nobody knows whether the old one still leads anywhere.
const MISSED: u32 = 4;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It does not answer. Whether it did what it was asked is not known.
    #[error("the store does not answer")]
    Away,
    /// The connection was lost. As with [`Failure::Away`], nothing is known of what was asked.
    #[error("the connection to the store was lost")]
    Lost,
    /// It answers that it will not.
    #[error("the store refuses: {0}")]
    Refused(String),
}

/// A script in Lua, which a store carries out as a whole and undisturbed.
pub struct Lua(Script);

impl Lua {
    /// A script of this text.
    pub fn new(text: &str) -> Self {
        Self(Script::new(text))
    }
}

/// One question to a store: a script with its keys and arguments, which it answers as a whole or not at all.
pub struct Ask<'s> {
    script: &'s Lua,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

impl<'s> Ask<'s> {
    /// A question by a script about these keys.
    pub fn of(script: &'s Lua, keys: &[&str]) -> Self {
        Self { script, keys: keys.iter().map(|key| (*key).to_owned()).collect(), arguments: Vec::new() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, argument: impl Into<Vec<u8>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn and<A: Into<Vec<u8>>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// How long it may take.
    fn patience(&self) -> Duration {
        let octets: usize = self.arguments.iter().map(Vec::len).sum();
        PATIENCE + Duration::from_millis((octets / OCTETS_A_MILLISECOND) as u64)
    }
}

/// The answer to a script: a text, a number, or a list of these.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply(Value);

impl Reply {
    /// The list; empty where it is none.
    pub fn list(self) -> Vec<Reply> {
        match self.0 {
            Value::Array(items) => items.into_iter().map(Reply).collect(),
            _ => Vec::new(),
        }
    }

    /// The text, or the number as a text; `None` where there is nothing.
    pub fn text(&self) -> Option<String> {
        match &self.0 {
            Value::Nil => None,
            value => String::from_redis_value_ref(value).ok(),
        }
    }

    /// The number, also where it came as a text.
    pub fn number(&self) -> Option<u64> {
        match &self.0 {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => self.text()?.parse().ok(),
        }
    }
}

/// A link to a store, which makes itself anew. Clones share it.
#[derive(Clone)]
pub struct Link(Arc<Inner>);

struct Inner {
    address: StoreAddress,
    client: Client,
    manager: RwLock<ConnectionManager>,
    is_up: AtomicBool,
    missed: AtomicU32,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.0.address)
    }
}

impl Link {
    /// Connects to a store, and from then on watches whether it is there. Needs a runtime.
    ///
    /// # Errors
    /// Why it cannot be reached or will not let us in, for people; neither user nor password is in it.
    pub async fn connect(address: StoreAddress) -> Result<Self, String> {
        // Whoever was first to choose how TLS is computed has chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let told = |error: &RedisError| format!("cannot use the store at {address}: {}", reason(error));
        let client = address.connection().and_then(Client::open).map_err(|error| told(&error))?;
        let manager = ConnectionManager::new_with_config(client.clone(), config(Duration::from_secs(2)))
            .await
            .map_err(|error| told(&error))?;
        // That one waited longer than requests can.
        drop(manager);
        let manager = lazy(&client).map_err(|error| told(&error))?;
        let (is_up, missed) = (AtomicBool::new(true), AtomicU32::new(0));
        let link = Self(Arc::new(Inner { address, client, manager: RwLock::new(manager), is_up, missed }));
        let watched = Arc::downgrade(&link.0);
        tokio::spawn(async move {
            loop {
                let Some(inner) = watched.upgrade() else { return };
                Self(inner).pulse().await;
                tokio::time::sleep(PULSE).await;
            }
        });
        Ok(link)
    }

    /// Where the store is.
    pub fn address(&self) -> &StoreAddress {
        &self.0.address
    }

    /// Whether the store answered when it was asked last.
    pub fn is_up(&self) -> bool {
        self.0.is_up.load(Ordering::Relaxed)
    }

    /// Asks the store.
    ///
    /// # Errors
    /// As [`Failure`] says.
    pub async fn ask(&self, ask: Ask<'_>) -> Result<Reply, Failure> {
        if !self.is_up() {
            return Err(Failure::Away);
        }
        let mut invocation = ask.script.0.prepare_invoke();
        for key in &ask.keys {
            invocation.key(key);
        }
        for argument in &ask.arguments {
            invocation.arg(argument.as_slice());
        }
        let mut manager = self.manager();
        let asked = timeout(ask.patience(), invocation.invoke_async::<Value>(&mut manager)).await;
        self.answered(asked)
    }

    fn answered(
        &self,
        asked: Result<Result<Value, RedisError>, tokio::time::error::Elapsed>,
    ) -> Result<Reply, Failure> {
        match asked {
            Ok(Ok(value)) => Ok(Reply(value)),
            Ok(Err(error)) if is_away(&error) => {
                self.0.is_up.store(false, Ordering::Relaxed);
                Err(Failure::Lost)
            }
            Ok(Err(error)) => Err(Failure::Refused(reason(&error))),
            Err(_) => {
                self.0.is_up.store(false, Ordering::Relaxed);
                Err(Failure::Away)
            }
        }
    }

    /// Finds out whether the store is there.
    async fn pulse(&self) {
        let mut manager = self.manager();
        let ping = redis::cmd("PING");
        let asked = timeout(PATIENCE, ping.query_async::<Value>(&mut manager)).await;
        let is_up = matches!(&asked, Ok(Ok(_)));
        self.0.is_up.store(is_up, Ordering::Relaxed);
        let missed = if asked.is_err() { self.0.missed.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        self.0.missed.store(missed, Ordering::Relaxed);
        if missed >= MISSED
            && let Ok(manager) = lazy(&self.0.client)
        {
            self.0.missed.store(0, Ordering::Relaxed);
            *self.0.manager.write().unwrap_or_else(PoisonError::into_inner) = manager;
        }
    }

    fn manager(&self) -> ConnectionManager {
        self.0.manager.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Each pulse is an attempt to connect where that is needed, so that none of them has to try twice.
fn config(patience: Duration) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_response_timeout(None)
        .set_connection_timeout(Some(patience))
}

fn lazy(client: &Client) -> redis::RedisResult<ConnectionManager> {
    ConnectionManager::new_lazy_with_config(client.clone(), config(PATIENCE))
}

/// Whether an error means that the store is not there, or not yet.
fn is_away(error: &RedisError) -> bool {
    use redis::{ErrorKind, ServerErrorKind};
    let is_waiting = matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown | ServerErrorKind::TryAgain
        )
    );
    is_waiting || error.is_io_error() || error.is_unrecoverable_error() || error.is_timeout()
}

/// An error in words.
fn reason(error: &RedisError) -> String {
    if error.is_timeout() { "it does not answer in time".to_owned() } else { error.to_string() }
}
