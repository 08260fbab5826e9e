//! The page without a browser: what each request gets.

use std::sync::Arc;

use rstest::rstest;

use super::*;
use crate::cli::commands::review::waiting::{Kind, Waiting};
use crate::run::pending::{Change, Label};
use crate::snapshot::Note;
use crate::snapshot::file::File;

fn waiting(name: &str) -> Waiting {
    let change = Change { change: "+ /<b>".to_owned(), label: Label::Unknown };
    Waiting {
        name: format!("api/{name}.snap"),
        path: name.into(),
        text: String::new(),
        kind: Kind::Changed,
        old: Some(File { contents: "200 OK\n\n{}\n".to_owned(), ..File::default() }),
        new: File { contents: "200 OK\n\n{\n  \"<b>\": 1\n}\n".to_owned(), ..File::default() },
        note: Note { changes: vec![change], ..Note::default() },
    }
}

fn page(names: &[&str]) -> (Page, oneshot::Receiver<End>, Arc<Mutex<Vec<String>>>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let (tell, told) = oneshot::channel();
    let log = written.clone();
    let page = Page {
        guard: Guard::new(4242).unwrap(),
        session: Mutex::new(Session::of(names.iter().map(|name| waiting(name)).collect())),
        file: None,
        conclude: Box::new(move |outcomes| {
            let told = super::super::decisions::Totals::of(outcomes).to_string();
            log.lock().unwrap().push(told.clone());
            Ok(Done { told: told + "\n", skipped: 0 })
        }),
        tell: Mutex::new(Some(tell)),
    };
    (page, told, written)
}

fn ask(page: &Page, method: &str, path: &str, body: &str) -> Answer {
    let cookie = page.guard.set_cookie();
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "127.0.0.1:4242")
        .header("origin", "http://127.0.0.1:4242")
        .header("cookie", cookie.split(';').next().unwrap());
    page.answer(&request.body(()).unwrap().into_parts().0, body.as_bytes())
}

fn press(page: &Page, wish: &str) -> Answer {
    let step = page.session().step();
    ask(page, "POST", "/act", &format!("do={wish}&step={step}&look=%2F%3Fview%3Dinline"))
}

#[test]
fn buttons_decide_and_nothing_is_written_before_the_end() {
    let (page, mut told, written) = page(&["a", "b", "c"]);
    let first = ask(&page, "GET", "/", "").into_body();
    assert!(first.contains("<h1 tabindex=\"-1\">+ /&lt;b&gt; in 3 snapshots</h1>"), "{first}");
    let after = press(&page, "accept-rest");
    assert_eq!(after.status(), StatusCode::SEE_OTHER);
    assert_eq!(after.headers()["location"], "/?view=inline");
    assert!(
        ask(&page, "GET", "/", "").into_body().contains("Accept all that is left, 3 changes in 3 snapshots?")
    );
    press(&page, "write");
    assert!(written.lock().unwrap().is_empty(), "it is not at its end");
    press(&page, "confirm");
    assert!(ask(&page, "GET", "/", "").into_body().contains("Done: accepted 3, rejected 0, skipped 0"));
    press(&page, "undo");
    press(&page, "reject");
    assert!(told.try_recv().is_err());
    let end = press(&page, "write");
    assert!(end.into_body().contains("accepted 0, rejected 3, skipped 0"));
    assert!(matches!(told.try_recv(), Ok(End::Concluded(Ok(_)))));
    // Once.
    assert_eq!(press(&page, "write").status(), StatusCode::SEE_OTHER);
    assert_eq!(written.lock().unwrap().as_slice(), ["accepted 0, rejected 3, skipped 0"]);
    assert_eq!(ask(&page, "GET", "/", "").status(), StatusCode::GONE);
}

#[test]
fn a_press_that_comes_late_does_nothing() {
    let (page, ..) = page(&["a", "b"]);
    let step = page.session().step();
    for _ in 0..2 {
        ask(&page, "POST", "/act", &format!("do=skip&step={step}"));
    }
    press(&page, "undo");
    assert_eq!(page.session().progress(), (0, 2));
    press(&page, "cancel");
    assert!(page.has_ended());
}

#[rstest]
#[case("GET", "/", 200)]
#[case("GET", "/?view=side&whole=1", 200)]
#[case("GET", "/?view=%ff&whole=", 200)]
#[case("GET", "/decisions.json", 200)]
#[case("GET", "/other", 404)]
#[case("GET", "/../etc/passwd", 404)]
#[case("PUT", "/", 405)]
#[case("GET", "/act", 405)]
#[case("POST", "/act", 303)]
fn each_answer_is_guarded(#[case] method: &str, #[case] path: &str, #[case] status: u16) {
    let (page, ..) = page(&["a"]);
    let answer = ask(&page, method, path, "do=nothing&step=99999999999999999999999");
    assert_eq!(answer.status().as_u16(), status);
    for (name, value) in HEADERS {
        assert_eq!(answer.headers()[*name], *value);
    }
    assert_eq!(answer.headers()["content-security-policy"].to_str().unwrap(), policy());
    let shown = answer.into_body();
    assert!(!shown.contains("http://") && !shown.contains("https://"), "{shown}");
    assert_eq!(press(&page, "nothing").status(), StatusCode::BAD_REQUEST);
}

#[test]
fn nothing_is_shown_or_done_without_the_cookie() {
    let (page, ..) = page(&["secret"]);
    for (method, path) in [("GET", "/"), ("GET", "/decisions.json"), ("POST", "/act")] {
        let request = http::Request::builder().method(method).uri(path).header("host", "127.0.0.1:4242");
        let request = request.header("origin", "http://127.0.0.1:4242").body(()).unwrap().into_parts().0;
        let answer = page.answer(&request, b"do=cancel&step=0");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(!answer.into_body().contains("secret"));
    }
    assert!(!page.has_ended());
}
