//! Everything that reads texts of strangers, as plain functions over octets. None of them may panic, and each
//! ends soon, whatever it is given. `tests/it/fuzz.rs` replays the corpus through them, and `fuzz/` is for
//! `cargo fuzz`.

use std::path::Path;
use std::sync::LazyLock;

use bytes::Bytes;
use counterpart::check::{self, plan::Input};
use counterpart::contract::{Contract, Direction, Operation, lint, parameter};
use counterpart::exchange::{Request, Response, Secret, coding, cookies};
use counterpart::generate::request::{Parts, build, write_body};
use counterpart::generate::{Taste, value};
use counterpart::judge;
use counterpart::mock::scenario;
use counterpart::project::{Config, Error, Memory, Project, Wanted, read_settings};
use counterpart::redact::Redactor;
use counterpart::run::{Answer, MessageShown};
use counterpart::snapshot::{self, Learnt, Names, file::File};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// A reader of octets.
pub type Target = fn(&[u8]);

/// All of them, by the folder of their corpus.
pub const TARGETS: [(&str, Target); 5] = [
    ("document", document),
    ("body", body),
    ("parameters", parameters),
    ("configuration", configuration),
    ("snapshot", snapshot),
];

/// Operations of a document that are looked at.
const MOST_OPERATIONS: usize = 8;
/// What a body may unfold to, in bytes.
const MOST_OCTETS: usize = 1 << 20;

/// The parts of an input: lines that begin with `=== ` stand between them, with the name of what follows.
fn parts(octets: &[u8]) -> Vec<(String, &[u8])> {
    let mut parts = vec![(String::new(), 0, 0)];
    let mut at = 0;
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let end = at + line.len();
        match (line.strip_prefix(b"=== "), parts.last_mut()) {
            (Some(name), _) => parts.push((String::from_utf8_lossy(name).trim().to_owned(), end, end)),
            (None, Some(last)) => last.2 = end,
            (None, None) => {}
        }
        at = end;
    }
    parts.into_iter().map(|(name, from, to)| (name, &octets[from..to])).collect()
}

/// A document, and parts that are files which it refers to; one called `overlay.yaml` is its overlay.
pub fn document(octets: &[u8]) {
    let mut reader = Memory::default();
    let mut wanted = Wanted { document: Some("api.yaml".to_owned()), ..Wanted::default() };
    for (name, octets) in parts(octets) {
        let name = if name.is_empty() { "api.yaml".to_owned() } else { name };
        if name == "overlay.yaml" {
            wanted.overlays = vec![name.clone()];
        }
        reader = reader.with(name, octets.to_vec());
    }
    match Project::load(&wanted, Config::default(), &reader) {
        Ok(mut project) => {
            project.problems.extend(lint(&project.contract));
            project.texts.fill_positions(project.problems.iter_mut());
            read_on(&project);
        }
        Err(Error::Problems { mut problems, texts }) => {
            assert!(!problems.is_empty(), "a document is refused without a reason");
            texts.fill_positions(problems.iter_mut());
        }
        Err(_) => {}
    }
}

/// What the mock and the runner do with a document before anything is sent.
fn read_on(project: &Project) {
    let contract = &project.contract;
    let resources = project.resources();
    for operation in contract.operations.iter().take(MOST_OPERATIONS) {
        let answers = operation.responses.iter().flat_map(|answer| &answer.content);
        for described in answers.filter(|described| described.schema.is_some()) {
            let taste = Taste { seed: Some(1), ..Taste::default() };
            let made = described.schema.as_ref().map(|schema| value(schema, Direction::Response, taste));
            if let Some(Ok(made)) = made
                && let Some((media_type, octets)) = write_body(described, Direction::Response, &made)
            {
                answer(operation, fields(&[("content-type", &media_type)]), octets.into());
            }
        }
    }
    let plan = check::plan(contract, &resources, &check::Settings::default());
    for step in plan.steps.iter().take(8 * MOST_OPERATIONS) {
        let Some(operation) = contract.at(step.operation) else { continue };
        let mut parts = Parts { body: step.body.clone(), accept: step.accept.clone(), ..Parts::default() };
        for (location, name, input) in &step.inputs {
            if let Input::Value(value) = input {
                parts.set(*location, name, value.clone());
            }
        }
        if let Ok(request) = build(operation, &parts) {
            ask(contract, &request);
        }
    }
}

fn fields(pairs: &[(&str, &str)]) -> HeaderMap {
    let field = |(name, value): &(&str, &str)| {
        Some((
            HeaderName::from_bytes(name.trim().as_bytes()).ok()?,
            HeaderValue::from_str(value.trim()).ok()?,
        ))
    };
    let mut fields = HeaderMap::new();
    for (name, value) in pairs.iter().filter_map(field) {
        fields.append(name, value);
    }
    fields
}

/// A request: its violations, and what it names that the document does not.
fn ask(contract: &Contract, request: &Request) {
    let Some(found) = contract.find(&request.path) else { return };
    for operation in found.operations.iter().filter_map(|index| contract.at(*index)) {
        let received = judge::Received::read(operation, &found.values, request);
        let _ = (received.violations(), received.unknown());
        for (described, value) in &received.parameters {
            let Some(value) = value else { continue };
            let _ = (parameter::write_text(described, value), parameter::write_query(described, value));
        }
    }
}

/// An answer: its violations, and how reports show it.
fn answer(operation: &Operation, headers: HeaderMap, body: Bytes) {
    let status = operation.successes().first().and_then(|success| success.status.to_string().parse().ok());
    let status = status.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::OK);
    let response = Response { status, headers, body, is_cut: false };
    let _ = judge::response(operation, &operation.method, &response);
}

fn contract(document: &str) -> Contract {
    let reader = Memory::default().with("api.yaml", document.to_owned());
    let wanted = Wanted { document: Some("api.yaml".to_owned()), ..Wanted::default() };
    let project = Project::load(&wanted, Config::default(), &reader).expect("a document of the repository");
    std::sync::Arc::into_inner(project.contract).expect("nobody shares it")
}

/// Bodies of all kinds.
static BODIES: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    let documents = [
        include_str!("../../specs/tiny/bodies.yaml"),
        include_str!("../../specs/tiny/xml-and-csv.yaml"),
        include_str!("../../specs/tiny/openapi-3.2.yaml"),
    ];
    documents.map(contract).into()
});

/// Parameters of all styles.
static PARAMETERS: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    let documents =
        [include_str!("../../specs/tiny/parameters.yaml"), include_str!("../../specs/tiny/openapi-3.2.yaml")];
    documents.map(contract).into()
});

/// A message with a body, which is read as that of a request and as that of each answer.
pub fn body(octets: &[u8]) {
    let request = message(octets);
    for contract in BODIES.iter() {
        ask(contract, &request);
        for operation in &contract.operations {
            answer(operation, request.headers.clone(), request.body.clone());
        }
    }
    hides(&request);
}

/// A message with parameters in its path, its query, its header fields and its cookies.
pub fn parameters(octets: &[u8]) {
    let request = message(octets);
    for contract in PARAMETERS.iter() {
        ask(contract, &request);
    }
    let _ = cookies(&request.headers).count();
    hides(&request);
}

/// A message as it is on the wire: a request line, header fields, an empty line and a body.
fn message(octets: &[u8]) -> Request {
    let end = octets.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((octets, &[][..]), |end| (&octets[..end], &octets[end + 2..]));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default();
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let pairs: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET), path);
    request.query = query;
    request.headers = fields(&pairs);
    let body = Bytes::copy_from_slice(body);
    request.body = coding::decode(&request.headers, body.clone(), MOST_OCTETS).unwrap_or(body);
    request
}

/// What is sent as a key is not shown.
fn hides(request: &Request) {
    const KEY: &str = "k3y-0815+/=canary";
    let redactor = Redactor::new([Secret::new(KEY)]).by_name();
    let shown = |octets: &[u8]| redactor.body(octets, Some("text/plain")).unwrap_or_default();
    let mut with_key = request.body.to_vec();
    with_key.extend_from_slice(KEY.as_bytes());
    assert!(!shown(&with_key).contains(KEY), "a key is shown");
    let target = redactor.url(&format!("http://host{}", request.target()));
    assert!(!target.contains(KEY), "a key is shown");
    let _ = redactor.headers(&request.headers);
}

/// `counterpart.toml`, and parts that are the companion, the keys file and fixtures with their sidecars.
pub fn configuration(octets: &[u8]) {
    let mut reader = Memory::default().with("api.yaml", include_str!("../../specs/tiny/bodies.yaml"));
    for (name, octets) in parts(octets) {
        let name = if name.is_empty() { "counterpart.toml".to_owned() } else { name };
        // The document is not what is tried here.
        if name != "api.yaml" {
            reader = reader.with(name, octets.to_vec());
        }
    }
    let config = Config::read(Path::new("counterpart.toml"), &reader).unwrap_or_else(|error| {
        if let Error::Problems { mut problems, texts } = error {
            texts.fill_positions(problems.iter_mut());
        }
        Config::default()
    });
    let _ = read_settings(counterpart::config::Source::Keys, "keys.toml", &reader);
    let _ = snapshot::Settings::of(config.settings.snapshot.as_ref());
    let wanted = Wanted { document: Some("api.yaml".to_owned()), ..Wanted::default() };
    let Ok(project) = Project::load(&wanted, config, &reader) else { return };
    let _ = project
        .plan_settings(true)
        .map(|settings| check::plan(&project.contract, &project.resources(), &settings));
    let _ = project.mock_options("http://127.0.0.1:1", || jiff::Timestamp::UNIX_EPOCH);
    let _ = scenario::read(&project.settings.scenario, &project.contract, &project.fixtures, false);
}

/// A snapshot's file, and parts that are a newer one and the body of an answer.
pub fn snapshot(octets: &[u8]) {
    let mut texts = parts(octets).into_iter().map(|(_, part)| part);
    let (old, new, body) = (texts.next(), texts.next(), texts.next());
    let text = |part: Option<&[u8]>| String::from_utf8_lossy(part.unwrap_or_default()).into_owned();
    let (old, new) = (text(old), text(new));
    let (old, new) = (File::parse(&old).unwrap_or_default(), File::parse(&new).unwrap_or_default());
    // What a merge has torn is not written again.
    if !old.is_torn() {
        assert_eq!(File::parse(&old.write()).as_ref(), Some(&old), "a file is read as it is written");
    }
    let _ = (old.is_torn(), old.line_of_first_difference(&new.contents), snapshot::indented(&new.contents));
    let learnt = Learnt::parse(&new.contents).unwrap_or_default();
    assert_eq!(
        Learnt::parse(&learnt.write()),
        Some(learnt.clone()),
        "what was learnt is read as it is written"
    );
    let settings = snapshot::Settings::of(None).expect("the usual settings");
    for contract in BODIES.iter() {
        let names = Names::of(contract);
        let _ = learnt.beside(&Learnt::default(), contract, &names);
        let answers: Vec<Answer> =
            contract.operations.iter().map(|operation| answered(operation, body)).collect();
        let learnt = snapshot::learn(contract, &names, &answers, &settings, &learnt);
        for taken in snapshot::take(contract, &names, "http://127.0.0.1:1", &answers, &settings, &learnt) {
            let answer = &answers[taken.answer];
            let Some(operation) = contract.at(answer.operation) else { continue };
            let changes = snapshot::changes(&old.contents, &taken.contents, operation, &answer.response);
            let _ = snapshot::lines(&old.contents, &taken.contents, &changes, 3);
        }
    }
}

fn answered(operation: &Operation, body: Option<&[u8]>) -> Answer {
    let described = operation.responses.first();
    let media_type = described.and_then(|answer| answer.content.first()).map(|c| c.media_type.as_str());
    let response = |octets: &[u8]| Response {
        status: StatusCode::OK,
        headers: fields(&[("content-type", media_type.unwrap_or("application/json"))]),
        body: Bytes::copy_from_slice(octets),
        is_cut: false,
    };
    let body = body.unwrap_or_default();
    Answer {
        operation: operation.index,
        case: String::new(),
        request: MessageShown::default(),
        bound: Vec::new(),
        response: response(body),
        shown: MessageShown::default(),
        // The same but for its end.
        again: Some(response(body.get(..body.len() / 2).unwrap_or_default())),
    }
}
