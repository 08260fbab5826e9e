//! What is said of lists of objects, held against them.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

fn list(objects: &Value) -> ObjectList {
    let objects = objects.as_array().cloned().unwrap_or_default();
    ObjectList::of("pet_id", objects.into_iter().map(Entry::seed))
}

#[rstest]
#[case::by_id("2", Some(1))]
#[case::the_first("4", Some(3))]
#[case::by_what_its_path_calls_it("seven", Some(2))]
#[case::an_id_before_another_name("3", Some(2))]
#[case::by_another_name("rex", Some(0))]
#[case::escaped("a%20b", Some(4))]
#[case::nobody("9", None)]
fn objects_are_found(#[case] id: &str, #[case] expected: Option<u64>) {
    let mut list = list(&json!([
        {"id": 1, "name": "rex"}, {"id": 2, "name": "3"}, {"id": 3}, {"id": 4, "slug": "x"}, {"id": "a b"},
        {"id": 4, "name": "rex"}
    ]));
    let third = list.find("3").unwrap();
    list.change(third, |entry| entry.name = Some("seven".to_owned()));
    assert_eq!(list.find(id), expected.map(Place));
}

#[test]
fn another_version_of_the_document_may_call_the_objects_anew() {
    let mut list = list(&json!([{"id": 1, "code": "a", "pet_id": 7}, {"id": 2, "code": "b", "pet_id": 8}]));
    assert!(list.find("8").is_some() && list.listed(None, None).len() == 2);
    list.call_by("code");
    assert_eq!((list.find("b"), list.find("8")), (Some(Place(1)), None));
}

/// What may happen to a list.
#[derive(Debug, Clone)]
enum Step {
    Push(Option<i32>, bool),
    Remove(u8),
    Change(u8, Option<i32>, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rank = || proptest::option::of(0..4_i32);
    let step = prop_oneof![
        (rank(), any::<bool>()).prop_map(|(rank, hidden)| Step::Push(rank, hidden)),
        any::<u8>().prop_map(Step::Remove),
        (any::<u8>(), rank(), any::<bool>()).prop_map(|(at, rank, hidden)| Step::Change(at, rank, hidden)),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    /// Names and view that are kept up to date are those that a new list has.
    #[test]
    fn what_is_kept_is_what_would_be_found(steps in steps(), order in 0..3_usize) {
        let order = [None, Some("rank"), Some("-rank")][order];
        let mut kept = ObjectList::of("id", None);
        kept.listed(order, Some("hidden"));
        for (id, step) in steps.into_iter().enumerate() {
            let place = |at: u8| kept.entries.keys().nth(usize::from(at) % kept.len().max(1)).copied();
            let object = |rank, hidden| json!({"id": id % 7, "rank": rank, "hidden": hidden});
            match step {
                Step::Push(rank, hidden) => kept.push(Entry::seed(object(rank, hidden))),
                Step::Remove(at) => drop(place(at).and_then(|place| kept.remove(place))),
                Step::Change(at, rank, hidden) => {
                    place(at).and_then(|place| kept.change(place, |entry| entry.value = object(rank, hidden)));
                }
            }
        }
        let mut anew = ObjectList::of("id", None);
        for (place, entry) in &kept.entries {
            anew.put(*place, entry.clone());
        }
        prop_assert_eq!(&kept.names, &anew.names);
        let shown = |list: &mut ObjectList| -> Vec<Value> {
            let listed = list.listed(order, Some("hidden"));
            (0..listed.len()).map(|at| listed.get(at).unwrap().clone()).collect()
        };
        let (kept_view, anew_view) = (shown(&mut kept), shown(&mut anew));
        prop_assert_eq!(&kept_view, &anew_view);
        let visible = kept.entries().map(|entry| &entry.value).filter(|value| value["hidden"] == false);
        let mut sorted: Vec<&Value> = visible.collect();
        if order == Some("-rank") {
            sorted.reverse();
        }
        let key = |value: &Value| value.get("rank").and_then(Value::as_i64).unwrap_or(-1);
        match order {
            None => {}
            Some("rank") => sorted.sort_by_key(|value| key(value)),
            Some(_) => sorted.sort_by_key(|value| -key(value)),
        }
        prop_assert_eq!(kept_view.iter().collect::<Vec<_>>(), sorted);
        let listed = kept.listed(order, Some("hidden"));
        for value in &kept_view {
            if let Some(at) = listed.position(&value["id"].to_string()) {
                prop_assert_eq!(&listed.get(at).unwrap()["id"], &value["id"]);
            }
        }
    }
}
