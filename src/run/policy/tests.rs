use super::*;
use rstest::rstest;

#[rstest]
#[case("cohorts_*", "cohorts_list", true)]
#[case("*list", "cohorts_list", true)]
#[case("a*b*c", "a-b-b-c", true)]
#[case("a", "ab", false)]
fn globs(#[case] glob: &str, #[case] text: &str, #[case] expected: bool) {
    assert_eq!(fits(glob, text), expected);
}

#[rstest]
#[case("/results/*/filters", "/results/0/filters", true)]
#[case("/results/*/filters", "/results/0/filters/properties", true)]
#[case("/results/*/filters", "/results/0/name", false)]
#[case("/**/name", "/a/b/name", true)]
#[case("/**/name", "/name", true)]
#[case("", "/x", true)]
fn pointers(#[case] pattern: &str, #[case] place: &str, #[case] expected: bool) {
    assert_eq!(covers(pattern, place), expected);
}

#[rstest]
#[case("request.query.sort", "/sort", true)]
#[case("request.query.sort", "/other", false)]
#[case("request.query.sort", "/**", true)]
#[case("request.body", "/scope", true)]
#[case("request.body", "/sort", false)]
fn a_waiver_may_name_what_was_varied(#[case] at: &str, #[case] pattern: &str, #[case] expected: bool) {
    let mut finding = Finding::bare(String::new(), Rule::ValidRejected, Severity::Error, "x", String::new());
    at.clone_into(&mut finding.at);
    if at == "request.body" {
        "/scope".clone_into(&mut finding.instance);
    }
    assert_eq!(covers(pattern, &place_of(&finding)), expected);
}

const CUT: usize = 20_000;

/// What a waiver compares is what its pointer names, in the body that the finding is about.
#[rstest]
#[case("/**/filters", r#"{"properties": {}}"#, "response.body", "/a/0/filters/properties", true)]
#[case("/**/filters", r#"{"properties": {}}"#, "response.body", "/a/0/filters", true)]
#[case("/**/filters", r#"{"properties": 1}"#, "response.body", "/a/0/filters/properties", false)]
#[case("/a/*", r#"{"filters": {"properties": {}}}"#, "response.body", "/a/0/filters", true)]
#[case("/**/filters", r#"{"properties": {}}"#, "request.body", "/a/0/filters", false)]
#[case("/**", "7", "request.body", "/b/c", true)]
#[case("/b", r#"{"c": 7}"#, "request.body", "/b/c", true)]
fn a_waiver_compares_at_its_own_place(
    #[case] pointer: &str,
    #[case] equals: &str,
    #[case] at: &str,
    #[case] instance: &str,
    #[case] expected: bool,
) {
    let waiver = Waiver {
        rule: Rule::BodySchema,
        operation: None,
        pointer: Some(pointer.to_owned()),
        equals: Some(serde_json::from_str(equals).unwrap()),
        reason: String::new(),
        until: None,
        place: Place::new("counterpart.toml", "/waive"),
    };
    let mut finding = Finding::bare(String::new(), Rule::BodySchema, Severity::Error, "list", String::new());
    at.clone_into(&mut finding.at);
    instance.clone_into(&mut finding.instance);
    // What is shown of it is cut.
    let response = serde_json::json!({"a": [{"filters": {"properties": {}}}], "z": "x".repeat(CUT)});
    finding.bodies.response = response.to_string().into();
    finding.bodies.request = r#"{"b": {"c": 7}}"#.into();
    assert_eq!(matches(&waiver, &finding), expected);
}

#[test]
fn ids_survive_edits_of_values() {
    let id = finding_id(Rule::BodySchema, "list", Some(200), "/x");
    assert_eq!(id, finding_id(Rule::BodySchema, "list", Some(201), "/x"));
    assert_ne!(id, finding_id(Rule::BodySchema, "list", Some(400), "/x"));
    assert_eq!(id.len(), 12);
}
/// A run with one operation and one finding there.
pub(crate) fn run() -> Run {
    let operation = OperationResult {
        operation: "list".to_owned(),
        document_name: None,
        method: "GET".to_owned(),
        path: "/x".to_owned(),
        tags: Vec::new(),
        kind: None,
        verdict: Verdict::Fails,
        is_action: false,
        why: None,
        needs: None,
        settle: None,
        succeeded: true,
        scopes: Vec::new(),
        untested: Vec::new(),
        requests: 1,
        statuses: indexmap::IndexMap::new(),
        rules: Vec::new(),
        coverage: crate::run::OperationCoverage::default(),
        waited: std::time::Duration::ZERO,
        looked: vec![Rule::BodySchema],
    };
    let finding = Finding::bare("1".to_owned(), Rule::BodySchema, Severity::Error, "list", String::new());
    Run {
        counterpart: String::new(),
        document: crate::run::DocumentInfo::default(),
        documents: Vec::new(),
        shards: Vec::new(),
        target: String::new(),
        started: None,
        commit: None,
        seed: 1,
        run: String::new(),
        summary: Summary::default(),
        operations: vec![operation],
        retried: Vec::new(),
        findings: vec![finding],
        waived: Vec::new(),
        problems: Vec::new(),
        leftovers: Vec::new(),
        access: Vec::new(),
        coverage: crate::run::Coverage::default(),
        pending: Vec::new(),
        traffic: crate::run::Traffic::default(),
    }
}

/// `waiver-expired` and `waiver-unused`, where they hold and where they do not.
#[rstest]
#[case::used(Rule::BodySchema, "2026-05-02", &[])]
#[case::on_its_last_day(Rule::BodySchema, "2026-05-01", &[])]
#[case::expired(Rule::BodySchema, "2026-04-30", &[Rule::BodySchema, Rule::WaiverExpired])]
#[case::unused(Rule::MediaType, "2026-05-02", &[Rule::BodySchema, Rule::WaiverUnused])]
fn waivers_are_held_to_their_word(#[case] rule: Rule, #[case] until: &str, #[case] expected: &[Rule]) {
    let waiver = Waiver {
        rule,
        operation: None,
        pointer: None,
        equals: None,
        reason: String::new(),
        until: Some(until.parse().unwrap()),
        place: Place::new("counterpart.toml", "/waive"),
    };
    let today = Some(Date::constant(2026, 5, 1));
    let mut run = run();
    apply(&mut run, &Policy { waivers: vec![waiver], today, ..Policy::default() });
    let mut found: Vec<Rule> = run.findings.iter().map(|finding| finding.rule).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(run.waived.len(), usize::from(expected.is_empty()));
}
