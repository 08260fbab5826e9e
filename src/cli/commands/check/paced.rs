//! `--rate-store`: the rate that several checks keep together.

use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE};

use crate::check::{Exchanging, Target, Way};
use crate::cli::args::Check;
use crate::cli::output::Stop;
use crate::client::Client;
use crate::contract::{Contract, Location, parameter};
use crate::exchange::{Exchange, Failure, Request, Secret};
use crate::fleet::{Bucket, Link, StoreAddress};

/// What gives each request its turn.
pub(in crate::cli::commands) struct Turns {
    bucket: Bucket,
    /// The fields and parameters that keys are in.
    headers: Vec<String>,
    query: Vec<String>,
}

impl Turns {
    /// What the flags name.
    pub async fn of(args: &Check, contract: &Contract, base: &str) -> Result<Option<Self>, Stop> {
        let (Some(address), Some(rate), false) = (&args.rate_store, args.rate, args.plan) else {
            return Ok(None);
        };
        let unusable = |why: String| Stop::usage(format!("--rate-store: {why}"));
        let link = Link::connect(StoreAddress::parse(address).map_err(unusable)?).await.map_err(unusable)?;
        let pause = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX);
        let names = |wanted| contract.key_names(wanted).map(str::to_owned).collect();
        let (headers, query) = (names(Location::Header), names(Location::Query));
        Ok(Some(Self { bucket: Bucket::new(link, base, pause), headers, query }))
    }

    /// What the key of a request is in.
    fn key(&self, request: &Request) -> Vec<u8> {
        let own = self.headers.iter().map(String::as_str);
        let names = [AUTHORIZATION.as_str(), COOKIE.as_str()].into_iter().chain(own);
        let fields = names.filter_map(|name| request.headers.get(name)).map(http::HeaderValue::as_bytes);
        let mut key = fields.collect::<Vec<_>>().join(&b'\n');
        for (name, value) in parameter::pairs(request.query.as_deref().unwrap_or_default()) {
            if self.query.iter().any(|known| *known == name) {
                key.push(b'\n');
                key.extend_from_slice(value.as_bytes());
            }
        }
        key
    }
}

/// A target whose requests wait for their turn.
pub(super) struct Paced<'t> {
    pub client: &'t Client,
    pub turns: &'t Turns,
}

impl Target for Paced<'_> {
    fn base(&self) -> &str {
        self.client.base()
    }

    fn send<'t>(&'t self, request: &'t Request, case: &'t str, way: Way) -> Exchanging<'t> {
        Box::pin(async move {
            match self.turns.bucket.turn(&self.turns.key(request)).await {
                Ok(()) => Target::send(self.client, request, case, way).await,
                Err(why) => Exchange {
                    case: case.to_owned(),
                    url: format!("{}{}", self.client.base(), request.target()),
                    request: request.clone(),
                    outcome: Err(Failure::Unpaced(why.to_string())),
                    elapsed: Duration::ZERO,
                },
            }
        })
    }

    fn takes_turns(&self) -> bool {
        self.client.takes_turns()
    }

    fn signatures(&self) -> (Vec<String>, Vec<Secret>) {
        self.client.signatures()
    }
}
