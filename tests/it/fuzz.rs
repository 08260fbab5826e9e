//! The corpus of `tests/fuzz`, and seeded changes of it, through everything that reads texts of strangers.
//!
//! `FUZZ_ROUNDS` says how often each input is changed, and `FUZZ_SEED` by which dice.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rstest::rstest;

use crate::support::root;

/// For one input, in a build that is not optimised and beside other tests.
const PATIENCE: Duration = Duration::from_secs(10);
/// No input grows beyond this, in bytes.
const LARGEST: usize = 64 << 10;
/// How often each input is changed where nobody says it.
const ROUNDS: u64 = if cfg!(feature = "heavy") { 60 } else { 10 };

/// What means something to a reader.
const WORDS: [&str; 32] = [
    "\u{feff}",
    "\0",
    "\u{202e}",
    "\u{1f4a9}",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "\\",
    "\n",
    "\n\n",
    ": ",
    "- ",
    "&a ",
    "*a",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "%",
    "%00",
    "%2e%2e",
    ";",
    "=",
    "&",
    "$ref: \"#\"",
    "{\"$ref\":\"#/components/schemas/A\"}",
    "(a+)+$",
    "../",
];

/// A linear congruential generator (Knuth, MMIX): the same inputs on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most.max(1)
    }

    /// A part of what has that length.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        from..(from + 1 + self.below(64)).min(length).max(from)
    }

    fn change(&mut self, octets: &mut Vec<u8>, others: &[Vec<u8>]) {
        let at = self.part(octets.len());
        match self.below(6) {
            0 if !octets.is_empty() => {
                let at = self.below(octets.len());
                octets[at] ^= 1 << self.below(8);
            }
            1 => drop(octets.drain(at)),
            2 => {
                let copy = octets[at.clone()].repeat(1 + self.below(40));
                drop(octets.splice(at.end..at.end, copy));
            }
            3 => {
                let other = &others[self.below(others.len())];
                let piece = other[self.part(other.len())].to_vec();
                drop(octets.splice(at, piece));
            }
            4 => drop(octets.splice(at, WORDS[self.below(WORDS.len())].bytes())),
            _ => drop(octets.splice(at.start..at.start, WORDS[self.below(WORDS.len())].bytes())),
        }
        octets.truncate(LARGEST);
    }
}

fn told(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The inputs of a target: its own, and the documents of the repository for what reads documents.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![root().join("tests/fuzz/corpus").join(name)];
    if name == "document" {
        folders.push(root().join("specs/tiny"));
    }
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("a corpus"));
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_none_or(|e| e != "toml") || name != "document").collect();
    paths.sort();
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read(&path).expect("an input"));
    paths.into_iter().map(read).collect()
}

/// Where the input is kept that is under way: an overflow of the stack ends the whole process.
fn kept(target: &str) -> PathBuf {
    root().join("target").join(format!("fuzz-{target}"))
}

#[rstest]
#[case(0)]
#[case(1)]
#[case(2)]
#[case(3)]
#[case(4)]
fn no_input_breaks_what_reads_it(#[case] number: usize) {
    let (name, target) = targets::TARGETS[number];
    let corpus = corpus(name);
    assert!(corpus.len() >= 5, "{name} has {} inputs", corpus.len());
    let all: Vec<Vec<u8>> = corpus.iter().map(|(_, octets)| octets.clone()).collect();
    let (rounds, seed) = (told("FUZZ_ROUNDS", ROUNDS), told("FUZZ_SEED", 1));
    let mut inputs: Vec<(String, Vec<u8>)> = corpus.clone();
    for (entry, (path, octets)) in corpus.iter().enumerate() {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(entry as u64));
        for round in 0..rounds {
            let mut octets = octets.clone();
            for _ in 0..=dice.below(4) {
                dice.change(&mut octets, &all);
            }
            inputs.push((format!("{path}, change {round} of seed {seed}"), octets));
        }
    }
    // Beside this thread, so that one that does not end is told too.
    let (begin, begun) = channel::<Vec<u8>>();
    let (end, ended) = channel();
    let worker = std::thread::spawn(move || {
        for octets in begun {
            let outcome = std::panic::catch_unwind(|| target(&octets));
            if end.send(outcome.is_ok()).is_err() {
                return;
            }
        }
    });
    let kept = kept(name);
    let mut slowest = (Duration::ZERO, String::new());
    for (what, octets) in inputs {
        let since = Instant::now();
        std::fs::write(&kept, &octets).expect("a file");
        begin.send(octets).expect("the worker is there");
        match ended.recv_timeout(PATIENCE) {
            Ok(true) => {}
            Ok(false) => panic!("{what} panics: {}", kept.display()),
            Err(RecvTimeoutError::Timeout) => panic!("{what} does not end: {}", kept.display()),
            Err(RecvTimeoutError::Disconnected) => panic!("{what} ends the thread: {}", kept.display()),
        }
        slowest = slowest.max((since.elapsed(), what));
    }
    drop(begin);
    worker.join().expect("the worker ends");
    std::fs::remove_file(&kept).expect("a file");
    println!(
        "{name}: {} inputs, the slowest took {:.1?}: {}",
        all.len() as u64 * (rounds + 1),
        slowest.0,
        slowest.1
    );
}
