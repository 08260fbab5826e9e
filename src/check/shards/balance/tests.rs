use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// An atom by its number: what it weighs, and which one it is below.
fn atom(number: usize, weight: usize, above: Option<usize>) -> Atom {
    let key = |number: usize| format!("/{number:03} GET");
    Atom {
        document: number % 2,
        key: key(number),
        operations: Vec::new(),
        weight,
        // Of the same document.
        above: above.map(|above| key(above - (above + number) % 2)),
        parts: BTreeSet::new(),
    }
}

fn atoms() -> impl Strategy<Value = Vec<Atom>> {
    let one = (0..200_usize, proptest::option::of(2..60_usize));
    proptest::collection::vec(one, 1..60).prop_map(|all| {
        all.into_iter().enumerate().map(|(number, (weight, above))| atom(number, weight, above)).collect()
    })
}

fn loads(atoms: &[Atom], shards: &[(usize, bool)], count: usize) -> Vec<usize> {
    let mut loads = vec![0; count];
    for (atom, (shard, _)) in atoms.iter().zip(shards) {
        loads[shard - 1] += atom.weight;
    }
    loads
}

proptest! {
    /// Circles are there too: an atom may be below any other.
    #[test]
    fn each_atom_has_one_shard_and_none_has_much_more(atoms in atoms(), count in 1..9_usize) {
        let all: Vec<&Atom> = atoms.iter().collect();
        let shards = balance(&all, count);
        prop_assert_eq!(shards.len(), atoms.len());
        prop_assert!(shards.iter().all(|(shard, _)| (1..=count).contains(shard)));
        let loads = loads(&atoms, &shards, count);
        let total: usize = loads.iter().sum();
        let largest = atoms.iter().map(|atom| atom.weight).max().unwrap_or(0);
        // Longest first is never worse than a fair share and the largest piece, which was taken apart where it mattered.
        prop_assert!(*loads.iter().max().unwrap() <= total.div_ceil(count) * 110 / 100 + largest, "{:?}", loads);
    }

    #[test]
    fn what_is_shared_is_what_has_several_shards(atoms in atoms(), count in 1..9_usize) {
        let all: Vec<&Atom> = atoms.iter().collect();
        let shards = balance(&all, count);
        let forest = Forest::of(&all);
        let mut of_parts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (part, (shard, _)) in forest.parts.iter().zip(&shards) {
            of_parts.entry(*part).or_default().insert(*shard);
        }
        for (part, (_, is_shared)) in forest.parts.iter().zip(&shards) {
            prop_assert_eq!(*is_shared, of_parts[part].len() > 1);
        }
    }
}

#[test]
fn nothing_is_split_into_nothing() {
    assert_eq!(balance(&[], 3), []);
}

#[test]
fn atoms_of_no_weight_have_a_shard_too() {
    let atoms = [atom(0, 0, None), atom(2, 0, None)];
    assert_eq!(balance(&atoms.iter().collect::<Vec<_>>(), 2).len(), 2);
}
