//! Screens of a review, without a terminal.

use console::Key;
use rstest::rstest;

use super::row::{Row, wrapped};
use super::*;
use crate::cli::commands::review::waiting::{Kind, Waiting};
use crate::run::pending::{Change, Label};
use crate::snapshot::Note;
use crate::snapshot::file::File;

fn waiting(name: &str, old: &str, new: &str) -> Waiting {
    let contents = |value: &str| File {
        expression: format!("GET /{name}"),
        contents: format!("200 OK\n\n{{\n  \"id\": 1,\n  \"name\": \"{value}\"\n}}\n"),
        ..File::default()
    };
    let change = Change { change: "~ /name".to_owned(), label: Label::Allowed };
    Waiting {
        name: format!("api/{name}.200.snap"),
        path: name.into(),
        text: String::new(),
        kind: Kind::Changed,
        old: Some(contents(old)),
        new: contents(new),
        note: Note { changes: vec![change], ..Note::default() },
    }
}

fn drawn(session: &Session, rows: usize, columns: usize) -> Vec<String> {
    let rows = draw::stage(session, rows, columns);
    rows.iter().map(|row| anstream::adapter::strip_str(&row.cut(0, columns)).to_string()).collect()
}

fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[rstest]
#[case(24, 80)]
#[case(10, 40)]
#[case(8, 20)]
#[case(50, 200)]
fn a_screen_holds_what_is_drawn(#[case] rows: usize, #[case] width: usize) {
    let long = "长".repeat(3000);
    let mut pets: Vec<Waiting> =
        (0..5).map(|number| waiting(&format!("pet{number}"), "Rex", &long)).collect();
    let mut many = waiting("many", "a", &long);
    many.note.changes =
        (0..90).map(|n| Change { change: format!("+ /m{n}"), label: Label::Unknown }).collect();
    pets.push(many);
    let mut session = Session::of(pets);
    loop {
        let screen = drawn(&session, rows, width);
        assert!(screen.len() <= rows, "{rows} rows: {screen:#?}");
        assert!(screen.iter().all(|line| columns(line) <= width), "{width} columns: {screen:#?}");
        match session.stage() {
            Stage::Asks(..) => session.act(Action::Decide(Decision::Accept, Reach::This)),
            _ => break,
        }
    }
}

/// The keys that are offered are read in one look, on the terminal that most people have.
#[test]
fn the_legend_fits_eighty_columns() {
    let session = Session::of(vec![waiting("pet", "Rex", "Max")]);
    let screen = drawn(&session, 24, 80);
    insta::assert_snapshot!(screen.join("\n"), @r#"
    0/1 decided  api/pet.200.snap  GET /pet
      ~ /name  allowed by the schema

      {
        "id": 1,
    -   "name": "Rex"
    +   "name": "Max"   ← allowed by the schema
      }

    a accept  r reject  s skip  f everywhere  A R S the rest  u undo  d diff
    i request  ? help  q end
    "#);
    assert!(draw::help().iter().all(|row| !row.cut(0, 80).contains('…')));
}

#[rstest]
#[case("plain", 0, 10, "plain")]
#[case("exactly ten", 0, 11, "exactly ten")]
#[case("exactly ten", 0, 10, "exactly t…")]
#[case("sideways it goes", 4, 6, "…ays …")]
#[case("sideways it goes", 12, 6, "…oes")]
#[case("short", 40, 6, "…")]
#[case("宽宽宽", 0, 6, "宽宽宽")]
#[case("宽宽宽", 0, 5, "宽宽…")]
#[case("宽宽宽", 0, 4, "宽…")]
#[case("a\u{1b}[2Jb", 0, 20, "a\\u{1b}[2Jb")]
fn a_line_is_cut_to_the_screen(
    #[case] text: &str,
    #[case] from: usize,
    #[case] to: usize,
    #[case] cut: &str,
) {
    assert_eq!(Row::plain(text).cut(from, to), cut);
}

#[test]
fn pages_are_turned_and_end() {
    let rows: Vec<Row> = (0..100).map(|number| Row::plain(&format!("line {number}"))).collect();
    let mut pager = Pager::new("a".to_owned(), rows);
    let shown = |pager: &mut Pager| pager.page(12, 80)[1].clone();
    assert_eq!(shown(&mut pager), "line 0");
    for (key, first) in [
        (Key::Char(' '), "line 10"),
        (Key::ArrowDown, "line 11"),
        (Key::Char('b'), "line 1"),
        (Key::Char('G'), "line 90"),
        (Key::PageDown, "line 90"),
        (Key::Home, "line 0"),
        (Key::ArrowUp, "line 0"),
    ] {
        assert!(!pager.turn(&key));
        assert_eq!(shown(&mut pager), first, "{key:?}");
    }
    assert!(pager.page(12, 80)[0].contains("lines 1-10 of 100"));
    assert!(!pager.turn(&Key::ArrowRight));
    assert_eq!(pager.page(12, 80)[1], "…");
    assert!(pager.turn(&Key::Char('q')));
    // No size makes it fail.
    assert!(Pager::new(String::new(), Vec::new()).page(0, 0).len() <= 3);
}

#[test]
fn words_wrap_whole() {
    let lines: Vec<String> = wrapped(&["one", "two", "three"], 9)
        .iter()
        .map(|row| anstream::adapter::strip_str(&row.cut(0, 80)).to_string())
        .collect();
    assert_eq!(lines, ["one  two", "three"]);
}

#[rstest]
#[case(Key::Char('a'), true)]
#[case(Key::Char('y'), false)]
#[case(Key::Enter, false)]
#[case(Key::Char('x'), false)]
fn a_key_means_something_where_it_is_offered(#[case] key: Key, #[case] expected: bool) {
    let session = Session::of(vec![waiting("pet", "Rex", "Max")]);
    assert_eq!(wish(&key, &session.stage()).is_some(), expected);
    assert_eq!(wish(&key, &Stage::Ends).is_some(), key == Key::Enter);
}
