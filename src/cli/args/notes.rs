//! Examples and exit codes of each command, shown in its help and on its manual page.

use std::fmt::Write as _;

use crate::cli::output::{FINDINGS, INCONCLUSIVE, INTERRUPTED, IO, OK, USAGE};

/// What is printed below the flags of a command.
pub(super) struct Notes {
    /// Command lines, each with what it does.
    examples: &'static [Example],
    /// Exit codes, each with what it means.
    codes: &'static [Code],
}

type Example = (&'static str, &'static str);
type Code = (u8, &'static str);

const BAD_USAGE: Code = (USAGE, "bad usage, document, fixture or configuration");
const BAD_OUTPUT: Code = (IO, "input or output failed");

/// The codes of commands that only print something.
const PRINTING: &[Code] = &[(OK, "done"), BAD_USAGE, BAD_OUTPUT];

/// The codes of `check`, and of every command that checks.
const CHECKING: &[Code] = &[
    (OK, "the target conforms"),
    (FINDINGS, "findings, snapshots that wait for review, or less than --deny and --min-coverage ask for"),
    BAD_USAGE,
    (IO, "the target never answered, or input or output failed"),
    (INCONCLUSIVE, "inconclusive: an operation was never seen in a documented success"),
    (INTERRUPTED, "interrupted"),
];

/// The codes of `merge`.
const MERGING: &[Code] = &[
    (OK, "the target conforms"),
    (FINDINGS, "findings, snapshots that wait for review, or less than --deny and --min-coverage ask for"),
    (USAGE, "bad usage, or blobs that are damaged, missing, doubled, or not of one run"),
    (IO, "input or output failed"),
    (INCONCLUSIVE, "inconclusive: an operation was never seen in a documented success"),
];

/// The notes of each command.
const NOTES: &[(&str, &[Example], &[Code])] = &[
    (
        "counterpart",
        &[
            ("counterpart demo", "Mock and check the bundled API"),
            ("counterpart mock openapi.yaml", "Serve a mock on port 4010"),
            ("counterpart check openapi.yaml --url http://127.0.0.1:8000", "Check a server"),
            ("counterpart man check", "Show the manual page of a command"),
        ],
        CHECKING,
    ),
    ("demo", &[("counterpart demo", "Mock and check the bundled API")], CHECKING),
    (
        "mock",
        &[
            ("counterpart mock openapi.yaml", "Serve on port 4010"),
            ("counterpart mock openapi.yaml --stateful --watch", "Keep state, reload on changes"),
            ("counterpart mock /pets=pets.yaml /shop=shop.yaml", "Serve two documents"),
            ("counterpart mock openapi.yaml --deny violations -- npm test", "Run tests against the mock"),
        ],
        &[
            (OK, "stopped by Ctrl-C or SIGTERM"),
            (FINDINGS, "CMD passed, but --deny or --min-operations failed it"),
            BAD_USAGE,
            BAD_OUTPUT,
        ],
    ),
    (
        "check",
        &[
            ("counterpart check openapi.yaml --url http://127.0.0.1:8000 --keys keys.toml", "Check a server"),
            ("counterpart check --url https://api.example.org --read-only", "Send safe requests only"),
            (
                "counterpart check openapi.yaml --overlay fixes.yaml --url http://127.0.0.1:8000",
                "Correct the document",
            ),
            ("counterpart check --url https://api.example.org --plan", "Show the requests, send none"),
            ("counterpart check --url http://127.0.0.1:8000 --only getPet", "Check one operation"),
            (
                "counterpart check --url http://127.0.0.1:8000 --only finding:1b9d5a3c07ef",
                "Try one finding again",
            ),
            (
                "counterpart check --url http://127.0.0.1:8000 --report junit=junit.xml",
                "Write a report for CI",
            ),
            (
                "counterpart check --url http://127.0.0.1:8000 --shard 2/4 --report blob=2.json",
                "Check the second of four shares, for `counterpart merge`",
            ),
        ],
        CHECKING,
    ),
    (
        "merge",
        &[
            ("counterpart merge 1.json 2.json 3.json 4.json", "Print the report of four shards"),
            (
                "counterpart merge blobs/*.json --report junit=junit.xml --deny warnings",
                "Write a report for CI",
            ),
            ("counterpart merge blobs/*.json --baseline known.txt --update-baseline", "Write a baseline"),
        ],
        MERGING,
    ),
    (
        "proxy",
        &[
            (
                "counterpart proxy openapi.yaml --url http://127.0.0.1:8000",
                "Judge what goes through port 4010",
            ),
            (
                "counterpart proxy openapi.yaml --url http://127.0.0.1:8000 --deny violations,findings -- npm test",
                "Judge a test suite and the service that it calls",
            ),
            (
                "counterpart proxy openapi.yaml --url http://127.0.0.1:8000 --fallback mock",
                "Answer what the service does not have yet",
            ),
        ],
        &[
            (OK, "stopped by Ctrl-C or SIGTERM"),
            (FINDINGS, "CMD passed, but --deny or --min-operations failed it"),
            BAD_USAGE,
            BAD_OUTPUT,
        ],
    ),
    (
        "health",
        &[
            ("counterpart health", "Ask the mock on port 4010"),
            ("counterpart health --url http://127.0.0.1:8080 --wait 30s", "Wait until a mock is there"),
        ],
        &[(OK, "the mock is well"), BAD_USAGE, (IO, "it gave no answer, or is no mock")],
    ),
    (
        "import",
        &[
            ("counterpart import har session.har openapi.yaml", "Make fixtures of what a browser saved"),
            ("counterpart import postman collection.json openapi.yaml", "Make fixtures of saved responses"),
        ],
        &[(OK, "done"), (FINDINGS, "nothing in the file is for an operation"), BAD_USAGE, BAD_OUTPUT],
    ),
    (
        "list",
        &[
            ("counterpart list openapi.yaml", "List all operations"),
            ("counterpart list openapi.yaml --held pets:read", "List what such a key can call"),
        ],
        PRINTING,
    ),
    (
        "lint",
        &[
            ("counterpart lint openapi.yaml", "Show problems with their lines"),
            ("counterpart lint openapi.yaml --format sarif", "Write them for code scanning"),
        ],
        &[(OK, "no errors"), (FINDINGS, "errors"), BAD_USAGE, BAD_OUTPUT],
    ),
    ("explain", &[("counterpart explain body-schema", "Explain one rule")], PRINTING),
    (
        "review",
        &[
            ("counterpart review", "Decide in the terminal"),
            ("counterpart review --web", "Decide in a browser"),
            ("counterpart review --list --format json", "List what is pending"),
            ("counterpart review --accept --label allowed", "Accept what the schema allows"),
            ("counterpart review --unreferenced --accept", "Remove snapshots that no run made"),
            ("counterpart review --report html=review.html", "Show the differences to somebody else"),
            (
                "counterpart review --pending waiting --apply decisions.json",
                "Carry out what was decided elsewhere",
            ),
        ],
        &[
            (OK, "done, nothing is pending"),
            (FINDINGS, "snapshots are still pending"),
            BAD_USAGE,
            BAD_OUTPUT,
            (INTERRUPTED, "interrupted, nothing was written"),
        ],
    ),
    (
        "config",
        &[
            ("counterpart config", "Show what mock and check would use"),
            ("counterpart config check --timeout 5", "Show what a check with these flags would use"),
            ("counterpart config --schema keys > keys.schema.json", "Write a JSON Schema for editors"),
        ],
        PRINTING,
    ),
    ("init", &[("counterpart init openapi.yaml", "Write the first files of a project")], PRINTING),
    (
        "completions",
        &[(
            "counterpart completions bash > ~/.local/share/bash-completion/completions/counterpart",
            "Install them for bash",
        )],
        PRINTING,
    ),
    (
        "man",
        &[
            ("counterpart man > counterpart.1", "Write the main page to a file"),
            ("counterpart man check | man -l -", "Read the page of check"),
        ],
        PRINTING,
    ),
];

/// The notes of a command, by its name.
pub(super) fn of(command: &str) -> Option<Notes> {
    let &(_, examples, codes) = NOTES.iter().find(|(name, ..)| *name == command)?;
    Some(Notes { examples, codes })
}

impl Notes {
    /// As text below the help.
    pub fn help(&self) -> String {
        let mut text = "Examples:\n".to_owned();
        for (line, what) in self.examples {
            let _ = writeln!(text, "  {line}\n      {what}");
        }
        text.push_str("\nExit codes:\n");
        for (code, meaning) in self.codes {
            let _ = writeln!(text, "  {code:<3}  {meaning}");
        }
        text
    }

    /// As sections of a manual page.
    pub fn roff(&self) -> String {
        let mut text = ".SH EXAMPLES\n".to_owned();
        for (line, what) in self.examples {
            let _ = writeln!(text, ".TP\n\\fB{}\\fR\n{}", escape(line), escape(what));
        }
        text.push_str(".SH \"EXIT STATUS\"\n");
        for (code, meaning) in self.codes {
            let _ = writeln!(text, ".TP\n\\fB{code}\\fR\n{}", escape(meaning));
        }
        text
    }
}

/// Text that roff takes as it is. A line never begins with a control character here.
fn escape(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
