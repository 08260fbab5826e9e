//! Generates a value for a schema that is always valid: fixed and plain, or plausible and seeded.
//!
//! A candidate is built from the schema and validated against it, so a keyword that is not supported here
//! leads to a reason and never to a wrong value. Errors are recorded by place. There the next candidate skips
//! examples, takes another alternative, another text, or fewer members.

mod blame;
mod choice;
mod discriminator;
mod edge;
mod flatten;
mod instance;
mod maker;
mod merge;
mod scalar;

use serde_json::Value;

use crate::contract::{Direction, Mismatch, Schema};
use crate::document::pointer;
use blame::Blame;
pub use edge::Edge;
use maker::{Budget, Maker};

/// Why no value could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproducible {
    /// The schema cannot be compiled.
    #[error("the schema cannot be compiled: {0}")]
    Schema(String),
    /// A required member leads back to itself without an end.
    #[error("the schema requires itself endlessly")]
    Endless,
    /// The smallest value would be too large to make.
    #[error("the smallest valid value is too large to generate: {0}")]
    TooLarge(String),
    /// Nothing that was tried is valid.
    #[error("cannot generate a valid value: {0}")]
    NotFound(String),
}

/// How values are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taste {
    /// Plausible texts and numbers from this seed; without one, fixed and plain values.
    pub seed: Option<u64>,
    /// Entries of a list, where its bounds allow that many.
    pub items: Option<usize>,
    /// The edge of what is allowed at which values are made, beside a seed.
    pub edge: Option<Edge>,
}

impl Taste {
    /// The same for another place, which gets other plausible values.
    #[must_use]
    pub fn of_place(self, place: &str) -> Self {
        Self { seed: self.seed.map(|seed| crate::generate::fake::seed_of(seed, place)), ..self }
    }
}

/// References are followed no deeper than this.
const MAX_DEPTH: usize = 100;
/// No list and no text is made longer than this.
const MAX_LENGTH: u64 = 4_096;
/// Candidates that are tried for one value.
const MAX_TRIES: u32 = 24;
/// Times that a last candidate is pruned.
const MAX_PRUNINGS: usize = 8;
/// No value has more nodes than this.
const MAX_NODES: usize = 6_000;
/// No more schemas than these are looked at for one value, over all candidates. Where several lead to the same ones
/// by `allOf`, the ways to them may be more than anybody can go.
const MAX_PARTS: usize = 200_000;
/// So many nodes may it have for each entry of its lists, as long as less depth would make it smaller.
const USUAL_NODES: usize = 800;
/// Down to which depth optional members are made, and whether that many nodes are usual; the next where the value
/// grows too large.
const DEPTHS: &[(usize, bool)] =
    &[(MAX_DEPTH, true), (5, true), (3, true), (2, true), (2, false), (1, false), (0, false)];

/// Down to which depth a part has optional members.
const PART_DEPTH: usize = 3;

type Made = Result<Value, Unproducible>;

/// The plain value of a schema: `"string"`, 0, the first enum member, one sample per format, all
/// members, one item.
///
/// # Errors
/// Why none can be made.
pub fn plain(schema: &Schema, direction: Direction) -> Result<Value, Unproducible> {
    value(schema, direction, Taste::default())
}

/// As [`plain`], for what has that name: a parameter or a header.
///
/// # Errors
/// Why none can be made.
pub fn plain_as(name: &str, schema: &Schema, direction: Direction) -> Result<Value, Unproducible> {
    Wanted { name, schema, direction, taste: Taste::default() }.value()
}

/// A value of a schema.
///
/// # Errors
/// Why none can be made.
pub fn value(schema: &Schema, direction: Direction, taste: Taste) -> Result<Value, Unproducible> {
    Wanted { name: "", schema, direction, taste }.value()
}

/// A value for a node that is somewhere in a schema. It need not be valid: whoever puts it into a whole value
/// asks the schema.
pub fn part(schema: &Schema, name: &str, node: &Value, taste: Taste) -> Option<Value> {
    let wanted = Wanted { name, schema, direction: Direction::Request, taste };
    let blame = Blame::default();
    Maker::new(wanted, (PART_DEPTH, wanted.nodes(true)), &blame, &Budget::of(MAX_PARTS)).make(node).ok()
}

/// What is to be made.
#[derive(Debug, Clone, Copy)]
struct Wanted<'s> {
    /// What the whole value is the value of.
    name: &'s str,
    schema: &'s Schema,
    direction: Direction,
    taste: Taste,
}

impl Wanted<'_> {
    fn value(self) -> Made {
        let Self { schema, direction, .. } = self;
        schema.compile(direction).map_err(|why| Unproducible::Schema(why.to_owned()))?;
        let root = schema.normal(direction);
        let mut failure = Unproducible::NotFound("no attempt was made".to_owned());
        let mut blame = Blame::default();
        let budget = Budget::of(MAX_PARTS);
        let mut last = None;
        let mut depths = DEPTHS.iter();
        let mut depth = depths.next().copied().unwrap_or_default();
        for round in 0..MAX_TRIES {
            let made = match Maker::new(self, (depth.0, self.nodes(depth.1)), &blame, &budget).make(&root) {
                Ok(made) => made,
                Err(why @ Unproducible::TooLarge(_)) => {
                    failure = why;
                    match depths.next() {
                        Some(less) => depth = *less,
                        None => break,
                    }
                    continue;
                }
                Err(why) => {
                    failure = why;
                    blame.add("");
                    continue;
                }
            };
            let wrong = self.wrong(&made)?;
            let Some(first) = wrong.first() else { return Ok(made) };
            failure = Unproducible::NotFound(format!("{} at {:?}", first.expected, first.instance));
            for mismatch in &wrong {
                blame.hold(mismatch, round);
            }
            last = Some((made, wrong));
        }
        // Without the parts that are wrong, the rest may be right.
        let (mut made, mut wrong) = last.ok_or_else(|| failure.clone())?;
        for _ in 0..MAX_PRUNINGS {
            for mismatch in &wrong {
                prune(&mut made, mismatch);
            }
            wrong = self.wrong(&made)?;
            if wrong.is_empty() {
                return Ok(made);
            }
        }
        Err(failure)
    }

    /// How many nodes a candidate may have.
    fn nodes(&self, is_usual: bool) -> usize {
        let usual = USUAL_NODES.saturating_mul(self.taste.items.unwrap_or(1).max(1));
        if is_usual { usual.min(MAX_NODES) } else { MAX_NODES }
    }

    /// What is wrong with a candidate.
    fn wrong(&self, made: &Value) -> Result<Vec<Mismatch>, Unproducible> {
        self.schema.check(self.direction, made).map_err(|why| Unproducible::Schema(why.to_owned()))
    }
}

/// Takes what is wrong out of a value.
fn prune(value: &mut Value, mismatch: &Mismatch) {
    let (parent, name) = match &mismatch.member {
        Some(member) => (mismatch.instance.as_str(), member.clone()),
        None => match mismatch.instance.rfind('/') {
            Some(end) => (&mismatch.instance[..end], pointer::unescape(&mismatch.instance[end + 1..])),
            None => return,
        },
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.shift_remove(&name);
        }
        Some(Value::Array(items)) => {
            if let Some(index) = name.parse::<usize>().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
