//! A check over several machines comes to the same as that of one.

use std::path::Path;

use counterpart::mock::faults;
use counterpart::run::blob::{self, Blob, BlobDocument, BlobError, JudgedBy};
use counterpart::run::policy::{self, Policy};
use counterpart::run::{Run, Shard};
use rstest::rstest;
use serde_json::{Map, Value, json};

use crate::command::{Mock, command, counterpart, empty, put, text};
use crate::support::{Api, CORE7, SHOP, keeps_schema, root};

/// What one shard finds at a mock of its own, as a blob.
async fn checked(api: &mut Api, lies: &[&str], shard: Shard) -> Blob {
    api.shard = shard;
    let faults: Vec<_> =
        lies.iter().map(|lie| faults::parse(lie, &api.contract, &api.resources).expect("a lie")).collect();
    let mock = api.mock(&faults).await;
    let mut run = api.found(&mock.url).await;
    // All shards would name one target, where they have one.
    "http://target".clone_into(&mut run.target);
    let policy = Policy::default();
    let waivers = policy::accept(&mut run, &policy);
    let elsewhere =
        run.operations.iter().filter(|o| o.why.as_deref().is_some_and(|why| why.starts_with("shard ")));
    let elsewhere = elsewhere.map(|operation| operation.operation.clone()).collect();
    Blob {
        version: blob::VERSION,
        counterpart: env!("CARGO_PKG_VERSION").to_owned(),
        shard,
        judged_by: JudgedBy::default(),
        documents: vec![BlobDocument {
            name: None,
            document: String::new(),
            plan: String::new(),
            elsewhere,
            off: Vec::new(),
            waivers,
            run,
        }],
    }
}

/// All shards of a run, written and read back.
async fn shards(api: &mut Api, lies: &[&str], count: usize) -> Vec<(String, Blob)> {
    let mut blobs = Vec::new();
    for index in 1..=count {
        let written = blob::write(&checked(api, lies, Shard { index, count }).await).expect("plain data");
        blobs.push((format!("{index}.json"), blob::read("t", &written).expect("a blob")));
    }
    blobs
}

/// The JSON report of blobs that are merged.
fn merged(blobs: Vec<(String, Blob)>) -> Value {
    let mut one = blob::join(blobs).expect("all shards").remove(0);
    policy::conclude(&mut [(&mut one.run, &one.policy, one.waivers)]);
    report(&one.run)
}

fn report(run: &Run) -> Value {
    serde_json::from_slice(&run.render(counterpart::Format::Json)).expect("JSON")
}

/// The normal form of `docs/scale.md`: without times, without what the target and the run made up, and without how often
/// each shard asked for what it needed itself.
fn normal(mut report: Value) -> Value {
    let drop = |value: &mut Value, names: &[&str]| {
        let members = value.as_object_mut().expect("an object");
        members.retain(|name, _| !names.contains(&name.as_str()));
    };
    drop(&mut report, &["started", "run", "shards", "leftovers"]);
    drop(&mut report["summary"], &["requests", "duration_ms"]);
    for operation in report["operations"].as_array_mut().expect("operations") {
        drop(operation, &["requests"]);
        let statuses: Vec<String> =
            operation["statuses"].as_object().expect("statuses").keys().cloned().collect();
        operation["statuses"] = json!(statuses);
        let seen = operation["coverage"]["statuses"]["seen"].as_array_mut().expect("statuses");
        seen.sort_by_key(Value::to_string);
    }
    for finding in report["findings"].as_array_mut().expect("findings") {
        drop(finding, &["request", "response", "reproduce"]);
        let operations = finding["operations"].as_array_mut().expect("operations").iter_mut();
        let there = operations.flat_map(|one| one["findings"].as_array_mut().expect("findings"));
        there.for_each(|one| drop(one, &["reproduce"]));
    }
    without_ids(report)
}

/// The same for every id that the target may have made, every text that the run made up, and every port.
fn without_ids(value: Value) -> Value {
    let ids = r"[0-9a-f]{8}-[0-9a-f-]{27}|/[0-9]+\b|qtestq[a-z]{3}|127\.0\.0\.1:[0-9]+";
    let ids = regex::Regex::new(ids).expect("a pattern");
    let text = |text: String| ids.replace_all(&text, "#").into_owned();
    match value {
        Value::String(value) => Value::String(text(value)),
        Value::Array(items) => items.into_iter().map(without_ids).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, without_ids(value)));
            Value::Object(members.collect::<Map<String, Value>>())
        }
        other => other,
    }
}

const LIES: &[&str] = &[
    "body-schema@cohorts_retrieve",
    "scope-lacking-accepted@annotations_create",
    "invalid-accepted@cohorts_create",
    "update-not-kept@annotations_partial_update",
    "auth-status@comments_list",
    "auth-status@cohorts_list",
];

async fn compare(document: &str, lies: &[&str], count: usize) {
    let mut api = Api::of(document);
    let whole = shards(&mut api, lies, 1).await;
    let whole = normal(merged(whole));
    let found = whole["findings"].as_array().expect("findings").len();
    assert_eq!(found > 0, !lies.is_empty(), "{:#?}", whole["findings"]);
    let mut blobs = shards(&mut api, lies, count).await;
    // Any order will do.
    blobs.rotate_left(count / 2);
    blobs.swap(0, count - 1);
    assert_same(&normal(merged(blobs)), &whole);
}

/// The first place where two reports differ.
fn assert_same(one: &Value, other: &Value) {
    for (name, value) in one.as_object().expect("a report") {
        match (value, &other[name]) {
            (Value::Array(one), Value::Array(other)) => {
                assert_eq!(one.len(), other.len(), "{name}");
                for (one, other) in one.iter().zip(other) {
                    assert_eq!(one, other, "{name}");
                }
            }
            (one, other) => assert_eq!(one, other, "{name}"),
        }
    }
    assert_eq!(one, other);
}

#[rstest]
#[case::shop(SHOP, &[], 3)]
#[case::core7_that_lies(CORE7, LIES, 2)]
#[tokio::test]
async fn shards_come_to_the_same_as_one_run(
    #[case] document: &str,
    #[case] lies: &[&str],
    #[case] count: usize,
) {
    compare(document, lies, count).await;
}

#[rstest]
#[tokio::test]
#[cfg(feature = "heavy")]
async fn any_number_of_shards_comes_to_the_same(#[values(1, 2, 3, 4, 5, 6, 7, 8)] count: usize) {
    compare(CORE7, LIES, count).await;
}

/// A blob with what blobs are compared by.
async fn shop(shard: Shard, change: impl FnOnce(&mut Blob)) -> (String, Blob) {
    let mut blob = checked(&mut Api::of(SHOP), &[], shard).await;
    change(&mut blob);
    (shard.to_string(), blob)
}

#[tokio::test]
async fn what_is_not_of_one_run_is_not_merged() {
    let shard = |index, count| Shard { index, count };
    let first = shop(shard(1, 2), |_| ()).await;
    let second = shop(shard(2, 2), |_| ()).await;
    let refused = |blobs: &[&(String, Blob)]| {
        let blobs = blobs.iter().map(|one| (*one).clone()).collect();
        blob::join(blobs).map(|_| ()).expect_err("no run").to_string()
    };
    let changed = |change: &dyn Fn(&mut Blob)| {
        let mut other = second.clone();
        change(&mut other.1);
        other
    };
    assert!(refused(&[]).starts_with("missing: shard 1/1"));
    assert!(refused(&[&first]).starts_with("missing: shard 2/2"));
    assert_eq!(refused(&[&first, &second, &first]), "1/2 and 1/2 are both shard 1/2");
    let other_count = changed(&|blob| blob.shard = shard(2, 3));
    assert_eq!(
        refused(&[&first, &other_count]),
        "1/2 is shard 1/2, and 2/2 is shard 2/3: they are not of one run"
    );
    let other = changed(&|blob| blob.documents[0].document = "x".to_owned());
    assert_eq!(refused(&[&first, &other]), "1/2 and 2/2 are of different documents");
    let other = changed(&|blob| blob.documents[0].plan = "x".to_owned());
    assert!(refused(&[&other, &first]).contains("they do not plan the same requests"));
    let other = changed(&|blob| blob.judged_by.deny_warnings = true);
    assert!(refused(&[&first, &other]).contains("--deny"));
    let other = changed(&|blob| blob.documents[0].elsewhere.clear());
    assert!(refused(&[&first, &other]).ends_with("is checked by 2 shards instead of one"));
    let both = blob::join(vec![second.clone(), first.clone()]).expect("a run").remove(0).run;
    assert_eq!(both.shards.iter().map(|one| one.shard.as_str()).collect::<Vec<_>>(), ["1/2", "2/2"]);
}

#[rstest]
#[case::empty("", "EOF")]
#[case::another_kind("{\"operations\": []}", "missing field `counterpart-blob`")]
#[case::torn("{\"counterpart-blob\": 1, \"counterpart\": \"0.1.0\", \"shard\"", "EOF")]
#[case::odd(
    "{\"counterpart-blob\": 1, \"counterpart\": \"0.1.0\", \"shard\": {\"index\": 3, \"count\": 2}, \"judged_by\": \
     {\"deny_warnings\": false, \"deny_untested\": false, \"min_coverage\": null, \"allow_inconclusive\": false, \
     \"baseline\": []}, \"documents\": []}",
    "3 is not one of 2 shards"
)]
fn what_is_no_blob_is_refused(#[case] text: &str, #[case] expected: &str) {
    let why = blob::read("a.json", text.as_bytes()).expect_err("no blob").to_string();
    assert!(why.starts_with("a.json is no blob") && why.contains(expected), "{why}");
}

#[rstest]
#[case::format("{\"counterpart-blob\": 2, \"counterpart\": \"0.1.0\"}")]
#[case::program("{\"counterpart-blob\": 1, \"counterpart\": \"0.0.9\"}")]
fn a_blob_of_another_version_is_refused(#[case] text: &str) {
    assert!(matches!(blob::read("a.json", text.as_bytes()), Err(BlobError::Version(..))));
}

/// The shop, its settings, and a mock of it that lies.
fn folder(settings: &str) -> (tempfile::TempDir, Mock) {
    let folder = empty();
    std::fs::copy(root().join("specs/tiny/shop.yaml"), folder.path().join("shop.yaml")).expect("a copy");
    put(folder.path(), "counterpart.toml", settings);
    let words = ["shop.yaml", "--stateful", "--auth", "scopes", "--fault", "auth-status@pets_list"];
    let mock = Mock::start(folder.path(), &[&words[..], &["--fault", "body-schema@status"]].concat());
    (folder, mock)
}

/// A check by the binary; its exit code and what it says on stderr.
fn check(folder: &Path, mock: &Mock, more: &[&str]) -> (Option<i32>, String) {
    let words = ["check", "shop.yaml", "--url", &mock.url, "--mint", "mock:{scopes}"];
    let output = counterpart(folder, &[&words[..], more].concat());
    (output.status.code(), text(&output.stderr))
}

fn merge(folder: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let output = counterpart(folder, &[&["merge", "2.json", "1.json"], more].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn json_of(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).expect("a report")).expect("JSON")
}

const WAIVERS: &str = "[[waive]]\nrule = \"body-schema\"\noperation = \"status\"\nreason = \"known\"\n\n\
    [[waive]]\nrule = \"server-error\"\nreason = \"never seen\"\n";

/// A waiver that one shard uses is not called unused by another, and one that none uses is, by `merge`.
#[test]
fn the_binary_merges_waivers_baseline_and_thresholds() {
    let (folder, mock) = folder(WAIVERS);
    let folder = folder.path();
    let mut codes = Vec::new();
    for (shard, blob, json) in [
        ("1/2", "--report=blob=1.json", "--report=json=r1.json"),
        ("2/2", "--report=blob=2.json", "--report=json=r2.json"),
    ] {
        let (code, said) = check(folder, &mock, &["--shard", shard, blob, json, "--min-coverage", "99.9"]);
        assert!(said.contains(&format!("shard {shard} checks ")), "{said}");
        codes.push(code);
    }
    // How much was seen is known when all is there.
    assert_eq!(codes, [Some(1), Some(0)]);
    for name in ["r1.json", "r2.json"] {
        let report = json_of(folder, name);
        keeps_schema("docs/report.schema.json", &report);
        let rules = report["findings"].as_array().expect("findings").iter().map(|one| one["rule"].clone());
        assert!(rules.into_iter().all(|rule| rule != "waiver-unused"), "{report:#}");
    }
    let (code, shown, said) = merge(folder, &["--report", "json=all.json", "--report", "junit=all.xml"]);
    assert_eq!(code, Some(1), "{shown}{said}");
    assert!(said.contains("--min-coverage asks for 99.9 %"), "{said}");
    let report = json_of(folder, "all.json");
    keeps_schema("docs/report.schema.json", &report);
    let told: Vec<&str> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|one| one["rule"].as_str())
        .collect();
    assert_eq!(told, ["auth-status", "waiver-unused"]);
    assert_eq!(report["findings"][1]["document"]["line"], 6);
    assert_eq!(report["waived"][0]["operation"], "status");
    assert_eq!(report["shards"].as_array().map(Vec::len), Some(2));
    let (code, ..) = merge(folder, &["--baseline", "known.txt", "--update-baseline", "--min-coverage", "1"]);
    assert_eq!(code, Some(0));
    let (code, ..) = merge(folder, &["--baseline", "known.txt", "--min-coverage", "1", "--deny", "warnings"]);
    assert_eq!(code, Some(0));
    let (code, ..) = merge(folder, &["--min-coverage", "1", "--deny", "untested"]);
    assert_eq!(code, Some(1));
}

#[test]
fn documents_are_split_together() {
    let (folder, mock) = folder("");
    let folder = folder.path();
    let table = |name: &str| {
        format!("[[document]]\nname = \"{name}\"\nspec = \"shop.yaml\"\nurl = \"{}\"\n", mock.url)
    };
    let tables = table("one") + &table("two");
    put(folder, "counterpart.toml", &tables);
    let words = |shard| ["check", "--mint", "mock:{scopes}", "--shard", shard];
    for (shard, blob) in [("1/2", "--report=blob=1.json"), ("2/2", "--report=blob=2.json")] {
        let output = counterpart(folder, &[&words(shard)[..], &[blob]].concat());
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    }
    let (code, ..) = merge(folder, &["--report", "json=all.json"]);
    let report = json_of(folder, "all.json");
    keeps_schema("docs/report.schema.json", &report);
    let counts = ["operations", "skipped"].map(|name| report["summary"][name].as_u64());
    assert_eq!((code, counts), (Some(1), [Some(14), Some(0)]));
    let requests: Vec<u64> = report["shards"]
        .as_array()
        .expect("shards")
        .iter()
        .filter_map(|one| one["requests"].as_u64())
        .collect();
    // Each has the pets of one.
    assert!(requests.iter().all(|count| *count > 200), "{requests:?}");
}

#[rstest]
#[case::before_the_first(&["--shard", "0/4"], "0 is not one of 4 shards; they count from 1/4 to 4/4")]
#[case::no_number(&["--shard", "x"], "\"x\" is not K/N; write 2/4 for the second of four shards")]
#[case::nothing_set(&["--shard", "auto"], "none of the variables CI_NODE_INDEX")]
#[case::baseline(&["--shard", "1/2", "--baseline", "k", "--update-baseline"], "one shard cannot write a baseline")]
#[case::one_finding(&["--shard", "1/2", "--only", "finding:1b9d5a3c07ef"], "tried again by one machine")]
#[case::no_file(&["--report", "blob"], "a blob goes to a file: --report blob=FILE")]
fn what_no_shard_can_do_is_bad_usage(#[case] more: &[&str], #[case] expected: &str) {
    let words = ["check", "core-7", "--url", "http://127.0.0.1:9"];
    let mut command = command(empty().path(), &[&words[..], more].concat());
    for name in [
        "CI_NODE_INDEX",
        "CI_NODE_TOTAL",
        "BUILDKITE_PARALLEL_JOB",
        "CIRCLE_NODE_INDEX",
        "JOB_COMPLETION_INDEX",
    ] {
        command.env_remove(name);
    }
    let output = command.current_dir(root()).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
}

/// A secret that the target repeats is in no blob.
#[test]
fn a_blob_has_no_secret() {
    let (folder, mock) = folder("");
    let words =
        ["--header", "X-Api-Key: hush-0815-canary", "--report", "blob=1.json", "--report", "har=1.har"];
    check(folder.path(), &mock, &words);
    let blob = std::fs::read_to_string(folder.path().join("1.json")).expect("a blob");
    assert!(blob.contains("x-api-key") && !blob.contains("hush-0815"));
    let output = counterpart(folder.path(), &["merge", "1.json", "--report", "har=2.har"]);
    assert_eq!(output.status.code(), Some(1));
    let entries = |name| json_of(folder.path(), name)["log"]["entries"].as_array().map_or(0, Vec::len);
    assert!(entries("1.har") > 200);
    assert_eq!(entries("1.har"), entries("2.har"));
}
