//! The pages of a login: no script, nothing from elsewhere, and readable by a screen reader.

use std::fmt::Write as _;
use std::sync::LazyLock;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

use crate::exchange::{base64, push_escaped};
use crate::mock::issuer::sha256;
use crate::mock::response::{Response, Source};

const STYLE: &str = include_str!("page.css");
/// The one style that a browser may apply.
static STYLE_DIGEST: LazyLock<String> = LazyLock::new(|| base64::encode(sha256(STYLE).as_ref()));
/// Longest text from a client that is shown, in characters.
const MAX_SHOWN: usize = 300;

/// A page.
pub(super) struct Page {
    title: &'static str,
    /// What is in `main`, below the title.
    text: String,
    /// What is in its form; none without.
    form: String,
    /// Where else its form may lead, as a content security policy names it.
    leads_to: Option<String>,
}

impl Page {
    pub fn new(title: &'static str) -> Self {
        Self { title, text: String::new(), form: String::new(), leads_to: None }
    }

    /// A paragraph.
    pub fn saying(mut self, text: &str) -> Self {
        let _ = writeln!(self.text, "<p>{}</p>", shown(text));
        self
    }

    /// A form for the code of a device.
    pub fn asking_for_code(mut self, wrong: Option<&str>) -> Self {
        self.complain(wrong);
        self.form.push_str(
            "<label for=\"user_code\">Code that the device shows</label>\n\
             <input id=\"user_code\" name=\"user_code\" required autofocus autocomplete=\"off\" \
             autocapitalize=\"characters\" spellcheck=\"false\">\n\
             <p class=\"choice\"><button>Continue</button></p>\n",
        );
        self
    }

    /// A form that asks a user for a name, and for leave to give a client these scopes.
    pub fn asking_for_leave(
        mut self,
        (api, client): (&str, &str),
        scopes: &[String],
        user: Option<&str>,
        wrong: Option<&str>,
    ) -> Self {
        let (api, client) = (shown(api), shown(client));
        let _ = write!(self.text, "<p><strong>{client}</strong> wants to use <strong>{api}</strong>");
        if scopes.is_empty() {
            self.text.push_str(".</p>\n");
        } else {
            self.text.push_str(" with these scopes:</p>\n<ul>\n");
            for scope in scopes {
                let _ = writeln!(self.text, "<li><code>{}</code></li>", shown(scope));
            }
            self.text.push_str("</ul>\n");
        }
        self.complain(wrong);
        let user = user.map(escaped).unwrap_or_default();
        let _ = write!(
            self.form,
            "<label for=\"user\">User name</label>\n\
             <input id=\"user\" name=\"user\" value=\"{user}\" required autofocus maxlength=\"100\" \
             autocomplete=\"username\" aria-describedby=\"about\">\n\
             <p id=\"about\">This is a mock: any name will do, and there is no password.</p>\n\
             <p class=\"choice\"><button name=\"decision\" value=\"allow\">Allow</button>\n\
             <button name=\"decision\" value=\"deny\" formnovalidate>Refuse</button></p>\n"
        );
        self
    }

    /// Fields that the form sends along.
    pub fn with<'f>(mut self, hidden: impl Iterator<Item = (&'f str, &'f str)>) -> Self {
        for (name, value) in hidden {
            let (name, value) = (escaped(name), escaped(value));
            let _ = writeln!(self.form, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        }
        self
    }

    /// Where the answer to the form leads.
    pub fn leading_to(self, source: &str) -> Self {
        Self { leads_to: Some(source.to_owned()), ..self }
    }

    fn complain(&mut self, wrong: Option<&str>) {
        if let Some(wrong) = wrong {
            let _ = writeln!(self.text, "<p role=\"alert\">{}</p>", shown(wrong));
        }
    }

    /// The page as it is sent.
    pub fn response(self, status: StatusCode) -> Response {
        let form = if self.form.is_empty() {
            String::new()
        } else {
            // Without `action` it goes to the address of the page, whose query is sent in the form alone.
            format!("<form method=\"post\" action=\"?\">\n{}</form>\n", self.form)
        };
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{text}{form}</main>\n</body>\n</html>\n",
            title = self.title,
            text = self.text,
        );
        let mut response = Response::empty(status, Source::Login);
        let leads_to = self.leads_to.map(|source| format!(" {source}")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; form-action 'self'{leads_to}; frame-ancestors 'none'; \
             base-uri 'none'",
            *STYLE_DIGEST
        );
        let fields = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            // Not `no-referrer`, with which a browser hides the origin of the form, too.
            (REFERRER_POLICY, "same-origin"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
        ];
        for (name, value) in fields {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response.body = html.into();
        response
    }
}

/// Text of a client for a reader: escaped, cut, and without what could turn the line around.
fn shown(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let visible: String =
        text.chars().take(MAX_SHOWN).map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect();
    let end = if text.chars().nth(MAX_SHOWN).is_some() { "…" } else { "" };
    format!("{}{end}", escaped(&visible))
}

/// Text for an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // No document can hold it.
        push_escaped(&mut out, if c == '\0' { '\u{fffd}' } else { c });
    }
    out
}
