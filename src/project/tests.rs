use crate::contract::OperationId;
use rstest::rstest;

use super::*;
use crate::rules::Rule;

const DOCUMENT: &str = "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      operationId: read\n      \
     responses: {'200': {content: {application/json: {schema: {$ref: 'parts.yaml#/A'}}}}}\n    \
     delete: {operationId: remove, responses: {'204': {description: gone}}}\n";

fn memory() -> Memory {
    Memory::default()
        .with("api.yaml", DOCUMENT)
        .with("parts.yaml", "A: {type: object}")
        .with("fixtures/api/read/200.json", "{\"from\": \"default\"}")
        .with("other/api/read/200.json", "{\"from\": \"other\"}")
        .with("other/api/read/deeper/200.json", "{}")
}

fn load(wanted: &Wanted, reader: &Memory) -> Result<Project, Error> {
    Project::load(wanted, Config::default(), reader)
}

fn api() -> Wanted {
    Wanted { document: Some("api.yaml".to_owned()), ..Wanted::default() }
}

#[rstest]
#[case(None, "default")]
#[case(Some("other"), "other")]
fn fixtures_stand_below_the_name_of_the_document(#[case] folder: Option<&str>, #[case] expected: &str) {
    let wanted = Wanted { fixtures: folder.map(str::to_owned), ..api() };
    let project = load(&wanted, &memory()).unwrap();
    assert_eq!(project.name, "api");
    assert!(project.problems.is_empty(), "{:?}", project.problems);
    let bodies: Vec<_> =
        project.fixtures.of(OperationId::nth(0)).map(|fixture| fixture.body.clone()).collect();
    assert_eq!(bodies.len(), 1);
    assert!(String::from_utf8_lossy(&bodies[0]).contains(expected));
}

#[test]
fn a_folder_of_fixtures_that_was_asked_for_must_exist() {
    let wanted = Wanted { fixtures: Some("missing".to_owned()), ..api() };
    assert!(matches!(load(&wanted, &memory()), Err(Error::NoFixtures(folder)) if folder == "missing"));
}

#[test]
fn what_was_read_is_listed_with_what_references_name() {
    let project = load(&api(), &memory()).unwrap();
    let files: Vec<String> = project.inputs.files.iter().map(|path| path.display().to_string()).collect();
    assert_eq!(files, ["api.yaml", "api.toml", "parts.yaml"]);
}

#[test]
fn the_companion_lies_below_the_configuration() {
    let reader = memory().with("api.toml", "[scopes]\nwildcard = \"*\"\n[check]\nparams = { id = 1 }\n");
    let mut config = Config::default();
    let text = "[check]\nparams = { id = 2 }\n";
    config.settings = parse_settings(Source::Config, "counterpart.toml", text, &reader).unwrap();
    let project = Project::load(&api(), config, &reader).unwrap();
    assert_eq!(project.settings.scope_rules().wildcard, "*");
    assert_eq!(project.plan_settings(true).unwrap().params["id"], "2");
}

#[rstest]
#[case("", mock::Auth::Present)]
#[case("[mock]\nauth = \"scopes\"", mock::Auth::Scopes)]
#[case("[mock]\nauth = \"off\"", mock::Auth::Off)]
fn a_companion_says_how_credentials_are_checked(#[case] companion: &str, #[case] auth: mock::Auth) {
    let project = load(&api(), &memory().with("api.toml", companion.to_owned())).unwrap();
    let clock = || jiff::Timestamp::UNIX_EPOCH;
    assert_eq!(project.mock_options("", clock).auth, auth);
}

#[rstest]
#[case(true, 2)]
#[case(false, 1)]
fn a_companion_writes_to_loopback_targets_alone(#[case] is_loopback: bool, #[case] given: usize) {
    let companion = "[[check.request]]\noperation = \"read\"\n[[check.request]]\noperation = \"remove\"\n";
    let project = load(&api(), &memory().with("api.toml", companion)).unwrap();
    assert_eq!(project.plan_settings(is_loopback).unwrap().given.len(), given);
}

#[test]
fn an_operation_that_does_not_exist_is_refused() {
    let companion = "[[check.request]]\noperation = \"raed\"\n";
    let project = load(&api(), &memory().with("api.toml", companion)).unwrap();
    let error = project.plan_settings(true).err().unwrap().to_string();
    assert_eq!(error, "[[check.request]]: unknown operation \"raed\"; did you mean \"read\"?");
}

#[test]
fn nothing_asked_for_is_the_bundled_document() {
    let project = load(&Wanted::default(), &Memory::default()).unwrap();
    assert!(project.is_bundled && project.problems.is_empty(), "{:?}", project.problems);
    assert_eq!(project.name, BUNDLED);
    assert_eq!(project.mock_options("", || jiff::Timestamp::UNIX_EPOCH).auth, mock::Auth::Scopes);
    assert!(project.inputs.files.is_empty() && project.inputs.fixtures.is_empty());
    assert!(project.resources().each().count() > 1 && project.fixtures.all.len() > 1);
}

const TAGGED: &str = "openapi: 3.1.0\npaths:\n  /a:\n    get: {operationId: read, tags: [one], responses: {'200': {}}}\n    \
     delete: {operationId: remove, tags: [two], responses: {'204': {}}}\n  \
     /b: {get: {operationId: one, responses: {'200': {}}}}\n";

/// Operations by id, tag and path, and rules; a kind before the word takes one of these alone.
#[rstest]
#[case("remove", &["remove"], false)]
#[case("re*", &["read", "remove"], false)]
#[case("one", &["read", "one"], false)]
#[case("op:one", &["one"], false)]
#[case("tag:one", &["read"], false)]
#[case("/a", &["read", "remove"], false)]
#[case("body-schema", &[], true)]
#[case("rule:body-schema", &[], true)]
fn words_select_operations_and_rules(#[case] word: &str, #[case] operations: &[&str], #[case] is_rule: bool) {
    let project = load(&api(), &Memory::default().with("api.yaml", TAGGED)).unwrap();
    let of = |words: select::Words| {
        let mut settings = check::Settings::default();
        select::select(&project, &words, &mut settings).unwrap();
        let skipped = project.contract.operations.iter().filter(|o| settings.skipped.contains_key(&o.index));
        let skipped: Vec<String> = skipped.map(|operation| operation.id.clone()).collect();
        let muted = [Rule::BodySchema, Rule::ValidRejected].map(|rule| settings.muted.contains(rule));
        (skipped, muted)
    };
    let others = ["read", "remove", "one"].into_iter().filter(|id| !is_rule && !operations.contains(id));
    let others: Vec<&str> = others.collect();
    let words = || vec![word.to_owned()];
    let (skipped, muted) = of(select::Words { only: words(), ..select::Words::default() });
    assert_eq!((skipped, muted), (others.into_iter().map(str::to_owned).collect(), [false, is_rule]));
    let (skipped, muted) = of(select::Words { skip: words(), ..select::Words::default() });
    assert_eq!(
        (skipped.iter().map(String::as_str).collect::<Vec<_>>(), muted),
        (operations.to_vec(), [is_rule, false])
    );
}

#[rstest]
#[case("op:two")]
#[case("tag:read")]
#[case("rule:read")]
#[case("a")]
fn words_that_mean_nothing_are_refused(#[case] word: &str) {
    let project = load(&api(), &Memory::default().with("api.yaml", TAGGED)).unwrap();
    let words = select::Words { only: vec![word.to_owned()], ..select::Words::default() };
    assert!(select::select(&project, &words, &mut check::Settings::default()).is_err());
}

#[test]
fn words_are_shared_by_the_documents_that_have_such_operations() {
    let (one, other) =
        (load(&api(), &memory()).unwrap(), load(&Wanted::default(), &Memory::default()).unwrap());
    let words = |only: &str| select::Words { only: vec![only.to_owned()], ..select::Words::default() };
    let shared = |only: &str| {
        let shared = select::share(&[&one, &other], &words(only)).map_err(|error| error.to_string())?;
        Ok(shared.into_iter().map(|words| words.is_some()).collect())
    };
    assert_eq!(shared("remove"), Ok::<_, String>(vec![true, false]));
    assert_eq!(shared("body-schema"), Ok(vec![true, true]));
    assert!(shared("nonsense").is_err_and(|why| why.contains("nonsense")));
}

#[rstest]
#[case("headers = { X-A = \"b\" }", true)]
#[case("timeout = \"30s\"", true)]
#[case("disposable = true", false)]
fn how_an_operation_is_called_is_a_manner(#[case] line: &str, #[case] expected: bool) {
    let companion = format!("[[check.request]]\noperation = \"read\"\n{line}\n");
    let project = load(&api(), &memory().with("api.toml", companion)).unwrap();
    let settings = project.plan_settings(true).unwrap();
    assert_eq!((settings.manners.len() == 1, settings.given.len() == 1), (expected, !expected));
}

#[rstest]
#[case("api.yaml", "api.yaml")]
#[case("https://u:p@h/api.yaml?token=t#f", "https://[secret]@h/api.yaml")]
fn a_text_is_shown_by_a_name_without_secrets(#[case] name: &str, #[case] expected: &str) {
    assert_eq!(shown(name), expected);
}

#[test]
fn a_document_that_cannot_be_used_tells_why() {
    let error = load(&api(), &Memory::default().with("api.yaml", "openapi: 9")).unwrap_err();
    assert!(matches!(&error, Error::Problems { problems, .. } if problems.len() == 1), "{error}");
    let error = load(&api(), &Memory::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read api.yaml: no such file");
}
