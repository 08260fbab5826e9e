//! `review --web`: the review as a page on this machine. It shows the session that a terminal shows, asks for
//! nothing from elsewhere, and ends with the review.

mod guard;
mod page;
mod server;

use std::sync::{Arc, Mutex, PoisonError};

use http::header::{
    ALLOW, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    SET_COOKIE,
};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::apply::Done;
use super::decisions::{Action, Outcome, Reach, Session, Stage};
use super::html::STYLE;
use super::saved;
use super::waiting::Decision;
use crate::cli::output::{Stop, print};
use crate::cli::signals::Signals;
use crate::exchange::base64;
use guard::{Guard, Verdict};
use page::Look;

/// What each answer says to the browser beside its policy: nothing into a frame, nothing kept.
const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // A page without referrer would post without its origin.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Nothing from elsewhere. The style and the script are in the page, so that the last one has them too, and are
/// known by their digests: no text of a target becomes one.
fn policy() -> String {
    let known = |text: &str| base64::encode(&Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        known(STYLE),
        known(page::SCRIPT)
    )
}

/// Carries out what was decided, and says what came of it.
type Conclude = dyn Fn(&[Outcome<'_>]) -> Result<Done, Stop> + Send + Sync;

/// How a review in a page ended.
pub(super) enum End {
    /// The decisions were written, or that failed.
    Concluded(Result<Done, Stop>),
    /// Nothing was to be written.
    BrokenOff,
}

/// Shows the review until it ends. `file` is where the decisions go, if they are only saved.
pub(super) async fn walk(
    session: Session,
    file: Option<String>,
    conclude: Box<Conclude>,
) -> Result<End, Stop> {
    let failed = |error: std::io::Error| Stop::io(format!("cannot open a port of this machine: {error}"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
    let guard = Guard::new(listener.local_addr().map_err(failed)?.port())?;
    let mut signals = Signals::new();
    print(&format!("review at {}\nCtrl-C ends it; nothing is written then\n", guard.address()))?;
    let (tell, told) = oneshot::channel();
    let page = Page { guard, session: Mutex::new(session), file, conclude, tell: Mutex::new(Some(tell)) };
    let mut end = End::BrokenOff;
    let until = async {
        tokio::select! {
            told = told => end = told.unwrap_or(End::BrokenOff),
            () = signals.next() => {}
        }
    };
    server::serve(listener, Arc::new(page), until).await;
    Ok(end)
}

/// The page while it is served.
struct Page {
    guard: Guard,
    session: Mutex<Session>,
    file: Option<String>,
    conclude: Box<Conclude>,
    /// Told once, when the review has ended.
    tell: Mutex<Option<oneshot::Sender<End>>>,
}

type Answer = Response<String>;

impl Page {
    fn session(&self) -> std::sync::MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request.
    fn answer(&self, request: &Parts, body: &[u8]) -> Answer {
        match self.guard.judge(request) {
            Verdict::Refused(why) => told(StatusCode::FORBIDDEN, "Not allowed", why),
            Verdict::Enters => {
                with(html(StatusCode::OK, page::entrance()), SET_COOKIE, &self.guard.set_cookie())
            }
            Verdict::Passes => self.passed(request, body),
        }
    }

    fn passed(&self, request: &Parts, body: &[u8]) -> Answer {
        let query = request.uri.query().unwrap_or_default();
        match (&request.method, request.uri.path()) {
            (&Method::GET, "/") if self.has_ended() => {
                told(StatusCode::GONE, "The review has ended", "You can close this page.")
            }
            (&Method::GET, "/") => {
                let page = page::render(&self.session(), Look::of(query), self.file.as_deref());
                html(StatusCode::OK, page)
            }
            (&Method::GET, "/decisions.json") => with(
                answer(StatusCode::OK, "application/json", saved::write(&self.session().outcome())),
                CONTENT_DISPOSITION,
                "attachment; filename=\"decisions.json\"",
            ),
            (&Method::POST, "/act") => self.act(body),
            (_, "/" | "/decisions.json") => {
                with(told(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", "use GET"), ALLOW, "GET")
            }
            (_, "/act") => {
                with(told(StatusCode::METHOD_NOT_ALLOWED, "Not allowed", "use POST"), ALLOW, "POST")
            }
            _ => told(StatusCode::NOT_FOUND, "Not found", "there is no such page"),
        }
    }

    /// Does what a button says, if it is still about what is shown.
    fn act(&self, body: &[u8]) -> Answer {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let field =
            |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let wish = field("do").unwrap_or_default();
        let look = field("look").and_then(|look| look.strip_prefix("/?")).map_or(Look::of(""), Look::of);
        let mut session = self.session();
        if field("step").and_then(|step| step.parse().ok()) == Some(session.step()) && !self.has_ended() {
            match wish {
                "write" if session.stage() == Stage::Ends => {
                    let result = (self.conclude)(&session.outcome());
                    let answer = match &result {
                        Ok(done) => {
                            let text = format!("{}You can close this page.", done.told);
                            told(StatusCode::OK, "Written", &text)
                        }
                        Err(stop) => told(StatusCode::CONFLICT, "Not written", &stop.message),
                    };
                    self.end(End::Concluded(result));
                    return answer;
                }
                "cancel" => {
                    self.end(End::BrokenOff);
                    return told(StatusCode::OK, "Nothing was written", "You can close this page.");
                }
                wish => match action(wish) {
                    Some(action) => session.act(action),
                    None => {
                        return told(StatusCode::BAD_REQUEST, "Not understood", "there is no such button");
                    }
                },
            }
        }
        with(html(StatusCode::SEE_OTHER, String::new()), LOCATION, &look.address())
    }

    fn has_ended(&self) -> bool {
        self.tell.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn end(&self, end: End) {
        if let Some(tell) = self.tell.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Nobody waits any more when Ctrl-C came first.
            let _ = tell.send(end);
        }
    }
}

/// What a button does.
fn action(wish: &str) -> Option<Action> {
    let decide = |decision, reach| Some(Action::Decide(decision, reach));
    match wish {
        "accept" => decide(Decision::Accept, Reach::This),
        "reject" => decide(Decision::Reject, Reach::This),
        "skip" => decide(Decision::Skip, Reach::This),
        "everywhere" => decide(Decision::Accept, Reach::Everywhere),
        "accept-rest" => decide(Decision::Accept, Reach::Rest),
        "reject-rest" => decide(Decision::Reject, Reach::Rest),
        "skip-rest" => decide(Decision::Skip, Reach::Rest),
        "confirm" => Some(Action::Confirm),
        "undo" => Some(Action::Undo),
        "end" => Some(Action::End),
        _ => None,
    }
}

fn told(status: StatusCode, title: &str, text: &str) -> Answer {
    html(status, page::told(title, text))
}

fn html(status: StatusCode, page: String) -> Answer {
    answer(status, "text/html; charset=utf-8", page)
}

fn answer(status: StatusCode, media_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(text);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    for (name, value) in HEADERS {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    with(answer, CONTENT_SECURITY_POLICY, &policy())
}

fn with(mut answer: Answer, name: HeaderName, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

#[cfg(test)]
mod tests;
