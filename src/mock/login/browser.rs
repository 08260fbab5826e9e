//! What a user sees of a login: the authorization endpoint (RFC 6749 §4.1.1), the page for devices, and the end of a
//! session.

mod authorize;
mod page;
mod redirect;

use http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderValue, Method, StatusCode};

pub(super) use authorize::authorize;
pub(super) use redirect::check as check_redirect;

use super::client::Fields;
use super::{Login, Visit, account};
use crate::exchange::{base64, cookie};
use crate::mock::issuer::{Authorization, Decision};
use crate::mock::response::Response;
use page::Page;
use redirect::Target;

/// Remembers who logged in, so that a page can ask again without a user (`prompt=none`). It proves nothing.
const REMEMBERED: &str = "counterpart-login";
/// Longest name of a user, in characters.
const MAX_NAME: usize = 100;

/// The name that a user typed.
fn name_of(typed: Option<&str>) -> Option<&str> {
    let name = typed?.trim();
    let is_name = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    is_name.then_some(name)
}

/// Who logged in with this browser before.
fn remembered(visit: &Visit<'_>) -> Option<String> {
    visit.headers.get(COOKIE)?;
    let octets = base64::decode(cookie(visit.headers, REMEMBERED)?)?;
    let name = String::from_utf8(octets).ok()?;
    name_of(Some(&name)).map(str::to_owned)
}

/// Lets a browser remember a user; without one, forget.
fn remember(user: Option<&str>, response: &mut Response) {
    let value = user.map(|user| base64::encode_url(user.as_bytes())).unwrap_or_default();
    let end = if user.is_some() { "" } else { "; Max-Age=0" };
    let cookie = format!("{REMEMBERED}={value}; Path=/; HttpOnly; SameSite=Lax{end}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers.append(SET_COOKIE, cookie);
    }
}

/// Whether a form was sent by a page of another origin (RFC 6454 §7).
fn is_foreign(visit: &Visit<'_>) -> bool {
    let text = |name| visit.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else { return false };
    let from = origin.split_once("://").map(|(_, host)| host);
    from.is_none() || from != text(HOST)
}

/// The page where a user lets a device in (RFC 8628 §3.3).
pub(super) fn device(login: &Login, visit: &Visit<'_>) -> Response {
    let fields = visit.fields();
    let code = fields.get("user_code").unwrap_or_default().trim().to_ascii_uppercase();
    // Letters are enough; people leave the dash out (§6.1).
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let mut devices = login.issuer.devices();
    let known = devices.live(visit.now).find(|device| {
        device.decision == Decision::Pending
            && !code.is_empty()
            && letters(&device.user_code) == letters(&code)
    });
    let Some(device) = known else {
        let wrong = (!code.is_empty()).then_some("Nobody waits with this code.");
        let status = if wrong.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
        return Page::new("Connect a device").asking_for_code(wrong).response(status);
    };
    let decision = fields.get("decision").filter(|_| *visit.method == Method::POST);
    if decision.is_some() && is_foreign(visit) {
        return foreign();
    }
    let user = name_of(fields.get("user"));
    match (decision, user) {
        (Some("deny"), _) => {
            device.decision = Decision::Denied;
            Page::new("Refused")
                .saying("The device was refused. You can close this page.")
                .response(StatusCode::OK)
        }
        (Some("allow"), Some(user)) => {
            let allowed = Authorization::new((user, &device.client), device.scopes.clone(), None, visit.now);
            match allowed {
                Ok(authorization) => device.decision = Decision::Allowed(authorization),
                Err(why) => {
                    return Page::new("Failed")
                        .saying(&why.to_string())
                        .response(StatusCode::INTERNAL_SERVER_ERROR);
                }
            }
            let mut response = Page::new("Connected")
                .saying("The device is connected. You can close this page.")
                .response(StatusCode::OK);
            remember(Some(user), &mut response);
            response
        }
        _ => {
            let wrong = decision.map(|_| "Type a user name of up to 100 characters.");
            let hidden = [("user_code", device.user_code.as_str())];
            let page = Page::new("Connect a device").saying(&format!("Code: {}", device.user_code));
            let user = remembered(visit);
            page.asking_for_leave((&login.title, &device.client), &device.scopes, user.as_deref(), wrong)
                .with(hidden.into_iter())
                .response(if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK })
        }
    }
}

fn foreign() -> Response {
    Page::new("Refused")
        .saying("A page of another origin sent this form; only the page of the mock itself may.")
        .response(StatusCode::FORBIDDEN)
}

/// Forgets the user (OpenID Connect RP-Initiated Logout §2), and sends the browser back where that is allowed.
pub(super) fn end_session(login: &Login, visit: &Visit<'_>) -> Response {
    let fields = visit.fields();
    let mut response = match fields.get("post_logout_redirect_uri") {
        None => Page::new("Logged out").saying("You can close this page.").response(StatusCode::OK),
        Some(uri) => match Target::of(uri, &login.options.redirects, fields.get("state"), false) {
            Ok(target) => target.send(visit.method, &[]),
            Err(why) => unsendable("post_logout_redirect_uri", &why),
        },
    };
    remember(None, &mut response);
    response
}

/// The page instead of a redirect to an address that is not allowed (RFC 6749 §4.1.2.1).
fn unsendable(name: &str, why: &str) -> Response {
    let page = Page::new("This request cannot be answered").saying(&format!("{name} {why}."));
    let page = if name.ends_with("redirect_uri") {
        page.saying("Name an address on this machine, or allow this one with --login-redirect.")
    } else {
        page
    };
    page.response(StatusCode::BAD_REQUEST)
}

/// Who is meant by a request that asks nobody.
fn user_without_asking(login: &Login, visit: &Visit<'_>, fields: &Fields) -> Option<String> {
    let hinted = fields.get("id_token_hint").and_then(|token| account::hinted(login, token));
    let hinted = hinted.or_else(|| name_of(fields.get("login_hint")).map(str::to_owned));
    hinted.or_else(|| remembered(visit))
}
