//! Why a request is not admitted: from what became of its credential to the refusal.

use super::auth::{Access, Invalid};
use super::challenge::Challenge;
use super::context::RequestContext;
use super::credential::IN_HEADER;
use super::error_response::Refusal;
use crate::config::ErrorName;

/// The refusal of a request, with a line for people; `None` where it may go on. `place` is where
/// the key was found, if not in the header.
pub(super) fn refusal(
    access: &Access,
    context: Option<&RequestContext<'_>>,
    place: Option<&'static str>,
) -> Option<(Refusal, String)> {
    Some(match access {
        Access::Open | Access::Granted(_) => return None,
        Access::Missing => {
            let refusal = Refusal::new(ErrorName::NoCredential, 401, "no credential was presented");
            (refusal.challenging(Challenge::Missing), "no credential".to_owned())
        }
        Access::Unknown(why) => {
            let note = match why {
                Invalid::Unissued => "unknown key: use mock:*, or --auth present".to_owned(),
                _ => why.to_string(),
            };
            let refusal = Refusal::new(ErrorName::UnknownCredential, 401, why.to_string());
            let refusal = refusal.with("place", place.unwrap_or(IN_HEADER));
            (refusal.challenging(Challenge::Invalid(why.to_string())), note)
        }
        Access::Lacking(_, scope) => {
            let detail = format!("the key lacks the scope {scope:?}");
            let refusal = Refusal::new(ErrorName::LackingScope, 403, detail).with("scope", scope);
            (refusal.challenging(Challenge::LacksScope(scope.clone())), format!("key lacks {scope}"))
        }
        Access::Elsewhere(_, parameter) => {
            let detail = format!("the key is limited to another {parameter}");
            let note = detail.trim_start_matches("the ").to_owned();
            let value = context.and_then(|context| context.path_value(parameter)).unwrap_or_default();
            let refusal = Refusal::new(ErrorName::KeyLimit, 403, detail).with("value", value);
            (refusal.with("field", parameter), note)
        }
    })
}

/// The refusal of a key that called too often, and may call again after so many seconds.
pub(super) fn too_often(seconds: u64) -> Refusal {
    let detail = format!("too many requests; the next is accepted in {seconds} seconds");
    Refusal::new(ErrorName::RateLimited, 429, detail).with("retry-after", seconds.to_string())
}
