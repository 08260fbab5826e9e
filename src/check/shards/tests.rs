use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Map, Value, json};

use super::*;
use crate::contract::build;
use crate::document::Document;

/// A document of collections below one another: each path of `places` is one, with five operations.
fn document(places: &[&str]) -> Value {
    let object = json!({"type": "object", "required": ["name"], "properties": {
        "id": {"type": "integer", "readOnly": true}, "name": {"type": "string", "maxLength": 40},
    }});
    let content = |schema: &Value| json!({"application/json": {"schema": schema}});
    let one = json!({"description": "", "content": content(&object)});
    let many = json!({"description": "", "content": content(&json!({"type": "array", "items": object}))});
    let body = json!({"content": content(&object)});
    let mut paths = Map::new();
    for place in places {
        let word = place.rsplit('/').next().unwrap();
        let own = format!("{word}_id");
        let above: Vec<&str> = place.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = |names: &[&str]| -> Value {
            let one = |name: &&str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "integer"}});
            names.iter().map(one).collect()
        };
        let all = [above.as_slice(), &[own.as_str()]].concat();
        paths.insert(
            (*place).to_owned(),
            json!({"parameters": parameters(&above),
                "get": {"responses": {"200": many}}, "post": {"requestBody": body, "responses": {"201": one}}}),
        );
        paths.insert(
            format!("{place}/{{{own}}}"),
            json!({"parameters": parameters(&all), "get": {"responses": {"200": one}},
                "put": {"requestBody": body, "responses": {"200": one}}, "delete": {"responses": {"204": {"description": ""}}}}),
        );
    }
    json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths})
}

/// Rooms with as many collections below them, and as many beside.
fn large(count: usize) -> Value {
    let word = |prefix: &str, at: usize| {
        let letter = |digit: usize| char::from(b'a' + u8::try_from(digit % 26).unwrap());
        format!("{prefix}{}{}{}s", letter(at / 676), letter(at / 26), letter(at))
    };
    let below = (0..count / 2).map(|at| format!("/rooms/{{rooms_id}}/{}", word("in", at)));
    let beside = (0..count / 2).map(|at| format!("/{}", word("by", at)));
    let places: Vec<String> = std::iter::once("/rooms".to_owned()).chain(below).chain(beside).collect();
    document(&places.iter().map(String::as_str).collect::<Vec<_>>())
}

/// What a document comes to in so many shards.
struct Shared {
    /// The shard of each operation, by path and method.
    owners: BTreeMap<String, usize>,
    /// What is planned for each shard: its operations and its requests.
    planned: Vec<(Vec<String>, usize)>,
}

fn shared(tree: &Value, count: usize) -> Shared {
    let (contract, _) = build("t", &Document::of("t", tree.clone())).unwrap();
    let resources = Resources::of(&contract, &[]);
    let settings = || Settings { may_make: true, ..Settings::default() };
    let name = |index: OperationId| {
        let operation = contract.at(index).unwrap();
        format!("{} {}", operation.method, operation.path())
    };
    let whole = plan::plan(&contract, &resources, &settings());
    let about = Whole { contract: &contract, resources: &resources, settings: &settings(), plan: &whole };
    let split = split(&[about], count).remove(0);
    let owners = contract.operations.iter().map(|o| (name(o.index), split.owner(o.index).unwrap().index));
    let owners = owners.collect();
    let take = |index| {
        let (mut plan, mut settings) = (plan::plan(&contract, &resources, &settings()), settings());
        let shard = Shard { index, count };
        split.take(shard, (&contract, &resources), &mut plan, &mut settings);
        let steps = plan.steps.iter().chain(&plan.last_steps).map(|step| (step.operation, step.requests()));
        let sequences = plan.sequences.iter().chain(&plan.last_sequences);
        let sequences = sequences.map(|known| (known.operation(&resources).unwrap(), known.usual()));
        let all: Vec<(OperationId, usize)> = steps.chain(sequences).collect();
        let own = all.iter().filter(|(index, _)| !settings.elsewhere.contains_key(index));
        let mut names: Vec<String> = own.clone().map(|(index, _)| name(*index)).collect();
        names.sort();
        names.dedup();
        (names, own.map(|(_, count)| count).sum())
    };
    Shared { owners, planned: (1..=count).map(take).collect() }
}

impl Shared {
    /// How much more than the mean the longest shard has, in percent.
    fn excess(&self) -> usize {
        let counts = self.planned.iter().map(|(_, count)| *count);
        let (longest, all) = (counts.clone().max().unwrap(), counts.sum::<usize>());
        longest * self.planned.len() * 100 / all - 100
    }
}

const SMALL: &[&str] =
    &["/pets", "/pets/{pets_id}/visits", "/pets/{pets_id}/visits/{visits_id}/notes", "/shops"];

#[rstest]
#[case::one(1)]
#[case::two(2)]
#[case::as_many_as_collections(4)]
#[case::more_than_there_is_to_do(9)]
fn every_operation_is_planned_in_the_shard_that_it_belongs_to(#[case] count: usize) {
    let shared = shared(&document(SMALL), count);
    assert_eq!(shared.owners.len(), 20);
    for (at, (names, _)) in shared.planned.iter().enumerate() {
        assert!(names.iter().all(|name| shared.owners[name] == at + 1), "{names:?}");
    }
    let planned: usize = shared.planned.iter().map(|(names, _)| names.len()).sum();
    assert_eq!(planned, 20);
}

#[test]
fn what_is_judged_together_stays_together() {
    let owners = shared(&document(SMALL), 4).owners;
    for place in SMALL {
        let item = format!("{place}/{{{}_id}}", place.rsplit('/').next().unwrap());
        let of = ["GET", "POST"].map(|method| owners[&format!("{method} {place}")]);
        let of_item = ["GET", "PUT", "DELETE"].map(|method| owners[&format!("{method} {item}")]);
        assert!(of.iter().chain(&of_item).all(|owner| *owner == of[0]), "{place}");
    }
}

#[test]
fn a_part_is_taken_apart_only_where_it_is_more_than_a_fair_share() {
    let places = ["/pets", "/pets/{pets_id}/visits", "/shops", "/shops/{shops_id}/tills"];
    let owners = shared(&document(&places), 2).owners;
    assert_eq!(owners["GET /pets"], owners["GET /pets/{pets_id}/visits"]);
    assert_eq!(owners["GET /shops"], owners["GET /shops/{shops_id}/tills"]);
    assert_ne!(owners["GET /pets"], owners["GET /shops"]);
    let owners = shared(&document(&places[..2]), 2).owners;
    assert_ne!(owners["GET /pets"], owners["GET /pets/{pets_id}/visits"]);
}

/// Others make and remove what a list shows.
#[rstest]
#[case::apart(&["/pets", "/shops"], false)]
#[case::taken_apart(&["/pets", "/pets/{pets_id}/visits"], true)]
fn a_shard_knows_what_it_shares(#[case] places: &[&str], #[case] expected: bool) {
    let (contract, _) = build("t", &Document::of("t", document(places))).unwrap();
    let resources = Resources::of(&contract, &[]);
    let mut settings = Settings { may_make: true, ..Settings::default() };
    let mut plan = plan::plan(&contract, &resources, &settings);
    let whole = Whole { contract: &contract, resources: &resources, settings: &settings, plan: &plan };
    let split = split(&[whole], 2).remove(0);
    split.take(Shard { index: 1, count: 2 }, (&contract, &resources), &mut plan, &mut settings);
    assert_eq!(!settings.shared.is_empty(), expected);
    assert_eq!(settings.elsewhere.len(), 5);
}

/// A shard that only writes asks somebody else's read whether the target is there.
#[test]
fn a_shard_without_a_read_of_its_own_has_a_look() {
    let mut tree = document(&["/pets"]);
    tree["paths"]["/shop"] =
        json!({"post": {"operationId": "open", "responses": {"201": {"description": ""}}}});
    let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
    let resources = Resources::of(&contract, &[]);
    let settings = Settings { may_make: true, ..Settings::default() };
    let plan = plan::plan(&contract, &resources, &settings);
    let whole = Whole { contract: &contract, resources: &resources, settings: &settings, plan: &plan };
    let split = split(&[whole], 2).remove(0);
    let open = contract.operation("open").unwrap().index;
    let shard = split.owner(open).unwrap();
    let (mut own, mut settings) = (plan::plan(&contract, &resources, &settings), settings);
    split.take(shard, (&contract, &resources), &mut own, &mut settings);
    let looks: Vec<&Step> = own.steps.iter().filter(|step| step.operation != open).collect();
    assert!(matches!(looks.as_slice(), [look] if plan::shows_target(&contract, look)), "{looks:?}");
}

#[test]
fn the_longest_shard_of_a_large_document_has_little_more_than_the_others() {
    let excess = shared(&large(200), 8).excess();
    assert!(excess <= 30, "{excess} %");
}

/// As `docs/scale.md` says.
#[test]
#[cfg(feature = "heavy")]
fn so_it_is_with_five_thousand_operations() {
    let shared = shared(&large(1_000), 8);
    assert!(shared.owners.len() >= 5_000 && shared.excess() <= 30, "{} %", shared.excess());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_paths_does_not_matter(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        count in 1..6_usize,
    ) {
        let places =
            ["/pets", "/pets/{pets_id}/visits", "/shops", "/shops/{shops_id}/tills", "/cars", "/cars/{cars_id}/tyres"];
        let shuffled: Vec<&str> = order.iter().map(|at| places[*at]).collect();
        prop_assert_eq!(shared(&document(&places), count).owners, shared(&document(&shuffled), count).owners);
    }
}
