use rstest::rstest;
use serde_json::json;

use super::*;

const PETS: CollectionId = CollectionId::nth(0);
const SHOPS: CollectionId = CollectionId::nth(1);

const BASE: &str = "http://t";

fn entry(path: &str) -> Entry {
    let id = path.rsplit('/').next().unwrap();
    Entry {
        collection: Some(PETS),
        values: vec![json!(id)],
        path: Some(path.to_owned()),
        told: format!("{BASE}{path}"),
        is_own: true,
        is_gone: false,
        is_beside: false,
    }
}

fn nameless(line: &str) -> Entry {
    Entry { collection: Some(PETS), told: line.to_owned(), ..Entry::default() }
}

#[test]
fn what_stands_below_goes_along() {
    let mut ledger = Ledger::default();
    for path in ["/a/1", "/a/1/b/2", "/a/10"] {
        ledger.add(entry(path));
    }
    ledger.add(nameless("POST http://t/a/1/c"));
    ledger.add(nameless("POST http://t/a"));
    assert_eq!(ledger.remove("/a/1", BASE), ["http://t/a/1", "http://t/a/1/b/2", "POST http://t/a/1/c"]);
    assert_eq!(ledger.remove("/a/1", BASE), [""; 0], "it is gone once");
    assert_eq!(ledger.leftovers(), ["http://t/a/10", "POST http://t/a"]);
}

#[test]
fn an_address_is_told_once_and_a_request_as_often_as_it_was_sent() {
    let mut ledger = Ledger::default();
    for told in [entry("/a/1"), entry("/a/1"), nameless("POST http://t/a"), nameless("POST http://t/a")] {
        ledger.add(told);
    }
    ledger.altered.push("a setting".to_owned());
    assert_eq!(ledger.leftovers(), ["http://t/a/1", "POST http://t/a", "POST http://t/a", "a setting"]);
}

#[rstest]
#[case(0, 2)]
#[case(1, 1)]
#[case(5, 0)]
fn what_was_found_accounts_for_requests_that_told_no_id(#[case] found: usize, #[case] left: usize) {
    let mut ledger = Ledger::default();
    ledger.add(entry("/a/1"));
    ledger.add(nameless("POST http://t/a"));
    ledger.add(nameless("POST http://t/a"));
    ledger.found(SHOPS, 5);
    ledger.found(PETS, found);
    assert_eq!(ledger.leftovers().len(), left + 1, "what has an address stays");
}

#[test]
fn an_object_is_known_however_its_id_is_written() {
    let mut ledger = Ledger::default();
    ledger.add(entry("/a/1"));
    assert!(ledger.owes(PETS, &[json!(1)]) && ledger.owes(PETS, &[json!("1")]));
    assert!(!ledger.owes(SHOPS, &[json!(1)]) && !ledger.owes(PETS, &[json!(1), json!(1)]));
    assert!(ledger.owes_line("http://t/a/1"));
    ledger.rename((&[json!(1)], "/a/1"), (&[json!("x")], "/a/x"), "http://t");
    assert!(!ledger.owes(PETS, &[json!(1)]) && ledger.owes(PETS, &[json!("x")]));
    ledger.remove("/a/x", BASE);
    assert!(!ledger.owes(PETS, &[json!("x")]));
    ledger.is_back(0);
    assert_eq!(ledger.leftovers(), ["http://t/a/x"]);
}

#[test]
fn lists_are_read_a_few_times_and_stock_is_taken_once() {
    let mut ledger = Ledger::default();
    let tries: Vec<bool> = (0..=MAX_SEARCHES).map(|_| ledger.may_search(PETS)).collect();
    assert_eq!(tries.iter().filter(|may| **may).count(), MAX_SEARCHES);
    assert!(ledger.may_search(SHOPS), "each collection for itself");
    assert!(ledger.is_first_stock(PETS, vec!["a".to_owned()]));
    assert!(!ledger.is_first_stock(PETS, vec!["a".to_owned()]));
    assert!(ledger.is_first_stock(PETS, vec!["b".to_owned()]));
}
