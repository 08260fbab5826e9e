//! Which operations each fault can be applied to.

use super::response::{required_header, wrong_body, wrong_header};
use crate::contract::path::Piece;
use crate::contract::{Direction, Kind, MediaBody, Operation, StatusKey, body};
use crate::resources::{
    Collection, Listing, MediaTypeParameter, Pages, Resources, Role, is_refusal, listing_at,
};
use crate::rules::Rule;
use http::Method;

/// A kind of fault: its rule, and which operations give occasion for it.
pub(super) struct Occasion {
    pub rule: Rule,
    pub is_given: fn(&Operation, &Resources) -> bool,
}

/// Every fault.
pub(super) const OCCASIONS: &[Occasion] = &[
    Occasion { rule: Rule::StatusUndocumented, is_given: |o, _| succeeds(o) },
    Occasion { rule: Rule::StatusUnexpected, is_given: |o, _| succeeds(o) },
    Occasion { rule: Rule::ServerError, is_given: |_, _| true },
    Occasion { rule: Rule::BodySchema, is_given: |o, _| wrong_body(o).is_some() },
    Occasion { rule: Rule::BodyMissing, is_given: |o, _| must_have_body(o) },
    Occasion { rule: Rule::BodyUnexpected, is_given: |o, _| may_have_body(o) && !has_content(o) },
    Occasion { rule: Rule::BodyMalformed, is_given: |o, _| has_json(o) },
    Occasion { rule: Rule::MediaType, is_given: |o, _| has_content(o) },
    Occasion { rule: Rule::HeaderMissing, is_given: |o, _| required_header(o).is_some() },
    Occasion { rule: Rule::HeaderSchema, is_given: |o, _| wrong_header(o).is_some() },
    Occasion { rule: Rule::AllowMissing, is_given: |o, r| success_is(o, 405) || is_first(o, r) },
    Occasion { rule: Rule::ChallengeMissing, is_given: |o, _| is_guarded(o) },
    Occasion { rule: Rule::AuthMissingAccepted, is_given: |o, _| is_guarded(o) },
    Occasion { rule: Rule::AuthUnknownAccepted, is_given: |o, _| is_guarded(o) },
    Occasion { rule: Rule::AuthStatus, is_given: |o, _| is_guarded(o) },
    Occasion { rule: Rule::OtherOwnerAccepted, is_given: is_private },
    Occasion { rule: Rule::ScopeLackingAccepted, is_given: |o, _| is_scoped(o) },
    Occasion { rule: Rule::ScopeMinimalRefused, is_given: |o, _| is_scoped(o) },
    Occasion { rule: Rule::ScopeStatus, is_given: |o, _| is_scoped(o) },
    Occasion { rule: Rule::ScopeChallenge, is_given: |o, _| is_scoped(o) },
    Occasion { rule: Rule::DeniedRequestHadEffect, is_given: is_seen_to_change },
    Occasion { rule: Rule::KeyLimitIgnored, is_given: |o, _| limits_keys(o) },
    Occasion { rule: Rule::MethodUndocumentedAccepted, is_given: is_first },
    Occasion { rule: Rule::MethodStatus, is_given: is_first },
    Occasion { rule: Rule::InvalidAccepted, is_given: |o, _| has_input(o) },
    Occasion { rule: Rule::ValidRejected, is_given: |_, _| true },
    Occasion {
        rule: Rule::CreateNotFound,
        is_given: |o, r| role(o, r, Role::Create, &|c| c.retrieve.is_some()),
    },
    Occasion {
        rule: Rule::CreateNotListed,
        is_given: |o, r| role(o, r, Role::List, &|c| c.create.is_some() && c.retrieve.is_some()),
    },
    Occasion { rule: Rule::CreateAltered, is_given: |o, r| role(o, r, Role::Create, &|_| has_free_text(o)) },
    Occasion { rule: Rule::UpdateNotKept, is_given: is_watched_update },
    Occasion { rule: Rule::UpdateClobbered, is_given: is_watched_update },
    Occasion {
        rule: Rule::ReplaceMerged,
        is_given: |o, r| role(o, r, Role::Replace, &|c| c.create.is_some() && c.retrieve.is_some()),
    },
    Occasion { rule: Rule::DeleteNotGone, is_given: ends },
    Occasion {
        rule: Rule::DeleteMissingStatus,
        is_given: |o, r| {
            role(o, r, Role::Destroy, &|_| !is_refusal(o) && (o.documents(404) || o.documents(410)))
        },
    },
    Occasion {
        rule: Rule::RefusedMethodHadEffect,
        is_given: |o, r| {
            role(o, r, Role::Destroy, &|c| is_refusal(o) && c.create.is_some() && c.retrieve.is_some())
        },
    },
    Occasion {
        rule: Rule::ReadHadEffect,
        is_given: |o, r| role(o, r, Role::Retrieve, &|c| c.create.is_some()),
    },
    Occasion {
        rule: Rule::IdentityChanged,
        is_given: |o, r| role(o, r, Role::Retrieve, &|c| c.create.is_some()),
    },
    Occasion {
        rule: Rule::LocationBroken,
        is_given: |o, r| role(o, r, Role::Create, &|c| c.retrieve.is_some()),
    },
    Occasion { rule: Rule::ActionNotKept, is_given: |o, r| acts(o, r) },
    Occasion { rule: Rule::UnknownFound, is_given: |o, r| o.is_safe() && names_known(o, r) },
    Occasion { rule: Rule::TargetHarmed, is_given: |o, r| may_do_harm(o, r) },
    Occasion { rule: Rule::PageLimit, is_given: |o, r| lists(o, r, &|list| list.pages.limit.is_some()) },
    Occasion { rule: Rule::PageOffset, is_given: |o, r| lists(o, r, &|list| list.pages.move_by_parameter()) },
    Occasion { rule: Rule::PageOverlap, is_given: |o, r| lists(o, r, &|list| links(&list.pages)) },
    Occasion { rule: Rule::PageLink, is_given: |o, r| lists(o, r, &|list| links(&list.pages)) },
    Occasion { rule: Rule::PageLoop, is_given: |o, r| lists(o, r, &|list| links(&list.pages)) },
    Occasion { rule: Rule::PageCount, is_given: |o, r| lists(o, r, &|list| list.pages.count.is_some()) },
    Occasion {
        rule: Rule::FilterIgnored,
        is_given: |o, r| lists(o, r, &|list| !list.filters.is_empty() || list.search.is_some()),
    },
    Occasion { rule: Rule::SortIgnored, is_given: |o, r| lists(o, r, &sorts) },
    Occasion { rule: Rule::FormatIgnored, is_given: |o, _| !MediaTypeParameter::of(o).is_empty() },
    Occasion { rule: Rule::HeadDiffers, is_given: |o, _| o.method == Method::GET && succeeds(o) },
    Occasion { rule: Rule::CallbackInvalid, is_given: |o, _| o.calls_back },
    Occasion { rule: Rule::ResponseTruncated, is_given: |o, _| has_content(o) },
    Occasion { rule: Rule::ResponseSlow, is_given: |_, _| true },
    Occasion { rule: Rule::ConnectionFailed, is_given: |o, _| o.is_safe() },
];

fn is_guarded(operation: &Operation) -> bool {
    !operation.is_open()
}

fn is_scoped(operation: &Operation) -> bool {
    is_guarded(operation) && !operation.scopes().is_empty()
}

/// Whether an operation reads, lists, changes or deletes what is private.
fn is_private(operation: &Operation, resources: &Resources) -> bool {
    let is_made = |c: &Collection| c.is_private() && c.create.is_some() && c.retrieve.is_some();
    is_guarded(operation)
        && !is_refusal(operation)
        && [Role::Retrieve, Role::List, Role::Update, Role::Replace, Role::Destroy]
            .into_iter()
            .any(|known| role(operation, resources, known, &is_made))
}

/// Whether a key can be limited by the path.
fn limits_keys(operation: &Operation) -> bool {
    is_guarded(operation) && operation.is_safe() && !operation.template.names().is_empty()
}

fn has_input(operation: &Operation) -> bool {
    operation.body.is_some() || !crate::generate::negative::forbidden_parameters(operation).is_empty()
}

fn success_is(operation: &Operation, status: u16) -> bool {
    operation.successes().first().is_some_and(|response| response.status == StatusKey::Code(status))
}

fn succeeds(operation: &Operation) -> bool {
    !success_is(operation, 405)
}

fn has_content(operation: &Operation) -> bool {
    operation.successes().first().is_some_and(|response| !response.content.is_empty())
}

/// Whether a success without octets breaks the document: the empty text may be a valid one.
fn must_have_body(operation: &Operation) -> bool {
    let content = operation.successes().into_iter().next().map(|response| &response.content);
    content.is_some_and(|c| !c.is_empty() && !c.iter().any(|c| body::may_be_empty(&c.media_type)))
}

/// HTTP itself removes the body of a 204 (RFC 9112 §6.3), so there is no fault for it.
fn may_have_body(operation: &Operation) -> bool {
    !success_is(operation, 204) && operation.method != Method::HEAD
}

fn has_json(operation: &Operation) -> bool {
    operation.successes().first().is_some_and(|response| response.content.iter().any(MediaBody::is_json))
}

/// Whether an operation is the first of its path: the one that represents its methods.
fn is_first(operation: &Operation, resources: &Resources) -> bool {
    resources.first_of_path(operation.index)
}

fn role(
    operation: &Operation,
    resources: &Resources,
    role: Role,
    keep: &dyn Fn(&Collection) -> bool,
) -> bool {
    let Some((index, known)) = resources.role(operation.index) else { return false };
    known == role && resources.collection(index).is_some_and(keep)
}

fn lists(operation: &Operation, resources: &Resources, keep: &dyn Fn(&Listing) -> bool) -> bool {
    role(operation, resources, Role::List, &|collection| collection.list.as_ref().is_some_and(keep))
}

/// Whether the document lists values that sort.
fn sorts(list: &Listing) -> bool {
    list.sort.as_ref().is_some_and(|sort| !sort.values.is_empty())
}

fn links(pages: &Pages) -> bool {
    pages.next.is_some() && (pages.cursor.is_some() || (pages.limit.is_some() && pages.move_by_parameter()))
}

fn has_free_text(operation: &Operation) -> bool {
    let content = operation.body.iter().flat_map(|body| &body.content).find(|c| c.is_json());
    content.and_then(|content| content.schema.as_ref()).is_some_and(|schema| {
        schema.fields(Direction::Request, &[]).values().any(|field| {
            field.kinds.string && field.format.is_none() && field.choices.is_empty() && !field.is_limited
        })
    })
}

fn is_watched_update(operation: &Operation, resources: &Resources) -> bool {
    let watched = |c: &Collection| c.create.is_some() && c.retrieve.is_some() && has_free_text(operation);
    role(operation, resources, Role::Update, &watched)
}

/// Whether an operation ends an object's being seen.
fn ends(operation: &Operation, resources: &Resources) -> bool {
    let hides = |c: &Collection| {
        c.create.is_some()
            && c.retrieve.is_some()
            && c.list.is_some()
            && c.soft_delete.as_ref().is_some_and(|soft| soft.from_list == Some(true))
    };
    let destroys = |c: &Collection| !is_refusal(operation) && c.create.is_some() && c.retrieve.is_some();
    role(operation, resources, Role::Update, &hides) || role(operation, resources, Role::Destroy, &destroys)
}

fn acts(operation: &Operation, resources: &Resources) -> bool {
    resources
        .actions(&operation.id)
        .any(|(index, _)| resources.collection(index).is_some_and(|collection| collection.list.is_some()))
}

/// Whether it can be seen that a refused request had an effect.
fn is_seen_to_change(operation: &Operation, resources: &Resources) -> bool {
    let is_seen = |c: &Collection| c.create.is_some() && c.retrieve.is_some();
    is_guarded(operation)
        && (role(operation, resources, Role::Create, &|c| c.list.is_some() && c.retrieve.is_some())
            || role(operation, resources, Role::Update, &|c| is_seen(c) && has_free_text(operation))
            || role(operation, resources, Role::Destroy, &|c| is_seen(c) && !is_refusal(operation))
            || (acts(operation, resources) && resources.created_by(operation.index).is_none()))
}

/// Whether the path names an object that the mock can know. Of an unknown object's own lists it is right
/// to say that they are empty.
fn names_known(operation: &Operation, resources: &Resources) -> bool {
    let target = resources.target(operation).and_then(|name| resources.of_parameter(operation.index, name));
    let last = operation.template.segments().last();
    let is_item = last.is_some_and(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Parameter(_))));
    succeeds(operation)
        && (is_item || listing_at(operation).is_none())
        && target.and_then(|index| resources.collection(index)).is_some_and(Collection::names_objects)
}

/// Whether an operation changes an object that a create makes, so that a run sends it.
fn may_do_harm(operation: &Operation, resources: &Resources) -> bool {
    let is_own = resources.kind(operation.index).is_some_and(|judged| judged.kind == Kind::Own);
    is_own && succeeds(operation)
}
