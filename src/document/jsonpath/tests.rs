use rstest::rstest;
use serde_json::{Value, json};

use super::*;

/// The examples of RFC 9535, in short.
fn document() -> Value {
    json!({
        "store": {
            "book": [
                {"author": "Rees", "title": "Sayings", "price": 8.95},
                {"author": "Waugh", "title": "Sword", "price": 12.99},
                {"author": "Melville", "title": "Moby", "isbn": "0-553", "price": 8.99},
                {"author": "Tolkien", "title": "Rings", "isbn": "0-395", "price": 22.99},
            ],
            "bicycle": {"color": "red", "price": 399},
        },
        "a/b": {"~": [null, true, "x", [], {}]},
        "n": {"one": 1, "whole": 1.0, "list": [0, 1, 2, 3, 4, 5, 6]},
        "same": [{"x": {"k": [1]}, "y": {"k": [1.0]}}, {"x": 1}, {"z": 0}],
    })
}

fn located(query: &str) -> Vec<String> {
    let path = parse(query).unwrap_or_else(|mistake| panic!("{query}: {mistake:?}"));
    locate(&path, &document(), &mut Budget::new(100_000)).unwrap()
}

#[rstest]
#[case("$", &[""])]
#[case("$.store.book[*].author", &["/store/book/0/author", "/store/book/1/author", "/store/book/2/author", "/store/book/3/author"])]
#[case("$.store..price", &["/store/book/0/price", "/store/book/1/price", "/store/book/2/price", "/store/book/3/price", "/store/bicycle/price"])]
#[case("$..book[2]", &["/store/book/2"])]
#[case("$..book[-1].title", &["/store/book/3/title"])]
#[case("$..book[0,1]['title']", &["/store/book/0/title", "/store/book/1/title"])]
#[case("$..book[:2].isbn", &[])]
#[case("$..book[?@.isbn].title", &["/store/book/2/title", "/store/book/3/title"])]
#[case("$..book[?@.price<10 && !@.isbn].title", &["/store/book/0/title"])]
#[case("$..book[?(@.price > 20 || @.author == 'Rees')]['author']", &["/store/book/0/author", "/store/book/3/author"])]
#[case("$.store.*", &["/store/book", "/store/bicycle"])]
#[case("$ ['a/b'] [\"~\"] [ 2 , 2 ]", &["/a~1b/~0/2"])]
#[case("$['a\\u002fb']['~'][?@ == null]", &["/a~1b/~0/0"])]
#[case("$.n.list[1:6:2]", &["/n/list/1", "/n/list/3", "/n/list/5"])]
#[case("$.n.list[5:1:-2]", &["/n/list/5", "/n/list/3"])]
#[case("$.n.list[::-3]", &["/n/list/6", "/n/list/3", "/n/list/0"])]
#[case("$.n.list[::0]", &[])]
#[case("$.n.list[-2:]", &["/n/list/5", "/n/list/6"])]
#[case("$.n.list[99]", &[])]
#[case("$.n[?@ == 1]", &["/n/one", "/n/whole"])]
#[case("$.n[?count(@[*]) == 7]", &["/n/list"])]
#[case("$.n[?length(@) >= 7]", &["/n/list"])]
#[case("$.store.book[?length(@.title) == 4].title", &["/store/book/2/title"])]
#[case("$.store.book[?match(@.author, '[A-M].*')].author", &["/store/book/2/author"])]
#[case("$.store.book[?match(@.author, 'e')].author", &[])]
#[case("$.store.book[?search(@.author, 'e{2}')].author", &["/store/book/0/author"])]
#[case("$.store.book[?value(@..isbn) == '0-395'].title", &["/store/book/3/title"])]
#[case("$.store.book[?@.price == $.store.book[2].price].title", &["/store/book/2/title"])]
#[case("$.same[?@.x == @.y]", &["/same/0", "/same/2"])]
#[case("$.same[?@.x < @.y]", &[])]
#[case("$.same[?@.z <= 0]", &["/same/2"])]
#[case("$.same[?@.x != 1]", &["/same/0", "/same/2"])]
#[case("$.same[?'a' < 'a']", &[])]
#[case("$.same[?$['a/b']['~'][3] == $.n.list]", &[])]
#[case("$.same[?$['a/b']['~'][4] == $.store]", &[])]
#[case("$['\\f\\b\\n\\r\\t\\/']", &[])]
#[case("$.same..*..k", &["/same/0/x/k", "/same/0/y/k"])]
#[case("$.same..[?@.k]", &["/same/0/x", "/same/0/y"])]
fn selects(#[case] query: &str, #[case] expected: &[&str]) {
    assert_eq!(located(query), expected, "{query}");
}

#[rstest]
#[case("", 0, "expected $")]
#[case("store", 0, "expected $")]
#[case("$.", 2, "a name or *")]
#[case("$.info.x-logo", 8, "['x-logo']")]
#[case("$['a", 2, "not closed")]
#[case("$['a'", 5, "expected , or ]")]
#[case("$[01]", 2, "1 to 9")]
#[case("$[-0]", 2, "1 to 9")]
#[case("$[9007199254740992]", 2, "too large")]
#[case("$['\\x']", 4, "unknown escape")]
#[case("$['\\ud800']", 4, "no character")]
#[case("$.a b", 3, "expected a step")]
#[case("$ ", 1, "expected a step")]
#[case("$[?@.a", 6, "expected , or ]")]
#[case("$[?1]", 3, "no condition")]
#[case("$[?length(@.a)]", 3, "no condition")]
#[case("$[?match(@.a, 'x') == true]", 3, "have no value")]
#[case("$[?@.* == 1]", 3, "several nodes")]
#[case("$[?1 == $..b]", 8, "several nodes")]
#[case("$[?count(1) == 1]", 9, "a query is needed")]
#[case("$[?size(@) == 1]", 3, "unknown function")]
#[case("$[?@.a == open]", 10, "texts stand in quotes")]
#[case("$[?@.a = 1]", 7, "expected , or ]")]
#[case("$[?@.a == 1 &&]", 14, "expected @")]
fn refuses(#[case] query: &str, #[case] at: usize, #[case] message: &str) {
    let mistake = parse(query).unwrap_err();
    assert!(mistake.message.contains(message), "{query}: {mistake:?}");
    assert_eq!(mistake.at, at, "{query}: {mistake:?}");
}

#[test]
fn brackets_are_bounded() {
    for (open, inside, close) in [("(", "@", ")"), ("@[?", "@", "]"), ("!(", "@", ")")] {
        let query = format!("$[?{}{inside}{}]", open.repeat(100_000), close.repeat(100_000));
        assert!(parse(&query).unwrap_err().message.contains("nested"), "{open}");
    }
}

/// A tree in which each node has two children, and a chain that is as deep as a text may be.
fn wide_and_deep() -> Value {
    let twice = |value: Value| json!({"a": value.clone(), "b": value});
    let wide = (0..12).fold(json!(1), |value, _| twice(value));
    let deep = (0..100).fold(json!(1), |value, _| json!([value]));
    json!({"wide": wide, "deep": deep})
}

#[rstest]
#[case("$..*..*..*..*..*..*", true)]
#[case("$..a..b..a..b", true)]
#[case("$.deep..*..*..*..*", true)]
#[case("$..[?count(@..*..*..*..*) > 1]", false)]
#[case("$..[?count($..*) == 1]", false)]
#[case("$..[?$ == @]", true)]
fn hostile_queries_end(#[case] query: &str, #[case] is_enough: bool) {
    let path = parse(query).unwrap();
    let result = locate(&path, &wide_and_deep(), &mut Budget::new(1_000_000));
    assert_eq!(result.is_ok(), is_enough, "{query}");
}

proptest::proptest! {
    #[test]
    fn no_query_panics(query in "\\$([.\\[\\]?@*'\"a-c0-9:,()!=<>&| -]){0,40}") {
        if let Ok(path) = parse(&query) {
            let _ = locate(&path, &document(), &mut Budget::new(10_000));
        }
    }
}
