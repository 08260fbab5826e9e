//! Gives atoms to shards, so that all of them have about as much to do.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::atoms::{Atom, root, unite};
use crate::resources::Part;

/// How much more than the mean the longest shard may have before more is taken apart, in percent.
const TOLERATED: usize = 10;

/// What goes to one shard: atoms, by their places.
#[derive(Debug, Clone, Default)]
struct Piece {
    atoms: Vec<usize>,
    weight: usize,
}

/// The shard of each atom, from 1, and whether another shard has some of what it is connected with.
pub(super) fn balance(atoms: &[&Atom], count: usize) -> Vec<(usize, bool)> {
    let forest = Forest::of(atoms);
    let total: usize = atoms.iter().map(|atom| atom.weight).sum();
    let fair = total.div_ceil(count.max(1));
    let mut best: Option<(usize, Vec<usize>)> = None;
    let mut most = fair;
    loop {
        let (longest, shards) = assigned(&forest.pieces(most), atoms.len(), count);
        if best.as_ref().is_none_or(|(known, _)| longest < *known) {
            best = Some((longest, shards));
        }
        let is_even = longest * 100 <= fair * (100 + TOLERATED);
        if is_even || most == 0 {
            break;
        }
        most /= 2;
    }
    let shards = best.map(|(_, shards)| shards).unwrap_or_default();
    let mut first: HashMap<usize, (usize, bool)> = HashMap::new();
    for (part, shard) in forest.parts.iter().zip(&shards) {
        let known = first.entry(*part).or_insert((*shard, false));
        known.1 |= known.0 != *shard;
    }
    let is_shared = |part: &usize| first.get(part).is_some_and(|(_, is_shared)| *is_shared);
    shards.iter().zip(&forest.parts).map(|(shard, part)| (*shard, is_shared(part))).collect()
}

/// Longest first, each to the shard that has least so far: the most that one has, and the shard of each atom.
fn assigned(pieces: &[Piece], atoms: usize, count: usize) -> (usize, Vec<usize>) {
    // The order of pieces of one weight is that of their first atoms, which are in the order of their keys.
    let mut order: Vec<&Piece> = pieces.iter().collect();
    order.sort_by_key(|piece| (Reverse(piece.weight), piece.atoms.first().copied()));
    let mut loads: BinaryHeap<Reverse<(usize, usize)>> =
        (1..=count).map(|shard| Reverse((0, shard))).collect();
    let mut shards = vec![1; atoms];
    let mut longest = 0;
    for piece in order {
        let Some(Reverse((load, shard))) = loads.pop() else { break };
        for atom in &piece.atoms {
            if let Some(known) = shards.get_mut(*atom) {
                *known = shard;
            }
        }
        longest = longest.max(load + piece.weight);
        loads.push(Reverse((load + piece.weight, shard)));
    }
    (longest, shards)
}

/// Atoms below one another, in parts that have nothing to do with each other.
#[derive(Debug)]
struct Forest {
    /// The part of each atom.
    parts: Vec<usize>,
    /// The atoms below each.
    below: Vec<Vec<usize>>,
    /// Those below none.
    roots: Vec<usize>,
    /// What each weighs alone, and with all below it.
    weights: Vec<(usize, usize)>,
}

impl Forest {
    fn of(atoms: &[&Atom]) -> Self {
        let above = above(atoms);
        let mut sets: Vec<usize> = (0..atoms.len()).collect();
        let mut first: HashMap<(usize, Part), usize> = HashMap::new();
        let mut weights: Vec<(usize, usize)> = atoms.iter().map(|atom| (atom.weight, 0)).collect();
        let mut below = vec![Vec::new(); atoms.len()];
        for (place, atom) in atoms.iter().enumerate() {
            for part in &atom.parts {
                let known = *first.entry(*part).or_insert(place);
                unite(&mut sets, known, place);
            }
            let mut next = Some(place);
            while let Some(at) = next {
                if let Some((_, all)) = weights.get_mut(at) {
                    *all += atom.weight;
                }
                next = above.get(at).copied().flatten();
            }
            if let Some(over) = above.get(place).copied().flatten() {
                unite(&mut sets, over, place);
                if let Some(known) = below.get_mut(over) {
                    known.push(place);
                }
            }
        }
        let roots = (0..atoms.len()).filter(|place| above.get(*place).copied().flatten().is_none()).collect();
        let parts = (0..atoms.len()).map(|place| root(&mut sets, place)).collect();
        Self { parts, below, roots, weights }
    }

    /// The pieces: whole parts, and where a part has more than `most`, what is below each of its objects.
    fn pieces(&self, most: usize) -> Vec<Piece> {
        let mut whole: HashMap<usize, Piece> = HashMap::new();
        for (place, part) in self.parts.iter().enumerate() {
            let piece = whole.entry(*part).or_default();
            piece.weight += self.alone(place);
            piece.atoms.push(place);
        }
        let mut pieces = Vec::new();
        let mut left = self.roots.clone();
        while let Some(place) = left.pop() {
            let part = self.parts.get(place).copied().unwrap_or_default();
            let is_small = whole.get(&part).is_none_or(|piece| piece.weight <= most);
            if is_small {
                continue;
            }
            let (alone, all) = self.weights.get(place).copied().unwrap_or_default();
            if all <= most {
                pieces.push(Piece { atoms: self.with_all_below(place), weight: all });
            } else {
                pieces.push(Piece { atoms: vec![place], weight: alone });
                left.extend(self.below.get(place).into_iter().flatten());
            }
        }
        pieces.extend(whole.into_values().filter(|piece| piece.weight <= most));
        pieces
    }

    fn alone(&self, place: usize) -> usize {
        self.weights.get(place).map_or(0, |(alone, _)| *alone)
    }

    fn with_all_below(&self, place: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let mut left = vec![place];
        while let Some(place) = left.pop() {
            all.push(place);
            left.extend(self.below.get(place).into_iter().flatten());
        }
        all.sort_unstable();
        all
    }
}

/// The place of the atom above each, without circles.
fn above(atoms: &[&Atom]) -> Vec<Option<usize>> {
    let places: HashMap<(usize, &str), usize> =
        atoms.iter().enumerate().map(|(place, atom)| ((atom.document, atom.key.as_str()), place)).collect();
    let mut above: Vec<Option<usize>> =
        atoms.iter().map(|atom| places.get(&(atom.document, atom.above.as_deref()?)).copied()).collect();
    // In the order of the keys, so that each circle is opened at the same place on every machine.
    for place in 0..above.len() {
        let mut next = above.get(place).copied().flatten();
        let mut steps = 0;
        while let Some(at) = next.filter(|at| *at != place && steps < atoms.len()) {
            next = above.get(at).copied().flatten();
            steps += 1;
        }
        if let (Some(known), Some(_)) = (above.get_mut(place), next) {
            *known = None;
        }
    }
    above
}

#[cfg(test)]
mod tests;
