//! Reads every document of some folders, and asks the mock for each operation of 200 of them.
//! `tests/corpus/run` fetches the documents and calls this.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a program of the tests reads files and the clock"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use counterpart::client::{Client, Options as ClientOptions};
use counterpart::contract::{Contract, Operation, build};
use counterpart::document::Document;
use counterpart::document::bundle::Refusal;
use counterpart::exchange::Request;
use counterpart::fixtures::Fixtures;
use counterpart::judge;
use counterpart::mock::{Auth, Live, Options, Validate, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Documents whose operations are asked for.
const ASKED: usize = 200;
/// A document may take this long.
const SLOWEST: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Folder {
    documents: usize,
    loaded: usize,
    without_problems: usize,
    problems: usize,
    operations: usize,
    times: Vec<(Duration, PathBuf)>,
    refused: Vec<(PathBuf, String)>,
    panicked: Vec<PathBuf>,
}

/// What came of one document.
enum Read {
    /// It has neither `openapi` nor `swagger`: another kind of file.
    Other,
    Loaded(Arc<Contract>, usize),
    Refused(String),
    Panicked,
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|e| e == "json" || e == "yaml" || e == "yml") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Read {
    let Ok(octets) = std::fs::read(path) else { return Read::Other };
    let name = path.display().to_string();
    let read = std::panic::catch_unwind(|| {
        let mut alone =
            |name: &str| Err(Refusal { message: format!("{name} is not brought"), help: String::new() });
        let (document, mut problems) = match Document::parse(&name, &octets, &mut alone) {
            Ok(parsed) => parsed,
            Err(problem) => return Read::Refused(problem.message.clone()),
        };
        if ["openapi", "swagger"].iter().all(|key| document.tree.get(key).is_none()) {
            return Read::Other;
        }
        match build("corpus", &document) {
            Ok((contract, more)) => {
                problems.extend(more);
                Read::Loaded(Arc::new(contract), problems.len())
            }
            Err(more) => {
                let message = more.last().map(|problem| problem.message.clone());
                Read::Refused(message.unwrap_or_default())
            }
        }
    });
    read.unwrap_or(Read::Panicked)
}

/// What the mock answered to all operations.
#[derive(Default)]
struct Answers {
    valid: usize,
    without_body: usize,
    explained: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

async fn ask(contract: &Arc<Contract>, answers: &mut Answers, name: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut options = Options::new(url.clone(), || jiff::Timestamp::UNIX_EPOCH);
    options.auth = Auth::Off;
    options.validate = Validate::Off;
    // The base path is part of no request here.
    options.base_path = Some(String::new());
    let app = Live::of(Arc::clone(contract), Fixtures::default(), options);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, app, async {
        let _ = stopped.await;
    }));
    let client = Client::new(&ClientOptions::new(url)).expect("a client");
    for operation in &contract.operations {
        let path = operation.template.fill(|_| Ok::<_, ()>("1".to_owned())).expect("a path");
        let first = contract.find(&path).and_then(|found| {
            let operations = found.operations.iter().filter_map(|index| contract.at(*index));
            operations.into_iter().find(|o| o.method == operation.method)
        });
        if first.is_none_or(|first| first.index != operation.index) {
            // Another operation stands for the same request.
            continue;
        }
        let what = format!("{name} {} {}", operation.method, operation.path());
        match client.send(&Request::new(operation.method.clone(), path), "corpus").await.outcome {
            Ok(response) => judge_answer(operation, &response, &what, answers),
            Err(why) => answers.wrong.push(format!("{what}: {why}")),
        }
    }
    drop(client);
    let _ = stop.send(());
    let _ = server.await;
}

fn judge_answer(
    operation: &Operation,
    response: &counterpart::exchange::Response,
    what: &str,
    answers: &mut Answers,
) {
    if response.status.as_u16() == 501 {
        let said = String::from_utf8_lossy(&response.body).into_owned();
        let why = said.split("for this operation: ").nth(1).unwrap_or(&said);
        let why = why.split(['"', ':', ';']).next().unwrap_or(why);
        *answers.explained.entry(why.to_owned()).or_default() += 1;
        return;
    }
    let success = operation.successes().into_iter().next();
    let wrong: Vec<String> = judge::response(operation, &operation.method, response)
        .violations
        .into_iter()
        .filter(|violation| violation.kind != judge::Kind::Unjudged)
        .map(|violation| violation.message)
        .collect();
    if let Some(first) = wrong.first() {
        answers.wrong.push(format!("{what}: {first}"));
    } else if success.is_some_and(|success| !success.status.covers(response.status.as_u16())) {
        answers.wrong.push(format!("{what}: {} is not the documented success", response.status));
    } else if response.body.is_empty() {
        answers.without_body += 1;
    } else {
        answers.valid += 1;
    }
}

#[tokio::main]
async fn main() {
    let mut drawn: Vec<(PathBuf, Arc<Contract>)> = Vec::new();
    let mut is_missed = false;
    let (mut all, mut loaded) = (0, 0);
    // A linear congruential generator (Knuth, MMIX): the same draw on every run.
    let mut dice: u64 = 1;
    for folder in std::env::args_os().skip(1).map(PathBuf::from) {
        let mut paths = Vec::new();
        documents(&folder, &mut paths);
        let mut about = Folder::default();
        for path in paths {
            let start = Instant::now();
            let read = read(&path);
            about.times.push((start.elapsed(), path.clone()));
            match read {
                Read::Other => {
                    about.times.pop();
                    continue;
                }
                Read::Loaded(contract, problems) => {
                    about.loaded += 1;
                    about.problems += problems;
                    about.without_problems += usize::from(problems == 0);
                    about.operations += contract.operations.len();
                    // Each document takes one of the places by chance (reservoir sampling).
                    dice =
                        dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let at = usize::try_from(dice >> 33).unwrap_or(0) % (loaded + about.loaded);
                    if drawn.len() < ASKED {
                        drawn.push((path, contract));
                    } else if at < ASKED {
                        drawn[at] = (path, contract);
                    }
                }
                Read::Refused(why) => about.refused.push((path, why)),
                Read::Panicked => about.panicked.push(path),
            }
            about.documents += 1;
        }
        tell(&folder, &mut about);
        all += about.documents;
        loaded += about.loaded;
        is_missed |=
            !about.panicked.is_empty() || about.times.last().is_some_and(|(time, _)| *time > SLOWEST);
    }
    println!("\n{loaded} of {all} documents load ({:.2} %)", share(loaded, all));
    is_missed |= share(loaded, all) < 99.0;

    let mut answers = Answers::default();
    for (path, contract) in &drawn {
        ask(contract, &mut answers, &path.display().to_string()).await;
    }
    let explained: usize = answers.explained.values().sum();
    println!(
        "operations of {} documents drawn at random: {} answered with a body that validates, {} with none as documented, \
         {explained} say why not, {} wrong",
        drawn.len(),
        answers.valid,
        answers.without_body,
        answers.wrong.len()
    );
    for (why, count) in &answers.explained {
        println!("  {count:>6} × {why}");
    }
    for wrong in &answers.wrong {
        println!("  wrong: {wrong}");
    }
    is_missed |= !answers.wrong.is_empty();
    if is_missed {
        println!("a limit is missed");
        std::process::exit(1);
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

fn tell(folder: &Path, about: &mut Folder) {
    about.times.sort();
    let median = about.times.get(about.times.len() / 2).map_or(Duration::ZERO, |(time, _)| *time);
    println!(
        "{}: {} documents, {} load ({} without a problem), {} problems, {} operations, {} refused, {} panics, median {median:.1?}",
        folder.display(),
        about.documents,
        about.loaded,
        about.without_problems,
        about.problems,
        about.operations,
        about.refused.len(),
        about.panicked.len(),
    );
    for (time, path) in about.times.iter().rev().take(3) {
        println!("  {time:>8.1?} {}", path.display());
    }
    for (path, why) in &about.refused {
        println!("  refused {}: {why}", path.display());
    }
    for path in &about.panicked {
        println!("  PANIC {}", path.display());
    }
}
