//! Builds one candidate, and records what it met on the way.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value};

use super::blame::Blame;
use super::choice::Choice;
use super::{MAX_PARTS, Made, Unproducible, Wanted, scalar};
use crate::contract::schema::effort;
use crate::document::pointer;

/// What it costs to look at one schema for a value, in steps of judging one.
const STEPS_OF_A_PART: u64 = 20;

/// What all candidates for one value may cost together.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    /// Schemas that may be looked at.
    pub const fn of(parts: usize) -> Self {
        Self(Cell::new(parts))
    }

    /// Takes the costs of one schema.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn spend(&self) -> Result<(), Unproducible> {
        effort::spend(STEPS_OF_A_PART);
        let left = self.0.get().checked_sub(1);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| {
            Unproducible::TooLarge(format!("more than {MAX_PARTS} schemas, most of them again and again"))
        })
    }
}

/// Makes one candidate for a value.
pub(super) struct Maker<'s> {
    pub wanted: Wanted<'s>,
    /// Depth of members down to which optional ones are made.
    pub depth: usize,
    pub blame: &'s Blame,
    pub budget: &'s Budget,
    /// Names from the root to the place that is made.
    pub at: RefCell<Vec<String>>,
    /// The references that led to the place that is made.
    pub path: RefCell<Vec<String>>,
    /// How many nodes the value may have, and how many of them are left.
    nodes: usize,
    left: Cell<usize>,
    /// Alternatives that may still be tried, over the whole value.
    choices: Cell<usize>,
}

impl<'s> Maker<'s> {
    pub fn new(
        wanted: Wanted<'s>,
        (depth, nodes): (usize, usize),
        blame: &'s Blame,
        budget: &'s Budget,
    ) -> Self {
        Self {
            wanted,
            depth,
            blame,
            budget,
            at: RefCell::default(),
            path: RefCell::default(),
            nodes,
            left: Cell::new(nodes),
            choices: Cell::new(nodes),
        }
    }

    /// The value of the place that `make` makes, below the current one.
    pub fn inside(&self, name: &str, make: impl FnOnce() -> Made) -> Made {
        self.at.borrow_mut().push(name.to_owned());
        let made = make();
        self.at.borrow_mut().pop();
        made
    }

    /// Forgets the references that `follow` follows: it goes back to where it began.
    pub fn aside<T>(&self, follow: impl FnOnce() -> T) -> T {
        let before = self.path.borrow().len();
        let found = follow();
        self.path.borrow_mut().truncate(before);
        found
    }

    pub fn pointer(&self) -> String {
        self.at.borrow().iter().fold(String::new(), |at, name| pointer::join(&at, name))
    }

    /// How often a value of the current place was wrong.
    pub fn blamed(&self) -> u32 {
        if self.blame.is_empty() { 0 } else { self.blame.count(&self.pointer()) }
    }

    pub fn is_blamed_inside(&self) -> bool {
        !self.blame.is_empty() && self.blame.is_inside(&self.pointer())
    }

    /// The value of a schema at the current place.
    pub fn make(&self, node: &Value) -> Made {
        let left = self.left.get();
        if left == 0 {
            return Err(Unproducible::TooLarge(format!("more than {} nodes", self.nodes)));
        }
        self.left.set(left - 1);
        let blamed = self.blamed();
        let mut choice = Choice::starting(blamed as usize);
        loop {
            let made = self.aside(|| {
                let heir = self.heir(node, &mut choice);
                let node = heir.as_ref().unwrap_or(node);
                let names = self.names(node);
                let mut flat = self.flatten(node, &mut choice)?;
                // One of a base that several schemas take into their `allOf`.
                let discriminator = flat.get("discriminator").cloned();
                self.discriminate(&mut flat, &names, discriminator.as_ref());
                let mut made = self.fill(&flat, blamed)?;
                if blamed > 1 {
                    self.repel(node, &flat, &mut made, &choice);
                }
                Ok(made)
            });
            match made {
                Ok(made) => return Ok(made),
                Err(why @ (Unproducible::TooLarge(_) | Unproducible::Schema(_))) => return Err(why),
                Err(why) => {
                    let left = self.choices.get();
                    if left == 0 || !choice.advance() {
                        return Err(why);
                    }
                    self.choices.set(left - 1);
                }
            }
        }
    }

    /// Objects of open schemas often match several alternatives at once. A member that another
    /// alternative describes gets a value that this other one refuses.
    fn repel(&self, node: &Value, flat: &Map<String, Value>, made: &mut Value, choice: &Choice) {
        let Value::Object(members) = made else { return };
        let Some(branches) = node.get("oneOf").and_then(Value::as_array) else { return };
        let own = flat.get("properties").and_then(Value::as_object);
        let flattened = |node: &Value| self.aside(|| self.flatten(node, &mut Choice::starting(0)).ok());
        for (index, branch) in branches.iter().enumerate() {
            if choice.first() == Some(index) {
                continue;
            }
            let Some(other) = flattened(branch) else { continue };
            let theirs = other.get("properties").and_then(Value::as_object);
            let refused = theirs.into_iter().flatten().find_map(|(name, schema)| {
                if own.is_some_and(|own| own.contains_key(name)) {
                    return None;
                }
                Some((name, scalar::refused_by(&flattened(schema)?)?))
            });
            if let Some((name, value)) = refused {
                members.insert(name.clone(), value);
            }
        }
    }
}
