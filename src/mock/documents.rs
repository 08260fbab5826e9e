//! The served documents: one or several, each of which can be replaced while requests run.

use std::sync::{Arc, PoisonError};

use arc_swap::{ArcSwap, Guard};
use http::Method;
use sha2::{Digest, Sha256};

use super::budget::Budgets;
use super::heavy::Bench;
use super::issuer::Issuer;
use super::service::Service;
use super::session::{OperationRecords, Sessions};
use super::statistics::{Counters, OperationRecord, Sum};
use super::tally::{OperationSum, Tally};
use super::{Document, Options, router};
use crate::contract::{Contract, Location, OperationId, PerOperation};
use crate::coverage::Points;
use crate::exchange::Secret;
use crate::fixtures::Fixtures;
use crate::redact::{Redactor, is_secret};

/// One version of the documents of a mock, with what outlives it.
pub(super) struct Documents {
    pub services: Vec<Service>,
    pub sessions: Sessions,
    pub statistics: Arc<Counters>,
    /// Hides the known keys, and everything that is where the document puts keys or is named like one.
    pub redactor: Redactor,
    /// Where work is done that takes long.
    pub bench: Arc<Bench>,
    /// Whose tokens the documents take; none on a system without random numbers.
    issuer: Option<Arc<Issuer>>,
}

impl Documents {
    /// Documents that were not mocked before. The first says how journal and scenario begin.
    fn new(documents: Vec<Document>) -> Self {
        let options = documents.first().map(|document| &document.options);
        let journal = options.map_or(0, |options| options.journal);
        let scenario = options.and_then(|options| options.scenario.clone());
        let budgets = Arc::new(Budgets::of(options.map_or(0, |options| options.max_body)));
        let fleet = options.and_then(|options| options.fleet.clone());
        let sessions = Sessions::new(journal, scenario, records(&documents, &[]), budgets, fleet);
        let issuer = Issuer::new().ok().map(Arc::new);
        Self::build(documents, sessions, Arc::new(Counters::new()), (Arc::new(Bench::new()), issuer))
    }

    /// Other versions of the documents.
    fn renewed(&self, documents: Vec<Document>) -> Self {
        let scenario = documents.first().and_then(|document| document.options.scenario.clone());
        let sessions = self.sessions.renewed(scenario, records(&documents, &self.sessions.records));
        let kept = (Arc::clone(&self.bench), self.issuer.clone());
        Self::build(documents, sessions, Arc::clone(&self.statistics), kept)
    }

    fn build(
        documents: Vec<Document>,
        sessions: Sessions,
        statistics: Arc<Counters>,
        (bench, issuer): (Arc<Bench>, Option<Arc<Issuer>>),
    ) -> Self {
        let service = |(index, document)| {
            let shared = (Arc::clone(&sessions.budgets.bodies), Arc::clone(&bench));
            Service::new(document, index, shared, issuer.as_ref())
        };
        let services = documents.into_iter().enumerate().map(service);
        let services: Vec<Service> = services.collect();
        if let Some(fleet) = &sessions.fleet {
            fleet.serves(digest(&services));
        }
        Self { redactor: redactor(&services), services, sessions, statistics, bench, issuer }
    }

    /// The operation of a service, as far as it outlives this version of the document.
    pub fn record(&self, service: &Service, operation: OperationId) -> Option<&Arc<OperationRecord>> {
        self.sessions.records.get(service.index())?.1.get(operation)
    }

    /// The document that answers a path below the session, and the path below its prefix.
    pub fn route<'p>(&self, path: &'p str) -> Option<(&Service, &'p str)> {
        let prefixes = self.services.iter().map(|service| service.prefix.as_str());
        let found = router::by_prefix(prefixes, path);
        let found = found.and_then(|(index, path)| Some((self.services.get(index)?, path)));
        if !path.starts_with("/.well-known/") {
            return found;
        }
        let is_taken = |(service, path): &(&Service, &str)| {
            service.operation_at(&Method::GET, path).is_some() || service.login_at(path).is_some()
        };
        found.filter(is_taken).or_else(|| self.well_known(path)).or(found)
    }

    /// Metadata of a document's login has the document's prefix behind its own path (RFC 8414 §3.1, RFC 9728 §3.1).
    fn well_known<'p>(&self, path: &'p str) -> Option<(&Service, &'p str)> {
        let below = |service: &Service| !service.prefix.is_empty() && path.ends_with(service.prefix.as_str());
        let mut documents = self.services.iter().filter(|service| below(service));
        documents.find_map(|service| {
            let path = path.strip_suffix(service.prefix.as_str())?;
            service.login_at(path).map(|_| (service, path))
        })
    }

    /// What was counted of each operation, by name, and last of requests to none.
    pub fn tallies(&self) -> Vec<(String, Tally)> {
        let of = |(name, record): (String, &Arc<OperationRecord>)| (name, record.tally());
        let none = (String::new(), &self.statistics.undocumented);
        self.named_records().chain(std::iter::once(none)).map(of).collect()
    }

    /// What the requests to each operation came to, and last those to none.
    pub fn sums(&self) -> Vec<OperationSum> {
        let operations = self.services.iter().flat_map(|service| {
            service.contract.operations.iter().map(move |operation| (service, operation))
        });
        let known = self.named_records().zip(operations).map(|((name, record), (service, operation))| {
            let statuses = operation.responses.iter().map(|response| response.status);
            let points = service.coverage.of(operation).map_or(&[][..], Points::all);
            record.tally().sum(name, statuses, points)
        });
        let none = self.statistics.undocumented.tally();
        let none = Some(none.sum(String::new(), std::iter::empty(), &[])).filter(|sum| sum.requests > 0);
        known.chain(none).collect()
    }

    /// The operations, with their names; those of several documents behind the names of these.
    fn named_records(&self) -> impl Iterator<Item = (String, &Arc<OperationRecord>)> {
        let records = self.sessions.records.as_slice();
        let all = records.iter().flat_map(|(name, all)| all.iter().map(move |record| (name, record)));
        all.map(move |(document, record)| match records {
            [_] => (record.id.clone(), record),
            _ => (format!("{document}/{}", record.id), record),
        })
    }
}

/// A digest of what is served: documents that mean the same have the same, whatever their text.
fn digest(services: &[Service]) -> String {
    let mut hasher = Sha256::new();
    for service in services {
        for text in [&service.name, &service.prefix, &service.contract.document.tree.to_string()] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    }
    let octets = hasher.finalize();
    format!("{:016x}", octets.iter().take(8).fold(0, |number: u64, octet| number << 8 | u64::from(*octet)))
}

fn redactor(services: &[Service]) -> Redactor {
    let names =
        |wanted: Location| services.iter().flat_map(move |service| service.contract.key_names(wanted));
    let keys = services.iter().flat_map(|service| &service.options.keys);
    let hooks = services.iter().flat_map(|service| &service.options.webhooks);
    let of_hooks = hooks.flat_map(|hook| {
        let named = hook.headers.iter().filter(|(name, _)| is_secret(name));
        hook.secret.clone().into_iter().chain(named.map(|(_, value)| Secret::new(value.as_str())))
    });
    let secrets = keys.map(|key| Secret::new(key.token.reveal())).chain(of_hooks);
    Redactor::new(secrets).with_names(names(Location::Header), names(Location::Query)).by_name()
}

/// The operations of documents; those that are known from a version before are the same.
fn records(
    documents: &[Document],
    before: &OperationRecords,
) -> Vec<(String, PerOperation<Arc<OperationRecord>>)> {
    let operations = |document: &Document| {
        let known = before.iter().find(|(name, _)| *name == document.name);
        let known: std::collections::HashMap<&str, &Arc<OperationRecord>> = known
            .into_iter()
            .flat_map(|(_, operations)| operations)
            .map(|operation| (operation.id.as_str(), operation))
            .collect();
        let of = |id: &str| known.get(id).map_or_else(|| OperationRecord::new(id), |known| Arc::clone(known));
        document.contract.operations.iter().map(|operation| of(&operation.id)).collect()
    };
    documents.iter().map(|document| (document.name.clone(), operations(document))).collect()
}

/// A mock that serves. Clones share everything.
#[derive(Clone)]
pub struct Live {
    current: Arc<ArcSwap<Documents>>,
}

impl Live {
    /// A mock of one document.
    pub fn of(contract: Arc<Contract>, fixtures: Fixtures, options: Options) -> Self {
        let (name, prefix) = (String::new(), String::new());
        Self::new(vec![Document { name, prefix, contract, fixtures, options }])
    }

    /// A mock of documents; where the prefixes of several fit a path, the longest does.
    pub fn new(documents: Vec<Document>) -> Self {
        Self { current: Arc::new(ArcSwap::from_pointee(Documents::new(documents))) }
    }

    /// Takes up other versions of the documents. Requests that run end with the version that they
    /// began with; sessions, their journals, set answers and counters are kept, and so is the state
    /// of collections that clients changed. What nobody changed begins again.
    pub fn replace(&self, documents: Vec<Document>) {
        let before = self.current.load();
        let next =
            if before.services.is_empty() { Documents::new(documents) } else { before.renewed(documents) };
        let sessions = next.sessions.all();
        self.current.store(Arc::new(next));
        // Only now, since the version before would begin them again from its own fixtures.
        for session in sessions {
            let forget = Arc::clone(&session);
            let forget = move || {
                for data in &forget.documents {
                    data.store.lock().unwrap_or_else(PoisonError::into_inner).forget_untouched();
                }
            };
            match &session.data.replica {
                Some(replica) => replica.transact_later(forget),
                None => forget(),
            }
        }
    }

    /// The documents as they are now. They stay for whoever holds them, and cores that serve requests at the same time
    /// do not take a count of those from each other.
    pub(super) fn documents(&self) -> Guard<Arc<Documents>> {
        self.current.load()
    }

    /// Whether requests are passed on to a target.
    pub(super) fn passes_on(&self) -> bool {
        self.current.load().services.first().is_some_and(|service| service.options.passage.is_some())
    }

    /// Totals of all requests so far. The first that broke the document are reported once.
    pub fn sum(&self) -> Sum {
        let documents = self.current.load();
        let uncalled = documents.named_records().filter(|(_, record)| !record.is_called());
        let (unknown, first_unknown) = documents.statistics.take_unknown();
        Sum {
            unknown,
            first_unknown,
            broken: documents.statistics.broken(),
            first: documents.statistics.take_first(),
            operations: documents.named_records().count(),
            uncalled: uncalled.map(|(name, _)| name).collect(),
            by_operation: documents.sums(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing;
    use rstest::rstest;

    #[rstest]
    #[case(&["a"], "/things", Some(("a", "/things")))]
    #[case(&["a", "b"], "/b/things", Some(("b", "/things")))]
    #[case(&["a", "b"], "/b", Some(("b", "/")))]
    #[case(&["a", "b"], "/things", None)]
    fn a_path_leads_to_a_document(
        #[case] names: &[&str],
        #[case] path: &str,
        #[case] expected: Option<(&str, &str)>,
    ) {
        let documents = testing::documents(names, &testing::options());
        assert_eq!(documents.route(path).map(|(service, path)| (service.name.as_str(), path)), expected);
    }

    #[test]
    fn a_new_version_keeps_sessions_and_counts() {
        let document = |name: &str| Document {
            name: name.to_owned(),
            prefix: String::new(),
            contract: testing::things(),
            fixtures: Fixtures::default(),
            options: testing::options(),
        };
        let live = Live::new(vec![document("a")]);
        let before = live.documents();
        before.statistics.broke(|| "GET /nothing".to_owned());
        before.record(&before.services[0], OperationId::nth(0)).unwrap().call();
        live.replace(vec![document("a")]);
        let after = live.documents();
        assert!(Arc::ptr_eq(&before.sessions.shared.data, &after.sessions.shared.data));
        let sum = live.sum();
        assert_eq!((sum.broken, sum.first), (1, vec!["GET /nothing".to_owned()]));
        assert_eq!((sum.operations, sum.uncalled.len()), (6, 5));
        // Another document starts fresh; so does a mock that had none.
        live.replace(Vec::new());
        assert_eq!(live.sum().operations, 0);
        live.replace(vec![document("b")]);
        assert_eq!(live.sum().uncalled.len(), 6);
    }
}
