//! The link to a store: scripts that are answered in time, and whether the store is there.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::io::tcp::TcpSettings;
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
/// How long connections may take to be made beside requests.
const OPENING: Duration = Duration::from_secs(2);
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
    door: Door,
    line: RwLock<Line>,
    is_up: AtomicBool,
    missed: AtomicU32,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.0.address)
    }
}

impl Link {
    /// Connects to a store, which may be a cluster, and from then on watches whether it is there. Needs a runtime.
    ///
    /// # Errors
    /// Why it cannot be reached or will not let us in, for people; neither user nor password is in it.
    pub async fn connect(address: StoreAddress) -> Result<Self, String> {
        // Whoever was first to choose how TLS is computed has chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let told = |error: &RedisError| format!("cannot use the store at {address}: {}", reason(error));
        let door = Door::find(&address).await.map_err(|error| told(&error))?;
        let line = door.open().await.map_err(|error| told(&error))?;
        let (is_up, missed) = (AtomicBool::new(true), AtomicU32::new(0));
        let link = Self(Arc::new(Inner { address, door, line: RwLock::new(line), is_up, missed }));
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
        let mut line = self.line();
        let asked = match &mut line {
            Line::Server(server) => timeout(ask.patience(), invocation.invoke_async(server)).await,
            Line::Cluster(cluster) => timeout(ask.patience(), invocation.invoke_async(cluster)).await,
        };
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
        let asked = timeout(PATIENCE, self.line().is_well()).await;
        let is_up = matches!(&asked, Ok(Ok(true)));
        self.0.is_up.store(is_up, Ordering::Relaxed);
        let missed = if asked.is_err() { self.0.missed.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        self.0.missed.store(missed, Ordering::Relaxed);
        if missed >= MISSED
            && let Ok(Ok(line)) = timeout(OPENING, self.0.door.open()).await
        {
            self.0.missed.store(0, Ordering::Relaxed);
            *self.0.line.write().unwrap_or_else(PoisonError::into_inner) = line;
        }
    }

    fn line(&self) -> Line {
        self.0.line.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Connections to a store, which clones share.
#[derive(Clone)]
enum Line {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
}

impl Line {
    /// Whether each server answers. Those of a cluster answer also while they do not take part in it.
    async fn is_well(&mut self) -> redis::RedisResult<bool> {
        match self {
            Self::Server(server) => redis::cmd("PING").query_async::<Value>(server).await.map(|_| true),
            Self::Cluster(cluster) => {
                let mut state = redis::cmd("CLUSTER");
                state.arg("INFO");
                let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let told = cluster.route_command(state, all).await;
                if told.as_ref().is_err_and(|error| error.code() == Some("NOPERM")) {
                    return redis::cmd("PING").query_async::<Value>(cluster).await.map(|_| true);
                }
                let told = HashMap::<String, String>::from_redis_value(told?)?;
                Ok(told.values().all(|state| state.contains("cluster_state:ok")))
            }
        }
    }
}

/// Where such connections are made.
enum Door {
    Server(Box<Client>),
    Cluster(Box<ClusterClient>),
}

impl Door {
    /// Asks the server at an address whether it belongs to a cluster.
    async fn find(address: &StoreAddress) -> redis::RedisResult<Self> {
        let client = Client::open(address.connection()?)?;
        // The first connection may take longer than those of requests.
        let mut first = ConnectionManager::new_with_config(client.clone(), config(OPENING)).await?;
        let asked: redis::RedisResult<String> =
            redis::cmd("INFO").arg("cluster").query_async(&mut first).await;
        // Who may not ask is at a single server, or finds out with the first question.
        if !asked.is_ok_and(|told| told.contains("cluster_enabled:1")) {
            return Ok(Self::Server(Box::new(client)));
        }
        let cluster = ClusterClient::builder([address.connection()?])
            .connection_timeout(PATIENCE)
            .retries(1)
            .overall_response_timeout(None)
            .tcp_settings(TcpSettings::default().set_nodelay(true));
        cluster.build().map(|client| Self::Cluster(Box::new(client)))
    }

    async fn open(&self) -> redis::RedisResult<Line> {
        match self {
            Self::Server(client) => {
                ConnectionManager::new_lazy_with_config(Client::clone(client), config(PATIENCE))
                    .map(Line::Server)
            }
            Self::Cluster(client) => client.get_async_connection().await.map(Line::Cluster),
        }
    }
}

/// Each pulse is an attempt to connect where that is needed, so that none of them has to try twice.
fn config(patience: Duration) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_response_timeout(None)
        .set_connection_timeout(Some(patience))
}

/// Whether an error means that the store is not there, or not yet.
fn is_away(error: &RedisError) -> bool {
    use redis::{ErrorKind, ServerErrorKind};
    let is_waiting = matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::BusyLoading
                | ServerErrorKind::MasterDown
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
        ) | ErrorKind::ClusterConnectionNotFound
    );
    is_waiting || error.is_io_error() || error.is_unrecoverable_error() || error.is_timeout()
}

/// An error in words.
fn reason(error: &RedisError) -> String {
    if error.is_timeout() { "it does not answer in time".to_owned() } else { error.to_string() }
}
