//! The terminal itself: its size, its keys, and what is drawn on it.

use std::io::Write as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use console::{Key, Term};

use super::row::Row;
use crate::cli::env;
use crate::cli::output::Stop;

/// How often the size is looked at while no key comes.
const LOOK: Duration = Duration::from_millis(150);
/// Another screen, so that what was there before comes back at the end.
const OPEN: &str = "\x1b[?1049h";
const CLOSE: &str = "\x1b[?1049l";
/// To the top; what is left of a line; what is left of the screen.
const TOP: &str = "\x1b[H";
const REST_OF_LINE: &str = "\x1b[K";
const REST: &str = "\x1b[J";

/// What happens at a terminal.
pub(super) enum Event {
    Key(Key),
    Resized,
}

/// A terminal while it is used.
pub(super) struct Screen {
    term: Term,
    /// Whether it understands no more than lines, as `TERM=dumb` says.
    is_plain: bool,
    has_color: bool,
    /// The size that was drawn for.
    size: (usize, usize),
    /// Asks for the next key: nothing is read, and the terminal is as it was, unless one is wanted.
    wanted: Sender<()>,
    is_asked: bool,
    keys: Receiver<std::io::Result<Key>>,
}

impl Screen {
    pub fn open() -> Self {
        let term = Term::stdout();
        let ((wanted, asked), (pressed, keys)) = (channel(), channel());
        let reader = term.clone();
        // A thread of its own, because a read cannot be given up when the size changes.
        std::thread::spawn(move || {
            while asked.recv().is_ok() {
                if pressed.send(reader.read_key_raw()).is_err() {
                    break;
                }
            }
        });
        let is_plain = env::environment("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let has_color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
        let screen = Self { term, is_plain, has_color, size: (0, 0), wanted, is_asked: false, keys };
        if !is_plain {
            write(OPEN);
        }
        screen
    }

    /// Rows and columns, as far as something can be drawn in them.
    pub fn size(&mut self) -> (usize, usize) {
        self.size = measured(&self.term);
        let (rows, columns) = self.size;
        (rows.max(8), columns.max(20))
    }

    /// Draws lines, cut to the columns.
    pub fn show(&self, rows: &[Row], columns: usize) {
        let lines: Vec<String> = rows.iter().map(|row| row.cut(0, columns)).collect();
        self.print(&lines);
    }

    /// Draws lines as they are.
    pub fn print(&self, lines: &[String]) {
        // Without colours the places of lines are still needed.
        let strip = |line: &String| {
            if self.has_color { line.clone() } else { anstream::adapter::strip_str(line).to_string() }
        };
        let lines: Vec<String> = lines.iter().map(strip).collect();
        if self.is_plain {
            return write(&format!("\n{}\n", lines.join("\n")));
        }
        // The terminal may be in raw mode, and then a line feed goes down alone.
        let lines = lines.join(&format!("{REST_OF_LINE}\r\n"));
        write(&format!("{TOP}{lines}{REST_OF_LINE}{REST}"));
    }

    /// Waits for what happens next.
    pub fn next(&mut self) -> Result<Event, Stop> {
        let lost = |why: &dyn std::fmt::Display| Stop::io(format!("cannot use the terminal: {why}"));
        if !self.is_asked {
            self.wanted.send(()).map_err(|error| lost(&error))?;
            self.is_asked = true;
        }
        loop {
            match self.keys.recv_timeout(LOOK) {
                Ok(key) => {
                    self.is_asked = false;
                    return match key {
                        Ok(key) => Ok(Event::Key(key)),
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                            Ok(Event::Key(Key::CtrlC))
                        }
                        Err(error) => Err(lost(&error)),
                    };
                }
                Err(RecvTimeoutError::Timeout) if measured(&self.term) == self.size => {}
                Err(RecvTimeoutError::Timeout) => return Ok(Event::Resized),
                Err(error @ RecvTimeoutError::Disconnected) => return Err(lost(&error)),
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if !self.is_plain {
            write(CLOSE);
        }
    }
}

fn measured(term: &Term) -> (usize, usize) {
    let (rows, columns) = term.size_checked().unwrap_or((24, 80));
    (usize::from(rows), usize::from(columns))
}

fn write(text: &str) {
    // Nobody can be told when the terminal is gone; the next key says so.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
