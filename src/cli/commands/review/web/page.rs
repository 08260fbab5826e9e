//! The page for where a review is. Pure: it draws the session that the terminal draws too.

use std::fmt::Write as _;

use crate::cli::commands::review::decisions::{Open, Outcome, Question, Session, Stage, Totals};
use crate::cli::commands::review::html::{self, STYLE};
use crate::cli::commands::review::waiting::{Decision, Kind, Waiting, count};
use crate::report::difference::{self, View};
use crate::report::escaped;

/// Keys press buttons.
pub(super) const SCRIPT: &str = include_str!("script.js");
/// Lines around those that differ.
const AROUND: usize = 2;
/// Snapshots that a page names.
const MOST_NAMED: usize = 1_000;

/// What the address says about how to show it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub view: View,
    pub is_whole: bool,
}

impl Look {
    /// Reads it from a query; what is not known there is left to the page.
    pub fn of(query: &str) -> Self {
        let mut look = Self { view: View::Auto, is_whole: false };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("view", "side") => look.view = View::Side,
                ("view", "inline") => look.view = View::Inline,
                ("whole", "1") => look.is_whole = true,
                _ => {}
            }
        }
        look
    }

    /// The address that shows it so.
    pub fn address(self) -> String {
        let view = match self.view {
            View::Auto => "",
            View::Side => "view=side",
            View::Inline => "view=inline",
        };
        let parts: Vec<&str> = [view, if self.is_whole { "whole=1" } else { "" }]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
    }
}

/// A button: what it does, what is on it, its key, and its class.
type Button<'t> = (&'t str, &'t str, &'t str, &'t str);

const THIS: &[Button<'static>] =
    &[("accept", "Accept", "a", "yes"), ("reject", "Reject", "r", "no"), ("skip", "Skip", "s", "")];
const EVERYWHERE: Button<'static> = ("everywhere", "Accept everywhere", "f", "");
const REST: &[Button<'static>] = &[
    ("accept-rest", "Accept the rest", "A", ""),
    ("reject-rest", "Reject the rest", "R", ""),
    ("skip-rest", "Skip the rest", "S", ""),
];
const UNDO: Button<'static> = ("undo", "Undo", "u", "");
const END: Button<'static> = ("end", "End", "q", "");
const CANCEL: Button<'static> = ("cancel", "Write nothing", "", "no");

/// The page for where the session is.
pub(super) fn render(session: &Session, look: Look, file: Option<&str>) -> String {
    match session.stage() {
        Stage::Asks(question, about) => asks(session, &question, &about, look),
        Stage::AsksBack(decision, open) => asks_back(session, decision, open, look),
        Stage::Ends => ends(session, look, file),
    }
}

/// A page with nothing to decide on it.
pub(super) fn told(title: &str, text: &str) -> String {
    let body = format!(
        "<main>\n<h1 tabindex=\"-1\">{}</h1>\n<p>{}</p>\n</main>\n",
        escaped(title),
        escaped(text).replace('\n', "<br>")
    );
    framed(title, &body)
}

/// Leads to the page from a link of any site: a browser keeps the cookie back from a redirection that begins
/// elsewhere.
pub(super) fn entrance() -> String {
    html::document(
        "Review · Counterpart",
        "<meta http-equiv=\"refresh\" content=\"0;url=/\">\n",
        "<main>\n<h1>Review</h1>\n<p><a href=\"/\">Go on to the review</a></p>\n</main>\n",
    )
}

fn framed(title: &str, body: &str) -> String {
    // As they are: the policy knows them by their digests.
    let head = format!(
        "<style>{STYLE}</style>
"
    );
    let body = format!(
        "{body}<script>{SCRIPT}</script>
"
    );
    html::document(&format!("{title} · Counterpart"), &head, &body)
}

fn header(session: &Session, title: &str) -> String {
    let (decided, all) = session.progress();
    format!(
        "<header>\n<h1 tabindex=\"-1\">{}</h1>\n<p class=\"place\"><label for=\"decided\">{decided}/{all} decided</label> \
         <progress id=\"decided\" value=\"{decided}\" max=\"{all}\">{decided}/{all}</progress></p>\n</header>\n",
        escaped(title)
    )
}

fn asks(session: &Session, question: &Question, about: &[usize], look: Look) -> String {
    let waiting = session.waiting();
    let Some((one, first)) = about.first().and_then(|index| Some((*index, waiting.get(*index)?))) else {
        return told("Review", "there is nothing to show");
    };
    let around = if look.is_whole { usize::MAX } else { AROUND };
    let (title, mut main, lines) = match question {
        Question::Everywhere(change) => {
            let title = format!("{} in {}", difference::cut(&change.change), count(about.len()));
            let changes = difference::changes(std::iter::once((change, false)));
            (title, changes + &names(waiting, about), first.lines_at(change, around))
        }
        Question::One(_) => {
            let parts = session.parts(one).iter().map(|part| *part == Some(Decision::Accept));
            let changes = difference::changes(first.note.changes.iter().zip(parts));
            let told = notes(first);
            (first.name.clone(), told + &changes, first.lines(&first.note.changes, around))
        }
    };
    main.push_str(&views(look));
    main.push_str(&difference::difference(&lines, look.view));
    main.push_str(&html::exchange(first));
    let (decided, all) = session.progress();
    let mut this = THIS.to_vec();
    if matches!(question, Question::One(_)) && !first.note.changes.is_empty() {
        this.push(EVERYWHERE);
    }
    if session.can_undo() {
        this.push(UNDO);
    }
    this.push(END);
    let body = format!(
        "{}<main>\n{main}</main>\n{}",
        header(session, &title),
        buttons(session, look, &this, &[REST, &[CANCEL]].concat())
    );
    framed(&format!("{decided}/{all} {title}"), &body)
}

/// What there is to know about a snapshot beside its changes.
fn notes(one: &Waiting) -> String {
    let mut out = format!("<p class=\"request\"><code>{}</code></p>\n", escaped(&one.new.expression));
    let mut note = |text: &str| {
        let _ = writeln!(out, "<p class=\"note\">{text}</p>");
    };
    match one.kind {
        Kind::New => note("New: there is no reviewed snapshot yet."),
        Kind::Removed => note("No response belongs to it any more. Accepting removes the reviewed snapshot."),
        Kind::Changed if one.is_torn() => {
            note("The reviewed file is no snapshot, or has marks of a merge conflict.");
        }
        Kind::Changed => {}
    }
    out
}

/// The snapshots of a question, folded away.
fn names(waiting: &[Waiting], about: &[usize]) -> String {
    let mut out = format!("<details>\n<summary>{}</summary>\n<ul>\n", count(about.len()));
    for one in about.iter().take(MOST_NAMED).filter_map(|index| waiting.get(*index)) {
        let _ = writeln!(out, "<li><code>{}</code></li>", escaped(&one.name));
    }
    out.push_str("</ul>\n");
    if about.len() > MOST_NAMED {
        let _ = writeln!(out, "<p>and {} more</p>", about.len() - MOST_NAMED);
    }
    out.push_str("</details>\n");
    if let Some(first) = about.first().and_then(|index| waiting.get(*index)) {
        let _ = writeln!(out, "<p class=\"request\">Shown: <code>{}</code></p>", escaped(&first.name));
    }
    out
}

fn views(look: Look) -> String {
    let mut out = String::from("<nav class=\"views\" aria-label=\"Difference\">\n");
    let mut link = |key: &str, name: &str, to: Look, is_it: bool| {
        let current = if is_it { " aria-current=\"true\"" } else { "" };
        let _ =
            writeln!(out, "<a href=\"{}\" data-key=\"{key}\"{current}>{name}</a>", escaped(&to.address()));
    };
    link("1", "Side by side", Look { view: View::Side, ..look }, look.view == View::Side);
    link("2", "Inline", Look { view: View::Inline, ..look }, look.view == View::Inline);
    let whole = if look.is_whole { "Only what differs" } else { "Whole" };
    link("d", whole, Look { is_whole: !look.is_whole, ..look }, false);
    out.push_str("</nav>\n");
    out
}

fn asks_back(session: &Session, decision: Decision, open: Open, look: Look) -> String {
    let word = match decision {
        Decision::Accept => "Accept",
        Decision::Reject => "Reject",
        Decision::Skip => "Skip",
    };
    let things = if open.points == 1 { "change" } else { "changes" };
    let title = format!("{word} all that is left, {} {things} in {}?", open.points, count(open.snapshots));
    let mut main = String::new();
    if open.removals > 0 && decision == Decision::Accept {
        let _ = writeln!(main, "<p class=\"note\">{} of these would be removed.</p>", count(open.removals));
    }
    main.push_str("<p>Nothing is written yet, and you can undo it.</p>\n");
    let choices = [("confirm", "Yes", "y", "yes"), ("undo", "No", "n", "")];
    let body = format!(
        "{}<main>\n{main}</main>\n{}",
        header(session, &title),
        buttons(session, look, &choices, &[])
    );
    framed(&title, &body)
}

fn ends(session: &Session, look: Look, file: Option<&str>) -> String {
    let outcomes = session.outcome();
    let title = format!("Done: {}", Totals::of(&outcomes));
    let mut main = String::from(
        "<p>Nothing is written yet.</p>\n<table class=\"outcome\">\n<thead><tr><th scope=\"col\">Snapshot</th><th scope=\"col\">Decision</th></tr></thead>\n<tbody>\n",
    );
    for outcome in outcomes.iter().take(MOST_NAMED) {
        let (class, word) = decided(outcome);
        let _ = writeln!(
            main,
            "<tr><th scope=\"row\">{}</th><td class=\"{class}\">{word}</td></tr>",
            escaped(&outcome.waiting.name)
        );
    }
    main.push_str("</tbody>\n</table>\n");
    if outcomes.len() > MOST_NAMED {
        let _ = writeln!(main, "<p>and {} more</p>", outcomes.len() - MOST_NAMED);
    }
    main.push_str(
        "<p><a href=\"/decisions.json\" download>Save the decisions to a file</a>, which <code>counterpart review --apply</code> carries out.</p>\n",
    );
    let write = file.map_or_else(|| "Write".to_owned(), |file| format!("Write {}", escaped(file)));
    let form = buttons(session, look, &[("write", &write, "Enter", "yes"), UNDO, CANCEL], &[]);
    framed(&title, &format!("{}<main>\n{main}</main>\n{form}", header(session, &title)))
}

fn decided(outcome: &Outcome<'_>) -> (&'static str, &'static str) {
    match (outcome.decision, outcome.waiting.kind) {
        (Decision::Accept, Kind::Removed) => ("ok", "accepted: is removed"),
        (Decision::Accept, _) => ("ok", "accepted"),
        (Decision::Reject, _) => ("bad", "rejected"),
        (Decision::Skip, _) if !outcome.accepted.is_empty() => ("not", "skipped, accepted in part"),
        (Decision::Skip, _) => ("not", "skipped"),
    }
}

/// What can be done. The step says what was shown: a press that comes late does nothing.
fn buttons(session: &Session, look: Look, this: &[Button<'_>], more: &[Button<'_>]) -> String {
    let mut out = format!(
        "<form class=\"acts\" method=\"post\" action=\"/act\" aria-label=\"Decision\">\n<input type=\"hidden\" name=\"step\" value=\"{}\">\n\
         <input type=\"hidden\" name=\"look\" value=\"{}\">\n",
        session.step(),
        escaped(&Look { is_whole: false, ..look }.address())
    );
    for (name, text, key, class) in this {
        out.push_str(&button(name, text, key, class));
    }
    if !more.is_empty() {
        out.push_str("<details class=\"rest\"><summary>More</summary>\n<div>\n");
        for (name, text, key, class) in more {
            out.push_str(&button(name, text, key, class));
        }
        out.push_str("</div>\n</details>\n");
    }
    // Only the script knows keys, so only it shows this.
    out.push_str("<label class=\"keyboard\" hidden><input type=\"checkbox\" id=\"keys\"> Keys press buttons</label>\n</form>\n");
    out
}

fn button(name: &str, text: &str, key: &str, class: &str) -> String {
    let shown =
        if key.is_empty() { String::new() } else { format!(" <kbd aria-hidden=\"true\">{key}</kbd>") };
    let named = match key {
        "" => String::new(),
        key => format!(" data-key=\"{key}\" aria-keyshortcuts=\"{key}\""),
    };
    format!("<button name=\"do\" value=\"{name}\" class=\"{class}\"{named}>{text}{shown}</button>\n")
}
