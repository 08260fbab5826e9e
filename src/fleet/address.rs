//! The address of a store: `redis://[user[:password]@]host[:port][/database]`, or `rediss://` with TLS.

use std::fmt;

use percent_encoding::percent_decode_str;
use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};
use url::{Host, Url};

use crate::exchange::Secret;

/// The port of Redis where the address names none.
const PORT: u16 = 6379;

/// Where a store is, and how to log in. What is shown of it has no user and no password.
#[derive(Clone)]
pub struct StoreAddress {
    host: String,
    port: u16,
    database: i64,
    is_secured: bool,
    user: Option<String>,
    password: Option<Secret>,
}

impl StoreAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, and how one is written; nothing of the text itself, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("{what}; write redis://[user:password@]host:port[/database]");
        let url =
            Url::parse(text).map_err(|why| wrong(&format!("the address of the store is none: {why}")))?;
        let is_secured = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            other => {
                return Err(wrong(&format!(
                    "a store is at redis:// or, with TLS, at rediss://, not at {other}://"
                )));
            }
        };
        let host = match url.host() {
            Some(Host::Domain("")) | None => {
                return Err(wrong("the address of the store names no host"));
            }
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("the address of a store has neither a query nor a fragment"));
        }
        let database = match url.path().trim_matches('/') {
            "" => 0,
            number => number
                .parse()
                .ok()
                .filter(|number: &i64| *number >= 0)
                .ok_or_else(|| wrong("behind the address of a store is the number of a database"))?,
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
        let password = url.password().map(|password| Secret::new(decoded(password)));
        Ok(Self { host, port: url.port().unwrap_or(PORT), database, is_secured, user, password })
    }

    /// What the client connects by.
    pub(super) fn connection(&self) -> redis::RedisResult<ConnectionInfo> {
        let host = self.host.clone();
        let address = if self.is_secured {
            ConnectionAddr::TcpTls { host, port: self.port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, self.port)
        };
        let mut login = RedisConnectionInfo::default()
            .set_db(self.database)
            .set_lib_name("counterpart", env!("CARGO_PKG_VERSION"));
        if let Some(user) = &self.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password.reveal());
        }
        Ok(address
            .into_connection_info()?
            .set_tcp_settings(TcpSettings::default().set_nodelay(true))
            .set_redis_settings(login))
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secured { "rediss" } else { "redis" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}:{}/{}", self.port, self.database)
    }
}

/// As it is shown.
impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("redis://localhost", "redis://localhost:6379/0")]
    #[case("redis://u:canary@cache:7000/3", "redis://cache:7000/3")]
    #[case("rediss://:canary@10.0.0.1/", "rediss://10.0.0.1:6379/0")]
    #[case("redis://[::1]:7000", "redis://[::1]:7000/0")]
    fn an_address_is_read_and_shown_without_a_password(#[case] text: &str, #[case] shown: &str) {
        let address = StoreAddress::parse(text).unwrap();
        assert_eq!((address.to_string(), format!("{address:?}")), (shown.to_owned(), shown.to_owned()));
        assert!(address.connection().is_ok());
    }

    #[test]
    fn a_password_is_what_its_escapes_mean() {
        let address = StoreAddress::parse("redis://u%40x:a%2Fb@h").unwrap();
        assert_eq!(
            (address.user.as_deref(), address.password.as_ref().map(Secret::reveal)),
            (Some("u@x"), Some("a/b"))
        );
    }

    #[rstest]
    #[case("localhost:6379", "not at localhost://")]
    #[case("http://u:canary@h", "not at http://")]
    #[case("redis://:canary@", "the address of the store")]
    #[case("redis://:canary@h:port", "the address of the store is none")]
    #[case("redis://:canary@h/name", "number of a database")]
    #[case("redis://:canary@h/-1", "number of a database")]
    #[case("redis://h?canary=1", "neither a query nor a fragment")]
    #[case("canary", "the address of the store is none")]
    fn what_is_no_address_is_said_without_showing_it(#[case] text: &str, #[case] part: &str) {
        let why = StoreAddress::parse(text).unwrap_err();
        assert!(why.contains(part) && !why.contains("canary"), "{why}");
    }
}
