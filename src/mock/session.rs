//! Sessions: state, journal, set answers, scenario and counters, separate for each name.

mod data;

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName};

use super::budget::Budgets;
use super::origin;
use super::replica::Fleet;
use super::statistics::OperationRecord;
use crate::contract::PerOperation;
use crate::exchange::cookies;
pub(super) use data::{InUse, OperationRecords, Session};

/// The header and the cookie that name a session.
const NAME: &str = "counterpart-session";
const FIELD: HeaderName = HeaderName::from_static(NAME);
/// The beginning of a path that names a session.
const PREFIX: &str = "/__session/";
/// Sessions that are kept beside the nameless one; past it the one unused for longest goes.
const MAX_SESSIONS: usize = 64;
/// Those of them that pages of other sites opened; they push out one another, and nobody else's.
const MAX_FOREIGN: usize = 16;
/// Longest name.
const MAX_NAME: usize = 100;

/// All sessions of a mock.
pub(super) struct Sessions {
    /// The one that nameless requests share.
    pub shared: Arc<Session>,
    named: ArcSwap<HashMap<String, Arc<Session>>>,
    adding: Mutex<()>,
    journal: usize,
    /// The scenario that sessions begin with.
    scenario: Option<Arc<String>>,
    /// With whom they are shared.
    pub fleet: Option<Arc<Fleet>>,
    /// The documents that they are about, with their operations.
    pub records: Vec<(String, PerOperation<Arc<OperationRecord>>)>,
    /// What all of them together may hold.
    pub budgets: Arc<Budgets>,
}

impl Sessions {
    pub fn new(
        journal: usize,
        scenario: Option<String>,
        records: Vec<(String, PerOperation<Arc<OperationRecord>>)>,
        budgets: Arc<Budgets>,
        fleet: Option<Arc<Fleet>>,
    ) -> Self {
        let scenario = scenario.map(Arc::new);
        let shared = (records.as_slice(), &*budgets, fleet.as_ref());
        Self {
            shared: Arc::new(Session::new("", false, journal, scenario.as_ref(), shared)),
            named: ArcSwap::default(),
            adding: Mutex::new(()),
            journal,
            scenario,
            fleet,
            records,
            budgets,
        }
    }

    /// The same sessions for other versions of the documents; further ones begin with `scenario`.
    pub fn renewed(
        &self,
        scenario: Option<String>,
        records: Vec<(String, PerOperation<Arc<OperationRecord>>)>,
    ) -> Self {
        let _nobody_is_added = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = |session: &Session| Arc::new(session.renewed(&self.records, &records, &self.budgets));
        let named =
            self.named.load().iter().map(|(name, session)| (name.clone(), renewed(session))).collect();
        Self {
            shared: renewed(&self.shared),
            named: ArcSwap::new(Arc::new(named)),
            adding: Mutex::new(()),
            journal: self.journal,
            scenario: scenario.map(Arc::new),
            fleet: self.fleet.clone(),
            records,
            budgets: Arc::clone(&self.budgets),
        }
    }

    /// Every session that there is.
    pub fn all(&self) -> Vec<Arc<Session>> {
        let named = self.named.load();
        std::iter::once(&self.shared).chain(named.values()).cloned().collect()
    }

    /// The session of that name, made where it is not there. `now` is in seconds, and `is_foreign` whether a
    /// page of another site asks for it.
    ///
    /// # Errors
    /// The name is empty, too long, or holds other than letters, digits, `-`, `_` and `.`.
    pub fn named(&self, name: &str, now: i64, is_foreign: bool) -> Result<Arc<Session>, String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
            return Err("a session name has 1 to 100 letters, digits, '-', '_' or '.'".to_owned());
        }
        if let Some(session) = self.named.load().get(name).filter(|session| session.is_live(now)) {
            session.touch(now);
            return Ok(Arc::clone(session));
        }
        let _one_at_a_time = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let mut named: HashMap<String, Arc<Session>> = HashMap::clone(&self.named.load());
        named.retain(|_, session| session.is_live(now));
        let most = if is_foreign { MAX_FOREIGN } else { MAX_SESSIONS };
        let alike = || named.iter().filter(|(_, session)| session.data.is_foreign == is_foreign);
        if alike().count() >= most
            && let Some(oldest) = alike()
                .min_by_key(|(_, session)| session.data.used.load(Ordering::Relaxed))
                .map(|(name, _)| name.clone())
        {
            named.remove(&oldest);
        }
        let scenario = self.scenario.as_ref();
        let shared = (self.records.as_slice(), &*self.budgets, self.fleet.as_ref());
        let make = || Arc::new(Session::new(name, is_foreign, self.journal, scenario, shared));
        let session = Arc::clone(named.entry(name.to_owned()).or_insert_with(make));
        session.touch(now);
        self.named.store(Arc::new(named));
        Ok(session)
    }

    /// The name of a session and the path below it: `/__session/NAME/…`.
    pub fn in_path(path: &str) -> Option<(&str, &str)> {
        let rest = path.strip_prefix(PREFIX)?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (name, below) = rest.split_at(end);
        Some((name, if below.is_empty() { "/" } else { below }))
    }

    /// The session of a request, by its address, its header or its cookie. `now` is in seconds, and
    /// `allow_hosts` the names that this machine has beside the usual ones.
    ///
    /// # Errors
    /// As for [`Sessions::named`].
    pub fn of_request(
        &self,
        path: &str,
        headers: &HeaderMap,
        now: impl Fn() -> i64,
        allow_hosts: &[String],
    ) -> Result<InUse<'_>, String> {
        let is_foreign = || origin::is_of_a_foreign_page(allow_hosts, headers);
        if let Some((name, _)) = Self::in_path(path) {
            return self.named(name, now(), is_foreign()).map(InUse::Named);
        }
        match Self::name_in(headers) {
            Some(name) => self.named(&name, now(), is_foreign()).map(InUse::Named),
            None => Ok(InUse::Shared(&self.shared)),
        }
    }

    /// The path without a session's name.
    pub fn below(path: &str) -> &str {
        Self::in_path(path).map_or(path, |(_, below)| below)
    }

    /// The name that a request gives its session, by header or cookie.
    fn name_in(headers: &HeaderMap) -> Option<String> {
        if let Some(value) = headers.get(FIELD) {
            return Some(String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
        let named = cookies(headers).find(|(name, _)| name.trim().eq_ignore_ascii_case(NAME));
        named.map(|(_, value)| value.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::data::IDLE;
    use super::*;
    use crate::contract::OperationId;
    use rstest::rstest;

    #[rstest]
    #[case("/things", None, None, "")]
    #[case("/__session/a/things", Some("b"), Some("c"), "a")]
    #[case("/things", Some("b"), Some("c"), "b")]
    #[case("/things", None, Some("c"), "c")]
    fn a_request_names_its_session(
        #[case] path: &str,
        #[case] header: Option<&str>,
        #[case] cookie: Option<&str>,
        #[case] name: &str,
    ) {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(NAME, header.parse().unwrap());
        }
        if let Some(cookie) = cookie {
            headers
                .insert(http::header::COOKIE, format!("x=1; Counterpart-Session={cookie}").parse().unwrap());
        }
        let sessions = Sessions::new(0, None, Vec::new(), Arc::new(Budgets::of(0)), None);
        assert_eq!(sessions.of_request(path, &headers, || 0, &[]).unwrap().name, name);
    }

    #[rstest]
    #[case("/__session/a/b/c", Some(("a", "/b/c")))]
    #[case("/__session/a", Some(("a", "/")))]
    #[case("/__session/", Some(("", "/")))]
    #[case("/a", None)]
    fn the_path_below_a_session(#[case] path: &str, #[case] expected: Option<(&str, &str)>) {
        assert_eq!(Sessions::in_path(path), expected);
    }

    #[test]
    fn sessions_are_bounded_and_end_when_unused() {
        let sessions = Sessions::new(0, None, Vec::new(), Arc::new(Budgets::of(0)), None);
        let first = sessions.named("a", 0, false).unwrap();
        assert!(Arc::ptr_eq(&first, &sessions.named("a", 10, false).unwrap()));
        assert!(!Arc::ptr_eq(&first, &sessions.named("a", 10 + IDLE, false).unwrap()));
        for index in 0..2 * MAX_SESSIONS {
            sessions.named(&format!("s{index}"), 2000, false).unwrap();
        }
        assert!(sessions.named.load().len() <= MAX_SESSIONS);
        assert!(sessions.named("../x", 0, false).is_err() && sessions.named("", 0, false).is_err());
    }

    #[test]
    fn pages_of_other_sites_push_out_nobody_elses_session() {
        let sessions = Sessions::new(0, None, Vec::new(), Arc::new(Budgets::of(0)), None);
        let mine = sessions.named("mine", 0, false).unwrap();
        for index in 0..2 * MAX_SESSIONS {
            sessions.named(&format!("s{index}"), 1, true).unwrap();
        }
        assert!(Arc::ptr_eq(&mine, &sessions.named("mine", 2, false).unwrap()));
        assert_eq!(sessions.named.load().len(), 1 + MAX_FOREIGN);
    }

    #[test]
    fn sessions_outlive_a_version_of_the_document() {
        let records =
            |ids: &[&str]| vec![("api".to_owned(), ids.iter().map(|id| OperationRecord::new(id)).collect())];
        let sessions = Sessions::new(0, None, records(&["a", "b"]), Arc::new(Budgets::of(0)), None);
        let before = sessions.named("x", 0, false).unwrap();
        before.documents[0].calls.get(OperationId::nth(1)).unwrap().store(7, Ordering::Relaxed);
        before.data.scenario.store(Some(Arc::new("outage".to_owned())));
        let after = sessions.renewed(None, records(&["new", "b"])).named("x", 1, false).unwrap();
        let calls: Vec<u32> =
            after.documents[0].calls.iter().map(|calls| calls.load(Ordering::Relaxed)).collect();
        assert_eq!(calls, [0, 7]);
        assert!(Arc::ptr_eq(&before.data, &after.data));
        assert!(Arc::ptr_eq(&before.documents[0].store, &after.documents[0].store));
        assert!(
            sessions.renewed(None, vec![("other".to_owned(), PerOperation::default())]).shared.documents[0]
                .calls
                .iter()
                .next()
                .is_none()
        );
    }
}
