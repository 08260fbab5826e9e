//! What each prepared response lacked to be the answer to a request.

use super::{PreparedResponse, PreparedResponses};
use crate::mock::context::RequestContext;
use crate::mock::matcher::Subjects;

/// A response that could have been sent.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::mock) struct Candidate {
    /// Where it comes from, as in `Counterpart-Source`.
    pub origin: String,
    pub status: u16,
    /// What stood against it; empty where nothing did, so that an earlier one was taken, or this.
    pub lacked: Vec<String>,
}

impl PreparedResponses {
    /// Every response, in the order in which they are tried, with what it lacked for a request.
    pub fn candidates(&self, context: &RequestContext<'_>) -> Vec<Candidate> {
        let all = self.responses.iter();
        all.map(|prepared| Candidate {
            origin: prepared.response.origin().to_owned(),
            status: prepared.response.status.as_u16(),
            lacked: self.lacked(prepared, context),
        })
        .collect()
    }

    fn lacked(&self, prepared: &PreparedResponse, context: &RequestContext<'_>) -> Vec<String> {
        let mut lacked = Vec::new();
        let is_success = prepared.response.status.as_u16() == self.success;
        if is_success && !prepared.has_type(context.media_type) {
            let own = prepared.media_type.as_deref().unwrap_or_default();
            lacked.push(format!("it is {own}, not {}", context.media_type.unwrap_or_default()));
        }
        if prepared.is_conditional() {
            let subjects = Subjects::of(context);
            if let Some((from, to)) = prepared.calls
                && !(from..=to).contains(&context.call)
            {
                lacked.push(format!("it is for other calls than number {}", context.call));
            }
            let failing = prepared.when.iter().filter(|condition| !subjects.meet(condition));
            lacked.extend(failing.map(|condition| format!("not true: {condition}")));
            return lacked;
        }
        if !is_success {
            lacked.push(format!("it is for another status than {}", self.success));
        } else if !prepared.name.is_empty() {
            let wanted = self.target.as_ref().and_then(|(at, _)| context.path_values.get(*at).copied());
            match prepared.id.as_deref() {
                Some(id) if Some(id) == wanted => {}
                Some(id) => lacked.push(format!("it shows another object, {id}")),
                None => lacked.push("it has a name, and was not asked for by it".to_owned()),
            }
        }
        lacked
    }
}
