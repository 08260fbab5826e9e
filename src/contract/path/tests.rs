//! Tests of templates and the trie.

use super::*;
use rstest::rstest;

#[rstest]
#[case("/users/{id}", "/users/7/", true)]
#[case("/users/{id}", "/users/me", true)]
#[case("/users/{id}", "/users", false)]
#[case("/users/{id}", "/users/7/pets", false)]
#[case("/users/me", "/users/7", false)]
#[case("/a b/{id}.json", "/a%20b/7.json", true)]
#[case("/a%20b/{id}", "/a%20b/7", true)]
#[case("/", "/", true)]
fn a_template_matches_paths(#[case] template: &str, #[case] path: &str, #[case] fits: bool) {
    assert_eq!(Template::parse(template).matches(path), fits);
}

#[rstest]
#[case("/users/{id}", "/users/{name}/", true)]
#[case("/users/{id}", "/users/me", false)]
#[case("/users/{id}", "/users/{id}/pets", false)]
fn names_of_parameters_make_no_other_template(#[case] one: &str, #[case] other: &str, #[case] alike: bool) {
    assert_eq!(Template::parse(one).is_like(&Template::parse(other)), alike);
}

const TEMPLATES: &[&str] = &[
    "/a/",
    "/a/{id}/",
    "/a/list/",
    "/a/{id}/x",
    "/f/{name}.json",
    "/r/{from}-{to}",
    "/f/{name}",
    "/",
    "/s",
    "/s/",
    "/t/",
    "/caf%C3%A9",
];

#[rstest]
#[case("/a", Some((0, vec![])))]
#[case("/a/", Some((0, vec![])))]
#[case("/a/7", Some((1, vec!["7"])))]
#[case("/a/list/", Some((2, vec![])))]
#[case("/a/l%69st", Some((2, vec![])))]
#[case("/a/list/x", Some((3, vec!["list"])))]
#[case("/f/me.json", Some((4, vec!["me"])))]
#[case("/f/me.xml", Some((6, vec!["me.xml"])))]
#[case("/r/1-2-3", Some((5, vec!["1-2", "3"])))]
#[case("/r/1", None)]
#[case("/a//", None)]
#[case("/", Some((7, vec![])))]
#[case("/b", None)]
#[case("/s", Some((8, vec![])))]
#[case("/s/", Some((9, vec![])))]
#[case("/caf%C3%A9", Some((11, vec![])))]
#[case("/caf%c3%a9/", Some((11, vec![])))]
#[case("/t", Some((10, vec![])))]
#[case("/t/", Some((10, vec![])))]
fn finds(#[case] path: &str, #[case] expected: Option<(usize, Vec<&str>)>) {
    let mut router = Router::default();
    for (index, template) in TEMPLATES.iter().enumerate() {
        router.insert(&Template::parse(template), index);
    }
    let found = router.find(path).map(|f| (f.operations[0], f.values.to_vec()));
    assert_eq!(found, expected);
}

#[rstest]
#[case("{a}-{b}.{c}", "1-2-3.x.y", Some(vec!["1-2", "3.x", "y"]))]
#[case("{a}-{b}.{c}", "1.2-3", None)]
#[case("{a}{b}", "xyz", Some(vec!["xy", "z"]))]
#[case("{a}{b}", "x", None)]
#[case("{a}--{b}", "1---2", Some(vec!["1-", "2"]))]
#[case("v{a}", "v", None)]
#[case("v{a}", "v1", Some(vec!["1"]))]
#[case("v{a}", "xv1", None)]
#[case("{a}:go", "7:go:go", Some(vec!["7:go"]))]
#[case("{a}:go", "7%3Ago", Some(vec!["7"]))]
#[case("{a}%3Ago", "7:go", Some(vec!["7"]))]
#[case("{a}-{b}", "é-ü", Some(vec!["é", "ü"]))]
#[case("{a}-{b}-{c}-{d}-{e}.{f}", &"-".repeat(5_000), None)]
fn pieces_match(#[case] segment: &str, #[case] text: &str, #[case] expected: Option<Vec<&str>>) {
    let template = Template::parse(&format!("/{segment}"));
    let mut values = SmallVec::new();
    let is_matched = match_pieces(&template.segments[0], text, &mut values);
    assert_eq!(is_matched.then(|| values.to_vec()), expected);
    assert!(is_matched || values.is_empty());
}

#[test]
fn another_template_may_have_what_is_wanted() {
    let mut router = Router::default();
    router.insert(&Template::parse("/a/list"), 0);
    router.insert(&Template::parse("/a/{id}"), 1);
    let found = |wanted: usize| {
        let found = router.find_where("/a/list", &|operations| operations.contains(&wanted));
        found.map(|found| (found.operations.to_vec(), found.values.to_vec()))
    };
    assert_eq!(found(0), Some((vec![0], vec![])));
    assert_eq!(found(1), Some((vec![1], vec!["list"])));
    assert_eq!(found(2), None);
    let seen = std::cell::RefCell::new(Vec::new());
    router.find_where("/a/list", &|operations| {
        seen.borrow_mut().extend(operations.to_vec());
        false
    });
    assert_eq!(seen.into_inner(), [0, 1]);
}

#[test]
fn filling_undoes_finding() {
    let template = Template::parse("/p/{a}/r/{b}-{c}/");
    let path = template.fill(|name| Ok::<_, ()>(name.to_uppercase())).unwrap();
    assert_eq!(path, "/p/A/r/B-C/");
}
